"""The inputs that a person gives to a check: names and numbers in, NumPy arrays of a dtype out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from agnostic_losses.backends import array_namespace

Inputs = Mapping[str, Any]
"""The array arguments of a loss by name, in the order of its signature."""


def numbered(inputs: Inputs | Sequence[Inputs]) -> list[tuple[str, Inputs]]:
    """Return inputs with a name for each; a single one needs none."""
    several = [("", inputs)] if isinstance(inputs, Mapping) else [(str(n), one) for n, one in enumerate(inputs)]
    for _, one in several:
        if not isinstance(one, Mapping) or not one:
            raise ValueError(f"inputs must map names of arguments to arrays, or be a sequence of such, got {one!r}")
    return several


def names(argument: str, given: str | Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Return names as a tuple, all of which are known; one name may come without a sequence around it."""
    several = (given,) if isinstance(given, str) else tuple(given)
    for name in several:
        if name not in known:
            raise ValueError(f"{argument} must be of {', '.join(known)}; got {name!r}")
    return several


def arrays_of(inputs: Inputs, dtype: str) -> list[np.ndarray[Any, Any]]:
    """Return the arguments as arrays."""
    return [as_array(name, value, dtype) for name, value in inputs.items()]


def as_array(name: str, value: Any, dtype: str) -> np.ndarray[Any, Any]:
    """Return numbers as an array: floating ones in the dtype, integers and booleans as they are."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} must be numbers, got {type(value).__name__} of dtype {array.dtype}")
    if array.dtype.kind != "f":
        return array
    with np.errstate(over="ignore"):
        rounded = array.astype(dtype)
    if np.any(np.isinf(rounded) & np.isfinite(array)):
        raise ValueError(f"{name} must be numbers that {dtype} has, got {float(np.max(np.abs(array))):.3g}")
    return rounded


def argnums_of(
    owners: Sequence[str], arrays: Sequence[np.ndarray[Any, Any]], wrt: str | Sequence[str] | None
) -> tuple[int, ...]:
    """Return the positions of the arguments to differentiate by; all floating ones for None."""
    floating = [name for name, array in zip(owners, arrays, strict=True) if array.dtype.kind == "f"]
    if not floating:
        kinds = ", ".join(f"{name} of {array.dtype}" for name, array in zip(owners, arrays, strict=True))
        raise ValueError(f"inputs must hold a floating array to differentiate by, such as [1.0, 2.0]; got {kinds}")
    return tuple(owners.index(name) for name in (floating if wrt is None else names("wrt", wrt, floating)))


def element_of(name: str, array: np.ndarray[Any, Any], place: int) -> str:
    """Return an element of an argument as a person writes it, with its number."""
    if not array.size:
        return ""
    index = ", ".join(str(int(n)) for n in np.unravel_index(place, array.shape))
    return f"{name}[{index}] = {array.flat[place]!s}" if array.shape else f"{name} = {array!s}"


def total_of(value: Any) -> Any:
    """Return the sum of a loss, which may be a scalar already."""
    return array_namespace(value).sum(value) if value.ndim else value


def options_text(options: Mapping[str, Any]) -> str:
    """Return options as a call has them; an array is told by its shape."""
    return ", ".join(
        f"{name}={f'array{value.shape}' if isinstance(value, np.ndarray) else repr(value)}"
        for name, value in options.items()
    )
