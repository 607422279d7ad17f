"""Chunks of rows, on NumPy and the plain standard; the frameworks' own ways are in `conformance`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses import ops

ROWS = [[0.5, 2.0], [1.5, -1.0], [3.0, 0.25], [0.0, 1.0], [-2.0, 4.0]]
MATRIX = [[1.0, -1.0, 2.0], [0.5, 3.0, 0.0]]


def squares(rows: Any, shift: Any, matrix: Any) -> Any:
    xp = al.array_namespace(rows)
    return xp.sum(xp.square(xp.matmul(rows, matrix)), axis=-1) + shift


@pytest.mark.parametrize("chunk_size", [1, 2, 4, 5, 6, None])
def test_chunks_make_no_difference(chunk_size: Any, xp: Any, dtype: Any) -> None:
    rows, matrix = xp.asarray(ROWS, dtype=dtype), xp.asarray(MATRIX, dtype=dtype)
    shift = xp.asarray([1.0, 2.0, 3.0, 4.0, 5.0], dtype=dtype)
    found = ops.map_chunks(squares, (rows, shift), (matrix,), chunk_size=chunk_size)
    assert found.dtype == dtype
    np.testing.assert_array_equal(np.asarray(found), np.asarray(squares(rows, shift, matrix)))


def test_rows_come_in_chunks(xp: Any) -> None:
    seen = []

    def f(rows: Any) -> Any:
        seen.append(rows.shape)
        return rows

    found = ops.map_chunks(f, (xp.asarray(ROWS),), (), chunk_size=2)
    np.testing.assert_array_equal(np.asarray(found), ROWS)
    assert seen == [(2, 2), (2, 2), (1, 2)]


def test_without_rows(xp: Any, dtype: Any) -> None:
    found = ops.map_chunks(
        squares,
        (xp.zeros((0, 2), dtype=dtype), xp.zeros((0,), dtype=dtype)),
        (xp.asarray(MATRIX, dtype=dtype),),
        chunk_size=2,
    )
    assert found.shape == (0,)


def test_derivatives(xp: Any, dtype: Any) -> None:
    def total(rows: Any, matrix: Any, chunk_size: Any) -> Any:
        space = al.array_namespace(rows)
        return space.sum(ops.map_chunks(squares, (rows, rows[:, 0]), (matrix,), chunk_size=chunk_size))

    arrays = xp.asarray(ROWS, dtype=dtype), xp.asarray(MATRIX, dtype=dtype)
    for of in (al.grad(total, argnums=(0, 1)), lambda *args: (al.hessian_diagonal(total, argnums=1)(*args),)):
        for found, wanted in zip(of(*arrays, 2), of(*arrays, None), strict=True):
            np.testing.assert_array_equal(np.asarray(found), np.asarray(wanted))


def test_a_traced_array_from_the_surroundings() -> None:
    def total(rows: Any, factor: Any) -> Any:
        space = al.array_namespace(rows)
        return space.sum(ops.map_chunks(lambda x: factor * x, (rows,), (), chunk_size=2))

    with pytest.raises(TypeError, match="must take every array that it is differentiated by as an argument"):
        al.grad(total, 1)(np.ones(3), np.ones(1))


@pytest.mark.parametrize("chunk_size", [0, -1, 2.0, True, "2"])
def test_a_chunk_size_that_is_none(chunk_size: Any) -> None:
    with pytest.raises(ValueError, match="chunk_size must be a positive integer or None, got"):
        ops.map_chunks(lambda x: x, (np.ones(3),), (), chunk_size=chunk_size)
