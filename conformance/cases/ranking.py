"""Cases of the family ranking."""

from __future__ import annotations

import math

from mpmath import log, mpf

from conformance.case import Case, Exact, Looser
from conformance.domains import Flag, Real
from conformance.formulas import Nested, elementwise, log_softmax, rows, sigmoid
from conformance.particular_domains import Grades, Segments

SHAPE = (3, 4)
LISTS = {"scores": Real(SHAPE), "targets": Grades(SHAPE)}
# Items along the first axis.
LISTS_FIRST = {"scores": Real((4, 3)), "targets": Grades((4, 3))}
LOG_2 = (13, "the logarithm of 2 is a number of double precision")
IDEAL = 3.0 + 1.0 / math.log2(3.0)
"""The discounted gain of relevances 2, 1 and 0 in this order."""
CONFIDENT = Looser("hessian", "p (1 - p) cancels for a confident item; only labels allow another form", eps=8.0)


def of_lists(
    one: Nested, scores: Nested, targets: Nested, mask: Nested = None, axis: int = -1, segments: Nested = None
) -> Nested:
    """Sum a function of the scores and targets of one list over the lists of each row, of the items that there are."""

    def row(s: Nested, t: Nested, there: Nested, ids: Nested) -> Nested:
        kept = [i for i in range(len(s)) if there[i]]
        lists = [[i for i in kept if ids[i] == name] for name in sorted({ids[i] for i in kept})] or [[]]
        return sum((one([s[i] for i in own], [t[i] for i in own]) for own in lists), mpf(0))

    everywhere = elementwise(lambda _: True, scores)
    return rows(row, axis, scores, targets, mask or everywhere, segments or everywhere)


def items(scores: Nested, targets: Nested, mask: Nested = None, axis: int = -1, segments: Nested = None) -> Nested:
    return of_lists(lambda s, t: mpf(bool(s)), scores, targets, mask, axis, segments)


def ranking_softmax(
    scores: Nested,
    targets: Nested,
    normalize_targets: bool = False,
    mask: Nested = None,
    axis: int = -1,
    segments: Nested = None,
) -> Nested:
    def one(s: Nested, t: Nested) -> Nested:
        total = sum(t) if normalize_targets else mpf(1)
        if not total:
            return mpf(0)
        return -sum((x * y / total for x, y in zip(t, log_softmax(s), strict=True) if x), mpf(0)) if s else mpf(0)

    return of_lists(one, scores, targets, mask, axis, segments)


def with_relevance(
    scores: Nested,
    targets: Nested,
    normalize_targets: bool = False,
    mask: Nested = None,
    axis: int = -1,
    segments: Nested = None,
) -> Nested:
    def one(s: Nested, t: Nested) -> Nested:
        return mpf(bool(sum(t) if normalize_targets else s))

    return of_lists(one, scores, targets, mask, axis, segments)


def ordered(targets: Nested) -> Nested:
    """Return the numbers of the items from the most relevant to the least; ties in the order of the list."""
    return sorted(range(len(targets)), key=lambda i: (-targets[i], i))


def list_mle(scores: Nested, targets: Nested, mask: Nested = None, axis: int = -1, segments: Nested = None) -> Nested:
    def one(s: Nested, t: Nested) -> Nested:
        s = [s[i] for i in ordered(t)]
        return -sum((log_softmax(s[i:])[0] for i in range(len(s))), mpf(0))

    return of_lists(one, scores, targets, mask, axis, segments)


def dcg(targets: Nested, ranks: Nested) -> Nested:
    return sum(((2**t - 1) * log(mpf(2)) / log(1 + r) for t, r in zip(targets, ranks, strict=True)), mpf(0))


def approx_ndcg(
    scores: Nested,
    targets: Nested,
    temperature: float = 1.0,
    mask: Nested = None,
    axis: int = -1,
    segments: Nested = None,
) -> Nested:
    def one(s: Nested, t: Nested) -> Nested:
        smooth = [sum((sigmoid((b - a) / mpf(temperature)) for b in s), mpf(1)) - mpf(1) / 2 for a in s]
        ideal = dcg([t[i] for i in ordered(t)], range(1, len(t) + 1))
        return -dcg(t, smooth) / ideal if ideal else mpf(0)

    return of_lists(one, scores, targets, mask, axis, segments)


def relevant(scores: Nested, targets: Nested, mask: Nested = None, axis: int = -1, segments: Nested = None) -> Nested:
    return of_lists(lambda s, t: mpf(any(t)), scores, targets, mask, axis, segments)


CASES = [
    Case(
        "ranking_softmax",
        ranking_softmax,
        LISTS,
        options=(
            {},
            {"normalize_targets": True},
            {"mask": Flag(SHAPE)},
            {"segments": Segments(SHAPE)},
            {"normalize_targets": True, "mask": Flag(SHAPE), "segments": Segments(SHAPE)},
        ),
        constant=("targets",),
        coupled=-1,
        count=with_relevance,
        looser=(CONFIDENT,),
        exact=(
            Exact(
                "relevances are not divided by their sum",
                {"scores": [[0.0, 0.0, 0.0]], "targets": [[1.0, 0.0, 2.0]]},
                [3.0 * math.log(3.0)],
                {"scores": [[0.0, 1.0, -1.0]], "targets": [[0.0, 0.0, 0.0]]},
            ),
            Exact(
                "two queries in one row",
                {"scores": [[0.0, 1000.0, 0.0, 1000.0]], "targets": [[1.0, 1.0, 0.0, 2.0]]},
                [4.0 * math.log(2.0)],
                {"scores": [[-0.5, 0.5, 0.5, -0.5]]},
                hessian=[[0.25, 0.75, 0.25, 0.75]],
                options={"segments": [[7, -1, 7, -1]]},
            ),
            Exact(
                "lists without relevance",
                {"scores": [[1.0, 2.0], [0.0, 0.0]], "targets": [[0.0, 0.0], [3.0, 1.0]]},
                [0.0, math.log(2.0)],
                {"scores": [[0.0, 0.0], [-0.25, 0.25]], "targets": [[0.0, 0.0], [0.0, 0.0]]},
                options={"normalize_targets": True},
            ),
            Exact(
                "items that there are not",
                {"scores": [[0.0, math.nan, 0.0], [math.inf] * 3], "targets": [[1.0, math.nan, 0.0], [math.nan] * 3]},
                [math.log(2.0), 0.0],
                {"scores": [[-0.5, 0.0, 0.5], [0.0, 0.0, 0.0]]},
                options={"mask": [[True, False, True], [False, False, False]]},
            ),
        ),
    ),
    Case(
        "ranking_softmax",
        ranking_softmax,
        LISTS_FIRST,
        ({"axis": 0},),
        "first",
        constant=("targets",),
        coupled=0,
        looser=(CONFIDENT,),
    ),
    Case(
        "list_mle",
        list_mle,
        LISTS,
        options=({}, {"mask": Flag(SHAPE)}, {"mask": Flag(SHAPE), "segments": Segments(SHAPE)}),
        constant=("targets",),
        rounding="composite",
        coupled=-1,
        count=items,
        looser=(CONFIDENT,),
        exact=(
            Exact(
                "equal relevances keep the order of the list",
                {"scores": [[40.0, 0.0]], "targets": [[1.0, 1.0]]},
                [4.248354255291589e-18],
                {"scores": [[-4.248354255291589e-18, 4.248354255291589e-18]], "targets": [[0.0, 0.0]]},
            ),
            Exact(
                "far ahead and far behind",
                {"scores": [[1000.0, 0.0, 0.0], [0.0, 1000.0, 0.0]], "targets": [[3.0, 2.0, 1.0], [3.0, 2.0, 1.0]]},
                [math.log(2.0), 1000.0],
                {"scores": [[0.0, -0.5, 0.5], [-1.0, 1.0, 0.0]]},
                hessian=[[0.0, 0.25, 0.25], [0.0, 0.0, 0.0]],
            ),
            Exact(
                "items that there are not",
                {"scores": [[0.0, math.nan, 0.0], [math.inf] * 3], "targets": [[1.0, math.nan, 0.0], [math.nan] * 3]},
                [math.log(2.0), 0.0],
                {"scores": [[-0.5, 0.0, 0.5], [0.0, 0.0, 0.0]]},
                options={"mask": [[True, False, True], [False, False, False]]},
            ),
        ),
    ),
    Case(
        "list_mle",
        list_mle,
        LISTS_FIRST,
        ({"axis": 0},),
        "first",
        constant=("targets",),
        rounding="composite",
        coupled=0,
        looser=(CONFIDENT,),
    ),
    Case(
        "approx_ndcg",
        approx_ndcg,
        LISTS,
        options=(
            {},
            {"temperature": 0.25, "mask": Flag(SHAPE)},
            {"segments": Segments(SHAPE)},
        ),
        constant=("targets",),
        rounding="composite",
        coupled=-1,
        count=relevant,
        coarse=dict.fromkeys(range(3), LOG_2),
        uncurved={"cold": "factors of the curvature of saturated ranks are below what two frameworks flush to 0"},
        exact=(
            Exact(
                "saturated ranks are the true ones",
                {"scores": [[1000.0, 2000.0, 0.0], [0.0, 1000.0, 2000.0]], "targets": [[2.0, 1.0, 0.0]] * 2},
                [-(3.0 / math.log2(3.0) + 1.0) / IDEAL, -(3.0 / 2.0 + 1.0 / math.log2(3.0)) / IDEAL],
                {"scores": [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]},
            ),
            Exact(
                "lists without relevance",
                {"scores": [[1.0, 2.0]], "targets": [[0.0, 0.0]]},
                [0.0],
                {"scores": [[0.0, 0.0]]},
            ),
            Exact(
                "items that there are not",
                {"scores": [[1.0, math.nan, 1.0], [math.inf] * 3], "targets": [[1.0, math.nan, 1.0], [math.nan] * 3]},
                [-2.0 / math.log2(2.5) / (1.0 + 1.0 / math.log2(3.0)), 0.0],
                {"scores": [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]},
                options={"mask": [[True, False, True], [False, False, False]]},
            ),
        ),
    ),
    Case(
        "approx_ndcg",
        approx_ndcg,
        LISTS_FIRST,
        ({"axis": 0},),
        "first",
        constant=("targets",),
        rounding="composite",
        coupled=0,
        count=relevant,
        coarse={0: LOG_2},
    ),
]
