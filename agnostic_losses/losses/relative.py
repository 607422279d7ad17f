"""Errors in proportion to the size of the numbers: of logarithms, and as shares of the target or of both."""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.backends import fused
from agnostic_losses.ops import check_at_least, prepare_pair, reduce


@loss(family="relative")
def squared_log_error(
    predictions: Array,
    targets: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Squared difference of the logarithms of one plus each number, the mean of which is the MSLE.

    .. math:: l = \left( \log(1 + \hat y) - \log(1 + y) \right)^2

    Parameters
    ----------
    predictions : array
        Numbers :math:`\hat y > -1`, of any shape; counts and amounts are usual.
    targets : array
        True numbers :math:`y > -1`, in the shape of `predictions`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `predictions` for ``reduction="none"``. It is infinite where one number is -1, and NaN
        where one is below.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    scikit-learn raises below -1. Keras raises both numbers to at least 1e-7 first: for a prediction of -0.5 and a
    target of 0 it returns 0 instead of 0.480453. Nearly equal numbers keep their digits: the difference is the
    logarithm of one plus a small number, and not a difference of logarithms.
    """
    xp, predictions, targets = prepare_pair(predictions=predictions, targets=targets, where=where)
    values = fused("squared_log_error", _squared_log_error, predictions, targets, xp=xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


def _squared_log_error(predictions: Any, targets: Any, *, xp: Namespace) -> Any:
    error, above = predictions - targets, predictions > targets
    least = 1.0 + xp.where(above, targets, predictions)
    least = xp.where(least >= 0, least, math.nan)
    # Of a positive argument; the square has one derivative of each order from both sides of equal numbers.
    return xp.square(xp.log1p(xp.where(above, error, -error) / least))


@loss(family="relative")
def absolute_percentage_error(
    predictions: Array,
    targets: ArrayLike,
    *,
    floor: float = 0.0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Absolute error as a fraction of the target, the mean of which is the MAPE.

    .. math:: l = \frac{|\hat y - y|}{\max(|y|, \varphi)}

    Parameters
    ----------
    predictions : array
        Any real numbers :math:`\hat y`, of any shape.
    targets : array
        True numbers :math:`y \ne 0`, in the shape of `predictions`.
    floor : float
        The least size :math:`\varphi \ge 0` of a target in the denominator, in units of the targets.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `predictions` for ``reduction="none"``. A fraction: 0.5 is 50%. Without a floor it is
        infinite at a target of 0, and NaN at a prediction of 0 besides; exclude such places by `where`.

    Raises
    ------
    ValueError
        If the shapes differ, or `floor` is negative.

    Notes
    -----
    scikit-learn has a floor of 2.2e-16, Keras one of 1e-7 and percents: a prediction of 0.1 for a target of 0 costs
    4.5e14 in the former and 1e8 in the latter. Predictions that are too small cost at most 1, those that are too large
    have no limit. At a perfect prediction the gradient is 0.
    """
    floor = check_at_least(0.0, floor=floor)
    xp, predictions, targets = prepare_pair(predictions=predictions, targets=targets, where=where, fill=1.0)
    values = fused("absolute_percentage_error", _share_of_target, predictions, targets, xp=xp, floor=floor)
    return reduce(values, weights=weights, where=where, reduction=reduction)


def _share_of_target(predictions: Any, targets: Any, *, floor: float, xp: Namespace) -> Any:
    error, size = predictions - targets, xp.abs(targets)
    # Each form where it is exact: e / y near the target, and p / y - 1 far away, also in the derivative by y.
    near, scale = 2.0 * xp.abs(error) <= size, targets
    if floor:
        floored = size < floor
        near, scale = xp.logical_or(floored, near), xp.where(floored, floor, targets)
    share = xp.where(near, error, predictions) / scale
    return ops.abs(xp.where(near, share, share - 1.0), xp=xp)


@loss(family="relative")
def symmetric_absolute_percentage_error(
    predictions: Array,
    targets: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Absolute error as a fraction of the mean size of both numbers, the mean of which is the SMAPE.

    .. math:: l = \frac{2\, |\hat y - y|}{|\hat y| + |y|}

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
        A scalar; the shape of `predictions` for ``reduction="none"``. A fraction between 0 and 2; it is 2 wherever
        the signs differ or one number alone is 0, and 0 where both are.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    The same as in torchmetrics, which floors the denominator at 1.17e-6. Some definitions lack the factor 2, or are in
    percent. Where the signs differ, and where a number is 0, the gradient is 0: nothing is learned there.

    References
    ----------
    S. Makridakis, "Accuracy Measures: Theoretical and Practical Concerns", International Journal of Forecasting 9,
    1993.
    """
    xp, predictions, targets = prepare_pair(predictions=predictions, targets=targets, where=where)
    error = predictions - targets
    one_sign = xp.logical_or(xp.logical_and(predictions > 0, targets > 0), xp.logical_and(predictions < 0, targets < 0))
    alike = xp.logical_and(one_sign, error != 0)
    total = xp.where(alike, predictions + targets, 1.0)
    # Each form where it is exact: e / s for nearly equal numbers, and 1 - 2 min / s for others, with derivatives alike.
    near = xp.abs(error) <= 0.5 * xp.abs(total)
    lesser = xp.where(xp.abs(predictions) < xp.abs(targets), predictions, targets)
    share = xp.where(alike, xp.where(near, error, 2.0 * lesser), 0.0) / total
    unequal = 2.0 * ops.abs(xp.where(near, share, 1.0 - share), xp=xp)
    values = xp.where(alike, unequal, xp.where(error == 0, xp.zeros_like(error), 2.0))
    return reduce(values, weights=weights, where=where, reduction=reduction)
