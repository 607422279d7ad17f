"""Cases of the family sequence."""

from __future__ import annotations

import math

from mpmath import exp, log, mpf

from conformance.case import Case, Exact, Looser
from conformance.domains import Flag, Labels, Logits
from conformance.formulas import Nested, elementwise, expectation, log_softmax, rows, softmax

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


def of_tokens(one: Nested, labels: Nested, ignore_index: int | None, mask: Nested, *more: Nested) -> Nested:
    """Apply a function to what each sequence has of its tokens, those that are there."""

    def sequence(y: Nested, there: Nested, *others: Nested) -> Nested:
        kept = [t for t in range(len(y)) if there[t] and y[t] != ignore_index]
        return one([y[t] for t in kept], *([other[t] for t in kept] for other in others))

    everywhere = elementwise(lambda _: True, labels)
    return [sequence(*parts) for parts in zip(labels, mask or everywhere, *more, strict=True)]


def perplexity(
    logits: Nested, labels: Nested, mask: Nested = None, ignore_index: int | None = None, axis: int = -1
) -> Nested:
    """The geometric mean of the inverse probabilities."""

    def sequence(y: Nested, z: Nested) -> Nested:
        product = mpf(1)
        for scores, label in zip(z, y, strict=True):
            product *= softmax(scores)[label]
        return product ** (mpf(-1) / len(y)) if y else mpf(0)

    return of_tokens(sequence, labels, ignore_index, mask, logits)


def with_tokens(labels: Nested, mask: Nested = None, ignore_index: int | None = None) -> Nested:
    return of_tokens(lambda y: mpf(bool(y)), labels, ignore_index, mask)


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
    Case(
        "perplexity",
        perplexity,
        {
            "logits": Logits((2, 3, 3), extremes=(0.0, 20.0, -20.0, 1e-30, -1e-30, 1e-3, 1e-8, 0.75, -8.0)),
            "labels": Labels((2, 3), n_classes=3),
        },
        options=({}, {"ignore_index": 1}, {"mask": Flag((2, 3))}),
        rounding="composite",
        coupled=(1, 2),
        count=with_tokens,
        without=dict.fromkeys(("wide", "overflow", "half"), "exponentials of such logits are beyond the dtype"),
        exact=(
            Exact(
                "as many classes as are equally probable",
                {"logits": [[[0.0, 0.0]] * 2, [[3.0, -INF]] * 2], "labels": [[0, 1], [0, 0]]},
                [2.0, 1.0],
                {"logits": [[[-0.5, 0.5], [0.5, -0.5]], [[0.0, 0.0]] * 2]},
            ),
            Exact(
                "certain of the labels",
                {"logits": [[[40.0, 0.0]]], "labels": [[0]]},
                [1.0],
                {"logits": [[[-4.248354255291589e-18, 4.248354255291589e-18]]]},
            ),
            Exact(
                "tokens that are not there, in one sequence all",
                {"logits": [[[0.0, 0.0], [math.nan, INF]], [[math.nan, 0.0]] * 2], "labels": [[1, -1], [-1, -1]]},
                [2.0, 0.0],
                {"logits": [[[1.0, -1.0], [0.0, 0.0]], [[0.0, 0.0]] * 2]},
                options={"ignore_index": -1},
            ),
            Exact(
                "classes before tokens",
                {"logits": [[[0.0] * 4] * 2], "labels": [[0, 1, 0, 0]]},
                [2.0],
                {"logits": [[[-0.25, 0.25, -0.25, -0.25], [0.25, -0.25, 0.25, 0.25]]]},
                options={"axis": -2},
            ),
        ),
    ),
]
