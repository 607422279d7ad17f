"""The truth at a point, as it is kept in the repository; how it is found stands in `differences.py`.

An ordinary run reads golden values and computes none. `golden.py` derives and stores them.
"""

from __future__ import annotations

import functools

from agnostic_losses.testing.criterion import Truth
from conformance import golden
from conformance.case import Point


@functools.cache
def truth(point: Point, dtype: str) -> Truth:
    """Return the truth at a point with its inputs exactly as they are in a dtype."""
    return golden.read(point, dtype)
