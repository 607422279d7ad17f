"""Cases of the family binary."""

from __future__ import annotations

import math

from mpmath import log, mpf

from conformance.case import Case, Exact, Looser
from conformance.domains import Probability, Real, Sign
from conformance.formulas import Nested, elementwise, floored_log, sigmoid

SCORES = Real((4, 3), extremes=(0.0, 1e4, -1e4, 1e-30, -1e-30, 50.0, -50.0, 1e-3, -1e-3, 1e-8, 0.75, -100.0))
MARGINS = {"scores": SCORES, "targets": Sign((4, 3))}
LOGITS = {"logits": SCORES, "targets": Probability((4, 3))}
IMPOSSIBLE = 100.0 * math.log(2.0) + 1.0


def hinge(scores: Nested, targets: Nested) -> Nested:
    return elementwise(lambda s, y: max(mpf(0), 1 - y * s), scores, targets)


def squared_hinge(scores: Nested, targets: Nested) -> Nested:
    return elementwise(lambda s, y: max(mpf(0), 1 - y * s) ** 2, scores, targets)


def binary_cross_entropy(probs: Nested, targets: Nested) -> Nested:
    return elementwise(lambda p, y: -y * floored_log(p) - (1 - y) * floored_log(1 - p), probs, targets)


def with_logits(logits: Nested, targets: Nested, pos_weight: Nested = None, label_smoothing: float = 0) -> Nested:
    def one(z: Nested, y: Nested, weight: Nested) -> Nested:
        y = (1 - label_smoothing) * y + mpf(label_smoothing) / 2
        return -weight * y * log(sigmoid(z)) - (1 - y) * log(sigmoid(-z))

    factors = pos_weight if isinstance(pos_weight, list) else [1 if pos_weight is None else pos_weight] * len(logits[0])
    return [
        [one(z, y, weight) for z, y, weight in zip(row, row_targets, factors, strict=True)]
        for row, row_targets in zip(logits, targets, strict=True)
    ]


def sigmoid_focal(logits: Nested, targets: Nested, gamma: float = 2, alpha: float | None = None) -> Nested:
    up, down = (1, 1) if alpha is None else (alpha, 1 - alpha)

    def one(z: Nested, y: Nested) -> Nested:
        p, q = sigmoid(z), sigmoid(-z)
        return -up * y * q**gamma * log(p) - down * (1 - y) * p**gamma * log(q)

    return elementwise(one, logits, targets)


CASES = [
    Case(
        "hinge",
        hinge,
        MARGINS,
        rounding="algebraic",
        exact=(
            Exact(
                "the margin has gradient 0",
                {"scores": [1.0, -1.0, 0.0, 2.0], "targets": [1.0, -1.0, 1.0, 1.0]},
                [0.0, 0.0, 1.0, 0.0],
                {"scores": [0.0, 0.0, -1.0, 0.0], "targets": [0.0, 0.0, 0.0, 0.0]},
                hessian=[0.0, 0.0, 0.0, 0.0],
            ),
        ),
    ),
    Case(
        "squared_hinge",
        squared_hinge,
        MARGINS,
        rounding="algebraic",
        exact=(
            Exact(
                "the margin has second derivative 0",
                {"scores": [1.0, -1.0, 0.0, 2.0], "targets": [1.0, -1.0, 1.0, 1.0]},
                [0.0, 0.0, 1.0, 0.0],
                {"scores": [0.0, 0.0, -2.0, 0.0], "targets": [0.0, 0.0, 0.0, 0.0]},
                hessian=[0.0, 0.0, 2.0, 0.0],
            ),
        ),
    ),
    Case(
        "binary_cross_entropy",
        binary_cross_entropy,
        {"probs": Probability((4, 3)), "targets": Probability((4, 3))},
        uncurved={"wide": "the curvature of the logarithm, 1e60, is beyond float32 before a target takes it back"},
        looser=(
            Looser(
                "value",
                "a subnormal target is flushed to 0, and its logarithm is 70",
                factor=2.0,
                backends=("jax", "tensorflow"),
                kinds=("subnormal",),
            ),
        ),
        exact=(
            Exact(
                "probabilities of exactly 0 and 1",
                {"probs": [0.0, 1.0, 0.0, 1.0], "targets": [0.0, 1.0, 1.0, 0.0]},
                [0.0, 0.0, IMPOSSIBLE, IMPOSSIBLE],
                {"probs": [1.0, -1.0, -(2.0**100), 2.0**100]},
            ),
        ),
    ),
    Case(
        "binary_cross_entropy_with_logits",
        with_logits,
        LOGITS,
        options=({}, {"pos_weight": Probability((3,))}, {"pos_weight": 2.5, "label_smoothing": 0.25}),
        exact=(
            Exact(
                "logit 0 and saturated logits",
                {"logits": [0.0, 0.0, 1000.0, -1000.0, 1000.0], "targets": [0.0, 1.0, 0.0, 1.0, 1.0]},
                [math.log(2.0), math.log(2.0), 1000.0, 1000.0, 0.0],
                {"logits": [0.5, -0.5, 1.0, -1.0, 0.0]},
                hessian=[0.25, 0.25, 0.0, 0.0, 0.0],
            ),
            Exact(
                "confident and right",
                {"logits": [-16.0, 50.0], "targets": [0.0, 1.0]},
                [1.1253516838717682e-07, 1.9287498479639178e-22],
                {"logits": [1.12535162055095e-07, -1.9287498479639178e-22]},
            ),
        ),
        thorough=True,
    ),
    Case(
        "sigmoid_focal",
        sigmoid_focal,
        LOGITS,
        options=({}, {"gamma": 0.5, "alpha": 0.25}, {"gamma": 0.0}, {"gamma": 1.0}),
        rounding="composite",
        looser=(Looser("gradient", "the losses of both labels are subtracted", eps=2.0, argument="targets"),),
        exact=(
            Exact(
                "saturated logits with a broken exponent",
                {"logits": [1000.0, -1000.0, 1000.0, -1000.0], "targets": [0.0, 1.0, 1.0, 0.0]},
                [1000.0, 1000.0, 0.0, 0.0],
                {"logits": [1.0, -1.0, 0.0, 0.0]},
                hessian=[0.0, 0.0, 0.0, 0.0],
                options={"gamma": 0.5},
            ),
        ),
    ),
]
