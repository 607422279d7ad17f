"""The elementwise functions of `ops` against exact numbers: values, first and second derivatives, extremes, kinks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses import ops
from tests.exact import Formula, assert_exact, derivatives, mp, numbers

ANYWHERE = (0.0, 1e-30, 1e-8, 1e-3, 0.3, 0.49, 0.5, 0.99, 1.0, 1.01, 5.0, 17.0, 40.0, 1e4)
REALS = (*ANYWHERE, *(-number for number in ANYWHERE))
PROBABILITIES = (1.0, 1.0 - 2.0**-24, 0.9, 0.5, 0.1, 1e-3, 1e-8, 1e-30, 2.0**-99, 2.0**-100, 2.0**-101, 0.0)
FLOOR = mp.mpf(2) ** -100


def sigmoid(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def floored_log(p: Any) -> Any:
    return mp.log(p) if p > FLOOR else mp.log(FLOOR) + p / FLOOR - 1


@dataclass(frozen=True)
class Case:
    """A function, its exact value and derivatives, and how many units in the last place each may be off."""

    name: str
    at: tuple[float, ...]
    value: Formula
    slope: Formula
    curvature: Formula
    ulps: tuple[float, float, float] = (4.0, 4.0, 6.0)


CASES = [
    Case(
        "softplus",
        REALS,
        lambda x: mp.log1p(mp.exp(x)),
        sigmoid,
        lambda x: sigmoid(x) * sigmoid(-x),
    ),
    Case(
        "log_sigmoid",
        REALS,
        lambda x: -mp.log1p(mp.exp(-x)),
        lambda x: sigmoid(-x),
        lambda x: -sigmoid(x) * sigmoid(-x),
    ),
    Case("log_cosh", REALS, lambda x: mp.log(mp.cosh(x)), mp.tanh, lambda x: 1 / mp.cosh(x) ** 2),
    Case(
        "exp_remainder",
        (*(x for x in REALS if x < 50), -0.5, -0.51, 0.51),
        lambda x: mp.expm1(x) - x,
        mp.expm1,
        mp.exp,
    ),
    Case(
        "log_probability",
        PROBABILITIES,
        floored_log,
        lambda p: 1 / max(p, FLOOR),
        lambda p: -1 / p**2 if p > FLOOR else mp.mpf(0),
    ),
    Case(
        "log_complement",
        (*tuple(1.0 - p for p in PROBABILITIES), 1e-08, 1e-30),
        lambda p: floored_log(1 - p),
        lambda p: -1 / max(1 - p, FLOOR),
        lambda p: -1 / (1 - p) ** 2 if 1 - p > FLOOR else mp.mpf(0),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_value_and_derivatives_are_exact(case: Case, xp: Any, dtype: Any) -> None:
    x = xp.asarray(case.at, dtype=dtype)
    with np.errstate(over="ignore"):  # a second derivative of 2**198 is infinite in float32, rightly
        computed = derivatives(getattr(ops, case.name), x, xp)
    for found, formula, ulps in zip(computed, (case.value, case.slope, case.curvature), case.ulps, strict=True):
        assert found.dtype == dtype
        assert_exact(found, [formula(number) for number in numbers(x)], ulps)


@pytest.mark.parametrize(
    ("name", "at_minus_infinity", "at_infinity"),
    [("softplus", 0.0, math.inf), ("log_sigmoid", -math.inf, 0.0), ("log_cosh", math.inf, math.inf)],
)
def test_infinite_arguments(name: str, at_minus_infinity: float, at_infinity: float, xp: Any) -> None:
    found = np.asarray(getattr(ops, name)(xp.asarray([-math.inf, math.inf]), xp=xp))
    np.testing.assert_array_equal(found, [at_minus_infinity, at_infinity])


@pytest.mark.parametrize(
    ("name", "values", "slopes"),
    [
        ("abs", [2.0, 0.0, 3.0], [-1.0, 0.0, 1.0]),
        ("relu", [0.0, 0.0, 3.0], [0.0, 0.0, 1.0]),
        ("minus_abs", [-2.0, 0.0, -3.0], [1.0, 1.0, -1.0]),
    ],
)
def test_kinks_have_the_documented_slope(name: str, values: list[float], slopes: list[float], xp: Any) -> None:
    found = derivatives(getattr(ops, name), xp.asarray([-2.0, 0.0, 3.0]), xp)
    for array, expected in zip(found, (values, slopes, [0.0, 0.0, 0.0]), strict=True):
        np.testing.assert_array_equal(np.asarray(array), expected)


def test_a_negative_zero_is_a_zero(xp: Any) -> None:
    for function in (ops.abs, ops.relu):
        _, slope, _ = derivatives(function, xp.asarray([-0.0]), xp)
        assert float(slope[0]) == 0.0


def test_the_logarithm_of_zero_is_finite_and_pushes_upwards(xp: Any, dtype: Any) -> None:
    value, slope, _ = derivatives(ops.log_probability, xp.asarray([0.0], dtype=dtype), xp)
    assert float(value[0]) == pytest.approx(-100 * math.log(2) - 1, rel=1e-6)
    assert float(slope[0]) == 2.0**100
    value, slope, _ = derivatives(ops.log_complement, xp.asarray([1.0], dtype=dtype), xp)
    assert float(value[0]) == pytest.approx(-100 * math.log(2) - 1, rel=1e-6)
    assert float(slope[0]) == -(2.0**100)


def test_nothing_times_minus_infinity_is_nothing(xp: Any) -> None:
    x, log_y = xp.asarray([0.0, 0.5, 0.5]), xp.asarray([-math.inf, -2.0, -math.inf])
    np.testing.assert_array_equal(np.asarray(ops.times_log(x, log_y, xp=xp)), [0.0, -1.0, -math.inf])

    def total(x: Any, log_y: Any) -> Any:
        space = al.array_namespace(x)
        return space.sum(ops.times_log(x, log_y, xp=space))

    by_x, by_log_y = al.grad(total, argnums=(0, 1))(x[:2], log_y[:2])
    np.testing.assert_array_equal(np.asarray(by_x), [0.0, -2.0])
    np.testing.assert_array_equal(np.asarray(by_log_y), [0.0, 0.5])


def test_an_error_of_a_few_units_is_seen() -> None:
    off = np.nextafter(np.nextafter(np.nextafter(np.float32(1.0), 2), 2), 2)
    with pytest.raises(AssertionError, match=r"3\.0 ulp"):
        assert_exact(np.asarray([off], dtype=np.float32), [mp.mpf(1)], ulps=2)
    with pytest.raises(AssertionError, match="instead of"):
        assert_exact(np.asarray([math.nan]), [mp.mpf(1)], ulps=2)
