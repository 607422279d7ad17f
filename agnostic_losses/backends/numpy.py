"""NumPy: the values can always be read, the tape of `agnostic_losses.autodiff` differentiates."""

from __future__ import annotations

import operator

import array_api_compat.numpy as namespace
import numpy as np

from agnostic_losses.backends import numpy_divergences, numpy_fused
from agnostic_losses.backends.adapter import Adapter

ADAPTER = Adapter(
    "numpy",
    namespace,
    {
        "concrete": lambda x: x,
        "shape": operator.attrgetter("shape"),
        "device": lambda x: None,
        "index_dtype": lambda: np.int64,
        "from_numpy": lambda x, like: x,
        "abs": np.abs,
        # In one pass, where `where` takes several.
        "relu": lambda x: np.maximum(x, 0.0),
        **numpy_fused.FORMS,
        **numpy_divergences.FORMS,
    },
)
