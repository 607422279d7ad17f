"""Elementwise functions at infinities, NaN, signed zeros and the ends of the range, signs included.

NumPy is the reference: for real numbers its answers are those of the standard, but for `floor_divide` by infinity.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import agnostic_losses.backends.tensorflow as xp
from conformance.standard.calls import OF_TWO, OF_TWO_FLAT, ON_POSITIVE, ON_REALS, ON_REALS_FLAT, ON_UNIT
from conformance.standard.tools import MODES, gradient_numbers, numbers

POSITIVE = [0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 1e-30, 1e30, np.inf]
SPECIAL = [*POSITIVE, *(-x for x in POSITIVE), np.nan]
OF_ONE = [*ON_REALS, *ON_POSITIVE, *ON_UNIT, *ON_REALS_FLAT, "acosh"]
# The standard leaves the sign of a zero open in these.
SIGN_OF_ZERO_IS_OPEN = {"maximum", "minimum", "sign", "hypot", "logaddexp"}
EXTREMES = {"int8": 7, "int16": 15, "int32": 31, "int64": 63}


def check(name: str, found: Any, expected: Any, inputs: Any) -> None:
    found = numbers(found)
    is_float = found.dtype.kind == "f"
    eps = np.finfo(found.dtype).eps if is_float else 0.0
    atol = 4.0 * eps if name == "logaddexp" else 0.0  # a logarithm near 1 is a difference
    same = np.isclose(found, expected, rtol=1e2 * eps, atol=atol, equal_nan=True)
    if is_float:  # TensorFlow flushes what is below the least normal number
        same |= np.maximum(np.abs(found), np.abs(expected)) < np.finfo(found.dtype).tiny
    if is_float and name not in SIGN_OF_ZERO_IS_OPEN:
        same &= np.isnan(expected) | (np.signbit(found) == np.signbit(expected))
    wrong = [(*(one[i] for one in inputs), found[i], expected[i]) for i in np.flatnonzero(~same)]
    assert wrong == [], f"{name}: arguments, found, expected"


@pytest.mark.parametrize("kind", ["float32", "float64"])
@pytest.mark.parametrize("name", OF_ONE)
def test_function_of_one(name: str, kind: str) -> None:
    x = np.asarray(SPECIAL, kind)
    if name in ("cos", "sin", "tan"):
        x = x[(np.abs(x) < 1e10) | ~np.isfinite(x)]  # how many digits of 1e30 count is no question of the standard
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(x)
    check(name, getattr(xp, name)(tf.constant(x)), expected, (x,))


@pytest.mark.parametrize("kind", ["float32", "float64"])
@pytest.mark.parametrize("name", [*OF_TWO, *OF_TWO_FLAT, "pow"])
def test_function_of_two(name: str, kind: str) -> None:
    x1, x2 = (one.reshape(-1) for one in np.meshgrid(np.asarray(SPECIAL, kind), np.asarray(SPECIAL, kind)))
    if name == "floor_divide":
        x1, x2 = x1[np.isfinite(x2)], x2[np.isfinite(x2)]
    if name in ("floor_divide", "remainder"):  # a quotient beyond the digits has no meaningful floor
        with np.errstate(all="ignore"):
            plain = ~(np.abs(x1 / x2) > 1e6) | ~np.isfinite(x1) | (x2 == 0)
        x1, x2 = x1[plain], x2[plain]
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(x1, x2)
        if name == "floor_divide":
            expected = np.floor(x1 / x2)
    check(name, getattr(xp, name)(tf.constant(x1), tf.constant(x2)), expected, (x1, x2))


@pytest.mark.parametrize("mode", MODES)
def test_a_remainder_of_zero_has_the_sign_of_the_divisor(mode: str) -> None:
    x1, x2 = [4.0, -4.0, 4.0, -4.0, 0.0, -0.0], [2.0, 2.0, -2.0, -2.0, -1.0, 1.0]
    found = numbers(MODES[mode](xp.remainder)(tf.constant(x1), tf.constant(x2)))
    assert found.tolist() == [0.0] * 6
    assert np.signbit(found).tolist() == [False, False, True, True, True, False]


def test_a_remainder_of_zero_keeps_its_gradient() -> None:
    assert gradient_numbers(xp.remainder, [4.0, -4.0, 5.0], [2.0, 2.0, -2.0]) == [[1.0] * 3, [-2.0, 2.0, 3.0]]


@pytest.mark.parametrize("kind", EXTREMES)
def test_integers_at_the_end_of_the_range(kind: str) -> None:
    least = -(2 ** EXTREMES[kind])
    x1, x2 = np.asarray([least, least, least, -7, 7, -7], kind), np.asarray([1, 2, 3, 2, -2, -2], kind)
    for name in ("floor_divide", "remainder", "add", "multiply", "subtract", "maximum"):
        with np.errstate(all="ignore"):
            expected = getattr(np, name)(x1, x2)
        np.testing.assert_array_equal(numbers(getattr(xp, name)(tf.constant(x1), tf.constant(x2))), expected)
    np.testing.assert_array_equal(numbers(xp.abs(tf.constant(x1))), np.abs(x1))


def test_a_wrong_sign_is_seen() -> None:
    with pytest.raises(AssertionError, match="arguments, found, expected"):
        check("abs", tf.constant([0.0]), np.float32([-0.0]), ([0.0],))
