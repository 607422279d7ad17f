"""What the tape returns, how differentiations nest, and what it keeps in memory."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from agnostic_losses.autodiff.tape import stop_gradient, value_and_grad
from agnostic_losses.backends import stop_gradient as stop_gradient_of_any_backend
from tests.tape_helpers import grad, namespace, total, values


def test_value_and_gradient_are_plain_arrays(xp, dtype):
    x = xp.asarray([1.0, 2.0, 3.0], dtype=dtype)
    value, gradient = value_and_grad(lambda x: total(x * x))(x)
    assert value == 14.0
    assert value.dtype == gradient.dtype == dtype
    assert type(gradient) is type(x)
    assert values(gradient) == [2.0, 4.0, 6.0]


def test_python_numbers_do_not_promote(xp):
    x = xp.asarray([1.0, 2.0], dtype=xp.float32)

    def f(x):
        ns = namespace(x)
        y = 0.5 * x + 1 / (x + 2.0) - 3 + 2.0**x + x**0.5 + ns.maximum(x, 0.0) + ns.where(x > 1, x, 0.0)
        assert y.dtype == xp.float32
        return ns.mean(y)

    value, gradient = value_and_grad(f)(x)
    assert value.dtype == gradient.dtype == xp.float32


def test_gradient_has_the_dtype_of_its_argument():
    x, w = np.ones(3, dtype=np.float32), np.ones(3)
    gradients = grad(lambda x, w: total(x * w), (0, 1))(x, w)
    assert [g.dtype for g in gradients] == [np.float32, np.float64]


def test_argnums(xp):
    a, b = xp.asarray([1.0, 2.0]), xp.asarray([3.0, 5.0])

    def f(a, b, *, factor):
        return factor * total(a * b)

    assert values(grad(f, 1)(a, b, factor=2.0)) == [2.0, 4.0]
    assert values(grad(f, -1)(a, b, factor=2.0)) == [2.0, 4.0]
    first, second = grad(f, (1, 0))(a, b, factor=2.0)
    assert values(first) == [2.0, 4.0]
    assert values(second) == [6.0, 10.0]
    for wrong in (2, -3, (0, 0), (0, -2), ()):
        with pytest.raises(ValueError, match="argnums"):
            grad(f, wrong)(a, b, factor=2.0)


def test_no_dependence_gives_zeros(xp, dtype):
    x = xp.asarray([1.0, 2.0], dtype=dtype)
    for f in (
        lambda x, w: total(w),
        lambda x, w: total(namespace(x).floor(x)),
        lambda x, w: total(stop_gradient(x) * w),
        lambda x, w: xp.asarray(1.0, dtype=dtype),
    ):
        gradient = grad(f)(x, x + 1)
        assert gradient.dtype == dtype
        assert values(gradient) == [0.0, 0.0]


def test_the_caller_owns_the_gradients():
    x, w = np.ones(3), np.full(3, 2.0)
    a, b = grad(lambda x, w: total(x + w), (0, 1))(x, w)
    a *= 5.0
    assert b.tolist() == [1.0, 1.0, 1.0]
    a, b = grad(lambda x, w: total((x + w) ** 2), (0, 1))(x, w)
    a *= 5.0
    assert b.tolist() == [6.0, 6.0, 6.0]
    g = grad(lambda x, w: total(namespace(x).reshape(x * w, (3, 1))))(x, w)
    g += 1.0
    assert w.tolist() == [2.0, 2.0, 2.0]


def test_numpy_scalars_are_arrays():
    value, gradient = value_and_grad(lambda x: x * x)(np.float32(3.0))
    assert (value, gradient) == (9.0, 6.0)
    assert gradient.dtype == np.float32
    assert isinstance(gradient, np.ndarray)


def test_empty_arrays(xp):
    for name in ("sum", "prod"):
        assert grad(lambda x, name=name: getattr(namespace(x), name)(x))(xp.zeros((0, 2))).shape == (0, 2)


# --- nesting


def test_a_gradient_that_is_constant_counts_what_was_repeated(xp):
    column, row = xp.asarray([[1.0], [2.0], [3.0]]), xp.asarray([5.0, 7.0])
    _, (of_column, of_row) = value_and_grad(lambda a, b: total(-(a + b)), (0, 1))(column, row)
    assert values(of_column) == [[-2.0], [-2.0], [-2.0]]
    assert values(of_row) == [-3.0, -3.0]
    _, gradient = value_and_grad(lambda a: total(namespace(a).square(a)) + total(a))(column)
    assert values(gradient) == [[3.0], [5.0], [7.0]]


def test_three_deep(xp):
    x = xp.asarray([0.5, 1.5])

    def derivative(f):
        return lambda x: total(grad(f)(x))

    third = grad(derivative(derivative(lambda x: total(x**4 + namespace(x).sin(x)))))(x)
    np.testing.assert_allclose(np.asarray(third), 24 * np.asarray(x) - np.cos(np.asarray(x)), rtol=1e-14)


def test_levels_are_not_confused(xp):
    x = xp.asarray(2.0)
    inner = grad(lambda x: x * grad(lambda y: x + y)(xp.asarray(1.0)))
    assert inner(x) == 1.0  # the inner derivative is 1, and constant
    assert grad(lambda x: x * grad(lambda y: x * y * y)(x))(x) == 3 * 2 * 2.0**2


def test_gradients_of_gradients_for_constants(xp):
    w = xp.asarray([1.0, 3.0])
    second = grad(lambda w: total(grad(lambda x: total(x * x * w))(w)))(w)
    assert values(second) == [4.0, 12.0]  # with x = w, where w counts as weight too


@pytest.mark.parametrize("stop", [stop_gradient, stop_gradient_of_any_backend])
def test_stop_gradient_at_every_order(xp, stop):
    x = xp.asarray([2.0])
    assert values(grad(lambda x: total(stop(x) * x))(x)) == [2.0]
    outer = grad(lambda x: total(grad(lambda y: total(stop(x) * y * y))(x)))(x)
    assert values(outer) == [4.0]  # stop(x) * 2, nothing by stop(x) itself
    both = grad(lambda x: total(grad(lambda y: total(stop(y) * y * y))(x)))(x)
    assert values(both) == [4.0]  # d(2 stop(x) x), not d(2 x^2)
    assert stop(x) is x


def test_threads():
    x = np.linspace(0.1, 1.0, 50)
    second = grad(lambda x: total(grad(lambda y: total(namespace(y).exp(y * y)))(x)))
    expected = second(x)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(second, [x] * 100))
    assert all(np.array_equal(g, expected) for g in found)


def test_a_trace_that_ended_is_refused(xp):
    leaked = []

    def inner(y):
        leaked.append(y)
        return total(y)

    def outer(x):
        grad(inner)(x)
        return total(leaked[0])

    with pytest.raises(TypeError, match="inner differentiation"):
        grad(outer)(xp.asarray([1.0]))


# --- memory


def test_intermediate_arrays_are_freed_without_the_collector():
    kept = []

    def f(x):
        y = namespace(x).exp(x * x)
        kept.append(weakref.ref(y._value))
        return total(y * y)

    gc.disable()
    try:
        value_and_grad(f)(np.ones(10))
        assert kept[0]() is None
    finally:
        gc.enable()


def test_operands_that_no_rule_reads_are_not_kept():
    def f(x):
        y = namespace(x).sin(x)
        kept = weakref.ref(y._value)
        z = y + 1.0
        del y
        assert kept() is None
        return total(z)

    grad(f)(np.ones(10))


def test_the_backward_pass_frees_what_it_has_used():
    n, depth = 10_000, 20

    def f(x):
        for _ in range(depth):
            x = namespace(x).sin(x)
        return total(x)

    tracemalloc.start()
    try:
        grad(f)(np.ones(n))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < (depth + 5) * 8 * n


def test_selection_needs_memory_of_the_size_of_its_operands():
    n = 20_000
    x, indices = np.ones(n), np.arange(n)[::-1]

    def f(x, indices):
        ns = namespace(x)
        return total(ns.take(x, indices) + ns.take_along_axis(x, indices) + ns.sort(x))

    tracemalloc.start()
    try:
        gradient = grad(f)(x, indices)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert gradient.tolist() == [3.0] * n
    assert peak < 40 * x.nbytes
