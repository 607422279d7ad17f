"""The truth itself: both of its legs agree, it knows kinks, and what is stored is what is derived."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from conformance import differences, golden, many_classes
from conformance.case import Case, Point
from conformance.cases import ALL_CASES, CASES
from conformance.domains import Real
from conformance.formulas import elementwise
from conformance.frameworks import FRAMEWORKS
from conformance.own_source import results

POINTS = [point for loss in CASES for point in golden.points(loss) if point.kind != "10000 classes"]
MANY = [point for loss in CASES for point in golden.points(loss) if point.kind == "10000 classes"]
MODES = {mode for framework in FRAMEWORKS for mode in framework.modes}
HUBER = CASES["huber"][0]
DIGITS = 40
PRECISION = 800
"""Digits of the second leg: enough for the square of the smallest number of float64 beside 1."""

SMALLEST = {"float32": mpf(10) ** -100, "float64": mpf(10) ** -330}
"""No dtype has smaller numbers, and the formula's digits need not show any."""


def disagreements(point: Point, dtype: str, digits: int) -> Iterator[str]:
    """Yield what differs between the textbook and the package's own source by more than the last of some digits."""
    textbook = differences.derive(point, dtype)
    with mpmath.workdps(PRECISION):
        own = results(point, dtype)
        pairs = {
            "value": (own.none, textbook.none),
            "sum": ([own.sum], textbook.sum),
            "mean": ([own.mean], textbook.mean if point.case.reduces else textbook.sum),
        }
        for name, numbers in textbook.gradient.items():
            if name not in point.case.constant:
                pairs[f"gradient by {name}"] = own.gradient[name], numbers
        if textbook.hessian is not None and point.kind not in point.case.uncurved:
            pairs["second derivative"] = own.hessian, textbook.hessian
        for what, (found, numbers) in pairs.items():
            for place, got in enumerate(found):
                true, condition = numbers.true[place], numbers.condition[place]
                if true is not None and not agree(got, true, condition, digits, dtype):
                    texts = mpmath.nstr(got, digits + 5), mpmath.nstr(true, digits + 5)
                    yield f"{point.name}, {dtype}, {what}, element {place}: source {texts[0]}, textbook {texts[1]}"


def agree(one: Any, other: Any, condition: float, digits: int, dtype: str) -> bool:
    """Whether numbers agree to some digits, or to twice as many of the terms that cancel in them."""
    if not (mpmath.isfinite(one) and mpmath.isfinite(other)):
        return bool(one == other)
    slack = max(abs(one), abs(other)) * mpf(10) ** -digits + mpf(condition) * mpf(10) ** (-2 * digits)
    return bool(abs(one - other) <= slack + SMALLEST[dtype])


def is_ordinary(point: Point) -> bool:
    """Whether every run compares both formulas there; further options and the extremes are for `nox -s golden`."""
    return point.kind == "ordinary" and point.number == 0


def digits_of(point: Point) -> int:
    return point.case.coarse.get(point.number, (DIGITS, ""))[0]


@pytest.mark.parametrize(
    "point",
    [
        pytest.param(point, id=point.name, marks=() if is_ordinary(point) else pytest.mark.exhaustive)
        for point in POINTS
    ],
)
def test_both_legs_agree(point: Point) -> None:
    assert not list(disagreements(point, "float64", digits_of(point)))  # the inputs of float32 are as good, and nearer


@pytest.mark.parametrize(
    ("case", "number"),
    [(case, number) for case in ALL_CASES for number in case.coarse],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_fewer_digits_are_needed(case: Case, number: int) -> None:
    points = [point for point in POINTS if point.case is case and point.number == number]
    found = any(any(disagreements(point, "float64", DIGITS)) for point in points)
    assert found, f"{case.name}: the source agrees to {DIGITS} digits now"


def test_a_wrong_formula_disagrees_with_the_source() -> None:
    case = replace(
        HUBER, options=({},), formula=lambda predictions, targets: elementwise(wrong_huber, predictions, targets)
    )
    assert list(disagreements(Point(case), "float64", DIGITS))


def wrong_huber(prediction: Any, target: Any) -> Any:
    error = abs(prediction - target)
    return error**2 / 2 if error <= 1 else error - mpf("0.5000000000000000000000000000000001")


SCALAR = {"predictions": Real((1,)), "targets": Real((1,))}


@pytest.mark.parametrize(
    ("f", "slope", "smooth"),
    [
        (lambda p: abs(p), 0, False),
        (lambda p: max(p, 2 * p), 1, False),
        (lambda p: min(-p, -3 * p), -1, False),
        (lambda p: max(p, mpf(0)) ** 2, 0, False),
        (lambda p: p * mpmath.log(p) if p > 0 else mpf(0), 0, False),
        (lambda p: p / abs(p) if p else mpf(0), 0, False),
        (lambda p: p**3, 0, False),
        (lambda p: p**2 - 5 * p, -5, True),
        (lambda p: mpmath.expm1(p), 1, True),
    ],
    ids=["v", "convex", "concave", "joint", "entropy", "direction", "cubic", "parabola", "exponential"],
)
def test_kinks_are_known(f: Any, slope: int, smooth: bool, dtype: str) -> None:
    case = Case("squared_error", lambda predictions, targets: elementwise(f, predictions), SCALAR)
    found = differences.derive(Point(case, kind="zeros"), dtype)
    assert abs(found.gradient["predictions"].true[0] - slope) < mpf(10) ** -60
    assert (found.hessian is not None and found.hessian.true[0] is not None) == smooth


def test_an_infinite_input_is_a_constant() -> None:
    (case, *_) = CASES["cross_entropy"]
    found = differences.derive(Point(case, kind="excluded"), "float64").gradient["logits"]
    assert [x for x, true in enumerate(found.true) if true == 0] == [0, 4, 8]


def test_every_kind_is_among_the_points_or_has_a_reason() -> None:
    for cases in CASES.values():
        for case in cases:
            kinds = {point.kind for point in case.extreme_points}
            unknown = {entry if isinstance(entry, str) else entry[0] for entry in case.without} - set(case.known_kinds)
            assert not unknown, f"{case.name} has no points of the kinds {unknown} to leave out"
            assert set(case.known_kinds) - kinds <= {entry for entry in case.without if isinstance(entry, str)}
            assert all(reason for reason in (*case.without.values(), *case.uncurved.values()))
            assert set(case.uncurved) <= kinds | MODES


def test_kinds_have_the_values_that_they_are_named_for() -> None:
    huber = {point.kind: point.inputs("float32") for point in HUBER.extreme_points}
    assert not huber["zeros"]["predictions"].any()
    assert (huber["equal"]["predictions"] == huber["equal"]["targets"]).all()
    assert huber["first zero"]["targets"].all()
    assert 0 < abs(huber["subnormal"]["targets"]).max() < abs(huber["smallest normal"]["targets"]).min()
    assert huber["one element"]["targets"].shape == (1, 1)
    (case, *_) = CASES["cross_entropy"]
    logits = {point.kind: point.inputs("float32")["logits"] for point in case.extreme_points}
    assert (logits["excluded"][:, 0] == -np.inf).all()
    assert logits["10000 classes"].shape == (1, 10_000)
    assert logits["one class"].shape == (3, 1)


@pytest.mark.parametrize("point", MANY, ids=lambda point: point.name)
def test_many_classes_are_the_textbook(point: Point, dtype: str) -> None:
    """The way that derives 10,000 classes gives with few classes what differences give, and conditions from below."""
    few = Point(point.case)
    if len(many_classes.derive(few, dtype).none.true) != 1:
        few = Point(point.case, kind="one class")
    short, textbook = many_classes.derive(few, dtype), differences.derive(few, dtype)
    assert agree(short.sum.true[0], textbook.sum.true[0], 0.0, DIGITS, dtype)
    for name, numbers in textbook.gradient.items():
        for place, true in enumerate(numbers.true):
            assert agree(short.gradient[name].true[place], true, numbers.condition[place], DIGITS, dtype)
            assert short.gradient[name].condition[place] <= 1.0001 * numbers.condition[place]
