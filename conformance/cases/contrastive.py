"""Cases of the family contrastive."""

from __future__ import annotations

import math

from mpmath import sqrt

from conformance.case import Case, Exact, Looser
from conformance.domains import Real
from conformance.formulas import Nested, log_softmax

QUERIES = {"queries": Real((3, 2)), "keys": Real((4, 2))}
FLUSHED = "two frameworks flush such numbers to 0, and the vector has no direction there"
STEEP = "the curvature of the direction of a short vector is beyond the range of the dtype"
VIEWS = {"view_a": Real((3, 2)), "view_b": Real((3, 2))}


def inner(a: Nested, b: Nested) -> Nested:
    return sum(x * y for x, y in zip(a, b, strict=True))


def info_nce(queries: Nested, keys: Nested, temperature: Nested = 1, offset: int = 0) -> Nested:
    return [
        -log_softmax([inner(query, key) / temperature for key in keys])[i + offset] for i, query in enumerate(queries)
    ]


def nt_xent(
    view_a: Nested,
    view_b: Nested,
    temperature: Nested = 0.5,
    normalize: bool = True,
    exclude_self: bool = True,
) -> Nested:
    n, stacked = len(view_a), [*view_a, *view_b]
    if normalize:
        stacked = [[x / sqrt(inner(row, row)) for x in row] if any(row) else row for row in stacked]

    def one(i: int, j: int) -> Nested:
        others = [k for k in range(2 * n) if k != i or not exclude_self]
        similarities = [inner(stacked[i], stacked[k]) / temperature for k in others]
        return -log_softmax(similarities)[others.index(j)]

    return [(one(i, i + n) + one(i + n, i)) / 2 for i in range(n)]


CASES = [
    Case(
        "info_nce",
        info_nce,
        QUERIES,
        options=({}, {"temperature": 0.5, "offset": 1}),
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
            {"temperature": 0.25, "normalize": False},
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
]
