"""Reports: what is kept, shown and raised; and that the tool is there without frameworks, and says what it lacks."""

from __future__ import annotations

import ast
import dataclasses
import json
import math
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from agnostic_losses.testing import ConformanceError, Measure, Report
from agnostic_losses.testing.criterion import NOTHING, Worst

FINE = Measure("f", "", "", "numpy", "eager", "float32", "value", "", Worst(0, 1.0, 1.0, 0.25, 8.0, 0.25 / 8.0))
WRONG = dataclasses.replace(FINE, mode="jit", worst=Worst(3, math.inf, 2.0, math.inf, 8.0, math.inf))
BROKEN = dataclasses.replace(FINE, backend="torch", worst=NOTHING, error="ValueError: [odd] text")
FRAMEWORKS = {"torch", "jax", "tensorflow", "keras", "cupy", "array_api_strict"}


def test_failures_and_success() -> None:
    assert Report((FINE,)).passed
    report = Report((FINE, WRONG, BROKEN))
    assert not report.passed
    assert report.failures == (WRONG, BROKEN)
    with pytest.raises(ConformanceError) as raised:
        report.raise_for_failures()
    assert str(raised.value) == (
        "2 of 3 comparisons fail\n"
        "f, numpy, jit, float32: value: element 3: got inf, truth 2.0, error inf ulp, bound 8 ulp\n"
        "f, torch, eager, float32: value: ValueError: [odd] text"
    )
    Report((FINE,)).raise_for_failures()


def test_an_empty_report_is_no_success() -> None:
    assert not Report(()).passed
    with pytest.raises(AssertionError, match="nothing was compared"):
        Report(()).raise_for_failures()
    assert str(Report(())) == "nothing was compared"


def test_json_keeps_everything() -> None:
    report = Report((FINE, WRONG, BROKEN))
    assert Report.from_json(report.to_json()) == report
    assert json.loads(report.to_json())[1]["worst"]["got"] == "inf"
    undefined = dataclasses.replace(WRONG, worst=dataclasses.replace(WRONG.worst, true=math.nan))
    assert math.isnan(Report.from_json(Report((undefined,)).to_json()).measures[0].worst.true)


def test_the_text_is_a_table_and_the_failures() -> None:
    text = str(Report((FINE, WRONG, BROKEN)))
    rows = [line.split("│")[1:-1] for line in text.splitlines() if "│" in line]
    assert [[cell.strip() for cell in row] for row in rows] == [
        ["numpy eager", "0.25"],
        ["numpy jit", "inf"],
        ["torch eager", "error"],
    ]
    assert "float32" in text
    assert text.endswith(f"{WRONG}\n{BROKEN}")
    assert "fail" not in str(Report((FINE,)))


def test_a_cell_shows_the_worst_of_its_comparisons() -> None:
    better = dataclasses.replace(FINE, worst=dataclasses.replace(FINE.worst, ulps=0.125))
    assert "0.25" in str(Report((better, FINE)))
    assert "0.25" in str(Report((FINE, better)))
    failing = dataclasses.replace(better, worst=dataclasses.replace(better.worst, excess=2.0))
    assert "0.12" in str(Report((FINE, failing)))


def run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter that finds modules in a folder first."""
    root = Path(__file__).parent.parent
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(root)])}
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)


def test_the_package_does_not_import_it(tmp_path: Path) -> None:
    modules = run("import agnostic_losses, sys; print(*sys.modules)", tmp_path).stdout.split()
    assert "agnostic_losses" in modules
    assert "agnostic_losses.testing" not in modules


def test_frameworks_are_imported_when_a_check_runs(tmp_path: Path) -> None:
    code = (
        "import sys, agnostic_losses.testing as t; print(*sys.modules); "
        "t.check_loss(lambda x: x * x, {'x': [1.0]}, backends='numpy'); print(*sys.modules)"
    )
    before, after = run(code, tmp_path).stdout.splitlines()
    for modules in (before.split(), after.split()):
        assert "agnostic_losses.testing" in modules
        assert not {module.partition(".")[0] for module in modules} & FRAMEWORKS
    code = "import sys, agnostic_losses.testing.frameworks as f; f.load('array_api_strict'); print(*sys.modules)"
    assert "array_api_strict" in run(code, tmp_path).stdout.split()


@pytest.mark.parametrize("missing", ["mparray", "mpmath", "rich"])
def test_without_what_it_needs_it_says_so(tmp_path: Path, missing: str) -> None:
    (tmp_path / f"{missing}.py").write_text(f"raise ImportError(\"No module named '{missing}'\")\n")
    result = run("import agnostic_losses.testing", tmp_path)
    assert result.returncode != 0
    told = f"ImportError: No module named '{missing}'; agnostic_losses.testing needs: pip install "
    assert result.stderr.endswith(f'{told}"agnostic-losses[testing]"\n')


def imported(source: str) -> set[str]:
    """Return the packages that a module imports."""
    nodes = list(ast.walk(ast.parse(source)))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in names}


def test_the_extra_lists_what_it_needs() -> None:
    root = Path(__file__).parent.parent
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    extra = {
        re.split("[<>=]", line)[0].replace("-", "_") for line in project["project"]["optional-dependencies"]["testing"]
    }
    sources = [path.read_text(encoding="utf-8") for path in (root / "agnostic_losses" / "testing").rglob("*.py")]
    needed = set().union(*map(imported, sources)) - sys.stdlib_module_names - {"agnostic_losses", "numpy"}
    assert extra == needed - (FRAMEWORKS - {"array_api_strict"})
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == ["agnostic_losses"]
