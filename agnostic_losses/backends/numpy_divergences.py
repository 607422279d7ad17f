"""Divergences of positive numbers for NumPy in float32, computed in float64: no branch is needed for nearly equal ones.

There a difference of two numbers in float32 keeps half of the digits of float64 in each formula below. Where numbers
are 0 or orders apart the generic body serves, as it does in float64 and for derivatives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Body = Callable[..., Any]

FARTHEST = 2.0**20
"""The largest quotient of two numbers, either way, that is computed here."""


def generalized_kl(generic: Body, x: Any, y: Any) -> Any:
    """Return ``x * log(x / y) - x + y``."""
    positive, excess = _excess(y, x, x)
    if excess is None:
        return generic(x, y)
    # x (e - log(1 + e)) of the excess e of y over x.
    excess -= np.log1p(excess)
    excess *= x
    return _with_zeros(excess, positive, y)


def itakura_saito(generic: Body, x: Any, y: Any) -> Any:
    """Return ``x / y - log(x / y) - 1``."""
    positive, excess = _excess(x, y, x)
    if excess is None or positive is not True:
        return generic(x, y)
    excess -= np.log1p(excess)
    return excess.astype(x.dtype)


def tweedie(generic: Body, y: Any, mean: Any, *, a: float) -> Any:
    """Return half of the deviance with the power 2 - a."""
    positive, excess = _excess(y, mean, y)
    if excess is None:
        return generic(y, mean)
    scale = mean.astype(np.float64) ** a
    # (1 + e) ((1 + e)^(a - 1) - 1) or (1 + e)^a - 1, by a logarithm that keeps the digits of a small excess e.
    exponent, divisor = (a - 1.0, a) if a >= 0.5 else (a, a - 1.0)
    values = np.log1p(excess)
    values *= exponent
    np.expm1(values, out=values)
    if a >= 0.5:
        values *= 1.0 + excess
    values *= 1.0 / exponent
    values -= excess
    values *= scale
    values *= 1.0 / divisor
    return _with_zeros(values, positive, scale / a if positive is not True else None)


def _excess(x: Any, y: Any, may_be_zero: Any) -> tuple[Any, Any]:
    """Return where an array is positive, True for everywhere, and ``x / y - 1``, 0 elsewhere; None if a body serves."""
    if not (isinstance(x, np.ndarray) and x.ndim and x.size and x.shape == y.shape):
        return None, None
    if not x.dtype == y.dtype == np.float32:
        return None, None
    positive: Any = True
    if not may_be_zero.min() > 0.0:
        positive = may_be_zero != 0.0
        x, y = np.where(positive, x, 1.0), np.where(positive, y, 1.0)
    if not (x.min() > 0.0 and y.min() > 0.0):
        return None, None
    divisor, excess = y.astype(np.float64), x.astype(np.float64)
    with np.errstate(invalid="ignore"):  # of two infinities
        excess -= divisor
        excess /= divisor
    ordinary = excess.min() > 1.0 / FARTHEST - 1.0 and excess.max() < FARTHEST
    return (positive, excess) if ordinary else (None, None)


def _with_zeros(values: Any, positive: Any, otherwise: Any) -> Any:
    values = values.astype(np.float32)
    return values if positive is True else np.where(positive, values, otherwise.astype(np.float32))


FORMS: dict[str, Callable[..., Any]] = {
    "generalized_kl": generalized_kl,
    "itakura_saito": itakura_saito,
    "tweedie": tweedie,
}
"""The forms that the native table of NumPy has, by name; the tape has none of them."""
