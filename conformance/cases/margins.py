"""Cases of the family margins."""

from __future__ import annotations

import math

from mpmath import exp, log, mpf

from conformance.case import Case, Exact
from conformance.domains import Exponent, Real, Sign
from conformance.formulas import Nested, elementwise

SHAPE = (4, 3)
SCORES = Real(SHAPE, extremes=(0.0, 1e4, -1e4, 1e-30, -1e-30, 50.0, -50.0, 1e-3, -1e-3, 1e-8, 0.75, -100.0))
MARGINS = {"scores": SCORES, "targets": Sign(SHAPE)}


def logistic(scores: Nested, targets: Nested) -> Nested:
    return elementwise(lambda s, y: log(1 + exp(-y * s)), scores, targets)


def exponential(scores: Nested, targets: Nested) -> Nested:
    return elementwise(lambda s, y: exp(-y * s), scores, targets)


def modified_huber(scores: Nested, targets: Nested) -> Nested:
    def one(s: Nested, y: Nested) -> Nested:
        return max(mpf(0), 1 - y * s) ** 2 if y * s >= -1 else -4 * y * s

    return elementwise(one, scores, targets)


def perceptron(scores: Nested, targets: Nested) -> Nested:
    return elementwise(lambda s, y: max(mpf(0), -y * s), scores, targets)


CASES = [
    Case(
        "logistic",
        logistic,
        MARGINS,
        exact=(
            Exact(
                "the score 0 and saturated scores",
                {"scores": [0.0, 1000.0, -1000.0, 1000.0], "targets": [-1.0, -1.0, 1.0, 1.0]},
                [math.log(2.0), 1000.0, 1000.0, 0.0],
                {"scores": [0.5, 1.0, -1.0, 0.0]},
                hessian=[0.25, 0.0, 0.0, 0.0],
            ),
            Exact(
                "confident and right",
                {"scores": [-16.0, 50.0], "targets": [-1.0, 1.0]},
                [1.1253516838717682e-07, 1.9287498479639178e-22],
                {"scores": [1.12535162055095e-07, -1.9287498479639178e-22]},
            ),
        ),
    ),
    Case(
        "exponential",
        exponential,
        {"scores": Exponent(SHAPE), "targets": Sign(SHAPE)},
        exact=(
            Exact(
                "the score 0 and one far on the right side",
                {"scores": [0.0, 0.0, 1000.0], "targets": [1.0, -1.0, 1.0]},
                [1.0, 1.0, 0.0],
                {"scores": [-1.0, 1.0, 0.0], "targets": [0.0, 0.0, 0.0]},
                hessian=[1.0, 1.0, 0.0],
            ),
        ),
    ),
    Case(
        "modified_huber",
        modified_huber,
        MARGINS,
        rounding="algebraic",
        exact=(
            Exact(
                "the margin, where it becomes linear, and beyond",
                {"scores": [1.0, -1.0, 0.0, -2.0, 3e30], "targets": [1.0, 1.0, 1.0, 1.0, -1.0]},
                [0.0, 4.0, 1.0, 8.0, 1.2e31],
                {"scores": [0.0, -4.0, -2.0, -4.0, 4.0]},
            ),
            Exact(
                "the margin has second derivative 0",
                {"scores": [1.0, 0.0, 2.0, -2.0], "targets": [1.0, -1.0, 1.0, 1.0]},
                [0.0, 1.0, 0.0, 8.0],
                hessian=[0.0, 2.0, 0.0, 0.0],
            ),
        ),
    ),
    Case(
        "perceptron",
        perceptron,
        MARGINS,
        rounding="algebraic",
        without={"subnormal": "two frameworks flush such a score to 0, which is the kink"},
        exact=(
            Exact(
                "the score 0 has gradient 0",
                {"scores": [0.0, 0.0, -2.0, 3.0], "targets": [1.0, -1.0, 1.0, 1.0]},
                [0.0, 0.0, 2.0, 0.0],
                {"scores": [0.0, 0.0, -1.0, 0.0], "targets": [0.0, 0.0, 2.0, 0.0]},
                hessian=[0.0, 0.0, 0.0, 0.0],
            ),
        ),
    ),
]
