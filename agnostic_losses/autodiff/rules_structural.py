"""Derivatives of functions that move, repeat, select and create elements: linear maps, each with its transpose.

Selecting and its transpose, adding into place, are one pair of primitives; each is the other's derivative. Only
plain arrays are ever written to, and only fresh ones.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

from agnostic_losses._typing import Namespace
from agnostic_losses.autodiff._rule import Rule
from agnostic_losses.backends import device as device_of
from agnostic_losses.backends import native_function

Shape = tuple[int, ...]


# --- selecting, and adding into place


def _index(base: Namespace) -> Callable[..., Any]:
    return lambda x, key: x[key]


def _unindex(base: Namespace) -> Callable[..., Any]:
    def unindex(g: Any, shape: Shape, key: Any) -> Any:
        out = base.zeros(shape, dtype=g.dtype, device=device_of(g))
        # New axes are for reading only; assignment takes the key without them.
        place = tuple(part for part in (key if isinstance(key, tuple) else (key,)) if part is not None)
        out[place] = base.reshape(g, out[place].shape)
        return out

    return unindex


def _untake(base: Namespace) -> Callable[..., Any]:
    """Add the slices of g into zeros, at the places from which `take` took them."""
    add_at = getattr(base.add, "at", None)  # NumPy and CuPy

    def untake(g: Any, indices: Any, shape: Shape, axis: int) -> Any:
        put = native_function(g, "put")
        if put is not None:
            return put(g, indices, shape, axis)
        out = base.zeros(shape, dtype=g.dtype, device=device_of(g))
        before = (slice(None),) * axis
        if add_at is not None:
            add_at(out, (*before, indices), g)
            return out
        for source in range(indices.shape[0]):
            target = (*before, int(indices[source]), ...)
            out[target] = out[target] + g[(*before, source, ...)]
        return out

    return untake


def _untake_along(base: Namespace) -> Callable[..., Any]:
    """Add the elements of g into zeros, at the places from which `take_along_axis` took them."""
    add_at = getattr(base.add, "at", None)

    def untake_along(g: Any, indices: Any, shape: Shape, axis: int) -> Any:
        put = native_function(g, "put_along_axis")
        if put is not None:
            return put(g, indices, shape, axis)
        out = base.zeros(shape, dtype=g.dtype, device=device_of(g))
        if add_at is not None:
            places = [base.reshape(base.arange(n), _along(i, g.ndim)) for i, n in enumerate(g.shape)]
            places[axis] = indices
            if indices.shape[axis] == 1:  # no place occurs twice
                out[tuple(places)] = g
            else:
                add_at(out, tuple(places), g)
            return out
        for source in itertools.product(*map(range, g.shape)):
            target = (*source[:axis], int(indices[source]), *source[axis + 1 :])
            out[target] = out[target] + g[source]
        return out

    return untake_along


def _along(axis: int, ndim: int) -> Shape:
    return tuple(-1 if i == axis else 1 for i in range(ndim))


SELECTION = (
    Rule("_index", (lambda xp, g, y, x, key: xp._unindex(g, x.shape, key),), inputs=False, forward=_index),
    Rule("_unindex", (lambda xp, g, y, x, shape, key: xp._index(g, key),), inputs=False, forward=_unindex),
    Rule(
        "_take",
        (lambda xp, g, y, x, i, axis: xp._untake(g, i, x.shape, axis), None),
        forward=lambda base: lambda x, i, axis: base.take(x, i, axis=axis),
    ),
    Rule("_untake", (lambda xp, g, y, x, i, shape, axis: xp._take(g, i, axis), None), forward=_untake),
    Rule(
        "_take_along",
        (lambda xp, g, y, x, i, axis: xp._untake_along(g, i, x.shape, axis), None),
        forward=lambda base: lambda x, i, axis: base.take_along_axis(x, i, axis=axis),
    ),
    Rule(
        "_untake_along",
        (lambda xp, g, y, x, i, shape, axis: xp._take_along(g, i, axis), None),
        forward=_untake_along,
    ),
)


def take(xp: Namespace, x: Any, indices: Any, /, *, axis: int | None = None) -> Any:
    if indices.ndim != 1:
        raise ValueError(f"take needs 1-d indices, got shape {indices.shape}")
    if axis is None and x.ndim != 1:
        raise ValueError(f"take needs an axis for an array of shape {x.shape}")
    return xp._take(x, indices, _position(axis or 0, x.ndim))


def take_along_axis(xp: Namespace, x: Any, indices: Any, /, *, axis: int = -1) -> Any:
    if indices.ndim != x.ndim:
        raise ValueError(f"take_along_axis needs indices of {x.ndim} dimensions, got shape {indices.shape}")
    axis = _position(axis, x.ndim)
    frame = _broadcast_shapes(_without(x.shape, axis), _without(indices.shape, axis))
    x = xp.broadcast_to(x, (*frame[:axis], x.shape[axis], *frame[axis:]))
    indices = xp.broadcast_to(indices, (*frame[:axis], indices.shape[axis], *frame[axis:]))
    return xp._take_along(x, indices, axis)


def sort(xp: Namespace, x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Any:
    order = xp.argsort(x, axis=axis, descending=descending, stable=stable)
    return xp.take_along_axis(x, order, axis=axis)


def _position(axis: int, ndim: int) -> int:
    if not -ndim <= axis < ndim:
        raise ValueError(f"axis {axis} is out of bounds for an array of {ndim} dimensions")
    return axis % ndim


def _without(shape: Shape, axis: int) -> Shape:
    return (*shape[:axis], *shape[axis + 1 :])


def _broadcast_shapes(*shapes: Shape) -> Shape:
    """Return the common shape; namespaces of revision 2024.12 have no function for it."""
    ndim = max(map(len, shapes))
    columns = zip(*[(1,) * (ndim - len(shape)) + tuple(shape) for shape in shapes], strict=True)
    lengths = [{length for length in column if length != 1} or {1} for column in columns]
    if any(len(column) > 1 for column in lengths):
        raise ValueError(f"shapes {' and '.join(map(str, shapes))} do not broadcast together")
    return tuple(column.pop() for column in lengths)


# --- moving and repeating


def _reshape(xp: Namespace, g: Any, y: Any, x: Any, *args: Any, **options: Any) -> Any:
    return xp.reshape(g, x.shape)


def _permute_dims(xp: Namespace, g: Any, y: Any, x: Any, axes: Sequence[int]) -> Any:
    axes = [axis % x.ndim for axis in axes]
    return xp.permute_dims(g, tuple(axes.index(axis) for axis in range(x.ndim)))


def _roll(xp: Namespace, g: Any, y: Any, x: Any, shift: Any, *, axis: Any = None) -> Any:
    return xp.roll(g, tuple(-s for s in shift) if isinstance(shift, tuple) else -shift, axis=axis)


def _concat(xp: Namespace, g: Any, y: Any, *arrays: Any, axis: int | None = 0, position: int) -> Any:
    if axis is None:
        start = sum(math.prod(x.shape) for x in arrays[:position])
        return xp.reshape(g[start : start + math.prod(arrays[position].shape)], arrays[position].shape)
    axis %= g.ndim
    start = sum(x.shape[axis] for x in arrays[:position])
    return g[(*(slice(None),) * axis, slice(start, start + arrays[position].shape[axis]), ...)]


MOVEMENT = (
    Rule("reshape", (_reshape,), inputs=False),
    Rule("expand_dims", (_reshape,), inputs=False),
    Rule("squeeze", (_reshape,), inputs=False),
    Rule("permute_dims", (_permute_dims,), inputs=False),
    Rule("moveaxis", (lambda xp, g, y, x, source, destination: xp.moveaxis(g, destination, source),), inputs=False),
    Rule("matrix_transpose", (lambda xp, g, y, x: xp.matrix_transpose(g),), inputs=False),
    Rule("flip", (lambda xp, g, y, x, *, axis=None: xp.flip(g, axis=axis),), inputs=False),
    Rule("roll", (_roll,), inputs=False),
    Rule("tril", (lambda xp, g, y, x, *, k=0: xp.tril(g, k=k),), inputs=False),
    Rule("triu", (lambda xp, g, y, x, *, k=0: xp.triu(g, k=k),), inputs=False),
    Rule("_repeated", (None, None), forward=lambda base: base.repeat),
    # The caller sums over the axes that broadcasting repeated.
    Rule("broadcast_to", (lambda xp, g, y, x, shape: g,), inputs=False),
    Rule("_concat", (_concat,), inputs=False, variadic=True,
         forward=lambda base: lambda *arrays, axis: base.concat(list(arrays), axis=axis)),
)  # fmt: skip


def concat(xp: Namespace, arrays: Sequence[Any], /, *, axis: int | None = 0) -> Any:
    return xp._concat(*arrays, axis=axis)


def stack(xp: Namespace, arrays: Sequence[Any], /, *, axis: int = 0) -> Any:
    return xp.concat([xp.expand_dims(x, axis=axis) for x in arrays], axis=axis)


def unstack(xp: Namespace, x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    before = (slice(None),) * _position(axis, x.ndim)
    return tuple(xp._index(x, (*before, i, ...)) for i in range(x.shape[axis]))


def broadcast_arrays(xp: Namespace, *arrays: Any) -> tuple[Any, ...]:
    shape = _broadcast_shapes(*(x.shape for x in arrays))
    return tuple(xp.broadcast_to(x, shape) for x in arrays)


def meshgrid(xp: Namespace, *arrays: Any, indexing: str = "xy") -> list[Any]:
    if indexing not in ("xy", "ij"):
        raise ValueError(f"indexing must be 'xy' or 'ij', got {indexing!r}")
    axes = list(range(len(arrays)))
    if indexing == "xy":
        axes[:2] = axes[:2][::-1]
    views = [xp.reshape(x, _along(axis, len(arrays))) for x, axis in zip(arrays, axes, strict=True)]
    return list(xp.broadcast_arrays(*views))


def repeat(xp: Namespace, x: Any, repeats: Any, /, *, axis: int | None = None) -> Any:
    if axis is None:
        x, axis = xp.reshape(x, (-1,)), 0
    axis = _position(axis, x.ndim)
    if isinstance(repeats, int):
        shape = x.shape
        x = xp.broadcast_to(xp.expand_dims(x, axis=axis + 1), (*shape[: axis + 1], repeats, *shape[axis + 1 :]))
        return xp.reshape(x, (*shape[:axis], shape[axis] * repeats, *shape[axis + 1 :]))
    return xp.take(x, xp._repeated(xp.arange(x.shape[axis]), repeats), axis=axis)


def tile(xp: Namespace, x: Any, repetitions: Shape, /) -> Any:
    ndim = max(x.ndim, len(repetitions))
    shape = (1,) * (ndim - x.ndim) + tuple(x.shape)
    repetitions = (1,) * (ndim - len(repetitions)) + tuple(repetitions)
    pairs = tuple(zip(repetitions, shape, strict=True))
    x = xp.reshape(x, tuple(n for _, size in pairs for n in (1, size)))
    x = xp.broadcast_to(x, tuple(n for pair in pairs for n in pair))
    return xp.reshape(x, tuple(count * size for count, size in pairs))


def diff(xp: Namespace, x: Any, /, *, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None) -> Any:
    parts = [part for part in (prepend, x, append) if part is not None]
    if len(parts) > 1:
        x = xp.concat(parts, axis=axis)
    before = (slice(None),) * _position(axis, x.ndim)
    for _ in range(n):
        x = x[(*before, slice(1, None), ...)] - x[(*before, slice(None, -1), ...)]
    return x


# --- creating


def asarray(xp: Namespace, x: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Any:
    if not hasattr(x, "__array_namespace__"):
        return xp.boxed(xp.__wraps__.asarray(x, dtype=dtype, device=device))
    return xp.astype(x, x.dtype if dtype is None else dtype, device=device)


def full(xp: Namespace, shape: Any, value: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    if not hasattr(value, "shape"):
        return xp.boxed(xp.__wraps__.full(shape, value, dtype=dtype, device=device))
    value = xp.asarray(value, dtype=dtype, device=device)
    return xp.broadcast_to(value, (shape,) if isinstance(shape, int) else tuple(shape))


def full_like(xp: Namespace, x: Any, value: Any, /, *, dtype: Any = None, device: Any = None) -> Any:
    dtype, device = x.dtype if dtype is None else dtype, device_of(x) if device is None else device
    return xp.full(x.shape, value, dtype=dtype, device=device)


RULES = (*SELECTION, *MOVEMENT)
CALLS = {
    function.__name__: function
    for function in (
        take, take_along_axis, sort, concat, stack, unstack, broadcast_arrays, meshgrid, repeat, tile, diff,
        asarray, full, full_like,
    )
}  # fmt: skip
