"""Distances between two samples of numbers, or of vectors: the losses of generators without a critic.

Nothing here needs more memory than some matrices of all pairs.
"""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.ops import check_at_least, check_positive, prepare_pair, reduce

_FAR = 64.0
"""The difference in bandwidths from which on a Gaussian is 0 in every dtype."""


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
        The power of the distances, :math:`p \ge 1`.
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


@loss(family="samples")
def mmd(
    predictions: Array,
    targets: ArrayLike,
    *,
    bandwidth: float | tuple[float, ...] = 1.0,
    unbiased: bool = False,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Squared maximum mean discrepancy of two samples of numbers, with a Gaussian kernel.

    .. math:: l = \frac{1}{n^2} \sum_{i, j} \left( k(x_i, x_j) + k(y_i, y_j) - 2 k(x_i, y_j) \right), \qquad
              k(u, v) = \exp \frac{-(u - v)^2}{2 \sigma^2}

    Parameters
    ----------
    predictions : array
        Samples :math:`x`, any real numbers, n of them along `axis`.
    targets : array
        Samples :math:`y`, in the shape of `predictions`.
    bandwidth : float or tuple of float
        The width :math:`\sigma > 0` of the kernel, in units of the samples; of several, the mean of the kernels counts.
    unbiased : bool
        Whether the terms :math:`k(x_i, x_i)` and :math:`k(y_i, y_i)`, all 1, are left out, and the sums without them
        divided by :math:`n (n - 1)`. The loss may be negative then, and NaN for samples of one number.
    axis : int
        The axis of the samples.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over pairs of whole samples.

    Returns
    -------
    array
        A scalar; the shape of `predictions` without `axis` for ``reduction="none"``. Between 0 and 2, and 0 for equal
        samples, unless `unbiased`.

    Raises
    ------
    ValueError
        If the shapes differ, or a bandwidth is not positive, or there is none.

    Notes
    -----
    The three means cancel where the samples are nearly equal. Here each number is paired with the one of its rank, and
    the sum is over products of such gaps, which keep their digits near 0. The unbiased estimate is that minus a
    positive correction, the formula (3) of the paper with samples of one size. geomloss has half of the biased one.

    References
    ----------
    A. Gretton et al., "A Kernel Two-Sample Test", Journal of Machine Learning Research 13, 2012.
    """
    widths = _bandwidths(bandwidth)
    xp, predictions, targets = prepare_pair(predictions=predictions, targets=targets, axis=axis, where=where)
    x, y = (xp.sort(xp.moveaxis(sample, axis, -1), axis=-1) for sample in (predictions, targets))
    size = xp.sum(xp.ones_like(x), axis=-1)
    values = sum(_kernel_excess(x, y, width, xp) for width in widths) / (len(widths) * xp.square(size))
    if unbiased:
        missing = sum(_kernel_deficit(sample, width, xp) for sample in (x, y) for width in widths)
        several = size > 1
        freedom = xp.where(several, size - 1.0, 1.0)
        values = xp.where(several, values - missing / (len(widths) * xp.square(size) * freedom), math.nan)
    return reduce(values, weights=weights, where=where, reduction=reduction)


def _bandwidths(bandwidth: float | tuple[float, ...]) -> tuple[float, ...]:
    widths = bandwidth if isinstance(bandwidth, tuple) else (bandwidth,)
    if not widths:
        raise ValueError("bandwidth must be a positive number or several, got ()")
    return tuple(check_positive(bandwidth=width) for width in widths)


def _kernel_excess(x: Any, y: Any, width: float, xp: Namespace) -> Any:
    """Return the sum of the kernel over all pairs within two sorted samples, minus that between them.

    A pair of ranks adds k(x_i, x_j) + k(y_i, y_j) - k(x_i, y_j) - k(y_i, x_j), which vanishes with either gap x - y.
    """
    gap, (x_own, x_other), (y_own, y_other) = (x - y) / width, ops.pair_sides(x, xp=xp), ops.pair_sides(y, xp=xp)
    sides = [(x_own - x_other) / width, (y_own - y_other) / width, (x_own - y_other) / width, (y_own - x_other) / width]
    own, other = ops.pair_sides(gap, xp=xp)
    near = xp.logical_and(xp.logical_and(_within(own, 1.0, xp), _within(other, 1.0, xp)), _within(sides[0], _FAR, xp))
    safe_own, safe_other, *safe = (xp.where(near, side, 0.0) for side in (own, other, *sides))
    in_x, in_y, x_to_y, y_to_x = (xp.where(near, 0.0, side) for side in sides)
    # A pair of ranks and its mirror image add the same: the one with the smaller gap as the step of its differences.
    larger, smaller = ops.abs(own, xp=xp), ops.abs(other, xp=xp)
    times = xp.where(larger > smaller, xp.full_like(in_x, 2.0), xp.where(larger < smaller, xp.zeros_like(in_x), 1.0))
    step = xp.where(near, 0.0, other)
    far = times * (_kernel_step(in_x, x_to_y, step, xp) - _kernel_step(y_to_x, in_y, step, xp))
    return _sum_of_pairs(xp.where(near, _kernel_second_step(safe_own, safe_other, safe, xp), far), xp)


def _kernel_second_step(own: Any, other: Any, sides: Any, xp: Namespace) -> Any:
    """Return what a pair of ranks adds where both gaps are small, as a sum of products of both gaps.

    With M = (x_i - x_j) + (y_i - y_j) it is exactly ``-(k(x_i, x_j) + k(y_i, y_j)) expm1(-d_i d_j / 2)
    - k(y_i, x_j) expm1(-M d_i / 2) expm1(-M d_j / 2)`` with the gaps d. Exchanging x_j and y_j changes its sign, and
    so may M and d: of these forms the one is taken whose exponents are not positive. All are the same function, so
    that the choice adds no kink.
    """
    in_x, in_y, x_to_y, y_to_x = sides
    alike, forward = (own >= 0) == (other >= 0), (in_x + in_y >= 0) == (own >= 0)
    sign = xp.where(alike, xp.ones_like(in_x), -1.0)
    shift = xp.where(forward, -0.5 * (in_x + in_y), 0.5 * (in_x + in_y))
    pair = _gaussian(xp.where(alike, in_x, x_to_y), xp) + _gaussian(xp.where(alike, in_y, y_to_x), xp)
    crossed = xp.where(forward, xp.where(alike, y_to_x, in_y), xp.where(alike, x_to_y, in_x))
    moved = ops.expm1(shift * own, xp=xp) * ops.expm1(sign * shift * other, xp=xp)
    return -sign * (pair * ops.expm1(-0.5 * sign * own * other, xp=xp) + _gaussian(crossed, xp) * moved)


def _kernel_step(start: Any, end: Any, step: Any, xp: Namespace) -> Any:
    """Return the kernel of one difference minus that of another, a step further; exact for small steps."""
    bounded = xp.logical_and(_within(start, _FAR, xp), _within(end, _FAR, xp))
    growth = xp.where(bounded, 0.5 * xp.where(bounded, step, 0.0) * xp.where(bounded, start + end, 0.0), 0.0)
    down = growth >= 0
    decay = ops.expm1(xp.where(down, -growth, growth), xp=xp)
    stable = xp.where(down, -_gaussian(start, xp), _gaussian(end, xp)) * decay
    return xp.where(bounded, stable, _gaussian(start, xp) - _gaussian(end, xp))


def _kernel_deficit(x: Any, width: float, xp: Namespace) -> Any:
    """Return the sum over all pairs of one sample of what the kernel lacks to 1."""
    differences = ops.pair_differences(x, xp=xp) / width
    inside = _within(differences, _FAR, xp)
    lacking = -ops.expm1(-0.5 * xp.square(xp.where(inside, differences, 0.0)), xp=xp)
    return _sum_of_pairs(xp.where(inside, lacking, 1.0), xp)


def _sum_of_pairs(values: Any, xp: Namespace) -> Any:
    # One axis after the other: NumPy takes two at once in an order that depends on how many samples lie beside.
    return xp.sum(xp.sum(values, axis=-1), axis=-1)


def _gaussian(x: Any, xp: Namespace) -> Any:
    inside = _within(x, _FAR, xp)
    return xp.where(inside, xp.exp(-0.5 * xp.square(xp.where(inside, x, 0.0))), 0.0)


def _within(x: Any, bound: float, xp: Namespace) -> Any:
    return xp.logical_and(x > -bound, x < bound)
