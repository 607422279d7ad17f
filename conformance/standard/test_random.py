"""Values of every function on random arrays against NumPy, and functions of integers bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import agnostic_losses.backends.tensorflow as xp
from conformance.standard.tools import numbers, outputs

SHAPES = hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=4)
few = settings(derandomize=True, deadline=None, max_examples=12, database=None)

# Domains as (low, high); special values come in where low is None.
ANY = (None, None)
UNARY: dict[str, tuple[Any, Any]] = dict.fromkeys(
    (
        *("abs", "atan", "ceil", "floor", "isfinite", "isinf", "isnan", "log", "negative", "positive", "reciprocal"),
        *("round", "sign", "signbit", "sqrt", "square", "tanh", "trunc", "real", "conj"),
    ),
    ANY,
)
UNARY |= dict.fromkeys(("cos", "sin", "tan", "sinh", "cosh", "asinh", "exp", "expm1"), (-20.0, 20.0))
UNARY |= {"acos": (-1.0, 1.0), "asin": (-1.0, 1.0), "atanh": (-0.99, 0.99), "acosh": (1.0, 1e3)}
UNARY |= {"log1p": (-0.99, 1e3), "log2": (1e-30, 1e30), "log10": (1e-30, 1e30)}
BINARY: dict[str, tuple[Any, Any]] = dict.fromkeys(
    (
        *("add", "copysign", "equal", "greater", "greater_equal", "less", "less_equal", "maximum", "minimum"),
        *("multiply", "not_equal", "subtract", "divide", "hypot", "logaddexp", "nextafter", "atan2"),
    ),
    ANY,
)
BINARY |= {"pow": (0.01, 5.0), "remainder": (0.5, 50.0), "floor_divide": (0.5, 50.0)}
INTEGER_BINARY = (
    *("add", "subtract", "multiply", "maximum", "minimum", "equal", "less", "greater_equal"),
    *("bitwise_and", "bitwise_or", "bitwise_xor", "floor_divide", "remainder"),
)


def floats(shape: Any, domain: tuple[Any, Any]) -> Any:
    low, high = domain
    if low is None:
        # TensorFlow flushes subnormals to zero, NumPy does not.
        elements = st.floats(width=32, allow_subnormal=False)
    else:
        elements = st.floats(float(np.float32(low)), float(np.float32(high)), width=32, allow_subnormal=False)
    return hnp.arrays(np.float64, shape, elements=elements)


def reference(name: str, *arrays: Any) -> Any:
    with np.errstate(all="ignore"):
        return getattr(np, name)(*arrays)


def check(found: Any, expected: Any, rtol: float = 1e-12) -> None:
    for ours, other in zip(outputs(found), outputs(expected), strict=True):
        assert ours.dtype == np.asarray(other).dtype
        np.testing.assert_allclose(numbers(ours), other, rtol=rtol, atol=1e-300)


@pytest.mark.parametrize("name", UNARY)
@few
@given(data=st.data())
def test_function_of_one(name: str, data: Any) -> None:
    x = data.draw(floats(hnp.array_shapes(max_dims=2, max_side=4, min_side=0), UNARY[name]))
    check(getattr(xp, name)(tf.constant(x)), reference(name, x))


@pytest.mark.parametrize("name", BINARY)
@few
@given(data=st.data())
def test_function_of_two(name: str, data: Any) -> None:
    shapes = data.draw(SHAPES).input_shapes
    x1, x2 = (data.draw(floats(shape, BINARY[name])) for shape in shapes)
    check(getattr(xp, name)(tf.constant(x1), tf.constant(x2)), reference(name, x1, x2))


@pytest.mark.parametrize("name", INTEGER_BINARY)
@few
@given(data=st.data())
def test_function_of_integers(name: str, data: Any) -> None:
    dtype = data.draw(st.sampled_from([np.int8, np.uint8, np.int32, np.uint16, np.int64, np.uint64]))
    shapes = data.draw(SHAPES).input_shapes
    low = 1 if name in ("floor_divide", "remainder") else None
    x1 = data.draw(hnp.arrays(dtype, shapes[0]))
    x2 = data.draw(hnp.arrays(dtype, shapes[1], elements={} if low is None else {"min_value": low}))
    check(getattr(xp, name)(tf.constant(x1), tf.constant(x2)), reference(name, x1, x2))


REDUCTIONS = ("sum", "prod", "mean", "max", "min", "std", "var", "any", "all", "count_nonzero")


@pytest.mark.parametrize("name", REDUCTIONS)
@few
@given(data=st.data())
def test_reduction(name: str, data: Any) -> None:
    x = data.draw(floats(hnp.array_shapes(min_dims=1, max_dims=3, max_side=5), (-4.0, 4.0)))
    axes = st.none() | hnp.valid_tuple_axes(x.ndim) | st.integers(-x.ndim, x.ndim - 1)
    options = {"axis": data.draw(axes), "keepdims": data.draw(st.booleans())}
    if name in ("std", "var"):
        options["correction"] = data.draw(st.sampled_from([0.0, 0.5]))
    found = getattr(xp, name)(tf.constant(x), **options)
    expected = np.asarray(getattr(np, name)(x, **options))
    assert found.shape == expected.shape
    np.testing.assert_allclose(numbers(found), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ["cumulative_sum", "cumulative_prod", "sort", "argsort", "argmax", "argmin"])
@few
@given(data=st.data())
def test_along_an_axis(name: str, data: Any) -> None:
    elements = (-2.0, 2.0) if name.startswith("cumulative") else ANY
    x = data.draw(floats(hnp.array_shapes(min_dims=1, max_dims=3, max_side=9), elements))
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    options = {"stable": True} if "sort" in name else {}
    found = getattr(xp, name)(tf.constant(x), axis=axis)
    np.testing.assert_allclose(numbers(found), getattr(np, name)(x, axis=axis, **options), rtol=1e-12, atol=1e-12)


@few
@given(data=st.data())
def test_taking_and_searching(data: Any) -> None:
    x = data.draw(floats(hnp.array_shapes(min_dims=1, max_dims=3, max_side=5), ANY))
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    size = x.shape[axis]
    shape = list(x.shape)
    shape[axis] = data.draw(st.integers(0, 4))
    indices = data.draw(hnp.arrays(np.int64, tuple(shape), elements=st.integers(-size, size - 1)))
    found = xp.take_along_axis(tf.constant(x), tf.constant(indices), axis=axis)
    np.testing.assert_array_equal(numbers(found), np.take_along_axis(x, indices, axis))
    flat = indices.reshape(-1)
    found = xp.take(tf.constant(x), tf.constant(flat), axis=axis)
    np.testing.assert_array_equal(numbers(found), np.take(x, flat, axis))
    ordered, side = np.sort(x, axis=None), data.draw(st.sampled_from(["left", "right"]))
    found = xp.searchsorted(tf.constant(ordered), tf.constant(x), side=side)
    np.testing.assert_array_equal(numbers(found), np.searchsorted(ordered, x, side=side))


@few
@given(x=hnp.arrays(np.float64, hnp.array_shapes(max_dims=2, max_side=6), elements=st.integers(-3, 3)))
def test_distinct_elements(x: Any) -> None:
    expected = np.unique_all(x)
    check(xp.unique_all(tf.constant(x)), list(expected))


@few
@given(data=st.data())
def test_clip(data: Any) -> None:
    shapes = data.draw(SHAPES).input_shapes
    x, low = (data.draw(floats(shape, ANY)) for shape in shapes)
    check(xp.clip(tf.constant(x), tf.constant(low), None), np.maximum(x, low))
    check(xp.clip(tf.constant(x), None, 2.0), np.clip(x, None, 2.0))
