"""The fraction of the memory's bandwidth that a call reaches: the bytes that it can't do without, beside a copy."""

from __future__ import annotations

import statistics

import numpy as np

from benchmarks.engines import Engine
from benchmarks.rows import Row

ELEMENTS = 2**26
"""Of the array that is copied: more than caches hold."""

REPEATS = 9


def of_copy(engine: Engine, elements: int = ELEMENTS) -> float:
    """Return how many bytes a second a pass over memory moves, which reads an array and writes one."""
    array = engine.array(np.ones(elements, np.float32))
    form = engine.measured[-1] if len(engine.measured) == 1 else "eager"
    negate = engine.prepared(lambda x: -x, "value", form, [array], 1)
    negate()
    times = []
    for _ in range(REPEATS):
        start = engine.clock()
        negate()
        times.append(engine.clock() - start)
    return 2.0 * 4 * elements / statistics.median(times)


def moved(row: Row, what: str) -> int:
    """Return the bytes that a call must move at least: each argument once, and each gradient."""
    arguments = row.arrays
    written = arguments[: row.sources] if what == "gradient" else []
    return sum(x.nbytes for x in (*arguments, *written))


def fractions(row: Row, what: str, ours_us: float, theirs_us: float, bandwidth: float) -> dict[str, float]:
    """Return the part of the bandwidth that each side reaches."""
    least_us = moved(row, what) / bandwidth * 1e6
    return {"ours_bandwidth": least_us / ours_us, "theirs_bandwidth": least_us / theirs_us}
