"""Cases of the family regression."""

from __future__ import annotations

from conformance.case import Case, Exact
from conformance.domains import Real
from conformance.formulas import elementwise

PAIR = {"predictions": Real((4, 3)), "targets": Real((4, 3))}

CASES = [
    Case(
        "squared_error",
        lambda predictions, targets: elementwise(lambda p, t: (p - t) ** 2, predictions, targets),
        PAIR,
        rounding="algebraic",
        exact=(
            Exact(
                "perfect prediction",
                {"predictions": [1.5, 0.0], "targets": [1.5, 0.0]},
                [0.0, 0.0],
                {"predictions": [0.0, 0.0], "targets": [0.0, 0.0]},
                hessian=[2.0, 2.0],
            ),
        ),
        inductor=True,
    ),
    Case(
        "absolute_error",
        lambda predictions, targets: elementwise(lambda p, t: abs(p - t), predictions, targets),
        PAIR,
        without={"subnormal": "TensorFlow flushes such numbers to 0, where the kink has the derivative 0"},
        rounding="algebraic",
        exact=(
            Exact(
                "the kink has gradient 0",
                {"predictions": [1.5, 0.0, -0.0, 1e-30], "targets": [1.5, 0.0, 0.0, 0.0]},
                [0.0, 0.0, 0.0, 1e-30],
                {"predictions": [0.0, 0.0, 0.0, 1.0], "targets": [0.0, 0.0, 0.0, -1.0]},
                hessian=[0.0, 0.0, 0.0, 0.0],
            ),
        ),
    ),
]
