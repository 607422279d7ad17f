"""Errors between predicted and true numbers that are quadratic near 0 and at most linear far away."""

from __future__ import annotations

from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.backends import fused
from agnostic_losses.ops import check_at_least, check_positive, prepare_pair, reduce


@loss(family="robust")
def huber(
    predictions: Array,
    targets: ArrayLike,
    *,
    delta: float = 1.0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Huber's loss: quadratic up to `delta`, linear beyond.

    .. math::
        l = \begin{cases} \tfrac12 e^2 & |e| \le \delta \\ \delta (|e| - \tfrac12 \delta) & |e| > \delta \end{cases}
        \qquad e = \hat y - y

    Parameters
    ----------
    predictions : array
        Any real numbers :math:`\hat y`, of any shape.
    targets : array
        True numbers :math:`y`, in the shape of `predictions`.
    delta : float
        The error :math:`\delta > 0` at which the loss becomes linear, in units of the targets.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `predictions` for ``reduction="none"``. In squared units of the targets.

    Raises
    ------
    ValueError
        If the shapes differ, or `delta` is not positive.

    Notes
    -----
    The same in torch, Keras, optax and SciPy; `smooth_l1` is this divided by `delta`. optax
    subtracts two nearly equal gradients, and returns gradient 0 for errors below 3e-8 in float32.

    References
    ----------
    P. J. Huber, "Robust Estimation of a Location Parameter", Annals of Mathematical Statistics 35, 1964.
    """
    delta = check_positive(delta=delta)
    xp, predictions, targets = prepare_pair(predictions=predictions, targets=targets, where=where)
    values = fused("huber", _huber, predictions, targets, xp=xp, delta=delta)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="robust")
def smooth_l1(
    predictions: Array,
    targets: ArrayLike,
    *,
    beta: float = 1.0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Smooth L1 loss: the absolute error, rounded off below `beta`.

    .. math::
        l = \begin{cases} \tfrac12 e^2 / \beta & |e| \le \beta \\ |e| - \tfrac12 \beta & |e| > \beta \end{cases}
        \qquad e = \hat y - y

    Parameters
    ----------
    predictions : array
        Any real numbers :math:`\hat y`, of any shape.
    targets : array
        True numbers :math:`y`, in the shape of `predictions`.
    beta : float
        The error :math:`\beta \ge 0` at which the loss becomes linear, in units of the targets. At 0 it is the
        absolute error, which is the limit.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `predictions` for ``reduction="none"``. In units of the targets.

    Raises
    ------
    ValueError
        If the shapes differ, or `beta` is negative.

    Notes
    -----
    The same as in torch, and `huber` divided by `beta`: the slope far away is 1 here, and `delta` there.

    References
    ----------
    R. Girshick, "Fast R-CNN", ICCV 2015.
    """
    beta = check_at_least(0.0, beta=beta)
    xp, predictions, targets = prepare_pair(predictions=predictions, targets=targets, where=where)
    if beta:
        values = fused("smooth_l1", _smooth_l1, predictions, targets, xp=xp, beta=beta)
    else:
        values = ops.abs(predictions - targets, xp=xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="robust")
def log_cosh(
    predictions: Array,
    targets: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Logarithm of the hyperbolic cosine of the error.

    .. math:: l = \log \cosh(\hat y - y)

    About :math:`e^2 / 2` for small errors :math:`e` and :math:`|e| - \log 2` for large ones, with all derivatives.

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
        A scalar; the shape of `predictions` for ``reduction="none"``.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    Keras and optax define the same function. Both subtract log 2 in the end, which cancels for small errors: at -1e-6
    in float32, where 5e-13 is right, Keras returns 0 or 6e-8, depending on the length of the array, and optax 0.
    """
    xp, predictions, targets = prepare_pair(predictions=predictions, targets=targets, where=where)
    values = ops.log_cosh(predictions - targets, xp=xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="robust")
def pseudo_huber(
    predictions: Array,
    targets: ArrayLike,
    *,
    delta: float = 1.0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Pseudo-Huber loss: quadratic below `delta` and linear beyond, with all derivatives.

    .. math:: l = \delta^2 \left( \sqrt{1 + (e / \delta)^2} - 1 \right), \qquad e = \hat y - y

    Parameters
    ----------
    predictions : array
        Any real numbers :math:`\hat y`, of any shape.
    targets : array
        True numbers :math:`y`, in the shape of `predictions`.
    delta : float
        The error :math:`\delta > 0` about which the loss becomes linear, in units of the targets.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `predictions` for ``reduction="none"``. In squared units of the targets.

    Raises
    ------
    ValueError
        If the shapes differ, or `delta` is not positive.

    Notes
    -----
    The same as in SciPy, and kornia's ``charbonnier_loss`` at ``delta=1``. Value and derivatives are exact for any
    error, where the formula cancels for small ones, and its second derivative for large ones.

    References
    ----------
    P. Charbonnier et al., "Deterministic Edge-Preserving Regularization in Computed Imaging", IEEE Transactions on
    Image Processing 6, 1997.
    """
    delta = check_positive(delta=delta)
    xp, predictions, targets = prepare_pair(predictions=predictions, targets=targets, where=where)
    values = delta * (delta * _hyperbola((predictions - targets) / delta, xp))
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="robust")
def charbonnier(
    predictions: Array,
    targets: ArrayLike,
    *,
    epsilon: float = 1e-3,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Charbonnier loss: the absolute error, rounded off near 0, with all derivatives.

    .. math:: l = \sqrt{(\hat y - y)^2 + \varepsilon^2}

    Parameters
    ----------
    predictions : array
        Any real numbers :math:`\hat y`, of any shape.
    targets : array
        True numbers :math:`y`, in the shape of `predictions`.
    epsilon : float
        The loss :math:`\varepsilon > 0` of a perfect prediction, and the error about which it becomes linear, in units
        of the targets.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `predictions` for ``reduction="none"``. In units of the targets, at least `epsilon`.

    Raises
    ------
    ValueError
        If the shapes differ, or `epsilon` is not positive.

    Notes
    -----
    As in image restoration; kornia's ``charbonnier_loss`` subtracts the loss of a perfect prediction, and has no
    option: it is `pseudo_huber`. No square overflows.

    References
    ----------
    P. Charbonnier et al., "Two Deterministic Half-Quadratic Regularization Algorithms for Computed Imaging", ICIP
    1994. W.-S. Lai et al., "Deep Laplacian Pyramid Networks for Fast and Accurate Super-Resolution", CVPR 2017.
    """
    epsilon = check_positive(epsilon=epsilon)
    xp, predictions, targets = prepare_pair(predictions=predictions, targets=targets, where=where)
    values = epsilon * _hyperbola((predictions - targets) / epsilon, xp) + epsilon
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="robust")
def wing(
    predictions: Array,
    targets: ArrayLike,
    *,
    width: float = 10.0,
    epsilon: float = 2.0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Wing loss: logarithmic up to `width`, so that small errors count more, and linear beyond.

    .. math::
        l = \begin{cases} w \log(1 + |e| / \varepsilon) & |e| \le w \\
        |e| - w + w \log(1 + w / \varepsilon) & |e| > w \end{cases} \qquad e = \hat y - y

    Parameters
    ----------
    predictions : array
        Any real numbers :math:`\hat y`, of any shape; coordinates in pixels in the paper.
    targets : array
        True numbers :math:`y`, in the shape of `predictions`.
    width : float
        The error :math:`w > 0` at which the loss becomes linear, in units of the targets.
    epsilon : float
        :math:`\varepsilon > 0`: the slope at 0 is :math:`w / \varepsilon`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `predictions` for ``reduction="none"``. In units of the targets.

    Raises
    ------
    ValueError
        If the shapes differ, or an option is not positive.

    Notes
    -----
    At a perfect prediction the gradient is 0, at the other kink that of the logarithm, which is the smaller one.

    References
    ----------
    Z.-H. Feng et al., "Wing Loss for Robust Facial Landmark Localisation with Convolutional Neural Networks",
    CVPR 2018.
    """
    width, epsilon = check_positive(width=width), check_positive(epsilon=epsilon)
    xp, predictions, targets = prepare_pair(predictions=predictions, targets=targets, where=where)
    size = ops.abs(predictions - targets, xp=xp)
    near = size <= width
    values = width * xp.log1p(xp.where(near, size, width) / epsilon) + xp.where(near, 0.0, size - width)
    return reduce(values, weights=weights, where=where, reduction=reduction)


def _huber(predictions: Any, targets: Any, *, delta: float, xp: Namespace) -> Any:
    error = predictions - targets
    size = ops.abs(error, xp=xp)
    near = size <= delta
    # The branch not taken gets a safe error: its square overflows, and inf * 0 in the gradient is NaN.
    return xp.where(near, 0.5 * xp.square(xp.where(near, error, 0.0)), delta * (size - 0.5 * delta))


def _smooth_l1(predictions: Any, targets: Any, *, beta: float, xp: Namespace) -> Any:
    error = predictions - targets
    size = ops.abs(error, xp=xp)
    near = size <= beta
    small = xp.where(near, error, 0.0)
    return xp.where(near, 0.5 * small * (small / beta), size - 0.5 * beta)


def _hyperbola(x: Any, xp: Namespace) -> Any:
    """Return ``sqrt(1 + x**2) - 1`` with exact derivatives: nothing cancels, and no square overflows."""
    near = xp.abs(x) <= 1
    square = xp.square(xp.where(near, x, 0.0))
    # Far away a line, and what the inverse adds to it: the second derivative is that of the inverse alone.
    size = ops.abs(xp.where(near, 1.0, x), xp=xp)
    inverse = 1.0 / size
    far = (size - 1.0) + inverse / (1.0 + xp.sqrt(1.0 + inverse * inverse))
    return xp.where(near, square / (1.0 + xp.sqrt(1.0 + square)), far)
