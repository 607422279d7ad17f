"""Smoothed labels, and weights of classes, against exact numbers and against the cases that are known by heart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses import ops
from tests.exact import assert_exact, mp, numbers

COUNTS = (1.0, 2.0, 10.0, 5000.0, 1e6)


@pytest.mark.parametrize("axis", [0, -1])
def test_smoothing_mixes_equal_probabilities(xp: Any, dtype: Any, axis: int) -> None:
    targets = xp.asarray([[0.0, 1.0, 0.0, 0.0], [0.1, 0.2, 0.3, 0.4]], dtype=dtype)
    smoothed = ops.smooth_labels(targets, 0.1, axis, xp=xp)
    assert smoothed.dtype == dtype
    share = mp.mpf(0.1) / targets.shape[axis]
    assert_exact(smoothed, [(1 - mp.mpf(0.1)) * t + share for t in numbers(targets)], ulps=2.0)


def test_smoothing_of_two_classes_is_keras_rule(xp: Any, dtype: Any) -> None:
    smoothed = ops.smooth_labels(xp.asarray([0.0, 1.0, 0.5], dtype=dtype), 0.2, None, xp=xp)
    assert_exact(smoothed, [mp.mpf(0.1), mp.mpf(0.9), mp.mpf(0.5)], ulps=1.0)


def test_smoothing_first_is_the_option(xp: Any) -> None:
    logits = xp.asarray([[0.5, -1.0, 2.0], [3.0, 0.0, 0.0]], dtype=xp.float64)
    targets = xp.asarray([[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]], dtype=xp.float64)
    first = al.soft_cross_entropy(logits, ops.smooth_labels(targets, 0.3, -1, xp=xp))
    assert float(first) == pytest.approx(float(al.soft_cross_entropy(logits, targets, label_smoothing=0.3)), rel=1e-14)
    first = al.binary_cross_entropy_with_logits(logits, ops.smooth_labels(targets, 0.3, None, xp=xp))
    option = al.binary_cross_entropy_with_logits(logits, targets, label_smoothing=0.3)
    assert float(first) == pytest.approx(float(option), rel=1e-14)


@pytest.mark.parametrize("beta", [0.5, 0.9, 0.999, 0.9999999])
def test_weights_follow_the_effective_numbers(xp: Any, dtype: Any, beta: float) -> None:
    weights = ops.class_balanced_weights(xp.asarray(COUNTS, dtype=dtype), beta, xp=xp)
    assert weights.dtype == dtype
    rarity = [(1 - mp.mpf(beta)) / (1 - mp.mpf(beta) ** int(n)) for n in COUNTS]
    assert_exact(weights, [len(rarity) * r / sum(rarity) for r in rarity], ulps=8.0)


def test_the_ends_of_beta(xp: Any, dtype: Any) -> None:
    counts = xp.asarray([1.0, 3.0], dtype=dtype)
    assert_exact(ops.class_balanced_weights(counts, 0.0, xp=xp), [mp.mpf(1), mp.mpf(1)], ulps=0.0)
    assert_exact(ops.class_balanced_weights(counts, 1.0, xp=xp), [mp.mpf(1.5), mp.mpf(0.5)], ulps=1.0)


@pytest.mark.parametrize("beta", [0.0, 0.9, 1.0])
@pytest.mark.parametrize("count", [0.0, -1.0, float("nan")])
def test_no_weights_with_a_class_without_samples(xp: Any, beta: float, count: float) -> None:
    weights = ops.class_balanced_weights(xp.asarray([2.0, count], dtype=xp.float64), beta, xp=xp)
    assert np.isnan(np.asarray(weights)).all()


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_options_out_of_range(value: float) -> None:
    xp = al.array_namespace(np.ones(2))
    with pytest.raises(ValueError, match=r"^label_smoothing must"):
        ops.smooth_labels(np.ones(2), value, -1, xp=xp)
    with pytest.raises(ValueError, match=r"^beta must"):
        ops.class_balanced_weights(np.ones(2), value, xp=xp)
