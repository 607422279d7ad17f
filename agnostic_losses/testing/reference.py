"""The truth of a loss from its own source: in hundreds of digits, with derivatives by differences of its values.

Differences do not believe in rules of differentiation: kinks that cancel in the value, and do not in what a framework
makes of them, are found. At a true kink the derivative is the least-norm one. A wrong formula is wrong here, too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import mparray
import mpmath
import numpy as np

from agnostic_losses.testing.criterion import Numbers, Truth
from agnostic_losses.testing.frameworks import Framework
from agnostic_losses.testing.modes import Function

STEPS = {"float32": mpmath.mpf(10) ** -25, "float64": mpmath.mpf(10) ** -160}
"""The step of differences, relative below 1; their error is its square, which must vanish beside a dtype's tiniest."""

PRECISIONS = {"float32": (160, 2500, 6000, 12000), "float64": (700, 2500, 6000, 12000)}
"""Digits that the source is run in, the fewest that give the same values as the next: second differences lose two
steps' worth, numbers as small as a dtype has them beside 1 need 45 and 308 more, a formula that cancels any number.
The last are for comparison alone."""

CHANGE = mpmath.mpf(10) ** -20
"""The relative changes of all inputs that conditions are estimated from: far below any dtype, far beyond the step."""

SIGNS = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]])
"""Of these changes, one row each time: orthogonal, so that what neighbours add to a result can't hide by cancelling."""

ROUNDING = mpmath.mpf(10) ** -36
"""Relative errors that second differences of values may have: these may change what they came from by `CHANGE`."""

SAME = mpmath.mpf(10) ** -15
"""Second derivatives on both sides that differ relatively by less are one."""

FLAT = mpmath.mpf(10) ** -5
"""Second derivatives below are compared as if they were this: where they are 0, nothing is relative."""

MPARRAY = Framework(
    "mparray",
    array=mparray.asarray,
    numpy=lambda x: np.asarray(x._data, dtype=object),
    array_type=type(mparray.asarray(0.0)),
    cast=lambda x, dtype: x,
    modes={},
    device=lambda x: "cpu",
)
"""Arrays of mpmath's numbers; `mpmath.mp.dps` says how many digits they have."""


@dataclass(frozen=True)
class Derivatives:
    """What differences tell of a function at a point.

    Attributes
    ----------
    slope : mpf or None
        The derivative, of least norm at a kink; None at a vertical tangent, and at the end of the domain.
    second : mpf or None
        The second derivative; None at a kink of the function or of its slope.
    kink : bool
        Whether the slope jumps.
    """

    slope: Any
    second: Any
    kink: bool = False


class Line:
    """The sum of a loss as a function of one element of its arguments, in steps from where it is."""

    def __init__(self, loss: Function, arrays: Sequence[Any], n: int, place: int, step: Any) -> None:
        self.loss, self.arrays, self.n = loss, arrays, n
        shape = arrays[n].shape
        x = MPARRAY.numpy(arrays[n]).ravel()[place]
        self.step = step * (min(abs(x), mpmath.mpf(1)) if mpmath.isfinite(x) and x else 1)
        unit = np.zeros(math.prod(shape))
        unit[place] = 1.0
        self.direction = mparray.asarray(unit.reshape(shape)) * self.step

    def at(self, steps: int) -> Any:
        """Return the sum some steps away."""
        arrays = list(self.arrays)
        arrays[self.n] = arrays[self.n] + steps * self.direction
        return sum(numbers(self.loss(*arrays)))


def truth(
    loss: Function, arrays: Sequence[np.ndarray[Any, Any]], owners: Sequence[str], argnums: Sequence[int]
) -> Truth:
    r"""Return the truth of a loss: its values, the gradient of their sum, and second derivatives by one argument.

    The condition of a number is estimated: under relative changes :math:`\pm h` of all n inputs it moves by
    :math:`h \sum_j \pm a_j`, whose mean square is :math:`h^2 \sum_j a_j^2`, and :math:`\sum_j |a_j|` is at most
    :math:`\sqrt n` times the root of that.

    Parameters
    ----------
    loss : callable
        Takes and returns arrays of mparray.
    arrays : sequence of NumPy arrays
        Its arguments.
    owners : sequence of str
        Their names.
    argnums : sequence of int
        The positions of those to differentiate by; second derivatives are those by the first.

    Raises
    ------
    ValueError
        If the loss is not a number at these arguments, or another one in every precision.
    """
    exact = [MPARRAY.array(x) for x in arrays]
    with mpmath.workdps(digits(loss, arrays)):
        values = numbers(loss(*exact))
        if any(map(mpmath.isnan, values)):
            raise ValueError("the loss is not a number at these inputs, in any precision: they are outside its domain")
        step = STEPS[arrays[argnums[0]].dtype.name]
        elements = [(n, place, step) for n in argnums for place in range(arrays[n].size)]
        found = [derivatives(Line(loss, exact, *element), sum(values)) for element in elements]
        slopes, seconds = [each.slope for each in found], [each.second for each in found]
        # At a kink the slope jumps, which is no condition: floats are as exactly there as the truth.
        smooth = [None if each.kink else each.slope for each in found]
        before = [*values, sum(values), *smooth, *seconds]
        moved = [_where_smooth(loss, changed, elements) for changed in _changed(exact, arrays)]
        size = sum(x.size for x in arrays if x.dtype.kind == "f")
        conditions = [_condition(one, after, size) for one, after in zip(before, zip(*moved, strict=True), strict=True)]
    conditions[len(values)] += float(sum(map(abs, values)))  # its terms may cancel, rounding errors and all
    ends = np.cumsum([0, len(values), 1, *(arrays[n].size for n in argnums), *(arrays[n].size for n in argnums)])
    everything = [*values, sum(values), *slopes, *seconds]
    parts = [
        Numbers(everything[start:end], conditions[start:end], [max(1, len(elements))] * (end - start))
        for start, end in pairwise(ends.tolist())
    ]
    gradient = {owners[n]: part for n, part in zip(argnums, parts[2:], strict=False)}
    return Truth(parts[0], parts[1], parts[1], len(values), gradient, parts[2 + len(argnums)])


def derivatives(line: Line, middle: Any) -> Derivatives:
    """Return the derivatives of a function on a line, from its values at most two steps away."""
    far_left, left, right, far_right = map(line.at, (-2, -1, 1, 2))
    if not all(map(mpmath.isfinite, (far_left, left, middle, right, far_right))):
        return Derivatives(None, None)
    step = line.step
    beyond_left, before, after, beyond_right = (
        (left - far_left) / step,
        (middle - left) / step,
        (right - middle) / step,
        (far_right - right) / step,
    )
    # On each side extrapolated to the point, as if the curvature there went on.
    on_left, on_right = (3 * before - beyond_left) / 2, (3 * after - beyond_right) / 2
    # Slopes of something smooth differ as much between two steps farther out as they do here.
    rounding = abs(middle) / step * mpmath.mpf(10) ** (20 - mpmath.mp.dps)
    if abs(after - before) > 10 * (abs(before - beyond_left) + abs(beyond_right - after)) + rounding:
        return Derivatives(_least(on_left, on_right), None, kink=True)
    if _vertical(before, beyond_left) or _vertical(after, beyond_right):
        return Derivatives(None, None)
    bent_left, bent_right = (before - beyond_left) / step, (beyond_right - after) / step
    bound = SAME * max(abs(bent_left), abs(bent_right), FLAT) + rounding / step
    second = (after - before) / step if abs(bent_right - bent_left) <= bound else None
    return Derivatives((on_left + on_right) / 2, second)


def _vertical(slope: Any, beyond: Any) -> bool:
    """Whether slopes grow without end towards a point, as those of a square root do."""
    return bool(abs(slope) > 1 and abs(slope) > abs(beyond) * (1 + SAME))


def numbers(array: Any) -> list[Any]:
    """Return the numbers of an array of mparray, flat; what is complex is none."""
    if not isinstance(array, MPARRAY.array_type):
        raise TypeError(f"the loss must return an array, got {type(array).__name__}")
    return [mpmath.nan if isinstance(x, mpmath.mpc) else mpmath.mpf(x) for x in MPARRAY.numpy(array).ravel().tolist()]


def digits(loss: Function, arrays: Sequence[np.ndarray[Any, Any]]) -> int:
    """Return how many digits are enough: of inputs very large or very small, second differences need more."""
    floating = [x for x in arrays if x.dtype.kind == "f"]
    sizes = np.abs(np.concatenate([x.ravel() for x in floating]).astype(np.float64))
    sizes = sizes[np.isfinite(sizes) & (sizes > 0.0)]
    more = 2 * math.ceil(float(np.max(np.abs(np.log10(sizes)), initial=0.0)))
    dtype = floating[0].dtype.name
    tiny, close = float(np.finfo(dtype).tiny), STEPS[dtype] ** 2 * ROUNDING
    for enough, many in pairwise(PRECISIONS[dtype]):
        few = _in_digits(loss, arrays, enough + more)
        if any(map(mpmath.isnan, few)):
            return enough + more
        # An infinite value may be one that no float can tell from it, or a cancellation of thousands of digits.
        most = PRECISIONS[dtype][-1] if any(map(mpmath.isinf, few)) else many
        better = _in_digits(loss, arrays, most + more)
        with mpmath.workdps(most + more):
            if all(x == y or abs(x - y) <= close * max(abs(y), tiny) for x, y in zip(few, better, strict=True)):
                return enough + more
    raise ValueError(f"the loss has other values in {many} digits than in {enough}: it has none at these inputs")


def _in_digits(loss: Function, arrays: Sequence[np.ndarray[Any, Any]], dps: int) -> list[Any]:
    with mpmath.workdps(dps):
        return numbers(loss(*[MPARRAY.array(x) for x in arrays]))


def _least(before: Any, after: Any) -> Any:
    """Return the number of least norm between two."""
    return mpmath.mpf(0) if before * after <= 0 else min(before, after, key=abs)


def _changed(exact: Sequence[Any], arrays: Sequence[np.ndarray[Any, Any]]) -> Iterator[list[Any]]:
    """Yield the arrays with a relative change of every floating element, up or down."""
    numbers_of = np.cumsum([0, *(x.size for x in arrays)])
    flips = np.random.default_rng(0).choice([-1.0, 1.0], size=int(numbers_of[-1]))
    for row in SIGNS:
        signs = flips * np.resize(row, flips.shape)
        yield [
            x * (1.0 + CHANGE * mparray.asarray(signs[start : start + plain.size].reshape(plain.shape)))
            if plain.dtype.kind == "f"
            else x
            for x, plain, start in zip(exact, arrays, numbers_of, strict=False)
        ]


def _where_smooth(loss: Function, arrays: Sequence[Any], elements: Sequence[tuple[int, int, Any]]) -> list[Any]:
    """Return values, sum, slopes and second derivatives, without a look for kinks."""
    values, slopes, seconds = numbers(loss(*arrays)), [], []
    middle = sum(values)
    for element in elements:
        line = Line(loss, arrays, *element)
        left, right = line.at(-1), line.at(1)
        slopes.append((right - left) / (2 * line.step))
        seconds.append((left - 2 * middle + right) / line.step**2)
    return [*values, middle, *slopes, *seconds]


def _condition(before: Any, after: Sequence[Any], size: int) -> float:
    """Return what relative errors of 1 in all inputs would add to a number; 0 where that is not defined."""
    if before is None:
        return 0.0
    squares = [((other - before) / CHANGE) ** 2 for other in after]
    found = float(mpmath.sqrt(size * sum(squares) / len(squares)))
    return found if math.isfinite(found) else 0.0
