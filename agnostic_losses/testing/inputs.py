"""The inputs that a person gives to a check: names and numbers in, NumPy arrays of a dtype out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from agnostic_losses.backends import array_namespace

Inputs = Mapping[str, Any]
"""The array arguments of a loss by name, in the order of its signature."""


def numbered(inputs: Inputs | Sequence[Inputs]) -> Iterator[tuple[str, Inputs]]:
    """Yield inputs with a name for each; a single one needs none."""
    if isinstance(inputs, Mapping):
        yield "", inputs
        return
    for number, one in enumerate(inputs):
        yield str(number), one


def arrays_of(inputs: Inputs, dtype: str) -> list[np.ndarray[Any, Any]]:
    """Return the arguments as arrays."""
    if not inputs:
        raise ValueError("inputs must name at least one array, got none")
    return [as_array(name, value, dtype) for name, value in inputs.items()]


def as_array(name: str, value: Any, dtype: str) -> np.ndarray[Any, Any]:
    """Return numbers as an array: floating ones in the dtype, integers and booleans as they are."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} must be numbers, got {type(value).__name__} of dtype {array.dtype}")
    return array.astype(dtype) if array.dtype.kind == "f" else array


def argnums_of(
    owners: Sequence[str], arrays: Sequence[np.ndarray[Any, Any]], wrt: Sequence[str] | None
) -> tuple[int, ...]:
    """Return the positions of the arguments to differentiate by; all floating ones for None."""
    floating = [name for name, array in zip(owners, arrays, strict=True) if array.dtype.kind == "f"]
    names = floating if wrt is None else wrt
    for name in names:
        if name not in floating:
            raise ValueError(f"wrt must name floating arguments, of {floating}; got {name!r}")
    return tuple(owners.index(name) for name in names)


def total_of(value: Any) -> Any:
    """Return the sum of a loss, which may be a scalar already."""
    return array_namespace(value).sum(value) if value.ndim else value


def options_text(options: Mapping[str, Any]) -> str:
    """Return options as a call has them; an array is told by its shape."""
    return ", ".join(
        f"{name}={f'array{value.shape}' if isinstance(value, np.ndarray) else repr(value)}"
        for name, value in options.items()
    )
