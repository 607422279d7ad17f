"""Fused forms for PyTorch of lengths and angles: see `torch_fused`.

Vectors of ordinary length are squared as they are; only others have to be divided by their largest entry before.
"""

from __future__ import annotations

from typing import Any

import torch

from agnostic_losses.backends.torch_fused import Form

SMALL, LARGE = 2.0**-60, 2.0**60
"""Between these a sum of powers is ordinary: what under- or overflows in it, or in its derivative, counts nothing."""


def _is_ordinary(total: Any, x: Any, axis: Any) -> bool:
    """Whether sums of powers of x along an axis are ordinary, or sums of zeros."""
    inside = (total > SMALL).logical_and_(total < LARGE)
    return bool(inside.all()) or bool(inside.logical_or_(x.abs().amax(axis, keepdim=True) == 0).all())


# --- cosines


def _cosine(first: Any, second: Any, axis: int, limit: Any = 1.0) -> tuple[Any, tuple[Any, ...]] | None:
    """Return what the cosine lacks to a limit; also the squares and the products of both lengths, and the product."""
    if not first.numel():
        return None
    products = first * first
    one = products.sum(axis, keepdim=True)
    two = torch.mul(second, second, out=products).sum(axis, keepdim=True)
    if not (_is_ordinary(one, first, axis) and _is_ordinary(two, second, axis)):
        return None
    inner = torch.mul(first, second, out=products).sum(axis, keepdim=True)
    first_scale, second_scale = _inverse(one.sqrt()), _inverse(two.sqrt())
    scale = first_scale * second_scale
    cosine = (inner * scale).squeeze(axis)
    near, lacking = cosine > 0.5, limit - cosine
    if bool(near.any()):
        # Half the squared chord: below 60 degrees one minus the cosine cancels.
        torch.mul(first, first_scale, out=products).sub_(second * second_scale).square_()
        lacking = torch.where(near, products.sum(axis).mul_(0.5) - (1.0 - limit), lacking)
    return lacking, (inner * _inverse(one), inner * _inverse(two), scale)


def _inverse(x: Any) -> Any:
    return x.reciprocal().masked_fill_(x == 0, 0.0)


def _cosine_gradient(
    g: Any, needed: Any, saved: Any, first: Any, second: Any, axis: int, limit: Any = 1.0
) -> tuple[Any, Any]:
    by_first, by_second, scale = saved
    scale = scale * g.unsqueeze(axis)
    # The other vector without its part along this one.
    return (
        (first * by_first).sub_(second).mul_(scale) if needed[0] else None,
        (second * by_second).sub_(first).mul_(scale) if needed[1] else None,
    )


# --- lengths


def _norm(x: Any, axis: Any, p: float, keepdims: bool) -> tuple[Any, tuple[Any]] | None:
    if not x.numel():
        return None
    total = (x * x if p == 2 else x.abs().pow_(p)).sum(axis, keepdim=True)
    if not _is_ordinary(total, x, axis):
        return None
    length = total.sqrt() if p == 2 else total ** (1.0 / p)
    return length if keepdims else length.squeeze(axis), (length,)


def _norm_gradient(g: Any, needed: Any, saved: Any, x: Any, axis: Any, p: float, keepdims: bool) -> tuple[Any]:
    (length,) = saved
    factor = _inverse(length ** (p - 1.0)) * (g if keepdims else g.reshape(length.shape))
    return (x * factor if p == 2 else x.abs().pow_(p - 1.0).copysign_(x).mul_(factor),)


_COSINE = Form(_cosine, _cosine_gradient, looks=True)

FORMS = {"cosine_distance": _COSINE, "cosine_below": _COSINE, "norm": Form(_norm, _norm_gradient, looks=True)}
