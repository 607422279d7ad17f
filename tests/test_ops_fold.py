"""Recursions along the first axis, on NumPy and the plain standard; the frameworks' own loops are in `conformance`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses import ops

FACTORS = [[0.5, 2.0], [1.5, -1.0], [3.0, 0.25]]


def horner(coefficients: Any, points: Any) -> Any:
    """Return the value of a polynomial, the coefficient of its highest power first."""

    def step(carry: Any, entry: Any) -> Any:
        return (carry[0] * points + entry[0],)

    space = al.array_namespace(points)
    return ops.fold(step, (space.zeros_like(points),), (coefficients,))[0]


def test_steps_come_in_order(xp: Any, dtype: Any) -> None:
    coefficients, points = xp.asarray([2.0, 0.0, -1.0], dtype=dtype), xp.asarray([0.0, 2.0, -3.0], dtype=dtype)
    found = horner(coefficients, points)
    assert found.dtype == dtype
    np.testing.assert_array_equal(np.asarray(found), [-1.0, 7.0, 17.0])


def test_several_carries_and_entries(xp: Any, dtype: Any) -> None:
    def step(carry: Any, entry: Any) -> Any:
        (total, _), (factor, shift) = carry, entry
        return total * factor + shift, factor

    entries = (xp.asarray(FACTORS, dtype=dtype), xp.asarray([1.0, 2.0, 3.0], dtype=dtype))
    start = (xp.ones((2,), dtype=dtype), xp.zeros((2,), dtype=dtype))
    total, last = ops.fold(step, start, entries)
    np.testing.assert_array_equal(np.asarray(total), [(1.5 * 1.5 + 2.0) * 3.0 + 3.0, (-3.0 + 2.0) * 0.25 + 3.0])
    np.testing.assert_array_equal(np.asarray(last), FACTORS[-1])


def test_without_entries_nothing_happens(xp: Any, dtype: Any) -> None:
    found = horner(xp.zeros((0,), dtype=dtype), xp.ones((2,), dtype=dtype))
    np.testing.assert_array_equal(np.asarray(found), [0.0, 0.0])


def test_derivatives_of_a_recursion(xp: Any, dtype: Any) -> None:
    coefficients, points = xp.asarray([2.0, 3.0, -1.0, 4.0], dtype=dtype), xp.asarray([0.5, -2.0], dtype=dtype)

    def total(c: Any, x: Any) -> Any:
        return al.array_namespace(x).sum(horner(c, x))

    by_coefficients, by_points = al.grad(total, argnums=(0, 1))(coefficients, points)
    np.testing.assert_array_equal(np.asarray(by_coefficients), [0.125 - 8.0, 0.25 + 4.0, 0.5 - 2.0, 2.0])
    np.testing.assert_array_equal(np.asarray(by_points), [6 * 0.25 + 6 * 0.5 - 1.0, 6 * 4.0 - 6 * 2.0 - 1.0])
    second = al.hessian_diagonal(total, argnums=1, coupled=None)(coefficients, points)
    np.testing.assert_array_equal(np.asarray(second), [12 * 0.5 + 6.0, -12 * 2.0 + 6.0])


@pytest.mark.parametrize(
    ("x", "y", "value", "slopes"),
    [
        (0.0, 0.0, math.log(2.0), (0.5, 0.5)),
        (-math.inf, 3.0, 3.0, (0.0, 1.0)),
        (3.0, -math.inf, 3.0, (1.0, 0.0)),
        (-math.inf, -math.inf, -math.inf, (0.0, 0.0)),
        (1e4, -1e4, 1e4, (1.0, 0.0)),
        (0.0, -40.0, 4.248354255291589e-18, (1.0, 4.248354255291589e-18)),
        (math.nan, -math.inf, math.nan, (math.nan, math.nan)),
        (-math.inf, math.nan, math.nan, (math.nan, math.nan)),
    ],
)
def test_logaddexp(x: float, y: float, value: float, slopes: Any, xp: Any) -> None:
    def f(x: Any, y: Any) -> Any:
        return ops.logaddexp(x, y, xp=al.array_namespace(x))

    found, gradient = al.value_and_grad(f, argnums=(0, 1))(xp.asarray(x), xp.asarray(y))
    np.testing.assert_allclose(np.asarray(found), value, rtol=4e-16)
    np.testing.assert_allclose([float(part) for part in gradient], slopes, rtol=4e-16)


@pytest.mark.parametrize(("x", "y", "second"), [(0.0, 0.0, 0.25), (-math.inf, 1.0, 0.0), (-math.inf, -math.inf, 0.0)])
def test_curvature_of_logaddexp(x: float, y: float, second: float, xp: Any) -> None:
    def f(x: Any, y: Any) -> Any:
        return ops.logaddexp(x, y, xp=al.array_namespace(x))

    for argnums in (0, 1):
        found = al.hessian_diagonal(f, argnums=argnums, coupled=None)(xp.asarray(x), xp.asarray(y))
        assert float(found) == second
