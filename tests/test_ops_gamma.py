"""Log-gammas, their remainders and the divergences of positive numbers, in value and both derivatives."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses import ops
from tests.exact import Formula, assert_exact, derivatives, mp, numbers

POSITIVE = (
    1e-30,
    1e-8,
    0.01,
    0.24,
    0.26,
    0.49,
    0.5,
    0.99,
    1.01,
    1.2,
    1.6,
    1.99,
    2.01,
    2.4,
    2.49,
    2.5,
    2.6,
    3.5,
    40.0,
    1e8,
)
REMAINDERS = (-0.99, -0.5, -0.34, -1.0 / 3.0, -0.3, -1e-3, -1e-10, 0.0, 1e-10, 1e-3, 0.3, 0.49, 0.5, 0.51, 5.0, 1e8)


def log_gamma(x: Any) -> Any:
    return mp.loggamma(x)


CASES: dict[str, tuple[tuple[float, ...], tuple[Formula, Formula, Formula], tuple[float, float, float]]] = {
    "log_gamma": (POSITIVE, (log_gamma, lambda x: mp.psi(0, x), lambda x: mp.psi(1, x)), (8.0, 32.0, 8.0)),
    "log_factorial": (
        POSITIVE,
        (lambda x: log_gamma(1 + x), lambda x: mp.psi(0, 1 + x), lambda x: mp.psi(1, 1 + x)),
        (8.0, 128.0, 8.0),
    ),
    "log_factorial_excess": (
        POSITIVE,
        (
            lambda x: log_gamma(1 + x) - x * mp.log(x) + x,
            lambda x: mp.psi(0, 1 + x) - mp.log(x),
            lambda x: mp.psi(1, 1 + x) - 1 / x,
        ),
        (4.0, 16.0, 32.0),
    ),
    "log_gamma_half_step": (
        POSITIVE,
        (
            lambda x: log_gamma(x + 0.5) - log_gamma(x) - mp.log(x) / 2,
            lambda x: mp.psi(0, x + 0.5) - mp.psi(0, x) - 1 / (2 * x),
            lambda x: mp.psi(1, x + 0.5) - mp.psi(1, x) + 1 / (2 * x**2),
        ),
        (6.0, 10.0, 16.0),
    ),
    "log1p_remainder": (
        REMAINDERS,
        (lambda x: x - mp.log1p(x), lambda x: x / (1 + x), lambda x: 1 / (1 + x) ** 2),
        (12.0, 8.0, 8.0),
    ),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_value_and_derivatives_are_exact(name: str, xp: Any, dtype: Any) -> None:
    at, formulas, bounds = CASES[name]
    x = xp.asarray(at, dtype=dtype)
    with np.errstate(over="ignore"):  # a second derivative of 1e60 is infinite in float32, rightly
        computed = derivatives(getattr(ops, name), x, xp)
    for found, formula, ulps in zip(computed, formulas, bounds, strict=True):
        assert_exact(found, [formula(number) for number in numbers(x)], ulps)


def test_zeros_are_exact(xp: Any, dtype: Any) -> None:
    np.testing.assert_array_equal(np.asarray(ops.log_gamma(xp.asarray([1.0, 2.0], dtype=dtype), xp=xp)), [0.0, 0.0])
    np.testing.assert_array_equal(np.asarray(ops.log_factorial(xp.asarray([0.0, 1.0], dtype=dtype), xp=xp)), [0.0, 0.0])
    value, slope, _ = derivatives(ops.log_factorial_excess, xp.asarray([0.0], dtype=dtype), xp)
    assert (float(value[0]), float(slope[0])) == (0.0, 0.0)


PAIRS = ((1.0, 1.0 + 2.0**-20), (3.0, 3.0), (1e18, 1.5e18), (1e-30, 1e18), (1e18, 1e-20), (2.0, 1.0), (1.0, 2.0))


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("log_ratio", lambda x, y: mp.log(x / y)),
        ("generalized_kl", lambda x, y: x * mp.log(x / y) - x + y),
        ("itakura_saito", lambda x, y: x / y - mp.log(x / y) - 1),
    ],
)
def test_pairs_near_and_far(name: str, formula: Any, xp: Any) -> None:
    x, y = (xp.asarray(column, dtype=xp.float64) for column in zip(*PAIRS, strict=True))
    found = getattr(ops, name)(x, y, xp=xp)
    assert_exact(found, [formula(a, b) for a, b in zip(numbers(x), numbers(y), strict=True)], 12.0)


def test_a_divergence_of_nothing_has_no_gradient(xp: Any) -> None:
    def total(x: Any, y: Any) -> Any:
        space = al.array_namespace(x)
        return space.sum(ops.generalized_kl(x, y, xp=space))

    x, y = xp.asarray([0.0, 0.0]), xp.asarray([2.0, 0.0])
    np.testing.assert_array_equal(np.asarray(ops.generalized_kl(x, y, xp=xp)), [2.0, 0.0])
    by_x, by_y = al.grad(total, argnums=(0, 1))(x, y)
    np.testing.assert_array_equal(np.asarray(by_x), [0.0, 0.0])
    np.testing.assert_array_equal(np.asarray(by_y), [1.0, 1.0])


def test_a_polynomial_starts_with_its_constant(xp: Any) -> None:
    assert math.isclose(float(ops.polynomial(xp.asarray(2.0), (1.0, 10.0, 100.0))), 421.0)
