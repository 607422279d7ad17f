"""Recursions on the frameworks' own loops: their values and derivatives, and lengths that only the run tells."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses import ops
from conformance.frameworks import FOUR, TENSORFLOW, Framework

RNG = np.random.default_rng(4)
COEFFICIENTS = np.asarray([2.0, 3.0, -1.0, 4.0])
POINTS = np.asarray([0.5, -2.0])
LOGITS = RNG.standard_normal((3, 9, 4))
DIRECTION = RNG.standard_normal((3, 9, 4))
LABELS = np.asarray([[1, 2, 2], [3, 3, 1], [2, 1, 3]])
INPUT_LENGTHS, LABEL_LENGTHS = np.asarray([9, 2, 7]), np.asarray([3, 2, 0])


def horner(coefficients: Any, points: Any) -> Any:
    """Return the sum of a polynomial's values, the coefficient of its highest power first."""
    space = al.array_namespace(points)

    def step(carry: Any, entry: Any) -> Any:
        return (carry[0] * points + entry[0],)

    return space.sum(ops.fold(step, (space.zeros_like(points),), (coefficients,))[0])


def ctc(logits: Any) -> Any:
    return al.ctc(logits, LABELS, INPUT_LENGTHS, LABEL_LENGTHS, zero_infinity=True)


def curved(logits: Any) -> Any:
    """Return the product of the Hessian of the loss with a direction."""

    def slope(x: Any) -> Any:
        space = al.array_namespace(x)
        return space.sum(al.grad(ctc)(x) * space.asarray(DIRECTION))

    return al.grad(slope)(logits)


@pytest.mark.parametrize("four", FOUR, ids=str)
def test_derivatives_of_a_recursion(four: Framework) -> None:
    coefficients, points = four.array(COEFFICIENTS), four.array(POINTS)
    value, gradients = four.brisk(al.value_and_grad(horner, argnums=(0, 1)))(coefficients, points)
    assert float(four.numpy(value)) == 4.5 + 2.0
    np.testing.assert_array_equal(four.numpy(gradients[0]), [0.125 - 8.0, 0.25 + 4.0, 0.5 - 2.0, 2.0])
    np.testing.assert_array_equal(four.numpy(gradients[1]), [3.5, 11.0])
    second = four.brisk(al.hessian_diagonal(horner, argnums=1, coupled=None))(coefficients, points)
    np.testing.assert_array_equal(four.numpy(second), [12.0, -18.0])


@pytest.mark.parametrize("four", FOUR, ids=str)
def test_without_entries_nothing_happens(four: Framework) -> None:
    value, gradient = four.brisk(al.value_and_grad(horner, argnums=1))(four.array(COEFFICIENTS[:0]), four.array(POINTS))
    assert float(four.numpy(value)) == 0.0
    np.testing.assert_array_equal(four.numpy(gradient), [0.0, 0.0])


@pytest.mark.parametrize(("framework", "jit_compile"), [(TENSORFLOW, False), (TENSORFLOW, True)], ids=["graph", "xla"])
def test_a_number_of_frames_that_only_the_run_tells(framework: Framework, jit_compile: bool) -> None:
    compiled = unknown_lengths(al.value_and_grad(ctc), jit_compile)
    for frames in (9, 12):
        logits = np.concatenate([LOGITS, np.zeros((3, frames - 9, 4))], axis=1)
        wanted, wanted_gradient = al.value_and_grad(ctc)(logits)
        value, gradient = compiled(framework.array(logits))
        np.testing.assert_allclose(framework.numpy(value), wanted, rtol=1e-13)
        np.testing.assert_allclose(framework.numpy(gradient), wanted_gradient, rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("four", FOUR, ids=str)
def test_curvature_of_a_loss(four: Framework) -> None:
    """In TensorFlow, within a graph that does not know the number of frames."""
    compute = unknown_lengths(curved, jit_compile=False) if four is TENSORFLOW else four.brisk(curved)
    np.testing.assert_allclose(four.numpy(compute(four.array(LOGITS))), curved(LOGITS), rtol=1e-10, atol=1e-14)


def unknown_lengths(f: Any, jit_compile: bool) -> Any:
    """Return a function of logits as a graph that knows no length but the number of classes."""
    import tensorflow as tf

    spec = tf.TensorSpec([None, None, LOGITS.shape[-1]], tf.float64)
    return tf.function(f, input_signature=[spec], jit_compile=jit_compile).get_concrete_function()


def test_a_long_sequence_keeps_its_digits() -> None:
    """In float32, with states hundreds of nats behind the best ones."""
    rng = np.random.default_rng(7)
    logits, labels = 10.0 * rng.standard_normal((2, 120, 5)), rng.integers(1, 5, (2, 40))
    logits = logits.astype(np.float32)
    wanted, wanted_gradient = al.value_and_grad(al.ctc)(logits.astype(np.float64), labels)
    value, gradient = al.value_and_grad(al.ctc)(logits, labels)
    np.testing.assert_allclose(value, wanted, rtol=1e-6)
    np.testing.assert_allclose(gradient, wanted_gradient, rtol=0.0, atol=2e-6)
