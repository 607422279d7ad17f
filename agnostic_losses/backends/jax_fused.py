"""Forms of blocks for JAX: derivatives by rules of their own, since XLA makes passes over memory of the generic ones.

XLA on a CPU stores what several reductions need, and evaluates a logarithm of a row for each of its elements. All
rules are `jax.custom_jvp`, so that forward mode, reverse mode and further derivatives follow.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero

Pair = Any
"""Two arrays."""
Triple = Any
"""Three arrays."""


def _marks(x: Any, labels: Any, axis: int) -> Any:
    """Return where the label of each row is."""
    return jnp.expand_dims(labels, axis) == jax.lax.broadcasted_iota(labels.dtype, x.shape, axis)


def _peak(x: Any, axis: int) -> Any:
    """Return the largest entry of a row, as a finite number."""
    # Not by `where`, with which XLA's kernel for a softmax would fall apart into one for each reduction.
    return jnp.maximum(jnp.max(x, axis=axis, keepdims=True), jnp.finfo(x.dtype).min)


def _sum(x: Any, axis: int) -> Any:
    return jnp.sum(x, axis=axis, keepdims=True)


# --- log cosh


@jax.custom_jvp  # type: ignore[untyped-decorator]
def _log_cosh(x: Any) -> Any:
    size = jnp.abs(x)
    slope = jnp.tanh(size)
    near = size < 1.0
    # log cosh is -log(1 - tanh^2) / 2, and |x| - log(1 + tanh|x|): one logarithm, and no cancellation in either.
    logarithm = jnp.log1p(jnp.where(near, -slope * slope, slope))
    return jnp.where(near, -0.5 * logarithm, size - logarithm)


def _log_cosh_jvp(primals: tuple[Any], tangents: tuple[Any]) -> Pair:
    return _log_cosh(*primals), _tanh(*primals) * tangents[0]


_log_cosh.defjvp(_log_cosh_jvp)


@jax.custom_jvp  # type: ignore[untyped-decorator]
def _tanh(x: Any) -> Any:
    return jnp.tanh(x)


def _tanh_jvp(primals: tuple[Any], tangents: tuple[Any]) -> Pair:
    (x,) = primals
    # Not 1 - tanh^2, which has no digits left for large arguments.
    decay = jnp.exp(2.0 * jnp.where(x > 0, -x, x))
    return _tanh(x), 4.0 * decay / jnp.square(1.0 + decay) * tangents[0]


_tanh.defjvp(_tanh_jvp)


def log_cosh(generic: Callable[..., Any], x: Any) -> Any:
    """Return ``log(cosh(x))``."""
    return _log_cosh(x)


# --- differences of an exponential


def _without_line(x: Any) -> Any:
    """Return ``exp(x) - 1 - x`` for arguments between -1 and 1."""
    series = jnp.zeros_like(x)
    for degree in range(11 if jnp.finfo(x.dtype).bits <= 32 else 20, 1, -1):
        series = series * x + 1.0 / math.factorial(degree)
    return series * x * x


@jax.custom_jvp  # type: ignore[untyped-decorator]
def _exp_remainder(x: Any) -> Any:
    near = jnp.abs(x) < 1.0
    return jnp.where(near, _without_line(jnp.where(near, x, 0.0)), jnp.exp(x) - 1.0 - x)


@jax.custom_jvp  # type: ignore[untyped-decorator]
def _growth(x: Any) -> Any:
    # The remainder and the line, rather than expm1: without it XLA has one exponential for value and gradient.
    near = jnp.abs(x) < 1.0
    return jnp.where(near, _without_line(jnp.where(near, x, 0.0)) + x, jnp.exp(x) - 1.0)


def _exp_remainder_jvp(primals: tuple[Any], tangents: tuple[Any]) -> Pair:
    return _exp_remainder(*primals), _growth(*primals) * tangents[0]


def _growth_jvp(primals: tuple[Any], tangents: tuple[Any]) -> Pair:
    return _growth(*primals), jnp.exp(*primals) * tangents[0]


_exp_remainder.defjvp(_exp_remainder_jvp)
_growth.defjvp(_growth_jvp)


def exp_remainder(generic: Callable[..., Any], x: Any) -> Any:
    """Return ``exp(x) - 1 - x``."""
    return _exp_remainder(x)


# --- softmax


@functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
def _normalizer(x: Any, axis: int) -> Triple:
    """Return the largest entry, a constant, what ``logsumexp`` is beyond it, and the exponential of that."""
    return _normalizer_of(x, axis)


@functools.partial(jax.jit, static_argnums=1)  # or else each call outside of jit would compile the branches
def _normalizer_of(x: Any, axis: int) -> Triple:
    peak = _peak(x, axis)
    total = _sum(jnp.exp(x - peak), axis)

    def exact(x: Any, peak: Any, total: Any) -> Any:
        shifted = x - peak
        # 1 for the largest and 0 for others: XLA stores the results of comparisons, and what they are taken out of.
        largest = jnp.maximum(1.0 + shifted * jnp.finfo(x.dtype).max, 0.0)
        others = _sum(jnp.exp(shifted) - largest, axis)
        return jnp.log1p(others + (jnp.round(total - others) - 1.0))

    # Beside a sum of 1 the others have lost their digits.
    confident = jnp.logical_not(jnp.all(total > 1.5))
    rest = jax.lax.cond(confident, exact, lambda x, peak, total: jnp.log(total), x, peak, total)
    return jax.lax.optimization_barrier((peak, rest, total))


def _normalizer_jvp(axis: int, primals: tuple[Any], tangents: tuple[Any]) -> tuple[Triple, Triple]:
    (x,), (tangent,) = primals, tangents
    peak, rest, total = _normalizer(x, axis)
    # Divided by the sum, not by the exponential of its logarithm: probabilities such as 1/2 are exact.
    change = _sum(jnp.exp(_shifted(x, peak, 0.0)) * tangent, axis)
    return (peak, rest, total), (jnp.zeros_like(peak), change / total, change)


_normalizer.defjvp(_normalizer_jvp)


def _shifted(x: Any, peak: Any, rest: Any) -> Any:
    # A barrier: XLA would store what the value and the gradient share, which takes longer than to compute it twice.
    peak, rest = jax.lax.optimization_barrier((peak, rest))
    return (x - peak) - rest


def log_softmax(generic: Callable[..., Any], x: Any, *, axis: int) -> Any:
    """Return ``x - logsumexp(x)`` along an axis."""
    if x.shape[axis] == 0:
        return generic(x)
    peak, rest, _ = _normalizer(x, axis % x.ndim)
    return (x - peak) - rest


@functools.partial(jax.custom_jvp, nondiff_argnums=(2,))
def _cross_entropy(x: Any, target_probs: Any, axis: int) -> Any:
    peak, rest, _ = _normalizer(x, axis)
    return _cross_entropy_of(x, target_probs, peak, rest, axis)


@functools.partial(jax.jit, static_argnums=4)
def _cross_entropy_of(x: Any, target_probs: Any, peak: Any, rest: Any, axis: int) -> Any:
    values = jnp.sum(target_probs * (rest - (x - peak)), axis=axis)

    def exact(x: Any, target_probs: Any) -> Any:
        return -jnp.sum(target_probs * _without_nothing((x - peak) - rest, target_probs), axis=axis)

    # A target of 0 beside a logit of -inf makes NaN of a whole row, so that a pass with `where` is seldom needed.
    return jax.lax.cond(jnp.any(jnp.isnan(values)), exact, lambda *_: values, x, target_probs)


def _without_nothing(log_probs: Any, target_probs: Any) -> Any:
    return jnp.where(jnp.logical_and(target_probs == 0, log_probs == -jnp.inf), 0.0, log_probs)


def _cross_entropy_jvp(axis: int, primals: Pair, tangents: Pair) -> Pair:
    (x, target_probs), (of_x, of_targets) = primals, tangents
    peak, rest, _ = _normalizer(x, axis)
    values = _cross_entropy(x, target_probs, axis)
    log_probs = _shifted(x, peak, rest)
    change = jnp.zeros_like(values)
    if not isinstance(of_x, SymbolicZero):
        slope = _sum(target_probs, axis) * jnp.exp(log_probs) - target_probs
        change = jnp.sum(slope * of_x, axis=axis)
    if not isinstance(of_targets, SymbolicZero):
        change = change - jnp.sum(_without_nothing(log_probs, target_probs) * of_targets, axis=axis)
    return values, change


_cross_entropy.defjvp(_cross_entropy_jvp, symbolic_zeros=True)


def soft_cross_entropy(generic: Callable[..., Any], x: Any, target_probs: Any, *, axis: int) -> Any:
    """Return the cross entropy of logits under target probabilities."""
    return generic(x, target_probs) if x.shape[axis] == 0 else _cross_entropy(x, target_probs, axis % x.ndim)


@functools.partial(jax.custom_jvp, nondiff_argnums=(2,))
def _others(x: Any, labels: Any, axis: int) -> Pair:
    """Return a large entry, a constant, and the sum of the exponentials of all but the label, divided by its own."""
    return _others_of(x, labels, axis)


@functools.partial(jax.jit, static_argnums=2)
def _others_of(x: Any, labels: Any, axis: int) -> Pair:
    def exact(x: Any) -> Pair:
        others = jnp.where(_marks(x, labels, axis), -jnp.inf, x)
        peak = _peak(others, axis)
        total = _sum(jnp.exp(others - peak), axis)
        return peak, jnp.where(total == 0, 1.0, total)

    peak = _peak(x, axis)
    total = _sum(jnp.where(_marks(x, labels, axis), 0.0, jnp.exp(x - peak)), axis)
    # The largest of all is found in one pass, without storing the others; it serves where these are not so small that
    # powers of their sum, as in derivatives of a quotient, underflow.
    served = jnp.all(total > float(jnp.finfo(x.dtype).tiny) ** 0.25)
    return jax.lax.cond(served, lambda x: (peak, total), exact, x)


def _others_jvp(axis: int, primals: Pair, tangents: Pair) -> tuple[Pair, Pair]:
    x, labels = primals
    peak, total = _others(x, labels, axis)
    odds = jnp.exp(jnp.where(_marks(x, labels, axis), -jnp.inf, x) - peak)
    return (peak, total), (jnp.zeros_like(peak), _sum(odds * tangents[0], axis))


_others.defjvp(_others_jvp)


@functools.partial(jax.custom_jvp, nondiff_argnums=(2,))
def _log_odds_against(x: Any, labels: Any, axis: int) -> Any:
    peak, total = _others(x, labels, axis)
    own = jnp.take_along_axis(x, jnp.expand_dims(jnp.maximum(labels, 0), axis), axis)
    # First the difference of the large numbers, as in the generic body.
    return jnp.squeeze((peak - own) + jnp.log(total), axis)


def _log_odds_against_jvp(axis: int, primals: Pair, tangents: Pair) -> Pair:
    x, labels = primals
    peak, total = _others(x, labels, axis)
    marks = _marks(x, labels, axis)
    odds = jnp.exp(jnp.where(marks, -jnp.inf, x) - peak)
    # The label's -1 in the same pass: a gather would become a scatter.
    slope = jnp.where(marks, -1.0, odds / total)
    return _log_odds_against(x, labels, axis), jnp.sum(slope * tangents[0], axis=axis)


_log_odds_against.defjvp(_log_odds_against_jvp)


def log_odds_against(generic: Callable[..., Any], x: Any, labels: Any, *, axis: int) -> Any:
    """Return the log-odds of all classes but the label."""
    return _log_odds_against(x, labels, axis % x.ndim)


# --- divergence


@functools.partial(jax.custom_jvp, nondiff_argnums=(2,))
def _kl_of_logs(log_probs: Any, target_log_probs: Any, axis: int) -> Any:
    return _kl_of_logs_of(log_probs, target_log_probs, axis)


@functools.partial(jax.jit, static_argnums=2)
def _kl_of_logs_of(log_probs: Any, target_log_probs: Any, axis: int) -> Any:
    values = jnp.sum(jnp.exp(target_log_probs) * (target_log_probs - log_probs), axis=axis)
    exact = functools.partial(_kl_without_nothing, axis=axis)
    # A target of 0 makes NaN of a whole row, so that a pass with `where` is seldom needed.
    return jax.lax.cond(jnp.any(jnp.isnan(values)), exact, lambda *_: values, log_probs, target_log_probs)


def _kl_without_nothing(log_probs: Any, target_log_probs: Any, axis: int) -> Any:
    nothing = target_log_probs == -jnp.inf
    safe_targets = jnp.where(nothing, 0.0, target_log_probs)
    terms = jnp.exp(safe_targets) * (safe_targets - jnp.where(nothing, 0.0, log_probs))
    return jnp.sum(jnp.where(nothing, 0.0, terms), axis=axis)


def _kl_of_logs_jvp(axis: int, primals: Pair, tangents: Pair) -> Pair:
    _, change = jax.jvp(functools.partial(_kl_without_nothing, axis=axis), primals, tangents)
    return _kl_of_logs(*primals, axis), change


_kl_of_logs.defjvp(_kl_of_logs_jvp)


def kl_divergence_with_log_targets(
    generic: Callable[..., Any], log_probs: Any, target_log_probs: Any, *, axis: int
) -> Any:
    """Return the Kullback-Leibler divergence of log-probabilities from others."""
    return _kl_of_logs(log_probs, target_log_probs, axis)


FORMS: dict[str, Callable[..., Any]] = {
    "log_cosh": log_cosh,
    "exp_remainder": exp_remainder,
    "log_softmax": log_softmax,
    "soft_cross_entropy": soft_cross_entropy,
    "log_odds_against": log_odds_against,
    "kl_divergence_with_log_targets": kl_divergence_with_log_targets,
}
"""The forms that the native table of JAX has, by name."""
