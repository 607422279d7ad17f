"""The first line of every loss: one namespace, one floating dtype, checked shapes, excluded places made safe.

Excluded places are replaced before anything is computed, so that a NaN there reaches neither value nor gradient.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from agnostic_losses._typing import Array, ArrayLike, Namespace
from agnostic_losses.backends import (
    as_number,
    convert,
    dim,
    index_dtype,
    is_array,
    is_scalar,
    is_weak,
    leading_array,
    namespace_of,
    shape,
)
from agnostic_losses.ops.checks import (
    check_axes,
    check_axis,
    check_boolean,
    check_broadcasts_into,
    check_integer,
    check_labels,
    check_real,
    check_same_shape,
    check_shape,
)

Axes: TypeAlias = int | tuple[int, ...]

_ABSENT: Any = object()


def prepare(
    *,
    where: ArrayLike | None = None,
    axis: int = _ABSENT,
    axes: tuple[int, ...] = (),
    fill: float = 0.0,
    **arrays: Any,
) -> Any:
    """Return the namespace and the arrays in one floating dtype, safe where excluded.

    Parameters
    ----------
    where : boolean array, optional
        True = included; broadcasts to the shape of the first array without `axis`.
    axis : int, optional
        The axis that the loss consumes; `where` lacks it.
    axes : tuple of int
        The same for a loss that consumes several.
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
    return xp, *_made_safe(converted, where, axis, axes, leader, fill, xp)


def prepare_pair(
    *,
    where: ArrayLike | None = None,
    axis: int = _ABSENT,
    axes: tuple[int, ...] = (),
    fill: float = 0.0,
    **arrays: Any,
) -> Any:
    """Prepare arrays that must have one shape; a Python number stands for an array full of it.

    The parameters are those of `prepare`. Shapes that differ are an error: nothing is broadcast.
    """
    sized = [name for name, value in arrays.items() if not is_scalar(value)] or [*arrays]
    leader = sized[0]
    xp, converted = _in_one_dtype(arrays)
    for name in arrays:
        if name not in sized:
            converted[name] = converted[name] + xp.zeros_like(converted[leader])
    check_same_shape(**converted)
    return xp, *_made_safe(converted, where, axis, axes, leader, fill, xp)


def prepare_labels(
    *,
    labels: ArrayLike,
    axis: int,
    where: ArrayLike | None = None,
    ignore_index: int | None = None,
    classes: Any = None,
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
    classes : array, optional
        Has the classes along its first axis, where scores are still to be made of what lies along `axis`.
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
    if where is not None:
        where = as_mask(where, values, xp)
    if ignore_index is not None and not (isinstance(ignore_index, int) and not isinstance(ignore_index, bool)):
        raise TypeError(f"ignore_index must be an integer, got {ignore_index!r}")
    # Data that is no array of the framework yet is checked as it came: conversion may wrap large numbers.
    data = labels if is_array(labels) else convert(labels, None, "labels")
    labels = convert(data, values, "labels")
    check_integer(labels, "labels", xp)
    rest = (*range(axis), *range(axis + 1, values.ndim))
    check_shape(labels, values, rest, "labels", f"the shape of {name} without axis {axis}")
    if where is not None:
        check_broadcasts_into(where, labels, None, "where")
    counted, place = (values, axis) if classes is None else (classes, 0)
    known = check_labels(data, shape(counted)[place], "labels", where=where, ignore_index=ignore_index)
    # Before any comparison: -100 is no number of an unsigned dtype.
    dtype = index_dtype(values, xp)
    labels = labels if labels.dtype == dtype else xp.astype(labels, dtype)
    if ignore_index is not None:
        kept = labels != ignore_index
        where = kept if where is None else xp.logical_and(where, kept)
    if not known:
        labels = _mark_out_of_range(labels, dim(counted, place), xp)
    if where is not None:
        labels = xp.where(where, labels, xp.zeros_like(labels))
        values = exclude(values, where, axis, name=name, xp=xp)
    return xp, values, labels, where


def prepare_class_weights(class_weights: ArrayLike | None, scores: Any, axis: int, name: str = "class_weights") -> Any:
    """Return class weights, or another number a class, as a vector in the dtype of the scores; None stays None."""
    if class_weights is None:
        return None
    vector = convert(class_weights, scores, name)
    check_shape(vector, scores, (axis,), name, "one entry a class")
    return in_dtype_of(scores, vector, name)


def as_option(value: Any, like: Any, name: str, *, scalar: bool = False) -> Any:
    """Return an option that may be a number or an array: a number as it is, an array in the dtype of `like`.

    An array broadcasts to `like` and never enlarges it; a scalar one has no dimension.
    """
    number = as_number(value)
    if number is not None:
        return number
    array = convert(value, like, name)
    check_broadcasts_into(array, like, () if scalar else None, name)
    return in_dtype_of(like, array, name)


def in_dtype_of(like: Any, array: Any, name: str) -> Any:
    """Return an array of real numbers of any dtype in the floating dtype of another."""
    xp = namespace_of(array)
    check_real(array.dtype, name, xp)
    return array if array.dtype == like.dtype else xp.astype(array, like.dtype)


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
    consumed = sorted(_consumed(axis, array.ndim, name))
    kept = tuple(a for a in range(array.ndim) if a not in consumed)
    check_broadcasts_into(mask, array, kept, "where")
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


def _in_one_dtype(arrays: dict[str, Any]) -> tuple[Namespace, dict[str, Any]]:
    leader = leading_array(arrays)
    xp = namespace_of(leader)
    if _are_alike(arrays, leader, xp):
        return xp, {name: convert(value, None, name) for name, value in arrays.items()}
    converted = {name: convert(value, leader, name) for name, value in arrays.items()}
    strong = [name for name, value in arrays.items() if not is_weak(value, leader)] or list(arrays)
    dtype = _common_float_dtype({name: converted[name].dtype for name in strong}, xp)
    for name, array in converted.items():
        if array.dtype != dtype:
            check_real(array.dtype, name, xp)
            converted[name] = xp.astype(array, dtype)
    return xp, converted


def _are_alike(arrays: dict[str, Any], leader: Any, xp: Namespace) -> bool:
    """Whether all are arrays of one type and of one dtype that is computed in: the common case, and the quickest."""
    if leader is None:
        return False
    # A loop: in a call on tiny arrays the generators of `all` would be seen.
    kind, dtype = type(leader), leader.dtype
    for array in arrays.values():
        if type(array) is not kind or array.dtype != dtype:
            return False
    return dtype in (xp.float32, xp.float64)


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
    arrays: dict[str, Any],
    where: ArrayLike | None,
    axis: int,
    axes: tuple[int, ...],
    leader: str,
    fill: float,
    xp: Namespace,
) -> list[Any]:
    if axis is not _ABSENT:
        axes = (check_axis(axis, arrays[leader].ndim, leader),)
    if where is None:
        return [*arrays.values()]
    return [exclude(array, where, axes, xp=xp, name=name, fill=fill) for name, array in arrays.items()]


def _consumed(axis: Axes, ndim: int, name: str) -> tuple[int, ...]:
    return () if axis == () else check_axes(axis, ndim, name)


def _mark_out_of_range(labels: Any, n_classes: Any, xp: Namespace) -> Any:
    return xp.where(xp.logical_or(labels < 0, labels >= n_classes), -1, labels)
