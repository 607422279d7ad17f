"""The house rules that a linter does not know: how long a file and a loss may be, and that each says what it is."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

from agnostic_losses import LOSSES

MOST_LINES_IN_A_FILE = 400
MOST_LINES_IN_A_LOSS = 14
FOLDERS = ("agnostic_losses", "tests", "conformance", "examples", "benchmarks", "docs")


def body_lines(source: str) -> int:
    """Count the lines of a function after signature and docstring, without blanks and comments."""
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    statements = function.body[ast.get_docstring(function) is not None :]
    lines = source.splitlines()[statements[0].lineno - 1 :]
    return sum(bool(line.strip()) and not line.strip().startswith("#") for line in lines)


def complaints(source: str) -> list[str]:
    """Return what a file does against the rules."""
    docstring = ast.get_docstring(ast.parse(source))
    found = []
    if not docstring:
        found.append("no docstring that says what belongs here")
    if source.count("\n") > MOST_LINES_IN_A_FILE:
        found.append(f"more than {MOST_LINES_IN_A_FILE} lines")
    return found


def test_every_file_says_what_it_is_and_stays_short(package: Path) -> None:
    root = package.parent
    paths = [root / "noxfile.py", *(path for folder in FOLDERS for path in (root / folder).rglob("*.py"))]
    found = {str(path.relative_to(root)): complaints(path.read_text()) for path in paths}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_a_loss_fits_on_a_screen(name: str) -> None:
    assert body_lines(inspect.getsource(LOSSES[name].function)) <= MOST_LINES_IN_A_LOSS


def test_the_guards_can_fail() -> None:
    assert complaints("x = 1\n") == ["no docstring that says what belongs here"]
    assert complaints('"""Title."""\n' + "x = 1\n" * 400) == ["more than 400 lines"]
    assert complaints('"""Title."""\n' + "x = 1\n" * 399) == []
    loss = 'def f(x):\n    """Title.\n\n    More.\n    """\n\n    # Why.\n' + "    x = x + 1\n" * 16
    assert body_lines(loss) == 16
    assert body_lines(loss) > MOST_LINES_IN_A_LOSS
