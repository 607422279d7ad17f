"""One cell of the matrix: a loss with one set of options, on a framework, in a mode and a dtype, against the truth."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from agnostic_losses.testing.criterion import HALVES, ULPS, Numbers, Worst, limits, worst
from agnostic_losses.testing.frameworks import Framework
from agnostic_losses.testing.measures import Measure, outcomes
from agnostic_losses.testing.modes import Function, Results
from conformance.calls import Call
from conformance.case import Case, Point
from conformance.oracle import truth

_prepared: dict[Any, Function] = {}
KEPT = 8
"""How many prepared functions are kept: the tests come one option set after the other."""


def computed_in(dtype: str) -> str:
    """Return the dtype of the arithmetic: half precision is computed in float32."""
    return "float32" if dtype in HALVES else dtype


def evaluate(point: Point, framework: Framework, mode: str, dtype: str) -> tuple[Call, Results]:
    """Evaluate a point in a mode; a function is prepared once for all points of the same shapes and options."""
    chosen = framework.modes[mode]
    call = Call.at(point, framework.made_for(chosen), dtype)
    shapes = tuple(array.shape for array in call.originals)
    options = point.options(dtype)
    own_options = point if any(isinstance(value, np.ndarray) for value in options.values()) else str(options)
    many = not isinstance(point.case.coupled, int | None)
    affordable = not (chosen.unrolls and many) and mode not in point.case.uncurved
    curvature = affordable and truth(point, dtype).hessian is not None and point.kind not in point.case.uncurved
    # Compiling once more without it takes longer than evaluating it for nothing.
    curved = curvature or (affordable and chosen.compiles)
    own = point.case.info.function, own_options, shapes, curved
    key = (*own, point.case, framework.name, mode, dtype)
    if key not in _prepared:
        if len(_prepared) >= KEPT:
            _prepared.clear()
        _prepared[key] = chosen.prepare(call.subject(curvature=curved), call.arrays)
    with quiet_where_it_overflows(point, dtype):
        results = _prepared[key](*call.arrays)
    return call, results if curvature else {name: found for name, found in results.items() if name != "hessian"}


@contextlib.contextmanager
def quiet_where_it_overflows(point: Point, dtype: str) -> Iterator[None]:
    """Let NumPy say nothing of overflow where the truth is beyond the dtype; elsewhere its warning is an error."""
    known = truth(point, dtype)
    parts = [known.none, known.sum, known.hessian or Numbers(), *known.gradient.values()]
    beyond = any(overflows(part, dtype) for part in parts)
    with np.errstate(over="ignore") if beyond else contextlib.nullcontext():
        yield


def overflows(numbers: Numbers, dtype: str, room: float = 1.0) -> bool:
    """Whether one of the true numbers is beyond a dtype, or some room before its end."""
    return any(x is not None and abs(x) * room > limits(dtype)[2] for x in numbers.true)


def steep(point: Point, dtype: str) -> bool:
    """Whether a loss is infinite, or a slope nearly so.

    Forward mode multiplies an infinite loss with the directions that it has no part in, 0 * inf, and adds up slopes of
    several paths before they cancel.
    """
    known = truth(point, dtype)
    return overflows(known.none, dtype) or any(overflows(part, dtype, 1024.0) for part in known.gradient.values())


def compared(point: Point, framework: Framework, mode: str, dtype: str) -> Iterator[tuple[str, str, Any, Numbers]]:
    """Yield what is compared, the argument if it is a derivative, the result and the truth."""
    if mode == "forward" and steep(point, dtype):
        return
    call, results = evaluate(point, framework, mode, dtype)
    for what, argument, got, true in outcomes(
        results, truth(point, dtype), call.owners, call.argnums, call.framework.numpy
    ):
        if what != "gradient" or argument not in point.case.constant:
            yield what, argument, got, true
        elif got.any():
            raise AssertionError(
                f"{point.name}, {framework}, {mode}: {argument} is a constant and has the gradient {got}"
            )


def measures(point: Point, framework: Framework, mode: str, dtype: str) -> list[Measure]:
    """Compare all results of a point in a mode with the truth, by the criterion of its case."""
    case, found = point.case, []
    for what, argument, got, true in compared(point, framework, mode, dtype):
        wider = allowance(point, what, argument, framework, computed_in(dtype))
        stored = dtype if what != "value" and dtype in HALVES else ""
        found.append(
            Measure(
                case.name,
                point.options_text,
                point.kind,
                framework.name,
                mode,
                dtype,
                what,
                argument,
                worst(got, true, computed_in(dtype), ULPS[case.rounding], stored=stored, **wider),
                reproduce=reproducing(case, framework, mode, dtype),
            )
        )
    return found


def reproducing(case: Case, framework: Framework, mode: str, dtype: str) -> str:
    """Return the command that repeats a cell of the matrix."""
    return f"python -m conformance --loss {case.loss} --backend {framework.name} --mode {mode} --dtype {dtype}"


def allowance(point: Point, what: str, argument: str, framework: Framework, dtype: str) -> dict[str, float]:
    """Return by how much a case widens a bound at a point."""
    found = [looser for looser in point.case.looser if looser.holds(what, argument, framework.name, dtype, point.kind)]
    return {
        "factor": max((looser.factor for looser in found), default=1.0),
        "extra": max((looser.eps for looser in found), default=0.0),
    }


def plain_excess(case: Case, got: Any, true: Numbers, dtype: str) -> Worst:
    """Compare with the truth by the criterion alone, without what the case widens."""
    return worst(got, true, dtype, ULPS[case.rounding])
