"""Cases of the family robust."""

from __future__ import annotations

import math

from mpmath import cosh, log, mpf, sqrt

from conformance.case import Case, Exact
from conformance.domains import Real
from conformance.formulas import Nested, elementwise

PAIR = {"predictions": Real((4, 3)), "targets": Real((4, 3))}


def huber(predictions: Nested, targets: Nested, delta: float = 1.0) -> Nested:
    return elementwise(
        lambda p, t: (p - t) ** 2 / 2 if abs(p - t) <= delta else delta * (abs(p - t) - delta / 2),
        predictions,
        targets,
    )


def smooth_l1(predictions: Nested, targets: Nested, beta: float = 1.0) -> Nested:
    return elementwise(
        lambda p, t: (p - t) ** 2 / (2 * mpf(beta)) if abs(p - t) < beta else abs(p - t) - mpf(beta) / 2,
        predictions,
        targets,
    )


def pseudo_huber(predictions: Nested, targets: Nested, delta: float = 1.0) -> Nested:
    return elementwise(lambda p, t: mpf(delta) ** 2 * (sqrt(1 + ((p - t) / delta) ** 2) - 1), predictions, targets)


def charbonnier(predictions: Nested, targets: Nested, epsilon: float = 1e-3) -> Nested:
    return elementwise(lambda p, t: sqrt((p - t) ** 2 + mpf(epsilon) ** 2), predictions, targets)


def wing(predictions: Nested, targets: Nested, width: float = 10.0, epsilon: float = 2.0) -> Nested:
    beyond = width - width * log(1 + mpf(width) / epsilon)
    return elementwise(
        lambda p, t: width * log(1 + abs(p - t) / epsilon) if abs(p - t) < width else abs(p - t) - beyond,
        predictions,
        targets,
    )


CASES = [
    Case(
        "huber",
        huber,
        PAIR,
        options=({}, {"delta": 0.25}),
        rounding="algebraic",
        exact=(
            Exact(
                "both joints and the centre",
                {"predictions": [0.0, 0.5, -0.5, 1e-8], "targets": [0.0, 0.0, 0.0, 0.0]},
                [0.0, 0.125, 0.125, 5e-17],
                {"predictions": [0.0, 0.5, -0.5, 1e-8]},
                hessian=[1.0, 1.0, 1.0, 1.0],
                options={"delta": 0.5},
            ),
            Exact(
                "errors whose square overflows",
                {"predictions": [1e30, -1e30], "targets": [0.0, 0.0]},
                [1e30, 1e30],
                {"predictions": [1.0, -1.0]},
                hessian=[0.0, 0.0],
            ),
        ),
        thorough=True,
    ),
    Case(
        "log_cosh",
        lambda predictions, targets: elementwise(lambda p, t: log(cosh(p - t)), predictions, targets),
        PAIR,
        exact=(
            Exact(
                "centre, tiny and large errors",
                {"predictions": [0.0, 1e-12, 1000.0, -1000.0], "targets": [0.0, 0.0, 0.0, 0.0]},
                [0.0, 5e-25, 1000.0 - math.log(2.0), 1000.0 - math.log(2.0)],
                {"predictions": [0.0, 1e-12, 1.0, -1.0]},
                hessian=[1.0, 1.0, 0.0, 0.0],
            ),
        ),
    ),
    Case(
        "smooth_l1",
        smooth_l1,
        PAIR,
        options=({}, {"beta": 0.25}, {"beta": 0.0}),
        without={
            ("subnormal", 2): "TensorFlow flushes such numbers to 0, where the kink has the derivative 0",
            ("wide", 0): "rounding of the error decides on which side of the joint such numbers are",
        },
        rounding="algebraic",
        exact=(
            Exact(
                "both joints, the centre and beyond",
                {"predictions": [0.0, 0.5, -0.5, 2.0], "targets": [0.0, 0.0, 0.0, 0.0]},
                [0.0, 0.25, 0.25, 1.75],
                {"predictions": [0.0, 1.0, -1.0, 1.0]},
                hessian=[2.0, 2.0, 2.0, 0.0],
                options={"beta": 0.5},
            ),
            Exact(
                "the limit has a kink with gradient 0",
                {"predictions": [0.0, 0.5, -1e30], "targets": [0.0, 0.0, 0.0]},
                [0.0, 0.5, 1e30],
                {"predictions": [0.0, 1.0, -1.0]},
                hessian=[0.0, 0.0, 0.0],
                options={"beta": 0.0},
            ),
        ),
    ),
    Case(
        "pseudo_huber",
        pseudo_huber,
        PAIR,
        options=({}, {"delta": 0.25}),
        rounding="composite",
        exact=(
            Exact(
                "the centre, tiny and large errors",
                {"predictions": [0.0, 1e-12, 1e12], "targets": [0.0, 0.0, 0.0]},
                [0.0, 5e-25, 1e12 - 1.0],
                {"predictions": [0.0, 1e-12, 1.0]},
                hessian=[1.0, 1.0, 1e-36],
            ),
            Exact(
                "a triangle",
                {"predictions": [3.0, -3.0], "targets": [0.0, 0.0]},
                [4.0, 4.0],
                {"predictions": [2.4, -2.4]},
                hessian=[0.512, 0.512],
                options={"delta": 4.0},
            ),
        ),
    ),
    Case(
        "charbonnier",
        charbonnier,
        PAIR,
        options=({}, {"epsilon": 0.5}),
        without={
            ("subnormal", 0): "TensorFlow flushes such numbers to 0, and the slope there is steep",
            ("wide", 0): "the cube of the ratio underflows in the curvature, and TensorFlow flushes it",
        },
        rounding="composite",
        exact=(
            Exact(
                "the centre, a triangle and a large error",
                {"predictions": [0.0, 3.0, 1e11], "targets": [0.0, 0.0, 0.0]},
                [4.0, 5.0, 1e11],
                {"predictions": [0.0, 0.6, 1.0]},
                hessian=[0.25, 0.128, 1.6e-32],
                options={"epsilon": 4.0},
            ),
        ),
    ),
    Case(
        "wing",
        wing,
        PAIR,
        options=({}, {"width": 0.75, "epsilon": 0.25}),
        without={"subnormal": "TensorFlow flushes such numbers to 0, where the kink has the derivative 0"},
        exact=(
            Exact(
                "the kinks and beyond",
                {"predictions": [0.0, 1.0, -1.0, 3.0], "targets": [0.0, 0.0, 0.0, 0.0]},
                [0.0, math.log(2.0), math.log(2.0), 2.0 + math.log(2.0)],
                {"predictions": [0.0, 0.5, -0.5, 1.0]},
                options={"width": 1.0, "epsilon": 1.0},
            ),
        ),
    ),
]
