"""Row-wise results of large matrices, a few rows at a time: what a chunk needs in memory is free before the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agnostic_losses._typing import Array
from agnostic_losses.backends import namespace_of, native_function, shape

Arrays = tuple[Any, ...]


def map_chunks(f: Callable[..., Array], rows: Arrays, shared: Arrays, *, chunk_size: int | None) -> Array:
    """Return ``f(*rows, *shared)``, evaluated for a number of rows at a time.

    Parameters
    ----------
    f : callable
        Takes some rows of each of the arrays in `rows`, and all of those in `shared`; returns one array with as many
        rows. It takes every array that it is differentiated by as an argument, and none from its surroundings.
    rows : tuple of arrays
        At least one; their first axes are equally long.
    shared : tuple of arrays
        What every row needs.
    chunk_size : int or None
        How many rows are evaluated at a time; None stands for all.

    Returns
    -------
    array
        In the shape that `f` has for all rows.

    Notes
    -----
    A gradient evaluates `f` again, chunk by chunk: what lies between the arrays and the result is kept for no more than
    a chunk, on NumPy as in the frameworks that differentiate themselves. It can be differentiated twice, and is
    compiled as one loop in JAX and TensorFlow; torch's compiler unrolls it. Under ``torch.compile`` of a function that
    calls torch.func it is kept for all rows, and only the value is cheap.
    """
    length, size = shape(rows[0])[0], check_chunk_size(chunk_size)
    if size is None or (length is not None and length <= size):
        return f(*rows, *shared)
    mapped = native_function(rows[0], "map_chunks")
    if mapped is not None:
        return mapped(f, rows, shared, size)
    if length is None:
        return f(*rows, *shared)
    parts = []
    for start in range(0, length, size):
        chunk = tuple(x[start : min(start + size, length), ...] for x in rows)
        parts.append(f(*chunk, *shared))
    return namespace_of(rows[0]).concat(parts, axis=0)


def check_chunk_size(chunk_size: Any) -> int | None:
    """Return how many rows are evaluated at a time, None for all; raise unless it is that."""
    if chunk_size is None or (isinstance(chunk_size, int) and not isinstance(chunk_size, bool) and chunk_size > 0):
        return chunk_size
    raise ValueError(f"chunk_size must be a positive integer or None, got {chunk_size!r}")
