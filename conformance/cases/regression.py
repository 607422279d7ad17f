"""Cases of the family regression."""

from __future__ import annotations

import math

from mpmath import mpf, sqrt

from conformance.case import Case, Exact, rounded_apart
from conformance.domains import Real
from conformance.formulas import Nested, elementwise, rows

PAIR = {"predictions": Real((4, 3)), "targets": Real((4, 3))}
# Of one order of magnitude: components that differ more than eps are lost beside each other, whatever the formula.
SPREAD = (0.0, 5.0, -5.0, 1e-30, 1e-3, -0.75)
VECTORS = {"predictions": Real((3, 4), extremes=SPREAD), "targets": Real((3, 4))}
COLUMNS = {"predictions": Real((4, 2), extremes=SPREAD), "targets": Real((4, 2))}
MIXED = "components that differ more than eps are lost beside each other, whatever the formula"
FLUSHED = "two frameworks flush such numbers to 0, and the vector has no direction there"
STEEP = "the curvature of a short vector is beyond the range of the dtype"
ALONG = "the curvature along a vector of one component is a difference of equal numbers"
TIES = "errors tie for the largest; the derivative is shared between them"


def mean(numbers: Nested) -> Nested:
    return sum(numbers) / len(numbers)


def root_mean_squared_error(predictions: Nested, targets: Nested, axis: int = -1) -> Nested:
    return rows(lambda a, b: sqrt(mean([(x - y) ** 2 for x, y in zip(a, b, strict=True)])), axis, predictions, targets)


def minkowski(predictions: Nested, targets: Nested, p: float = 2.0, axis: int = -1) -> Nested:
    def distance(a: Nested, b: Nested) -> Nested:
        sizes = [abs(x - y) for x, y in zip(a, b, strict=True)]
        return max(sizes) if p == math.inf else sum(size**p for size in sizes) ** (1 / mpf(p))

    return rows(distance, axis, predictions, targets)


def concordance(predictions: Nested, targets: Nested, axis: int = -1) -> Nested:
    def one(a: Nested, b: Nested) -> Nested:
        center_a, center_b = mean(a), mean(b)
        covariance = mean([(x - center_a) * (y - center_b) for x, y in zip(a, b, strict=True)])
        variances = mean([(x - center_a) ** 2 for x in a]) + mean([(y - center_b) ** 2 for y in b])
        spread = variances + (center_a - center_b) ** 2
        return 1 - 2 * covariance / spread if spread else mpf(0)

    return rows(one, axis, predictions, targets)


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
        thorough=True,
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
    Case(
        "root_mean_squared_error",
        root_mean_squared_error,
        VECTORS,
        rounding="composite",
        coupled=-1,
        without={"wide": MIXED, "subnormal": FLUSHED},
        uncurved={"smallest normal": STEEP},
        exact=(
            Exact(
                "an exact fit, and errors whose squares overflow",
                {
                    "predictions": [[1.0, 2.0], [3e30, 4e30], [1.5, -1.5]],
                    "targets": [[1.0, 2.0], [0.0, 0.0], [0.0, 0.0]],
                },
                [0.0, 3.5355339059327378e30, 1.5],
                {
                    "predictions": [[0.0, 0.0], [0.42426406871192851, 0.56568542494923802], [0.5, -0.5]],
                    "targets": [[0.0, 0.0], [-0.42426406871192851, -0.56568542494923802], [-0.5, 0.5]],
                },
            ),
        ),
    ),
    Case(
        "root_mean_squared_error",
        root_mean_squared_error,
        COLUMNS,
        ({"axis": 0},),
        "first",
        rounding="composite",
        coupled=0,
    ),
    Case(
        "minkowski",
        minkowski,
        VECTORS,
        options=({}, {"p": 1.0}, {"p": 3.0}, {"p": math.inf}),
        rounding="composite",
        coupled=-1,
        without={
            "wide": MIXED,
            "subnormal": FLUSHED,
            **{(kind, 2): ALONG for kind in ("overflow", "half")},
            **{(kind, 3): TIES for kind in ("overflow", "half")},
        },
        uncurved={"smallest normal": STEEP},
        coarse={2: (13, "the exponent 1/3 is a number of double precision")},
        exact=(
            Exact(
                "equal vectors",
                {"predictions": [[1.0, 2.0]], "targets": [[1.0, 2.0]]},
                [0.0],
                {"predictions": [[0.0, 0.0]], "targets": [[0.0, 0.0]]},
            ),
            Exact(
                "equal vectors under another norm",
                {"predictions": [[1.0, 2.0]], "targets": [[1.0, 2.0]]},
                [0.0],
                {"predictions": [[0.0, 0.0]], "targets": [[0.0, 0.0]]},
                options={"p": 1.5},
            ),
            Exact(
                "a triangle",
                {"predictions": [[3.0, 0.0]], "targets": [[0.0, 4.0]]},
                [5.0],
                {"predictions": [[0.6, -0.8]], "targets": [[-0.6, 0.8]]},
            ),
        ),
    ),
    Case(
        "minkowski",
        minkowski,
        COLUMNS,
        ({"axis": 0},),
        "first",
        rounding="composite",
        coupled=0,
    ),
    Case(
        "concordance",
        concordance,
        VECTORS,
        rounding="composite",
        coupled=-1,
        without={"wide": MIXED, "subnormal": FLUSHED},
        uncurved={"smallest normal": STEEP, "zeros": "equal constant samples have a loss of their own"},
        looser=(rounded_apart("equal samples", eps=2.0**-26),),
        exact=(
            Exact(
                "equal, opposite, unrelated and constant samples",
                {
                    "predictions": [[1.0, 2.0], [-1.0, 1.0], [1.0, 1.0], [3.0, 3.0], [0.0, 0.0]],
                    "targets": [[1.0, 2.0], [1.0, -1.0], [0.0, 2.0], [3.0, 3.0], [1.0, 1.0]],
                },
                [0.0, 2.0, 1.0, 0.0, 1.0],
                {"predictions": [[0.0, 0.0], [0.0, 0.0], [1.0, -1.0], [0.0, 0.0], [0.0, 0.0]]},
            ),
        ),
    ),
    Case(
        "concordance",
        concordance,
        COLUMNS,
        ({"axis": 0},),
        "first",
        rounding="composite",
        coupled=0,
    ),
]
