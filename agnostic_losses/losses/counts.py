"""Counts and positive amounts: likelihoods of Poisson, negative binomial and gamma models, and the unit deviances.

The log-gammas of large counts are never subtracted: what remains of them and of the deviance adds up.
"""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.backends import fused
from agnostic_losses.ops import check_between, prepare_pair, reduce

MANY = 2.0
"""From so many counts on the log-factorial is joined with the deviance, since it cancels with parts of the rest."""


@loss(family="counts")
def poisson_nll(
    rates: Array,
    targets: ArrayLike,
    *,
    full: bool = True,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Negative log-likelihood of counts under Poisson distributions, from rates.

    .. math:: l = \lambda - y \log \lambda + \log y!

    Parameters
    ----------
    rates : array
        Expected counts :math:`\lambda > 0`, of any shape; 0 where the target is 0.
    targets : array
        Counts :math:`y \ge 0`, in the shape of `rates`.
    full : bool
        Whether to add :math:`\log y!`, which no prediction changes.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `rates` for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    torch, Keras, optax and TensorFlow leave :math:`\log y!` out unless told otherwise; ``full=False`` does. torch's and
    TensorFlow's ``full`` add Stirling's approximation, and that only above 1: 1.6846 for 3 at a rate of 2, where 1.7123
    is right. torch adds 1e-8 and Keras 1e-7 inside of the logarithm. For counts of 1e6 the parts cancel to a millionth;
    here they are put together before.

    References
    ----------
    C. Loader, "Fast and Accurate Computation of Binomial Probabilities", 2000.
    """
    xp, rates, targets = prepare_pair(rates=rates, targets=targets, where=where, fill=1.0)
    if full:
        is_few, few, many = _few_and_many(targets, xp)
        below = _without_constant(xp.where(is_few, rates, 1.0), few, xp) + ops.log_factorial(few, xp=xp)
        beyond = ops.generalized_kl(many, xp.where(is_few, 1.0, rates), xp=xp) + ops.log_factorial_excess(many, xp=xp)
        values = xp.where(is_few, below, beyond)
    else:
        values = _without_constant(rates, targets, xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


def _without_constant(rates: Array, targets: Array, xp: Namespace) -> Array:
    return fused("poisson_nll", _of_rates, rates, targets, xp=xp)


def _of_rates(rates: Array, targets: Array, *, xp: Namespace) -> Array:
    nothing = xp.logical_and(rates == 0, targets == 0)
    return rates - targets * xp.log(xp.where(nothing, 1.0, rates))


def _few_and_many(targets: Array, xp: Namespace) -> tuple[Any, Array, Array]:
    """Return where counts are small, the small ones and the large ones, safe where they are the others."""
    few = targets < MANY
    return few, xp.where(few, targets, 0.0), xp.where(few, MANY, targets)


@loss(family="counts")
def poisson_nll_with_log_rates(
    log_rates: Array,
    targets: ArrayLike,
    *,
    full: bool = True,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Negative log-likelihood of counts under Poisson distributions, from logarithms of rates.

    .. math:: l = e^z - y z + \log y!

    Parameters
    ----------
    log_rates : array
        Logarithms :math:`z` of the expected counts, of any shape; -inf where the target is 0.
    targets : array
        Counts :math:`y \ge 0`, in the shape of `log_rates`.
    full : bool
        Whether to add :math:`\log y!`, which no prediction changes.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `log_rates` for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    torch's ``log_input=True``, its default, and ``tf.nn.log_poisson_loss``; see `poisson_nll` for what they add with
    ``full`` or ``compute_full_loss``. scikit-learn's ``HalfPoissonLoss`` leaves :math:`\log y!` out.

    References
    ----------
    C. Loader, "Fast and Accurate Computation of Binomial Probabilities", 2000.
    """
    xp, log_rates, targets = prepare_pair(log_rates=log_rates, targets=targets, where=where)
    values = fused("poisson_nll_with_log_rates", _of_log_rates, log_rates, targets, xp=xp)
    if full:
        is_few, few, many = _few_and_many(targets, xp)
        divergence = _log_rate_divergence(xp.where(is_few, 0.0, log_rates), many, xp)
        beyond = divergence + ops.log_factorial_excess(many, xp=xp)
        values = xp.where(is_few, values + ops.log_factorial(few, xp=xp), beyond)
    return reduce(values, weights=weights, where=where, reduction=reduction)


def _of_log_rates(log_rates: Array, targets: Array, *, xp: Namespace) -> Array:
    return xp.exp(log_rates) - ops.times_log(targets, log_rates, xp=xp)


def _log_rate_divergence(log_rates: Array, targets: Array, xp: Namespace) -> Array:
    """Return ``y * log(y / rate) - y + rate``."""
    error = log_rates - xp.log(targets)
    near = xp.logical_and(error > -0.5, error < 0.5)
    here = targets * ops.exp_remainder(xp.where(near, error, 0.0), xp=xp)
    return xp.where(near, here, xp.exp(log_rates) - targets * (1.0 + xp.where(near, 0.0, error)))


@loss(family="counts")
def poisson_deviance(
    predictions: Array,
    targets: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Unit deviance of the Poisson distribution: twice the loss of likelihood against a perfect prediction.

    .. math:: l = 2 \left( y \log \frac{y}{\mu} - y + \mu \right)

    Parameters
    ----------
    predictions : array
        Expected counts :math:`\mu > 0`, of any shape; 0 where the target is 0.
    targets : array
        Counts :math:`y \ge 0`, in the shape of `predictions`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `predictions` for ``reduction="none"``. Not negative, 0 for equal numbers.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    scikit-learn's ``mean_poisson_deviance``, which loses the digits near equality: it returns 0 for 1 + 1e-9
    against 1, where 1e-18 is right, and raises where a prediction is 0. A target of 0 has gradient 0.

    References
    ----------
    P. McCullagh and J. A. Nelder, "Generalized Linear Models", 2nd edition, 1989.
    """
    xp, predictions, targets = prepare_pair(predictions=predictions, targets=targets, where=where, fill=1.0)
    values = 2.0 * ops.generalized_kl(targets, predictions, xp=xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="counts")
def gamma_deviance(
    predictions: Array,
    targets: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Unit deviance of the gamma distribution: the same for errors of the same percentage.

    .. math:: l = 2 \left( \log \frac{\mu}{y} + \frac{y}{\mu} - 1 \right)

    Parameters
    ----------
    predictions : array
        Expected amounts :math:`\mu > 0`, of any shape.
    targets : array
        Amounts :math:`y > 0`, in the shape of `predictions`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `predictions` for ``reduction="none"``. Without unit, not negative, 0 for equal numbers.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    scikit-learn's ``mean_gamma_deviance``, without the loss of digits near equality. Half of it is the Itakura-Saito
    divergence.

    References
    ----------
    P. McCullagh and J. A. Nelder, "Generalized Linear Models", 2nd edition, 1989.
    """
    xp, predictions, targets = prepare_pair(predictions=predictions, targets=targets, where=where, fill=1.0)
    values = 2.0 * ops.itakura_saito(targets, predictions, xp=xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="counts")
def tweedie_deviance(
    predictions: Array,
    targets: ArrayLike,
    *,
    power: float = 1.5,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Unit deviance of the Tweedie distributions between Poisson and gamma, for amounts of which many are 0.

    .. math::
        l = 2 \left( \frac{y^{2-p}}{(1-p)(2-p)} - \frac{y \mu^{1-p}}{1-p} + \frac{\mu^{2-p}}{2-p} \right)

    Parameters
    ----------
    predictions : array
        Expected amounts :math:`\mu > 0`, of any shape.
    targets : array
        Amounts :math:`y \ge 0`, in the shape of `predictions`; positive for a power of 2.
    power : float
        The power :math:`p` of the mean that the variance is proportional to, between 1 (`poisson_deviance`) and 2
        (`gamma_deviance`), both included as limits.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `predictions` for ``reduction="none"``. Not negative, 0 for equal numbers.

    Raises
    ------
    ValueError
        If the shapes differ, or `power` does not lie between 1 and 2.

    Notes
    -----
    scikit-learn's ``mean_tweedie_deviance``, which takes other powers too, of distributions without zeros; its power
    0 is `squared_error`. Near equality, and near powers of 1 and 2, its three terms cancel; here they do not.

    References
    ----------
    B. Jorgensen, "Exponential Dispersion Models", Journal of the Royal Statistical Society B 49, 1987.
    """
    power = check_between(1.0, 2.0, power=power)
    xp, predictions, targets = prepare_pair(predictions=predictions, targets=targets, where=where, fill=1.0)
    if power == 1.0:
        values = ops.generalized_kl(targets, predictions, xp=xp)
    elif power == 2.0:
        values = ops.itakura_saito(targets, predictions, xp=xp)
    else:
        values = fused("tweedie", _tweedie_divergence, targets, predictions, xp=xp, a=2.0 - power)
    return reduce(2.0 * values, weights=weights, where=where, reduction=reduction)


def _tweedie_divergence(y: Array, mean: Array, *, a: float, xp: Namespace) -> Array:
    """Return half of the deviance with the power 2 - a: a power of the mean times a function of log(y / mean)."""
    nothing = y == 0
    y = xp.where(nothing, mean, y)
    # A constant that leaves the quotient: powers of the numbers themselves overflow, or their derivatives.
    middle = xp.sqrt(ops.stop_gradient(y)) * xp.sqrt(ops.stop_gradient(mean))
    exact = ops.stop_gradient((y - mean) / middle)
    y, mean = y / middle, mean / middle
    difference = (y - mean) + (exact - ops.stop_gradient(y - mean))
    w = ops.log_ratio(y, mean, xp=xp, difference=difference)
    near = xp.logical_and(w > -0.5, w < 0.5)
    series = [sum(a**j for j in range(k - 1)) / math.factorial(k) for k in range(2, 18)]
    small = xp.where(near, w, 0.0)
    here = mean**a * small * small * ops.polynomial(small, tuple(series))
    # Between Poisson and gamma one of two differences is small: it is that of a power from the limit that is nearer.
    large, slope = xp.where(near, 1.0, w), mean ** (a - 1.0)
    if a >= 0.5:
        far = (y * slope * ops.expm1((a - 1.0) * large, xp=xp) / (a - 1.0) - difference * slope) / a
    else:
        far = (mean**a * ops.expm1(a * large, xp=xp) / a - difference * slope) / (a - 1.0)
    return middle**a * xp.where(nothing, mean**a / a, xp.where(near, here, far))


@loss(family="counts")
def gamma_nll(
    mean: Array,
    shape: ArrayLike,
    targets: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Negative log-likelihood of positive amounts under gamma distributions.

    .. math:: l = k \frac{y}{\mu} - k \log \frac{k y}{\mu} + \log \Gamma(k) + \log y

    Parameters
    ----------
    mean : array
        Expected amounts :math:`\mu > 0`, of any shape.
    shape : array or number
        Shapes :math:`k > 0` of the distributions, in the shape of `mean`; the variance is :math:`\mu^2 / k`.
    targets : array
        Amounts :math:`y > 0`, in the shape of `mean`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `mean` for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    ``torch.distributions.Gamma(k, k / mean)``, the log-density of which cancels for large shapes. For a given shape it
    has the gradient of `gamma_deviance` times half of the shape.

    References
    ----------
    P. McCullagh and J. A. Nelder, "Generalized Linear Models", 2nd edition, 1989.
    """
    xp, mean, shape, targets = prepare_pair(mean=mean, shape=shape, targets=targets, where=where, fill=1.0)
    spread = ops.log_factorial_excess(shape, xp=xp) + ops.log_ratio(targets, shape, xp=xp)
    values = shape * ops.itakura_saito(targets, mean, xp=xp) + spread
    return reduce(values, weights=weights, where=where, reduction=reduction)
