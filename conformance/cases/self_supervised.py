"""Cases of the family self_supervised."""

from __future__ import annotations

from mpmath import mpf, sqrt

from conformance.case import Case, Exact, rounded_apart
from conformance.domains import Real
from conformance.formulas import Nested, rows

SPREAD = (0.0, 5.0, -5.0, 1e-3, -0.75, 2.0)
PAIR = {"predictions": Real((3, 4), extremes=SPREAD), "targets": Real((3, 4))}
VIEWS = {"view_a": Real((3, 4), extremes=SPREAD), "view_b": Real((3, 4))}
VIEWS_FIRST = {"view_a": Real((4, 3), extremes=SPREAD), "view_b": Real((4, 3))}
FEW = {"view_a": Real((2, 3), extremes=SPREAD), "view_b": Real((2, 3))}
FEW_FIRST = {"view_a": Real((3, 2), extremes=SPREAD), "view_b": Real((3, 2))}
FLUSHED = "two frameworks flush such numbers to 0, and the vector has no direction there"
DIFFERENCES = "two frameworks flush the differences of such numbers to 0"
STEEP = "the curvature of the direction of a short vector is beyond the range of the dtype"
MIXED = "components that differ more than eps are lost beside each other, whatever the formula"
TOO_LARGE = "fourth powers overflow, and infinities of both signs have no sum"


def inner(a: Nested, b: Nested) -> Nested:
    return sum(x * y for x, y in zip(a, b, strict=True))


def cosine(a: Nested, b: Nested) -> Nested:
    squares = inner(a, a) * inner(b, b)
    return inner(a, b) / sqrt(squares) if squares else mpf(0)


def byol(predictions: Nested, targets: Nested, axis: int = -1) -> Nested:
    return rows(lambda q, z: 2 - 2 * cosine(q, z), axis, predictions, targets)


def features(view: Nested, axis: int) -> Nested:
    """Return one list of samples a feature, with mean 0."""
    lists = view if axis in (-1, 1) else [list(column) for column in zip(*view, strict=True)]
    return [[x - sum(row) / len(row) for x in row] for row in lists]


def barlow_twins(view_a: Nested, view_b: Nested, redundancy: float = 5e-3, axis: int = 0) -> Nested:
    first, second = features(view_a, axis), features(view_b, axis)

    def one(i: int) -> Nested:
        others = sum(cosine(first[i], b) ** 2 for j, b in enumerate(second) if j != i)
        return (1 - cosine(first[i], second[i])) ** 2 + mpf(redundancy) * others

    return [one(i) for i in range(len(first))]


def vicreg(
    view_a: Nested,
    view_b: Nested,
    invariance: float = 25.0,
    variance: float = 25.0,
    covariance: float = 1.0,
    target_std: float = 1.0,
    epsilon: float = 1e-4,
    axis: int = 0,
) -> Nested:
    plain = [view if axis in (-1, 1) else [list(c) for c in zip(*view, strict=True)] for view in (view_a, view_b)]
    n = len(plain[0][0])
    centred = [features(view, axis) for view in (view_a, view_b)]

    def one(i: int) -> Nested:
        total = mpf(invariance) * sum((x - y) ** 2 for x, y in zip(plain[0][i], plain[1][i], strict=True)) / n
        for view in centred:
            deviation = sqrt(inner(view[i], view[i]) / (n - 1) + mpf(epsilon))
            total += mpf(variance) / 2 * max(mpf(0), target_std - deviation)
            total += mpf(covariance) * sum(
                (inner(view[i], other) / (n - 1)) ** 2 for j, other in enumerate(view) if j != i
            )
        return total

    return [one(i) for i in range(len(centred[0]))]


CASES = [
    Case(
        "byol",
        byol,
        PAIR,
        rounding="composite",
        coupled=-1,
        constant=("targets",),
        without={"wide": MIXED, "subnormal": FLUSHED},
        uncurved={"smallest normal": STEEP},
        looser=(rounded_apart("the directions of equal vectors", eps=2.0**-22),),
        exact=(
            Exact(
                "zero vectors",
                {"predictions": [[0.0, 0.0], [0.0, 0.0]], "targets": [[1.0, 2.0], [0.0, 0.0]]},
                [2.0, 2.0],
                {"predictions": [[0.0, 0.0], [0.0, 0.0]]},
            ),
            Exact(
                "parallel, opposite and orthogonal, short and long",
                {
                    "predictions": [[1e-30, 0.0], [1e30, 0.0], [2.0, 0.0]],
                    "targets": [[1.0, 0.0], [-2.0, 0.0], [0.0, 8.0]],
                },
                [0.0, 4.0, 2.0],
            ),
            Exact(
                "orthogonal",
                {"predictions": [[2.0, 0.0]], "targets": [[0.0, 8.0]]},
                [2.0],
                {"predictions": [[0.0, -1.0]], "targets": [[0.0, 0.0]]},
            ),
        ),
    ),
    Case(
        "byol",
        byol,
        {"predictions": Real((4, 2), extremes=SPREAD), "targets": Real((4, 2))},
        ({"axis": 0},),
        "first",
        rounding="composite",
        coupled=0,
        constant=("targets",),
    ),
    Case(
        "barlow_twins",
        barlow_twins,
        VIEWS,
        ({"axis": -1}, {"axis": 1, "redundancy": 2.0}),
        rounding="composite",
        coupled="all",
        without={"wide": MIXED, "subnormal": FLUSHED, "smallest normal": DIFFERENCES},
        exact=(
            Exact(
                "identical views of features that are not correlated",
                {"view_a": [[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]]}
                | {"view_b": [[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]]},
                [0.0, 0.0],
                {name: [[0.0, 0.0]] * 4 for name in ("view_a", "view_b")},
                options={"redundancy": 1.0},
            ),
            Exact(
                "features without variance",
                {"view_a": [[0.1, 7.0], [0.1, 7.0], [0.1, 7.0]], "view_b": [[1.0, 0.7], [2.0, 0.7], [4.0, 0.7]]},
                [1.0, 1.0],
                {name: [[0.0, 0.0]] * 3 for name in ("view_a", "view_b")},
            ),
            Exact(
                "opposite views",
                {"view_a": [[1.0], [-1.0], [1.0], [-1.0]], "view_b": [[-3.0], [3.0], [-3.0], [3.0]]},
                [4.0],
                {name: [[0.0]] * 4 for name in ("view_a", "view_b")},
            ),
        ),
    ),
    Case(
        "barlow_twins",
        barlow_twins,
        VIEWS_FIRST,
        ({"axis": 0},),
        "first",
        rounding="composite",
        coupled="all",
    ),
    Case(
        "vicreg",
        vicreg,
        FEW,
        (
            {"axis": -1},
            {"axis": 1, "invariance": 1.0, "variance": 2.0, "covariance": 3.0, "target_std": 2.0, "epsilon": 0.0},
        ),
        rounding="composite",
        coupled="all",
        without={
            "wide": TOO_LARGE,
            "overflow": TOO_LARGE,
            "subnormal": FLUSHED,
            "smallest normal": DIFFERENCES,
            ("first zero", 1): "the kink of a deviation of 0 stands on a slope; an exact point has it alone",
            "one element": "one sample has no variance",
        },
        exact=(
            Exact(
                "features without variance",
                {"view_a": [[0.1, 7.0], [0.1, 7.0]], "view_b": [[0.1, 7.0], [0.1, 7.0]]},
                [25.0, 25.0],
                {name: [[0.0, 0.0]] * 2 for name in ("view_a", "view_b")},
                options={"epsilon": 0.0},
            ),
            Exact(
                "a standard deviation of the target",
                {name: [[1.0], [-1.0], [1.0], [-1.0], [0.0]] for name in ("view_a", "view_b")},
                [0.0],
                {name: [[0.0]] * 5 for name in ("view_a", "view_b")},
                options={"epsilon": 0.0},
            ),
            Exact(
                "views apart, with covariances",
                {"view_a": [[2.0, 2.0], [-2.0, -2.0]], "view_b": [[2.0, 2.0], [-2.0, -1.0]]},
                [64.0 + 36.0, 0.5 + 64.0 + 36.0],
                options={"invariance": 1.0},
            ),
        ),
    ),
    Case(
        "vicreg",
        vicreg,
        FEW_FIRST,
        ({"axis": 0},),
        "first",
        rounding="composite",
        coupled="all",
    ),
]
