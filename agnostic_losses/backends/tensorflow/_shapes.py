"""Axes and sizes of tensors, some of which are unknown while a tf.function is traced. No array functions here."""

from __future__ import annotations

import operator
from typing import Any

import tensorflow as tf

from agnostic_losses.backends.tensorflow._typing import Array, Dim


def rank(x: Array) -> int:
    """Return the number of dimensions; sizes may be unknown inside tf.function, their number may not."""
    ndim = x.shape.rank
    if ndim is None:
        raise ValueError(
            "The number of dimensions is unknown. Give tf.TensorSpec a shape with None for each unknown size, "
            "such as tf.TensorSpec([None, None])."
        )
    return int(ndim)


def normalize_axis(axis: Any, ndim: int) -> int:
    """`axis` counted from the front."""
    index = operator.index(axis)
    if not -ndim <= index < ndim:
        raise IndexError(f"axis {index} is out of range for an array of {ndim} dimension(s).")
    return index % ndim


def normalize_axes(axis: Any, ndim: int) -> list[int]:
    """Axes counted from the front; None means all of them."""
    if axis is None:
        return list(range(ndim))
    axes = [normalize_axis(one, ndim) for one in (axis if isinstance(axis, (tuple, list)) else (axis,))]
    if len(set(axes)) != len(axes):
        raise ValueError(f"axis {axis} names the same axis twice.")
    return axes


def ints(values: list[int]) -> Array:
    """Python integers as TensorFlow reads axes; converting a bare list takes it several times as long."""
    return tf.constant(values, tf.int32)


def reduced_axes(x: Array, axis: Any) -> Any:
    """The axes of a reduction in the form that TensorFlow reads fastest; None means all."""
    if isinstance(axis, int):
        return normalize_axis(axis, rank(x))
    if axis is None and x.shape.rank is None:
        return tf.range(tf.rank(x))
    return ints(normalize_axes(axis, rank(x)))


def only_axis(name: str, x: Array, axis: int | None) -> int:
    """`axis` of a function whose axis may be left out for one-dimensional arrays only."""
    ndim = rank(x)
    if axis is None:
        if ndim != 1:
            raise ValueError(f"{name} needs axis for an array of {ndim} dimension(s).")
        return 0
    return normalize_axis(axis, ndim)


def size(x: Array, axis: int) -> Dim:
    """Return the size along `axis`: an int where it is known, else a scalar tensor."""
    known = x.shape[axis]
    return tf.shape(x)[axis] if known is None else known


def sizes(x: Array) -> list[Dim]:
    """Return the size of every axis."""
    rank(x)
    if x.shape.is_fully_defined():
        return x.shape.as_list()  # type: ignore[no-any-return]
    return [size(x, axis) for axis in range(x.shape.rank)]


def shape_argument(shape: Any) -> list[Dim]:
    """A shape given as an integer, or as a tuple whose entries may be scalar tensors, as a list."""
    if isinstance(shape, tf.TensorShape):
        shape = shape.as_list()
    elements = list(shape) if isinstance(shape, (tuple, list)) else [shape]
    if any(element is None for element in elements):
        raise ValueError(f"shape {tuple(elements)} has unknown sizes; use a *_like function, or tf.shape.")
    return [element if isinstance(element, tf.Tensor) else operator.index(element) for element in elements]


def shape_tensor(shape: list[Dim]) -> Any:
    """A list of sizes as TensorFlow takes it fastest."""
    if any(isinstance(element, tf.Tensor) for element in shape):
        return tf.stack([tf.cast(element, tf.int64) for element in shape])
    return tf.constant(shape, tf.int64)


def move_last(x: Array, axis: int) -> Array:
    """`x` with `axis` moved to the end."""
    if axis == rank(x) - 1:
        return x
    return tf.transpose(x, ints([i for i in range(x.shape.rank) if i != axis] + [axis]))


def move_back(x: Array, axis: int) -> Array:
    """Undo `move_last`."""
    last = rank(x) - 1
    if axis == last:
        return x
    order = list(range(last))
    return tf.transpose(x, ints([*order[:axis], last, *order[axis:]]))
