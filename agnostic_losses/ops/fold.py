"""Recursions: a step for each entry along the first axis, whose number a compiled function need not know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agnostic_losses.backends import native_function

Arrays = tuple[Any, ...]
Step = Callable[[Arrays, Arrays], Arrays]


def fold(step: Step, carry: Arrays, entries: Arrays) -> Arrays:
    """Return what a step makes of the carry for one entry after the other along the first axis.

    Parameters
    ----------
    step : callable
        Takes the carry and the entries of one place, as tuples of arrays, and returns the next carry: as many arrays,
        in the same shapes and dtypes. It may use arrays of its surroundings.
    carry : tuple of arrays
        What it begins with.
    entries : tuple of arrays
        At least one; their first axes are equally long.

    Returns
    -------
    tuple of arrays
        The carry after the last entry; the first one where there are no entries.

    Notes
    -----
    A loop of the framework where it has one that is compiled once for all steps, otherwise one of Python. Both can be
    differentiated twice, and keep the carry of every step for that.
    """
    native = native_function(entries[0], "fold")
    if native is not None:
        result: Arrays = native(step, carry, entries)
        return result
    for place in range(entries[0].shape[0]):
        carry = step(carry, tuple(x[place, ...] for x in entries))
    return carry
