"""Fused forms for PyTorch of losses of probabilities: see `torch_fused`.

Logarithms dominate, and torch's own kernels of these losses take them one by one, where `log` takes several at once.
"""

from __future__ import annotations

import math
from typing import Any

import torch

from agnostic_losses.backends.torch_fused import Form, lies_within

# --- two classes


def _binary(probs: Any, targets: Any, floor: float) -> tuple[Any, tuple[()]] | None:
    if not lies_within(probs, floor, 1.0):  # logarithms go on as tangents
        return None
    # The operations of the generic body, in its order: what is beside a number must not decide how it is rounded.
    log_one = probs.log().mul_(targets)
    log_zero = torch.div(probs, 1 - probs).log1p_().neg_().mul_(1 - targets)
    return log_one.add_(log_zero).neg_(), ()


def _binary_gradient(g: Any, needed: Any, saved: Any, probs: Any, targets: Any, floor: float) -> tuple[Any, Any]:
    by_probs = (probs - targets).div_((1 - probs).mul_(probs)).mul_(g) if needed[0] else None
    by_targets = probs.neg().log1p_().sub_(probs.log()).mul_(g) if needed[1] else None
    return by_probs, by_targets


# --- divergence


def _log_quotient(log_probs: Any, target_probs: Any) -> Any:
    # The smallest number of all in place of 0, which it is multiplied with.
    limits = torch.finfo(target_probs.dtype)
    return target_probs.clamp_min(limits.tiny * limits.eps).log_().sub_(log_probs)


def _kl(log_probs: Any, target_probs: Any, axis: int) -> tuple[Any, tuple[()]] | None:
    # A target of 0 meets no infinity, and none is negative.
    if not (lies_within(log_probs, -math.inf, math.inf) and target_probs.amin() >= 0):
        return None
    return _log_quotient(log_probs, target_probs).mul_(target_probs).sum(axis), ()


def _kl_gradient(g: Any, needed: Any, saved: Any, log_probs: Any, target_probs: Any, axis: int) -> tuple[Any, Any]:
    g, by_targets = g.unsqueeze(axis), None
    if needed[1]:
        by_targets = _log_quotient(log_probs, target_probs).add_(1).mul_(g).masked_fill_(target_probs == 0, 0)
    return target_probs * -g if needed[0] else None, by_targets


# --- softmax and target probabilities


def _soft(logits: Any, target_probs: Any, axis: int) -> tuple[Any, tuple[Any, Any]]:
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


def _soft_gradient(g: Any, needed: Any, saved: Any, logits: Any, target_probs: Any, axis: int) -> tuple[Any, Any]:
    (sizes, rest), g, by_logits, by_targets = saved, g.unsqueeze(axis), None, None
    if needed[0]:
        by_logits = (sizes * (g * target_probs.sum(axis, keepdim=True) / (1 + rest))).addcmul_(target_probs, -g)
    if needed[1]:
        shifted = logits - logits.amax(axis, keepdim=True)
        nothing = (target_probs == 0).logical_and_(shifted == -math.inf)
        by_targets = (rest.log1p() - shifted).mul_(g).masked_fill_(nothing, 0)
    return by_logits, by_targets


FORMS = {
    "binary_cross_entropy_of_probs": Form(_binary, _binary_gradient, looks=True),
    "kl_divergence": Form(_kl, _kl_gradient, looks=True),
    "soft_cross_entropy": Form(_soft, _soft_gradient),
}
