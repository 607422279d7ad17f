"""The softmax functions of `ops` against exact numbers: confident rows, ties, excluded classes, one class."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses import ops
from tests.exact import assert_exact, mp, numbers

ROWS = {
    "plain": [0.3, -1.2, 2.0, 0.7],
    "tie": [1.5, 1.5, 1.5, 1.5],
    "tie at the top": [3.0, -1.0, 3.0, -1.0],
    "confident": [40.0, 0.0, -3.0, 1.0],
    "very confident": [1e4, -1e4, 0.0, 9.9e3],
    "far away": [-1e4, -1e4 + 1, -1e4 - 1, -1e4],
    "excluded class": [0.3, -math.inf, 2.0, 0.7],
    "one class left": [-math.inf, 1.0, -math.inf, -math.inf],
    "one class": [0.7],
}


def terms(row: list[Any]) -> list[Any]:
    return [mp.exp(number) for number in row]


@pytest.fixture(params=sorted(ROWS))
def row(request: pytest.FixtureRequest) -> list[float]:
    return ROWS[request.param]


def gradient(f: Any, x: Any) -> Any:
    return al.grad(lambda x: al.array_namespace(x).sum(f(x, al.array_namespace(x))))(x)


def test_logsumexp_and_its_gradient(row: list[float], xp: Any, dtype: Any) -> None:
    x = xp.asarray([row], dtype=dtype)
    exact = numbers(x)
    total = mp.fsum(terms(exact))
    assert_exact(ops.logsumexp(x, -1, xp=xp), [mp.log(total)], ulps=2)
    slopes = gradient(lambda x, xp: ops.logsumexp(x, -1, xp=xp), x)
    assert_exact(slopes, [term / total for term in terms(exact)], ulps=4)


def test_log_softmax_keeps_its_digits(row: list[float], xp: Any, dtype: Any) -> None:
    x = xp.asarray([row], dtype=dtype)
    exact = numbers(x)
    leader = max(exact)
    # The leader's is minus the logarithm of one plus small terms: no digit may be lost there.
    truth = [number - leader - mp.log(mp.fsum(mp.exp(other - leader) for other in exact)) for number in exact]
    assert_exact(ops.log_softmax(x, -1, xp=xp), truth, ulps=4)


@pytest.mark.parametrize("label", range(4))
def test_log_odds_and_their_gradient(row: list[float], label: int, xp: Any, dtype: Any) -> None:
    x = xp.asarray([row], dtype=dtype)
    if label >= len(row):
        return
    labels = xp.asarray([label])
    exact = numbers(x)
    others = [term for index, term in enumerate(terms(exact)) if index != label]
    odds = ops.log_odds_against(x, labels, -1, xp=xp)
    if not mp.fsum(others):
        assert float(odds[0]) <= -1e38  # nothing against it: the lowest number or less
        return
    if exact[label] == -mp.mpf("inf"):
        assert float(odds[0]) == math.inf
        return
    truth = mp.log(mp.fsum(others)) - exact[label]
    # A difference is exact to the rounding of its two numbers.
    cancelled = max(abs(number) for number in exact if abs(number) < mp.mpf("inf")) / abs(truth)
    assert_exact(odds, [truth], ulps=4 * max(1.0, float(cancelled)))
    slopes = gradient(lambda x, xp: ops.log_odds_against(x, labels, -1, xp=xp), x)
    shares = [term / mp.fsum(others) for term in terms(exact)]
    assert_exact(slopes, [mp.mpf(-1) if index == label else share for index, share in enumerate(shares)], ulps=4)


def test_a_row_without_any_class_is_finite(xp: Any) -> None:
    x = xp.asarray([[-math.inf, -math.inf], [0.0, 1.0]])
    found = np.asarray(ops.logsumexp(x, -1, xp=xp))
    assert found[0] == np.finfo(np.float64).min
    assert not np.any(np.isnan(np.asarray(gradient(lambda x, xp: ops.logsumexp(x, -1, xp=xp), x))))


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
def test_any_axis(axis: int, xp: Any) -> None:
    data = np.random.default_rng(0).normal(size=(2, 3, 4))
    x = xp.asarray(data)
    sums = np.log(np.sum(np.exp(data), axis=axis))
    np.testing.assert_allclose(np.asarray(ops.logsumexp(x, axis, xp=xp)), sums, rtol=1e-14)
    shifted = data - np.expand_dims(sums, axis)
    np.testing.assert_allclose(np.asarray(ops.log_softmax(x, axis, xp=xp)), shifted, rtol=1e-13)
    labels = np.argmax(data, axis=axis)
    odds = np.asarray(ops.log_odds_against(x, xp.asarray(labels), axis, xp=xp))
    picked = np.squeeze(np.take_along_axis(shifted, np.expand_dims(labels, axis), axis), axis)
    np.testing.assert_allclose(odds, np.log(np.expm1(-picked)), rtol=1e-12)


def test_a_negative_label_is_finite_and_leaves_the_others_alone(xp: Any) -> None:
    x = xp.asarray([[1.0, 2.0], [3.0, 5.0]])
    odds = np.asarray(ops.log_odds_against(x, xp.asarray([-1, 1]), -1, xp=xp))
    assert np.isfinite(odds).all()
    slopes = np.asarray(gradient(lambda x, xp: ops.log_odds_against(x, xp.asarray([-1, 1]), -1, xp=xp), x))
    np.testing.assert_array_equal(slopes[1], [1.0, -1.0])
