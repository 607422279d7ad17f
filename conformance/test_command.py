"""The command ``python -m conformance``: what it chooses, prints and writes, and its exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.__main__ import parse, pytest_command
from conformance.report import grid, measures_of
from conformance.selection import facts_of

PLANTED = """
import dataclasses
import agnostic_losses as al

right = al.LOSSES["huber"]

def huber(predictions, targets, *, where=None, **options):
    return 1.5 * right.function(predictions, targets, where=where, **options)

al.LOSSES["huber"] = dataclasses.replace(right, function=huber)
"""
"""A plugin that puts a wrong loss in the place of another."""

CELL = ("--loss", "huber", "--backend", "numpy", "--mode", "eager", "--dtype", "float32", "--processes", "0")


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command with a folder for its output, from which plugins can be imported too."""
    return subprocess.run(
        [sys.executable, "-m", "conformance", "--output", str(folder), *arguments],
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"},
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(params=["in the repository", "elsewhere"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """Where the report goes: pytest looks for its settings from the folders that it is given."""
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as inside:
        yield Path(inside) if request.param == "in the repository" else tmp_path


@pytest.mark.slow
def test_one_cell_of_the_matrix(folder: Path) -> None:
    done = run(folder, *CELL)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "huber" in done.stdout
    report = json.loads((folder / "report.json").read_text())
    assert report["passed"]
    assert not report["failures"]
    assert {"python", "numpy", "torch"} <= report["versions"].keys()
    assert {measure["what"] for measure in report["measures"]} == {"value", "gradient", "hessian"}
    chosen = {(measure["backend"], measure["mode"], measure["dtype"]) for measure in report["measures"]}
    assert chosen == {("numpy", "eager", "float32")}
    page = (folder / "report.html").read_text()
    assert "Everything agrees with the truth" in page
    assert "huber" in page


def test_the_settings_are_those_of_the_project(request: Any) -> None:
    command = pytest_command(*parse(["--quick"]))
    chosen = next(part for part in command if part.startswith("addopts=")).removeprefix("addopts=").split()
    assert ["-ra", *chosen] == request.config.getini("addopts")
    assert "--strict-config" in chosen
    assert command[-1] == "--quick"


@pytest.mark.slow
def test_a_wrong_loss_is_told_and_fails(tmp_path: Path) -> None:
    (tmp_path / "planted.py").write_text(PLANTED)
    done = run(tmp_path, *CELL, "-p", "planted")
    assert done.returncode == 1, done.stdout + done.stderr
    line = "reproduce: python -m conformance --loss huber --backend numpy --mode eager --dtype float32"
    assert line in done.stdout
    report = json.loads((tmp_path / "report.json").read_text())
    assert not report["passed"]
    assert any(line in failure["message"] for failure in report["failures"])
    assert "Something does not agree with the truth" in (tmp_path / "report.html").read_text()


@pytest.mark.slow
def test_nothing_chosen_is_a_failure(tmp_path: Path) -> None:
    done = run(tmp_path, *CELL, "-k", "no_such_test")
    assert done.returncode != 0
    assert not json.loads((tmp_path / "report.json").read_text())["passed"]


def test_measures_survive_as_text(record: Any, request: Any) -> None:
    from conformance.checks import measures
    from conformance.frameworks import NUMPY
    from conformance.test_values import POINTS

    found = measures(POINTS[0], NUMPY, "eager", "float64")
    record(found)
    assert measures_of(request.node.user_properties) == found
    made = grid(found)
    assert made["losses"] == [POINTS[0].case.loss]
    assert made["cells"][POINTS[0].case.loss, ("numpy", "eager", "float64")].count == len(found)


def test_a_test_tells_what_it_is_about(request: Any) -> None:
    items = {item.name: facts_of(item) for item in request.session.items}
    assert items[request.node.name] == {}
    cells = [facts for name, facts in items.items() if name.startswith("test_truth[") and "mode" in facts]
    assert all(facts.keys() >= {"loss", "family", "backend", "mode", "dtype"} for facts in cells)
