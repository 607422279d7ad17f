"""`compare` on NumPy and array-api-strict: what differs between two losses is found, and shown where it begins."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses.testing import ConformanceError, compare

INPUTS = {"predictions": [[1.0, 3.0], [2.0, -1.0]], "targets": [[1.0, 2.0], [0.0, 0.0]]}


def squared(p: Any, t: Any) -> Any:
    """A loss."""
    return (p - t) ** 2


def doubled(p: Any, t: Any) -> Any:
    """Another one, which is the same where there is no error."""
    return 2.0 * (p - t) ** 2


def stopped(p: Any, t: Any) -> Any:
    """The same loss with another gradient."""
    return (p - t) * al.ops.stop_gradient(p - t)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_same_passes(dtype: str) -> None:
    report = compare({"numpy": squared, "numpy: again": lambda p, t: p * p - 2 * p * t + t * t}, INPUTS, dtypes=dtype)
    assert report.passed
    assert [measure.what for measure in report.measures] == ["value", "gradient"]
    assert {measure.worst.against for measure in report.measures} == {"numpy"}


def test_two_backends_pass() -> None:
    assert compare({"numpy": al.huber, "array_api_strict": al.huber}, INPUTS, wrt=("predictions", "targets")).passed


def test_the_first_differing_value_is_shown() -> None:
    with pytest.raises(
        ConformanceError,
        match=re.escape("doubled, numpy: new, eager, float32: value: element 1: got 2.0, numpy: old 1.0, error"),
    ):
        compare({"numpy: old": squared, "numpy: new": doubled}, INPUTS)


def test_a_differing_gradient_alone_is_shown() -> None:
    report = compare({"numpy: old": squared, "numpy: new": stopped}, INPUTS, raises=False)
    assert [measure.what for measure in report.failures] == ["gradient"]
    assert "gradient by predictions at predictions[0, 1] = 3.0: element 1: got 1.0, numpy: old 2.0" in str(
        report.failures[0]
    )
    assert compare({"numpy: old": squared, "numpy: new": stopped}, INPUTS, wrt=()).passed


def test_all_are_compared_with_the_first() -> None:
    report = compare(
        {"numpy: a": squared, "numpy: b": doubled, "numpy: c": squared},
        [INPUTS, {"predictions": [1.0], "targets": [1.0]}],
        raises=False,
    )
    assert {(measure.backend, measure.inputs) for measure in report.failures} == {("numpy: b", "0")}
    assert len(report.measures) == 8


def test_different_shapes_are_told() -> None:
    report = compare(
        {"numpy: a": squared, "numpy: b": lambda p, t: np.mean(squared(p, t))}, INPUTS, wrt=(), raises=False
    )
    assert str(report.failures[0]) == (
        "<lambda>, numpy: b, eager, float32: value: "
        "ValueError: got shape (), numpy: a (2, 2): the losses must be reduced alike"
    )


def test_an_error_of_a_loss_is_told() -> None:
    def broken(p: Any, t: Any) -> Any:
        raise RuntimeError("broken")

    for losses in ({"numpy: a": squared, "numpy: b": broken}, {"numpy: b": broken, "numpy: a": squared}):
        report = compare(losses, INPUTS, raises=False)
        assert [(measure.backend, measure.error) for measure in report.failures] == [
            ("numpy: b", "RuntimeError: broken")
        ]
        assert not report.passed


def test_what_is_not_finite_is_compared() -> None:
    inputs = {"p": [0.0, 1.0]}
    infinite = {"numpy: a": lambda p: 1.0 / p, "numpy: b": lambda p: 1.0 / (1.0 * p)}
    assert compare(infinite, inputs, wrt=()).passed
    report = compare({**infinite, "numpy: c": lambda p: -1.0 / p}, inputs, wrt=(), raises=False)
    assert "element 0: got -inf, numpy: a inf, error inf ulp" in str(report.failures[0])
    report = compare({"numpy: a": lambda p: p, "numpy: b": lambda p: p / p * p}, inputs, wrt=(), raises=False)
    assert "element 0: got nan, numpy: a 0.0, error inf ulp" in str(report.failures[0])


def test_no_elements_are_no_success_by_themselves() -> None:
    assert compare({"numpy: a": squared, "numpy: b": squared}, {"p": np.zeros((0, 2)), "t": np.zeros((0, 2))}).passed


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"losses": {"numpy": squared}}, "losses must hold two or more to compare, got 1"),
        ({"losses": {"numpy": squared, "nunpy: b": squared}}, "losses must be of numpy, torch, .*; got 'nunpy'"),
        ({"dtypes": "bfloat16"}, "dtypes must be of float16, float32, float64; got 'bfloat16'"),
        ({"wrt": "p"}, "wrt must be of predictions, targets; got 'p'"),
        ({"inputs": {}}, "inputs must map"),
        ({"device": "cuda"}, "got device 'cuda'"),
    ],
)
def test_mistakes_are_told(changed: dict[str, Any], message: str) -> None:
    arguments = {"losses": {"numpy: a": squared, "numpy: b": squared}, "inputs": INPUTS, **changed}
    with pytest.raises(ValueError, match=message):
        compare(**arguments)


def test_a_value_is_compared_where_there_is_no_gradient() -> None:
    def native(p: Any, t: Any) -> Any:
        return np.square(np.subtract(p, t))

    for losses in ({"numpy: a": squared, "numpy: b": native}, {"numpy: b": native, "numpy: a": squared}):
        report = compare(losses, INPUTS, raises=False)
        assert [(measure.backend, measure.what) for measure in report.failures] == [("numpy: b", "gradient")]
        assert [measure.what for measure in report.measures if measure.passed] == ["value"]
        assert compare(losses, INPUTS, wrt=()).passed
