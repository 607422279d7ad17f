"""The linalg extension of the standard, over tf.linalg.

float16 and bfloat16 have no kernels in most of these and are refused; vector_norm and the products take them.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import tensorflow as tf

from agnostic_losses.backends.tensorflow._dtypes import (
    COMPLEX_OF,
    FLOATING,
    HALF,
    NUMERIC,
    REAL_OF,
    as_dtype,
    cast,
    checked,
    finfo,
    promote_pair,
    scalar_tensor,
)
from agnostic_losses.backends.tensorflow._manipulation import broadcast_arrays, matrix_transpose, moveaxis
from agnostic_losses.backends.tensorflow._products_linear import matmul, tensordot, vecdot
from agnostic_losses.backends.tensorflow._reductions import sum as _sum
from agnostic_losses.backends.tensorflow._shapes import normalize_axes, normalize_axis, rank, size, sizes
from agnostic_losses.backends.tensorflow._typing import Array, DType

__all__ = [
    "cholesky",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "svdvals",
    "tensordot",
    "trace",
    "vecdot",
    "vector_norm",
]

_DECOMPOSABLE = FLOATING - HALF


class Eig(NamedTuple):
    """What `eig` returns."""

    eigenvalues: Array
    eigenvectors: Array


class Eigh(NamedTuple):
    """What `eigh` returns."""

    eigenvalues: Array
    eigenvectors: Array


class QR(NamedTuple):
    """What `qr` returns."""

    Q: Array
    R: Array


class Slogdet(NamedTuple):
    """What `slogdet` returns."""

    sign: Array
    logabsdet: Array


class SVD(NamedTuple):
    """What `svd` returns."""

    U: Array
    S: Array
    Vh: Array


def _matrix(name: str, x: Any, allowed: frozenset[DType] = _DECOMPOSABLE) -> Array:
    x = checked(name, x, allowed)
    if rank(x) < 2:
        raise ValueError(f"{name} takes arrays of at least 2 dimensions; got {x.shape.rank}.")
    return x


def _square(name: str, x: Any) -> Array:
    x = _matrix(name, x)
    rows, columns = x.shape[-2:]
    if None not in (rows, columns) and rows != columns:
        raise ValueError(f"{name} takes square matrices; got {rows} x {columns}.")
    return x


def _complex_square(name: str, x: Any) -> Array:
    x = _square(name, x)
    return cast(x, COMPLEX_OF[x.dtype])


def cholesky(x: Array, /, *, upper: bool = False) -> Array:
    """Return the triangular factor of positive definite matrices: L with x = L L^H, or U with x = U^H U."""
    lower = tf.linalg.cholesky(_square("cholesky", x))
    return tf.linalg.adjoint(lower) if upper else lower


def cross(x1: Array, x2: Array, /, *, axis: int = -1) -> Array:
    """Return the cross product of vectors of size 3 along `axis`."""
    x1, x2 = promote_pair(x1, x2)
    x1 = checked("cross", x1, NUMERIC)
    axes = [normalize_axis(axis, rank(x)) - rank(x) for x in (x1, x2)]
    if axes[0] != axes[1]:
        raise ValueError(f"cross: axis {axis} is ambiguous for arrays of different dimension.")
    if any(x.shape[axis] not in (3, None) for x in (x1, x2)):
        raise ValueError(f"cross takes vectors of size 3; got {x1.shape[axis]} and {x2.shape[axis]}.")
    a, b = moveaxis(x1, axis, -1), moveaxis(x2, axis, -1)
    product = _cross_of_complex(a, b) if a.dtype in REAL_OF else tf.linalg.cross(*broadcast_arrays(a, b))
    return moveaxis(product, -1, axes[0])


def _cross_of_complex(a: Array, b: Array) -> Array:
    (a1, a2, a3), (b1, b2, b3) = ((x[..., 0], x[..., 1], x[..., 2]) for x in (a, b))
    return tf.stack([a2 * b3 - a3 * b2, a3 * b1 - a1 * b3, a1 * b2 - a2 * b1], -1)


def det(x: Array, /) -> Array:
    """Return the determinant. Not under XLA."""
    return tf.linalg.det(_square("det", x))


def diagonal(x: Array, /, *, offset: int = 0) -> Array:
    """Return the diagonal of matrices; `offset` > 0 is above the main one."""
    x = _matrix("diagonal", x, frozenset({tf.bool}) | NUMERIC)
    rows, columns = x.shape[-2:]
    if None not in (rows, columns) and not -rows < offset < columns and offset:
        return tf.zeros([*sizes(x)[:-2], 0], x.dtype)
    return tf.linalg.diag_part(x, k=offset)


def eig(x: Array, /) -> Eig:
    """Return eigenvalues and right eigenvectors, always complex. Not under XLA."""
    return Eig(*tf.linalg.eig(_complex_square("eig", x)))


def eigvals(x: Array, /) -> Array:
    """Return eigenvalues, always complex. Not under XLA."""
    return tf.linalg.eigvals(_complex_square("eigvals", x))


def eigh(x: Array, /) -> Eigh:
    """Return eigenvalues in ascending order and eigenvectors of Hermitian matrices."""
    return Eigh(*tf.linalg.eigh(_square("eigh", x)))


def eigvalsh(x: Array, /) -> Array:
    """Return eigenvalues of Hermitian matrices in ascending order."""
    values = tf.linalg.eigvalsh(_square("eigvalsh", x))
    return tf.math.real(values)


def inv(x: Array, /) -> Array:
    """Return the inverse."""
    return tf.linalg.inv(_square("inv", x))


def matrix_power(x: Array, n: int, /) -> Array:
    """Return the `n`-th power of square matrices; a negative `n` inverts them first."""
    x = _square("matrix_power", x)
    if n < 0:
        x, n = tf.linalg.inv(x), -n
    result = None
    while n:
        n, odd = divmod(n, 2)
        if odd:
            result = x if result is None else tf.matmul(result, x)
        x = tf.matmul(x, x) if n else x
    if result is None:
        return tf.zeros_like(x) + tf.eye(size(x, -1), dtype=x.dtype)
    return result


def matrix_rank(x: Array, /, *, rtol: Any = None) -> Array:
    """Return the number of singular values above `rtol` times the largest."""
    x = _matrix("matrix_rank", x)
    values = svdvals(x)
    cutoff = _cutoff(x, rtol) * tf.reduce_max(values, -1, keepdims=True)
    return tf.reduce_sum(tf.cast(tf.greater(values, cutoff), tf.int64), -1)


def _cutoff(x: Array, rtol: Any) -> Array:
    """Relative size, with a trailing axis, under which a singular value counts as 0."""
    real = REAL_OF.get(x.dtype, x.dtype)
    if rtol is None:
        larger = tf.reduce_max(tf.shape(x)[-2:])
        return tf.cast(larger, real) * scalar_tensor(finfo(real).eps, real)
    return tf.cast(rtol, real)[..., None]


def outer(x1: Array, x2: Array, /) -> Array:
    """Return the products of each element of one vector with each of another."""
    x1, x2 = promote_pair(x1, x2)
    x1 = checked("outer", x1, NUMERIC)
    if rank(x1) != 1 or rank(x2) != 1:
        raise ValueError("outer takes one-dimensional arrays.")
    return x1[:, None] * x2[None, :]


def pinv(x: Array, /, *, rtol: Any = None) -> Array:
    """Return the Moore-Penrose inverse; singular values up to `rtol` times the largest count as 0."""
    x = _matrix("pinv", x)
    u, s, vh = svd(x, full_matrices=False)
    kept = tf.greater(s, _cutoff(x, rtol) * tf.reduce_max(s, -1, keepdims=True))
    one, zero = scalar_tensor(1, s.dtype), scalar_tensor(0, s.dtype)
    inverse = tf.where(kept, one / tf.where(kept, s, one), zero)
    scaled = tf.linalg.adjoint(vh) * cast(inverse, x.dtype)[..., None, :]
    return tf.matmul(scaled, u, adjoint_b=True)


def qr(x: Array, /, *, mode: str = "reduced") -> QR:
    """Return an orthonormal and an upper triangular factor."""
    if mode not in ("reduced", "complete"):
        raise ValueError(f'mode must be "reduced" or "complete"; got {mode!r}.')
    return QR(*tf.linalg.qr(_matrix("qr", x), full_matrices=mode == "complete"))


def slogdet(x: Array, /) -> Slogdet:
    """Return the sign of the determinant and the logarithm of its absolute value. Not under XLA."""
    sign, logabsdet = tf.linalg.slogdet(_square("slogdet", x))
    return Slogdet(sign, tf.math.real(logabsdet))


def solve(x1: Array, x2: Array, /) -> Array:
    """Return the solution of x1 @ solution = x2; a one-dimensional `x2` is one column."""
    x1, x2 = promote_pair(x1, x2)
    x1 = _square("solve", x1)
    if rank(x2) == 1:
        return tf.squeeze(solve(x1, x2[:, None]), -1)
    leading1, leading2 = x1.shape[:-2], x2.shape[:-2]
    if leading1.rank != leading2.rank or leading1 != leading2:
        leading = tf.broadcast_dynamic_shape(tf.shape(x1)[:-2], tf.shape(x2)[:-2])
        x1 = tf.broadcast_to(x1, tf.concat([leading, tf.shape(x1)[-2:]], 0))
        x2 = tf.broadcast_to(x2, tf.concat([leading, tf.shape(x2)[-2:]], 0))
    return tf.linalg.solve(x1, x2)


def svd(x: Array, /, *, full_matrices: bool = True) -> SVD:
    """Return the singular value decomposition x = U diag(S) Vh."""
    s, u, v = tf.linalg.svd(_matrix("svd", x), full_matrices=full_matrices)
    return SVD(u, tf.math.real(s), tf.linalg.adjoint(v))


def svdvals(x: Array, /) -> Array:
    """Return the singular values in descending order."""
    return tf.math.real(tf.linalg.svd(_matrix("svdvals", x), compute_uv=False))


def trace(x: Array, /, *, offset: int = 0, dtype: Any = None) -> Array:
    """Return the sum of the diagonal."""
    return _sum(diagonal(checked("trace", x, NUMERIC), offset=offset), axis=-1, dtype=dtype)


def _root(squares: Array) -> Array:
    """Square root with the gradient 0 at 0, as the subgradient of least norm of a norm."""
    positive = tf.greater(squares, scalar_tensor(0, squares.dtype))
    safe = tf.where(positive, squares, scalar_tensor(1, squares.dtype))
    return tf.where(positive, tf.sqrt(safe), squares)  # 0, or NaN


def _vector_norm(x: Array, axes: list[int], ord: Any, keepdims: bool) -> Array:
    size_of = tf.abs(x) if x.dtype not in REAL_OF or ord != 2 else x
    if ord == 2:
        squares = tf.math.real(x * tf.math.conj(x)) if x.dtype in REAL_OF else tf.square(size_of)
        return _root(tf.reduce_sum(squares, axes, keepdims))
    if ord == math.inf:
        return tf.reduce_max(size_of, axes, keepdims)
    if ord == -math.inf:
        return tf.reduce_min(size_of, axes, keepdims)
    if ord == 0:
        nonzero = tf.not_equal(size_of, scalar_tensor(0, size_of.dtype))
        return tf.reduce_sum(tf.cast(nonzero, size_of.dtype), axes, keepdims)
    if ord == 1:
        return tf.reduce_sum(size_of, axes, keepdims)
    power = scalar_tensor(ord, size_of.dtype)
    return tf.pow(tf.reduce_sum(tf.pow(size_of, power), axes, keepdims), 1 / power)


def vector_norm(x: Array, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Array:
    """Return a norm over `axis`; float16 and bfloat16 are added up in float32."""
    x = checked("vector_norm", x, FLOATING)
    work = tf.cast(x, tf.float32) if x.dtype in HALF else x
    norm = _vector_norm(work, normalize_axes(axis, rank(x)), ord, keepdims)
    return tf.cast(norm, as_dtype(REAL_OF.get(x.dtype, x.dtype)))


def matrix_norm(x: Array, /, *, keepdims: bool = False, ord: Any = "fro") -> Array:
    """Return a norm of matrices: "fro", "nuc", or 1, -1, 2, -2, inf or -inf."""
    x = _matrix("matrix_norm", x)
    if ord == "fro":
        return vector_norm(x, axis=(-2, -1), keepdims=keepdims)
    reductions = {1: tf.reduce_max, -1: tf.reduce_min, 2: tf.reduce_max, -2: tf.reduce_min}
    if ord == "nuc":
        norm = tf.reduce_sum(svdvals(x), -1)
    elif ord in (2, -2):
        norm = reductions[ord](svdvals(x), -1)
    elif ord in (1, -1):
        norm = reductions[ord](tf.reduce_sum(tf.abs(x), -2), -1)
    elif ord in (math.inf, -math.inf):
        norm = reductions[1 if ord > 0 else -1](tf.reduce_sum(tf.abs(x), -1), -1)
    else:
        raise ValueError(f'ord must be "fro", "nuc", 1, -1, 2, -2, inf or -inf; got {ord!r}.')
    return norm[..., None, None] if keepdims else norm
