"""Classes in an order: losses of the thresholds between them, and of cumulative probabilities.

With K classes there are K - 1 thresholds; labels are the integers 0, ..., K - 1 in the order of the classes.
"""

from __future__ import annotations

from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.ops import prepare, prepare_labels, prepare_pair, reduce


@loss(family="ordinal")
def coral(
    logits: Array,
    labels: ArrayLike,
    *,
    level_weights: float | ArrayLike = 1.0,
    axis: int = -1,
    ignore_index: int | None = None,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Cross entropies of all thresholds: is the class above it or not (CORAL).

    .. math:: l = -\sum_{k=0}^{K-2} \lambda_k \left( [y > k] \log \sigma(z_k) + [y \le k] \log(1 - \sigma(z_k)) \right)

    Parameters
    ----------
    logits : array
        Any real numbers :math:`z`, with the :math:`K - 1` thresholds along `axis`; :math:`\sigma(z_k)` is the
        probability that the class is above k. For consistent ranks they differ by a bias a threshold alone.
    labels : integer array
        Classes :math:`y \in \{0, \dots, K - 1\}` of any integer dtype, in the shape of `logits` without `axis`.
    level_weights : number or array
        The importance :math:`\lambda_k` of each threshold; an array broadcasts to `logits`. It is part of the loss and
        does not enter the denominator of the mean.
    axis : int
        The axis of the thresholds.
    ignore_index : int, optional
        A label that excludes its place, like `where`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `labels` for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a label is out of range and its value can be read at no cost; on accelerators and
        under jit such an element is NaN.
    TypeError
        If the labels are not integers.

    Notes
    -----
    The same as ``coral_loss`` of coral-pytorch, which takes the thresholds above the label as an array of 0 and 1.

    References
    ----------
    W. Cao, V. Mirjalili and S. Raschka, "Rank consistent ordinal regression for neural networks with application to age
    estimation", Pattern Recognition Letters 140, 2020.
    """
    xp, logits, labels, where = _prepare_thresholds(logits, labels, axis, where, ignore_index)
    level_weights = ops.as_option(level_weights, logits, "level_weights")
    costs, _ = _threshold_costs(logits, labels, axis, xp)
    values = ops.invalidate(xp.sum(level_weights * costs, axis=axis), labels, xp=xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="ordinal")
def corn(
    logits: Array,
    labels: ArrayLike,
    *,
    axis: int = -1,
    ignore_index: int | None = None,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Cross entropies of the thresholds that a class reaches: is it above this one, if above the last (CORN).

    .. math:: l = -\sum_{k=0}^{\min(y, K-2)} \left( [y > k] \log \sigma(z_k) + [y = k] \log(1 - \sigma(z_k)) \right)

    Parameters
    ----------
    logits : array
        Any real numbers :math:`z`, with the :math:`K - 1` thresholds along `axis`; :math:`\sigma(z_k)` is the
        probability that the class is above k, given that it is above k - 1.
    labels : integer array
        Classes :math:`y \in \{0, \dots, K - 1\}` of any integer dtype, in the shape of `logits` without `axis`.
    axis : int
        The axis of the thresholds.
    ignore_index : int, optional
        A label that excludes its place, like `where`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`. The mean divides by the number of cross entropies, which is
        :math:`\min(y + 1, K - 1)` for each label.

    Returns
    -------
    array
        A scalar; the shape of `labels` for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a label is out of range and its value can be read at no cost; on accelerators and
        under jit such an element is NaN.
    TypeError
        If the labels are not integers.

    Notes
    -----
    The mean is that of ``corn_loss`` of coral-pytorch, and of the paper. The probability of being above k is the
    product of the conditional ones up to k.

    References
    ----------
    X. Shi, W. Cao and S. Raschka, "Deep Neural Networks for Rank-Consistent Ordinal Regression Based On Conditional
    Probabilities", Pattern Analysis and Applications 26, 2023.
    """
    xp, logits, labels, where = _prepare_thresholds(logits, labels, axis, where, ignore_index)
    costs, reached = _threshold_costs(logits, labels, axis, xp)
    values = ops.invalidate(xp.sum(xp.where(reached, costs, 0.0), axis=axis), labels, xp=xp)
    number = xp.sum(xp.astype(reached, logits.dtype), axis=axis)
    return reduce(values, weights=weights, where=where, reduction=reduction, normalizer=number)


@loss(family="ordinal")
def cumulative_link(
    logits: Array,
    labels: ArrayLike,
    *,
    axis: int = -1,
    ignore_index: int | None = None,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Negative log-likelihood of the proportional odds model: classes are intervals between cutpoints.

    .. math:: l = -\log \left( \sigma(z_y) - \sigma(z_{y-1}) \right), \qquad z_{-1} = -\infty, \quad z_{K-1} = \infty

    Parameters
    ----------
    logits : array
        Cumulative logits :math:`z_k = c_k - s`, cutpoint minus score, with the :math:`K - 1` cutpoints along `axis`;
        :math:`\sigma(z_k)` is the probability that the class is k or below. They ascend.
    labels : integer array
        Classes :math:`y \in \{0, \dots, K - 1\}` of any integer dtype, in the shape of `logits` without `axis`.
    axis : int
        The axis of the cutpoints.
    ignore_index : int, optional
        A label that excludes its place, like `where`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `labels` for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a label is out of range and its value can be read at no cost; on accelerators and
        under jit such an element is NaN.
    TypeError
        If the labels are not integers.

    Notes
    -----
    With scores of one number a sample and learned cutpoints the logits are ``cutpoints - scores[..., None]``, and both
    get their gradient. Where the two logits about a label do not ascend, its probability is not positive: the loss is
    infinite for equal ones, and NaN beyond. The probability is not taken as a difference, and keeps its digits where
    both cumulative ones are near 1.

    References
    ----------
    P. McCullagh, "Regression Models for Ordinal Data", Journal of the Royal Statistical Society B 42, 1980.
    """
    xp, logits, labels, where = _prepare_thresholds(logits, labels, axis, where, ignore_index)
    at_upper = ops.one_hot(labels, logits, axis, xp=xp)
    at_lower = ops.one_hot(labels - 1, logits, axis, xp=xp)
    has_upper, has_lower = xp.any(at_upper, axis=axis), xp.any(at_lower, axis=axis)
    upper = xp.sum(xp.where(at_upper, logits, 0.0), axis=axis)
    lower = xp.sum(xp.where(at_lower, logits, 0.0), axis=axis)
    between = xp.logical_and(has_upper, has_lower)
    # The probability of an interval is sigma(upper) sigma(-lower) (1 - exp(lower - upper)): nothing is subtracted.
    above = xp.where(has_upper, ops.softplus(-upper, xp=xp), 0.0)
    below = xp.where(has_lower, ops.softplus(lower, xp=xp), 0.0)
    narrow = _minus_log_complement_of_exp(xp.where(between, upper - lower, 1.0), xp)
    values = ops.invalidate(above + below + xp.where(between, narrow, 0.0), labels, xp=xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="ordinal")
def squared_emd(
    probs: Array,
    target_probs: ArrayLike,
    *,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Squared earth mover's distance: squared differences of the cumulative probabilities.

    .. math:: l = \sum_{k=1}^K \left( \sum_{j=1}^k (p_j - t_j) \right)^2

    Parameters
    ----------
    probs : array
        Probabilities :math:`p` of the :math:`K` classes, in their order along `axis`.
    target_probs : array
        Probabilities :math:`t` of the classes, in the shape of `probs`.
    axis : int
        The axis of the classes.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `probs` without `axis` for ``reduction="none"``.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    Probabilities are taken as they are, also where they do not sum to 1. With a target of one class and probabilities
    this is the ranked probability score. NIMA takes the root of the mean over the classes.

    References
    ----------
    L. Hou, C.-P. Yu and D. Samaras, "Squared Earth Mover's Distance-based Loss for Training Deep Neural Networks",
    2016, arXiv:1611.05916.
    """
    xp, probs, target_probs = prepare_pair(probs=probs, target_probs=target_probs, axis=axis, where=where)
    ahead = ops.cumulative_sum(probs - target_probs, axis, xp=xp)
    return reduce(xp.sum(xp.square(ahead), axis=axis), weights=weights, where=where, reduction=reduction)


def _prepare_thresholds(logits: Any, labels: Any, axis: int, where: Any, ignore_index: int | None) -> Any:
    """Prepare logits of thresholds and labels, of which there is one more than of thresholds."""
    xp, logits = prepare(logits=logits, axis=axis)
    blank = xp.zeros_like(logits)
    classes = xp.concat([blank, xp.sum(blank, axis=axis, keepdims=True)], axis=axis)
    _, _, labels, where = prepare_labels(
        logits=classes, labels=labels, axis=axis, where=where, ignore_index=ignore_index
    )
    return xp, ops.exclude(logits, where, axis, xp=xp, name="logits"), labels, where


def _threshold_costs(logits: Any, labels: Any, axis: int, xp: Namespace) -> tuple[Any, Any]:
    """Return the cross entropy of each threshold, and whether the label is at or above it."""
    thresholds = ops.along(ops.positions(logits, axis, xp=xp), logits, axis, xp=xp)
    labels = xp.expand_dims(labels, axis=axis)
    costs = ops.softplus(xp.where(labels > thresholds, -logits, logits), xp=xp)
    return costs, labels >= thresholds


def _minus_log_complement_of_exp(x: Any, xp: Namespace) -> Any:
    """Return ``-log(1 - exp(-x))`` for positive numbers, exact for small and for large ones."""
    return xp.log1p(xp.exp(-x) / -xp.expm1(-x))
