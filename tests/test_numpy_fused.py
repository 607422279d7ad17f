"""NumPy's fused forms against the generic bodies that they stand for, by themselves and on the tape."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses import ops
from agnostic_losses.autodiff import tape
from agnostic_losses.backends import numpy_fused
from agnostic_losses.backends.numpy import ADAPTER
from agnostic_losses.backends.numpy_fused import FORMS, Form

RNG = np.random.default_rng(7)
LOGITS = np.concatenate([RNG.normal(size=(6, 5)), [[0.0, 40.0, -40.0, 1e4, -1e4], [3.0, -np.inf, 3.0, 0.0, 0.0]]])
LABELS, TARGETS = np.asarray([0, 4, 1, 2, 4, 3, 3, 0]), RNG.uniform(size=(8, 5)).round(1)
FINITE = np.maximum(LOGITS, -1e5)

CALLS = {
    "softplus": lambda x: ops.softplus(x, xp=al.array_namespace(x)),
    "binary_cross_entropy": lambda x: al.binary_cross_entropy_with_logits(x, TARGETS.astype(x.dtype), reduction="none"),
    "log_odds_against": lambda x: ops.log_odds_against(x, LABELS, -1, xp=al.array_namespace(x)),
}


def results(name: str, dtype: str) -> list[Any]:
    """Return values, gradients and second derivatives of a block."""

    def total(x: Any) -> Any:
        space = al.array_namespace(x)
        values = CALLS[name](x)
        return space.sum(values * space.cumulative_sum(space.ones_like(values), axis=0))

    def slope(x: Any) -> Any:
        return al.array_namespace(x).sum(al.array_namespace(x).square(al.grad(total)(x)))

    x = (LOGITS if name == "log_odds_against" else FINITE).astype(dtype)
    return [CALLS[name](x), *al.value_and_grad(total)(x), al.grad(slope)(x)]


def differences(patch: pytest.MonkeyPatch, name: str, dtype: str) -> list[float]:
    """Return how far the form's results are from the body's, in units of the last place, of 1 at least."""
    fused = results(name, dtype)
    patch.setattr(Form, "serves", lambda self, *arrays: False)
    return [
        float(np.max(np.abs(one - other) / np.spacing(np.maximum(np.abs(other), 1.0).astype(dtype))))
        for one, other in zip(fused, results(name, dtype), strict=True)
        if one.dtype == other.dtype == dtype
    ]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CALLS)
def test_forms_equal_the_generic_bodies(monkeypatch: pytest.MonkeyPatch, name: str, dtype: str) -> None:
    found = differences(monkeypatch, name, dtype)
    assert len(found) == 4
    assert max(found) < 16


@pytest.mark.parametrize("name", CALLS)
def test_the_guard_can_fail(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    right = FORMS[name].gradient
    monkeypatch.setitem(FORMS[name].__dict__, "gradient", lambda *args, **options: [0.9 * right(*args, **options)[0]])
    assert max(differences(monkeypatch, name, "float64")) > 1e6


def test_all_forms_are_there() -> None:
    assert set(CALLS) == set(FORMS)
    assert all(ADAPTER.native[name] is form for name, form in FORMS.items())
    assert set(FORMS) <= set(tape.NATIVE)


def test_a_number_is_computed_by_the_body() -> None:
    assert not FORMS["softplus"].serves(np.asarray(1.0))
    assert al.grad(lambda x: CALLS["softplus"](x))(np.asarray(0.0)) == 0.5
    assert numpy_fused.FORMS["softplus"](lambda x: "body", np.float64(1.0)) == "body"


def test_an_outer_differentiation_reaches_all_arguments() -> None:
    def inner(targets: Any) -> Any:
        space = al.array_namespace(targets)
        slopes = al.grad(lambda x: al.binary_cross_entropy_with_logits(x, targets, reduction="sum"))(FINITE)
        return space.sum(slopes)

    np.testing.assert_allclose(al.grad(inner)(TARGETS), -1.0, rtol=1e-15)
