"""array-api-strict: the standard and nothing else, on several devices; gradients come from the tape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import array_api_strict
import numpy as np

from agnostic_losses.testing.frameworks import Framework
from agnostic_losses.testing.modes import Function, Mode, Results, Subject, everything

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


def _strictly(subject: Subject, arrays: Sequence[Any]) -> Function:
    """Evaluate under the strictest flags, and leave those of the process as they were."""
    compute = everything(subject)

    def evaluate(*arrays: Any) -> Results:
        with array_api_strict.ArrayAPIStrictFlags(**STRICTEST):
            return compute(*arrays)  # type: ignore[no-any-return]

    return evaluate


def on(device: str) -> Framework:
    """Return array-api-strict."""
    return Framework(
        "array_api_strict",
        array=array_api_strict.asarray,
        numpy=lambda x: np.asarray(x._array),
        array_type=type(array_api_strict.asarray(0.0)),
        cast=lambda x, dtype: array_api_strict.astype(x, getattr(array_api_strict, dtype)),
        modes={
            "eager": Mode(_strictly, "the tape, strictest flags"),
            "device1": Mode(_strictly, "on the second device", array=_array_on("device1")),
            "no_float64": Mode(
                _strictly, "on a device without float64", array=_array_on("no_float64"), dtypes=("float32",)
            ),
        },
    )
