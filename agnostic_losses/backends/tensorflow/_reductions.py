"""Reductions and running sums and products."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from agnostic_losses.backends.tensorflow._dtypes import (
    ALL,
    BOOL,
    FLOATING,
    HALF,
    NUMERIC,
    REAL,
    REAL_FLOATING,
    UNSIGNED,
    as_dtype,
    checked,
    scalar_tensor,
)
from agnostic_losses.backends.tensorflow._factories import kernel, named
from agnostic_losses.backends.tensorflow._products import cumulative_product, product
from agnostic_losses.backends.tensorflow._shapes import (
    ints,
    normalize_axes,
    only_axis,
    rank,
    reduced_axes,
    size,
)
from agnostic_losses.backends.tensorflow._typing import Array, DType

_sum, _mean = kernel(tf.raw_ops.Sum), kernel(tf.raw_ops.Mean)


def _accumulator(x: Array, dtype: Any) -> tuple[Array, DType]:
    """`x` in the dtype to add up in, and the dtype of the answer.

    float16 and bfloat16 are added up in float32: TensorFlow's running sum of 4096 ones in bfloat16 is 256.
    """
    if dtype is not None:
        target = as_dtype(dtype)
    elif x.dtype in FLOATING:
        target = x.dtype
    else:
        target = tf.uint64 if x.dtype in UNSIGNED else tf.int64
    return _cast(x, tf.float32 if target in HALF else target), target


def _cast(x: Array, dtype: DType) -> Array:
    return x if x.dtype is dtype else tf.cast(x, dtype)  # a cast that changes nothing takes its time too


def _total(x: Array, axis: Any, keepdims: bool) -> Array:
    return _sum(x, reduced_axes(x, axis), keepdims)


def _adding(name: str, op: Callable[..., Array], summary: str) -> Any:
    def reduction(x: Array, /, *, axis: Any = None, dtype: Any = None, keepdims: bool = False) -> Array:
        x, target = _accumulator(checked(name, x, ALL), dtype)
        return _cast(op(x, axis, keepdims), target)

    return named(reduction, name, summary)


sum = _adding("sum", _total, "Return the sum; integers are added up in 64 bits, half precision in float32.")
prod = _adding("prod", product, "Return the product; integers are multiplied in 64 bits, half precision in float32.")


def mean(x: Array, /, *, axis: Any = None, keepdims: bool = False) -> Array:
    """Return the mean; float16 and bfloat16 are added up in float32."""
    x, target = _accumulator(checked("mean", x, FLOATING), None)
    return _cast(_mean(x, reduced_axes(x, axis), keepdims), target)


def _extreme(name: str, op: Callable[..., Array], summary: str) -> Any:
    def reduction(x: Array, /, *, axis: Any = None, keepdims: bool = False) -> Array:
        x = checked(name, x, REAL)
        axes = reduced_axes(x, axis)
        found = op(x, axes, keepdims)
        if tf.executing_eagerly() or x.dtype not in REAL_FLOATING:
            return found
        # XLA on a CPU loses NaN in some lengths, and which compiler will run a trace is not known here.
        has_nan = tf.reduce_any(tf.math.is_nan(x), axes, keepdims)
        return tf.where(has_nan, scalar_tensor(math.nan, x.dtype), found)

    return named(reduction, name, summary)


max = _extreme("max", kernel(tf.raw_ops.Max), "Return the largest element; equal ones share the gradient.")
min = _extreme("min", kernel(tf.raw_ops.Min), "Return the smallest element; equal ones share the gradient.")


def _logical(name: str, op: Callable[..., Array], summary: str) -> Any:
    def reduction(x: Array, /, *, axis: Any = None, keepdims: bool = False) -> Array:
        x = checked(name, x, ALL)
        return op(_nonzero(x), reduced_axes(x, axis), keepdims)

    return named(reduction, name, summary)


def _nonzero(x: Array) -> Array:
    return x if x.dtype == tf.bool else tf.not_equal(x, scalar_tensor(0, x.dtype))


all = _logical("all", kernel(tf.raw_ops.All), "Return whether no element is zero.")
any = _logical("any", kernel(tf.raw_ops.Any), "Return whether some element is not zero.")


def count_nonzero(x: Array, /, *, axis: Any = None, keepdims: bool = False) -> Array:
    """Return the number of elements that are not zero."""
    x = checked("count_nonzero", x, ALL)
    return _total(tf.cast(_nonzero(x), tf.int64), axis, keepdims)


def var(x: Array, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Array:
    """Return the variance: the squared deviations from the mean, divided by the number less `correction`."""
    x, target = _accumulator(checked("var", x, REAL_FLOATING), None)
    return tf.cast(_variance(x, axis, correction, keepdims), target)


def std(x: Array, /, *, axis: Any = None, correction: float = 0.0, keepdims: bool = False) -> Array:
    """Return the square root of `var`."""
    x, target = _accumulator(checked("std", x, REAL_FLOATING), None)
    return tf.cast(tf.sqrt(_variance(x, axis, correction, keepdims)), target)


def _variance(x: Array, axis: Any, correction: float, keepdims: bool) -> Array:
    axes = normalize_axes(axis, rank(x))
    reduced = ints(axes)
    squares = tf.square(x - tf.reduce_mean(x, reduced, keepdims=True))
    if not correction:
        return tf.reduce_mean(squares, reduced, keepdims)
    count = tf.ones([], x.dtype)
    for one in axes:
        count *= tf.cast(size(x, one), x.dtype)
    return tf.reduce_sum(squares, reduced, keepdims) / tf.nn.relu(count - tf.cast(correction, x.dtype))


def _cumulative(name: str, op: Callable[..., Array], start: int, summary: str) -> Any:
    def scan(x: Array, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False) -> Array:
        x, target = _accumulator(checked(name, x, BOOL | NUMERIC), dtype)
        axis = only_axis(name, x, axis)
        running = op(x, axis)
        if include_initial:
            first = tf.fill(tf.shape(tf.reduce_sum(x, axis, keepdims=True)), tf.cast(start, x.dtype))
            running = tf.concat([first, running], axis)
        return _cast(running, target)

    return named(scan, name, summary)


cumulative_sum = _cumulative("cumulative_sum", kernel(tf.raw_ops.Cumsum), 0, "Return the running sum.")
cumulative_prod = _cumulative("cumulative_prod", cumulative_product, 1, "Return the running product.")
