"""The linalg extension against NumPy, compiled, and in its gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import agnostic_losses.backends.tensorflow as xp
from conformance.standard.calls import MATRIX
from conformance.standard.tools import (
    finite_differences,
    gradient,
    numbers,
    outputs,
    weighted_total,
    xla,
)

SQUARE = MATRIX[:, :3] + 2.0 * np.eye(3)
SYMMETRIC = SQUARE @ SQUARE.T + np.eye(3)
BATCH = np.stack([SQUARE, SYMMETRIC])

# name: (argument, our call, NumPy's)
CALLS: dict[str, tuple[Any, Any, Any]] = {
    "det": (BATCH, xp.linalg.det, np.linalg.det),
    "inv": (BATCH, xp.linalg.inv, np.linalg.inv),
    "slogdet": (-BATCH, xp.linalg.slogdet, np.linalg.slogdet),
    "svdvals": (MATRIX, xp.linalg.svdvals, np.linalg.svdvals),
    "eigvalsh": (SYMMETRIC, xp.linalg.eigvalsh, np.linalg.eigvalsh),
    "cholesky": (SYMMETRIC, xp.linalg.cholesky, np.linalg.cholesky),
    "cholesky, upper": (
        SYMMETRIC,
        lambda x: xp.linalg.cholesky(x, upper=True),
        lambda a: np.linalg.cholesky(a).T,
    ),
    "solve": (SQUARE, lambda x: xp.linalg.solve(x, 2.0 * x), lambda a: np.linalg.solve(a, 2.0 * a)),
    "solve, vector": (BATCH, lambda x: xp.linalg.solve(x, x[0, 0, :]), lambda a: np.linalg.solve(a, a[0, 0])),
    "solve, broadcast": (BATCH, lambda x: xp.linalg.solve(x, x[0, ...]), lambda a: np.linalg.solve(a, a[0])),
    "trace": (MATRIX, xp.linalg.trace, np.trace),
    "trace, offset": (MATRIX, lambda x: xp.linalg.trace(x, offset=-1), lambda a: np.trace(a, -1)),
    "diagonal": (BATCH, xp.linalg.diagonal, lambda a: np.diagonal(a, axis1=-2, axis2=-1)),
    "diagonal, offset": (MATRIX, lambda x: xp.linalg.diagonal(x, offset=1), lambda a: np.diagonal(a, 1)),
    "diagonal, beyond": (MATRIX, lambda x: xp.linalg.diagonal(x, offset=9), lambda a: np.diagonal(a, 9)),
    "outer": (MATRIX, lambda x: xp.linalg.outer(x[0, :], x[:, 0]), lambda a: np.outer(a[0], a[:, 0])),
    "cross": (SQUARE, lambda x: xp.linalg.cross(x, x[::-1, :]), lambda a: np.cross(a, a[::-1])),
    "cross, axis": (
        MATRIX,
        lambda x: xp.linalg.cross(x, x[:, ::-1], axis=-2),
        lambda a: np.cross(a, a[:, ::-1], axis=0),
    ),
    "matrix_power": (SQUARE, lambda x: xp.linalg.matrix_power(x, 5), lambda a: np.linalg.matrix_power(a, 5)),
    "matrix_power, negative": (
        BATCH,
        lambda x: xp.linalg.matrix_power(x, -2),
        lambda a: np.linalg.matrix_power(a, -2),
    ),
    "matrix_power, zero": (BATCH, lambda x: xp.linalg.matrix_power(x, 0), lambda a: np.linalg.matrix_power(a, 0)),
    "pinv": (MATRIX, xp.linalg.pinv, np.linalg.pinv),
    "pinv, tall": (MATRIX.T, lambda x: xp.linalg.pinv(x, rtol=1e-6), np.linalg.pinv),
    "vector_norm, all": (BATCH, xp.linalg.vector_norm, lambda a: np.linalg.vector_norm(a)),
}
for _ord in (0, 1, 2, 3, 2.5, np.inf, -np.inf):
    CALLS[f"vector_norm {_ord}"] = (
        MATRIX,
        lambda x, p=_ord: xp.linalg.vector_norm(x, axis=1, ord=p),
        lambda a, p=_ord: np.linalg.vector_norm(a, axis=1, ord=p),
    )
for _ord in ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf):
    CALLS[f"matrix_norm {_ord}"] = (
        BATCH,
        lambda x, p=_ord: xp.linalg.matrix_norm(x, ord=p, keepdims=True),
        lambda a, p=_ord: np.linalg.matrix_norm(a, ord=p, keepdims=True),
    )
NO_SLOPE = {"vector_norm 0"}
# What XLA has kernels for (none for det and slogdet), one of each kind: it takes seconds over an SVD.
COMPILED = ["inv", "svdvals", "eigvalsh", "cholesky", "solve", "solve, vector", "trace, offset", "diagonal", "outer"]
COMPILED += ["cross, axis", "matrix_power, negative", "matrix_power, zero", "vector_norm 2", "matrix_norm fro"]


def check(found: Any, expected: Any) -> None:
    for one, other in zip(outputs(found), outputs(expected), strict=True):
        assert one.dtype.name == "float64"
        np.testing.assert_allclose(numbers(one), other, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", CALLS)
def test_value(name: str) -> None:
    argument, ours, reference = CALLS[name]
    check(ours(tf.constant(argument)), reference(argument))


@pytest.mark.parametrize("name", COMPILED)
def test_xla_with_unknown_sizes(name: str) -> None:
    argument, ours, reference = CALLS[name]
    spec = tf.TensorSpec([None] * argument.ndim, tf.float64)
    check(xla(ours, spec)(tf.constant(argument)), reference(argument))


@pytest.mark.parametrize("name", [name for name in CALLS if name not in NO_SLOPE])
def test_gradient(name: str) -> None:
    argument, ours, _ = CALLS[name]
    # Symmetric arguments stay symmetric, for TensorFlow reads one triangle.
    symmetric = name.startswith(("eig", "chol"))

    def f(x: Any) -> Any:
        return weighted_total(ours((x + tf.transpose(x)) / 2.0 if symmetric else x))

    found = numbers(gradient(f, tf.constant(argument))[0])
    np.testing.assert_allclose(found, finite_differences(f, argument), rtol=2e-5, atol=1e-5)


@pytest.mark.parametrize("matrix", [MATRIX, MATRIX.T, BATCH], ids=["wide", "tall", "batch"])
def test_decompositions_multiply_to_the_matrix(matrix: Any) -> None:
    x = tf.constant(matrix)
    rows, columns = matrix.shape[-2:]
    for full in (False, True):
        u, s, vh = xp.linalg.svd(x, full_matrices=full)
        q, r = xp.linalg.qr(x, mode="complete" if full else "reduced")
        inner = min(rows, columns)
        assert u.shape[-2:] == (rows, rows if full else inner) == q.shape[-2:]
        assert vh.shape[-2:] == (columns if full else inner, columns)
        diagonal = tf.linalg.diag(s, num_rows=u.shape[-1], num_cols=vh.shape[-2])
        np.testing.assert_allclose(numbers(xp.matmul(xp.matmul(u, diagonal), vh)), matrix, atol=1e-12)
        np.testing.assert_allclose(numbers(xp.matmul(q, r)), matrix, atol=1e-12)


def test_eigenvectors() -> None:
    values, vectors = xp.linalg.eigh(tf.constant(SYMMETRIC))
    np.testing.assert_allclose(
        numbers(xp.matmul(tf.constant(SYMMETRIC), vectors)), numbers(values * vectors), atol=1e-10
    )
    found = xp.linalg.eig(tf.constant(SQUARE))
    complex_matrix = tf.constant(SQUARE + 0j)
    np.testing.assert_allclose(
        numbers(xp.matmul(complex_matrix, found.eigenvectors)),
        numbers(found.eigenvalues * found.eigenvectors),
        atol=1e-10,
    )
    np.testing.assert_allclose(
        np.sort_complex(numbers(xp.linalg.eigvals(tf.constant(SQUARE)))),
        np.sort_complex(np.linalg.eigvals(SQUARE)),
        rtol=1e-10,
    )


def test_matrix_rank() -> None:
    matrices = np.stack([SQUARE, np.ones((3, 3)), np.zeros((3, 3)), np.diag([1.0, 1e-3, 0.0])])
    assert numbers(xp.linalg.matrix_rank(tf.constant(matrices))).tolist() == [3, 1, 0, 2]
    assert numbers(xp.linalg.matrix_rank(tf.constant(matrices), rtol=0.01)).tolist() == [3, 1, 0, 1]


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"])
def test_products_of_integers(dtype: str) -> None:
    array = np.asarray([[100, 2], [3, 4]], dtype)
    x = xp.asarray(array)
    for name in ("matmul", "tensordot", "vecdot"):
        ours = getattr(xp, name)(x, x) if name != "tensordot" else xp.tensordot(x, x, axes=1)
        reference = np.vecdot(array, array) if name == "vecdot" else array @ array
        assert ours.dtype.name == dtype
        np.testing.assert_array_equal(numbers(ours), reference)


def test_products_of_complex_numbers() -> None:
    z = np.asarray([1.0 + 2.0j, 3.0 - 1.0j])
    assert numbers(xp.vecdot(tf.constant(z), tf.constant(z))) == np.vdot(z, z)
    assert numbers(xp.linalg.vector_norm(tf.constant(z))) == pytest.approx(np.linalg.norm(z))


def test_shapes_that_do_not_fit_are_refused() -> None:
    x, y = tf.ones([2, 3]), tf.ones([2, 1])
    with pytest.raises(ValueError, match="sizes 3 and 1 along axis -1 differ"):
        xp.vecdot(x, y)
    with pytest.raises(ValueError, match="sizes 3 and 2"):
        xp.tensordot(x, x, axes=1)
    with pytest.raises(ValueError, match="axes 3"):
        xp.tensordot(x, x, axes=3)
    with pytest.raises(ValueError, match="det takes square matrices; got 2 x 3"):
        xp.linalg.det(x)
    with pytest.raises(ValueError, match="inv takes arrays of at least 2 dimensions"):
        xp.linalg.inv(x[0])
    with pytest.raises(ValueError, match="cross takes vectors of size 3"):
        xp.linalg.cross(x, x, axis=0)
    with pytest.raises(ValueError, match="at least 1 dimension"):
        xp.matmul(tf.constant(1.0), x)
    with pytest.raises(ValueError, match="one-dimensional"):
        xp.linalg.outer(x, x)
    with pytest.raises(ValueError, match="mode must be"):
        xp.linalg.qr(x, mode="full")
    with pytest.raises(ValueError, match="ord must be"):
        xp.linalg.matrix_norm(x, ord=3)
    with pytest.raises(TypeError, match="det does not take float16"):
        xp.linalg.det(tf.ones([2, 2], tf.float16))
