"""TensorFlow's fused forms against the generic bodies that they stand for: value, gradient, second derivative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from agnostic_losses.backends import tensorflow as xp
from agnostic_losses.backends.tensorflow_fused import FORMS
from agnostic_losses.losses import robust
from conformance.frameworks import tf

ERRORS = tf.constant([-1e30, -200.0, -3.0, -1.0, -0.3, -1e-6, 0.0, 1e-9, 0.5, 1.0, 1.25, 40.0, 1e200], tf.float64)

Function = Callable[..., Any]


BODIES: dict[str, tuple[Function, Any, dict[str, Any]]] = {
    "huber": (robust._huber, ERRORS, {"targets": tf.zeros_like(ERRORS), "delta": 1.0}),
}


def sides(name: str) -> tuple[Function, Function, Any]:
    """Return the form and the body as functions of the array that they are differentiated by."""
    body, x, rest = BODIES[name]
    arrays = {key: value for key, value in rest.items() if tf.is_tensor(value)}
    options = {key: value for key, value in rest.items() if key not in arrays}

    def generic(x: Any, *_: Any) -> Any:
        return body(x, **rest, xp=xp)

    form = FORMS[name]
    return lambda x: form(generic, x, *arrays.values(), **options), generic, x


def derivatives(f: Function, x: Any) -> list[Any]:
    """Return the value, the gradient of a weighted sum, and the gradient of a weighted sum of that."""
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            value = f(x)
            total = tf.reduce_sum(value * tf.range(1.0, value.shape[0] + 1.0, dtype=x.dtype))
        first = inner.gradient(total, x)
        weighted = tf.reduce_sum(first * tf.reshape(tf.range(1.0, tf.size(x) + 1, dtype=x.dtype), tf.shape(x)))
    return [value.numpy(), first.numpy(), outer.gradient(weighted, x).numpy()]


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "graph"])
@pytest.mark.parametrize("name", BODIES)
def test_a_form_is_its_body(name: str, compiled: bool) -> None:
    form, generic, x = sides(name)
    found, expected = (derivatives(tf.function(f) if compiled else f, x) for f in (form, generic))
    for got, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", BODIES)
def test_forward_mode_gets_the_same(name: str) -> None:
    form, generic, x = sides(name)
    found = []
    for f in (form, generic):
        with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
            value = f(x)
        found.append(accumulator.jvp(value).numpy())
    np.testing.assert_allclose(*found, rtol=1e-12, atol=1e-14)


def test_every_form_is_compared() -> None:
    assert BODIES.keys() == FORMS.keys()


def test_a_wrong_form_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    form = FORMS["huber"]
    monkeypatch.setitem(FORMS, "huber", lambda *arguments, **options: 1.001 * form(*arguments, **options))
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        test_a_form_is_its_body("huber", False)
