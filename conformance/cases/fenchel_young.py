"""Cases of the family fenchel_young."""

from __future__ import annotations

import math
from collections.abc import Callable

from mpmath import mpf, sqrt

from conformance.case import Case, Exact
from conformance.domains import Labels, Logits, Probability, Real
from conformance.formulas import Nested, elementwise, rows

N_CLASSES = 4
LOGITS = {"logits": Logits((3, N_CLASSES)), "labels": Labels((3,), n_classes=N_CLASSES)}
LOGITS_FIRST = {"logits": Logits((N_CLASSES, 2, 2), axis=0), "labels": Labels((2, 2), n_classes=N_CLASSES)}
INF = math.inf


def projected(z: Nested) -> Nested:
    """Return the nearest probabilities: the threshold is the largest of those of all runs of largest ones."""
    ordered = sorted(z, reverse=True)
    threshold = max((sum(ordered[:k]) - 1) / k for k in range(1, len(z) + 1) if ordered[k - 1] > -INF)
    return [max(x - threshold, mpf(0)) for x in z]


def entmax15_of(z: Nested) -> Nested:
    """Return the probabilities of 1.5-entmax: the threshold of the longest run that is above its own."""
    ordered = [x / 2 for x in sorted(z, reverse=True) if x > -INF]
    threshold = mpf(0)
    for k in range(1, len(ordered) + 1):
        mean = sum(ordered[:k]) / k
        rest = 1 - sum((x - mean) ** 2 for x in ordered[:k])
        if rest < 0 or ordered[k - 1] < mean - sqrt(rest / k):
            break
        threshold = mean - sqrt(rest / k)
    return [max(x / 2 - threshold, mpf(0)) ** 2 for x in z]


def by_row(
    probs_of: Callable[[Nested], Nested],
    entropy_of: Callable[[Nested], Nested],
    logits: Nested,
    labels: Nested,
    axis: int,
    ignored: int | None,
) -> Nested:
    """Return the Fenchel-Young loss of an entropy: what z gives to p more than to the label, plus the entropy of p."""

    def row(z: Nested, label: int) -> Nested:
        if label == ignored:
            return mpf(0)
        p = probs_of(z)
        return sum((x * (y - z[label]) for x, y in zip(p, z, strict=True) if x), mpf(0)) + entropy_of(p)

    return rows(row, axis, logits, labels)


def sparsemax(logits: Nested, labels: Nested, axis: int = -1, ignore_index: int | None = None) -> Nested:
    return by_row(projected, lambda p: (1 - sum(x * x for x in p)) / 2, logits, labels, axis, ignore_index)


def entmax15(logits: Nested, labels: Nested, axis: int = -1, ignore_index: int | None = None) -> Nested:
    def entropy(p: Nested) -> Nested:
        return (1 - sum(x * sqrt(x) for x in p)) * 4 / 3

    return by_row(entmax15_of, entropy, logits, labels, axis, ignore_index)


def count(labels: Nested, ignore_index: int | None = None) -> Nested:
    return elementwise(lambda label: mpf(label != ignore_index), labels)


def binary_sparsemax(logits: Nested, targets: Nested) -> Nested:
    def one(z: Nested, t: Nested) -> Nested:
        conjugate = mpf(0) if z <= -1 else z if z >= 1 else (z + 1) ** 2 / 4
        return conjugate + t * t - t - z * t

    return elementwise(one, logits, targets)


CASES = [
    Case(
        "sparsemax",
        sparsemax,
        LOGITS,
        options=({}, {"ignore_index": 1}),
        rounding="composite",
        coupled=-1,
        count=count,
        exact=(
            Exact(
                "a tie, a lead of 1, of half of it, and a label without probability",
                {
                    "logits": [[3.0, 3.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.5, -5.0], [4.0, 0.0, 0.0]],
                    "labels": [0, 0, 1, 1],
                },
                [0.25, 0.0, 0.0625, 4.0],
                {"logits": [[-0.5, 0.5, 0.0], [0.0, 0.0, 0.0], [0.25, -0.25, 0.0], [1.0, -1.0, 0.0]]},
            ),
            Exact(
                "a tie has half of the curvature",
                {"logits": [[3.0, 3.0, 0.0]], "labels": [0]},
                [0.25],
                {"logits": [[-0.5, 0.5, 0.0]]},
                hessian=[[0.5, 0.5, 0.0]],
            ),
            Exact(
                "classes excluded by -inf",
                {"logits": [[-INF, 0.0, 0.0], [-INF, 3.0, -INF], [-INF, 0.0, 0.0]], "labels": [1, 1, 0]},
                [0.25, 0.0, INF],
            ),
            Exact(
                "the gradient beside an excluded class",
                {"logits": [[-INF, 0.0, 0.0], [-INF, 3.0, -INF]], "labels": [1, 1]},
                [0.25, 0.0],
                {"logits": [[0.0, -0.5, 0.5], [0.0, 0.0, 0.0]]},
            ),
            Exact(
                "logits far apart, and equal ones far away",
                {"logits": [[1e6, -1e6, 0.0], [1e30, 1e30, 0.0]], "labels": [1, 0]},
                [2e6, 0.25],
                {"logits": [[1.0, -1.0, 0.0], [-0.5, 0.5, 0.0]]},
            ),
        ),
    ),
    Case("sparsemax", sparsemax, LOGITS_FIRST, ({"axis": 0},), "first", rounding="composite", coupled=0, count=count),
    Case(
        "entmax15",
        entmax15,
        LOGITS,
        options=({}, {"ignore_index": 1}),
        rounding="composite",
        coupled=-1,
        count=count,
        exact=(
            Exact(
                "a tie of four, a lead of 2, and a label without probability",
                {
                    "logits": [[3.0, 3.0, 3.0, 3.0], [2.0, 0.0, 0.0, -9.0], [4.0, 0.0, 0.0, 0.0]],
                    "labels": [0, 0, 1],
                },
                [2.0 / 3.0, 0.0, 4.0],
                {"logits": [[-0.75, 0.25, 0.25, 0.25], [0.0, 0.0, 0.0, 0.0], [1.0, -1.0, 0.0, 0.0]]},
            ),
            Exact(
                "a tie of four has the curvature of four",
                {"logits": [[3.0, 3.0, 3.0, 3.0]], "labels": [0]},
                [2.0 / 3.0],
                hessian=[[0.375, 0.375, 0.375, 0.375]],
            ),
            Exact(
                "classes excluded by -inf",
                {"logits": [[-INF, 3.0, -INF], [-INF, 0.0, -5.0]], "labels": [1, 1]},
                [0.0, 0.0],
                {"logits": [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]},
            ),
        ),
    ),
    Case("entmax15", entmax15, LOGITS_FIRST, ({"axis": 0},), "first", rounding="composite", coupled=0, count=count),
    Case(
        "binary_sparsemax",
        binary_sparsemax,
        {"logits": Real((3, 4)), "targets": Probability((3, 4))},
        rounding="algebraic",
        coarse={0: (20, "differences of the textbook lose digits where a number is far below 1")},
        exact=(
            Exact(
                "both ends of the margin, and beyond",
                {"logits": [-1.0, 1.0, 1.0, -1.0, 3.0, -3.0], "targets": [0.0, 1.0, 0.0, 1.0, 0.0, 0.0]},
                [0.0, 0.0, 1.0, 1.0, 3.0, 0.0],
                {"logits": [0.0, 0.0, 1.0, -1.0, 1.0, 0.0]},
            ),
            Exact(
                "a logit of 0",
                {"logits": [0.0, 0.0], "targets": [0.0, 0.5]},
                [0.25, 0.0],
                {"logits": [0.5, 0.0], "targets": [-1.0, 0.0]},
                hessian=[0.5, 0.5],
            ),
        ),
    ),
]
