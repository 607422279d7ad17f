"""`value_and_grad`, `grad` and `hessian_diagonal` where no framework helps: on NumPy and on the plain standard."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

import agnostic_losses as al

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(size=(3, 4))
LABELS = np.asarray([1, 3, 0])


def softmax(x: np.ndarray) -> np.ndarray:
    odds = np.exp(x - x.max(axis=-1, keepdims=True))
    return odds / odds.sum(axis=-1, keepdims=True)


def test_one_neuron_step_by_step(xp: Any, dtype: Any) -> None:
    x, y = xp.asarray(2.0, dtype=dtype), xp.asarray(3.0, dtype=dtype)

    def loss(weight: Any, bias: Any) -> Any:
        return 0.5 * al.squared_error(weight * x + bias, y)

    weight, bias = xp.asarray(0.5, dtype=dtype), xp.asarray(0.5, dtype=dtype)
    value, (by_weight, by_bias) = al.value_and_grad(loss, argnums=(0, 1))(weight, bias)
    assert (float(value), float(by_weight), float(by_bias)) == (1.125, -3.0, -1.5)
    assert float(weight - 0.01 * by_weight) == pytest.approx(0.53)
    assert float(bias - 0.01 * by_bias) == pytest.approx(0.515)


def test_a_gradient_has_the_kind_shape_and_dtype_of_its_argument(xp: Any, dtype: Any) -> None:
    x = xp.asarray(LOGITS, dtype=dtype)
    value, gradient = al.value_and_grad(al.cross_entropy)(x, xp.asarray(LABELS))
    assert type(gradient) is type(x)
    assert al.array_namespace(value) is xp
    assert (value.shape, gradient.shape) == ((), x.shape)
    assert value.dtype == gradient.dtype == dtype
    right = (softmax(LOGITS) - np.eye(4)[LABELS]) / 3
    np.testing.assert_allclose(np.asarray(gradient), right, rtol=1e-5 if dtype == xp.float32 else 1e-13)
    np.testing.assert_array_equal(np.asarray(x), LOGITS.astype(np.asarray(x).dtype))


def test_which_arguments(xp: Any) -> None:
    x, y = xp.asarray([1.0, 5.0]), xp.asarray([2.0, 3.0])
    by_x, by_y = al.grad(al.squared_error, argnums=(0, 1))(x, y, reduction="sum")
    np.testing.assert_array_equal(np.asarray(by_x), [-2.0, 4.0])
    np.testing.assert_array_equal(np.asarray(by_y), [2.0, -4.0])
    np.testing.assert_array_equal(np.asarray(al.grad(al.squared_error, argnums=1)(x, y)), np.asarray(by_y) / 2)
    (alone,) = al.grad(al.squared_error, argnums=(1,))(x, y)
    np.testing.assert_array_equal(np.asarray(alone), np.asarray(by_y) / 2)


def test_an_argument_that_plays_no_part_has_gradient_zero(xp: Any) -> None:
    x, y = xp.asarray([1.0, 2.0]), xp.asarray([3.0])
    value, gradient = al.value_and_grad(lambda x, y: al.array_namespace(x).sum(x), argnums=1)(x, y)
    assert float(value) == 3.0
    np.testing.assert_array_equal(np.asarray(gradient), [0.0])


def test_gradients_nest(xp: Any, dtype: Any) -> None:
    x = xp.asarray(0.7, dtype=dtype)
    derivative = lambda x: al.array_namespace(x).sin(x)  # noqa: E731
    for right in (math.cos(0.7), -math.sin(0.7), -math.cos(0.7)):
        derivative = al.grad(derivative)
        assert derivative(x).dtype == dtype
        assert float(derivative(x)) == pytest.approx(right, rel=1e-6)


def test_the_options_of_the_function_stay(xp: Any) -> None:
    evaluate = al.value_and_grad(al.huber)
    x = xp.asarray([0.0, 10.0])
    value, gradient = evaluate(x, [0.0, 0.0], delta=2.0, reduction="sum")
    assert float(value) == 18.0
    np.testing.assert_array_equal(np.asarray(gradient), [0.0, 2.0])


@pytest.mark.parametrize("coupled", ["all", -1, 1, (-1,), (0, 1)])
def test_second_derivatives_of_a_coupled_loss(coupled: Any, xp: Any) -> None:
    x = xp.asarray(LOGITS)
    found = al.hessian_diagonal(al.cross_entropy, coupled=coupled)(x, xp.asarray(LABELS))
    p = softmax(LOGITS)
    np.testing.assert_allclose(np.asarray(found), p * (1 - p) / 3, rtol=1e-12)


@pytest.mark.parametrize("coupled", ["all", None])
def test_second_derivatives_of_a_sum_over_elements(coupled: Any, xp: Any, dtype: Any) -> None:
    x = xp.asarray([[-3.0, 0.0], [0.5, 2.0]], dtype=dtype)
    found = al.hessian_diagonal(al.log_cosh, coupled=coupled)(x, xp.zeros_like(x), reduction="sum")
    assert found.dtype == dtype
    np.testing.assert_allclose(np.asarray(found), 1 / np.cosh(np.asarray(x)) ** 2, rtol=1e-5)


def test_second_derivatives_by_another_argument(xp: Any) -> None:
    x, y = xp.asarray([1.0, 2.0]), xp.asarray([0.0, 5.0])
    found = al.hessian_diagonal(al.squared_error, argnums=1, coupled=None)(x, y, weights=[1.0, 3.0], reduction="sum")
    np.testing.assert_array_equal(np.asarray(found), [2.0, 6.0])


def test_the_hessian_diagonal_differs_when_the_coupling_is_denied(xp: Any) -> None:
    x, labels = xp.asarray(LOGITS), xp.asarray(LABELS)
    denied = np.asarray(al.hessian_diagonal(al.cross_entropy, coupled=None)(x, labels))
    np.testing.assert_allclose(denied, 0.0, atol=1e-15)  # rows of a softmax Hessian sum to zero, as documented


@pytest.mark.parametrize("coupled", ["none", 2, -3, 1.5, (0, 2)])
def test_a_wrong_coupling_is_an_error(coupled: Any) -> None:
    with pytest.raises(ValueError, match=f"coupled must be 'all', None or an axis .*, got {re.escape(repr(coupled))}"):
        al.hessian_diagonal(al.cross_entropy, coupled=coupled)(LOGITS, LABELS)


@pytest.mark.parametrize(
    ("f", "x", "error", "message"),
    [
        (lambda x: x * 2, np.ones(2), ValueError, r"must return a 0-d array, got shape \(2,\); reduce it first"),
        (lambda x: 1.0, np.ones(2), TypeError, "must return a 0-d real floating array, got float"),
        (lambda x: al.array_namespace(x).sum(x), np.ones(2, dtype=int), TypeError, "real floating .* int64"),
        (lambda x: x, 1.0, TypeError, "argument 0 must be a real floating array, got float"),
        (lambda x: np.exp(x), np.ones(()), TypeError, "ufunc"),
        (lambda x: x * float(x), np.ones(()), TypeError, "must not look at values"),
        (lambda x: x if x > 0 else -x, np.ones(()), TypeError, "must not look at values"),
    ],
)
def test_what_has_no_gradient_is_an_error(f: Any, x: Any, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        al.grad(f)(x)


def test_every_loss_of_two_arrays_is_differentiated_in_its_dtype() -> None:
    predictions, targets = RNG.normal(size=(4, 3)), RNG.normal(size=(4, 3))
    for name in ("squared_error", "absolute_error", "huber", "log_cosh", "cosine_distance"):
        f = al.LOSSES[name].function
        gradient = al.grad(f)(predictions, targets)
        for index in np.ndindex(predictions.shape):
            step = np.zeros_like(predictions)
            step[index] = 1e-6
            difference = (f(predictions + step, targets) - f(predictions - step, targets)) / 2e-6
            assert gradient[index] == pytest.approx(difference, abs=1e-8), name
