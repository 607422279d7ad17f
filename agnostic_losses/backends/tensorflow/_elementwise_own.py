"""Elementwise functions that TensorFlow lacks, or whose kernel or gradient is not the one wanted here.

All take tensors that are promoted and checked already, except `clip`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from agnostic_losses.backends.tensorflow._dtypes import (
    HALF,
    INTEGER,
    REAL,
    SIGNED,
    checked,
    promote_pair,
    scalar_tensor,
)
from agnostic_losses.backends.tensorflow._factories import kernel
from agnostic_losses.backends.tensorflow._recording import is_unrecorded
from agnostic_losses.backends.tensorflow._typing import Array

INTEGER_OF = {tf.float16: tf.int16, tf.bfloat16: tf.int16, tf.float32: tf.int32, tf.float64: tf.int64}


def constant(value: Any, like: Array) -> Array:
    """A 0-d tensor of the dtype of `like`."""
    return scalar_tensor(value, like.dtype)


def _sum_to(gradient: Array, like: Array) -> Array:
    """The gradient summed over the axes along which `like` was broadcast."""
    if gradient.shape.is_fully_defined() and gradient.shape == like.shape:
        return gradient
    shape, own = tf.shape(gradient), tf.shape(like)
    _, axes = tf.raw_ops.BroadcastGradientArgs(s0=shape, s1=own)
    return tf.reshape(tf.reduce_sum(gradient, axes), own)


def _keeping_nan(op: Callable[..., Array], first_wins: Callable[..., Array]) -> Callable[..., Array]:
    # Under XLA on a CPU the op itself answers 1.5 for (1.5, NaN), and which compiler will run a trace is not known
    # here. Either form gives the gradient of a tie to the first operand.
    def select(x1: Array, x2: Array) -> Array:
        if tf.executing_eagerly():
            return op(x1, x2)
        return tf.where(first_wins(x1, x2) | tf.math.is_nan(x1), x1, x2)

    return select


_maximum, _minimum = kernel(tf.raw_ops.Maximum), kernel(tf.raw_ops.Minimum)
larger = _keeping_nan(_maximum, tf.greater_equal)
smaller = _keeping_nan(_minimum, tf.less_equal)


def _sharing_ties(
    op: Callable[..., Array], select: Callable[..., Array], first_wins: Callable[..., Array]
) -> Callable[..., Array]:
    # Halves are what torch and JAX give, and with them maximum(x, -x) has the gradient 0 at 0. Not so in forward
    # mode (tf.autodiff.ForwardAccumulator), where TensorFlow looks through the custom gradient.
    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def shared(x1: Array, x2: Array) -> tuple[Array, Callable[..., Any]]:
        def gradient(upstream: Array) -> tuple[Array, Array]:
            half, zero = upstream * constant(0.5, x1), tf.zeros_like(upstream)
            tie = tf.equal(x1, x2)
            first = first_wins(x1, x2)
            to_first = tf.where(tie, half, tf.where(first, upstream, zero))
            to_second = tf.where(tie, half, tf.where(first, zero, upstream))
            return _sum_to(to_first, x1), _sum_to(to_second, x2)

        return select(x1, x2), gradient

    def function(x1: Array, x2: Array) -> Array:
        if is_unrecorded():  # a custom gradient takes seven times as long as the op
            return op(x1, x2)
        return shared(x1, x2 if isinstance(x2, tf.Tensor) else constant(x2, x1))

    return function


maximum = _sharing_ties(_maximum, larger, tf.greater)
minimum = _sharing_ties(_minimum, smaller, tf.less)


def clip(x: Array, /, min: Any = None, max: Any = None) -> Array:
    """Return the elements of `x`, those outside [min, max] moved to the nearer bound.

    The gradient is 1 inside and at the bounds, 0 outside.
    """
    x = checked("clip", x, REAL)
    is_integer = x.dtype in INTEGER
    if min is not None:
        lower = _bound("min", min, x)
        x = tf.raw_ops.Maximum(x=x, y=lower) if is_integer else larger(x, lower)
    if max is not None:
        upper = _bound("max", max, x)
        x = tf.raw_ops.Minimum(x=x, y=upper) if is_integer else smaller(x, upper)
    return x


def _bound(name: str, bound: Any, x: Array) -> Array:
    bound = promote_pair(x, bound)[1]
    if bound.dtype != x.dtype:
        raise TypeError(f"clip: {name} would make {bound.dtype.name} of x, {x.dtype.name}; cast one with astype().")
    return bound


def signbit(x: Array) -> Array:
    """Whether the sign bit is set: true for -0 too."""
    integer = INTEGER_OF[x.dtype]
    return tf.less(tf.bitcast(x, integer), scalar_tensor(0, integer))


def copysign(x1: Array, x2: Array) -> Array:
    """`x1` with the sign of `x2`; a select, for a bit cast has no gradient."""
    return tf.where(tf.equal(signbit(x1), signbit(x2)), x1, -x1)


_abs, _sign, _mul = kernel(tf.raw_ops.Abs), kernel(tf.raw_ops.Sign), kernel(tf.raw_ops.Mul)
_floormod = kernel(tf.raw_ops.FloorMod)


def remainder(x1: Array, x2: Array) -> Array:
    """`x1` modulo `x2`. A zero has the sign of `x2`, where the op gives it that of `x1`; its gradient is the op's."""
    result = _floormod(x1, x2)
    if is_unrecorded():
        return _mul(_abs(result), _sign(x2))  # has no gradient at 0
    wrong = tf.equal(result, constant(0, x1)) & tf.not_equal(signbit(result), signbit(x2))
    return tf.where(wrong, tf.grad_pass_through(tf.negative)(result), result)


def trunc(x: Array) -> Array:
    """Rounding toward zero."""
    return tf.where(tf.less(x, constant(0, x)), tf.math.ceil(x), tf.floor(x))


def log2(x: Array) -> Array:
    """Logarithm to base 2."""
    return tf.math.log(x) / constant(math.log(2.0), x)


def log10(x: Array) -> Array:
    """Logarithm to base 10."""
    return tf.math.log(x) / constant(math.log(10.0), x)


def logaddexp(x1: Array, x2: Array) -> Array:
    """log(exp(x1) + exp(x2)). Written around the larger operand, each branch is the smooth function itself.

    So the gradient at a tie is (0.5, 0.5), and the second derivative is right as well.
    """
    first = tf.greater_equal(x1, x2)
    high, low = tf.where(first, x1, x2), tf.where(first, x2, x1)
    # inf - inf is NaN, which the select after it would not keep out of the gradient.
    same_infinity = tf.math.is_inf(high) & tf.equal(high, low)
    zero = constant(0, x1)
    difference = tf.where(same_infinity, zero, low) - tf.where(same_infinity, zero, high)
    return tf.where(same_infinity, high, high + tf.math.log1p(tf.exp(difference)))


def hypot(x1: Array, x2: Array) -> Array:
    """sqrt(x1^2 + x2^2) without overflow; its gradient at (0, 0) is 0, the subgradient of least norm."""
    x1, x2 = tf.abs(x1), tf.abs(x2)
    scale = tf.stop_gradient(tf.raw_ops.Maximum(x=x1, y=x2))
    one = constant(1, x1)
    plain = tf.math.is_finite(scale) & tf.greater(scale, constant(0, x1))
    scale = tf.where(plain, scale, one)
    ratio1, ratio2 = tf.where(plain, x1 / scale, one), tf.where(plain, x2 / scale, one)
    length = scale * tf.sqrt(ratio1 * ratio1 + ratio2 * ratio2)
    infinite = tf.math.is_inf(x1) | tf.math.is_inf(x2)
    degenerate = tf.where(infinite, constant(math.inf, x1), tf.stop_gradient(x1 + x2))  # 0, inf or NaN
    return tf.where(plain, length, degenerate)


def negative_unsigned(x: Array) -> Array:
    """0 - x, modulo the range."""
    return tf.zeros_like(x) - x


def sign_unsigned(x: Array) -> Array:
    """0 or 1."""
    return tf.cast(tf.not_equal(x, constant(0, x)), x.dtype)


def divide_integers(x1: Array, x2: Array) -> Array:
    """The quotient in the default floating dtype; TensorFlow would answer in float64."""
    return tf.cast(x1, tf.float32) / tf.cast(x2, tf.float32)


def power_of_integers(x1: Array, x2: Array) -> Array:
    """Unsigned powers go through int64, which is the same modulo the range."""
    if x1.dtype in (tf.int32, tf.int64):
        return tf.pow(x1, x2)
    wide = tf.pow(tf.cast(x1, tf.int64), tf.cast(x2, tf.int64))
    return tf.cast(wide, x1.dtype)


def power_of_complex(x1: Array, x2: Array) -> Array:
    """A power with the exponent 0 is 1; of 0, TensorFlow makes NaN of it."""
    one, to_zero = constant(1, x1), tf.equal(x2, constant(0, x2))
    return tf.where(to_zero, one, tf.pow(x1, tf.where(to_zero, one, x2)))


_left_shift, _right_shift, _subtract = (
    kernel(op) for op in (tf.raw_ops.LeftShift, tf.raw_ops.RightShift, tf.raw_ops.Sub)
)


def _in_two_steps(shift: Callable[[Array, Array], Array], x1: Array, x2: Array) -> Array:
    # TensorFlow shifts by the width less one where more is asked for; in two steps all bits leave.
    half = _right_shift(x2, constant(1, x2))
    return shift(shift(x1, half), _subtract(x2, half))


def left_shift(x1: Array, x2: Array) -> Array:
    """`x1` times 2 to the power of `x2`, modulo the range."""
    return _in_two_steps(_left_shift, x1, x2)


def right_shift(x1: Array, x2: Array) -> Array:
    """`x1` divided by 2 to the power of `x2`, rounded down. Of a signed one, the sign is what is left at last."""
    return _right_shift(x1, x2) if x1.dtype in SIGNED else _in_two_steps(_right_shift, x1, x2)


def nextafter(x1: Array, x2: Array) -> Array:
    """The next number of the dtype from `x1` toward `x2`; TensorFlow has it from float32 on."""
    if x1.dtype not in HALF:
        return tf.math.nextafter(x1, x2)
    # The bits of a positive float, read as an integer, count the floats from 0 up.
    bits = tf.bitcast(x1, tf.int16)
    away = tf.equal(tf.less(x1, x2), tf.greater(x1, constant(0, x1)))
    stepped = tf.bitcast(bits + tf.where(away, constant(1, bits), constant(-1, bits)), x1.dtype)
    smallest = tf.bitcast(tf.constant(1, tf.int16), x1.dtype)
    from_zero = tf.where(tf.less(x2, constant(0, x1)), -smallest, smallest)
    moved = tf.where(tf.equal(x1, constant(0, x1)), from_zero, stepped)
    return tf.where(tf.math.is_nan(x1) | tf.math.is_nan(x2), x1 + x2, tf.where(tf.equal(x1, x2), x2, moved))


def _of_parts(test: Callable[[Array], Array], combine: Callable[..., Array]) -> Callable[[Array], Array]:
    return lambda x: combine(test(tf.math.real(x)), test(tf.math.imag(x)))


complex_isfinite = _of_parts(tf.math.is_finite, tf.logical_and)
complex_isinf = _of_parts(tf.math.is_inf, tf.logical_or)
complex_isnan = _of_parts(tf.math.is_nan, tf.logical_or)
complex_round = _of_parts(tf.round, tf.complex)
