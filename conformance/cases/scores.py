"""Cases of the family scores."""

from __future__ import annotations

import math

from mpmath import erf, exp, mpf, pi, sqrt

from conformance.case import Case, Exact, Looser
from conformance.domains import Labels, Positive, Real, Simplex
from conformance.formulas import Nested, elementwise, rows

SHAPE = (4, 3)
SERIES = (12, "numbers and series with coefficients in double precision, of no more terms than that needs")
FLUSHED = "two frameworks flush such numbers to 0, where another loss is"
PARTS_FLUSHED = "parts of the gradient are below the smallest normal number, which two frameworks flush to 0"
MEETING = "vectors meet, where that distance alone has gradient 0, and not the least of the whole"
ALONG = Looser("hessian", "the curvature along a difference is what is left of two larger terms", eps=0.25)
AT_CENTRE = math.sqrt(2.0 / math.pi) - 1.0 / math.sqrt(math.pi)


def crps_gaussian(mean: Nested, std: Nested, targets: Nested) -> Nested:
    def score(m: Nested, s: Nested, y: Nested) -> Nested:
        z = (y - m) / s
        return s * (z * erf(z / sqrt(2)) + 2 * exp(-z * z / 2) / sqrt(2 * pi) - 1 / sqrt(pi))

    return elementwise(score, mean, std, targets)


def brier(probs: Nested, labels: Nested, axis: int = -1, ignore_index: int | None = None) -> Nested:
    def row(p: Nested, label: int) -> Nested:
        if label == ignore_index:
            return mpf(0)
        return sum((x - (1 if k == label else 0)) ** 2 for k, x in enumerate(p))

    return rows(row, axis, probs, labels)


def count(labels: Nested, ignore_index: int | None = None) -> Nested:
    return [count(part, ignore_index) if isinstance(part, list) else mpf(part != ignore_index) for part in labels]


def crps_ensemble(ensemble: Nested, targets: Nested, fair: bool = False, axis: int = -1) -> Nested:
    def row(x: Nested, y: Nested) -> Nested:
        m = len(x)
        spread = sum(abs(a - b) for a in x for b in x) / (2 * m * (m - 1 if fair else m))
        return sum(abs(a - y) for a in x) / m - spread

    return rows(row, axis, ensemble, targets)


def length(x: Nested, y: Nested) -> Nested:
    return sqrt(sum((a - b) ** 2 for a, b in zip(x, y, strict=True)))


def energy_score(ensemble: Nested, targets: Nested, axis: int = -2, vector_axis: int = -1) -> Nested:
    def score(x: Nested, y: Nested) -> Nested:
        pairs = sum(length(a, b) for a in x for b in x) / (2 * len(x) ** 2)
        return sum(length(a, y) for a in x) / len(x) - pairs

    if axis > vector_axis:  # the members are the columns
        ensemble = [list(zip(*vectors, strict=True)) for vectors in ensemble]
    return [score(x, y) for x, y in zip(ensemble, targets, strict=True)]


CASES = [
    Case(
        "crps_gaussian",
        crps_gaussian,
        {"mean": Real(SHAPE), "std": Positive(SHAPE), "targets": Real(SHAPE)},
        coarse={0: SERIES},
        rounding="composite",
        without={"subnormal": FLUSHED, "smallest normal": PARTS_FLUSHED},
        exact=(
            Exact(
                "perfect predictions, and one that is far off",
                {"mean": [2.0, 2.0, 0.0], "std": [1.0, 0.25, 1.0], "targets": [2.0, 2.0, 1000.0]},
                [AT_CENTRE, 0.25 * AT_CENTRE, 1000.0 - 1.0 / math.sqrt(math.pi)],
                {
                    "mean": [0.0, 0.0, -1.0],
                    "std": [AT_CENTRE, AT_CENTRE, -1.0 / math.sqrt(math.pi)],
                    "targets": [0.0, 0.0, 1.0],
                },
                hessian=[math.sqrt(2.0 / math.pi), 4.0 * math.sqrt(2.0 / math.pi), 0.0],
            ),
        ),
    ),
    Case(
        "brier_score",
        brier,
        {"probs": Simplex((3, 4)), "labels": Labels((3,), n_classes=4)},
        options=({}, {"ignore_index": 1}),
        rounding="algebraic",
        coupled=-1,
        count=count,
        exact=(
            Exact(
                "certain and right, certain and wrong, undecided",
                {"probs": [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.5, 0.5, 0.0]], "labels": [1, 1, 0]},
                [0.0, 2.0, 0.5],
                {"probs": [[0.0, 0.0, 0.0], [2.0, -2.0, 0.0], [-1.0, 1.0, 0.0]]},
                hessian=[[2.0, 2.0, 2.0]] * 3,
            ),
        ),
    ),
    Case(
        "brier_score",
        brier,
        {"probs": Simplex((4, 2, 2), axis=0), "labels": Labels((2, 2), n_classes=4)},
        ({"axis": 0},),
        "first",
        rounding="algebraic",
        coupled=0,
        count=count,
    ),
    Case(
        "crps_ensemble",
        crps_ensemble,
        {"ensemble": Real((3, 5)), "targets": Real((3,))},
        options=({}, {"fair": True}),
        rounding="composite",
        coupled=-1,
        without={"subnormal": "two frameworks flush such numbers to 0, where the members tie"},
        exact=(
            Exact(
                "a target on a member, and members that are one",
                {"ensemble": [[4.0, 1.0, 2.0], [1.0, 1.0, 1.0]], "targets": [2.0, 1.0]},
                [1.0 / 3.0, 0.0],
                {"ensemble": [[1.0 / 9.0, -1.0 / 9.0, 0.0], [0.0, 0.0, 0.0]], "targets": [0.0, 0.0]},
            ),
            Exact(
                "a target between two members has the fair score 0",
                {"ensemble": [[0.0, 4.0], [0.0, 4.0]], "targets": [1.0, 6.0]},
                [0.0, 2.0],
                {"ensemble": [[0.0, 0.0], [0.0, -1.0]], "targets": [0.0, 1.0]},
                options={"fair": True},
            ),
        ),
    ),
    Case(
        "crps_ensemble",
        crps_ensemble,
        {"ensemble": Real((4, 2, 2)), "targets": Real((2, 2))},
        ({"axis": 0},),
        "first",
        rounding="composite",
        coupled=0,
    ),
    Case(
        "energy_score",
        energy_score,
        {"ensemble": Real((2, 3, 2)), "targets": Real((2, 2))},
        rounding="composite",
        coupled="all",
        looser=(ALONG,),
        without=dict.fromkeys(("first zero", "smallest normal", "subnormal", "wide", "overflow", "half"), MEETING),
        exact=(
            Exact(
                "one member, and one of two on the target",
                {"ensemble": [[[3.0, 4.0], [3.0, 4.0]], [[0.0, 0.0], [3.0, 4.0]]], "targets": [[0.0, 0.0]] * 2},
                [5.0, 1.25],
                {
                    "ensemble": [[[0.3, 0.4], [0.3, 0.4]], [[0.15, 0.2], [0.15, 0.2]]],
                    "targets": [[-0.6, -0.8], [-0.3, -0.4]],
                },
            ),
        ),
    ),
    Case(
        "energy_score",
        energy_score,
        {"ensemble": Real((2, 2, 3)), "targets": Real((2, 2))},
        ({"axis": -1, "vector_axis": -2},),
        "columns",
        rounding="composite",
        coupled="all",
        looser=(ALONG,),
        without=dict.fromkeys(("first zero", "smallest normal", "subnormal", "wide", "overflow", "half"), MEETING),
    ),
]
