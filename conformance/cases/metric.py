"""Cases of the family metric."""

from __future__ import annotations

import math

from mpmath import mpf, sqrt

from conformance.case import Case, Exact, Looser, rounded_apart
from conformance.domains import Binary, Real, Sign
from conformance.formulas import Nested, elementwise, rows

SHAPE = (3, 4)
# Of one order of magnitude: components that differ more than eps are lost beside each other, whatever the formula.
# Long and short vectors are among the exact points.
SPREAD = (0.0, 5.0, -5.0, 1e-30, 1e-3, -0.75)
MIXED = "components that differ more than eps are lost beside each other, whatever the formula"
STEEP = "the curvature of the direction of a short vector is beyond the range of the dtype"
FLUSHED = "two frameworks flush such numbers to 0, and the vector has no direction there"
SIDES = "rounding of the distances decides on which side of the hinge such numbers are"
MEET = "the kinks of two distances meet, whose difference is not convex; an exact point has one"
TIES = "entries tie for the largest; the derivative is shared between them"
PAIR = {"predictions": Real(SHAPE, extremes=SPREAD), "targets": Real(SHAPE)}
TIED = "the negative is as far from the anchor as from the positive, and the smaller distance is not convex there"
AT_KINK = "two frameworks flush such numbers to 0, which is the kink"
APART = rounded_apart("the directions of equal vectors", eps=2.0**-26)
ALONG = tuple(
    Looser(what, "the part along the vector is subtracted by the normalisation", eps=8.0, kinds=("extreme",))
    for what in ("gradient", "hessian")
)
JUDGED = {"anchors": Real(SHAPE, extremes=SPREAD), "others": Real(SHAPE), "targets": Sign((3,))}
JUDGED_FIRST = {"anchors": Real((4, 2), extremes=SPREAD), "others": Real((4, 2)), "targets": Sign((2,))}
TRIPLET = {"anchors": Real(SHAPE, extremes=SPREAD), "positives": Real(SHAPE), "negatives": Real(SHAPE)}


def cosine_distance(predictions: Nested, targets: Nested, axis: int = -1) -> Nested:
    def row(a: Nested, b: Nested) -> Nested:
        product = sum(x * y for x, y in zip(a, b, strict=True))
        squares = sum(x * x for x in a) * sum(y * y for y in b)
        return 1 - (product / sqrt(squares) if squares else 0)

    return rows(row, axis, predictions, targets)


def cosine_embedding(anchors: Nested, others: Nested, targets: Nested, margin: float = 0.0, axis: int = -1) -> Nested:
    distances = cosine_distance(anchors, others, axis)
    return elementwise(lambda d, y: d if y > 0 else max(mpf(0), 1 - d - mpf(margin)), distances, targets)


def hinge_embedding(distances: Nested, targets: Nested, margin: float = 1.0) -> Nested:
    return elementwise(lambda d, y: d if y > 0 else max(mpf(0), margin - d), distances, targets)


def margin_ranking(scores: Nested, others: Nested, targets: Nested, margin: float = 0.0) -> Nested:
    return elementwise(lambda a, b, y: max(mpf(0), margin - y * (a - b)), scores, others, targets)


def contrastive_pair(anchors: Nested, others: Nested, targets: Nested, margin: float = 1.0, axis: int = -1) -> Nested:
    def row(a: Nested, b: Nested, y: Nested) -> Nested:
        squared = sum((s - t) ** 2 for s, t in zip(a, b, strict=True))
        return squared / 2 if 2 * y > 1 else max(mpf(0), margin - sqrt(squared)) ** 2 / 2

    return rows(row, axis, anchors, others, targets)


def distance(a: Nested, b: Nested, p: float) -> Nested:
    sizes = [abs(x - y) for x, y in zip(a, b, strict=True)]
    return max(sizes) if p == math.inf else sum(size**p for size in sizes) ** (1 / mpf(p))


def triplet_margin(
    anchors: Nested,
    positives: Nested,
    negatives: Nested,
    margin: float = 1.0,
    p: float = 2.0,
    swap: bool = False,
    axis: int = -1,
) -> Nested:
    def row(a: Nested, b: Nested, c: Nested) -> Nested:
        far = distance(a, c, p)
        return max(mpf(0), distance(a, b, p) - (min(far, distance(b, c, p)) if swap else far) + margin)

    return rows(row, axis, anchors, positives, negatives)


CASES = [
    Case(
        "cosine_distance",
        cosine_distance,
        PAIR,
        rounding="composite",
        coupled=-1,
        without={"wide": MIXED, "subnormal": FLUSHED},
        uncurved={"smallest normal": STEEP},
        looser=(
            Looser("hessian", "the curvature along a nearly parallel vector is a small difference", factor=4.0),
            APART,
        ),
        exact=(
            Exact(
                "zero vectors",
                {"predictions": [[0.0, 0.0], [0.0, 0.0]], "targets": [[1.0, 2.0], [0.0, 0.0]]},
                [1.0, 1.0],
                {"predictions": [[0.0, 0.0], [0.0, 0.0]], "targets": [[0.0, 0.0], [0.0, 0.0]]},
            ),
            Exact(
                "lengths whose squares under- and overflow",
                {"predictions": [[1e-30, 0.0], [1e30, 0.0]], "targets": [[1.0, 0.0], [-2.0, 0.0]]},
                [0.0, 2.0],
            ),
        ),
    ),
    Case(
        "cosine_distance",
        cosine_distance,
        {"predictions": Real((4, 2), extremes=SPREAD), "targets": Real((4, 2))},
        ({"axis": 0},),
        "first",
        rounding="composite",
        coupled=0,
    ),
    Case(
        "cosine_embedding",
        cosine_embedding,
        JUDGED,
        ({}, {"margin": 0.25}, {"margin": -0.5}),
        rounding="composite",
        coupled=-1,
        looser=(*ALONG, APART),
        without={"wide": MIXED, "subnormal": FLUSHED},
        uncurved={"smallest normal": STEEP},
        exact=(
            Exact(
                "zero vectors",
                {"anchors": [[0.0, 0.0], [0.0, 0.0]], "others": [[1.0, 2.0], [0.0, 0.0]], "targets": [1.0, -1.0]},
                [1.0, 0.0],
                {"anchors": [[0.0, 0.0], [0.0, 0.0]], "others": [[0.0, 0.0], [0.0, 0.0]], "targets": [0.0, 0.0]},
            ),
            Exact(
                "lengths whose squares under- and overflow",
                {"anchors": [[1e-30, 0.0], [1e30, 0.0]], "others": [[1.0, 0.0], [2.0, 0.0]], "targets": [1.0, -1.0]},
                [0.0, 1.0],
            ),
            Exact(
                "parallel vectors at a margin of 1",
                {"anchors": [[1.0, 3.0]], "others": [[0.5, 1.5]], "targets": [-1.0]},
                [0.0],
                {"anchors": [[0.0, 0.0]], "others": [[0.0, 0.0]]},
                options={"margin": 1.0},
            ),
            Exact(
                "neither together nor apart",
                {"anchors": [[1.0, 0.0]], "others": [[0.0, 1.0]], "targets": [1.0]},
                [1.0],
                {"anchors": [[0.0, -1.0]], "others": [[-1.0, 0.0]]},
            ),
        ),
    ),
    Case(
        "cosine_embedding",
        cosine_embedding,
        JUDGED_FIRST,
        ({"axis": 0, "margin": -0.5},),
        "first",
        rounding="composite",
        coupled=0,
        looser=ALONG,
    ),
    Case(
        "hinge_embedding",
        hinge_embedding,
        {"distances": Real(SHAPE), "targets": Sign(SHAPE)},
        ({}, {"margin": 0.0}, {"margin": 3.0}),
        rounding="algebraic",
        without={("subnormal", 1): AT_KINK},
        exact=(
            Exact(
                "the margin",
                {"distances": [[1.0, 1.0, -2.0]], "targets": [[1.0, -1.0, 1.0]]},
                [[1.0, 0.0, -2.0]],
                {"distances": [[1.0, 0.0, 1.0]], "targets": [[0.0, 0.0, 0.0]]},
                hessian=[[0.0, 0.0, 0.0]],
            ),
        ),
    ),
    Case(
        "margin_ranking",
        margin_ranking,
        {"scores": Real(SHAPE), "others": Real(SHAPE), "targets": Sign(SHAPE)},
        ({}, {"margin": 0.75}),
        rounding="algebraic",
        without={("subnormal", 0): AT_KINK},
        exact=(
            Exact(
                "equal scores",
                {"scores": [[1.0, 2.0]], "others": [[1.0, 2.0]], "targets": [[1.0, -1.0]]},
                [[0.0, 0.0]],
                {"scores": [[0.0, 0.0]], "others": [[0.0, 0.0]], "targets": [[0.0, 0.0]]},
            ),
            Exact(
                "the margin, and either side of it",
                {"scores": [[3.0, 2.5, 3.5]], "others": [[2.0, 2.0, 2.0]], "targets": [[1.0, 1.0, 1.0]]},
                [[0.0, 0.5, 0.0]],
                {"scores": [[0.0, -1.0, 0.0]], "others": [[0.0, 1.0, 0.0]]},
                options={"margin": 1.0},
            ),
        ),
    ),
    Case(
        "contrastive_pair",
        contrastive_pair,
        {**JUDGED, "targets": Binary((3,))},
        ({}, {"margin": 4.0}),
        rounding="composite",
        coupled=-1,
        without={"wide": SIDES, "subnormal": FLUSHED},
        uncurved={"smallest normal": STEEP},
        exact=(
            Exact(
                "equal vectors",
                {"anchors": [[1.0, 2.0], [3.0, 4.0]], "others": [[1.0, 2.0], [3.0, 4.0]], "targets": [1.0, 0.0]},
                [0.0, 0.5],
                {"anchors": [[0.0, 0.0], [0.0, 0.0]], "others": [[0.0, 0.0], [0.0, 0.0]], "targets": [0.0, 0.0]},
            ),
            Exact(
                "the margin, and farther than squares reach",
                {"anchors": [[0.0, 5.0], [1e30, 0.0]], "others": [[3.0, 1.0], [0.0, 0.0]], "targets": [0.0, 0.0]},
                [0.0, 0.0],
                {"anchors": [[0.0, 0.0], [0.0, 0.0]], "others": [[0.0, 0.0], [0.0, 0.0]]},
                options={"margin": 5.0},
            ),
            Exact(
                "3, 4, 5",
                {"anchors": [[0.0, 5.0], [0.0, 5.0]], "others": [[3.0, 1.0], [3.0, 1.0]], "targets": [1.0, 0.0]},
                [12.5, 12.5],
                {"anchors": [[-3.0, 4.0], [3.0, -4.0]], "others": [[3.0, -4.0], [-3.0, 4.0]]},
                options={"margin": 10.0},
            ),
        ),
    ),
    Case(
        "contrastive_pair",
        contrastive_pair,
        {**JUDGED_FIRST, "targets": Binary((2,))},
        ({"axis": 0, "margin": 4.0},),
        "first",
        rounding="composite",
        coupled=0,
    ),
    Case(
        "triplet_margin",
        triplet_margin,
        TRIPLET,
        options=(
            {},
            {"p": 1.0, "margin": 4.0},
            {"p": 3.0, "margin": 4.0},
            {"p": math.inf, "margin": 4.0},
            {"swap": True, "margin": 4.0},
        ),
        rounding="composite",
        without={
            "wide": SIDES,
            **{(kind, 1): MEET for kind in ("zeros", "smallest normal", "subnormal", "overflow", "half")},
            **{(kind, 2): MEET for kind in ("overflow", "half")},
            "subnormal": FLUSHED,
            **{(kind, 3): TIES for kind in ("zeros", "smallest normal", "subnormal", "overflow", "half")},
            **{(kind, 4): TIED for kind in ("smallest normal", "subnormal", "overflow", "half")},
        },
        uncurved={"smallest normal": STEEP},
        looser=(Looser("gradient", "powers of p multiply rounding", factor=2.0, kinds=("extreme",)),),
        coarse={2: (13, "the exponent 1/3 is a number of double precision")},
        coupled=-1,
        exact=(
            Exact(
                "three equal vectors",
                {"anchors": [[1.0, 2.0]], "positives": [[1.0, 2.0]], "negatives": [[1.0, 2.0]]},
                [1.0],
                {name: [[0.0, 0.0]] for name in ("anchors", "positives", "negatives")},
            ),
            Exact(
                "equal vectors far from the negative",
                {"anchors": [[1.0, 2.0]], "positives": [[1.0, 2.0]], "negatives": [[4.0, 5.0]]},
                [0.0],
                {name: [[0.0, 0.0]] for name in ("anchors", "positives", "negatives")},
            ),
            Exact(
                "the hinge has gradient 0",
                {"anchors": [[0.0, 0.0]], "positives": [[2.0, 0.0]], "negatives": [[3.0, 0.0]]},
                [0.0],
                {name: [[0.0, 0.0]] for name in ("anchors", "positives", "negatives")},
            ),
            Exact(
                "equal coordinates under the city-block norm",
                {"anchors": [[0.0, 0.0]], "positives": [[2.0, 0.0]], "negatives": [[0.0, 1.0]]},
                [2.0],
                {"anchors": [[-1.0, 1.0]], "positives": [[1.0, 0.0]], "negatives": [[0.0, -1.0]]},
                options={"p": 1.0},
            ),
            Exact(
                "a negative nearer to the positive",
                {"anchors": [[0.0, 0.0]], "positives": [[3.0, 0.0]], "negatives": [[3.0, 1.0]]},
                [4.0],
                {"anchors": [[-1.0, 0.0]], "positives": [[1.0, 1.0]], "negatives": [[0.0, -1.0]]},
                options={"swap": True, "margin": 2.0},
            ),
        ),
    ),
    Case(
        "triplet_margin",
        triplet_margin,
        {name: Real((4, 2), extremes=SPREAD) for name in TRIPLET},
        ({"axis": 0, "margin": 4.0},),
        "first",
        rounding="composite",
        coupled=0,
    ),
]
