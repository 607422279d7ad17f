"""Cases of the family relative."""

from __future__ import annotations

from mpmath import log, mpf

from conformance.case import Case, Exact
from conformance.domains import Positive, Real
from conformance.formulas import Nested, elementwise

SHAPE = (4, 3)
FLUSHED = "TensorFlow flushes such numbers to 0, which is a target of its own"

SQUARED = "JAX's derivative of a quotient has the square of the denominator, which underflows"


def absolute_percentage_error(predictions: Nested, targets: Nested, floor: float = 0.0) -> Nested:
    return elementwise(lambda p, t: abs(p - t) / max(abs(t), mpf(floor)), predictions, targets)


def symmetric_share(p: Nested, t: Nested) -> Nested:
    return 2 * abs(p - t) / (abs(p) + abs(t)) if p or t else mpf(0)


CASES = [
    Case(
        "squared_log_error",
        lambda predictions, targets: elementwise(lambda p, t: (log(1 + p) - log(1 + t)) ** 2, predictions, targets),
        {"predictions": Positive(SHAPE), "targets": Positive(SHAPE)},
        exact=(
            Exact(
                "equal numbers",
                {"predictions": [0.0, 1.0, -0.5], "targets": [0.0, 1.0, -0.5]},
                [0.0, 0.0, 0.0],
                {"predictions": [0.0, 0.0, 0.0], "targets": [0.0, 0.0, 0.0]},
                hessian=[2.0, 0.5, 8.0],
            ),
            Exact(
                "numbers between -1 and 0, and nearly equal ones",
                {"predictions": [-0.5, 0.0, 1e-12], "targets": [0.0, -0.75, 0.0]},
                [0.4804530139182014, 1.9218120556728056, 9.99999999999e-25],
            ),
        ),
    ),
    Case(
        "absolute_percentage_error",
        absolute_percentage_error,
        {"predictions": Real(SHAPE), "targets": Positive(SHAPE)},
        options=({}, {"floor": 0.75}),
        without={
            "subnormal": f"{FLUSHED}; the reciprocal of such a target is beyond the dtype",
            **{(kind, 0): SQUARED for kind in ("smallest normal", "wide")},
        },
        rounding="algebraic",
        exact=(
            Exact(
                "too small, too large and right, of either sign",
                {"predictions": [1.0, 5.0, 2.0, 0.0], "targets": [2.0, 2.0, 2.0, -4.0]},
                [0.5, 1.5, 0.0, 1.0],
                {"predictions": [-0.5, 0.5, 0.0, 0.25], "targets": [0.25, -1.25, 0.0, 0.0]},
                hessian=[0.0, 0.0, 0.0, 0.0],
            ),
            Exact(
                "a target of 0 above a floor",
                {"predictions": [1.0, 0.0, -1.0], "targets": [0.0, 0.0, 0.25]},
                [2.0, 0.0, 2.5],
                {"predictions": [2.0, 0.0, -2.0], "targets": [-2.0, 0.0, 2.0]},
                options={"floor": 0.5},
            ),
        ),
    ),
    Case(
        "symmetric_absolute_percentage_error",
        lambda predictions, targets: elementwise(symmetric_share, predictions, targets),
        {"predictions": Real(SHAPE), "targets": Real(SHAPE)},
        without={"subnormal": FLUSHED},
        rounding="algebraic",
        exact=(
            Exact(
                "right, half, opposite, and zeros",
                {"predictions": [3.0, 1.0, -1.0, 0.0, 2.0, 0.0], "targets": [3.0, 3.0, 2.0, 2.0, 0.0, 0.0]},
                [0.0, 1.0, 2.0, 2.0, 2.0, 0.0],
                {
                    "predictions": [0.0, -0.75, 0.0, 0.0, 0.0, 0.0],
                    "targets": [0.0, 0.25, 0.0, 0.0, 0.0, 0.0],
                },
            ),
        ),
    ),
]
