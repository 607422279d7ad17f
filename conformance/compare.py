"""Comparisons that raise: with the truth, with known numbers, with another result of the same backend."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from agnostic_losses.testing.criterion import Numbers, ulp, worst

LARGEST_EXACT = 1024.0
"""Known integers up to here are compared exactly."""


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
