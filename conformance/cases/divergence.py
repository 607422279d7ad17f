"""Cases of the family divergence."""

from __future__ import annotations

import math

from mpmath import exp, log, mpf

from conformance.case import Case, Exact
from conformance.domains import Exponent, LogSimplex, Real, Simplex
from conformance.formulas import Nested, elementwise, expectation, rows

SHAPE = (3, 4)
LOG_PAIR = {"log_probs": LogSimplex(SHAPE), "target_log_probs": LogSimplex(SHAPE)}
FIRST = LogSimplex((4, 3), axis=0)
FIRST_PAIR = {"log_probs": FIRST, "target_log_probs": FIRST}
INF = math.inf
SERIES = {0: (14, "near 0 a series with coefficients in double precision, of no more terms than that needs")}
LOG_2 = math.log(2.0)


def entropy(log_probs: Nested, axis: int = -1, base: float | None = None) -> Nested:
    unit = 1 if base is None else log(mpf(base))
    return rows(lambda lp: -expectation([exp(x) for x in lp], lp) / unit, axis, log_probs)


def kl_divergence(log_probs: Nested, target_probs: Nested, axis: int = -1) -> Nested:
    def row(lp: Nested, t: Nested) -> Nested:
        return sum((y * (log(y) - x) for x, y in zip(lp, t, strict=True) if y > 0), mpf(0))

    return rows(row, axis, log_probs, target_probs)


def with_log_targets(log_probs: Nested, target_log_probs: Nested, axis: int = -1) -> Nested:
    def row(lp: Nested, lt: Nested) -> Nested:
        return expectation([exp(y) for y in lt], [y - x for x, y in zip(lp, lt, strict=True)])

    return rows(row, axis, log_probs, target_log_probs)


def jensen_shannon(log_probs: Nested, target_log_probs: Nested, axis: int = -1) -> Nested:
    def row(lp: Nested, lq: Nested) -> Nested:
        total = mpf(0)
        for x, y in zip(lp, lq, strict=True):
            p, q = exp(x), exp(y)
            middle = log((p + q) / 2)
            total += expectation([p, q], [x - middle, y - middle]) / 2
        return total

    return rows(row, axis, log_probs, target_log_probs)


def gaussian_kl(
    mean: Nested,
    log_var: Nested,
    target_mean: Nested = None,
    target_log_var: Nested = None,
    axis: int = -1,
) -> Nested:
    def row(m: Nested, v: Nested, other_m: Nested, other_v: Nested) -> Nested:
        return sum(
            (d - b) / 2 + (exp(b) + (a - c) ** 2) / (2 * exp(d)) - mpf(1) / 2
            for a, b, c, d in zip(m, v, other_m, other_v, strict=True)
        )

    zeros = elementwise(lambda x: mpf(0), mean)
    return rows(row, axis, mean, log_var, target_mean or zeros, target_log_var or zeros)


CASES = [
    Case(
        "entropy",
        entropy,
        {"log_probs": LogSimplex(SHAPE)},
        options=({}, {"base": 2.0}),
        coarse={1: (15, "the logarithm of the base is a number of double precision")},
        coupled=-1,
        exact=(
            Exact(
                "a fair coin and a certain one",
                {"log_probs": [[-LOG_2, -LOG_2], [-INF, 0.0]]},
                [1.0, 0.0],
                options={"base": 2.0},
            ),
            Exact(
                "a probability of 0 has gradient 0",
                {"log_probs": [[-INF, 0.0]]},
                [0.0],
                {"log_probs": [[0.0, -1.0]]},
            ),
        ),
    ),
    Case("entropy", entropy, {"log_probs": LogSimplex((4, 3), axis=0)}, ({"axis": 0},), "first", coupled=0),
    Case(
        "kl_divergence",
        kl_divergence,
        {"log_probs": LogSimplex(SHAPE), "target_probs": Simplex(SHAPE)},
        without={"subnormal": "two frameworks flush such targets to 0, where the derivative by them is 0"},
        coupled=-1,
        exact=(
            Exact(
                "a target of 0 adds nothing",
                {"log_probs": [[-LOG_2, -LOG_2]], "target_probs": [[0.0, 1.0]]},
                [LOG_2],
                {"log_probs": [[0.0, -1.0]], "target_probs": [[0.0, 1.0 + LOG_2]]},
            ),
            Exact(
                "a target of 0 where the prediction is impossible",
                {"log_probs": [[-INF, 0.0]], "target_probs": [[0.0, 1.0]]},
                [0.0],
                {"log_probs": [[0.0, -1.0]], "target_probs": [[0.0, 1.0]]},
            ),
        ),
    ),
    Case(
        "kl_divergence_with_log_targets",
        with_log_targets,
        LOG_PAIR,
        coupled=-1,
        exact=(
            Exact(
                "equal distributions, one with a zero",
                {"log_probs": [[-INF, 0.0]], "target_log_probs": [[-INF, 0.0]]},
                [0.0],
                {"log_probs": [[0.0, -1.0]], "target_log_probs": [[0.0, 1.0]]},
            ),
        ),
    ),
    Case(
        "jensen_shannon",
        jensen_shannon,
        LOG_PAIR,
        rounding="composite",
        coupled=-1,
        exact=(
            Exact(
                "disjoint distributions",
                {"log_probs": [[-INF, 0.0]], "target_log_probs": [[0.0, -INF]]},
                [LOG_2],
                {},
            ),
            Exact(
                "equal distributions, one with a zero",
                {"log_probs": [[-INF, 0.0]], "target_log_probs": [[-INF, 0.0]]},
                [0.0],
                {"log_probs": [[0.0, 0.0]], "target_log_probs": [[0.0, 0.0]]},
            ),
        ),
    ),
    Case(
        "gaussian_kl",
        gaussian_kl,
        {"mean": Real(SHAPE), "log_var": Exponent(SHAPE)},
        rounding="composite",
        coarse=SERIES,
        exact=(
            Exact(
                "equal to the standard normal",
                {"mean": [[0.0, 0.0]], "log_var": [[0.0, 0.0]]},
                [0.0],
                {"mean": [[0.0, 0.0]], "log_var": [[0.0, 0.0]]},
                hessian=[[1.0, 1.0]],
            ),
        ),
    ),
    Case(
        "gaussian_kl",
        gaussian_kl,
        {
            "mean": Real(SHAPE),
            "log_var": Exponent(SHAPE),
            "target_mean": Real(SHAPE),
            "target_log_var": Exponent(SHAPE),
        },
        label="targets",
        rounding="composite",
        coarse=SERIES,
    ),
    *(
        Case(loss, formula, domains, ({"axis": 0},), "first", rounding="composite", coupled=coupled, coarse=coarse)
        for loss, formula, domains, coupled, coarse in (
            ("kl_divergence", kl_divergence, {"log_probs": FIRST, "target_probs": Simplex((4, 3), axis=0)}, 0, {}),
            ("kl_divergence_with_log_targets", with_log_targets, FIRST_PAIR, 0, {}),
            ("gaussian_kl", gaussian_kl, {"mean": Real((4, 3)), "log_var": Exponent((4, 3))}, None, SERIES),
        )
    ),
    Case(
        "jensen_shannon",
        jensen_shannon,
        FIRST_PAIR,
        ({"axis": 0},),
        "first",
        rounding="composite",
        coupled=0,
    ),
]
