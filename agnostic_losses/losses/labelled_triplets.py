"""Triplets of a batch of embeddings with classes: the positive shall be nearer to its anchor than the negative.

The triplets are chosen by distance within the batch, and no array has one entry a triplet; with a `chunk_size` none has
one a pair. Triplets that are given as rows are in `metric`.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.ops import check_at_least, prepare_embeddings, reduce
from agnostic_losses.ops.chunks import check_chunk_size


@loss(family="labelled_triplets", additive=False)
def triplet_batch_hard(
    embeddings: Array,
    classes: ArrayLike,
    *,
    margin: float = 1.0,
    soft: bool = False,
    squared: bool = False,
    chunk_size: int | None = None,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Batch-hard triplet loss: the farthest positive of each row against its nearest negative.

    .. math:: l_i = \max\Bigl(0, m + \max_p d_{ip} - \min_n d_{in}\Bigr)

    over the other rows p of the class of i, and the rows n of other classes.

    Parameters
    ----------
    embeddings : array
        Embeddings in the shape (n, d).
    classes : integer array
        The class of each embedding, any integers, in the shape (n,).
    margin : float
        The margin :math:`m \ge 0`, in units of the distance.
    soft : bool
        Whether the hinge is smooth, :math:`\log(1 + e^x)` in place of :math:`\max(0, x)`.
    squared : bool
        Whether the distances :math:`d` are squared Euclidean ones.
    chunk_size : int, optional
        The number of rows whose distances to all others exist at a time; None stands for all. They are made of
        differences, which take d times as much: a few rows, such as 16, are also the fastest for thousands. A gradient
        computes them again, see `agnostic_losses.ops.map_chunks`, which also says where they are kept.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over rows; an excluded row is in no triplet. The mean leaves
        out rows without another one of their class, or without one of another class; their loss is 0.

    Returns
    -------
    array
        A scalar; the shape (n,) for ``reduction="none"``.

    Raises
    ------
    ValueError
        If the shapes don't fit, or an option lies outside of its range.
    TypeError
        If the classes are no integers.

    Notes
    -----
    The paper's soft margin is without m: ``soft=True, margin=0.0``, as in TensorFlow Addons' ``triplet_hard_loss``.
    That takes 0 for the distance of a positive that is not there, that of the farthest row for a negative, and has such
    rows in its mean. Distances that tie share the gradient, equal rows have distance 0 with gradient 0, and at the
    hinge the gradient is 0.

    References
    ----------
    A. Hermans, L. Beyer and B. Leibe, "In Defense of the Triplet Loss for Person Re-Identification", 2017.
    """
    chunk_size, margin = check_chunk_size(chunk_size), check_at_least(0.0, margin=margin)
    xp, embeddings, marks = prepare_embeddings(embeddings=embeddings, classes=classes, where=where)
    losses = partial(_hardest, margin=margin, soft=soft, squared=squared)
    values, counts = ops.compare_rows(losses, (embeddings,), (embeddings,), marks, xp=xp, chunk_size=chunk_size)
    return reduce(values, weights=weights, where=where, reduction=reduction, normalizer=counts)


@loss(family="labelled_triplets", additive=False)
def triplet_semi_hard(
    embeddings: Array,
    classes: ArrayLike,
    *,
    margin: float = 1.0,
    squared: bool = False,
    chunk_size: int | None = None,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Semi-hard triplet loss of FaceNet: each positive against the nearest negative that is farther away.

    .. math:: l_i = \sum_p \max(0, m + d_{ip} - d_{i n(i, p)}), \qquad
              n(i, p) = \operatorname{arg\,min}_{n: d_{in} > d_{ip}} d_{in}

    over the other rows p of the class of i and the rows n of other classes. Where no negative is farther away than the
    positive, it is the farthest one.

    Parameters
    ----------
    embeddings : array
        Embeddings in the shape (n, d).
    classes : integer array
        The class of each embedding, any integers, in the shape (n,).
    margin : float
        The margin :math:`m \ge 0`, in units of the distance.
    squared : bool
        Whether the distances :math:`d` are squared Euclidean ones, as in the paper.
    chunk_size : int, optional
        The number of rows whose distances to all others exist at a time; None stands for all. They are made of
        differences, which take d times as much: a few rows, such as 16, are also the fastest for thousands. A gradient
        computes them again, see `agnostic_losses.ops.map_chunks`, which also says where they are kept.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over rows; an excluded row is in no triplet. The mean
        divides by the number of positive pairs, each counted from both sides, of rows that have a negative.

    Returns
    -------
    array
        A scalar; the shape (n,) for ``reduction="none"``: sums over the positives of a row.

    Raises
    ------
    ValueError
        If the shapes don't fit, or an option lies outside of its range.
    TypeError
        If the classes are no integers.

    Notes
    -----
    The mean is that of TensorFlow Addons' ``triplet_semihard_loss``, which has Euclidean distances unless told
    ``distance_metric="squared-L2"``, and takes the cube of the number of rows in memory; here it is the square, or
    the number of rows times ``chunk_size``. Of negatives at one distance the first in the batch has the gradient. Equal
    rows have distance 0 with gradient 0; at the hinge the gradient is 0.

    References
    ----------
    F. Schroff, D. Kalenichenko and J. Philbin, "FaceNet: A Unified Embedding for Face Recognition and Clustering",
    CVPR 2015.
    """
    chunk_size, margin = check_chunk_size(chunk_size), check_at_least(0.0, margin=margin)
    xp, embeddings, marks = prepare_embeddings(embeddings=embeddings, classes=classes, where=where)
    losses = partial(_semi_hard, margin=margin, squared=squared)
    values, counts = ops.compare_rows(losses, (embeddings,), (embeddings,), marks, xp=xp, chunk_size=chunk_size)
    return reduce(values, weights=weights, where=where, reduction=reduction, normalizer=counts)


@loss(family="labelled_triplets", additive=False)
def triplet_batch_all(
    embeddings: Array,
    classes: ArrayLike,
    *,
    margin: float = 1.0,
    active_only: bool = False,
    squared: bool = False,
    chunk_size: int | None = None,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Batch-all triplet loss: every positive of each row against every negative.

    .. math:: l_i = \sum_p \sum_n \max(0, m + d_{ip} - d_{in})

    over the other rows p of the class of i, and the rows n of other classes.

    Parameters
    ----------
    embeddings : array
        Embeddings in the shape (n, d).
    classes : integer array
        The class of each embedding, any integers, in the shape (n,).
    margin : float
        The margin :math:`m \ge 0`, in units of the distance.
    active_only : bool
        Whether the mean is that over the triplets with a positive loss; otherwise that over all.
    squared : bool
        Whether the distances :math:`d` are squared Euclidean ones.
    chunk_size : int, optional
        The number of rows whose distances to all others exist at a time; None stands for all. They are made of
        differences, which take d times as much: a few rows, such as 16, are also the fastest for thousands. A gradient
        computes them again, see `agnostic_losses.ops.map_chunks`, which also says where they are kept.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over rows; an excluded row is in no triplet. The mean
        divides by the number of triplets.

    Returns
    -------
    array
        A scalar; the shape (n,) for ``reduction="none"``: sums over the triplets of a row.

    Raises
    ------
    ValueError
        If the shapes don't fit, or an option lies outside of its range.
    TypeError
        If the classes are no integers.

    Notes
    -----
    The paper has both means. sentence-transformers has ``active_only=True`` and a margin of 5, and lists all triplets.
    Here they are counted: with how many negatives a positive has a positive loss follows from sorting, and the memory
    is that of the pairs, of ``chunk_size`` rows at a time. Equal rows have distance 0 with gradient 0; at the hinge the
    gradient is 0.

    References
    ----------
    A. Hermans, L. Beyer and B. Leibe, "In Defense of the Triplet Loss for Person Re-Identification", 2017.
    """
    chunk_size, margin = check_chunk_size(chunk_size), check_at_least(0.0, margin=margin)
    xp, embeddings, marks = prepare_embeddings(embeddings=embeddings, classes=classes, where=where)
    losses = partial(_all_triplets, margin=margin, active_only=active_only, squared=squared)
    values, counts = ops.compare_rows(losses, (embeddings,), (embeddings,), marks, xp=xp, chunk_size=chunk_size)
    return reduce(values, weights=weights, where=where, reduction=reduction, normalizer=counts)


def _hardest(
    rows: Any, others: Any, alike: Any, apart: Any, *, margin: float, soft: bool, squared: bool
) -> tuple[Any, Any]:
    """Return the batch-hard losses of some rows, and which count."""
    xp = ops.array_namespace(rows)
    distances = ops.row_distances(rows, others, xp=xp, squared=squared)
    counted = ops.with_both(alike, apart, xp=xp)
    farthest = xp.where(counted, ops.largest_chosen(distances, alike, xp=xp), 0.0)
    nearest = xp.where(counted, -ops.largest_chosen(-distances, apart, xp=xp), 0.0)
    gap = farthest - nearest
    values = ops.softplus(gap + margin, xp=xp) if soft else ops.relu_with_margin(gap, margin, xp=xp)
    return xp.where(counted, values, 0.0), xp.astype(counted, values.dtype)


def _semi_hard(rows: Any, others: Any, alike: Any, apart: Any, *, margin: float, squared: bool) -> tuple[Any, Any]:
    """Return the semi-hard losses of some rows, and how many positives count."""
    xp = ops.array_namespace(rows)
    distances = ops.row_distances(rows, others, xp=xp, squared=squared)
    alike = xp.logical_and(alike, xp.any(apart, axis=-1, keepdims=True))
    chosen = _next_farther(ops.stop_gradient(distances), apart, xp)
    gaps = distances - ops.take_along_axis(distances, chosen, -1, xp=xp)
    values = xp.sum(xp.where(alike, ops.relu_with_margin(gaps, margin, xp=xp), 0.0), axis=-1)
    return values, xp.sum(xp.astype(alike, values.dtype), axis=-1)


def _all_triplets(
    rows: Any, others: Any, alike: Any, apart: Any, *, margin: float, active_only: bool, squared: bool
) -> tuple[Any, Any]:
    """Return the batch-all losses of some rows, and how many triplets count."""
    xp = ops.array_namespace(rows)
    distances = ops.row_distances(rows, others, xp=xp, squared=squared)
    won, lost = _active(ops.stop_gradient(distances), margin, alike, apart, xp)
    values = xp.sum(won * (distances + margin) - lost * distances, axis=-1)
    if active_only:
        return values, xp.sum(won, axis=-1)
    return values, xp.sum(xp.astype(alike, won.dtype), axis=-1) * xp.sum(xp.astype(apart, won.dtype), axis=-1)


def _next_farther(distances: Any, apart: Any, xp: Namespace) -> Any:
    """Return, for each pair, the place of the nearest negative that is farther away; of the farthest without one."""
    in_order = xp.argsort(xp.where(apart, distances, math.inf), axis=-1, stable=True)
    nearer = ops.count_below(distances, apart, distances, xp=xp, inclusive=True)
    last = xp.sum(xp.astype(apart, nearer.dtype), axis=-1, keepdims=True) - 1
    place = xp.where(nearer < last, nearer, last)
    return ops.take_along_axis(in_order, xp.where(place > 0, place, 0), -1, xp=xp)


def _active(distances: Any, margin: float, alike: Any, apart: Any, xp: Namespace) -> tuple[Any, Any]:
    """Return in how many triplets with a positive loss each pair is the positive one, and the negative one."""
    reach = distances + margin
    won = xp.where(alike, ops.count_below(distances, apart, reach, xp=xp), 0)
    nearer = ops.count_below(reach, alike, distances, xp=xp, inclusive=True)
    lost = xp.where(apart, xp.sum(xp.astype(alike, nearer.dtype), axis=-1, keepdims=True) - nearer, 0)
    return xp.astype(won, distances.dtype), xp.astype(lost, distances.dtype)
