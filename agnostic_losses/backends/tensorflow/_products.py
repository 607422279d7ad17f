"""Products whose gradients, of every order, are right where factors are zero.

TensorFlow's gradient of cumprod divides by the factors: [0, 0, 0] for cumprod([0, 2, 3]), where [9, 0, 0] is true;
its reduce_prod inherits that in the second derivative. Products by doubling use multiplications only.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from agnostic_losses.backends.tensorflow._dtypes import INTEGER
from agnostic_losses.backends.tensorflow._factories import kernel
from agnostic_losses.backends.tensorflow._recording import is_unrecorded
from agnostic_losses.backends.tensorflow._shapes import (
    move_back,
    move_last,
    normalize_axes,
    rank,
    reduced_axes,
    size,
)
from agnostic_losses.backends.tensorflow._typing import Array, Dim

_cumprod, _prod = kernel(tf.raw_ops.Cumprod), kernel(tf.raw_ops.Prod)


def cumulative_product(x: Array, axis: int) -> Array:
    """Return the running product along `axis`: log2(n) steps, each covering twice as many factors."""
    if is_unrecorded() or x.dtype in INTEGER:  # nothing to differentiate
        return _cumprod(x, axis)
    x = move_last(x, axis)
    return move_back(_scan(x), axis)


def _doubled(x: Array, distance: Dim) -> Array:
    """Each element times the one `distance` before it. A roll keeps the shape, which XLA needs in a loop."""
    has_one = tf.greater_equal(tf.range(tf.shape(x)[-1]), distance)
    return x * tf.where(has_one, tf.roll(x, distance, -1), tf.constant(1, x.dtype))


def _scan(x: Array) -> Array:
    length = x.shape[-1]
    if length is None:
        return _scan_unknown(x)
    distance = 1
    while distance < length:
        x, distance = _doubled(x, distance), 2 * distance
    return x


def _scan_unknown(x: Array) -> Array:
    length = tf.shape(x)[-1]
    loop = tf.while_loop(
        lambda distance, _: distance < length,
        lambda distance, running: (2 * distance, _doubled(running, distance)),
        (tf.constant(1), x),
        maximum_iterations=31,  # sizes are int32 here; XLA needs a bound for the gradient
    )
    return loop[1]


def product(x: Array, axis: Any, keepdims: bool) -> Array:
    """Return the product over `axis`, which may be several."""
    if is_unrecorded() or x.dtype in INTEGER:
        return _prod(x, reduced_axes(x, axis), keepdims)
    axes = normalize_axes(axis, rank(x))
    for one in axes:
        x = move_back(_reduce_last(move_last(x, one)), one)
    return x if keepdims or not axes else tf.squeeze(x, axes)


def _reduce_last(x: Array) -> Array:
    length = x.shape[-1]
    if length is None:
        return _last_or_one(_scan_unknown(x))
    while length > 1:
        half = length // 2
        x = tf.concat([x[..., :half] * x[..., half : 2 * half], x[..., 2 * half :]], -1)
        length -= half
    return x if length else tf.ones([*_leading(x), 1], x.dtype)


def _leading(x: Array) -> list[Array]:
    return [size(x, axis) for axis in range(rank(x) - 1)]


def _last_or_one(running: Array) -> Array:
    """The last element, or 1 where there is none."""
    first = tf.ones_like(tf.reduce_sum(running, -1, keepdims=True))
    return tf.concat([first, running], -1)[..., -1:]
