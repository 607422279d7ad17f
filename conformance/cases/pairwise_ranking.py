"""Cases of the family pairwise_ranking."""

from __future__ import annotations

import math

from mpmath import exp, log1p, mpf

from conformance.case import Case, Exact, Looser
from conformance.domains import Flag, Positive, Real
from conformance.formulas import Nested, moved_last
from conformance.particular_domains import Grades, Segments

SHAPE = (3, 4)
LISTS = {"scores": Real(SHAPE), "targets": Grades(SHAPE)}
# Items along the first axis.
LISTS_FIRST = {"scores": Real((4, 3)), "targets": Grades((4, 3))}
PAIRS = Positive((4, 4))
SEGMENTED = {"segments": Segments(SHAPE), "mask": Flag(SHAPE)}
KINKS = "several pairs are at the margin, where the slopes of their sum are not those of each; an exact point has one"
SIDES = "rounding of the differences decides on which side of the margin such numbers are"
BOTH_SIGNS = Looser("gradient", "an item that wins and loses adds slopes of both signs, which nearly cancel", eps=2.0)
MISSING = {"mask": [[True, False, True], [False, False, True]]}
NOT_READ = [[1.0, math.nan, 0.0], [math.inf, math.nan, 2.0]]


def over_pairs(kernel: Nested, chosen: Nested, scores: Nested, targets: Nested, **options: Nested) -> Nested:
    """Return the sum over the chosen pairs of each list."""
    axis, mask, factors = options.get("axis", -1), options.get("mask"), options.get("pair_weights")
    segments = options.get("segments")
    scores, targets = moved_last(scores, axis), moved_last(targets, axis)

    def one(number: int, s: Nested, t: Nested) -> Nested:
        there = [i for i in range(len(s)) if mask is None or mask[number][i]]
        return sum(
            (
                (factors[i][j] if factors else 1) * kernel(s[i], s[j], t[i], t[j])
                for i in there
                for j in there
                if chosen(i, j, t) and (segments is None or segments[number][i] == segments[number][j])
            ),
            mpf(0),
        )

    return [one(number, s, t) for number, (s, t) in enumerate(zip(scores, targets, strict=True))]


def better(i: int, j: int, targets: Nested) -> bool:
    return bool(targets[i] > targets[j])


def in_order(i: int, j: int, targets: Nested) -> bool:
    return i < j


def softplus(z: Nested) -> Nested:
    return max(z, mpf(0)) + log1p(exp(-abs(z)))


def pairwise_logistic(scores: Nested, targets: Nested, **options: Nested) -> Nested:
    return over_pairs(lambda a, b, t, u: softplus(b - a), better, scores, targets, **options)


def pairwise_hinge(scores: Nested, targets: Nested, margin: float = 1.0, **options: Nested) -> Nested:
    return over_pairs(lambda a, b, t, u: max(mpf(0), margin - (a - b)), better, scores, targets, **options)


def pairwise_squared_error(scores: Nested, targets: Nested, **options: Nested) -> Nested:
    return over_pairs(lambda a, b, t, u: ((a - b) - (t - u)) ** 2, in_order, scores, targets, **options)


def better_pairs(
    scores: Nested, targets: Nested, mask: Nested = None, axis: int = -1, segments: Nested = None
) -> Nested:
    return over_pairs(lambda *_: mpf(1), better, scores, targets, mask=mask, axis=axis, segments=segments)


def all_pairs(scores: Nested, targets: Nested, mask: Nested = None, axis: int = -1, segments: Nested = None) -> Nested:
    return over_pairs(lambda *_: mpf(1), in_order, scores, targets, mask=mask, axis=axis, segments=segments)


CASES = [
    Case(
        "pairwise_logistic",
        pairwise_logistic,
        LISTS,
        options=({}, {"pair_weights": PAIRS}, {"mask": Flag(SHAPE)}, SEGMENTED),
        constant=("targets",),
        coupled=-1,
        count=better_pairs,
        looser=(BOTH_SIGNS,),
        exact=(
            Exact(
                "a tie, and scores that are right by 40",
                {"scores": [[0.0, 0.0], [40.0, 0.0]], "targets": [[1.0, 0.0], [2.0, 1.0]]},
                [math.log(2.0), 4.248354255291589e-18],
                {"scores": [[-0.5, 0.5], [-4.248354255291589e-18, 4.248354255291589e-18]]},
                hessian=[[0.25, 0.25], [4.248354255291589e-18] * 2],
            ),
            Exact(
                "equal relevances are no pair",
                {"scores": [[1.0, 2.0, 3.0]], "targets": [[1.0, 1.0, 1.0]]},
                [0.0],
                {"scores": [[0.0, 0.0, 0.0]], "targets": [[0.0, 0.0, 0.0]]},
            ),
            Exact(
                "items that there are not",
                {"scores": [[0.0, math.inf, 0.0], NOT_READ[1]], "targets": NOT_READ},
                [math.log(2.0), 0.0],
                {"scores": [[-0.5, 0.0, 0.5], [0.0, 0.0, 0.0]]},
                options=MISSING,
            ),
        ),
    ),
    Case(
        "pairwise_logistic",
        pairwise_logistic,
        LISTS_FIRST,
        ({"axis": 0},),
        "first",
        constant=("targets",),
        coupled=0,
        count=better_pairs,
    ),
    Case(
        "pairwise_hinge",
        pairwise_hinge,
        LISTS,
        options=({}, {"margin": 0.25, "pair_weights": PAIRS}, {"margin": 2.5, "mask": Flag(SHAPE)}, SEGMENTED),
        constant=("targets",),
        rounding="algebraic",
        coupled=-1,
        count=better_pairs,
        without={("equal", 0): KINKS, ("wide", 0): SIDES},
        exact=(
            Exact(
                "the gradient is 0 at the margin",
                {"scores": [[1.0, 0.0], [0.0, 0.0]], "targets": [[1.0, 0.0], [1.0, 0.0]]},
                [0.0, 1.0],
                {"scores": [[0.0, 0.0], [-1.0, 1.0]]},
                hessian=[[0.0, 0.0], [0.0, 0.0]],
            ),
            Exact(
                "items that there are not",
                {"scores": [[0.0, math.inf, 0.0], NOT_READ[1]], "targets": NOT_READ},
                [1.0, 0.0],
                {"scores": [[-1.0, 0.0, 1.0], [0.0, 0.0, 0.0]]},
                options=MISSING,
            ),
        ),
    ),
    Case(
        "pairwise_hinge",
        pairwise_hinge,
        LISTS_FIRST,
        ({"axis": 0, "margin": 0.25},),
        "first",
        constant=("targets",),
        rounding="algebraic",
        coupled=0,
        count=better_pairs,
    ),
    Case(
        "pairwise_squared_error",
        pairwise_squared_error,
        LISTS,
        options=({}, {"pair_weights": PAIRS}, {"mask": Flag(SHAPE)}, SEGMENTED),
        rounding="algebraic",
        coupled=-1,
        count=all_pairs,
        exact=(
            Exact(
                "a common offset costs nothing",
                {"scores": [[1001.0, 1002.0, 1004.0]], "targets": [[1.0, 2.0, 4.0]]},
                [0.0],
                {"scores": [[0.0, 0.0, 0.0]], "targets": [[0.0, 0.0, 0.0]]},
                hessian=[[4.0, 4.0, 4.0]],
            ),
            Exact(
                "every pair counts once",
                {"scores": [[1.0, 0.0, 0.0]], "targets": [[0.0, 0.0, 0.0]]},
                [2.0],
                {"scores": [[4.0, -2.0, -2.0]], "targets": [[-4.0, 2.0, 2.0]]},
            ),
            Exact(
                "items that there are not",
                {"scores": [[3.0, math.inf, 0.0], NOT_READ[1]], "targets": NOT_READ},
                [4.0, 0.0],
                {"scores": [[4.0, 0.0, -4.0], [0.0, 0.0, 0.0]]},
                options=MISSING,
            ),
        ),
    ),
    Case(
        "pairwise_squared_error",
        pairwise_squared_error,
        LISTS_FIRST,
        ({"axis": 0},),
        "first",
        rounding="algebraic",
        coupled=0,
        count=all_pairs,
    ),
]
