"""Every row of a batch against all rows of another, a number of rows at a time: the driver, and a kernel.

What has an entry for each pair is made in a kernel, of the rows of a chunk; the full form is one chunk. Nothing here is
among the public building blocks.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from agnostic_losses._typing import Array, ArrayLike, Namespace
from agnostic_losses.backends import is_array, shape
from agnostic_losses.ops.chunks import map_chunks
from agnostic_losses.ops.indexing import one_hot, positions
from agnostic_losses.ops.prepare import exclude, prepare, prepare_labels
from agnostic_losses.ops.similarities import check_matrices
from agnostic_losses.ops.softmax import log_odds_against
from agnostic_losses.ops.special import softplus


def prepare_queries(queries: Any, keys: Any, *, offset: Any, where: ArrayLike | None) -> Any:
    """Prepare queries and keys, of which number i + `offset` is that of query i.

    Returns
    -------
    tuple
        The namespace, the queries, 0 where excluded, the keys, the number of each query's own key (0 where excluded,
        -1 where there is none), and the mask.
    """
    xp, queries, keys = prepare(queries=queries, keys=keys)
    check_matrices(queries=queries, keys=keys)
    own = positions(queries, 0, xp=xp) + _check_offset(offset, queries, keys)
    _, queries, own, where = prepare_labels(queries=queries, labels=own, axis=-1, where=where, classes=keys)
    return xp, queries, keys, own, where


def against_all(
    kernel: Callable[..., Array],
    queries: Array,
    keys: Array,
    rows: dict[str, Any],
    shared: dict[str, Any] | None = None,
    *,
    temperature: Any = None,
    chunk_size: int | None,
    xp: Namespace,
) -> Array:
    """Return what a kernel makes of the inner products of each query with all keys.

    Parameters
    ----------
    kernel : callable
        Takes the logits of some queries in the shape (queries, keys), then by name what is in `rows` for these queries,
        what is in `shared`, and `xp`; returns one array with as many rows.
    queries, keys : array
        Matrices of one embedding a row.
    rows : dict
        Arrays of one entry a query; None is left out.
    shared : dict, optional
        Arrays or numbers that every query needs; None is left out.
    temperature : number or scalar array, optional
        What similarities are divided by.
    chunk_size : int or None
        How many queries are taken at a time; None stands for all.
    xp : module
        The namespace of the arrays.
    """
    rows = {"queries": queries, **rows}
    given = {**rows, "columns": xp.matrix_transpose(keys), "temperature": temperature, **(shared or {})}
    arrays = {name: value for name, value in given.items() if is_array(value)}
    numbers = {name: value for name, value in given.items() if not (is_array(value) or value is None)}

    def of_some(*some: Any) -> Array:
        named = {**numbers, **dict(zip(arrays, some, strict=True))}
        logits, divisor = xp.matmul(named.pop("queries"), named.pop("columns")), named.pop("temperature", None)
        return kernel(logits if divisor is None else logits / divisor, **named, xp=xp)

    count, values = sum(name in rows for name in arrays), tuple(arrays.values())
    return map_chunks(of_some, values[:count], values[count:], chunk_size=chunk_size)


def cross_entropy_of_own(logits: Array, *, own: Any, itself: Any = None, present: Any = None, xp: Namespace) -> Array:
    """Return the negative log-probability of each row's own key: a kernel of `against_all`.

    Parameters
    ----------
    logits : array
        Rows of queries, columns of keys.
    own : integer array
        The number of each row's own key.
    itself : integer array, optional
        The number of the key that a row itself is, which is left out.
    present : boolean array, optional
        Which keys are there; of the others a row has its own alone.
    xp : module
        The namespace of `logits`.
    """
    if itself is not None:
        logits = xp.where(one_hot(itself, logits, -1, xp=xp), -math.inf, logits)
    if present is not None:
        kept = xp.logical_or(one_hot(own, logits, -1, xp=xp), xp.expand_dims(present, axis=0))
        logits = xp.where(kept, logits, -math.inf)
    return softplus(log_odds_against(logits, own, -1, xp=xp), xp=xp)


def included(rows: Array, where: ArrayLike | None, *, xp: Namespace) -> Any:
    """Return which rows of a matrix the mask includes, as a vector; None without a mask."""
    return None if where is None else exclude(xp.ones_like(rows[:, 0]), where, (), xp=xp) != 0


def _check_offset(offset: Any, queries: Any, keys: Any) -> Any:
    n, m = shape(queries)[0], shape(keys)[0]
    if is_array(offset):
        return offset  # read on the device: a query without its key becomes NaN
    if isinstance(offset, bool) or not isinstance(offset, int):
        raise TypeError(f"offset must be an integer, got {offset!r}")
    if n is not None and m is not None and not 0 <= offset <= m - n:
        raise ValueError(f"offset must lie in [0, {m - n}] for {n} queries and {m} keys, got {offset}")
    return offset
