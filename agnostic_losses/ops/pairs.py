"""All pairs of the items of a list, as matrices over the last two axes: entry (i, j) is about the items i and j.

They take the square of the length in memory, and nothing is sorted: who stands before whom is a matrix too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from agnostic_losses._typing import Array, ArrayLike, Namespace
from agnostic_losses.backends import convert, namespace_of, stop_gradient
from agnostic_losses.ops.checks import check_shape
from agnostic_losses.ops.indexing import positions
from agnostic_losses.ops.prepare import in_dtype_of


def pair_sides(x: Array, *, xp: Namespace) -> tuple[Array, Array]:
    """Return x as the first items of all pairs along its last axis, and as the second ones; they broadcast."""
    return xp.expand_dims(x, axis=-1), xp.expand_dims(x, axis=-2)


def pair_differences(x: Array, *, xp: Namespace) -> Array:
    """Return ``x_i - x_j`` of all pairs along the last axis."""
    first, second = pair_sides(x, xp=xp)
    return first - second


def pair_mask(present: Array, *, xp: Namespace, segments: Any = None) -> Array:
    """Return which pairs have both of their items present, and in one segment; `segments` are integer ids."""
    both = xp.logical_and(*pair_sides(present, xp=xp))
    if segments is None:
        return both
    own, other = pair_sides(segments, xp=namespace_of(segments))
    return xp.logical_and(both, convert(own == other, present, "segments"))


def sums_of_own(x: Array, together: Any, *, xp: Namespace) -> Array:
    """Return for each item the sum over all items that are together with it; None stands for all of the list.

    The last axis then has the length 1, and broadcasts.
    """
    if together is None:
        return xp.sum(x, axis=-1, keepdims=True)
    return xp.sum(xp.where(together, xp.expand_dims(x, axis=-2), 0.0), axis=-1)


def first_of_each(present: Array, together: Any, *, xp: Namespace) -> Any:
    """Return which items are the first of those together; without any `together`, whether there is an item."""
    if together is None:
        return xp.any(present, axis=-1, keepdims=True)
    preceded = xp.any(xp.logical_and(together, pairs_in_order(present, xp=xp)), axis=-2)
    return xp.logical_and(present, xp.logical_not(preceded))


def pairs_in_order(x: Array, *, xp: Namespace) -> Any:
    """Return the matrix, of one list, that marks the pairs ``i < j`` along the last axis of x."""
    first, second = pair_sides(positions(x, -1, xp=xp), xp=xp)
    return first < second


def comes_before(keys: Array, *, xp: Namespace) -> Any:
    """Return which item i stands before item j when the largest key is first; equal keys keep their order."""
    own, other = pair_sides(keys, xp=xp)
    return xp.logical_or(own > other, xp.logical_and(own == other, pairs_in_order(keys, xp=xp)))


def ranks(keys: Array, present: Any, *, xp: Namespace, together: Any = None) -> Array:
    """Return the place of each item from the largest key to the smallest: 1, 2, ...; what is absent has no place.

    With `together`, which says of each pair whether it is in one segment, the place is that in its segment.
    """
    counted = xp.expand_dims(present, axis=-1) if together is None else together
    ahead = xp.logical_and(comes_before(keys, xp=xp), counted)
    return 1.0 + xp.sum(xp.astype(ahead, keys.dtype), axis=-2)


def sum_over_pairs(
    kernel: Callable[[Any], Any],
    x: Array,
    chosen: Any,
    *,
    xp: Namespace,
    pair_weights: ArrayLike | None = None,
) -> tuple[Any, Any]:
    """Return the sum of ``kernel(x_i - x_j)`` over the chosen pairs of each list, and how many these are.

    Parameters
    ----------
    kernel : callable
        From differences to losses, elementwise.
    x : array
        Items along the last axis.
    chosen : boolean array
        Which pairs count, with the axes (i, j) last.
    xp : module
        The namespace of `x`.
    pair_weights : array, optional
        A factor for each pair, for all lists or for each; constants.
    """
    # A pair that does not count gets the difference 0, which no kernel fails at.
    values = kernel(xp.where(chosen, pair_differences(x, xp=xp), 0.0))
    if pair_weights is not None:
        values = values * _prepare_pair_weights(pair_weights, values)
    values = xp.where(chosen, values, 0.0)
    return xp.sum(values, axis=(-2, -1)), xp.sum(xp.astype(chosen, values.dtype), axis=(-2, -1))


def ndcg_weights(
    scores: Array,
    targets: Array,
    *,
    xp: Namespace,
    mask: ArrayLike | None = None,
    segments: ArrayLike | None = None,
) -> Array:
    r"""Return by how much the NDCG changes when two items change places, the pair weights of LambdaRank.

    .. math:: w_{ij} = \frac{1}{\mathrm{IDCG}} \, \lvert 2^{t_i} - 2^{t_j} \rvert
              \, \Bigl\lvert \frac{1}{\log_2(1 + r_i)} - \frac{1}{\log_2(1 + r_j)} \Bigr\rvert

    with the ranks :math:`r` by the scores, of equal ones the first in the list first.

    Parameters
    ----------
    scores : array
        Lists along the last axis.
    targets : array
        Relevances, in the shape of `scores`.
    xp : module
        The namespace of `scores`.
    mask : boolean array, optional
        The items that belong to the lists, in the shape of `scores`.
    segments : integer array, optional
        Ids of the lists that share a row, in the shape of `scores`; pairs of different ones have zeros.

    Returns
    -------
    array
        One number a pair, in the shape of `scores` and its last length once more, without gradient. A list without
        relevant items has zeros.

    References
    ----------
    C. J. C. Burges, "From RankNet to LambdaRank to LambdaMART: An Overview", MSR-TR-2010-82.
    """
    scores, targets = stop_gradient(scores), stop_gradient(targets)
    present = xp.ones_like(scores, dtype=xp.bool) if mask is None else convert(mask, scores, "mask")
    scores, targets = xp.where(present, scores, 0.0), xp.where(present, targets, 0.0)
    together = None if segments is None else pair_mask(present, xp=xp, segments=segments)
    gains = ndcg_gain(targets, xp=xp)
    at_best = gains * ndcg_discount(ranks(targets, present, xp=xp, together=together), xp=xp)
    ideal = xp.expand_dims(sums_of_own(at_best, together, xp=xp), axis=-1)
    discounts = ndcg_discount(ranks(scores, present, xp=xp, together=together), xp=xp)
    swapped = xp.abs(pair_differences(gains, xp=xp) * pair_differences(discounts, xp=xp))
    swapped = xp.where(pair_mask(present, xp=xp) if together is None else together, swapped, 0.0)
    return xp.where(ideal > 0, swapped / xp.where(ideal > 0, ideal, 1.0), 0.0)


def ndcg_gain(targets: Array, *, xp: Namespace) -> Array:
    """Return ``2**t - 1``, what an item of relevance t is worth in DCG."""
    return xp.expm1(math.log(2.0) * targets)


def ndcg_discount(ranks: Array, *, xp: Namespace) -> Array:
    """Return ``1 / log2(1 + r)``, what DCG counts the rank r for."""
    return math.log(2.0) / xp.log1p(ranks)


def _prepare_pair_weights(pair_weights: ArrayLike, pairs: Any) -> Any:
    weights = convert(pair_weights, pairs, "pair_weights")
    axes = tuple(range(max(0, pairs.ndim - weights.ndim), pairs.ndim)) if weights.ndim > 1 else (-2, -1)
    check_shape(weights, pairs, axes, "pair_weights", "one entry a pair of items")
    return in_dtype_of(pairs, weights, "pair_weights")
