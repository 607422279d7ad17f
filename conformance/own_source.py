"""The second leg of the truth: the package's own source on arrays of any precision, derivatives by its tape.

It agrees with the textbook to many digits, or one of the two is wrong; see `test_oracle.py`. What a framework
computes with the same source then differs by rounding alone. `mpmath.mp.dps` decides how many digits it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import agnostic_losses as al
from agnostic_losses.testing.modes import everything
from agnostic_losses.testing.reference import MPARRAY, numbers
from conformance.calls import Call
from conformance.case import Point


@dataclass(frozen=True)
class Results:
    """What the source gives at a point, flat; a loss without reductions has its sum for a mean."""

    none: list[Any]
    sum: Any
    mean: Any
    gradient: dict[str, list[Any]]
    hessian: list[Any]


def results(point: Point, dtype: str) -> Results:
    """Return values, gradients and second derivatives."""
    call = Call.at(point, MPARRAY, dtype)
    found = everything(call.subject())(*call.arrays)
    return Results(
        numbers(found["value"]),
        numbers(found["sum"])[0],
        numbers(found.get("mean", found["sum"]))[0],
        by_argument(call, found["gradient"]),
        [number for part in found["hessian"] for number in numbers(part)],
    )


def gradients(call: Call, arrays: list[Any]) -> dict[str, list[Any]]:
    """Return the gradients of the summed loss at other arrays than a call's own, by argument."""
    return by_argument(call, al.grad(call.function("sum"), call.argnums)(*arrays))


def by_argument(call: Call, parts: Any) -> dict[str, list[Any]]:
    """Join the numbers of gradients by the argument that they belong to."""
    found: dict[str, list[Any]] = {}
    for n, part in zip(call.argnums, parts, strict=True):
        found.setdefault(call.owners[n], []).extend(numbers(part))
    return found
