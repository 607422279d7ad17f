"""Similarities of all rows of two matrices, and the checks of such losses."""

from __future__ import annotations

from typing import Any

import array_api_strict
import numpy as np
import pytest

from agnostic_losses import ops

XP = ops.array_namespace(np.ones(1))


@pytest.mark.parametrize("length", [1e-30, 1.0, 1e30])
def test_cosines_of_vectors_of_any_length(length: float) -> None:
    rows = np.asarray([[3.0, 4.0], [0.0, 0.0]], dtype=np.float32)
    others = np.asarray([[length, 0.0], [0.0, -length], [3.0, 4.0]], dtype=np.float32)
    wanted = [[0.6, -0.8, 1.0], [0.0, 0.0, 0.0]]
    np.testing.assert_allclose(ops.similarities(rows, others, xp=XP), wanted, rtol=2e-7)


def test_inner_products() -> None:
    rows = np.asarray([[1.0, 2.0]])
    np.testing.assert_array_equal(ops.similarities(rows, 3.0 * rows, xp=XP, normalize=False), [[15.0]])


@pytest.mark.parametrize("wrong", [np.ones(2), np.ones((2, 3, 2)), np.ones((4, 3))])
def test_what_is_no_matrix_of_as_many_features(wrong: Any) -> None:
    with pytest.raises(ValueError, match="keys must"):
        ops.check_matrices(queries=np.ones((2, 2)), keys=wrong)
    ops.check_matrices(queries=np.ones((2, 2)), keys=np.ones((4, 2)))


def test_a_scale_is_positive_or_a_scalar_array() -> None:
    like = array_api_strict.ones((2, 2), dtype=array_api_strict.float32)
    assert ops.as_scale(2, like, "scale") == 2.0
    assert ops.as_scale(array_api_strict.asarray(0.5), like, "scale").dtype == like.dtype
    for wrong in (0.0, -1.0, float("inf"), np.ones(2)):
        with pytest.raises(ValueError, match="scale must"):
            ops.as_scale(wrong, like, "scale")
