"""The catalogue: every loss files its metadata here, and nothing is wrapped.

Tests and the conformance suite read `LOSSES`; no list of losses is kept by hand. What other libraries call them is in
`_peers`, which is loaded when a name is asked for that the package lacks.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class LossInfo:
    """What is known of a loss besides its source.

    Attributes
    ----------
    function : callable
        The loss itself.
    family : str
        The module that it lives in.
    additive : bool
        Whether the loss of a batch is made of the losses of its parts; contrastive losses are not.
    """

    function: Callable[..., Any]
    family: str
    additive: bool

    @property
    def name(self) -> str:
        """The public name."""
        return self.function.__name__

    @property
    def aliases(self) -> tuple[str, ...]:
        """Dotted names of the same loss in other libraries."""
        from agnostic_losses import _peers

        return _peers.aliases(self.name)


LOSSES: dict[str, LossInfo] = {}
"""Every loss by its public name."""


def loss(*, family: str, additive: bool = True) -> Callable[[Function], Function]:
    """Record a function as a loss and return the same function.

    Parameters
    ----------
    family : str
        The family module.
    additive : bool
        Whether splitting the batch and adding the sums gives the sum of the whole.
    """

    def record(function: Function) -> Function:
        LOSSES[function.__name__] = LossInfo(function, family, additive)
        return function

    return record


def explain_missing_name(name: str) -> NoReturn:
    """Raise the error for a name that the package lacks; where another library has it, naming our call for it."""
    message = f"module 'agnostic_losses' has no attribute {name!r}"
    if not name.startswith("_"):  # Python itself asks for those, and often
        from agnostic_losses import _peers

        answers = list(_peers.answers(name))
        if answers:
            message = "\n  ".join((f"{message}. With `import agnostic_losses as al`:", *answers))
            if _asked_by_import():
                raise ImportError(message, name="agnostic_losses")
    raise AttributeError(message)


def _asked_by_import() -> bool:
    """Return whether ``from agnostic_losses import ...`` asks, which would replace the text of an AttributeError."""
    return sys._getframe(2).f_code.co_name == "_handle_fromlist"
