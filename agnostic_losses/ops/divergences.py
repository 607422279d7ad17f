"""How far one positive number is from another: exact where both are nearly equal, and where they are orders apart.

A logarithm of the quotient minus the difference cancels near equality, and the quotient itself, or the square in its
derivative, overflows for the smallest and the largest numbers.
"""

from __future__ import annotations

from typing import Any

from agnostic_losses._typing import Array, Namespace
from agnostic_losses.backends import fused, stop_gradient

FAR_APART = 2.0**-20
"""Below this quotient the logarithms are subtracted: by then their difference is a good part of them."""


def log1p_remainder(x: Array, *, xp: Namespace) -> Array:
    """Return ``x - log(1 + x)`` for x > -1, exact for small arguments, where the difference loses every digit."""
    near = xp.logical_and(x > -1.0 / 3.0, x < 0.5)
    right, left = x > 0, xp.logical_and(x <= 0, xp.logical_not(near))
    # log1p of positive arguments only; 1 + x has few rounding errors for negative ones that are not small.
    far = x - xp.log1p(xp.where(right, x, 0.0)) - xp.log(xp.where(left, 1.0 + x, 1.0))
    return xp.where(near, _remainder_near(xp.where(near, x, 0.0)), far)


def log_ratio(x: Array, y: Array, *, xp: Namespace, difference: Array | None = None) -> Array:
    """Return ``log(x / y)`` of positive numbers; `difference` is x - y where the caller knows it more exactly."""
    ratio = _Ratio(x, y, x - y if difference is None else difference, xp)
    return xp.where(ratio.near, ratio.beyond - _remainder_near(ratio.beyond), ratio.logarithm())


def generalized_kl(x: Array, y: Array, *, xp: Namespace, difference: Array | None = None) -> Array:
    """Return ``x * log(x / y) - x + y``, the generalised Kullback-Leibler divergence of positive numbers.

    A first number of 0 gives `y`, with gradient 0 by it (the limit is -inf). `difference` is y - x where the caller
    knows it more exactly.
    """
    if difference is None:
        return fused("generalized_kl", _generalized_kl, x, y, xp=xp)
    return _generalized_kl(x, y, xp=xp, difference=difference)


def _generalized_kl(x: Array, y: Array, *, xp: Namespace, difference: Array | None = None) -> Array:
    difference = y - x if difference is None else difference
    nothing = x == 0
    x = xp.where(nothing, 1.0, x)
    ratio = _Ratio(xp.where(nothing, 1.0, y), x, xp.where(nothing, 0.0, difference), xp)
    far = difference - x * ratio.logarithm()
    return xp.where(nothing, y, xp.where(ratio.near, x * _remainder_near(ratio.beyond), far))


def itakura_saito(x: Array, y: Array, *, xp: Namespace) -> Array:
    """Return ``x / y - log(x / y) - 1``, the Itakura-Saito divergence of positive numbers."""
    return fused("itakura_saito", _itakura_saito, x, y, xp=xp)


def _itakura_saito(x: Array, y: Array, *, xp: Namespace) -> Array:
    ratio = _Ratio(x, y, x - y, xp)
    far = ratio.numerator / ratio.denominator - 1.0 - ratio.logarithm()
    return xp.where(ratio.near, _remainder_near(ratio.beyond), far)


class _Ratio:
    """A quotient of positive numbers, both scaled by a constant that makes the denominator 1.

    The scale cancels. Without it frameworks square the denominator in the derivative, and terms of second derivatives
    that together are one infinity become the difference of two.
    """

    def __init__(self, x: Any, y: Any, difference: Any, xp: Namespace) -> None:
        self.x, self.y, self.xp = x, y, xp
        scale = 1.0 / stop_gradient(y)
        self.numerator, self.denominator = x * scale, y * scale
        self.near = xp.logical_and(difference < 0.5 * y, difference > y * (-1.0 / 3.0))
        self.beyond = xp.where(self.near, difference * scale, 0.0) / self.denominator
        """The distance of the quotient from 1, where it is near; 0 elsewhere."""

    def logarithm(self) -> Any:
        """Return the logarithm of the quotient where it is not near 1."""
        x, y, xp = self.x, self.y, self.xp
        apart = xp.logical_or(x * FAR_APART > y, y * FAR_APART > x)
        beside = xp.logical_or(self.near, apart)
        quotient = xp.where(beside, 1.0, self.numerator) / xp.where(beside, 1.0, self.denominator)
        x, y = xp.where(apart, x, 1.0), xp.where(apart, self.denominator, 1.0)
        constants = stop_gradient(x), xp.where(apart, stop_gradient(self.y), 1.0)
        # Not divided: of the derivative XLA would make a quotient by the square of x, which underflows.
        beside_one = x * (1.0 / constants[0])
        apart_value = (xp.log(beside_one) - xp.log(y)) + (xp.log(constants[0]) - xp.log(constants[1]))
        return xp.where(apart, apart_value, xp.log(quotient))


def _remainder_near(x: Any) -> Any:
    # With s = x / (2 + x) the logarithm is 2 (s + s^3/3 + s^5/5 + ...), and x - 2 s is x s: nothing is left to cancel.
    s = x / (2.0 + x)
    square = s * s
    series = 0.0 * square
    for degree in range(27, 1, -2):  # |s| <= 1/5: the first term left out is below 1e-17 of the first
        series = series * square + 2.0 / degree
    return s * (x - square * series)
