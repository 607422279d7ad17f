"""Makers of elementwise functions: a dtype rule and a TensorFlow op in, a function of the standard out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agnostic_losses.backends.tensorflow._dtypes import checked, promote_pair
from agnostic_losses.backends.tensorflow._typing import Array, DType


def named(function: Callable[..., Array], name: str, summary: str) -> Callable[..., Array]:
    """`function` with the name and the docstring that a `def` would have given it."""
    function.__name__ = function.__qualname__ = name
    function.__doc__ = summary
    return function


def unary(name: str, op: Callable[..., Array], allowed: frozenset[DType], **special: Any) -> Any:
    """A function of one array of an `allowed` dtype; `special` maps dtypes that `op` lacks to another op."""
    other = {dtype: own for dtypes, own in special.values() for dtype in dtypes}

    def function(x: Array, /) -> Array:
        x = checked(name, x, allowed)
        return other.get(x.dtype, op)(x) if other else op(x)

    return named(function, name, f"Return {name} of each element.")


def binary(name: str, op: Callable[..., Array], allowed: frozenset[DType], **special: Any) -> Any:
    """A function of two arrays (or an array and a scalar) that are promoted to an `allowed` dtype."""
    other = {dtype: own for dtypes, own in special.values() for dtype in dtypes}

    def function(x1: Array, x2: Array, /) -> Array:
        x1, x2 = promote_pair(x1, x2)
        x1 = checked(name, x1, allowed)
        return other.get(x1.dtype, op)(x1, x2) if other else op(x1, x2)

    return named(function, name, f"Return {name} of each pair of elements.")
