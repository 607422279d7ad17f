"""The catalogue: every loss files its metadata here, and nothing is wrapped.

Tests, the conformance suite and the hints for foreign names read `LOSSES`; no list of losses is kept by hand.
"""

from __future__ import annotations

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
    aliases : tuple of str
        Dotted names of the same loss in other libraries.
    additive : bool
        Whether the loss of a batch is made of the losses of its parts; contrastive losses are not.
    """

    function: Callable[..., Any]
    family: str
    aliases: tuple[str, ...]
    additive: bool

    @property
    def name(self) -> str:
        """The public name."""
        return self.function.__name__


LOSSES: dict[str, LossInfo] = {}
"""Every loss by its public name."""


def loss(*, family: str, aliases: tuple[str, ...] = (), additive: bool = True) -> Callable[[Function], Function]:
    """Record a function as a loss and return the same function.

    Parameters
    ----------
    family : str
        The family module.
    aliases : tuple of str
        Dotted names of the same loss elsewhere, for example ``"torch.nn.functional.mse_loss"``.
    additive : bool
        Whether splitting the batch and adding the sums gives the sum of the whole.
    """

    def record(function: Function) -> Function:
        LOSSES[function.__name__] = LossInfo(function, family, aliases, additive)
        return function

    return record


def explain_missing_name(name: str) -> NoReturn:
    """Raise the AttributeError for a name that the package lacks, naming ours where another library has it."""
    for info in LOSSES.values():
        for alias in info.aliases:
            if alias.rpartition(".")[2] == name:
                raise AttributeError(
                    f"module 'agnostic_losses' has no attribute {name!r}: the nearest to {alias} is "
                    f"agnostic_losses.{info.name}, and its notes say what differs"
                )
    raise AttributeError(f"module 'agnostic_losses' has no attribute {name!r}")
