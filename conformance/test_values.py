"""Value, gradient and second derivative of every loss on every backend against the truth."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from conformance import compare
from conformance.calls import Call, as_arrays
from conformance.case import Case, Exact, Looser, Point, leaves
from conformance.cases import CASES
from conformance.frameworks import FRAMEWORKS, Framework
from conformance.oracle import Numbers, truth

POINTS = [point for cases in CASES.values() for case in cases for point in case.points]
EXTREMES = [Point(case, 0, "extreme") for cases in CASES.values() for case in cases if case.extremes]
EXACT = [(case, exact) for cases in CASES.values() for case in cases for exact in case.exact]
LOOSER = [(case, looser) for cases in CASES.values() for case in cases for looser in case.looser]


def everything(call: Call, *, curvature: bool = True) -> dict[str, Any]:
    """Evaluate the unreduced loss, mean, sum, gradients and second derivatives in one go.

    JAX compiles it as one function, since it would compile each operation by itself; its eager mode is compared with
    the compiled one in `test_compiled.py`.
    """
    first = call.owners[0]
    own = [n for n in call.argnums if call.owners[n] == first and curvature]

    def all_at_once(*arrays: Any) -> Any:
        total, gradients = al.value_and_grad(call.function("sum"), call.argnums)(*arrays)
        seconds = [
            al.hessian_diagonal(call.function("sum"), argnums=n, coupled=call.case.coupled)(*arrays) for n in own
        ]
        return call.function("none")(*arrays), call.function("mean")(*arrays), total, gradients, seconds

    none, mean, total, gradients, seconds = call.framework.brisk(all_at_once)(*call.arrays)
    return {
        "none": call.framework.numpy(none),
        "mean": call.framework.numpy(mean),
        "sum": call.framework.numpy(total),
        "gradients": call.by_argument(gradients),
        "seconds": [call.framework.numpy(part) for part in seconds],
    }


def outcomes(point: Point, framework: Framework, dtype: str) -> Iterator[tuple[str, str, Any, Numbers]]:
    """Yield what is compared, the argument if it is a derivative, the result and the truth."""
    found, true = everything(Call.at(point, framework, dtype)), truth(point, dtype)
    yield "value", "", found["none"], true.none
    yield "value", "", found["sum"], true.sum
    if point.case.reduces:
        yield "value", "", found["mean"], true.mean
    for name, parts in found["gradients"].items():
        assert all(part.dtype == dtype for part in parts), f"{framework}: a gradient by {name} has another dtype"
        if name not in point.case.constant:
            yield "gradient", name, flat(parts), true.gradient[name]
        elif flat(parts).any():
            raise AssertionError(f"{point.name}, {framework}: {name} is a constant and has the gradient {parts}")
    yield "hessian", next(iter(point.case.inputs)), flat(found["seconds"]), true.hessian


def flat(parts: list[Any]) -> Any:
    """Join arrays end to end."""
    return np.concatenate([part.ravel() for part in parts])


def allowance(case: Case, what: str, argument: str, framework: Framework, dtype: str) -> dict[str, float]:
    """Return by how much a case widens a bound."""
    found = [looser for looser in case.looser if looser.holds(what, argument, framework.name, dtype)]
    return {
        "factor": max((looser.factor for looser in found), default=1.0),
        "extra": max((looser.eps for looser in found), default=0.0),
    }


@pytest.mark.parametrize("point", [*POINTS, *EXTREMES], ids=lambda point: point.name)
def test_truth(point: Point, dtype: str, framework: Framework) -> None:
    ulps, failures = compare.ULPS[point.case.rounding], []
    for what, argument, got, true in outcomes(point, framework, dtype):
        wider = allowance(point.case, what, argument, framework, dtype)
        try:
            compare.check(got, true, dtype, ulps, f"{point.name}, {framework}, {what} {argument}", **wider)
        except AssertionError as failure:
            failures.append(str(failure))
    assert not failures, "\n".join(failures)


@pytest.mark.parametrize(("case", "exact"), EXACT, ids=[f"{case.name}-{exact.why}" for case, exact in EXACT])
def test_exact_points(case: Case, exact: Exact, dtype: str, framework: Framework) -> None:
    inputs = {name: as_arrays(tree, case.inputs[name], dtype) for name, tree in exact.inputs.items()}
    what = f"{case.name}, {exact.why}, {dict(exact.options)}, {framework}"
    found = everything(Call(case, framework, inputs, exact.options), curvature=exact.hessian is not None)
    compare.check_known(found["none"], exact.value, dtype, f"{what}, value")
    for name, known in exact.gradient.items():
        wanted_parts = leaves(as_arrays(known, case.inputs[name], dtype))
        for part, wanted in zip(found["gradients"][name], wanted_parts, strict=True):
            compare.check_known(part, wanted, dtype, f"{what}, gradient by {name}")
    if exact.hessian is not None:
        compare.check_known(found["seconds"][0], exact.hessian, dtype, f"{what}, second derivative")


def needed(case: Case, looser: Looser, points: list[Point]) -> bool:
    """Whether a result anywhere is beyond the plain bound, and the wider one needed."""
    cached = functools.lru_cache(lambda *place: list(outcomes(*place)))
    return any(
        looser.holds(what, argument, framework.name, dtype)
        and compare.worst(got, true, dtype, compare.ULPS[case.rounding]).excess > 1.0
        for point in points
        for framework in FRAMEWORKS
        for dtype in looser.dtypes
        for what, argument, got, true in cached(point, framework, dtype)
    )


@pytest.mark.parametrize(
    ("case", "looser"), LOOSER, ids=[f"{case.name}-{looser.what}-{looser.reason[:30]}" for case, looser in LOOSER]
)
def test_wider_bounds_are_needed(case: Case, looser: Looser) -> None:
    points = [point for point in [*POINTS, *EXTREMES] if point.case is case]
    assert needed(case, looser, points), f"{case.name}: the wider bound ({looser.reason}) is not needed any more"
