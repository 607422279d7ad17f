"""Differences of exponentials against exact numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from agnostic_losses import ops
from tests.exact import assert_exact, derivatives, mp, numbers

AT = (0.0, 1e-30, 1e-8, 0.5, 1.0, 5.0, 80.0, -1e-30, -1e-8, -0.5, -1.0, -1.01, -17.0, -40.0, -80.0, -1e4)


def test_expm1(xp: Any, dtype: Any) -> None:
    x = xp.asarray(AT, dtype=dtype)
    value, slope, curvature = derivatives(ops.expm1, x, xp)
    assert_exact(value, [mp.expm1(number) for number in numbers(x)], ulps=4.0)
    for found in (slope, curvature):
        assert_exact(found, [mp.exp(number) for number in numbers(x)], ulps=4.0)


def test_it_is_minus_one_at_the_end() -> None:
    x = np.asarray([-np.inf])
    value, slope, _ = derivatives(ops.expm1, x, np)
    assert value.tolist() == [-1.0]
    assert slope.tolist() == [0.0]
