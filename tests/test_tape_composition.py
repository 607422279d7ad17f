"""What stands beside a traced array: operators, constants, conditions, NumPy data; and the kinks."""

from __future__ import annotations

import operator

import array_api_compat.numpy as numpy_namespace
import array_api_strict
import numpy as np
import pytest

from agnostic_losses.autodiff.tape import Box, stop_gradient
from agnostic_losses.backends import array_namespace, concrete
from tests.tape_helpers import grad, namespace, total, values

BINARY = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "lt", "le", "gt", "ge", "eq", "ne"]


@pytest.mark.parametrize("name", BINARY)
def test_operators_agree_with_plain_arrays(xp, name):
    a, b = xp.asarray([[1.5], [2.0]]), xp.asarray([2.0, 0.75])
    op = getattr(operator, name)
    seen = []

    def f(x):
        seen.extend([op(x, b), op(x, 2.0), op(2.0, x), op(x, x + 1)])
        if xp is numpy_namespace:
            seen.append(op(b, x))
        return total(x)

    grad(f)(a)
    assert all(isinstance(result, Box) for result in seen)
    expected = [op(a, b), op(a, 2.0), op(2.0, a), op(a, a + 1)] + [op(b, a)] * (xp is numpy_namespace)
    assert [values(stop_gradient(result)._value) for result in seen] == [values(e) for e in expected]


def test_arrays_passed_as_constants_take_either_side(xp):
    a, w = xp.asarray([1.0, 2.0]), xp.asarray([3.0, 4.0])
    assert values(grad(lambda x, w: total(w * x + w / x - w @ x))(a, w)) == [-6.0, -5.0]
    assert values(grad(lambda x, *, w: total(w - x))(a, w=w)) == [-1.0, -1.0]


def test_conditions_compose(xp):
    x = xp.asarray([-1.0, 0.5, 2.0])

    def f(x):
        ns = namespace(x)
        inside = (x > 0) & ~(x > 1)
        assert ns.isdtype(inside.dtype, "bool")
        return total(ns.where(inside | ns.isnan(x), x * x, 0.0) * ns.astype(inside, x.dtype))

    assert values(grad(f)(x)) == [0.0, 1.0, 0.0]


def test_attributes(xp):
    def f(x):
        assert (x.shape, x.ndim, x.size, x.dtype, x.device) == (a.shape, a.ndim, a.size, a.dtype, a.device)
        assert x.T.shape == x.mT.shape == (3, 2)
        ns = x.__array_namespace__()
        assert ns is array_namespace(x)
        assert array_namespace(x, a) is ns
        assert ns.__wraps__ is array_namespace(a)
        assert ns.finfo(x.dtype).eps == xp.finfo(a.dtype).eps
        assert ns.result_type(x, a) == a.dtype
        assert ns.pi == xp.pi
        assert ns.__array_namespace_info__().default_dtypes()["indexing"] == xp.int64
        return total(x)

    a = xp.zeros((2, 3))
    grad(f)(a)


def test_unknown_version_of_the_standard():
    with pytest.raises(ValueError, match="1789"):
        grad(lambda x: total(x.__array_namespace__(api_version="1789.07").exp(x)))(np.ones(2))
    assert grad(lambda x: x.__array_namespace__(api_version="2023.12").sum(x))(np.ones(2)).tolist() == [1.0, 1.0]


def test_creation_is_constant_and_composes(xp):
    def f(x):
        ns = namespace(x)
        ramp = ns.arange(3, dtype=x.dtype) + ns.linspace(0.0, 1.0, 3, dtype=x.dtype) + ns.ones_like(x)
        matrix = ns.eye(3, dtype=x.dtype) + ns.tril(ns.ones((3, 3), dtype=x.dtype)) * ns.zeros(3, dtype=x.dtype)
        return total((ramp * x) @ matrix) + total(ns.full_like(x, x[0]))

    assert values(grad(f)(xp.asarray([1.0, 2.0, 3.0]))) == [4.0, 2.5, 4.0]


def test_numpy_data_beside_any_namespace():
    x = array_api_strict.asarray([1.0, 2.0])
    data = np.asarray([3.0, 5.0])
    labels = np.asarray([1])

    def f(x):
        ns = namespace(x)
        return total(ns.multiply(x, data)) + total(ns.take(x * data, ns.asarray(labels), axis=0))

    assert values(grad(f)(x)) == [3.0, 10.0]


def test_values_of_constants_can_be_read_by_checks():
    def f(x, labels):
        assert concrete(labels).tolist() == [0, 1]
        assert concrete(x) is None
        return total(x)

    grad(f)(np.ones(2), np.asarray([0, 1]))


def test_what_is_not_selected_does_not_leak(xp):
    x = xp.asarray([0.0, 1.0])
    bad = xp.asarray([float("nan"), 1.0])

    def f(x):
        ns = namespace(x)
        return total(ns.where(x > 0, x, 0.0) + ns.where(ns.asarray([False, True]), x * ns.asarray(bad), 0.0))

    # NaN times the zero gradient of the other branch would be NaN: only a made-safe argument avoids that.
    assert np.isnan(values(grad(f)(x))[0])
    safe = grad(lambda x: total(namespace(x).where(namespace(x).isnan(bad), 0.0, x) * 2.0))(x)
    assert values(safe) == [0.0, 2.0]
    infinite = grad(lambda x: total(namespace(x).where(x > 0, x, -x) * np.inf))(xp.asarray([1.0, -1.0]))
    assert values(infinite) == [np.inf, -np.inf]


# --- kinks: the subgradient of least norm


@pytest.mark.parametrize(
    ("f", "point", "expected"),
    [
        (lambda ns, x: ns.abs(x), [0.0], [0.0]),
        (lambda ns, x: ns.sign(x) * x, [0.0], [0.0]),
        (lambda ns, x: ns.maximum(x, 0.0), [0.0], [0.5]),
        (lambda ns, x: ns.minimum(0.0, x), [0.0], [0.5]),
        (lambda ns, x: ns.clip(x, -1.0, 1.0), [-1.0, 1.0, 1.5], [1.0, 1.0, 0.0]),
        (lambda ns, x: ns.max(x), [2.0, 2.0, 1.0], [0.5, 0.5, 0.0]),
        (lambda ns, x: ns.min(x), [2.0, 2.0, 2.0, 3.0], [1 / 3, 1 / 3, 1 / 3, 0.0]),
        (lambda ns, x: ns.hypot(x, x), [0.0], [0.0]),
        (lambda ns, x: ns.atan2(x, x), [0.0], [0.0]),
        (lambda ns, x: ns.copysign(x, -1.0 - x), [0.0], [0.0]),
        (lambda ns, x: x**0 + x**1 + x**2, [0.0], [1.0]),
        (lambda ns, x: ns.pow(x, 2 + 0 * x), [0.0], [0.0]),
        (lambda ns, x: ns.prod(x), [0.0, 3.0, 0.0], [0.0, 0.0, 0.0]),
        (lambda ns, x: ns.cumulative_prod(x), [2.0, 0.0, 3.0], [1.0, 8.0, 0.0]),
        (lambda ns, x: ns.logaddexp(x, x + 0.0), [-np.inf], [1.0]),
        (lambda ns, x: ns.tanh(x), [-800.0, 800.0], [0.0, 0.0]),
        (lambda ns, x: ns.logaddexp(x, 0.0 * x), [-800.0, 0.0, 800.0], [0.0, 0.5, 1.0]),
    ],
)
def test_kinks_and_extremes(xp, f, point, expected):
    gradient = grad(lambda x: total(f(namespace(x), x)))(xp.asarray(point))
    np.testing.assert_allclose(np.asarray(gradient), expected, rtol=1e-15)


def test_a_nan_maximum_says_so(xp):
    gradient = grad(lambda x: namespace(x).max(x))(xp.asarray([1.0, float("nan"), 3.0]))
    assert values(gradient) == [0.0, 1.0, 0.0]


def test_second_derivative_of_logaddexp_in_the_tails(xp):
    x = xp.asarray([-40.0, 0.0, 40.0])
    second = grad(lambda x: total(grad(lambda y: total(namespace(y).logaddexp(y, 0.0 * y)))(x)))(x)
    tail = np.exp(-40.0) / (1 + np.exp(-40.0)) ** 2
    np.testing.assert_allclose(np.asarray(second), [tail, 0.25, tail], rtol=1e-14)
