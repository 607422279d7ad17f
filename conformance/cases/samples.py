"""Cases of the family samples."""

from __future__ import annotations

import math

from mpmath import exp, mpf

from conformance.case import Case, Exact, Looser
from conformance.domains import Real
from conformance.formulas import Nested, rows

PAIR = {"predictions": Real((2, 4)), "targets": Real((2, 4))}
FIRST = {"predictions": Real((4, 2)), "targets": Real((4, 2))}
TIED = "predictions tie, and the loss has a kink between the targets that they could be given"


def wasserstein_1d(predictions: Nested, targets: Nested, p: float = 1, axis: int = -1) -> Nested:
    def row(x: Nested, y: Nested) -> Nested:
        moved = sum(abs(a - b) ** mpf(p) for a, b in zip(sorted(x), sorted(y), strict=True))
        return (moved / len(x)) ** (1 / mpf(p))

    return rows(row, axis, predictions, targets)


def energy_distance(predictions: Nested, targets: Nested, axis: int = -1) -> Nested:
    def mean(x: Nested, y: Nested) -> Nested:
        return sum(abs(a - b) for a in x for b in y) / (len(x) * len(y))

    return rows(lambda x, y: 2 * mean(x, y) - mean(x, x) - mean(y, y), axis, predictions, targets)


def mmd(
    predictions: Nested,
    targets: Nested,
    bandwidth: Nested = 1,
    unbiased: bool = False,
    axis: int = -1,
) -> Nested:
    widths = bandwidth if isinstance(bandwidth, list) else [bandwidth]

    def kernel(a: Nested, b: Nested) -> Nested:
        return sum(exp(-((a - b) ** 2) / (2 * mpf(width) ** 2)) for width in widths) / len(widths)

    def within(x: Nested) -> Nested:
        total = sum(kernel(a, b) for i, a in enumerate(x) for j, b in enumerate(x) if i != j or not unbiased)
        return total / (len(x) * (len(x) - 1) if unbiased else len(x) ** 2)

    def row(x: Nested, y: Nested) -> Nested:
        return within(x) + within(y) - 2 * sum(kernel(a, b) for a in x for b in y) / len(x) ** 2

    return rows(row, axis, predictions, targets)


E = math.exp(-0.5)

CASES = [
    Case(
        "wasserstein_1d",
        wasserstein_1d,
        PAIR,
        options=({}, {"p": 2.0}),
        rounding="composite",
        coupled=-1,
        looser=(Looser("hessian", "the root subtracts the part along the vector of differences", eps=2.0**-8),),
        without=dict.fromkeys(("first zero", "smallest normal", "subnormal", "overflow", "half"), TIED),
        exact=(
            Exact(
                "in any order",
                {"predictions": [[3.0, 1.0], [1.0, 2.0]], "targets": [[1.0, 7.0], [2.0, 1.0]]},
                [2.0, 0.0],
                {"predictions": [[-0.5, 0.0], [0.0, 0.0]], "targets": [[0.0, 0.5], [0.0, 0.0]]},
            ),
            Exact(
                "a power of 2",
                {"predictions": [[3.0, 0.0, 0.0, 0.0]], "targets": [[0.0, 0.0, 0.0, 7.0]]},
                [2.0],
                {"predictions": [[-0.5, 0.0, 0.0, 0.0]], "targets": [[0.0, 0.0, 0.0, 0.5]]},
                options={"p": 2.0},
            ),
        ),
    ),
    Case(
        "energy_distance",
        energy_distance,
        PAIR,
        rounding="composite",
        coupled=-1,
        without={"subnormal": "two frameworks flush such numbers to 0, where the samples tie"},
        exact=(
            Exact(
                "two numbers apart, and equal samples in another order",
                {"predictions": [[0.0, 1.0], [1.0, 2.0]], "targets": [[3.0, 2.0], [2.0, 1.0]]},
                [3.0, 0.0],
                {"predictions": [[-0.5, -1.5], [0.0, 0.0]], "targets": [[0.5, 1.5], [0.0, 0.0]]},
            ),
        ),
    ),
    Case(
        "mmd",
        mmd,
        PAIR,
        options=({}, {"bandwidth": (0.5, 2.0), "unbiased": True}),
        rounding="composite",
        coupled=-1,
        exact=(
            Exact(
                "two numbers one apart, and equal samples in another order",
                {"predictions": [[0.0, 0.0], [1.0, 2.0]], "targets": [[1.0, 1.0], [2.0, 1.0]]},
                [2.0 - 2.0 * E, 0.0],
                {"predictions": [[-E, -E], [0.0, 0.0]], "targets": [[E, E], [0.0, 0.0]]},
            ),
            Exact(
                "far apart, and below 0 without bias",
                {"predictions": [[0.0, 1e4], [1.0, 2.0]], "targets": [[-1e4, 2e4], [2.0, 1.0]]},
                [0.0, E - 1.0],
                {"predictions": [[0.0, 0.0], [E / 2.0, -E / 2.0]], "targets": [[0.0, 0.0], [-E / 2.0, E / 2.0]]},
                options={"unbiased": True},
            ),
        ),
    ),
    Case("wasserstein_1d", wasserstein_1d, FIRST, ({"axis": 0},), "first", rounding="composite", coupled=0),
    Case("energy_distance", energy_distance, FIRST, ({"axis": 0},), "first", rounding="composite", coupled=0),
    Case("mmd", mmd, FIRST, ({"axis": 0},), "first", rounding="composite", coupled=0),
]
