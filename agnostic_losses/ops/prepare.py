"""The first line of every loss: one namespace, one floating dtype, checked shapes, excluded places made safe.

Excluded places are replaced before anything is computed, so that a NaN there reaches neither value nor gradient.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from agnostic_losses._typing import Array, ArrayLike, Namespace
from agnostic_losses.backends import (
    convert,
    dim,
    index_dtype,
    is_scalar,
    is_weak,
    leading_array,
    namespace_of,
    shape,
)
from agnostic_losses.ops.checks import (
    check_axis,
    check_boolean,
    check_broadcasts_into,
    check_integer,
    check_labels,
    check_real,
    check_same_shape,
    shapes_agree,
)

Axes: TypeAlias = int | tuple[int, ...] | None


def prepare(*, where: ArrayLike | None = None, axis: Axes = None, fill: float = 0.0, **arrays: Any) -> Any:
    """Return the namespace and the arrays in one floating dtype, safe where excluded.

    Parameters
    ----------
    where : boolean array, optional
        True = included; broadcasts to the shape of the first array without `axis`.
    axis : int or tuple of int, optional
        The axes that the loss consumes, absent from `where`.
    fill : float
        What an excluded place is set to; it must lie inside the domain of the loss.
    **arrays : arrays, NumPy arrays, numbers or nested lists
        By the names that the caller knows them by. The first array decides framework and device.

    Returns
    -------
    tuple
        The namespace, then the arrays in the order given. Their dtype is the promoted floating dtype, at least
        float32; numbers, lists and NumPy data beside another framework's arrays take it and never promote.
    """
    xp, converted = _in_one_dtype(arrays)
    leader = next(iter(converted))
    return xp, *_made_safe(converted, where, axis, leader, fill, xp)


def prepare_pair(*, where: ArrayLike | None = None, axis: Axes = None, fill: float = 0.0, **arrays: Any) -> Any:
    """Prepare arrays that must have one shape; a Python number stands for an array full of it.

    The parameters are those of `prepare`. Shapes that differ are an error: nothing is broadcast.
    """
    scalars = [name for name, value in arrays.items() if is_scalar(value)]
    xp, converted = _in_one_dtype(arrays)
    leader = next((name for name in arrays if name not in scalars), next(iter(arrays)))
    for name in scalars:
        converted[name] = converted[name] + xp.zeros_like(converted[leader])
    check_same_shape(**converted)
    return xp, *_made_safe(converted, where, axis, leader, fill, xp)


def prepare_labels(
    *,
    labels: ArrayLike,
    axis: int,
    where: ArrayLike | None = None,
    ignore_index: int | None = None,
    **scores: Any,
) -> Any:
    """Prepare class scores and integer labels.

    Parameters
    ----------
    labels : integer array
        Class ids, in the shape of the scores without `axis`.
    axis : int
        The axis of the classes.
    where : boolean array, optional
        True = included; broadcasts to the shape of the labels.
    ignore_index : int, optional
        A label that excludes its place.
    **scores : array
        The one array of class scores, by the name that the caller knows it by.

    Returns
    -------
    tuple
        The namespace, the scores, the labels as indices (0 where excluded, -1 where out of range), and the combined
        `where`.
    """
    ((name, _),) = scores.items()
    xp, converted = _in_one_dtype(scores)
    values = converted[name]
    axis = check_axis(axis, values.ndim, name)
    labels = convert(labels, values, "labels")
    check_integer(labels, "labels", xp)
    # Before any comparison: -100 is no number of an unsigned dtype.
    labels = xp.astype(labels, index_dtype(values, xp))
    _check_same_shape_without_axis(labels, values, axis, "labels", name)
    masks = []
    if where is not None:
        where = as_mask(where, labels, xp)
        check_broadcasts_into(where, shape(labels), "where")
        masks.append(where)
    if ignore_index is not None:
        masks.append(labels != ignore_index)
    check_labels(labels, shape(values)[axis], "labels", included=masks)
    labels = _mark_out_of_range(labels, dim(values, axis), xp)
    if masks:
        where = masks[0] if len(masks) == 1 else xp.logical_and(*masks)
        labels = xp.where(where, labels, xp.zeros_like(labels))
        values = exclude(values, where, axis, name=name, xp=xp)
    return xp, values, labels, where


def prepare_class_weights(class_weights: ArrayLike | None, scores: Any, axis: int) -> Any:
    """Return class weights as a vector in the dtype of the scores; None stays None."""
    if class_weights is None:
        return None
    vector = convert(class_weights, scores, "class_weights")
    if not shapes_agree(shape(vector), (shape(scores)[axis],)):
        raise ValueError(f"class_weights must have shape ({shape(scores)[axis]},), got {shape(vector)}")
    return vector if vector.dtype == scores.dtype else namespace_of(vector).astype(vector, scores.dtype)


def as_option(value: Any, like: Any, name: str) -> Any:
    """Return an option that may be a number or an array: a number as it is, an array in the dtype of `like`.

    An array broadcasts to `like` and never enlarges it.
    """
    if is_scalar(value):
        return value
    array = convert(value, like, name)
    check_broadcasts_into(array, shape(like), name)
    return array if array.dtype == like.dtype else namespace_of(array).astype(array, like.dtype)


def exclude(
    array: Array,
    where: ArrayLike | None,
    axis: Axes,
    *,
    xp: Namespace,
    name: str = "the array",
    fill: float = 0.0,
) -> Array:
    """Return the array with `fill` in the places that `where` excludes; the axes in `axis` are absent from `where`."""
    if where is None:
        return array
    mask = as_mask(where, array, xp)
    lengths = shape(array)
    if axis is None:
        check_broadcasts_into(mask, lengths, "where")
        return xp.where(mask, array, fill)
    consumed = sorted(check_axis(a, len(lengths), name) for a in (axis if isinstance(axis, tuple) else (axis,)))
    kept = tuple(length for a, length in enumerate(lengths) if a not in consumed)
    check_broadcasts_into(mask, kept, "where")
    for _ in range(len(kept) - mask.ndim):
        mask = xp.expand_dims(mask, axis=0)
    for a in consumed:
        mask = xp.expand_dims(mask, axis=a)
    return xp.where(mask, array, fill)


def as_mask(where: ArrayLike, like: Any, xp: Namespace, name: str = "where") -> Any:
    """Return a mask as a boolean array of the framework and device of `like`."""
    mask = convert(where, like, name)
    check_boolean(mask, name, xp)
    return mask


def _check_same_shape_without_axis(array: Any, other: Any, axis: int, name: str, other_name: str) -> None:
    """Raise unless an array has the shape of another without one axis."""
    expected = shape(other)[:axis] + shape(other)[axis + 1 :]
    if not shapes_agree(shape(array), expected):
        raise ValueError(
            f"{name} must have the shape of {other_name} without axis {axis}, {expected}, got {shape(array)}"
        )


def _in_one_dtype(arrays: dict[str, Any]) -> tuple[Namespace, dict[str, Any]]:
    leader = leading_array(arrays)
    xp = namespace_of(leader)
    converted = {name: convert(value, leader, name) for name, value in arrays.items()}
    strong = [name for name, value in arrays.items() if not is_weak(value, leader)] or list(arrays)
    dtype = _common_float_dtype({name: converted[name].dtype for name in strong}, xp)
    for name, array in converted.items():
        if array.dtype != dtype:
            check_real(array.dtype, name, xp)
            converted[name] = xp.astype(array, dtype)
    return xp, converted


def _common_float_dtype(dtypes: dict[str, Any], xp: Namespace) -> Any:
    floats: list[Any] = []
    for name, dtype in dtypes.items():
        check_real(dtype, name, xp)
        if xp.isdtype(dtype, "real floating") and all(dtype != other for other in floats):
            floats.append(dtype)
    if not floats:
        return xp.__array_namespace_info__().default_dtypes()["real floating"]
    dtype = floats[0] if len(floats) == 1 else xp.result_type(*floats)
    # Half precision is computed in float32: its sums overflow at 65504 and lose every digit past 2048 ones.
    return dtype if dtype in (xp.float32, xp.float64) or xp.finfo(dtype).bits >= 32 else xp.float32


def _made_safe(
    arrays: dict[str, Any], where: ArrayLike | None, axis: Axes, leader: str, fill: float, xp: Namespace
) -> list[Any]:
    for a in axis if isinstance(axis, tuple) else () if axis is None else (axis,):
        check_axis(a, arrays[leader].ndim, leader)
    return [exclude(array, where, axis, xp=xp, name=name, fill=fill) for name, array in arrays.items()]


def _mark_out_of_range(labels: Any, n_classes: Any, xp: Namespace) -> Any:
    return xp.where(xp.logical_or(labels < 0, labels >= n_classes), -1, labels)
