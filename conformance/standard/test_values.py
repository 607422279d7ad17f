"""Every function gives the numbers and dtypes of the reference, eagerly, traced, and compiled, for unknown sizes."""

from __future__ import annotations

from typing import Any

import array_api_strict
import numpy as np
import pytest
import tensorflow as tf

import agnostic_losses.backends.tensorflow as xp
from conformance.standard.calls import CALLS, MATRIX
from conformance.standard.matrix import MISSING, function_of
from conformance.standard.tools import graph, numbers, outputs, xla

UNKNOWN_SIZES = tf.TensorSpec([None, None], tf.float64)


@pytest.fixture(scope="module", params=CALLS)
def case(request: Any) -> tuple[Any, list[Any]]:
    """A call, and what the reference answers."""
    call = CALLS[request.param]
    array_api_strict.set_array_api_strict_flags(api_version="2025.12")
    try:
        expected = outputs(call(array_api_strict, array_api_strict.asarray(MATRIX)))
    finally:
        array_api_strict.reset_array_api_strict_flags()
    return (lambda x: call(xp, x)), expected


def check(actual: Any, expected: list[Any]) -> None:
    found = outputs(actual)
    assert len(found) == len(expected)
    for ours, reference in zip(found, expected, strict=True):
        wanted = numbers(reference)
        assert ours.dtype == wanted.dtype
        assert ours.shape == wanted.shape
        np.testing.assert_allclose(numbers(ours), wanted, rtol=1e-13, atol=1e-14)


def test_eager(case: tuple[Any, list[Any]]) -> None:
    f, expected = case
    check(f(tf.constant(MATRIX)), expected)


def test_variable(case: tuple[Any, list[Any]]) -> None:
    f, expected = case
    check(f(tf.Variable(MATRIX)), expected)


def test_traced_with_unknown_sizes(case: tuple[Any, list[Any]]) -> None:
    f, expected = case
    check(graph(f, UNKNOWN_SIZES)(tf.constant(MATRIX)), expected)


def test_xla_with_unknown_sizes(case: tuple[Any, list[Any]], request: pytest.FixtureRequest) -> None:
    f, expected = case
    name = function_of(request.node.callspec.params["case"])
    if (name, "XLA") in MISSING:
        with pytest.raises(tf.errors.InvalidArgumentError, match=MISSING[name, "XLA"].error):
            xla(f, UNKNOWN_SIZES)(tf.constant(MATRIX))
    else:
        check(xla(f, UNKNOWN_SIZES)(tf.constant(MATRIX)), expected)
