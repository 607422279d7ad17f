"""Every place of the matrix is true: each function works there, against the same numbers, or raises as told."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import array_api_strict
import numpy as np
import pytest
import tensorflow as tf

import agnostic_losses.backends.tensorflow as xp
from benchmarks.namespace_calls import CAUSES, LIMITS, PAIRS
from conformance.standard.calls import MATRIX
from conformance.standard.matrix import ARRAYLESS, COLUMNS, DIFFERENTIABLE, FUNCTIONS, LOOSER, MISSING, ROUGH, place
from conformance.standard.tools import (
    finite_differences,
    gradient,
    graph,
    numbers,
    outputs,
    weighted_total,
    xla,
)

UNKNOWN_SIZES = tf.TensorSpec([None, None], tf.float64)
COMPILERS = {"graph": graph, "XLA": xla}
ARRAYS = [name for name in FUNCTIONS if name not in ARRAYLESS]
ERRORS = (ValueError, NotImplementedError, tf.errors.InvalidArgumentError)
TOGETHER = 8  # functions that are compiled in one go: a compiler's own start takes most of its time


def is_array(result: Any) -> bool:
    return isinstance(result, tf.Tensor)


def reference(name: str) -> list[Any]:
    return [numbers(y) for y in outputs(FUNCTIONS[name](array_api_strict, array_api_strict.asarray(MATRIX)))]


def slopes(name: str) -> Any:
    """Difference quotients; of functions with steps beside MATRIX, which has some of its elements on them."""
    return finite_differences(total(name), MATRIX if name in DIFFERENTIABLE else MATRIX + 0.03)


def total(name: str) -> Any:
    return lambda x: weighted_total(FUNCTIONS[name](xp, x))


def check_values(name: str, found: Any, rtol: float = 1e-11) -> None:
    found, expected = outputs(found), reference(name)
    assert len(found) == len(expected), name
    for ours, wanted in zip(found, expected, strict=True):
        value = numbers(ours)
        assert value.dtype == wanted.dtype, name
        np.testing.assert_allclose(value, wanted, rtol=rtol, atol=1e-12, err_msg=name)


def check_gradient(name: str, found: Any) -> None:
    tolerance = ROUGH.get(name, 2e-5)
    np.testing.assert_allclose(numbers(found), slopes(name), rtol=tolerance, atol=tolerance, err_msg=name)


def groups(column: str) -> list[Any]:
    """The functions that work in a column, a few at a time."""
    names = [name for name in ARRAYS if (name, column) not in MISSING]
    chosen = [names[start : start + TOGETHER] for start in range(0, len(names), TOGETHER)]
    return [pytest.param(some, id=f"{some[0]} to {some[-1]}") for some in chosen]


def test_every_function_of_the_namespace_is_in_the_matrix() -> None:
    main = {name for name in xp.__all__ if callable(getattr(xp, name)) and not isinstance(getattr(xp, name), tf.DType)}
    assert set(FUNCTIONS) == main | {f"linalg.{name}" for name in xp.linalg.__all__}


def test_exceptions_are_of_functions_and_columns_that_exist() -> None:
    assert [key for key in MISSING if key[0] not in FUNCTIONS or key[1] not in COLUMNS] == []
    assert all(missing.error and missing.reason for missing in MISSING.values())
    assert set(LOOSER) | set(ROUGH) <= set(DIFFERENTIABLE)


@pytest.mark.parametrize("name", ARRAYLESS)
def test_without_an_array(name: str) -> None:
    def call(x: Any) -> Any:
        answer = FUNCTIONS[name](xp, x)
        seen.append(answer)
        return answer if is_array(answer) else x

    for run in (lambda f: f, graph, xla):
        seen: list[Any] = []
        found = run(call)(tf.constant(MATRIX))
        if is_array(seen[0]):
            np.testing.assert_allclose(numbers(found), np.float32(FUNCTIONS[name](np, MATRIX)), rtol=1e-6, atol=1e-7)
        else:
            expected = FUNCTIONS[name](array_api_strict, array_api_strict.asarray(MATRIX))
            assert seen[0] == expected


@pytest.mark.parametrize("name", ARRAYS)
def test_eager(name: str) -> None:
    check_values(name, FUNCTIONS[name](xp, tf.constant(MATRIX)))
    check_gradient(name, gradient(total(name), tf.constant(MATRIX))[0])


def run_together(names: list[str], column: str) -> None:
    differentiated = [name for name in names if (name, "gradient") not in MISSING]

    def values_and_gradients(x: Any) -> Any:
        return [FUNCTIONS[name](xp, x) for name in names], [gradient(total(name), x)[0] for name in differentiated]

    values, gradients = COMPILERS[column](values_and_gradients, UNKNOWN_SIZES)(tf.constant(MATRIX))
    for name, value in zip(names, values, strict=True):
        check_values(name, value, LOOSER[name][0] if column == "XLA" and name in LOOSER else 1e-11)
    for name, slope in zip(differentiated, gradients, strict=True):
        check_gradient(name, slope)


@pytest.mark.parametrize("names", groups("graph"))
def test_graph_with_unknown_sizes(names: list[str]) -> None:
    run_together(names, "graph")


@pytest.mark.parametrize("names", groups("XLA"))
def test_xla_with_unknown_sizes(names: list[str]) -> None:
    run_together(names, "XLA")


@pytest.mark.parametrize("where", MISSING, ids=" ".join)
def test_exception_is_still_one(where: tuple[str, str]) -> None:
    name, column = where
    call = total(name) if column != "gradient" else lambda x: gradient(total(name), x)
    with pytest.raises(ERRORS, match=MISSING[where].error):
        COMPILERS["graph" if column == "gradient" else column](call, UNKNOWN_SIZES)(tf.constant(MATRIX))


def test_an_exception_that_is_none_fails() -> None:
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"), pytest.raises(ValueError, match="unstack"):
        COMPILERS["graph"](total("exp"), UNKNOWN_SIZES)(tf.constant(MATRIX))


def test_a_wrong_number_is_seen() -> None:
    with pytest.raises(AssertionError, match="exp"):
        check_values("exp", xp.exp(tf.constant(MATRIX)) * (1.0 + 1e-9))
    with pytest.raises(AssertionError, match="exp"):
        check_gradient("exp", 1.001 * gradient(total("exp"), tf.constant(MATRIX))[0])


def load_page() -> ModuleType:
    """The script that writes the page of the matrix."""
    path = Path(__file__).parents[2] / "docs" / "tensorflow.py"
    spec = importlib.util.spec_from_file_location("docs_tensorflow", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    page = load_page()
    written = page.PAGE.read_text()
    found = json.loads(page.FIGURES.read_text())
    assert written == page.render(found), "run nox -s docs"
    for name in FUNCTIONS:
        cells = " | ".join(place(name, column) for column in COLUMNS)
        assert f"| `{name}` | {cells} |" in written
    monkeypatch.delitem(MISSING, ("unstack", "XLA"))
    assert written != page.render(found)


def test_what_is_slower_than_tensorflow_has_a_cause() -> None:
    page = load_page()
    found = json.loads(page.FIGURES.read_text())
    assert page.unexplained(found) == []
    slow = {"function": "exp", "ours": "xp.exp(x)", "size": "medium", "what": "value", "ratio": 9.0, "low": 9.0}
    slow |= {"high": 9.0, "overhead_us": 900.0}
    assert page.unexplained({"figures": [slow]}) == ["xp.exp(x)"]
    assert page.UNEXPLAINED in page.render({**found, "figures": [slow]})


def test_calls_that_are_timed_are_of_functions_that_exist() -> None:
    timed = {pair.function for pair in PAIRS}
    assert timed <= set(FUNCTIONS)
    assert set(CAUSES) | set(LIMITS) <= timed
