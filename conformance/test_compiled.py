"""Weights and masks in compiled forms: the numbers of eager mode, which are the truth without them.

Compiled values and derivatives themselves are compared with the truth in `test_values.py`.
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
from conformance.case import Case
from conformance.cases import ALL_CASES
from conformance.frameworks import COMPILED, Framework

WITHOUT_INDUCTOR = [(framework, form) for framework, form in COMPILED if form != "inductor"]
REDUCING = [case for case in ALL_CASES if case.reduces and not case.turned]
FORMS = [
    pytest.param(
        *(case, framework, form),
        id=f"{case.name}-{framework}-{form}",
        marks=() if case.thorough else pytest.mark.exhaustive,
    )
    for case in REDUCING
    for framework, form in WITHOUT_INDUCTOR
    if form != "xla" or case.thorough  # which also compiles what JAX does
]
DTYPE = "float32"


def masks(call: Call) -> list[np.ndarray[Any, Any]]:
    """Return weights and a mask in the shape of the unreduced loss."""
    shape = call.value("none").shape
    rng = np.random.default_rng(5)
    where = rng.random(shape) < 0.6
    where.flat[0] = True
    return [rng.uniform(0.5, 2.0, shape).astype(DTYPE), where]


def masked_mean(call: Call) -> Callable[..., Any]:
    """Return the function of arrays, weights and mask with the mean and its gradients."""

    def compute(*arrays: Any) -> Any:
        *inputs, weights, where = arrays
        chosen = functools.partial(call.function("mean"), weights=weights, where=where)
        mean, gradients = al.value_and_grad(chosen, call.argnums)(*inputs)
        return mean, *gradients

    return compute


@functools.cache
def eager(case: Case, framework: Framework) -> list[np.ndarray[Any, Any]]:
    """Evaluate in eager mode, or without the compiler's optimisations, once for all compiled forms."""
    call = Call.at(case.points[0], framework, DTYPE)
    results = framework.brisk(masked_mean(call))(*call.arrays, *map(framework.array, masks(call)))
    return [framework.numpy(result) for result in results]


@pytest.mark.parametrize(("case", "framework", "form"), FORMS)
def test_weights_and_mask(case: Case, framework: Framework, form: str) -> None:
    call = Call.at(case.points[0], framework, DTYPE)
    arrays = [*call.arrays, *map(framework.array, masks(call))]
    results = framework.forms[form](masked_mean(call), arrays)(*arrays)
    what = f"{case.name}, {framework}, {form}, weights and mask"
    for number, (result, wanted) in enumerate(zip(results, eager(case, framework), strict=True)):
        compare.check_close(framework.numpy(result), wanted, DTYPE, f"{what}, output {number}", ulps=64.0)


@pytest.mark.parametrize(("framework", "form"), WITHOUT_INDUCTOR, ids=lambda value: str(value))
def test_a_partial_is_differentiated(framework: Framework, form: str) -> None:
    x, y = framework.array(np.asarray([1.0, -0.25])), framework.array(np.zeros(2))

    def compute(*arrays: Any) -> Any:
        return al.value_and_grad(functools.partial(al.huber, delta=0.5))(*arrays)

    value, gradient = framework.forms[form](compute, [x, y])(x, y)
    np.testing.assert_array_equal(framework.numpy(value), 0.203125)
    np.testing.assert_array_equal(framework.numpy(gradient), [0.25, -0.125])
