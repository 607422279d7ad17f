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


def _kl_of_logs(log_probs: Any, target_log_probs: Any, axis: int) -> tuple[Any, tuple[Any]] | None:
    target_probs = target_log_probs.exp()
    values = (target_log_probs - log_probs).mul_(target_probs).sum(axis)
    # Not a number is also a target of 0, which counts nothing, times the difference of its logarithms.
    return None if bool(values.isnan().any()) else (values, (target_probs,))


def _kl_of_logs_gradient(
    g: Any, needed: Any, saved: Any, log_probs: Any, target_log_probs: Any, axis: int
) -> tuple[Any, Any]:
    (target_probs,), g = saved, g.unsqueeze(axis)
    by_targets = (target_log_probs - log_probs).add_(1).mul_(target_probs).mul_(g) if needed[1] else None
    return target_probs * -g if needed[0] else None, by_targets


# --- counts


def _poisson(rates: Any, targets: Any) -> tuple[Any, tuple[()]] | None:
    if not (rates.numel() and rates.amin() > 0):  # a rate of 0 may meet a target of 0
        return None
    values = rates.log().mul_(targets)
    return torch.sub(rates, values, out=values), ()


def _poisson_gradient(g: Any, needed: Any, saved: Any, rates: Any, targets: Any) -> tuple[Any, Any]:
    by_rates = (rates - targets).div_(rates).mul_(g) if needed[0] else None
    return by_rates, rates.log().mul_(-g) if needed[1] else None


def _poisson_of_logs(log_rates: Any, targets: Any) -> tuple[Any, tuple[()]] | None:
    if not (log_rates.numel() and log_rates.amin() > -math.inf):
        return None
    return log_rates.exp().addcmul_(log_rates, targets, value=-1), ()


def _poisson_of_logs_gradient(g: Any, needed: Any, saved: Any, log_rates: Any, targets: Any) -> tuple[Any, Any]:
    by_log_rates = log_rates.exp().sub_(targets).mul_(g) if needed[0] else None
    return by_log_rates, log_rates * -g if needed[1] else None


FORMS = {
    "binary_cross_entropy_of_probs": Form(_binary, _binary_gradient, looks=True),
    "kl_divergence": Form(_kl, _kl_gradient, looks=True),
    "kl_divergence_with_log_targets": Form(_kl_of_logs, _kl_of_logs_gradient, looks=True),
    "poisson_nll": Form(_poisson, _poisson_gradient, looks=True),
    "poisson_nll_with_log_rates": Form(_poisson_of_logs, _poisson_of_logs_gradient, looks=True),
}
