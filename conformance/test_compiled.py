"""Compiled forms give the numbers of eager mode, which are the truth: value and gradient, with weights and mask.

One function per loss is compiled in each form; TensorFlow does not know the length of the batch. Losses are mapped
over examples too.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from conformance import compare
from conformance.calls import Call
from conformance.case import Case, Point
from conformance.cases import CASES
from conformance.frameworks import COMPILED, FRAMEWORKS, MISSING_TOOLS, Framework
from conformance.oracle import truth
from conformance.test_values import allowance, flat

ALL_CASES = [case for cases in CASES.values() for case in cases]
FORMS = [
    (case, framework, form)
    for case in ALL_CASES
    for framework, form in COMPILED
    if not case.turned and (form != "inductor" or case.inductor)
]
MAPPED = [(case, framework) for case in ALL_CASES for framework in FRAMEWORKS if framework.vmap and case.by_rows]
DTYPE = "float32"


def masks(call: Call) -> list[np.ndarray[Any, Any]]:
    """Return weights and a mask in the shape of the unreduced loss; nothing for a loss without them."""
    if not call.case.reduces:
        return []
    shape = call.value("none").shape
    rng = np.random.default_rng(5)
    where = rng.random(shape) < 0.6
    where.flat[0] = True
    return [rng.uniform(0.5, 2.0, shape).astype(DTYPE), where]


def all_in_one(call: Call, extra: int) -> Callable[..., Any]:
    """Return one function of the arrays, weights and mask with all results that are compared."""
    unreduced = call.function("none")
    summed = al.value_and_grad(call.function("sum"), call.argnums)
    averaged = call.function("mean")

    def compute(*arrays: Any) -> Any:
        arrays, rest = arrays[: len(arrays) - extra], arrays[len(arrays) - extra :]
        none = unreduced(*arrays)
        total, gradients = summed(*arrays)
        if not rest:
            return none, total, *gradients

        def chosen(*inner: Any) -> Any:
            return averaged(*inner, weights=rest[0], where=rest[1])

        mean, mean_gradients = al.value_and_grad(chosen, call.argnums)(*arrays)
        return none, total, *gradients, mean, *mean_gradients

    return compute


@functools.cache
def eager(case: Case, framework: Framework) -> list[np.ndarray[Any, Any]]:
    """Evaluate in eager mode, once for all compiled forms."""
    call = Call.at(case.points[0], framework, DTYPE)
    extra = masks(call)
    results = all_in_one(call, len(extra))(*call.arrays, *map(framework.array, extra))
    return [framework.numpy(result) for result in results]


@pytest.mark.parametrize(
    ("case", "framework", "form"), FORMS, ids=[f"{case.name}-{framework}-{form}" for case, framework, form in FORMS]
)
def test_compiled(case: Case, framework: Framework, form: str) -> None:
    if form in MISSING_TOOLS:
        pytest.skip(MISSING_TOOLS[form])
    point = case.points[0]
    call = Call.at(point, framework, DTYPE)
    extra = masks(call)
    arrays = [*call.arrays, *map(framework.array, extra)]
    compiled = framework.forms[form](all_in_one(call, len(extra)), arrays)
    results = [framework.numpy(result) for result in compiled(*arrays)]
    what = f"{point.name}, {framework}, {form}"
    check_truth(case, framework, results, what)
    for number, (result, wanted) in enumerate(zip(results, eager(case, framework), strict=True)):
        compare.check_close(result, wanted, DTYPE, f"{what} against eager, output {number}", ulps=64.0)


def check_truth(case: Case, framework: Framework, results: list[Any], what: str) -> None:
    """Raise unless the unreduced loss, the sum and its gradients are the truth."""
    true, ulps = truth(case.points[0], DTYPE), compare.ULPS[case.rounding]
    wider = allowance(case, "value", "", framework, DTYPE)
    compare.check(results[0], true.none, DTYPE, ulps, f"{what}, value", **wider)
    compare.check(results[1], true.sum, DTYPE, ulps, f"{what}, sum", **wider)
    call = Call.at(case.points[0], framework, DTYPE)
    for name in dict.fromkeys(call.owners[n] for n in call.argnums):
        parts = [results[2 + k] for k, n in enumerate(call.argnums) if call.owners[n] == name]
        if name in case.constant:
            assert not flat(parts).any(), f"{what}: {name} is a constant and has a gradient"
        else:
            wider = allowance(case, "gradient", name, framework, DTYPE)
            compare.check(flat(parts), true.gradient[name], DTYPE, ulps, f"{what}, gradient by {name}", **wider)


@pytest.mark.parametrize(
    ("framework", "form"), [pair for pair in COMPILED if pair[1] != "inductor"], ids=lambda value: str(value)
)
def test_a_partial_is_differentiated(framework: Framework, form: str) -> None:
    x, y = framework.array(np.asarray([1.0, -0.25])), framework.array(np.zeros(2))

    def compute(*arrays: Any) -> Any:
        return al.value_and_grad(functools.partial(al.huber, delta=0.5))(*arrays)

    value, gradient = framework.forms[form](compute, [x, y])(x, y)
    np.testing.assert_array_equal(framework.numpy(value), 0.203125)
    np.testing.assert_array_equal(framework.numpy(gradient), [0.25, -0.125])


@pytest.mark.parametrize(("case", "framework"), MAPPED, ids=[f"{case.name}-{framework}" for case, framework in MAPPED])
def test_mapped_over_examples(case: Case, framework: Framework) -> None:
    point: Point = case.points[0]
    call = Call.at(point, framework, DTYPE)
    one = al.value_and_grad(call.function("sum"), call.argnums)
    assert framework.vmap is not None
    # Each example is a batch of one, since some losses need the axis of the samples.
    singles = [framework.array(array[:, None]) for array in call.originals]
    losses, gradients = framework.vmap(one)(*singles)
    _, wanted = call.value_and_grad("sum")
    none = call.value("none")
    rows = none.reshape(none.shape[0], -1).sum(axis=1)
    what = f"{point.name}, {framework}, vmap"
    compare.check_close(framework.numpy(losses), rows, DTYPE, f"{what}, value", ulps=64.0)
    rest = iter(framework.numpy(gradient)[:, 0] for gradient in gradients)
    for name in wanted:
        parts = [next(rest) for _ in wanted[name]]
        compare.check_close(flat(parts), flat(wanted[name]), DTYPE, f"{what}, gradient by {name}", ulps=64.0)
