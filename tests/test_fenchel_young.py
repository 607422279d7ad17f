"""The Fenchel-Young loss of any regulariser: of a name, of functions of one's own, and of labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses import ops

KNOWN = ("shannon", "tsallis15", "gini")
SCORES = np.random.default_rng(5).normal(size=(4, 3))
LABELS = np.asarray([0, 2, 1, 2])


def prediction(scores: Any, regularizer: Any) -> Any:
    """Return what the regulariser makes of scores, from the gradient of the loss."""
    uniform = al.array_namespace(scores).full_like(scores, 1.0 / 3.0)
    return uniform + al.grad(lambda z: al.fenchel_young(z, uniform, regularizer=regularizer, reduction="sum"))(scores)


def squared_norm(x: Any) -> Any:
    return 0.5 * al.array_namespace(x).sum(x * x, axis=-1)


def shannon(y: Any) -> Any:
    xp = al.array_namespace(y)
    return xp.sum(y * xp.log(y), axis=-1)


def logsumexp(z: Any) -> Any:
    return ops.logsumexp(z, -1, xp=al.array_namespace(z))


@pytest.mark.parametrize("regularizer", KNOWN)
def test_it_is_zero_for_the_prediction_alone(regularizer: Any, xp: Any) -> None:
    scores = xp.asarray(SCORES)
    predicted = prediction(scores, regularizer)
    np.testing.assert_allclose(np.asarray(xp.sum(predicted, axis=-1)), 1.0, rtol=1e-14)
    none = al.fenchel_young(scores, predicted, regularizer=regularizer, reduction="none")
    np.testing.assert_allclose(np.asarray(none), 0.0, atol=1e-15)
    others = xp.roll(predicted, 1, axis=-1)
    assert (np.asarray(al.fenchel_young(scores, others, regularizer=regularizer, reduction="none")) > 1e-4).all()


@pytest.mark.parametrize(
    ("regularizer", "of_labels"), [("shannon", al.cross_entropy), ("tsallis15", al.entmax15), ("gini", al.sparsemax)]
)
def test_one_hot_targets_are_labels(regularizer: Any, of_labels: Any, xp: Any) -> None:
    scores, one_hot, labels = xp.asarray(SCORES), xp.asarray(np.eye(3)[LABELS]), xp.asarray(LABELS)
    value, gradient = al.value_and_grad(lambda z: al.fenchel_young(z, one_hot, regularizer=regularizer))(scores)
    wanted, wanted_gradient = al.value_and_grad(lambda z: of_labels(z, labels))(scores)
    assert float(value) == pytest.approx(float(wanted), rel=1e-14)
    np.testing.assert_allclose(np.asarray(gradient), np.asarray(wanted_gradient), atol=1e-15)


def test_functions_of_ones_own_are_the_named_one(xp: Any) -> None:
    arrays = xp.asarray(SCORES.T), xp.asarray(np.random.default_rng(6).dirichlet(np.ones(3), size=4).T)
    named, own = (
        al.value_and_grad(lambda z, y, r=regularizer: al.fenchel_young(z, y, regularizer=r, axis=0), argnums=(0, 1))(
            *arrays
        )
        for regularizer in ("shannon", (logsumexp, shannon))
    )
    assert float(own[0]) == pytest.approx(float(named[0]), rel=1e-13)
    for one, other in zip(own[1], named[1], strict=True):
        np.testing.assert_allclose(np.asarray(one), np.asarray(other), atol=1e-14)


def test_half_the_squared_norm_is_the_squared_error(xp: Any) -> None:
    scores, targets = xp.asarray(SCORES), xp.asarray(np.flip(SCORES, axis=0).copy())

    def loss(z: Any) -> Any:
        return al.fenchel_young(z, targets, regularizer=(squared_norm, squared_norm), reduction="sum")

    value, gradient = al.value_and_grad(loss)(scores)
    assert float(value) == pytest.approx(0.5 * float(al.squared_error(scores, targets, reduction="sum")), rel=1e-14)
    np.testing.assert_allclose(np.asarray(gradient), np.asarray(scores - targets), atol=1e-15)


def test_a_name_that_is_none() -> None:
    with pytest.raises(ValueError, match=r"^regularizer must be one of .*'gini'.* got 'tsallis'"):
        al.fenchel_young(SCORES, SCORES, regularizer="tsallis")  # type: ignore[arg-type]
