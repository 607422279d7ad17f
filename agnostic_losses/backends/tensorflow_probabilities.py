"""Fused forms for TensorFlow of probabilities, of their logarithms, and of softmax: see `tensorflow_fused`.

Where a probability is 0 or 1, or a class impossible, the generic bodies select branches, each a pass over memory. The
forms look whether there is any such number, which takes a fraction of a pass.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import tensorflow as tf

from agnostic_losses.backends.tensorflow_fused import Form, rows_of

# --- logarithms


def _has_inner(probs: Any, floor: float, ceiling: float = math.inf) -> bool:
    """Whether no logarithm of a probability, or of what is beside it, goes on as its tangent."""
    return 0 not in probs.shape and bool(tf.reduce_min(probs) > floor and tf.reduce_max(probs) < ceiling)


def _log_probability(probs: Any, floor: float) -> tuple[Any, tuple[()]] | None:
    return (tf.math.log(probs), ()) if _has_inner(probs, floor) else None


def _log_probability_gradient(g: Any, needed: Any, saved: Any, probs: Any, floor: float) -> tuple[Any]:
    return (g / probs,)


def _times_log(x: Any, log_y: Any) -> tuple[Any, tuple[()]] | None:
    if x.shape != log_y.shape:
        return None
    product = x * log_y
    # Not a number is only 0 times -inf, if nothing else is.
    return None if tf.math.is_nan(tf.reduce_sum(product)) else (product, ())


def _times_log_gradient(g: Any, needed: Any, saved: Any, x: Any, log_y: Any) -> tuple[Any, Any]:
    return g * log_y if needed[0] else None, g * x if needed[1] else None


def _binary(probs: Any, targets: Any, floor: float) -> tuple[Any, tuple[()]] | None:
    if not _has_inner(probs, floor, 1.0):
        return None
    log_zero = tf.math.log1p(probs / (1.0 - probs))
    return log_zero * (1.0 - targets) - tf.math.log(probs) * targets, ()


def _binary_gradient(g: Any, needed: Any, saved: Any, probs: Any, targets: Any, floor: float) -> tuple[Any, Any]:
    by_probs = (probs - targets) / ((1.0 - probs) * probs) * g if needed[0] else None
    by_targets = (tf.math.log1p(-probs) - tf.math.log(probs)) * g if needed[1] else None
    return by_probs, by_targets


# --- divergences


def _poisson(rates: Any, targets: Any) -> tuple[Any, tuple[()]] | None:
    return (rates - targets * tf.math.log(rates), ()) if _has_inner(rates, 0.0) else None


def _poisson_gradient(g: Any, needed: Any, saved: Any, rates: Any, targets: Any) -> tuple[Any, Any]:
    by_rates = (rates - targets) / rates * g if needed[0] else None
    return by_rates, -tf.math.log(rates) * g if needed[1] else None


def _kl(log_probs: Any, target_probs: Any, axis: int) -> tuple[Any, tuple[()]] | None:
    if not _has_inner(log_probs, -math.inf) or tf.reduce_min(target_probs) < 0.0:
        return None
    return tf.squeeze(rows_of(_log_quotient(log_probs, target_probs) * target_probs, axis), axis), ()


def _log_quotient(log_probs: Any, target_probs: Any) -> Any:
    # The smallest normal number in place of 0, which it is multiplied with.
    return tf.math.log(tf.maximum(target_probs, np.finfo(target_probs.dtype.as_numpy_dtype).tiny)) - log_probs


def _kl_gradient(g: Any, needed: Any, saved: Any, log_probs: Any, target_probs: Any, axis: int) -> tuple[Any, Any]:
    g, by_targets = tf.expand_dims(g, axis), None
    if needed[1]:
        slope = (_log_quotient(log_probs, target_probs) + 1.0) * g
        by_targets = tf.where(target_probs == 0.0, tf.zeros_like(slope), slope)
    return target_probs * -g if needed[0] else None, by_targets


# --- softmax


def _sizes(logits: Any, axis: int) -> tuple[Any, Any, Any]:
    """Return the logits less the largest, their exponentials, and the sum of all but the largest, which is 1."""
    shifted = logits - tf.maximum(rows_of(logits, axis, tf.raw_ops.Max), logits.dtype.min)
    sizes = tf.exp(shifted)
    total = rows_of(sizes, axis)
    rest = total - 1.0
    if tf.reduce_any(total < 1.5):
        # Where the largest stands alone, the others are added up without it, and keep their digits.
        rest = tf.where(total < 1.5, rows_of(sizes - tf.floor(sizes), axis), rest)
    return shifted, sizes, rest


def _log_softmax(logits: Any, axis: int) -> tuple[Any, tuple[Any, Any]] | None:
    if 0 in logits.shape:
        return None
    shifted, sizes, rest = _sizes(logits, axis)
    return shifted - tf.math.log1p(rest), (sizes, rest)


def _log_softmax_gradient(g: Any, needed: Any, saved: Any, logits: Any, axis: int) -> tuple[Any]:
    sizes, rest = saved
    return (g - sizes * (rows_of(g, axis) / (1.0 + rest)),)


def _soft(logits: Any, target_probs: Any, axis: int) -> tuple[Any, tuple[Any, Any]] | None:
    if 0 in logits.shape:
        return None
    shifted, sizes, rest = _sizes(logits, axis)
    products = rows_of(shifted * target_probs, axis)
    if tf.reduce_any(tf.math.is_nan(products)):  # a target of 0 beside a logit of -inf
        return None
    value = tf.math.log1p(rest) * rows_of(target_probs, axis) - products
    return tf.squeeze(value, axis), (sizes, rest)


def _soft_gradient(g: Any, needed: Any, saved: Any, logits: Any, target_probs: Any, axis: int) -> tuple[Any, Any]:
    (sizes, rest), g, by_logits = saved, tf.expand_dims(g, axis), None
    if needed[0]:
        by_logits = sizes * (g * rows_of(target_probs, axis) / (1.0 + rest)) - target_probs * g
    return by_logits, -_log_softmax(logits, axis)[0] * g if needed[1] else None  # type: ignore[index]


def _log_odds_against(logits: Any, labels: Any, axis: int) -> tuple[Any, tuple[Any, ...]] | None:
    if axis % logits.shape.rank != logits.shape.rank - 1 or 0 in logits.shape:
        return None
    rows = tf.reshape(logits, [-1, logits.shape[-1]])
    index = tf.maximum(tf.reshape(labels, [-1]), 0)
    places = tf.stack([tf.range(rows.shape[0], dtype=index.dtype), index], axis=1)
    # The lowest number in place of the label counts nothing, unless there is nothing else.
    others = _with(rows, places, tf.fill(index.shape, tf.constant(rows.dtype.min, rows.dtype)))
    peak = rows_of(others, 1, tf.raw_ops.Max)
    sizes = tf.exp(others - peak)
    total = rows_of(sizes, 1)
    # First the difference of the large numbers, as in the generic body.
    value = (tf.squeeze(peak, 1) - tf.gather_nd(rows, places)) + tf.math.log(tf.squeeze(total, 1))
    return tf.reshape(value, labels.shape), (places, sizes, total)


def _log_odds_gradient(g: Any, needed: Any, saved: Any, logits: Any, labels: Any, axis: int) -> tuple[Any, None]:
    (places, sizes, total), g = saved, tf.reshape(g, [-1])
    return tf.reshape(_with(sizes * (g[:, None] / total), places, -g), logits.shape), None


def _with(x: Any, places: Any, entries: Any) -> Any:
    """Return an array with other entries in some places."""
    return tf.raw_ops.TensorScatterUpdate(tensor=x, indices=places, updates=entries)


FORMS: dict[str, Form] = {
    "log_probability": Form(_log_probability, _log_probability_gradient, looks=True),
    "times_log": Form(_times_log, _times_log_gradient, looks=True),
    "binary_cross_entropy_of_probs": Form(_binary, _binary_gradient, looks=True),
    "poisson_nll": Form(_poisson, _poisson_gradient, looks=True),
    "kl_divergence": Form(_kl, _kl_gradient, looks=True),
    "log_softmax": Form(_log_softmax, _log_softmax_gradient, looks=True),
    "soft_cross_entropy": Form(_soft, _soft_gradient, looks=True),
    "log_odds_against": Form(_log_odds_against, _log_odds_gradient),
}
"""The forms that the native table of TensorFlow has, by name."""
