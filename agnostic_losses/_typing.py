"""The types that signatures share: arrays in, the same kind of array out."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, TypeVar

Array = TypeVar("Array")
"""An array of one framework; a function that takes it returns the same kind."""

ArrayLike: TypeAlias = Any
"""An array of the same framework, a NumPy array, a Python number or a nested list of numbers."""

Namespace: TypeAlias = Any
"""A module with the functions of the Python array API standard."""

Reduction: TypeAlias = Literal["mean", "sum", "none"]
"""How the unreduced loss becomes the result."""
