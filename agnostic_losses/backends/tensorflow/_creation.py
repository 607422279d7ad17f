"""Functions that make arrays: from Python and NumPy values, and from a shape."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from agnostic_losses.backends.tensorflow._dtypes import (
    COMPLEX,
    INTEGER,
    SCALARS,
    as_dtype,
    as_scalar,
    as_tensor,
    astype,
    default_dtype,
    on_device,
    promote,
    scalar_tensor,
    scalar_type,
)
from agnostic_losses.backends.tensorflow._factories import kernel, named
from agnostic_losses.backends.tensorflow._shapes import rank, shape_argument, shape_tensor, size, sizes
from agnostic_losses.backends.tensorflow._typing import Array, Dim, DType

_range = kernel(tf.raw_ops.Range)

# Looked up once: attribute access on the lazily loaded `tf` module is not free.
_constant, _float32 = tf.constant, tf.float32
_band = kernel(tf.raw_ops.MatrixBandPart)


def asarray(obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Array:
    """Return a tensor of Python scalars, nested sequences of them, a NumPy array, a tensor or a variable.

    Python floats become float32, integers int64; NumPy arrays keep their dtype. Integers that do not fit raise
    OverflowError.
    """
    if type(obj) is float and obj and dtype is None and device is None and copy is not False:
        return _constant(obj, _float32)  # what losses make most often
    target = None if dtype is None else as_dtype(dtype)
    with on_device(device):
        obj = as_scalar(obj)
        if isinstance(obj, (tf.Tensor, tf.Variable)):
            return _from_tensor(obj, target, device, copy)
        if copy is False:
            raise ValueError(f"asarray cannot make a tensor of a {type(obj).__name__} without a copy.")
        if isinstance(obj, SCALARS):
            return _from_scalar(obj, target)
        if isinstance(obj, (list, tuple)):
            return _from_sequence(obj, target)
        array = tf.constant(obj)
        as_dtype(array.dtype)
        return array if target is None else astype(array, target)


def _from_tensor(obj: Any, dtype: DType | None, device: Any, copy: bool | None) -> Array:
    x = as_tensor(obj)
    if copy is False and dtype not in (None, x.dtype):
        raise ValueError(f"asarray cannot make {dtype} of {x.dtype} without a copy.")
    if copy or device:
        x = tf.identity(x)
    return x if dtype is None else astype(x, dtype)


def _from_scalar(value: Any, dtype: DType | None) -> Array:
    dtype = default_dtype(value) if dtype is None else dtype
    if isinstance(value, complex) and dtype not in COMPLEX:
        raise TypeError(f"asarray cannot make {dtype.name} of the complex number {value}.")
    return scalar_tensor(value, dtype)


def _leaves(obj: Any) -> Iterator[Any]:
    if isinstance(obj, (list, tuple)):
        for element in obj:
            yield from _leaves(element)
    else:
        yield as_scalar(obj)


def _from_sequence(obj: Any, dtype: DType | None) -> Array:
    leaves = list(_leaves(obj))
    if not all(isinstance(leaf, SCALARS) for leaf in leaves):
        elements = promote(*(asarray(element) for element in obj))
        stacked = tf.stack(elements)
        return stacked if dtype is None else astype(stacked, dtype)
    if dtype is None:
        highest = max((scalar_type(leaf) for leaf in leaves), key=SCALARS.index, default=float)
        dtype = default_dtype(highest())
    return _pack(leaves, _shape_of(obj), dtype)


def _pack(leaves: list[Any], shape: list[int], dtype: DType) -> Array:
    if dtype in INTEGER:
        for extreme in (min(leaves), max(leaves)) if leaves else ():
            scalar_tensor(extreme, dtype)  # raises if it does not fit
        leaves = [int(leaf) for leaf in leaves]
    elif dtype == tf.bool:
        leaves = [bool(leaf) for leaf in leaves]
    elif any(isinstance(leaf, complex) for leaf in leaves) and dtype not in COMPLEX:
        raise TypeError(f"asarray cannot make {dtype.name} of complex numbers.")
    else:
        leaves = [complex(leaf) if dtype in COMPLEX else float(leaf) for leaf in leaves]
    return tf.constant(leaves, dtype, shape)


def _shape_of(obj: Any) -> list[int]:
    if not isinstance(obj, (list, tuple)):
        return []
    shapes = [_shape_of(element) for element in obj]
    if any(shape != shapes[0] for shape in shapes):
        raise ValueError("asarray: the nested sequence is ragged.")
    return [len(obj), *(shapes[0] if shapes else [])]


def from_dlpack(x: Any, /, *, device: Any = None, copy: bool | None = None) -> Array:
    """Return a tensor of an array of another library, through DLPack; the memory is shared unless `copy`."""
    tensor = as_tensor(x) if isinstance(x, (tf.Tensor, tf.Variable)) else _take_capsule(x)
    if copy is False and device:
        raise ValueError("from_dlpack cannot move an array to a device without a copy.")
    with on_device(device):
        return tf.identity(tensor) if copy or device else tensor


def _take_capsule(x: Any) -> Array:
    return tf.experimental.dlpack.from_dlpack(x.__dlpack__())


def full(shape: Any, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Array:
    """Return an array of `shape` that holds `fill_value` everywhere."""
    with on_device(device):
        value = asarray(fill_value, dtype=dtype)
        return tf.fill(shape_tensor(shape_argument(shape)), value)


def _filled(name: str, value: int) -> Any:
    def create(shape: Any, *, dtype: Any = None, device: Any = None) -> Array:
        with on_device(device):
            make = tf.ones if value else tf.zeros
            return make(shape_tensor(shape_argument(shape)), tf.float32 if dtype is None else as_dtype(dtype))

    return named(create, name, f"Return an array of `shape` that holds {value} everywhere.")


zeros = _filled("zeros", 0)
ones = _filled("ones", 1)
empty = _filled("empty", 0)  # TensorFlow has no uninitialised memory


def full_like(x: Array, /, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Array:
    """Return an array of the shape of `x` that holds `fill_value` everywhere."""
    x = as_tensor(x)
    with on_device(device or x.device):
        value = asarray(fill_value, dtype=x.dtype if dtype is None else dtype)
        return tf.fill(x.shape if x.shape.is_fully_defined() else tf.shape(x), value)


def _filled_like(name: str, value: int) -> Any:
    def create(x: Array, /, *, dtype: Any = None, device: Any = None) -> Array:
        x = as_tensor(x)
        like = tf.ones_like if value else tf.zeros_like
        if dtype is None and device is None:
            return like(x)
        with on_device(device or x.device):
            return like(x, None if dtype is None else as_dtype(dtype))

    return named(create, name, f"Return an array of the shape of `x` that holds {value} everywhere.")


zeros_like = _filled_like("zeros_like", 0)
ones_like = _filled_like("ones_like", 1)
empty_like = _filled_like("empty_like", 0)


def arange(start: Any, /, stop: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None) -> Array:
    """Return evenly spaced values in [start, stop); the limits may be scalar tensors."""
    if stop is None:
        start, stop = 0, start
    if type(start) is type(stop) is type(step) is int and dtype is None and not device:
        return _python_range(start, stop, step, dtype=tf.int64)
    limits = [as_scalar(limit) for limit in (start, stop, step)]
    with on_device(device):
        if all(isinstance(limit, (int, float)) for limit in limits):
            target = as_dtype(dtype) if dtype is not None else default_dtype(_strongest(limits))
            return _python_range(*limits, dtype=target)
        limits = [tf.cast(limit, tf.int64) for limit in _integral(limits)]
        return tf.cast(tf.range(*limits), tf.int64 if dtype is None else as_dtype(dtype))


def _strongest(limits: list[Any]) -> Any:
    return next((limit for limit in limits if isinstance(limit, float)), 0)


def _integral(limits: list[Any]) -> list[Any]:
    if any(isinstance(x, float) or (isinstance(x, tf.Tensor) and x.dtype not in INTEGER) for x in limits):
        raise TypeError("arange takes Python numbers, or integers some of which are scalar tensors.")
    return limits


def _python_range(start: Any, stop: Any, step: Any, *, dtype: DType) -> Array:
    whole = all(isinstance(limit, int) for limit in (start, stop, step))
    count = max(0, -((start - stop) // step) if whole else math.ceil((stop - start) / step))
    if dtype in INTEGER and whole:
        last = start + max(count - 1, 0) * step
        is_small = max(abs(start), abs(start + count * step), abs(step)) < 2**62
        if not (is_small and dtype is tf.int64) and not dtype.min <= last <= dtype.max:
            raise OverflowError(f"Python integer {last} does not fit in {dtype.name}.")
        if is_small:
            return tf.cast(_range(tf.constant(start, tf.int64), start + count * step, step), dtype)
    index = tf.range(tf.constant(count, tf.int64))
    if dtype in INTEGER and whole:  # beside the ends of int64
        return tf.cast(start + index * step, dtype)
    # In double precision, rounded once: adding up a float32 step drifts.
    values = float(start) + tf.cast(index, tf.float64) * float(step)
    return tf.cast(values, dtype)


def eye(n_rows: Dim, n_cols: Dim | None = None, /, *, k: int = 0, dtype: Any = None, device: Any = None) -> Array:
    """Return an array with ones on the `k`-th diagonal; the sizes may be scalar tensors."""
    dtype = tf.float32 if dtype is None else as_dtype(dtype)
    with on_device(device):
        if k == 0:
            return tf.eye(n_rows, n_cols, dtype=dtype)
        rows, columns = (tf.cast(n, tf.int64) for n in (n_rows, n_rows if n_cols is None else n_cols))
        k = min(max(k, -(2**62)), 2**62)  # which the range can hold, beyond any length
        on_diagonal = tf.equal(tf.expand_dims(tf.range(k, rows + k), 1), tf.range(columns))
        return tf.cast(on_diagonal, dtype)


def linspace(
    start: Any, stop: Any, /, num: int, *, dtype: Any = None, device: Any = None, endpoint: bool = True
) -> Array:
    """Return `num` evenly spaced values from `start` to `stop`."""
    limits = [as_scalar(limit) for limit in (start, stop)]
    is_complex = any(isinstance(limit, complex) for limit in limits)
    target = (tf.complex64 if is_complex else tf.float32) if dtype is None else as_dtype(dtype)
    work = tf.complex128 if is_complex or target in COMPLEX else tf.float64
    with on_device(device):
        first, last = (tf.cast(asarray(limit, dtype=work), work) for limit in limits)
        index = tf.cast(tf.range(num, dtype=tf.int64), work)
        intervals = max(num - 1 if endpoint else num, 1)
        fraction = index / tf.cast(intervals, work)
        values = first * (1 - fraction) + last * fraction  # exact at both ends
        return tf.cast(values, target)


def meshgrid(*arrays: Array, indexing: str = "xy") -> tuple[Array, ...]:
    """Return coordinate arrays of one-dimensional coordinate vectors."""
    if indexing not in ("xy", "ij"):
        raise ValueError(f'indexing must be "xy" or "ij"; got {indexing!r}.')
    vectors = [as_tensor(array) for array in arrays]
    if any(rank(vector) != 1 for vector in vectors):
        raise ValueError("meshgrid takes one-dimensional arrays.")
    order = list(range(len(vectors)))
    if indexing == "xy" and len(vectors) > 1:
        order[:2] = [1, 0]
    shape = shape_tensor([size(vectors[i], 0) for i in order])
    ndim = len(vectors)

    def spread(i: int) -> Array:
        column = tf.reshape(vectors[i], [-1 if order[axis] == i else 1 for axis in range(ndim)])
        return tf.broadcast_to(column, shape)

    return tuple(spread(i) for i in range(ndim))


def _triangle(name: str, keep: Any, where: str) -> Any:
    is_lower = name == "tril"

    def create(x: Array, /, *, k: int = 0) -> Array:
        x = as_tensor(x)
        if rank(x) < 2:
            raise ValueError(f"{name} takes arrays of at least 2 dimensions; got {x.shape.rank}.")
        if k == 0:  # what TensorFlow has a kernel for
            return _band(x, -1, 0) if is_lower else _band(x, 0, -1)
        rows, columns = sizes(x)[-2:]
        kept = keep(tf.range(columns)[None, :], tf.range(rows)[:, None] + k)
        return tf.where(kept, x, scalar_tensor(0, x.dtype))

    return named(create, name, f"Return `x` with zeros {where} its `k`-th diagonal.")


tril = _triangle("tril", tf.less_equal, "above")
triu = _triangle("triu", tf.greater_equal, "below")
