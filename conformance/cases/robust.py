"""Cases of the family robust."""

from __future__ import annotations

import math

from mpmath import cosh, log

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
        inductor=True,
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
]
