"""NumPy: gradients come from the tape."""

from __future__ import annotations

import numpy as np

from agnostic_losses.testing.frameworks import Framework
from agnostic_losses.testing.modes import Mode, everything


def on(device: str) -> Framework:
    """Return NumPy."""
    return Framework(
        "numpy",
        array=lambda x: x.copy(),
        numpy=np.asarray,
        array_type=np.ndarray,
        cast=lambda x, dtype: x.astype(dtype),
        modes={"eager": Mode(everything, "the tape")},
        halves=("float16",),
        device=lambda x: device,
    )
