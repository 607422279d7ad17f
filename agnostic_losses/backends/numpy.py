"""NumPy: the values can always be read, the tape of `agnostic_losses.autodiff` differentiates."""

from __future__ import annotations

import array_api_compat.numpy as namespace
import numpy as np

from agnostic_losses.backends.adapter import Adapter

ADAPTER = Adapter(
    "numpy",
    namespace,
    {
        "concrete": lambda x: x,
        "device": lambda x: None,
        "index_dtype": lambda: np.int64,
        "from_numpy": lambda x, like: x,
        "abs": np.abs,
    },
)
