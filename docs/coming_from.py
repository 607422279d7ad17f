"""Writes the page "Coming from another library" from the table of peers: `nox -s docs`. Only rendering belongs here."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator, Sequence
from pathlib import Path

from agnostic_losses import _peers
from agnostic_losses._peers import Example, Peer

PAGE = Path(__file__).with_suffix(".md")
TITLES = {
    "torch": "PyTorch",
    "keras": "Keras",
    "optax": "optax",
    "sklearn": "scikit-learn",
    "tensorflow": "TensorFlow",
    "scipy": "SciPy",
    "optional": "pytorch-metric-learning, MONAI and rax",
    "embeddings": "Libraries of embeddings",
    "elsewhere": "Other libraries",
}
INTRODUCTION = """\
# Coming from another library

<!-- Written by docs/coming_from.py from agnostic_losses/_peers: change the table there, then run `nox -s docs`. -->

Each row gives a call in another library, and the expression of this one, with `import agnostic_losses as al`, that
returns the same number and the same gradient. Arrays have the names of our arguments. What differs in spite of that
stands in the last column, with what both return at an example.

The conformance suite executes every row, in float32 and float64: values, examples, and gradients where the other
library has them (scikit-learn and SciPy have none). It does not for the libraries at the end of the page.

Everywhere here: predictions come first; a mean divides by the sum of the weights of what is included and is 0 for
nothing; `reduction="none"` keeps one number an element or row; `where` excludes. A name from this page that you ask the
package for, such as `al.mse_loss`, is answered with its row.
"""
HEADER = ("| Name | Call | Here | Where they differ |", "| --- | --- | --- | --- |")


def render() -> str:
    """Return the whole page."""
    sections = [line for library in _peers.LIBRARIES for line in section(library)]
    return "\n".join((INTRODUCTION, *sections)).rstrip() + "\n"


def section(library: str) -> Iterator[str]:
    """Yield the lines of one library: a title, what its module says of it, and its rows."""
    module = importlib.import_module(f"agnostic_losses._peers.{library}")
    about = (inspect.getdoc(module) or "").partition("\n\n")[2]
    yield f"## {TITLES[library]}\n"
    if about:
        yield f"{about}\n"
    if all(peer.unexecuted and not peer.is_optional for peer in _peers.rows(library)):
        yield "The tests do not install these libraries: no test runs these rows, and they are hints.\n"
    yield from HEADER
    shown: set[str] = set()
    for peer in _peers.rows(library):
        yield row(peer, [name for name in peer.names if name not in shown])
        shown.update(peer.names)
    yield ""


def row(peer: Peer, names: Sequence[str]) -> str:
    """Return one row; the names are those that no row before has shown."""
    cells = (", ".join(map(code, names)), code(peer.theirs), code(peer.ours), " ".join(remarks(peer)))
    return f"| {' | '.join(cells)} |"


def remarks(peer: Peer) -> Iterator[str]:
    """Yield the sentences of the last column."""
    if not peer.agrees:
        yield "Not the same."
    for argument, values in peer.only.items():
        yield f"For {code(argument)}: {values}."
    if peer.within:
        yield f"Equal to within {peer.within:g}: {peer.because}."
    if peer.difference:
        yield peer.difference
    if peer.example:
        yield in_numbers(peer.example)


def in_numbers(example: Example) -> str:
    """Return a sentence with both results of an example."""
    inputs = ", ".join(f"{name}={value}" for name, value in example.inputs.items())
    where = f" in {example.dtype}" * (example.dtype != "float64")
    what = "gradient " * example.gradient
    return f"{code(inputs)}{where}: {what}{example.theirs:g} there, {example.ours:g} here."


def code(text: str) -> str:
    """Return text set as code."""
    return f"`{text}`"


if __name__ == "__main__":
    PAGE.write_text(render())
