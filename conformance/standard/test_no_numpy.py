"""No function takes its data through NumPy: that would break traces, gradients and devices."""

from __future__ import annotations

from typing import Any

import pytest
import tensorflow as tf

import agnostic_losses.backends.tensorflow as xp
from conformance.standard.calls import CALLS, MATRIX

EAGER_TENSOR = type(tf.constant(0.0))
READING = [name for name in CALLS if "argmax" in name or "argmin" in name]  # whether there is a NaN, on a CPU


@pytest.fixture
def poisoned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make reading the data of an eager tensor an error."""

    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("a tensor was read into NumPy or Python")

    for name in ("numpy", "__array__", "__float__", "__int__", "__bool__", "__index__", "__len__", "__iter__"):
        monkeypatch.setattr(EAGER_TENSOR, name, refuse)


@pytest.mark.usefixtures("poisoned")
def test_the_poison_works() -> None:
    with pytest.raises(AssertionError, match="read into NumPy"):
        tf.constant(1.0).numpy()
    with pytest.raises(AssertionError, match="read into NumPy"):
        float(tf.constant(1.0))


@pytest.mark.usefixtures("poisoned")
@pytest.mark.parametrize("name", [name for name in CALLS if name not in READING])
def test_function(name: str) -> None:
    CALLS[name](xp, tf.constant(MATRIX))


@pytest.mark.usefixtures("poisoned")
@pytest.mark.parametrize("name", READING)
def test_function_that_reads_one_number(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []

    def float_of(x: Any) -> float:
        read.append(x.shape.rank)
        return 0.0

    monkeypatch.setattr(EAGER_TENSOR, "__float__", float_of)
    CALLS[name](xp, tf.constant(MATRIX))
    assert read == [0]
