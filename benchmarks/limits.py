"""The limits that figures are held against, and the cause of a figure that is above its limit."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.causes import CAUSES

Figure = Mapping[str, Any]


@dataclass(frozen=True)
class Limit:
    """A limit of each figure of a kind, or of their median.

    Attributes
    ----------
    what : str
        What a person would call these figures.
    holds_for : callable
        Whether a figure is of the kind.
    each : float
        The largest that one may be.
    median : float, optional
        The largest that the median of all may be.
    by : str
        The figure that is limited.
    """

    what: str
    holds_for: Callable[[Figure], bool]
    each: float
    median: float | None = None
    by: str = "ratio"

    def above(self, figures: Iterable[Figure]) -> list[Figure]:
        """Return the figures that are larger than they may be."""
        return [figure for figure in self.of(figures) if figure[self.by] > self.each]

    def of(self, figures: Iterable[Figure]) -> list[Figure]:
        """Return the figures of the kind."""
        return [figure for figure in figures if self.by in figure and self.holds_for(figure)]

    def median_of(self, figures: Iterable[Figure]) -> float | None:
        """Return the median of the figures of the kind, None without any."""
        found = [figure[self.by] for figure in self.of(figures)]
        return statistics.median(found) if found else None


def _functional(figure: Figure) -> bool:
    return figure["framework"] == "torch" and figure["name"].startswith("torch.nn.functional")


LIMITS = (
    Limit(
        "PyTorch, eager, large arrays, value and gradient",
        lambda x: _functional(x) and (x["form"], x["size"], x["what"]) == ("eager", "large", "gradient"),
        each=1.10,
    ),
    Limit(
        "PyTorch, eager, tiny arrays: microseconds more than the native call",
        lambda x: _functional(x) and (x["form"], x["size"], x["what"]) == ("eager", "tiny", "value"),
        each=15.0,
        by="overhead_us",
    ),
    Limit(
        "JAX, jit, large arrays",
        lambda x: (x["framework"], x["form"], x["size"]) == ("jax", "compiled", "large"),
        each=1.15,
        median=1.0,
    ),
    Limit(
        "TensorFlow, tf.function, large arrays",
        lambda x: (x["framework"], x["form"], x["size"]) == ("tensorflow", "compiled", "large"),
        each=1.15,
        median=1.0,
    ),
    Limit(
        "TensorFlow, eager, large arrays",
        lambda x: (x["framework"], x["form"], x["size"]) == ("tensorflow", "eager", "large"),
        each=1.15,
        median=1.0,
    ),
    Limit(
        "NumPy, beside sklearn.metrics, medium arrays",
        lambda x: x["name"].startswith("sklearn.metrics") and x["size"] == "medium",
        each=0.5,
    ),
    Limit("NumPy, gradient by the tape, beside one by hand", lambda x: x["size"] == "tape", each=3.0),
)


def cause_of(figure: Figure) -> str:
    """Return why a figure is above its limit; empty where nobody has said."""
    return next((cause.text for cause in CAUSES if cause.explains(figure)), "")
