"""array-api-strict: the standard and nothing else, on several devices; gradients come from the tape."""

from __future__ import annotations

from typing import Any

import array_api_strict
import numpy as np

from agnostic_losses.testing.frameworks import Framework
from agnostic_losses.testing.modes import Function, Mode, everything

STRICTEST = {
    "api_version": "2024.12",
    "boolean_indexing": False,
    "data_dependent_shapes": False,
    "enabled_extensions": (),
}
"""No extension, and nothing whose shape depends on values: what every backend has."""


def _array_on(device: str) -> Function:
    def array(x: np.ndarray[Any, Any]) -> Any:
        return array_api_strict.asarray(x, device=array_api_strict.Device(device))

    return array


def on(device: str) -> Framework:
    """Return array-api-strict, and set its strictest flags, which hold for the whole process."""
    array_api_strict.set_array_api_strict_flags(**STRICTEST)
    return Framework(
        "array_api_strict",
        array=array_api_strict.asarray,
        numpy=lambda x: np.asarray(x._array),
        array_type=type(array_api_strict.asarray(0.0)),
        cast=lambda x, dtype: array_api_strict.astype(x, getattr(array_api_strict, dtype)),
        modes={
            "eager": Mode(everything, "the tape, strictest flags"),
            "device1": Mode(everything, "on the second device", array=_array_on("device1")),
            "no_float64": Mode(
                everything, "on a device without float64", array=_array_on("no_float64"), dtypes=("float32",)
            ),
        },
    )
