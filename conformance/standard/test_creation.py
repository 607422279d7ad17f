"""Arrays from Python and NumPy values, and from shapes whose sizes may be known only when a trace runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import agnostic_losses.backends.tensorflow as xp
from conformance.standard.tools import MODES, numbers


@pytest.mark.parametrize(
    ("value", "dtype", "shape"),
    [
        (1.5, "float32", ()),
        (3, "int64", ()),
        (True, "bool", ()),
        (1j, "complex64", ()),
        ([1, 2.5], "float32", (2,)),
        ([[1, 2], [3, 4]], "int64", (2, 2)),
        ([[True], [False]], "bool", (2, 1)),
        ([True, 2], "int64", (2,)),
        ([], "float32", (0,)),
        ([[], []], "float32", (2, 0)),
        ((1, (2)), "int64", (2,)),
        ([[7.0]], "float32", (1, 1)),
        (np.float64(1.5), "float32", ()),
        (np.asarray([1.5]), "float64", (1,)),
        (np.asarray([1], np.int16), "int16", (1,)),
        ([np.asarray([1.5, 2.0]), np.asarray([2, 3], np.int8)], "float64", (2, 2)),
    ],
)
def test_asarray(value: Any, dtype: str, shape: tuple[int, ...]) -> None:
    array = xp.asarray(value)
    assert array.dtype.name == dtype
    assert array.shape == shape
    np.testing.assert_array_equal(numbers(array), np.asarray(value, dtype))


@pytest.mark.parametrize("dtype", xp.__array_namespace_info__().dtypes())
def test_asarray_of_nothing_in_each_dtype(dtype: str) -> None:
    array = xp.asarray([[], []], dtype=dtype)
    assert (array.dtype.name, array.shape) == (dtype, (2, 0))


@pytest.mark.parametrize("mode", MODES)
def test_asarray_of_tensors_in_a_list(mode: str) -> None:
    array = MODES[mode](lambda x: xp.asarray([[x, 2 * x], [1, 0.5]]))(tf.constant(3.0))
    assert numbers(array).tolist() == [[3.0, 6.0], [1.0, 0.5]]


@pytest.mark.parametrize("value", [[[1], [2, 3]], [1, [2]], [[1], 2], [[[1]], [2]]])
def test_asarray_refuses_ragged_lists(value: Any) -> None:
    with pytest.raises(ValueError, match="ragged"):
        xp.asarray(value)


def test_asarray_dtype() -> None:
    assert numbers(xp.asarray([0.1], dtype=xp.float64)).tolist() == [0.1]
    assert xp.asarray([1, 0], dtype=xp.bool).dtype == xp.bool
    assert xp.asarray(np.asarray([1.5]), dtype=xp.float32).dtype == xp.float32
    assert xp.asarray(tf.constant([1]), dtype=xp.float32).dtype == xp.float32
    assert xp.asarray([True, 2], dtype="float16").dtype == xp.float16
    with pytest.raises(TypeError, match="complex"):
        xp.asarray([1j], dtype=xp.float32)
    with pytest.raises(TypeError, match="complex"):
        xp.asarray(1j, dtype=xp.float32)
    with pytest.raises(TypeError):
        xp.asarray("text")


def test_asarray_copy() -> None:
    source = np.zeros(100_000, np.float32)
    array = xp.asarray(source)
    source[:] = 1.0
    assert numbers(array)[7] == 0.0
    tensor = tf.constant([1.0])
    assert xp.asarray(tensor, copy=False) is tensor
    assert xp.asarray(tensor) is tensor
    assert xp.asarray(tensor, copy=True) is not tensor
    for value in ([1.0], np.ones(1), 1.0):
        with pytest.raises(ValueError, match="without a copy"):
            xp.asarray(value, copy=False)
    with pytest.raises(ValueError, match="without a copy"):
        xp.asarray(tensor, dtype=xp.float64, copy=False)


def test_asarray_of_a_variable_is_a_snapshot() -> None:
    variable = tf.Variable([1.0])
    array = xp.asarray(variable)
    variable.assign([2.0])
    assert isinstance(array, tf.Tensor)
    assert numbers(array).tolist() == [1.0]


def test_device_is_a_name() -> None:
    for array in (xp.asarray([1.0], device="/CPU:0"), xp.zeros(2, device="/CPU:0"), xp.arange(3, device="CPU:0")):
        assert array.device.endswith("CPU:0")
        assert xp.zeros_like(array, device=array.device).device == array.device


def test_creation_inside_an_outer_device_keeps_it() -> None:
    traced = tf.Graph()
    with traced.as_default(), tf.device("/device:GPU:3"):
        assert xp.zeros((2,)).device.endswith("GPU:3")
        assert xp.asarray([1.0]).device.endswith("GPU:3")


@pytest.mark.parametrize("options", [{}, {"dtype": "int8"}, {"dtype": "float64"}, {"dtype": "bool"}])
def test_filled(options: dict[str, Any]) -> None:
    for shape in ((), 3, (2, 0), (2, 3)):
        for name, value in (("zeros", 0), ("ones", 1)):
            array = getattr(xp, name)(shape, **options)
            np.testing.assert_array_equal(numbers(array), np.full(shape, value, options.get("dtype", "float32")))
            assert array.dtype.name == options.get("dtype", "float32")
        assert xp.empty(shape, **options).shape == np.empty(shape).shape


def test_full() -> None:
    assert xp.full((2,), 3).dtype == xp.int64
    assert xp.full((2,), 3.5).dtype == xp.float32
    assert xp.full((2,), True).dtype == xp.bool
    assert numbers(xp.full_like(tf.constant([1, 2], tf.int8), 3)).dtype == np.int8
    with pytest.raises(OverflowError, match="300 does not fit in uint8"):
        xp.full((2,), 300, dtype=xp.uint8)


@pytest.mark.parametrize(
    "arguments",
    [(5,), (2, 7), (7, 2), (0, 10, 3), (10, 0, -3), (0, 10, -1), (0.0, 1.0, 0.1), (1, 0, -0.25), (0.5,), (3, 3)],
)
def test_arange(arguments: tuple[Any, ...]) -> None:
    expected = np.arange(*arguments)
    for options in ({}, {"dtype": "float64"}):
        array = xp.arange(*arguments, **options)
        assert array.shape == expected.shape
        np.testing.assert_allclose(numbers(array), expected, rtol=1e-7 if options == {} else 1e-15)


def test_arange_does_not_drift() -> None:
    array = xp.arange(0, 100_000.0, 0.1)
    assert abs(float(array[-1]) - 99_999.9) < 0.01


@pytest.mark.parametrize("mode", MODES)
def test_sizes_known_only_at_run_time(mode: str) -> None:
    def f(x: Any) -> list[Any]:
        n, m = tf.shape(x)[0], tf.shape(x)[1]
        made = [xp.arange(n), xp.arange(1, n + 1, dtype=xp.float32), xp.eye(n, m, k=1), xp.zeros((n, 2))]
        return [*made, xp.full((m,), 7), xp.reshape(x, (m, n)), xp.broadcast_to(x[:1, :], (n, m))]

    x = np.arange(6.0, dtype=np.float32).reshape(2, 3)
    expected = [np.arange(2), np.arange(1, 3), np.eye(2, 3, 1), np.zeros((2, 2)), np.full(3, 7), x.reshape(3, 2)]
    spec = () if mode == "xla" else (tf.TensorSpec([None, None]),)  # XLA needs the sizes of what is made
    for ours, reference in zip(MODES[mode](f, *spec)(tf.constant(x)), [*expected, x[[0, 0]]], strict=True):
        np.testing.assert_array_equal(numbers(ours), reference)


@pytest.mark.parametrize("k", [-2, 0, 1, 5])
@pytest.mark.parametrize("dtype", ["float32", "int64", "bool", "bfloat16"])
def test_eye_and_triangles(k: int, dtype: str) -> None:
    np.testing.assert_array_equal(numbers(xp.eye(3, 4, k=k, dtype=dtype)), np.eye(3, 4, k))
    ones = xp.ones((2, 3, 4), dtype=dtype)
    np.testing.assert_array_equal(numbers(xp.tril(ones, k=k)), np.tril(np.ones((2, 3, 4)), k))
    np.testing.assert_array_equal(numbers(xp.triu(ones, k=k)), np.triu(np.ones((2, 3, 4)), k))


@pytest.mark.parametrize(("num", "endpoint"), [(0, True), (1, True), (1, False), (5, True), (5, False), (50, True)])
def test_linspace(num: int, endpoint: bool) -> None:
    for start, stop in ((0, 1), (-2.5, 7), (3.0, -3.0)):
        array = xp.linspace(start, stop, num, endpoint=endpoint)
        np.testing.assert_allclose(numbers(array), np.linspace(start, stop, num, endpoint=endpoint), rtol=1e-6)
        assert array.dtype == xp.float32
    assert float(xp.linspace(0.0, 0.1, 3, dtype=xp.float64)[-1]) == 0.1


def test_from_dlpack() -> None:
    source = np.asarray([[1.0, 2.0]], np.float32)
    assert numbers(xp.from_dlpack(source, copy=True)).tolist() == [[1.0, 2.0]]
    tensor = tf.constant([1.0])
    assert numbers(xp.from_dlpack(tensor)).tolist() == [1.0]


def test_shapes_with_unknown_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown sizes"):
        xp.zeros((2, None))
    with pytest.raises(ValueError, match="tril takes arrays of at least 2 dimensions; got 1"):
        xp.tril(tf.constant([1.0]))
    with pytest.raises(ValueError, match="one-dimensional"):
        xp.meshgrid(tf.constant(1.0))
    with pytest.raises(ValueError, match='"xy" or "ij"'):
        xp.meshgrid(tf.constant([1.0]), indexing="yx")
    with pytest.raises(TypeError, match="arange takes"):
        xp.arange(tf.constant(3.0))
