"""Cases of the family multiclass_margins."""

from __future__ import annotations

from mpmath import mpf

from conformance.case import Case, Exact
from conformance.domains import Labels, Logits, Positive
from conformance.formulas import Nested, elementwise, rows

N_CLASSES = 4
SCORES = {"scores": Logits((3, N_CLASSES)), "labels": Labels((3,), n_classes=N_CLASSES)}
# Classes along the first axis, places along two more.
SCORES_FIRST = {"scores": Logits((N_CLASSES, 2, 2), axis=0), "labels": Labels((2, 2), n_classes=N_CLASSES)}
CLASS_WEIGHTS = Positive((N_CLASSES,))
TIES = "classes tie for the best, and share the derivative; an exact point has some"
SIDES = "rounding of the difference decides on which side of the hinge such numbers are"


def others(s: Nested, label: int) -> Nested:
    return [x for column, x in enumerate(s) if column != label]


def lead(s: Nested, label: int, margin: float) -> Nested:
    """Return what the best other class is short of leading by less than the margin, at least 0."""
    return max([mpf(0), *(x - s[label] + margin for x in others(s, label))])


def multiclass_hinge(
    scores: Nested, labels: Nested, margin: float = 1, axis: int = -1, ignore_index: int | None = None
) -> Nested:
    def row(s: Nested, label: int) -> Nested:
        return mpf(0) if label == ignore_index else lead(s, label, margin)

    return rows(row, axis, scores, labels)


def multiclass_perceptron(scores: Nested, labels: Nested, axis: int = -1, ignore_index: int | None = None) -> Nested:
    def row(s: Nested, label: int) -> Nested:
        return mpf(0) if label == ignore_index else max(s) - s[label]

    return rows(row, axis, scores, labels)


def multi_margin(
    scores: Nested,
    labels: Nested,
    p: int = 1,
    margin: float = 1,
    class_weights: Nested = None,
    axis: int = -1,
    ignore_index: int | None = None,
) -> Nested:
    def row(s: Nested, label: int) -> Nested:
        if label == ignore_index:
            return mpf(0)
        factor = class_weights[label] if class_weights else mpf(1)
        costs = (max(mpf(0), x - s[label] + margin) ** p for x in others(s, label))
        return factor * sum(costs, mpf(0)) / len(s)

    return rows(row, axis, scores, labels)


def count(labels: Nested, class_weights: Nested = None, ignore_index: int | None = None) -> Nested:
    def one(label: int) -> Nested:
        return mpf(0) if label == ignore_index else class_weights[label] if class_weights else mpf(1)

    return elementwise(one, labels)


CASES = [
    Case(
        "multiclass_hinge",
        multiclass_hinge,
        SCORES,
        options=({}, {"margin": 2.5, "ignore_index": 1}),
        rounding="algebraic",
        coupled=-1,
        count=count,
        without={
            **dict.fromkeys(("zeros", "smallest normal", "subnormal", "overflow", "half"), TIES),
        },
        exact=(
            Exact(
                "the hinge has gradient 0",
                {"scores": [[2.0, 1.0, 0.0], [0.0, 0.0, 3.0]], "labels": [0, 2]},
                [0.0, 0.0],
                {"scores": [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]},
                hessian=[[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
            ),
            Exact(
                "classes that tie share the gradient",
                {"scores": [[1.0, 1.0, 3.0], [0.0, 0.0, 0.0], [5.0, 5.0, -1.0]], "labels": [0, 1, 2]},
                [3.0, 1.0, 7.0],
                {"scores": [[-1.0, 0.0, 1.0], [0.5, -1.0, 0.5], [0.5, 0.5, -1.0]]},
            ),
        ),
    ),
    Case(
        "multiclass_hinge",
        multiclass_hinge,
        SCORES_FIRST,
        ({"axis": 0},),
        "first",
        rounding="algebraic",
        coupled=0,
        count=count,
    ),
    Case(
        "multi_margin",
        multi_margin,
        SCORES,
        options=({}, {"p": 2, "class_weights": CLASS_WEIGHTS}, {"margin": 0.5, "ignore_index": 2}),
        rounding="algebraic",
        coupled=-1,
        count=count,
        without={("wide", 0): SIDES},
        exact=(
            Exact(
                "the hinge has gradient 0",
                {"scores": [[2.0, 1.0, 0.0, 1.0], [0.0, -1.0, 0.0, -5.0]], "labels": [0, 2]},
                [0.0, 0.25],
                {"scores": [[0.0, 0.0, 0.0, 0.0], [0.25, 0.0, -0.25, 0.0]]},
            ),
            Exact(
                "squares",
                {"scores": [[1.0, 1.0, 3.0, 0.0], [2.0, 1.0, 0.0, 1.0]], "labels": [0, 0]},
                [2.5, 0.0],
                {"scores": [[-2.0, 0.5, 1.5, 0.0], [0.0, 0.0, 0.0, 0.0]]},
                options={"p": 2},
            ),
        ),
    ),
    Case(
        "multi_margin",
        multi_margin,
        SCORES_FIRST,
        ({"axis": 0},),
        "first",
        rounding="algebraic",
        coupled=0,
        count=count,
    ),
    Case(
        "multiclass_perceptron",
        multiclass_perceptron,
        SCORES,
        options=({}, {"ignore_index": 0}),
        rounding="algebraic",
        coupled=-1,
        count=count,
        without=dict.fromkeys(("smallest normal", "subnormal", "overflow", "half"), TIES),
        exact=(
            Exact(
                "a label among the best has gradient 0",
                {"scores": [[1.0, 1.0, 0.0], [0.0, 0.0, 0.0], [2.0, 1.0, 0.0]], "labels": [0, 1, 0]},
                [0.0, 0.0, 0.0],
                {"scores": [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]},
                hessian=[[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
            ),
            Exact(
                "others that tie share the gradient",
                {"scores": [[1.0, 3.0, 3.0]], "labels": [0]},
                [2.0],
                {"scores": [[-1.0, 0.5, 0.5]]},
            ),
        ),
    ),
    Case(
        "multiclass_perceptron",
        multiclass_perceptron,
        SCORES_FIRST,
        ({"axis": 0},),
        "first",
        rounding="algebraic",
        coupled=0,
        count=count,
    ),
]
