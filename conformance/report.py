"""The report of a run: the matrix in the terminal, and the same with every measure as HTML and JSON."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import jinja2
from rich.table import Table

from agnostic_losses.testing.criterion import Worst
from agnostic_losses.testing.measures import Measure, Report, matrix

TEMPLATE = Path(__file__).parent / "data" / "report.html.jinja"
PACKAGES = ("agnostic-losses", "numpy", "torch", "jax", "tensorflow", "tensorflow-cpu", "array-api-strict", "mpmath")


@dataclass(frozen=True)
class NativeRow:
    """The results of one native loss over all extremes of a case, or of ours beside it.

    Attributes
    ----------
    native, loss : str
        Its call, and the name of ours.
    inputs : int
        How many inputs it was evaluated at.
    raised : int
        At how many of them it raised an error.
    values, gradients : int
        How many numbers have a finite truth.
    bad_values, bad_gradients : int
        How many of these are not finite.
    value_error, gradient_error : float
        The largest error of the finite ones, in units in the last place of the largest true element.
    """

    native: str
    loss: str
    inputs: int = 0
    raised: int = 0
    values: int = 0
    gradients: int = 0
    bad_values: int = 0
    bad_gradients: int = 0
    value_error: float = 0.0
    gradient_error: float = 0.0

    def facts(self) -> dict[str, Any]:
        """Return all of it, with errors to two digits."""
        errors = {name: float(f"{getattr(self, name):.2g}") for name in ("value_error", "gradient_error")}
        return {**asdict(self), **errors}


@dataclass
class Run:
    """What a run found.

    Attributes
    ----------
    measures : list of Measure
        Everything compared with the truth.
    natives : list of NativeRow
        How the frameworks' own losses fare at the extremes.
    outcomes : Counter
        How many tests passed, failed, were skipped.
    failures : list of str
        What failed, test by test.
    """

    measures: list[Measure] = field(default_factory=list)
    natives: list[NativeRow] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[str, str]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether tests ran, and none failed."""
        return self.outcomes["passed"] > 0 and not self.failures and Report(tuple(self.measures)).failures == ()

    def table(self) -> Table:
        """Return the matrix for a terminal: the largest error of each loss on each backend, over all modes."""
        return matrix(
            sorted(self.measures, key=lambda measure: measure.loss),
            lambda measure: measure.loss,
            lambda measure: f"{measure.backend} {measure.what}",
            title="largest error in units in the last place",
        )

    def facts(self) -> dict[str, Any]:
        """Return all that the files of the report tell."""
        return {
            "passed": self.passed,
            "tests": dict(self.outcomes),
            "seconds": round(self.seconds, 1),
            "versions": versions(),
            "failures": [{"test": name, "message": message} for name, message in self.failures],
            "natives": [row.facts() for row in self.natives],
        }

    def write(self, folder: Path) -> None:
        """Write report.json and report.html."""
        facts = self.facts()
        measures = json.loads(Report(tuple(self.measures)).to_json())
        (folder / "report.json").write_text(json.dumps({**facts, "measures": measures}, indent=1), encoding="utf-8")
        page = jinja2.Template(TEMPLATE.read_text(encoding="utf-8"), autoescape=True, undefined=jinja2.StrictUndefined)
        (folder / "report.html").write_text(page.render(**facts, **grid(self.measures)), encoding="utf-8")


def versions() -> dict[str, str]:
    """Return the versions of what took part."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def measures_of(properties: Iterable[tuple[str, object]]) -> list[Measure]:
    """Return the measures that a test kept, read from text."""
    return [
        Measure(**{**entry, "worst": Worst(**{key: _number(value) for key, value in entry["worst"].items()})})
        for name, text in properties
        if name == "measures"
        for entry in json.loads(str(text))
    ]


def _number(value: Any) -> Any:
    """Return the number that stands as text because JSON lacks it."""
    return float(value) if value in ("nan", "inf", "-inf") else value


@dataclass(frozen=True)
class Cell:
    """The measures of one loss in one place: how many, which is the worst, and what it says."""

    count: int
    passed: bool
    worst: dict[str, str]
    note: str


def grid(measures: Iterable[Measure]) -> dict[str, Any]:
    """Return losses, places (backend, mode, dtype) and the cells of the large matrix."""
    sorted_in: dict[tuple[str, tuple[str, str, str]], list[Measure]] = {}
    for measure in measures:
        place = measure.backend, measure.mode, measure.dtype
        sorted_in.setdefault((measure.loss, place), []).append(measure)
    places = list(dict.fromkeys(place for _, place in sorted_in))
    losses = sorted({loss for loss, _ in sorted_in})
    return {
        "losses": losses,
        "places": sorted(places, key=lambda place: [entry[0] for entry in places].index(place[0])),
        "cells": {key: _cell(found) for key, found in sorted_in.items()},
    }


def _cell(found: list[Measure]) -> Cell:
    largest: dict[str, str] = {}
    for what in ("value", "gradient", "hessian"):
        errors = [measure.worst.ulps for measure in found if measure.what == what]
        if errors:
            largest[what] = f"{max(errors):.2g}"
    worst = max(found, key=lambda measure: (not measure.passed, measure.worst.excess))
    return Cell(len(found), all(measure.passed for measure in found), largest, str(worst))
