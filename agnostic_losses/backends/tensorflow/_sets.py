"""Distinct elements and membership. How many elements are distinct is data: in a trace that size is unknown."""

from __future__ import annotations

import functools
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


class _Distinct:
    """The distinct elements of an array in the order in which they come first, each NaN by itself.

    XLA has no kernel for this, and so refuses. It compiles tf.where, whose size is data too, and then returns wrong
    sizes and whatever was in memory.
    """

    def __init__(self, name: str, x: Any) -> None:
        self._x = checked(name, x, BOOL | REAL)
        self._flat = tf.reshape(self._x, [-1])
        found = tf.unique_with_counts(self._flat, tf.int64)
        self._number, self._places, self._counts = tf.size(found.y, tf.int64), found.idx, found.count
        self._order = argsort(found.y)

    @functools.cached_property
    def indices(self) -> Array:
        """Where each comes first."""
        first = tf.math.unsorted_segment_min(tf.range(tf.size(self._flat, tf.int64)), self._places, self._number)
        return tf.gather(first, self._order)

    def values(self) -> Array:
        # Taken out of the array, so that they have a gradient.
        return tf.gather(self._flat, self.indices)

    def inverse_indices(self) -> Array:
        """Return the place among the sorted ones for each element of the array."""
        return tf.reshape(tf.gather(tf.math.invert_permutation(self._order), self._places), tf.shape(self._x))

    def counts(self) -> Array:
        return tf.gather(self._counts, self._order)


def unique_all(x: Array, /) -> UniqueAll:
    """Return the distinct elements in order, their first indices, where each element went, and their numbers.

    Each NaN is distinct. Not under XLA.
    """
    found = _Distinct("unique_all", x)
    return UniqueAll(found.values(), found.indices, found.inverse_indices(), found.counts())


def unique_counts(x: Array, /) -> UniqueCounts:
    """Return the distinct elements and their numbers."""
    found = _Distinct("unique_counts", x)
    return UniqueCounts(found.values(), found.counts())


def unique_inverse(x: Array, /) -> UniqueInverse:
    """Return the distinct elements and, for each element, the index of its value."""
    found = _Distinct("unique_inverse", x)
    return UniqueInverse(found.values(), found.inverse_indices())


def unique_values(x: Array, /) -> Array:
    """Return the distinct elements."""
    return _Distinct("unique_values", x).values()


def isin(x1: Any, x2: Any, /, *, invert: bool = False) -> Array:
    """Return whether each element of `x1` is among those of `x2`."""
    x1, x2 = promote_pair(x1, x2)
    found = tf.reduce_any(tf.equal(x1[..., None], tf.reshape(x2, [-1])), -1)
    return tf.logical_not(found) if invert else found
