"""Fused forms for PyTorch of lengths and angles: see `torch_fused`.

Vectors of ordinary length are squared as they are; only others have to be divided by their largest entry before.
"""

from __future__ import annotations

from typing import Any

import torch

from agnostic_losses.backends.torch_fused import Form, lies_last

SMALL, LARGE = 2.0**-60, 2.0**60
"""Between these a sum of powers is ordinary: what under- or overflows in it, or in its derivative, counts nothing."""


def _scaled(x: Any, axis: Any, p: float = 2.0) -> tuple[Any, Any, Any]:
    """Return vectors divided by a scale each, their sums of powers, and the scales; None stands for 1.

    A vector of ordinary length is not divided, so that its neighbours do not decide how it is rounded.
    """
    total = _sum_of_powers(x, axis, p)
    fits = (total > SMALL).logical_and_(total < LARGE)
    if bool(fits.all()):
        return x, total, None
    largest = x.abs().amax(axis, keepdim=True)
    if bool(fits.logical_or_(largest == 0).all()):
        return x, total, None
    scale = torch.where(fits, 1.0, largest.clamp_min_(1024.0 * torch.finfo(x.dtype).tiny))
    x = x / scale
    return x, _sum_of_powers(x, axis, p), scale


def _sum_of_powers(x: Any, axis: Any, p: float) -> Any:
    return (x * x if p == 2 else x.abs().pow_(p)).sum(axis, keepdim=True)


def _inverse(x: Any) -> Any:
    return x.reciprocal().masked_fill_(x == 0, 0.0)


# --- cosines


def _cosine(first: Any, second: Any, axis: int, limit: Any = 1.0) -> tuple[Any, tuple[Any, ...]] | None:
    """Return what the cosine lacks to a limit; also what the gradient needs of each row."""
    if not lies_last(first, axis):
        return None
    (first, one, first_scale), (second, two, second_scale) = _scaled(first, axis), _scaled(second, axis)
    products = first * second
    inner = products.sum(axis, keepdim=True)
    first_inverse, second_inverse = _inverse(one.sqrt()), _inverse(two.sqrt())
    inverse = first_inverse * second_inverse
    cosine = (inner * inverse).squeeze(axis)
    near, lacking = cosine > 0.5, limit - cosine
    if bool(near.any()):
        # Half the squared chord: below 60 degrees one minus the cosine cancels.
        torch.mul(first, first_inverse, out=products).sub_(second * second_inverse).square_()
        lacking = torch.where(near, products.sum(axis).mul_(0.5) - (1.0 - limit), lacking)
    return lacking, (inner * _inverse(one), inner * _inverse(two), inverse, first_scale, second_scale)


def _cosine_gradient(
    g: Any, needed: Any, saved: Any, first: Any, second: Any, axis: int, limit: Any = 1.0
) -> tuple[Any, Any]:
    along_first, along_second, inverse, first_scale, second_scale = saved
    first = first if first_scale is None else first / first_scale
    second = second if second_scale is None else second / second_scale
    factor = inverse * g.unsqueeze(axis)
    return (
        _across(first, along_first, second, factor, first_scale) if needed[0] else None,
        _across(second, along_second, first, factor, second_scale) if needed[1] else None,
    )


def _across(x: Any, along: Any, other: Any, factor: Any, scale: Any) -> Any:
    """Return minus the part of other vectors that is at right angles to x, times a factor."""
    return (x * along).sub_(other).mul_(factor if scale is None else factor / scale)


# --- lengths


def _norm(x: Any, axis: Any, p: float, keepdims: bool) -> tuple[Any, tuple[Any, Any]] | None:
    if not lies_last(x, axis):
        return None
    x, total, scale = _scaled(x, axis, p)
    scaled = total.sqrt() if p == 2 else total ** (1.0 / p)
    length = scaled.clone() if scale is None else scaled * scale
    return length if keepdims else length.squeeze(axis), (scaled, scale)


def _norm_gradient(g: Any, needed: Any, saved: Any, x: Any, axis: Any, p: float, keepdims: bool) -> tuple[Any]:
    length, scale = saved
    x = x if scale is None else x / scale
    factor = _inverse(length ** (p - 1.0)) * (g if keepdims else g.reshape(length.shape))
    return (x * factor if p == 2 else x.abs().pow_(p - 1.0).copysign_(x).mul_(factor),)


_COSINE = Form(_cosine, _cosine_gradient, looks=True)

FORMS = {"cosine_distance": _COSINE, "cosine_below": _COSINE, "norm": Form(_norm, _norm_gradient, looks=True)}
