"""The last line of every loss: what weights, mask, normalizer and reduction mean, and where gradients go."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses.ops import reduce

VALUES = [[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]]
WEIGHTS = [[1.0, 0.0, 2.0], [3.0, 1.0, 1.0]]
WHERE = [[True, True, False], [False, True, True]]
NORMALIZER = [[2.0, 1.0, 1.0], [1.0, 1.0, 4.0]]


def gradient(x: Any, **options: Any) -> np.ndarray:
    return np.asarray(al.grad(lambda x: reduce(x, **options))(x))


@pytest.mark.parametrize(
    ("options", "total", "count"),
    [
        ({}, 63.0, 6.0),
        ({"weights": WEIGHTS}, 1.0 + 8.0 + 24.0 + 16.0 + 32.0, 8.0),
        ({"where": WHERE}, 1.0 + 2.0 + 16.0 + 32.0, 4.0),
        ({"weights": WEIGHTS, "where": WHERE}, 1.0 + 16.0 + 32.0, 3.0),
        ({"normalizer": NORMALIZER}, 63.0, 10.0),
        ({"normalizer": NORMALIZER, "weights": WEIGHTS}, 81.0, 2.0 + 2.0 + 3.0 + 1.0 + 4.0),
        ({"normalizer": NORMALIZER, "where": WHERE}, 51.0, 2.0 + 1.0 + 1.0 + 4.0),
        ({"weights": 3.0}, 3 * 63.0, 3 * 6.0),
        ({"weights": [[2.0], [1.0]]}, 14.0 + 56.0, 9.0),
        ({"weights": [1.0, 0.0, 0.0]}, 9.0, 2.0),
        ({"where": [[True], [False]]}, 7.0, 3.0),
        ({"where": True}, 63.0, 6.0),
    ],
)
def test_sum_and_mean(options: dict[str, Any], total: float, count: float, xp: Any, dtype: Any) -> None:
    values = xp.asarray(VALUES, dtype=dtype)
    arrays = {name: xp.asarray(option) for name, option in options.items()}
    if "normalizer" in options:
        arrays["normalizer"] = xp.asarray(options["normalizer"], dtype=dtype)
    for given in (options, arrays) if "normalizer" not in options else (arrays,):
        summed, mean = reduce(values, reduction="sum", **given), reduce(values, **given)
        assert (summed.shape, summed.dtype, mean.shape, mean.dtype) == ((), dtype, (), dtype)
        assert float(summed) == total
        assert float(mean) == pytest.approx(total / count, rel=1e-6)


def test_none_keeps_shape_and_dtype(xp: Any, dtype: Any) -> None:
    values = xp.asarray(VALUES, dtype=dtype)
    found = reduce(values, weights=xp.asarray(WEIGHTS), where=xp.asarray(WHERE), reduction="none")
    assert found.dtype == dtype
    np.testing.assert_array_equal(np.asarray(found), [[1.0, 0.0, 0.0], [0.0, 16.0, 32.0]])


def test_constant_weights_change_no_mean_and_integer_weights_repeat(xp: Any) -> None:
    values = xp.asarray([1.0, 2.0, 4.0])
    assert float(reduce(values, weights=xp.asarray([0.3, 0.3, 0.3]))) == pytest.approx(float(reduce(values)))
    repeated = xp.asarray([1.0, 1.0, 4.0, 4.0, 4.0])
    assert float(reduce(values, weights=xp.asarray([2, 0, 3]))) == float(reduce(repeated))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_what_is_excluded_reaches_nothing(bad: float, reduction: str, xp: Any) -> None:
    options = {"where": xp.asarray([True, False, True]), "reduction": reduction}
    values, clean = xp.asarray([1.0, bad, 4.0]), xp.asarray([1.0, 2.0, 4.0])
    assert float(reduce(values, **options)) == float(reduce(clean, **options))
    np.testing.assert_array_equal(gradient(values, **options), gradient(clean, **options))
    assert gradient(values, **options)[1] == 0.0
    weights = xp.asarray([1.0, bad, 1.0])
    assert float(reduce(clean, weights=weights, **options)) == float(reduce(clean, **options))
    slopes = np.asarray(al.grad(lambda w: reduce(clean, weights=w, **options))(weights))
    assert np.isfinite(slopes).all()
    assert slopes[1] == 0.0


@pytest.mark.parametrize(
    ("shape", "options"),
    [
        ((3,), {"where": [False, False, False]}),
        ((3,), {"weights": [0.0, 0.0, 0.0]}),
        ((3,), {"weights": [0.0, 1.0, 0.0], "where": [True, False, True]}),
        ((0,), {}),
        ((0,), {"weights": []}),
        ((2, 0), {"where": [[True], [True]]}),
    ],
)
def test_a_mean_over_nothing_is_zero_with_gradient_zero(
    shape: tuple[int, ...], options: dict[str, Any], xp: Any, dtype: Any
) -> None:
    values = xp.ones(shape, dtype=dtype)
    arrays = {name: xp.asarray(option) for name, option in options.items()}
    assert float(reduce(values, **arrays)) == 0.0
    np.testing.assert_array_equal(gradient(values, **arrays), np.zeros(shape))


def test_weights_that_cancel_are_no_empty_mean(xp: Any) -> None:
    with np.errstate(divide="ignore"):
        assert float(reduce(xp.asarray([2.0, 1.0]), weights=xp.asarray([1.0, -1.0]))) == math.inf


def test_gradients_of_the_weighted_mean(xp: Any) -> None:
    values, weights = xp.asarray([1.0, 2.0, 4.0]), xp.asarray([1.0, 1.0, 2.0])
    np.testing.assert_array_equal(gradient(values, weights=weights), [0.25, 0.25, 0.5])
    by_weight = np.asarray(al.grad(lambda w: reduce(values, weights=w))(weights))
    np.testing.assert_allclose(by_weight, (np.array([1.0, 2.0, 4.0]) - 2.75) / 4)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"reduction": "avg"}, ValueError, "reduction must be 'mean', 'sum' or 'none', got 'avg'"),
        ({"reduction": None}, ValueError, "reduction must be .*, got None"),
        ({"weights": [1.0, 2.0]}, ValueError, r"weights must broadcast to .* \(2, 3\), got \(2,\)"),
        ({"weights": [[[1.0]]]}, ValueError, r"weights must broadcast .*, got \(1, 1, 1\)"),
        ({"weights": [1j, 1j, 1j]}, TypeError, "weights must"),
        ({"where": [1.0, 0.0, 1.0]}, TypeError, "where must be boolean, got dtype .*float64"),
        ({"where": [True, False]}, ValueError, r"where must broadcast .* \(2, 3\), got \(2,\)"),
        ({"where": "all"}, TypeError, "where must be an array"),
    ],
)
def test_what_does_not_fit_is_an_error(options: dict[str, Any], error: type, message: str, xp: Any) -> None:
    with pytest.raises(error, match=message):
        reduce(xp.asarray(VALUES), **options)
