"""Softmax functions in log space, exact to rounding for confident rows, with -inf logits allowed.

Stable textbook forms subtract two large numbers in the end, and return 0 once the winner leads by 17 in float32.
Here every sum is of positive terms.
"""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses._typing import Array, Namespace
from agnostic_losses.backends import fused, shape, stop_gradient
from agnostic_losses.ops.indexing import along, one_hot, pick
from agnostic_losses.ops.special import times_log


def logsumexp(x: Array, axis: int, *, xp: Namespace) -> Array:
    """Return ``log(sum(exp(x)))`` along an axis; -inf entries count nothing, and all -inf gives the lowest number."""
    peak, rest = _peak_and_rest(x, axis, xp)
    return peak + rest


def log_softmax(x: Array, axis: int, *, xp: Namespace) -> Array:
    """Return ``x - logsumexp(x)`` along an axis."""
    return fused("log_softmax", _log_softmax, x, xp=xp, axis=axis)


def _log_softmax(x: Array, *, axis: int, xp: Namespace) -> Array:
    peak = _peak(x, axis, xp)
    shifted = x - peak
    # The largest terms are exactly 1; taken out before adding, the logarithm of the rest keeps its digits near 0.
    largest = xp.astype(shifted == 0, x.dtype)
    others = xp.sum(xp.exp(shifted) - largest, axis=axis, keepdims=True)
    rest = others + (xp.sum(largest, axis=axis, keepdims=True) - 1.0)
    return shifted - xp.log1p(rest)


def log_odds_against(logits: Array, labels: Any, axis: int, *, xp: Namespace, own: Any = None) -> Array:
    r"""Return :math:`\log \frac{1 - p_y}{p_y}`, the log-odds that softmax gives to all classes but the label.

    The probability of the label is ``sigmoid(-r)`` and its cross entropy ``softplus(r)``: both keep every digit
    where the label leads, and the gradient at the label is minus the sum of the others, without cancellation.

    Parameters
    ----------
    logits : array
        Scores; -inf excludes a class.
    labels : integer array
        Indices in the shape of `logits` without `axis`; the first class stands in for a negative one.
    axis : int
        The axis of the classes.
    xp : module
        The namespace of `logits`.
    own : array, optional
        The logits of the labels where they are at hand, in the shape of `labels`.

    Returns
    -------
    array
        In the shape of `labels`. Without any other class it is the lowest number of the dtype or less.
    """
    if own is not None or shape(logits)[axis] == 0:
        return _log_odds_against(logits, labels, own, axis=axis, xp=xp)
    return fused("log_odds_against", _log_odds_against, logits, labels, xp=xp, axis=axis)


def _log_odds_against(logits: Any, labels: Any, own: Any = None, *, axis: int, xp: Namespace) -> Any:
    others = xp.where(one_hot(labels, logits, axis, xp=xp), -math.inf, logits)
    peak, rest = _peak_and_rest(others, axis, xp)
    own = pick(logits, labels, axis, xp=xp) if own is None else own
    # First the difference of the large numbers: where classes tie at 1e30, it is exact, and the rest is not lost.
    return (peak - own) + rest


def spread_over_classes(log_probs: Any, class_weights: Any, axis: int, *, xp: Namespace) -> Any:
    """Return the cross entropy under equal probabilities, which label smoothing mixes in; class weights may be None."""
    if class_weights is not None:
        log_probs = times_log(along(class_weights, log_probs, axis, xp=xp), log_probs, xp=xp)
    return -xp.mean(log_probs, axis=axis)


def _peak_and_rest(x: Any, axis: int, xp: Namespace) -> tuple[Any, Any]:
    """Return the largest entry, and what the logarithm of the sum of exponentials is beyond it."""
    peak = _peak(x, axis, xp)
    total = xp.sum(xp.exp(x - peak), axis=axis)
    return xp.squeeze(peak, axis=axis), xp.log(xp.where(total == 0, 1.0, total))


def _peak(x: Any, axis: int, xp: Namespace) -> Any:
    # Only a shift, so that it needs no gradient; finite, so that rows of -inf do not become NaN.
    lowest = xp.finfo(x.dtype).min
    if shape(x)[axis] == 0:
        return xp.sum(x, axis=axis, keepdims=True) + lowest
    peak = stop_gradient(xp.max(x, axis=axis, keepdims=True))
    return xp.where(peak == -math.inf, lowest, peak)
