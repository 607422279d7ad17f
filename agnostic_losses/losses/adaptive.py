"""A robust loss whose shape is an argument, and can be learned."""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.ops import as_option, check_positive, exclude, prepare_pair, reduce


@loss(family="adaptive")
def general_robust(
    predictions: Array,
    targets: ArrayLike,
    alpha: float | ArrayLike,
    scale: float | ArrayLike,
    *,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Barron's general and adaptive robust loss: one family from the squared error to Welsch's, by its shape.

    .. math::
        l = \frac{|\alpha - 2|}{\alpha} \left( \left( \frac{(e / c)^2}{|\alpha - 2|} + 1 \right)^{\alpha / 2} - 1
        \right), \qquad e = \hat y - y

    and the limits at :math:`\alpha = 2` (half of the squared error), 0 (Cauchy) and :math:`-\infty` (Welsch); at 1 it
    is the pseudo-Huber loss, at -2 that of Geman and McClure.

    Parameters
    ----------
    predictions : array
        Any real numbers :math:`\hat y`, of any shape.
    targets : array
        True numbers :math:`y`, in the shape of `predictions`.
    alpha : number or array
        The shape :math:`\alpha`, any real number or :math:`-\infty`: the smaller, the less large errors count. An
        array broadcasts to `predictions`, and may be learned.
    scale : number or array
        The error :math:`c > 0` at which the loss bends, in units of the targets. An array broadcasts to `predictions`,
        and may be learned; the loss is NaN where it is not positive.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `predictions` for ``reduction="none"``. Without unit.

    Raises
    ------
    ValueError
        If the shapes differ, `alpha` or `scale` would enlarge them, or `scale` is a number that is not positive.

    Notes
    -----
    Stable for all shapes, near the special ones too, where the formula divides by 0 or cancels; the paper's code keeps
    `alpha` away from them. At ``alpha=2`` the derivative by `alpha` is infinite, and comes out as 0: begin to learn
    beside it. The loss alone has no least scale: learn `scale` with the log-likelihood of the paper, which adds the
    logarithm of the normalising constant.

    References
    ----------
    J. T. Barron, "A General and Adaptive Robust Loss Function", CVPR 2019.
    """
    xp, predictions, targets = prepare_pair(predictions=predictions, targets=targets, where=where)
    if not ops.is_array(scale):
        scale = check_positive(scale=scale)
    alpha, scale = (_each(value, predictions, name, where, xp) for name, value in (("alpha", alpha), ("scale", scale)))
    ratio = (predictions - targets) / xp.where(scale > 0, scale, math.nan)
    return reduce(_general(ratio, alpha, xp), weights=weights, where=where, reduction=reduction)


def _each(value: Any, like: Any, name: str, where: Any, xp: Namespace) -> Any:
    return exclude(as_option(value, like, name) + xp.zeros_like(like), where, (), xp=xp, fill=1.0)


def _general(x: Any, alpha: Any, xp: Namespace) -> Any:
    """Return Barron's loss of an error in units of the scale.

    With k = 2 / |alpha - 2|, z = x**2 / 2 and E = log(1 + k z) / k it is (exp(c E) - 1) / c, c = k - 1 or k + 1.
    """
    gap = ops.abs(alpha - 2.0, xp=xp)
    bent = gap > 0
    gap = xp.where(bent, gap, 1.0)
    k = 2.0 / gap
    # No number differs from the limit there, and the square of 1 / k, which forward mode multiplies by 0, is finite.
    least = max(2.0**-100, 2.0 / float(xp.finfo(x.dtype).max) ** 0.5)
    k = xp.where(k < least, least, k)
    side = xp.where(alpha > 2.0, xp.ones_like(x), -1.0)
    middle = xp.abs(alpha) < 1.0
    # The same by two formulas, each without a difference of nearly equal numbers, the derivative included.
    c = xp.where(middle, xp.where(middle, alpha, 0.0) / gap, k + side)
    values = _bent(xp.where(bent, x, 0.0), k, c, side, middle, xp)
    return xp.where(bent, values, 0.5 * xp.square(xp.where(bent, 0.0, x)))


def _bent(x: Any, k: Any, c: Any, side: Any, middle: Any, xp: Namespace) -> Any:
    log, exponent, small = _exponent(x, k, xp)
    # Of large k the product overflows in the derivative.
    turn = xp.where(middle, xp.where(middle, c, 1.0) * exponent, log + side * exponent)
    near = xp.abs(turn) <= 1.0
    both = xp.logical_and(near, small)
    steep = xp.logical_and(k > 2.0, xp.abs(x) < 0.25 * float(xp.finfo(x.dtype).max) ** 0.5)
    straight = xp.logical_and(steep, xp.logical_not(both))
    first, power = xp.where(near, exponent, 0.0), xp.where(near, turn, 0.0)
    inner = first * (1.0 + power * (0.5 + power * _exp_tail(power, power, xp)[0]))
    values = xp.where(near, inner, _outer(xp.where(near, 2.0, turn), xp.where(near, 1.0, c), xp))
    values = xp.where(
        straight,
        _straight(xp.where(straight, x, 1.0), xp.where(straight, k, 4.0), side, xp.where(straight, log, 0.0), xp),
        values,
    )
    return xp.where(both, _curved(xp.where(both, x, 0.0), k, side, middle, c, xp), values)


def _exponent(x: Any, k: Any, xp: Namespace) -> tuple[Any, Any, Any]:
    """Return log(1 + k z), that divided by k, and where k z is at most 1: no square overflows."""
    root = xp.sqrt(0.5 * k)
    small = xp.abs(x) * root <= 1.0
    z = 0.5 * xp.square(xp.where(small, x, 0.0))
    size = ops.abs(xp.where(small, 1.0, x), xp=xp) * xp.where(small, 1.0, root)
    log = xp.where(small, xp.log1p(k * z), 2.0 * xp.log(size) + xp.log1p(xp.square(1.0 / size)))
    less = xp.where(small, log, 0.0)
    # As z less a remainder where that is small: its derivative by k does not cancel.
    remainder = less * less * (0.5 + less * _exp_tail(less, less, xp)[0])
    return log, xp.where(small, z - remainder / k, log / k), small


def _curved(x: Any, k: Any, side: Any, middle: Any, c: Any, xp: Namespace) -> Any:
    """Return the loss of small errors: all that depends on k is of the third order in z."""
    log, exponent, _ = _exponent(x, k, xp)
    turn = xp.where(middle, xp.where(middle, c, 1.0) * exponent, log + side * exponent)
    _, slope = _exp_tail(log, turn, xp)
    return 0.5 * xp.square(x) + side * xp.square(exponent) * (0.5 + slope)


def _straight(x: Any, k: Any, side: Any, log: Any, xp: Namespace) -> Any:
    """Return the loss of shapes near 2 for errors that are not small: with 1 / k as factor nothing large cancels."""
    h = 1.0 / k
    return ((h + 0.5 * xp.square(x)) * xp.exp(side * h * log) - h) / (1.0 + side * h)


def _outer(turn: Any, c: Any, xp: Namespace) -> Any:
    """Return (exp(turn) - 1) / c for exponents beyond 1 or -1, without overflow where c is large, too."""
    up = turn > 0
    rising = xp.exp(xp.where(up, turn, 0.0) - xp.log(xp.where(up, c, 1.0))) - 1.0 / xp.where(up, c, 1.0)
    return xp.where(up, rising, (xp.exp(xp.where(up, 0.0, turn)) - 1.0) / xp.where(up, -1.0, c))


def _exp_tail(x: Any, y: Any, xp: Namespace) -> tuple[Any, Any]:
    """Return t(x) = (exp(x) - 1 - x - x**2 / 2) / x**3, and the slope of x**2 t(x) between two numbers of at most 1."""
    tail, slope = xp.zeros_like(x), xp.zeros_like(x)
    for degree in range(20, 2, -1):  # the first term left out is below 1e-18 of the first
        slope = slope * y + tail
        tail = tail * x + 1.0 / math.factorial(degree)
    first = slope * y + tail
    return tail, first * y + tail * x
