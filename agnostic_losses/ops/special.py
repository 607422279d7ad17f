"""Elementwise functions that are exact to rounding, with exact gradients.

Three rules from measurement hold in every body. Branches are selected by `where` on arguments made safe first, since
the branch that is not taken still reaches the gradient. No two kinks are left to cancel: `max(x, 0) + log1p(exp(-|x|))`
has the derivative 0, 0.5 or 1 at 0, depending on the framework. `log1p` gets positive arguments.

At a kink the derivative is the subgradient of least norm. `xp` is the namespace of the arguments.
"""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses._typing import Array, Namespace
from agnostic_losses.backends import fused, native_function
from agnostic_losses.ops.exponential import expm1

LOG_FLOOR = 2.0**-100
"""Below this probability (7.9e-31) the logarithm continues as its tangent."""


def abs(x: Array, *, xp: Namespace) -> Array:
    """Return ``|x|``, with derivative 0 at 0."""
    native = native_function(x, "abs")
    return xp.sign(x) * x if native is None else native(x)


def relu(x: Array, *, xp: Namespace) -> Array:
    """Return ``max(x, 0)``, with derivative 0 at 0."""
    native = native_function(x, "relu")
    return xp.where(x > 0, x, xp.zeros_like(x)) if native is None else native(x)


def relu_with_margin(x: Array, margin: float, *, xp: Namespace) -> Array:
    """Return ``max(x + margin, 0)`` for a margin of at least 0, with derivative 0 at the hinge."""
    # Compared before the margin is added: TensorFlow's graphs add it to a part of x first, where it may be lost.
    return xp.where(x > -margin, x + margin, 0.0)


def minus_abs(x: Array, *, xp: Namespace) -> Array:
    """Return ``-|x|`` with derivative 1 at 0: the safe argument of `exp` in a formula that is smooth there."""
    return xp.where(x > 0, -x, x)


def softplus(x: Array, *, xp: Namespace) -> Array:
    """Return ``log(1 + exp(x))``."""
    return fused("softplus", _softplus, x, xp=xp)


def _softplus(x: Array, *, xp: Namespace) -> Array:
    return relu(x, xp=xp) + xp.log1p(xp.exp(minus_abs(x, xp=xp)))


def squared_difference(x: Array, y: Array, *, xp: Namespace) -> Array:
    """Return ``(x - y)**2``."""
    native = native_function(x, "squared_difference")
    return xp.square(x - y) if native is None else native(x, y)


def sum_of_squares(x: Array, *, xp: Namespace) -> Array:
    """Return ``sum(x**2)`` over everything."""
    native = native_function(x, "sum_of_squares")
    return xp.sum(xp.square(x)) if native is None else native(x)


def log_sigmoid(x: Array, *, xp: Namespace) -> Array:
    """Return ``log(1 / (1 + exp(-x)))``."""
    return -softplus(-x, xp=xp)


def logistic_cross_entropy(logits: Array, targets: Array, *, xp: Namespace) -> Array:
    """Return ``-y log(sigmoid(z)) - (1 - y) log(sigmoid(-z))``, the cross entropy of two classes from a logit."""
    return fused("binary_cross_entropy", _logistic_cross_entropy, logits, targets, xp=xp)


def _logistic_cross_entropy(logits: Array, targets: Array, *, xp: Namespace) -> Array:
    # Both terms share log(1 + exp(-|z|)); the rest is linear on either side of 0, chosen before anything is added, so
    # that its slope by the target is exact.
    return xp.log1p(xp.exp(minus_abs(logits, xp=xp))) + xp.where(logits > 0, 1.0 - targets, -targets) * logits


def tanh(x: Array, *, xp: Namespace) -> Array:
    """Return ``tanh(x)``, whose derivative keeps its digits where the value is nearly 1 or -1."""
    growth = expm1(2.0 * minus_abs(x, xp=xp), xp=xp)
    size = -growth / (2.0 + growth)
    return xp.where(x > 0, size, -size)


def log_cosh(x: Array, *, xp: Namespace) -> Array:
    """Return ``log(cosh(x))``."""
    return fused("log_cosh", _log_cosh, x, xp=xp)


def _log_cosh(x: Array, *, xp: Namespace) -> Array:
    near = xp.logical_and(x > -1, x < 1)
    large = minus_abs(xp.where(near, 1.0, x), xp=xp)
    return xp.where(near, _log_cosh_near(xp.where(near, x, 0.0), xp), xp.log(0.5 + 0.5 * xp.exp(2.0 * large)) - large)


def log_cosh_conjugate(x: Array, *, xp: Namespace) -> Array:
    """Return ``x * tanh(x) - log(cosh(x))``, the convex conjugate of log cosh at the slope that it has at `x`."""
    near = xp.logical_and(x > -1, x < 1)
    small = xp.where(near, x, 0.0)
    large = minus_abs(xp.where(near, 1.0, x), xp=xp)
    # With e = exp(-2|x|) everything that grows has gone: tanh(|x|) is 1 - 2 e / (1 + e).
    decay = xp.exp(2.0 * large)
    far_value = 2.0 * large * decay / (1.0 + decay) - xp.log(0.5 + 0.5 * decay)
    return xp.where(near, small * xp.tanh(small) - _log_cosh_near(small, xp), far_value)


def _log_cosh_near(x: Array, xp: Namespace) -> Array:
    # cosh(x) - 1 without cancellation; sinh would lose digits on JAX.
    growth = xp.expm1(x)
    return xp.log1p(0.5 * growth * growth * xp.exp(-x))


def log_probability(p: Array, *, xp: Namespace) -> Array:
    """Return ``log(p)``, below `LOG_FLOOR` continued by its tangent: finite at 0, and the slope pushes upwards."""
    return fused("log_probability", _log_probability, p, xp=xp, floor=LOG_FLOOR)


def _log_probability(p: Array, *, floor: float, xp: Namespace) -> Array:
    inside = p > floor
    return xp.where(inside, xp.log(xp.where(inside, p, 1.0)), _tangent_at_floor(p))


def log_complement(p: Array, *, xp: Namespace) -> Array:
    """Return ``log(1 - p)`` for a probability, exact for small `p`, continued by the tangent at 1."""
    rest = 1.0 - p
    inside = rest > LOG_FLOOR
    odds = xp.where(inside, p, 0.0) / xp.where(inside, rest, 1.0)
    return xp.where(inside, -xp.log1p(odds), _tangent_at_floor(rest))


def _tangent_at_floor(p: Any) -> Any:
    # Not as (p - floor) / floor: XLA moves the floor into the 1 of 1 - p, where it is lost.
    return p * (1.0 / LOG_FLOOR) + (math.log(LOG_FLOOR) - 1.0)


def times_log(x: Array, log_y: Array, *, xp: Namespace) -> Array:
    """Return ``x * log_y``, where ``0 * -inf`` is 0 with zero gradient."""
    return fused("times_log", _times_log, x, log_y, xp=xp)


def _times_log(x: Array, log_y: Array, *, xp: Namespace) -> Array:
    nothing = xp.logical_and(x == 0, log_y == -math.inf)
    return x * xp.where(nothing, 0.0, log_y)


def exp_remainder(x: Array, *, xp: Namespace) -> Array:
    """Return ``exp(x) - 1 - x``, exact for small arguments, where the difference loses every digit."""
    return fused("exp_remainder", _exp_remainder, x, xp=xp)


def _exp_remainder(x: Array, *, xp: Namespace) -> Array:
    near = xp.logical_and(x > -0.5, x < 0.5)
    small = xp.where(near, x, 0.0)
    series = xp.zeros_like(small)
    for degree in range(16, 1, -1):  # the first term left out is below 1e-17 of the first
        series = series * small + 1.0 / math.factorial(degree)
    return xp.where(near, series * small * small, expm1(x, xp=xp) - x)
