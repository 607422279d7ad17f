"""Forms of distances for JAX: sums of squares in one pass over memory, which are looked at before they serve.

Where a vector is so long or so short that its squares leave the dtype, all are divided by their largest entries first,
in branches that seldom run. Rules are `jax.custom_jvp`, as in `jax_fused`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

Pair = Any
"""Two arrays."""
Vectors = tuple[Any, ...]
"""Vectors along an axis, or two whose difference is meant."""

MODERATE = 2.0**-40, 2.0**40
"""Sums of squares of which products and powers, as derivatives have them, stay within float32."""


def _sum(x: Any, axis: int) -> Any:
    return jnp.sum(x, axis=axis, keepdims=True)


def _are_moderate(*squares: Any) -> Any:
    """Return whether all sums of squares serve as they are; NaN doesn't."""
    lowest, highest = MODERATE
    return functools.reduce(jnp.logical_and, (jnp.all((x > lowest) & (x < highest)) for x in squares))


def _difference(vectors: Vectors) -> Any:
    return functools.reduce(jnp.subtract, vectors)


def _polar(vectors: Vectors, axis: int) -> Pair:
    """Return a scale, a constant, and the length of vectors divided by it; of a zero vector inf, not to divide by 0."""
    scale, root = _scaled_length(vectors, axis)
    # A tangent of zeros would be divided by the square of the scale.
    return jax.lax.stop_gradient(scale), root


@functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
def _scaled_length(vectors: Vectors, axis: int) -> Pair:
    return _scaled_length_of(vectors, axis)


@functools.partial(jax.jit, static_argnums=1)  # or else each call outside of jit would compile the branches
def _scaled_length_of(vectors: Vectors, axis: int) -> Pair:
    def exact(*vectors: Any) -> Pair:
        x = _difference(vectors)
        largest = jnp.max(jnp.abs(x), axis=axis, keepdims=True)
        # As far above 0 as in the generic body.
        scale = jnp.maximum(largest, 1024.0 * jnp.finfo(x.dtype).smallest_normal)
        total = _sum(jnp.square(x / scale), axis)
        return scale, jnp.sqrt(jnp.where(total == 0, jnp.inf, total))

    total = _sum(jnp.square(_difference(vectors)), axis)
    # Two vectors, and not their difference, which XLA would store for the branch.
    return jax.lax.cond(_are_moderate(total), lambda *_: (jnp.ones_like(total), jnp.sqrt(total)), exact, *vectors)


def _scaled_length_jvp(axis: int, primals: tuple[Vectors], tangents: tuple[Vectors]) -> tuple[Pair, Pair]:
    scale, root = _polar(*primals, axis)
    change = _sum(_difference(*primals) / scale / root * (_difference(*tangents) / scale), axis)
    return (scale, root), (jnp.zeros_like(scale), change)


_scaled_length.defjvp(_scaled_length_jvp)


def _unit(vectors: Vectors, axis: int) -> Any:
    scale, root = _polar(vectors, axis)
    return _difference(vectors) / scale / root


@functools.partial(jax.custom_jvp, nondiff_argnums=(2,))
def _distance(first: Any, second: Any, axis: int) -> Any:
    scale, root = _polar((first, second), axis)
    return jnp.where(root == jnp.inf, 0.0, scale * root)


def _distance_jvp(axis: int, primals: Pair, tangents: Pair) -> Pair:
    return _distance(*primals, axis), _sum(_unit(primals, axis) * _difference(tangents), axis)


_distance.defjvp(_distance_jvp)


def distance(generic: Callable[..., Any], first: Any, second: Any, *, axis: int) -> Any:
    """Return the Euclidean length of the difference of vectors."""
    return jnp.squeeze(_distance(first, second, axis), axis) if first.size else generic(first, second)


@functools.partial(jax.custom_jvp, nondiff_argnums=(2,))
def _cosine_distance(first: Any, second: Any, axis: int) -> Any:
    return _cosine_distance_of(first, second, axis)


@functools.partial(jax.jit, static_argnums=2)
def _cosine_distance_of(first: Any, second: Any, axis: int) -> Any:
    def exact(first: Any, second: Any) -> Any:
        first, second = _unit((first,), axis), _unit((second,), axis)
        cosine, chord = _sum(first * second, axis), 0.5 * _sum(jnp.square(first - second), axis)
        return jnp.where(cosine > 0.5, chord, 1.0 - cosine)

    squares = _sum(first * first, axis), _sum(second * second, axis)
    cosine = _sum(first * second, axis) / jnp.sqrt(squares[0]) / jnp.sqrt(squares[1])
    # Below 60 degrees one minus it loses digits.
    served = jnp.logical_and(_are_moderate(*squares), jnp.all(cosine < 0.5))
    return jax.lax.cond(served, lambda *_: 1.0 - cosine, exact, first, second)


def _cosine_distance_jvp(axis: int, primals: Pair, tangents: Pair) -> Pair:
    distance, units = _cosine_distance(*primals, axis), [_unit((x,), axis) for x in primals]
    near = jax.lax.stop_gradient(jnp.where(distance < 0.5, 1.0, 0.0))
    change: Any = 0.0
    for x, own, other, tangent in zip(primals, units, units[::-1], tangents, strict=True):
        # The other vector, or the difference where that is small, without what lies along one's own.
        towards = near * own - other
        slope = towards - _sum(own * towards, axis) * own
        scale, root = _polar((x,), axis)
        change = change + _sum(slope / root * (tangent / scale), axis)
    return distance, change


_cosine_distance.defjvp(_cosine_distance_jvp)


def cosine_distance(generic: Callable[..., Any], first: Any, second: Any, *, axis: int) -> Any:
    """Return one minus the cosine of vectors."""
    return jnp.squeeze(_cosine_distance(first, second, axis), axis) if first.size else generic(first, second)


FORMS: dict[str, Callable[..., Any]] = {"distance": distance, "cosine_distance": cosine_distance}
"""The forms that the native table of JAX has, by name."""
