"""Where raw TensorFlow is silent or wrong, this namespace raises or is right. One test a trap."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import agnostic_losses.backends.tensorflow as xp
from agnostic_losses.backends.tensorflow._factories import kernel
from agnostic_losses.backends.tensorflow._recording import has_tangents, is_unrecorded
from conformance.standard.tools import MODES, graph, numbers, outputs, xla

NAN, INF = float("nan"), float("inf")


def test_comparison_of_shapes_that_do_not_broadcast_raises() -> None:
    x, y = tf.ones([2]), tf.ones([3])
    assert (x == y) == False  # noqa: E712  (the operator answers with a single False)
    for name in ("equal", "not_equal", "less"):
        with pytest.raises((ValueError, tf.errors.InvalidArgumentError), match=r"[Ii]ncompatible shapes"):
            getattr(xp, name)(x, y)
        with pytest.raises(ValueError, match="Dimensions must be equal"):
            graph(getattr(xp, name))(x, y)


ZEROS_OF_SCALARS = {
    "asarray": lambda zero, dtype: xp.asarray(zero, dtype=dtype),
    "asarray without dtype": lambda zero, dtype: xp.astype(xp.asarray(zero), dtype),
    "full": lambda zero, dtype: xp.full((2,), zero, dtype=dtype),
    "copysign": lambda zero, dtype: xp.copysign(xp.zeros(2, dtype=dtype), zero),
    "where": lambda zero, dtype: xp.where(tf.constant([True, False]), xp.asarray(zero, dtype=dtype), zero),
    "divide": lambda zero, dtype: xp.divide(tf.ones(2, dtype), zero),
    "multiply": lambda zero, dtype: xp.multiply(zero, tf.ones(2, dtype)),
    "pow": lambda zero, dtype: xp.pow(zero, tf.constant([3, -1], dtype)),
}
ZEROS = {
    "zeros": lambda dtype: xp.zeros((2, 2), dtype=dtype),
    "triu": lambda dtype: xp.triu(xp.ones((2, 2), dtype=dtype))[1, 0],
    "eye": lambda dtype: xp.eye(2, dtype=dtype)[1, 0],
    "sum of nothing": lambda dtype: xp.sum(xp.ones((0,), dtype=dtype)),
}


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("name", ZEROS_OF_SCALARS)
def test_a_zero_keeps_its_sign_after_a_zero_of_the_other(name: str, dtype: str) -> None:
    for zero in (-0.0, 0.0, -0.0):
        negative = np.signbit(numbers(ZEROS_OF_SCALARS[name](zero, dtype)))
        assert negative.all() if np.signbit(zero) else not negative.any()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ZEROS)
def test_zeros_are_positive_after_a_negative_zero(name: str, dtype: str) -> None:
    tf.constant(-0.0, dtype)  # which TensorFlow keeps, and gives out for 0.0
    assert not np.signbit(numbers(ZEROS[name](dtype))).any()


def test_multiplying_by_a_mask_promotes_it() -> None:
    x, mask = tf.constant([2.0, 3.0]), tf.constant([True, False])
    assert numbers(xp.multiply(x, mask)).tolist() == [2.0, 0.0]
    assert numbers(xp.multiply(mask, 0.5)).tolist() == [0.5, 0.0]


def test_mixed_dtypes_promote() -> None:
    assert numbers(xp.add(tf.constant(1), tf.constant(0.5))) == 1.5
    assert numbers(xp.less(tf.constant([1]), 1.5)).tolist() == [True]
    assert xp.divide(tf.constant([1]), 2).dtype == xp.float32
    assert numbers(xp.pow(tf.constant([2, 3], tf.uint8), 2)).tolist() == [4, 9]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_sorting_puts_nan_last_in_both_directions(dtype: str, mode: str) -> None:
    x = tf.cast([1.0, NAN, -1.0, INF, -0.0, 0.0, -NAN, -INF, 1.0], dtype)
    f = MODES[mode](
        lambda x: [op(x, descending=descending) for op in (xp.sort, xp.argsort) for descending in (False, True)],
        tf.TensorSpec([None], dtype),
    )
    ascending, descending, order, reverse = (numbers(y).tolist() for y in f(x))
    assert ascending[:7] == [-INF, -1.0, 0.0, 0.0, 1.0, 1.0, INF]
    assert np.signbit(ascending[2:4]).tolist() == [True, False]  # stable: -0 came first
    assert descending[:7] == [INF, 1.0, 1.0, 0.0, 0.0, -1.0, -INF]
    assert np.isnan(ascending[7:] + descending[7:]).all()
    assert order == [7, 2, 4, 5, 0, 8, 3, 1, 6]
    assert reverse == [3, 0, 8, 4, 5, 2, 7, 1, 6]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"])
def test_sorting_integers_is_stable(dtype: str, mode: str) -> None:
    info = None if dtype == "bool" else np.iinfo(dtype)
    low, high = (0, 1) if info is None else (info.min, info.max)
    x = np.asarray([high, low, high, low, 1], dtype)
    f = MODES[mode](lambda x: (xp.sort(x), xp.argsort(x), xp.argsort(x, descending=True)))
    values, order, reverse = (numbers(y) for y in f(tf.constant(x)))
    np.testing.assert_array_equal(values, np.sort(x))
    np.testing.assert_array_equal(order, np.argsort(x, stable=True))
    np.testing.assert_array_equal(reverse, sorted(range(5), key=lambda i: -int(x[i])))


@pytest.mark.parametrize("mode", MODES)
def test_nan_reaches_every_extreme(mode: str) -> None:
    # Of this length XLA's own reduction loses the NaN, and the eager argmax of TensorFlow skips it.
    x = tf.constant([1.5, 2.5, -0.5, 0.0, NAN, INF, -INF, -3.5])

    def f(x: Any) -> list[Any]:
        pairs = [xp.maximum(x, 9.0), xp.minimum(x, -9.0), xp.maximum(-9.0, x), xp.clip(x, -1.0, 1.0)]
        return [xp.max(x), xp.min(x, axis=0), *(pair[4] for pair in pairs), xp.clip(x, x[4], 1.0)[0]]

    found = MODES[mode](f, tf.TensorSpec([None]))(x)
    assert [bool(np.isnan(numbers(y))) for y in found] == [True] * 7
    indices = MODES[mode](lambda x: (xp.argmax(x), xp.argmin(x)), tf.TensorSpec([None]))(x)
    assert [int(numbers(y)) for y in indices] == [4, 4]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [1, 3, 8])
def test_nan_reaches_the_extreme_of_two_from_either_side(size: int, mode: str) -> None:
    def f(x: Any, nan: Any) -> list[Any]:
        both = [(x, nan), (nan, x), (nan, 0.0), (0.0, nan), (x, nan[0]), (nan[0], x)]
        return [op(*pair) for op in (xp.maximum, xp.minimum) for pair in both] + [xp.clip(nan, -1.0, 1.0)]

    spec = tf.TensorSpec([None])
    found = MODES[mode](f, spec, spec)(tf.fill([size], 1.5), tf.fill([size], NAN))
    assert np.isnan([numbers(y) for y in found]).all()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64", "int8", "uint16", "int64"])
def test_searchsorted(dtype: str, mode: str) -> None:
    is_float = "float" in dtype
    ordered = np.asarray([1, 3, 3, 5] + [INF, NAN] * is_float)
    values = np.asarray([[0, 1, 3], [4, 5, 9]] + [[NAN, INF, 2]] * is_float)
    for side in ("left", "right"):
        f = MODES[mode](lambda a, b, side=side: xp.searchsorted(a, b, side=side))
        found = f(tf.cast(ordered, dtype), tf.cast(values, dtype))
        np.testing.assert_array_equal(numbers(found), np.searchsorted(ordered, values, side=side))


@pytest.mark.parametrize("index", [[3], [-4], [-1, 3]])
def test_index_out_of_range_raises_on_a_cpu(index: list[int]) -> None:
    x, indices = tf.ones([3]), tf.constant(index)
    for op in (xp.take, xp.take_along_axis):
        with pytest.raises(IndexError, match="an index is out of range along axis 0"):
            op(x, indices)
        with pytest.raises(tf.errors.InvalidArgumentError, match="is not in"):
            graph(op, tf.TensorSpec([None]), tf.TensorSpec([None], tf.int32))(x, indices)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"])
def test_indices_of_any_integer_dtype(dtype: str) -> None:
    x = tf.constant([1.0, 2.0, 3.0])
    assert numbers(xp.take(x, tf.cast([2, 0], dtype))).tolist() == [3.0, 1.0]
    with pytest.raises(TypeError, match="take does not take float32"):
        xp.take(x, tf.constant([1.0]))


@pytest.mark.parametrize("mode", MODES)
def test_take_along_axis_broadcasts_or_raises(mode: str) -> None:
    x = tf.reshape(tf.range(12.0), [3, 4])
    specs = tf.TensorSpec([None, None]), tf.TensorSpec([None, None], tf.int32)
    f = MODES[mode](xp.take_along_axis, *specs)
    assert numbers(f(x, tf.constant([[1, -1]]))).tolist() == [[1.0, 3.0], [5.0, 7.0], [9.0, 11.0]]
    # XLA's own gather would take from the first two rows and say nothing.
    with pytest.raises((ValueError, tf.errors.InvalidArgumentError)):
        f(x, tf.constant([[1], [2]]))


def test_take_along_axis_broadcasts_what_is_taken_from() -> None:
    x, indices = tf.constant([[1.0, 2.0, 3.0]]), tf.constant([[0], [2]])
    assert numbers(xp.take_along_axis(x, indices)).tolist() == [[1.0], [3.0]]
    with pytest.raises(ValueError, match="x has 2 dimension"):
        xp.take_along_axis(x, indices[0])


def test_unknown_number_of_dimensions_says_what_to_do() -> None:
    spec = tf.TensorSpec(None)
    for f in (lambda x: xp.sum(x, axis=0), xp.var, xp.argmax, xp.sort, xp.cumulative_sum):
        with pytest.raises(ValueError, match=r"tf\.TensorSpec\(\[None, None\]\)"):
            graph(f, spec)(tf.ones([2]))


def test_unstack_needs_a_known_size() -> None:
    with pytest.raises(ValueError, match="unstack needs a known size along axis 0"):
        graph(xp.unstack, tf.TensorSpec([None]))(tf.ones([2]))
    assert [numbers(y).tolist() for y in xp.unstack(tf.eye(2), axis=1)] == [[1.0, 0.0], [0.0, 1.0]]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_nextafter(dtype: str, mode: str) -> None:
    x1 = tf.cast([1.0, 1.0, -1.0, -1.0, 0.0, 0.0, NAN, 2.0], dtype)
    x2 = tf.cast([2.0, 0.0, 0.0, -2.0, 1.0, -1.0, 1.0, 2.0], dtype)
    found = MODES[mode](xp.nextafter)(x1, x2)
    eps = xp.finfo(x1).eps
    expected = [1 + eps, 1 - eps / 2, -1 + eps / 2, -1 - eps]
    assert found.dtype.name == dtype
    assert numbers(found)[:4].tolist() == expected
    # The least subnormal: its neighbour on the other side is 0. Read through the bits, for XLA flushes it.
    bits = {2: tf.int16, 4: tf.int32, 8: tf.int64}[found.dtype.size]
    assert numbers(tf.bitcast(found, bits))[4] == 1
    assert np.isnan(numbers(found)[6])
    assert numbers(found)[7] == 2.0


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "uint64", "int64"])
def test_shifts_by_the_width_or_more(dtype: str) -> None:
    width = 8 * tf.as_dtype(dtype).size
    x = tf.constant([5, 5, 1], dtype)
    shifts = tf.constant([1, width, width - 1], dtype)
    assert numbers(xp.bitwise_left_shift(x, shifts))[:2].tolist() == [10, 0]
    assert numbers(xp.bitwise_right_shift(x, shifts)).tolist() == [2, 0, 0]
    if dtype.startswith("int"):
        assert numbers(xp.bitwise_right_shift(-x, shifts)).tolist() == [-3, -1, -1]


@pytest.mark.parametrize("dtype", ["int8", "uint8", "uint16", "int64", "uint64"])
def test_functions_of_integers_that_kernels_lack(dtype: str) -> None:
    array = np.asarray([3, 1, 0], dtype)
    x = xp.asarray(array)
    for name in ("abs", "ceil", "floor", "trunc", "round", "positive", "square", "sign"):
        np.testing.assert_array_equal(numbers(getattr(xp, name)(x)), getattr(np, name)(array))
        assert getattr(xp, name)(x).dtype.name == dtype
    assert numbers(xp.isfinite(x)).tolist() == [True] * 3
    assert numbers(xp.isnan(x)).tolist() == numbers(xp.isinf(x)).tolist() == [False] * 3
    np.testing.assert_array_equal(numbers(xp.negative(x)), -array)
    np.testing.assert_array_equal(numbers(xp.tile(x, (2,))), np.tile(array, 2))
    np.testing.assert_array_equal(numbers(xp.repeat(x, 2)), np.repeat(array, 2))
    np.testing.assert_array_equal(numbers(xp.remainder(x, 2)), array % 2)


def test_functions_of_bools_that_kernels_lack() -> None:
    x, y = tf.constant([True, False, True]), tf.constant([True, True, False])
    assert numbers(xp.sum(x)) == 2
    assert numbers(xp.cumulative_sum(x)).tolist() == [1, 1, 2]
    assert numbers(xp.argmax(x)) == numbers(xp.argmin(x)) - 1 == 0
    assert numbers(xp.bitwise_invert(x)).tolist() == [False, True, False]
    expected = {"and": [True, False, False], "or": [True, True, True], "xor": [False, True, True]}
    for name, values in expected.items():
        assert numbers(getattr(xp, f"bitwise_{name}")(x, y)).tolist() == values
        assert numbers(getattr(xp, f"logical_{name}")(x, y)).tolist() == values


def test_functions_of_complex_numbers() -> None:
    z = np.asarray([1.5 - 2.5j, -0.5j, complex(NAN, 1.0), complex(INF, 0.0)])
    x = xp.asarray(z)
    for name in ("isnan", "isinf", "isfinite", "real", "imag", "conj", "abs", "round", "negative"):
        np.testing.assert_allclose(numbers(getattr(xp, name)(x)), getattr(np, name)(z))
    assert numbers(xp.count_nonzero(x)) == 4
    assert numbers(xp.equal(x, x)).tolist() == [True, True, False, True]


def test_hypot_of_large_and_special_values() -> None:
    x1, x2 = [3e30, 0.0, INF, INF, 1e-30, NAN], [4e30, 0.0, NAN, 1.0, 0.0, 1.0]
    expected = [5e30, 0.0, INF, INF, 1e-30, NAN]
    np.testing.assert_allclose(numbers(xp.hypot(tf.constant(x1), tf.constant(x2))), expected, rtol=1e-6)


def test_expand_dims_and_axes_out_of_range_raise_index_errors() -> None:
    x = tf.ones([2, 3])
    for call in (
        lambda: xp.expand_dims(x, axis=4),
        lambda: xp.sum(x, axis=2),
        lambda: xp.concat([x, x], axis=-3),
        lambda: xp.flip(x, axis=2),
    ):
        with pytest.raises(IndexError, match="out of range for an array of"):
            call()
    assert xp.expand_dims(x, axis=(0, -1)).shape == (1, 2, 3, 1)
    with pytest.raises(ValueError, match="same axis twice"):
        xp.sum(x, axis=(0, -2))
    with pytest.raises(ValueError, match="axis 1 has size 3, not 1"):
        xp.squeeze(x, axis=1)
    with pytest.raises(ValueError, match="cumulative_sum needs axis"):
        xp.cumulative_sum(x)
    with pytest.raises(ValueError, match="permute_dims needs every axis"):
        xp.permute_dims(x, (0,))


def test_broadcast_shapes() -> None:
    assert xp.broadcast_shapes((2, 1), (3,), ()) == (2, 3)
    assert xp.broadcast_shapes((None, 1), (4, 3)) == (4, 3)
    with pytest.raises(ValueError, match=r"[Ii]ncompatible"):
        xp.broadcast_shapes((2,), (3,))


def test_isin_inverted() -> None:
    x = tf.constant([1, 2, 3])
    assert numbers(xp.isin(x, tf.constant([[3], [1]]), invert=True)).tolist() == [False, True, False]
    assert numbers(xp.isin(x, 2)).tolist() == [False, True, False]


def test_each_nan_is_distinct() -> None:
    found = xp.unique_all(tf.constant([NAN, 1.0, NAN, 1.0]))
    assert numbers(found.counts).tolist() == [2, 1, 1]
    assert numbers(found.indices).tolist() == [1, 0, 2]
    assert numbers(found.inverse_indices).tolist() == [1, 0, 2, 0]
    empty = xp.unique_all(tf.constant([], tf.float32))
    assert [y.shape[0] for y in outputs(empty)] == [0, 0, 0, 0]


@pytest.mark.parametrize("compiled", [graph, xla])
def test_static_sizes_survive(compiled: Any) -> None:
    seen = []

    def f(x: Any, i: Any) -> Any:
        made = [xp.take_along_axis(x, i), xp.sort(x), xp.cumulative_prod(x, axis=1)]
        made += [xp.maximum(x, 0.0), xp.full_like(x, 1)]
        seen.extend(tuple(y.shape) for y in made)
        return made

    specs = tf.TensorSpec([None, 4]), tf.TensorSpec([None, 1], tf.int64)
    compiled(f, *specs)(tf.ones([2, 4]), tf.constant([[1], [2]], tf.int64))
    assert seen == [(None, 1), *[(None, 4)] * 4]


def test_it_is_known_whether_anyone_differentiates() -> None:
    x = tf.constant([1.0])
    assert is_unrecorded()
    assert not has_tangents([x])
    with tf.GradientTape():
        assert not is_unrecorded()
        assert not has_tangents([x])
    with tf.autodiff.ForwardAccumulator(x, x):
        assert not is_unrecorded()
        assert has_tangents([x])
        assert not has_tangents([tf.constant([1.0])])
    assert graph(lambda x: tf.constant([is_unrecorded(), has_tangents([x])]))(x).numpy().tolist() == [False, False]


def test_a_kernel_takes_arrays_by_position_in_any_case() -> None:
    def without_wrappers(*, x: Any, y: Any) -> Any:
        return x - y

    assert kernel(without_wrappers)(5, 3) == 2
    assert numbers(kernel(tf.raw_ops.Sub)(tf.constant(5.0), tf.constant(3.0))) == 2.0
