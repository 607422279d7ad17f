"""Cases of the family multilabel."""

from __future__ import annotations

import math

from mpmath import exp, log, mpf

from conformance.case import Case, Exact, Looser
from conformance.domains import Binary, Positive, Probability, Real
from conformance.formulas import Nested, elementwise, rows, sigmoid

N_CLASSES = 4
SHAPE = (3, N_CLASSES)
SHAPE_FIRST = (N_CLASSES, 2, 2)
CONFIDENT = Looser("hessian", "p (1 - p) cancels for a class that is most of its sum", eps=2.0)
CLASS_WEIGHTS = Positive((N_CLASSES,))


def multilabel_soft_margin(logits: Nested, targets: Nested, axis: int = -1, class_weights: Nested = None) -> Nested:
    def row(z: Nested, y: Nested) -> Nested:
        costs = [-t * log(sigmoid(x)) - (1 - t) * log(sigmoid(-x)) for x, t in zip(z, y, strict=True)]
        return sum(c * cost for c, cost in zip(class_weights or [1] * len(z), costs, strict=True)) / len(z)

    return rows(row, axis, logits, targets)


def multilabel_margin(scores: Nested, targets: Nested, margin: float = 1, axis: int = -1) -> Nested:
    def row(s: Nested, y: Nested) -> Nested:
        there, absent = ([x for x, t in zip(s, y, strict=True) if t == wanted] for wanted in (1, 0))
        return sum((max(mpf(0), margin - a + b) for a in there for b in absent), mpf(0)) / len(s)

    def soft(s: Nested, y: Nested) -> Nested:
        pairs = [(a, b, t, u) for a, t in zip(s, y, strict=True) for b, u in zip(s, y, strict=True)]
        return sum((t * (1 - u) * max(mpf(0), margin - a + b) for a, b, t, u in pairs), mpf(0)) / len(s)

    def either(s: Nested, y: Nested) -> Nested:
        return row(s, y) if all(t in (0, 1) for t in y) else soft(s, y)

    return rows(either, axis, scores, targets)


def asymmetric(
    logits: Nested, targets: Nested, gamma_positive: float = 0, gamma_negative: float = 4, clip: float = 0.05
) -> Nested:
    def one(z: Nested, y: Nested) -> Nested:
        p, rest = sigmoid(z), sigmoid(-z)
        positive = -(rest**gamma_positive) * log(p)
        if p <= clip:
            return y * positive
        # Without a clip 1 - q is the other probability, however small.
        q, minus_q = (p - mpf(clip), rest + mpf(clip))
        return y * positive - (1 - y) * q**gamma_negative * log(minus_q)

    return elementwise(one, logits, targets)


def zlpr(logits: Nested, targets: Nested, axis: int = -1) -> Nested:
    def row(z: Nested, y: Nested) -> Nested:
        there = sum((t * exp(-x) for x, t in zip(z, y, strict=True) if t > 0), mpf(1))
        absent = sum(((1 - t) * exp(x) for x, t in zip(z, y, strict=True) if t < 1), mpf(1))
        return log(there) + log(absent)

    return rows(row, axis, logits, targets)


CASES = [
    Case(
        "multilabel_soft_margin",
        multilabel_soft_margin,
        {"logits": Real(SHAPE), "targets": Probability(SHAPE)},
        options=({}, {"class_weights": CLASS_WEIGHTS}),
        coupled=-1,
        exact=(
            Exact(
                "logit 0 and saturated logits",
                {"logits": [[0.0, 1000.0], [-1000.0, 1000.0]], "targets": [[1.0, 0.0], [1.0, 1.0]]},
                [500.0 + math.log(2.0) / 2, 500.0],
                {"logits": [[-0.25, 0.5], [-0.5, 0.0]]},
                hessian=[[0.125, 0.0], [0.0, 0.0]],
            ),
        ),
    ),
    Case(
        "multilabel_soft_margin",
        multilabel_soft_margin,
        {"logits": Real(SHAPE_FIRST), "targets": Probability(SHAPE_FIRST)},
        ({"axis": 0},),
        "first",
        coupled=0,
    ),
    Case(
        "multilabel_margin",
        multilabel_margin,
        {"scores": Real(SHAPE), "targets": Binary(SHAPE)},
        options=({}, {"margin": 2.5}),
        rounding="algebraic",
        coupled=-1,
        exact=(
            Exact(
                "two of three classes, equal scores, and a hinge",
                {"scores": [[0.0, 0.0, 0.0], [1.0, 3.0, 0.0]], "targets": [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0]]},
                [2.0 / 3.0, 0.0],
                {"scores": [[-1.0 / 3.0, -1.0 / 3.0, 2.0 / 3.0], [0.0, 0.0, 0.0]]},
            ),
            Exact(
                "no class, and all of them",
                {"scores": [[1.0, -2.0], [5.0, 0.0]], "targets": [[0.0, 0.0], [1.0, 1.0]]},
                [0.0, 0.0],
                {"scores": [[0.0, 0.0], [0.0, 0.0]]},
            ),
        ),
    ),
    Case(
        "multilabel_margin",
        multilabel_margin,
        {"scores": Real(SHAPE_FIRST), "targets": Binary(SHAPE_FIRST)},
        ({"axis": 0},),
        "first",
        rounding="algebraic",
        coupled=0,
    ),
    Case(
        "asymmetric",
        asymmetric,
        {"logits": Real((4, 3)), "targets": Probability((4, 3))},
        options=(
            {},
            {"gamma_positive": 1.0, "gamma_negative": 0.5, "clip": 0.25},
            {"gamma_positive": 0.5, "gamma_negative": 2.0, "clip": 0.0},
        ),
        rounding="composite",
        exact=(
            Exact(
                "an easy negative costs nothing",
                {"logits": [-3.0, -1000.0], "targets": [0.0, 0.0]},
                [0.0, 0.0],
                {"logits": [0.0, 0.0]},
                hessian=[0.0, 0.0],
            ),
            Exact(
                "saturated logits",
                {"logits": [1000.0, -1000.0, 1000.0], "targets": [0.0, 1.0, 1.0]},
                [0.75**4 * math.log(4.0), 1000.0, 0.0],
                {"logits": [0.0, -1.0, 0.0]},
                options={"clip": 0.25},
            ),
            Exact(
                "a clip of 1 leaves the positives",
                {"logits": [2.0, 0.0], "targets": [0.0, 1.0]},
                [0.0, math.log(2.0)],
                {"logits": [0.0, -0.5]},
                options={"clip": 1.0},
            ),
        ),
    ),
    Case(
        "zlpr",
        zlpr,
        {"logits": Real(SHAPE), "targets": Binary(SHAPE)},
        constant=("targets",),
        coupled=-1,
        exact=(
            Exact(
                "logits of 0",
                {"logits": [[0.0, 0.0, 0.0]], "targets": [[1.0, 0.0, 0.0]]},
                [math.log(2.0) + math.log(3.0)],
                {"logits": [[-0.5, 1.0 / 3.0, 1.0 / 3.0]], "targets": [[0.0, 0.0, 0.0]]},
                hessian=[[0.25, 2.0 / 9.0, 2.0 / 9.0]],
            ),
            Exact(
                "right by 40, and wrong by 1000",
                {"logits": [[40.0, -1000.0], [-1000.0, 1000.0]], "targets": [[1.0, 0.0], [1.0, 0.0]]},
                [4.248354255291589e-18, 2000.0],
                {"logits": [[-4.248354255291589e-18, 0.0], [-1.0, 1.0]]},
                hessian=[[4.248354255291589e-18, 0.0], [0.0, 0.0]],
            ),
            Exact(
                "no class, all of them, and one of two in both sums",
                {"logits": [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]], "targets": [[0.0, 0.0], [1.0, 1.0], [0.5, 0.0]]},
                [math.log(3.0), math.log(3.0), math.log(1.5) + math.log(2.5)],
                {"logits": [[1.0 / 3.0, 1.0 / 3.0], [-1.0 / 3.0, -1.0 / 3.0], [0.2 - 1.0 / 3.0, 0.4]]},
            ),
        ),
    ),
    Case(
        "zlpr",
        zlpr,
        {"logits": Real(SHAPE_FIRST), "targets": Probability(SHAPE_FIRST)},
        ({"axis": 0},),
        "first",
        constant=("targets",),
        coupled=0,
        looser=(CONFIDENT,),
    ),
]
