"""Sorting, searching and taking elements by index."""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf

from agnostic_losses.backends.tensorflow._dtypes import (
    ALL,
    BOOL,
    INTEGER,
    REAL,
    REAL_FLOATING,
    SCALARS,
    WEAK,
    as_scalar,
    as_tensor,
    checked,
    default_dtype,
    number_beside,
    promote_pair,
    scalar_tensor,
)
from agnostic_losses.backends.tensorflow._elementwise_own import INTEGER_OF
from agnostic_losses.backends.tensorflow._factories import kernel, named
from agnostic_losses.backends.tensorflow._shapes import (
    move_back,
    move_last,
    normalize_axis,
    only_axis,
    rank,
    reduced_axes,
    size,
    sizes,
)
from agnostic_losses.backends.tensorflow._typing import Array, Dim

_SORTABLE = BOOL | REAL
_max, _select = kernel(tf.raw_ops.Max), kernel(tf.raw_ops.SelectV2)


def _key(x: Array, reverse: bool = False) -> Array:
    """Integers in the order of the floats `x`, or in the reverse order; NaN is above all in both."""
    bits = tf.bitcast(tf.abs(x), INTEGER_OF[x.dtype])  # in order for what is not negative; clears the sign of NaN
    zero = scalar_tensor(0, x.dtype)
    return tf.where(tf.greater(x, zero) if reverse else tf.less(x, zero), -bits, bits)


def _first_largest(x: Array, descending: bool) -> Array:
    """Integers that are the larger the earlier the element comes; NaN comes last in both directions."""
    if x.dtype in (tf.bool, tf.uint16):  # XLA has no top_k of uint16
        x = tf.cast(x, tf.int32)
    if x.dtype in INTEGER:
        return x if descending else tf.bitwise.invert(x)
    return -_key(x, reverse=descending)


def _order_last(x: Array, descending: bool) -> Array:
    # TensorFlow's own sort misplaces NaN. top_k, of integers, is stable and ten times as fast as tf.argsort.
    return tf.math.top_k(_first_largest(x, descending), size(x, -1)).indices


def argsort(x: Array, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Array:
    """Return the indices that sort `x`. NaN comes last, in both directions; always stable."""
    x = checked("argsort", x, _SORTABLE)
    axis = normalize_axis(axis, rank(x))
    return tf.cast(move_back(_order_last(move_last(x, axis), descending), axis), tf.int64)


def sort(x: Array, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Array:
    """Return `x` sorted. NaN comes last, in both directions."""
    x = checked("sort", x, _SORTABLE)
    axis = normalize_axis(axis, rank(x))
    last = move_last(x, axis)
    order = _order_last(last, descending)
    return move_back(tf.gather(last, order, axis=-1, batch_dims=x.shape.rank - 1), axis)


def _is_free_of_nan(x: Array) -> bool:
    """Whether `x` holds no NaN for certain, which its largest element tells; on a CPU, eagerly, that can be read."""
    if not tf.executing_eagerly() or not x.device.endswith("CPU:0"):
        return False
    return not math.isnan(_max(x, reduced_axes(x, None)))


def _arg_extreme(name: str, smallest: bool) -> Any:
    op = kernel(tf.raw_ops.ArgMin if smallest else tf.raw_ops.ArgMax)

    def first(x: Array, axis: int) -> Array:
        if x.dtype not in REAL_FLOATING:
            return tf.argmax(_first_largest(x, not smallest), axis)
        # TensorFlow skips NaN when it runs eagerly and finds it under XLA; with the key it is found, as in NumPy.
        return op(x, axis) if _is_free_of_nan(x) else tf.argmax(_key(x, reverse=smallest), axis)

    def search(x: Array, /, *, axis: int | None = None, keepdims: bool = False) -> Array:
        x = checked(name, x, _SORTABLE)
        ndim = rank(x)
        if axis is None:
            found = first(tf.reshape(x, [-1]), 0)
            return tf.reshape(found, [1] * ndim) if keepdims else found
        axis = normalize_axis(axis, ndim)
        found = first(x, axis)
        return tf.expand_dims(found, axis) if keepdims else found

    what = "smallest" if smallest else "largest"
    return named(search, name, f"Return the index of the first {what} element; a NaN counts as that.")


argmax = _arg_extreme("argmax", smallest=False)
argmin = _arg_extreme("argmin", smallest=True)


def where(condition: Array, x1: Any, x2: Any, /) -> Array:
    """Return the elements of `x1` where `condition` is true, else those of `x2`."""
    condition = checked("where", condition, BOOL)
    if type(x2) is float and isinstance(x1, tf.Tensor) and x1.dtype in WEAK and tf.executing_eagerly():
        return _select(condition, x1, number_beside(x1, x2))
    x1, x2 = as_scalar(x1), as_scalar(x2)
    if isinstance(x1, SCALARS) and isinstance(x2, SCALARS):
        x1 = scalar_tensor(x1, default_dtype(x1))
    x1, x2 = promote_pair(x1, x2)
    return _select(condition, x1, x2)


def nonzero(x: Array, /) -> tuple[Array, ...]:
    """Return the indices of the elements that are not zero, an array for each axis."""
    x = checked("nonzero", x, ALL)
    if rank(x) == 0:
        raise ValueError("nonzero takes arrays of at least 1 dimension.")
    found = tf.where(x if x.dtype == tf.bool else tf.not_equal(x, scalar_tensor(0, x.dtype)))
    return tuple(tf.unstack(found, num=x.shape.rank, axis=1))


def searchsorted(x1: Array, x2: Any, /, *, side: str = "left", sorter: Array | None = None) -> Array:
    """Return where the elements of `x2` belong in the sorted one-dimensional `x1`. NaN belongs at the end."""
    if side not in ("left", "right"):
        raise ValueError(f'side must be "left" or "right"; got {side!r}.')
    x1, x2 = promote_pair(x1, x2)
    x1 = checked("searchsorted", x1, REAL)
    if rank(x1) != 1:
        raise ValueError(f"searchsorted: x1 must have 1 dimension; got {x1.shape.rank}.")
    if sorter is not None:
        x1 = tf.gather(x1, as_tensor(sorter))
    if x1.dtype in REAL_FLOATING:
        x1, x2 = _key(x1), _key(x2)
    found = tf.searchsorted(x1, tf.reshape(x2, [-1]), side, tf.int64)
    return tf.reshape(found, x2.shape if x2.shape.is_fully_defined() else tf.shape(x2))


def _gather(name: str, x: Array, indices: Array, axis: int, batch_dims: int) -> Array:
    """Gather that counts negative indices from the end and raises for those out of range.

    A kernel on a CPU raises for both, so in eager mode negative ones cost nothing until there are any. A GPU answers
    0 and XLA the nearest element for an index out of range: losses mask such labels before they come here.
    """
    indices = checked(name, indices, INTEGER)
    if indices.dtype not in (tf.int32, tf.int64):
        indices = tf.cast(indices, tf.int64)
    if tf.executing_eagerly() and x.device.endswith("CPU:0"):
        try:
            return tf.raw_ops.GatherV2(params=x, indices=indices, axis=axis, batch_dims=batch_dims)
        except tf.errors.InvalidArgumentError:
            pass
    count = tf.cast(size(x, axis), indices.dtype)
    counted = tf.where(tf.less(indices, scalar_tensor(0, indices.dtype)), indices + count, indices)
    try:
        return tf.raw_ops.GatherV2(params=x, indices=counted, axis=axis, batch_dims=batch_dims)
    except tf.errors.InvalidArgumentError as error:
        raise IndexError(f"{name}: an index is out of range along axis {axis}: {error.message}") from None


def take(x: Array, indices: Array, /, *, axis: int | None = None) -> Array:
    """Return the elements of `x` at one-dimensional `indices` along `axis`."""
    x = as_tensor(x)
    return _gather("take", x, indices, only_axis("take", x, axis), 0)


def take_along_axis(x: Array, indices: Array, /, *, axis: int = -1) -> Array:
    """Return the elements of `x` at `indices` along `axis`, which runs over the other axes too.

    The other axes of `indices` broadcast to those of `x`; those of `x` to those of `indices` where sizes are known.
    """
    x, indices = as_tensor(x), as_tensor(indices)
    ndim = rank(x)
    if rank(indices) != ndim:
        raise ValueError(f"take_along_axis: x has {ndim} dimension(s), indices {indices.shape.rank}.")
    axis = normalize_axis(axis, ndim)
    x, indices = _aligned(move_last(x, axis), move_last(indices, axis))
    return move_back(_gather("take_along_axis", x, indices, ndim - 1, ndim - 1), axis)


def _aligned(x: Array, indices: Array) -> tuple[Array, Array]:
    """Both with the same sizes of all axes but the last.

    Sizes unknown while tracing are broadcast too, though they are equal as a rule: XLA gathers from the wrong
    rows, silently, when they are not. Only the indices are, for a broadcast of `x` would cost memory.
    """
    left, right = x.shape[:-1].as_list(), indices.shape[:-1].as_list()
    if left == right and None not in left:
        return x, indices
    shape_x, shape_indices = sizes(x), sizes(indices)
    widened = [i for i, (a, b) in enumerate(zip(left, right, strict=True)) if a == 1 and b not in (1, None)]
    for i in widened:
        shape_x[i] = shape_indices[i]
    for i, (a, b) in enumerate(zip(left, right, strict=True)):
        if i not in widened and None not in (a, b) and b not in (1, a):
            raise ValueError(f"take_along_axis: sizes {a} and {b} of axis {i} do not broadcast.")
        shape_indices[i] = shape_x[i]
    return _broadcast(x, shape_x) if widened else x, _broadcast(indices, shape_indices)


def _broadcast(x: Array, shape: list[Dim]) -> Array:
    known = [None if isinstance(element, tf.Tensor) else element for element in shape]
    return tf.ensure_shape(tf.broadcast_to(x, tf.stack(shape)), known)
