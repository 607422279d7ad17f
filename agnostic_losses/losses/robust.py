"""Errors between predicted and true numbers that are quadratic near 0 and at most linear far away."""

from __future__ import annotations

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Reduction
from agnostic_losses.ops import check_positive, prepare_pair, reduce


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
    The same in torch, Keras, optax and SciPy; torch's ``smooth_l1_loss(beta)`` is this divided by `beta`. optax
    subtracts two nearly equal gradients, and returns gradient 0 for errors below 3e-8 in float32.

    References
    ----------
    P. J. Huber, "Robust Estimation of a Location Parameter", Annals of Mathematical Statistics 35, 1964.
    """
    delta = check_positive(delta=delta)
    xp, predictions, targets = prepare_pair(predictions=predictions, targets=targets, where=where)
    error = predictions - targets
    size = ops.abs(error, xp=xp)
    near = size <= delta
    # The branch not taken gets a safe error: its square overflows, and inf * 0 in the gradient is NaN.
    values = xp.where(near, 0.5 * xp.square(xp.where(near, error, 0.0)), delta * (size - 0.5 * delta))
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
