"""Cases of the family quantile."""

from __future__ import annotations

from mpmath import mpf

from conformance.case import Case, Exact
from conformance.domains import Probability, Real
from conformance.formulas import Nested, dimensions, elementwise

SHAPE = (4, 3)
PAIR = {"predictions": Real(SHAPE), "targets": Real(SHAPE)}
FLUSHED = "TensorFlow flushes such numbers to 0, where the kink has the derivative 0"


def shares(given: Nested, like: Nested) -> Nested:
    """Return an option for each place: a number stands for all, a list for each of the last axis."""
    if dimensions(given) < dimensions(like):
        return [shares(given, part) for part in like]
    return given


def pinball(predictions: Nested, targets: Nested, quantile: Nested = 0.5) -> Nested:
    return elementwise(
        lambda p, t, q: max(q * (t - p), (q - 1) * (t - p)), predictions, targets, shares(quantile, predictions)
    )


def expectile(predictions: Nested, targets: Nested, expectile: Nested = 0.5) -> Nested:
    return elementwise(
        lambda p, t, q: abs(q - (1 if t < p else 0)) * (t - p) ** 2, predictions, targets, shares(expectile, targets)
    )


def interval_score(lower: Nested, upper: Nested, targets: Nested, alpha: Nested = 0.1) -> Nested:
    def score(b: Nested, u: Nested, y: Nested, a: Nested) -> Nested:
        below = 2 / mpf(a) * (b - y) if y < b else 0
        above = 2 / mpf(a) * (y - u) if y > u else 0
        return (u - b) + below + above

    return elementwise(score, lower, upper, targets, shares(alpha, targets))


def epsilon_insensitive(predictions: Nested, targets: Nested, epsilon: float = 0.1) -> Nested:
    return elementwise(lambda p, t: max(mpf(0), abs(p - t) - epsilon), predictions, targets)


def squared_epsilon_insensitive(predictions: Nested, targets: Nested, epsilon: float = 0.1) -> Nested:
    return elementwise(lambda x: x**2, epsilon_insensitive(predictions, targets, epsilon))


CASES = [
    Case(
        "pinball",
        pinball,
        PAIR,
        options=({}, {"quantile": 0.875}, {"quantile": Probability((3,))}),
        without={"subnormal": FLUSHED},
        rounding="algebraic",
        exact=(
            Exact(
                "above, below and at the target",
                {"predictions": [0.0, 2.0, 1.0], "targets": [1.0, 1.0, 1.0]},
                [0.75, 0.25, 0.0],
                {"predictions": [-0.75, 0.25, 0.0], "targets": [0.75, -0.25, 0.0]},
                hessian=[0.0, 0.0, 0.0],
                options={"quantile": 0.75},
            ),
            Exact(
                "the least and the greatest quantile",
                {"predictions": [0.0, 2.0], "targets": [1.0, 1.0]},
                [0.0, 1.0],
                {"predictions": [0.0, 1.0]},
                options={"quantile": 0.0},
            ),
        ),
    ),
    Case(
        "expectile",
        expectile,
        PAIR,
        options=({}, {"expectile": 0.875}, {"expectile": Probability((3,))}),
        without={"subnormal": "JAX flushes such numbers to 0, where the curvature jumps"},
        rounding="algebraic",
        exact=(
            Exact(
                "above, below and at the target",
                {"predictions": [0.0, 2.0, 1.0], "targets": [1.0, 1.0, 1.0]},
                [0.75, 0.25, 0.0],
                {"predictions": [-1.5, 0.5, 0.0], "targets": [1.5, -0.5, 0.0]},
                hessian=[1.5, 0.5, 0.5],
                options={"expectile": 0.75},
            ),
        ),
    ),
    Case(
        "interval_score",
        interval_score,
        {"lower": Real(SHAPE), "upper": Real(SHAPE), "targets": Real(SHAPE)},
        options=({"alpha": 0.5}, {}, {"alpha": Probability((3,))}),
        without={"subnormal": FLUSHED},
        rounding="algebraic",
        coarse={1: (14, "2 / 0.1 is a number of double precision")},
        exact=(
            Exact(
                "below, on the ends, within, above",
                {
                    "lower": [0.0, 0.0, 0.0, 0.0, 0.0],
                    "upper": [2.0, 2.0, 2.0, 2.0, 2.0],
                    "targets": [-1.0, 0.0, 1.0, 2.0, 3.0],
                },
                [10.0, 2.0, 2.0, 2.0, 10.0],
                {
                    "lower": [7.0, 0.0, -1.0, -1.0, -1.0],
                    "upper": [1.0, 1.0, 1.0, 0.0, -7.0],
                    "targets": [-8.0, 0.0, 0.0, 0.0, 8.0],
                },
                options={"alpha": 0.25},
            ),
        ),
    ),
    Case(
        "epsilon_insensitive",
        epsilon_insensitive,
        PAIR,
        options=({}, {"epsilon": 0.0}, {"epsilon": 2.0}),
        without={("subnormal", 1): FLUSHED},
        rounding="algebraic",
        exact=(
            Exact(
                "the edges of the tube, within and beyond",
                {"predictions": [0.5, -0.5, 0.25, 0.75, -2.0], "targets": [0.0, 0.0, 0.0, 0.0, 0.0]},
                [0.0, 0.0, 0.0, 0.25, 1.5],
                {"predictions": [0.0, 0.0, 0.0, 1.0, -1.0]},
                hessian=[0.0, 0.0, 0.0, 0.0, 0.0],
                options={"epsilon": 0.5},
            ),
        ),
    ),
    Case(
        "squared_epsilon_insensitive",
        squared_epsilon_insensitive,
        PAIR,
        options=({}, {"epsilon": 0.0}, {"epsilon": 2.0}),
        rounding="algebraic",
        exact=(
            Exact(
                "the edges of the tube, within and beyond",
                {"predictions": [0.5, -0.5, 0.25, 0.75, -2.0], "targets": [0.0, 0.0, 0.0, 0.0, 0.0]},
                [0.0, 0.0, 0.0, 0.0625, 2.25],
                {"predictions": [0.0, 0.0, 0.0, 0.5, -3.0]},
                options={"epsilon": 0.5},
            ),
        ),
    ),
]
