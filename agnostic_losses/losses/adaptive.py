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
    k = xp.where(k < 2.0**-100, 2.0**-100, k)  # no number differs from the limit there
    side = xp.where(alpha > 2.0, xp.ones_like(x), -1.0)
    middle = xp.abs(alpha) < 1.0
    # The same by two formulas, each without a difference of nearly equal numbers, the derivative included.
    c = xp.where(middle, xp.where(middle, alpha, 0.0) / gap, k + side)
    values = _bent(xp.where(bent, x, 0.0), k, c, side, xp)
    return xp.where(bent, values, 0.5 * xp.square(xp.where(bent, 0.0, x)))


def _bent(x: Any, k: Any, c: Any, side: Any, xp: Namespace) -> Any:
    root = xp.sqrt(0.5 * k)
    small = xp.abs(x) * root <= 1.0
    z = 0.5 * xp.square(xp.where(small, x, 0.0))
    size = ops.abs(xp.where(small, 1.0, x), xp=xp) * xp.where(small, 1.0, root)
    log = xp.where(small, xp.log1p(k * z), 2.0 * xp.log(size) + xp.log1p(xp.square(1.0 / size)))
    tail = xp.where(small, log, 0.0)
    third = tail * tail * tail * _exp_tail(tail, xp) / k
    exponent = xp.where(small, z - third - 0.5 * tail * tail / k, log / k)
    turn = c * exponent
    near = xp.abs(turn) <= 1.0
    both = xp.logical_and(near, small)
    # All terms of the second order in z are one square: the rest has the whole derivative by alpha.
    first, power = xp.where(near, exponent, 0.0), xp.where(near, turn, 0.0)
    rest = first * power * power * _exp_tail(power, xp)
    square = 0.5 * xp.square(xp.where(both, exponent, 0.0))
    inner = xp.where(both, z - third + side * square + rest, first * (1.0 + 0.5 * power) + rest)
    return xp.where(near, inner, _outer(xp.where(near, 2.0, turn), xp.where(near, 1.0, c), xp))


def _outer(turn: Any, c: Any, xp: Namespace) -> Any:
    """Return (exp(turn) - 1) / c for exponents beyond 1 or -1, without overflow where c is large, too."""
    up = turn > 0
    rising = xp.exp(xp.where(up, turn, 0.0) - xp.log(xp.where(up, c, 1.0))) - 1.0 / xp.where(up, c, 1.0)
    return xp.where(up, rising, (xp.exp(xp.where(up, 0.0, turn)) - 1.0) / xp.where(up, -1.0, c))


def _exp_tail(x: Any, xp: Namespace) -> Any:
    """Return ``(exp(x) - 1 - x - x**2 / 2) / x**3`` for numbers of at most 1."""
    series = xp.zeros_like(x)
    for degree in range(20, 2, -1):  # the first term left out is below 1e-18 of the first
        series = series * x + 1.0 / math.factorial(degree)
    return series
