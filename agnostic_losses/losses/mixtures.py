"""Likelihoods beyond one number under one distribution: of mixtures, and of vectors whose components vary together."""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.ops import check_same_shape, exclude, prepare, prepare_pair, reduce
from agnostic_losses.ops.checks import check_axis, check_shape

LOG_ROOT_TWO_PI = 0.5 * math.log(2.0 * math.pi)


@loss(family="mixtures")
def negative_binomial_nll(
    mean: Array,
    shape: ArrayLike,
    targets: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Negative log-likelihood of counts under negative binomial distributions: Poisson with gamma rates.

    .. math:: l = -\log \frac{\Gamma(y + k)}{y! \, \Gamma(k)} - k \log \frac{k}{k + \mu} - y \log \frac{\mu}{k + \mu}

    Parameters
    ----------
    mean : array
        Expected counts :math:`\mu > 0`, of any shape.
    shape : array or number
        Shapes :math:`k > 0` of the distributions of the rates, in the shape of `mean`; they may be learned. The
        variance is :math:`\mu + \mu^2 / k`: for a large shape this is `poisson_nll`.
    targets : array
        Counts :math:`y \ge 0`, in the shape of `mean`.
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
    ``torch.distributions.NegativeBinomial(shape, logits=log(mean / shape))``, whose `total_count` is the shape; its
    log-gammas cancel for large shapes: at one count of a mean of 1 and a shape of 1e6 in float32 it returns 1.8155,
    where 1.0000005 is right. Here what remains of the log-gammas and of the deviance adds up. scvi-tools calls the
    shape the inverse dispersion theta, and adds 1e-8 inside of logarithms; pytorch-forecasting has its inverse.

    References
    ----------
    C. Loader, "Fast and Accurate Computation of Binomial Probabilities", 2000. J. M. Hilbe, "Negative Binomial
    Regression", 2nd edition, 2011.
    """
    xp, mean, shape, targets = prepare_pair(mean=mean, shape=shape, targets=targets, where=where, fill=1.0)
    nothing = targets == 0
    counts = xp.where(nothing, 1.0, targets)
    some = _negative_binomial_divergence(counts, mean, shape, xp) + ops.log_factorial_excess(counts, xp=xp)
    values = xp.where(nothing, _no_counts(mean, shape, xp.where(nothing, targets, 0.0), xp), some)
    values = values - ops.log_rising_excess(shape, targets, xp=xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


def _negative_binomial_divergence(y: Array, mean: Array, shape: Array, xp: Namespace) -> Array:
    r"""Return :math:`y \log(y / \mu) - (y + k) \log((y + k) / (\mu + k))`, half of the unit deviance."""
    error = y - mean
    near = xp.logical_and(error < 0.5 * mean, error > mean * (-1.0 / 3.0))
    here = _divergence_near(y, mean, xp.where(near, error, 0.0), shape, xp)
    above = error > 0
    large, small = xp.where(above, y, mean), xp.where(above, mean, y)
    # The larger one's part of what makes the ratio; as a quotient of the smaller by it, its derivative would cancel.
    ratio = xp.where(near, 1.0, (large - small) / small) / (1.0 + large / shape)
    first = y * xp.log1p(ratio)
    second = _times_log1p(shape, xp.where(near, 1.0, large - small), small, xp)
    return xp.where(near, here, xp.where(above, first - second, second - first))


def _divergence_near(y: Array, mean: Array, error: Array, shape: Array, xp: Namespace) -> Array:
    """Return the divergence from the error: nothing of first order is left to cancel."""
    by_target, by_mean = error / (mean * (1.0 + y / shape)), error / (mean + shape)
    square = by_target * error / (1.0 + mean / shape)
    remainders = shape * ops.log1p_remainder(by_mean, xp=xp) - y * ops.log1p_remainder(by_target, xp=xp)
    return square + remainders


def _times_log1p(shape: Array, gap: Array, small: Array, xp: Namespace) -> Array:
    """Return ``shape * log(1 + gap / (small + shape))``, whose derivative by a large shape is of second order."""
    ratio = gap / (small + shape)
    tiny = ratio < 0.5
    remainder = shape * ops.log1p_remainder(xp.where(tiny, ratio, 0.0), xp=xp)
    return xp.where(tiny, gap / (1.0 + small / shape) - remainder, shape * xp.log1p(xp.where(tiny, 0.0, ratio)))


def _no_counts(mean: Array, shape: Array, nothing: Array, xp: Namespace) -> Array:
    """Return the loss of counts of 0 without the rising excess; the terms of value 0 have the gradient by them."""
    total = shape + nothing
    slope = nothing * (1.0 - xp.log(total) + ops.log_ratio(mean + shape, mean, xp=xp, difference=shape))
    coefficient = ops.log_factorial(nothing, xp=xp) - shape * ops.log_ratio(total, shape, xp=xp, difference=nothing)
    return _times_log1p(shape, mean, xp.zeros_like(mean), xp) + (slope + coefficient)


@loss(family="mixtures")
def gaussian_mixture_nll(
    logits: Array,
    mean: ArrayLike,
    var: ArrayLike,
    targets: ArrayLike,
    *,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Negative log-likelihood of a mixture of Gaussians: the loss of mixture density networks.

    .. math:: l = -\log \sum_k p_k \, \frac{1}{\sqrt{2 \pi \sigma_k^2}} \exp \frac{-(y - \mu_k)^2}{2 \sigma_k^2},
              \qquad p = \mathrm{softmax}(z)

    Parameters
    ----------
    logits : array
        Logits :math:`z` of the weights of the components along `axis`; -inf excludes one.
    mean, var : array
        Means :math:`\mu` and variances :math:`\sigma^2 > 0` of the components, in the shape of `logits`.
    targets : array
        True numbers :math:`y`, in the shape of `logits` without `axis`.
    axis : int
        The axis of the components.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `targets` for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Notes
    -----
    ``torch.distributions.MixtureSameFamily`` of a categorical and a normal distribution, which takes standard
    deviations. One component is `gaussian_nll`. Components may be so far off that their densities underflow.

    References
    ----------
    C. M. Bishop, "Mixture Density Networks", Technical Report NCRG/94/004, Aston University, 1994.
    """
    xp, logits, mean, var, targets = _prepare_components(logits, mean, var, targets, axis, where)
    errors = (xp.expand_dims(targets, axis=axis) - mean) / xp.sqrt(var)
    density = -0.5 * (xp.log(var) + xp.square(errors))
    best = xp.argmax(ops.stop_gradient(logits + density), axis=axis)
    # All is relative to the likeliest component: what the others add is small, and the difference of two such terms.
    own_logit, own_error, own_var = (ops.pick(x, best, axis, xp=xp) for x in (logits, errors, var))
    ratio = ops.log_ratio(var, xp.expand_dims(own_var, axis=axis), xp=xp)
    squares = xp.square(errors) - xp.expand_dims(xp.square(own_error), axis=axis)
    odds = logits - xp.expand_dims(own_logit, axis=axis) - 0.5 * (ratio + squares)
    others = xp.where(ops.one_hot(best, logits, axis, xp=xp), -math.inf, odds)
    posterior = ops.softplus(ops.logsumexp(others, axis, xp=xp), xp=xp)
    prior = ops.softplus(ops.log_odds_against(logits, best, axis, xp=xp), xp=xp)
    values = (prior - posterior) + 0.5 * (xp.log(own_var) + xp.square(own_error)) + LOG_ROOT_TWO_PI
    return reduce(values, weights=weights, where=where, reduction=reduction)


def _prepare_components(logits: Any, mean: Any, var: Any, targets: Any, axis: int, where: Any) -> tuple[Any, ...]:
    """Prepare what components have, and targets, which lack their axis."""
    xp, logits, mean, var, targets = prepare(logits=logits, mean=mean, var=var, targets=targets)
    check_same_shape(logits=logits, mean=mean, var=var)
    axis = check_axis(axis, logits.ndim, "logits")
    rest = tuple(a for a in range(logits.ndim) if a != axis)
    check_shape(targets, logits, rest, "targets", f"the shape of logits without axis {axis}")
    logits, mean, var = (exclude(array, where, axis, xp=xp, fill=1.0) for array in (logits, mean, var))
    return xp, logits, mean, var, exclude(targets, where, (), xp=xp, fill=1.0)


@loss(family="mixtures")
def multivariate_gaussian_nll(
    mean: Array,
    cholesky: ArrayLike,
    targets: ArrayLike,
    *,
    full: bool = True,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Negative log-likelihood of vectors under a Gaussian with a predicted mean and covariance, given by its root.

    .. math:: l = \sum_i \log L_{ii} + \tfrac12 \lVert L^{-1} (y - \mu) \rVert^2 + \tfrac{D}{2} \log 2 \pi,
              \qquad \Sigma = L L^\top

    Parameters
    ----------
    mean : array
        Predicted means :math:`\mu`, of shape (..., D).
    cholesky : array
        Lower Cholesky factors :math:`L` of the covariances, of shape (..., D, D), one for each mean, in units of the
        targets, with a positive diagonal. What is above the diagonal is not read.
    targets : array
        True vectors :math:`y`, in the shape of `mean`.
    full : bool
        Whether to add the constant :math:`\tfrac{D}{2} \log 2 \pi`, 0.9189 for each component.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over whole vectors.

    Returns
    -------
    array
        A scalar; the shape of `mean` without the last axis for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Notes
    -----
    ``-torch.distributions.MultivariateNormal(mean, scale_tril=cholesky).log_prob(targets)``, which raises for entries
    above the diagonal, and ``tfp.distributions.MultivariateNormalTriL``. ``scipy.stats.multivariate_normal`` takes
    covariances, and so does torch by default; making them loses half of the digits: for the factor [[1, 0], [1, 1e-8]],
    the mean [0, 0] and the target [1, 1 + 1e-8] in float64, both raise an error that the covariance is not positive
    definite, where -15.5828 is right. One factor for all vectors has to be broadcast by the caller. Computed by forward
    substitution, a step for each component; differentiable twice, inside TensorFlow's XLA once. For vectors of one
    component it is `gaussian_nll` of the squared factor.

    References
    ----------
    P. M. Williams, "Using Neural Networks to Model Conditional Multivariate Densities", Neural Computation 8, 1996.
    """
    xp, mean, cholesky, targets = _prepare_vectors(mean, cholesky, targets, where)
    places = ops.positions(mean, -1, xp=xp)
    rows, columns = xp.expand_dims(places, axis=-1), xp.expand_dims(places, axis=0)
    scales = xp.sum(xp.where(rows == columns, cholesky, 0.0), axis=-1)
    solution = _solve_lower(xp.where(rows > columns, cholesky, 0.0), scales, targets - mean, rows == columns, xp)
    values = xp.sum(xp.log(scales) + 0.5 * xp.square(solution) + (LOG_ROOT_TWO_PI if full else 0.0), axis=-1)
    return reduce(values, weights=weights, where=where, reduction=reduction)


def _prepare_vectors(mean: Any, cholesky: Any, targets: Any, where: Any) -> tuple[Any, ...]:
    """Prepare vectors, and the matrices of each; what is excluded has the error 0 and the determinant 1."""
    xp, mean, cholesky, targets = prepare(mean=mean, cholesky=cholesky, targets=targets)
    last = check_axis(-1, mean.ndim, "mean")
    check_same_shape(mean=mean, targets=targets)
    check_shape(cholesky, mean, (*range(mean.ndim), last), "cholesky", "the shape of mean with its last axis twice")
    mean, targets = (exclude(array, where, -1, xp=xp) for array in (mean, targets))
    return xp, mean, exclude(cholesky, where, (-2, -1), xp=xp, fill=1.0), targets


def _solve_lower(below: Any, scales: Any, errors: Any, identity: Any, xp: Namespace) -> Any:
    """Return the solution of a triangular system by forward substitution; its diagonal comes by itself."""

    def step(carry: tuple[Any, ...], entry: tuple[Any, ...]) -> tuple[Any, ...]:
        (solved,) = carry
        row, scale, error, place = entry
        component = (error - xp.sum(row * solved, axis=-1)) / scale
        return (xp.where(place, xp.expand_dims(component, axis=-1), solved),)

    # Not moveaxis: torch.func.vmap has no rule for it.
    components_first = (errors.ndim - 1, *range(errors.ndim - 1))
    scales, errors_first = (xp.permute_dims(array, components_first) for array in (scales, errors))
    rows = xp.permute_dims(below, (*components_first, errors.ndim))
    return ops.fold(step, (xp.zeros_like(errors),), (rows, scales, errors_first, identity))[0]
