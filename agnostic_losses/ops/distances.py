"""Norms, directions and distances: zero vectors have gradient 0, and no length over- or underflows.

Vectors are divided by their largest entry before anything is squared.
"""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses._typing import Array, Namespace
from agnostic_losses.backends import fused, shape, stop_gradient
from agnostic_losses.ops import special


def norm(x: Array, axis: int | tuple[int, ...], *, xp: Namespace, p: float = 2.0, keepdims: bool = False) -> Array:
    r"""Return :math:`(\sum_j |x_j|^p)^{1/p}` along one axis or several, :math:`1 \le p \le \infty`; gradient 0 at 0."""
    if p == 1:
        return xp.sum(special.abs(x, xp=xp), axis=axis, keepdims=keepdims)
    if p == math.inf:
        return xp.max(special.abs(x, xp=xp), axis=axis, keepdims=keepdims)
    return fused("norm", _norm, x, xp=xp, axis=axis, p=p, keepdims=keepdims)


def _norm(x: Array, *, axis: int | tuple[int, ...], p: float, keepdims: bool, xp: Namespace) -> Array:
    scale = common_scale(x, axis, xp=xp)
    total = xp.sum(_power(x / scale, p, xp), axis=axis, keepdims=True)
    zero = total == 0
    length = xp.where(zero, 0.0, scale * xp.where(zero, 1.0, total) ** (1.0 / p))
    return length if keepdims else xp.squeeze(length, axis=axis)


def distance(x: Array, y: Array, axis: int, *, xp: Namespace, p: float = 2.0) -> Array:
    """Return the norm of the difference of vectors along an axis, with gradient 0 where they are equal."""
    if p == 2:
        return fused("distance", _distance, x, y, xp=xp, axis=axis)
    return norm(x - y, axis, xp=xp, p=p)


def _distance(x: Array, y: Array, *, axis: int, xp: Namespace) -> Array:
    return norm(x - y, axis, xp=xp)


def unit(x: Array, axis: int, *, xp: Namespace) -> Array:
    """Return the vectors along an axis divided by their Euclidean length; the zero vector stays, with gradient 0."""
    scaled = x / common_scale(x, axis, xp=xp)
    total = xp.sum(scaled * scaled, axis=axis, keepdims=True)
    zero = total == 0
    return xp.where(zero, 0.0, scaled / xp.sqrt(xp.where(zero, 1.0, total)))


def _cosine_and_chord(first: Array, second: Array, axis: int, *, xp: Namespace) -> tuple[Array, Array]:
    """Return the cosine of unit vectors and half their squared chord, which is one minus the cosine."""
    return xp.sum(first * second, axis=axis), 0.5 * xp.sum(xp.square(first - second), axis=axis)


def cosine_distance(first: Array, second: Array, axis: int, *, xp: Namespace) -> Array:
    """Return one minus the cosine of vectors of any length; of a zero vector 1, with gradient 0."""
    return fused("cosine_distance", _cosine_distance, first, second, xp=xp, axis=axis)


def _cosine_distance(first: Array, second: Array, *, axis: int, xp: Namespace) -> Array:
    return one_minus_cosine(unit(first, axis, xp=xp), unit(second, axis, xp=xp), axis, xp=xp)


def cosine_below(first: Array, second: Array, limit: Any, axis: int, *, xp: Namespace) -> Array:
    """Return a limit, a number or a constant for each pair, minus the cosine; the digits of small angles are kept."""
    return fused("cosine_below", _cosine_below, first, second, xp=xp, axis=axis, limit=limit)


def _cosine_below(first: Array, second: Array, *, axis: int, limit: Any, xp: Namespace) -> Array:
    cosine, chord = _cosine_and_chord(unit(first, axis, xp=xp), unit(second, axis, xp=xp), axis, xp=xp)
    return xp.where(cosine > 0.5, chord - (1.0 - limit), limit - cosine)


def one_minus_cosine(first: Array, second: Array, axis: int, *, xp: Namespace) -> Array:
    """Return one minus the cosine of unit vectors: below 60 degrees by the chord, which does not cancel."""
    cosine, chord = _cosine_and_chord(first, second, axis, xp=xp)
    return xp.where(cosine > 0.5, chord, 1.0 - cosine)


def common_scale(x: Array, axis: int | tuple[int, ...], *, xp: Namespace) -> Array:
    """Return the largest size along one axis or several, which stay with length 1, as a constant that is not 0.

    What is divided by it has squares that do not overflow; where the factor cancels in the end, it needs no gradient.
    """
    most = xp.sum if 0 in shape(x) else xp.max  # nothing has no maximum, and the sum 0
    largest = most(xp.abs(stop_gradient(x)), axis=axis, keepdims=True)
    # Far enough above 0: the gradient is multiplied by it, which must not underflow, and divided, not overflow.
    smallest = 1024.0 * float(xp.finfo(x.dtype).smallest_normal)
    return xp.where(largest < smallest, smallest, largest)


def _power(x: Any, p: float, xp: Namespace) -> Any:
    if p == 2:
        return x * x  # without |x|, whose kink would take the second derivative at 0
    sizes = special.abs(x, xp=xp)
    positive = sizes > 0
    # The derivative of a power at 0 is 0 for p > 1, and NaN on some frameworks.
    return xp.where(positive, xp.where(positive, sizes, 1.0) ** p, 0.0)
