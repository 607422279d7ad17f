"""Fenchel-Young losses whose predictions are sparse: classes far behind get exactly no probability, and no gradient.

Softmax's own Fenchel-Young loss is the cross entropy, in `multiclass.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.backends import stop_gradient
from agnostic_losses.ops import prepare_labels, prepare_pair, reduce


@loss(family="fenchel_young")
def sparsemax(
    logits: Array,
    labels: ArrayLike,
    *,
    axis: int = -1,
    ignore_index: int | None = None,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Loss of sparsemax, the projection of the logits onto the probabilities, and integer labels.

    .. math:: l = \langle z, p - e_y \rangle + \tfrac12 - \tfrac12 \lVert p \rVert^2, \qquad
              p_j = \max(z_j - \tau, 0), \qquad \sum_j p_j = 1

    It is 0 once the label leads by 1. The gradient is :math:`p - e_y`.

    Parameters
    ----------
    logits : array
        Any real numbers :math:`z`, with the classes along `axis`; -inf excludes a class.
    labels : integer array
        Class ids :math:`y` of any integer dtype, in the shape of `logits` without `axis`.
    axis : int
        The axis of the classes.
    ignore_index : int, optional
        A label that excludes its place, like `where`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `labels` for ``reduction="none"``.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a label is out of range and its value can be read at no cost; on accelerators and
        under jit such an element is NaN.
    TypeError
        If the labels are not integers.

    Notes
    -----
    ``optax.losses.multiclass_sparsemax_loss`` is the same; optax's ``sparsemax_loss`` is `binary_sparsemax`. The
    value is a sum of squares, without a difference. The gradient has no jump; the second derivative has one where a
    class gets its first probability, and is that of a class without any there.

    References
    ----------
    A. F. T. Martins and R. F. Astudillo, "From Softmax to Sparsemax: A Sparse Model of Attention and Multi-Label
    Classification", ICML 2016.
    """
    xp, logits, labels, where = prepare_labels(
        logits=logits, labels=labels, axis=axis, where=where, ignore_index=ignore_index
    )
    own, others, behind = _leads(logits, labels, axis, _below_mean_of_projection, xp)
    values = 0.5 * (xp.sum(xp.square(others), axis=axis) + xp.square(1.0 - own)) + behind
    return reduce(ops.invalidate(values, labels, xp=xp), weights=weights, where=where, reduction=reduction)


@loss(family="fenchel_young")
def entmax15(
    logits: Array,
    labels: ArrayLike,
    *,
    axis: int = -1,
    ignore_index: int | None = None,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Loss of 1.5-entmax, half way between softmax and sparsemax, and integer labels.

    .. math:: l = \langle z, p - e_y \rangle + \tfrac43 \Bigl(1 - \sum_j p_j^{3/2}\Bigr), \qquad
              p_j = \max(z_j / 2 - \tau, 0)^2, \qquad \sum_j p_j = 1

    It is 0 once the label leads by 2. The gradient is :math:`p - e_y`.

    Parameters
    ----------
    logits : array
        Any real numbers :math:`z`, with the classes along `axis`; -inf excludes a class.
    labels : integer array
        Class ids :math:`y` of any integer dtype, in the shape of `logits` without `axis`.
    axis : int
        The axis of the classes.
    ignore_index : int, optional
        A label that excludes its place, like `where`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `labels` for ``reduction="none"``.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a label is out of range and its value can be read at no cost; on accelerators and
        under jit such an element is NaN.
    TypeError
        If the labels are not integers.

    Notes
    -----
    The same as ``Entmax15Loss`` of the package entmax. Neither the gradient nor the second derivative has a jump.

    References
    ----------
    B. Peters, V. Niculae and A. F. T. Martins, "Sparse Sequence-to-Sequence Models", ACL 2019.
    """
    xp, logits, labels, where = prepare_labels(
        logits=logits, labels=labels, axis=axis, where=where, ignore_index=ignore_index
    )
    own, others, behind = _leads(0.5 * logits, labels, axis, _below_mean_of_squares, xp)
    cubes = xp.sum(others * xp.square(others), axis=axis) + xp.square(1.0 - own) * (2.0 + own)
    values = 2.0 * cubes / 3.0 + 2.0 * behind
    return reduce(ops.invalidate(values, labels, xp=xp), weights=weights, where=where, reduction=reduction)


@loss(family="fenchel_young")
def binary_sparsemax(
    logits: Array,
    targets: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Loss of sparsemax with two classes: of one logit and a target probability.

    .. math:: l = (p - t)^2 + (z - \bar z)(p - t), \qquad
              \bar z = \min(\max(z, -1), 1), \qquad p = \tfrac12 (1 + \bar z)

    It is 0 at the probability :math:`p = t` within, and beyond if the target is 0 or 1. The gradient is :math:`p - t`.

    Parameters
    ----------
    logits : array
        Any real numbers :math:`z`, of any shape.
    targets : array
        Probabilities :math:`t`, in the shape of `logits`; 0 and 1 are labels.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `logits` for ``reduction="none"``.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    For labels it is ``optax.losses.sparsemax_loss``, and `sparsemax` of the logits (0, z); it is the Huber-like
    modified loss that is quadratic within the margin of 1 and linear beyond it.

    References
    ----------
    M. Blondel, A. F. T. Martins and V. Niculae, "Learning with Fenchel-Young Losses", JMLR 21, 2020.
    """
    xp, logits, targets = prepare_pair(logits=logits, targets=targets, where=where)
    inside = xp.logical_and(logits > -1, logits < 1)
    sign = xp.where(logits > 0, xp.ones_like(logits), -1.0)
    gap = 0.5 * (1.0 + xp.where(inside, logits, sign)) - targets
    values = gap * (gap + xp.where(inside, 0.0, logits - sign))
    return reduce(values, weights=weights, where=where, reduction=reduction)


def _leads(scores: Any, labels: Any, axis: int, below_mean: Callable[..., Any], xp: Namespace) -> tuple[Any, Any, Any]:
    """Return how far the label is above the threshold, how far all others are, and how far below it the label is.

    The threshold is a stationary point of the losses in terms of these three: its derivative adds nothing to the
    gradient, which has no difference therefore, and is what couples classes in the second derivative.
    """
    peak = stop_gradient(xp.max(scores, axis=axis, keepdims=True))
    scores = scores - xp.where(xp.isfinite(peak), peak, 0.0)
    support = _support(stop_gradient(scores), axis, below_mean, xp)
    kept = xp.where(support, scores, 0.0)
    size = xp.sum(xp.astype(support, scores.dtype), axis=axis, keepdims=True)
    mean = xp.sum(kept, axis=axis, keepdims=True) / size
    deviation = xp.sum(xp.square(xp.where(support, kept - mean, 0.0)), axis=axis, keepdims=True)
    threshold = mean - below_mean(deviation, size, xp)
    chosen = ops.one_hot(labels, scores, axis, xp=xp)
    inside = xp.any(xp.logical_and(chosen, support), axis=axis)
    own = ops.pick(scores, labels, axis, xp=xp) - xp.squeeze(threshold, axis=axis)
    others = xp.where(xp.logical_or(chosen, xp.logical_not(support)), 0.0, kept - threshold)
    return xp.where(inside, own, 0.0), others, xp.where(inside, 0.0, -own)


def _support(scores: Any, axis: int, below_mean: Callable[..., Any], xp: Namespace) -> Any:
    """Mark the classes with a probability: the longest run of largest ones that are all above its threshold."""
    # The largest is 0; classes behind by 1 have no probability, and a number in place of -inf has a finite sum.
    scores = xp.where(scores > -2.0, scores, -2.0)
    ordered = xp.sort(scores, axis=axis, descending=True)
    size = ops.along(xp.astype(ops.positions(scores, axis, xp=xp) + 1, scores.dtype), scores, axis, xp=xp)
    mean = ops.cumulative_sum(ordered, axis, xp=xp) / size
    deviation = ops.cumulative_sum(xp.square(ordered), axis, xp=xp) - size * xp.square(mean)
    thresholds = mean - below_mean(deviation, size, xp)
    above = xp.astype(ordered > thresholds, scores.dtype)
    last = size == xp.sum(above, axis=axis, keepdims=True)
    return scores > xp.sum(xp.where(last, thresholds, 0.0), axis=axis, keepdims=True)


def _below_mean_of_projection(deviation: Any, size: Any, xp: Namespace) -> Any:
    """Return how far the threshold is below the mean of the support, where the leads sum to 1."""
    return 1.0 / size


def _below_mean_of_squares(deviation: Any, size: Any, xp: Namespace) -> Any:
    """Return how far the threshold is below the mean of the support, where the squares of the leads sum to 1."""
    rest = 1.0 - deviation
    return xp.sqrt(xp.where(rest > 0, rest, 0.0) / size)
