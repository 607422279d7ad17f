"""The truth with 10,000 classes, where differences by every input would take hours.

Values come from the textbook formula, gradients from the package's own source in high precision, the leg that agrees
with the textbook at every other point. Second derivatives are not compared.

A condition is bounded from below by differences of the gradient, one along the sizes of each input: that is the sum
of its terms with their signs, where the condition is the sum of their sizes. A bound from below only makes the
criterion stricter.
"""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
from mpmath import mpf

from agnostic_losses.testing.criterion import Numbers, Truth
from agnostic_losses.testing.reference import MPARRAY
from conformance.calls import Call
from conformance.case import Point
from conformance.differences import count, exact_inputs, flat, with_reductions
from conformance.own_source import gradients

STEP = mpf(10) ** -30


def derive(point: Point, dtype: str) -> Truth:
    """Return the truth at a point with many classes and one sample."""
    with mpmath.workdps(400):
        formula_inputs, options = exact_inputs(point.inputs(dtype)), exact_inputs(point.options(dtype))
        value = flat(point.case.formula(**formula_inputs, **options))
        counted = count(point.case, {**formula_inputs, **options}, len(value))
    with mpmath.workdps(80):
        call = Call.at(point, MPARRAY, dtype)
        gradient = gradients(call, call.arrays)
        beside = [gradients(call, moved(call.arrays, n)) for n in call.argnums]
        inputs = {name: flat(tree) for name, tree in formula_inputs.items()}
        of_value = sum(abs(g * x) for name, parts in gradient.items() for g, x in zip(parts, inputs[name], strict=True))
        terms = len(gradient[call.owners[0]])
        known = {
            name: Numbers(
                parts,
                [float(sum(abs(there[name][i] - part) for there in beside) / STEP) for i, part in enumerate(parts)],
                [terms] * len(parts),
            )
            for name, parts in gradient.items()
        }
        return with_reductions(Numbers(value, [float(of_value)], [terms]), counted, known, None)


def moved(arrays: list[Any], place: int) -> list[Any]:
    """Return the arrays, one of them moved by a step of the sizes of its elements."""
    sizes = MPARRAY.array(np.ones(1)) * abs(arrays[place])
    return [array + STEP * sizes if n == place else array for n, array in enumerate(arrays)]
