"""Several labels at once: each class is there or not, independent of the others; targets are 0/1 along the classes.

Single elements, without an axis of classes, are in `binary`.
"""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.ops import check_at_least, check_between, prepare_class_weights, prepare_pair, reduce


@loss(family="multilabel")
def multilabel_soft_margin(
    logits: Array,
    targets: ArrayLike,
    *,
    axis: int = -1,
    class_weights: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Mean over the classes of the cross entropy of each, from its logit.

    .. math:: l = -\frac1K \sum_{j=1}^K c_j \left( y_j \log \sigma(z_j) + (1 - y_j) \log(1 - \sigma(z_j)) \right)

    Parameters
    ----------
    logits : array
        Any real numbers :math:`z`, with the :math:`K` classes along `axis`.
    targets : array
        1 where a class is there and 0 elsewhere, or probabilities :math:`y \in [0, 1]`, in the shape of `logits`.
    axis : int
        The axis of the classes.
    class_weights : array, optional
        One factor :math:`c_j` a class. They are part of the loss and do not enter the denominator of the mean.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `logits` without `axis` for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Notes
    -----
    The same as in torch. Without `class_weights` the mean is that of `binary_cross_entropy_with_logits`, where weights
    and mask are for each class by itself.
    """
    xp, logits, targets = prepare_pair(logits=logits, targets=targets, axis=axis, where=where)
    class_weights = prepare_class_weights(class_weights, logits, axis)
    costs = ops.logistic_cross_entropy(logits, targets, xp=xp)
    if class_weights is not None:
        costs = costs * ops.along(class_weights, costs, axis, xp=xp)
    return reduce(xp.mean(costs, axis=axis), weights=weights, where=where, reduction=reduction)


@loss(family="multilabel")
def multilabel_margin(
    scores: Array,
    targets: ArrayLike,
    *,
    margin: float = 1.0,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Hinge loss of several labels: each class that is there shall lead before each that is not, by a margin.

    .. math:: l = \frac1K \sum_{i=1}^K \sum_{j=1}^K y_i (1 - y_j) \max(0, m + s_j - s_i)

    Parameters
    ----------
    scores : array
        Any real numbers :math:`s`, with the :math:`K` classes along `axis`.
    targets : array
        1 where a class is there and 0 elsewhere, in the shape of `scores`.
    margin : float
        The margin :math:`m \ge 0`, in units of the scores.
    axis : int
        The axis of the classes.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `scores` without `axis` for ``reduction="none"``.

    Raises
    ------
    ValueError
        If the shapes differ, or the margin is negative.

    Notes
    -----
    The same as in torch, where a row of targets is a list of class ids that ends at the first -1: for four classes
    ``[3, 0, -1, 1]`` is ``[1, 0, 0, 1]`` here. A row with no class, or with all, has the loss 0. At each hinge the
    gradient is 0. All pairs of classes are held in memory at once.

    References
    ----------
    A. Elisseeff and J. Weston, "A kernel method for multi-labelled classification", NIPS 2001.
    """
    margin = check_at_least(0.0, margin=margin)
    xp, scores, targets = prepare_pair(scores=scores, targets=targets, axis=axis, where=where)
    # Classes that are there along the last axis but one, all others along the last.
    scores, targets = (xp.moveaxis(array, axis, -1) for array in (scores, targets))
    lead = xp.expand_dims(scores, axis=-2) - xp.expand_dims(scores, axis=-1)
    costs = xp.sum(xp.expand_dims(1.0 - targets, axis=-2) * ops.relu(lead + margin, xp=xp), axis=-1)
    return reduce(xp.mean(targets * costs, axis=-1), weights=weights, where=where, reduction=reduction)


@loss(family="multilabel")
def zlpr(
    logits: Array,
    targets: ArrayLike,
    *,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Zero-bounded log-sum-exp and pairwise rank-based loss: what is there is ahead of 0, and 0 of all else.

    .. math:: l = \log \Bigl( 1 + \sum_{j=1}^K y_j e^{-z_j} \Bigr)
              + \log \Bigl( 1 + \sum_{j=1}^K (1 - y_j) e^{z_j} \Bigr)

    Parameters
    ----------
    logits : array
        Any real numbers :math:`z`, with the :math:`K` classes along `axis`.
    targets : array
        1 where a class is there and 0 elsewhere, in the shape of `logits`; constants, through which no gradient flows.
        A number :math:`y` in between counts in both sums, as much as it says.
    axis : int
        The axis of the classes.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `logits` without `axis` for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    Predict the classes whose logit is positive. The number of classes does not enter: one class that is wrong costs as
    much among ten as among ten thousand. With one class this is `binary_cross_entropy_with_logits`. The authors' code
    subtracts 1e12 from the logits of the other group in place of leaving them out.

    References
    ----------
    J. Su et al., "ZLPR: A Novel Loss for Multi-label Classification", 2022, https://arxiv.org/abs/2208.02955.
    """
    xp, logits, targets = prepare_pair(logits=logits, targets=targets, axis=axis, where=where)
    targets = ops.stop_gradient(targets)
    there = ops.logsumexp(_counted(targets, xp) - logits, axis, xp=xp)
    absent = ops.logsumexp(_counted(1.0 - targets, xp) + logits, axis, xp=xp)
    values = ops.softplus(there, xp=xp) + ops.softplus(absent, xp=xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


def _counted(amounts: Any, xp: Namespace) -> Any:
    """Return the logarithms of amounts, -inf for nothing."""
    return xp.where(amounts > 0, xp.log(xp.where(amounts > 0, amounts, 1.0)), -math.inf)


@loss(family="multilabel")
def asymmetric(
    logits: Array,
    targets: ArrayLike,
    *,
    gamma_positive: float = 0.0,
    gamma_negative: float = 4.0,
    clip: float = 0.05,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Asymmetric loss: easy negatives count less than easy positives, and very easy ones nothing.

    .. math:: l = -y\, (1 - p)^{\gamma_+} \log p - (1 - y)\, q^{\gamma_-} \log(1 - q),
              \qquad p = \sigma(z), \quad q = \max(p - m, 0)

    Parameters
    ----------
    logits : array
        Any real numbers :math:`z`, of any shape.
    targets : array
        Labels 0 and 1, or probabilities :math:`y \in [0, 1]`, in the shape of `logits`.
    gamma_positive, gamma_negative : float
        The exponents :math:`\gamma_+, \gamma_- \ge 0` of the two terms.
    clip : float
        The probability :math:`m \in [0, 1]` below which a negative costs nothing.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `logits` for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If the shapes differ, or an option lies outside of its range.

    Notes
    -----
    The defaults are those of the paper; the authors' code and timm have ``gamma_positive=1``, sum over the classes, and
    keep probabilities above 1e-8. With equal exponents and no clipping it is `sigmoid_focal`. For targets in between
    this is the mean over the label.

    References
    ----------
    T. Ridnik et al., "Asymmetric Loss For Multi-Label Classification", ICCV 2021.
    """
    gamma_positive = check_at_least(0.0, gamma_positive=gamma_positive)
    gamma_negative = check_at_least(0.0, gamma_negative=gamma_negative)
    clip = check_between(0.0, 1.0, clip=clip)
    xp, logits, targets = prepare_pair(logits=logits, targets=targets, where=where)
    minus_log_one, minus_log_zero = ops.softplus(-logits, xp=xp), ops.softplus(logits, xp=xp)
    positive = xp.exp(-gamma_positive * minus_log_zero) * minus_log_one
    if clip:
        negative = _clipped(xp.exp(-minus_log_one), xp.exp(-minus_log_zero), gamma_negative, clip, xp)
    else:
        negative = xp.exp(-gamma_negative * minus_log_one) * minus_log_zero
    values = targets * positive + (1.0 - targets) * negative
    return reduce(values, weights=weights, where=where, reduction=reduction)


def _clipped(one: Any, zero: Any, gamma: float, clip: float, xp: Namespace) -> Any:
    """Return the focal loss of a negative whose probability is lowered by `clip`, from both probabilities."""
    above = one > clip
    # The branch not taken gets a safe probability: powers of 0 have no gradient.
    lowered = xp.where(above, one - clip, 0.5)
    # As log1p of the odds it keeps its digits just above the clip; no difference from 1 is taken.
    return xp.where(above, lowered**gamma * xp.log1p(lowered / (zero + clip)), 0.0)
