"""Differences of exponentials whose derivatives keep their digits where the difference itself has nearly none left."""

from __future__ import annotations

from agnostic_losses._typing import Array, Namespace


def expm1(x: Array, *, xp: Namespace) -> Array:
    """Return ``exp(x) - 1``, with a derivative that is exact for large negative arguments.

    Some frameworks have ``expm1(x) + 1`` for the derivative, which is 0 or 1 eps where ``exp(x)`` is smaller than eps.
    """
    low = x < -1.0
    return xp.where(low, xp.exp(xp.where(low, x, -1.0)) - 1.0, xp.expm1(xp.where(low, 0.0, x)))
