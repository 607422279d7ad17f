"""Constants, and what the standard's inspection functions answer."""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf

from agnostic_losses.backends.tensorflow._dtypes import DEFAULTS, DTYPES, HALF, isdtype
from agnostic_losses.backends.tensorflow._typing import DType

api_version = "2025.12"  # of the functions: the operators of a tf.Tensor are TensorFlow's own

e = math.e
inf = math.inf
nan = math.nan
newaxis = None
pi = math.pi


class NamespaceInfo:
    """What `__array_namespace_info__` returns."""

    def capabilities(self) -> dict[str, Any]:
        """Return what works on tensors; in a trace, sizes that depend on data are unknown."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 8}

    def default_device(self) -> None:
        """None: TensorFlow places each operation itself."""
        return

    def default_dtypes(self, *, device: Any = None) -> dict[str, DType]:
        """Return the dtypes of arrays made without one."""
        return dict(DEFAULTS)

    def devices(self) -> tuple[str, ...]:
        """Return the names of the devices that TensorFlow sees."""
        return tuple(device.name for device in tf.config.list_logical_devices())

    def dtypes(self, *, device: Any = None, kind: Any = None) -> dict[str, DType]:
        """Return the standard's dtypes of a kind by name; float16 and bfloat16 are extras and not listed."""
        listed = [dtype for dtype in DTYPES if dtype not in HALF]
        return {dtype.name: dtype for dtype in listed if kind is None or isdtype(dtype, kind)}


def namespace_info() -> NamespaceInfo:
    """Return an object that tells about dtypes, devices and capabilities."""
    return NamespaceInfo()
