"""Entropies and divergences of distributions, in nats: from log-probabilities, probabilities or Gaussian parameters."""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.backends import fused
from agnostic_losses.ops import check_positive, prepare, prepare_pair, reduce


@loss(family="divergence")
def entropy(
    log_probs: Array,
    *,
    axis: int = -1,
    base: float | None = None,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Shannon entropy of a distribution.

    .. math:: l = -\sum_j p_j \log p_j

    Parameters
    ----------
    log_probs : array
        Log-probabilities :math:`\log p` in nats along `axis`; -inf is a probability of 0 and adds nothing.
    axis : int
        The axis of the distribution.
    base : float, optional
        The base of the logarithm: 2 for bits; e, nats, when absent.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `log_probs` without `axis` for ``reduction="none"``.

    Raises
    ------
    ValueError
        If `base` is not positive, or 1.

    Notes
    -----
    Positive: ``rlax.entropy_loss`` and bonuses in reinforcement learning have the other sign. Cross entropy is
    entropy plus divergence, :math:`H(p, q) = H(p) + KL(p \Vert q)`.

    References
    ----------
    C. E. Shannon, "A Mathematical Theory of Communication", Bell System Technical Journal 27, 1948.
    """
    if base is not None and check_positive(base=base) == 1.0:
        raise ValueError("base must not be 1")
    xp, log_probs = prepare(log_probs=log_probs, axis=axis, where=where)
    values = -xp.sum(ops.times_log(xp.exp(log_probs), log_probs, xp=xp), axis=axis)
    if base is not None:
        values = values / math.log(base)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="divergence")
def kl_divergence(
    log_probs: Array,
    target_probs: ArrayLike,
    *,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Kullback-Leibler divergence of a predicted distribution from target probabilities.

    .. math:: l = KL(t \Vert p) = \sum_j t_j (\log t_j - \log p_j)

    Parameters
    ----------
    log_probs : array
        Predicted log-probabilities :math:`\log p` in nats along `axis`.
    target_probs : array
        Target probabilities :math:`t`, in the shape of `log_probs`.
    axis : int
        The axis of the distributions.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `log_probs` without `axis` for ``reduction="none"``. In nats, not negative, 0 for equal
        distributions, not symmetric.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    A target of 0 adds nothing and has gradient 0 (the limit is -inf), also where the prediction is -inf; torch and
    optax return NaN gradients there. The mean is over distributions: torch's "batchmean", while torch's "mean"
    divides by the number of classes too. Keras takes probabilities, targets first, and clips both at 1e-7.

    References
    ----------
    S. Kullback and R. A. Leibler, "On Information and Sufficiency", Annals of Mathematical Statistics 22, 1951.
    """
    xp, log_probs, target_probs = prepare_pair(log_probs=log_probs, target_probs=target_probs, axis=axis, where=where)
    values = fused("kl_divergence", _kl, log_probs, target_probs, xp=xp, axis=axis)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="divergence")
def kl_divergence_with_log_targets(
    log_probs: Array,
    target_log_probs: ArrayLike,
    *,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Kullback-Leibler divergence of a predicted distribution from target log-probabilities.

    .. math:: l = KL(t \Vert p) = \sum_j t_j (\log t_j - \log p_j)

    Parameters
    ----------
    log_probs : array
        Predicted log-probabilities :math:`\log p` in nats along `axis`.
    target_log_probs : array
        Target log-probabilities :math:`\log t`, in the shape of `log_probs`; -inf is a probability of 0.
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
    `kl_divergence` of ``exp(target_log_probs)``; torch's ``kl_div(log_target=True)`` and optax, which return NaN for
    a log-target of -inf.
    """
    xp, log_probs, target_log_probs = prepare_pair(
        log_probs=log_probs, target_log_probs=target_log_probs, axis=axis, where=where
    )
    values = fused("kl_divergence_of_logs", _kl_of_logs, log_probs, target_log_probs, xp=xp, axis=axis)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="divergence")
def jensen_shannon(
    log_probs: Array,
    target_log_probs: ArrayLike,
    *,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Jensen-Shannon divergence of two distributions.

    .. math:: l = \tfrac12 KL(p \Vert m) + \tfrac12 KL(q \Vert m), \qquad m = \tfrac12 (p + q)

    Parameters
    ----------
    log_probs : array
        Predicted log-probabilities :math:`\log p` in nats along `axis`; -inf is a probability of 0.
    target_log_probs : array
        Target log-probabilities :math:`\log q`, in the shape of `log_probs`.
    axis : int
        The axis of the distributions.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `log_probs` without `axis` for ``reduction="none"``. In nats, symmetric, between 0 and
        :math:`\log 2`.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    Computed as :math:`\sum_j m_j (u \tanh u - \log \cosh u)` with :math:`u = \tfrac12 (\log p_j - \log q_j)`, which
    is the same and does not cancel for nearby distributions.

    References
    ----------
    J. Lin, "Divergence Measures Based on the Shannon Entropy", IEEE Transactions on Information Theory 37, 1991.
    """
    xp, log_probs, target_log_probs = prepare_pair(
        log_probs=log_probs, target_log_probs=target_log_probs, axis=axis, where=where
    )
    # Two zeros add nothing; apart by more than 1000, a term no longer depends on the ratio.
    both_zero = xp.logical_and(log_probs == -math.inf, target_log_probs == -math.inf)
    difference = xp.where(both_zero, 0.0, log_probs) - xp.where(both_zero, 0.0, target_log_probs)
    near = xp.logical_and(difference > -1000.0, difference < 1000.0)
    gap = ops.log_cosh_conjugate(0.5 * xp.where(near, difference, 1000.0), xp=xp)
    values = 0.5 * xp.sum((xp.exp(log_probs) + xp.exp(target_log_probs)) * gap, axis=axis)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="divergence")
def gaussian_kl(
    mean: Array,
    log_var: ArrayLike,
    target_mean: ArrayLike | None = None,
    target_log_var: ArrayLike | None = None,
    *,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Kullback-Leibler divergence of two Gaussians with diagonal covariance, the regulariser of a VAE.

    .. math:: l = \tfrac12 \sum_j \left( e^{s_j} - 1 - s_j + (\mu_j - \mu'_j)^2 e^{-v'_j} \right),
              \qquad s = v - v'

    Parameters
    ----------
    mean, log_var : array
        Mean :math:`\mu` and logarithm of the variance :math:`v` of the first Gaussian, of one shape.
    target_mean, target_log_var : array, optional
        :math:`\mu'` and :math:`v'` of the second, in the same shape; 0, the standard normal, when absent.
    axis : int
        The axis of the latent dimensions, which is summed.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar, the mean over the batch; the shape of `mean` without `axis` for ``reduction="none"``. In nats, not
        negative, 0 for equal Gaussians, not symmetric.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    Takes the logarithm of the variance, not the standard deviation. Close to the target the value is exact to
    rounding, where ``exp(s) - 1 - s`` cancels.

    References
    ----------
    D. P. Kingma and M. Welling, "Auto-Encoding Variational Bayes", ICLR 2014, appendix B.
    """
    xp, mean, log_var, target_mean, target_log_var = prepare_pair(
        mean=mean,
        log_var=log_var,
        target_mean=0.0 if target_mean is None else target_mean,
        target_log_var=0.0 if target_log_var is None else target_log_var,
        axis=axis,
        where=where,
    )
    distance = _square_over_variance(mean - target_mean, target_log_var, xp)
    values = 0.5 * xp.sum(ops.exp_remainder(log_var - target_log_var, xp=xp) + distance, axis=axis)
    return reduce(values, weights=weights, where=where, reduction=reduction)


def _square_over_variance(difference: Array, log_var: Array, xp: Namespace) -> Array:
    """Return ``difference**2 * exp(-log_var)``: without a difference 0, where the variance is beyond the dtype too."""
    largest = math.log(float(xp.finfo(log_var.dtype).max)) - 1.0
    held = -log_var < largest
    values = xp.square(difference) * xp.exp(xp.where(held, -log_var, largest))
    return xp.where(xp.logical_or(held, difference == 0), values, math.inf)


def _kl(log_probs: Any, target_probs: Any, *, xp: Namespace, axis: int) -> Any:
    nothing = target_probs == 0
    safe_probs, safe_log_probs = xp.where(nothing, 1.0, target_probs), xp.where(nothing, 0.0, log_probs)
    return xp.sum(xp.where(nothing, 0.0, safe_probs * (xp.log(safe_probs) - safe_log_probs)), axis=axis)


def _kl_of_logs(log_probs: Any, target_log_probs: Any, *, xp: Namespace, axis: int) -> Any:
    nothing = target_log_probs == -math.inf
    safe_targets, safe_log_probs = xp.where(nothing, 0.0, target_log_probs), xp.where(nothing, 0.0, log_probs)
    return xp.sum(xp.where(nothing, 0.0, xp.exp(safe_targets) * (safe_targets - safe_log_probs)), axis=axis)
