"""What other libraries call our losses: one table, and the look-ups in it. Pure data; no framework is imported here.

The answers to foreign names, the page "Coming from ..." and a suite that executes every row read this table. It is
loaded when somebody asks, never by importing the package.
"""

from __future__ import annotations

import functools
import importlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

LIBRARIES = ("torch", "keras", "optax", "sklearn", "tensorflow", "scipy", "optional", "embeddings", "elsewhere")
"""The modules of rows, in the order of the page."""

NOT_RUN = "the tests do not install the library"

WHERE_INSTALLED = "the tests execute it where the library is installed"


@dataclass(frozen=True)
class Example:
    """A point at which two losses differ, with what each returns there.

    Attributes
    ----------
    inputs : mapping
        Numbers or nested lists, by the names in the expressions.
    theirs, ours : float
        What the expressions return, to six digits.
    gradient : bool
        Whether the numbers are not values: the sum of the gradient by the first argument.
    dtype : str
        The dtype of the floating inputs.
    """

    inputs: Mapping[str, Any]
    theirs: float
    ours: float
    gradient: bool = False
    dtype: str = "float64"


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A call in another library, and ours for it. Both are Python expressions of the same arrays.

    Attributes
    ----------
    theirs : str
        A call by its dotted name, in terms of the argument names of our loss. Besides them there may be `weights`,
        `where` and the arrays among our options.
    ours : str
        The expression that gives the same number, with one call of `al`.
    also : tuple of str
        Other dotted names of the same function: class forms and short names.
    only : mapping of str to str
        What an argument is restricted to, beyond the domain of our loss.
    difference : str
        What differs; empty where both define the same.
    example : Example, optional
        The difference in numbers.
    agrees : bool
        Whether both agree at ordinary inputs, so that a difference lies at special points only.
    within : float
        The relative difference at ordinary inputs, where theirs is less exact than rounding; 0 is rounding alone.
    because : str
        Why it is.
    unexecuted : str
        Why no test executes the row, or not everywhere; empty for all that the suite installs.
    """

    theirs: str
    ours: str
    also: tuple[str, ...] = ()
    only: Mapping[str, str] = field(default_factory=dict)
    difference: str = ""
    example: Example | None = None
    agrees: bool = True
    within: float = 0.0
    because: str = ""
    unexecuted: str = ""

    @property
    def is_optional(self) -> bool:
        """Whether the row is executed where its library is installed, and nowhere else."""
        return self.unexecuted == WHERE_INSTALLED

    @property
    def name(self) -> str:
        """The dotted name that `theirs` calls."""
        return re.match(r"[\w.]*", self.theirs)[0]  # type: ignore[index]

    @property
    def names(self) -> tuple[str, ...]:
        """All dotted names."""
        return (self.name, *self.also)

    @property
    def loss(self) -> str:
        """The name of our loss."""
        (called,) = re.findall(r"\bal\.(\w+)\(", self.ours)
        return str(called)


def rows(library: str) -> tuple[Peer, ...]:
    """Return the rows of one library."""
    return tuple(importlib.import_module(f"{__name__}.{library}").PEERS)


@functools.cache
def table() -> tuple[Peer, ...]:
    """Return all rows."""
    return tuple(peer for library in LIBRARIES for peer in rows(library))


@functools.cache
def _by_last_name() -> Mapping[str, Mapping[tuple[str, str], tuple[str, Peer]]]:
    found: dict[str, dict[tuple[str, str], tuple[str, Peer]]] = {}
    for peer in table():
        for dotted in peer.names:
            library, last = dotted.partition(".")[0], dotted.rpartition(".")[2]
            found.setdefault(last, {}).setdefault((library, peer.loss), (dotted, peer))
    return found


def aliases(loss: str) -> tuple[str, ...]:
    """Return the dotted names of a loss of ours in other libraries."""
    return tuple(dict.fromkeys(name for peer in table() if peer.loss == loss for name in peer.names))


def answers(name: str) -> Iterator[str]:
    """Yield, for a name without its module, what it is here: one line a library and loss, from its first row."""
    for dotted, peer in _by_last_name().get(name, {}).values():
        called = peer.theirs if dotted == peer.name else f"{dotted}, as {peer.theirs},"
        relation = "is" if peer.agrees else "is near to"
        yield f"{called} {relation} {peer.ours}" + (f". They differ: {peer.difference}" if peer.difference else "")
