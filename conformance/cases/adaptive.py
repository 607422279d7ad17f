"""Cases of the family adaptive."""

from __future__ import annotations

import math

from mpmath import exp, inf, log

from conformance.case import Case, Exact
from conformance.domains import Positive, Real
from conformance.formulas import Nested, elementwise
from conformance.particular_domains import Among

SHAPE = (4, 3)
BEYOND = "the ratio of error and scale, or its power, is beyond the dtype; the second case has such errors"
SLOPE = 16.0 * 2.5 / 10.25**2 / 0.8


def special_shapes(near: float) -> tuple[float, ...]:
    """Return the shapes that have limits, or a formula of their own, and their neighbours."""
    return (2.0 - near, 2.0 + 2.0 * near, 1.0, 1.0 + near, near, -near, 0.0, -2.0, -1e4, -math.inf, 1.5, -0.75)


def general_robust(predictions: Nested, targets: Nested, alpha: Nested, scale: Nested) -> Nested:
    def one(p: Nested, t: Nested, a: Nested, c: Nested) -> Nested:
        half = ((p - t) / c) ** 2 / 2
        if a == 2:
            return half
        if a == 0:
            return log(1 + half)
        if a == -inf:
            return 1 - exp(-half)
        bend = abs(a - 2)
        return bend / a * ((2 * half / bend + 1) ** (a / 2) - 1)

    return elementwise(one, predictions, targets, alpha, scale)


CASES = [
    Case(
        "general_robust",
        general_robust,
        {"predictions": Real(SHAPE), "targets": Real(SHAPE), "alpha": Real(SHAPE), "scale": Positive(SHAPE)},
        rounding="composite",
        without=dict.fromkeys(("smallest normal", "subnormal", "wide", "overflow"), BEYOND),
        coarse={0: (15, "series are as long as double precision needs")},
        exact=(
            Exact(
                "special shapes at an error of 0",
                {
                    "predictions": [3.0, 3.0, 3.0, 3.0, 3.0],
                    "targets": [3.0, 3.0, 3.0, 3.0, 3.0],
                    "alpha": [2.0, 1.0, 0.0, -2.0, -math.inf],
                    "scale": [2.0, 2.0, 2.0, 2.0, 2.0],
                },
                [0.0, 0.0, 0.0, 0.0, 0.0],
                {
                    "predictions": [0.0, 0.0, 0.0, 0.0, 0.0],
                    "alpha": [0.0, 0.0, 0.0, 0.0, 0.0],
                    "scale": [0.0, 0.0, 0.0, 0.0, 0.0],
                },
                hessian=[0.25, 0.25, 0.25, 0.25, 0.25],
            ),
            Exact(
                "squared, pseudo-Huber, Cauchy, Geman and McClure, Welsch",
                {
                    "predictions": [4.0, 1.5, 2.0, 2.0, 2.0],
                    "targets": [0.0, 0.0, 0.0, 0.0, 0.0],
                    "alpha": [2.0, 1.0, 0.0, -2.0, -math.inf],
                    "scale": [2.0, 2.0, math.sqrt(2.0), 0.8, math.sqrt(2.0)],
                },
                [2.0, 0.25, math.log(2.0), 2.0 * 6.25 / 10.25, 1.0 - math.exp(-1.0)],
                {
                    "predictions": [1.0, 0.3, 0.5, SLOPE, math.exp(-1.0)],
                    "targets": [-1.0, -0.3, -0.5, -SLOPE, -math.exp(-1.0)],
                    "scale": [-2.0, -0.225, -math.sqrt(0.5), -2.5 * SLOPE, -math.exp(-1.0) * math.sqrt(2.0)],
                },
            ),
            Exact(
                "errors whose squares overflow",
                {
                    "predictions": [1e30, -1e30, 1e30],
                    "targets": [0.0, 0.0, 0.0],
                    "alpha": [0.0, -2.0, -math.inf],
                    "scale": [1.0, 1.0, 1.0],
                },
                [60.0 * math.log(10.0) - math.log(2.0), 2.0, 1.0],
            ),
        ),
    ),
    Case(
        "general_robust",
        general_robust,
        {
            "predictions": Real(SHAPE),
            "targets": Real(SHAPE),
            "alpha": Among(SHAPE, special_shapes(2.0**-7), special_shapes(2.0**-20)),
            "scale": Among(SHAPE, (0.5, 1.0, 2.0)),
        },
        label="special shapes",
        without={"overflow": "a loss beyond the dtype has no gradient, though the truth may have one"},
        rounding="composite",
        coarse={0: (15, "series are as long as double precision needs")},
    ),
]
