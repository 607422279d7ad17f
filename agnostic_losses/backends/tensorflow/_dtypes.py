"""Data types of the TensorFlow namespace: names, kinds, the promotion table, conversion of operands.

TensorFlow itself never promotes, so every function of two arrays comes through `promote`. No computation here.
"""

from __future__ import annotations

import inspect
import math
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache, reduce
from typing import Any

import tensorflow as tf

from agnostic_losses.backends.tensorflow._typing import Array, DType

# In the order in which they are listed to people; sets for lookups, for DType.__eq__ is slow.
DTYPES = (
    *(tf.bool, tf.int8, tf.int16, tf.int32, tf.int64, tf.uint8, tf.uint16, tf.uint32, tf.uint64),
    *(tf.float16, tf.bfloat16, tf.float32, tf.float64, tf.complex64, tf.complex128),
)
BOOL = frozenset({tf.bool})
SIGNED = frozenset({tf.int8, tf.int16, tf.int32, tf.int64})
UNSIGNED = frozenset({tf.uint8, tf.uint16, tf.uint32, tf.uint64})
INTEGER = SIGNED | UNSIGNED
HALF = frozenset({tf.float16, tf.bfloat16})
REAL_FLOATING = HALF | {tf.float32, tf.float64}
COMPLEX = frozenset({tf.complex64, tf.complex128})
FLOATING = REAL_FLOATING | COMPLEX
REAL = INTEGER | REAL_FLOATING
NUMERIC = REAL | COMPLEX
ALL = BOOL | NUMERIC

KINDS = {
    "bool": BOOL,
    "signed integer": SIGNED,
    "unsigned integer": UNSIGNED,
    "integral": INTEGER,
    "real floating": REAL_FLOATING,
    "complex floating": COMPLEX,
    "numeric": NUMERIC,
}
DEFAULTS = {
    "real floating": tf.float32,
    "complex floating": tf.complex64,
    "integral": tf.int64,
    "indexing": tf.int64,
}
COMPLEX_OF = {
    tf.float16: tf.complex64,
    tf.bfloat16: tf.complex64,
    tf.float32: tf.complex64,
    tf.float64: tf.complex128,
    tf.complex64: tf.complex64,
    tf.complex128: tf.complex128,
}
REAL_OF = {tf.complex64: tf.float32, tf.complex128: tf.float64}

# To these TensorFlow converts a Python float itself, beside an eager tensor.
WEAK = frozenset({tf.float32, tf.float64})

# Looked up once: attribute access on the lazily loaded `tf` module is not free.
_Tensor = tf.Tensor
_Variable = tf.Variable
_constant = tf.constant
_cast = inspect.unwrap(tf.raw_ops.Cast)


def _promote_integers(a: DType, b: DType) -> DType | None:
    if (a in SIGNED) == (b in SIGNED):
        return max(a, b, key=lambda dtype: dtype.size)
    signed, unsigned = (a, b) if a in SIGNED else (b, a)
    holding_both = [dtype for dtype in SIGNED if dtype.size > unsigned.size and dtype.size >= signed.size]
    return min(holding_both, key=lambda dtype: dtype.size, default=None)


def _promote_floats(a: DType, b: DType) -> DType:
    if a in COMPLEX or b in COMPLEX:
        return max(COMPLEX_OF[a], COMPLEX_OF[b], key=lambda dtype: dtype.size)
    if a != b and a.size == b.size:  # float16 and bfloat16: neither holds the other
        return tf.float32
    return max(a, b, key=lambda dtype: dtype.size)


def _promote_pair(a: DType, b: DType) -> DType | None:
    for one, other in ((a, b), (b, a)):
        if one == tf.bool:
            return other
    for one, other in ((a, b), (b, a)):
        if one in INTEGER and other in FLOATING:
            return other
    return _promote_integers(a, b) if a in INTEGER else _promote_floats(a, b)


# uint64 with a signed integer is None: no integer holds both, and a float would lose digits.
PROMOTION = {(a, b): _promote_pair(a, b) for a in ALL for b in ALL}

# The dtypes that take a Python scalar of the type as it is, and what any other becomes beside it.
_SCALAR_RULES: dict[type, tuple[frozenset[DType], Any]] = {
    bool: (ALL, None),
    int: (NUMERIC, lambda _: tf.int64),
    float: (FLOATING, lambda _: tf.float32),
    complex: (COMPLEX, lambda dtype: COMPLEX_OF.get(dtype, tf.complex64)),
}
SCALARS = (bool, int, float, complex)


def as_dtype(dtype: Any) -> DType:
    """`dtype` as one of the dtypes of this namespace; names such as "float32" are understood."""
    found = tf.as_dtype(dtype)
    if found not in ALL:
        raise TypeError(f"dtype must be one of {listed(ALL)}; got {dtype!r}.")
    return found


def scalar_type(scalar: Any) -> type:
    """Return the Python type of a scalar of that type or of a subclass."""
    return next(python_type for python_type in SCALARS if isinstance(scalar, python_type))


def default_dtype(scalar: Any) -> DType:
    """Return the dtype that an array made of this Python scalar has."""
    if isinstance(scalar, bool):
        return tf.bool
    if isinstance(scalar, int):
        return tf.int64
    return tf.float32 if isinstance(scalar, float) else tf.complex64


def as_tensor(x: Any) -> Array:
    """`x` as a tf.Tensor; only tensors and variables are arrays."""
    if isinstance(x, _Tensor):
        return x
    if isinstance(x, _Variable):
        return tf.convert_to_tensor(x)
    raise TypeError(f"Expected a tf.Tensor or tf.Variable; got {type(x).__name__}. Use asarray() first.")


def listed(dtypes: frozenset[DType]) -> str:
    """The names of the dtypes, for a message."""
    return ", ".join(dtype.name for dtype in DTYPES if dtype in dtypes)


def checked(name: str, x: Any, allowed: frozenset[DType]) -> Array:
    """`x` as a tensor whose dtype is allowed in the function `name`."""
    x = as_tensor(x)
    if x.dtype not in allowed:
        raise TypeError(f"{name} does not take {x.dtype.name}; it takes {listed(allowed)}.")
    return x


def as_scalar(x: Any) -> Any:
    """The Python scalar in a NumPy scalar; anything else as it is.

    NumPy scalars are weak like Python's: np.float64 *is* a float, so np.float32 cannot sensibly be stronger.
    """
    if isinstance(x, (_Tensor, _Variable, *SCALARS)):
        return x
    is_numpy_scalar = type(x).__module__ == "numpy" and getattr(x, "ndim", None) == 0
    return x.item() if is_numpy_scalar else x


def cast(x: Array, dtype: DType) -> Array:
    """`tf.cast`, whose gradient from complex back to real is a cast too and logs a warning of what it discards."""
    if dtype in COMPLEX and x.dtype not in COMPLEX:
        real = tf.cast(x, REAL_OF[dtype])
        return tf.complex(real, tf.zeros_like(real))
    return x if x.dtype is dtype else _cast(x=x, DstT=dtype)


def scalar_tensor(value: Any, dtype: DType) -> Array:
    """A Python scalar as a 0-d tensor. TensorFlow would wrap an integer that does not fit, silently."""
    if dtype in INTEGER:
        value = int(value)
        if not dtype.min <= value <= dtype.max:
            raise OverflowError(f"Python integer {value} does not fit in {dtype.name}.")
    elif dtype in REAL_FLOATING:
        value = float(value)
    else:
        value = complex(value) if dtype in COMPLEX else bool(value)
    if value == 0 and dtype in FLOATING:
        # TensorFlow caches Python scalars by equality: after -0.0, its 0.0 would be -0.0. It caches no NumPy array.
        value = dtype.as_numpy_dtype(value).__array__()
    return _constant(value, dtype)


@cache
def _zero(dtype: DType, device: str, sign: float) -> Array:
    with tf.device(device):
        return scalar_tensor(sign * 0.0, dtype)


def number_beside(x: Array, number: float) -> Any:
    """`number` as an op takes it beside the eager tensor `x`: a zero, whose sign TensorFlow would lose, as a tensor."""
    return number or _zero(x.dtype, x.device, math.copysign(1.0, number))


def promote_dtypes(*dtypes: DType) -> DType:
    """Return the dtype that holds all of `dtypes`."""

    def pair(a: DType, b: DType) -> DType:
        promoted: DType = PROMOTION[a, b]
        if promoted is None:
            raise TypeError(f"{a.name} and {b.name} have no common dtype; cast one with astype().")
        return promoted

    return reduce(pair, dtypes)


def _dtype_of(x: Any) -> DType:
    return as_dtype(x) if isinstance(x, (tf.DType, str)) else as_tensor(x).dtype


def result_type(*arrays_and_dtypes: Any) -> DType:
    """Return the dtype that the standard's promotion rules give; Python scalars never widen a float."""
    values = [as_scalar(x) for x in arrays_and_dtypes]
    scalars = [x for x in values if isinstance(x, SCALARS)]
    dtypes = [_dtype_of(x) for x in values if not isinstance(x, SCALARS)]
    if not dtypes:
        raise TypeError("At least one argument must be an array or a dtype.")
    dtype = promote_dtypes(*dtypes)
    for scalar in scalars:
        fitting, raised = _SCALAR_RULES[scalar_type(scalar)]
        dtype = dtype if dtype in fitting else raised(dtype)
    return dtype


def promote(*arrays: Any) -> list[Array]:
    """The arrays and scalars as tensors of their common dtype."""
    if all(isinstance(x, _Tensor) for x in arrays) and len({x.dtype for x in arrays}) == 1:
        return list(arrays)
    arrays = tuple(as_scalar(x) for x in arrays)
    dtype = result_type(*arrays)
    return [scalar_tensor(x, dtype) if isinstance(x, SCALARS) else cast(as_tensor(x), dtype) for x in arrays]


def promote_pair(x1: Any, x2: Any) -> tuple[Array, Array]:
    """`promote` for two, with short ways for tensors of one dtype, and for a tensor beside a number."""
    if isinstance(x1, _Tensor):
        if isinstance(x2, _Tensor):
            if x1.dtype is x2.dtype:
                return x1, x2
        elif type(x2) in _SCALAR_RULES and x1.dtype in _SCALAR_RULES[type(x2)][0]:
            return x1, scalar_tensor(x2, x1.dtype)
    elif isinstance(x2, _Tensor) and type(x1) in _SCALAR_RULES and x2.dtype in _SCALAR_RULES[type(x1)][0]:
        return scalar_tensor(x1, x2.dtype), x2
    x1, x2 = promote(x1, x2)
    return x1, x2


def can_cast(from_: Any, to: Any, /) -> bool:
    """Return whether promotion may cast the first (a dtype or an array) to the second."""
    return bool(PROMOTION[_dtype_of(from_), as_dtype(to)] == as_dtype(to))


def isdtype(dtype: Any, kind: Any) -> bool:
    """Return whether `dtype` is of the `kind`: a dtype, a name such as "real floating", or a tuple of these."""
    if isinstance(kind, tuple):
        return any(isdtype(dtype, one) for one in kind)
    if isinstance(kind, str):
        if kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}; got {kind!r}.")
        return tf.as_dtype(dtype) in KINDS[kind]
    return bool(tf.as_dtype(dtype) == as_dtype(kind))


@dataclass(frozen=True)
class FloatInfo:
    """What `finfo` returns."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: DType


@dataclass(frozen=True)
class IntegerInfo:
    """What `iinfo` returns."""

    bits: int
    max: int
    min: int
    dtype: DType


# (bits, bits of the fraction, largest exponent): every other limit of a binary format follows.
_FLOAT_FORMATS = {
    tf.float16: (16, 10, 15),
    tf.bfloat16: (16, 7, 127),
    tf.float32: (32, 23, 127),
    tf.float64: (64, 52, 1023),
}


def _float_info(dtype: DType) -> FloatInfo:
    bits, fraction, exponent = _FLOAT_FORMATS[dtype]
    largest = (2.0 - 2.0**-fraction) * 2.0**exponent
    return FloatInfo(bits, 2.0**-fraction, largest, -largest, 2.0 ** (1 - exponent), dtype)


_FLOAT_INFO = {dtype: _float_info(dtype) for dtype in REAL_FLOATING}


def finfo(type: Any, /) -> FloatInfo:
    """Return the limits of a floating dtype; of a complex one, those of its parts."""
    dtype = _dtype_of(type)
    if dtype in COMPLEX:
        dtype = REAL_OF[dtype]
    if dtype not in _FLOAT_INFO:
        raise ValueError(f"finfo takes a floating dtype; got {dtype.name}.")
    return _FLOAT_INFO[dtype]


def iinfo(type: Any, /) -> IntegerInfo:
    """Return the limits of an integer dtype."""
    dtype = _dtype_of(type)
    if dtype not in INTEGER:
        raise ValueError(f"iinfo takes an integer dtype; got {dtype.name}.")
    return IntegerInfo(8 * dtype.size, dtype.max, dtype.min, dtype)


def astype(x: Array, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Array:
    """Return `x` cast to `dtype`. Tensors are immutable, so `copy` has no effect."""
    x = as_tensor(x)
    if dtype is x.dtype and device is None:
        return x
    dtype = dtype if isinstance(dtype, tf.DType) and dtype in ALL else as_dtype(dtype)
    if x.dtype in COMPLEX and dtype not in COMPLEX and dtype != tf.bool:
        raise TypeError("A complex array has no cast to a real dtype; take real() or imag().")
    if device is not None:
        with on_device(device):
            x = tf.identity(x)
    if dtype != tf.bool:
        return cast(x, dtype)
    return x if x.dtype == tf.bool else tf.not_equal(x, scalar_tensor(0, x.dtype))


def on_device(device: Any) -> AbstractContextManager[Any]:
    """Context that places what is made in it; None, or "" as a traced tensor answers, leave that as it is."""
    return tf.device(device) if device else nullcontext()
