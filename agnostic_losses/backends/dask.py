"""Dask: array-api-compat's namespace and what it lacks, block by block, so that nothing is computed early.

Dask has no `take_along_axis`, and its arrays have no device and no way to add entries at indices.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import array_api_compat.dask.array as standard
import dask.array as da
import numpy as np

from agnostic_losses.backends.adapter import Adapter


def as_dense(x: Any, name: str) -> Any:
    """Return the array itself; raise for one whose lengths are unknown: they would be NaN in every mean."""
    if any(math.isnan(length) for length in x.shape):
        raise ValueError(
            f"{name} must have chunks of known sizes, got the shape {x.shape}: call its compute_chunk_sizes() before"
        )
    return x


def take_along_axis(x: Any, indices: Any, /, *, axis: int = -1) -> Any:
    """Return the entries at indices along an axis, as the standard has it."""
    places, entries = _letters(indices, axis)
    return da.blockwise(
        np.take_along_axis,
        places,
        *(x, entries, indices, places),
        axis=axis,
        dtype=x.dtype,
        concatenate=True,  # each block of indices sees the whole axis
        meta=x._meta,
    )


def put_along_axis(x: Any, indices: Any, shape: tuple[int, ...], axis: int) -> Any:
    """Return zeros with the entries of `x` added at indices along an axis, the transpose of `take_along_axis`."""
    places, entries = _letters(indices, axis)
    return _added(x, places, indices, places, entries, shape[axis], axis)


def put(x: Any, indices: Any, shape: tuple[int, ...], axis: int) -> Any:
    """Return zeros with the slices of `x` added at the indices of a vector, the transpose of `take`."""
    places, entries = _letters(x, axis)
    return _added(x, places, indices, (places[axis],), entries, shape[axis], axis)


def _letters(x: Any, axis: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return names for the axes of an array, and those of one that differs from it along one axis."""
    own = tuple(range(x.ndim))
    return own, tuple(x.ndim if a == axis % x.ndim else a for a in own)


def _added(x: Any, places: Any, indices: Any, index_places: Any, entries: Any, length: int, axis: int) -> Any:
    return da.blockwise(
        _add_block,
        entries,
        *(x, places, indices, index_places),
        length=length,
        axis=axis,
        new_axes={x.ndim: length},
        dtype=x.dtype,
        concatenate=True,
        meta=x._meta,
    )


def _add_block(x: Any, indices: Any, length: int, axis: int) -> Any:
    out = np.zeros((*x.shape[:axis], length, *x.shape[axis + 1 :]), dtype=x.dtype)
    if indices.ndim < x.ndim:
        np.add.at(out, (*(slice(None),) * axis, indices), x)
        return out
    own = [np.reshape(np.arange(n), [-1 if a == k else 1 for a in range(x.ndim)]) for k, n in enumerate(x.shape)]
    np.add.at(out, (*own[:axis], indices, *own[axis + 1 :]), x)
    return out


def __getattr__(name: str) -> Any:
    """Return a function of the standard that Dask has: this module is its namespace."""
    return getattr(standard, name)


ADAPTER = Adapter(
    "dask",
    sys.modules[__name__],
    {
        "device": lambda x: None,  # the scheduler places what it computes
        "as_dense": as_dense,
        "put": put,
        "put_along_axis": put_along_axis,
    },
)
