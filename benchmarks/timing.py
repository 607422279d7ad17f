"""Two functions timed in turn: the median of the ratios of neighbours, on which what else a machine does cancels.

Harnesses such as pytest-benchmark time one function after the other, each for itself: on a machine that others use,
the ratio of two such medians is that of two loads. Therefore this small driver. On a CPU the clock is the process's
own time, in all its threads: waiting for a core that others use is not counted.
"""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

BLOCK = 2e-3
"""Seconds that a block of calls takes at least: far more than the clock's resolution."""

Clock = Callable[[], float]

FEWEST, MOST = 5, 101
"""Pairs of blocks."""


@dataclass(frozen=True)
class Ratio:
    """The times of two functions.

    Attributes
    ----------
    ratio, low, high : float
        The median of the ratios of neighbouring blocks, and their quartiles.
    ours_us, theirs_us : float
        Median times of a call in microseconds.
    overhead_us : float
        The median of the differences of neighbours, in microseconds.
    pairs : int
        How many blocks of each there were.
    """

    ratio: float
    low: float
    high: float
    ours_us: float
    theirs_us: float
    overhead_us: float
    pairs: int

    def as_dict(self) -> dict[str, Any]:
        """Return what a file keeps."""
        return asdict(self)


def compare(ours: Callable[[], Any], theirs: Callable[[], Any], seconds: float, clock: Clock) -> Ratio:
    """Time two functions in turn.

    Parameters
    ----------
    ours, theirs : callable
        They wait for their results.
    seconds : float
        About how long to go on, by the clock; there are at least `FEWEST` pairs.
    clock : callable
        Returns seconds: `time.process_time`, or `time.perf_counter` for what runs elsewhere.
    """
    # The first time is that of compilers and caches.
    once = [min(_block(f, 1, clock) for _ in range(2)) for f in (ours, theirs)]
    calls = max(1, round(BLOCK / max(min(once), 1e-7)))
    pairs: list[tuple[float, float]] = []
    enabled, end = gc.isenabled(), clock() + seconds
    gc.collect()
    gc.disable()
    try:
        while len(pairs) < FEWEST or (clock() < end and len(pairs) < MOST):
            # Each goes first every other time: the second finds caches as the first has left them.
            if len(pairs) % 2:
                other = _block(theirs, calls, clock)
                pairs.append((_block(ours, calls, clock), other))
            else:
                pairs.append((_block(ours, calls, clock), _block(theirs, calls, clock)))
    finally:
        if enabled:
            gc.enable()
    return summary(pairs)


def summary(pairs: list[tuple[float, float]]) -> Ratio:
    """Return medians and quartiles of times in seconds."""
    low, ratio, high = statistics.quantiles([ours / theirs for ours, theirs in pairs], n=4, method="inclusive")
    first, second = (statistics.median(times) * 1e6 for times in zip(*pairs, strict=True))
    overhead = statistics.median((ours - theirs) * 1e6 for ours, theirs in pairs)
    return Ratio(ratio, low, high, first, second, overhead, len(pairs))


def _block(f: Callable[[], Any], calls: int, clock: Clock) -> float:
    start = clock()
    for _ in range(calls):
        f()
    return (clock() - start) / calls
