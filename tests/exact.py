"""Comparison with exact numbers: mpmath at 100 digits says what is right, units in the last place how far off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import numpy as np

import agnostic_losses as al

mp = mpmath.MPContext()  # of our own: others set their own precision
mp.dps = 100

Formula = Callable[..., Any]


def assert_exact(actual: Any, truth: Sequence[Any], ulps: float) -> None:
    """Assert that an array lies within a few units in the last place of exact numbers."""
    found = np.asarray(actual)
    with np.errstate(over="ignore", under="ignore"):
        rounded = np.asarray([float(number) for number in truth]).reshape(found.shape).astype(found.dtype)
    for index, exact in zip(np.ndindex(found.shape), truth, strict=True):
        right = rounded[index]
        if not np.isfinite(right) or not np.isfinite(found[index]):
            assert found[index] == right, f"at {index}: {found[index]} instead of {right}"
            continue
        error = abs(mp.mpf(float(found[index])) - exact) / float(np.spacing(np.abs(right)))
        assert error <= ulps, f"at {index}: {found[index]!r} instead of {right!r}, {float(error):.1f} ulp"


def numbers(array: Any) -> list[Any]:
    """Return the numbers in an array, exactly."""
    return [mp.mpf(float(number)) for number in np.asarray(array).ravel()]


def derivatives(f: Formula, x: Any, xp: Any) -> tuple[Any, Any, Any]:
    """Return an elementwise function's values, first and second derivatives."""

    def total(x: Any) -> Any:
        return al.array_namespace(x).sum(f(x, xp=al.array_namespace(x)))

    return f(x, xp=xp), al.grad(total)(x), al.hessian_diagonal(total, coupled=None)(x)
