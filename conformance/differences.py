"""The first leg of the truth: a case's textbook formula at hundreds of digits, its derivatives by differences.

With a step of 1e-50 of an input the truncation error is about 1e-100 of the curvature. The digits are chosen so that
three divisions by the smallest step leave more than double precision can see.

At a kink, where the slopes on both sides differ, the derivative is the slope of least norm between them, and no second
derivative exists. The derivative is 0 where a loss has a value of its own, as the direction of a zero vector has. An
input of -inf is a constant for all others, with the derivative 0.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import mpmath
import numpy as np
from mpmath import mpf

from agnostic_losses.testing.criterion import Numbers, Truth
from conformance.case import Case, Point, Tree

STEP = 50
"""The step is ten to the minus this, times the input where that is below 1."""

SPARE = {"float16": 120, "bfloat16": 120, "float32": 120, "float64": 380}
"""Digits left after all divisions by steps: the smallest number of the dtype, beside 1, with 50 digits of its own."""

NOISE = 25
"""Slopes that agree to so many digits are equal."""

Shift = tuple[int, int]
"""A place among the inputs, and the number of its steps."""


def derive(point: Point, dtype: str) -> Truth:
    """Return the truth at a point by differences."""
    inputs, options = exact_inputs(point.inputs(dtype)), exact_inputs(point.options(dtype))
    sizes = [abs(x) for tree in inputs.values() for x in flat(tree) if isinstance(x, mpf) and mpmath.isfinite(x)]
    smallest = min([mpf(1), *(size for size in sizes if size)])
    depth = STEP + int(mpmath.ceil(-mpmath.log10(smallest)))
    large = int(mpmath.ceil(mpmath.log10(max([mpf(1), *sizes]))))
    with mpmath.workdps(3 * depth + 2 * large + SPARE[dtype]):
        return _Differences(point, inputs, options, mpf(10) ** -STEP, smallest).truth()


class _Differences:
    """Evaluates a formula around a point; shifted evaluations of places that no output shares happen at once."""

    def __init__(self, point: Point, inputs: dict[str, Tree], options: Tree, step: Any, smallest: Any) -> None:
        self.case, self.inputs, self.options = point.case, inputs, options
        self.places = [(name, path) for name, tree in inputs.items() for path in _paths(tree) if _is_real(tree, path)]
        self.x = [_get(inputs[name], path) for name, path in self.places]
        self.steps = [step * min(mpf(1), abs(x) or smallest) for x in self.x]
        self.base = self.evaluate()
        self.n, self.outs = len(self.x), range(len(self.base))
        if any(isinstance(x, mpmath.mpc) or mpmath.isnan(x) for x in self.base):
            raise ValueError(f"{point.name}: the formula has no real value there")

    def evaluate(self, *shifts: Shift) -> list[Any]:
        """Return the flat loss with elements shifted by multiples of their steps; what is infinite stays."""
        moved = dict(self.inputs)
        for place, steps in shifts:
            name, path = self.places[place]
            moved[name] = _set(moved[name], path, self.x[place] + steps * self.steps[place])
        held = {parameter: self.inputs[name] for parameter, name in self.case.held.items()}
        return flat(self.case.formula(**moved, **held, **self.options))

    def truth(self) -> Truth:
        singles = range(self.n)
        self.up = [self.evaluate((i, 1)) for i in singles]
        self.down = [self.evaluate((i, -1)) for i in singles]
        self.touched = [{k for k in self.outs if not self.up[i][k] == self.base[k] == self.down[i][k]} for i in singles]
        if any(not mpmath.isfinite(self.base[k]) for touched in self.touched for k in touched):
            raise ValueError(f"{self.case.name}: an infinite loss has derivatives by a finite input")
        self.reach = self.reached()
        self.up2 = self.together({(i,): ((i, 2),) for i in singles})
        self.down2 = self.together({(i,): ((i, -2),) for i in singles})
        self.slopes = [{k: self.slope(i, k) for k in self.touched[i]} for i in singles]
        self.kinks = [{k for k in self.touched[i] if self.kinked(i, k)} for i in singles]
        self.joints = [{k for k in self.touched[i] if self.jumps(i, k)} for i in singles]
        pairs = [(i, j) for i in singles for j in singles if i != j and self.reach[i] & self.reach[j]]
        self.both = self.together({(i, j): ((i, 1), (j, 1)) for i, j in pairs})
        self.apart = self.together({(i, j): ((i, -1), (j, 1)) for i, j in pairs})
        return self.collect()

    def reached(self) -> list[set[int]]:
        """Return which outputs each place can touch, at an ordinary point if not here: of queries of 0 no key does."""
        elsewhere = structure(self.case)
        if len(elsewhere) != self.n:
            return [set(self.outs) for _ in self.x]
        return [here | there for here, there in zip(self.touched, elsewhere, strict=True)]

    def together(self, wanted: dict[tuple[int, ...], tuple[Shift, ...]]) -> dict[tuple[int, ...], list[Any]]:
        """Evaluate at many shifts; those that touch no common output share one evaluation."""
        groups: list[tuple[set[int], list[tuple[int, ...]]]] = []
        for key in wanted:
            used = set().union(*(self.reach[i] for i in key))
            group = next((group for group in groups if not group[0] & used), None)
            if group is None:
                groups.append((set(used), [key]))
            else:
                group[0].update(used)
                group[1].append(key)
        found = {}
        for _, keys in groups:
            values = self.evaluate(*(shift for key in keys for shift in wanted[key]))
            found.update(dict.fromkeys(keys, values))
        return found

    def second(self, i: int, k: int, at: int = 0) -> Any:
        """Return the second difference of an output, around a neighbouring place for `at` of -1 or 1."""
        line = [self.down2[i,][k], self.down[i][k], self.base[k], self.up[i][k], self.up2[i,][k]]
        return line[at + 1] - 2 * line[at + 2] + line[at + 3]

    def curvature(self, i: int, k: int) -> Any:
        """Return the second derivative of an output; 0 if it is no larger than what the fourth explains."""
        here = self.second(i, k)
        fourth = self.second(i, k, 1) - 2 * here + self.second(i, k, -1)
        return here / self.steps[i] ** 2 if abs(here) > abs(fourth) else mpf(0)

    def noise(self, k: int) -> Any:
        return abs(self.base[k]) * mpf(10) ** (30 - mpmath.mp.dps)

    def kinked(self, i: int, k: int) -> bool:
        """Whether the slopes on both sides differ, by more than curvature explains."""
        left, right = self.base[k] - self.down[i][k], self.up[i][k] - self.base[k]
        if self.breaks(i, k):
            return True
        gap = abs(right - left)
        if gap <= max(self.noise(k), (abs(left) + abs(right)) * mpf(10) ** -NOISE):
            return False
        return bool(gap > 8 * max(abs(self.second(i, k, 1)), abs(self.second(i, k, -1))))

    def breaks(self, i: int, k: int) -> bool:
        """Whether an output has a value of its own there, or is infinite beside it."""
        sides = ((self.up[i][k], self.up2[i,][k]), (self.down[i][k], self.down2[i,][k]))
        if not all(mpmath.isfinite(x) for side in sides for x in side):
            return True
        steps = ((abs(near - self.base[k]), abs(far - near)) for near, far in sides)
        return any(here > max(self.noise(k), beyond * mpf(10) ** NOISE) for here, beyond in steps)

    def jumps(self, i: int, k: int) -> bool:
        """Whether the curvatures on both sides differ; also true where curvature goes through 0, as that of a cubic."""
        before, after = self.second(i, k, -1), self.second(i, k, 1)
        sizes = abs(before) + abs(after)
        return bool(sizes > 4 * self.noise(k) and abs(after - before) > sizes * mpf(10) ** -NOISE)

    def slope(self, i: int, k: int) -> Any:
        """Return the derivative of an output, of least norm at a kink."""
        if not self.kinked(i, k):
            change = self.up[i][k] - self.down[i][k]
            beyond = self.up2[i,][k] - self.down2[i,][k]
            # A slope that is no larger than what the third derivative explains is 0.
            return (8 * change - beyond) / (12 * self.steps[i]) if abs(change) > abs(beyond - 2 * change) else mpf(0)
        left, right = self.base[k] - self.down[i][k], self.up[i][k] - self.base[k]
        return mpf(0) if left * right <= 0 or self.breaks(i, k) else min(left, right, key=abs) / self.steps[i]

    def collect(self) -> Truth:
        """Put all together."""
        n, first = self.n, next(iter(self.inputs))
        condition = [0.0] * len(self.base)
        for i in range(n):
            for k, slope in self.slopes[i].items():
                condition[k] += float(abs(slope * self.x[i]))
        own = [i for i, (name, _) in enumerate(self.places) if name == first]
        terms = [max(1, sum(k in self.touched[i] for i in own)) for k in self.outs]
        none = Numbers(self.base, condition, terms)
        gradient: dict[str, Numbers] = {name: Numbers() for name, _ in self.places}
        hessian = Numbers()
        # What an infinite loss depends on is not seen.
        unseen = not all(mpmath.isfinite(x) for x in self.base)
        for i, (name, _) in enumerate(self.places):
            summed = max([1, len(self.touched[i]), *(terms[k] for k in self.touched[i])])
            of_first, of_second = self.sensitivities(i)
            known = bool(self.touched[i]) or not unseen
            gradient[name].add(sum(self.slopes[i].values(), mpf(0)) if known else None, of_first, summed)
            if name == first:
                smooth = known and not (self.kinks[i] or self.joints[i])
                second = sum((self.curvature(i, k) for k in self.touched[i]), mpf(0)) if smooth else None
                hessian.add(second, of_second if smooth else 0.0, summed)
        return with_reductions(
            none, count(self.case, {**self.inputs, **self.options}, len(self.base)), gradient, hessian
        )

    def sensitivities(self, i: int) -> tuple[float, float]:
        """Return the conditions of the first and the second derivative by one element; a kink adds nothing."""
        h, first, second = self.steps[i], 0.0, 0.0
        for j in range(self.n):
            kinks = self.kinks[i] | self.joints[i] | self.kinks[j] | self.joints[j]
            common = (self.reach[i] & self.reach[j]) - kinks
            if not common or not mpmath.isfinite(self.x[j]):
                continue
            mixed, third = mpf(0), mpf(0)
            for k in common:
                if i == j:
                    mixed += self.second(i, k) / h**2
                    third += (self.second(i, k, 1) - self.second(i, k)) / h**3
                    continue
                both, apart, beside = self.both[i, j][k], self.apart[i, j][k], self.up[j][k]
                mixed += (both - self.up[i][k] - beside + self.base[k]) / (h * self.steps[j])
                third += (both - 2 * beside + apart - self.second(i, k)) / (h**2 * self.steps[j])
            first += float(abs(mixed * self.x[j]))
            second += float(abs(third * self.x[j]))
        return first, second


@functools.cache
def structure(case: Case) -> list[set[int]]:
    """Return which outputs each place of the inputs touches at ordinary points, by steps small and large."""
    found: list[set[int]] = []
    for point in case.points:
        inputs, options = exact_inputs(point.inputs("float64")), exact_inputs(point.options("float64"))
        base = flat(case.formula(**inputs, **options))
        places = [(name, path) for name, tree in inputs.items() for path in _paths(tree) if _is_real(tree, path)]
        found = found or [set() for _ in places]
        for touched, (name, path) in zip(found, places, strict=True):
            for step in (mpf(1) / 64, mpf(8), mpf(-8)):
                moved = {**inputs, name: _set(inputs[name], path, _get(inputs[name], path) + step)}
                values = flat(case.formula(**moved, **options))
                touched |= {k for k, (a, b) in enumerate(zip(values, base, strict=True)) if a != b}
    return found


def with_reductions(none: Numbers, count: Any, gradient: dict[str, Numbers], hessian: Numbers | None) -> Truth:
    """Return the truth with sum and mean of the unreduced loss."""
    total = Numbers([sum(none.true)], [sum(none.condition)], [len(none.true) * max(none.terms, default=1)])
    divisor = count or 1
    mean = Numbers([total.true[0] / divisor], [total.condition[0] / float(divisor)], total.terms)
    return Truth(none, total, mean, count, gradient, hessian)


def count(case: Case, arguments: dict[str, Any], elements: int) -> Any:
    """Return what all elements of the unreduced loss count for in the mean."""
    return mpf(elements) if case.count is None else sum(flat(call_with_known(case.count, arguments)))


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
    """Return the numbers of nested lists and dictionaries in order."""
    parts: Iterable[Any] = tree.values() if isinstance(tree, dict) else tree
    return [x for part in parts for x in flat(part)] if isinstance(tree, (list, dict)) else [tree]


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
