"""How large a row's arguments may be: the size asked for, or the largest half of it whose calls fit the machine.

What a call makes in between counts, such as a matrix for each row. No row is listed: each is measured where it is
small, then at the largest size that is sure to fit, and so on.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from agnostic_losses._peers import Peer
from benchmarks.engines import Engine
from benchmarks.rows import Row, at_size, halved

MOST_MEMORY = 4096.0
"""MiB that a call may take at its peak."""

MOST_SECONDS = 1.0
"""How long a call may take."""

GROWTH = 8.0
"""How many times as much a call takes at most when rows and columns double: a matrix for each row, or all triplets."""

SMALLEST = 2**12
"""Elements of the first argument that are never too many."""

TINIEST = 1e-9
"""The share of a call that takes nothing that can be measured."""

Share = Callable[[Row], float]


def fitting(peer: Peer, size: tuple[int, int], share: Share) -> Row:
    """Return a row at a size, or at the largest half, quarter, ... of it at which its calls fit.

    Parameters
    ----------
    peer : Peer
        The row of the table.
    size : tuple of int
        Rows and columns.
    share : callable
        Returns how much of what it may take a row takes: above 1 is too much.
    """
    halvings = 0
    while size[0] * size[1] >> 2 * halvings > SMALLEST:
        halvings += 1
    row = _halved(peer, size, halvings)
    while halvings and (doublings := min(_doublings(share(row)), halvings)):
        halvings -= doublings
        row = _halved(peer, size, halvings)
    return row


def _doublings(share: float) -> int:
    """Return how often rows and columns of calls that take a share of what they may can double at least."""
    return max(math.floor(math.log(1.0 / max(share, TINIEST), GROWTH)), 0)


def _halved(peer: Peer, size: tuple[int, int], halvings: int) -> Row:
    row = at_size(peer, halved(size, halvings))
    return replace(row, halvings=row.halvings + halvings)


def share_of(engine: Engine) -> Share:
    """Return what tells how much of the memory and time that a call may take the calls of a row take."""

    def share(row: Row) -> float:
        arrays = [engine.array(x) for x in row.arrays]
        return max(_share(engine, row, expression, arrays) for expression in (row.ours, row.theirs))

    return share


def _share(engine: Engine, row: Row, expression: str, arrays: list[Any]) -> float:
    try:
        f = engine.prepared(row.function(expression), engine.whats[-1], engine.measured[0], arrays, row.sources)
        f()
    except Exception:
        return 0.0  # a side that can't run is reported where it is measured
    start = engine.clock()
    f()
    seconds = engine.clock() - start
    memory = engine.peak(f) if engine.peak else 0.0
    return max(memory / MOST_MEMORY, seconds / MOST_SECONDS)
