"""The criterion: how far a number may be from the truth. It knows numbers, and no loss and no framework."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import mpmath
import numpy as np

DIGITS = 60
"""Decimal digits in which results are compared with true numbers."""

ULPS = {"algebraic": 4.0, "transcendental": 8.0, "composite": 24.0}
"""Units in the last place that a class of formulas may be off by, before reductions."""

PER_CONDITION = 4.0
"""Relative rounding errors, in eps, that each input may stand for."""

HALVES = {"float16": (2.0**-10, 2.0**-14, 65504.0), "bfloat16": (2.0**-7, 2.0**-126, 3.3895313892515355e38)}
"""eps, smallest normal and largest number of the dtypes that NumPy lacks or computes otherwise."""


@dataclass(frozen=True)
class Numbers:
    r"""True numbers, flat, each with its condition: what relative errors of 1 in the inputs would add to it.

    Attributes
    ----------
    true : list of mpf or None
        The numbers. None where nothing is defined, as the second derivative at a kink: a result must be finite there.
    condition : list of float
        :math:`\\sum_j |x_j \\, \\partial \\text{out} / \\partial x_j|` over all floating inputs.
    terms : list of int
        About how many terms are summed up in each.
    """

    true: list[Any] = field(default_factory=list)
    condition: list[float] = field(default_factory=list)
    terms: list[int] = field(default_factory=list)

    def add(self, true: Any, condition: float, terms: int) -> None:
        """Append one number."""
        self.true.append(true)
        self.condition.append(condition)
        self.terms.append(terms)


@dataclass(frozen=True)
class Truth:
    """All that is known of a point: the unreduced loss, its sum and mean, and derivatives of the sum.

    Attributes
    ----------
    none, sum, mean : Numbers
        The loss in its three reductions.
    count : float or mpf
        What the mean divides the sum by.
    gradient : dict of str to Numbers
        By argument.
    hessian : Numbers or None
        The diagonal of the second derivatives by the first argument; None where it is not compared.
    """

    none: Numbers
    sum: Numbers
    mean: Numbers
    count: Any
    gradient: dict[str, Numbers]
    hessian: Numbers | None


@dataclass(frozen=True)
class Worst:
    """The element that is farthest beyond its bound, or nearest to it.

    Attributes
    ----------
    index : int
        Its place in the flat result.
    got, true : float
        The result and the truth.
    ulps, bound : float
        The error and what it may be, in units in the last place of the truth.
    excess : float
        Error divided by bound: beyond 1 it fails.
    against : str
        What it was compared with.
    """

    index: int
    got: float
    true: float
    ulps: float
    bound: float
    excess: float
    against: str = "truth"

    def __str__(self) -> str:
        if math.isnan(self.true):
            return f"element {self.index}: got {self.got!r}, must be finite; {self.against} has no number there"
        return (
            f"element {self.index}: got {self.got!r}, {self.against} {self.true!r}, "
            f"error {self.ulps:.3g} ulp, bound {self.bound:.3g} ulp"
        )


NOTHING = Worst(0, 0.0, 0.0, 0.0, 0.0, 0.0)
"""The worst of no elements."""


def limits(dtype: str) -> tuple[float, float, float]:
    """Return eps, the smallest normal and the largest number of a dtype."""
    if dtype in HALVES:
        return HALVES[dtype]
    info = np.finfo(dtype)
    return float(info.eps), float(info.tiny), float(info.max)


def ulp(true: float, dtype: str) -> float:
    """Return the unit in the last place of a number, at least the smallest normal: two frameworks flush below."""
    eps, tiny, largest = limits(dtype)
    if not abs(true) <= largest:
        return math.nan
    if dtype in HALVES:
        return max(eps * 2.0 ** (math.frexp(true)[1] - 1), tiny) if true else tiny
    return max(float(np.spacing(np.asarray(abs(true), dtype=dtype))), tiny)


def worst(
    got: Any,
    numbers: Numbers,
    dtype: str,
    ulps: float,
    factor: float = 1.0,
    extra: float = 0.0,
    stored: str = "",
) -> Worst:
    """Compare a result with the truth.

    An element may be off by ``ulps * (1 + log2(terms))`` units in the last place of the truth, and by `PER_CONDITION`
    eps times its condition. Where the truth is beyond the dtype, infinity of its sign is right.

    Parameters
    ----------
    got : NumPy array
        The result, of any shape.
    numbers : Numbers
        The truth, flat.
    dtype : str
        The dtype that was computed in.
    ulps : float
        The units in the last place for one term; sums of n terms get 1 + log2(n) times as many.
    factor, extra : float
        Widen the bound: a factor, and a summand in eps.
    stored : str
        The dtype that the result was rounded to in the end, where it is a narrower one: one more unit, of that dtype.
    """
    results = np.asarray(got).ravel().tolist()
    if len(results) != len(numbers.true):
        raise AssertionError(f"the result has {len(results)} elements, the truth {len(numbers.true)}")
    with mpmath.workdps(DIGITS):
        compared = [
            _compare(index, *row, dtype=dtype, ulps=ulps, factor=factor, extra=extra, stored=stored or dtype)
            for index, row in enumerate(zip(results, numbers.true, numbers.condition, numbers.terms, strict=True))
        ]
    return max(compared, key=lambda entry: entry.excess, default=NOTHING)


def _compare(
    index: int,
    result: float,
    true: Any,
    condition: float,
    terms: int,
    *,
    dtype: str,
    ulps: float,
    factor: float,
    extra: float,
    stored: str,
) -> Worst:
    largest = limits(stored)[2]
    if true is None:
        missed = 0.0 if math.isfinite(result) else math.inf
        return Worst(index, result, math.nan, missed, 0.0, missed)
    if abs(true) > largest:
        missed = 0.0 if math.isinf(result) and (result > 0) == (true > 0) else math.inf
        return Worst(index, result, float(true), missed, 0.0, missed)
    eps, unit = limits(dtype)[0], ulp(float(true), dtype)
    allowed = ulps * (1.0 + math.log2(terms)) * unit + PER_CONDITION * eps * condition
    allowed = factor * allowed + extra * eps
    if stored != dtype:
        unit = ulp(float(true), stored)
        allowed += unit
    error = float(abs(mpmath.mpf(result) - true)) if math.isfinite(result) else math.inf
    excess = error / allowed
    # What is not a number fails: a comparison with it would not.
    excess = math.inf if math.isnan(excess) else excess
    return Worst(index, result, float(true), error / unit, allowed / unit, excess)
