"""Cases of the family labelled_pairs."""

from __future__ import annotations

import math

from mpmath import exp, log, log1p, mpf, sqrt

from conformance.case import Case, Exact, Looser
from conformance.domains import Real
from conformance.formulas import Nested
from conformance.particular_domains import Classes, Untied

SPREAD = (0.0, 5.0, -5.0, 1e-3, -0.75, 2.0)
CLASSED = {"embeddings": Real((5, 3), extremes=SPREAD), "classes": Classes((5,))}
APART = {**CLASSED, "embeddings": Untied((5, 3), extremes=SPREAD)}
PAIRED = {"anchors": Real((4, 3)), "positives": Real((4, 3)), "classes": Classes((4,))}
FLUSHED = "two frameworks flush such numbers to 0, and the vector has no direction there"
ALONG = "the part along the vector is subtracted by the normalisation"
TOO_STEEP = "the slopes of the direction of a short vector are beyond the range of the dtype, in both signs"
STEEP = "the curvature of the direction of a short vector is beyond the range of the dtype"
MIXED = "components that differ more than eps are lost beside each other, whatever the formula"
SIDES = "rounding of the distances decides on which side of the hinge such numbers are"
INFINITE = "the loss is infinite, and so are products on the way to its slope"
OVERFLOW = "inner products overflow, and infinite similarities have no difference"


def inner(a: Nested, b: Nested) -> Nested:
    return sum(x * y for x, y in zip(a, b, strict=True))


def similarities(rows: Nested, normalize: bool) -> Nested:
    def unit(row: Nested) -> Nested:
        return [x / sqrt(inner(row, row)) for x in row] if any(row) else row

    rows = [unit(row) for row in rows] if normalize else rows
    return [[inner(a, b) for b in rows] for a in rows]


def distances(rows: Nested) -> Nested:
    return [[sqrt(sum((x - y) ** 2 for x, y in zip(a, b, strict=True))) for b in rows] for a in rows]


def others(classes: Nested, i: int) -> tuple[list[int], list[int]]:
    """Return the positives and the negatives of a row."""
    alike = [j for j, c in enumerate(classes) if c == classes[i] and j != i]
    return alike, [j for j, c in enumerate(classes) if c != classes[i]]


def with_both(classes: Nested) -> Nested:
    return [mpf(all(others(classes, i))) for i in range(len(classes))]


def multi_similarity(
    embeddings: Nested,
    classes: Nested,
    alpha: float = 2.0,
    beta: float = 50.0,
    base: Nested = 1,
    mining_margin: float | None = None,
    normalize: bool = True,
    chunk_size: int | None = None,
) -> Nested:
    def row(i: int, s: Nested) -> Nested:
        alike, apart = others(classes, i)
        if not (alike and apart):
            return mpf(0)
        if mining_margin is not None:
            lowest, highest = min(s[p] for p in alike), max(s[n] for n in apart)
            alike = [p for p in alike if s[p] < highest + mining_margin]
            apart = [n for n in apart if s[n] > lowest - mining_margin]
        near = log1p(sum((exp(-alpha * (s[p] - base)) for p in alike), mpf(0))) / alpha
        return near + log1p(sum((exp(beta * (s[n] - base)) for n in apart), mpf(0))) / beta

    return [row(i, s) for i, s in enumerate(similarities(embeddings, normalize))]


def circle(
    embeddings: Nested,
    classes: Nested,
    gamma: float = 80.0,
    margin: float = 0.4,
    normalize: bool = True,
    constant_weights: bool = True,
    chunk_size: int | None = None,
) -> Nested:
    m = mpf(margin)

    def row(i: int, s: Nested) -> Nested:
        alike, apart = others(classes, i)
        far = sum((exp(gamma * max(mpf(0), s[n] + m) * (s[n] - m)) for n in apart), mpf(0))
        return log1p(far * sum(exp(-gamma * max(mpf(0), 1 + m - s[p]) * (s[p] - (1 - m))) for p in alike))

    return [row(i, s) for i, s in enumerate(similarities(embeddings, normalize))]


def n_pairs(anchors: Nested, positives: Nested, classes: Nested, chunk_size: int | None = None) -> Nested:
    def row(i: int, a: Nested) -> Nested:
        scores = [inner(a, b) for b in positives]
        largest = max(scores)
        total = largest + log(sum(exp(s - largest) for s in scores))
        own = [s for s, c in zip(scores, classes, strict=True) if c == classes[i]]
        return sum(total - s for s in own) / len(own)

    return [row(i, a) for i, a in enumerate(anchors)]


def lifted_structure(embeddings: Nested, classes: Nested, margin: float = 1.0) -> Nested:
    d = distances(embeddings)

    def pair(i: int, p: int, apart: list[int]) -> Nested:
        lengths = [*(d[i][n] for n in apart), *(d[p][n] for n in apart)]
        nearest = min(lengths)
        violation = d[i][p] + margin - nearest + log(sum(exp(nearest - length) for length in lengths))
        return max(mpf(0), violation) ** 2 / 2

    def row(i: int) -> Nested:
        alike, apart = others(classes, i)
        return sum((pair(i, p, apart) for p in alike), mpf(0)) if apart else mpf(0)

    return [row(i) for i in range(len(classes))]


def positive_pairs(classes: Nested) -> Nested:
    return [mpf(len(others(classes, i)[0])) if others(classes, i)[1] else mpf(0) for i in range(len(classes))]


def generalized_lifted_structure(
    embeddings: Nested, classes: Nested, margin: float = 1.0, chunk_size: int | None = None
) -> Nested:
    d = distances(embeddings)

    def row(i: int) -> Nested:
        alike, apart = others(classes, i)
        if not (alike and apart):
            return mpf(0)
        farthest, nearest = max(d[i][p] for p in alike), min(d[i][n] for n in apart)
        near = farthest + log(sum(exp(d[i][p] - farthest) for p in alike))
        return max(mpf(0), near + margin - nearest + log(sum(exp(nearest - d[i][n]) for n in apart)))

    return [row(i) for i in range(len(classes))]


NOTHING = [[0.0, 0.0]] * 3
STEEPER, FLATTER = 1.0 / (1.0 + math.exp(-2.0)), 1.0 / (1.0 + math.exp(-1.0))
SQUARE = [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
"""Rows of which the first has one other like it at 90 degrees, and one of another class at 0."""
MINED = {"alpha": 1.0, "beta": 2.0, "base": 0.5, "mining_margin": 0.125, "normalize": False}
MILD = {"gamma": 2.0, "margin": 0.25, "normalize": False, "constant_weights": False}

CASES = [
    Case(
        "multi_similarity",
        multi_similarity,
        CLASSED,
        options=({}, MINED, {**MINED, "chunk_size": 2}),
        rounding="composite",
        coupled="all",
        count=with_both,
        without={"wide": MIXED, ("subnormal", 0): FLUSHED, ("overflow", 1): OVERFLOW, ("overflow", 2): OVERFLOW},
        uncurved=dict.fromkeys(("extreme", "smallest normal"), STEEP),
        looser=(Looser("gradient", ALONG, eps=8.0, kinds=("extreme",)),),
        exact=(
            Exact(
                "at the base, and a class of its own",
                {"embeddings": SQUARE, "classes": [7, 7, -3]},
                [math.log(2.0) + math.log1p(math.e), 2.0 * math.log(2.0), 0.0],
                {"embeddings": [[0.0, -1.0], [-0.5, 0.0], [0.0, 0.5]]},
                options={"alpha": 1.0, "beta": 1.0, "base": 0.0},
            ),
            Exact(
                "zero vectors",
                {"embeddings": NOTHING, "classes": [1, 1, 0]},
                [2.0 * math.log(2.0), 2.0 * math.log(2.0), 0.0],
                {"embeddings": NOTHING},
                options={"alpha": 1.0, "beta": 1.0, "base": 0.0},
            ),
            Exact(
                "one class alone",
                {"embeddings": SQUARE, "classes": [2, 2, 2]},
                [0.0, 0.0, 0.0],
                {"embeddings": NOTHING},
            ),
        ),
    ),
    Case(
        "circle",
        circle,
        CLASSED,
        options=({"constant_weights": False}, MILD, {**MILD, "chunk_size": 2}),
        rounding="composite",
        coupled="all",
        count=with_both,
        without={
            "wide": MIXED,
            ("smallest normal", 0): TOO_STEEP,
            ("subnormal", 0): FLUSHED,
            ("overflow", 1): OVERFLOW,
            ("overflow", 2): OVERFLOW,
        },
        uncurved={"extreme": STEEP},
        exact=(
            Exact(
                "weights without gradient",
                {"embeddings": SQUARE, "classes": [7, 7, -3]},
                [math.log1p(math.exp(2.0)), math.log1p(math.e), 0.0],
                {"embeddings": [[STEEPER, -STEEPER - FLATTER], [-STEEPER - FLATTER, 0.0], [STEEPER, 0.0]]},
                options={"gamma": 1.0, "margin": 0.0, "normalize": False},
            ),
            Exact(
                "zero vectors",
                {"embeddings": NOTHING, "classes": [1, 1, 0]},
                [math.log1p(math.e), math.log1p(math.e), 0.0],
                {"embeddings": NOTHING},
                options={"gamma": 1.0, "margin": 0.0},
            ),
        ),
    ),
    Case(
        "n_pairs",
        n_pairs,
        PAIRED,
        options=({}, {"chunk_size": 3}),
        rounding="composite",
        coupled="all",
        without={"overflow": OVERFLOW},
        looser=(Looser("hessian", "the variance of positives under a confident softmax is a difference", eps=64.0),),
        exact=(
            Exact(
                "two of one class",
                {"anchors": [[1.0, 0.0], [0.0, 0.0]], "positives": [[1.0, 0.0], [1.0, 0.0]], "classes": [5, 5]},
                [math.log(2.0)] * 2,
                {"anchors": [[0.0, 0.0], [0.0, 0.0]], "positives": [[0.0, 0.0], [0.0, 0.0]]},
            ),
            Exact(
                "equal positives of two classes",
                {"anchors": [[1.0, 0.0], [0.0, 0.0]], "positives": [[1.0, 0.0], [1.0, 0.0]], "classes": [5, -5]},
                [math.log(2.0)] * 2,
                {"anchors": [[0.0, 0.0], [0.0, 0.0]], "positives": [[-0.5, 0.0], [0.5, 0.0]]},
            ),
        ),
    ),
    Case(
        "lifted_structure",
        lifted_structure,
        APART,
        options=({}, {"margin": 4.0}),
        rounding="composite",
        coupled="all",
        count=positive_pairs,
        without={"wide": SIDES, "subnormal": FLUSHED, "overflow": INFINITE},
        uncurved={"smallest normal": STEEP},
        looser=(
            Looser("hessian", "terms as large as the violation cancel in its curvature", eps=2.0**18, kinds=("half",)),
        ),
        exact=(
            Exact(
                "equal vectors",
                {"embeddings": [[1.0, 2.0]] * 3, "classes": [1, 1, 0]},
                [0.5 * math.log(2.0) ** 2] * 2 + [0.0],
                {"embeddings": NOTHING},
                options={"margin": 0.0},
            ),
            Exact(
                "one class alone",
                {"embeddings": SQUARE, "classes": [2, 2, 2]},
                [0.0, 0.0, 0.0],
                {"embeddings": NOTHING},
            ),
        ),
    ),
    Case(
        "generalized_lifted_structure",
        generalized_lifted_structure,
        APART,
        options=({}, {"margin": 4.0, "chunk_size": 2}),
        rounding="composite",
        coupled="all",
        count=with_both,
        without={"wide": MIXED, "subnormal": FLUSHED},
        uncurved={"smallest normal": STEEP},
        exact=(
            Exact(
                "the hinge has gradient 0",
                {"embeddings": [[0.0], [2.0], [-3.0]], "classes": [1, 1, 0]},
                [0.0, 0.0, 0.0],
                {"embeddings": [[0.0], [0.0], [0.0]]},
            ),
            Exact(
                "equal vectors",
                {"embeddings": [[1.0, 2.0]] * 3, "classes": [1, 1, 0]},
                [1.0, 1.0, 0.0],
                {"embeddings": NOTHING},
            ),
        ),
    ),
]
