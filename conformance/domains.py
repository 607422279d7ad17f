"""Domains of arguments: what values an argument may take, as data, so that ordinary and extreme ones can be drawn.

Each domain knows its own extremes, sorted into kinds of points.

Values are drawn in the tested dtype and never leave it, so that the truth is the truth of exactly these numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]


KINDS = (
    "extreme",
    "zeros",
    "first zero",
    "smallest normal",
    "subnormal",
    "wide",
    "overflow",
    "half",
    "ends",
    "excluded",
    "equal",
    "cold",
    "one class",
    "one element",
    "10000 classes",
)
"""The kinds of points beside the ordinary one. What each is stands with the domains that have it, here and in case.py:

- extreme: the far ends of the first argument together in one array
- zeros, first zero: zero in all arguments that admit it, and in the first alone
- smallest normal, subnormal: numbers about the smallest that a dtype has in full, and below them
- wide: 1e-30 to 1e30, in float32 as far as squares do not overflow; overflow: where squares do
- half: the largest number of float16, 65504
- ends: probabilities of exactly 0 and 1
- excluded: the first class has probability 0, a logit of -inf
- equal: all arguments are equal, where their domains allow it
- cold: a temperature of 2**-10
- one class, one element, 10000 classes: other lengths of the class axis, or of all axes
"""

MANY = 10_000


def smallest_normal(dtype: str) -> float:
    """Return the smallest number with all digits."""
    return float(np.finfo(dtype).tiny)


def subnormal(dtype: str) -> list[float]:
    """Return the smallest number of all, and one between it and the smallest normal one."""
    return [float(np.finfo(dtype).smallest_subnormal), smallest_normal(dtype) / 8]


def signed(*values: float) -> list[float]:
    """Return numbers of both signs."""
    return [x for value in values for x in (value, -value)]


def quantized(values: Array) -> Array:
    """Round what functions have made, whose last digits differ between machines, to 24 bits after the point."""
    return np.round(values * 2.0**24) / 2.0**24


@dataclass(frozen=True)
class Domain:
    """An array argument of a fixed shape."""

    shape: Shape

    floating = True

    @property
    def classes(self) -> int | None:
        """The axis of the classes, if it has one."""
        return None

    def draw(self, rng: np.random.Generator, dtype: str) -> Array:
        """Return ordinary values."""
        raise NotImplementedError

    def special(self, dtype: str) -> dict[str, list[float]]:
        """Return the values that are mixed at a kind of point, for the kinds that this domain has."""
        return {}

    def at(self, kind: str, rng: np.random.Generator, dtype: str) -> Array:
        """Return values at a kind of point; ordinary ones where this domain has none of the kind."""
        values = self.special(dtype).get(kind)
        return self.draw(rng, dtype) if values is None else self._spread(values, rng, dtype)

    def admits(self, other: Domain) -> bool:
        """Whether the values of another domain are all in this one too."""
        return type(other) is type(self)

    def single(self) -> Domain:
        """Return the domain with the length 1 along all axes."""
        return replace(self, shape=(1,) * len(self.shape))

    def with_classes(self, number: int) -> Domain:
        """Return the domain with another number of classes."""
        if self.classes is None:
            return self
        shape = list(self.shape)
        shape[self.classes] = number
        return replace(self, shape=tuple(shape))

    def _spread(self, values: list[float], rng: np.random.Generator, dtype: str) -> Array:
        """Fill the shape with the given values, each at least once where there is room."""
        size = int(np.prod(self.shape))
        repeated = (values * (size // len(values) + 1))[:size]
        return rng.permutation(np.asarray(repeated, dtype=dtype)).reshape(self.shape)


@dataclass(frozen=True)
class Real(Domain):
    """Any real number."""

    scale: float = 1.0
    extremes: tuple[float, ...] = (0.0, 1e4, -1e4, 1e-30, -1e-30, 50.0, -50.0, 1e-3, -1e-3, 1e-8, 0.75, -100.0)

    def draw(self, rng: np.random.Generator, dtype: str) -> Array:
        return (self.scale * rng.standard_normal(self.shape)).astype(dtype)

    def special(self, dtype: str) -> dict[str, list[float]]:
        normal, largest = smallest_normal(dtype), 1e30 if dtype == "float64" else 1e18
        return {
            "extreme": list(self.extremes),
            "zeros": [0.0],
            "first zero": [0.0],
            "smallest normal": signed(normal, 3 * normal),
            "subnormal": signed(*subnormal(dtype)),
            "wide": signed(1e-30, 1.0, largest, 1e-10, 1e10),
            "overflow": signed(1e200 if dtype == "float64" else 1e30),
            "half": signed(65504.0),
        }

    def admits(self, other: Domain) -> bool:
        return other.floating and not isinstance(other, LogSimplex)


@dataclass(frozen=True)
class Exponent(Real):
    """A real number whose exponential is taken, such as a logarithm of a variance: no larger than its dtype holds."""

    def special(self, dtype: str) -> dict[str, list[float]]:
        kinds = super().special(dtype)
        largest = 500.0 if dtype == "float64" else 60.0
        kept = {kind: values for kind, values in kinds.items() if kind not in ("overflow", "half")}
        return {**kept, "wide": signed(1e-30, 1.0, largest, 1e-10), "extreme": signed(1e-30, 20.0, 1e-8, 0.5)}


@dataclass(frozen=True)
class Logits(Real):
    """Scores of classes along an axis; -inf excludes a class."""

    axis: int = -1

    @property
    def classes(self) -> int:
        return self.axis

    def special(self, dtype: str) -> dict[str, list[float]]:
        return {**super().special(dtype), **OF_CLASSES}

    def at(self, kind: str, rng: np.random.Generator, dtype: str) -> Array:
        if kind == "10000 classes":
            return in_runs(self.draw(rng, dtype), self.axis)
        values = super().at("ordinary" if kind in OF_CLASSES else kind, rng, dtype)
        if kind == "excluded":
            np.moveaxis(values, self.axis, 0)[0] = -np.inf
        return values


OF_CLASSES: dict[str, list[float]] = {"excluded": [], "one class": [], "10000 classes": []}
"""The kinds of arguments with an axis of classes; the values are made otherwise."""


def in_runs(values: Array, axis: int) -> Array:
    """Return many classes in runs of equal values, so that little is stored of them."""
    lined = np.moveaxis(values, axis, 0)
    return np.moveaxis(np.repeat(lined[::250], 250, axis=0)[: len(lined)], 0, axis).copy()


@dataclass(frozen=True)
class Positive(Domain):
    """Numbers above 0."""

    def draw(self, rng: np.random.Generator, dtype: str) -> Array:
        return quantized(np.exp(rng.standard_normal(self.shape))).astype(dtype)

    def special(self, dtype: str) -> dict[str, list[float]]:
        normal, largest = smallest_normal(dtype), 1e30 if dtype == "float64" else 1e18
        return {
            "extreme": [1e-10, 1e4, 1e-3, 1.0, 100.0, 1e-6],
            "smallest normal": [normal, 3 * normal],
            "subnormal": subnormal(dtype),
            "wide": [1e-30, 1.0, largest, 1e-10, 1e10],
            "half": [65504.0],
        }


@dataclass(frozen=True)
class Probability(Domain):
    """Numbers between 0 and 1; the ends are a kind of points by themselves."""

    def draw(self, rng: np.random.Generator, dtype: str) -> Array:
        return rng.uniform(0.02, 0.98, self.shape).astype(dtype)

    def special(self, dtype: str) -> dict[str, list[float]]:
        below_one = 1.0 - float(np.finfo(dtype).epsneg)
        return {
            "extreme": [1e-15, below_one, 1e-7, 0.5, 0.999, 1e-3],
            "zeros": [0.0],
            "first zero": [0.0],
            "smallest normal": [smallest_normal(dtype), below_one],
            "subnormal": [*subnormal(dtype), below_one],
            "wide": [1e-30, below_one, 1e-10, 0.5],
            "ends": [0.0, 1.0],
        }


@dataclass(frozen=True)
class Simplex(Domain):
    """Probabilities that sum to 1 along an axis, to rounding."""

    axis: int = -1
    spread: float = 1.0

    @property
    def classes(self) -> int:
        return self.axis

    def draw(self, rng: np.random.Generator, dtype: str) -> Array:
        odds = quantized(np.exp(self.spread * rng.standard_normal(self.shape))) + 2.0**-24
        return (odds / odds.sum(axis=self.axis, keepdims=True)).astype(dtype)

    def special(self, dtype: str) -> dict[str, list[float]]:
        """Return the probabilities beside one class that has all the rest."""
        return {
            "extreme": [],
            "smallest normal": [smallest_normal(dtype)],
            "subnormal": subnormal(dtype),
            "wide": [1e-30, 1e-10],
            "ends": [0.0],
            **OF_CLASSES,
        }

    def at(self, kind: str, rng: np.random.Generator, dtype: str) -> Array:
        if kind == "extreme":
            return replace(self, spread=6.0).draw(rng, dtype)
        if kind == "10000 classes":
            runs = in_runs(self.draw(rng, "float64"), self.axis)
            return (runs / runs.sum(axis=self.axis, keepdims=True)).astype(dtype)
        if kind == "excluded":
            values = self.draw(rng, "float64")
            np.moveaxis(values, self.axis, 0)[0] = 0.0
            return (values / values.sum(axis=self.axis, keepdims=True)).astype(dtype)
        return self._beside_one(1.0, kind, rng, dtype)

    def _beside_one(self, one: float, kind: str, rng: np.random.Generator, dtype: str) -> Array:
        """Return arrays in which one class, another in each row, has (nearly) all the probability."""
        rest = self.special(dtype).get(kind)
        if not rest:
            return self.draw(rng, dtype)
        lined = np.moveaxis(self._spread(rest, rng, dtype), self.axis, -1)
        winners = rng.integers(0, lined.shape[-1], lined.shape[:-1])
        np.put_along_axis(lined, winners[..., None], one, axis=-1)
        return np.moveaxis(lined, -1, self.axis).copy()


@dataclass(frozen=True)
class LogSimplex(Simplex):
    """Logarithms of probabilities that sum to 1 along an axis, to rounding."""

    def draw(self, rng: np.random.Generator, dtype: str) -> Array:
        scores = self.spread * rng.standard_normal(self.shape)
        return quantized(scores - np.logaddexp.reduce(scores, axis=self.axis, keepdims=True)).astype(dtype)

    def special(self, dtype: str) -> dict[str, list[float]]:
        return {
            "extreme": [],
            "smallest normal": [-1e3],
            "subnormal": [-1e3, -1e4],
            "wide": [-1e30, -100.0, -1e10] if dtype == "float64" else [-1e18, -80.0, -1e10],
            "half": [-65504.0],
            **OF_CLASSES,
        }

    def at(self, kind: str, rng: np.random.Generator, dtype: str) -> Array:
        if kind == "extreme":
            return replace(self, spread=12.0).draw(rng, dtype)
        if kind == "10000 classes":
            return in_runs(self.draw(rng, dtype), self.axis)
        if kind == "excluded":
            values = self.draw(rng, dtype)
            np.moveaxis(values, self.axis, 0)[0] = -np.inf
            return values
        certain = {"smallest normal": -smallest_normal(dtype), "subnormal": -subnormal(dtype)[0]}
        return self._beside_one(certain.get(kind, 0.0), kind, rng, dtype)


@dataclass(frozen=True)
class Sign(Domain):
    """-1 or +1, as floats."""

    def draw(self, rng: np.random.Generator, dtype: str) -> Array:
        return np.where(rng.random(self.shape) < 0.5, -1.0, 1.0).astype(dtype)


@dataclass(frozen=True)
class Binary(Domain):
    """0 or 1, as floats."""

    def draw(self, rng: np.random.Generator, dtype: str) -> Array:
        return (rng.random(self.shape) < 0.5).astype(dtype)


@dataclass(frozen=True)
class Flag(Domain):
    """Booleans."""

    floating = False

    def draw(self, rng: np.random.Generator, dtype: str) -> Array:
        return rng.random(self.shape) < 0.5


@dataclass(frozen=True)
class Labels(Domain):
    """Integer class ids."""

    n_classes: int = 2

    floating = False

    def draw(self, rng: np.random.Generator, dtype: str) -> Array:
        return rng.integers(0, self.n_classes, self.shape)

    def at(self, kind: str, rng: np.random.Generator, dtype: str) -> Array:
        first = 1 if kind == "excluded" else 0
        return rng.integers(first, self.n_classes, self.shape)

    def single(self) -> Domain:
        return Labels((1,) * len(self.shape), n_classes=1)

    def with_classes(self, number: int) -> Domain:
        return replace(self, n_classes=number)


@dataclass(frozen=True)
class Shared(Real):
    """Real numbers that all rows share, as one vector a class: as many whatever the batch."""
