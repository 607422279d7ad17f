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

from agnostic_losses.backends.tensorflow._recording import has_tangents, is_unrecorded, is_watched

Function = Callable[..., Any]

raw = tf.raw_ops
"""The kernels by themselves: Python's functions of them take longer than a small array does."""

ZERO = tf.UnconnectedGradients.ZERO


@dataclass(frozen=True, eq=False)
class Form:
    """A block as kernels.

    Attributes
    ----------
    value : callable
        ``value(*arrays, **options)`` returns the value, and a tuple of tensors that the gradient needs besides.
    gradient : callable
        ``gradient(g, needed, saved, *arrays, **options)`` returns the gradients by the arrays, None for one that is
        not needed.
    applies : callable, optional
        ``applies(*arrays, **options)`` tells whether the kernels are right for these numbers; else the generic body
        computes, as it does where looking at numbers would wait for an accelerator.
    in_graphs : callable, optional
        ``in_graphs(*arrays, **options)`` is the value in operations whose own derivatives of both orders are right; it
        serves in graphs in place of the generic body.
    """

    value: Function
    gradient: Function
    applies: Function | None = None
    in_graphs: Function | None = None

    def __call__(self, generic: Function, *arrays: Any, **options: Any) -> Any:
        """Return the value, by the kernels where nothing but a first derivative is asked for."""
        if not tf.executing_eagerly():
            return self.in_graphs(*arrays, **options) if self.in_graphs else generic(*arrays)
        if has_tangents(arrays) or not self._is_right(arrays, options):
            return generic(*arrays)
        needed = [is_watched(x) for x in arrays]
        if any(needed):
            return _recorded(self, generic, arrays, needed, options)
        return self.value(*arrays, **options)[0]

    def _is_right(self, arrays: Any, options: Any) -> bool:
        return self.applies is None or ("CPU" in arrays[0].device and self.applies(*arrays, **options))


def _recorded(form: Form, generic: Function, arrays: Any, needed: Any, options: Any) -> Any:
    """Return the value as one operation on the tapes; a gradient that is recorded again is that of the generic body."""

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def block(*sources: Any) -> Any:
        with tf.init_scope():  # or the tapes would keep what is computed on the way
            value, saved = form.value(*arrays, **options)

        def gradient(g: Any) -> Any:
            if not is_unrecorded():
                return _gradient_of(generic, _replaced(arrays, needed, sources), needed, g)
            found = form.gradient(g, needed, saved, *arrays, **options)
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


def _add(*terms: Any) -> Any:
    return raw.AddN(inputs=terms)


def _rows(x: Any, axis: int, op: Any = raw.Sum) -> Any:
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
    return raw.Maximum(x=raw.Minimum(x=error, y=bound), y=-bound)


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


def _are_inner_probs(probs: Any, targets: Any, floor: float) -> bool:
    """Whether no logarithm of a probability, or of what is beside it, goes on as its tangent."""
    if 0 in probs.shape:
        return False
    return bool(tf.reduce_min(probs) > floor and tf.reduce_max(probs) < 1.0)


def _binary_of_probs(probs: Any, targets: Any, floor: float) -> tuple[Any, tuple[()]]:
    log_zero = tf.math.log1p(probs / (1.0 - probs))
    return log_zero * (1.0 - targets) - tf.math.log(probs) * targets, ()


def _binary_of_probs_gradient(
    g: Any, needed: Any, saved: Any, probs: Any, targets: Any, floor: float
) -> tuple[Any, Any]:
    by_probs = (probs - targets) / ((1.0 - probs) * probs) * g if needed[0] else None
    by_targets = (tf.math.log1p(-probs) - tf.math.log(probs)) * g if needed[1] else None
    return by_probs, by_targets


# --- softmax


def _others_of(logits: Any, labels: Any) -> tuple[Any, Any]:
    """Return the places of the labels, and the logits with the lowest number in them."""
    rows = tf.range(tf.size(labels, out_type=labels.dtype))
    places = tf.stack([rows, tf.maximum(tf.reshape(labels, [-1]), 0)], axis=1)
    lowest = tf.fill(rows.shape, tf.constant(logits.dtype.min, logits.dtype))
    return places, raw.TensorScatterUpdate(
        tensor=tf.reshape(logits, [rows.shape[0], -1]), indices=places, updates=lowest
    )


def _are_last(logits: Any, labels: Any, axis: int) -> bool:
    return axis in (-1, logits.shape.rank - 1) and 0 not in logits.shape


def _log_odds_against(logits: Any, labels: Any, axis: int) -> tuple[Any, tuple[Any, ...]]:
    places, others = _others_of(logits, labels)
    # The lowest number in place of the label counts nothing, unless there is nothing else.
    peak = _rows(others, 1, raw.Max)
    sizes = tf.exp(others - peak)
    total = _rows(sizes, 1)
    own = tf.gather_nd(tf.reshape(logits, others.shape), places)
    # First the difference of the large numbers, as in the generic body.
    value = (tf.squeeze(peak, 1) - own) + tf.math.log(tf.squeeze(total, 1))
    return tf.reshape(value, labels.shape), (places, sizes, total)


def _log_odds_gradient(g: Any, needed: Any, saved: Any, logits: Any, labels: Any, axis: int) -> tuple[Any, None]:
    places, sizes, total = saved
    g = tf.reshape(g, [-1])
    slope = raw.TensorScatterUpdate(tensor=sizes * (g[:, None] / total), indices=places, updates=-g)
    return tf.reshape(slope, logits.shape), None


def _has_logits(logits: Any, target_probs: Any, axis: int) -> bool:
    return 0 not in logits.shape


def _soft(logits: Any, target_probs: Any, axis: int) -> tuple[Any, tuple[Any, ...]]:
    peak = tf.maximum(_rows(logits, axis, raw.Max), logits.dtype.min)
    shifted = logits - peak
    sizes = tf.exp(shifted)
    total = _rows(sizes, axis)
    rest = total - 1.0
    if tf.reduce_any(total < 1.5):
        # The largest is exactly 1. Where it stands alone, the others are added up without it, and keep their digits.
        rest = tf.where(total < 1.5, _rows(sizes - tf.floor(sizes), axis), rest)
    products = _rows(shifted * target_probs, axis)
    if tf.reduce_any(tf.math.is_nan(products)):  # a target of 0 times -inf
        products = _rows(tf.math.multiply_no_nan(shifted, target_probs), axis)
    value = tf.math.log1p(rest) * _rows(target_probs, axis) - products
    return tf.squeeze(value, axis), (sizes, rest, peak)


def _soft_gradient(g: Any, needed: Any, saved: Any, logits: Any, target_probs: Any, axis: int) -> tuple[Any, Any]:
    (sizes, rest, peak), g, by_logits, by_targets = saved, tf.expand_dims(g, axis), None, None
    if needed[0]:
        by_logits = sizes * (g * _rows(target_probs, axis) / (1.0 + rest)) - target_probs * g
    if needed[1]:
        by_targets = (tf.math.log1p(rest) - (logits - peak)) * g
        nothing = (target_probs == 0.0) & (logits == -float("inf"))
        by_targets = tf.where(nothing, tf.zeros([], g.dtype), by_targets)
    return by_logits, by_targets


# --- angles


def _squares(x: Any, axis: int) -> Any:
    return _rows(tf.square(x), axis)


def _have_plain_lengths(first: Any, second: Any, axis: int) -> bool:
    """Whether no square over- or underflows, and no vector is 0."""
    if 0 in first.shape or first.shape != second.shape:
        return False
    smallest = float(first.dtype.as_numpy_dtype(1) * 2.0**-40)
    squares = tf.concat([_squares(first, axis), _squares(second, axis)], axis)
    return bool(tf.reduce_min(squares) > smallest and tf.reduce_max(squares) < 1.0 / smallest)


def _cosine_distance(first: Any, second: Any, axis: int) -> tuple[Any, tuple[Any, ...]]:
    lengths = tf.sqrt(_squares(first, axis)), tf.sqrt(_squares(second, axis))
    units = first / lengths[0], second / lengths[1]
    chord = units[0] - units[1]
    # Half the squared chord is one minus the cosine, and doesn't cancel.
    distance = 0.5 * _squares(chord, axis)
    return tf.squeeze(distance, axis), (units, lengths, chord, distance)


def _cosine_gradient(g: Any, needed: Any, saved: Any, first: Any, second: Any, axis: int) -> list[Any]:
    units, lengths, chord, distance = saved
    g = tf.expand_dims(g, axis)
    # Along the chord, but for the part along the vector itself, which changes no angle.
    return [
        (sign * chord - unit * distance) * (g / length) if wanted else None
        for wanted, sign, unit, length in zip(needed, (1.0, -1.0), units, lengths, strict=True)
    ]


FORMS: dict[str, Form] = {
    "softplus": Form(_softplus, _softplus_gradient),
    "huber": Form(_huber, _huber_gradient, in_graphs=_huber_of),
    "log_cosh": Form(_log_cosh, _log_cosh_gradient),
    "binary_cross_entropy": Form(_binary_cross_entropy, _binary_cross_entropy_gradient),
    "binary_cross_entropy_of_probs": Form(_binary_of_probs, _binary_of_probs_gradient, applies=_are_inner_probs),
    "log_odds_against": Form(_log_odds_against, _log_odds_gradient, applies=_are_last),
    "soft_cross_entropy": Form(_soft, _soft_gradient, applies=_has_logits),
    "cosine_distance": Form(_cosine_distance, _cosine_gradient, applies=_have_plain_lengths),
}
"""The forms that the native table of TensorFlow has, by name."""
