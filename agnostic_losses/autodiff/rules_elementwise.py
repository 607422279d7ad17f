"""Derivatives of elementwise functions.

At kinks the subgradient of least norm is taken: 0 for |x| at 0, a half each for equal arguments of maximum. A
branch is chosen with `where`, not by multiplying with 0, which would let NaN and infinity through.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agnostic_losses._typing import Namespace
from agnostic_losses.autodiff._rule import VJP, Rule
from agnostic_losses.backends import device


def _number(xp: Namespace, value: float, like: Any) -> Any:
    """Return a 0-d array: its functions have the precision of the namespace, not of Python's floats."""
    return xp.asarray(value, dtype=like.dtype, device=device(like))


def _inverse_cosh_squared(xp: Namespace, x: Any) -> Any:
    """Return 1 / cosh(x)^2; 1 - tanh(x)^2 would cancel."""
    e = xp.exp(xp.where(x >= 0, -2 * x, 2 * x))
    return 4 * e / xp.square(1 + e)


def _of_input(**slopes: Any) -> tuple[Rule, ...]:
    def vjp(slope: Any) -> VJP:
        return lambda xp, g, y, x: slope(xp, g, x)

    return tuple(Rule(name, (vjp(slope),)) for name, slope in slopes.items())


def _of_output(**slopes: Any) -> tuple[Rule, ...]:
    def vjp(slope: Any) -> VJP:
        return lambda xp, g, y, x: slope(xp, g, y)

    return tuple(Rule(name, (vjp(slope),), inputs=False, output=True) for name, slope in slopes.items())


UNARY = (
    *_of_output(
        positive=lambda xp, g, y: g,
        negative=lambda xp, g, y: -g,
        exp=lambda xp, g, y: g * y,
        sqrt=lambda xp, g, y: 0.5 * g / y,
        reciprocal=lambda xp, g, y: -(g * y) * y,
        tan=lambda xp, g, y: g * (1 + y * y),
    ),
    *_of_input(
        abs=lambda xp, g, x: g * xp.sign(x),
        # The gradient is often that of a sum, and a number.
        square=lambda xp, g, x: (2 * g) * x,
        expm1=lambda xp, g, x: g * xp.exp(x),
        log=lambda xp, g, x: g / x,
        log1p=lambda xp, g, x: g / (1 + x),
        log2=lambda xp, g, x: g / (x * xp.log(_number(xp, 2.0, x))),
        log10=lambda xp, g, x: g / (x * xp.log(_number(xp, 10.0, x))),
        sin=lambda xp, g, x: g * xp.cos(x),
        cos=lambda xp, g, x: -g * xp.sin(x),
        sinh=lambda xp, g, x: g * xp.cosh(x),
        cosh=lambda xp, g, x: g * xp.sinh(x),
        tanh=lambda xp, g, x: g * _inverse_cosh_squared(xp, x),
        asin=lambda xp, g, x: g / xp.sqrt((1 - x) * (1 + x)),
        acos=lambda xp, g, x: -g / xp.sqrt((1 - x) * (1 + x)),
        atan=lambda xp, g, x: g / (1 + x * x),
        asinh=lambda xp, g, x: g / xp.hypot(x, _number(xp, 1.0, x)),
        acosh=lambda xp, g, x: g / xp.sqrt((x - 1) * (x + 1)),
        atanh=lambda xp, g, x: g / ((1 - x) * (1 + x)),
    ),
    Rule("real", (lambda xp, g, y, x: g,), inputs=False),
    # To integers and booleans `_converted`, among the floating dtypes `_cast`.
    Rule("_converted", (None,), inputs=False, forward=lambda base: base.astype),
    Rule("_cast", (lambda xp, g, y, x, dtype: g,), inputs=False, forward=lambda base: base.astype),
)


def _array(xp: Namespace, x: Any, like: Any) -> Any:
    """Return a number as a 0-d array, an array as it is."""
    return x if hasattr(x, "shape") else _number(xp, x, like)


def _pow_base(xp: Namespace, g: Any, y: Any, x: Any, exponent: Any) -> Any:
    if not hasattr(exponent, "shape"):
        return xp.zeros_like(x) if exponent == 0 else g * (exponent * x ** (exponent - 1))
    x = _array(xp, x, exponent)
    # 0^0 is constant in its base; its 0 * 0^-1 must not become NaN.
    corner = xp.logical_and(x == 0, exponent == 0)
    return g * (exponent * x ** xp.where(corner, 1, exponent - 1))


def _pow_exponent(xp: Namespace, g: Any, y: Any, x: Any, exponent: Any) -> Any:
    x = _array(xp, x, exponent)
    # 0^p is constant for p > 0, and taken as such at p = 0; its 0 * log(0) must not become NaN.
    flat = xp.logical_and(x == 0, exponent >= 0)
    return g * (y * xp.log(xp.where(flat, 1, x)))


def _share(xp: Namespace, g: Any, loses: Any, ties: Any) -> Any:
    return xp.where(loses, 0.0, xp.where(ties, 0.5 * g, g))


def _sigmoid(xp: Namespace, d: Any) -> Any:
    """Return 1 / (1 + exp(-d)): no overflow, and derivatives exact at 0 and in both tails."""
    positive = d >= 0
    e = xp.exp(xp.where(positive, -d, d))
    return xp.where(positive, 1.0, e) / (1 + e)


def _logaddexp(xp: Namespace, g: Any, x: Any, other: Any) -> Any:
    other = _array(xp, other, x)
    # Equal infinities have no difference; each then takes half.
    same = xp.logical_and(x == other, xp.isinf(x))
    return g * _sigmoid(xp, xp.where(same, 0.0, x) - xp.where(same, 0.0, other))


def _length(xp: Namespace, x: Any, other: Any) -> Any:
    """Return sqrt(x^2 + other^2), 1 in place of 0."""
    r = xp.hypot(x, other)
    return xp.where(r == 0, 1.0, r)


def _linear(name: str, first: VJP, second: VJP) -> Rule:
    return Rule(name, (first, second), inputs=False)


BINARY = (
    _linear("add", lambda xp, g, y, a, b: g, lambda xp, g, y, a, b: g),
    _linear("subtract", lambda xp, g, y, a, b: g, lambda xp, g, y, a, b: -g),
    Rule("multiply", (lambda xp, g, y, a, b: g * b, lambda xp, g, y, a, b: a * g)),
    Rule("divide", (lambda xp, g, y, a, b: g / b, lambda xp, g, y, a, b: -(g / b) * y), output=True),
    Rule("_pow", (_pow_base, _pow_exponent), output=True, forward=lambda base: base.pow),
    Rule(
        "remainder",
        (lambda xp, g, y, a, b: g, lambda xp, g, y, a, b: -g * xp.floor(a / b)),
    ),
    Rule(
        "maximum",
        (lambda xp, g, y, a, b: _share(xp, g, a < b, a == b), lambda xp, g, y, a, b: _share(xp, g, b < a, b == a)),
    ),
    Rule(
        "minimum",
        (lambda xp, g, y, a, b: _share(xp, g, a > b, a == b), lambda xp, g, y, a, b: _share(xp, g, b > a, b == a)),
    ),
    Rule(
        "logaddexp",
        (lambda xp, g, y, a, b: _logaddexp(xp, g, a, b), lambda xp, g, y, a, b: _logaddexp(xp, g, b, a)),
    ),
    Rule(
        "hypot",
        (lambda xp, g, y, a, b: g * (a / _length(xp, a, b)), lambda xp, g, y, a, b: g * (b / _length(xp, a, b))),
    ),
    Rule(
        "atan2",
        (
            lambda xp, g, y, a, b: g * (b / _length(xp, a, b)) / _length(xp, a, b),
            lambda xp, g, y, a, b: -g * (a / _length(xp, a, b)) / _length(xp, a, b),
        ),
    ),
    Rule("copysign", (lambda xp, g, y, a, b: g * xp.sign(a) * xp.copysign(_number(xp, 1.0, a), b), None)),
    Rule(
        "where",
        (None, lambda xp, g, y, c, a, b: xp.where(c, g, 0.0), lambda xp, g, y, c, a, b: xp.where(c, 0.0, g)),
    ),
    # The two halves of clip. A value on its bound counts as inside, as in torch.
    Rule(
        "_at_least",
        (lambda xp, g, y, x, low: xp.where(x < low, 0.0, g), lambda xp, g, y, x, low: xp.where(x < low, g, 0.0)),
        forward=lambda base: base.maximum,
    ),
    Rule(
        "_at_most",
        (lambda xp, g, y, x, high: xp.where(x > high, 0.0, g), lambda xp, g, y, x, high: xp.where(x > high, g, 0.0)),
        forward=lambda base: base.minimum,
    ),
)

RULES = tuple(replace(rule, elementwise=True) for rule in (*UNARY, *BINARY))


def clip(xp: Namespace, x: Any, /, min: Any = None, max: Any = None) -> Any:
    if min is not None:
        x = xp._at_least(x, min)
    return xp.positive(x) if max is None else xp._at_most(x, max)


def pow(xp: Namespace, x1: Any, x2: Any, /) -> Any:
    # The usual exponent: faster, and with a derivative that needs no power.
    return xp.square(x1) if type(x2) in (int, float) and x2 == 2 else xp._pow(x1, x2)


def astype(xp: Namespace, x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    if device is not None and device != x.device:
        if x._node is not None:
            raise NotImplementedError(f"a traced array stays on its device, {x.device}; got {device}")
        # Cast first: the other device may lack the dtype.
        return xp.boxed(xp.__wraps__.astype(x._value, dtype).to_device(device))
    if x.dtype == dtype:
        return x
    if xp.isdtype(x.dtype, "real floating") and xp.isdtype(dtype, "complex floating"):
        raise NotImplementedError("astype to a complex dtype has no derivative rule")
    return xp._cast(x, dtype) if xp.isdtype(dtype, "real floating") else xp._converted(x, dtype)


CALLS = {"clip": clip, "pow": pow, "astype": astype}
