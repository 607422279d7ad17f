"""The tool for users, `agnostic_losses.testing`, on all four frameworks: what is right passes, what is not is told."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses.testing import ConformanceError, check_loss, compare
from conformance.frameworks import FOUR

BACKENDS = [framework.name for framework in FOUR]
LOGITS = {"logits": [[2.0, 0.5, -1.0], [0.0, 0.0, 3.0]], "labels": [0, 1]}
ERRORS = {"predictions": [[0.5, 2.0], [-3.0, 1.0]], "targets": [[0.0, 0.0], [0.0, 2.0]]}


def textbook_softplus(x: Any) -> Any:
    """Right in value everywhere; at 0 two kinks should cancel."""
    xp = al.array_namespace(x)
    return xp.maximum(x, xp.zeros_like(x)) + xp.log1p(xp.exp(-xp.abs(x)))


def test_a_right_loss_passes_in_all_modes() -> None:
    report = check_loss(
        al.squared_error,
        ERRORS,
        options={"reduction": "sum"},
        backends=BACKENDS,
        dtypes="float32",
        coupled=None,
        by_examples=True,
    )
    assert {measure.place for measure in report.measures} == {
        f"{framework.name} {mode}" for framework in FOUR for mode in framework.modes if mode != "inductor"
    }
    assert {measure.what for measure in report.measures if measure.mode == "xla"} == {"value", "gradient", "hessian"}


def test_lengths_unknown_to_a_graph_have_second_derivatives() -> None:
    report = check_loss(al.squared_error, ERRORS, backends="tensorflow", modes="function", dtypes="float32")
    assert {measure.what for measure in report.measures} == {"value", "gradient", "hessian"}


def test_modes_are_all_that_there_are_by_default() -> None:
    report = check_loss(
        al.squared_error, {"predictions": [1.0], "targets": [0.5]}, backends=["numpy", "torch"], dtypes="float64"
    )
    assert {measure.mode for measure in report.measures} == {"eager", "backward", "functional", "forward", "compile"}


def test_options_with_arrays() -> None:
    options = {"class_weights": np.asarray([0.3, 1.0, 0.5])}
    report = check_loss(
        al.cross_entropy,
        LOGITS,
        options=options,
        backends=["torch", "jax", "tensorflow"],
        modes=["backward", "jit", "nested"],
        dtypes="float32",
        coupled=-1,
    )
    assert {measure.place for measure in report.measures} == {"torch backward", "jax jit", "tensorflow nested"}


def test_the_textbook_softplus_is_found() -> None:
    report = check_loss(textbook_softplus, {"x": [0.0, 2.0]}, backends=BACKENDS, modes="eager", raises=False)
    found = {(measure.backend, measure.what) for measure in report.failures}
    assert all(measure.at == "x[0] = 0.0" for measure in report.failures)
    assert {("numpy", "hessian"), ("torch", "hessian"), ("jax", "gradient")} <= found
    assert not {what for _, what in found} & {"value"}


def test_a_loss_that_looks_at_values_fails_where_it_is_compiled() -> None:
    def loss(x: Any) -> Any:
        return x * x if x[0] > 0 else x * x * x

    report = check_loss(
        loss,
        {"x": [1.0, 2.0]},
        backends=["torch", "jax"],
        modes=["eager", "compile", "jit"],
        dtypes="float32",
        raises=False,
    )
    assert {measure.place for measure in report.failures} == {"torch compile", "jax jit"}
    assert all(measure.error for measure in report.failures)
    assert "TracerBoolConversionError" in next(entry.error for entry in report.failures if entry.backend == "jax")


def tensorflow_keras() -> Any:
    """Return Keras on TensorFlow; it reads the environment when it is first imported."""
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    return importlib.import_module("keras")


def torch_huber(delta: float) -> Callable[..., Any]:
    """Return PyTorch's Huber loss, one number for each row as Keras has it."""
    functional = importlib.import_module("torch.nn.functional")
    return lambda p, t: functional.huber_loss(p, t, delta=delta, reduction="none").mean(-1)


def test_a_keras_loss_and_its_port() -> None:
    keras = tensorflow_keras()
    losses = {"tensorflow": lambda p, t: keras.losses.huber(t, p, delta=0.5), "torch: port": torch_huber(0.5)}
    report = compare(losses, ERRORS)
    assert report.passed
    assert [measure.what for measure in report.measures] == ["value", "gradient"]


def test_a_port_that_differs() -> None:
    keras = tensorflow_keras()
    losses = {"tensorflow": lambda p, t: keras.losses.huber(t, p, delta=0.5), "torch: port": torch_huber(1.0)}
    with pytest.raises(ConformanceError) as raised:
        compare(losses, ERRORS)
    assert "<lambda>, torch: port, eager, float32: value: element 0: got 0.8125, tensorflow 0.5, error" in str(
        raised.value
    )
    assert "gradient by predictions at predictions[0, 1] = 2.0: element 1: got 0.5, tensorflow 0.25" in str(
        raised.value
    )


def test_all_four_frameworks_compare() -> None:
    assert compare(dict.fromkeys(BACKENDS, al.cross_entropy), LOGITS).passed
