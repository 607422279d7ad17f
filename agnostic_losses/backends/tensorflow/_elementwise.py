"""Elementwise functions, as columns of TensorFlow ops. Those that TensorFlow lacks are in `_elementwise_own`.

Raw ops stand here without TensorFlow's wrappers, which take up to as long as the op itself on a few elements.
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
from agnostic_losses.backends.tensorflow._factories import binary, kernel, unary
from agnostic_losses.backends.tensorflow._typing import Array

_INTEGRAL = BOOL | INTEGER


def _raw(name: str) -> Any:
    return kernel(getattr(tf.raw_ops, name))


def _same(x: Array) -> Array:
    return x


def _constantly(value: bool) -> Any:
    return lambda x: tf.fill(tf.shape(x), value)


_complex_power: dict[str, Any] = {"complex": (COMPLEX, own.power_of_complex)}
_whole: dict[str, Any] = {"integers": (INTEGER, _same)}
_never: dict[str, Any] = {"integers": (INTEGER, _constantly(False))}
_always: dict[str, Any] = {"integers": (INTEGER, _constantly(True))}

# Functions of one array.
abs = unary("abs", _raw("Abs"), NUMERIC, unsigned=(UNSIGNED, _same), complex=(COMPLEX, tf.abs))
acos = unary("acos", _raw("Acos"), FLOATING)
acosh = unary("acosh", _raw("Acosh"), FLOATING)
asin = unary("asin", _raw("Asin"), FLOATING)
asinh = unary("asinh", _raw("Asinh"), FLOATING)
atan = unary("atan", _raw("Atan"), FLOATING)
atanh = unary("atanh", _raw("Atanh"), FLOATING)
bitwise_invert = unary("bitwise_invert", _raw("Invert"), _INTEGRAL, booleans=(BOOL, tf.logical_not))
ceil = unary("ceil", _raw("Ceil"), REAL, **_whole)
conj = unary("conj", _same, NUMERIC, complex=(COMPLEX, tf.math.conj))
cos = unary("cos", _raw("Cos"), FLOATING)
cosh = unary("cosh", _raw("Cosh"), FLOATING)
exp = unary("exp", _raw("Exp"), FLOATING)
expm1 = unary("expm1", _raw("Expm1"), FLOATING)
floor = unary("floor", _raw("Floor"), REAL, **_whole)
imag = unary("imag", tf.math.imag, COMPLEX)
isfinite = unary("isfinite", _raw("IsFinite"), NUMERIC, complex=(COMPLEX, own.complex_isfinite), **_always)
isinf = unary("isinf", _raw("IsInf"), NUMERIC, complex=(COMPLEX, own.complex_isinf), **_never)
isnan = unary("isnan", _raw("IsNan"), NUMERIC, complex=(COMPLEX, own.complex_isnan), **_never)
log = unary("log", _raw("Log"), FLOATING)
log10 = unary("log10", own.log10, FLOATING)
log1p = unary("log1p", _raw("Log1p"), FLOATING)
log2 = unary("log2", own.log2, FLOATING)
logical_not = unary("logical_not", _raw("LogicalNot"), BOOL)
negative = unary("negative", _raw("Neg"), NUMERIC, unsigned=(UNSIGNED, own.negative_unsigned))
positive = unary("positive", _same, NUMERIC)
real = unary("real", _same, NUMERIC, complex=(COMPLEX, tf.math.real))
reciprocal = unary("reciprocal", _raw("Reciprocal"), FLOATING)
round = unary("round", _raw("Round"), NUMERIC, complex=(COMPLEX, own.complex_round), **_whole)
sign = unary("sign", _raw("Sign"), NUMERIC, unsigned=(UNSIGNED, own.sign_unsigned))
signbit = unary("signbit", own.signbit, REAL_FLOATING)
sin = unary("sin", _raw("Sin"), FLOATING)
sinh = unary("sinh", _raw("Sinh"), FLOATING)
sqrt = unary("sqrt", _raw("Sqrt"), FLOATING)
square = unary("square", _raw("Square"), NUMERIC)
tan = unary("tan", _raw("Tan"), FLOATING)
tanh = unary("tanh", _raw("Tanh"), FLOATING)
trunc = unary("trunc", own.trunc, REAL, **_whole)

# Functions of two arrays.
_or: dict[str, Any] = {"booleans": (BOOL, tf.logical_or)}
_and: dict[str, Any] = {"booleans": (BOOL, tf.logical_and)}
_xor: dict[str, Any] = {"booleans": (BOOL, tf.not_equal)}
add = binary("add", _raw("AddV2"), NUMERIC, weak=WEAK)
atan2 = binary("atan2", _raw("Atan2"), REAL_FLOATING)
bitwise_and = binary("bitwise_and", _raw("BitwiseAnd"), _INTEGRAL, **_and)
bitwise_left_shift = binary("bitwise_left_shift", own.left_shift, INTEGER)
bitwise_or = binary("bitwise_or", _raw("BitwiseOr"), _INTEGRAL, **_or)
bitwise_right_shift = binary("bitwise_right_shift", own.right_shift, INTEGER)
bitwise_xor = binary("bitwise_xor", _raw("BitwiseXor"), _INTEGRAL, **_xor)
copysign = binary("copysign", own.copysign, REAL_FLOATING)
divide = binary("divide", _raw("RealDiv"), NUMERIC, weak=WEAK, integers=(INTEGER, own.divide_integers))
floor_divide = binary("floor_divide", _raw("FloorDiv"), REAL)
hypot = binary("hypot", own.hypot, REAL_FLOATING)
logaddexp = binary("logaddexp", own.logaddexp, REAL_FLOATING)
logical_and = binary("logical_and", _raw("LogicalAnd"), BOOL)
logical_or = binary("logical_or", _raw("LogicalOr"), BOOL)
logical_xor = binary("logical_xor", _raw("NotEqual"), BOOL)
maximum = binary("maximum", own.maximum, REAL, weak=WEAK, integers=(INTEGER, _raw("Maximum")))
minimum = binary("minimum", own.minimum, REAL, weak=WEAK, integers=(INTEGER, _raw("Minimum")))
multiply = binary("multiply", _raw("Mul"), NUMERIC, weak=WEAK)
nextafter = binary("nextafter", own.nextafter, REAL_FLOATING)
pow = binary("pow", _raw("Pow"), NUMERIC, weak=WEAK, integers=(INTEGER, own.power_of_integers), **_complex_power)
remainder = binary("remainder", own.remainder, REAL, integers=(INTEGER, _raw("FloorMod")))
subtract = binary("subtract", _raw("Sub"), NUMERIC, weak=WEAK)

# Comparisons. They raise for shapes that do not broadcast; tensor == tensor would answer False.
equal = binary("equal", _raw("Equal"), ALL, weak=WEAK)
not_equal = binary("not_equal", _raw("NotEqual"), ALL, weak=WEAK)
greater = binary("greater", _raw("Greater"), REAL, weak=WEAK)
greater_equal = binary("greater_equal", _raw("GreaterEqual"), REAL, weak=WEAK)
less = binary("less", _raw("Less"), REAL, weak=WEAK)
less_equal = binary("less_equal", _raw("LessEqual"), REAL, weak=WEAK)
clip = own.clip
