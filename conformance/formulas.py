"""What the textbook formulas of the cases have in common: nested lists, softmax and logarithms on mpmath scalars."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from mpmath import exp, log, mpf

Nested = Any

FLOOR = mpf(2) ** -100
"""The probability below which the package documents a tangent in place of the logarithm."""


def elementwise(f: Callable[..., Any], *nested: Nested) -> Nested:
    """Apply a function of scalars to nested lists of one shape."""
    if isinstance(nested[0], list):
        return [elementwise(f, *parts) for parts in zip(*nested, strict=True)]
    return f(*nested)


def along_last(f: Callable[..., Any], depth: int, *nested: Nested) -> Nested:
    """Apply a function of innermost lists; arrays with `depth` dimensions give one number a list."""
    if depth > 1:
        return [along_last(f, depth - 1, *parts) for parts in zip(*nested, strict=True)]
    return f(*nested)


def dimensions(nested: Nested) -> int:
    """Return how deep a list is nested."""
    return 1 + dimensions(nested[0]) if isinstance(nested, list) else 0


def moved_last(nested: Nested, axis: int) -> Nested:
    """Return the list with an axis moved to the end."""
    depth = dimensions(nested)
    axis = axis % depth
    if axis == depth - 1:
        return nested
    if axis > 0:
        return [moved_last(part, axis - 1) for part in nested]
    swapped = [list(parts) for parts in zip(*nested, strict=True)]
    return [moved_last(part, 0) for part in swapped]


def rows(f: Callable[..., Any], axis: int, *nested: Nested) -> Nested:
    """Apply a function to the vectors along an axis; labels, which lack the axis, may follow."""
    depth = dimensions(nested[0])
    moved = [moved_last(part, axis) if dimensions(part) == depth else part for part in nested]
    return along_last(f, depth, *moved)


def sigmoid(z: Any) -> Any:
    return 1 / (1 + exp(-z))


def softmax(z: list[Any]) -> list[Any]:
    largest = max(z)
    powers = [exp(x - largest) for x in z]
    total = sum(powers)
    return [power / total for power in powers]


def log_softmax(z: list[Any]) -> list[Any]:
    largest = max(z)
    total = log(sum(exp(x - largest) for x in z))
    return [x - largest - total for x in z]


def expectation(probs: list[Any], values: list[Any]) -> Any:
    """Return the sum of values times probabilities; what has no probability adds nothing, even if it is infinite."""
    return sum((p * x for p, x in zip(probs, values, strict=True) if p != 0), mpf(0))


def floored_log(p: Any) -> Any:
    """Return the logarithm of a probability with the documented tangent below the floor, a line in double precision."""
    return log(p) if p > FLOOR else p / FLOOR + mpf(100 * math.log(0.5) - 1)
