"""What a framework looks like to a checker: arrays in and out, and the modes that a loss can run in.

One module a framework, imported when it is asked for; each has a `FRAMEWORK`.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from agnostic_losses.testing.modes import Function, Mode

__all__ = ["NAMES", "Framework", "installed", "load"]

NAMES = ("numpy", "torch", "jax", "tensorflow", "array_api_strict", "cupy")
"""The frameworks that checks run on; "array_api_strict" is the reference that forbids what the standard leaves open."""


@dataclass(frozen=True, eq=False)
class Framework:
    """What a checker needs of a framework.

    Attributes
    ----------
    name : str
        As reports show it.
    array : callable
        Makes an array of a NumPy array, in the same dtype.
    numpy : callable
        Makes a NumPy array of an array; of half precision, in float32 where NumPy lacks the dtype.
    array_type : type
        The type of concrete arrays.
    cast : callable
        ``cast(array, dtype_name)``, also to half precision.
    modes : mapping of str to Mode
        The ways of evaluating a loss; "eager" is the first of them.
    halves : tuple of str
        The half precision dtypes that it has.
    forms : mapping of str to callable
        Its compilers: ``form(f, args)`` returns the compiled function. Lengths of batches are unknown to TensorFlow's.
    brisk : callable
        Prepares a function that is made for one call only: JAX would compile each of its operations on their own.
    vmap : callable, optional
        Maps a function over axis 0 of all its arguments.
    device : callable
        Names the device of an array.
    """

    name: str
    array: Function
    numpy: Function
    array_type: type
    cast: Function
    modes: Mapping[str, Mode]
    halves: tuple[str, ...] = ()
    forms: Mapping[str, Callable[[Function, Sequence[Any]], Function]] = field(default_factory=dict)
    brisk: Function = lambda f: f
    vmap: Function | None = None
    device: Function = lambda x: str(x.device)

    def dtype_name(self, x: Any) -> str:
        """Return the bare name of an array's dtype, such as float32."""
        return getattr(x.dtype, "name", str(x.dtype)).rpartition(".")[2]

    def made_for(self, mode: Mode) -> Framework:
        """Return the same framework with the arrays of a mode."""
        return replace(self, array=mode.array) if mode.array else self

    def in_dtype(self, x: np.ndarray[Any, Any], dtype: str) -> Any:
        """Return an array of a dtype that NumPy may lack; integers and booleans keep theirs."""
        return self.cast(self.array(x), dtype) if x.dtype.kind == "f" and x.dtype.name != dtype else self.array(x)

    def __repr__(self) -> str:
        return self.name


def installed() -> tuple[str, ...]:
    """Return the names of the frameworks that can be imported here."""
    return tuple(name for name in NAMES if importlib.util.find_spec(name) is not None)


def load(name: str, device: str = "cpu") -> Framework:
    """Import a framework and return it.

    Parameters
    ----------
    name : str
        One of `NAMES`.
    device : str
        "cpu", or "cuda" for the frameworks that have it.

    Raises
    ------
    ValueError
        If there is no such framework, or it does not run on the device.
    ImportError
        If it is not installed.
    """
    if name not in NAMES:
        raise ValueError(f"backend must be one of {', '.join(NAMES)}, got {name!r}")
    module = importlib.import_module(f"{__name__}.{name}")
    if device not in module.DEVICES:
        raise ValueError(f"{name} is checked on {' and '.join(module.DEVICES)}, got device {device!r}")
    framework: Framework = module.on(device)
    return framework
