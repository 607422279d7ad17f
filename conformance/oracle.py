"""The truth: a case's formula at hundreds of digits, its derivatives by differences, and how sensitive they are.

The digits are chosen so that differences are exact far beyond float64: with a step of 1e-50 the truncation error is
about 1e-100 of the curvature, and 320 digits leave 170 after two divisions by the step.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
from mpmath import mpf

from agnostic_losses.testing.criterion import DIGITS, Numbers, Truth
from conformance.case import Point, Tree

STEP = mpf(10) ** -50


@functools.cache
def truth(point: Point, dtype: str) -> Truth:
    """Return the truth at a point with its inputs exactly as they are in a dtype."""
    with mpmath.workdps(DIGITS):
        return _Differences(point, dtype).truth()


class _Differences:
    """Evaluates a formula around a point; each shifted evaluation happens once."""

    def __init__(self, point: Point, dtype: str) -> None:
        self.case = point.case
        self.inputs = exact_inputs(point.inputs(dtype))
        self.options = exact_inputs(point.options(dtype))
        self.counted: dict[tuple[tuple[int, int], ...], list[Any]] = {}
        self.places = [
            (name, path) for name, tree in self.inputs.items() for path in _paths(tree) if _is_real(tree, path)
        ]
        self.x = [_get(self.inputs[name], path) for name, path in self.places]

    def at(self, *shifts: tuple[int, int]) -> list[Any]:
        """Return the flat loss with elements shifted by multiples of the step."""
        total: dict[int, int] = {}
        for place, steps in shifts:
            total[place] = total.get(place, 0) + steps
        key = tuple(sorted((place, steps) for place, steps in total.items() if steps))
        if key not in self.counted:
            moved = dict(self.inputs)
            for place, steps in key:
                name, path = self.places[place]
                moved[name] = _set(moved[name], path, self.x[place] + steps * STEP)
            self.counted[key] = flat(self.case.formula(**moved, **self.options))
        return self.counted[key]

    def truth(self) -> Truth:
        base = self.at()
        n, outs = len(self.x), range(len(base))
        up, down = [self.at((i, 1)) for i in range(n)], [self.at((i, -1)) for i in range(n)]
        jacobian = [[(up[i][k] - down[i][k]) / (2 * STEP) for k in outs] for i in range(n)]
        touched = [{k for k in outs if up[i][k] != base[k] or down[i][k] != base[k]} for i in range(n)]
        condition = [float(sum(abs(jacobian[i][k] * self.x[i]) for i in range(n))) for k in outs]
        first = next(iter(self.inputs))
        terms = [max(1, sum(k in touched[i] for i, (name, _) in enumerate(self.places) if name == first)) for k in outs]
        none = Numbers(base, condition, terms)
        count = self._count(base)
        gradient: dict[str, Numbers] = {}
        hessian = Numbers([], [], [])
        for i, (name, _) in enumerate(self.places):
            summed = max([1, len(touched[i]), *(terms[k] for k in touched[i])])
            second, sensitivity, sensitivity2 = self._second(i, touched)
            into = gradient.setdefault(name, Numbers([], [], []))
            into.true.append(sum(jacobian[i]))
            into.condition.append(sensitivity)
            into.terms.append(summed)
            if name == first:
                hessian.true.append(second)
                hessian.condition.append(sensitivity2)
                hessian.terms.append(summed)
        total = Numbers([sum(base)], [sum(condition)], [len(base) * max(terms, default=1)])
        mean = Numbers(
            [total.true[0] / count if count else mpf(0)], [total.condition[0] / float(count or 1)], total.terms
        )
        return Truth(none, total, mean, count, gradient, hessian)

    def _second(self, i: int, touched: list[set[int]]) -> tuple[Any, float, float]:
        """Return the second derivative by one element, the condition of the gradient and that of the second."""
        base, up, down = sum(self.at()), sum(self.at((i, 1))), sum(self.at((i, -1)))
        second = (up - 2 * base + down) / STEP**2
        gradient_condition = hessian_condition = 0.0
        for j, x in enumerate(self.x):
            if not touched[i] & touched[j]:
                continue
            beside = sum(self.at((j, 1)))
            mixed = (sum(self.at((i, 1), (j, 1))) - up - beside + base) / STEP**2
            change = sum(self.at((i, 1), (j, 1))) - 2 * beside + sum(self.at((i, -1), (j, 1)))
            third = (change / STEP**2 - second) / STEP
            gradient_condition += float(abs(mixed * x))
            hessian_condition += float(abs(third * x))
        return second, gradient_condition, hessian_condition

    def _count(self, base: list[Any]) -> Any:
        if self.case.count is None:
            return mpf(len(base))
        return sum(flat(call_with_known(self.case.count, {**self.inputs, **self.options})))


def call_with_known(f: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """Call a function with those of the arguments that it names."""
    return f(**{name: value for name, value in arguments.items() if name in inspect.signature(f).parameters})


def exact_inputs(tree: Tree) -> Tree:
    """Convert arrays to nested lists of mpf, without any rounding; integers and booleans stay."""
    if isinstance(tree, dict):
        return {key: exact_inputs(value) for key, value in tree.items()}
    if isinstance(tree, np.ndarray):
        return exact_inputs(tree.astype(np.float64).tolist() if tree.dtype.kind == "f" else tree.tolist())
    if isinstance(tree, (list, tuple)):
        return [exact_inputs(value) for value in tree]
    return mpf(tree) if isinstance(tree, float) else tree


def flat(tree: Tree) -> list[Any]:
    """Return the numbers of a nested list in order."""
    return [x for part in tree for x in flat(part)] if isinstance(tree, list) else [tree]


def _paths(tree: Tree) -> list[tuple[Any, ...]]:
    if isinstance(tree, list):
        return [(i, *rest) for i, part in enumerate(tree) for rest in _paths(part)]
    if isinstance(tree, dict):
        return [(key, *rest) for key, part in tree.items() for rest in _paths(part)]
    return [()]


def _get(tree: Tree, path: tuple[Any, ...]) -> Any:
    for step in path:
        tree = tree[step]
    return tree


def _set(tree: Tree, path: tuple[Any, ...], value: Any) -> Tree:
    """Return a copy of the tree with one number replaced."""
    if not path:
        return value
    copy = tree.copy()
    copy[path[0]] = _set(tree[path[0]], path[1:], value)
    return copy


def _is_real(tree: Tree, path: tuple[Any, ...]) -> bool:
    return isinstance(_get(tree, path), mpmath.mpf)
