"""Fused forms for PyTorch of softmax functions: see `torch_fused`.

PyTorch's own kernels take one pass; a class that stands nearly alone loses its digits there, in rows that are few
enough to be looked after by themselves.
"""

from __future__ import annotations

import math
from typing import Any

import torch

from agnostic_losses.backends.torch_fused import Form, aten, lies_last

ALONE = -0.4
"""Up to this log-probability of the largest class the others have not lost digits beside it."""

# --- logarithms of probabilities


def _log_probs(x: Any, axis: int) -> Any:
    """Return ``x - logsumexp(x)`` with all digits, None where a row has no such number."""
    if not lies_last(x, axis):
        return None
    log_probs = torch.log_softmax(x, axis)
    largest = log_probs.amax(axis)
    alone = largest > ALONE
    if bool(alone.any()):
        chosen = log_probs[alone]
        place = chosen.argmax(-1, keepdim=True)
        others = chosen.exp().scatter_(-1, place, 0.0).sum(-1, keepdim=True)
        log_probs[alone] = chosen.scatter_(-1, place, others.neg_().log1p_())
    return None if bool(largest.isnan().any()) else log_probs


def _log_softmax(x: Any, axis: int) -> tuple[Any, tuple[Any]] | None:
    log_probs = _log_probs(x, axis)
    return None if log_probs is None else (log_probs, (log_probs,))


def _log_softmax_gradient(g: Any, needed: Any, saved: Any, x: Any, axis: int) -> tuple[Any]:
    return (aten._log_softmax_backward_data.default(g, saved[0], axis, x.dtype),)


# --- target probabilities


def _soft(logits: Any, target_probs: Any, axis: int) -> tuple[Any, tuple[Any]] | None:
    log_probs = _log_probs(logits, axis)
    if log_probs is None:
        return None
    products = log_probs * target_probs
    values = products.sum(axis)
    if bool(values.isnan().any()):
        values = products.masked_fill_(_is_nothing(log_probs, target_probs), 0.0).sum(axis)
    return values.neg_(), (log_probs,)


def _is_nothing(log_probs: Any, target_probs: Any) -> Any:
    return (target_probs == 0).logical_and_(log_probs == -math.inf)


def _soft_gradient(g: Any, needed: Any, saved: Any, logits: Any, target_probs: Any, axis: int) -> tuple[Any, Any]:
    (log_probs,), g = saved, -g.unsqueeze(axis)
    by_logits = None
    if needed[0]:
        by_logits = aten._log_softmax_backward_data.default(target_probs * g, log_probs, axis, logits.dtype)
    by_targets = (log_probs * g).masked_fill_(_is_nothing(log_probs, target_probs), 0.0) if needed[1] else None
    return by_logits, by_targets


def _soft_apart(logits: Any, target_probs: Any, axis: int) -> tuple[Any, tuple[Any, Any]]:
    shifted = logits - logits.amax(axis, keepdim=True)
    sizes = shifted.exp()
    total = sizes.sum(axis, keepdim=True)
    # Not a number is only a target of 0 times -inf: any other shows in the rest, or in the sum of the targets.
    products = shifted.mul_(target_probs).nansum(axis, keepdim=True)
    # The largest is exactly 1. Where it stands alone, the others are added up without it, and keep their digits.
    others = torch.frac(sizes, out=shifted).sum(axis, keepdim=True)
    rest = torch.where(total < 1.5, others, total - 1)
    value = rest.log1p().mul_(target_probs.sum(axis, keepdim=True)).sub_(products)
    return value.squeeze(axis), (sizes, rest)


def _soft_apart_gradient(g: Any, needed: Any, saved: Any, logits: Any, target_probs: Any, axis: int) -> tuple[Any, Any]:
    (sizes, rest), g, by_logits, by_targets = saved, g.unsqueeze(axis), None, None
    if needed[0]:
        by_logits = (sizes * (g * target_probs.sum(axis, keepdim=True) / (1 + rest))).addcmul_(target_probs, -g)
    if needed[1]:
        shifted = logits - logits.amax(axis, keepdim=True)
        by_targets = (rest.log1p() - shifted).mul_(g).masked_fill_(_is_nothing(shifted, target_probs), 0.0)
    return by_logits, by_targets


# --- divergence of logarithms

NOT_SMALL = -80.0
"""Exponentials of larger numbers, and their reciprocals, have all digits."""


def _excess(log_probs: Any, target_log_probs: Any) -> tuple[Any, tuple[Any]] | None:
    if not (log_probs.numel() and target_log_probs.amin() > NOT_SMALL):
        return None
    difference, target_probs = log_probs - target_log_probs, target_log_probs.exp()
    slope = difference.expm1().mul_(target_probs)
    return torch.addcmul(slope, target_probs, difference, value=-1, out=difference), (slope,)


def _excess_gradient(g: Any, needed: Any, saved: Any, log_probs: Any, target_log_probs: Any) -> tuple[Any, Any]:
    by_targets = (target_log_probs - log_probs).mul_(target_log_probs.exp()).mul_(g) if needed[1] else None
    return saved[0] * g if needed[0] else None, by_targets


# --- labels


def _log_odds(logits: Any, labels: Any, axis: int) -> tuple[Any, tuple[Any, Any]] | None:
    if not lies_last(logits, axis):
        return None
    index = labels.clamp_min(0).unsqueeze(axis)
    probs = torch.softmax(logits, axis)
    own = probs.gather(axis, index)
    # Added up without the label, so that nothing cancels.
    rest = probs.scatter_(axis, index, 0.0).sum(axis, keepdim=True)
    odds, smallest = (rest / own).squeeze(axis), torch.finfo(rest.dtype).tiny ** 0.5
    far = (odds > smallest).logical_and_(odds < 1.0 / smallest).logical_not_()
    value = odds.log_()
    if bool(far.any()):
        value[far], (probs[far],) = _removed(logits[far], labels[far], -1)
        rest[far] = 1.0
    return value, (probs, rest)


def _log_odds_gradient(g: Any, needed: Any, saved: Any, logits: Any, labels: Any, axis: int) -> tuple[Any, None]:
    (probs, rest), g = saved, g.unsqueeze(axis)
    return (probs * (g / rest)).scatter_(axis, labels.clamp_min(0).unsqueeze(axis), -g), None


# Where the label has all or nothing, along other axes and on accelerators: softmax without it.


def _removed(logits: Any, labels: Any, axis: int) -> tuple[Any, tuple[Any]]:
    index = labels.clamp_min(0).unsqueeze(axis)
    # The lowest number in place of the label counts nothing, unless there is nothing else.
    others = logits.scatter(axis, index, torch.finfo(logits.dtype).min)
    probs = torch.softmax(others, axis)
    # The largest exponential is 1, so that its probability tells the sum of all.
    rest = probs.amax(axis, keepdim=True).log_()
    # First the difference of the large numbers, as in the generic body.
    value = (others.amax(axis, keepdim=True) - logits.gather(axis, index)).sub_(rest)
    return value.squeeze(axis), (probs,)


def _removed_gradient(g: Any, needed: Any, saved: Any, logits: Any, labels: Any, axis: int) -> tuple[Any, None]:
    (probs,), g = saved, g.unsqueeze(axis)
    return (probs * g).scatter_(axis, labels.clamp_min(0).unsqueeze(axis), -g), None


FORMS = {
    "log_softmax": Form(_log_softmax, _log_softmax_gradient, looks=True),
    "soft_cross_entropy": Form(_soft, _soft_gradient, looks=True, otherwise=Form(_soft_apart, _soft_apart_gradient)),
    "excess": Form(_excess, _excess_gradient, looks=True),
    "log_odds_against": Form(_log_odds, _log_odds_gradient, looks=True, otherwise=Form(_removed, _removed_gradient)),
}
