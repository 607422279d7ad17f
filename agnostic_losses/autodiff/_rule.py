"""The form of a derivative rule, shared by the rule modules and the machinery."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

VJP = Callable[..., Any]
"""`vjp(xp, g, y, *arrays, *extras, **options)`: the gradient of one operand from the gradient `g` of the result
`y`. It is written in functions of `xp`, so that it can be differentiated in turn. It may leave the operand's
broadcast axes and dtype to the caller, which sums and casts."""


class Like:
    """The shape and dtype of an operand, kept in place of one whose values the rule doesn't need."""

    __slots__ = ("dtype", "shape")

    def __init__(self, shape: tuple[int, ...], dtype: Any) -> None:
        self.shape = shape
        self.dtype = dtype

    @property
    def ndim(self) -> int:
        return len(self.shape)


@dataclass(frozen=True, slots=True)
class Rule:
    """One primitive.

    Attributes
    ----------
    name : str
        Its name in the namespace.
    vjps : tuple of callable or None
        One for each array operand; None for operands that have no gradient (indices, conditions).
    inputs, output : bool
        Whether the rules read the values of the operands, and the result. What isn't read isn't kept alive.
    forward : callable, optional
        From the base namespace to the function, for primitives that are none of its functions.
    variadic : bool
        Whether all positional arguments are arrays; the one VJP then takes the operand's `position`.
    joint : bool
        Whether the one VJP takes several `positions`, and returns the gradients of all of them, in this order.
    elementwise : bool
        Whether the VJPs are so, too: they take a gradient with the length 1 along axes where it is constant.
    spread : bool
        Whether the gradient that the VJP returns may have the length 1 along axes where it is constant.
    """

    name: str
    vjps: tuple[VJP | None, ...]
    inputs: bool = True
    output: bool = False
    forward: Callable[[Any], Callable[..., Any]] | None = None
    variadic: bool = False
    joint: bool = False
    elementwise: bool = False
    spread: bool = False

    @property
    def arrays(self) -> int:
        """How many leading positional arguments are arrays."""
        return sys.maxsize if self.variadic else len(self.vjps)

    def vjp(self, position: int) -> VJP | None:
        """Return the rule of the operand at this position."""
        if not self.variadic:
            return self.vjps[position]
        shared = self.vjps[0]
        return shared and (lambda *args, **options: shared(*args, position=position, **options))
