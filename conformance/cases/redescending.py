"""Cases of the family redescending."""

from __future__ import annotations

import math

from mpmath import exp, log, mpf

from conformance.case import Case, Exact
from conformance.domains import Real
from conformance.formulas import Nested, elementwise

SHAPE = (4, 3)
PAIR = {"predictions": Real(SHAPE), "targets": Real(SHAPE)}
OPTIONS = ({}, {"scale": 0.25})


def cauchy(predictions: Nested, targets: Nested, scale: float = 1.0) -> Nested:
    c = mpf(scale)
    return elementwise(lambda p, t: c**2 / 2 * log(1 + ((p - t) / c) ** 2), predictions, targets)


def welsch(predictions: Nested, targets: Nested, scale: float = 1.0) -> Nested:
    c = mpf(scale)
    return elementwise(lambda p, t: c**2 / 2 * (1 - exp(-(((p - t) / c) ** 2))), predictions, targets)


def geman_mcclure(predictions: Nested, targets: Nested, scale: float = 1.0) -> Nested:
    c = mpf(scale)
    return elementwise(lambda p, t: (p - t) ** 2 / (1 + ((p - t) / c) ** 2) / 2, predictions, targets)


def fair(predictions: Nested, targets: Nested, scale: float = 1.0) -> Nested:
    c = mpf(scale)
    return elementwise(lambda p, t: c**2 * (abs(p - t) / c - log(1 + abs(p - t) / c)), predictions, targets)


def tukey_biweight(predictions: Nested, targets: Nested, scale: float = 1.0) -> Nested:
    c = mpf(scale)
    return elementwise(
        lambda p, t: c**2 / 6 * (1 - (1 - ((p - t) / c) ** 2) ** 3 if abs(p - t) <= c else 1), predictions, targets
    )


CASES = [
    Case(
        "cauchy",
        cauchy,
        PAIR,
        options=OPTIONS,
        without={("wide", 0): "the curvature goes through 0, and rounding of the error decides on what it is"},
        exact=(
            Exact(
                "the centre, a tiny error and the steepest one",
                {"predictions": [0.0, 1e-12, 2.0], "targets": [0.0, 0.0, 0.0]},
                [0.0, 5e-25, 2.0 * math.log(2.0)],
                {"predictions": [0.0, 1e-12, 1.0]},
                hessian=[1.0, 1.0, 0.0],
                options={"scale": 2.0},
            ),
        ),
    ),
    Case(
        "welsch",
        welsch,
        PAIR,
        options=OPTIONS,
        exact=(
            Exact(
                "the centre, a tiny and a large error",
                {"predictions": [0.0, 1e-12, 1e30], "targets": [0.0, 0.0, 0.0]},
                [0.0, 5e-25, 2.0],
                {"predictions": [0.0, 1e-12, 0.0]},
                hessian=[1.0, 1.0, 0.0],
                options={"scale": 2.0},
            ),
        ),
    ),
    Case(
        "geman_mcclure",
        geman_mcclure,
        PAIR,
        options=OPTIONS,
        rounding="composite",
        exact=(
            Exact(
                "the centre, a tiny error, the half and a large one",
                {"predictions": [0.0, 1e-12, 2.0, -1e30], "targets": [0.0, 0.0, 0.0, 0.0]},
                [0.0, 5e-25, 1.0, 2.0],
                {"predictions": [0.0, 1e-12, 0.5, -1.6e-89]},
                options={"scale": 2.0},
            ),
        ),
    ),
    Case(
        "fair",
        fair,
        PAIR,
        options=OPTIONS,
        rounding="composite",
        coarse=dict.fromkeys((0, 1), (15, "the series of small errors is as long as double precision needs")),
        exact=(
            Exact(
                "the centre, a tiny error and the half slope",
                {"predictions": [0.0, 1e-20, -1.0], "targets": [0.0, 0.0, 0.0]},
                [0.0, 5e-41, 1.0 - math.log(2.0)],
                {"predictions": [0.0, 1e-20, -0.5]},
                hessian=[1.0, 1.0, 0.25],
            ),
        ),
    ),
    Case(
        "tukey_biweight",
        tukey_biweight,
        PAIR,
        options=({}, {"scale": 4.0}),
        without={("wide", 0): "rounding of the error decides on which side of the edge such numbers are"},
        rounding="composite",
        exact=(
            Exact(
                "the centre, a tiny error, the edge and beyond",
                {"predictions": [0.0, 1e-12, 3.0, 1e30], "targets": [0.0, 0.0, 0.0, 0.0]},
                [0.0, 5e-25, 1.5, 1.5],
                {"predictions": [0.0, 1e-12, 0.0, 0.0]},
                options={"scale": 3.0},
            ),
        ),
    ),
]
