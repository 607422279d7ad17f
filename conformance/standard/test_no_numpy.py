"""No function takes its data through NumPy: that would break traces, gradients and devices."""

from __future__ import annotations

from typing import Any

import pytest
import tensorflow as tf

import agnostic_losses.backends.tensorflow as xp
from conformance.standard.calls import CALLS, MATRIX

EAGER_TENSOR = type(tf.constant(0.0))


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
@pytest.mark.parametrize("name", CALLS)
def test_function(name: str) -> None:
    CALLS[name](xp, tf.constant(MATRIX))
