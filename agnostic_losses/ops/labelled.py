"""Batches of embeddings with classes: which rows belong together, how far apart they are, and which pairs are hardest.

The first lines of a loss that makes its own pairs of a batch. Entry (i, j) of a matrix is about the rows i and j.
"""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses._typing import Array, ArrayLike, Namespace
from agnostic_losses.backends import convert, dim, index_dtype, shape
from agnostic_losses.ops.checks import check_integer, check_shape
from agnostic_losses.ops.cumulative import cumulative_sum
from agnostic_losses.ops.distances import norm
from agnostic_losses.ops.indexing import positions, take_along_axis
from agnostic_losses.ops.pairs import pair_mask, pair_sides
from agnostic_losses.ops.prepare import exclude, prepare


def prepare_embeddings(*, classes: ArrayLike, where: ArrayLike | None = None, **embeddings: Any) -> Any:
    """Prepare embeddings, one a row, and compare their classes.

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
        The namespace, the embeddings, the matrix of the pairs of two rows of one class, and that of the pairs of two
        classes. No row is paired with itself, and an excluded row with none.
    """
    ((name, _),) = embeddings.items()
    xp, rows = prepare(where=where, axis=-1, **embeddings)
    if rows.ndim != 2:
        raise ValueError(f"{name} must be a matrix of one embedding a row, got the shape {shape(rows)}")
    classes = convert(classes, rows, "classes")
    check_integer(classes, "classes", xp)
    check_shape(classes, rows, (0,), "classes", f"one class a row of {name}")
    own, other = pair_sides(xp.astype(classes, index_dtype(rows, xp)), xp=xp)
    row, column = pair_sides(positions(rows, 0, xp=xp), xp=xp)
    allowed = row != column
    if where is not None:
        present = exclude(xp.ones_like(rows[:, 0]), where, (), xp=xp) != 0
        allowed = xp.logical_and(allowed, pair_mask(present, xp=xp))
    return xp, rows, xp.logical_and(own == other, allowed), xp.logical_and(own != other, allowed)


def row_distances(rows: Array, *, xp: Namespace, squared: bool = False) -> Array:
    """Return the Euclidean distances of all rows of a matrix, or their squares; equal rows have gradient 0.

    Of differences, not of inner products, which lose the digits of neighbours: where nothing is compiled they take the
    square of the number of rows, times their length, in memory.
    """
    difference = xp.expand_dims(rows, axis=1) - xp.expand_dims(rows, axis=0)
    return xp.sum(difference * difference, axis=-1) if squared else norm(difference, -1, xp=xp)


def largest_chosen(x: Array, chosen: Any, *, xp: Namespace) -> Array:
    """Return the largest of the chosen entries of each row, -inf without any; those that tie share the gradient."""
    if shape(x)[-1] == 0:
        return xp.sum(x, axis=-1) - math.inf
    return xp.max(xp.where(chosen, x, -math.inf), axis=-1)


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
