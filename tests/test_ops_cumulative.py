"""Running sums."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses import ops

DATA = [[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]]


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_cumulative_sum(xp: Any, dtype: Any, axis: int) -> None:
    found = ops.cumulative_sum(xp.asarray(DATA, dtype=dtype), axis, xp=xp)
    assert found.dtype == dtype
    np.testing.assert_array_equal(np.asarray(found), np.cumsum(DATA, axis=axis))


def test_its_gradient_counts_the_sums(xp: Any, dtype: Any) -> None:
    def total(x: Any) -> Any:
        space = al.array_namespace(x)
        return space.sum(ops.cumulative_sum(x, -1, xp=space))

    found = al.grad(total)(xp.asarray(DATA, dtype=dtype))
    np.testing.assert_array_equal(np.asarray(found), [[3.0, 2.0, 1.0]] * 2)
