"""TensorFlow's fused forms against the generic bodies that they stand for, and where they may not stand for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses.backends.tensorflow_fused import FORMS as OF_NUMBERS
from agnostic_losses.backends.tensorflow_fused import Form
from agnostic_losses.backends.tensorflow_probabilities import FORMS as OF_PROBABILITIES
from conformance.calls import Call
from conformance.case import Case
from conformance.cases import ALL_CASES
from conformance.frameworks import TENSORFLOW, tf, without_fused_forms

FORMS = OF_NUMBERS | OF_PROBABILITIES

ULPS = 64.0
"""Units in the last place of the largest element that two right results may differ by."""


def evaluated(call: Call, *, generic: bool) -> tuple[list[np.ndarray[Any, Any]], set[Form]]:
    """Return the values, and the gradients of their sum, by the forms or by the generic bodies; and the forms used."""
    used = set()
    recorded = Form._recorded

    def spy(form: Form, *args: Any) -> Any:
        used.add(form)
        return recorded(form, *args)

    with pytest.MonkeyPatch.context() as patch:
        if generic:
            without_fused_forms(patch)
        patch.setattr(Form, "_recorded", spy)
        sources = [call.arrays[n] for n in call.argnums]
        with tf.GradientTape() as tape:
            tape.watch(sources)
            values = call.function("none")(*call.arrays)
        gradients = tape.gradient(values, sources, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return [TENSORFLOW.numpy(tf.convert_to_tensor(x)) for x in (values, *gradients)], used


def differences(case: Case, dtype: str) -> Iterator[tuple[float, set[Form]]]:
    """Yield the largest difference at each point of a case, in units of the largest element, and the forms used."""
    for point in case.points:
        call = Call.at(point, TENSORFLOW, dtype)
        fused, used = evaluated(call, generic=False)
        if used:
            generic, none = evaluated(call, generic=True)
            assert not none
            yield from ((_units(case, *pair), used) for pair in zip(fused, generic, strict=True))


def _units(case: Case, fused: Any, generic: Any) -> float:
    assert fused.dtype == generic.dtype
    finite = np.isfinite(generic)
    np.testing.assert_array_equal(np.isfinite(fused), finite, err_msg=case.name)
    if not finite.any():
        return 0.0
    unit = np.spacing(max(np.abs(generic[finite]).max(), np.finfo(generic.dtype).tiny))
    return float(np.abs(fused[finite] - generic[finite]).max() / unit)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_fused_forms_equal_the_generic_bodies(dtype: str) -> None:
    seen, off = set(), {}
    for case in ALL_CASES:
        for found, used in differences(case, dtype):
            seen |= used
            if found > ULPS:
                off[case.name] = max(found, off.get(case.name, 0.0))
    assert off == {}
    assert seen == set(FORMS.values())


def test_the_guard_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    huber = next(case for case in ALL_CASES if case.loss == "huber")
    monkeypatch.setitem(FORMS["huber"].__dict__, "gradient", lambda g, needed, saved, x, y, delta: (0.5 * x * g, None))
    assert max(found for found, _ in differences(huber, "float32")) > ULPS


X = tf.constant([0.5, -3.0, 0.25, 40.0], tf.float64)


def body(x: Any) -> Any:
    """Stand in for a generic body, as another function, so that it shows where it serves."""
    return 5.0 * x**2


def softplus(x: Any) -> Any:
    """Return the sum of the form's values over another body."""
    return tf.reduce_sum(FORMS["softplus"](body, x))


def slope(f: Callable[[Any], Any], x: Any) -> Any:
    """Return a gradient."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = f(x)
    return tape.gradient(value, x)


def test_a_first_derivative_is_that_of_the_form() -> None:
    np.testing.assert_allclose(slope(softplus, X), tf.sigmoid(X), rtol=1e-15)


def test_a_persistent_tape_gives_the_gradient_again() -> None:
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(X)
        value = softplus(X)
    first, second = tape.gradient(value, X), tape.gradient(value, X)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_allclose(first, tf.sigmoid(X), rtol=1e-15)


def test_a_second_derivative_is_that_of_the_generic_body() -> None:
    np.testing.assert_allclose(slope(lambda x: tf.reduce_sum(slope(softplus, x)), X), [10.0] * 4, rtol=1e-15)


def test_a_third_derivative_is_that_of_the_generic_body() -> None:
    def cube(x: Any) -> Any:
        return tf.reduce_sum(FORMS["softplus"](lambda x: x**3, x))

    def curvature(x: Any) -> Any:
        return tf.reduce_sum(slope(lambda x: tf.reduce_sum(slope(cube, x)), x))

    np.testing.assert_allclose(slope(curvature, X), [6.0] * 4, rtol=1e-15)


def test_forward_mode_is_that_of_the_generic_body() -> None:
    with tf.autodiff.ForwardAccumulator(X, tf.ones_like(X)) as accumulator:
        value = softplus(X)
    np.testing.assert_allclose(accumulator.jvp(value), tf.reduce_sum(10.0 * X), rtol=1e-15)


def test_forward_over_reverse_is_that_of_the_generic_body() -> None:
    with tf.autodiff.ForwardAccumulator(X, tf.ones_like(X)) as accumulator:
        gradient = slope(softplus, X)
    np.testing.assert_allclose(accumulator.jvp(gradient), [10.0] * 4, rtol=1e-15)


def test_a_graph_is_that_of_the_generic_body() -> None:
    graph = tf.function(softplus, input_signature=[tf.TensorSpec([None], tf.float64)])
    np.testing.assert_allclose(slope(graph, X), 10.0 * X, rtol=1e-15)


def test_a_vectorized_jacobian_is_that_of_the_generic_body() -> None:
    with tf.GradientTape() as tape:
        tape.watch(X)
        values = FORMS["softplus"](body, X)
    np.testing.assert_allclose(tape.jacobian(values, X), np.diag(10.0 * X.numpy()), rtol=1e-15)


def test_a_second_derivative_by_an_array_that_another_is_made_of() -> None:
    def f(x: Any) -> Any:
        return al.huber(x, 3.0 * x, delta=2.0, reduction="sum")

    x = tf.constant([0.5, 40.0])
    assert slope(f, x).numpy().tolist() == [2.0, 4.0]
    assert slope(lambda x: tf.reduce_sum(slope(f, x)), x).numpy().tolist() == [4.0, 0.0]
