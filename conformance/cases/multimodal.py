"""Cases of the family multimodal."""

from __future__ import annotations

import math

from mpmath import exp, log1p, mpf, sqrt

from conformance.case import Case, Exact, Looser
from conformance.domains import Real
from conformance.formulas import Nested, log_softmax

QUERIES = {"queries": Real((3, 2)), "keys": Real((4, 2))}
FLUSHED = "two frameworks flush such numbers to 0, and the vector has no direction there"
STEEP = "the curvature of the direction of a short vector is beyond the range of the dtype"
ALONG = "the part along the vector is subtracted by the normalisation"
MIXED = "components that differ more than eps are lost beside each other, whatever the formula"
ROUNDED = "rounding of huge inner products decides which is the largest"
OVERFLOW = "inner products overflow, and infinite similarities have no difference"


def inner(a: Nested, b: Nested) -> Nested:
    return sum(x * y for x, y in zip(a, b, strict=True))


def unit(row: Nested) -> Nested:
    return [x / sqrt(inner(row, row)) for x in row] if any(row) else row


def similarities(first: Nested, second: Nested, normalize: bool) -> Nested:
    if normalize:
        first, second = [unit(row) for row in first], [unit(row) for row in second]
    return [[inner(a, b) for b in second] for a in first]


def clip(
    view_a: Nested, view_b: Nested, temperature: Nested = 0.07, normalize: bool = True, chunk_size: int | None = None
) -> Nested:
    s = similarities(view_a, view_b, normalize)
    logits = [[x / mpf(temperature) for x in row] for row in s]
    columns = [list(column) for column in zip(*logits, strict=True)]
    return [-(log_softmax(logits[i])[i] + log_softmax(columns[i])[i]) / 2 for i in range(len(logits))]


def siglip(
    queries: Nested,
    keys: Nested,
    scale: Nested = 10,
    bias: Nested = -10,
    normalize: bool = True,
    offset: int = 0,
    chunk_size: int | None = None,
) -> Nested:
    def one(s: Nested, own: bool) -> Nested:
        return log1p(exp(-(1 if own else -1) * (scale * s + bias)))

    s = similarities(queries, keys, normalize)
    return [sum(one(x, j == i + offset) for j, x in enumerate(row)) for i, row in enumerate(s)]


CASES = [
    Case(
        "siglip",
        siglip,
        QUERIES,
        options=({}, {"scale": 2.0, "bias": -0.5, "normalize": False, "offset": 1, "chunk_size": 2}),
        rounding="composite",
        coupled=-1,
        masked=("queries",),
        without={("subnormal", 0): FLUSHED, ("overflow", 1): OVERFLOW, ("wide", 0): MIXED},
        uncurved=dict.fromkeys(("extreme", "smallest normal"), STEEP),
        looser=(Looser("gradient", ALONG, eps=32.0),),
        exact=(
            Exact(
                "zero vectors",
                {"queries": [[0.0, 0.0]], "keys": [[0.0, 0.0], [0.0, 0.0]]},
                [2.0 * math.log(2.0)],
                {"queries": [[0.0, 0.0]], "keys": [[0.0, 0.0], [0.0, 0.0]]},
                options={"bias": 0.0},
            ),
            Exact(
                "logits of 0",
                {"queries": [[1.0, 0.0]], "keys": [[1.0, 0.0], [1.0, 0.0]]},
                [2.0 * math.log(2.0)],
                {"queries": [[0.0, 0.0]], "keys": [[-1.0, 0.0], [1.0, 0.0]]},
                options={"scale": 2.0, "bias": -2.0, "normalize": False},
            ),
        ),
    ),
    Case(
        "clip",
        clip,
        {"view_a": Real((3, 3)), "view_b": Real((3, 3))},
        options=({"temperature": 0.5}, {"temperature": 0.25, "normalize": False, "chunk_size": 2}),
        rounding="composite",
        coupled="all",
        without={("subnormal", 0): FLUSHED, ("overflow", 1): OVERFLOW, "wide": f"{MIXED}; {ROUNDED}"},
        uncurved=dict.fromkeys(("extreme", "smallest normal"), STEEP),
        looser=(
            Looser("gradient", ALONG, eps=8.0, kinds=("extreme",)),
            Looser("hessian", "the variance of the other view under a softmax is a difference", eps=64.0),
        ),
        exact=(
            Exact(
                "one pair has no negatives",
                {"view_a": [[1.0, 2.0]], "view_b": [[3.0, -1.0]]},
                [0.0],
                {"view_a": [[0.0, 0.0]], "view_b": [[0.0, 0.0]]},
            ),
            Exact(
                "zero vectors",
                {"view_a": [[0.0, 0.0], [0.0, 0.0]], "view_b": [[0.0, 0.0], [0.0, 0.0]]},
                [math.log(2.0), math.log(2.0)],
                {"view_a": [[0.0, 0.0], [0.0, 0.0]], "view_b": [[0.0, 0.0], [0.0, 0.0]]},
            ),
        ),
    ),
]
