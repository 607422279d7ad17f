"""Losses of the margin of one score, with targets -1/+1: logistic, exponential, modified Huber and perceptron.

The hinge is in `binary`; margins between the scores of many classes are in `multiclass_margins`.
"""

from __future__ import annotations

from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.backends import fused
from agnostic_losses.ops import prepare_pair, reduce


@loss(family="margins")
def logistic(
    scores: Array,
    targets: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Logistic loss of a binary margin.

    .. math:: l = \log(1 + e^{-y s})

    Parameters
    ----------
    scores : array
        Any real numbers :math:`s`, of any shape.
    targets : array
        The classes :math:`y \in \{-1, +1\}`, in the shape of `scores`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `scores` for ``reduction="none"``.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    torch's ``soft_margin_loss`` is the same, but rounds :math:`1 + e^{-y s}`: in float32 it returns 0 for a margin of
    17, where 4.1e-8 is right, and inf for one of -1000. With labels 0 and 1 it is `binary_cross_entropy_with_logits`.

    References
    ----------
    J. Friedman, T. Hastie and R. Tibshirani, "Additive logistic regression: a statistical view of boosting", Annals of
    Statistics 28, 2000.
    """
    xp, scores, targets = prepare_pair(scores=scores, targets=targets, where=where)
    values = fused("logistic", _logistic, scores, targets, xp=xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="margins")
def exponential(
    scores: Array,
    targets: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Exponential loss of a binary margin, which AdaBoost minimises.

    .. math:: l = e^{-y s}

    Parameters
    ----------
    scores : array
        Any real numbers :math:`s`, of any shape.
    targets : array
        The classes :math:`y \in \{-1, +1\}`, in the shape of `scores`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `scores` for ``reduction="none"``.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    scikit-learn's ``ExponentialLoss`` takes targets 0 and 1. The value overflows at margins below -88 in float32 and
    -709 in float64.

    References
    ----------
    Y. Freund and R. E. Schapire, "A Decision-Theoretic Generalization of On-Line Learning and an Application to
    Boosting", Journal of Computer and System Sciences 55, 1997.
    """
    xp, scores, targets = prepare_pair(scores=scores, targets=targets, where=where)
    return reduce(xp.exp(-targets * scores), weights=weights, where=where, reduction=reduction)


@loss(family="margins")
def modified_huber(
    scores: Array,
    targets: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Squared hinge loss that is linear far on the wrong side.

    .. math:: l = \begin{cases} \max(0, 1 - y s)^2 & y s \ge -1 \\ -4 y s & y s < -1 \end{cases}

    Parameters
    ----------
    scores : array
        Any real numbers :math:`s`, of any shape.
    targets : array
        The classes :math:`y \in \{-1, +1\}`, in the shape of `scores`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `scores` for ``reduction="none"``.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    The same as ``loss="modified_huber"`` of scikit-learn's ``SGDClassifier``. The gradient is continuous; the second
    derivative is 0 at the margin :math:`y s = 1`.

    References
    ----------
    T. Zhang, "Solving large scale linear prediction problems using stochastic gradient descent algorithms", ICML 2004.
    """
    xp, scores, targets = prepare_pair(scores=scores, targets=targets, where=where)
    agreement = targets * scores
    near = agreement >= -1.0
    # The branch not taken gets a safe margin: its square overflows, and inf * 0 in the gradient is NaN.
    squared = xp.square(ops.relu(1.0 - xp.where(near, agreement, 1.0), xp=xp))
    values = xp.where(near, squared, -4.0 * agreement)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="margins")
def perceptron(
    scores: Array,
    targets: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Perceptron loss: what a score on the wrong side costs, without a margin.

    .. math:: l = \max(0, -y s)

    Parameters
    ----------
    scores : array
        Any real numbers :math:`s`, of any shape.
    targets : array
        The classes :math:`y \in \{-1, +1\}`, in the shape of `scores`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `scores` for ``reduction="none"``.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    The same as in optax. At the score 0 the gradient is 0, the subgradient of least norm; in optax it is half of the
    slope beside it.

    References
    ----------
    F. Rosenblatt, "The perceptron: a probabilistic model for information storage and organization in the brain",
    Psychological Review 65, 1958.
    """
    xp, scores, targets = prepare_pair(scores=scores, targets=targets, where=where)
    return reduce(ops.relu(-targets * scores, xp=xp), weights=weights, where=where, reduction=reduction)


def _logistic(scores: Any, targets: Any, *, xp: Namespace) -> Any:
    return ops.softplus(-targets * scores, xp=xp)
