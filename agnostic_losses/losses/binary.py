"""Two classes: losses of margins with targets -1/+1, and of logits or probabilities with targets in [0, 1]."""

from __future__ import annotations

from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.backends import fused
from agnostic_losses.ops import check_at_least, check_between, prepare_pair, reduce


@loss(family="binary")
def hinge(
    scores: Array,
    targets: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Hinge loss of a binary margin.

    .. math:: l = \max(0, 1 - y s)

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
    At the margin :math:`y s = 1` the gradient is 0, the subgradient of least norm; it is -1 in Keras and -0.5 in
    optax. Targets are taken as they are: Keras converts 0/1 if the whole batch is 0/1, TensorFlow 1 expects 0/1.
    torch's ``hinge_embedding_loss`` is another loss.

    References
    ----------
    C. Cortes and V. Vapnik, "Support-Vector Networks", Machine Learning 20, 1995.
    """
    xp, scores, targets = prepare_pair(scores=scores, targets=targets, where=where)
    return reduce(ops.relu(1.0 - targets * scores, xp=xp), weights=weights, where=where, reduction=reduction)


@loss(family="binary")
def squared_hinge(
    scores: Array,
    targets: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Squared hinge loss of a binary margin.

    .. math:: l = \max(0, 1 - y s)^2

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
    The same as in Keras, but for its conversion of 0/1 targets. The gradient is continuous; the second derivative
    at the margin is 0.
    """
    xp, scores, targets = prepare_pair(scores=scores, targets=targets, where=where)
    values = xp.square(ops.relu(1.0 - targets * scores, xp=xp))
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="binary")
def binary_cross_entropy(
    probs: Array,
    targets: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Cross entropy of two classes from the probability of the second, also called log loss.

    .. math:: l = -y \log p - (1 - y) \log(1 - p)

    Parameters
    ----------
    probs : array
        Probabilities :math:`p \in [0, 1]`, of any shape.
    targets : array
        Labels 0 and 1, or probabilities :math:`y \in [0, 1]`, in the shape of `probs`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `probs` for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    Below `agnostic_losses.ops.LOG_FLOOR`, 7.9e-31, each logarithm continues as its tangent: an impossible label costs
    70.3 on every dtype, and the gradient of 1.3e30 pushes towards the label. torch returns 100 with the gradient -1e12;
    Keras clips to [1e-7, 1 - 1e-7] and returns 16.1 with gradient 0; scikit-learn returns 36.0 in float64 and 15.9 in
    float32. Everywhere else the value is exact to rounding; :math:`\log(1 - p)` keeps its digits for small :math:`p`.
    Outside of [0, 1] the same formulas go on, without an error. From logits use `binary_cross_entropy_with_logits`,
    which has no floor.
    """
    xp, probs, targets = prepare_pair(probs=probs, targets=targets, where=where)
    values = fused("binary_cross_entropy_of_probs", _of_probs, probs, targets, xp=xp, floor=ops.LOG_FLOOR)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="binary")
def binary_cross_entropy_with_logits(
    logits: Array,
    targets: ArrayLike,
    *,
    pos_weight: float | ArrayLike = 1.0,
    label_smoothing: float = 0.0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Cross entropy of two classes from the logit of the second.

    .. math:: l = -p_+ y \log \sigma(z) - (1 - y) \log(1 - \sigma(z))

    Parameters
    ----------
    logits : array
        Any real numbers :math:`z`, of any shape.
    targets : array
        Labels 0 and 1, or probabilities :math:`y \in [0, 1]`, in the shape of `logits`.
    pos_weight : number or array
        The factor :math:`p_+` of the positive term; an array broadcasts to `logits`, for one factor a class. It is
        part of the loss and does not enter the denominator of the mean.
    label_smoothing : float
        :math:`\varepsilon \in [0, 1]`; targets become :math:`(1 - \varepsilon) y + \varepsilon / 2`.
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
    The same as in torch, Keras, optax and ``tf.nn``, exact where they are not: in float32 torch returns 0 for a logit
    of -16 and the label 0 (1.1e-7 is right) and gradient 0 for 50 and 1. At logit 0 gradient and second derivative
    are right on every framework, which the textbook form ``max(z, 0) - z y + log1p(exp(-|z|))`` is on none.
    """
    label_smoothing = check_between(0.0, 1.0, label_smoothing=label_smoothing)
    xp, logits, targets = prepare_pair(logits=logits, targets=targets, where=where)
    pos_weight = ops.as_option(pos_weight, logits, "pos_weight")
    if label_smoothing:
        targets = targets * (1.0 - label_smoothing) + 0.5 * label_smoothing
    if isinstance(pos_weight, (int, float)) and pos_weight == 1.0:
        values = ops.logistic_cross_entropy(logits, targets, xp=xp)
    else:
        values = _weighted_cross_entropy(logits, targets, pos_weight, xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="binary")
def sigmoid_focal(
    logits: Array,
    targets: ArrayLike,
    *,
    gamma: float = 2.0,
    alpha: float | None = None,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Focal loss of two classes from the logit of the second: well classified examples count less.

    .. math:: l = -\alpha\, y\, (1 - p)^\gamma \log p - (1 - \alpha) (1 - y)\, p^\gamma \log(1 - p),
              \qquad p = \sigma(z)

    Parameters
    ----------
    logits : array
        Any real numbers :math:`z`, of any shape.
    targets : array
        Labels 0 and 1, or probabilities :math:`y \in [0, 1]`, in the shape of `logits`.
    gamma : float
        The exponent :math:`\gamma \ge 0`; 0 gives the cross entropy.
    alpha : float, optional
        The share :math:`\alpha \in [0, 1]` of the positive class; without it neither term has a factor.
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
    For labels 0 and 1 as in the paper, torchvision (there alpha is 0.25 and reduction "none" by default), optax and
    Keras (there alpha has no effect unless ``apply_class_balancing=True``). For targets in between this is the mean
    over the label, while those libraries mix the two probabilities before the power. The powers are taken in log
    space: for gamma < 1 and large logits torchvision's formula and Keras return NaN gradients.

    References
    ----------
    T.-Y. Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017.
    """
    gamma = check_at_least(0.0, gamma=gamma)
    xp, logits, targets = prepare_pair(logits=logits, targets=targets, where=where)
    minus_log_one, minus_log_zero = ops.softplus(-logits, xp=xp), ops.softplus(logits, xp=xp)
    positive = targets * xp.exp(-gamma * minus_log_zero) * minus_log_one
    negative = (1.0 - targets) * xp.exp(-gamma * minus_log_one) * minus_log_zero
    if alpha is not None:
        alpha = check_between(0.0, 1.0, alpha=alpha)
        positive, negative = alpha * positive, (1.0 - alpha) * negative
    return reduce(positive + negative, weights=weights, where=where, reduction=reduction)


def _of_probs(probs: Any, targets: Any, *, xp: Namespace, floor: float) -> Any:
    log_one, log_zero = ops.log_probability(probs, xp=xp), ops.log_complement(probs, xp=xp)
    return -(targets * log_one + (1.0 - targets) * log_zero)


def _weighted_cross_entropy(logits: Any, targets: Any, pos_weight: Any, xp: Namespace) -> Any:
    shared = (1.0 + (pos_weight - 1.0) * targets) * xp.log1p(xp.exp(ops.minus_abs(logits, xp=xp)))
    return shared + xp.where(logits > 0, 1.0 - targets, -pos_weight * targets) * logits
