"""Writes the page "Catalogue" from the registry of losses: `nox -s docs`. What an entry is stands in the package."""

from __future__ import annotations

from pathlib import Path

from agnostic_losses import _catalogue

PAGE = Path(__file__).with_suffix(".md")
INTRODUCTION = """\
# Catalogue

<!-- Written by docs/catalogue.py from the losses and agnostic_losses/_peers: change those, then run `nox -s docs`. -->

Every loss with its formula, its names in other libraries, and what differs there. `python -m agnostic_losses list`
prints the same, `list huber` one loss, `list --family robust` one family; `help(al.huber)` says the rest: shapes,
domain, errors and sources. The calls themselves, option by option: [Coming from another library](coming_from.md).

"""


def render() -> str:
    """Return the whole page."""
    return INTRODUCTION + _catalogue.render(_catalogue.chosen())


if __name__ == "__main__":
    PAGE.write_text(render())
