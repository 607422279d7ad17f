"""CuPy: arrays on a GPU; gradients come from the tape."""

from __future__ import annotations

import cupy

from agnostic_losses.testing.frameworks import Framework
from agnostic_losses.testing.modes import Mode, everything


def on(device: str) -> Framework:
    """Return CuPy."""
    return Framework(
        "cupy",
        array=cupy.asarray,
        numpy=cupy.asnumpy,
        array_type=cupy.ndarray,
        cast=lambda x, dtype: x.astype(dtype),
        modes={"eager": Mode(everything, "the tape")},
        halves=("float16",),
    )
