"""The last line of every loss: weights, mask and reduction, the same in all of them."""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses._typing import ArrayLike, Namespace
from agnostic_losses.backends import convert, dim, leading_array, namespace_of, native_function, shape
from agnostic_losses.ops.checks import check_broadcasts_into, check_reduction
from agnostic_losses.ops.prepare import as_mask, in_dtype_of


def reduce(
    values: Any,
    *,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: str = "mean",
    normalizer: Any = None,
) -> Any:
    r"""Reduce an unreduced loss :math:`l` with weights :math:`w` over the included places.

    The mean is :math:`\sum_i w_i l_i / \sum_i w_i n_i` with the normalizer :math:`n = 1` unless given, so that
    constant weights change nothing and integer weights equal repetition. Where nothing is included, or every weight
    is zero, the mean is 0 with zero gradient.

    Parameters
    ----------
    values : array
        The unreduced loss.
    weights : array or number, optional
        Broadcasts to the shape of `values`. A weight of zero multiplies; to exclude a place that may hold NaN, use
        `where`.
    where : boolean array, optional
        True = included; broadcasts to the shape of `values`.
    reduction : {"mean", "sum", "none"}
        "none" keeps the shape; excluded places are 0.
    normalizer : array, optional
        What an element counts for in the mean besides its weight; class weights do this. Broadcasts to the shape of
        `values`.

    Returns
    -------
    array
        A scalar, or the shape of `values` for "none".
    """
    check_reduction(reduction)
    leader = leading_array({"values": values, "weights": weights, "normalizer": normalizer})
    xp = namespace_of(leader)
    values = convert(values, leader, "values")
    lengths = shape(values)
    if where is not None:
        where = as_mask(where, values, xp)
        check_broadcasts_into(where, values, None, "where")
        values = xp.where(where, values, 0.0)
    counts = None if normalizer is None else _as_weights(normalizer, values, "normalizer")
    if weights is not None:
        weights = _as_weights(weights, values, "weights")
        if where is not None:
            weights = xp.where(where, weights, 0.0)
        values = values * weights
        counts = weights if counts is None else weights * counts
    if reduction == "none":
        return values
    if reduction == "sum":
        return xp.sum(values)
    if counts is None and where is None:
        return _plain_mean(values, lengths, xp)
    return _weighted_mean(values, counts, where, lengths, xp)


def _as_weights(weights: ArrayLike, values: Any, name: str) -> Any:
    weights = convert(weights, values, name)
    check_broadcasts_into(weights, values, None, name)
    return in_dtype_of(values, weights, name)


def _plain_mean(values: Any, lengths: tuple[int | None, ...], xp: Namespace) -> Any:
    if None not in lengths:
        native = native_function(values, "mean")
        if native is not None and 0 not in lengths:
            return native(values)
        return xp.sum(values) / max(math.prod(lengths), 1)  # type: ignore[arg-type]
    size: Any = math.prod([dim(values, axis) for axis in range(values.ndim)])
    return xp.sum(values) / xp.astype(xp.maximum(size, 1), values.dtype)


def _weighted_mean(values: Any, counts: Any, where: Any, lengths: tuple[int | None, ...], xp: Namespace) -> Any:
    if counts is None:
        counts = xp.astype(where, values.dtype)
    elif where is not None:
        counts = xp.where(where, counts, 0.0)
    if shape(counts) != lengths or None in lengths:
        counts = counts * xp.ones_like(values)
    total = xp.sum(counts)
    # Positive and negative weights that cancel are no empty mean: that division stays, and is inf or NaN.
    empty = xp.logical_not(xp.any(counts != 0))
    return xp.where(empty, 0.0, xp.sum(values) / xp.where(empty, 1.0, total))
