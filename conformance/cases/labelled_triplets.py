"""Cases of the family labelled_triplets."""

from __future__ import annotations

import math
from collections.abc import Callable

from mpmath import exp, log1p, mpf, sqrt

from conformance.case import Case, Exact
from conformance.formulas import Nested
from conformance.particular_domains import Classes, Untied

SPREAD = (0.0, 5.0, -5.0, 1e-3, -0.75, 2.0)
CLASSED = {"embeddings": Untied((5, 3), extremes=SPREAD), "classes": Classes((5,))}
FLUSHED = "two frameworks flush such numbers to 0, and the vector has no direction there"
STEEP = "the curvature of the direction of a short vector is beyond the range of the dtype"
SIDES = "rounding of the distances decides on which side of the hinge such numbers are"
TIES = "distances of 0 tie for the hardest, and their squares curve"
TINY = "squared distances are 0, and tie for the hardest"
HUGE = "squared distances are infinite, and have no difference"


def distances(rows: Nested, squared: bool) -> Nested:
    squares = [[sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) for b in rows] for a in rows]
    return squares if squared else [[sqrt(x) for x in row] for row in squares]


def each_row(classes: Nested, loss: Callable[..., Nested]) -> Nested:
    """Return the loss of each row, from its number, its positives and its negatives; 0 if it lacks one of them."""

    def one(i: int) -> Nested:
        alike = [j for j, c in enumerate(classes) if c == classes[i] and j != i]
        apart = [j for j, c in enumerate(classes) if c != classes[i]]
        return loss(i, alike, apart) if alike and apart else mpf(0)

    return [one(i) for i in range(len(classes))]


def triplet_batch_hard(
    embeddings: Nested,
    classes: Nested,
    margin: float = 1.0,
    soft: bool = False,
    squared: bool = False,
    chunk_size: int | None = None,
) -> Nested:
    d = distances(embeddings, squared)

    def row(i: int, alike: list[int], apart: list[int]) -> Nested:
        lead = margin + max(d[i][p] for p in alike) - min(d[i][n] for n in apart)
        return log1p(exp(lead)) if soft else max(mpf(0), lead)

    return each_row(classes, row)


def with_both(classes: Nested) -> Nested:
    return each_row(classes, lambda i, alike, apart: mpf(1))


def triplet_semi_hard(
    embeddings: Nested, classes: Nested, margin: float = 1.0, squared: bool = False, chunk_size: int | None = None
) -> Nested:
    d = distances(embeddings, squared)

    def row(i: int, alike: list[int], apart: list[int]) -> Nested:
        lengths, total = [d[i][n] for n in apart], mpf(0)
        for p in alike:
            farther = [length for length in lengths if length > d[i][p]]
            total += max(mpf(0), margin + d[i][p] - (min(farther) if farther else max(lengths)))
        return total

    return each_row(classes, row)


def positive_pairs(classes: Nested) -> Nested:
    return each_row(classes, lambda i, alike, apart: mpf(len(alike)))


def triplets(embeddings: Nested, classes: Nested, margin: float, squared: bool) -> list[list[Nested]]:
    """Return the losses of the triplets of each row."""
    d, found = distances(embeddings, squared), [[] for _ in classes]

    def row(i: int, alike: list[int], apart: list[int]) -> Nested:
        found[i] = [max(mpf(0), margin + d[i][p] - d[i][n]) for p in alike for n in apart]

    each_row(classes, row)
    return found


def triplet_batch_all(
    embeddings: Nested,
    classes: Nested,
    margin: float = 1.0,
    active_only: bool = False,
    squared: bool = False,
    chunk_size: int | None = None,
) -> Nested:
    return [sum(losses, mpf(0)) for losses in triplets(embeddings, classes, margin, squared)]


def triplets_counted(
    embeddings: Nested,
    classes: Nested,
    margin: float = 1.0,
    active_only: bool = False,
    squared: bool = False,
    chunk_size: int | None = None,
) -> Nested:
    found = triplets(embeddings, classes, margin, squared)
    return [mpf(sum(x > 0 for x in losses) if active_only else len(losses)) for losses in found]


CASES = [
    Case(
        "triplet_batch_hard",
        triplet_batch_hard,
        CLASSED,
        options=({}, {"soft": True, "margin": 0.0}, {"squared": True, "margin": 4.0}, {"chunk_size": 2}),
        rounding="composite",
        coupled="all",
        count=with_both,
        without={
            "wide": SIDES,
            "subnormal": FLUSHED,
            ("overflow", 2): HUGE,
            ("zeros", 2): TIES,
            ("smallest normal", 2): TINY,
        },
        uncurved={"smallest normal": STEEP},
        exact=(
            Exact(
                "positives that tie, and a negative equal to its anchor",
                {"embeddings": [[0.0, 0.0], [2.0, 0.0], [-2.0, 0.0], [0.0, 0.0]], "classes": [4, 4, 4, -1]},
                [3.0, 3.0, 3.0, 0.0],
                {"embeddings": [[0.0, 0.0], [1.5, 0.0], [-1.5, 0.0], [0.0, 0.0]]},
            ),
            Exact(
                "the hinge has gradient 0",
                {"embeddings": [[0.0], [2.0], [-3.0]], "classes": [1, 1, 0]},
                [0.0, 0.0, 0.0],
                {"embeddings": [[0.0], [0.0], [0.0]]},
            ),
            Exact(
                "equal vectors",
                {"embeddings": [[1.0, 2.0]] * 3, "classes": [1, 1, 0]},
                [math.log(2.0), math.log(2.0), 0.0],
                {"embeddings": [[0.0, 0.0]] * 3},
                options={"soft": True, "margin": 0.0},
            ),
        ),
    ),
    Case(
        "triplet_semi_hard",
        triplet_semi_hard,
        CLASSED,
        options=({}, {"squared": True, "margin": 4.0}, {"chunk_size": 2}),
        rounding="composite",
        coupled="all",
        count=positive_pairs,
        without={
            "wide": SIDES,
            "subnormal": FLUSHED,
            ("overflow", 1): HUGE,
            ("zeros", 1): TIES,
            ("smallest normal", 1): TINY,
        },
        uncurved={"smallest normal": STEEP},
        exact=(
            Exact(
                "a negative as far as the positive is not farther",
                {"embeddings": [[0.0], [2.0], [-2.0], [3.0]], "classes": [5, 5, 6, 7]},
                [1.0, 0.0, 0.0, 0.0],
                {"embeddings": [[0.0], [1.0], [0.0], [-1.0]]},
                options={"margin": 2.0},
            ),
            Exact(
                "no negative is farther",
                {"embeddings": [[0.0], [2.0], [1.0]], "classes": [5, 5, 6]},
                [2.0, 2.0, 0.0],
                {"embeddings": [[-1.0], [1.0], [0.0]]},
            ),
            Exact(
                "equal vectors",
                {"embeddings": [[1.0, 2.0]] * 3, "classes": [1, 1, 0]},
                [1.0, 1.0, 0.0],
                {"embeddings": [[0.0, 0.0]] * 3},
            ),
        ),
    ),
    Case(
        "triplet_batch_all",
        triplet_batch_all,
        CLASSED,
        options=({}, {"active_only": True, "margin": 0.5}, {"squared": True, "margin": 4.0}, {"chunk_size": 2}),
        rounding="composite",
        coupled="all",
        count=triplets_counted,
        without={"wide": SIDES, "subnormal": FLUSHED, ("overflow", 2): HUGE},
        uncurved={"smallest normal": STEEP},
        exact=(
            Exact(
                "a triplet at the hinge has gradient 0",
                {"embeddings": [[0.0], [2.0], [1.0], [-3.0]], "classes": [5, 5, 6, 7]},
                [2.0, 2.0, 0.0, 0.0],
                {"embeddings": [[-1.0], [1.0], [0.0], [0.0]]},
            ),
            Exact(
                "equal vectors",
                {"embeddings": [[1.0, 2.0]] * 4, "classes": [1, 1, 0, 2]},
                [2.0, 2.0, 0.0, 0.0],
                {"embeddings": [[0.0, 0.0]] * 4},
            ),
        ),
    ),
]
