"""Distances between two samples of numbers, or of vectors: the losses of generators without a critic.

Nothing here forms more than one matrix of all pairs.
"""

from __future__ import annotations

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Reduction
from agnostic_losses.ops import check_at_least, prepare_pair, reduce


@loss(family="samples")
def wasserstein_1d(
    predictions: Array,
    targets: ArrayLike,
    *,
    p: float = 1.0,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Wasserstein distance of two samples of numbers: the least work that moves one to the other.

    .. math:: l = \left( \frac1n \sum_{i=1}^n |x_{(i)} - y_{(i)}|^p \right)^{1/p}

    of the sorted predictions and the sorted targets.

    Parameters
    ----------
    predictions : array
        Samples :math:`x`, any real numbers, n of them along `axis`.
    targets : array
        Samples :math:`y`, in the shape of `predictions`.
    p : float
        :math:`p \ge 1`.
    axis : int
        The axis of the samples.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over pairs of whole samples.

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
    With `p` 1 it is ``scipy.stats.wasserstein_distance`` of samples of one size. A number that meets its target has
    gradient 0, and so have equal samples. Where predictions tie, the loss has a kink between the targets that they
    could be given; each gets one of them.

    References
    ----------
    L. N. Vaserstein, "Markov Processes over Denumerable Products of Spaces, Describing Large Systems of Automata",
    Problems of Information Transmission 5, 1969.
    """
    p = check_at_least(1.0, p=p)
    xp, predictions, targets = prepare_pair(predictions=predictions, targets=targets, axis=axis, where=where)
    gaps = xp.sort(predictions, axis=axis) - xp.sort(targets, axis=axis)
    size = xp.sum(xp.ones_like(gaps), axis=axis)
    values = ops.norm(gaps, axis, xp=xp, p=p) / size ** (1.0 / p)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="samples")
def energy_distance(
    predictions: Array,
    targets: ArrayLike,
    *,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Squared energy distance of two samples of numbers.

    .. math:: l = \frac{1}{n^2} \sum_{i, j} \left( 2 |x_i - y_j| - |x_i - x_j| - |y_i - y_j| \right)

    Parameters
    ----------
    predictions : array
        Samples :math:`x`, any real numbers, n of them along `axis`.
    targets : array
        Samples :math:`y`, in the shape of `predictions`.
    axis : int
        The axis of the samples.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over pairs of whole samples.

    Returns
    -------
    array
        A scalar; the shape of `predictions` without `axis` for ``reduction="none"``. In units of the targets, not
        negative, 0 for equal samples.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    The square of ``scipy.stats.energy_distance``, as in the paper: the root has no finite gradient near 0. The value
    is :math:`2 \int (F - G)^2` of the distribution functions, a sum of positive terms over the sorted samples, since
    the three means cancel. Numbers that meet have the gradient of :math:`|0|`, 0.

    References
    ----------
    G. J. Szekely and M. L. Rizzo, "Energy Statistics: A Class of Statistics Based on Distances", Journal of
    Statistical Planning and Inference 143, 2013.
    """
    xp, predictions, targets = prepare_pair(predictions=predictions, targets=targets, axis=axis, where=where)
    x, y = xp.moveaxis(predictions, axis, -1), xp.moveaxis(targets, axis, -1)
    pooled = xp.concat((x, y), axis=-1)
    sign = xp.concat((xp.ones_like(x), -xp.ones_like(y)), axis=-1)
    squared_size = xp.square(xp.sum(xp.ones_like(x), axis=-1))
    values = 2.0 * ops.integrate_steps(pooled, sign, xp.square, xp=xp) / squared_size
    return reduce(values, weights=weights, where=where, reduction=reduction)
