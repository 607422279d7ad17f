"""Cases of the family alpha_divergence."""

from __future__ import annotations

import itertools
import math

from mpmath import exp, isinf, log, mpf

from conformance.case import Case, Exact, Looser
from conformance.domains import LogSimplex
from conformance.formulas import Nested, rows

SHAPE = (2, 4)
LOG_PAIR = {"log_probs": LogSimplex(SHAPE), "target_log_probs": LogSimplex(SHAPE)}
FIRST_PAIR = {"log_probs": LogSimplex((4, 2), axis=0), "target_log_probs": LogSimplex((4, 2), axis=0)}
INF = math.inf
LOG_2 = math.log(2.0)
HALF, QUARTER = [-LOG_2, -LOG_2], [-2.0 * LOG_2, math.log(0.75)]
SERIES = (14, "near 0 a series with coefficients in double precision, of no more terms than that needs")


def power(lp: Nested, lt: Nested, alpha: Nested) -> Nested:
    """Return the product of powers; nothing where both are 0."""
    return mpf(0) if isinf(lp) and isinf(lt) else exp(alpha * lt + (1 - alpha) * lp)


def renyi(log_probs: Nested, target_log_probs: Nested, alpha: float = 0.5, axis: int = -1) -> Nested:
    def row(lp: Nested, lt: Nested) -> Nested:
        total = sum(power(x, y, mpf(alpha)) for x, y in zip(lp, lt, strict=True))
        return log(total) / (mpf(alpha) - 1)

    return rows(row, axis, log_probs, target_log_probs)


def alpha_divergence(log_probs: Nested, target_log_probs: Nested, alpha: float = 0.5, axis: int = -1) -> Nested:
    a = mpf(alpha)

    def term(lp: Nested, lt: Nested) -> Nested:
        p, t = exp(lp), exp(lt)
        if a == 1:
            return (mpf(0) if isinf(lt) else t * (lt - lp)) - t + p
        if a == 0:
            return (mpf(0) if isinf(lp) else p * (lp - lt)) - p + t
        return (power(lp, lt, a) - a * t + (a - 1) * p) / (a * (a - 1))

    def row(lp: Nested, lt: Nested) -> Nested:
        return sum((term(x, y) for x, y in zip(lp, lt, strict=True)), mpf(0))

    return rows(row, axis, log_probs, target_log_probs)


def pair(log_probs: Nested, target_log_probs: Nested) -> dict[str, Nested]:
    return {"log_probs": [log_probs], "target_log_probs": [target_log_probs]}


CASES = [
    Case(
        "renyi",
        renyi,
        LOG_PAIR,
        options=({}, {"alpha": 2.0}),
        looser=(Looser("hessian", "the variance of a class in a confident distribution is a difference", eps=2.0),),
        rounding="composite",
        coupled=-1,
        exact=(
            Exact(
                "equal distributions, one with a zero",
                pair([-INF, 0.0], [-INF, 0.0]),
                [0.0],
                pair([0.0, -1.0], [0.0, -1.0]),
            ),
            Exact("an impossible target", pair(HALF, [-INF, 0.0]), [LOG_2], pair([0.0, -1.0], [0.0, -1.0])),
            Exact("nothing in common", pair([-INF, 0.0], [0.0, -INF]), [INF]),
            Exact("an impossible prediction", pair([-INF, 0.0], HALF), [INF], options={"alpha": 2.0}),
            Exact("a half and a quarter", pair(QUARTER, HALF), [math.log(4.0 / 3.0)], options={"alpha": 2.0}),
        ),
    ),
    Case(
        "alpha_divergence",
        alpha_divergence,
        LOG_PAIR,
        options=({}, {"alpha": 2.0}, {"alpha": 1.0}, {"alpha": -0.5}),
        rounding="composite",
        coupled=-1,
        coarse=dict.fromkeys(range(4), SERIES),
        without=dict.fromkeys(
            itertools.product(("smallest normal", "subnormal", "wide", "half"), (1, 3)),
            "a loss of exp(500) and more is beyond the dtype, and differences see no smaller term in it",
        ),
        exact=(
            Exact(
                "disjoint and equal distributions",
                {"log_probs": [[-INF, 0.0], [-INF, 0.0]], "target_log_probs": [[0.0, -INF], [-INF, 0.0]]},
                [4.0, 0.0],
                {"log_probs": [[0.0, 2.0], [0.0, 0.0]], "target_log_probs": [[2.0, 0.0], [0.0, 0.0]]},
            ),
            Exact("a half and a quarter", pair(QUARTER, HALF), [1.0 / 6.0], options={"alpha": 2.0}),
            Exact(
                "the limit of the Kullback-Leibler divergence",
                pair(HALF, [-INF, 0.0]),
                [LOG_2],
                pair([0.5, -0.5], [0.0, LOG_2]),
                options={"alpha": 1.0},
            ),
            Exact(
                "its other limit",
                pair([-INF, 0.0], HALF),
                [LOG_2],
                pair([0.0, LOG_2], [0.5, -0.5]),
                options={"alpha": 0.0},
            ),
            Exact("an impossible prediction", pair([-INF, 0.0], HALF), [INF], options={"alpha": 2.0}),
        ),
    ),
    Case("renyi", renyi, FIRST_PAIR, ({"axis": 0},), "first", rounding="composite", coupled=0),
    Case(
        "alpha_divergence",
        alpha_divergence,
        FIRST_PAIR,
        ({"axis": 0},),
        "first",
        rounding="composite",
        coupled=0,
        coarse={0: SERIES},
    ),
]
