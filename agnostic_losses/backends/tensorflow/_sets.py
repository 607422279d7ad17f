"""Distinct elements and membership. How many elements are distinct is data: in a trace that size is unknown."""

from __future__ import annotations

from typing import Any, NamedTuple

import tensorflow as tf

from agnostic_losses.backends.tensorflow._dtypes import BOOL, REAL, checked, promote_pair
from agnostic_losses.backends.tensorflow._searching import argsort
from agnostic_losses.backends.tensorflow._typing import Array


class UniqueAll(NamedTuple):
    """What `unique_all` returns."""

    values: Array
    indices: Array
    inverse_indices: Array
    counts: Array


class UniqueCounts(NamedTuple):
    """What `unique_counts` returns."""

    values: Array
    counts: Array


class UniqueInverse(NamedTuple):
    """What `unique_inverse` returns."""

    values: Array
    inverse_indices: Array


def unique_all(x: Array, /) -> UniqueAll:
    """Return the distinct elements in order, their first indices, where each element went, and their numbers.

    Each NaN is distinct. Not under XLA.
    """
    x = checked("unique_all", x, BOOL | REAL)
    flat = tf.reshape(x, [-1])
    order = argsort(flat)
    ordered = tf.gather(flat, order)
    new = tf.concat([tf.ones_like(ordered[:1], tf.bool), tf.not_equal(ordered[1:], ordered[:-1])], 0)
    group = tf.cumsum(tf.cast(new, tf.int64)) - 1
    inverse = tf.scatter_nd(order[:, None], group, tf.shape(order, tf.int64))
    # XLA has no kernel for this, and so refuses. It compiles tf.where, whose size is data too, and then returns wrong
    # sizes and whatever was in memory.
    counts = tf.unique_with_counts(group, tf.int64).count
    starts = tf.cumsum(counts, exclusive=True)
    return UniqueAll(
        tf.gather(ordered, starts),
        tf.gather(order, starts),
        tf.reshape(inverse, tf.shape(x)),
        counts,
    )


def unique_counts(x: Array, /) -> UniqueCounts:
    """Return the distinct elements and their numbers."""
    found = unique_all(x)
    return UniqueCounts(found.values, found.counts)


def unique_inverse(x: Array, /) -> UniqueInverse:
    """Return the distinct elements and, for each element, the index of its value."""
    found = unique_all(x)
    return UniqueInverse(found.values, found.inverse_indices)


def unique_values(x: Array, /) -> Array:
    """Return the distinct elements."""
    return unique_all(x).values


def isin(x1: Any, x2: Any, /, *, invert: bool = False) -> Array:
    """Return whether each element of `x1` is among those of `x2`."""
    x1, x2 = promote_pair(x1, x2)
    found = tf.reduce_any(tf.equal(x1[..., None], tf.reshape(x2, [-1])), -1)
    return tf.logical_not(found) if invert else found
