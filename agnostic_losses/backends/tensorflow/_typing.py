"""Type names of this namespace. TensorFlow ships no types that a checker can follow, so they are all Any."""

from __future__ import annotations

from typing import Any, TypeAlias

Array: TypeAlias = Any
DType: TypeAlias = Any
Dim: TypeAlias = Any  # int, or a scalar tensor where the size is unknown while tracing
