"""Domains that few arguments have: in an order, among some numbers, shared, sequences, classes, segments, matrices."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from conformance.domains import Array, Domain, Flag, Labels, Real, quantized, signed, smallest_normal


@dataclass(frozen=True)
class Ascending(Domain):
    """Real numbers that ascend along an axis, far enough apart for half precision."""

    axis: int = -1

    def draw(self, rng: np.random.Generator, dtype: str) -> Array:
        gaps = quantized(np.exp(rng.standard_normal(self.shape))) + 0.25
        return (np.cumsum(gaps, axis=self.axis) - 2.0).astype(dtype)

    def special(self, dtype: str) -> dict[str, list[float]]:
        """Return distinct numbers, as many as an array of a case has at most."""
        largest = 1e30 if dtype == "float64" else 1e18
        return {
            "extreme": [-1e4, -100.0, -50.0, -0.75, -1e-8, 0.0, 1e-3, 50.0, 1e4],
            "wide": [-largest, -1e10, -1e5, -1.0, -1e-4, 1e-6, 1.0, 1e10, largest],
        }

    def at(self, kind: str, rng: np.random.Generator, dtype: str) -> Array:
        return np.sort(super().at(kind, rng, dtype), axis=self.axis)


@dataclass(frozen=True)
class Among(Domain):
    """Some numbers alone: shapes and scales that a loss treats in their own way; others at all extreme points."""

    numbers: tuple[float, ...] = ()
    extremes: tuple[float, ...] = ()

    def draw(self, rng: np.random.Generator, dtype: str) -> Array:
        return self._spread(list(self.numbers), rng, dtype)

    def at(self, kind: str, rng: np.random.Generator, dtype: str) -> Array:
        numbers = self.numbers if kind == "ordinary" else self.extremes or self.numbers
        return self._spread(list(numbers), rng, dtype)


@dataclass(frozen=True)
class Grades(Domain):
    """Relevances 0, 1, ..., 4, as floats, with ties."""

    def draw(self, rng: np.random.Generator, dtype: str) -> Array:
        return rng.integers(0, 5, self.shape).astype(dtype)


@dataclass(frozen=True)
class Shared(Real):
    """Real numbers that all rows share, as one vector a class: as many whatever the batch."""


@dataclass(frozen=True)
class Marks(Labels):
    """Integer class ids but the first, which is no label: sequences of them."""

    def draw(self, rng: np.random.Generator, dtype: str) -> Array:
        return rng.integers(min(1, self.n_classes - 1), self.n_classes, self.shape)

    def at(self, kind: str, rng: np.random.Generator, dtype: str) -> Array:
        return self.draw(rng, dtype)


@dataclass(frozen=True)
class Lengths(Domain):
    """Numbers of the valid places in sequences; the first sequence has most."""

    least: int = 0
    most: int = 1

    floating = False

    def draw(self, rng: np.random.Generator, dtype: str) -> Array:
        lengths = rng.integers(self.least, self.most + 1, self.shape)
        lengths[:1] = self.most
        return lengths

    def single(self) -> Domain:
        return replace(self, shape=(1,), least=1, most=1)


@dataclass(frozen=True)
class NumbersOfMarks(Lengths):
    """The lengths of sequences of marks: with one class, which is none, there are none."""

    def single(self) -> Domain:
        return replace(self, shape=(1,), least=0, most=0)

    def with_classes(self, number: int) -> Domain:
        return replace(self, least=min(1, number - 1), most=min(1, number - 1))


@dataclass(frozen=True)
class Classes(Domain):
    """Classes of the rows of a batch, any integers: five rows have two of them, and some of more rows are alone."""

    floating = False

    def draw(self, rng: np.random.Generator, dtype: str) -> Array:
        return rng.permutation(np.resize([0, 1, 0, 1, 0, -3, 1, 300], self.shape))


@dataclass(frozen=True)
class Untied(Real):
    """Real numbers whose extremes differ in size, so that no two distances between rows of them are equal."""

    def special(self, dtype: str) -> dict[str, list[float]]:
        kinds, normal = super().special(dtype), smallest_normal(dtype)
        sizes = [1.0 + k * k / 37.0 for k in range(8)]
        apart = {kind: [x / size for size in sizes for x in kinds[kind]] for kind in ("overflow", "half")}
        # Differences of the smallest ones are no smaller: two frameworks would flush them to 0.
        return {**kinds, **apart, "smallest normal": signed(*(normal * n for n in (1, 3, 7, 12, 20, 33, 54, 88)))}


@dataclass(frozen=True)
class Segments(Flag):
    """Integer ids of lists that share a row, in no order; like a mask, an option with one for each item."""

    def draw(self, rng: np.random.Generator, dtype: str) -> Array:
        return rng.choice(np.asarray([40, -3, 7]), self.shape)


@dataclass(frozen=True)
class Triangular(Domain):
    """Lower triangular matrices with a positive diagonal; above it stands what is not to be read."""

    spread: float = 0.5

    def draw(self, rng: np.random.Generator, dtype: str) -> Array:
        entries, scales = (
            rng.standard_normal(self.shape),
            quantized(np.exp(self.spread * rng.standard_normal(self.shape))),
        )
        return np.where(np.eye(self.shape[-1], dtype=bool), scales, 0.5 * entries).astype(dtype)

    def special(self, dtype: str) -> dict[str, list[float]]:
        """Return the entries below the diagonal, at the points that have others."""
        return {"zeros": [0.0], "smallest normal": signed(smallest_normal(dtype))}

    def at(self, kind: str, rng: np.random.Generator, dtype: str) -> Array:
        ordinary, entries = self.draw(rng, dtype), super().at(kind, rng, dtype)
        return np.where(np.eye(self.shape[-1], dtype=bool), ordinary, entries)
