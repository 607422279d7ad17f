"""What a framework looks like to a checker: arrays in and out, and the modes that a loss can run in.

One module a framework, imported when it is asked for; each has a `FRAMEWORK`.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from agnostic_losses.testing.modes import Function, Mode

__all__ = ["DEVICES", "Framework", "load", "on_device"]

DEVICES = {
    "numpy": ("cpu",),
    "torch": ("cpu", "cuda"),
    "jax": ("cpu", "cuda"),
    "tensorflow": ("cpu",),
    "array_api_strict": ("cpu",),
    "cupy": ("cuda",),
}
"""The frameworks that checks run on, and where; "array_api_strict" forbids what the standard leaves open."""


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
    main : str
        The mode that a suite compares most in; the others transform or compile the same source.
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
    main: str = "eager"
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


def on_device(device: str) -> list[Framework]:
    """Return the installed frameworks that run on a device."""
    found = [name for name in DEVICES if importlib.util.find_spec(name) is not None and device in DEVICES[name]]
    return [load(name, device) for name in found]


@functools.cache
def load(name: str, device: str = "cpu") -> Framework:
    """Import a framework and return it.

    Parameters
    ----------
    name : str
        One of `DEVICES`.
    device : str
        "cpu", or "cuda" for the frameworks that have it.

    Raises
    ------
    ValueError
        If there is no such framework, or it does not run on the device.
    ImportError
        If it is not installed.
    """
    if name not in DEVICES:
        raise ValueError(f"a backend must be one of {', '.join(DEVICES)}, got {name!r}")
    if device not in DEVICES[name]:
        raise ValueError(f"{name} is checked on {' and '.join(DEVICES[name])}, got device {device!r}")
    framework: Framework = importlib.import_module(f"{__name__}.{name}").on(device)
    return framework
