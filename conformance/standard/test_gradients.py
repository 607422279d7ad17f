"""Gradients and second derivatives against finite differences, and the rules at ties and kinks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import agnostic_losses.backends.tensorflow as xp
from conformance.standard.calls import MATRIX, SMOOTH
from conformance.standard.tools import (
    MODES,
    finite_differences,
    gradient,
    gradient_numbers,
    graph,
    numbers,
    weighted_total,
)


@pytest.mark.parametrize("name", SMOOTH)
def test_gradient_is_the_slope(name: str) -> None:
    def f(x: Any) -> Any:
        return weighted_total(SMOOTH[name](xp, x))

    expected = finite_differences(f, MATRIX)
    np.testing.assert_allclose(numbers(gradient(f, tf.constant(MATRIX))[0]), expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", SMOOTH)
def test_second_derivative_is_the_slope_of_the_gradient(name: str) -> None:
    def slope(x: Any) -> Any:
        first = gradient(lambda x: weighted_total(SMOOTH[name](xp, x)), x)[0]
        return weighted_total(first)

    expected = finite_differences(slope, MATRIX)
    np.testing.assert_allclose(numbers(gradient(slope, tf.constant(MATRIX))[0]), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_operands_share_the_gradient_of_a_tie(name: str, mode: str) -> None:
    f = getattr(xp, name)
    x1, x2 = tf.constant([[1.0, 2.0, 3.0]]), tf.constant([[1.0], [2.0]])
    spec = tf.TensorSpec([None, None])
    found = MODES[mode](lambda a, b: gradient(f, a, b), spec, spec)(x1, x2)
    # 1 against (1, 2, 3), then 2 against (1, 2, 3)
    first, second = ([0.5, 1.5, 2.0], [0.5, 1.5]) if name == "maximum" else ([1.5, 0.5, 0.0], [2.5, 1.5])
    assert numbers(found[0]).tolist() == [first]
    assert numbers(found[1])[:, 0].tolist() == second


def test_maximum_with_a_number_has_half_the_gradient_at_the_tie() -> None:
    assert gradient_numbers(lambda x: xp.maximum(x, 0.0), [-1.0, 0.0, 1.0]) == [[0.0, 0.5, 1.0]]
    assert gradient_numbers(lambda x: xp.maximum(x, -x), [-1.0, 0.0, 1.0]) == [[-1.0, 0.0, 1.0]]


def test_maximum_value_is_exact_where_halves_would_overflow_or_underflow() -> None:
    extreme = [3.4e38, math.inf, -math.inf]
    found = xp.maximum(tf.constant(extreme), tf.constant(extreme))
    np.testing.assert_array_equal(numbers(found), np.float32(extreme))
    odd = tf.bitcast(tf.constant([1, 3], tf.int16), tf.float16)
    assert numbers(tf.bitcast(xp.minimum(odd, odd), tf.int16)).tolist() == [1, 3]


def test_maximum_maps_over_a_batch() -> None:
    rows = tf.constant([[1.0, -2.0], [0.0, 3.0]])
    found = tf.vectorized_map(lambda row: gradient(lambda x: xp.maximum(x, 0.0), row)[0], rows)
    assert numbers(found).tolist() == [[1.0, 0.0], [0.5, 1.0]]


@pytest.mark.parametrize("name", ["max", "min"])
def test_equal_elements_share_the_gradient_of_an_extreme(name: str) -> None:
    assert gradient_numbers(getattr(xp, name), [2.0, 2.0]) == [[0.5, 0.5]]


def test_abs_has_gradient_zero_at_zero() -> None:
    assert gradient_numbers(xp.abs, [-2.0, 0.0, 2.0]) == [[-1.0, 0.0, 1.0]]


def test_clip_has_gradient_one_at_its_bounds() -> None:
    values = [-2.0, -1.0, 0.0, 1.0, 2.0]
    assert gradient_numbers(lambda x: xp.clip(x, -1.0, 1.0), values) == [[0.0, 1.0, 1.0, 1.0, 0.0]]


@pytest.mark.parametrize("mode", MODES)
def test_logaddexp_at_a_tie_and_at_infinities(mode: str) -> None:
    x1 = [0.0, 1000.0, -1000.0, math.inf, -math.inf, -math.inf, math.inf]
    x2 = [0.0, 1000.0, 0.0, 1.0, 1.0, -math.inf, math.inf]
    spec = tf.TensorSpec([None])
    both = MODES[mode](lambda a, b: [xp.logaddexp(a, b), *gradient(xp.logaddexp, a, b)], spec, spec)
    value, first, second = (numbers(one) for one in both(tf.constant(x1), tf.constant(x2)))
    np.testing.assert_allclose(value, np.logaddexp(np.float32(x1), np.float32(x2)), rtol=1e-7)
    assert first[:5].tolist() == [0.5, 0.5, 0.0, 1.0, 0.0]
    assert second[:5].tolist() == [0.5, 0.5, 1.0, 0.0, 1.0]
    assert (first + second)[5:].tolist() == [1.0, 1.0]


def test_logaddexp_curvature_at_a_tie() -> None:
    def slope(x: Any) -> Any:
        return gradient(lambda x: xp.logaddexp(x, 0.0), x)[0]

    assert gradient_numbers(slope, [0.0]) == [[0.25]]


def test_logaddexp_keeps_the_small_operand() -> None:
    tiny = numbers(xp.logaddexp(tf.constant(0.0, tf.float64), tf.constant(-50.0, tf.float64)))
    assert tiny == np.logaddexp(0.0, -50.0) > 0.0


@pytest.mark.parametrize("mode", MODES)
def test_norms_have_gradient_zero_at_the_origin(mode: str) -> None:
    zero = tf.constant([0.0, 0.0])
    norms = {
        "hypot": lambda x: xp.hypot(x, x),
        "vector_norm": xp.linalg.vector_norm,
        "matrix_norm": lambda x: xp.linalg.matrix_norm(xp.reshape(x, (1, 2))),
    }
    for norm in norms.values():
        found = MODES[mode](lambda x, norm=norm: gradient(norm, x)[0])(zero)
        assert numbers(found).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("mode", MODES)
def test_cumulative_prod_gradient_where_factors_are_zero(mode: str) -> None:
    f = MODES[mode](lambda x: gradient(xp.cumulative_prod, x)[0], tf.TensorSpec([None]))
    assert numbers(f(tf.constant([0.0, 2.0, 3.0]))).tolist() == [9.0, 0.0, 0.0]
    assert numbers(f(tf.constant([2.0, 0.0, 3.0, 0.0]))).tolist() == [1.0, 8.0, 0.0, 0.0]


@pytest.mark.parametrize("mode", MODES)
def test_prod_hessian_where_a_factor_is_zero(mode: str) -> None:
    def hessian_rows(x: Any) -> Any:
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            slopes = xp.unstack(xp.reshape(gradient(xp.prod, x)[0], (3,)))
        return [tape.gradient(slope, x, unconnected_gradients="zero") for slope in slopes]

    found = MODES[mode](hessian_rows, tf.TensorSpec([None]))(tf.constant([0.0, 2.0, 3.0]))
    assert [numbers(row).tolist() for row in found] == [[0.0, 3.0, 2.0], [3.0, 0.0, 0.0], [2.0, 0.0, 0.0]]


def test_repeated_indices_add_up_their_gradients() -> None:
    x = tf.constant([[1.0, 2.0, 3.0]])
    index = tf.constant([[1, 1, -1]])
    assert numbers(gradient(lambda x: xp.take_along_axis(x, index), x)[0]).tolist() == [[0.0, 2.0, 1.0]]
    assert numbers(gradient(lambda x: xp.take(x, index[0], axis=1), x)[0]).tolist() == [[0.0, 2.0, 1.0]]


def test_gradient_flows_to_a_variable() -> None:
    variable = tf.Variable([3.0])
    with tf.GradientTape() as tape:
        y = xp.sum(xp.square(xp.asarray(variable)))
    assert numbers(tape.gradient(y, variable)).tolist() == [6.0]


def test_where_keeps_a_bad_branch_out_when_it_is_made_safe() -> None:
    def f(x: Any) -> Any:
        positive = x > 0.0
        return xp.where(positive, xp.log(xp.where(positive, x, 1.0)), 0.0)

    found = graph(lambda x: gradient(f, x)[0])(tf.constant([-1.0, 0.0, 2.0]))
    assert numbers(found).tolist() == [0.0, 0.0, 0.5]
