"""Scores of the items of a list against their relevance, all items of the list at once.

Lists of different lengths are padded, and `mask` says which items there are; `where` and `weights` are about lists.
Losses of pairs of items are in `pairwise_ranking`.
"""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.ops import check_positive, prepare_lists, reduce


@loss(family="ranking")
def ranking_softmax(
    scores: Array,
    targets: ArrayLike,
    *,
    normalize_targets: bool = False,
    mask: ArrayLike | None = None,
    segments: ArrayLike | None = None,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Softmax loss of ranking: the cross entropy of the scores of a list under its relevances.

    .. math:: l = -\sum_i t_i \log \frac{\exp(s_i)}{\sum_j \exp(s_j)}

    Parameters
    ----------
    scores : array
        Any real numbers :math:`s`, with the items of a list along `axis`.
    targets : array
        Relevances :math:`t \ge 0`, in the shape of `scores`; constants, through which no gradient flows.
    normalize_targets : bool
        Whether the relevances are divided by their sum, as in ListNet; a list whose sum is 0 is then left out.
    mask : boolean array, optional
        The items that there are, in the shape of `scores`; the others take part in no sum.
    segments : integer array, optional
        Ids of queries, in the shape of `scores`: items of different ones are not compared, each is a list by itself.
        The loss of a row is the sum of theirs, and the mean is over all of them.
    axis : int
        The axis of the items.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over lists. The mean leaves out lists without items.

    Returns
    -------
    array
        A scalar; the shape of `scores` without `axis` for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If the shapes differ.
    TypeError
        If the mask is not boolean, or the segments are not integers.

    Notes
    -----
    optax and rax have the same default, and their ``where`` is our `mask`; their weights multiply the relevances. rax
    has `segments` too. With them memory grows with the square of the length of the lists.
    TF-Ranking divides the relevances by their sum and weighs a list by it: relevances that sum to 3 give 6.22 in optax
    and rax, and 2.07 with `normalize_targets`. The target of ListNet is ``softmax(relevances)``, to be passed as it is.

    References
    ----------
    Z. Cao et al., "Learning to Rank: From Pairwise Approach to Listwise Approach", ICML 2007.
    """
    xp, scores, targets, present, segments = prepare_lists(
        scores, targets, mask=mask, segments=segments, axis=axis, where=where
    )
    targets = ops.stop_gradient(targets)
    together, first = _lists(present, segments, xp)
    counted = None if mask is None and together is None else first
    if normalize_targets:
        total = ops.sums_of_own(targets, together, xp=xp)
        counted = xp.logical_and(first, total != 0)
        targets = xp.where(total == 0, 0.0, targets / xp.where(total == 0, 1.0, total))
    log_probs = _log_shares(scores, present, together, first, xp)
    values = -xp.sum(ops.times_log(targets, log_probs, xp=xp), axis=-1)
    return reduce(values, weights=weights, where=where, reduction=reduction, normalizer=_number(counted, values, xp))


@loss(family="ranking")
def list_mle(
    scores: Array,
    targets: ArrayLike,
    *,
    mask: ArrayLike | None = None,
    segments: ArrayLike | None = None,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""ListMLE: minus the log-likelihood of the true order, drawn item by item from a softmax of the scores.

    .. math:: l = -\sum_i \log \frac{\exp(s_i)}{\exp(s_i) + \sum_{j \prec i} \exp(s_j)}

    where :math:`j \prec i` are the items that stand behind :math:`i` in the order of their relevance.

    Parameters
    ----------
    scores : array
        Any real numbers :math:`s`, with the items of a list along `axis`.
    targets : array
        Relevances, in the shape of `scores`; only their order counts. Of equal ones the first in the list is first.
    mask : boolean array, optional
        The items that there are, in the shape of `scores`; the others take part in no sum.
    segments : integer array, optional
        Ids of queries, in the shape of `scores`: items of different ones are not compared, each is a list by itself.
        The loss of a row is the sum of theirs, and the mean is over all of them.
    axis : int
        The axis of the items.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over lists. The mean leaves out lists without items.

    Returns
    -------
    array
        A scalar; the shape of `scores` without `axis` for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If the shapes differ.
    TypeError
        If the mask is not boolean, or the segments are not integers.

    Notes
    -----
    The same as in rax without a key and in keras_rs, where ties too are kept in the order of the list; rax with a key
    and TF-Ranking shuffle them. Nothing is sorted, and an item far behind keeps its digits; memory grows with the
    square of the length of the lists.

    References
    ----------
    F. Xia et al., "Listwise Approach to Learning to Rank: Theory and Algorithm", ICML 2008.
    """
    xp, scores, targets, present, segments = prepare_lists(
        scores, targets, mask=mask, segments=segments, axis=axis, where=where
    )
    together, first = _lists(present, segments, xp)
    pairs = ops.pair_mask(present, xp=xp) if together is None else together
    behind = xp.logical_and(ops.comes_before(targets, xp=xp), pairs)
    values = xp.sum(_surprises(scores, behind, xp), axis=-1)
    counted = None if mask is None and together is None else first
    return reduce(values, weights=weights, where=where, reduction=reduction, normalizer=_number(counted, values, xp))


@loss(family="ranking")
def approx_ndcg(
    scores: Array,
    targets: ArrayLike,
    *,
    temperature: float = 1.0,
    mask: ArrayLike | None = None,
    segments: ArrayLike | None = None,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Minus the NDCG of smooth ranks, which count sigmoids in place of steps.

    .. math:: l = -\frac{1}{\mathrm{IDCG}} \sum_i \frac{2^{t_i} - 1}{\log_2(1 + r_i)}, \qquad
              r_i = 1 + \sum_{j \ne i} \operatorname{sigmoid} \frac{s_j - s_i}{\tau}

    with the :math:`\mathrm{IDCG}` that the best order has with its ranks 1, 2, ...

    Parameters
    ----------
    scores : array
        Any real numbers :math:`s`, with the items of a list along `axis`.
    targets : array
        Relevances :math:`t \ge 0`, in the shape of `scores`; constants, through which no gradient flows.
    temperature : float
        :math:`\tau > 0`, in units of the scores; the paper's :math:`\alpha` is its inverse.
    mask : boolean array, optional
        The items that there are, in the shape of `scores`; the others have no rank.
    segments : integer array, optional
        Ids of queries, in the shape of `scores`: items of different ones are not compared, each is a list by itself.
        The loss of a row is the sum of theirs, and the mean is over all of them.
    axis : int
        The axis of the items.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over lists. The mean leaves out lists without relevance.

    Returns
    -------
    array
        A scalar; the shape of `scores` without `axis` for ``reduction="none"``. Between -1, the best, and 0.

    Raises
    ------
    ValueError
        If the shapes differ, or the temperature is not positive.
    TypeError
        If the mask is not boolean, or the segments are not integers.

    Notes
    -----
    TF-Ranking has the default temperature 0.1, rax (``approx_t12n`` of its NDCG) and allRank 1. TF-Ranking counts a
    list without relevance in the mean, and 0 for it; here it is left out.

    References
    ----------
    T. Qin, T.-Y. Liu and H. Li, "A general approximation framework for direct optimization of information retrieval
    measures", Information Retrieval 13, 2010.
    """
    temperature = check_positive(temperature=temperature)
    xp, scores, targets, present, segments = prepare_lists(
        scores, targets, mask=mask, segments=segments, axis=axis, where=where
    )
    together, first = _lists(present, segments, xp)
    smooth = _smooth_ranks(scores, temperature, ops.pair_mask(present, xp=xp) if together is None else together, xp)
    gains = ops.stop_gradient(ops.ndcg_gain(targets, xp=xp))
    at_best = gains * ops.ndcg_discount(ops.ranks(targets, present, xp=xp, together=together), xp=xp)
    ideal = ops.sums_of_own(at_best, together, xp=xp)
    values = -xp.sum(gains / xp.where(ideal == 0, 1.0, ideal) * ops.ndcg_discount(smooth, xp=xp), axis=-1)
    counted = _number(xp.logical_and(first, ideal != 0), values, xp)
    return reduce(values, weights=weights, where=where, reduction=reduction, normalizer=counted)


def _lists(present: Any, segments: Any, xp: Namespace) -> tuple[Any, Any]:
    """Return which pairs of items are in one list, None if all are, and an item of each list that stands for it."""
    together = None if segments is None else ops.pair_mask(present, xp=xp, segments=segments)
    return together, ops.first_of_each(present, together, xp=xp)


def _smooth_ranks(scores: Any, temperature: float, together: Any, xp: Namespace) -> Any:
    """Return one more than how many others of a list are ahead of each item, each as a probability."""
    own, other = ops.pair_sides(ops.positions(scores, -1, xp=xp), xp=xp)
    ahead = xp.exp(ops.log_sigmoid(-ops.pair_differences(scores, xp=xp) / temperature, xp=xp))
    return 1.0 + xp.sum(xp.where(xp.logical_and(together, own != other), ahead, 0.0), axis=-1)


def _number(lists: Any, values: Any, xp: Namespace) -> Any:
    """Return of how many lists a value is the sum, from the items that stand for these."""
    return None if lists is None else xp.sum(xp.astype(lists, values.dtype), axis=-1)


def _log_shares(scores: Any, present: Any, together: Any, first: Any, xp: Namespace) -> Any:
    """Return the logarithm of each item's share in the softmax of its list."""
    if together is not None:
        return -_surprises(scores, together, xp)
    # A list without items keeps its zeros: a softmax over nothing would be NaN.
    kept = xp.logical_or(present, xp.logical_not(first))
    return ops.log_softmax(xp.where(kept, scores, -math.inf), -1, xp=xp)


def _surprises(scores: Any, rivals: Any, xp: Namespace) -> Any:
    """Return minus the logarithm of each item's share in a softmax of itself and its rivals."""
    places, _ = xp.broadcast_arrays(ops.positions(scores, -1, xp=xp), scores)
    own, other = ops.pair_sides(places, xp=xp)
    kept = xp.where(xp.logical_or(own == other, rivals), xp.expand_dims(scores, axis=-2), -math.inf)
    return ops.softplus(ops.log_odds_against(kept, places, -1, xp=xp), xp=xp)
