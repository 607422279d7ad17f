"""The map over chunks of rows: nothing of a chunk is recorded, its gradient evaluates the chunk again by itself.

The pull-back is computed on traced arrays where an outer differentiation watches, so that derivatives of any order
follow; a second one keeps what all chunks need.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from agnostic_losses._typing import Namespace
from agnostic_losses.autodiff._box import Box
from agnostic_losses.autodiff._rule import Rule

Arrays = tuple[Any, ...]


def map_chunks(f: Callable[..., Any], rows: Arrays, shared: Arrays, size: int) -> Any:
    """Return ``f(*rows, *shared)``, evaluated for `size` rows at a time."""
    space = rows[0].__array_namespace__()
    return space._map_chunks(*rows, *shared, f=f, count=len(rows), size=size)


def _chunks(rows: Arrays, size: int) -> Iterator[Arrays]:
    length = rows[0].shape[0]
    for start in range(0, length, size):
        yield tuple(x[start : min(start + size, length), ...] for x in rows)


def _forward(base: Namespace) -> Callable[..., Any]:
    def mapped(*arrays: Any, f: Callable[..., Any], count: int, size: int) -> Any:
        from agnostic_losses.autodiff.tape import tape_namespace

        boxed = tape_namespace(base).boxed
        shared = tuple(map(boxed, arrays[count:]))
        parts = [_constant(f(*map(boxed, chunk), *shared)) for chunk in _chunks(arrays[:count], size)]
        return base.concat(parts, axis=0)

    return mapped


def _constant(x: Any) -> Any:
    """Return the plain array of what was computed from constants."""
    if type(x) is not Box:
        return x
    if x._level:  # it would be lost
        raise TypeError(
            "the function that is mapped over chunks must take every array that it is differentiated by as an "
            "argument, got a traced array from its surroundings"
        )
    return x._value


def _pull_back(
    xp: Namespace,
    g: Any,
    y: Any,
    *arrays: Any,
    positions: tuple[int, ...],
    f: Callable[..., Any],
    count: int,
    size: int,
) -> list[Any]:
    """Add the gradients by what the chunks share up, join those by rows; `xp` is the tape's where it watches."""
    from agnostic_losses.autodiff.tape import pull_back

    shared, totals = arrays[count:], [None] * len(positions)
    parts: list[list[Any]] = [[] for _ in positions]
    for *chunk, upstream in _chunks((*arrays[:count], g), size):
        gradients = pull_back(f, positions, (*chunk, *shared), upstream=upstream)[1]
        for place, (position, gradient) in enumerate(zip(positions, gradients, strict=True)):
            if position < count:
                parts[place].append(gradient)
            else:
                totals[place] = gradient if totals[place] is None else totals[place] + gradient
    return [xp.concat(rows, axis=0) if rows else total for rows, total in zip(parts, totals, strict=True)]


RULES = (Rule("_map_chunks", (_pull_back,), variadic=True, joint=True, forward=_forward),)
