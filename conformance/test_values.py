"""Value, gradient and second derivative of every loss against the truth: on every backend, in every mode and dtype."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance import compare
from conformance.calls import Call, as_arrays
from conformance.case import SHAPES, Case, Exact, Looser, Point, leaves
from conformance.cases import ALL_CASES, REPRESENTATIVE
from conformance.checks import compared, measures, plain_excess
from conformance.frameworks import FRAMEWORKS, Framework

Cell = tuple[Point, Framework, str, str]

POINTS = [point for case in ALL_CASES for point in case.points]
EXACT = [(case, exact) for case in ALL_CASES for exact in case.exact]
LOOSER = [(case, looser) for case in ALL_CASES for looser in case.looser]


def cells() -> list[Cell]:
    """Return every option set of every case, on every backend, in every mode and dtype that there is for it."""
    return [
        (point, framework, mode, dtype)
        for framework in FRAMEWORKS
        for point in POINTS
        for mode in framework.modes
        for dtype in (*framework.modes[mode].dtypes, *(framework.halves if mode == framework.main else ()))
        if belongs(point, framework, mode, dtype)
    ]


def parameters(cells: list[Cell], ordinary: Callable[..., bool]) -> Any:
    """Make a test of each cell; those that are not for an ordinary run are marked."""
    return pytest.mark.parametrize(
        ("point", "framework", "mode", "dtype"),
        [
            pytest.param(
                *cell,
                id="-".join([cell[0].name, *map(str, cell[1:])]),
                marks=() if ordinary(*cell) else pytest.mark.exhaustive,
            )
            for cell in cells
        ],
    )


def belongs(point: Point, framework: Framework, mode: str, dtype: str) -> bool:
    """Whether a cell is part of the matrix.

    In the main mode of a framework all are; half precision has the first options alone, and so has float64 where that
    mode compiles. The other modes transform or compile the same source: they have the first options in float32, where
    rounding shows most, and all of it where a case is `thorough`.
    """
    chosen, case, first = framework.modes[mode], point.case, point.number == 0
    if chosen.by_rows and not point.by_rows:
        return False
    if mode == "inductor":
        return case.thorough and first and dtype == "float32"
    if (first and (mode == framework.main or dtype == "float32")) or case.thorough:
        return dtype not in framework.halves or first
    return mode == framework.main and (dtype == "float32" or (dtype == "float64" and not chosen.compiles))


SLOW = [("jax", "eager"), ("jax", "x32"), ("tensorflow", "forward"), ("tensorflow", "xla")]
"""Modes that take seconds for a cell, and do what another mode does, which has one loss of every family."""


def is_ordinary(point: Point, framework: Framework, mode: str, dtype: str) -> bool:
    """Whether a cell is part of an ordinary run.

    JAX and TensorFlow take a second for a cell, compilers several: there it has the first options in float32, and in
    modes beside the main one those of one loss a family.
    """
    case, briefly = point.case, point.number == 0 and dtype == "float32"
    if mode == framework.main:
        return case.thorough or briefly or framework.name not in ("jax", "tensorflow")
    return briefly and (case.thorough or (case in REPRESENTATIVE and (framework.name, mode) not in SLOW))


def points_of(point: Point, framework: Framework, mode: str, dtype: str) -> list[Point]:
    """Return the ordinary point of an option set, and the extremes.

    Half precision has none: its rounding would move them. Every kind of extreme is for a framework's main mode; the
    others compile or transform the same source, and have the mixture of extremes.
    """
    if dtype in framework.halves:
        return [point]
    extremes = [extreme for extreme in point.case.extreme_points if extreme.number == point.number]
    return [point, *(each for each in extremes if mode == framework.main or each.kind == "extreme")]


def check(points: list[Point], cell: Cell, record: Callable[..., None]) -> None:
    """Compare a cell at some points with the truth, and keep what was measured."""
    _, framework, mode, dtype = cell
    if framework.modes[mode].missing:
        pytest.skip(framework.modes[mode].missing)
    found = [measure for each in points for measure in measures(each, framework, mode, dtype)]
    record(found)
    failures = [str(measure) for measure in found if not measure.passed]
    assert not failures, "\n".join(failures)


def of_other_shapes(point: Point, framework: Framework, mode: str, dtype: str) -> list[Point]:
    """Return the points of a cell that a compiler has to compile for once more: one class, one element, none."""
    compiles = framework.modes[mode].compiles
    return [each for each in points_of(point, framework, mode, dtype) if compiles and each.kind in SHAPES]


@parameters(cells(), is_ordinary)
def test_truth(point: Point, framework: Framework, mode: str, dtype: str, record: Callable[..., None]) -> None:
    cell = point, framework, mode, dtype
    others = of_other_shapes(*cell)
    check([each for each in points_of(*cell) if each not in others], cell, record)


@pytest.mark.slow
@parameters(
    [cell for cell in cells() if of_other_shapes(*cell)],
    lambda point, *where: point.case in REPRESENTATIVE and is_ordinary(point, *where),
)
def test_truth_in_other_shapes(
    point: Point, framework: Framework, mode: str, dtype: str, record: Callable[..., None]
) -> None:
    cell = point, framework, mode, dtype
    check(of_other_shapes(*cell), cell, record)


@pytest.mark.parametrize(("case", "exact"), EXACT, ids=[f"{case.name}-{exact.why}" for case, exact in EXACT])
def test_exact_points(case: Case, exact: Exact, dtype: str, framework: Framework) -> None:
    inputs = {name: as_arrays(tree, case.inputs[name], dtype) for name, tree in exact.inputs.items()}
    what = f"{case.name}, {exact.why}, {dict(exact.options)}, {framework} {framework.main}"
    call = Call(case, framework, inputs, exact.options)
    prepare = framework.modes[framework.main].prepare(call.subject(curvature=exact.hessian is not None), call.arrays)
    results = framework.brisk(prepare)(*call.arrays)
    gradients = call.by_argument(results["gradient"])
    compare.check_known(framework.numpy(results["value"]), exact.value, dtype, f"{what}, value")
    for name, known in exact.gradient.items():
        wanted_parts = leaves(as_arrays(known, case.inputs[name], dtype))
        for part, wanted in zip(gradients[name], wanted_parts, strict=True):
            compare.check_known(part, wanted, dtype, f"{what}, gradient by {name}")
    if exact.hessian is not None:
        second = framework.numpy(results["hessian"][0])
        compare.check_known(second, exact.hessian, dtype, f"{what}, second derivative")


def needed(case: Case, looser: Looser) -> bool:
    """Whether a result anywhere is beyond the plain bound, and the wider one needed."""
    return any(
        looser.holds(what, argument, framework.name, dtype, each.kind)
        and plain_excess(case, got, true, dtype).excess > 1.0
        for framework in FRAMEWORKS
        for mode in sorted(framework.modes, key=lambda mode: mode != framework.main)
        for dtype in looser.dtypes
        for point in case.points
        if mode != "inductor" and dtype in framework.modes[mode].dtypes and belongs(point, framework, mode, dtype)
        for each in points_of(point, framework, mode, dtype)
        for what, argument, got, true in compared(each, framework, mode, dtype)
    )


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("case", "looser"), LOOSER, ids=[f"{case.name}-{looser.what}-{looser.reason[:30]}" for case, looser in LOOSER]
)
def test_wider_bounds_are_needed(case: Case, looser: Looser) -> None:
    assert needed(case, looser), f"{case.name}: the wider bound ({looser.reason}) is not needed any more"
