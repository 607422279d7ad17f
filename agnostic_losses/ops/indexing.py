"""Picking and marking entries by integer label: no fancy indexing, no float one-hot, no loop over an axis."""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses._typing import Array, Namespace
from agnostic_losses.backends import bounds, device, dim, index_dtype, native_function


def positions(x: Any, axis: int, *, xp: Namespace) -> Any:
    """Return the indices 0, 1, ..., n - 1 of an axis, whether its length is known or not."""
    return xp.arange(dim(x, axis), dtype=index_dtype(x, xp), device=device(x))


def along(vector: Any, like: Any, axis: int, *, xp: Namespace) -> Any:
    """Return a vector with as many dimensions as `like`, its length along one axis and 1 along the others."""
    axis = axis % like.ndim
    for _ in range(like.ndim - 1 - axis):
        vector = xp.expand_dims(vector, axis=-1)
    for _ in range(axis):
        vector = xp.expand_dims(vector, axis=0)
    return vector


def one_hot(labels: Any, like: Array, axis: int, *, xp: Namespace) -> Any:
    """Return the boolean mask, in the shape of `like`, that marks the label of each row along `axis`."""
    columns = along(positions(like, axis, xp=xp), like, axis, xp=xp)
    return xp.equal(xp.expand_dims(labels, axis=axis), columns)


def take(vector: Array, labels: Any, *, xp: Namespace) -> Array:
    """Return the entry of a vector at each label, in the shape of the labels; the first for a negative label."""
    flat = xp.reshape(_not_negative(labels, xp), (-1,))
    lengths = tuple(dim(labels, axis) for axis in range(labels.ndim))
    return xp.reshape(xp.take(vector, flat, axis=0), lengths)


def pick(x: Array, labels: Any, axis: int, *, xp: Namespace) -> Array:
    """Return the entry at each label along `axis`; the first for a negative label."""
    native = native_function(x, "pick")
    if native is not None:
        return native(x, labels, axis)
    indices = xp.expand_dims(_not_negative(labels, xp), axis=axis)
    return xp.squeeze(take_along_axis(x, indices, axis, xp=xp), axis=axis)


def take_along_axis(x: Array, indices: Any, axis: int, *, xp: Namespace) -> Array:
    """Return the entries at indices along an axis; natively where the standard's function is slow."""
    native = native_function(x, "take_along_axis")
    return xp.take_along_axis(x, indices, axis=axis) if native is None else native(x, axis, indices)


def invalidate(values: Array, labels: Any, *, xp: Namespace) -> Array:
    """Return the values with NaN, in the gradient too, where a label is negative, which marks one out of range.

    This comes last in a loss: XLA on a CPU makes an arbitrary number of the exponential of a constant NaN.
    """
    extent = bounds(labels)
    if extent is not None and extent[0] >= 0:
        return values
    return values * xp.where(labels >= 0, xp.ones_like(values), math.nan)


def _not_negative(labels: Any, xp: Namespace) -> Any:
    return xp.where(labels >= 0, labels, xp.zeros_like(labels))
