"""Batches of embeddings with classes: their pairs, distances of rows, the largest of some, and counts by sorting."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses import ops

ROWS = np.asarray([[0.0, 0.0], [3.0, 4.0], [3.0, 4.0]])


def test_pairs_of_a_batch(xp: Any) -> None:
    classes, where = xp.asarray([7, -1, 7, 7]), xp.asarray([True, True, True, False])
    _, rows, marks = ops.prepare_embeddings(embeddings=xp.ones((4, 2)), classes=classes, where=where)
    alike, apart = ops.rows_of_classes(marks, marks, xp=xp)
    assert np.asarray(alike).nonzero()[0].tolist() == [0, 2]
    assert np.asarray(apart).nonzero()[0].tolist() == [0, 1, 1, 2]
    assert not np.asarray(rows)[3].any()
    *_, marks = ops.prepare_embeddings(embeddings=xp.ones((4, 2)), classes=classes)
    alike, apart = ops.rows_of_classes(marks, marks, xp=xp)
    assert np.asarray(alike).sum(axis=-1).tolist() == [2, 0, 2, 2]
    assert not np.asarray(alike & apart).any()


@pytest.mark.parametrize(
    ("embeddings", "classes", "error", "message"),
    [
        (np.ones(3), np.ones(3, dtype=int), ValueError, "^embeddings must be a matrix"),
        (np.ones((3, 2)), np.ones(3), TypeError, "^classes must be integer"),
        (np.ones((3, 2)), np.ones(2, dtype=int), ValueError, "^classes must have one class a row of embeddings"),
        (np.ones((3, 2)), np.ones((3, 1), dtype=int), ValueError, "^classes must have one class a row of embeddings"),
    ],
)
def test_what_is_no_batch_with_classes(embeddings: Any, classes: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        ops.prepare_embeddings(embeddings=embeddings, classes=classes)


def test_distances_of_rows(xp: Any) -> None:
    rows = xp.asarray(ROWS)
    wanted = np.asarray([[0.0, 5.0, 5.0], [5.0, 0.0, 0.0], [5.0, 0.0, 0.0]])
    np.testing.assert_array_equal(np.asarray(ops.row_distances(rows, rows, xp=xp)), wanted)
    np.testing.assert_array_equal(np.asarray(ops.row_distances(rows, rows, xp=xp, squared=True)), wanted**2)


def test_equal_rows_have_no_slope() -> None:
    def total(rows: Any) -> Any:
        xp = ops.array_namespace(rows)
        return xp.sum(ops.row_distances(rows, rows, xp=xp))

    np.testing.assert_array_equal(al.grad(total)(ROWS[1:]), 0.0)
    # Twice the unit vector, once for either side of the pair, and that for both rows at (3, 4).
    np.testing.assert_allclose(al.grad(total)(ROWS), [[-2.4, -3.2], [1.2, 1.6], [1.2, 1.6]], rtol=1e-15)


def test_the_largest_of_the_chosen(xp: Any) -> None:
    x, chosen = xp.asarray([[1.0, 9.0, 3.0], [4.0, 5.0, 6.0]]), xp.asarray([[True, False, True], [False] * 3])
    assert np.asarray(ops.largest_chosen(x, chosen, xp=xp)).tolist() == [3.0, -math.inf]
    assert ops.largest_chosen(x[:0, :0], chosen[:0, :0], xp=xp).shape == (0,)


def test_what_ties_for_the_largest_shares_the_gradient() -> None:
    chosen = np.asarray([[True, True, True, False]])

    def largest(x: Any) -> Any:
        xp = ops.array_namespace(x)
        return xp.sum(ops.largest_chosen(x, chosen, xp=xp))

    assert al.grad(largest)(np.asarray([[2.0, 1.0, 2.0, 2.0]])).tolist() == [[0.5, 0.0, 0.5, 0.0]]


@pytest.mark.parametrize("inclusive", [False, True])
def test_counting_by_sorting_is_comparing_all_with_all(xp: Any, inclusive: bool) -> None:
    rng = np.random.default_rng(3)
    x, limits = rng.integers(0, 5, (2, 6, 6)).astype(float)
    chosen = rng.random((6, 6)) < 0.5
    compared = x[:, None, :] <= limits[:, :, None] if inclusive else x[:, None, :] < limits[:, :, None]
    wanted = (compared & chosen[:, None, :]).sum(axis=-1)
    found = ops.count_below(*map(xp.asarray, (x, chosen, limits)), xp=xp, inclusive=inclusive)
    np.testing.assert_array_equal(np.asarray(found), wanted)
    assert ops.count_below(*(xp.asarray(each[:0, :0]) for each in (x, chosen, limits)), xp=xp).shape == (0, 0)
