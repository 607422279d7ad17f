"""Which tests of the suite are run: by backend, family, loss, mode and dtype, and the quick ones."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

import agnostic_losses as al
from agnostic_losses.testing.frameworks import DEVICES, Framework
from conformance.case import Case, Point
from conformance.cases import CASES, REPRESENTATIVE

DEVICE = os.environ.get("CONFORMANCE_DEVICE", "cpu")
"""Where the suite runs: "cpu" with all frameworks, or "cuda" with those that have it."""

CHOICES: dict[str, list[str] | None] = {
    "backend": list(DEVICES),
    "family": sorted({info.family for info in al.LOSSES.values()}),
    "loss": sorted(al.LOSSES),
    "mode": None,
    "dtype": ["float64", "float32", "float16", "bfloat16"],
}
"""What can be asked for, each more than once; the modes are known to the frameworks, which are not imported here."""

MATRIX_FILES = ("conformance/test_values.py", "conformance/test_registry.py")
"""The matrix itself, and that it is whole: all that there is of a quick run, and of one on another device."""


def add_options(parser: Any) -> None:
    """Add an option for each of the choices to a parser of pytest's or argparse's kind."""
    for name, values in CHOICES.items():
        parser.addoption(f"--{name}", action="append", choices=values, help=f"this {name} alone; may be repeated")
    parser.addoption("--quick", action="store_true", help="first options, float32, a backend's main mode")
    parser.addoption("--exhaustive", action="store_true", help="every loss in every mode, and its truth at every point")


def facts_of(item: pytest.Item) -> dict[str, str]:
    """Return what a test is about, as far as its parameters tell."""
    facts: dict[str, str] = {}
    for name, value in getattr(getattr(item, "callspec", None), "params", {}).items():
        if isinstance(value, Framework):
            facts["backend"] = value.name
        elif isinstance(value, (Case, Point)):
            facts["loss"] = (value.case if isinstance(value, Point) else value).loss
        elif name == "name" and value in CASES:
            facts["loss"] = value
        elif name in ("mode", "form"):
            facts["mode"] = value
        elif name == "dtype":
            facts["dtype"] = value
    if "loss" in facts:
        facts["family"] = al.LOSSES[facts["loss"]].family
    return facts


def is_matrix_file(path: Path) -> bool:
    """Whether a file has the matrix."""
    return path.as_posix().endswith(MATRIX_FILES)


def is_ignored(path: Path, config: Any) -> bool:
    """Whether a run has nothing of a file: then it is not even imported."""
    return (config.getoption("quick") or DEVICE != "cpu") and path.suffix == ".py" and not is_matrix_file(path)


def is_quick(item: pytest.Item) -> bool:
    """Whether a test belongs to a quick run; where losses take a second each, that has one of a family."""
    facts, params = facts_of(item), getattr(getattr(item, "callspec", None), "params", {})
    framework = next((value for value in params.values() if isinstance(value, Framework)), None)
    mode = framework.main if framework else ""
    points = [point for point in params.values() if isinstance(point, Point)]
    cases = [case for case in params.values() if isinstance(case, Case)]
    slow = framework is not None and is_slow(framework)
    return (
        is_matrix_file(item.path)
        and facts.get("mode", mode) == mode
        and facts.get("dtype", "float32") == "float32"
        and all(point.number == 0 and (not slow or point.case in REPRESENTATIVE) for point in points)
        and all(case.thorough or not slow for case in cases)
        and item.get_closest_marker("slow") is None
    )


def compiles(framework: Framework) -> bool:
    """Whether a framework compiles each operation, or whatever is asked of it."""
    return framework.modes[framework.main].compiles


def is_slow(framework: Framework) -> bool:
    """Whether a loss takes a framework more than a tenth of a second: it compiles, or its eager calls are slow."""
    return compiles(framework) or framework.name == "tensorflow"


def is_exhaustive(item: pytest.Item) -> bool:
    """Whether a test is left out of an ordinary run: it says so, or repeats for one more case what is slow."""
    params = getattr(getattr(item, "callspec", None), "params", {}).values()
    return item.get_closest_marker("exhaustive") is not None or (
        any(isinstance(value, Framework) and compiles(value) for value in params)
        and any(isinstance(value, Case) and value not in REPRESENTATIVE for value in params)
    )


def split(items: Iterable[pytest.Item], config: Any) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Return the tests that are run and those that are not."""
    wanted = {name: config.getoption(name) for name in CHOICES if config.getoption(name)}
    exhaustive = config.getoption("exhaustive") or "loss" in wanted  # of a loss that is asked for by name, all is run
    kept, dropped = [], []
    for item in items:
        facts = facts_of(item)
        chosen = all(facts.get(name) in values for name, values in wanted.items())
        chosen = chosen and (not config.getoption("quick") or is_quick(item))
        chosen = chosen and (exhaustive or not is_exhaustive(item))
        (kept if chosen else dropped).append(item)
    return kept, dropped
