"""Cases of the family multiclass."""

from __future__ import annotations

import math

from mpmath import mpf

from conformance.case import Case, Exact, Looser
from conformance.domains import Labels, Logits, LogSimplex, Positive, Probability, Simplex
from conformance.formulas import (
    Nested,
    elementwise,
    expectation,
    floored_log,
    log_softmax,
    rows,
    softmax,
)

N_CLASSES = 4
LOGITS = {"logits": Logits((3, N_CLASSES)), "labels": Labels((3,), n_classes=N_CLASSES)}
# Classes along the first axis, places along two more.
LOGITS_FIRST = {"logits": Logits((N_CLASSES, 2, 2), axis=0), "labels": Labels((2, 2), n_classes=N_CLASSES)}
CLASS_WEIGHTS = Positive((N_CLASSES,))
CLASS_PROBS = Probability((N_CLASSES,))
P_TIMES_REST = Looser("hessian", "p (1 - p) cancels for a confident class; only labels allow another form", eps=2.0)
IMPOSSIBLE = 100.0 * math.log(2.0) + 1.0


def smoothed(log_probs: Nested, target_probs: Nested, factors: Nested, label_smoothing: float) -> Nested:
    n_classes = len(log_probs)
    factors = factors or [1] * n_classes
    smooth = [(1 - mpf(label_smoothing)) * t + mpf(label_smoothing) / n_classes for t in target_probs]
    return -expectation([c * t for c, t in zip(factors, smooth, strict=True)], log_probs)


def marked(label: int, n_classes: int) -> Nested:
    return [int(column == label) for column in range(n_classes)]


def cross_entropy(
    logits: Nested,
    labels: Nested,
    axis: int = -1,
    class_weights: Nested = None,
    label_smoothing: float = 0,
    ignore_index: int | None = None,
) -> Nested:
    def row(z: Nested, label: int) -> Nested:
        if label == ignore_index:
            return mpf(0)
        return smoothed(log_softmax(z), marked(label, len(z)), class_weights, label_smoothing)

    return rows(row, axis, logits, labels)


def count(labels: Nested, class_weights: Nested = None, ignore_index: int | None = None) -> Nested:
    def one(label: int) -> Nested:
        return mpf(0) if label == ignore_index else class_weights[label] if class_weights else mpf(1)

    return elementwise(one, labels)


def soft_cross_entropy(
    logits: Nested,
    target_probs: Nested,
    axis: int = -1,
    class_weights: Nested = None,
    label_smoothing: float = 0,
) -> Nested:
    return rows(lambda z, t: smoothed(log_softmax(z), t, class_weights, label_smoothing), axis, logits, target_probs)


def categorical_cross_entropy(
    probs: Nested,
    target_probs: Nested,
    axis: int = -1,
    class_weights: Nested = None,
    label_smoothing: float = 0,
) -> Nested:
    return rows(
        lambda p, t: smoothed([floored_log(x) for x in p], t, class_weights, label_smoothing),
        axis,
        probs,
        target_probs,
    )


def soft_count(target_probs: Nested, axis: int = -1, class_weights: Nested = None) -> Nested:
    def row(t: Nested) -> Nested:
        return sum(c * x for c, x in zip(class_weights, t, strict=True)) if class_weights else mpf(1)

    return rows(row, axis, target_probs)


def nll(
    log_probs: Nested,
    labels: Nested,
    axis: int = -1,
    class_weights: Nested = None,
    ignore_index: int | None = None,
) -> Nested:
    def row(lp: Nested, label: int) -> Nested:
        if label == ignore_index:
            return mpf(0)
        return -(class_weights[label] if class_weights else 1) * lp[label]

    return rows(row, axis, log_probs, labels)


def softmax_focal(
    logits: Nested,
    labels: Nested,
    gamma: float = 2,
    axis: int = -1,
    class_weights: Nested = None,
    ignore_index: int | None = None,
) -> Nested:
    def row(z: Nested, label: int) -> Nested:
        if label == ignore_index:
            return mpf(0)
        p = softmax(z)
        others = sum(x for column, x in enumerate(p) if column != label)
        factor = class_weights[label] if class_weights else 1
        return -factor * others**gamma * log_softmax(z)[label]

    return rows(row, axis, logits, labels)


CASES = [
    Case(
        "cross_entropy",
        cross_entropy,
        LOGITS,
        options=(
            {},
            {"class_weights": CLASS_WEIGHTS},
            {"label_smoothing": 0.25},
            {"class_weights": CLASS_PROBS, "label_smoothing": 0.5, "ignore_index": 2},
        ),
        coupled=-1,
        count=count,
        exact=(
            Exact(
                "a tie of all classes",
                {"logits": [[0.0, 0.0], [7.0, 7.0]], "labels": [0, 1]},
                [math.log(2.0), math.log(2.0)],
                {"logits": [[-0.5, 0.5], [0.5, -0.5]]},
                hessian=[[0.25, 0.25], [0.25, 0.25]],
            ),
            Exact(
                "classes excluded by -inf",
                {"logits": [[-math.inf, 0.0, 0.0], [-math.inf, 3.0, -math.inf]], "labels": [1, 1]},
                [math.log(2.0), 0.0],
                {"logits": [[0.0, -0.5, 0.5], [0.0, 0.0, 0.0]]},
            ),
            Exact(
                "a lead of 40",
                {"logits": [[40.0, 0.0]], "labels": [0]},
                [4.248354255291589e-18],
                {"logits": [[-4.248354255291589e-18, 4.248354255291589e-18]]},
            ),
            Exact(
                "an offset of 10000",
                {"logits": [[10000.0, 10000.0, 0.0]], "labels": [0]},
                [math.log(2.0)],
                {"logits": [[-0.5, 0.5, 0.0]]},
            ),
        ),
        looser=(P_TIMES_REST,),
        thorough=True,
    ),
    Case("cross_entropy", cross_entropy, LOGITS_FIRST, ({"axis": 0},), "first", coupled=0, count=count),
    Case(
        "soft_cross_entropy",
        soft_cross_entropy,
        {"logits": Logits((3, N_CLASSES)), "target_probs": Simplex((3, N_CLASSES))},
        options=({}, {"class_weights": CLASS_WEIGHTS}, {"class_weights": CLASS_PROBS, "label_smoothing": 0.5}),
        coupled=-1,
        count=soft_count,
        looser=(
            P_TIMES_REST,
            Looser(
                "gradient",
                "TensorFlow adds 10,000 terms in long runs",
                factor=3.0,
                backends=("tensorflow",),
                kinds=("10000 classes",),
            ),
        ),
        exact=(
            Exact(
                "classes excluded by -inf",
                {"logits": [[-math.inf, 0.0, 0.0]], "target_probs": [[0.0, 1.0, 0.0]]},
                [math.log(2.0)],
                {"logits": [[0.0, -0.5, 0.5]]},
            ),
        ),
    ),
    Case(
        "soft_cross_entropy",
        soft_cross_entropy,
        {"logits": Logits((N_CLASSES, 2, 2), axis=0), "target_probs": Simplex((N_CLASSES, 2, 2), axis=0)},
        ({"axis": 0},),
        "first",
        coupled=0,
        looser=(P_TIMES_REST,),
    ),
    Case(
        "categorical_cross_entropy",
        categorical_cross_entropy,
        {"probs": Simplex((3, N_CLASSES)), "target_probs": Simplex((3, N_CLASSES))},
        uncurved={"wide": "the curvature of the logarithm, 1e60, is beyond float32 before a target takes it back"},
        without={
            "subnormal": "the slope 2**100 of the tangent makes one of what two frameworks flush to 0",
            ("smallest normal", 1): "a weight below 1 makes it one that two frameworks flush to 0",
        },
        options=({}, {"class_weights": CLASS_WEIGHTS}, {"class_weights": CLASS_PROBS, "label_smoothing": 0.5}),
        coupled=-1,
        count=soft_count,
        exact=(
            Exact(
                "probabilities of exactly 0 and 1",
                {"probs": [[1.0, 0.0], [1.0, 0.0]], "target_probs": [[1.0, 0.0], [0.0, 1.0]]},
                [0.0, IMPOSSIBLE],
                {"probs": [[-1.0, 0.0], [0.0, -(2.0**100)]]},
            ),
        ),
    ),
    Case(
        "categorical_cross_entropy",
        categorical_cross_entropy,
        {"probs": Simplex((N_CLASSES, 2, 2), axis=0), "target_probs": Simplex((N_CLASSES, 2, 2), axis=0)},
        ({"axis": 0},),
        "first",
        coupled=0,
    ),
    Case(
        "nll",
        nll,
        {"log_probs": LogSimplex((3, N_CLASSES)), "labels": Labels((3,), n_classes=N_CLASSES)},
        options=({}, {"class_weights": CLASS_WEIGHTS}, {"class_weights": CLASS_PROBS, "ignore_index": 0}),
        rounding="algebraic",
        coupled=-1,
        count=count,
        exact=(
            Exact(
                "-inf beside the label",
                {"log_probs": [[-math.inf, 0.0]], "labels": [1]},
                [0.0],
                {"log_probs": [[0.0, -1.0]]},
            ),
            Exact("-inf at the label", {"log_probs": [[-math.inf, 0.0]], "labels": [0]}, [math.inf]),
        ),
    ),
    Case(
        "nll",
        nll,
        {"log_probs": LogSimplex((N_CLASSES, 2, 2), axis=0), "labels": Labels((2, 2), n_classes=N_CLASSES)},
        ({"axis": 0},),
        "first",
        rounding="algebraic",
        coupled=0,
        count=count,
    ),
    Case(
        "softmax_focal",
        softmax_focal,
        LOGITS,
        options=({}, {"gamma": 0.5, "class_weights": CLASS_PROBS}, {"gamma": 0.0, "ignore_index": 1}),
        rounding="composite",
        looser=(P_TIMES_REST,),
        coupled=-1,
        count=count,
        exact=(
            Exact(
                "no exponent is the cross entropy",
                {"logits": [[0.0, 0.0]], "labels": [0]},
                [math.log(2.0)],
                {"logits": [[-0.5, 0.5]]},
                hessian=[[0.25, 0.25]],
                options={"gamma": 0.0},
            ),
            Exact(
                "saturated logits with a broken exponent",
                {"logits": [[1000.0, 0.0], [1000.0, 0.0]], "labels": [0, 1]},
                [0.0, 1000.0],
                {"logits": [[0.0, 0.0], [1.0, -1.0]]},
                options={"gamma": 0.5},
            ),
        ),
    ),
    Case(
        "softmax_focal",
        softmax_focal,
        LOGITS_FIRST,
        ({"axis": 0},),
        "first",
        rounding="composite",
        coupled=0,
        count=count,
    ),
]
