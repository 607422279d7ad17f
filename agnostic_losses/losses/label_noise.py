"""Cross entropies changed for wrong or rare labels: robust to label noise, or adjusted to how frequent classes are.

All take logits and integer labels. The cross entropy itself is in `multiclass`.
"""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.ops import check_at_least, check_between, prepare_class_weights, prepare_labels, reduce


@loss(family="label_noise")
def poly_cross_entropy(
    logits: Array,
    labels: ArrayLike,
    *,
    epsilon: float = 2.0,
    axis: int = -1,
    ignore_index: int | None = None,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""PolyLoss: cross entropy with another weight on the first term of its expansion in :math:`1 - p_y`.

    .. math:: l = -\log p_y + \varepsilon (1 - p_y), \qquad p = \operatorname{softmax}(z)

    Parameters
    ----------
    logits : array
        Any real numbers :math:`z`, with the classes along `axis`; -inf excludes a class.
    labels : integer array
        Class ids :math:`y` of any integer dtype, in the shape of `logits` without `axis`.
    epsilon : float
        :math:`\varepsilon \ge -1`; 0 gives the cross entropy, -1 takes its first term away.
    axis : int
        The axis of the classes.
    ignore_index : int, optional
        A label that excludes its place, like `where`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `labels` for ``reduction="none"``. In nats for :math:`\varepsilon = 0`.

    Raises
    ------
    ValueError
        If the shapes do not fit, `epsilon` is below -1, or a label is out of range and its value can be read at no
        cost; on accelerators and under jit such an element is NaN.
    TypeError
        If the labels are not integers.

    Notes
    -----
    optax takes one-hot or soft targets. Computed as :math:`(1 + \varepsilon) (1 - p_y) + (-\log p_y - (1 - p_y))`
    without a difference, so that confident rows keep their digits: with a lead of 40 and the default the loss is
    1.3e-17, where optax returns 0.

    References
    ----------
    Z. Leng et al., "PolyLoss: A Polynomial Expansion Perspective of Classification Loss Functions", ICLR 2022.
    """
    epsilon = check_at_least(-1.0, epsilon=epsilon)
    xp, entropy, labels, where = _prepare_entropy(logits, labels, axis, where, ignore_index)
    values = -(1.0 + epsilon) * ops.expm1(-entropy, xp=xp) + ops.exp_remainder(-entropy, xp=xp)
    return reduce(ops.invalidate(values, labels, xp=xp), weights=weights, where=where, reduction=reduction)


@loss(family="label_noise")
def generalized_cross_entropy(
    logits: Array,
    labels: ArrayLike,
    *,
    q: float = 0.7,
    axis: int = -1,
    ignore_index: int | None = None,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Generalized cross entropy: between the cross entropy and the error of the probability, for noisy labels.

    .. math:: l = \frac{1 - p_y^q}{q}, \qquad p = \operatorname{softmax}(z)

    Parameters
    ----------
    logits : array
        Any real numbers :math:`z`, with the classes along `axis`; -inf excludes a class.
    labels : integer array
        Class ids :math:`y` of any integer dtype, in the shape of `logits` without `axis`.
    q : float
        :math:`q \in [0, 1]`; 0 gives the cross entropy, the limit, and 1 half of the absolute error of all classes.
    axis : int
        The axis of the classes.
    ignore_index : int, optional
        A label that excludes its place, like `where`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `labels` for ``reduction="none"``. Between 0 and :math:`1 / q`.

    Raises
    ------
    ValueError
        If the shapes do not fit, `q` lies outside of its range, or a label is out of range and its value can be read
        at no cost; on accelerators and under jit such an element is NaN.
    TypeError
        If the labels are not integers.

    Notes
    -----
    Keras takes probabilities, and its class has a q of 0.5; the paper's is 0.7. At a probability of 0 Keras has an
    infinite gradient; from logits it is 0. The truncation that the paper adds is a mask: ``where=`` the probability
    is large enough.

    References
    ----------
    Z. Zhang and M. R. Sabuncu, "Generalized Cross Entropy Loss for Training Deep Neural Networks with Noisy Labels",
    NeurIPS 2018.
    """
    q = check_between(0.0, 1.0, q=q)
    xp, entropy, labels, where = _prepare_entropy(logits, labels, axis, where, ignore_index)
    values = -ops.expm1(-q * entropy, xp=xp) / q if q else entropy
    return reduce(ops.invalidate(values, labels, xp=xp), weights=weights, where=where, reduction=reduction)


@loss(family="label_noise")
def symmetric_cross_entropy(
    logits: Array,
    labels: ArrayLike,
    *,
    alpha: float = 0.1,
    beta: float = 1.0,
    log_zero: float = -4.0,
    axis: int = -1,
    ignore_index: int | None = None,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Symmetric cross entropy: cross entropy plus the one with the roles of label and prediction exchanged.

    .. math:: l = -\alpha \log p_y - \beta A (1 - p_y), \qquad p = \operatorname{softmax}(z)

    The reverse term is :math:`-\sum_k p_k \log q_k` of the one-hot label :math:`q`, with :math:`A` for :math:`\log 0`.

    Parameters
    ----------
    logits : array
        Any real numbers :math:`z`, with the classes along `axis`; -inf excludes a class.
    labels : integer array
        Class ids :math:`y` of any integer dtype, in the shape of `logits` without `axis`.
    alpha, beta : float
        The weights :math:`\alpha, \beta \ge 0` of both terms.
    log_zero : float
        :math:`A \le 0`, which stands for the logarithm of 0.
    axis : int
        The axis of the classes.
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
        If the shapes do not fit, an option lies outside of its range, or a label is out of range and its value can be
        read at no cost; on accelerators and under jit such an element is NaN.
    TypeError
        If the labels are not integers.

    Notes
    -----
    The best weights depend on the data; the default ones are those that the paper uses for CIFAR-10. Implementations
    that clip the one-hot label at 1e-4 have A = -9.2.

    References
    ----------
    Y. Wang et al., "Symmetric Cross Entropy for Robust Learning with Noisy Labels", ICCV 2019.
    """
    alpha, beta = check_at_least(0.0, alpha=alpha), check_at_least(0.0, beta=beta)
    reverse = -beta * check_between(-math.inf, 0.0, log_zero=log_zero)
    xp, entropy, labels, where = _prepare_entropy(logits, labels, axis, where, ignore_index)
    values = alpha * entropy - reverse * ops.expm1(-entropy, xp=xp)
    return reduce(ops.invalidate(values, labels, xp=xp), weights=weights, where=where, reduction=reduction)


@loss(family="label_noise")
def bi_tempered(
    logits: Array,
    labels: ArrayLike,
    *,
    t1: float = 0.8,
    t2: float = 1.2,
    axis: int = -1,
    ignore_index: int | None = None,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Bi-tempered logistic loss: bounded where a label is wrong, with a softmax that forgives labels at the border.

    .. math:: l = -\log_{t_1} p_y - \frac{1 - \sum_j p_j^{2 - t_1}}{2 - t_1}, \qquad p_j = \exp_{t_2}(z_j - \lambda),
              \qquad \sum_j p_j = 1

    with :math:`\log_t x = (x^{1-t} - 1) / (1 - t)` and its inverse :math:`\exp_t`, both with the limit for
    :math:`t = 1`.

    Parameters
    ----------
    logits : array
        Any real numbers :math:`z`, with the classes along `axis`; -inf excludes a class.
    labels : integer array
        Class ids :math:`y` of any integer dtype, in the shape of `logits` without `axis`.
    t1 : float
        The temperature :math:`t_1 \in [0, 1]` of the logarithm; below 1 the loss is bounded.
    t2 : float
        The temperature :math:`t_2 \in [1, 10]` of the softmax; above 1 its tail is heavy. Both 1 are the cross entropy.
    axis : int
        The axis of the classes.
    ignore_index : int, optional
        A label that excludes its place, like `where`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `labels` for ``reduction="none"``. Between 0 and
        :math:`1 / (1 - t_1)`.

    Raises
    ------
    ValueError
        If the shapes do not fit, a temperature lies outside of its range, or a label is out of range and its value can
        be read at no cost; on accelerators and under jit such an element is NaN.
    TypeError
        If the labels are not integers.

    Notes
    -----
    The authors' code takes one-hot or smoothed targets, has no defaults, and adds 1e-10 to the logarithm's argument.
    Its iteration for :math:`\lambda` stops after 5 steps; here it has converged, and the derivatives are those of the
    solution. `agnostic_losses.ops.log_tempered_softmax` gives the probabilities.

    References
    ----------
    E. Amid et al., "Robust Bi-Tempered Logistic Loss Based on Bregman Divergences", NeurIPS 2019.
    """
    bend = 1.0 - check_between(0.0, 1.0, t1=t1)
    t2 = check_between(1.0, ops.LARGEST_TEMPERATURE, t2=t2)
    xp, logits, labels, where = prepare_labels(
        logits=logits, labels=labels, axis=axis, where=where, ignore_index=ignore_index
    )
    log_probs = ops.log_tempered_softmax(logits, t2, axis, xp=xp)
    values = -ops.pick(log_probs, labels, axis, xp=xp)
    if bend:
        others = xp.where(ops.one_hot(labels, logits, axis, xp=xp), -math.inf, (1.0 + bend) * log_probs)
        values = xp.sum(xp.exp(others), axis=axis) / (1.0 + bend) + _of_label(values, bend, xp)
    return reduce(ops.invalidate(values, labels, xp=xp), weights=weights, where=where, reduction=reduction)


def _of_label(entropy: Any, bend: float, xp: Namespace) -> Any:
    """Return (1 - p**b) / b - (1 - p**(1 + b)) / (1 + b) of p = exp(-entropy); near p = 1 their first terms cancel."""
    near = entropy < 0.5
    small, large = xp.where(near, entropy, 0.0), xp.where(near, 1.0, entropy)
    high = 1.0 + bend
    here = ops.exp_remainder(-high * small, xp=xp) / high - ops.exp_remainder(-bend * small, xp=xp) / bend
    there = ops.expm1(-high * large, xp=xp) / high - ops.expm1(-bend * large, xp=xp) / bend
    return xp.where(near, here, there)


@loss(family="label_noise")
def logit_adjusted_cross_entropy(
    logits: Array,
    labels: ArrayLike,
    *,
    class_priors: ArrayLike | None = None,
    tau: float = 1.0,
    axis: int = -1,
    ignore_index: int | None = None,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Logit-adjusted cross entropy: trains for balanced error where some classes are rare.

    .. math:: l = -\log \operatorname{softmax}(z + \tau \log \pi)_y

    Parameters
    ----------
    logits : array
        Any real numbers :math:`z`, with the :math:`K` classes along `axis`; -inf excludes a class.
    labels : integer array
        Class ids :math:`y` of any integer dtype, in the shape of `logits` without `axis`.
    class_priors : array, optional
        How frequent each class is, :math:`\pi_j > 0`; a common factor changes nothing, so counts serve too. Equal for
        all when absent, which gives the cross entropy.
    tau : float
        The strength :math:`\tau \ge 0` of the adjustment; 1 is consistent for the balanced error.
    axis : int
        The axis of the classes.
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
        If the shapes do not fit, `tau` is negative, or a label is out of range and its value can be read at no cost;
        on accelerators and under jit such an element is NaN.
    TypeError
        If the labels are not integers.

    Notes
    -----
    Predict with the logits as they are: the adjustment belongs to training. With :math:`\tau = 1` and counts it is the
    balanced softmax of Ren et al., NeurIPS 2020.

    References
    ----------
    A. K. Menon et al., "Long-Tail Learning via Logit Adjustment", ICLR 2021.
    """
    tau = check_at_least(0.0, tau=tau)
    xp, logits, labels, where = prepare_labels(
        logits=logits, labels=labels, axis=axis, where=where, ignore_index=ignore_index
    )
    priors = prepare_class_weights(class_priors, logits, axis, name="class_priors")
    if priors is not None:
        logits = logits + tau * ops.along(xp.log(priors), logits, axis, xp=xp)
    values = ops.invalidate(_entropy(logits, labels, axis, xp), labels, xp=xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


def _prepare_entropy(
    logits: Any, labels: Any, axis: int, where: Any, ignore_index: int | None
) -> tuple[Namespace, Any, Any, Any]:
    """Return the namespace, the cross entropy of each row, the labels and the mask."""
    xp, logits, labels, where = prepare_labels(
        logits=logits, labels=labels, axis=axis, where=where, ignore_index=ignore_index
    )
    return xp, _entropy(logits, labels, axis, xp), labels, where


def _entropy(logits: Any, labels: Any, axis: int, xp: Namespace) -> Any:
    """Return the cross entropy, exact for confident rows: the label has ``exp`` of minus it, all others ``-expm1``."""
    return ops.softplus(ops.log_odds_against(logits, labels, axis, xp=xp), xp=xp)
