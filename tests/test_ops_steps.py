"""Integrals of functions of steps, and their slopes at ties."""

from __future__ import annotations

from typing import Any

import numpy as np

import agnostic_losses as al
from agnostic_losses import ops
from tests.exact import assert_exact


def square(x: Any) -> Any:
    return x * x


def test_integral_of_steps(xp: Any, dtype: Any) -> None:
    points = xp.asarray([[3.0, 0.0, 1.0, 1.0]], dtype=dtype)
    steps = xp.asarray([[-2.0, 1.0, 3.0, -2.0]], dtype=dtype)
    # The sums are 1 from 0 to 1, and 2 from there to 3.
    assert_exact(ops.integrate_steps(points, steps, square, xp=xp), [1 + 2 * 4], ulps=0.0)

    def total(x: Any) -> Any:
        namespace = al.array_namespace(x)
        return namespace.sum(ops.integrate_steps(x, steps, square, xp=namespace))

    # At 1 the slopes of one point are 1 - 4**2 and 1 - 2**2, those of the other 1 - 1 and 4**2 - 2**2.
    assert_exact(al.grad(total)(points), [4, -1, -3, 0], ulps=0.0)


def test_a_point_between_slopes_of_both_signs_has_none() -> None:
    points, steps = np.asarray([0.0, 0.0]), np.asarray([1.0, -1.0])

    def total(x: Any) -> Any:
        return ops.integrate_steps(x, steps, square, xp=al.array_namespace(x))

    assert al.grad(total)(points).tolist() == [0.0, 0.0]
