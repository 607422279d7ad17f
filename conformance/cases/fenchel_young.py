"""Cases of the family fenchel_young."""

from __future__ import annotations

import math
from collections.abc import Callable

from mpmath import log, mpf, sqrt

from conformance.case import Case, Exact, Looser
from conformance.domains import Labels, Logits, Probability, Real, Simplex
from conformance.formulas import Nested, elementwise, expectation, rows, softmax

N_CLASSES = 4
LOGITS = {"logits": Logits((3, N_CLASSES)), "labels": Labels((3,), n_classes=N_CLASSES)}
LOGITS_FIRST = {"logits": Logits((N_CLASSES, 2, 2), axis=0), "labels": Labels((2, 2), n_classes=N_CLASSES)}
INF = math.inf
PROBS = {"scores": Logits((2, 3)), "targets": Simplex((2, 3))}


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


def fenchel_young(scores: Nested, targets: Nested, regularizer: str = "shannon", axis: int = -1) -> Nested:
    prediction, own = {
        "shannon": (softmax, lambda y: sum((t * log(t) for t in y if t > 0), mpf(0))),
        "tsallis15": (entmax15_of, lambda y: (sum(t * sqrt(t) for t in y if t > 0) - 1) * 4 / 3),
        "gini": (projected, lambda y: (sum(t * t for t in y) - 1) / 2),
    }[regularizer]

    def row(z: Nested, y: Nested) -> Nested:
        p = prediction(z)
        # Shannon's slope is infinite at a target of 0, and by definition nothing is left of it.
        inner = sum((t * x for t, x in zip(y, z, strict=True) if t > 0 or (t < 0 and regularizer != "shannon")), mpf(0))
        return expectation(p, z) - own(p) + own(y) - inner

    return rows(row, axis, scores, targets)


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
    Case(
        "fenchel_young",
        fenchel_young,
        PROBS,
        options=({}, {"regularizer": "tsallis15"}, {"regularizer": "gini"}),
        rounding="composite",
        coupled=-1,
        without={
            "10000 classes": "its long sums are those of soft_cross_entropy, which has this point",
            "subnormal": "two frameworks flush such targets to 0, and Shannon's slope is infinite there",
            ("excluded", 0): "the slope by the target of a class without a score is infinite",
            ("excluded", 1): "the slope by the target of a class without a score is infinite",
        },
        coarse={
            0: (15, "exp(d) - 1 - d of a small d is a series for double precision"),
            1: (25, "differences of the textbook lose digits of the root of a target near 0"),
        },
        uncurved={"wide": "a lead of 1 less 1e-30 leaves a second class a probability, and rounded numbers none"},
        looser=(
            Looser("hessian", "p (1 - p) cancels for a confident class; only labels allow another form", eps=2.0),
            Looser(
                "value",
                "the square of what targets lack to a sum of 1 is left",
                eps=2.0**-50,
                dtypes=("float64",),
                kinds=("equal",),
            ),
        ),
        exact=(
            Exact(
                "softmax of equal scores, and of a class excluded by -inf",
                {"scores": [[3.0, 3.0], [-INF, 2.0]], "targets": [[1.0, 0.0], [0.0, 1.0]]},
                [math.log(2.0), 0.0],
                {"scores": [[-0.5, 0.5], [0.0, 0.0]]},
                hessian=[[0.25, 0.25], [0.0, 0.0]],
            ),
            Exact(
                "1.5-entmax of a tie of four, and of a lead of 2",
                {"scores": [[3.0, 3.0, 3.0, 3.0], [2.0, 0.0, -INF, -9.0]], "targets": [[1.0, 0.0, 0.0, 0.0]] * 2},
                [2.0 / 3.0, 0.0],
                {"scores": [[-0.75, 0.25, 0.25, 0.25], [0.0, 0.0, 0.0, 0.0]]},
                options={"regularizer": "tsallis15"},
            ),
            Exact(
                "sparsemax of its targets, beside a class without any, and of one with all",
                {"scores": [[0.75, 0.25, -9.0], [4.0, 0.0, -INF]], "targets": [[0.75, 0.25, 0.0], [0.0, 1.0, 0.0]]},
                [0.0, 4.0],
                {"scores": [[0.0, 0.0, 0.0], [1.0, -1.0, 0.0]]},
                options={"regularizer": "gini"},
            ),
            Exact(
                "by targets, too",
                {"scores": [[2.0, 0.0, 8.0]], "targets": [[1.0, 0.0, 0.0]]},
                [6.0],
                {"scores": [[-1.0, 0.0, 1.0]], "targets": [[-1.0, 0.0, -8.0]]},
                options={"regularizer": "gini"},
            ),
        ),
    ),
    Case(
        "fenchel_young",
        fenchel_young,
        {"scores": Logits((3, 2), axis=0), "targets": Simplex((3, 2), axis=0)},
        ({"axis": 0, "regularizer": "gini"},),
        "first",
        rounding="composite",
        coupled=0,
    ),
]
