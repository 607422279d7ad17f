"""What was found: one measure for each thing compared, and the report that they make up."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from agnostic_losses.testing.criterion import Numbers, Truth, Worst
from agnostic_losses.testing.modes import Results


@dataclass(frozen=True)
class Measure:
    """One result compared with the truth: the element that is nearest to its bound, or farthest beyond it.

    Attributes
    ----------
    loss, options, inputs : str
        What was computed: the name of the loss, its options, and which of several inputs.
    backend, mode, dtype : str
        Where and how.
    what : str
        "value", "gradient" or "hessian".
    argument : str
        The argument that it was differentiated by; empty for values.
    worst : Worst
        The element.
    reproduce : str
        A line that repeats it.
    error : str
        What was raised instead of a result.
    at : str
        The input at that element, for derivatives.
    """

    loss: str
    options: str
    inputs: str
    backend: str
    mode: str
    dtype: str
    what: str
    argument: str
    worst: Worst
    reproduce: str = ""
    error: str = ""
    at: str = ""

    @property
    def passed(self) -> bool:
        """Whether there is a result, and it is within its bound."""
        return not self.error and self.worst.excess <= 1.0

    @property
    def place(self) -> str:
        """The backend and mode."""
        return f"{self.backend} {self.mode}"

    def __str__(self) -> str:
        called = f"{self.loss}({self.options})" if self.options else self.loss
        by = f" by {self.argument}" if self.argument else ""
        by += f" at {self.at}" if self.at else ""
        inputs = f", inputs {self.inputs}" if self.inputs else ""
        line = (
            f"{called}{inputs}, {self.backend}, {self.mode}, {self.dtype}: {self.what}{by}: {self.error or self.worst}"
        )
        return f"{line}\n    reproduce: {self.reproduce}" if self.reproduce else line


class ConformanceError(AssertionError):
    """A result is farther from the truth than rounding explains, or there is none."""


NOTHING_COMPARED = "nothing was compared"

LINES = 3
"""How many lines of an exception's text are shown: compilers write pages, and the cause first or last."""


def told(error: Exception) -> str:
    """Return the class and the first lines of an exception."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if len(lines) > LINES:
        lines = [*lines[: LINES - 1], "...", lines[-1]]
    return f"{type(error).__name__}: {' '.join(lines)}"


@dataclass(frozen=True)
class Report:
    """The measures of a check, and what is made of them.

    Attributes
    ----------
    measures : tuple of Measure
        All that was compared, in the order in which it was.
    """

    measures: tuple[Measure, ...]

    @property
    def failures(self) -> tuple[Measure, ...]:
        """The measures beyond their bounds."""
        return tuple(measure for measure in self.measures if not measure.passed)

    @property
    def passed(self) -> bool:
        """Whether something was compared, and all of it is within its bounds."""
        return bool(self.measures) and not self.failures

    def raise_for_failures(self) -> None:
        """Raise a ConformanceError that tells each failure, if there is one or nothing was compared."""
        if not self.measures:
            raise ConformanceError(NOTHING_COMPARED)
        if self.failures:
            count = f"{len(self.failures)} of {len(self.measures)} comparisons fail"
            raise ConformanceError("\n".join([count, *map(str, self.failures)]))

    def table(self) -> Table:
        """Return the largest errors in units in the last place: backends and modes by what was compared."""
        return matrix(self.measures, lambda measure: measure.place, lambda measure: f"{measure.dtype} {measure.what}")

    def to_json(self) -> str:
        """Return all measures as JSON text; numbers that are not finite are strings."""
        return json.dumps([_plain(asdict(measure)) for measure in self.measures], indent=1)

    @classmethod
    def from_json(cls, text: str) -> Report:
        """Return the report that `to_json` made a text of."""
        return cls(tuple(Measure(**{**entry, "worst": _worst(entry["worst"])}) for entry in json.loads(text)))

    def __str__(self) -> str:
        if not self.measures:
            return NOTHING_COMPARED
        text = io.StringIO()
        Console(file=text, width=120).print(self.table())
        return "\n".join([text.getvalue().rstrip(), *map(str, self.failures)])


def matrix(
    measures: Iterable[Measure], row: Callable[[Measure], str], column: Callable[[Measure], str], title: str = ""
) -> Table:
    """Return a table of the largest errors in units in the last place, red where one is beyond its bound."""
    cells: dict[tuple[str, str], Measure] = {}
    for measure in measures:
        place = row(measure), column(measure)
        known = cells.get(place)
        cells[place] = measure if known is None or _weight(measure) > _weight(known) else known
    columns = list(dict.fromkeys(place[1] for place in cells))
    table = Table(title=title or None, header_style="bold")
    table.add_column("")
    for name in columns:
        table.add_column(name.replace(" ", "\n"), justify="right")
    for name in dict.fromkeys(place[0] for place in cells):
        table.add_row(name, *[_cell(cells.get((name, other))) for other in columns])
    return table


def _weight(measure: Measure) -> tuple[bool, float]:
    """Order measures: failures above all, then by their error."""
    return not measure.passed, math.inf if measure.error else measure.worst.ulps


def _cell(measure: Measure | None) -> str:
    if measure is None:
        return "[dim]·[/]"
    text = "error" if measure.error else f"{measure.worst.ulps:.2g}"
    return f"[green]{text}[/]" if measure.passed else f"[bold red]{text}[/]"


def _plain(entry: Any) -> Any:
    """Return a tree in which floats that JSON lacks are strings."""
    if isinstance(entry, dict):
        return {key: _plain(value) for key, value in entry.items()}
    return str(entry) if isinstance(entry, float) and not math.isfinite(entry) else entry


def _worst(entry: dict[str, Any]) -> Worst:
    """Return what `_plain` took apart."""
    floats = {key: float(entry[key]) for key in ("got", "true", "ulps", "bound", "excess")}
    return Worst(**{**entry, **floats})


def outcomes(
    results: Results, truth: Truth, owners: Sequence[str], argnums: Sequence[int], numpy: Callable[[Any], Any]
) -> Iterator[tuple[str, str, Any, Numbers]]:
    """Yield what is compared: "value", "gradient" or "hessian", the argument, the result and the truth.

    Parameters
    ----------
    results : dict
        As a mode returns them.
    truth : Truth
        Of the same point.
    owners : sequence of str
        The argument that each array belongs to.
    argnums : sequence of int
        The arrays that were differentiated by.
    numpy : callable
        Makes a NumPy array of an array.
    """
    for name, numbers in {"value": truth.none, "sum": truth.sum, "mean": truth.mean}.items():
        if name in results:
            yield "value", "", numpy(results[name]), numbers
    by_argument: dict[str, list[Any]] = {}
    for number, gradient in zip(argnums, results.get("gradient", ()), strict="gradient" in results):
        by_argument.setdefault(owners[number], []).append(numpy(gradient).ravel())
    for name, parts in by_argument.items():
        yield "gradient", name, np.concatenate(parts), truth.gradient[name]
    if results.get("hessian") and truth.hessian is not None:
        diagonal = np.concatenate([numpy(part).ravel() for part in results["hessian"]])
        yield "hessian", owners[argnums[0]], diagonal, truth.hessian
