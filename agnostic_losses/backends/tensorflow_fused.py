"""Fused forms for TensorFlow: blocks of a loss in fewer passes over memory than their generic bodies take.

Outside XLA every operation of TensorFlow allocates its result, and large arrays take as long as their passes. A form
has the same value and derivatives, and goes back to the generic body where it hasn't.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from agnostic_losses.backends.tensorflow._recording import has_tangents


def huber(generic: Callable[..., Any], predictions: Any, targets: Any, delta: float) -> Any:
    """Return ``clipped * (error - clipped / 2)``, whose derivatives of both orders are those of the Huber loss.

    Of an infinite error the clip's gradient selects, so that no infinity reaches it; NaN comes through the error.
    """
    error = predictions - targets
    bound = tf.constant(delta, error.dtype)
    clipped = tf.raw_ops.Maximum(x=tf.raw_ops.Minimum(x=error, y=bound), y=-bound)
    return clipped * (error - 0.5 * clipped)


def log_cosh(generic: Callable[..., Any], x: Any) -> Any:
    """Return log(cosh(x)), with the gradient tanh(x); the second derivative is the generic body's."""
    if has_tangents([x]):  # forward mode differentiates the value
        return generic(x)

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def slope(x: Any) -> Any:
        return tf.tanh(x), lambda upstream: upstream * _second_derivative(generic, x)

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def value(x: Any) -> Any:
        return _log_cosh(x), lambda upstream: upstream * slope(x)

    return value(x)


def _log_cosh(x: Any) -> Any:
    # Near 0 by cosh^-2 = 1 - tanh^2, which cancels far away; there by cosh = exp|x| (1 + exp(-2|x|)) / 2.
    size = tf.abs(x)
    near = size < 1.0
    logarithm = tf.math.log1p(tf.where(near, -tf.square(tf.tanh(x)), tf.exp(-2.0 * size)))
    return tf.where(near, -0.5 * logarithm, logarithm + (size - math.log(2.0)))


def _second_derivative(f: Callable[..., Any], x: Any) -> Any:
    """Return the second derivative of an elementwise function."""
    with tf.GradientTape(watch_accessed_variables=False) as outer:
        outer.watch(x)
        with tf.GradientTape(watch_accessed_variables=False) as inner:
            inner.watch(x)
            result = f(x)
        first = inner.gradient(result, x)
    return outer.gradient(first, x)


FORMS: dict[str, Callable[..., Any]] = {"huber": huber, "log_cosh": log_cosh}
"""The forms that the native table of TensorFlow has, by name."""
