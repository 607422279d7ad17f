"""From a point of a case to a call on a backend: arrays in, plain functions of arrays, gradients by argument."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import agnostic_losses as al
from agnostic_losses.testing.frameworks import Framework
from agnostic_losses.testing.modes import Subject
from conformance.case import Case, Point, Tree, leaves, map_leaves, refill


class Call:
    """A loss with its arguments on one backend.

    Attributes
    ----------
    arrays : list
        All array arguments, flat; floating ones in `dtype`, or in that of the inputs where it is empty.
    argnums : tuple of int
        Those that are real floating.
    """

    def __init__(
        self,
        case: Case,
        framework: Framework,
        inputs: Mapping[str, Tree],
        options: Mapping[str, Any] | None = None,
        dtype: str = "",
        **extra: Any,
    ) -> None:
        self.case, self.framework, self.inputs = case, framework, inputs
        self.options = {
            name: framework.in_dtype(value, dtype or value.dtype.name) if isinstance(value, np.ndarray) else value
            for name, value in {**(options or {}), **extra}.items()
        }
        self.originals = [leaf for tree in inputs.values() for leaf in leaves(tree)]
        self.owners = [name for name, tree in inputs.items() for _ in leaves(tree)]
        self.arrays = [framework.in_dtype(leaf, dtype or leaf.dtype.name) for leaf in self.originals]
        self.argnums = tuple(n for n, leaf in enumerate(self.originals) if leaf.dtype.kind == "f")
        self.nested = any(isinstance(tree, (list, dict)) for tree in inputs.values())

    @classmethod
    def at(cls, point: Point, framework: Framework, dtype: str, **extra: Any) -> Call:
        """Return the call at a point."""
        return cls(point.case, framework, point.inputs(dtype), point.options(dtype), dtype, **extra)

    def function(self, reduction: str | None = None) -> Callable[..., Any]:
        """Return the loss as a function of the flat arrays."""
        loss, options = self.case.info.function, self.options
        if reduction is not None and self.case.reduces:
            options = {**options, "reduction": reduction}
        if not self.nested:

            def call_flat(*arrays: Any, **more: Any) -> Any:
                return loss(*arrays, **options, **more)

            return call_flat

        # The nest alone: what a function closes over is traced by torch's compiler, NumPy arrays too.
        forms = [map_leaves(lambda _: None, tree) for tree in self.inputs.values()]

        def call(*arrays: Any, **more: Any) -> Any:
            rest = iter(arrays)
            return loss(*[refill(tree, rest) for tree in forms], **options, **more)

        return call

    def subject(self, *, curvature: bool = True) -> Subject:
        """Return the loss as the modes take it; its curvature is that of the first argument."""
        return Subject(
            unreduced=self.function("none"),
            total=self.function("sum"),
            average=self.function("mean") if self.case.reduces else None,
            argnums=self.argnums,
            curved=tuple(n for n in self.argnums if self.owners[n] == self.owners[0] and curvature),
            coupled=self.case.coupled,
        )

    def value(self, reduction: str | None = None) -> np.ndarray[Any, Any]:
        """Evaluate the loss eagerly."""
        return self.framework.numpy(self.function(reduction)(*self.arrays))  # type: ignore[no-any-return]

    def value_and_grad(self, reduction: str = "sum") -> tuple[np.ndarray[Any, Any], dict[str, list[Any]]]:
        """Evaluate the reduced loss and its gradients eagerly; these are lists of arrays by argument."""
        value, gradients = al.value_and_grad(self.function(reduction), self.argnums)(*self.arrays)
        return self.framework.numpy(value), self.by_argument(gradients)

    def by_argument(self, gradients: Any) -> dict[str, list[Any]]:
        """Sort flat gradients by the argument that they belong to, as NumPy arrays."""
        found: dict[str, list[Any]] = {}
        for number, gradient in zip(self.argnums, gradients, strict=True):
            assert tuple(gradient.shape) == self.originals[number].shape, "a gradient has another shape"
            found.setdefault(self.owners[number], []).append(self.framework.numpy(gradient))
        return found


def as_arrays(tree: Tree, domains: Any, dtype: str) -> Tree:
    """Convert the nested lists of a known point to arrays; `domains` tells lists of arrays from arrays."""
    if isinstance(domains, dict):
        return {key: as_arrays(tree[key], domains[key], dtype) for key in tree}
    if isinstance(domains, (list, tuple)):
        return [as_arrays(part, domain, dtype) for part, domain in zip(tree, domains, strict=False)]
    array = np.asarray(tree)
    return array.astype(dtype) if array.dtype.kind == "f" else array


def replaced(tree: Tree, value: float, at: Any) -> Tree:
    """Return arrays with the places `at` of axis 0 set to a value; integers get one out of every range."""

    def replace(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        copy = array.copy()
        copy[at] = value if copy.dtype.kind == "f" else False if copy.dtype.kind == "b" else -7
        return copy

    return map_leaves(replace, tree)
