"""Cases of the family penalties."""

from __future__ import annotations

from itertools import pairwise

from mpmath import exp, mpf, sqrt

from conformance.case import Case, Exact, Looser
from conformance.domains import Exponent, Positive, Real
from conformance.formulas import Nested, rows

AWAY = Real((3, 2), extremes=(1e-30, -1e-30, 1e4, -1e4, 1e-8, 50.0))  # from the kink at 0
NEST = {"kernel": Real((3, 2)), "rest": [Real((2,)), Real(())]}


FLUSHED = {"subnormal": "TensorFlow flushes such numbers to 0, where the kink has the derivative 0"}


PARALLEL = dict.fromkeys(("extreme", "wide"), "the curvature along a nearly parallel group is a small difference")
RATIO = Looser(
    "gradient",
    "forward mode forms the square of a ratio of 1e-34, which is flushed to 0",
    eps=1e-20,
    backends=("jax", "tensorflow"),
    dtypes=("float32",),
    kinds=("extreme",),
)
NEIGHBOURS = "equal neighbours on one side: each difference has a kink of its own"


def numbers(nested: Nested) -> list[Nested]:
    if isinstance(nested, dict):
        return numbers(list(nested.values()))
    return [x for part in nested for x in numbers(part)] if isinstance(nested, list) else [nested]


def l1_penalty(parameters: Nested) -> Nested:
    return sum(abs(x) for x in numbers(parameters))


def l2_penalty(parameters: Nested) -> Nested:
    return sum(x**2 for x in numbers(parameters))


def elastic_net_penalty(parameters: Nested, l1: Nested = 0.01, l2: Nested = 0.01) -> Nested:
    return l1 * l1_penalty(parameters) + l2 * l2_penalty(parameters)


def group_lasso(parameters: Nested, axis: int = -1) -> Nested:
    arrays = [parameters] if isinstance(parameters, list) else parameters.values()
    lengths = [rows(lambda w: sqrt(len(w) * sum(x**2 for x in w)), axis, array) for array in arrays]
    return sum(numbers(lengths))


def orthogonality(parameters: Nested, axis: int = -1) -> Nested:
    matrix = [list(column) for column in zip(*parameters, strict=True)] if axis == -2 else parameters
    products = [[sum(x * y for x, y in zip(a, b, strict=True)) for b in matrix] for a in matrix]
    return sum((x - (i == j)) ** 2 for i, row in enumerate(products) for j, x in enumerate(row))


def total_variation(predictions: Nested, axis: int | tuple[int, ...] = -1) -> Nested:
    def signal(x: list[Nested]) -> Nested:
        return sum((abs(b - a) for a, b in pairwise(x)), mpf(0))

    def image(x: list[list[Nested]]) -> Nested:
        return sum(signal(row) for row in x) + sum(signal(list(column)) for column in zip(*x, strict=True))

    return [image(x) for x in predictions] if not isinstance(axis, int) else rows(signal, axis, predictions)


def uncertainty_weighting(values: list[Nested], log_var: list[Nested]) -> Nested:
    return sum(exp(-s) * loss + s for loss, s in zip(values, log_var, strict=True))


def zero(value: float, gradient: float, second: float, **options: float) -> tuple[Exact, ...]:
    """Return the point at which one parameter is 0 and one is -2."""
    return (
        Exact(
            "a parameter of 0 has gradient 0",
            {"parameters": [0.0, -2.0]},
            value,
            {"parameters": [0.0, gradient]},
            hessian=[second, second],
            options=options,
        ),
    )


CASES = [
    Case(
        "l1_penalty",
        l1_penalty,
        {"parameters": AWAY},
        without=FLUSHED,
        rounding="algebraic",
        exact=zero(2.0, -1.0, 0.0),
    ),
    Case("l1_penalty", l1_penalty, {"parameters": NEST}, label="nest", without=FLUSHED, rounding="algebraic"),
    Case("l2_penalty", l2_penalty, {"parameters": Real((3, 2))}, rounding="algebraic", exact=zero(4.0, -4.0, 2.0)),
    Case("l2_penalty", l2_penalty, {"parameters": NEST}, label="nest", rounding="algebraic"),
    Case(
        "elastic_net_penalty",
        elastic_net_penalty,
        {"parameters": NEST},
        without=FLUSHED,
        options=({"l1": 0.25, "l2": 0.5}, {"l1": 0.0, "l2": 2.0}),
        rounding="algebraic",
    ),
    Case(
        "group_lasso",
        group_lasso,
        {"parameters": AWAY},
        options=({}, {"axis": -2}),
        coupled="all",
        without=FLUSHED,
        uncurved=PARALLEL,
        looser=(RATIO,),
        exact=(
            Exact(
                "a group of zeros beside others",
                {"parameters": [[0.0, 0.0, 0.0, 0.0], [3.0, 0.0, 0.0, -4.0]]},
                10.0,
                {"parameters": [[0.0, 0.0, 0.0, 0.0], [1.2, 0.0, 0.0, -1.6]]},
            ),
        ),
    ),
    Case(
        "group_lasso",
        group_lasso,
        {"parameters": {"kernel": Real((3, 2)), "bias": Real((3,))}},
        label="nest",
        coupled="all",
        without=FLUSHED,
        uncurved=PARALLEL,
        looser=(RATIO,),
    ),
    Case(
        "orthogonality",
        orthogonality,
        {"parameters": Real((2, 3))},
        options=({}, {"axis": -2}),
        rounding="algebraic",
        coupled="all",
        without=dict.fromkeys(("wide", "overflow"), "fourth powers overflow, with both signs in the gradient"),
        exact=(
            Exact(
                "an orthonormal set",
                {"parameters": [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]},
                0.0,
                {"parameters": [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]},
            ),
            Exact(
                "a vector too long, and one of zeros",
                {"parameters": [[2.0, 0.0], [0.0, 0.0]]},
                10.0,
                {"parameters": [[24.0, 0.0], [0.0, 0.0]]},
            ),
        ),
    ),
    Case(
        "total_variation",
        total_variation,
        {"predictions": Real((3, 4))},
        without=dict.fromkeys(("smallest normal", "subnormal", "overflow", "half"), NEIGHBOURS),
        rounding="algebraic",
        coupled=-1,
        exact=(
            Exact(
                "equal neighbours add nothing to the gradient",
                {"predictions": [[1.0, 1.0, 3.0, 2.0], [5.0, 5.0, 5.0, 5.0]]},
                [3.0, 0.0],
                {"predictions": [[0.0, -1.0, 2.0, -1.0], [0.0, 0.0, 0.0, 0.0]]},
                hessian=[[0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]],
            ),
        ),
    ),
    Case(
        "total_variation",
        total_variation,
        {"predictions": Real((2, 3, 2))},
        options=({"axis": (-2, -1)},),
        without=dict.fromkeys(("smallest normal", "subnormal", "overflow", "half"), NEIGHBOURS),
        label="image",
        rounding="algebraic",
        coupled="all",
    ),
    Case(
        "total_variation",
        total_variation,
        {"predictions": Real((4, 3))},
        options=({"axis": 0},),
        label="first",
        rounding="algebraic",
        coupled=0,
    ),
    Case(
        "uncertainty_weighting",
        uncertainty_weighting,
        {"values": Positive((6,)), "log_var": Exponent((6,))},
        exact=(
            Exact(
                "the best weight",
                {"values": [1.0, 2.0], "log_var": [0.0, 0.0]},
                3.0,
                {"values": [1.0, 1.0], "log_var": [0.0, -1.0]},
                hessian=[0.0, 0.0],
            ),
        ),
    ),
]
