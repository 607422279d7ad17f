"""All rows of one matrix against all rows of another: their similarities, and the checks that such losses share."""

from __future__ import annotations

from typing import Any

from agnostic_losses._typing import Array, ArrayLike, Namespace
from agnostic_losses.backends import is_array, shape
from agnostic_losses.ops.checks import check_positive
from agnostic_losses.ops.distances import unit
from agnostic_losses.ops.prepare import as_option


def similarities(first: Array, second: Array, *, xp: Namespace, normalize: bool = True) -> Array:
    """Return the matrix of the cosines of all rows of two matrices, or of their inner products."""
    if normalize:
        first, second = unit(first, -1, xp=xp), unit(second, -1, xp=xp)
    return xp.matmul(first, xp.matrix_transpose(second))


def check_matrices(**arrays: Any) -> None:
    """Raise unless two arrays, given by their names, are matrices of one vector a row, with as many features."""
    (first_name, first), (second_name, second) = arrays.items()
    if first.ndim != 2 or second.ndim != 2:
        raise ValueError(
            f"{first_name} and {second_name} must be matrices of one embedding a row, "
            f"got the shapes {shape(first)} and {shape(second)}"
        )
    if None not in (shape(first)[1], shape(second)[1]) and shape(first)[1] != shape(second)[1]:
        raise ValueError(
            f"{second_name} must have the {shape(first)[1]} features of {first_name}, got {shape(second)[1]}"
        )


def as_scale(value: float | ArrayLike, like: Any, name: str) -> Any:
    """Return what similarities are multiplied or divided by: a positive number, or a scalar array in their dtype."""
    scale = as_option(value, like, name, scalar=True)
    return scale if is_array(scale) else check_positive(**{name: scale})
