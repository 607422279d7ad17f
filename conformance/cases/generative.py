"""Cases of the family generative."""

from __future__ import annotations

import math

from mpmath import log, mpf, sqrt

from conformance.case import Case, Exact
from conformance.domains import Real
from conformance.formulas import Nested, elementwise, sigmoid

SHAPE = (4, 2)
LOG_2 = math.log(2.0)


def generator(fake_logits: Nested, saturating: bool = False) -> Nested:
    return elementwise(lambda z: log(sigmoid(-z)) if saturating else -log(sigmoid(z)), fake_logits)


def numbers(nested: Nested) -> list[Nested]:
    return [x for part in nested for x in numbers(part)] if isinstance(nested, list) else [nested]


def gradient_penalty(gradients: Nested, target: float = 1.0) -> Nested:
    return [(sqrt(sum(x * x for x in numbers(sample))) - target) ** 2 for sample in gradients]


def perceptual(features: Nested, target_features: Nested, layer_weights: Nested = None) -> Nested:
    layers = list(zip(features, target_features, layer_weights or [1] * len(features), strict=True))

    def sample(i: int) -> Nested:
        total = mpf(0)
        for ours, theirs, factor in layers:
            a, b = numbers(ours[i]), numbers(theirs[i])
            total += factor * sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) / len(a)
        return total

    return [sample(i) for i in range(len(features[0]))]


CASES = [
    Case(
        "gan_discriminator",
        lambda real_logits, fake_logits: elementwise(
            lambda r, f: -log(sigmoid(r)) - log(sigmoid(-f)), real_logits, fake_logits
        ),
        {"real_logits": Real(SHAPE), "fake_logits": Real(SHAPE)},
        exact=(
            Exact(
                "the equilibrium",
                {"real_logits": [0.0], "fake_logits": [0.0]},
                [2.0 * LOG_2],
                {"real_logits": [-0.5], "fake_logits": [0.5]},
                hessian=[0.25],
            ),
        ),
    ),
    Case(
        "gan_generator",
        generator,
        {"fake_logits": Real(SHAPE)},
        options=({}, {"saturating": True}),
        exact=(
            Exact("undecided", {"fake_logits": [0.0]}, [LOG_2], {"fake_logits": [-0.5]}, hessian=[0.25]),
            Exact(
                "undecided and saturating",
                {"fake_logits": [0.0, -1000.0, 1000.0]},
                [-LOG_2, 0.0, -1000.0],
                {"fake_logits": [-0.5, 0.0, -1.0]},
                hessian=[-0.25, 0.0, 0.0],
                options={"saturating": True},
            ),
        ),
    ),
    Case(
        "wasserstein_critic",
        lambda real_scores, fake_scores: elementwise(lambda r, f: f - r, real_scores, fake_scores),
        {"real_scores": Real(SHAPE), "fake_scores": Real(SHAPE)},
        rounding="algebraic",
    ),
    Case(
        "wasserstein_generator",
        lambda fake_scores: elementwise(lambda f: -f, fake_scores),
        {"fake_scores": Real(SHAPE)},
        rounding="algebraic",
    ),
    Case(
        "gradient_penalty",
        gradient_penalty,
        {"gradients": Real((3, 2, 2))},
        samples_first=True,
        options=({}, {"target": 0.0}),
        without={
            ("overflow", 0): "the gradient of a square goes through the square, which is infinite",
            ("wide", 0): "components 1e48 apart: the ratio to the largest is 0 in float32",
            ("subnormal", 0): "two frameworks flush such numbers to 0, and the vector has no direction there",
        },
        uncurved={"smallest normal": "the curvature is nearly the largest number, and parts of it are beyond"},
        rounding="composite",
        coupled="all",
        exact=(
            Exact(
                "a gradient of zero",
                {"gradients": [[0.0, 0.0], [3.0, 4.0]]},
                [1.0, 16.0],
                {"gradients": [[0.0, 0.0], [4.8, 6.4]]},
            ),
        ),
    ),
    Case(
        "perceptual",
        perceptual,
        {"features": [Real((3, 2)), Real((3, 1, 2))], "target_features": [Real((3, 2)), Real((3, 1, 2))]},
        options=({}, {"layer_weights": [0.5, 2.0]}),
        samples_first=True,
        rounding="algebraic",
        exact=(
            Exact(
                "equal features",
                {"features": [[[1.0, 2.0]]], "target_features": [[[1.0, 2.0]]]},
                [0.0],
                {"features": [[[0.0, 0.0]]]},
            ),
        ),
    ),
]
