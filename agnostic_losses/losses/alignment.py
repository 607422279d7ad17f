"""Sequences against labels that have no times: sums over all the ways in which they can be aligned."""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.backends import concrete, convert, dim, index_dtype, is_array, shape
from agnostic_losses.ops import as_mask, prepare, reduce
from agnostic_losses.ops.checks import check_integer, check_labels, check_shape


@loss(family="alignment")
def ctc(
    logits: Array,
    labels: ArrayLike,
    input_lengths: ArrayLike | None = None,
    label_lengths: ArrayLike | None = None,
    *,
    blank: int = 0,
    zero_infinity: bool = False,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Connectionist temporal classification: minus the log-probability of a sequence of labels, however aligned.

    .. math:: l = -\log \sum_{\pi \in B^{-1}(y)} \prod_{t=1}^T p_{t, \pi_t}, \qquad p_t = \operatorname{softmax}(z_t)

    where :math:`B` takes a path of one class a frame to its labels: repeated classes become one, then blanks go.

    Parameters
    ----------
    logits : array
        Scores :math:`z` of shape (..., T, K): the K classes of every one of T frames. -inf excludes a class, not all.
    labels : integer array
        Class ids :math:`y` without blanks, of shape (..., L).
    input_lengths : integer array, optional
        The number of frames of each sequence, from 0 to T; all T when absent. What follows them is not read.
    label_lengths : integer array, optional
        The number of labels of each sequence, from 0 to L; all L when absent. What follows them is not read.
    blank : int
        The class that stands for no label, from 0 to K - 1.
    zero_infinity : bool
        Whether the loss is 0 where no path has the labels, and not infinite. Its gradient is 0 in both cases.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over sequences.

    Returns
    -------
    array
        A scalar; the shape of `logits` without the last two axes for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If the shapes do not fit, `blank` is no class, or a length or a label is out of range or a label is the blank
        and this can be read at no cost; on accelerators and under jit such a sequence is NaN.
    TypeError
        If labels or lengths are not integers.

    Notes
    -----
    Labels need a frame each, and two equal ones in a row one more between. Computed by the forward recursion, a step a
    frame, and differentiable twice, which torch's is not; inside TensorFlow's XLA, once, or with
    `agnostic_losses.hessian_diagonal`. States far behind the best one keep their digits: with 120 frames of logits of
    size 10 in float32 the gradient is off by 2e-7, torch's by 9e-5.

    torch takes log-probabilities of shape (T, N, K), and divides each loss by its number of labels before the mean: the
    losses 1.2651 and 2.0747 of two labels and one give 1.3536 there, 1.6699 here. TensorFlow has the time first, too,
    unless told otherwise; optax takes paddings in place of lengths; ``keras.losses.CTC`` has no input lengths, and
    zeros for padding. Where no path has the labels, torch's gradient is NaN without ``zero_infinity``, and optax, Keras
    and TensorFlow return a finite number (99999 and 707) with a gradient.

    References
    ----------
    A. Graves et al., "Connectionist Temporal Classification: Labelling Unsegmented Sequence Data with Recurrent Neural
    Networks", ICML 2006.
    """
    xp, logits, given, where = _prepare_sequences(logits, labels, where)
    blank = _check_blank(blank, logits)
    input_lengths = _prepare_lengths(input_lengths, logits[..., 0], "input_lengths", where, xp)
    label_lengths = _prepare_lengths(label_lengths, given, "label_lengths", where, xp)
    labels, label_lengths = _prepare_labels(labels, given, label_lengths, logits, blank, xp)
    log_likelihood = _log_likelihood(logits, labels, input_lengths, label_lengths, blank, xp)
    impossible = log_likelihood == -math.inf
    values = xp.where(impossible, 0.0 if zero_infinity else math.inf, -xp.where(impossible, 0.0, log_likelihood))
    for lengths in (input_lengths, label_lengths):
        values = ops.invalidate(values, lengths, xp=xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


def _log_likelihood(logits: Any, labels: Any, input_lengths: Any, label_lengths: Any, blank: int, xp: Namespace) -> Any:
    """Return the logarithm of the probability of the labels, by the forward recursion."""
    frames = _before(input_lengths, logits[..., 0], xp)
    scores, largest, log_total = _relative(xp.where(xp.expand_dims(frames, axis=-1), logits, 0.0), xp)
    counted = xp.expand_dims(_before(label_lengths, labels, xp), axis=-2)
    at_labels = xp.where(counted, _at_labels(scores, labels, xp), -math.inf)
    entries = (scores[..., blank : blank + 1], at_labels, largest, xp.expand_dims(frames, axis=-1))
    no_labels = xp.zeros_like(labels, dtype=logits.dtype)
    one = xp.expand_dims(xp.zeros_like(xp.sum(labels, axis=-1), dtype=logits.dtype), axis=-1)
    # Blanks have one place more than labels: before, between and after them.
    blanks = (xp.concat([one, no_labels - math.inf], axis=-1), xp.concat([one, no_labels], axis=-1))
    begin = (*blanks, no_labels - math.inf, no_labels)
    # Not moveaxis: torch.func.vmap has no rule for it.
    frames_first = (logits.ndim - 2, *range(logits.ndim - 2), logits.ndim - 1)
    entries = tuple(xp.permute_dims(entry, frames_first) for entry in entries)
    *at_blanks, after, rest = ops.fold(_step_between(labels, one, xp), begin, entries)
    at_labels = (xp.concat([one - math.inf, after], axis=-1), xp.concat([one, rest], axis=-1))
    ends = [tuple(ops.pick(part, label_lengths, -1, xp=xp) for part in state) for state in (at_blanks, at_labels)]
    best, rest = _sum(*ends, xp=xp)
    return best + (rest - xp.sum(xp.where(frames, log_total, 0.0), axis=-1))


def _relative(logits: Any, xp: Namespace) -> tuple[Any, Any, Any]:
    """Return the logits, the largest of each frame as a constant, and the log-sum of exponentials relative to it."""
    winners = xp.argmax(ops.stop_gradient(logits), axis=-1)
    wins = ops.one_hot(winners, logits, -1, xp=xp)
    largest = xp.expand_dims(ops.pick(logits, winners, -1, xp=xp), axis=-1)
    top = ops.stop_gradient(largest)
    # In frames with a class of more than 1/2 what is differentiated are the differences to it, so that its slope is
    # minus the sum of the others' and keeps its digits. Elsewhere its own slope is more exact than this sum.
    others = xp.sum(xp.where(wins, 0.0, xp.exp(ops.stop_gradient(logits) - top)), axis=-1, keepdims=True)
    leads = xp.where(xp.logical_and(wins, others < 1), 0.0, logits - xp.where(others < 1, largest, top))
    log_total = xp.log1p(xp.sum(xp.exp(leads) - xp.astype(wins, logits.dtype), axis=-1))
    leads = xp.where(logits == -math.inf, 0.0, leads)
    return ops.stop_gradient(logits) + (leads - ops.stop_gradient(leads)), top, log_total


def _step_between(labels: Any, one: Any, xp: Namespace) -> Any:
    """Return the step of the recursion by one frame: from blanks and labels to the next blanks and labels."""
    before = xp.concat([xp.zeros_like(one, dtype=labels.dtype) - 1, labels], axis=-1)[..., :-1]
    different = labels != before

    def step(carry: tuple[Any, ...], entry: tuple[Any, ...]) -> tuple[Any, ...]:
        blanks, blank_rests, places, rests = carry
        blank, label, largest, inside = entry
        places_before, rests_before = xp.concat([one - math.inf, places], axis=-1), xp.concat([one, rests], axis=-1)
        # A blank must stand between two equal labels, and may between others.
        skipping = (xp.where(different, places_before[..., :-1], -math.inf), rests_before[..., :-1])
        to_labels = _sum((places, rests), (blanks[..., :-1], blank_rests[..., :-1]), skipping, xp=xp)
        to_blanks = _sum((blanks, blank_rests), (places_before, rests_before), xp=xp)
        moved = (*_times(to_blanks, blank, largest, xp), *_times(to_labels, label, largest, xp))
        return tuple(xp.where(inside, new, old) for new, old in zip(moved, carry, strict=True))

    return step


# The weight of paths is given by its logarithm in two parts: that of the best path, a constant for differentiation, and
# the rest, which has the whole gradient. However far a state is behind, the rest keeps its digits.


def _sum(*weights: tuple[Any, Any], xp: Namespace) -> tuple[Any, Any]:
    """Return the sum of weights of paths."""
    best = weights[0][0]
    for other, _ in weights[1:]:
        best = xp.where(other > best, other, best)
    none = best == -math.inf
    zero = xp.where(none, 0.0, best)
    first, *others = (rest + (own - zero) for own, rest in weights)
    for other in others:
        first = ops.logaddexp(first, other, xp=xp)
    return best, xp.where(none, 0.0, first)


def _times(weight: tuple[Any, Any], logit: Any, largest: Any, xp: Namespace) -> tuple[Any, Any]:
    """Return weights of paths with one more frame, relative to the largest logit of that."""
    best, rest = weight
    none = xp.logical_or(best == -math.inf, logit == -math.inf)
    best, logit = xp.where(none, 0.0, best), xp.where(none, 0.0, logit)
    plain = ops.stop_gradient(logit)
    lead, lost_first = _exact_sum(plain, -largest)
    best, lost = _exact_sum(best, lead)
    rest = rest + (lost + lost_first + (logit - plain))
    return xp.where(none, -math.inf, best), xp.where(none, 0.0, rest)


def _exact_sum(x: Any, y: Any) -> tuple[Any, Any]:
    """Return a sum and what rounding takes from it, which is exact (Knuth's two-sum)."""
    total = x + y
    added = total - x
    return total, (x - (total - added)) + (y - added)


def _at_labels(log_probs: Any, labels: Any, xp: Namespace) -> Any:
    """Return the log-probability of each label in each frame."""
    indices = xp.expand_dims(xp.where(labels >= 0, labels, 0), axis=-2)
    indices = indices + xp.zeros_like(log_probs[..., :1], dtype=indices.dtype)
    return ops.take_along_axis(log_probs, indices, -1, xp=xp)


def _before(lengths: Any, places: Any, xp: Namespace) -> Any:
    """Return which places of each sequence, along the last axis, are within its length."""
    return ops.along(ops.positions(places, -1, xp=xp), places, -1, xp=xp) < xp.expand_dims(lengths, axis=-1)


def _prepare_sequences(logits: Array, labels: ArrayLike, where: ArrayLike | None) -> Any:
    """Return the namespace, the logits with 0 in sequences that the mask excludes, the labels as data, and the mask."""
    xp, logits = prepare(logits=logits)
    if logits.ndim < 2:
        raise ValueError(f"logits must have the shape (..., frames, classes), got {shape(logits)}")
    if where is not None:
        where = as_mask(where, logits, xp)
        logits = ops.exclude(logits, where, (-2, -1), xp=xp, name="logits")
    labels = convert(labels, logits, "labels")
    check_integer(labels, "labels", xp)
    if labels.ndim != logits.ndim - 1:
        raise ValueError(f"labels must have {logits.ndim - 1} dimensions, those of logits but one, got {shape(labels)}")
    batch = tuple(range(logits.ndim - 2))
    check_shape(xp.sum(labels, axis=-1), logits, batch, "labels", "a row for each sequence of logits")
    return xp, logits, labels, where


def _prepare_lengths(lengths: ArrayLike | None, places: Any, name: str, where: Any, xp: Namespace) -> Any:
    """Return lengths as indices, those of all places when absent; 0 where excluded, -1 where out of range."""
    most, longest, index = dim(places, -1), shape(places)[-1], index_dtype(places, xp)
    if lengths is None:
        known = xp.zeros_like(xp.sum(places, axis=-1), dtype=index) + most
    else:
        data = lengths if is_array(lengths) else convert(lengths, None, name)
        known = convert(data, places, name)
        if not xp.isdtype(known.dtype, "integral"):
            raise TypeError(f"{name} must be integers, got dtype {known.dtype}")
        check_shape(known, places, tuple(range(places.ndim - 1)), name, "one number for each sequence")
        check_labels(data, None if longest is None else longest + 1, name, where=where)
        known = xp.astype(known, index)
        known = xp.where(xp.logical_or(known < 0, known > most), -1, known)
    return known if where is None else xp.where(where, known, 0)


def _prepare_labels(data: Any, labels: Any, lengths: Any, logits: Any, blank: int, xp: Namespace) -> tuple[Any, Any]:
    """Return labels as indices, and their numbers, -1 where a label is out of range or the blank."""
    counted = _before(lengths, labels, xp)
    # As they came: conversion may wrap large numbers.
    data = data if is_array(data) else convert(data, None, "labels")
    check_labels(data, shape(logits)[-1], "labels", where=counted)
    labels = xp.astype(labels, index_dtype(logits, xp))
    _check_no_blank(xp.logical_and(counted, labels == blank), blank)
    bad = xp.logical_or(xp.logical_or(labels < 0, labels >= dim(logits, -1)), labels == blank)
    bad = xp.logical_and(counted, bad)
    return xp.where(xp.logical_or(bad, xp.logical_not(counted)), -1, labels), xp.where(
        xp.any(bad, axis=-1), -1, lengths
    )


def _check_no_blank(found: Any, blank: int) -> None:
    values = concrete(found)
    if values is not None and values.any():
        index = tuple(int(i[0]) for i in values.nonzero())
        raise ValueError(f"labels must not be the blank, {blank}, got it at index {index if index[1:] else index[0]}")


def _check_blank(blank: int, logits: Any) -> int:
    n_classes = shape(logits)[-1]
    if isinstance(blank, bool) or not isinstance(blank, int):
        raise TypeError(f"blank must be an integer, got {blank!r}")
    if blank < 0 or (n_classes is not None and blank >= n_classes):
        raise ValueError(f"blank must be one of the {n_classes} classes, got {blank}")
    return blank
