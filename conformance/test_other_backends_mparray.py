"""mparray: arrays of mpmath's numbers go through every loss and its gradient with their type and all their digits.

A Python float or a NumPy function on the way would leave sixteen. How these numbers agree with the textbook in more
digits, and at extreme inputs, stands in `test_oracle.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import mpmath
import pytest

import agnostic_losses as al
from agnostic_losses.testing.measures import outcomes
from agnostic_losses.testing.reference import MPARRAY
from conformance.calls import Call
from conformance.case import Point
from conformance.cases import ALL_CASES, CASES
from conformance.oracle import truth

DTYPE = "float64"
PRECISION = 50
DIGITS = 27
"""Golden values have 30 digits."""

TEN = mpmath.mpf(10)
FIRST = [case.points[0] for case in ALL_CASES]


def lost(point: Point) -> Iterator[str]:
    """Yield the numbers of values and gradients that have lost their type or digits."""
    digits = min(DIGITS, point.case.coarse.get(0, (DIGITS, ""))[0])
    with mpmath.workdps(PRECISION):
        call = Call.at(point, MPARRAY, DTYPE)
        total, gradient = al.value_and_grad(call.function("sum"), call.argnums)(*call.arrays)
        results = {"value": call.function("none")(*call.arrays), "sum": total, "gradient": list(gradient)}
        for part in (total, results["value"], *gradient):
            if not isinstance(part, MPARRAY.array_type) or part.dtype != call.arrays[call.argnums[0]].dtype:
                yield f"{point.name}: {type(part).__name__}, {getattr(part, 'dtype', '')}"
                return
        for what, argument, got, known in outcomes(
            results, truth(point, DTYPE), call.owners, call.argnums, MPARRAY.numpy
        ):
            if argument in point.case.constant:
                continue
            for x, true, condition in zip(got.ravel(), known.true, known.condition, strict=True):
                # Rounding in the last digits, that of the inputs among it; the stored truth is itself rounded.
                slack = abs(true or 0) * TEN**-digits + condition * TEN ** (5 - PRECISION)
                if not isinstance(x, mpmath.mpf) or (true is not None and abs(x - true) > slack):
                    yield f"{point.name}, {what} {argument}: {x!r}, known {true}"


@pytest.mark.parametrize("point", FIRST, ids=lambda point: point.name)
def test_type_and_digits_are_kept(point: Point) -> None:
    assert not list(lost(point))


def test_a_float_on_the_way_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    info = al.LOSSES["squared_error"]

    @functools.wraps(info.function)
    def rounded(predictions: Any, targets: Any, **options: Any) -> Any:
        return info.function(3.0 * ((1.0 / 3.0) * predictions), targets, **options)

    (point, *_) = CASES["squared_error"][0].points
    assert not list(lost(point))
    monkeypatch.setitem(al.LOSSES, "squared_error", replace(info, function=rounded))
    assert list(lost(point))
