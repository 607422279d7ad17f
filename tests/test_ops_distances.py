"""Norms and directions: gradient 0 at zero vectors, and no over- or underflow of squares."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses import ops
from tests.exact import assert_exact, mp, numbers

SCALES = (1.0, 1e30, 1e-30)


def gradient(f: Any, x: Any) -> Any:
    return al.grad(lambda x: al.array_namespace(x).sum(f(x, al.array_namespace(x))))(x)


@pytest.mark.parametrize("scale", SCALES)
def test_euclidean_norm_and_its_gradient(scale: float, xp: Any, dtype: Any) -> None:
    x = xp.asarray([[3.0 * scale, -4.0 * scale, 1.0 * scale]], dtype=dtype)
    exact = numbers(x)
    length = mp.sqrt(mp.fsum(number**2 for number in exact))
    assert_exact(ops.norm(x, -1, xp=xp), [length], ulps=2)
    slopes = gradient(lambda x, xp: ops.norm(x, -1, xp=xp), x)
    assert_exact(slopes, [number / length for number in exact], ulps=4)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("p", [1.0, 1.5, 3.0, math.inf])
def test_other_norms(p: float, scale: float, xp: Any, dtype: Any) -> None:
    x = xp.asarray([[3.0 * scale, -4.0 * scale, 1.0 * scale]], dtype=dtype)
    sizes = [abs(number) for number in numbers(x)]
    truth = max(sizes) if p == math.inf else mp.fsum(size**p for size in sizes) ** (1 / mp.mpf(p))
    assert_exact(ops.norm(x, -1, xp=xp, p=p), [truth], ulps=8)


@pytest.mark.parametrize("p", [1.0, 1.5, 2.0, 3.0, math.inf])
def test_the_zero_vector_has_gradient_zero(p: float, xp: Any, dtype: Any) -> None:
    x = xp.asarray([[0.0, 0.0], [3.0, -4.0]], dtype=dtype)
    assert float(ops.norm(x, -1, xp=xp, p=p)[0]) == 0.0
    slopes = np.asarray(gradient(lambda x, xp: ops.norm(x, -1, xp=xp, p=p), x))
    np.testing.assert_array_equal(slopes[0], [0.0, 0.0])
    assert np.all(np.isfinite(slopes[1]))
    assert np.any(slopes[1] != 0)


@pytest.mark.parametrize("scale", SCALES)
def test_directions(scale: float, xp: Any, dtype: Any) -> None:
    x = xp.asarray([[3.0 * scale, -4.0 * scale], [0.0, 0.0]], dtype=dtype)
    exact = numbers(x)[:2]
    length = mp.sqrt(mp.fsum(number**2 for number in exact))
    assert_exact(ops.unit(x, -1, xp=xp), [*(number / length for number in exact), mp.mpf(0), mp.mpf(0)], ulps=2)
    # d(x / |x|) / dx_0 summed over both entries: (x_1^2 - x_0 x_1) / |x|^3.
    slopes = gradient(lambda x, xp: ops.unit(x, -1, xp=xp), x)
    first, second = exact
    right = [second * (second - first) / length**3, first * (first - second) / length**3]
    assert_exact(slopes, [*right, mp.mpf(0), mp.mpf(0)], ulps=8)


def test_the_axis_is_consumed_or_kept(xp: Any) -> None:
    data = np.random.default_rng(0).normal(size=(2, 3, 4))
    x = xp.asarray(data)
    for axis in (0, 1, -1, (1, 2)):
        truth = np.sqrt(np.sum(data**2, axis=axis))
        np.testing.assert_allclose(np.asarray(ops.norm(x, axis, xp=xp)), truth, rtol=1e-14)
        kept = ops.norm(x, axis, xp=xp, keepdims=True)
        assert kept.shape == np.sum(data, axis=axis, keepdims=True).shape


def test_entries_of_different_size_in_one_vector(xp: Any) -> None:
    x = xp.asarray([[1e30, 1e-30]], dtype=xp.float32)
    assert_exact(ops.norm(x, -1, xp=xp), [mp.sqrt(mp.fsum(number**2 for number in numbers(x)))], ulps=1)


def test_a_common_scale_is_a_constant_beyond_zero(xp: Any, dtype: Any) -> None:
    x = xp.asarray([[3.0, -4.0], [0.0, 0.0], [1e-44, 0.0]], dtype=dtype)
    largest = np.asarray(ops.common_scale(x, -1, xp=xp))
    assert largest.shape == (3, 1)
    assert largest[0, 0] == 4.0
    assert (largest > 0).all()
    assert ops.common_scale(x[:, :0], -1, xp=xp).shape == (3, 1)
    assert not np.asarray(gradient(lambda x, xp: x * 0.0 + ops.common_scale(x, -1, xp=xp), x)).any()
