"""The criterion: how far a number may be from the truth, and what is said when it is farther."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

from conformance.oracle import DIGITS, Numbers

ULPS = {"algebraic": 4.0, "transcendental": 8.0, "composite": 24.0}
"""Units in the last place that a class of formulas may be off by, before reductions."""

LARGEST_EXACT = 1024.0
"""Known integers up to here are compared exactly."""

PER_CONDITION = 4.0
"""Relative rounding errors, in eps, that each input may stand for."""


@dataclass(frozen=True)
class Worst:
    """The element that is farthest beyond its bound, or nearest to it.

    Attributes
    ----------
    index : int
        Its place in the flat result.
    excess : float
        Error divided by bound: beyond 1 it fails.
    """

    index: int
    got: float
    true: float
    ulps: float
    bound: float
    excess: float

    def __str__(self) -> str:
        return (
            f"element {self.index}: got {self.got!r}, truth {self.true!r}, "
            f"error {self.ulps:.3g} ulp, bound {self.bound:.3g} ulp"
        )


def ulp(true: float, dtype: str) -> float:
    """Return the unit in the last place of a number, at least the smallest normal: two frameworks flush below."""
    info = np.finfo(dtype)
    if not abs(true) <= float(info.max):
        return math.nan
    return max(float(np.spacing(np.asarray(abs(true), dtype=dtype))), float(info.tiny))


def worst(got: Any, numbers: Numbers, dtype: str, ulps: float, factor: float = 1.0, extra: float = 0.0) -> Worst:
    """Compare a result with the truth.

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
    """
    results = np.asarray(got).ravel().tolist()
    if len(results) != len(numbers.true):
        raise AssertionError(f"the result has {len(results)} elements, the truth {len(numbers.true)}")
    eps = float(np.finfo(dtype).eps)
    compared = []
    with mpmath.workdps(DIGITS):
        rows = zip(results, numbers.true, numbers.condition, numbers.terms, strict=True)
        for index, (result, true, condition, terms) in enumerate(rows):
            if abs(true) > float(np.finfo(dtype).max):
                right = math.isinf(result) and (result > 0) == (true > 0)
                compared.append(Worst(index, result, float(true), 0.0, 0.0, 0.0 if right else math.inf))
                continue
            unit = ulp(float(true), dtype)
            allowed = ulps * (1.0 + math.log2(terms)) * unit + PER_CONDITION * eps * condition
            allowed = factor * allowed + extra * eps
            error = float(abs(mpmath.mpf(result) - true)) if math.isfinite(result) else math.inf
            excess = error / allowed
            # What is not a number fails: a comparison with it would not.
            excess = math.inf if math.isnan(excess) else excess
            compared.append(Worst(index, result, float(true), error / unit, allowed / unit, excess))
    return max(compared, key=lambda entry: entry.excess, default=Worst(0, 0.0, 0.0, 0.0, 0.0, 0.0))


def check(
    got: Any, numbers: Numbers, dtype: str, ulps: float, what: str, factor: float = 1.0, extra: float = 0.0
) -> None:
    """Raise unless every element is within its bound; `what` names loss, options, backend and mode."""
    found = worst(got, numbers, dtype, ulps, factor, extra)
    assert found.excess <= 1.0, f"{what}, {dtype}: {found}"


def check_known(got: Any, known: Any, dtype: str, what: str, ulps: float = 4.0) -> None:
    """Raise unless a result equals known numbers: integers and infinities exactly, others to a few ulp."""
    result, expected = np.asarray(got, dtype=np.float64), np.asarray(known, dtype=np.float64)
    assert result.shape == expected.shape, f"{what}: got shape {result.shape}, known {expected.shape}"
    for index in np.ndindex(expected.shape):
        one, true = float(result[index]), float(expected[index])
        if math.isinf(true) or (true == round(true) and abs(true) <= LARGEST_EXACT):
            assert one == true, f"{what}, {dtype}: element {index}: got {one!r}, known exactly {true!r}"
        else:
            error = abs(one - true) / ulp(true, dtype)
            assert error <= ulps, (
                f"{what}, {dtype}: element {index}: got {one!r}, known {true!r}, error {error:.3g} ulp, bound {ulps}"
            )


def check_close(got: Any, wanted: Any, dtype: str, what: str, ulps: float = 16.0) -> None:
    """Raise unless two results of one backend agree to `ulps`, relative to the largest element of each."""
    result, expected = np.asarray(got, dtype=np.float64), np.asarray(wanted, dtype=np.float64)
    assert result.shape == expected.shape, f"{what}: shape {result.shape} and {expected.shape}"
    assert np.isfinite(result).all(), f"{what}, {dtype}: not finite: {result}"
    if not result.size:
        return
    unit = ulp(float(np.max(np.abs(expected))), dtype)
    errors = np.abs(result - expected) / unit
    place = np.unravel_index(np.argmax(errors), errors.shape)
    assert errors[place] <= ulps, (
        f"{what}, {dtype}: element {tuple(map(int, place))}: got {result[place]!r}, wanted {expected[place]!r}, "
        f"error {errors[place]:.3g} ulp of the largest, bound {ulps}"
    )
