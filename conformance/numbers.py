"""What is known of a point: true numbers, how sensitive each is, and of how many terms it is a sum."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

DIGITS = 60
"""Decimal digits in which true numbers are compared with results."""


@dataclass(frozen=True)
class Numbers:
    r"""True numbers, flat, each with its condition: what relative errors of 1 in the inputs would add to it.

    Attributes
    ----------
    true : list of mpf or None
        The numbers. None is a derivative that does not exist, as the second one at a kink: a result is finite there,
        and compared with nothing.
    condition : list of float
        :math:`\\sum_j |x_j \\, \\partial \\text{out} / \\partial x_j|` over all floating inputs.
    terms : list of int
        About how many terms are summed up in each.
    """

    true: list[Any] = field(default_factory=list)
    condition: list[float] = field(default_factory=list)
    terms: list[int] = field(default_factory=list)

    def add(self, true: Any, condition: float, terms: int) -> None:
        """Append one number."""
        self.true.append(true)
        self.condition.append(condition)
        self.terms.append(terms)


@dataclass(frozen=True)
class Truth:
    """All that is known of a point: the unreduced loss, its sum and mean, and derivatives of the sum.

    The second derivatives are those by the elements of the first argument; None where they are not compared at all.
    """

    none: Numbers
    sum: Numbers
    mean: Numbers
    count: Any
    gradient: dict[str, Numbers]
    hessian: Numbers | None
