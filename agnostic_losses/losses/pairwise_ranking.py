"""Scores of the items of a list against their relevance, two items at a time.

All of them sum a kernel over pairs, and share a driver for it. Lists of different lengths are padded, and `mask` says
which items there are; `where` and `weights` are about lists.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.ops import check_at_least, prepare_lists, reduce


@loss(family="pairwise_ranking")
def pairwise_logistic(
    scores: Array,
    targets: ArrayLike,
    *,
    pair_weights: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    segments: ArrayLike | None = None,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""RankNet's loss: of two items, the more relevant one shall have the larger score, by the logistic loss.

    .. math:: l = \sum_{t_i > t_j} w_{ij} \log \bigl(1 + \exp(s_j - s_i)\bigr)

    Parameters
    ----------
    scores : array
        Any real numbers :math:`s`, with the items of a list along `axis`.
    targets : array
        Relevances :math:`t`, in the shape of `scores`; only their order counts. Equal ones are no pair.
    pair_weights : array, optional
        Constants :math:`w`, with the axes (i, j) last and those of the lists before, or absent. With
        `agnostic_losses.ops.ndcg_weights` this is LambdaRank.
    mask : boolean array, optional
        The items that there are, in the shape of `scores`; the others are in no pair.
    segments : integer array, optional
        Ids of queries, in the shape of `scores`: items of different ones are no pair.
    axis : int
        The axis of the items.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over lists. The mean divides by the number of pairs, not of
        lists.

    Returns
    -------
    array
        A scalar; the shape of `scores` without `axis` for ``reduction="none"``: sums over pairs. In nats.

    Raises
    ------
    ValueError
        If the shapes differ.
    TypeError
        If the mask is not boolean, or the segments are not integers.

    Notes
    -----
    The mean is that of rax. keras_rs adds over j alone, and its mean is over items: the sum of a list, divided by its
    length. TF-Ranking takes the sum, divided by the number of pairs or of lists, as its reduction says. Scores that are
    right by 40 have a loss of 4.2e-18 and not of 0.

    References
    ----------
    C. Burges et al., "Learning to Rank using Gradient Descent", ICML 2005.
    """
    return _of_ordered_pairs(
        lambda lead, xp: ops.softplus(-lead, xp=xp),
        scores,
        targets,
        pair_weights,
        mask,
        segments,
        axis,
        weights,
        where,
        reduction,
    )


@loss(family="pairwise_ranking")
def pairwise_hinge(
    scores: Array,
    targets: ArrayLike,
    *,
    margin: float = 1.0,
    pair_weights: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    segments: ArrayLike | None = None,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Hinge loss of pairs: the more relevant of two items shall have the larger score, by a margin.

    .. math:: l = \sum_{t_i > t_j} w_{ij} \max\bigl(0, m - (s_i - s_j)\bigr)

    Parameters
    ----------
    scores : array
        Any real numbers :math:`s`, with the items of a list along `axis`.
    targets : array
        Relevances :math:`t`, in the shape of `scores`; only their order counts. Equal ones are no pair.
    margin : float
        The margin :math:`m \ge 0`, in units of the scores.
    pair_weights : array, optional
        Constants :math:`w`, with the axes (i, j) last and those of the lists before, or absent; see
        `agnostic_losses.ops.ndcg_weights`.
    mask : boolean array, optional
        The items that there are, in the shape of `scores`; the others are in no pair.
    segments : integer array, optional
        Ids of queries, in the shape of `scores`: items of different ones are no pair.
    axis : int
        The axis of the items.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over lists. The mean divides by the number of pairs, not of
        lists.

    Returns
    -------
    array
        A scalar; the shape of `scores` without `axis` for ``reduction="none"``: sums over pairs.

    Raises
    ------
    ValueError
        If the shapes differ, or the margin is negative.
    TypeError
        If the mask is not boolean, or the segments are not integers.

    Notes
    -----
    rax and keras_rs fix the margin at 1; for their means see `pairwise_logistic`. At the margin the gradient is 0.
    ``torch.nn.functional.margin_ranking_loss`` takes pairs made before.

    References
    ----------
    R. Herbrich, T. Graepel and K. Obermayer, "Large Margin Rank Boundaries for Ordinal Regression", 2000.
    """
    margin = check_at_least(0.0, margin=margin)
    return _of_ordered_pairs(
        lambda lead, xp: ops.relu(margin - lead, xp=xp),
        *(scores, targets, pair_weights, mask, segments, axis, weights, where, reduction),
    )


@loss(family="pairwise_ranking")
def pairwise_squared_error(
    scores: Array,
    targets: ArrayLike,
    *,
    pair_weights: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    segments: ArrayLike | None = None,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Squared error of differences: scores shall be as far apart as the targets, whatever they all are off by.

    .. math:: l = \sum_{i < j} w_{ij} \bigl((s_i - s_j) - (t_i - t_j)\bigr)^2

    Parameters
    ----------
    scores : array
        Any real numbers :math:`s`, with the items of a list along `axis`.
    targets : array
        True numbers :math:`t`, in the shape of `scores`.
    pair_weights : array, optional
        Constants :math:`w`, with the axes (i, j) last and those of the lists before, or absent; only i < j is read.
    mask : boolean array, optional
        The items that there are, in the shape of `scores`; the others are in no pair.
    segments : integer array, optional
        Ids of queries, in the shape of `scores`: items of different ones are no pair.
    axis : int
        The axis of the items.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over lists. The mean divides by the number of pairs, not of
        lists.

    Returns
    -------
    array
        A scalar; the shape of `scores` without `axis` for ``reduction="none"``: sums over pairs. In squared units of
        the targets.

    Raises
    ------
    ValueError
        If the shapes differ.
    TypeError
        If the mask is not boolean, or the segments are not integers.

    Notes
    -----
    Every pair counts once. rax has each pair twice, and each item with itself: its mean over n items is ours times
    (n - 1) / n. keras_rs adds over j and takes the mean over i, which is ours times n - 1: for n = 3 and our mean 8,
    rax has 5.33 and keras_rs 16.
    """
    xp, scores, targets, present, segments = prepare_lists(
        scores, targets, mask=mask, segments=segments, axis=axis, where=where
    )
    errors = scores - targets
    pairs = xp.logical_and(ops.pair_mask(present, xp=xp, segments=segments), ops.pairs_in_order(errors, xp=xp))
    values, counts = ops.sum_over_pairs(xp.square, errors, pairs, xp=xp, pair_weights=pair_weights)
    return reduce(values, weights=weights, where=where, reduction=reduction, normalizer=counts)


def _of_ordered_pairs(
    kernel: Callable[[Any, Namespace], Any],
    scores: Any,
    targets: Any,
    pair_weights: Any,
    mask: Any,
    segments: Any,
    axis: int,
    weights: Any,
    where: Any,
    reduction: Reduction,
) -> Any:
    """Return the loss of the leads that more relevant items have over less relevant ones."""
    xp, scores, targets, present, segments = prepare_lists(
        scores, targets, mask=mask, segments=segments, axis=axis, where=where
    )
    better, worse = ops.pair_sides(targets, xp=xp)
    pairs = xp.logical_and(ops.pair_mask(present, xp=xp, segments=segments), better > worse)
    values, counts = ops.sum_over_pairs(lambda lead: kernel(lead, xp), scores, pairs, xp=xp, pair_weights=pair_weights)
    return reduce(values, weights=weights, where=where, reduction=reduction, normalizer=counts)
