"""Fused forms for NumPy: value and first derivative of a block of a loss in few passes over memory, most in place.

NumPy allocates an array for every operation, and the tape records each one. A form computes the same numbers as the
generic body with few temporaries. The tape takes it for first derivatives; all others come from the generic body,
which every form gets as its first argument, as arrays without dimensions do, which NumPy can't write to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from agnostic_losses.backends.native import FusedForm

Function = Callable[..., Any]


class Form(FusedForm):
    """A block in few passes."""

    def __call__(self, generic: Function, *arrays: Any, **options: Any) -> Any:
        """Return the value."""
        return self.value(*arrays, **options)[0] if self.serves(*arrays) else generic(*arrays)

    def serves(self, *arrays: Any) -> bool:
        """Whether there is an array to write to."""
        return isinstance(arrays[0], np.ndarray) and arrays[0].ndim > 0


# --- two classes


def _decay(x: Any) -> Any:
    """Return ``exp(-abs(x))``."""
    decay = np.abs(x)
    return np.exp(np.negative(decay, out=decay), out=decay)


def _softplus(x: Any) -> tuple[Any, tuple[Any]]:
    decay = _decay(x)
    value = np.log1p(decay)
    value += np.maximum(x, 0.0)
    return value, (decay,)


def _softplus_gradient(g: Any, needed: Any, saved: Any, x: Any) -> tuple[Any]:
    (decay,) = saved
    slope = np.where(x > 0.0, 1.0, decay)
    slope /= 1.0 + decay
    slope *= g
    return (slope,)


def _binary_cross_entropy(logits: Any, targets: Any) -> tuple[Any, tuple[Any]]:
    decay = _decay(logits)
    value = np.where(logits > 0.0, 1.0 - targets, -targets)
    value *= logits
    value += np.log1p(decay)
    return value, (decay,)


def _binary_cross_entropy_gradient(g: Any, needed: Any, saved: Any, logits: Any, targets: Any) -> tuple[Any, Any]:
    (decay,), slope = saved, None
    if needed[0]:
        # Between sigmoid(z) for the label 0 and -sigmoid(-z) for 1: exact at both, without 1 - sigmoid.
        rest = 1.0 - targets
        slope = np.where(logits > 0.0, rest - decay * targets, decay * rest - targets)
        slope /= 1.0 + decay
        slope *= g
    return slope, -logits * g if needed[1] else None


# --- softmax


def _log_odds_against(logits: Any, labels: Any, axis: int) -> tuple[Any, tuple[Any, Any, Any]]:
    index = np.expand_dims(np.maximum(labels, 0), axis)
    odds, own = logits.copy(), np.take_along_axis(logits, index, axis)
    np.put_along_axis(odds, index, -np.inf, axis)
    peak = np.maximum(odds.max(axis=axis, keepdims=True), np.finfo(logits.dtype).min)
    odds -= peak
    np.exp(odds, out=odds)
    total = odds.sum(axis=axis, keepdims=True)
    total[total == 0.0] = 1.0
    # First the difference of the large numbers, as in the generic body.
    value = (peak - own) + np.log(total)
    return np.squeeze(value, axis=axis), (odds, total, index)


def _log_odds_gradient(g: Any, needed: Any, saved: Any, logits: Any, labels: Any, axis: int) -> tuple[Any, None]:
    (odds, total, index), g = saved, np.expand_dims(g, axis)
    slope = odds * (g / total)
    np.put_along_axis(slope, index, -g, axis)
    return slope, None


FORMS = {
    "softplus": Form(_softplus, _softplus_gradient),
    "binary_cross_entropy": Form(_binary_cross_entropy, _binary_cross_entropy_gradient),
    "log_odds_against": Form(_log_odds_against, _log_odds_gradient),
}
"""The forms that the native table of NumPy has, by name."""
