"""Picking and marking by integer label, on every axis, and NaN where a label is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses import ops

DATA = np.arange(24.0).reshape(2, 3, 4)


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3])
def test_pick_and_one_hot_agree_with_numpy(axis: int, xp: Any) -> None:
    labels = np.random.default_rng(0).integers(0, DATA.shape[axis], np.delete(DATA.shape, axis))
    x = xp.asarray(DATA)
    picked = np.squeeze(np.take_along_axis(DATA, np.expand_dims(labels, axis), axis), axis)
    np.testing.assert_array_equal(np.asarray(ops.pick(x, xp.asarray(labels), axis, xp=xp)), picked)
    marked = ops.one_hot(xp.asarray(labels), x, axis, xp=xp)
    assert marked.shape == DATA.shape
    assert marked.dtype == xp.bool
    np.testing.assert_array_equal(np.sum(DATA * np.asarray(marked), axis=axis), picked)
    np.testing.assert_array_equal(np.sum(np.asarray(marked), axis=axis), 1)


def test_a_negative_label_is_nan_in_value_and_gradient(xp: Any) -> None:
    x, labels = xp.asarray([[1.0, 2.0], [3.0, 4.0]]), xp.asarray([-1, 1])
    np.testing.assert_array_equal(np.asarray(ops.pick(x, labels, -1, xp=xp)), [1.0, 4.0])
    picked = xp.asarray([1.0, 4.0])
    np.testing.assert_array_equal(np.asarray(ops.invalidate(picked, labels, xp=xp)), [np.nan, 4.0])

    def total(x: Any) -> Any:
        space = al.array_namespace(x)
        return space.sum(ops.invalidate(ops.pick(x, labels, -1, xp=space), labels, xp=space))

    slopes = np.asarray(al.grad(total)(x))
    assert np.isnan(slopes[0]).any()
    np.testing.assert_array_equal(slopes[1], [0.0, 1.0])


def test_one_hot_marks_nothing_for_a_label_out_of_range(xp: Any) -> None:
    marked = ops.one_hot(xp.asarray([-1, 2]), xp.asarray([[1.0, 2.0], [3.0, 4.0]]), -1, xp=xp)
    assert not np.asarray(marked).any()


def test_take_keeps_the_shape_of_the_labels(xp: Any) -> None:
    vector, labels = xp.asarray([10.0, 20.0, 30.0]), xp.asarray([[0, 2], [1, -1]])
    np.testing.assert_array_equal(np.asarray(ops.take(vector, labels, xp=xp)), [[10.0, 30.0], [20.0, 10.0]])
    assert ops.take(vector, labels[:0, :], xp=xp).shape == (0, 2)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_positions_and_along(axis: int, xp: Any) -> None:
    x = xp.asarray(DATA)
    where = ops.positions(x, axis, xp=xp)
    assert xp.isdtype(where.dtype, "integral")
    np.testing.assert_array_equal(np.asarray(where), np.arange(DATA.shape[axis]))
    spread = np.broadcast_to(np.asarray(ops.along(where, x, axis, xp=xp)), DATA.shape)
    np.testing.assert_array_equal(spread, np.indices(DATA.shape)[axis])
