"""Sums of numbers that are given by their logarithms, where -inf stands for 0."""

from __future__ import annotations

import math

from agnostic_losses._typing import Array, Namespace


def logaddexp(x: Array, y: Array, *, xp: Namespace) -> Array:
    """Return ``log(exp(x) + exp(y))``; -inf counts nothing, and two of them give -inf, with gradient 0."""
    nothing = xp.logical_and(x == -math.inf, y == -math.inf)
    first = y > x
    # Which of two equal ones is called the larger makes no difference to any derivative.
    larger = xp.where(nothing, 0.0, xp.where(first, y, x))
    smaller = xp.where(first, x, y)
    return xp.where(nothing, -math.inf, larger + xp.log1p(xp.exp(smaller - larger)))
