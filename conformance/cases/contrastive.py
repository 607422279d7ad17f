"""Cases of the family contrastive."""

from __future__ import annotations

import math

from mpmath import mpf, sqrt

from conformance.case import Case, Exact, Looser
from conformance.domains import Labels, Real
from conformance.formulas import Nested, log_softmax

QUERIES = {"queries": Real((3, 2)), "keys": Real((4, 2))}
FLUSHED = "two frameworks flush such numbers to 0, and the vector has no direction there"
STEEP = "the curvature of the direction of a short vector is beyond the range of the dtype"
VIEWS = {"view_a": Real((3, 2)), "view_b": Real((3, 2))}
ALONG = "the part along the vector is subtracted by the normalisation"
MIXED = "components that differ more than eps are lost beside each other, whatever the formula"
OVERFLOW = "inner products overflow, and infinite similarities have no difference"


def inner(a: Nested, b: Nested) -> Nested:
    return sum(x * y for x, y in zip(a, b, strict=True))


def info_nce(
    queries: Nested, keys: Nested, temperature: Nested = 1, offset: int = 0, chunk_size: int | None = None
) -> Nested:
    return [
        -log_softmax([inner(query, key) / temperature for key in keys])[i + offset] for i, query in enumerate(queries)
    ]


def nt_xent(
    view_a: Nested,
    view_b: Nested,
    temperature: Nested = 0.5,
    normalize: bool = True,
    exclude_self: bool = True,
    chunk_size: int | None = None,
) -> Nested:
    n, stacked = len(view_a), [*view_a, *view_b]
    if normalize:
        stacked = [[x / sqrt(inner(row, row)) for x in row] if any(row) else row for row in stacked]

    def one(i: int, j: int) -> Nested:
        others = [k for k in range(2 * n) if k != i or not exclude_self]
        similarities = [inner(stacked[i], stacked[k]) / temperature for k in others]
        return -log_softmax(similarities)[others.index(j)]

    return [(one(i, i + n) + one(i + n, i)) / 2 for i in range(n)]


def unit(row: Nested) -> Nested:
    return [x / sqrt(inner(row, row)) for x in row] if any(row) else row


def similarities(first: Nested, second: Nested, normalize: bool) -> Nested:
    if normalize:
        first, second = [unit(row) for row in first], [unit(row) for row in second]
    return [[inner(a, b) for b in second] for a in first]


def positives(query_classes: Nested, key_classes: Nested, offset: int) -> list[list[int]]:
    return [
        [j for j, other in enumerate(key_classes) if other == own and j != i + offset]
        for i, own in enumerate(query_classes)
    ]


def supervised_contrastive(
    queries: Nested,
    keys: Nested,
    query_classes: Nested,
    key_classes: Nested,
    temperature: Nested = 0.1,
    normalize: bool = True,
    offset: int = 0,
    chunk_size: int | None = None,
) -> Nested:
    def one(i: int, row: Nested, own: list[int]) -> Nested:
        others = [j for j in range(len(row)) if j != i + offset]
        log_probs = log_softmax([row[j] / mpf(temperature) for j in others]) if others else []
        return -sum(log_probs[others.index(j)] for j in own) / len(own) if own else mpf(0)

    found = positives(query_classes, key_classes, offset)
    rows = similarities(queries, keys, normalize)
    return [one(i, row, own) for i, (row, own) in enumerate(zip(rows, found, strict=True))]


def with_positives(query_classes: Nested, key_classes: Nested, offset: int = 0) -> Nested:
    return [mpf(bool(own)) for own in positives(query_classes, key_classes, offset)]


CASES = [
    Case(
        "info_nce",
        info_nce,
        QUERIES,
        options=({}, {"temperature": 0.5, "offset": 1, "chunk_size": 2}),
        rounding="composite",
        coupled="all",
        masked=("queries",),
        without={"overflow": "inner products overflow, and infinite similarities have no difference"},
        looser=(
            Looser("hessian", "the variance of the keys under a confident softmax is a difference", eps=64.0),
            Looser(
                "hessian",
                "a cold variance of the keys is a difference of numbers of 2**20",
                eps=2.0**26,
                kinds=("cold",),
            ),
        ),
        exact=(
            Exact(
                "equal keys",
                {"queries": [[1.0, 0.0], [0.0, 0.0]], "keys": [[1.0, 0.0], [1.0, 0.0]]},
                [math.log(2.0), math.log(2.0)],
                {"queries": [[0.0, 0.0], [0.0, 0.0]], "keys": [[-0.5, 0.0], [0.5, 0.0]]},
            ),
        ),
    ),
    Case(
        "nt_xent",
        nt_xent,
        VIEWS,
        options=(
            {},
            {"temperature": 0.25, "normalize": False, "chunk_size": 4},
            {"temperature": 1.0, "exclude_self": False},
        ),
        rounding="composite",
        coupled="all",
        without={
            **{("subnormal", number): FLUSHED for number in (0, 2)},
            ("overflow", 1): "inner products overflow, and infinite similarities have no difference",
        },
        uncurved=dict.fromkeys(("extreme", "smallest normal"), STEEP),
        looser=tuple(
            Looser(what, "the part along the vector is subtracted by the normalisation", eps=8.0)
            for what in ("gradient", "hessian")
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
                [math.log(3.0), math.log(3.0)],
                {"view_a": [[0.0, 0.0], [0.0, 0.0]], "view_b": [[0.0, 0.0], [0.0, 0.0]]},
            ),
        ),
    ),
    Case(
        "supervised_contrastive",
        supervised_contrastive,
        {**QUERIES, "query_classes": Labels((3,), n_classes=2), "key_classes": Labels((4,), n_classes=2)},
        options=({"chunk_size": 2}, {"temperature": 0.5, "normalize": False, "offset": 1}),
        rounding="composite",
        coupled=-1,
        count=with_positives,
        masked=("queries", "query_classes"),
        without={("subnormal", 0): FLUSHED, ("overflow", 1): OVERFLOW, ("wide", 0): MIXED},
        uncurved={
            **dict.fromkeys(("extreme", "smallest normal"), STEEP),
            "xla": "TensorFlow's XLA does not differentiate twice a loop of an unknown length",
        },
        looser=(Looser("gradient", ALONG, eps=8.0, kinds=("extreme",)),),
        exact=(
            Exact(
                "equal keys, and a class of its own",
                {
                    "queries": [[1.0, 0.0], [0.0, 1.0]],
                    "keys": [[5.0, 1.0], [1.0, 0.0], [1.0, 0.0]],
                    "query_classes": [7, -3],
                    "key_classes": [7, 7, 0],
                },
                [math.log(2.0), 0.0],
                {"queries": [[0.0, 0.0], [0.0, 0.0]], "keys": [[0.0, 0.0], [-0.5, 0.0], [0.5, 0.0]]},
                options={"temperature": 1.0, "normalize": False},
            ),
            Exact(
                "one vector alone",
                {"queries": [[1.0, 2.0]], "keys": [[1.0, 2.0]], "query_classes": [1], "key_classes": [1]},
                [0.0],
                {"queries": [[0.0, 0.0]], "keys": [[0.0, 0.0]]},
            ),
        ),
    ),
]
