"""What a property is checked on: batches of a case with a mask, weights, a split and an order, drawn by hypothesis.

hypothesis draws and shrinks on NumPy and torch. JAX and TensorFlow compile for each shape, and array-api-strict is
slow: there the same properties run on `fixed` draws. What is true of every loss stands in `test_invariants.py` and
`test_properties.py`, not here.
"""

from __future__ import annotations

import dataclasses
import functools
import zlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import hypothesis
import mpmath
import numpy as np
import pytest
from hypothesis import strategies as st

from conformance.calls import Call, replaced
from conformance.case import Case, Point, Tree, leaves, map_leaves
from conformance.cases import first_of_families
from conformance.differences import call_with_known, exact_inputs, flat
from conformance.domains import Array, Domain, Flag, LogSimplex, Probability, Real, Simplex
from conformance.frameworks import FRAMEWORKS, JAX, NUMPY, TENSORFLOW, TORCH, Framework
from conformance.particular_domains import Shared

EXAMPLES = 7
MOST_ROWS = 8
WEIGHTS = (1.0, 0.0, 2.0, 3.0, 0.5)
FAR = 1e4

QUICKLY = hypothesis.settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    print_blob=True,
    report_multiple_bugs=False,
    phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
)


@dataclass(frozen=True, eq=False)
class Batch:
    """Arguments and options of a case, and what is known of their rows.

    Attributes
    ----------
    name : str
        Loss, options and draw, as a failure shows them.
    """

    case: Case
    inputs: dict[str, Tree]
    options: dict[str, Any]
    name: str
    dtype: str = "float64"

    @property
    def rows(self) -> int:
        """The length of the batch."""
        first = next(leaves(next(iter(self.inputs.values()))))
        return int(first.shape[self.axis_of(first)])

    def call(self, framework: Framework, **extra: Any) -> Call:
        """Return the loss with these arguments on a backend."""
        return Call(self.case, framework, self.inputs, self.options, **extra)

    def none(self, framework: Framework = NUMPY, **extra: Any) -> Array:
        """Return the unreduced loss."""
        return self.call(framework, **extra).value("none")

    def counts(self, where: Array | None = None) -> Array:
        """Return what each element of the unreduced loss counts for in the mean.

        Where rows are compared with each other, those under a mask are missing for the others, too.
        """
        shape = self.none().shape
        if self.case.count is None or not self.rows:
            return np.ones(shape)
        if where is not None and not (self.case.info.additive or self.case.masked):
            counts, kept = np.zeros(shape), np.flatnonzero(where)
            counts[kept] = self.at(kept).counts()
            return counts
        known = call_with_known(self.case.count, exact_inputs({**self.inputs, **self.options}))
        return np.asarray([float(number) for number in flat(known)]).reshape(shape)

    def axis_of(self, array: Array) -> int:
        """Return the axis of the rows: the second one of arrays with classes first."""
        first = next(leaves(next(iter(self.inputs.values()))))
        return int(self.case.turned and array.ndim == first.ndim)

    def each(self, change: Callable[[Array, int], Array], name: str) -> Batch:
        """Return the batch with every array changed that has rows; the function gets the axis of the rows, too."""

        def with_axis(array: Array) -> Array:
            return change(array, self.axis_of(array))

        inputs = {key: map_leaves(with_axis, tree) for key, tree in self.inputs.items()}
        options = {key: with_axis(value) if _is_flag(value) else value for key, value in self.options.items()}
        return dataclasses.replace(self, inputs=inputs, options=options, name=f"{self.name}, {name}")

    def at(self, rows: Any) -> Batch:
        """Return the batch of some rows, in that order."""
        chosen = np.arange(self.rows)[rows]
        return self.each(lambda array, axis: np.take(array, chosen, axis=axis), f"rows {chosen.tolist()}")

    def beside(self, other: Batch) -> Batch:
        """Return both batches along a new leading axis."""
        inputs = {
            key: map_leaves(lambda a, b: np.stack([a, b]), tree, other.inputs[key]) for key, tree in self.inputs.items()
        }
        flags = {key: np.stack([value, other.options[key]]) for key, value in self.options.items() if _is_flag(value)}
        options = {**self.options, **flags}
        axis = options.get("axis", -1)
        if isinstance(axis, int) and axis >= 0:
            options["axis"] = axis + 1
        return dataclasses.replace(self, inputs=inputs, options=options, name=f"{other.name}, both stacked")

    def covered(self, where: Array, array: Array) -> Array:
        """Return a mask of the unreduced loss in the shape of an argument."""
        missing, axes = array.ndim - where.ndim, self.options.get("axis", -1)
        if missing and self.case.samples_first:
            where = where.reshape(*where.shape, *[1] * missing)
        else:
            for _ in range(min(missing, 1) if isinstance(axes, tuple) else missing):
                where = np.expand_dims(where, axes)
        return np.broadcast_to(where, array.shape)

    def poisoned(self, where: Array, poison: float) -> Batch:
        """Return the batch with the excluded places overwritten; labels get one out of range."""
        excluded = self.case.masked or tuple(self.inputs)

        def spoil(array: Array) -> Array:
            return np.asarray(replaced(array, poison, ~self.covered(where, array)))

        inputs = {key: map_leaves(spoil, tree) if key in excluded else tree for key, tree in self.inputs.items()}
        return dataclasses.replace(self, inputs=inputs, name=f"{self.name}, {poison} under the mask")


@dataclass(frozen=True)
class Drawn:
    """A draw: few numbers that shrink well, and the arrays that follow from them.

    Attributes
    ----------
    option : int
        Which of the case's sets of options.
    rows, seed : int
        The length of the batch, and the seed of its ordinary values.
    special : tuple of (int, int)
        Places, and which special value of the domain stands there.
    excluded : int
        The bits of what the mask excludes.
    weights : tuple of float
        Repeated over the unreduced loss.
    split : int
        Where the batch is cut in two.
    order : tuple of int
        A permutation of the rows.
    """

    case: Case = field(repr=False)
    option: int = 0
    rows: int = 3
    seed: int = 0
    special: tuple[tuple[int, int], ...] = ()
    excluded: int = 0
    weights: tuple[float, ...] = (1.0,)
    split: int = 0
    order: tuple[int, ...] = ()

    def __str__(self) -> str:
        rest = ", ".join(f"{key}={getattr(self, key)}" for key in ("rows", "seed", "special"))
        return f"{Point(self.case, self.option).name}, {rest}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))  # hypothesis would print the whole case

    def ordinary(self) -> Drawn:
        """Return the draw without special values."""
        return dataclasses.replace(self, special=())

    def batch(self, dtype: str = "float64") -> Batch:
        """Return the arrays."""
        case = self.case
        rng = np.random.default_rng([zlib.crc32(case.name.encode()), self.option, self.seed])
        domains = {
            name: map_leaves(lambda domain: resized(domain, case, self.rows), tree)
            for name, tree in case.inputs.items()
        }
        inputs = {
            name: map_leaves(lambda domain: np.asarray(domain.draw(rng, dtype)), tree) for name, tree in domains.items()
        }
        for place, number in self.special:
            put(domains, inputs, place, number, dtype)
        return Batch(case, inputs, self._options(rng, dtype), str(self), dtype)

    def _options(self, rng: np.random.Generator, dtype: str) -> dict[str, Any]:
        options = dict(self.case.options[self.option])
        for name, value in options.items():
            if isinstance(value, Flag):
                value = resized(value, self.case, self.rows)
            options[name] = value.draw(rng, dtype) if isinstance(value, Domain) else value
        return options

    def where(self) -> Array:
        """Return the mask in the shape of the unreduced loss."""
        shape = loss_shape(self.case, self.option, self.rows)
        bits = [not self.excluded >> place & 1 for place in range(int(np.prod(shape)))]
        return np.asarray(bits, dtype=bool).reshape(shape)

    def kept(self) -> list[int]:
        """Return the rows that stay when those of the first bits are dropped."""
        return [row for row in range(self.rows) if not self.excluded >> row & 1]

    def weighted(self) -> Array:
        """Return the weights in the shape of the unreduced loss."""
        return np.resize(np.asarray(self.weights), loss_shape(self.case, self.option, self.rows))


def fixed(case: Case) -> list[Drawn]:
    """Return the draws for the backends that compile for each shape: one, with the last options.

    Every property makes batches of two rows or four of it: split, dropped and repeated.
    """
    return [
        Drawn(
            case,
            option=len(case.options) - 1,
            rows=4,
            seed=7,
            special=((0, 0), (4, 3), (7, 7)),
            excluded=0b0110_1011_0101,
            weights=(2.0, 0.0, 1.0, 1.0),
            split=2,
            order=(2, 0, 3, 1),
        )
    ]


@st.composite
def draws(draw: st.DrawFn, case: Case, least: int = 0) -> Drawn:
    """Draw anything that a property needs."""
    option, rows = draw(st.integers(0, len(case.options) - 1)), draw(st.integers(least, MOST_ROWS))
    size = int(np.prod(loss_shape(case, option, rows)))
    drawn = Drawn(
        case,
        option,
        rows,
        seed=draw(st.integers(0, 2**16)),
        special=tuple(draw(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 7)), max_size=3))),
        excluded=draw(st.integers(0, 2**size - 1)),
        weights=tuple(draw(st.lists(st.sampled_from(WEIGHTS), min_size=1, max_size=5))),
        split=draw(st.integers(0, rows)),
        order=tuple(draw(st.permutations(range(rows)))),
    )
    return drawn if representable(drawn) else drawn.ordinary()


def holds_for(cases: Sequence[Case], least: int = 0) -> Callable[[Callable[[Drawn, Framework], None]], Any]:
    """Make a test of a property: for each case and backend, on draws of hypothesis or on fixed ones.

    JAX compiles each operation for each shape: there, one case a family stands for the others, and in an ordinary run
    the few that are `thorough` stand for all. An ordinary run has one case a family on TensorFlow.
    """
    thorough = {case for case in cases if case.thorough}
    some = thorough | first_of_families(cases)
    ordinary: dict[Framework, Collection[Case]] = {JAX: thorough, TENSORFLOW: some}
    both = [
        pytest.param(
            *(case, framework),
            id=f"{case.name}-{framework}",
            marks=() if case in ordinary.get(framework, cases) else pytest.mark.exhaustive,
        )
        for case in cases
        for framework in FRAMEWORKS
        if framework is not JAX or case in some
    ]

    def decorate(holds: Callable[[Drawn, Framework], None]) -> Any:
        def test(case: Case, framework: Framework) -> None:
            if framework not in (NUMPY, TORCH):
                for drawn in fixed(case):
                    holds(drawn, framework)
                return

            @QUICKLY
            @hypothesis.seed(zlib.crc32(case.name.encode()))
            @hypothesis.given(draws(case, least))
            def search(drawn: Drawn) -> None:
                holds(drawn, framework)

            search()

        test.__name__, test.__doc__, test.__module__ = holds.__name__, holds.__doc__, holds.__module__
        return pytest.mark.parametrize(("case", "framework"), both)(test)

    return decorate


@functools.cache
def representable(drawn: Drawn) -> bool:
    """Whether the true loss has no number beyond float64; where the formula is undefined, ours has to be finite."""
    if not drawn.special or not drawn.rows:
        return True
    batch = drawn.batch()
    with mpmath.workdps(30):
        try:
            true = flat(drawn.case.formula(**exact_inputs(batch.inputs), **exact_inputs(batch.options)))
        except (ZeroDivisionError, ValueError):
            return True
    return not any(abs(number) > float(np.finfo("float64").max) for number in true)


def resized(domain: Domain, case: Case, rows: int) -> Domain:
    """Return the domain for a batch of another length; one with more rows than the first argument keeps the surplus."""
    if isinstance(domain, Shared):
        return domain
    first = next(leaves(next(iter(case.inputs.values()))))
    axis = int(case.turned and len(domain.shape) == len(first.shape))
    shape = list(domain.shape)
    if shape:
        shape[axis] = max(0, shape[axis] + rows - first.shape[int(case.turned)])
    return dataclasses.replace(domain, shape=tuple(shape))


@functools.cache
def loss_shape(case: Case, option: int, rows: int) -> tuple[int, ...]:
    """Return the shape of the unreduced loss."""
    return tuple(Drawn(case, option, rows).batch().none().shape)


def special_values(domain: Domain, dtype: str) -> list[Any]:
    """Return where formulas break: for an element, or for a vector along the axis of a simplex."""
    info = np.finfo(dtype)
    if isinstance(domain, Real):
        return [0.0, float(info.tiny), -float(info.tiny), 1.0, -1.0, FAR, -FAR]
    if isinstance(domain, Probability):
        return [0.0, float(info.tiny), 0.5, 1.0 - float(info.epsneg), 1.0]
    if isinstance(domain, Simplex):
        n = domain.shape[domain.axis]
        last = np.eye(n)[-1]
        if isinstance(domain, LogSimplex):
            return [np.full(n, -np.log(n)), FAR * (last - 1.0), FAR * (last[::-1] - 1.0)]
        return [np.full(n, 1.0 / n), last, last[::-1]]
    return []


def units(domain: Domain, array: Array) -> tuple[Array, tuple[int, ...]]:
    """Return a view of what special values replace, vectors or elements, and the shape of its indices."""
    if isinstance(domain, Simplex):
        vectors = np.moveaxis(array, domain.axis, -1)
        return vectors, vectors.shape[:-1]
    return array, array.shape


def put(domains: Tree, inputs: Tree, place: int, number: int, dtype: str) -> None:
    """Write a special value into the inputs; the places of all arguments are numbered through, and begin again."""
    pairs = list(zip(leaves(list(domains.values())), leaves(list(inputs.values())), strict=True))
    places = [
        (domain, units(domain, array)[0], index)
        for domain, array in pairs
        if special_values(domain, dtype)
        for index in np.ndindex(units(domain, array)[1])
    ]
    if not places:
        return
    domain, view, index = places[place % len(places)]
    values = special_values(domain, dtype)
    first = pairs[0]
    if type(domain) is type(first[0]) and domain.shape == first[0].shape:
        values.append(units(*first)[0][index])  # equal inputs
    view[index] = values[number % len(values)]


def put_everywhere(drawn: Drawn, choices: Sequence[dict[str, int]], dtype: str) -> Batch:
    """Return the batch with rows full of special values: for each row, their numbers by argument."""
    batch = drawn.batch(dtype)
    for name, tree in batch.inputs.items():
        for array, domain in zip(leaves(tree), leaves(drawn.case.inputs[name]), strict=True):
            values, view = special_values(domain, dtype), units(domain, array)[0]
            for row, choice in enumerate(choices):
                if name not in choice:
                    continue
                value, axis = values[choice[name]], batch.axis_of(array)
                if isinstance(domain, Simplex):
                    axis -= domain.axis % array.ndim < axis
                where: tuple[Any, ...] = (slice(None),) * axis + (row,) if drawn.case.reduces else (...,)
                view[where] = value
    return dataclasses.replace(batch, name=f"{batch.name}, special values")


def _is_flag(value: Any) -> bool:
    """Whether an option is an array with rows: a mask of items, or their segments."""
    return isinstance(value, np.ndarray) and value.dtype.kind in "bi"
