"""Domains of arguments: what values an argument may take, as data, so that ordinary and extreme ones can be drawn.

Values are drawn in the tested dtype and never leave it, so that the truth is the truth of exactly these numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Domain:
    """An array argument of a fixed shape."""

    shape: Shape

    floating = True

    def draw(self, rng: np.random.Generator, dtype: str) -> Array:
        """Return ordinary values."""
        raise NotImplementedError

    def extreme(self, rng: np.random.Generator, dtype: str) -> Array:
        """Return values at the far ends of the domain, where they differ from ordinary ones."""
        return self.draw(rng, dtype)

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

    def extreme(self, rng: np.random.Generator, dtype: str) -> Array:
        return self._spread(list(self.extremes), rng, dtype)


@dataclass(frozen=True)
class Positive(Domain):
    """Numbers above 0."""

    def draw(self, rng: np.random.Generator, dtype: str) -> Array:
        return np.exp(rng.standard_normal(self.shape)).astype(dtype)

    def extreme(self, rng: np.random.Generator, dtype: str) -> Array:
        return self._spread([1e-10, 1e4, 1e-3, 1.0, 100.0, 1e-6], rng, dtype)


@dataclass(frozen=True)
class Probability(Domain):
    """Numbers strictly between 0 and 1; the ends themselves belong among the exact points of a case."""

    def draw(self, rng: np.random.Generator, dtype: str) -> Array:
        return rng.uniform(0.02, 0.98, self.shape).astype(dtype)

    def extreme(self, rng: np.random.Generator, dtype: str) -> Array:
        below_one = 1.0 - float(np.finfo(dtype).epsneg)
        return self._spread([1e-15, below_one, 1e-7, 0.5, 0.999, 1e-3], rng, dtype)


@dataclass(frozen=True)
class Simplex(Domain):
    """Probabilities that sum to 1 along an axis, to rounding."""

    axis: int = -1
    spread: float = 1.0

    def draw(self, rng: np.random.Generator, dtype: str) -> Array:
        odds = np.exp(self.spread * rng.standard_normal(self.shape))
        return (odds / odds.sum(axis=self.axis, keepdims=True)).astype(dtype)

    def extreme(self, rng: np.random.Generator, dtype: str) -> Array:
        return Simplex(self.shape, self.axis, spread=6.0).draw(rng, dtype)


@dataclass(frozen=True)
class LogSimplex(Simplex):
    """Logarithms of probabilities that sum to 1 along an axis, to rounding."""

    def draw(self, rng: np.random.Generator, dtype: str) -> Array:
        scores = self.spread * rng.standard_normal(self.shape)
        return (scores - np.logaddexp.reduce(scores, axis=self.axis, keepdims=True)).astype(dtype)

    def extreme(self, rng: np.random.Generator, dtype: str) -> Array:
        return LogSimplex(self.shape, self.axis, spread=12.0).draw(rng, dtype)


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
