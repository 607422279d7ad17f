"""Running sums along an axis."""

from __future__ import annotations

from agnostic_losses._typing import Array, Namespace
from agnostic_losses.backends import native_function


def cumulative_sum(x: Array, axis: int, *, xp: Namespace) -> Array:
    """Return the sums of the first entry, the first two and so on along an axis."""
    native = native_function(x, "cumulative_sum")
    return xp.cumulative_sum(x, axis=axis) if native is None else native(x, axis)
