"""Elementwise functions, as columns of TensorFlow ops. Those that TensorFlow lacks are in `_elementwise_own`.

The raw ops stand where the `tf` function does the same with twice the call overhead.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from agnostic_losses.backends.tensorflow import _elementwise_own as own
from agnostic_losses.backends.tensorflow._dtypes import (
    ALL,
    BOOL,
    COMPLEX,
    FLOATING,
    INTEGER,
    NUMERIC,
    REAL,
    REAL_FLOATING,
    UNSIGNED,
    WEAK,
)
from agnostic_losses.backends.tensorflow._factories import binary, unary
from agnostic_losses.backends.tensorflow._typing import Array

_raw = tf.raw_ops
_INTEGRAL = BOOL | INTEGER


def _xy(op: Any) -> Any:
    return lambda x1, x2: op(x=x1, y=x2)


def _same(x: Array) -> Array:
    return x


def _constantly(value: bool) -> Any:
    return lambda x: tf.fill(tf.shape(x), value)


_complex_power: dict[str, Any] = {"complex": (COMPLEX, own.power_of_complex)}
_whole: dict[str, Any] = {"integers": (INTEGER, _same)}
_never: dict[str, Any] = {"integers": (INTEGER, _constantly(False))}
_always: dict[str, Any] = {"integers": (INTEGER, _constantly(True))}

# Functions of one array.
abs = unary("abs", tf.abs, NUMERIC, unsigned=(UNSIGNED, _same))
acos = unary("acos", tf.acos, FLOATING)
acosh = unary("acosh", tf.acosh, FLOATING)
asin = unary("asin", tf.asin, FLOATING)
asinh = unary("asinh", tf.asinh, FLOATING)
atan = unary("atan", tf.atan, FLOATING)
atanh = unary("atanh", tf.atanh, FLOATING)
bitwise_invert = unary("bitwise_invert", tf.bitwise.invert, _INTEGRAL, booleans=(BOOL, tf.logical_not))
ceil = unary("ceil", tf.math.ceil, REAL, **_whole)
conj = unary("conj", _same, NUMERIC, complex=(COMPLEX, tf.math.conj))
cos = unary("cos", tf.cos, FLOATING)
cosh = unary("cosh", tf.cosh, FLOATING)
exp = unary("exp", tf.exp, FLOATING)
expm1 = unary("expm1", tf.math.expm1, FLOATING)
floor = unary("floor", tf.floor, REAL, **_whole)
imag = unary("imag", tf.math.imag, COMPLEX)
isfinite = unary("isfinite", tf.math.is_finite, NUMERIC, complex=(COMPLEX, own.complex_isfinite), **_always)
isinf = unary("isinf", tf.math.is_inf, NUMERIC, complex=(COMPLEX, own.complex_isinf), **_never)
isnan = unary("isnan", tf.math.is_nan, NUMERIC, complex=(COMPLEX, own.complex_isnan), **_never)
log = unary("log", tf.math.log, FLOATING)
log10 = unary("log10", own.log10, FLOATING)
log1p = unary("log1p", tf.math.log1p, FLOATING)
log2 = unary("log2", own.log2, FLOATING)
logical_not = unary("logical_not", tf.logical_not, BOOL)
negative = unary("negative", tf.negative, NUMERIC, unsigned=(UNSIGNED, own.negative_unsigned))
positive = unary("positive", _same, NUMERIC)
real = unary("real", _same, NUMERIC, complex=(COMPLEX, tf.math.real))
reciprocal = unary("reciprocal", tf.math.reciprocal, FLOATING)
round = unary("round", tf.round, NUMERIC, complex=(COMPLEX, own.complex_round), **_whole)
sign = unary("sign", tf.sign, NUMERIC, unsigned=(UNSIGNED, own.sign_unsigned))
signbit = unary("signbit", own.signbit, REAL_FLOATING)
sin = unary("sin", tf.sin, FLOATING)
sinh = unary("sinh", tf.sinh, FLOATING)
sqrt = unary("sqrt", tf.sqrt, FLOATING)
square = unary("square", tf.square, NUMERIC)
tan = unary("tan", tf.tan, FLOATING)
tanh = unary("tanh", tf.tanh, FLOATING)
trunc = unary("trunc", own.trunc, REAL, **_whole)

# Functions of two arrays.
_or: dict[str, Any] = {"booleans": (BOOL, tf.logical_or)}
_and: dict[str, Any] = {"booleans": (BOOL, tf.logical_and)}
_xor: dict[str, Any] = {"booleans": (BOOL, tf.not_equal)}
add = binary("add", _xy(_raw.AddV2), NUMERIC, weak=WEAK)
atan2 = binary("atan2", tf.atan2, REAL_FLOATING)
bitwise_and = binary("bitwise_and", tf.bitwise.bitwise_and, _INTEGRAL, **_and)
bitwise_left_shift = binary("bitwise_left_shift", own.left_shift, INTEGER)
bitwise_or = binary("bitwise_or", tf.bitwise.bitwise_or, _INTEGRAL, **_or)
bitwise_right_shift = binary("bitwise_right_shift", own.right_shift, INTEGER)
bitwise_xor = binary("bitwise_xor", tf.bitwise.bitwise_xor, _INTEGRAL, **_xor)
copysign = binary("copysign", own.copysign, REAL_FLOATING)
divide = binary("divide", _xy(_raw.RealDiv), NUMERIC, weak=WEAK, integers=(INTEGER, own.divide_integers))
floor_divide = binary("floor_divide", _xy(_raw.FloorDiv), REAL)
hypot = binary("hypot", own.hypot, REAL_FLOATING)
logaddexp = binary("logaddexp", own.logaddexp, REAL_FLOATING)
logical_and = binary("logical_and", tf.logical_and, BOOL)
logical_or = binary("logical_or", tf.logical_or, BOOL)
logical_xor = binary("logical_xor", _xy(_raw.NotEqual), BOOL)
maximum = binary("maximum", own.maximum, REAL, weak=WEAK, integers=(INTEGER, _xy(_raw.Maximum)))
minimum = binary("minimum", own.minimum, REAL, weak=WEAK, integers=(INTEGER, _xy(_raw.Minimum)))
multiply = binary("multiply", _xy(_raw.Mul), NUMERIC, weak=WEAK)
nextafter = binary("nextafter", own.nextafter, REAL_FLOATING)
pow = binary("pow", _xy(_raw.Pow), NUMERIC, weak=WEAK, integers=(INTEGER, own.power_of_integers), **_complex_power)
remainder = binary("remainder", own.remainder, REAL, integers=(INTEGER, _xy(_raw.FloorMod)))
subtract = binary("subtract", _xy(_raw.Sub), NUMERIC, weak=WEAK)

# Comparisons. They raise for shapes that do not broadcast; tensor == tensor would answer False.
equal = binary("equal", _xy(_raw.Equal), ALL, weak=WEAK)
not_equal = binary("not_equal", _xy(_raw.NotEqual), ALL, weak=WEAK)
greater = binary("greater", tf.greater, REAL, weak=WEAK)
greater_equal = binary("greater_equal", tf.greater_equal, REAL, weak=WEAK)
less = binary("less", tf.less, REAL, weak=WEAK)
less_equal = binary("less_equal", tf.less_equal, REAL, weak=WEAK)
clip = own.clip
