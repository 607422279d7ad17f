"""Divergences of one distribution from another beside the Kullback-Leibler divergence, from log-probabilities.

All are 0 for equal distributions. The prediction is p and the target t; a log-probability of -inf is a probability of
0, and two of them add nothing. Sums of positive terms, where a difference of probabilities would cancel.
"""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.ops import prepare_pair, reduce


@loss(family="f_divergence")
def generalized_kl(
    log_probs: Array,
    target_probs: ArrayLike,
    *,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Kullback-Leibler divergence of nonnegative numbers that need not sum to 1.

    .. math:: l = \sum_j \left( t_j (\log t_j - \log p_j) - t_j + p_j \right)

    Parameters
    ----------
    log_probs : array
        Logarithms of the predicted numbers, :math:`\log p`, along `axis`; -inf is 0.
    target_probs : array
        Target numbers :math:`t \ge 0`, in the shape of `log_probs`.
    axis : int
        The axis of the distributions.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `log_probs` without `axis` for ``reduction="none"``. In nats, not
        negative, 0 for equal numbers, not symmetric.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    ``optax.losses.generalized_kl_divergence``, also called ``convex_kl_divergence``, and the sum of
    ``scipy.special.kl_div``. Every term is positive: near the target it is exact to rounding, where optax loses all
    digits. A target of 0 has gradient 0 (the limit is -inf), as in `kl_divergence`. With rates for probabilities it is
    half of the Poisson deviance.

    References
    ----------
    I. Csiszar, "Why Least Squares and Maximum Entropy? An Axiomatic Approach to Inference for Linear Inverse Problems",
    Annals of Statistics 19, 1991.
    """
    xp, log_probs, target_probs = prepare_pair(log_probs=log_probs, target_probs=target_probs, axis=axis, where=where)
    nothing = target_probs == 0
    targets = xp.where(nothing, 1.0, target_probs)
    ratio = log_probs - xp.log(targets)
    near = xp.logical_and(ratio > -0.5, ratio < 0.5)
    close = targets * ops.exp_remainder(xp.where(near, ratio, 0.0), xp=xp)
    apart = xp.exp(log_probs) - targets * (1.0 + xp.where(nothing, 0.0, ratio))
    terms = xp.where(nothing, xp.exp(log_probs), xp.where(near, close, apart))
    values = xp.sum(terms, axis=axis)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="f_divergence")
def reverse_kl(
    log_probs: Array,
    target_log_probs: ArrayLike,
    *,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Reverse Kullback-Leibler divergence: of the target from the prediction, which seeks modes.

    .. math:: l = KL(p \Vert t) = \sum_j p_j (\log p_j - \log t_j)

    Parameters
    ----------
    log_probs : array
        Predicted log-probabilities :math:`\log p` in nats along `axis`; -inf is a probability of 0.
    target_log_probs : array
        Target log-probabilities :math:`\log t`, in the shape of `log_probs`.
    axis : int
        The axis of the distributions.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `log_probs` without `axis` for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    `kl_divergence_with_log_targets` with the arguments exchanged, and the gradient by the other distribution. It is
    infinite where the target is impossible and the prediction is not.

    References
    ----------
    S. Kullback and R. A. Leibler, "On Information and Sufficiency", Annals of Mathematical Statistics 22, 1951.
    """
    xp, log_probs, target_log_probs = prepare_pair(
        log_probs=log_probs, target_log_probs=target_log_probs, axis=axis, where=where
    )
    nothing = log_probs == -math.inf
    ratio = xp.where(nothing, 0.0, log_probs) - xp.where(nothing, 0.0, target_log_probs)
    values = xp.sum(xp.exp(log_probs) * ratio, axis=axis)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="f_divergence")
def jeffreys(
    log_probs: Array,
    target_log_probs: ArrayLike,
    *,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Jeffreys' divergence: the sum of both Kullback-Leibler divergences.

    .. math:: l = \sum_j (p_j - t_j) (\log p_j - \log t_j)

    Parameters
    ----------
    log_probs : array
        Predicted log-probabilities :math:`\log p` in nats along `axis`; -inf is a probability of 0.
    target_log_probs : array
        Target log-probabilities :math:`\log t`, in the shape of `log_probs`.
    axis : int
        The axis of the distributions.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `log_probs` without `axis` for ``reduction="none"``. In nats, not
        negative, symmetric.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    It is infinite where one distribution is 0 and the other is not. Some call half of it by this name, or the
    symmetrised divergence.

    References
    ----------
    H. Jeffreys, "An Invariant Form for the Prior Probability in Estimation Problems", Proceedings of the Royal Society
    A 186, 1946.
    """
    xp, log_probs, target_log_probs = prepare_pair(
        log_probs=log_probs, target_log_probs=target_log_probs, axis=axis, where=where
    )
    ratio = _log_ratio(log_probs, target_log_probs, xp)
    endless = xp.logical_or(ratio == math.inf, ratio == -math.inf)
    terms = _difference(log_probs, target_log_probs, ratio, xp) * xp.where(endless, 0.0, ratio)
    values = xp.sum(xp.where(endless, math.inf, terms), axis=axis)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="f_divergence")
def squared_hellinger(
    log_probs: Array,
    target_log_probs: ArrayLike,
    *,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Squared Hellinger distance.

    .. math:: l = \tfrac12 \sum_j (\sqrt{p_j} - \sqrt{t_j})^2

    Parameters
    ----------
    log_probs : array
        Predicted log-probabilities :math:`\log p` in nats along `axis`; -inf is a probability of 0.
    target_log_probs : array
        Target log-probabilities :math:`\log t`, in the shape of `log_probs`.
    axis : int
        The axis of the distributions.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `log_probs` without `axis` for ``reduction="none"``. Symmetric,
        between 0 and 1.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    1 minus the Bhattacharyya coefficient :math:`\sum_j \sqrt{p_j t_j}`. TensorFlow Probability's
    ``squared_hellinger`` is without the half.

    References
    ----------
    E. Hellinger, "Neue Begruendung der Theorie quadratischer Formen von unendlichvielen Veraenderlichen", Journal fuer
    die reine und angewandte Mathematik 136, 1909.
    """
    xp, log_probs, target_log_probs = prepare_pair(
        log_probs=log_probs, target_log_probs=target_log_probs, axis=axis, where=where
    )
    ratio = _log_ratio(log_probs, target_log_probs, xp)
    larger = xp.where(ratio > 0, log_probs, target_log_probs)
    change = ops.expm1(0.5 * ops.minus_abs(ratio, xp=xp), xp=xp)
    values = 0.5 * xp.sum(xp.exp(larger) * xp.square(change), axis=axis)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="f_divergence")
def total_variation_distance(
    log_probs: Array,
    target_log_probs: ArrayLike,
    *,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Total variation distance: the largest difference of the probabilities of any event.

    .. math:: l = \tfrac12 \sum_j |p_j - t_j|

    Parameters
    ----------
    log_probs : array
        Predicted log-probabilities :math:`\log p` in nats along `axis`; -inf is a probability of 0.
    target_log_probs : array
        Target log-probabilities :math:`\log t`, in the shape of `log_probs`.
    axis : int
        The axis of the distributions.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `log_probs` without `axis` for ``reduction="none"``. Symmetric,
        between 0 and 1.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    Equal probabilities have gradient 0.

    References
    ----------
    S. M. Ali and S. D. Silvey, "A General Class of Coefficients of Divergence of One Distribution from Another",
    Journal of the Royal Statistical Society B 28, 1966.
    """
    xp, log_probs, target_log_probs = prepare_pair(
        log_probs=log_probs, target_log_probs=target_log_probs, axis=axis, where=where
    )
    ratio = _log_ratio(log_probs, target_log_probs, xp)
    gaps = ops.abs(_difference(log_probs, target_log_probs, ratio, xp), xp=xp)
    values = 0.5 * xp.sum(gaps, axis=axis)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="f_divergence")
def chi_square(
    log_probs: Array,
    target_log_probs: ArrayLike,
    *,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Pearson's chi-squared divergence of the target from the prediction.

    .. math:: l = \chi^2(t \Vert p) = \sum_j \frac{(t_j - p_j)^2}{p_j}

    Parameters
    ----------
    log_probs : array
        Predicted log-probabilities :math:`\log p` in nats along `axis`; -inf is a probability of 0.
    target_log_probs : array
        Target log-probabilities :math:`\log t`, in the shape of `log_probs`.
    axis : int
        The axis of the distributions.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `log_probs` without `axis` for ``reduction="none"``. Not
        negative, not symmetric; no less than `kl_divergence`.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    Of counts :math:`n t_j` it is the statistic of ``scipy.stats.chisquare``, divided by :math:`n`. With the arguments
    exchanged it is Neyman's. It is infinite where the prediction is impossible and the target is not.

    References
    ----------
    K. Pearson, "On the Criterion that a Given System of Deviations...", Philosophical Magazine 50, 1900.
    """
    xp, log_probs, target_log_probs = prepare_pair(
        log_probs=log_probs, target_log_probs=target_log_probs, axis=axis, where=where
    )
    ratio = -_log_ratio(log_probs, target_log_probs, xp)
    far = ratio > 1
    # The square of a large ratio would overflow before the probability takes it back.
    power = xp.exp(xp.where(far, target_log_probs + ratio, 0.0))
    apart = power - 2.0 * xp.exp(target_log_probs) + xp.exp(log_probs)
    close = xp.exp(log_probs) * xp.square(ops.expm1(xp.where(far, 0.0, ratio), xp=xp))
    values = xp.sum(xp.where(far, apart, close), axis=axis)
    return reduce(values, weights=weights, where=where, reduction=reduction)


def _log_ratio(log_probs: Any, target_log_probs: Any, xp: Namespace) -> Any:
    """Return the logarithm of the ratio of probabilities, 0 for two that are 0."""
    both_zero = xp.logical_and(log_probs == -math.inf, target_log_probs == -math.inf)
    return xp.where(both_zero, 0.0, log_probs) - xp.where(both_zero, 0.0, target_log_probs)


def _difference(log_probs: Any, target_log_probs: Any, ratio: Any, xp: Namespace) -> Any:
    """Return the difference of the probabilities, exact for nearby ones; `ratio` is that of `_log_ratio`."""
    larger = xp.where(ratio > 0, -xp.exp(log_probs), xp.exp(target_log_probs))
    return larger * ops.expm1(ops.minus_abs(ratio, xp=xp), xp=xp)
