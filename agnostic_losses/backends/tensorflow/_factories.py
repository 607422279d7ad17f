"""Makers of elementwise functions: a dtype rule and a TensorFlow op in, a function of the standard out."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from agnostic_losses.backends.tensorflow._dtypes import as_tensor, checked, number_beside, promote_pair
from agnostic_losses.backends.tensorflow._typing import Array, DType

NOTHING: frozenset[DType] = frozenset()
_NUMBERS = (int, float)

# Looked up once: attribute access on the lazily loaded `tf` module is not free.
_Tensor = tf.Tensor
_executing_eagerly = tf.executing_eagerly


def kernel(op: Callable[..., Array]) -> Callable[..., Array]:
    """An op of `tf.raw_ops` without TensorFlow's wrappers, which ask what other types than tensors would do.

    It takes arrays by position, and takes an eighth less time than `op` on a few elements.
    """
    bare: Callable[..., Array] = inspect.unwrap(op)
    if bare is not op:
        return bare
    names = list(inspect.signature(op).parameters)
    return lambda *arrays: op(**dict(zip(names, arrays, strict=False)))


def named(function: Callable[..., Array], name: str, summary: str) -> Callable[..., Array]:
    """`function` with the name and the docstring that a `def` would have given it."""
    function.__name__ = function.__qualname__ = name
    function.__doc__ = summary
    return function


def _by_dtype(op: Callable[..., Array], allowed: frozenset[DType], special: dict[str, Any]) -> dict[int, Any]:
    """Ops by the identity of the dtype: there is one object of each, and finding that by its hash takes far longer."""
    other = {dtype: own for dtypes, own in special.values() for dtype in dtypes if dtype in allowed}
    return {id(dtype): run for dtype, run in (dict.fromkeys(allowed, op) | other).items()}


def unary(name: str, op: Callable[..., Array], allowed: frozenset[DType], **special: Any) -> Any:
    """A function of one array of an `allowed` dtype; `special` maps dtypes that `op` lacks to another op."""
    ops = _by_dtype(op, allowed, special)

    def function(x: Array, /) -> Array:
        if not isinstance(x, _Tensor):
            x = as_tensor(x)
        run = ops.get(id(x.dtype))
        return run(x) if run else checked(name, x, allowed)

    return named(function, name, f"Return {name} of each element.")


def binary(
    name: str, op: Callable[..., Array], allowed: frozenset[DType], *, weak: frozenset[DType] = NOTHING, **special: Any
) -> Any:
    """A function of two arrays (or an array and a scalar) that are promoted to an `allowed` dtype.

    `op` takes a Python number as it is beside an eager tensor of a `weak` dtype, in half the time.
    """
    ops, weak_ids = _by_dtype(op, allowed, special), {id(dtype) for dtype in weak}

    def function(x1: Array, x2: Array, /) -> Array:
        if not isinstance(x1, _Tensor):
            x1, x2 = promote_pair(x1, x2)
        dtype = x1.dtype
        if isinstance(x2, _Tensor):
            if x2.dtype is not dtype:
                x1, x2 = promote_pair(x1, x2)
                dtype = x1.dtype
        elif type(x2) in _NUMBERS and id(dtype) in weak_ids and _executing_eagerly():
            x2 = number_beside(x1, float(x2))
        else:
            x1, x2 = promote_pair(x1, x2)
            dtype = x1.dtype
        run = ops.get(id(dtype))
        return run(x1, x2) if run else checked(name, x1, allowed)

    return named(function, name, f"Return {name} of each pair of elements.")
