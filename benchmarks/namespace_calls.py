"""Calls of the TensorFlow namespace, each with TensorFlow's own beside it, and why some take longer. Data alone.

A function without a line here has no one call of TensorFlow that does the same. No framework is imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LIMIT = 1.2
"""How many times as long as TensorFlow's own a call may take."""

LIMITS = {"sort": 1.5, "take_along_axis": 1.5}
"""The same of functions that are no single kernel."""


@dataclass(frozen=True)
class Pair:
    """A call of ours, and TensorFlow's: expressions in `xp`, `tf` and the arrays of `benchmarks.namespace`."""

    ours: str
    theirs: str

    @property
    def function(self) -> str:
        """The name of our function."""
        return self.ours.partition("(")[0].removeprefix("xp.")


def _same(names: str, arguments: str, home: str = "tf.math") -> list[Pair]:
    """Calls of functions that have the same name in both."""
    return [Pair(f"xp.{name}({arguments})", f"{home}.{name}({arguments})") for name in names.split()]


def _named(names: str, arguments: str) -> list[Pair]:
    """Calls of functions that have two names, as in ``isnan=is_nan``."""
    pairs = [pair.split("=") for pair in names.split()]
    return [Pair(f"xp.{ours}({arguments})", f"tf.math.{theirs}({arguments})") for ours, theirs in pairs]


def _linalg(names: str, arguments: str) -> list[Pair]:
    return [Pair(f"xp.linalg.{name}({arguments})", f"tf.linalg.{name}({arguments})") for name in names.split()]


def _reduced(names: str) -> list[Pair]:
    pairs = [pair.split("=") for pair in names.split()]
    return [Pair(f"xp.{a}(x{x})", f"tf.math.{b}(x{y})") for a, b in pairs for x, y in (("", ""), (", axis=1", ", 1"))]


PAIRS: tuple[Pair, ...] = (
    *_same("abs asinh atan ceil cos cosh exp expm1 floor negative reciprocal round sign sin sinh square tan tanh", "x"),
    *_same("acos asin atanh log log1p sqrt", "p"),
    *_same("acosh", "q"),
    *_named("isfinite=is_finite isinf=is_inf isnan=is_nan", "x"),
    *_same("conj imag real", "c"),
    *_same("logical_not", "b"),
    *_same("logical_and logical_or logical_xor", "b, d"),
    *_same("add atan2 divide equal greater greater_equal less less_equal maximum minimum multiply", "x, y"),
    *_same("nextafter not_equal subtract", "x, y"),
    *_same("add greater maximum multiply", "x, 2.0"),
    *_named("floor_divide=floordiv remainder=floormod", "x, p"),
    *_same("pow", "p, y"),
    *_same("bitwise_and bitwise_or bitwise_xor", "i, j", "tf.bitwise"),
    Pair("xp.bitwise_left_shift(i, j)", "tf.bitwise.left_shift(i, j)"),
    Pair("xp.bitwise_right_shift(i, j)", "tf.bitwise.right_shift(i, j)"),
    Pair("xp.bitwise_invert(i)", "tf.bitwise.invert(i)"),
    Pair("xp.clip(x, min=-1.0, max=1.0)", "tf.clip_by_value(x, -1.0, 1.0)"),
    *_reduced("max=reduce_max mean=reduce_mean min=reduce_min prod=reduce_prod std=reduce_std sum=reduce_sum"),
    *_reduced("var=reduce_variance count_nonzero=count_nonzero"),
    Pair("xp.all(b)", "tf.math.reduce_all(b)"),
    Pair("xp.any(b)", "tf.math.reduce_any(b)"),
    Pair("xp.cumulative_sum(x, axis=1)", "tf.math.cumsum(x, 1)"),
    Pair("xp.cumulative_prod(x, axis=1)", "tf.math.cumprod(x, 1)"),
    Pair("xp.argmax(x, axis=1)", "tf.math.argmax(x, 1)"),
    Pair("xp.argmin(x, axis=1)", "tf.math.argmin(x, 1)"),
    Pair("xp.argsort(x)", "tf.argsort(x)"),
    Pair("xp.sort(x)", "tf.sort(x)"),
    Pair("xp.nonzero(b)", "tf.where(b)"),
    Pair("xp.searchsorted(r, x)", "tf.searchsorted(r, tf.reshape(x, [-1]))"),
    Pair("xp.take(x, n, axis=0)", "tf.gather(x, n)"),
    Pair("xp.take_along_axis(x, k)", "tf.gather(x, k, axis=1, batch_dims=1)"),
    Pair("xp.where(b, x, y)", "tf.where(b, x, y)"),
    Pair("xp.where(b, x, 0.0)", "tf.where(b, x, 0.0)"),
    Pair("xp.unique_values(n)", "tf.unique(n).y"),
    Pair("xp.unique_inverse(n)", "tf.unique(n)"),
    Pair("xp.unique_counts(n)", "tf.unique_with_counts(n)"),
    Pair("xp.arange(n.shape[0])", "tf.range(n.shape[0], dtype=tf.int64)"),
    Pair("xp.asarray(2.0)", "tf.constant(2.0)"),
    Pair("xp.astype(x, xp.float64)", "tf.cast(x, tf.float64)"),
    Pair("xp.eye(8)", "tf.eye(8)"),
    Pair("xp.full(x.shape, 2.0)", "tf.fill(x.shape, 2.0)"),
    Pair("xp.full_like(x, 2.0)", "tf.fill(x.shape, 2.0)"),
    Pair("xp.linspace(0.0, 1.0, 100)", "tf.linspace(0.0, 1.0, 100)"),
    Pair("xp.meshgrid(r, s)", "tf.meshgrid(r, s)"),
    Pair("xp.ones(x.shape)", "tf.ones(x.shape)"),
    Pair("xp.zeros(x.shape)", "tf.zeros(x.shape)"),
    *_same("ones_like zeros_like", "x", "tf"),
    Pair("xp.tril(x)", "tf.linalg.band_part(x, -1, 0)"),
    Pair("xp.triu(x)", "tf.linalg.band_part(x, 0, -1)"),
    Pair("xp.broadcast_to(r, x.shape)", "tf.broadcast_to(r, x.shape)"),
    Pair("xp.concat([x, y])", "tf.concat([x, y], 0)"),
    Pair("xp.stack([x, y])", "tf.stack([x, y])"),
    Pair("xp.unstack(x, axis=1)", "tf.unstack(x, axis=1)"),
    Pair("xp.expand_dims(x, axis=1)", "tf.expand_dims(x, 1)"),
    Pair("xp.squeeze(xp.expand_dims(x), axis=0)", "tf.squeeze(tf.expand_dims(x, 0), [0])"),
    Pair("xp.reshape(x, (-1,))", "tf.reshape(x, (-1,))"),
    Pair("xp.permute_dims(x, (1, 0))", "tf.transpose(x, (1, 0))"),
    Pair("xp.matrix_transpose(x)", "tf.linalg.matrix_transpose(x)"),
    Pair("xp.moveaxis(x, 0, 1)", "tf.transpose(x, (1, 0))"),
    Pair("xp.flip(x, axis=1)", "tf.reverse(x, [1])"),
    Pair("xp.roll(x, 1, axis=1)", "tf.roll(x, 1, 1)"),
    Pair("xp.repeat(x, 2, axis=1)", "tf.repeat(x, 2, 1)"),
    Pair("xp.tile(x, (2, 1))", "tf.tile(x, (2, 1))"),
    Pair("xp.matmul(x, z)", "tf.linalg.matmul(x, z)"),
    Pair("xp.tensordot(x, z, axes=1)", "tf.tensordot(x, z, 1)"),
    *_linalg("cholesky det eig eigh eigvals eigvalsh inv pinv qr slogdet svd trace", "a"),
    *_linalg("cross", "t, u"),
    *_linalg("solve", "a, z"),
    Pair("xp.linalg.diagonal(a)", "tf.linalg.diag_part(a)"),
    Pair("xp.linalg.matrix_norm(x)", "tf.linalg.norm(x, axis=(-2, -1))"),
    Pair("xp.linalg.vector_norm(x, axis=1)", "tf.linalg.norm(x, axis=1)"),
    Pair("xp.linalg.matrix_rank(x)", "tf.linalg.matrix_rank(x)"),
    Pair("xp.linalg.outer(r, s)", "tf.tensordot(r, s, 0)"),
    Pair("xp.linalg.svdvals(a)", "tf.linalg.svd(a, compute_uv=False)"),
)

_FIXED = "A call looks at the types, dtypes and axes of its arguments in Python: some µs."

_SPREAD = "The spread of the figures, whose lower quartile is within the limit."

_LINALG = "Dtypes, orders and shapes of the standard, by operations around TensorFlow's (presumed, not profiled)."

_VARIANCE = "The same operations as TensorFlow's, one by one (presumed, not profiled)."

_UNIQUE = (
    "The values are sorted, and taken out of the array again, which gives them a gradient; TensorFlow's have none."
)

_SHIFT = "A shift by the width or more leaves nothing, as two by half of it; TensorFlow shifts by the width less one."

_COMPLEX = "The matrices are cast to complex numbers first, which the standard's eigenvalues are."

_NORM = "The gradient at 0 is 0: a selection before the root and one behind it."

_REAL = "The values are taken for the real parts of complex ones: an operation more."

_ARG = "A NaN counts as the extreme, which TensorFlow passes over: the largest element is asked for first."

CAUSES: dict[str, str] = {
    "argmax": _ARG,
    "argmin": _ARG,
    "bitwise_left_shift": _SHIFT,
    "linalg.cross": "The axis is moved to the end, and shapes broadcast, before TensorFlow's own is called.",
    "linalg.eig": _COMPLEX,
    "linalg.eigvals": _COMPLEX,
    "linalg.eigvalsh": _REAL,
    "linalg.matrix_norm": _NORM,
    "linalg.pinv": "Made of the singular values with the standard's cutoff, and of two transposes.",
    "linalg.slogdet": _REAL,
    "linalg.svd": "The right vectors are transposed, as the standard has them.",
    "linalg.vector_norm": _NORM,
    "nonzero": "An array for each axis, where TensorFlow has one matrix.",
    "remainder": "A zero has the sign of the divisor, where TensorFlow's has the dividend's: three passes more.",
    "searchsorted": "A NaN belongs at the end: integers in the order of the floats are searched for.",
    "std": _VARIANCE,
    "unique_counts": _UNIQUE,
    "unique_inverse": _UNIQUE,
    "unique_values": _UNIQUE,
    "var": _VARIANCE,
}
"""Why functions take longer than their limit, by name."""


def is_above(figure: Mapping[str, Any]) -> bool:
    """Whether a figure is above its limit."""
    return bool(figure["ratio"] > LIMITS.get(figure["function"], LIMIT))


def cause_of(figure: Mapping[str, Any]) -> str:
    """Return why a figure is above its limit; empty where nobody has said."""
    if figure["function"] in CAUSES:
        return CAUSES[figure["function"]]
    if figure["overhead_us"] < 10.0:
        return _FIXED
    if figure["low"] <= LIMIT:
        return _SPREAD
    return _LINALG if figure["function"].startswith("linalg.") else ""
