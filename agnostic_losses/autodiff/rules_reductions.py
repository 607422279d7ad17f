"""Derivatives of reductions, cumulative functions and products of matrices."""

from __future__ import annotations

from typing import Any

from agnostic_losses._typing import Namespace
from agnostic_losses.autodiff._rule import Rule
from agnostic_losses.backends import device

Axis = int | tuple[int, ...] | None


def _axes(axis: Axis, ndim: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    return tuple(a % ndim for a in ((axis,) if isinstance(axis, int) else axis))


def _count(x: Any, axis: Axis) -> int:
    count = 1
    for a in _axes(axis, x.ndim):
        count *= x.shape[a]
    return count


def _kept(xp: Namespace, g: Any, x: Any, axis: Axis) -> Any:
    """Give a reduction's result the axes back that it lost, with length 1."""
    axes = _axes(axis, x.ndim)
    return xp.reshape(g, tuple(1 if a in axes else n for a, n in enumerate(x.shape)))


# --- sums and moments


def _sum(xp: Namespace, g: Any, y: Any, x: Any, *, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Any:
    return _kept(xp, g, x, axis)


def _mean(xp: Namespace, g: Any, y: Any, x: Any, *, axis: Axis = None, keepdims: bool = False) -> Any:
    return _kept(xp, g / max(_count(x, axis), 1), x, axis)


def _var(
    xp: Namespace, g: Any, y: Any, x: Any, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False
) -> Any:
    deviation = x - xp.mean(x, axis=axis, keepdims=True)
    return _kept(xp, g * _over(2, x, axis, correction), x, axis) * deviation


def _std(
    xp: Namespace, g: Any, y: Any, x: Any, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False
) -> Any:
    deviation = x - xp.mean(x, axis=axis, keepdims=True)
    return _kept(xp, g * _over(1, x, axis, correction) / y, x, axis) * deviation


def _over(numerator: int, x: Any, axis: Axis, correction: float) -> float:
    freedom = _count(x, axis) - correction
    return numerator / freedom if freedom > 0 else float("nan")


# --- extremes


def _extreme(xp: Namespace, g: Any, y: Any, x: Any, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Share the gradient evenly among equal extremes; among the NaN, if that is the result."""
    chosen = xp.logical_or(x == _kept(xp, y, x, axis), x != x)
    count = xp.astype(xp.count_nonzero(chosen, axis=axis, keepdims=True), x.dtype)
    return xp.where(chosen, _kept(xp, g, x, axis) / count, 0.0)


# --- products


def _prod_along(xp: Namespace, g: Any, y: Any, x: Any, axis: int) -> Any:
    """Multiply with all other elements, without dividing by this one."""
    others = _product_before(xp, x, axis) * xp.flip(_product_before(xp, xp.flip(x, axis=axis), axis), axis=axis)
    return g * others


def _product_before(xp: Namespace, x: Any, axis: int) -> Any:
    if x.shape[axis] == 0:
        return x
    products = xp.cumulative_prod(x, axis=axis)
    return xp.concat([xp.ones_like(_cut(x, axis, stop=1)), _cut(products, axis, stop=-1)], axis=axis)


def _cumulative_prod(xp: Namespace, g: Any, y: Any, x: Any, axis: int) -> Any:
    """Return the product of what is before i, times s_i = g_i + x_{i+1} s_{i+1}.

    The recurrence is solved by doubling, s_i += a_i s_{i+d}, a_i *= a_{i+d}: right where elements are zero.
    """
    s, a = g, _shifted(xp, x, axis, 1)
    d = 1
    while d < x.shape[axis]:
        s = s + a * _shifted(xp, s, axis, d)
        a = a * _shifted(xp, a, axis, d)
        d *= 2
    return _product_before(xp, x, axis) * s


def _shifted(xp: Namespace, x: Any, axis: int, d: int) -> Any:
    """Return x_{i+d}, with zeros at the end."""
    return xp.concat([_cut(x, axis, start=d), xp.zeros_like(_cut(x, axis, stop=d))], axis=axis)


def _cut(x: Any, axis: int, start: int | None = None, stop: int | None = None) -> Any:
    return x[(*(slice(None),) * axis, slice(start, stop), ...)]


def prod(xp: Namespace, x: Any, /, *, axis: Axis = None, dtype: Any = None, keepdims: bool = False) -> Any:
    x = x if dtype is None else xp.astype(x, dtype)
    axes = _axes(axis, x.ndim)
    for a in axes:
        x = xp._prod_along(x, a)
    return x if keepdims or not axes else xp.squeeze(x, axis=axes)


# --- cumulative


def _cumulative_axis(axis: int | None, ndim: int) -> int:
    if axis is None and ndim != 1:
        raise ValueError(f"a cumulative function needs an axis for an array of {ndim} dimensions")
    return (axis or 0) % ndim


def _cumulate(xp: Namespace, name: str, start: Any, x: Any, axis: Any, dtype: Any, include_initial: bool) -> Any:
    x = x if dtype is None else xp.astype(x, dtype)
    axis = _cumulative_axis(axis, x.ndim)
    y = getattr(xp, name)(x, axis)
    if not include_initial:
        return y
    shape = tuple(1 if a == axis else n for a, n in enumerate(x.shape))
    return xp.concat([xp.full(shape, start, dtype=y.dtype, device=device(y)), y], axis=axis)


def cumulative_sum(
    xp: Namespace, x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Any:
    return _cumulate(xp, "_cumulative_sum", 0, x, axis, dtype, include_initial)


def cumulative_prod(
    xp: Namespace, x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Any:
    return _cumulate(xp, "_cumulative_prod", 1, x, axis, dtype, include_initial)


def _cumulative_sum(xp: Namespace, g: Any, y: Any, x: Any, axis: int) -> Any:
    return xp.flip(xp.cumulative_sum(xp.flip(g, axis=axis), axis=axis), axis=axis)


# --- products of matrices


def _matmul_first(xp: Namespace, g: Any, y: Any, a: Any, b: Any) -> Any:
    if b.ndim == 1:
        return xp.expand_dims(g, axis=-1) * b
    if a.ndim == 1:
        return xp.squeeze(xp.matmul(b, xp.expand_dims(g, axis=-1)), axis=-1)
    return xp.matmul(g, xp.matrix_transpose(b))


def _matmul_second(xp: Namespace, g: Any, y: Any, a: Any, b: Any) -> Any:
    if a.ndim == 1:
        return a * g if b.ndim == 1 else xp.expand_dims(a, axis=1) * xp.expand_dims(g, axis=-2)
    if b.ndim == 1:
        return xp.squeeze(xp.matmul(xp.matrix_transpose(a), xp.expand_dims(g, axis=-1)), axis=-1)
    return xp.matmul(xp.matrix_transpose(a), g)


def _vecdot_axis(axis: int, a: Any, b: Any) -> int:
    """Count the axis from the end, where broadcasting aligns."""
    if axis >= 0:
        if a.ndim != b.ndim:
            raise ValueError("vecdot of arrays of different rank needs a negative axis")
        axis -= a.ndim
    return axis


def _vecdot(xp: Namespace, g: Any, other: Any, axis: int) -> Any:
    return xp.expand_dims(g, axis=axis) * other


def vecdot(xp: Namespace, a: Any, b: Any, /, *, axis: int = -1) -> Any:
    return xp._vecdot(a, b, _vecdot_axis(axis, a, b))


def _contracted(axes: Any, a: Any, b: Any) -> tuple[list[int], list[int]]:
    if isinstance(axes, int):
        return list(range(a.ndim - axes, a.ndim)), list(range(axes))
    return [i % a.ndim for i in axes[0]], [i % b.ndim for i in axes[1]]


def tensordot(xp: Namespace, a: Any, b: Any, /, *, axes: Any = 2) -> Any:
    return xp._tensordot(a, b, *_contracted(axes, a, b))


def _tensordot_first(xp: Namespace, g: Any, y: Any, a: Any, b: Any, of_a: list[int], of_b: list[int]) -> Any:
    free_a = [i for i in range(a.ndim) if i not in of_a]
    free_b = [i for i in range(b.ndim) if i not in of_b]
    # The result has the free axes of a, then the contracted ones in the order in which b has them.
    part = xp.tensordot(g, b, axes=(list(range(len(free_a), g.ndim)), free_b))
    order = free_a + [of_a[of_b.index(i)] for i in sorted(of_b)]
    return xp.permute_dims(part, tuple(order.index(i) for i in range(a.ndim)))


def _tensordot_second(xp: Namespace, g: Any, y: Any, a: Any, b: Any, of_a: list[int], of_b: list[int]) -> Any:
    free_a = [i for i in range(a.ndim) if i not in of_a]
    free_b = [i for i in range(b.ndim) if i not in of_b]
    part = xp.tensordot(a, g, axes=(free_a, list(range(len(free_a)))))
    order = [of_b[of_a.index(i)] for i in sorted(of_a)] + free_b
    return xp.permute_dims(part, tuple(order.index(i) for i in range(b.ndim)))


RULES = (
    Rule("sum", (_sum,), inputs=False, spread=True),
    Rule("mean", (_mean,), inputs=False, spread=True),
    Rule("var", (_var,)),
    Rule("std", (_std,), output=True),
    Rule("max", (_extreme,), output=True),
    Rule("min", (_extreme,), output=True),
    Rule("_prod_along", (_prod_along,), forward=lambda base: lambda x, axis: base.prod(x, axis=axis, keepdims=True)),
    Rule("_cumulative_sum", (_cumulative_sum,), inputs=False,
         forward=lambda base: lambda x, axis: base.cumulative_sum(x, axis=axis)),
    Rule("_cumulative_prod", (_cumulative_prod,),
         forward=lambda base: lambda x, axis: base.cumulative_prod(x, axis=axis)),
    Rule("matmul", (_matmul_first, _matmul_second)),
    Rule("_vecdot", (lambda xp, g, y, a, b, axis: _vecdot(xp, g, b, axis),
                     lambda xp, g, y, a, b, axis: _vecdot(xp, g, a, axis)),
         forward=lambda base: lambda a, b, axis: base.vecdot(a, b, axis=axis)),
    Rule("_tensordot", (_tensordot_first, _tensordot_second),
         forward=lambda base: lambda a, b, of_a, of_b: base.tensordot(a, b, axes=(of_a, of_b))),
)  # fmt: skip
CALLS = {function.__name__: function for function in (prod, cumulative_sum, cumulative_prod, vecdot, tensordot)}
