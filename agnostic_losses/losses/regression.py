"""Errors between predicted and true numbers that grow without bound: squared and absolute error."""

from __future__ import annotations

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Reduction
from agnostic_losses.ops import prepare_pair, reduce


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
    return reduce(xp.square(predictions - targets), weights=weights, where=where, reduction=reduction)


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
