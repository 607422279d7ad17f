"""Data beside an array: NumPy arrays, numbers and lists become arrays of its framework, on its device."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from agnostic_losses.backends.native import device, native_function
from agnostic_losses.backends.resolver import adapter_of, namespace_of, require_same_backend


def is_scalar(value: Any) -> bool:
    """Whether a value is a plain Python number, which never promotes a dtype."""
    return isinstance(value, (int, float)) and not isinstance(value, np.generic)


def as_number(value: Any) -> int | float | None:
    """Return a Python number, NumPy scalar or 0-d NumPy array as a Python number; None for anything else."""
    if isinstance(value, (np.generic, np.ndarray)) and value.ndim == 0:
        value = value.item()
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def is_weak(value: Any, leader: Any) -> bool:
    """Whether a value takes the dtype of the arrays beside it: numbers, lists, and NumPy data beside a framework."""
    if adapter_of(value) is None:
        return True
    leading = namespace_of(leader)
    return namespace_of(value) not in (leading, getattr(leading, "__wraps__", None))


def convert(value: Any, like: Any, name: str) -> Any:
    """Return a value as an array of the framework and device of another array.

    Parameters
    ----------
    value : array, NumPy array, number or nested list of numbers
        What came. An array of the framework itself is returned as it is.
    like : array
        The array that leads.
    name : str
        The argument's name, for the error.

    Raises
    ------
    TypeError
        If the value is an array of another framework, or nothing that an array can be made of.
    """
    adapter = adapter_of(value)
    if adapter is None:
        value = _from_python(value, name)
        if like is None:
            return value
    else:
        as_dense = adapter.native.get("as_dense")
        if as_dense is not None:
            value = as_dense(value, name)
        if like is None or require_same_backend(value, like, name):
            return value
    from_numpy = native_function(like, "from_numpy")
    if from_numpy is not None:
        return from_numpy(value, like)
    xp = namespace_of(like)
    # Python's floats are float64, which a device may lack.
    plain = isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind == "f"
    dtype = like.dtype if plain and like.dtype in (xp.float32, xp.float64) else None
    return xp.asarray(value, dtype=dtype, device=device(like))


def _from_python(value: Any, name: str) -> np.ndarray[Any, Any]:
    if not isinstance(value, (int, float, list, tuple)):
        raise TypeError(f"{name} must be an array, a number or a nested list of numbers, got {type(value).__name__}")
    for leaf in _leaves(value):
        # A list of tensors would be read out one by one, and lose its gradient on the way.
        if not isinstance(leaf, (int, float, np.generic)):
            raise TypeError(f"{name} must hold numbers only, got a list with {type(leaf).__name__}: stack it first")
    try:
        return np.asarray(value)
    except ValueError as error:
        raise TypeError(f"{name} must be rectangular, got a ragged nested list") from error


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _leaves(item)
    else:
        yield value
