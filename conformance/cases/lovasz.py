"""Cases of the family lovasz."""

from __future__ import annotations

from mpmath import mpf

from conformance.case import Case, Exact
from conformance.domains import Binary, Probability, Real, Sign
from conformance.formulas import Nested, rows

APART = (0.0, 1e4, -3e3, 1e-3, 50.0, -30.0, -1e-2, 8.0, 0.75, -100.0, 0.5, -0.25)
"""Scores whose margins differ, each for one pixel."""

TIES = "pixels of equal errors share out a gradient, by their order; the least of each by itself is no gradient"


def jaccard_loss(wrong: set[int], inside: set[int], n: int) -> Nested:
    """Return one minus intersection over union of a region and a prediction that is wrong at some pixels."""
    predicted = {i for i in range(n) if (i in inside) != (i in wrong)}
    union = predicted | inside
    return 1 - mpf(len(predicted & inside)) / len(union) if union else mpf(0)


def extension(errors: list[Nested], inside: set[int]) -> Nested:
    n = len(errors)
    order = sorted(range(n), key=lambda i: -errors[i])
    jaccard = [jaccard_loss(set(order[:k]), inside, n) for k in range(n + 1)]
    return sum(errors[i] * (jaccard[k + 1] - jaccard[k]) for k, i in enumerate(order))


def lovasz_hinge(scores: Nested, targets: Nested, axis: int = -1) -> Nested:
    def region(z: list[Nested], y: list[Nested]) -> Nested:
        margins = [max(1 - a * b, mpf(0)) for a, b in zip(z, y, strict=True)]
        return extension(margins, {i for i, x in enumerate(y) if x > 0})

    return rows(region, axis, scores, targets)


def lovasz_softmax(probs: Nested, targets: Nested, axis: int = -1, only_present: bool = True) -> Nested:
    def region(p: list[Nested], t: list[Nested]) -> Nested:
        inside = {i for i, x in enumerate(t) if x > 0.5}
        return extension([abs(a - b) for a, b in zip(p, t, strict=True)], inside) if inside or not only_present else 0

    return rows(region, axis, probs, targets)


def present(targets: Nested, axis: int = -1, only_present: bool = True) -> Nested:
    return rows(lambda t: int(any(x > 0.5 for x in t) or not only_present), axis, targets)


CASES = [
    Case(
        "lovasz_hinge",
        lovasz_hinge,
        {"scores": Real((3, 4), extremes=APART), "targets": Sign((3, 4))},
        without=dict.fromkeys(
            ("zeros", "first zero", "smallest normal", "subnormal", "wide", "overflow", "half"), TIES
        ),
        rounding="algebraic",
        coupled=-1,
        exact=(
            Exact(
                "two pixels inside, two outside, one of each beyond its margin",
                {"scores": [[0.5, 3.0, 1.0, -2.0]], "targets": [[1.0, 1.0, -1.0, -1.0]]},
                [2.0 / 3.0 + 0.5 / 3.0],
                {"scores": [[-1.0 / 3.0, 0.0, 1.0 / 3.0, 0.0]]},
                hessian=[[0.0, 0.0, 0.0, 0.0]],
            ),
            Exact(
                "no region",
                {"scores": [[0.5, -0.25]], "targets": [[-1.0, -1.0]]},
                [1.5],
                {"scores": [[1.0, 0.0]]},
            ),
            Exact(
                "equal margins, in order",
                {"scores": [[0.0, 0.0]], "targets": [[-1.0, 1.0]]},
                [1.0],
                {"scores": [[0.5, -0.5]]},
            ),
        ),
    ),
    Case(
        "lovasz_hinge",
        lovasz_hinge,
        {"scores": Real((4, 3), extremes=APART), "targets": Sign((4, 3))},
        ({"axis": 0},),
        "first",
        rounding="algebraic",
        coupled=0,
    ),
    Case(
        "lovasz_softmax",
        lovasz_softmax,
        {"probs": Probability((2, 3)), "targets": Binary((2, 3))},
        ({}, {"only_present": False}),
        without={"ends": TIES, ("subnormal", 1): TIES},
        rounding="algebraic",
        coupled=-1,
        count=present,
        exact=(
            Exact(
                "a pixel found, one missed, one wrong",
                {"probs": [[0.75, 0.5, 0.125]], "targets": [[1.0, 1.0, 0.0]]},
                [0.5 * 0.5 + 0.25 * 0.5],
                {"probs": [[-0.5, -0.5, 0.0]]},
                hessian=[[0.0, 0.0, 0.0]],
            ),
            Exact(
                "no region",
                {"probs": [[0.25, 0.5]], "targets": [[0.0, 0.0]]},
                [0.5],
                {"probs": [[0.0, 1.0]]},
                options={"only_present": False},
            ),
            Exact(
                "no region, left out",
                {"probs": [[0.25, 0.5]], "targets": [[0.0, 0.0]]},
                [0.0],
                {"probs": [[0.0, 0.0]]},
            ),
        ),
    ),
    Case(
        "lovasz_softmax",
        lovasz_softmax,
        {"probs": Probability((3, 2)), "targets": Binary((3, 2))},
        ({"axis": 0},),
        "first",
        rounding="algebraic",
        coupled=0,
        count=present,
    ),
]
