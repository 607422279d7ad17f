"""Cases of the family reinforcement."""

from __future__ import annotations

import math

from conformance.case import Case, Exact
from conformance.domains import Flag, Real
from conformance.formulas import Nested, elementwise

SHAPE = (4, 2)


def temporal_difference(
    values: Nested, rewards: Nested, next_values: Nested, discount: Nested = 0.99, terminal: Nested = None
) -> Nested:
    ended = terminal or elementwise(lambda v: False, values)
    return elementwise(
        lambda v, r, n, end: (v - r - (0 if end else discount * n)) ** 2, values, rewards, next_values, ended
    )


CASES = [
    Case(
        "temporal_difference",
        temporal_difference,
        {"values": Real(SHAPE), "rewards": Real(SHAPE), "next_values": Real(SHAPE)},
        options=({"discount": 0.75}, {"discount": 0.5, "terminal": Flag(SHAPE)}),
        constant=("rewards", "next_values"),
        rounding="algebraic",
        exact=(
            Exact(
                "after the end nothing is read",
                {"values": [1.0, 1.0], "rewards": [3.0, 3.0], "next_values": [math.nan, math.inf]},
                [4.0, 4.0],
                {"values": [-4.0, -4.0], "rewards": [0.0, 0.0], "next_values": [0.0, 0.0]},
                hessian=[2.0, 2.0],
                options={"terminal": [True, True]},
            ),
        ),
    ),
]
