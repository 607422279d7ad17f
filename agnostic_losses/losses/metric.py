"""Distances of embeddings that belong together or apart: pairs and triplets, given as rows."""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.ops import check_at_least, check_between, exclude, prepare, prepare_pair, reduce
from agnostic_losses.ops.checks import check_axis, check_same_shape, check_shape


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
    values = ops.cosine_distance(predictions, targets, axis, xp=xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="metric")
def cosine_embedding(
    anchors: Array,
    others: ArrayLike,
    targets: ArrayLike,
    *,
    margin: float = 0.0,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Cosine distance of pairs that belong together, and the cosine beyond a margin of those that don't.

    .. math:: l = \begin{cases} 1 - \cos(a, b) & y = 1 \\ \max(0, \cos(a, b) - m) & y = -1 \end{cases}

    Parameters
    ----------
    anchors, others : array
        Embeddings :math:`a` and :math:`b` of one shape, of any length along `axis`.
    targets : array
        :math:`y`, +1 for a pair that belongs together and -1 for another, in the shape of `anchors` without `axis`.
        Any other number makes the loss NaN.
    margin : float
        The cosine :math:`-1 \le m \le 1` up to which vectors apart cost nothing.
    axis : int
        The axis of the features.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `targets` for ``reduction="none"``. Between 0 and 2.

    Raises
    ------
    ValueError
        If the shapes differ, or the margin lies outside of [-1, 1].

    Notes
    -----
    As in torch, which adds 1e-12 to the squared lengths, so that vectors of length 1e-8 have another cosine there, and
    gives a target that is neither +1 nor -1 the loss 0. A zero vector has the cosine 0, with gradient 0. No gradient
    flows to the targets. At the margin the gradient is 0.
    """
    margin = check_between(-1.0, 1.0, margin=margin)
    xp, anchors, others, targets = _prepare_pairs(anchors, others, targets, axis, where)
    limits = xp.where(targets == 1.0, xp.ones_like(targets), margin)
    missing = ops.cosine_below(anchors, others, limits, axis, xp=xp)
    values = _by_target(targets, 1.0, missing, -1.0, ops.relu(-missing, xp=xp), xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="metric")
def hinge_embedding(
    distances: Array,
    targets: ArrayLike,
    *,
    margin: float = 1.0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Distance of pairs that belong together, and what those that don't lack to a margin.

    .. math:: l = \begin{cases} d & y = 1 \\ \max(0, m - d) & y = -1 \end{cases}

    Parameters
    ----------
    distances : array
        Distances :math:`d` of pairs, of any shape. They may be negative, and so may the loss be then.
    targets : array
        :math:`y`, +1 for a pair that belongs together and -1 for another, in the shape of `distances`. Any other
        number makes the loss NaN.
    margin : float
        The distance :math:`m \ge 0` from which on vectors apart cost nothing.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `distances` for ``reduction="none"``. In units of the distance.

    Raises
    ------
    ValueError
        If the shapes differ, or the margin is negative.

    Notes
    -----
    As in torch, where another target than +1 and -1 gets the sum of both cases. This is not the hinge of a classifier,
    see `hinge`. No gradient flows to the targets. At the margin the gradient is 0.
    """
    margin = check_at_least(0.0, margin=margin)
    xp, distances, targets = prepare_pair(distances=distances, targets=targets, where=where, fill=1.0)
    values = _by_target(targets, 1.0, distances, -1.0, ops.relu(margin - distances, xp=xp), xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="metric")
def margin_ranking(
    scores: Array,
    others: ArrayLike,
    targets: ArrayLike,
    *,
    margin: float = 0.0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""What the score of the better one of two lacks to that of the other and a margin.

    .. math:: l = \max(0, m - y (a - b))

    Parameters
    ----------
    scores, others : array
        Scores :math:`a` and :math:`b` of one shape.
    targets : array
        :math:`y`, +1 where `scores` shall be higher and -1 where `others` shall, in the same shape.
    margin : float
        The margin :math:`m \ge 0`, in units of the scores.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `scores` for ``reduction="none"``. In units of the scores.

    Raises
    ------
    ValueError
        If the shapes differ, or the margin is negative.

    Notes
    -----
    As in torch. At the margin, and so for equal scores without a margin, the gradient is 0; in torch it is that of
    the wrong side there.

    References
    ----------
    R. Herbrich, T. Graepel and K. Obermayer, "Large Margin Rank Boundaries for Ordinal Regression", in Advances in
    Large Margin Classifiers, MIT Press, 2000.
    """
    margin = check_at_least(0.0, margin=margin)
    xp, scores, others, targets = prepare_pair(scores=scores, others=others, targets=targets, where=where)
    values = ops.relu(margin - targets * (scores - others), xp=xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="metric")
def contrastive_pair(
    anchors: Array,
    others: ArrayLike,
    targets: ArrayLike,
    *,
    margin: float = 1.0,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Contrastive loss of pairs: those that belong together attract, the others repel within a margin.

    .. math:: l = \begin{cases} \tfrac12 d^2 & y = 1 \\ \tfrac12 \max(0, m - d)^2 & y = 0 \end{cases}
              \qquad d = \lVert a - b \rVert

    Parameters
    ----------
    anchors, others : array
        Embeddings :math:`a` and :math:`b` of one shape, with the features along `axis`.
    targets : array
        :math:`y`, 1 for a pair that belongs together and 0 for another, in the shape of `anchors` without `axis`.
        Any other number makes the loss NaN.
    margin : float
        The distance :math:`m \ge 0` from which on vectors apart cost nothing.
    axis : int
        The axis of the features.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `targets` for ``reduction="none"``. In squared units of the distance.

    Raises
    ------
    ValueError
        If the shapes differ, or the margin is negative.

    Notes
    -----
    With the factor 1/2 of the paper, whose :math:`Y` is :math:`1 - y`, as in sentence-transformers. TensorFlow
    Addons' ``contrastive_loss`` lacks it and takes distances; pytorch-metric-learning takes normalised embeddings, and
    does not square: mean distances of 0.1644 where their squares are 0.0299. Equal vectors that shall be apart have
    the gradient 0. No gradient flows to the targets.

    References
    ----------
    R. Hadsell, S. Chopra and Y. LeCun, "Dimensionality Reduction by Learning an Invariant Mapping", CVPR 2006.
    """
    margin = check_at_least(0.0, margin=margin)
    xp, anchors, others, targets = _prepare_pairs(anchors, others, targets, axis, where)
    difference = anchors - others
    same = xp.expand_dims(targets == 1.0, axis=axis)
    # Vectors apart may be so far from each other that their squares overflow: these are not taken.
    together = 0.5 * xp.sum(xp.square(xp.where(same, difference, 0.0)), axis=axis)
    missing = ops.relu(margin - ops.norm(difference, axis, xp=xp), xp=xp)
    values = _by_target(targets, 1.0, together, 0.0, 0.5 * xp.square(missing), xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="metric")
def triplet_margin(
    anchors: Array,
    positives: ArrayLike,
    negatives: ArrayLike,
    *,
    margin: float = 1.0,
    p: float = 2.0,
    swap: bool = False,
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
    swap : bool
        Whether the negative's distance is that to the positive, where this is the nearer one; a tie counts as the
        anchor's.
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
    near = ops.distance(anchors, positives, axis, xp=xp, p=p)
    far = ops.distance(anchors, negatives, axis, xp=xp, p=p)
    if swap:
        other = ops.distance(positives, negatives, axis, xp=xp, p=p)
        far = xp.where(other < far, other, far)
    values = ops.relu_with_margin(near - far, margin, xp=xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


def _prepare_pairs(anchors: Any, others: Any, targets: Any, axis: int, where: ArrayLike | None) -> tuple[Any, ...]:
    """Prepare pairs of embeddings, and one target a pair."""
    xp, anchors, others, targets = prepare(anchors=anchors, others=others, targets=targets)
    check_same_shape(anchors=anchors, others=others)
    axis = check_axis(axis, anchors.ndim, "anchors")
    rest = tuple(a for a in range(anchors.ndim) if a != axis)
    check_shape(targets, anchors, rest, "targets", f"the shape of anchors without axis {axis}")
    anchors, others = (exclude(array, where, axis, xp=xp) for array in (anchors, others))
    return xp, anchors, others, exclude(targets, where, (), xp=xp, fill=1.0)


def _by_target(targets: Any, one: float, values: Any, other: float, other_values: Any, xp: Namespace) -> Any:
    """Return the values that belong to the target; another target than the two makes NaN, no wrong number."""
    return xp.where(targets == one, values, xp.where(targets == other, other_values, math.nan))
