"""Whether anyone differentiates what eager mode computes, which TensorFlow's public interface doesn't tell.

Where a later TensorFlow has these functions no more, the answer is as if someone always did: slower, and right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

try:
    from tensorflow.python.eager.record import could_possibly_record as _could_be_recorded
except ImportError:

    def _could_be_recorded() -> bool:
        return True


try:
    from tensorflow.python.eager.record import should_record_backprop as _should_record
except ImportError:

    def _should_record(tensors: Sequence[Any]) -> bool:
        return True


try:
    from tensorflow.python.eager.forwardprop_util import pack_tangents as _pack_tangents
except ImportError:
    _pack_tangents = None

_executing_eagerly = tf.executing_eagerly


def is_unrecorded() -> bool:
    """Whether this is eager mode without a tape or an accumulator: a kernel's gradient matters to nobody."""
    return not _could_be_recorded() and bool(_executing_eagerly())


def is_watched(array: Any) -> bool:
    """Whether a tape watches an array of eager mode, or what it was made of."""
    return bool(_should_record([array]))


def has_tangents(arrays: Sequence[Any]) -> bool:
    """Whether this is eager mode, and an accumulator of forward mode watches one of the arrays."""
    return bool(_executing_eagerly()) and (_pack_tangents is None or bool(_pack_tangents(list(arrays)).tangents))
