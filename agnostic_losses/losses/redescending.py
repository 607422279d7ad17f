"""Errors between predicted and true numbers whose gradient shrinks again far away, or stops growing: M-estimators.

All are about half of the squared error near 0. The family that has most of them as members is in `adaptive`.
"""

from __future__ import annotations

from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.ops import check_positive, prepare_pair, reduce


@loss(family="redescending")
def cauchy(
    predictions: Array,
    targets: ArrayLike,
    *,
    scale: float = 1.0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Cauchy's loss, also called Lorentzian: it grows as the logarithm of large errors.

    .. math:: l = \tfrac12 c^2 \log \left( 1 + (e / c)^2 \right), \qquad e = \hat y - y

    Parameters
    ----------
    predictions : array
        Any real numbers :math:`\hat y`, of any shape.
    targets : array
        True numbers :math:`y`, in the shape of `predictions`.
    scale : float
        The error :math:`c > 0` with the largest gradient, in units of the targets; 2.385 times the standard deviation
        of normal errors has 95% of the efficiency of least squares.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `predictions` for ``reduction="none"``. In squared units of the targets.

    Raises
    ------
    ValueError
        If the shapes differ, or `scale` is not positive.

    Notes
    -----
    The same as ``loss="cauchy"`` with ``f_scale=scale`` in ``scipy.optimize.least_squares``. kornia's ``cauchy_loss``
    is this with a scale of the root of 2.

    References
    ----------
    M. J. Black and P. Anandan, "The Robust Estimation of Multiple Motions", Computer Vision and Image Understanding
    63, 1996.
    """
    scale, xp, ratio = _ratio(predictions, targets, scale, where)
    near, square, size = _parts(ratio, xp)
    values = xp.where(near, 0.5 * xp.log1p(square), xp.log(size) + 0.5 * xp.log1p(xp.square(1.0 / size)))
    return reduce(scale * (scale * values), weights=weights, where=where, reduction=reduction)


@loss(family="redescending")
def welsch(
    predictions: Array,
    targets: ArrayLike,
    *,
    scale: float = 1.0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Loss of Welsch, or Leclerc: large errors cost the same, whatever they are.

    .. math:: l = \tfrac12 c^2 \left( 1 - \exp \left( -(e / c)^2 \right) \right), \qquad e = \hat y - y

    Parameters
    ----------
    predictions : array
        Any real numbers :math:`\hat y`, of any shape.
    targets : array
        True numbers :math:`y`, in the shape of `predictions`.
    scale : float
        The error :math:`c > 0` about which the gradient vanishes, in units of the targets; 2.985 times the standard
        deviation of normal errors has 95% of the efficiency of least squares.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `predictions` for ``reduction="none"``. In squared units of the targets, at most
        :math:`c^2 / 2`.

    Raises
    ------
    ValueError
        If the shapes differ, or `scale` is not positive.

    Notes
    -----
    kornia's ``welsch_loss`` is this with a scale of the root of 2.

    References
    ----------
    J. E. Dennis and R. E. Welsch, "Techniques for Nonlinear Least Squares and Robust Regression", Communications in
    Statistics 7, 1978.
    """
    scale, xp, ratio = _ratio(predictions, targets, scale, where)
    near, square, _ = _parts(ratio, xp)
    reached = xp.abs(ratio) < 32.0  # beyond, the exponential is 0 in every dtype, and its gradient infinity times 0
    # Far away not expm1: torch's derivative of it adds 1 to the result, where that is nearly -1.
    far = 1.0 - xp.exp(-xp.square(xp.where(reached, ratio, 32.0)))
    values = 0.5 * xp.where(near, -xp.expm1(-square), far)
    return reduce(scale * (scale * values), weights=weights, where=where, reduction=reduction)


@loss(family="redescending")
def geman_mcclure(
    predictions: Array,
    targets: ArrayLike,
    *,
    scale: float = 1.0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Loss of Geman and McClure: large errors cost the same, whatever they are.

    .. math:: l = \tfrac12 \frac{e^2}{1 + (e / c)^2}, \qquad e = \hat y - y

    Parameters
    ----------
    predictions : array
        Any real numbers :math:`\hat y`, of any shape.
    targets : array
        True numbers :math:`y`, in the shape of `predictions`.
    scale : float
        The error :math:`c > 0` that costs half of the largest loss, in units of the targets.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `predictions` for ``reduction="none"``. In squared units of the targets, at most
        :math:`c^2 / 2`.

    Raises
    ------
    ValueError
        If the shapes differ, or `scale` is not positive.

    Notes
    -----
    The paper has no scale and no factor 1/2. kornia's ``geman_mcclure_loss`` is this with a scale of 2.

    References
    ----------
    S. Geman and D. E. McClure, "Bayesian Image Analysis: An Application to Single Photon Emission Tomography",
    Proceedings of the Statistical Computing Section, American Statistical Association, 1985.
    """
    scale, xp, ratio = _ratio(predictions, targets, scale, where)
    near, square, size = _parts(ratio, xp)
    values = xp.where(near, 0.5 * square / (1.0 + square), 0.5 / (1.0 + xp.square(1.0 / size)))
    return reduce(scale * (scale * values), weights=weights, where=where, reduction=reduction)


@loss(family="redescending")
def fair(
    predictions: Array,
    targets: ArrayLike,
    *,
    scale: float = 1.0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Fair's loss: quadratic near 0, and nearly linear far away.

    .. math:: l = c^2 \left( |e| / c - \log (1 + |e| / c) \right), \qquad e = \hat y - y

    Parameters
    ----------
    predictions : array
        Any real numbers :math:`\hat y`, of any shape.
    targets : array
        True numbers :math:`y`, in the shape of `predictions`.
    scale : float
        The error :math:`c > 0` at which the gradient is half of what it tends to, in units of the targets; 1.400 times
        the standard deviation of normal errors has 95% of the efficiency of least squares.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `predictions` for ``reduction="none"``. In squared units of the targets.

    Raises
    ------
    ValueError
        If the shapes differ, or `scale` is not positive.

    Notes
    -----
    As LightGBM's ``objective="fair"`` with ``fair_c=scale``. Small errors keep their digits, which the formula
    loses; the second derivative at 0 is 1.

    References
    ----------
    R. C. Fair, "On the Robust Estimation of Econometric Models", Annals of Economic and Social Measurement 3, 1974.
    """
    scale, xp, ratio = _ratio(predictions, targets, scale, where)
    size = -ops.minus_abs(ratio, xp=xp)  # smooth at 0, as the loss is
    near = size < 0.6
    small = ops.exp_remainder(xp.log1p(xp.where(near, size, 0.0)), xp=xp)  # s - log(1 + s), without a difference
    values = xp.where(near, small, size - xp.log1p(size))
    return reduce(scale * (scale * values), weights=weights, where=where, reduction=reduction)


@loss(family="redescending")
def tukey_biweight(
    predictions: Array,
    targets: ArrayLike,
    *,
    scale: float = 1.0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Tukey's biweight: errors beyond `scale` cost the same, and have gradient 0.

    .. math::
        l = \begin{cases} \tfrac16 c^2 \left( 1 - (1 - (e / c)^2)^3 \right) & |e| \le c \\
        \tfrac16 c^2 & |e| > c \end{cases} \qquad e = \hat y - y

    Parameters
    ----------
    predictions : array
        Any real numbers :math:`\hat y`, of any shape.
    targets : array
        True numbers :math:`y`, in the shape of `predictions`.
    scale : float
        The error :math:`c > 0` from which the loss is constant, in units of the targets; 4.685 times the standard
        deviation of normal errors has 95% of the efficiency of least squares.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `predictions` for ``reduction="none"``. In squared units of the targets, at most
        :math:`c^2 / 6`.

    Raises
    ------
    ValueError
        If the shapes differ, or `scale` is not positive.

    References
    ----------
    A. E. Beaton and J. W. Tukey, "The Fitting of Power Series, Meaning Polynomials, Illustrated on Band-Spectroscopic
    Data", Technometrics 16, 1974.
    """
    scale, xp, ratio = _ratio(predictions, targets, scale, where)
    ratio = xp.where(xp.abs(ratio) < 1.0, ratio, 1.0)
    square, rest = xp.square(ratio), (1.0 - ratio) * (1.0 + ratio)
    # The cube keeps the digits of a small slope, the polynomial those of a small loss.
    values = xp.where(square > 0.5, 1.0 - rest * rest * rest, square * (3.0 - square * (3.0 - square))) / 6.0
    return reduce(scale * (scale * values), weights=weights, where=where, reduction=reduction)


def _ratio(predictions: Any, targets: Any, scale: float, where: Any) -> tuple[float, Namespace, Any]:
    scale = check_positive(scale=scale)
    xp, predictions, targets = prepare_pair(predictions=predictions, targets=targets, where=where)
    return scale, xp, (predictions - targets) / scale


def _parts(x: Any, xp: Namespace) -> tuple[Any, Any, Any]:
    """Return where numbers are near 0, their squares there, and their sizes elsewhere."""
    near = xp.abs(x) <= 1.0
    return near, xp.square(xp.where(near, x, 0.0)), ops.abs(xp.where(near, 1.0, x), xp=xp)
