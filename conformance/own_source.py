"""The second leg of the truth: the package's own source on arrays of any precision, derivatives by its tape.

It agrees with the textbook to many digits, or one of the two is wrong; see `test_oracle.py`. What a framework
computes with the same source then differs by rounding alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mparray
import numpy as np
from mpmath import mpf

import agnostic_losses as al
from conformance.case import Point, leaves, refill


@dataclass(frozen=True)
class Results:
    """What the source gives at a point, flat."""

    none: list[Any]
    sum: Any
    mean: Any
    gradient: dict[str, list[Any]]
    hessian: list[Any]


class Source:
    """A loss with its arguments in high precision; `mpmath.mp.dps` decides how high."""

    def __init__(self, point: Point, dtype: str) -> None:
        self.case, self.inputs = point.case, point.inputs(dtype)
        self.options = {name: array_of(value) for name, value in point.options(dtype).items()}
        flat_inputs = [(name, leaf) for name, tree in self.inputs.items() for leaf in leaves(tree)]
        self.owners = [name for name, _ in flat_inputs]
        self.arrays = [array_of(leaf) for _, leaf in flat_inputs]
        self.argnums = tuple(n for n, (_, leaf) in enumerate(flat_inputs) if leaf.dtype.kind == "f")

    def function(self, reduction: str) -> Callable[..., Any]:
        """Return the loss as a function of the flat arrays."""
        options = {**self.options, "reduction": reduction} if self.case.reduces else self.options

        def call(*arrays: Any) -> Any:
            rest = iter(arrays)
            return self.case.info.function(*[refill(tree, rest) for tree in self.inputs.values()], **options)

        return call

    def gradients(self, *arrays: Any) -> tuple[Any, dict[str, list[Any]]]:
        """Return the summed loss and its gradients by argument."""
        total, parts = al.value_and_grad(self.function("sum"), self.argnums)(*arrays)
        found: dict[str, list[Any]] = {}
        for n, part in zip(self.argnums, parts, strict=True):
            found.setdefault(self.owners[n], []).extend(numbers(part))
        return numbers(total)[0], found

    def results(self) -> Results:
        """Return values, gradients and second derivatives."""
        total, gradient = self.gradients(*self.arrays)
        own = [n for n in self.argnums if self.owners[n] == self.owners[0]]
        seconds = (
            al.hessian_diagonal(self.function("sum"), argnums=n, coupled=self.case.coupled)(*self.arrays) for n in own
        )
        mean = numbers(self.function("mean")(*self.arrays))[0] if self.case.reduces else total
        return Results(
            numbers(self.function("none")(*self.arrays)),
            total,
            mean,
            gradient,
            [x for part in seconds for x in numbers(part)],
        )


def array_of(value: Any) -> Any:
    """Return a NumPy array in high precision, without rounding; leave anything else."""
    return mparray.asarray(value) if isinstance(value, np.ndarray) else value


def numbers(array: Any) -> list[Any]:
    """Return the numbers of an array."""
    return [mpf(x) for x in np.asarray(array._data, dtype=object).ravel().tolist()]
