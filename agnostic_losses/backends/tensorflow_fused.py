"""Fused forms for TensorFlow: blocks of a loss in fewer passes over memory than their generic bodies take.

Outside XLA every operation of TensorFlow allocates its result, and large arrays take as long as their passes. A form
has the same value and derivatives, and goes back to the generic body where it hasn't.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import tensorflow as tf

from agnostic_losses.backends import tensorflow as namespace
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
        return tf.tanh(x), lambda w: _second_pull_back(generic, x, tf.ones_like(x), w)[0]

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def value(x: Any) -> Any:
        with _unrecorded():
            return _log_cosh(x), lambda upstream: upstream * slope(x)

    return value(x)


def _log_cosh(x: Any) -> Any:
    # Near 0 by cosh^-2 = 1 - tanh^2, which cancels far away; there by cosh = exp|x| (1 + exp(-2|x|)) / 2.
    size = tf.abs(x)
    near = size < 1.0
    logarithm = tf.math.log1p(tf.where(near, -tf.square(tf.tanh(x)), tf.exp(-2.0 * size)))
    return tf.where(near, -0.5 * logarithm, logarithm + (size - math.log(2.0)))


def _unrecorded() -> AbstractContextManager[Any]:
    """Context in which no tape keeps what is computed: the form's own gradient has all that it needs."""
    return tf.init_scope() if tf.executing_eagerly() else nullcontext()


def _second_pull_back(f: Callable[..., Any], x: Any, upstream: Any, w: Any) -> Any:
    """Return the gradients, by `x` and `upstream`, of the gradient of `f` that is pulled back from `upstream`."""
    with tf.GradientTape(watch_accessed_variables=False) as outer:
        outer.watch([x, upstream])
        with tf.GradientTape(watch_accessed_variables=False) as inner:
            inner.watch(x)
            result = f(x)
        first = inner.gradient(result, x, upstream)
    return outer.gradient(first, [x, upstream], w, unconnected_gradients=tf.UnconnectedGradients.ZERO)


def log_odds_against(generic: Callable[..., Any], logits: Any, labels: Any, axis: int) -> Any:
    """Return how far all other classes are ahead; the gradient is their probabilities, and -1 at the label.

    TensorFlow's gradient of taking the label's entry adds up an array as large as the logits by itself.
    """
    if has_tangents([logits]):
        return generic(logits, labels)

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def value(logits: Any) -> Any:
        with _unrecorded():
            result, is_label, odds, total = _log_odds(logits, labels, axis)

        @tf.custom_gradient  # type: ignore[untyped-decorator]
        def slope(logits: Any, upstream: Any) -> Any:
            g = tf.expand_dims(upstream, axis)
            found = tf.where(is_label, -g, odds * (g / total))
            return found, lambda w: _second_pull_back(lambda x: generic(x, labels), logits, upstream, w)

        return result, lambda upstream: slope(logits, upstream)

    return value(logits)


def _log_odds(logits: Any, labels: Any, axis: int) -> tuple[Any, Any, Any, Any]:
    """Return the log-odds, where the label is, the odds of all others, and their sum, as the generic body does."""
    along = [1] * logits.shape.rank
    along[axis] = -1
    classes = tf.reshape(tf.range(tf.shape(logits, tf.int64)[axis]), tf.constant(along))
    index = tf.expand_dims(tf.cast(labels, tf.int64), axis)
    is_label = tf.equal(index, classes)
    others = tf.where(is_label, tf.constant(-math.inf, logits.dtype), logits)
    peak = tf.reduce_max(others, axis, keepdims=True)  # a NaN that it misses comes through the sum
    peak = tf.where(tf.equal(peak, -math.inf), logits.dtype.min, peak)
    odds = tf.exp(others - peak)
    total = tf.reduce_sum(odds, axis, keepdims=True)
    total = tf.where(tf.equal(total, 0.0), tf.constant(1.0, total.dtype), total)
    own = namespace.take_along_axis(logits, tf.maximum(index, tf.zeros_like(index)), axis=axis)
    return tf.squeeze((peak - own) + tf.math.log(total), axis), is_label, odds, total


FORMS: dict[str, Callable[..., Any]] = {"huber": huber, "log_cosh": log_cosh, "log_odds_against": log_odds_against}
"""The forms that the native table of TensorFlow has, by name."""
