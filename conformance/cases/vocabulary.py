"""Cases of the family vocabulary."""

from __future__ import annotations

import math

from mpmath import mpf, tanh

from conformance.case import Case, Exact, Looser
from conformance.domains import Labels, Positive, Real
from conformance.formulas import Nested, log_softmax
from conformance.particular_domains import Shared

N_CLASSES = 3
OVERFLOW = "inner products overflow, and infinite logits have no difference"


def linear_cross_entropy(
    hidden: Nested,
    weight: Nested,
    labels: Nested,
    bias: Nested = None,
    soft_cap: float | None = None,
    z_loss: float = 0,
    class_weights: Nested = None,
    label_smoothing: float = 0,
    ignore_index: int | None = None,
    chunk_size: int | None = None,
) -> Nested:
    factors = class_weights or [mpf(1)] * len(weight)
    shifts = bias or [mpf(0)] * len(weight)

    def row(h: Nested, label: int) -> Nested:
        if label == ignore_index:
            return mpf(0)
        z = [sum(x * y for x, y in zip(h, w, strict=True)) + b for w, b in zip(weight, shifts, strict=True)]
        if soft_cap is not None:
            z = [soft_cap * tanh(x / soft_cap) for x in z]
        log_probs = log_softmax(z)
        even = sum(c * p for c, p in zip(factors, log_probs, strict=True)) / len(z)
        normalizer = z[0] - log_probs[0]
        chosen = factors[label] * (z_loss * normalizer**2 - (1 - mpf(label_smoothing)) * log_probs[label])
        return chosen - mpf(label_smoothing) * even

    return [row(h, label) for h, label in zip(hidden, labels, strict=True)]


def count(labels: Nested, class_weights: Nested = None, ignore_index: int | None = None) -> Nested:
    return [mpf(0) if y == ignore_index else class_weights[y] if class_weights else mpf(1) for y in labels]


CASES = [
    Case(
        "linear_cross_entropy",
        linear_cross_entropy,
        {"hidden": Real((3, 2)), "weight": Shared((N_CLASSES, 2)), "labels": Labels((3,), n_classes=N_CLASSES)},
        options=(
            {"chunk_size": 2},
            {
                "bias": Real((N_CLASSES,)),
                "soft_cap": 2.0,
                "z_loss": 0.25,
                "class_weights": Positive((N_CLASSES,)),
                "label_smoothing": 0.5,
                "ignore_index": 2,
            },
        ),
        rounding="composite",
        coupled=-1,
        count=count,
        masked=("hidden", "labels"),
        without={"overflow": OVERFLOW},
        uncurved={"xla": "TensorFlow's XLA does not differentiate twice a loop of an unknown length"},
        looser=(
            Looser(
                "gradient",
                "the slope exp(-2 z / s) of a saturated soft cap has the error of the logit z itself",
                factor=4.0,
                kinds=("wide",),
            ),
        ),
        exact=(
            Exact(
                "a tie of all classes",
                {"hidden": [[0.0, 0.0], [1.0, 2.0]], "weight": [[1.0, 0.0], [1.0, 0.0]], "labels": [0, 1]},
                [math.log(2.0), math.log(2.0)],
                {"hidden": [[0.0, 0.0], [0.0, 0.0]], "weight": [[0.5, 1.0], [-0.5, -1.0]]},
                options={"chunk_size": 1},
            ),
            Exact(
                "a lead of 40",
                {"hidden": [[40.0]], "weight": [[1.0], [0.0]], "labels": [0]},
                [4.248354255291589e-18],
                {"hidden": [[-4.248354255291589e-18]]},
            ),
            Exact(
                "a class excluded by its bias",
                {"hidden": [[1.0], [1.0]], "weight": [[5.0], [2.0], [2.0]], "labels": [1, 2]},
                [math.log(2.0), math.log(2.0)],
                {"hidden": [[0.0], [0.0]], "weight": [[0.0], [0.0], [0.0]]},
                options={"bias": [-math.inf, 0.0, 0.0], "chunk_size": 1},
            ),
        ),
    ),
]
