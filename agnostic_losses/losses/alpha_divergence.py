"""Divergences with an order alpha, between Kullback-Leibler's in both directions and beyond: Renyi's and Amari's.

The prediction is p and the target t, both as log-probabilities; -inf is a probability of 0.
"""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.ops import check_between, check_positive, prepare_pair, reduce


@loss(family="alpha_divergence")
def renyi(
    log_probs: Array,
    target_log_probs: ArrayLike,
    *,
    alpha: float = 0.5,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Renyi's divergence of the target from the prediction.

    .. math:: l = D_\alpha(t \Vert p) = \frac{1}{\alpha - 1} \log \sum_j t_j^\alpha p_j^{1 - \alpha}

    Parameters
    ----------
    log_probs : array
        Predicted log-probabilities :math:`\log p` in nats along `axis`; -inf is a probability of 0.
    target_log_probs : array
        Target log-probabilities :math:`\log t`, in the shape of `log_probs`.
    alpha : float
        The order :math:`\alpha > 0`, not 1.
    axis : int
        The axis of the distributions.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `log_probs` without `axis` for ``reduction="none"``. In nats, not
        negative for distributions; infinite if they have nothing in common, and for :math:`\alpha > 1` where the
        prediction is impossible and the target is not.

    Raises
    ------
    ValueError
        If the shapes differ, or `alpha` is not positive, or 1.

    Notes
    -----
    The limit for :math:`\alpha \to 1` is `kl_divergence`. With :math:`\alpha = \tfrac12` it is symmetric, twice
    the Bhattacharyya distance; with 2 the logarithm of 1 plus `chi_square`.

    References
    ----------
    A. Renyi, "On Measures of Entropy and Information", Berkeley Symposium on Mathematical Statistics and Probability 4,
    1961.
    """
    if check_positive(alpha=alpha) == 1.0:
        raise ValueError("alpha must not be 1, where the limit is kl_divergence_with_log_targets")
    xp, log_probs, target_log_probs = prepare_pair(
        log_probs=log_probs, target_log_probs=target_log_probs, axis=axis, where=where
    )
    absent = target_log_probs == -math.inf
    powers = alpha * target_log_probs + (1.0 - alpha) * xp.where(absent, 0.0, log_probs)
    # Nothing in common, or a target that is impossible for the prediction.
    none = xp.all(powers == -math.inf, axis=axis) if alpha < 1 else xp.any(powers == math.inf, axis=axis)
    powers = xp.where(xp.expand_dims(none, axis=axis), 0.0, powers)
    values = xp.where(none, math.inf, ops.logsumexp(powers, axis, xp=xp) / (alpha - 1.0))
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="alpha_divergence")
def alpha_divergence(
    log_probs: Array,
    target_log_probs: ArrayLike,
    *,
    alpha: float = 0.5,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Amari's alpha divergence of the target from the prediction.

    .. math:: l = D_\alpha(t \Vert p)
              = \sum_j \frac{t_j^\alpha p_j^{1 - \alpha} - \alpha t_j + (\alpha - 1) p_j}{\alpha (\alpha - 1)}

    Parameters
    ----------
    log_probs : array
        Predicted log-probabilities :math:`\log p` in nats along `axis`; -inf is a probability of 0.
    target_log_probs : array
        Target log-probabilities :math:`\log t`, in the shape of `log_probs`.
    alpha : float
        The order :math:`\alpha`, between -100 and 100.
    axis : int
        The axis of the distributions.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `log_probs` without `axis` for ``reduction="none"``. Not negative, 0 for equal
        distributions.

    Raises
    ------
    ValueError
        If the shapes differ, or `alpha` lies outside of its range.

    Notes
    -----
    Every term is positive, also of numbers that do not sum to 1. With :math:`\alpha` of 1 it is `generalized_kl`, with
    0 that of exchanged arguments, with 2 half of `chi_square`, and with one half four times `squared_hellinger`; all of
    these are exact limits. Amari's own :math:`\alpha'` is :math:`1 - 2 \alpha` or :math:`2 \alpha - 1`.

    References
    ----------
    A. Cichocki and S. Amari, "Families of Alpha- Beta- and Gamma- Divergences", Entropy 12, 2010.
    """
    alpha = check_between(-100.0, 100.0, alpha=alpha)
    xp, log_probs, target_log_probs = prepare_pair(
        log_probs=log_probs, target_log_probs=target_log_probs, axis=axis, where=where
    )
    if alpha >= 0.5:
        terms = _alpha_terms(target_log_probs, log_probs, alpha, xp)
    else:
        terms = _alpha_terms(log_probs, target_log_probs, 1.0 - alpha, xp)
    values = xp.sum(terms, axis=axis)
    return reduce(values, weights=weights, where=where, reduction=reduction)


def _alpha_terms(log_t: Any, log_p: Any, alpha: float, xp: Namespace) -> Any:
    r"""Return the terms for :math:`\alpha \ge 1/2`; for others the roles are exchanged."""
    t, p = xp.exp(log_t), xp.exp(log_p)
    both_zero = xp.logical_and(log_t == -math.inf, log_p == -math.inf)
    log_t, log_p = xp.where(both_zero, 0.0, log_t), xp.where(both_zero, 0.0, log_p)
    ratio, reach = log_t - log_p, 0.5 / max(1.0, alpha)
    near = xp.logical_and(ratio > -reach, ratio < reach)
    close = p * _alpha_series(xp.where(near, ratio, 0.0), alpha, xp)
    apart = (_tilted(t, log_t, log_p, xp.where(near, 0.0, ratio), alpha, xp) - (t - p)) / alpha
    return xp.where(near, close, apart)


def _alpha_series(x: Any, alpha: float, xp: Namespace) -> Any:
    r"""Return :math:`(e^{\alpha x} - \alpha e^x + \alpha - 1) / (\alpha (\alpha - 1))` for small arguments."""
    series = xp.zeros_like(x)
    for degree in range(16, 1, -1):
        series = series * x + sum(alpha**k for k in range(degree - 1)) / math.factorial(degree)
    return series * x * x


def _tilted(t: Any, log_t: Any, log_p: Any, ratio: Any, alpha: float, xp: Namespace) -> Any:
    r"""Return :math:`t ((t / p)^{\alpha - 1} - 1) / (\alpha - 1)`; the power alone may overflow."""
    beta = alpha - 1.0
    if beta == 0.0:
        return t * xp.where(t == 0, 0.0, ratio)
    steep = beta * ratio > 1.0
    power = xp.exp(xp.where(steep, alpha * log_t - beta * log_p, 0.0)) - t
    change = t * ops.expm1(xp.where(steep, 0.0, beta * ratio), xp=xp)
    return xp.where(steep, power, change) / beta
