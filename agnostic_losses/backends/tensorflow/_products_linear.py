"""Products of vectors and matrices that stand in the main namespace."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from agnostic_losses.backends.tensorflow._dtypes import COMPLEX, HALF, INTEGER, NUMERIC, checked, promote_pair
from agnostic_losses.backends.tensorflow._shapes import normalize_axes, normalize_axis, rank
from agnostic_losses.backends.tensorflow._typing import Array

_NO_MATMUL = INTEGER - {tf.int32, tf.int64}


def matmul(x1: Array, x2: Array, /) -> Array:
    """Return the matrix product over the last two axes; one-dimensional arrays count as a row and a column."""
    x1, x2 = promote_pair(x1, x2)
    x1 = checked("matmul", x1, NUMERIC)
    row, column = rank(x1) == 1, rank(x2) == 1
    if not x1.shape.rank or not x2.shape.rank:
        raise ValueError("matmul takes arrays of at least 1 dimension.")
    a = x1[None, :] if row else x1
    b = x2[:, None] if column else x2
    if x1.dtype in _NO_MATMUL:  # no kernel; the same modulo the range
        product = tf.cast(tf.matmul(tf.cast(a, tf.int64), tf.cast(b, tf.int64)), x1.dtype)
    else:
        product = tf.matmul(a, b)
    axes = [-2] * row + [-1] * column
    return tf.squeeze(product, axes) if axes else product


def vecdot(x1: Array, x2: Array, /, *, axis: int = -1) -> Array:
    """Return the sum of conj(x1) * x2 along `axis`; the sizes there must be equal."""
    x1, x2 = promote_pair(x1, x2)
    x1 = checked("vecdot", x1, NUMERIC)
    # Negative axes only, in the standard: they mean the same in arrays of different dimension.
    if axis >= 0 and rank(x1) != rank(x2):
        raise ValueError(f"vecdot: axis {axis} is ambiguous for arrays of different dimension.")
    first, second = (normalize_axis(axis, rank(x)) for x in (x1, x2))
    a, b = x1.shape[first], x2.shape[second]
    if None not in (a, b) and a != b:
        raise ValueError(f"vecdot: sizes {a} and {b} along axis {axis} differ.")
    dtype = x1.dtype
    if dtype in HALF:  # added up in float32
        x1, x2 = tf.cast(x1, tf.float32), tf.cast(x2, tf.float32)
    x1 = tf.math.conj(x1) if dtype in COMPLEX else x1
    last = axis if axis < 0 else axis - rank(x1)
    return tf.cast(tf.reduce_sum(x1 * x2, last), dtype)


def tensordot(x1: Array, x2: Array, /, *, axes: Any = 2) -> Array:
    """Return the sum of products over `axes`: a number of axes, or a sequence of axes for each array."""
    x1, x2 = promote_pair(x1, x2)
    x1 = checked("tensordot", x1, NUMERIC)
    ranks = (rank(x1), rank(x2))
    if isinstance(axes, int):
        if not 0 <= axes <= min(ranks):
            raise ValueError(f"tensordot: axes {axes} with arrays of {ranks} dimensions.")
        pair = list(range(ranks[0] - axes, ranks[0])), list(range(axes))
    else:
        left, right = (one if isinstance(one, (tuple, list)) else [one] for one in axes)
        pair = normalize_axes(list(left), ranks[0]), normalize_axes(list(right), ranks[1])
    for i, j in zip(*pair, strict=True):
        a, b = x1.shape[i], x2.shape[j]
        if None not in (a, b) and a != b:
            raise ValueError(f"tensordot: sizes {a} and {b} of the axes {i} and {j} differ.")
    if x1.dtype in _NO_MATMUL:  # no kernel; the same modulo the range
        return tf.cast(tf.tensordot(tf.cast(x1, tf.int64), tf.cast(x2, tf.int64), pair), x1.dtype)
    return tf.tensordot(x1, x2, pair)
