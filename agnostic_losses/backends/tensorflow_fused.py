"""Fused forms for TensorFlow: value and first derivative of a block of a loss in few passes over memory.

Eager TensorFlow allocates the result of every operation, and its `where` takes longer than an exponential; so a formula
of ten operations takes several times as long as a kernel that was written for it. A fused form computes the same
numbers in fewer operations. It stands for the generic body in eager mode, for the value and the gradient; all else
(graphs, XLA, second derivatives, forward mode) is the generic body itself, which every form gets as its first argument.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from agnostic_losses.backends.native import FusedForm
from agnostic_losses.backends.tensorflow._recording import has_tangents, is_unrecorded, is_watched

Function = Callable[..., Any]

ZERO = tf.UnconnectedGradients.ZERO


@dataclass(frozen=True, eq=False)
class Form(FusedForm):
    """A block as kernels.

    Attributes
    ----------
    in_graphs : callable, optional
        ``in_graphs(*arrays, **options)`` is the value in operations whose own derivatives of both orders are right; it
        serves in graphs in place of the generic body.
    """

    in_graphs: Function | None = None

    def __call__(self, generic: Function, *arrays: Any, **options: Any) -> Any:
        """Return the value, by the kernels where nothing but a first derivative is asked for."""
        if not tf.executing_eagerly():
            return self.in_graphs(*arrays, **options) if self.in_graphs else generic(*arrays)
        if has_tangents(arrays) or (self.looks and "CPU" not in arrays[0].device):
            return generic(*arrays)
        with tf.init_scope():  # or tapes would keep what is computed on the way
            found = self.value(*arrays, **options)
        if found is None:
            return generic(*arrays)
        needed = [is_watched(x) for x in arrays]
        return self._recorded(generic, options, arrays, needed, *found) if any(needed) else found[0]

    def _recorded(self, generic: Function, options: Any, arrays: Any, needed: Any, value: Any, saved: Any) -> Any:
        """Return the value as one operation on the tapes; a gradient that is recorded again is the generic body's."""

        @tf.custom_gradient  # type: ignore[untyped-decorator]
        def block(*sources: Any) -> Any:
            def gradient(g: Any) -> Any:
                if not is_unrecorded():
                    return _gradient_of(generic, _replaced(arrays, needed, sources), needed, g)
                found = self.gradient(g, needed, saved, *arrays, **options)
                return [part for part, wanted in zip(found, needed, strict=True) if wanted]

            return value, gradient

        return block(*[x for x, wanted in zip(arrays, needed, strict=True) if wanted])


def _replaced(arrays: Any, needed: Any, sources: Any) -> list[Any]:
    rest = iter(sources)
    return [next(rest) if wanted else x for x, wanted in zip(arrays, needed, strict=True)]


def _gradient_of(f: Function, arrays: Any, needed: Any, g: Any) -> list[Any]:
    """Return the gradients of a function by the arrays that are needed, for the tapes around."""
    # By copies: of an array that another has been made of, the gradient would have that other's part, too.
    arrays = [tf.identity(x) if wanted else x for x, wanted in zip(arrays, needed, strict=True)]
    sources = [x for x, wanted in zip(arrays, needed, strict=True) if wanted]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(sources)
        value = f(*arrays)
    return list(tape.gradient(value, sources, g, unconnected_gradients=ZERO))


def rows_of(x: Any, axis: int, op: Any = tf.raw_ops.Sum) -> Any:
    """Return the sums of rows, or another reduction, which keep the axis."""
    return op(input=x, axis=axis, keep_dims=True)


# --- softplus


def _softplus_of(x: Any) -> Any:
    return tf.nn.relu(x) + tf.math.log1p(tf.exp(-tf.abs(x)))


def _softplus(x: Any) -> tuple[Any, tuple[()]]:
    return _softplus_of(x), ()


def _softplus_gradient(g: Any, needed: Any, saved: Any, x: Any) -> tuple[Any]:
    return (tf.sigmoid(x) * g,)


# --- squares about 0 and lines beyond


def _clipped(error: Any, delta: float) -> Any:
    bound = tf.constant(delta, error.dtype)
    return tf.raw_ops.Maximum(x=tf.raw_ops.Minimum(x=error, y=bound), y=-bound)


def _huber_of(predictions: Any, targets: Any, delta: float) -> Any:
    # Of an infinite error the clip's gradient selects, so that no infinity reaches it; NaN comes through the error.
    error = predictions - targets
    clipped = _clipped(error, delta)
    return clipped * (error - 0.5 * clipped)


def _huber(predictions: Any, targets: Any, delta: float) -> tuple[Any, tuple[()]]:
    return _huber_of(predictions, targets, delta), ()


def _huber_gradient(g: Any, needed: Any, saved: Any, predictions: Any, targets: Any, delta: float) -> tuple[Any, Any]:
    slope = _clipped(predictions - targets, delta) * g
    return slope if needed[0] else None, -slope if needed[1] else None


# --- log cosh


def _log_cosh(x: Any) -> tuple[Any, tuple[()]]:
    size = tf.abs(x)
    slope = tf.tanh(size)
    near = size < 1.0
    # log cosh is -log(1 - tanh^2) / 2, and |x| - log(1 + tanh|x|): one logarithm, and no cancellation in either.
    logarithm = tf.math.log1p(tf.where(near, -slope * slope, slope))
    return tf.where(near, -0.5 * logarithm, size - logarithm), ()


def _log_cosh_gradient(g: Any, needed: Any, saved: Any, x: Any) -> tuple[Any]:
    return (tf.tanh(x) * g,)


# --- two classes


def _binary_cross_entropy(logits: Any, targets: Any) -> tuple[Any, tuple[()]]:
    # The large numbers first: where the label is right they are gone, and the rest keeps its digits.
    return (tf.nn.relu(logits) - logits * targets) + tf.math.log1p(tf.exp(-tf.abs(logits))), ()


def _binary_cross_entropy_gradient(g: Any, needed: Any, saved: Any, logits: Any, targets: Any) -> tuple[Any, Any]:
    slope = None
    if needed[0]:
        # Between sigmoid(z) for the label 0 and -sigmoid(-z) for 1: exact at both, without 1 - sigmoid.
        slope = (tf.sigmoid(logits) * (1.0 - targets) - tf.sigmoid(-logits) * targets) * g
    return slope, -logits * g if needed[1] else None


# --- errors of positive numbers


def _squared_log_error(predictions: Any, targets: Any) -> tuple[Any, tuple[Any]] | None:
    least = 1.0 + tf.minimum(predictions, targets)
    if 0 in least.shape or not tf.reduce_min(least) > 0.0:
        return None
    ratio = tf.math.log1p(tf.abs(predictions - targets) / least)
    return tf.square(ratio), (ratio,)


def _squared_log_gradient(g: Any, needed: Any, saved: Any, predictions: Any, targets: Any) -> tuple[Any, Any]:
    slope = tf.sign(predictions - targets) * saved[0] * (2.0 * g)
    return slope / (1.0 + predictions) if needed[0] else None, -slope / (1.0 + targets) if needed[1] else None


def _percentage(predictions: Any, targets: Any, floor: float) -> tuple[Any, tuple[Any]] | None:
    size = tf.abs(targets)
    floored = tf.maximum(size, floor) if floor else size
    value = tf.abs(predictions - targets) / floored
    # Not finite is an error or a quotient beyond the dtype, or a target of 0.
    return (value, (floored,)) if tf.math.is_finite(tf.reduce_sum(value)) else None


def _percentage_gradient(
    g: Any, needed: Any, saved: Any, predictions: Any, targets: Any, floor: float
) -> tuple[Any, Any]:
    by_targets, slope = None, tf.sign(predictions - targets) * g / saved[0]
    if needed[1]:
        # The quotient by the target falls with its size; under a floor only the difference does.
        by_targets = -slope * tf.where(tf.abs(targets) < floor, tf.ones_like(targets), predictions / targets)
    return slope if needed[0] else None, by_targets


# --- angles


def _cosine_distance(first: Any, second: Any, axis: int) -> tuple[Any, tuple[Any, ...]] | None:
    # Of vectors of one number, which have no direction to turn to, the gradient would be a rounding error.
    if first.shape != second.shape or 0 in first.shape or first.shape[axis] == 1:
        return None
    squares = [rows_of(tf.square(x), axis) for x in (first, second)]
    if not all(_are_plain(x) for x in squares):
        return None
    lengths = [tf.sqrt(x) for x in squares]
    product, both = rows_of(first * second, axis), lengths[0] * lengths[1]
    distance = 1.0 - product / both
    acute = distance < 0.5
    if tf.reduce_any(acute):
        # Half the squared chord of unit vectors is the same, and doesn't cancel.
        chord = tf.math.squared_difference(first / lengths[0], second / lengths[1])
        distance = tf.where(acute, 0.5 * rows_of(chord, axis), distance)
    return tf.squeeze(distance, axis), (squares, product, both)


def _are_plain(squares: Any) -> bool:
    """Whether no square over- or underflowed, and no vector is 0."""
    return bool(tf.reduce_min(squares) > 2.0**-60 and tf.reduce_max(squares) < 2.0**60)


def _cosine_gradient(g: Any, needed: Any, saved: Any, first: Any, second: Any, axis: int) -> list[Any]:
    squares, product, both = saved
    slope = tf.expand_dims(g, axis) / both
    # Away from the other vector, but for the part along the vector itself, which changes no angle.
    return [
        (own * (product / square) - other) * slope if wanted else None
        for wanted, own, other, square in zip(needed, (first, second), (second, first), squares, strict=True)
    ]


FORMS: dict[str, Form] = {
    "softplus": Form(_softplus, _softplus_gradient),
    "huber": Form(_huber, _huber_gradient, in_graphs=_huber_of),
    "log_cosh": Form(_log_cosh, _log_cosh_gradient),
    "binary_cross_entropy": Form(_binary_cross_entropy, _binary_cross_entropy_gradient),
    "squared_log_error": Form(_squared_log_error, _squared_log_gradient, looks=True),
    "absolute_percentage_error": Form(_percentage, _percentage_gradient, looks=True),
    "cosine_distance": Form(_cosine_distance, _cosine_gradient, looks=True),
}
"""The forms of real numbers and vectors that the native table of TensorFlow has, by name."""
