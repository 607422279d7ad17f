"""The mean distance to a normal variable in value and both derivatives, from 0 to the far tails."""

from __future__ import annotations

from typing import Any

import numpy as np

import agnostic_losses as al
from agnostic_losses import ops
from tests.exact import assert_exact, derivatives, mp, numbers

AT = (0.0, 1e-30, 1e-8, 1e-3, 0.5, 1.0, 1.4, 1.5, 1.51, 2.0, 3.0, 5.0, 8.0, 12.0, 39.9, 41.0, 1e4, 1e30)


def phi(z: Any) -> Any:
    return mp.npdf(z)


def test_by_the_number(xp: Any, dtype: Any) -> None:
    x = xp.asarray([*AT, *(-number for number in AT)], dtype=dtype)

    def distance(x: Any, *, xp: Any) -> Any:
        return ops.normal_distance(x, xp.ones_like(x), xp=xp)

    value, slope, curvature = derivatives(distance, x, xp)
    z = numbers(x)
    assert_exact(value, [n * mp.erf(n / mp.sqrt(2)) + 2 * phi(n) for n in z], ulps=4.0)
    assert_exact(slope, [mp.erf(n / mp.sqrt(2)) for n in z], ulps=8.0)
    inside = [place for place, n in enumerate(z) if abs(n) < 13]
    # The square of z has a rounding error of its own, which its exponential multiplies.
    assert_exact(np.asarray(curvature)[inside], [2 * phi(z[place]) for place in inside], ulps=128.0)
    assert (np.asarray(curvature)[[place for place, n in enumerate(z) if abs(n) > 13]] < 1e-30).all()


def test_by_the_standard_deviation(xp: Any, dtype: Any) -> None:
    sizes = (1e-20, 0.02, 0.2, 0.5, 0.66, 0.7, 1.0, 100.0, 1e20)
    std = xp.asarray(sizes, dtype=dtype)

    def total(std: Any) -> Any:
        namespace = al.array_namespace(std)
        return namespace.sum(ops.normal_distance(namespace.ones_like(std), std, xp=namespace))

    true = [2 * phi(1 / s) for s in numbers(std)]
    kept = [place for place, number in enumerate(true) if number > 1e-35]
    assert_exact(np.asarray(al.grad(total)(std))[kept], [true[place] for place in kept], ulps=32.0)


def test_it_goes_to_the_size_of_the_error() -> None:
    error = np.asarray([-3e200, 3e200])
    assert ops.normal_distance(error, np.asarray([1e-300, 1.0]), xp=np).tolist() == [3e200, 3e200]
