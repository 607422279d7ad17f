"""What a call must fulfil: every error here names the argument, the rule and what came.

Only what is known without reading values is checked (shapes, dtypes, options), so that the same errors appear under
jit; the one exception are integer labels, see `check_labels`. An unknown length (None) is taken to fit.
"""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses._typing import Namespace
from agnostic_losses.backends import as_number, bounds, concrete, dim, native_function, shape

Axes = tuple[int, ...]
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


def check_axes(axis: int | tuple[int, ...], ndim: int, name: str) -> tuple[int, ...]:
    """Return one axis or several counted from the front; raise unless there is one and none occurs twice."""
    axes = tuple(check_axis(a, ndim, name) for a in (axis if isinstance(axis, tuple) else (axis,)))
    if not axes or len(set(axes)) < len(axes):
        raise ValueError(f"axis must name one axis or several distinct ones, got {axis!r}")
    return axes


def check_positive(**option: Any) -> float:
    """Return a number, given by its name; raise unless it is positive and finite."""
    name, value = _number(option)
    if not 0 < value < math.inf:
        raise ValueError(f"{name} must be positive and finite, got {value!r}")
    return value


def check_at_least(low: float, **option: Any) -> float:
    """Return a number, given by its name; raise unless it is at least `low` and finite."""
    name, value = _number(option)
    if not low <= value < math.inf:
        raise ValueError(f"{name} must be at least {low} and finite, got {value!r}")
    return value


def check_between(low: float, high: float, **option: Any) -> float:
    """Return a number, given by its name; raise unless it lies in the closed interval."""
    name, value = _number(option)
    if not low <= value <= high:
        raise ValueError(f"{name} must lie between {low} and {high}, got {value!r}")
    return value


def _number(option: dict[str, Any]) -> tuple[str, float]:
    ((name, value),) = option.items()
    number = as_number(value)
    if number is None:
        raise TypeError(f"{name} must be a number, got {type(value).__name__}")
    return name, float(number)


def shapes_agree(first: Shape, second: Shape) -> bool:
    """Whether two shapes can be equal, as far as their lengths are known."""
    return len(first) == len(second) and all(
        a == b or a is None or b is None for a, b in zip(first, second, strict=True)
    )


def check_same_shape(**arrays: Any) -> None:
    """Raise unless all arrays have the same shape: nothing is broadcast or squeezed."""
    (first_name, first), *others = arrays.items()
    for name, array in others:
        check_shape(array, first, None, name, f"the shape of {first_name}")


def check_shape(array: Any, other: Any, axes: Axes | None, name: str, rule: str) -> None:
    """Raise unless an array has the lengths that another has along some axes, or along all."""
    own, expected = shape(array), _lengths(other, axes)
    if own == expected and None not in own:
        return
    message = f"{name} must have {rule}, {expected}, got {own}: nothing is broadcast"
    if not shapes_agree(own, expected):
        raise ValueError(message)
    _check_at_run_time(array, other, axes, message)


def check_broadcasts_into(array: Any, other: Any, axes: Axes | None, name: str) -> None:
    """Raise unless an array broadcasts to the lengths of another along some axes, or all, without enlarging them."""
    own, target = shape(array), _lengths(other, axes)
    fits = len(own) <= len(target) and all(
        a == b or a == 1 or a is None or b is None for a, b in zip(reversed(own), reversed(target), strict=False)
    )
    message = f"{name} must broadcast to the shape of the unreduced loss, {target}, got {own}"
    if not fits:
        raise ValueError(message)
    _check_at_run_time(array, other, axes, message, broadcast=True)


def _lengths(array: Any, axes: Axes | None) -> Shape:
    lengths = shape(array)
    return lengths if axes is None else tuple([lengths[axis] for axis in axes])


def _check_at_run_time(array: Any, other: Any, axes: Axes | None, message: str, broadcast: bool = False) -> None:
    require_lengths = native_function(array, "require_lengths")
    if require_lengths is not None and None in (*shape(array), *shape(other)):
        axes = tuple(range(other.ndim)) if axes is None else axes
        require_lengths(array, tuple(dim(other, axis) for axis in axes), message, broadcast=broadcast)


def check_boolean(array: Any, name: str, xp: Namespace) -> None:
    """Raise unless an array is boolean: a mask selects, it does not multiply."""
    if not xp.isdtype(array.dtype, "bool"):
        raise TypeError(f"{name} must be boolean, got dtype {array.dtype}")


def check_integer(array: Any, name: str, xp: Namespace) -> None:
    """Raise unless an array holds integers."""
    if array.dtype not in (xp.int64, xp.int32) and not xp.isdtype(array.dtype, "integral"):
        raise TypeError(f"{name} must be integer class ids, got dtype {array.dtype}")


def check_real(dtype: Any, name: str, xp: Namespace) -> None:
    """Raise unless a dtype is one of real numbers; booleans and integers are."""
    if not xp.isdtype(dtype, ("bool", "integral", "real floating")):
        raise TypeError(f"{name} must hold real numbers, got dtype {dtype}")


def check_labels(
    labels: Any, n_classes: int | None, name: str, *, where: Any = None, ignore_index: int | None = None
) -> bool:
    """Raise for the first label out of range, wherever values can be read at no cost; return whether they can.

    Elsewhere (accelerators, jit) nothing is checked, and `agnostic_losses.ops.invalidate` makes such an element NaN.

    Parameters
    ----------
    labels : array
        Integer class ids.
    n_classes : int or None
        Number of classes; None when it is unknown before the run.
    name : str
        The argument's name, for the error.
    where : boolean array, optional
        A label is checked only where this is True.
    ignore_index : int, optional
        A label that is not checked.
    """
    extent = bounds(labels)
    if n_classes is not None and extent is not None and extent[0] >= 0 and extent[1] < n_classes:
        return True
    values, mask = concrete(labels), concrete(where) if where is not None else True
    if values is None or mask is None or n_classes is None:
        return False
    bad = ((values < 0) | (values >= n_classes)) & mask
    if ignore_index is not None:
        bad = bad & (values != ignore_index)
    if bad.any():
        index = tuple(int(i[0]) for i in bad.nonzero()) if bad.ndim else ()
        place = f" at index {index if len(index) > 1 else index[0]}" if index else ""
        raise ValueError(f"{name} must lie in [0, {n_classes}), got {int(values[index])}{place}")
    return True
