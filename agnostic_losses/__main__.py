"""The command line: `python -m agnostic_losses list` prints the catalogue, whole or in parts."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from agnostic_losses import _catalogue


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m agnostic_losses", description="Machine-learning losses.")
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="print losses with formula, names in other libraries and differences")
    listing.add_argument("loss", nargs="*", help="one or more losses; all without any")
    listing.add_argument("--family", action="append", default=[], help="a family, may be repeated")
    chosen = parser.parse_args(arguments)
    try:
        print(_catalogue.render(_catalogue.chosen(chosen.loss, chosen.family)), end="")
    except ValueError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
