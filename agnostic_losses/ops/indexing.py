"""Picking and marking entries by integer label: no fancy indexing, no float one-hot, no loop over an axis."""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses._typing import Array, Namespace
from agnostic_losses.backends import device, dim, index_dtype


def positions(x: Any, axis: int, *, xp: Namespace) -> Any:
    """Return the indices 0, 1, ..., n - 1 of an axis, whether its length is known or not."""
    return xp.arange(dim(x, axis), dtype=index_dtype(x, xp), device=device(x))


def along(vector: Any, like: Any, axis: int, *, xp: Namespace) -> Any:
    """Return a vector shaped so that it broadcasts along one axis of `like`."""
    for _ in range(like.ndim - 1 - axis % like.ndim):
        vector = xp.expand_dims(vector, axis=-1)
    return vector


def one_hot(labels: Any, like: Array, axis: int, *, xp: Namespace) -> Any:
    """Return the boolean mask, in the shape of `like`, that marks the label of each row along `axis`."""
    columns = along(positions(like, axis, xp=xp), like, axis, xp=xp)
    return xp.equal(xp.expand_dims(labels, axis=axis), columns)


def take(vector: Array, labels: Any, *, xp: Namespace) -> Array:
    """Return the entry of a vector at each label, in the shape of the labels; NaN where a label is negative."""
    valid = labels >= 0
    flat = xp.reshape(xp.where(valid, labels, xp.zeros_like(labels)), (-1,))
    taken = xp.reshape(xp.take(vector, flat, axis=0), tuple(dim(labels, axis) for axis in range(labels.ndim)))
    return taken * xp.where(valid, xp.ones_like(taken), math.nan)


def pick(x: Array, labels: Any, axis: int, *, xp: Namespace) -> Array:
    """Return the entry at each label along `axis`; NaN, also in the gradient, where the label is negative."""
    valid = labels >= 0
    indices = xp.expand_dims(xp.where(valid, labels, xp.zeros_like(labels)), axis=axis)
    picked = xp.squeeze(xp.take_along_axis(x, indices, axis=axis), axis=axis)
    return picked * xp.where(valid, xp.ones_like(picked), math.nan)
