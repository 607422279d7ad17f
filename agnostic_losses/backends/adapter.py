"""What a backend computes with, and what every adapter module beside this one provides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agnostic_losses._typing import Namespace

NativeFunctions = Mapping[str, Callable[..., Any]]


@dataclass(frozen=True, eq=False)
class Adapter:
    """What a backend computes with.

    Attributes
    ----------
    name : str
        The name that error messages use.
    namespace : module or None
        The array API namespace; None when each array names its own through `__array_namespace__`.
    native : mapping of str to callable
        The functions that this framework provides outside the standard; see `agnostic_losses.backends.native`.
    """

    name: str
    namespace: Namespace | None
    native: NativeFunctions = field(default_factory=dict)
