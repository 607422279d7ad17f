"""Errors between predicted and true numbers that grow without bound, of elements and along an axis; and concordance."""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.ops import check_between, prepare_pair, reduce


@loss(family="regression")
def squared_error(
    predictions: Array,
    targets: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Squared error, the mean of which is the MSE.

    .. math:: l = (\hat y - y)^2

    Parameters
    ----------
    predictions : array
        Any real numbers :math:`\hat y`, of any shape.
    targets : array
        True numbers :math:`y`, in the shape of `predictions`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `predictions` for ``reduction="none"``. In squared units of the targets.

    Raises
    ------
    ValueError
        If the shapes differ: nothing is broadcast.

    Notes
    -----
    Without the factor 1/2, as torch, Keras and scikit-learn; ``optax.losses.l2_loss`` and ``tf.nn.l2_loss`` have it,
    the latter with a sum. The mean over everything equals :math:`\lVert \hat y - y \rVert_2^2 / n`; Keras averages
    the last axis only and keeps the rest for ``reduction="none"``, optax never reduces.
    """
    xp, predictions, targets = prepare_pair(predictions=predictions, targets=targets, where=where)
    return reduce(
        ops.squared_difference(predictions, targets, xp=xp), weights=weights, where=where, reduction=reduction
    )


@loss(family="regression")
def absolute_error(
    predictions: Array,
    targets: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Absolute error, the mean of which is the MAE.

    .. math:: l = |\hat y - y|

    Parameters
    ----------
    predictions : array
        Any real numbers :math:`\hat y`, of any shape.
    targets : array
        True numbers :math:`y`, in the shape of `predictions`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `predictions` for ``reduction="none"``. In units of the targets.

    Raises
    ------
    ValueError
        If the shapes differ: nothing is broadcast.

    Notes
    -----
    At a perfect prediction the gradient is 0, the subgradient of least norm, on every framework. It is 0 in torch
    and TensorFlow, and 1 in JAX for ``jnp.abs``. The median minimises the mean of this loss, which makes it robust
    against outliers; its gradient does not shrink near the minimum.
    """
    xp, predictions, targets = prepare_pair(predictions=predictions, targets=targets, where=where)
    return reduce(ops.abs(predictions - targets, xp=xp), weights=weights, where=where, reduction=reduction)


@loss(family="regression")
def root_mean_squared_error(
    predictions: Array,
    targets: ArrayLike,
    *,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Root of the mean squared error along an axis.

    .. math:: l = \sqrt{\frac1n \sum_{j=1}^n (\hat y_j - y_j)^2}

    Parameters
    ----------
    predictions : array
        Any real numbers :math:`\hat y`, of any shape with :math:`n > 0` numbers along `axis`.
    targets : array
        True numbers :math:`y`, in the shape of `predictions`.
    axis : int
        The axis of the numbers under the root.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over the roots.

    Returns
    -------
    array
        A scalar; the shape of `predictions` without `axis` for ``reduction="none"``. In units of the targets.

    Raises
    ------
    ValueError
        If the shapes differ: nothing is broadcast.

    Notes
    -----
    The same as in scikit-learn with samples along ``axis=0``. At a perfect prediction the gradient is 0, where the
    root of a mean has NaN; errors whose squares are beyond the dtype are exact.
    """
    xp, predictions, targets = prepare_pair(predictions=predictions, targets=targets, axis=axis, where=where)
    error = predictions - targets
    count = xp.sum(xp.ones_like(error), axis=axis)
    return reduce(ops.norm(error, axis, xp=xp) / xp.sqrt(count), weights=weights, where=where, reduction=reduction)


@loss(family="regression")
def minkowski(
    predictions: Array,
    targets: ArrayLike,
    *,
    p: float = 2.0,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Minkowski distance: the p-norm of the error along an axis.

    .. math:: l = \Bigl( \sum_j |\hat y_j - y_j|^p \Bigr)^{1/p}

    Parameters
    ----------
    predictions : array
        Vectors :math:`\hat y` along `axis`.
    targets : array
        Vectors :math:`y`, in the shape of `predictions`.
    p : float
        The norm, :math:`1 \le p \le \infty`: 1 is the city-block distance, 2 the Euclidean one, infinity the largest
        error.
    axis : int
        The axis of the vectors' components.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over vectors.

    Returns
    -------
    array
        A scalar; the shape of `predictions` without `axis` for ``reduction="none"``. In units of the targets.

    Raises
    ------
    ValueError
        If the shapes differ, or `p` is below 1.

    Notes
    -----
    The same as in SciPy. torch's ``pairwise_distance`` adds 1e-6 to the error unless ``eps=0.0``. Equal vectors have
    gradient 0; powers neither over- nor underflow. Components that tie for the largest share the gradient of the
    infinite norm.
    """
    p = check_between(1.0, math.inf, p=p)
    xp, predictions, targets = prepare_pair(predictions=predictions, targets=targets, axis=axis, where=where)
    values = ops.norm(predictions - targets, axis, xp=xp, p=p)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="regression")
def concordance(
    predictions: Array,
    targets: ArrayLike,
    *,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""One minus Lin's concordance correlation coefficient of the samples along an axis.

    .. math::
        l = 1 - \frac{2 s_{\hat y y}}{s_{\hat y}^2 + s_y^2 + (\bar{\hat y} - \bar y)^2}
        = \frac{\overline{(\hat y - y)^2}}{s_{\hat y}^2 + s_y^2 + (\bar{\hat y} - \bar y)^2}

    Parameters
    ----------
    predictions : array
        Any real numbers :math:`\hat y`, with the samples along `axis`.
    targets : array
        True numbers :math:`y`, in the shape of `predictions`.
    axis : int
        The axis of the samples that means, variances and the covariance are taken over.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over what is left without `axis`: samples cannot be
        excluded one by one.

    Returns
    -------
    array
        A scalar; the shape of `predictions` without `axis` for ``reduction="none"``. Between 0 and 2: 0 for equal
        samples, 1 without correlation.

    Raises
    ------
    ValueError
        If the shapes differ: nothing is broadcast.

    Notes
    -----
    Variances and covariance divide by n, as in the paper. Small losses keep their digits, by the second form. Equal
    constant samples have the loss 0, with gradient 0.

    References
    ----------
    L. I. Lin, "A Concordance Correlation Coefficient to Evaluate Reproducibility", Biometrics 45, 1989.
    """
    xp, predictions, targets = prepare_pair(predictions=predictions, targets=targets, axis=axis, where=where)
    scale = xp.maximum(*(ops.common_scale(samples, axis, xp=xp) for samples in (predictions, targets)))
    first, second = predictions / scale, targets / scale
    error, first, second = first - second, _centered(first, axis, xp), _centered(second, axis, xp)
    spread = xp.mean(xp.square(first) + xp.square(second), axis=axis) + xp.square(xp.mean(error, axis=axis))
    alike = spread == 0
    spread = xp.where(alike, 1.0, spread)
    coefficient = 2.0 * xp.mean(first * second, axis=axis) / spread
    # Near 1 the mean squared error is the same as what is missing, and does not cancel.
    missing = xp.mean(xp.square(error), axis=axis) / spread
    values = xp.where(alike, 0.0, xp.where(coefficient > 0.5, missing, 1.0 - coefficient))
    return reduce(values, weights=weights, where=where, reduction=reduction)


def _centered(x: Any, axis: int, xp: Namespace) -> Any:
    return x - xp.mean(x, axis=axis, keepdims=True)
