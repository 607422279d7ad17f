"""Fused forms for TensorFlow: blocks of a loss in fewer passes over memory than their generic bodies take.

Outside XLA every operation of TensorFlow allocates its result, and large arrays take as long as their passes. A form
is made of TensorFlow's own operations, so that they are differentiated in every mode, twice too: a gradient of its own
that needs another one can't be, where the tapes are outside a tf.function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf


def huber(generic: Callable[..., Any], predictions: Any, targets: Any, delta: float) -> Any:
    """Return ``clipped * (error - clipped / 2)``, whose derivatives of both orders are those of the Huber loss.

    Of an infinite error the clip's gradient selects, so that no infinity reaches it; NaN comes through the error.
    """
    error = predictions - targets
    bound = tf.constant(delta, error.dtype)
    clipped = tf.raw_ops.Maximum(x=tf.raw_ops.Minimum(x=error, y=bound), y=-bound)
    return clipped * (error - 0.5 * clipped)


FORMS: dict[str, Callable[..., Any]] = {"huber": huber}
"""The forms that the native table of TensorFlow has, by name."""
