"""Cases of the family proxies."""

from __future__ import annotations

import math

from mpmath import exp, log, log1p, mpf, sqrt

from conformance.case import Case, Exact, Looser
from conformance.domains import Flag, Labels, Real
from conformance.formulas import Nested, log_softmax
from conformance.particular_domains import Shared

CLASSED = {"embeddings": Real((3, 2)), "class_vectors": Shared((4, 2)), "labels": Labels((3,), n_classes=4)}
MASKED = ("embeddings", "labels")
FLUSHED = "two frameworks flush such numbers to 0, and the vector has no direction there"
STEEP = "the curvature of the direction of a short vector is beyond the range of the dtype"
MIXED = "components that differ more than eps are lost beside each other, whatever the formula"
PARALLEL = "the kink of an angle of 0 stands on the slope of the other classes; an exact point has it alone"
ALONG = "the part along the vector is subtracted by the normalisation"
ALONE = "without any other class the loss is the logarithm of 0"


def cosine(a: Nested, b: Nested) -> Nested:
    product = sum(x * y for x, y in zip(a, b, strict=True))
    squares = sum(x * x for x in a) * sum(y * y for y in b)
    return product / sqrt(squares) if squares else mpf(0)


def margin_softmax(embeddings: Nested, class_vectors: Nested, labels: Nested, target: Nested, scale: Nested) -> Nested:
    def row(x: Nested, label: int) -> Nested:
        cosines = [cosine(x, vector) for vector in class_vectors]
        cosines[label] = target(cosines[label])
        return -log_softmax([scale * c for c in cosines])[label]

    return [row(x, label) for x, label in zip(embeddings, labels, strict=True)]


def arcface(
    embeddings: Nested, class_vectors: Nested, labels: Nested, margin: float = 0.5, scale: float = 64.0
) -> Nested:
    # The functions of the margin are numbers of double precision.
    along, across = mpf(math.cos(margin)), mpf(math.sin(margin))

    def target(c: Nested) -> Nested:
        return c * along - sqrt(1 - min(c * c, mpf(1))) * across if c >= -along else c - mpf(margin * math.sin(margin))

    return margin_softmax(embeddings, class_vectors, labels, target, scale)


def cosface(
    embeddings: Nested, class_vectors: Nested, labels: Nested, margin: float = 0.35, scale: float = 64.0
) -> Nested:
    return margin_softmax(embeddings, class_vectors, labels, lambda c: c - mpf(margin), scale)


def proxy_nca(
    embeddings: Nested, class_vectors: Nested, labels: Nested, scale: float = 1.0, include_own: bool = False
) -> Nested:
    def row(x: Nested, label: int) -> Nested:
        similar = [exp(-scale * (2 - 2 * cosine(x, vector))) for vector in class_vectors]
        others = sum(power for j, power in enumerate(similar) if j != label)
        return log1p(others / similar[label]) if include_own else log(others / similar[label])

    return [row(x, label) for x, label in zip(embeddings, labels, strict=True)]


def proxy_anchor(
    embeddings: Nested,
    class_vectors: Nested,
    labels: Nested,
    margin: float = 0.1,
    scale: float = 32.0,
    mask: Nested = None,
) -> Nested:
    batch = [(x, y) for i, (x, y) in enumerate(zip(embeddings, labels, strict=True)) if mask is None or mask[i]]
    share = mpf(len(class_vectors)) / max(len({label for _, label in batch}), 1)

    def one(j: int, vector: Nested) -> Nested:
        cosines = [(cosine(x, vector), label == j) for x, label in batch]
        positive = sum(exp(-scale * (c - mpf(margin))) for c, own in cosines if own)
        negative = sum(exp(scale * (c + mpf(margin))) for c, own in cosines if not own)
        return share * log1p(positive) + log1p(negative)

    return [one(j, vector) for j, vector in enumerate(class_vectors)]


CASES = [
    Case(
        "arcface",
        arcface,
        CLASSED,
        options=({}, {"margin": 0.25, "scale": 2.0}),
        rounding="composite",
        coupled=-1,
        masked=MASKED,
        without={
            "wide": MIXED,
            "subnormal": FLUSHED,
            **dict.fromkeys(("equal", "overflow", "half", ("smallest normal", 1)), PARALLEL),
        },
        uncurved=dict.fromkeys(("extreme", "smallest normal"), STEEP),
        looser=(Looser("gradient", ALONG, eps=32.0),),
        exact=(
            Exact(
                "parallel to its class",
                {"embeddings": [[2.0, 0.0]], "class_vectors": [[1.0, 0.0], [-1.0, 0.0]], "labels": [0]},
                [math.log1p(math.exp(-1.0))],
                {"embeddings": [[0.0, 0.0]], "class_vectors": [[0.0, 0.0], [0.0, 0.0]]},
                options={"margin": math.pi / 2, "scale": 1.0},
            ),
            Exact(
                "opposite to its class, beyond the margin",
                {"embeddings": [[1.0, 0.0]], "class_vectors": [[-1.0, 0.0], [1.0, 0.0]], "labels": [0]},
                [math.log1p(math.exp(4.0 + math.sin(1.0) * 2.0))],
                {"embeddings": [[0.0, 0.0]], "class_vectors": [[0.0, 0.0], [0.0, 0.0]]},
                options={"margin": 1.0, "scale": 2.0},
            ),
            Exact(
                "zero vectors",
                {"embeddings": [[0.0, 0.0], [1.0, 0.0]], "class_vectors": [[0.0, 0.0], [0.0, 0.0]], "labels": [0, 1]},
                [math.log1p(math.exp(64.0 * math.sin(0.5)))] * 2,
                {"embeddings": [[0.0, 0.0], [0.0, 0.0]], "class_vectors": [[0.0, 0.0], [0.0, 0.0]]},
            ),
        ),
    ),
    Case(
        "cosface",
        cosface,
        CLASSED,
        options=({}, {"margin": 0.25, "scale": 2.0}),
        rounding="composite",
        coupled=-1,
        masked=MASKED,
        without={"wide": MIXED, "subnormal": FLUSHED},
        uncurved=dict.fromkeys(("extreme", "smallest normal"), STEEP),
        looser=(
            Looser("gradient", ALONG, eps=32.0),
            Looser("hessian", "the variance of the class vectors under a softmax is a difference", eps=16.0),
        ),
        exact=(
            Exact(
                "zero vectors",
                {"embeddings": [[0.0, 0.0]], "class_vectors": [[1.0, 0.0], [0.0, 0.0]], "labels": [0]},
                [math.log(2.0)],
                {"embeddings": [[0.0, 0.0]], "class_vectors": [[0.0, 0.0], [0.0, 0.0]]},
                options={"margin": 0.0},
            ),
        ),
    ),
    Case(
        "proxy_nca",
        proxy_nca,
        CLASSED,
        options=({}, {"scale": 3.0, "include_own": True}),
        rounding="composite",
        coupled=-1,
        masked=MASKED,
        without={"wide": MIXED, "subnormal": FLUSHED, "one element": ALONE},
        uncurved=dict.fromkeys(("extreme", "smallest normal"), STEEP),
        looser=(Looser("gradient", ALONG, eps=32.0),),
        exact=(
            Exact(
                "as near to one other, and among opposites",
                {"embeddings": [[1.0, 0.0], [0.0, 3.0]], "class_vectors": [[2.0, 0.0], [-1.0, 0.0]], "labels": [0, 0]},
                [-4.0, 0.0],
                {"embeddings": [[0.0, 0.0], [-4.0 / 3.0, 0.0]], "class_vectors": [[0.0, -1.0], [0.0, 2.0]]},
            ),
        ),
    ),
    Case(
        "proxy_anchor",
        proxy_anchor,
        CLASSED,
        options=({}, {"margin": 0.25, "scale": 2.0, "mask": Flag((3,))}),
        rounding="composite",
        coupled="all",
        masked=("class_vectors",),
        without={"wide": MIXED, "subnormal": FLUSHED},
        uncurved=dict.fromkeys(("extreme", "smallest normal"), STEEP),
        looser=(Looser("gradient", ALONG, eps=64.0),),
        exact=(
            Exact(
                "two of a class, one of another and none of the third",
                {
                    "embeddings": [[3.0, 0.0], [0.0, 2.0], [0.0, -1.0]],
                    "class_vectors": [[0.0, 5.0], [0.0, 1.0], [2.0, 0.0]],
                    "labels": [0, 0, 1],
                },
                [
                    1.5 * math.log1p(1.0 + math.exp(-2.0)) + math.log1p(math.exp(-2.0)),
                    1.5 * math.log1p(math.exp(2.0)) + math.log1p(1.0 + math.exp(2.0)),
                    math.log1p(2.0 + math.exp(2.0)),
                ],
                options={"margin": 0.0, "scale": 2.0},
            ),
            Exact(
                "zero vectors, and one class alone is included",
                {
                    "embeddings": [[0.0, 0.0], [1.0, 0.0]],
                    "class_vectors": [[1.0, 0.0], [0.0, 0.0], [3.0, 4.0]],
                    "labels": [1, 2],
                },
                [0.0, 2.0 * math.log(2.0), 0.0],
                {"embeddings": [[0.0, 0.0], [0.0, 0.0]], "class_vectors": [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]},
                options={"margin": 0.0, "scale": 1.0, "where": (False, True, False)},
            ),
        ),
    ),
]
