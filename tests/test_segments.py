"""Segments of the losses of rankings: several queries in one row are as many lists in rows of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses import ops

SCORES = np.asarray([[0.5, 2.0, -1.0, 0.25, 3.0, 1.0], [0.0, 1.0, 4.0, -2.0, 0.5, 0.5]])
TARGETS = np.asarray([[1.0, 0.0, 2.0, 0.0, 3.0, 1.0], [0.0, 0.0, 2.0, 1.0, 0.0, 0.0]])
SEGMENTS = np.asarray([[8, 3, 8, 3, 3, 8], [1, 1, 5, 5, -7, 2]])
MASK = np.asarray([[True, True, True, True, False, True], [True, True, True, True, False, True]])
LOSSES = {
    "ranking_softmax": {},
    "ranking_softmax of shares": {"normalize_targets": True},
    "list_mle": {},
    "approx_ndcg": {"temperature": 0.5},
    "pairwise_logistic": {},
    "pairwise_hinge": {"margin": 0.75},
    "pairwise_squared_error": {},
}

every_loss = pytest.mark.parametrize("name", LOSSES)


def loss_of(name: str) -> Any:
    function, options = getattr(al, name.partition(" ")[0]), LOSSES[name]

    def call(*arrays: Any, **more: Any) -> Any:
        return function(*arrays, **options, **more)

    return call


def apart(*arrays: Any) -> list[Any]:
    """Return the arrays with one query in each row, and the mask of what is there."""
    rows = [(n, name) for n, ids in enumerate(SEGMENTS) for name in sorted(set(ids.tolist()))]
    chosen = np.stack([(SEGMENTS[n] == name) & MASK[n] for n, name in rows])
    return [np.stack([array[n] for n, _ in rows]) for array in arrays] + [chosen]


@every_loss
@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_a_segment_is_a_list(name: str, reduction: str, xp: Any) -> None:
    def together(scores: Any) -> Any:
        return loss_of(name)(scores, TARGETS, mask=xp.asarray(MASK), segments=xp.asarray(SEGMENTS), reduction=reduction)

    scores, targets, mask = apart(SCORES, TARGETS)
    value, gradient = al.value_and_grad(together)(xp.asarray(SCORES))
    wanted, parts = al.value_and_grad(lambda s: loss_of(name)(s, targets, mask=mask, reduction=reduction))(scores)
    assert float(value) == pytest.approx(float(wanted), rel=1e-14)
    owners = np.repeat([0, 1], [len(set(ids.tolist())) for ids in SEGMENTS])
    summed = np.stack([parts[owners == n].sum(axis=0) for n in range(2)])
    np.testing.assert_allclose(np.asarray(gradient), summed, rtol=1e-13, atol=1e-16)


@every_loss
def test_one_segment_is_none(name: str) -> None:
    segments = np.full(SEGMENTS.shape, 4)
    for mask in (None, MASK):
        found = loss_of(name)(SCORES, TARGETS, mask=mask, segments=segments)
        np.testing.assert_allclose(found, loss_of(name)(SCORES, TARGETS, mask=mask), rtol=1e-14)


@every_loss
def test_items_along_the_first_axis(name: str) -> None:
    wanted = loss_of(name)(SCORES, TARGETS, segments=SEGMENTS, reduction="none")
    found = loss_of(name)(SCORES.T, TARGETS.T, segments=SEGMENTS.T, axis=0, reduction="none")
    np.testing.assert_array_equal(found, wanted)


@every_loss
def test_segments_change_the_loss(name: str) -> None:
    found = loss_of(name)(SCORES, TARGETS, segments=SEGMENTS, reduction="none")
    assert (found != loss_of(name)(SCORES, TARGETS, reduction="none")).all()


@every_loss
def test_segments_of_another_kind(name: str) -> None:
    with pytest.raises(TypeError, match="segments must be integer ids of lists, got dtype float64"):
        loss_of(name)(SCORES, TARGETS, segments=SEGMENTS.astype(float))
    for wrong in (SEGMENTS[0], SEGMENTS[:, :1]):
        with pytest.raises(ValueError, match="segments must have the shape of scores"):
            loss_of(name)(SCORES, TARGETS, segments=wrong)


def test_ndcg_weights_of_segments() -> None:
    found = ops.ndcg_weights(SCORES, TARGETS, xp=al.array_namespace(SCORES), mask=MASK, segments=SEGMENTS)
    scores, targets, mask = apart(SCORES, TARGETS)
    alone = ops.ndcg_weights(scores, targets, xp=al.array_namespace(scores), mask=mask)
    owners = np.repeat([0, 1], [len(set(ids.tolist())) for ids in SEGMENTS])
    np.testing.assert_allclose(found, np.stack([alone[owners == n].sum(axis=0) for n in range(2)]), rtol=1e-14)
    assert found.any()
