"""Importing the package imports no framework and costs little more than NumPy; fresh interpreters tell."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FRAMEWORKS = {"torch", "jax", "tensorflow", "keras", "cupy", "dask", "array_api_strict", "scipy", "sklearn"}
MOST_MILLISECONDS = 150.0
"""NumPy itself takes about as long; 0.4 ms a loss was measured, most of it for reading the file of its family."""
ATTEMPTS = 8


def run(code: str, path: Path) -> str:
    """Return what a fresh interpreter prints that finds modules in `path` first."""
    environment = {**os.environ, "PYTHONPATH": str(path)}
    command = [sys.executable, "-W", "error", "-c", code]
    result = subprocess.run(command, env=environment, cwd=path, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


def imported_frameworks(path: Path) -> set[str]:
    """Return the frameworks that come along with the package in `path`."""
    modules = run("import agnostic_losses, sys; print(*sys.modules)", path).split()
    assert "agnostic_losses" in modules
    return {module.partition(".")[0] for module in modules} & FRAMEWORKS


def import_milliseconds(path: Path) -> float:
    """Return what the package in `path` adds to importing NumPy, in processor time: the least of several."""
    code = (
        "import numpy, time; start = time.process_time(); import agnostic_losses; "
        "print((time.process_time() - start) * 1e3)"
    )
    least = float("inf")
    for _ in range(ATTEMPTS):
        least = min(least, float(run(code, path)))
        if least <= MOST_MILLISECONDS:
            break
    return least


@pytest.fixture
def planted(package: Path, tmp_path: Path) -> Path:
    """A folder with a copy of the package to spoil, and something that passes for torch."""
    shutil.copytree(package, tmp_path / "agnostic_losses", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "torch.py").write_text("Tensor = type('Tensor', (), {})\n")
    return tmp_path


def plant(folder: Path, line: str) -> None:
    """Add a line to a module that every import of the package runs."""
    module = folder / "agnostic_losses" / "_registry.py"
    module.write_text(f"{module.read_text()}\n{line}\n")


def test_import_loads_no_framework(package: Path) -> None:
    assert imported_frameworks(package.parent) == set()


def test_the_framework_guard_can_fail(planted: Path) -> None:
    assert imported_frameworks(planted) == set()
    plant(planted, "import torch")
    assert imported_frameworks(planted) == {"torch"}


def test_foreign_names_are_loaded_when_they_are_asked_for(package: Path) -> None:
    code = (
        "import agnostic_losses as al, sys; print('agnostic_losses._peers' in sys.modules, hasattr(al, '__wrapped__'), "
        "'agnostic_losses._peers' in sys.modules, hasattr(al, 'mse_loss'), *sys.modules)"
    )
    *answers, modules = run(code, package.parent).split(maxsplit=4)
    assert answers == ["False", "False", "False", "False"]
    assert "agnostic_losses._peers" in modules.split()
    assert not {module.partition(".")[0] for module in modules.split()} & FRAMEWORKS


def test_import_costs_little_more_than_numpy(package: Path) -> None:
    assert import_milliseconds(package.parent) <= MOST_MILLISECONDS


def test_the_cost_guard_can_fail(planted: Path) -> None:
    plant(planted, f"import time\n_end = time.process_time() + {MOST_MILLISECONDS / 1e3}")
    plant(planted, "while time.process_time() < _end:\n    pass")
    assert import_milliseconds(planted) > MOST_MILLISECONDS


def test_a_first_call_loads_no_framework(package: Path) -> None:
    code = "import agnostic_losses as al, sys; al.huber([1.0], [2.0]); print(*sys.modules)"
    assert not {module.partition(".")[0] for module in run(code, package.parent).split()} & FRAMEWORKS
