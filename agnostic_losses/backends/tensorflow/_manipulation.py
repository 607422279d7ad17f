"""Functions that change the shape or the order of elements, and joining and splitting."""

from __future__ import annotations

import operator
from typing import Any

import tensorflow as tf

from agnostic_losses.backends.tensorflow._dtypes import INTEGER, as_tensor, promote
from agnostic_losses.backends.tensorflow._factories import kernel
from agnostic_losses.backends.tensorflow._shapes import (
    ints,
    normalize_axes,
    normalize_axis,
    rank,
    shape_argument,
    shape_tensor,
    size,
    sizes,
)
from agnostic_losses.backends.tensorflow._typing import Array

_reshape, _squeeze = kernel(tf.raw_ops.Reshape), kernel(tf.raw_ops.Squeeze)
_expand_dims = kernel(tf.raw_ops.ExpandDims)


def broadcast_shapes(*shapes: tuple[int | None, ...]) -> tuple[int | None, ...]:
    """Return the shape that arrays of these shapes broadcast to; None where it is unknown."""
    result = tf.TensorShape([])
    for shape in shapes:
        result = tf.broadcast_static_shape(result, tf.TensorShape(shape))
    return tuple(result.as_list())


def broadcast_to(x: Array, /, shape: Any) -> Array:
    """Return `x` broadcast to `shape`."""
    return tf.broadcast_to(as_tensor(x), shape_tensor(shape_argument(shape)))


def broadcast_arrays(*arrays: Array) -> tuple[Array, ...]:
    """Return the arrays broadcast against each other."""
    tensors = [as_tensor(array) for array in arrays]
    for tensor in tensors:
        rank(tensor)
    static = tf.TensorShape(broadcast_shapes(*(tensor.shape for tensor in tensors)))
    if static.is_fully_defined():
        return tuple(tensor if tensor.shape == static else tf.broadcast_to(tensor, static) for tensor in tensors)
    shape = tf.shape(tensors[0])
    for tensor in tensors[1:]:
        shape = tf.broadcast_dynamic_shape(shape, tf.shape(tensor))
    return tuple(tf.ensure_shape(tf.broadcast_to(tensor, shape), static) for tensor in tensors)


def concat(arrays: tuple[Array, ...] | list[Array], /, *, axis: int | None = 0) -> Array:
    """Return the arrays joined along an existing axis; flattened first if `axis` is None."""
    tensors = promote(*arrays)
    if axis is None:
        return tf.concat([tf.reshape(tensor, [-1]) for tensor in tensors], 0)
    axis = normalize_axis(axis, rank(tensors[0]))
    return tf.raw_ops.ConcatV2(values=tensors, axis=axis) if len(tensors) > 1 else tensors[0]


def stack(arrays: tuple[Array, ...] | list[Array], /, *, axis: int = 0) -> Array:
    """Return the arrays joined along a new axis."""
    tensors = promote(*arrays)
    return tf.raw_ops.Pack(values=tensors, axis=normalize_axis(axis, rank(tensors[0]) + 1))


def unstack(x: Array, /, *, axis: int = 0) -> tuple[Array, ...]:
    """Return the slices along `axis`, whose size must be known."""
    x = as_tensor(x)
    axis = normalize_axis(axis, rank(x))
    if x.shape[axis] is None:
        raise ValueError(f"unstack needs a known size along axis {axis}; inside tf.function it is unknown.")
    return tuple(tf.unstack(x, axis=axis))


def expand_dims(x: Array, /, axis: int | tuple[int, ...] = 0) -> Array:
    """Return `x` with a new axis of size 1 at each position of `axis`."""
    x = as_tensor(x)
    if not isinstance(axis, tuple):
        return _expand_dims(x, normalize_axis(axis, rank(x) + 1))
    for position in sorted(normalize_axes(axis, rank(x) + len(axis))):
        x = _expand_dims(x, position)
    return x


def squeeze(x: Array, /, axis: int | tuple[int, ...]) -> Array:
    """Return `x` without the axes of size 1 named in `axis`."""
    x = as_tensor(x)
    axes = normalize_axes(axis, rank(x))
    for one in axes:
        if x.shape[one] not in (1, None):
            raise ValueError(f"squeeze: axis {one} has size {x.shape[one]}, not 1.")
    return _squeeze(x, axes) if axes else x


def reshape(x: Array, /, shape: Any, *, copy: bool | None = None) -> Array:
    """Return `x` in another shape, one of whose sizes may be -1. Tensors are immutable: `copy` has no effect."""
    elements = shape_argument(shape)
    if any(isinstance(element, tf.Tensor) for element in elements):
        return tf.reshape(as_tensor(x), tf.stack([tf.cast(element, tf.int64) for element in elements]))
    wanted = tf.constant(elements, tf.int64)  # converting a bare list takes TensorFlow several times as long
    return _reshape(as_tensor(x), wanted) if tf.executing_eagerly() else tf.reshape(as_tensor(x), wanted)


def permute_dims(x: Array, /, axes: tuple[int, ...]) -> Array:
    """Return `x` with its axes in the order `axes`."""
    x = as_tensor(x)
    order = normalize_axes(axes, rank(x))
    if len(order) != x.shape.rank:
        raise ValueError(f"permute_dims needs every axis of {x.shape.rank} once; got {axes}.")
    return tf.transpose(x, ints(order))


def matrix_transpose(x: Array, /) -> Array:
    """Return `x` with its last two axes exchanged."""
    x = as_tensor(x)
    if rank(x) < 2:
        raise ValueError(f"matrix_transpose takes arrays of at least 2 dimensions; got {x.shape.rank}.")
    last = x.shape.rank - 1
    return tf.transpose(x, ints([*range(last - 1), last, last - 1]))


def moveaxis(x: Array, source: int | tuple[int, ...], destination: int | tuple[int, ...], /) -> Array:
    """Return `x` with the `source` axes at the positions `destination`; the others keep their order."""
    x = as_tensor(x)
    ndim = rank(x)
    sources, destinations = normalize_axes(source, ndim), normalize_axes(destination, ndim)
    if len(sources) != len(destinations):
        raise ValueError(f"moveaxis: source {source} and destination {destination} differ in length.")
    order = [axis for axis in range(ndim) if axis not in sources]
    for position, axis in sorted(zip(destinations, sources, strict=True)):
        order.insert(position, axis)
    return tf.transpose(x, ints(order))


def flip(x: Array, /, *, axis: int | tuple[int, ...] | None = None) -> Array:
    """Return `x` with the order of its elements reversed along `axis`."""
    x = as_tensor(x)
    return tf.reverse(x, ints(normalize_axes(axis, rank(x))))


def roll(x: Array, /, shift: Any, *, axis: int | tuple[int, ...] | None = None) -> Array:
    """Return `x` with its elements shifted around `axis`; over the flattened array if `axis` is None."""
    x = as_tensor(x)
    if axis is None:
        return tf.reshape(tf.roll(tf.reshape(x, [-1]), shift, 0), tf.shape(x))
    if isinstance(shift, int) and isinstance(axis, int):
        return tf.roll(x, shift, normalize_axis(axis, rank(x)))  # converting lists takes several times as long
    shifts = shift if isinstance(shift, (tuple, list)) else [shift]
    axes = [normalize_axis(one, rank(x)) for one in (axis if isinstance(axis, (tuple, list)) else [axis])]
    count = max(len(shifts), len(axes))
    repeated_shifts = list(shifts) * count if len(shifts) == 1 else list(shifts)
    repeated_axes = axes * count if len(axes) == 1 else axes
    if len(repeated_shifts) != len(repeated_axes):
        raise ValueError(f"roll: shift {shift} and axis {axis} differ in length.")
    return tf.roll(x, repeated_shifts, repeated_axes)


def repeat(x: Array, repeats: Any, /, *, axis: int | None = None) -> Array:
    """Return `x` with each element repeated; flattened first if `axis` is None."""
    x = as_tensor(x)
    if axis is None:
        x, axis = tf.reshape(x, [-1]), 0
    axis = normalize_axis(axis, rank(x))
    if isinstance(repeats, (tf.Tensor, tf.Variable)):
        counts = as_tensor(repeats)
        if counts.dtype not in INTEGER or rank(counts) > 1:
            raise TypeError("repeat takes an integer or a one-dimensional integer array of repeats.")
        index = tf.repeat(tf.range(size(x, axis)), tf.cast(counts, tf.int64))
    else:
        count = operator.index(repeats)
        index = tf.reshape(tf.tile(tf.range(size(x, axis))[:, None], [1, count]), [-1])
    return tf.gather(x, index, axis=axis)  # tf.repeat lacks uint16


def tile(x: Array, repetitions: tuple[int, ...], /) -> Array:
    """Return `x` laid out side by side, `repetitions` times along each axis."""
    x = as_tensor(x)
    counts = shape_argument(repetitions)
    missing = len(counts) - rank(x)
    if missing > 0:
        x = tf.reshape(x, shape_tensor([1] * missing + sizes(x)))
    counts = [1] * -missing + counts
    if x.dtype == tf.uint16:  # no kernel
        return tf.cast(tf.tile(tf.cast(x, tf.int32), counts), tf.uint16)
    return tf.tile(x, shape_tensor(counts)) if counts else x


def diff(
    x: Array, /, *, axis: int = -1, n: int = 1, prepend: Array | None = None, append: Array | None = None
) -> Array:
    """Return the `n`-th differences of neighbours along `axis`."""
    if n < 0:
        raise ValueError(f"diff: n must not be negative; got {n}.")
    x = as_tensor(x)
    axis = normalize_axis(axis, rank(x))
    if n and not (prepend is None and append is None):
        x = concat([part for part in (prepend, x, append) if part is not None], axis=axis)
    x_first = moveaxis(x, axis, 0)
    for _ in range(n):
        later, earlier = x_first[1:], x_first[:-1]
        x_first = tf.not_equal(later, earlier) if x.dtype == tf.bool else later - earlier
    return moveaxis(x_first, 0, axis)
