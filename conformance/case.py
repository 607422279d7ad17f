"""What a case of a loss is, and the points that are drawn from it. The cases themselves are in `cases/`.

A case knows nothing of frameworks. Its formula is written on mpmath scalars after the textbook, and shares no code
with the package.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

import agnostic_losses as al
from agnostic_losses.testing.criterion import HALVES
from conformance.domains import KINDS, MANY, Domain, Flag

Tree = Any
"""An array, or lists and dictionaries of arrays."""


@dataclass(frozen=True)
class Exact:
    """A point whose value and gradient are known: a kink, a zero, a tie, an end of the domain.

    Attributes
    ----------
    why : str
        What is special there; the test id.
    inputs : mapping
        Nested lists, by argument.
    value : nested list
        The unreduced loss.
    gradient : mapping
        Nested lists, by argument: the gradient of the sum. Arguments that are absent are not compared.
    hessian : nested list, optional
        The diagonal of the second derivatives of the sum by the first argument.
    options : mapping
        Keyword arguments of the loss.
    """

    why: str
    inputs: Mapping[str, Tree]
    value: Tree
    gradient: Mapping[str, Tree] = field(default_factory=dict)
    hessian: Tree = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Looser:
    """A bound that is wider than the criterion, with the reason; it fails when it is not needed any more.

    Attributes
    ----------
    what : str
        "value", "gradient" or "hessian".
    reason : str
        Why no implementation of reasonable cost is nearer to the truth.
    factor : float
        What the bound is multiplied by.
    eps : float
        What is added to it, in the machine epsilon: for differences of numbers of about that size.
    argument : str
        The argument whose gradient it holds for; empty for all.
    backends : tuple of str
        Those that it holds for; empty for all.
    dtypes : tuple of str
        Those that it holds for.
    kinds : tuple of str
        The kinds of points that it holds for; empty for all.
    """

    what: Literal["value", "gradient", "hessian"]
    reason: str
    factor: float = 1.0
    eps: float = 0.0
    argument: str = ""
    backends: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ("float32", "float64")
    kinds: tuple[str, ...] = ()

    def holds(self, what: str, argument: str, backend: str, dtype: str, kind: str = "ordinary") -> bool:
        """Whether it holds for a result."""
        return (
            self.what == what
            and self.argument in ("", argument)
            and dtype in self.dtypes
            and (not self.kinds or kind in self.kinds)
            and (not self.backends or backend in self.backends)
        )


def rounded_apart(what: str, eps: float) -> Looser:
    """Return the bound of a square of differences whose terms are equal, and rounded in two ways."""
    reason = f"XLA rounds {what} apart, and the square of that is left"
    return Looser("value", reason, eps=eps, backends=("jax",), kinds=("equal",))


@dataclass(frozen=True, eq=False)
class Case:
    """How one loss is tested.

    Attributes
    ----------
    loss : str
        Its public name.
    formula : callable
        From the arguments as nested lists of mpf, by name, to the unreduced loss.
    inputs : mapping
        The domain of each array argument, or lists and dictionaries of domains, in the order of the signature.
    options : tuple of mappings
        Sets of keyword arguments; a domain among them stands for an array of the tested dtype.
    label : str
        Tells two cases of one loss apart.
    constant : tuple of str
        Floating arguments through which no gradient flows, by definition.
    held : mapping of str to str
        Parameters of the formula that take an argument as it is, whatever is varied: what the loss holds constant of an
        argument that it differentiates elsewhere.
    rounding : str
        The class of the formula, which decides how many units in the last place are allowed: "algebraic" (4),
        "transcendental" (8, one such function), "composite" (24, products and differences of several).
    coupled : None, int, tuple of int or "all"
        Which elements of the first argument interact, as in `agnostic_losses.hessian_diagonal`.
    count : callable, optional
        From the same arguments to what each element counts for in the mean; 1 when absent.
    exact : tuple of Exact
        Points that are known exactly.
    without : mapping
        The kinds of extreme points that it has not, each with the reason; a pair of kind and number is one set of its
        options alone. All other kinds that its domains know are among its points.
    uncurved : mapping of str to str
        The kinds of points, or the modes, in which second derivatives are not compared, each with the reason.
    looser : tuple of Looser
        Wider bounds.
    masked : tuple of str
        The arguments that the mask excludes rows of; empty for all.
    samples_first : bool
        Whether the first axis, and no other, is that of the samples, by definition of the loss.
    coarse : mapping of int to pair of int and str
        The digits to which the package's own source agrees with the formula in any precision, where they are fewer
        than 40, and the reason; by the number of the options.
    thorough : bool
        Whether every mode has all options and both dtypes, and torch's C++ compiler is among the modes; a few cases do.
    """

    loss: str
    formula: Callable[..., Tree]
    inputs: Mapping[str, Any]
    options: tuple[Mapping[str, Any], ...] = ({},)
    label: str = ""
    constant: tuple[str, ...] = ()
    held: Mapping[str, str] = field(default_factory=dict)
    rounding: Literal["algebraic", "transcendental", "composite"] = "transcendental"
    coupled: int | tuple[int, ...] | Literal["all"] | None = None
    count: Callable[..., Tree] | None = None
    exact: tuple[Exact, ...] = ()
    without: Mapping[str | tuple[str, int], str] = field(default_factory=dict)
    uncurved: Mapping[str, str] = field(default_factory=dict)
    looser: tuple[Looser, ...] = ()
    masked: tuple[str, ...] = ()
    samples_first: bool = False
    coarse: Mapping[int, tuple[int, str]] = field(default_factory=dict)
    thorough: bool = False

    @property
    def name(self) -> str:
        """The test id."""
        return f"{self.loss}-{self.label}" if self.label else self.loss

    @property
    def info(self) -> Any:
        """The entry of the registry."""
        return al.LOSSES[self.loss]

    @property
    def reduces(self) -> bool:
        """Whether the loss has weights, mask and reduction; penalties have none, and their signature says so."""
        return "where" in inspect.signature(self.info.function).parameters

    @property
    def by_rows(self) -> bool:
        """Whether rows along the first axis of all inputs are examples by themselves, each with its own loss.

        It is the loss that says so (a contrastive one compares all rows), unless the case turns the axes around.
        """
        return self.reduces and self.info.additive and not self.turned

    @property
    def turned(self) -> bool:
        """Whether it turns the axes around, and is a second case of a loss."""
        return any(options.get("axis", -1) == 0 for options in self.options)

    @functools.cached_property
    def points(self) -> tuple[Point, ...]:
        """All ordinary points, one a set of options."""
        return tuple(Point(self, number) for number in range(len(self.options)))

    @functools.cached_property
    def known_kinds(self) -> tuple[str, ...]:
        """The kinds of extreme points that its domains and options have; the mixture alone where axes are turned."""
        arrays = list(leaves(list(self.inputs.values())))
        kinds = {"extreme", "one element", *(kind for array in arrays for kind in array.special("float64"))}
        if sum(array.floating for array in arrays) < 2:
            kinds.discard("first zero")
        if "temperature" in inspect.signature(self.info.function).parameters:
            kinds.add("cold")
        if any(_comparable(first, second) for first, second in itertools.permutations(self.inputs.values(), 2)):
            kinds.add("equal")
        return ("extreme",) if self.turned else tuple(kind for kind in KINDS if kind in kinds)

    @functools.cached_property
    def extreme_points(self) -> tuple[Point, ...]:
        """One point of each kind that its domains know for each set of options; other shapes with the first alone."""
        return tuple(
            Point(self, number, kind)
            for kind in self.known_kinds
            for number in range(len(self.options))
            if not (kind in self.without or (kind, number) in self.without or (number and kind in SHAPES))
        )

    def domains(self, kind: str) -> Mapping[str, Any]:
        """Return the domains of its inputs in the shapes of a kind of point."""
        return map_leaves(SHAPES.get(kind, lambda domain: domain), dict(self.inputs))  # type: ignore[no-any-return]


SHAPES: dict[str, Callable[[Domain], Domain]] = {
    "one class": lambda domain: domain.with_classes(1),
    "one element": lambda domain: domain.single(),
    "10000 classes": lambda domain: domain.single().with_classes(MANY),
}
"""The kinds of points whose arrays have other shapes than the ordinary ones."""

OF_THE_FIRST = ("extreme", "first zero")
"""The kinds of points that concern the first argument alone."""

COLD = 2.0**-10
"""A temperature that every dtype represents exactly."""


@dataclass(frozen=True)
class Point:
    """A case with one set of its options and drawn inputs; `domains.py` says what the kinds are."""

    case: Case
    number: int = 0
    kind: str = "ordinary"

    @property
    def name(self) -> str:
        """The test id."""
        kind = "" if self.kind == "ordinary" else self.kind
        return "-".join(part for part in (self.case.name, self.options_text, kind) if part)

    @property
    def by_rows(self) -> bool:
        """Whether examples can be taken one by one: no option has a value for each of them."""
        return self.case.by_rows and not any(
            isinstance(value, Flag) for value in self.case.options[self.number].values()
        )

    @property
    def options_text(self) -> str:
        """The options, as a call has them."""
        return ",".join(f"{key}={_brief(value)}" for key, value in self.case.options[self.number].items())

    def inputs(self, dtype: str) -> dict[str, Tree]:
        """Return the arguments as NumPy arrays, always the same ones."""
        return _draw(self, dtype)[0]

    def options(self, dtype: str) -> dict[str, Any]:
        """Return the keyword arguments; arrays among them are NumPy arrays."""
        return _draw(self, dtype)[1]


@functools.cache
def _draw(point: Point, dtype: str) -> tuple[dict[str, Tree], dict[str, Any]]:
    if dtype in HALVES:
        inputs, options = _draw(point, "float32")
        return map_leaves(functools.partial(_rounded, dtype=dtype), inputs), {
            name: _rounded(value, dtype) if isinstance(value, np.ndarray) else value for name, value in options.items()
        }
    case, shaped = point.case, SHAPES.get(point.kind, lambda domain: domain)
    rng = np.random.default_rng(zlib.crc32(f"{case.name}:{point.number}:{point.kind}".encode()))
    inputs: dict[str, Tree] = {}
    for place, (name, domains) in enumerate(case.domains(point.kind).items()):
        kind = "ordinary" if place and point.kind in OF_THE_FIRST else point.kind
        inputs[name] = map_leaves(lambda domain, kind=kind: np.asarray(domain.at(kind, rng, dtype)), domains)
    if point.kind == "equal":
        inputs = _equal(case, inputs)
    options = {
        name: shaped(value).draw(rng, dtype) if isinstance(value, Domain) else value
        for name, value in case.options[point.number].items()
    }
    return inputs, {**options, "temperature": COLD} if point.kind == "cold" else options


def _comparable(target: Tree, source: Tree) -> bool:
    """Whether an argument can take the values of another one, by their domains."""
    wanted, offered = list(leaves(target)), list(leaves(source))
    return len(wanted) == len(offered) and all(
        one.floating and one.admits(other) and len(one.shape) == len(other.shape)
        for one, other in zip(wanted, offered, strict=True)
    )


def _equal(case: Case, inputs: dict[str, Tree]) -> dict[str, Tree]:
    """Return the inputs with every argument equal to the first, or the first to it, where their domains allow it."""
    (first, own), *others = case.inputs.items()
    for name, domains in others:
        target, source = (name, first) if _comparable(domains, own) else (first, name)
        if _comparable(case.inputs[target], case.inputs[source]):
            resized = map_leaves(lambda to, of: np.resize(of, to.shape), inputs[target], inputs[source])
            inputs = {**inputs, target: resized}
    return inputs


def _rounded(array: np.ndarray[Any, Any], dtype: str) -> np.ndarray[Any, Any]:
    """Round to half precision, and keep the numbers in float32: NumPy has no bfloat16."""
    if array.dtype.kind != "f":
        return array
    if dtype == "float16":
        return array.astype(np.float16).astype(np.float32)
    bits = np.ascontiguousarray(array).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000).view(np.float32)


def _brief(value: Any) -> str:
    return type(value).__name__ if isinstance(value, Domain) else str(value)


def map_leaves(f: Callable[..., Any], *trees: Tree) -> Tree:
    """Apply a function to the arrays of one or more trees of the same form."""
    first = trees[0]
    if isinstance(first, (list, tuple)):
        return [map_leaves(f, *parts) for parts in zip(*trees, strict=True)]
    if isinstance(first, dict):
        return {key: map_leaves(f, *(tree[key] for tree in trees)) for key in first}
    return f(*trees)


def leaves(tree: Tree) -> Iterator[Any]:
    """Yield the arrays of a tree, dictionaries in the order of their keys' insertion."""
    if isinstance(tree, (list, tuple)):
        for part in tree:
            yield from leaves(part)
    elif isinstance(tree, dict):
        for part in tree.values():
            yield from leaves(part)
    else:
        yield tree


def refill(tree: Tree, arrays: Iterator[Any]) -> Tree:
    """Return a tree of the same form with other arrays."""
    return map_leaves(lambda _: next(arrays), tree)
