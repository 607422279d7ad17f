"""Negative log-likelihoods of real numbers under a predicted location and spread."""

from __future__ import annotations

import math

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.ops import check_between, prepare_pair, reduce

LOG_ROOT_TWO_PI = 0.5 * math.log(2.0 * math.pi)


@loss(family="likelihood")
def gaussian_nll(
    mean: Array,
    var: ArrayLike,
    targets: ArrayLike,
    *,
    full: bool = True,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Negative log-likelihood of a Gaussian with a predicted mean and variance.

    .. math:: l = \tfrac12 \log \sigma^2 + \frac{(y - \mu)^2}{2 \sigma^2} + \tfrac12 \log 2 \pi

    Parameters
    ----------
    mean : array
        Predicted means :math:`\mu`, of any shape.
    var : array or number
        Predicted variances :math:`\sigma^2 > 0`, in the shape of `mean`, in squared units of the targets.
    targets : array
        True numbers :math:`y`, in the shape of `mean`.
    full : bool
        Whether to add the constant :math:`\tfrac12 \log 2 \pi`, 0.9189.
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
    torch's ``gaussian_nll_loss`` leaves the constant out unless told otherwise, and takes no variance below 1e-6: it
    returns -6.9078 for a perfect prediction with a variance of 1e-9, where -10.3616 is right. It takes the targets
    before the variances. Here errors may be so large that their square overflows.

    References
    ----------
    D. A. Nix and A. S. Weigend, "Estimating the Mean and Variance of the Target Probability Distribution", ICNN 1994.
    """
    xp, mean, var, targets = prepare_pair(mean=mean, var=var, targets=targets, where=where, fill=1.0)
    values = 0.5 * (xp.log(var) + xp.square((targets - mean) / xp.sqrt(var)))
    values = values + LOG_ROOT_TWO_PI if full else values
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="likelihood")
def beta_nll(
    mean: Array,
    var: ArrayLike,
    targets: ArrayLike,
    *,
    beta: float = 0.5,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Negative log-likelihood of a Gaussian, weighted with a power of the predicted variance that has no gradient.

    .. math:: l = \lfloor \sigma^{2 \beta} \rfloor
              \left( \tfrac12 \log \sigma^2 + \frac{(y - \mu)^2}{2 \sigma^2} \right)

    where :math:`\lfloor \cdot \rfloor` is a constant for differentiation.

    Parameters
    ----------
    mean : array
        Predicted means :math:`\mu`, of any shape.
    var : array or number
        Predicted variances :math:`\sigma^2 > 0`, in the shape of `mean`, in squared units of the targets.
    targets : array
        True numbers :math:`y`, in the shape of `mean`.
    beta : float
        :math:`\beta \in [0, 1]`: 0 is `gaussian_nll` without its constant, with 1 the means have the gradient of half
        of the squared error.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`. The power of the variance does not enter the denominator of
        the mean.

    Returns
    -------
    array
        A scalar; the shape of `mean` for ``reduction="none"``. A value alone says little: it is made for its gradient.

    Raises
    ------
    ValueError
        If the shapes differ, or `beta` does not lie between 0 and 1.

    Notes
    -----
    Places with a large predicted variance are learned as fast as the others, where a likelihood leaves them alone. The
    authors' code and ``torch_uncertainty.losses.BetaNLL`` are the same.

    References
    ----------
    M. Seitzer, A. Tavakoli, D. Antic and G. Martius, "On the Pitfalls of Heteroscedastic Uncertainty Estimation with
    Probabilistic Neural Networks", ICLR 2022.
    """
    beta = check_between(0.0, 1.0, beta=beta)
    xp, mean, var, targets = prepare_pair(mean=mean, var=var, targets=targets, where=where, fill=1.0)
    # Its root goes into the square, which overflows later then.
    root = ops.stop_gradient(var) ** (0.5 * beta)
    values = 0.5 * (root * root * xp.log(var) + xp.square(root * ((targets - mean) / xp.sqrt(var))))
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="likelihood")
def laplace_nll(
    mean: Array,
    scale: ArrayLike,
    targets: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Negative log-likelihood of a Laplace distribution with a predicted mean and scale.

    .. math:: l = \log 2 b + \frac{|y - \mu|}{b}

    Parameters
    ----------
    mean : array
        Predicted means :math:`\mu`, which are medians too, of any shape.
    scale : array or number
        Predicted mean absolute errors :math:`b > 0`, in the shape of `mean`.
    targets : array
        True numbers :math:`y`, in the shape of `mean`.
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
    ``torch.distributions.Laplace``. A perfect prediction has gradient 0 by the mean.

    References
    ----------
    A. Kendall and Y. Gal, "What Uncertainties Do We Need in Bayesian Deep Learning for Computer Vision?", NeurIPS 2017.
    """
    xp, mean, scale, targets = prepare_pair(mean=mean, scale=scale, targets=targets, where=where, fill=1.0)
    values = xp.log(scale) + ops.abs(targets - mean, xp=xp) / scale + math.log(2.0)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="likelihood")
def student_t_nll(
    mean: Array,
    scale: ArrayLike,
    df: ArrayLike,
    targets: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Negative log-likelihood of Student's t with a predicted location, scale and tail.

    .. math::
        l = \log s + \frac{\nu + 1}{2} \log \left( 1 + \frac{(y - \mu)^2}{\nu s^2} \right)
            + \log \frac{\Gamma(\frac{\nu}{2}) \sqrt{\pi \nu}}{\Gamma(\frac{\nu + 1}{2})}

    Parameters
    ----------
    mean : array
        Predicted locations :math:`\mu`, of any shape; the means for more than one degree of freedom.
    scale : array or number
        Predicted scales :math:`s > 0`, in the shape of `mean`.
    df : array or number
        Degrees of freedom :math:`\nu > 0`, in the shape of `mean`; they may be learned.
    targets : array
        True numbers :math:`y`, in the shape of `mean`.
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
    ``torch.distributions.StudentT``, the log-gammas of which cancel for many degrees of freedom: at 1e8 in float32 it
    returns 0, where 0.9189 is right. Here the limit is `gaussian_nll` with the squared scale, to rounding.

    References
    ----------
    K. L. Lange, R. J. A. Little and J. M. G. Taylor, "Robust Statistical Modeling Using the t Distribution", Journal of
    the American Statistical Association 84, 1989.
    """
    xp, mean, scale, df, targets = prepare_pair(mean=mean, scale=scale, df=df, targets=targets, where=where, fill=1.0)
    tail = _student_t_tail((targets - mean) / scale, df, xp)
    values = xp.log(scale) + tail + (LOG_ROOT_TWO_PI - ops.log_gamma_half_step(0.5 * df, xp=xp))
    return reduce(values, weights=weights, where=where, reduction=reduction)


def _student_t_tail(error: Array, df: Array, xp: Namespace) -> Array:
    """Return ``(df + 1) / 2 * log(1 + error**2 / df)``, exact in its derivative by many degrees of freedom, too."""
    ratio = error / xp.sqrt(df)
    near = xp.logical_and(ratio > -0.5, ratio < 0.5)
    square = xp.square(xp.where(near, ratio, 0.0))
    half = 0.5 * (df + 1.0)
    here = 0.5 * (xp.square(xp.where(near, error, 0.0)) + square) - half * ops.log1p_remainder(square, xp=xp)
    return xp.where(near, here, half * _log1p_square(xp.where(near, 1.0, ratio), xp))


def _log1p_square(x: Array, xp: Namespace) -> Array:
    """Return ``log(1 + x * x)`` without a square that overflows."""
    near = xp.logical_and(x > -1.0, x < 1.0)
    size = ops.abs(xp.where(near, 1.0, x), xp=xp)
    inverse = 1.0 / size
    return xp.where(near, xp.log1p(xp.square(xp.where(near, x, 0.0))), 2.0 * xp.log(size) + xp.log1p(inverse * inverse))
