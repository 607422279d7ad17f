"""Distances between embeddings that belong together or apart, given as rows."""

from __future__ import annotations

import math

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Reduction
from agnostic_losses.ops import check_at_least, check_between, prepare_pair, reduce


@loss(family="metric")
def cosine_distance(
    predictions: Array,
    targets: ArrayLike,
    *,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""One minus the cosine of the angle between two vectors.

    .. math:: l = 1 - \frac{\langle a, b \rangle}{\lVert a \rVert\, \lVert b \rVert}

    Parameters
    ----------
    predictions : array
        Vectors :math:`a` of any length along `axis`.
    targets : array
        Vectors :math:`b`, in the shape of `predictions`.
    axis : int
        The axis of the vectors' components.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `predictions` without `axis` for ``reduction="none"``. Between 0 and 2.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    A zero vector has similarity 0, so distance 1, with gradient 0; there is no epsilon, and lengths from 1e-30 to
    1e30 are exact in float32. optax returns NaN for a zero vector, Keras and torch floor the length. Keras returns
    minus the similarity. Small angles keep their digits: equal vectors have distance 0.
    """
    xp, predictions, targets = prepare_pair(predictions=predictions, targets=targets, axis=axis, where=where)
    first, second = ops.unit(predictions, axis, xp=xp), ops.unit(targets, axis, xp=xp)
    cosine = xp.sum(first * second, axis=axis)
    # Below 60 degrees half the squared chord is the same, and does not cancel.
    chord = 0.5 * xp.sum(xp.square(first - second), axis=axis)
    values = xp.where(cosine > 0.5, chord, 1.0 - cosine)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="metric")
def triplet_margin(
    anchors: Array,
    positives: ArrayLike,
    negatives: ArrayLike,
    *,
    margin: float = 1.0,
    p: float = 2.0,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Triplet loss: the positive shall be nearer to the anchor than the negative, by a margin.

    .. math:: l = \max(0, \lVert a - b \rVert_p - \lVert a - c \rVert_p + m)

    Parameters
    ----------
    anchors, positives, negatives : array
        Embeddings :math:`a`, :math:`b` and :math:`c` of one shape, with the features along `axis`.
    margin : float
        The margin :math:`m \ge 0`, in units of the distance.
    p : float
        The norm, :math:`1 \le p \le \infty`.
    axis : int
        The axis of the features.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `anchors` without `axis` for ``reduction="none"``.

    Raises
    ------
    ValueError
        If the shapes differ, or an option lies outside of its range.

    Notes
    -----
    Distances are exact: torch adds 1e-6 to the difference, optax to the sum under the root, and optax's p-norm takes
    no absolute values, so that an odd `p` is wrong. Equal vectors have distance 0 with gradient 0; optax returns NaN
    there without its epsilon. At the hinge the gradient is 0.

    References
    ----------
    V. Balntas et al., "Learning local feature descriptors with triplets and shallow convolutional neural networks",
    BMVC 2016.
    """
    margin = check_at_least(0.0, margin=margin)
    p = check_between(1.0, math.inf, p=p)
    xp, anchors, positives, negatives = prepare_pair(
        anchors=anchors, positives=positives, negatives=negatives, axis=axis, where=where
    )
    near = ops.norm(anchors - positives, axis, xp=xp, p=p)
    far = ops.norm(anchors - negatives, axis, xp=xp, p=p)
    gap = near - far
    # Compared before the margin is added: TensorFlow's graphs add it to one distance first, where it may be lost.
    return reduce(xp.where(gap > -margin, gap + margin, 0.0), weights=weights, where=where, reduction=reduction)
