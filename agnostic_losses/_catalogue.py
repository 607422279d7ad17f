"""The catalogue as text, from the registry, the docstrings and the table of peers: a page of Markdown, nothing else.

`python -m agnostic_losses list` prints it, and `docs/catalogue.py` writes it to a file.
"""

from __future__ import annotations

import inspect
import itertools
import re
import textwrap
from collections.abc import Iterable, Iterator

from agnostic_losses import _peers
from agnostic_losses._registry import LOSSES, LossInfo

MATH = re.compile(r"^\.\. math::(?P<formula>.*?)(?=^\S|\Z)", re.MULTILINE | re.DOTALL)


def chosen(names: Iterable[str] = (), families: Iterable[str] = ()) -> list[LossInfo]:
    """Return the losses of these names or families, all without any, by family and name.

    Raises
    ------
    ValueError
        If a name or a family is none of ours.
    """
    names, families = set(names), set(families)
    known_families = {info.family for info in LOSSES.values()}
    for what, asked, known in (("loss", names, LOSSES.keys()), ("family", families, known_families)):
        unknown = asked - known
        if unknown:
            raise ValueError(f"{what} must be one of {', '.join(sorted(known))}, got {', '.join(sorted(unknown))}")
    infos = sorted(LOSSES.values(), key=lambda info: (info.family, info.name))
    return [info for info in infos if info.name in names or info.family in families or not (names or families)]


def render(infos: Iterable[LossInfo]) -> str:
    """Return the entries of losses under the titles of their families."""
    lines: list[str] = []
    for family, members in itertools.groupby(infos, key=lambda info: info.family):
        lines += [f"## {family.replace('_', ' ').capitalize()}", "", about(family), ""]
        lines += [line for info in members for line in entry(info)]
    return "\n".join(lines).rstrip() + "\n"


def about(family: str) -> str:
    """Return what the module of a family says that it is."""
    module = inspect.getmodule(next(info.function for info in LOSSES.values() if info.family == family))
    return (inspect.getdoc(module) or "").partition("\n\n")[0].replace("\n", " ")


def entry(info: LossInfo) -> Iterator[str]:
    """Yield the lines of one loss: its signature, what it is, its formula, and its names elsewhere."""
    documentation = inspect.getdoc(info.function) or ""
    yield f"### {info.name}\n"
    yield f"`{info.name}({signature(info)})`\n"
    yield documentation.partition("\n\n")[0].replace("\n", " ") + "\n"
    yield f"```math\n{formula(documentation)}\n```\n"
    found = [peer for peer in _peers.table() if peer.loss == info.name]
    if found:
        yield from ("| elsewhere | differences |", "| --- | --- |", *map(row, by_name(found)), "")


def signature(info: LossInfo) -> str:
    """Return the names of the parameters, options with their defaults."""
    parameters = inspect.signature(info.function).parameters.values()
    optional = [p.name if p.default is p.empty else f"{p.name}={p.default!r}" for p in parameters]
    first_option = next((n for n, p in enumerate(parameters) if p.kind is p.KEYWORD_ONLY), len(optional))
    return ", ".join([*optional[:first_option], *["*"] * (first_option < len(optional)), *optional[first_option:]])


def formula(documentation: str) -> str:
    """Return the first formula of a docstring, in LaTeX."""
    found = MATH.search(documentation)
    return " ".join(textwrap.dedent(found["formula"]).split()) if found else ""


def by_name(peers: Iterable[_peers.Peer]) -> list[list[_peers.Peer]]:
    """Group the rows of one loss by the name that they call, in their order."""
    groups: dict[str, list[_peers.Peer]] = {}
    for peer in peers:
        groups.setdefault(peer.name, []).append(peer)
    return list(groups.values())


def row(peers: list[_peers.Peer]) -> str:
    """Return a line of the table: the names of one function of another library, and what differs."""
    names = dict.fromkeys(name for peer in peers for name in peer.names)
    differences = dict.fromkeys(peer.difference for peer in peers if peer.difference)
    return f"| {', '.join(f'`{name}`' for name in names)} | {' '.join(differences)} |"
