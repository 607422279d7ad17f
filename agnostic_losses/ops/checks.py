"""What a call must fulfil: every error here names the argument, the rule and what came.

Only what is known without reading values is checked (shapes, dtypes, options), so that the same errors appear under
jit; the one exception are integer labels, see `check_labels`. An unknown length (None) is taken to fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agnostic_losses._typing import Namespace
from agnostic_losses.backends import concrete, shape

Shape = tuple[int | None, ...]

REDUCTIONS = ("mean", "sum", "none")


def check_reduction(reduction: str) -> None:
    """Raise unless `reduction` is one of the three."""
    if reduction not in REDUCTIONS:
        raise ValueError(f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}")


def check_axis(axis: int, ndim: int, name: str) -> int:
    """Return `axis` counted from the front; raise unless the array called `name` has it."""
    if isinstance(axis, bool) or not isinstance(axis, int):
        raise TypeError(f"axis must be an integer, got {axis!r}")
    if not -ndim <= axis < ndim:
        raise ValueError(f"axis must be an axis of {name}, which has {ndim} dimensions, got {axis}")
    return axis % ndim


def check_positive(**options: Any) -> None:
    """Raise unless every Python number given is positive and finite; arrays are not looked at."""
    for name, value in options.items():
        if isinstance(value, (int, float)) and not 0 < value < float("inf"):
            raise ValueError(f"{name} must be positive and finite, got {value!r}")


def check_between(low: float, high: float, **options: Any) -> None:
    """Raise unless every Python number given lies in the closed interval; arrays are not looked at."""
    for name, value in options.items():
        if isinstance(value, (int, float)) and not low <= value <= high:
            raise ValueError(f"{name} must lie between {low} and {high}, got {value!r}")


def shapes_agree(first: Shape, second: Shape) -> bool:
    """Whether two shapes can be equal, as far as their lengths are known."""
    return len(first) == len(second) and all(
        a == b or a is None or b is None for a, b in zip(first, second, strict=True)
    )


def check_same_shape(**arrays: Any) -> None:
    """Raise unless all arrays have the same shape: nothing is broadcast or squeezed."""
    (first_name, first), *others = arrays.items()
    expected = shape(first)
    for name, array in others:
        if not shapes_agree(shape(array), expected):
            raise ValueError(
                f"{name} must have the shape of {first_name}, {expected}, got {shape(array)}: nothing is broadcast"
            )


def check_broadcasts_into(array: Any, target: Shape, name: str) -> None:
    """Raise unless an array broadcasts to the shape of the unreduced loss without enlarging it."""
    own = shape(array)
    fits = len(own) <= len(target) and all(
        a == b or a == 1 or a is None or b is None for a, b in zip(reversed(own), reversed(target), strict=False)
    )
    if not fits:
        raise ValueError(f"{name} must broadcast to the shape of the unreduced loss, {target}, got {own}")


def check_boolean(array: Any, name: str, xp: Namespace) -> None:
    """Raise unless an array is boolean: a mask selects, it does not multiply."""
    if not xp.isdtype(array.dtype, "bool"):
        raise TypeError(f"{name} must be boolean (True = included), got dtype {array.dtype}")


def check_integer(array: Any, name: str, xp: Namespace) -> None:
    """Raise unless an array holds integers."""
    if not xp.isdtype(array.dtype, "integral"):
        raise TypeError(f"{name} must be integer class ids, got dtype {array.dtype}")


def check_real(dtype: Any, name: str, xp: Namespace) -> None:
    """Raise unless a dtype is one of real numbers; booleans and integers are."""
    if not xp.isdtype(dtype, ("bool", "integral", "real floating")):
        raise TypeError(f"{name} must hold real numbers, got dtype {dtype}")


def check_labels(labels: Any, n_classes: int | None, name: str, *, included: Sequence[Any] = ()) -> None:
    """Raise for the first label out of range, wherever values can be read at no cost.

    Elsewhere (accelerators, jit) nothing is checked; `agnostic_losses.ops.pick` makes such an element NaN.

    Parameters
    ----------
    labels : array
        Integer class ids.
    n_classes : int or None
        Number of classes; None when it is unknown before the run.
    name : str
        The argument's name, for the error.
    included : sequence of arrays
        Boolean arrays; a label is checked only where all of them are True.
    """
    values = concrete(labels)
    masks = [concrete(mask) for mask in included]
    if values is None or n_classes is None or any(mask is None for mask in masks):
        return
    bad = (values < 0) | (values >= n_classes)
    for mask in masks:
        bad = bad & mask
    if bad.any():
        index = tuple(int(i[0]) for i in bad.nonzero()) if bad.ndim else ()
        where = f" at index {index if len(index) > 1 else index[0]}" if index else ""
        raise ValueError(f"{name} must lie in [0, {n_classes}), got {int(values[index])}{where}")
