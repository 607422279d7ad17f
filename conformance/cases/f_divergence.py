"""Cases of the family f_divergence."""

from __future__ import annotations

import math
from collections.abc import Callable

from mpmath import exp, isinf, log, mpf, sqrt

from conformance.case import Case, Exact
from conformance.domains import LogSimplex, Simplex
from conformance.formulas import Nested, rows

SHAPE = (2, 4)
LOG_PAIR = {"log_probs": LogSimplex(SHAPE), "target_log_probs": LogSimplex(SHAPE)}
FIRST_PAIR = {"log_probs": LogSimplex((4, 2), axis=0), "target_log_probs": LogSimplex((4, 2), axis=0)}
INF = math.inf
LOG_2 = math.log(2.0)
LOG_3_4 = math.log(0.75)
SERIES = {0: (14, "near 0 a series with coefficients in double precision, of no more terms than that needs")}
HALF, QUARTER = [-LOG_2, -LOG_2], [-2.0 * LOG_2, LOG_3_4]


def summed(term: Callable[[Nested, Nested], Nested], log_probs: Nested, targets: Nested, axis: int) -> Nested:
    """Return the sums of a function of the logarithm of the prediction, and of the target."""
    return rows(lambda lp, t: sum((term(x, y) for x, y in zip(lp, t, strict=True)), mpf(0)), axis, log_probs, targets)


def generalized_kl(log_probs: Nested, target_probs: Nested, axis: int = -1) -> Nested:
    return summed(lambda lp, t: (t * (log(t) - lp) - t if t > 0 else mpf(0)) + exp(lp), log_probs, target_probs, axis)


def reverse_kl(log_probs: Nested, target_log_probs: Nested, axis: int = -1) -> Nested:
    return summed(lambda lp, lt: mpf(0) if isinf(lp) else exp(lp) * (lp - lt), log_probs, target_log_probs, axis)


def jeffreys(log_probs: Nested, target_log_probs: Nested, axis: int = -1) -> Nested:
    def term(lp: Nested, lt: Nested) -> Nested:
        return mpf(0) if isinf(lp) and isinf(lt) else (exp(lp) - exp(lt)) * (lp - lt)

    return summed(term, log_probs, target_log_probs, axis)


def squared_hellinger(log_probs: Nested, target_log_probs: Nested, axis: int = -1) -> Nested:
    return summed(lambda lp, lt: (sqrt(exp(lp)) - sqrt(exp(lt))) ** 2 / 2, log_probs, target_log_probs, axis)


def total_variation_distance(log_probs: Nested, target_log_probs: Nested, axis: int = -1) -> Nested:
    return summed(lambda lp, lt: abs(exp(lp) - exp(lt)) / 2, log_probs, target_log_probs, axis)


def chi_square(log_probs: Nested, target_log_probs: Nested, axis: int = -1) -> Nested:
    def term(lp: Nested, lt: Nested) -> Nested:
        return mpf(0) if isinf(lp) and isinf(lt) else (exp(lt) - exp(lp)) ** 2 / exp(lp)

    return summed(term, log_probs, target_log_probs, axis)


def pair(log_probs: Nested, target_log_probs: Nested) -> dict[str, Nested]:
    return {"log_probs": [log_probs], "target_log_probs": [target_log_probs]}


CASES = [
    Case(
        "generalized_kl",
        generalized_kl,
        {"log_probs": LogSimplex(SHAPE), "target_probs": Simplex(SHAPE)},
        without={"subnormal": "two frameworks flush such targets to 0, where the derivative by them is 0"},
        rounding="composite",
        coupled=-1,
        coarse=SERIES,
        exact=(
            Exact(
                "a target of 0, and equal numbers",
                {"log_probs": [[0.0, 0.0], [-INF, 0.0]], "target_probs": [[0.0, 1.0], [0.0, 1.0]]},
                [1.0, 0.0],
                {"log_probs": [[1.0, 0.0], [0.0, 0.0]], "target_probs": [[0.0, 0.0], [0.0, 0.0]]},
                hessian=[[1.0, 1.0], [0.0, 1.0]],
            ),
            Exact(
                "close to the target",
                {"log_probs": [[2.0**-20]], "target_probs": [[1.0]]},
                [4.547474954467883e-13],
                {"log_probs": [[9.536747711537455e-07]], "target_probs": [[-(2.0**-20)]]},
            ),
            Exact("impossible", {"log_probs": [[-INF, 0.0]], "target_probs": [[1.0, 0.0]]}, [INF]),
        ),
    ),
    Case(
        "reverse_kl",
        reverse_kl,
        LOG_PAIR,
        rounding="composite",
        coupled=-1,
        exact=(
            Exact(
                "a prediction of 0, and equal distributions",
                {"log_probs": [[-INF, 0.0], [-INF, 0.0]], "target_log_probs": [HALF, [-INF, 0.0]]},
                [LOG_2, 0.0],
                {
                    "log_probs": [[0.0, 1.0 + LOG_2], [0.0, 1.0]],
                    "target_log_probs": [[0.0, -1.0], [0.0, -1.0]],
                },
            ),
            Exact("an impossible target", pair(HALF, [-INF, 0.0]), [INF]),
        ),
    ),
    Case(
        "jeffreys",
        jeffreys,
        LOG_PAIR,
        rounding="composite",
        coupled=-1,
        exact=(
            Exact("a half and a quarter", pair(HALF, QUARTER), [0.25 * math.log(3.0)]),
            Exact(
                "equal distributions, one with a zero",
                pair([-INF, 0.0], [-INF, 0.0]),
                [0.0],
                pair([0.0, 0.0], [0.0, 0.0]),
                hessian=[[0.0, 2.0]],
            ),
            Exact("a zero in one of them", pair([-INF, 0.0], [-1e5, 0.0]), [INF]),
        ),
    ),
    Case(
        "squared_hellinger",
        squared_hellinger,
        LOG_PAIR,
        rounding="composite",
        coupled=-1,
        exact=(
            Exact(
                "disjoint and equal distributions",
                {"log_probs": [[-INF, 0.0], [-INF, 0.0]], "target_log_probs": [[0.0, -INF], [-INF, 0.0]]},
                [1.0, 0.0],
                {"log_probs": [[0.0, 0.5], [0.0, 0.0]], "target_log_probs": [[0.5, 0.0], [0.0, 0.0]]},
                hessian=[[0.0, 0.5], [0.0, 0.25]],
            ),
        ),
    ),
    Case(
        "total_variation_distance",
        total_variation_distance,
        LOG_PAIR,
        rounding="composite",
        coupled=-1,
        exact=(
            Exact("a half and a quarter", pair(HALF, QUARTER), [0.25], pair([0.25, -0.25], [-0.125, 0.375])),
            Exact(
                "disjoint and equal distributions",
                {"log_probs": [[-INF, 0.0], [-INF, 0.0]], "target_log_probs": [[0.0, -INF], [-INF, 0.0]]},
                [1.0, 0.0],
                {"log_probs": [[0.0, 0.5], [0.0, 0.0]], "target_log_probs": [[0.5, 0.0], [0.0, 0.0]]},
            ),
        ),
    ),
    Case(
        "chi_square",
        chi_square,
        LOG_PAIR,
        without=dict.fromkeys(
            ("smallest normal", "subnormal", "wide", "half"),
            "a loss of exp(1000) and more is beyond the dtype, and differences see no smaller term in it",
        ),
        rounding="composite",
        coupled=-1,
        exact=(
            Exact("a half and a quarter", pair(QUARTER, HALF), [1.0 / 3.0]),
            Exact(
                "an impossible target, and equal distributions",
                {"log_probs": [HALF, [-INF, 0.0]], "target_log_probs": [[-INF, 0.0], [-INF, 0.0]]},
                [1.0, 0.0],
                {"log_probs": [[0.5, -1.5], [0.0, 0.0]], "target_log_probs": [[0.0, 2.0], [0.0, 0.0]]},
            ),
            Exact("an impossible prediction", pair([-INF, 0.0], HALF), [INF]),
        ),
    ),
    Case(
        "generalized_kl",
        generalized_kl,
        {"log_probs": LogSimplex((4, 2), axis=0), "target_probs": Simplex((4, 2), axis=0)},
        ({"axis": 0},),
        "first",
        rounding="composite",
        coupled=0,
        coarse=SERIES,
    ),
    *(
        Case(loss, formula, FIRST_PAIR, ({"axis": 0},), "first", rounding="composite", coupled=0)
        for loss, formula in (
            ("reverse_kl", reverse_kl),
            ("jeffreys", jeffreys),
            ("squared_hellinger", squared_hellinger),
            ("total_variation_distance", total_variation_distance),
            ("chi_square", chi_square),
        )
    ),
]
