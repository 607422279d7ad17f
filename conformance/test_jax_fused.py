"""JAX's forms against the generic bodies that they stand for, on both sides of every branch that they take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from agnostic_losses import ops
from agnostic_losses.backends import jax_distances, jax_fused
from agnostic_losses.losses import divergence, multiclass
from agnostic_losses.ops import distances, softmax, special
from conformance.frameworks import JAX, jax

jnp = jax.numpy
RNG = np.random.default_rng(11)
SPREAD = np.asarray([0.0, -0.3, 0.7, -0.999, 0.999, 1.0, -1.0, 1.5, -3.0, 20.0, -40.0])
ORDINARY = RNG.normal(size=(4, 6))
CONFIDENT = np.concatenate([ORDINARY, [[60.0, 0, 1, 2, 3, 4], [2.0, 2, 2, -60, -60, -60]]])
EXCLUDED = np.where(CONFIDENT < -0.5, -np.inf, CONFIDENT)
LABELS = np.asarray([0, 1, 5, 2, 0, 0])
SCALED = np.concatenate([ORDINARY, np.zeros((1, 6)), ORDINARY[:2] * 1e200, ORDINARY[:2] * 1e-200])
TARGETS = np.where(np.isinf(EXCLUDED), 0.0, 0.25)

FORMS = jax_fused.FORMS | jax_distances.FORMS

Case = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]


def _of_labels(x: Any) -> Case:
    return softmax._log_odds_against, (x, LABELS[: len(x)]), {"axis": -1}


CASES: dict[str, tuple[str, Case]] = {
    "log_cosh": ("log_cosh", (special._log_cosh, (SPREAD,), {})),
    "exp_remainder": ("exp_remainder", (special._exp_remainder, (SPREAD,), {})),
    "log_softmax": ("log_softmax", (softmax._log_softmax, (ORDINARY,), {"axis": -1})),
    "log_softmax, confident": ("log_softmax", (softmax._log_softmax, (CONFIDENT.T,), {"axis": 0})),
    "soft": ("soft_cross_entropy", (multiclass._soft_cross_entropy, (ORDINARY, TARGETS[:4]), {"axis": -1})),
    "soft, excluded": ("soft_cross_entropy", (multiclass._soft_cross_entropy, (EXCLUDED, TARGETS), {"axis": -1})),
    "logs": ("kl_divergence_with_log_targets", (divergence._kl_of_logs, (ORDINARY, -(ORDINARY**2)), {"axis": -1})),
    "logs, excluded": ("kl_divergence_with_log_targets", (divergence._kl_of_logs, (CONFIDENT, EXCLUDED), {"axis": -1})),
    "distance": ("distance", (distances._distance, (ORDINARY, ORDINARY[::-1]), {"axis": -1})),
    "distance, scaled": ("distance", (distances._distance, (SCALED.T, 0.5 * SCALED.T), {"axis": 0})),
    "cosine, apart": ("cosine_distance", (distances._cosine_distance, (ORDINARY, -(ORDINARY**2)), {"axis": -1})),
    "cosine, near": ("cosine_distance", (distances._cosine_distance, (ORDINARY, ORDINARY + 0.01), {"axis": -1})),
    "odds": ("log_odds_against", _of_labels(ORDINARY)),
    "odds, confident": ("log_odds_against", _of_labels(CONFIDENT * 10.0)),
}


def _uneven(x: Any) -> Any:
    """Return unequal numbers in the shape of an array."""
    return jnp.reshape(jnp.cos(jnp.arange(x.size, dtype=x.dtype)), x.shape)


def results(f: Callable[..., Any], x: Any, rest: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return values, and what forward over reverse mode has of their first and second derivatives."""

    def total(x: Any) -> Any:
        values = f(x, *rest)
        return jnp.sum(jnp.where(jnp.isfinite(values), values, 0.0) * _uneven(values))

    def evaluate(x: Any) -> tuple[Any, ...]:
        return f(x, *rest), *jax.jvp(jax.grad(total), (x,), (_uneven(x),))

    return tuple(map(np.asarray, jax.jit(evaluate)(x)))


def largest_difference(name: str) -> float:
    """Return the largest difference of a form and its body, relative to the larger of the number and 1."""
    form, (generic, arrays, options) = CASES[name]
    x, *rest = (JAX.array(array) for array in arrays)
    fused = results(lambda *x: FORMS[form](None, *x, **options), x, tuple(rest))
    body = results(lambda *x: generic(*x, xp=jnp, **options), x, tuple(rest))
    found = 0.0
    for one, other in zip(fused, body, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(np.isfinite(one), np.isfinite(other))
        finite = np.isfinite(other)
        found = max(found, *(np.abs(one - other)[finite] / np.maximum(np.abs(other[finite]), 1.0)))
    return found


@pytest.mark.parametrize("name", CASES)
def test_forms_equal_the_generic_bodies(name: str) -> None:
    assert largest_difference(name) < 1e-13


def test_every_form_has_a_case() -> None:
    assert {form for form, _ in CASES.values()} == set(FORMS)


def test_the_guard_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jax_fused, "_tanh", jnp.sin)
    assert largest_difference("log_cosh") > 0.1


def test_confident_rows_keep_their_digits() -> None:
    """Beside the branch that is taken where no row is confident, whose sum has none of them."""
    x = JAX.array(np.asarray([[60.0, 0.0], [0.0, 0.0]]))
    log_probs = ops.log_softmax(x, -1, xp=jnp)
    assert float(log_probs[0, 0]) == pytest.approx(-np.exp(-60.0), rel=1e-14)
    odds = ops.log_odds_against(x * 10.0, JAX.array(np.asarray([0, 0])), -1, xp=jnp)
    assert odds.tolist() == [-600.0, 0.0]
