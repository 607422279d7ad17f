"""One call of each function, on a matrix of shape (3, 4) with distinct elements, for any namespace.

The same table is run against a reference, traced, compiled, and differentiated. A lambda a line: AutoGraph reads
their source.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Call = Callable[[Any, Any], Any]

MATRIX = np.asarray([[1.25, 2.5, -3.125, 0.75], [0.375, -0.5, 0.625, 1.125], [7.0, 0.3125, 9.0, -1.75]])

# Elementwise functions by the domain that they are called on; the first transforms MATRIX into it.
ON_REALS = [
    "abs",
    "asinh",
    "atan",
    "cos",
    "cosh",
    "exp",
    "expm1",
    "negative",
    "positive",
    "reciprocal",
    "sin",
    "sinh",
    "square",
    "tan",
    "tanh",
]
ON_POSITIVE = ["log", "log10", "log1p", "log2", "sqrt"]
ON_UNIT = ["acos", "asin", "atanh"]
ON_REALS_FLAT = ["ceil", "floor", "isfinite", "isinf", "isnan", "round", "sign", "signbit", "trunc"]
OF_TWO = [
    "add",
    "atan2",
    "copysign",
    "divide",
    "hypot",
    "logaddexp",
    "maximum",
    "minimum",
    "multiply",
    "nextafter",
    "remainder",
    "subtract",
]
OF_TWO_FLAT = ["equal", "floor_divide", "greater", "greater_equal", "less", "less_equal", "not_equal"]


def _of_one(name: str, domain: Callable[[Any, Any], Any]) -> Call:
    def call(xp: Any, x: Any) -> Any:
        return getattr(xp, name)(domain(xp, x))

    return call


def _of_two(name: str, other: Callable[[Any, Any], Any]) -> Call:
    def call(xp: Any, x: Any) -> Any:
        return getattr(xp, name)(x, other(xp, x))

    return call


def _reduced(name: str, **options: Any) -> Call:
    def call(xp: Any, x: Any) -> Any:
        return getattr(xp, name)(x, **options)

    return call


def _elementwise() -> tuple[dict[str, Call], dict[str, Call]]:
    smooth = {name: _of_one(name, lambda xp, x: x) for name in ON_REALS}
    smooth |= {name: _of_one(name, lambda xp, x: xp.abs(x) + 0.5) for name in ON_POSITIVE}
    smooth |= {name: _of_one(name, lambda xp, x: x / 10.0) for name in ON_UNIT}
    smooth["acosh"] = _of_one("acosh", lambda xp, x: xp.abs(x) + 1.5)
    smooth["pow"] = lambda xp, x: xp.pow(xp.abs(x), 2.5)
    flat = {name: _of_one(name, lambda xp, x: x) for name in ON_REALS_FLAT}
    for names, table in ((OF_TWO, smooth), (OF_TWO_FLAT, flat)):
        for name in names:
            table[name] = _of_two(name, lambda xp, x: xp.flip(x) + 0.1)
            table[f"{name}, broadcast"] = _of_two(name, lambda xp, x: x[1:2, :] - 0.57)
            table[f"{name}, scalar"] = _of_two(name, lambda xp, x: 2.0)
    return smooth, flat


def _reductions() -> tuple[dict[str, Call], dict[str, Call]]:
    ways: dict[str, dict[str, Any]] = {
        "": {},
        ", axis=1": {"axis": 1},
        ", axis=(0, -1), keepdims": {"axis": (0, -1), "keepdims": True},
        ", axis=-2, keepdims": {"axis": -2, "keepdims": True},
    }
    names = ("max", "mean", "min", "prod", "std", "sum", "var")
    smooth = {f"{n}{way}": _reduced(n, **options) for n in names for way, options in ways.items()}
    for name in ("std", "var"):
        smooth[f"{name}, correction"] = _reduced(name, axis=1, correction=1)
    for name in ("cumulative_sum", "cumulative_prod"):
        smooth[name] = _reduced(name, axis=0)
        smooth[f"{name}, include_initial"] = _reduced(name, axis=-1, include_initial=True)
    flat = {f"count_nonzero{way}": _reduced("count_nonzero", **options) for way, options in ways.items()}
    flat |= {f"{n}{way}": _reduced(n, **options) for n in ("all", "any") for way, options in ways.items()}
    for name in ("argmax", "argmin"):
        flat[name] = _reduced(name)
        flat[f"{name}, axis=0, keepdims"] = _reduced(name, axis=0, keepdims=True)
    return smooth, flat


def _sorting() -> tuple[dict[str, Call], dict[str, Call]]:
    ways = [{"axis": axis, "descending": descending} for axis in (0, -1) for descending in (False, True)]
    smooth = {f"sort {way}": _reduced("sort", **way) for way in ways}
    return smooth, {f"argsort {way}": _reduced("argsort", **way) for way in ways}


SHAPES: dict[str, Call] = {
    "broadcast_to": lambda xp, x: xp.broadcast_to(x[:1, :], (2, 1, 4)),
    "broadcast_arrays": lambda xp, x: xp.broadcast_arrays(x, x[:1, :], xp.expand_dims(x, axis=0)),
    "concat": lambda xp, x: xp.concat([x, x[:1, :]]),
    "concat, axis=-1": lambda xp, x: xp.concat((x, x), axis=-1),
    "concat, axis=None": lambda xp, x: xp.concat([x, x[:1, :]], axis=None),
    "stack": lambda xp, x: xp.stack([x, 2.0 * x]),
    "stack, axis=-1": lambda xp, x: xp.stack([x, 2.0 * x], axis=-1),
    "expand_dims": lambda xp, x: xp.expand_dims(x, axis=-1),
    "squeeze": lambda xp, x: xp.squeeze(x[:1, :], axis=0),
    "reshape": lambda xp, x: xp.reshape(x, (2, -1, 3)),
    "reshape, flat": lambda xp, x: xp.reshape(x, (-1,)),
    "permute_dims": lambda xp, x: xp.permute_dims(x, (1, 0)),
    "matrix_transpose": lambda xp, x: xp.matrix_transpose(xp.expand_dims(x, axis=0)),
    "moveaxis": lambda xp, x: xp.moveaxis(xp.expand_dims(x, axis=0), 0, -1),
    "moveaxis, two": lambda xp, x: xp.moveaxis(xp.expand_dims(x, axis=0), (0, 2), (-1, 0)),
    "flip": lambda xp, x: xp.flip(x),
    "flip, axis=0": lambda xp, x: xp.flip(x, axis=0),
    "roll": lambda xp, x: xp.roll(x, 5),
    "roll, axis=1": lambda xp, x: xp.roll(x, -1, axis=1),
    "roll, two": lambda xp, x: xp.roll(x, (1, 2), axis=(0, 1)),
    "repeat": lambda xp, x: xp.repeat(x, 2),
    "repeat, axis=1": lambda xp, x: xp.repeat(x, 2, axis=1),
    "repeat, array": lambda xp, x: xp.repeat(x, xp.asarray([2, 0, 1]), axis=0),
    "tile": lambda xp, x: xp.tile(x, (2,)),
    "tile, more axes": lambda xp, x: xp.tile(x, (2, 1, 3)),
    "diff": lambda xp, x: xp.diff(x),
    "diff, twice": lambda xp, x: xp.diff(x, n=2, axis=0, prepend=x[:1, :] * 0.5),
    "tril": lambda xp, x: xp.tril(x, k=-1),
    "triu": lambda xp, x: xp.triu(x, k=1),
    "meshgrid": lambda xp, x: xp.meshgrid(x[:, 0], x[0, :]),
    "meshgrid, ij": lambda xp, x: xp.meshgrid(x[:, 0], x[0, :], indexing="ij"),
    "astype": lambda xp, x: xp.astype(x, xp.float64),
    "real": lambda xp, x: xp.real(x),
    "conj": lambda xp, x: xp.conj(x),
    "clip": lambda xp, x: xp.clip(x, -0.25, 2.0),
    "clip, min": lambda xp, x: xp.clip(x, min=0.5),
    "clip, max": lambda xp, x: xp.clip(x, max=0.5),
    "where": lambda xp, x: xp.where(x > 0.5, x, x * x),
    "where, scalar": lambda xp, x: xp.where(x > 0.5, x, 0.25),
    "take": lambda xp, x: xp.take(x, xp.asarray([2, 0, 2]), axis=1),
    "take, negative": lambda xp, x: xp.take(x, xp.asarray([-1, 0]), axis=0),
    "take_along_axis": lambda xp, x: xp.take_along_axis(x, xp.asarray([[1, 0], [3, 3], [0, 2]])),
    "take_along_axis, negative": lambda xp, x: xp.take_along_axis(x, xp.asarray([[-1], [3], [-4]]), axis=1),
    "take_along_axis, axis=0": lambda xp, x: xp.take_along_axis(x, xp.argsort(x, axis=0), axis=0),
    "take_along_axis, argmax": lambda xp, x: xp.take_along_axis(x, xp.argmax(x, axis=1, keepdims=True)),
}
PRODUCTS: dict[str, Call] = {
    "matmul": lambda xp, x: xp.matmul(x, xp.matrix_transpose(x)),
    "matmul, vectors": lambda xp, x: xp.matmul(x[0, :], x[1, :]),
    "matmul, matrix and vector": lambda xp, x: xp.matmul(x, x[1, :]),
    "matmul, vector and stack": lambda xp, x: xp.matmul(x[:, 0], xp.stack([x, 2.0 * x])),
    "vecdot": lambda xp, x: xp.vecdot(x, x[1:2, :]),
    "vecdot, axis=-2": lambda xp, x: xp.vecdot(x, 2.0 * x, axis=-2),
    "tensordot": lambda xp, x: xp.tensordot(x, x),
    "tensordot, axes": lambda xp, x: xp.tensordot(x, x, axes=((0,), (0,))),
    "tensordot, axes=0": lambda xp, x: xp.tensordot(x, x, axes=0),
}
OTHERS: dict[str, Call] = {
    "astype, integers": lambda xp, x: xp.astype(x, xp.int32),
    "astype, bool": lambda xp, x: xp.astype(x - 1.25, xp.bool),
    "zeros_like": lambda xp, x: xp.zeros_like(x),
    "ones_like": lambda xp, x: xp.ones_like(x, dtype=xp.int64),
    "full_like": lambda xp, x: xp.full_like(x, 2.5),
    "logical_and": lambda xp, x: xp.logical_and(x > 0.5, x < 2.0),
    "logical_or": lambda xp, x: xp.logical_or(x > 2.0, x < 0.5),
    "logical_xor": lambda xp, x: xp.logical_xor(x > 0.5, x < 2.0),
    "logical_not": lambda xp, x: xp.logical_not(x > 0.5),
    "nonzero": lambda xp, x: xp.nonzero(x > 0.5),
    "searchsorted": lambda xp, x: xp.searchsorted(xp.sort(x[0, :]), x),
    "searchsorted, right": lambda xp, x: xp.searchsorted(xp.sort(x[0, :]), x, side="right"),
    "searchsorted, sorter": lambda xp, x: xp.searchsorted(x[0, :], x[1, :], sorter=xp.argsort(x[0, :])),
    "unique_all": lambda xp, x: xp.unique_all(xp.floor(x)),
    "unique_counts": lambda xp, x: xp.unique_counts(xp.floor(x)),
    "unique_inverse": lambda xp, x: xp.unique_inverse(xp.floor(x)),
    "unique_values": lambda xp, x: xp.unique_values(xp.floor(x)),
    "isin": lambda xp, x: xp.isin(xp.astype(x, xp.int32), xp.astype(x[1, :], xp.int32)),
}

_tables = (_elementwise(), _reductions(), _sorting())
SMOOTH: dict[str, Call] = _tables[0][0] | _tables[1][0] | _tables[2][0] | SHAPES | PRODUCTS
FLAT: dict[str, Call] = _tables[0][1] | _tables[1][1] | _tables[2][1] | OTHERS
CALLS = SMOOTH | FLAT
