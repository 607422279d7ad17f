"""Ratios of gamma functions at a distance, as of negative binomial coefficients, without their large parts."""

from __future__ import annotations

from typing import Any

from agnostic_losses._typing import Array, Namespace
from agnostic_losses.ops.divergences import log_ratio
from agnostic_losses.ops.gamma import FAR, STIRLING, log_factorial_excess, polynomial


def log_rising_excess(x: Array, y: Array, *, xp: Namespace) -> Array:
    r"""Return :math:`\log \frac{\Gamma(x + y)}{\Gamma(x)} - (x + y) \log (x + y) + x \log x + y`.

    Parameters
    ----------
    x : array
        Positive numbers.
    y : array
        Numbers that are not negative.
    xp : module
        The namespace of both.

    Returns
    -------
    array
        About :math:`-\tfrac12 \log(1 + y / x)` for a large x, and 0 for y = 0. Its derivative by a large x keeps its
        digits, which those of log-gammas lose.
    """
    far = x >= FAR
    growth = log_ratio(x + y, x, xp=xp, difference=y)
    small, large = xp.where(far, 1.0, x), xp.where(far, x, FAR)
    here = log_factorial_excess(small + y, xp=xp) - log_factorial_excess(small, xp=xp) - growth
    return xp.where(far, _stirling(large + y) - _stirling(large) - 0.5 * growth, here)


def _stirling(x: Any) -> Any:
    inverse = 1.0 / x
    return inverse * polynomial(inverse, STIRLING)
