"""`check_loss` on NumPy and array-api-strict: right losses pass, each kind of fault is found, and told in full."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses.testing import ConformanceError, Report, check_loss

Function = Callable[..., Any]

BACKENDS = ("numpy", "array_api_strict")
MOST_SECONDS = 2.0


def check(loss: Function, inputs: Any, **options: Any) -> Report:
    """Check a loss where no framework is needed, without raising."""
    return check_loss(loss, inputs, **{"backends": BACKENDS, "raises": False, **options})


def softplus(x: Any) -> Any:
    """Textbook: right in value, while two kinks at 0 must cancel in the gradient."""
    xp = al.array_namespace(x)
    return xp.where(x > 0, x, xp.zeros_like(x)) + xp.log1p(xp.exp(-xp.abs(x)))


def half_stopped(x: Any) -> Any:
    """A square, of which one factor is taken for a constant."""
    return al.ops.stop_gradient(x) * x


def untaken(x: Any) -> Any:
    """A square root, with a branch that is not taken where it has no gradient."""
    xp = al.array_namespace(x)
    return xp.where(x > 0, xp.sqrt(x), xp.zeros_like(x))


def cast(x: Any) -> Any:
    """A square in float32."""
    xp = al.array_namespace(x)
    return xp.astype(xp.astype(x, xp.float32) ** 2, x.dtype)


def overflowing(x: Any) -> Any:
    """Softplus without care."""
    xp = al.array_namespace(x)
    return xp.log(1.0 + xp.exp(x))


@pytest.mark.parametrize(
    ("loss", "inputs"),
    [
        (al.huber, {"predictions": [1.0, -1.0, 0.3, 0.0], "targets": [0.0, 0.0, 0.0, 0.0]}),
        (al.absolute_error, {"predictions": [2.0, 0.5], "targets": [2.0, -0.5]}),
        (al.cross_entropy, {"logits": [[2.0, -300.0, 1.0], [0.0, 0.0, 0.0]], "labels": [1, 0]}),
        (al.log_cosh, {"predictions": [0.0, 1.0, -100.0, 1000.0], "targets": [0.0, 0.0, 0.0, 0.0]}),
        (lambda x: x**3, {"x": [0.0, 0.1, -1e5, 1e-5]}),
        (lambda x: al.array_namespace(x).sum(x), {"x": 3.0}),
    ],
)
def test_a_right_loss_passes(loss: Function, inputs: Any) -> None:
    report = check_loss(loss, inputs, backends=BACKENDS)
    assert report.passed
    assert {measure.backend for measure in report.measures} == set(BACKENDS)
    assert {measure.mode for measure in report.measures} == {"eager", "device1", "no_float64"}
    assert {measure.what for measure in report.measures} == {"value", "gradient", "hessian"}
    assert {measure.dtype for measure in report.measures} == {"float32", "float64"}


@pytest.mark.parametrize(
    ("loss", "inputs", "told"),
    [
        (half_stopped, [2.0, 3.0], "float64: gradient by x at x[1] = 3.0: element 1: got 3.0, truth 6.0, error"),
        (half_stopped, [2.0], "float64: hessian by x at x[0] = 2.0: element 0: got 0.0, truth 2.0, error"),
        (untaken, [4.0, -1.0], "float32: gradient by x at x[1] = -1.0: element 1: got nan, truth 0.0, error inf ulp"),
        (untaken, [0.0], "float32: gradient by x at x[0] = 0.0: element 0: got nan, must be finite"),
        (cast, [1.0, 1.0 / 3.0], "float64: value: element 1: got 0.111111119389534, truth 0.1111111111111111, error"),
        (overflowing, [1.0, 800.0], "float64: value: element 1: got inf, truth 800.0, error inf ulp"),
        (softplus, [3.0, 0.0], "float64: gradient by x at x[1] = 0.0: element 1: got 0.0, truth 0.5, error"),
        (softplus, [3.0, 0.0], "float64: hessian by x at x[1] = 0.0: element 1: got 0.0, truth 0.25, error"),
    ],
)
@pytest.mark.parametrize("backend", BACKENDS)
def test_faults_are_found_and_told(loss: Function, inputs: list[float], told: str, backend: str) -> None:
    with pytest.raises(ConformanceError, match=re.escape(f"{loss.__name__}, {backend}, eager, {told}")):
        check_loss(loss, {"x": inputs}, backends=backend)


def test_overflow_is_the_truth_where_the_dtype_has_no_more() -> None:
    assert check(lambda x: al.array_namespace(x).exp(x), {"x": [100.0, 1.0]}, coupled=None).passed


def test_a_loss_that_raises_everywhere_raises_here() -> None:
    def loss(x: Any) -> Any:
        raise RuntimeError("no such loss")

    with pytest.raises(RuntimeError, match="no such loss") as raised:
        check(loss, [{"x": [1.0]}])
    assert "ran on mparray with inputs 0" in raised.value.__notes__[0]


def test_a_loss_that_raises_on_a_backend_is_a_failure_there() -> None:
    def loss(x: Any) -> Any:
        if "strict" in repr(al.array_namespace(x)):
            raise RuntimeError("one\ntwo\nthree\nfour")
        return x**2

    report = check(loss, {"x": [1.0]}, modes="eager")
    assert [measure.backend for measure in report.failures] == ["array_api_strict"] * 2
    assert str(report.failures[0]) == ("loss, array_api_strict, eager, float32: value: RuntimeError: one two ... four")
    assert all(measure.passed for measure in report.measures if measure.backend == "numpy")


def test_a_result_of_another_shape_is_a_failure() -> None:
    def loss(x: Any) -> Any:
        return x if "numpy" in repr(al.array_namespace(x)) else al.array_namespace(x).sum(x)

    report = check(loss, {"x": [1.0, 2.0]}, backends="numpy")
    assert "the result has 2 elements, the truth 1" in report.failures[0].error


def test_options_may_hold_arrays() -> None:
    inputs = {"predictions": [1.0, 2.0, 3.0], "targets": [0.5, 2.5, 5.0]}
    options = {"weights": np.asarray([0.3, 0.7, 2.0]), "where": np.asarray([True, False, True]), "reduction": "none"}
    report = check(al.squared_error, inputs, options=options)
    assert report.passed
    assert report.measures[0].options == "weights=array(3,), where=array(3,), reduction='none'"
    assert "squared_error(weights=array(3,), " in str(report.measures[0])


def test_several_inputs_are_numbered() -> None:
    report = check(softplus, [{"x": [1.0]}, {"x": [0.0]}])
    assert {measure.inputs for measure in report.measures} == {"0", "1"}
    assert {measure.inputs for measure in report.failures} == {"1"}
    assert str(report.failures[0]).startswith("softplus, inputs 1, numpy, eager, float32: ")


def test_what_it_differentiates_by() -> None:
    inputs = {"predictions": [1.0, 2.0], "targets": [0.5, 2.5]}
    for wrt, gradients in {
        None: {"predictions", "targets"},
        "targets": {"targets"},
        ("predictions",): {"predictions"},
    }.items():
        measures = check(al.squared_error, inputs, wrt=wrt, modes="eager").measures
        assert {measure.argument for measure in measures if measure.what == "gradient"} == gradients
    labels = check(al.cross_entropy, {"logits": [[1.0, 2.0]], "labels": [0]}, modes="eager").measures
    assert {measure.argument for measure in labels} == {"", "logits"}


@pytest.mark.parametrize("numbers", [[1e-3, 5.0], np.asarray([1.0, 2.0], dtype=np.float16), (0.1, 0.2), 0.1])
def test_inputs_are_anything_with_numbers(numbers: Any) -> None:
    assert check(lambda x: x * x, {"x": numbers}, modes="eager").passed


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"backends": ["numpy", "nunpy"]}, "backends must be of numpy, torch, .*; got 'nunpy'"),
        ({"modes": ["eager", "jti"]}, "modes must be of eager, .*; got 'jti'"),
        ({"dtypes": "float16"}, "dtypes must be of float32, float64; got 'float16'"),
        ({"wrt": "y"}, "wrt must be of x; got 'y'"),
        ({"wrt": ()}, "wrt must name an argument"),
        ({"device": "cuda"}, "numpy is checked on cpu, got device 'cuda'"),
        ({"inputs": {}}, "inputs must map names of arguments to arrays"),
        ({"inputs": [[1.0]]}, "inputs must map names of arguments to arrays"),
        ({"inputs": {"x": [1, 2]}}, "inputs must hold a floating array .* got x of int64"),
        ({"inputs": {"x": [1.0, 1e300]}}, "x must be numbers that float32 has, got 1e\\+300"),
        ({"inputs": {"x": [-1.0]}, "loss": lambda x: al.array_namespace(x).log(x)}, "outside its domain"),
        ({"coupled": 5}, "coupled"),
    ],
)
def test_mistakes_are_told(changed: dict[str, Any], message: str) -> None:
    arguments = {"loss": lambda x: x**2, "inputs": {"x": [1.0]}, **changed}
    if "coupled" in changed:
        assert re.search(message, check(**arguments).failures[0].error)
        return
    with pytest.raises(ValueError, match=message):
        check(**arguments)


def test_inputs_are_numbers() -> None:
    with pytest.raises(TypeError, match="x must be numbers, got list of dtype"):
        check(softplus, {"x": ["a"]})


def test_nothing_compared_is_no_success() -> None:
    with pytest.raises(ConformanceError, match="nothing was compared"):
        check_loss(softplus, {"x": [1.0]}, backends="array_api_strict", modes="no_float64", dtypes="float64")
    with pytest.raises(ConformanceError, match="nothing was compared"):
        check_loss(softplus, [], backends="numpy")
    assert check(al.squared_error, {"predictions": np.zeros((0, 3)), "targets": np.zeros((0, 3))}).passed
    assert not check(softplus, []).passed


def test_a_small_loss_takes_little_time() -> None:
    inputs = {"logits": np.random.default_rng(0).normal(size=(4, 3)), "labels": np.asarray([0, 2, 1, 1])}
    least = float("inf")
    for _ in range(3):
        start = time.process_time()
        check_loss(al.cross_entropy, inputs, backends="numpy")
        least = min(least, time.process_time() - start)
        if least < MOST_SECONDS:
            break
    assert least < MOST_SECONDS
