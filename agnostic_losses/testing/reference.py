"""The truth of a loss from its own source: on arrays of any precision, with derivatives by differences.

Differences do not believe in rules of differentiation: kinks that cancel in the value, and do not in what a framework
makes of them, are found. At a true kink the derivative is the least-norm one. A wrong formula is wrong here, too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import mparray
import mpmath
import numpy as np

from agnostic_losses.testing.criterion import Numbers, Truth
from agnostic_losses.testing.frameworks import Framework
from agnostic_losses.testing.modes import Function, Mode, Results, Subject, everything

PRECISION = 400
"""Digits that the source is run in: exp(-700) beside 1 needs 300."""

STEP = mpmath.mpf(10) ** -60
"""The step of differences; their error is its square."""

SAME = mpmath.mpf(10) ** -25
"""Slopes on both sides that differ relatively by less are one slope."""

PROBES = 6
"""Random relative changes of all inputs, from which conditions are estimated."""

CHANGE = 1e-30
"""The size of these changes."""

MPARRAY = Framework(
    "mparray",
    array=mparray.asarray,
    numpy=lambda x: np.asarray(x._data, dtype=object),
    array_type=type(mparray.asarray(0.0)),
    cast=lambda x, dtype: x,
    modes={"eager": Mode(everything, "any precision, by the tape")},
    device=lambda x: "cpu",
)
"""Arrays of mpmath's numbers; `mpmath.mp.dps` says how many digits they have."""


def truth(subject: Subject, arrays: Sequence[Any], owners: Sequence[str]) -> Truth:
    r"""Return the truth of a subject at arrays of mparray.

    The condition of a number is estimated: under random relative changes :math:`\\pm h` of all n inputs it moves by
    :math:`h \\sum_j \\pm a_j`, whose mean square is :math:`h^2 \\sum_j a_j^2`, and :math:`\\sum_j |a_j|` is at most
    :math:`\\sqrt n` times the root of that.

    Parameters
    ----------
    subject : Subject
        The loss.
    arrays : sequence of arrays
        Its arguments.
    owners : sequence of str
        The argument that each array belongs to.
    """
    with mpmath.workdps(PRECISION):
        evaluate = everything(subject)
        base = _flat(evaluate(*arrays), subject, owners)
        size = sum(math.prod(arrays[n].shape) for n in subject.argnums)
        rng = np.random.default_rng(0)
        squares = {name: [0.0] * len(numbers) for name, numbers in base.items()}
        for _ in range(PROBES):
            moved = _flat(evaluate(*_changed(arrays, subject.argnums, rng)), subject, owners)
            for name, numbers in base.items():
                for place, (before, after) in enumerate(zip(numbers, moved[name], strict=True)):
                    squares[name][place] += float(((after - before) / CHANGE) ** 2)
        base |= _by_differences(evaluate, arrays, subject, owners, base)
        known = {
            name: Numbers(
                numbers, [math.sqrt(size * square / PROBES) for square in squares[name]], [size] * len(numbers)
            )
            for name, numbers in base.items()
        }
    gradient = {name.partition(" ")[2]: numbers for name, numbers in known.items() if name.startswith("gradient")}
    return Truth(known["value"], known["sum"], known["sum"], len(base["value"]), gradient, known.get("hessian"))


def _by_differences(
    evaluate: Function, arrays: Sequence[Any], subject: Subject, owners: Sequence[str], base: Mapping[str, list[Any]]
) -> dict[str, list[Any]]:
    """Return gradients as slopes of the value, and second derivatives as slopes of the gradient."""
    derived: dict[str, list[Any]] = {}
    for n in subject.argnums:
        for place in range(math.prod(arrays[n].shape)):
            sides = [_flat(evaluate(*_shifted(arrays, n, place, sign)), subject, owners) for sign in (-1, 1)]
            name = f"gradient {owners[n]}"
            number = len(derived.setdefault(name, []))
            before, after = _slopes(sides[0]["sum"][0], base["sum"][0], sides[1]["sum"][0])
            slope = (before + after) / 2 if _equal(before, after) else _least(before, after)
            derived[name].append(slope)
            if n in subject.curved:
                # The slope itself is in the middle: what a rule makes of a kink that cancels is not to be trusted.
                before, after = _slopes(sides[0][name][number], slope, sides[1][name][number])
                second = (before + after) / 2 if _equal(before, after) else None
                derived.setdefault("hessian", []).append(second)
    return derived


def _slopes(before: Any, middle: Any, after: Any) -> tuple[Any, Any]:
    """Return the slopes on both sides."""
    return (middle - before) / STEP, (after - middle) / STEP


def _equal(before: Any, after: Any) -> bool:
    """Whether the slopes on both sides are one."""
    return bool(abs(after - before) <= SAME * max(abs(before), abs(after), 1))


def _least(before: Any, after: Any) -> Any:
    """Return the number of least norm between two."""
    return mpmath.mpf(0) if before * after <= 0 else min(before, after, key=abs)


def _shifted(arrays: Sequence[Any], n: int, place: int, sign: int) -> list[Any]:
    """Return the arrays with one element moved by a step."""
    shape = arrays[n].shape
    unit = np.zeros(math.prod(shape))
    unit[place] = sign
    return [x + STEP * mparray.asarray(unit.reshape(shape)) if k == n else x for k, x in enumerate(arrays)]


def _changed(arrays: Sequence[Any], argnums: Sequence[int], rng: np.random.Generator) -> list[Any]:
    """Return the arrays with a small relative change of each element, up or down."""
    changed = list(arrays)
    for n in argnums:
        signs = mparray.asarray(rng.choice([-1.0, 1.0], size=arrays[n].shape))
        changed[n] = arrays[n] * (1.0 + signs * mpmath.mpf(CHANGE))
    return changed


def _flat(results: Results, subject: Subject, owners: Sequence[str]) -> dict[str, list[Any]]:
    """Return the numbers of all results, gradients by argument."""
    flat = {"value": numbers(results["value"]), "sum": numbers(results["sum"])}
    for n, part in zip(subject.argnums, results["gradient"], strict=True):
        flat.setdefault(f"gradient {owners[n]}", []).extend(numbers(part))
    if results["hessian"]:
        flat["hessian"] = [number for part in results["hessian"] for number in numbers(part)]
    return flat


def numbers(array: Any) -> list[Any]:
    """Return the numbers of an array of mparray, flat."""
    return [mpmath.mpf(x) for x in MPARRAY.numpy(array).ravel().tolist()]
