"""Cases of the family sequence."""

from __future__ import annotations

import math

from mpmath import exp, log

from conformance.case import Case, Exact, Looser
from conformance.domains import Logits
from conformance.formulas import Nested, expectation, log_softmax, rows

LOGITS = {"logits": Logits((3, 4)), "target_logits": Logits((3, 4))}
FIRST = {"logits": Logits((4, 3), axis=0), "target_logits": Logits((4, 3), axis=0)}
INF = math.inf
SERIES = dict.fromkeys((0, 1), (15, "exp(d) - 1 - d of a small d is a series for double precision"))
WINNER = "the slope by a winner is minus the sum of the others', which is lost beside 1"


def distillation(logits: Nested, target_logits: Nested, temperature: Nested = 1, axis: int = -1) -> Nested:
    def row(z: Nested, teacher: Nested) -> Nested:
        p, t = (log_softmax([x / temperature for x in scores]) for scores in (z, teacher))
        probs = [exp(x) for x in t]
        return temperature**2 * (expectation(probs, t) - expectation(probs, p))

    return rows(row, axis, logits, target_logits)


def squared_log_partition(logits: Nested, axis: int = -1) -> Nested:
    return rows(lambda z: log(sum(exp(x) for x in z)) ** 2, axis, logits)


CASES = [
    Case(
        "distillation",
        distillation,
        LOGITS,
        options=({}, {"temperature": 4.0}),
        rounding="composite",
        coupled=-1,
        coarse=SERIES,
        looser=(
            Looser("gradient", WINNER, eps=1.0, kinds=("cold",)),
            Looser("hessian", WINNER, eps=1.0, kinds=("cold", "extreme")),
            Looser("gradient", "two sums of 10000 terms", factor=2.0, kinds=("10000 classes",)),
        ),
        exact=(
            Exact(
                "equal to the teacher, with an excluded class",
                {"logits": [[-INF, 0.0, 1.0]], "target_logits": [[-INF, 0.0, 1.0]]},
                [0.0],
                {"logits": [[0.0, 0.0, 0.0]], "target_logits": [[0.0, 0.0, 0.0]]},
            ),
            Exact(
                "a class that the teacher excludes",
                {"logits": [[0.0, 0.0]], "target_logits": [[-INF, 0.0]]},
                [math.log(2.0)],
                {"logits": [[0.5, -0.5]], "target_logits": [[0.0, 0.0]]},
            ),
        ),
    ),
    Case(
        "distillation",
        distillation,
        FIRST,
        ({"axis": 0},),
        "first",
        rounding="composite",
        coupled=0,
        coarse={0: SERIES[0]},
        looser=(Looser("hessian", WINNER, eps=1.0, kinds=("extreme",)),),
    ),
    Case(
        "squared_log_partition",
        squared_log_partition,
        {"logits": Logits((3, 4))},
        rounding="composite",
        coupled=-1,
        uncurved={"wide": "the square of a slope of 1 is lost beside a logit of 1e30"},
        exact=(
            Exact(
                "normalised logits, one class excluded",
                {"logits": [[0.0, -INF], [-INF, 0.0]]},
                [0.0, 0.0],
                {"logits": [[0.0, 0.0], [0.0, 0.0]]},
            ),
        ),
    ),
    Case(
        "squared_log_partition",
        squared_log_partition,
        {"logits": Logits((4, 3), axis=0)},
        ({"axis": 0},),
        "first",
        rounding="composite",
        coupled=0,
    ),
]
