"""One case for every function that the tape differentiates: an expression in any namespace, and where it is smooth.

The numbers are multiples of 1/256, so that every dtype and precision starts from the same ones, and no two elements
of an array are equal, so that no case sits on a kink; kinks have tests of their own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from agnostic_losses import ops


@dataclass(frozen=True)
class Operand:
    """A shape, and the open interval that the values come from."""

    shape: tuple[int, ...]
    low: float
    high: float

    def values(self, position: int) -> np.ndarray:
        size = math.prod(self.shape)
        ranks = np.random.default_rng(position).permutation(size)
        grid = self.low + (self.high - self.low) * (ranks + 0.3 + 0.2 * position) / (size + 0.6)
        return np.reshape(np.round(grid * 256) / 256, self.shape)


def real(*shape: int) -> Operand:
    return Operand(shape, -1.9, 1.7)


def positive(*shape: int) -> Operand:
    return Operand(shape, 0.25, 2.1)


def unit(*shape: int) -> Operand:
    return Operand(shape, -0.85, 0.9)


def above_one(*shape: int) -> Operand:
    return Operand(shape, 1.25, 3.0)


@dataclass(frozen=True)
class Case:
    """One function of the namespace in use.

    Attributes
    ----------
    name : str
        The function; the tests hold that every rule has a case.
    f : callable
        Takes the namespace and the arrays, returns an array or a sequence of arrays.
    operands : tuple of Operand
        All are differentiated.
    truth : callable, optional
        The same in functions that an arbitrary-precision namespace has.
    torch_lacks : str
        Why torch cannot run it; empty where it can.
    """

    name: str
    f: Callable[..., Any]
    operands: tuple[Operand, ...]
    truth: Callable[..., Any] | None = None
    torch_lacks: str = ""

    def scalar(self, xp: Any, *arrays: Any, f: Callable[..., Any] | None = None) -> Any:
        """Return the sum of all results with unequal factors, so that each element's derivative counts."""
        results = (f or self.f)(xp, *arrays)
        total = xp.asarray(0.0, dtype=arrays[0].dtype)
        for result in results if isinstance(results, (tuple, list)) else [results]:
            n = math.prod(result.shape)
            factors = xp.arange(1, n + 1, dtype=result.dtype) / 8
            total = total + xp.sum(xp.reshape(factors, tuple(result.shape)) * result)
        return total

    def arrays(self, convert: Callable[[np.ndarray], Any]) -> list[Any]:
        return [convert(operand.values(position)) for position, operand in enumerate(self.operands)]


def _case(name: str, f: Callable[..., Any], *operands: Operand, **options: Any) -> Case:
    return Case(name, f, operands, **options)


def _unary(name: str, operand: Operand) -> Case:
    return _case(name, lambda xp, x: getattr(xp, name)(x), operand)


ELEMENTWISE = [
    *(_unary(name, real(5)) for name in ("exp", "expm1", "sin", "cos", "sinh", "cosh", "tanh", "atan", "asinh")),
    *(_unary(name, real(5)) for name in ("abs", "square", "negative", "positive", "real")),
    *(_unary(name, positive(5)) for name in ("sqrt", "log", "log1p", "log10", "reciprocal")),
    *(_unary(name, unit(5)) for name in ("tan", "asin", "acos", "atanh")),
    _unary("acosh", above_one(5)),
    _case("log2", lambda xp, x: xp.log2(x), positive(5), truth=lambda xp, x: xp.log(x) / xp.log(xp.asarray(2.0))),
    _case("add", lambda xp, a, b: xp.add(a, b) ** 2, real(3, 1), real(2)),
    _case("subtract", lambda xp, a, b: xp.subtract(a, b) ** 2, real(3, 1), real(2)),
    _case("multiply", lambda xp, a, b: xp.multiply(a, b), real(3, 1), real(2)),
    _case("divide", lambda xp, a, b: xp.divide(a, b), real(3, 1), positive(2)),
    _case("divide", lambda xp, a: 2.0 / a + a / 4.0, positive(4)),
    _case("pow", lambda xp, a, b: xp.pow(a, b), positive(3, 1), real(2)),
    _case("pow", lambda xp, a: a**2 + a**3 + a**0 + a**1, real(4)),
    _case("pow", lambda xp, a: a**0.5 + a**-1.5 + 2.0**a, positive(4)),
    _case("remainder", lambda xp, a, b: xp.remainder(a, b) ** 2, real(5, 1), above_one(2)),
    _case("maximum", lambda xp, a, b: xp.maximum(a, b) ** 2, real(3, 1), unit(2)),
    _case("minimum", lambda xp, a, b: xp.minimum(a, b) ** 2, real(3, 1), unit(2)),
    _case("logaddexp", lambda xp, a, b: xp.logaddexp(a, b), real(3, 1), unit(2)),
    _case("hypot", lambda xp, a, b: xp.hypot(a, b), real(3, 1), positive(2)),
    _case("atan2", lambda xp, a, b: xp.atan2(a, b), real(3, 1), real(2)),
    _case("copysign", lambda xp, a: xp.copysign(a, xp.asarray([-1.0, 1.0, -2.0], dtype=a.dtype)) ** 2, real(2, 3)),
    *(
        _case(name, lambda xp, a, name=name: getattr(xp, name)(a, 0.625) ** 2, real(5))
        for name in ("add", "subtract", "multiply", "divide", "maximum", "minimum", "logaddexp", "hypot", "atan2")
    ),
    *(
        _case(name, lambda xp, a, name=name: getattr(xp, name)(0.625, a) ** 2, real(5))
        for name in ("add", "subtract", "multiply", "divide", "maximum", "minimum", "logaddexp", "hypot", "atan2")
    ),
    _case("remainder", lambda xp, a: xp.remainder(a, 0.625) ** 2, positive(5)),
    _case("remainder", lambda xp, a: 2.5 % a, positive(5), torch_lacks="remainder of a number"),
    _case("copysign", lambda xp, a: xp.copysign(a, -2.0) ** 3, real(5)),
    _case("where", lambda xp, a, b: xp.where(a > 0, a**2, b**3), real(3, 1), real(2)),
    _case("where", lambda xp, a: xp.where(a > 0, a**2, 1.0), real(4)),
    _case("clip", lambda xp, a: xp.clip(a, -0.5, 0.5) ** 2, real(6)),
    _case("clip", lambda xp, a: xp.clip(a, max=0.25) ** 2 + xp.clip(a, min=0.0) + xp.clip(a), real(6)),
    _case(
        "clip",
        lambda xp, a, b, c: xp.clip(a, b, c) ** 2,
        real(7),
        Operand((7,), -1.0, -0.5),
        Operand((7,), -0.25, 0.9),
    ),
    _case("astype", lambda xp, a: xp.astype(xp.astype(a, xp.float32), xp.float64) * a, real(3)),
]

MOVEMENT = [
    _case("reshape", lambda xp, a: xp.reshape(a, (3, 2)) ** 2, real(6)),
    _case("expand_dims", lambda xp, a: xp.expand_dims(a, axis=1) ** 2, real(2, 3)),
    _case("squeeze", lambda xp, a: xp.squeeze(a, axis=(0, 2)) ** 2, real(1, 3, 1)),
    _case("permute_dims", lambda xp, a: xp.permute_dims(a, (2, 0, 1)) ** 2, real(2, 3, 2)),
    _case("permute_dims", lambda xp, a: xp.permute_dims(a, (-1, 0, -2)) ** 2, real(2, 3, 2)),
    _case("moveaxis", lambda xp, a: xp.moveaxis(a, 0, -1) ** 2, real(2, 3, 2)),
    _case("matrix_transpose", lambda xp, a: xp.matrix_transpose(a) ** 2, real(2, 3)),
    _case("flip", lambda xp, a: xp.flip(a, axis=-1) ** 2 + xp.flip(a) ** 2, real(2, 3)),
    _case("roll", lambda xp, a: xp.roll(a, 2) ** 2 + xp.roll(a, (1, -1), axis=(0, 1)) ** 3, real(2, 3)),
    _case("tril", lambda xp, a: xp.tril(a) ** 2 + xp.tril(a, k=1) ** 3, real(3, 3)),
    _case("triu", lambda xp, a: xp.triu(a) ** 2 + xp.triu(a, k=1) ** 3, real(3, 3)),
    _case("broadcast_to", lambda xp, a: xp.broadcast_to(a, (2, 3, 4)) ** 2, real(3, 1)),
    _case("broadcast_arrays", lambda xp, a, b: [x**2 for x in xp.broadcast_arrays(a, b)], real(3, 1), real(2)),
    _case("meshgrid", lambda xp, a, b: [x**2 for x in xp.meshgrid(a, b)], real(3), real(2)),
    _case("meshgrid", lambda xp, a, b: [x**2 for x in xp.meshgrid(a, b, indexing="ij")], real(3), real(2)),
    _case("concat", lambda xp, a, b: xp.concat([a, b, a], axis=-1) ** 2, real(2, 3), real(2, 1)),
    _case("concat", lambda xp, a, b: xp.concat([a, b], axis=None) ** 2, real(2, 2), real(3, 1)),
    _case("stack", lambda xp, a, b: xp.stack([a, b], axis=1) ** 2, real(3), real(3)),
    _case("unstack", lambda xp, a: [x**2 for x in xp.unstack(a, axis=1)], real(2, 3)),
    _case("repeat", lambda xp, a: xp.repeat(a, 2, axis=1) ** 2, real(2, 3)),
    _case("repeat", lambda xp, a: xp.repeat(a, 3) ** 2, real(2, 2)),
    _case("repeat", lambda xp, a: xp.repeat(a, xp.asarray([0, 2, 1]), axis=1) ** 2, real(2, 3)),
    _case("tile", lambda xp, a: xp.tile(a, (2, 1, 3)) ** 2, real(2, 3)),
    _case("diff", lambda xp, a: xp.diff(a, axis=0, n=2) ** 2, real(4, 2)),
    _case("diff", lambda xp, a, b: xp.diff(a, prepend=b, append=b) ** 2, real(2, 3), real(2, 1)),
    _case("full", lambda xp, a: a**2 * xp.full((2,), 3.0, dtype=a.dtype), real(2)),
    _case("full_like", lambda xp, a: a**2 * xp.full_like(a, 3.0), real(2)),
    _case("asarray", lambda xp, a: xp.asarray(a) ** 2, real(3), torch_lacks="asarray cuts the graph"),
]

SELECTION = [
    _case("_index", lambda xp, a: a[1, ...] ** 2, real(2, 3)),
    _case("_index", lambda xp, a: a[:, None, 1::2] ** 2, real(2, 4)),
    _case("_index", lambda xp, a: a[:, ::-2] ** 2, real(2, 4), torch_lacks="negative steps"),
    _case("_index", lambda xp, a: a[..., -1] ** 2 * a[0, 1:3], real(2, 3)),
    _case("take", lambda xp, a: xp.take(a, xp.asarray([2, 0, 2, 2]), axis=1) ** 2, real(2, 3)),
    _case("take", lambda xp, a: xp.take(a, xp.asarray([1, 1, 0]), axis=0) ** 2, real(3, 2)),
    _case("take_along_axis", lambda xp, a: xp.take_along_axis(a, xp.asarray([[2], [0]]), axis=1) ** 2, real(2, 3)),
    _case(
        "take_along_axis",
        lambda xp, a: xp.take_along_axis(a, xp.asarray([[1, 1, 0], [1, 1, 1]]), axis=0) ** 2,
        real(2, 3),
    ),
    _case("sort", lambda xp, a: xp.sort(a, axis=0) ** 2, real(4, 2)),
    _case("sort", lambda xp, a: xp.sort(a, descending=True) ** 2, real(2, 3)),
]

REDUCTIONS = [
    _case("sum", lambda xp, a: xp.sum(a**2, axis=(0, 2), keepdims=True) ** 2, real(2, 3, 2)),
    _case("sum", lambda xp, a: xp.sum(a**2) * xp.sum(a, axis=-1), real(2, 3)),
    _case("mean", lambda xp, a: xp.mean(a**2, axis=1) ** 2 + xp.mean(a) ** 2, real(2, 3)),
    _case("var", lambda xp, a: xp.var(a, axis=0, correction=1) + xp.var(a), real(3, 2)),
    _case("std", lambda xp, a: xp.std(a, axis=0, correction=1) + xp.std(a), real(3, 2)),
    _case("max", lambda xp, a: xp.max(a, axis=0, keepdims=True) ** 2 + xp.max(a) ** 3, real(3, 2)),
    _case("min", lambda xp, a: xp.min(a, axis=(0, 1)) ** 2 + xp.min(a, axis=1) ** 3, real(2, 2)),
    _case("prod", lambda xp, a: xp.prod(a, axis=0) ** 2 + xp.prod(a), real(3, 2)),
    _case("prod", lambda xp, a: xp.prod(a * xp.asarray([1.0, 0.0, 1.0], dtype=a.dtype), keepdims=True), real(3)),
    _case("cumulative_sum", lambda xp, a: xp.cumulative_sum(a**2, axis=0) ** 2, real(3, 2)),
    _case("cumulative_sum", lambda xp, a: xp.cumulative_sum(a, include_initial=True) ** 2, real(3)),
    _case("cumulative_prod", lambda xp, a: xp.cumulative_prod(a, axis=0), real(5, 2)),
    _case("cumulative_prod", lambda xp, a: xp.cumulative_prod(a, include_initial=True) ** 2, real(4)),
]

PRODUCTS = [
    _case("matmul", lambda xp, a, b: xp.matmul(a, b) ** 2, real(2, 3), real(3, 2)),
    _case("matmul", lambda xp, a, b: (a @ b) ** 2, real(2, 1, 2, 2), real(3, 2, 1)),
    _case("matmul", lambda xp, a, b: (a @ b) ** 2, real(3), real(3)),
    _case("matmul", lambda xp, a, b: (a @ b) ** 2, real(3), real(3, 2)),
    _case("matmul", lambda xp, a, b: (a @ b) ** 2, real(2), real(3, 2, 2)),
    _case("matmul", lambda xp, a, b: (a @ b) ** 2, real(2, 3), real(3)),
    _case("matmul", lambda xp, a, b: (a @ b) ** 2, real(3, 2, 2), real(2)),
    _case("vecdot", lambda xp, a, b: xp.vecdot(a, b) ** 2, real(2, 3), real(3)),
    _case("vecdot", lambda xp, a, b: xp.vecdot(a, b, axis=-2) ** 2, real(3, 2), real(2, 3, 1)),
    _case("tensordot", lambda xp, a, b: xp.tensordot(a, b, axes=1) ** 2, real(2, 3), real(3, 2)),
    _case("tensordot", lambda xp, a, b: xp.tensordot(a, b) ** 2, real(2, 2, 3), real(2, 3)),
    _case("tensordot", lambda xp, a, b: xp.tensordot(a, b, axes=0) ** 2, real(2), real(3)),
    _case(
        "tensordot",
        lambda xp, a, b: xp.tensordot(a, b, axes=((2, 0), (0, 1))) ** 2,
        real(2, 3, 2),
        real(2, 2, 2),
    ),
]


def _of_rows(a: Any, b: Any) -> Any:
    xp = ops.array_namespace(a)
    return xp.exp(a * b) + xp.sum(a, axis=-1, keepdims=True) ** 2


CHUNKS = [
    _case("_map_chunks", lambda xp, a, b: ops.map_chunks(_of_rows, (a,), (b,), chunk_size=2), real(3, 2), real(2))
]

CASES = [*ELEMENTWISE, *MOVEMENT, *SELECTION, *REDUCTIONS, *PRODUCTS, *CHUNKS]
IDS = [f"{case.name}-{number}" for number, case in enumerate(CASES)]
