"""NumPy's forms of divergences in float32 against the generic bodies in float64, and what they leave to these."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agnostic_losses import ops
from agnostic_losses.backends import numpy_divergences
from agnostic_losses.losses import counts

RNG = np.random.default_rng(5)
X = RNG.uniform(0.1, 3.0, 200)
Y = X * np.concatenate([RNG.uniform(0.01, 100.0, 100), 1.0 + 2.0 ** RNG.uniform(-22, -1, 100)])
CALLS = {
    "generalized_kl": lambda x, y: ops.generalized_kl(x, y, xp=np),
    "itakura_saito": lambda x, y: ops.itakura_saito(x, y, xp=np),
    "tweedie": lambda x, y: 0.5 * counts.tweedie_deviance(y, x, power=1.25, reduction="none"),
    "tweedie, nearer to gamma": lambda x, y: 0.5 * counts.tweedie_deviance(y, x, power=1.75, reduction="none"),
}


def ulps(name: str, x: Any, y: Any) -> float:
    """Return how far a form in float32 is from the body in float64."""
    x, y = np.float32(x), np.float32(y)
    found, true = CALLS[name](x, y), CALLS[name](x.astype(np.float64), y.astype(np.float64))
    assert found.dtype == np.float32
    return float(np.max(np.abs(found - true) / np.spacing(true.astype(np.float32))))


@pytest.mark.parametrize("name", CALLS)
def test_forms_are_rounded_once(name: str) -> None:
    assert ulps(name, X, Y) < 1.1


@pytest.mark.parametrize("name", CALLS)
def test_the_guard_can_fail(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(numpy_divergences, "_excess", lambda x, y, zero: (True, (x - y) / y))
    assert ulps(name, X, Y) > 100


@pytest.mark.parametrize("name", ["generalized_kl", "tweedie"])
def test_a_first_number_of_zero(name: str) -> None:
    assert ulps(name, np.where(X > 1.0, X, 0.0), Y) < 1.1


@pytest.mark.parametrize("name", ["generalized_kl", "itakura_saito", "tweedie"])
@pytest.mark.parametrize("odd", [1e-30, 1e30, np.inf, np.nan])
def test_what_is_far_apart_is_left_to_the_body(name: str, odd: float) -> None:
    y = np.float32(np.where(X > 1.0, odd, X))
    assert numpy_divergences._excess(np.float32(X), y, y) == (None, None)
    form = numpy_divergences.FORMS[name]
    assert form(lambda *arrays: "body", np.float32(X), y, **({"a": 0.5} if name == "tweedie" else {})) == "body"
