"""Batches of embeddings with classes: which rows belong together, how far apart they are, and which pairs are hardest.

The first lines of a loss that makes its own pairs of a batch. Entry (i, j) of a matrix is about the rows i and j.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from agnostic_losses._typing import Array, ArrayLike, Namespace
from agnostic_losses.backends import convert, dim, index_dtype, shape, stop_gradient
from agnostic_losses.ops.checks import check_integer, check_shape
from agnostic_losses.ops.chunks import Arrays, map_chunks
from agnostic_losses.ops.cumulative import cumulative_sum
from agnostic_losses.ops.distances import norm
from agnostic_losses.ops.indexing import positions, take_along_axis
from agnostic_losses.ops.prepare import exclude, prepare
from agnostic_losses.ops.softmax import logsumexp


def prepare_embeddings(*, classes: ArrayLike, where: ArrayLike | None = None, **embeddings: Any) -> Any:
    """Prepare embeddings, one a row, and their classes.

    Parameters
    ----------
    classes : integer array
        One class a row, any integers: only whether two are equal counts.
    where : boolean array, optional
        True = the row is included; broadcasts to the shape of the classes.
    **embeddings : array
        The one array of embeddings, by the name that the caller knows it by.

    Returns
    -------
    tuple
        The namespace, the embeddings, and the marks that tell which rows are pairs, for `compare_rows`: vectors of the
        classes, of the places of the rows, and, with a mask, of which rows are included.
    """
    ((name, _),) = embeddings.items()
    xp, rows = prepare(where=where, axis=-1, **embeddings)
    if rows.ndim != 2:
        raise ValueError(f"{name} must be a matrix of one embedding a row, got the shape {shape(rows)}")
    classes = convert(classes, rows, "classes")
    check_integer(classes, "classes", xp)
    check_shape(classes, rows, (0,), "classes", f"one class a row of {name}")
    marks: Arrays = (xp.astype(classes, index_dtype(rows, xp)), positions(rows, 0, xp=xp))
    if where is not None:
        marks = (*marks, exclude(xp.ones_like(rows[:, 0]), where, (), xp=xp) != 0)
    return xp, rows, marks


def compare_rows(
    f: Callable[..., Arrays], rows: Arrays, others: Arrays, marks: Arrays, *, xp: Namespace, chunk_size: int | None
) -> Arrays:
    """Return what a function makes of each row of a batch and all others, for a number of rows at a time.

    Parameters
    ----------
    f : callable
        Takes some rows of each of the arrays in `rows`, all of those in `others`, and the two matrices of
        `rows_of_classes` for these rows; returns vectors of one dtype, with one number a row. It takes every array that
        it is differentiated by as an argument, as in `map_chunks`.
    rows, others : tuple of arrays
        What is needed of a row, with one entry a row, and what is needed of the others.
    marks : tuple of arrays
        Those of `prepare_embeddings`.
    xp : module
        The namespace of the arrays.
    chunk_size : int or None
        How many rows are evaluated at a time; None stands for all.

    Returns
    -------
    tuple of arrays
        The vectors, for all rows.
    """
    first, second = len(rows) + len(marks), len(rows) + len(marks) + len(others)

    def of_some(*arrays: Any) -> Any:
        own, rest = arrays[: len(rows)], arrays[first:second]
        alike, apart = rows_of_classes(arrays[len(rows) : first], arrays[second:], xp=xp)
        return xp.stack(f(*own, *rest, alike, apart), axis=-1)

    columns = map_chunks(of_some, (*rows, *marks), (*others, *marks), chunk_size=chunk_size)
    return tuple(columns[:, number] for number in range(columns.shape[-1]))


def rows_of_classes(marks: Arrays, others: Arrays, *, xp: Namespace) -> tuple[Any, Any]:
    """Return the matrix of the pairs of a row and another one of its class, and that of the pairs of two classes.

    No row is paired with itself, and an excluded row with none. Both arguments are `marks` of `prepare_embeddings`, of
    some rows and of all.
    """
    (own, other), (row, column), *present = (
        (xp.expand_dims(one, axis=-1), xp.expand_dims(two, axis=0)) for one, two in zip(marks, others, strict=True)
    )
    allowed = row != column
    for both in present:
        allowed = xp.logical_and(allowed, xp.logical_and(*both))
    return xp.logical_and(own == other, allowed), xp.logical_and(own != other, allowed)


def row_distances(rows: Array, others: Array, *, xp: Namespace, squared: bool = False) -> Array:
    """Return the Euclidean distances of all rows of two matrices, or their squares; equal rows have gradient 0.

    Of differences, not of inner products, which lose the digits of neighbours: where nothing is compiled they take the
    number of pairs, times the length of a row, in memory.
    """
    difference = xp.expand_dims(rows, axis=1) - xp.expand_dims(others, axis=0)
    return xp.sum(difference * difference, axis=-1) if squared else norm(difference, -1, xp=xp)


def largest_chosen(x: Array, chosen: Any, *, xp: Namespace) -> Array:
    """Return the largest of the chosen entries of each row, -inf without any; those that tie share the gradient."""
    if shape(x)[-1] == 0:
        return xp.sum(x, axis=-1) - math.inf
    return xp.max(xp.where(chosen, x, -math.inf), axis=-1)


def logsumexp_chosen(x: Array, chosen: Any, *, xp: Namespace) -> Array:
    """Return the logarithm of the sum of exponentials of the chosen entries of each row, the lowest number without."""
    return logsumexp(xp.where(chosen, x, -math.inf), -1, xp=xp)


def smoothly_hardest(near: Array, far: Array, alike: Any, apart: Any, *, xp: Namespace) -> tuple[Array, Any]:
    """Return the sum of both smooth maxima, of `near` over positives and `far` over negatives, and where both exist."""
    counted = with_both(alike, apart, xp=xp)
    maxima = (logsumexp_chosen(near, alike, xp=xp), logsumexp_chosen(far, apart, xp=xp))
    first, second = (xp.where(counted, each, 0.0) for each in maxima)
    return first + second, counted


def with_both(alike: Any, apart: Any, *, xp: Namespace) -> Any:
    """Return which rows have positives and negatives."""
    return xp.logical_and(xp.any(alike, axis=-1), xp.any(apart, axis=-1))


def hard_pairs(similarities: Array, alike: Any, apart: Any, margin: float, *, xp: Namespace) -> tuple[Any, Any]:
    """Return the pairs that are on the wrong side of the hardest of the others, or within a margin of it."""
    values = stop_gradient(similarities)
    nearest = xp.expand_dims(largest_chosen(values, apart, xp=xp), axis=-1)
    farthest = xp.expand_dims(largest_chosen(-values, alike, xp=xp), axis=-1)
    return xp.logical_and(alike, values - nearest < margin), xp.logical_and(apart, values + farthest > -margin)


def count_below(x: Array, chosen: Any, limits: Array, *, xp: Namespace, inclusive: bool = False) -> Any:
    """Return how many of the chosen entries of each row are smaller than a limit, without comparing all with all.

    Parameters
    ----------
    x : array
        A matrix.
    chosen : boolean array
        Which of its entries count.
    limits : array
        Limits in the shape of `x`, each for its row.
    xp : module
        The namespace of `x`.
    inclusive : bool
        Whether an entry that equals the limit counts, too.
    """
    marks = xp.astype(chosen, index_dtype(x, xp))
    # Sorting is stable: of equal numbers those that come first here are counted by those that follow.
    numbers, counted = ((x, limits), (marks, xp.zeros_like(marks))) if inclusive else ((limits, x), (marks * 0, marks))
    order = xp.argsort(xp.concat(numbers, axis=-1), axis=-1, stable=True)
    so_far = cumulative_sum(take_along_axis(xp.concat(counted, axis=-1), order, -1, xp=xp), -1, xp=xp)
    found = take_along_axis(so_far, xp.argsort(order, axis=-1, stable=True), -1, xp=xp)
    return xp.reshape(found, (dim(x, 0), 2, dim(x, 1)))[:, int(inclusive), :]
