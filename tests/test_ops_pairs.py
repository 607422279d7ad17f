"""All pairs of a list: who stands before whom, sums over chosen pairs, and the weights of LambdaRank."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses import ops

SCORES = [[0.5, 2.0, 2.0, -1.0], [3.0, 1.0, 0.0, 7.0]]
TARGETS = [[1.0, 0.0, 3.0, 0.0], [0.0, 2.0, 2.0, 1.0]]
MASK = [[True, True, True, True], [True, True, True, False]]


def test_order_and_ranks(xp: Any) -> None:
    keys = xp.asarray(SCORES[:1])
    before = np.asarray(ops.comes_before(keys, xp=xp))[0]
    assert before.tolist() == [
        [False, False, False, True],
        [True, False, True, True],
        [True, False, False, True],
        [False, False, False, False],
    ]
    everything = xp.ones_like(keys, dtype=xp.bool)
    assert np.asarray(ops.ranks(keys, everything, xp=xp)).tolist() == [[3.0, 1.0, 2.0, 4.0]]
    without_first = xp.asarray([[True, False, True, True]])
    assert np.asarray(ops.ranks(keys, without_first, xp=xp))[0, 2] == 1.0


def test_sum_over_pairs_reads_chosen_pairs_alone(xp: Any) -> None:
    x = xp.asarray([[1.0, 4.0, 9.0]])
    chosen = ops.pairs_in_order(x, xp=xp) & ops.pair_mask(xp.asarray([[True, True, False]]), xp=xp)
    factors = np.full((3, 3), 5.0)
    values, counts = ops.sum_over_pairs(lambda d: d * d, x, chosen, xp=xp, pair_weights=factors)
    assert np.asarray(values).tolist() == [45.0]
    assert np.asarray(counts).tolist() == [1.0]


@pytest.mark.parametrize("shape", [(4,), (3, 4), (3, 4, 4), (1, 2, 4, 4)], ids=str)
def test_pair_weights_of_another_shape(shape: Any) -> None:
    with pytest.raises(ValueError, match="pair_weights must have one entry a pair of items"):
        al.pairwise_logistic(SCORES, TARGETS, pair_weights=np.ones(shape))


def ndcg(order: Any, targets: Any) -> float:
    gains = [(2.0 ** targets[i] - 1.0) / math.log2(place + 2.0) for place, i in enumerate(order)]
    best = sorted((2.0**t - 1.0 for t in targets), reverse=True)
    return math.fsum(gains) / math.fsum(gain / math.log2(place + 2.0) for place, gain in enumerate(best))


def test_ndcg_weights_are_the_change_by_a_swap(xp: Any) -> None:
    found = np.asarray(ops.ndcg_weights(xp.asarray(SCORES), xp.asarray(TARGETS), xp=xp, mask=xp.asarray(MASK)))
    for weights, s, t, there in zip(found, SCORES, TARGETS, MASK, strict=True):
        items = [i for i in range(4) if there[i]]
        order = sorted(items, key=lambda i: (-s[i], i))
        numbers = [t[i] for i in items]
        for i, j in itertools.combinations(items, 2):
            swapped = [{i: j, j: i}.get(k, k) for k in order]
            change = abs(ndcg(order, numbers) - ndcg(swapped, numbers))
            assert weights[i, j] == pytest.approx(change, abs=1e-15)
            assert weights[j, i] == weights[i, j]
    assert not found[1, 3].any()
    assert not found[1, :, 3].any()


def test_a_list_without_relevance_has_no_weights(xp: Any) -> None:
    x = xp.asarray([[1.0, 2.0]])
    assert not np.asarray(ops.ndcg_weights(x, xp.zeros_like(x), xp=xp)).any()


def test_ndcg_weights_are_constants() -> None:
    def loss(s: Any) -> Any:
        xp = al.array_namespace(s)
        return al.pairwise_logistic(s, TARGETS, pair_weights=ops.ndcg_weights(s, xp.asarray(TARGETS), xp=xp))

    s = np.asarray(SCORES)
    fixed = ops.ndcg_weights(s, np.asarray(TARGETS), xp=al.array_namespace(s))
    wanted = al.grad(lambda s: al.pairwise_logistic(s, TARGETS, pair_weights=fixed))(s)
    np.testing.assert_array_equal(al.grad(loss)(s), wanted)


@pytest.mark.parametrize("mask", [[True, False], [[True] * 4]], ids=str)
def test_a_mask_of_another_shape(mask: Any) -> None:
    with pytest.raises(ValueError, match="mask must have the shape of scores"):
        al.list_mle(SCORES, TARGETS, mask=mask)


def test_a_mask_is_boolean() -> None:
    with pytest.raises(TypeError, match="mask must be boolean"):
        al.ranking_softmax(SCORES, TARGETS, mask=np.ones((2, 4)))


@pytest.mark.parametrize("axis", [-1, 0, 1])
@pytest.mark.parametrize("name", ["ranking_softmax", "list_mle", "approx_ndcg", "pairwise_hinge"])
def test_a_mask_is_dropping_items(name: str, axis: int) -> None:
    loss = getattr(al, name)
    padded = [np.asarray(array) for array in (SCORES, TARGETS, MASK)]
    if axis == 0:
        padded = [array.T for array in padded]
    values = loss(*padded[:2], mask=padded[2], axis=axis, reduction="none")
    short = loss([SCORES[1][:3]], [TARGETS[1][:3]], reduction="none")
    np.testing.assert_allclose(values[1], short[0], rtol=1e-14)
