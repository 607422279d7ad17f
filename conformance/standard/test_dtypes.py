"""Promotion, Python scalars, limits of dtypes, casts, and what the namespace says of itself."""

from __future__ import annotations

import itertools
from typing import Any

import array_api_strict
import numpy as np
import pytest
import tensorflow as tf

import agnostic_losses.backends.tensorflow as xp
from conformance.standard.tools import MODES, numbers

STANDARD_DTYPES = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float32", "float64", "complex64", "complex128"),
)
FLOATS = ("float16", "bfloat16", "float32", "float64")
INTEGERS = STANDARD_DTYPES[1:9]


def one(dtype: str) -> Any:
    return tf.cast([1, 2], dtype)


def reference_promotion(first: str, second: str) -> str | None:
    try:
        dtype = array_api_strict.result_type(getattr(array_api_strict, first), getattr(array_api_strict, second))
    except TypeError:
        return None
    return str(dtype).rsplit(".", 1)[-1]


@pytest.mark.parametrize(("first", "second"), list(itertools.product(STANDARD_DTYPES, repeat=2)))
def test_promotes_as_the_standard_where_it_says(first: str, second: str) -> None:
    expected = reference_promotion(first, second)
    if expected is not None:
        assert xp.result_type(getattr(xp, first), getattr(xp, second)).name == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("int32", "float32", "float32"),
        ("int64", "float32", "float32"),
        ("int64", "float16", "float16"),
        ("uint8", "bfloat16", "bfloat16"),
        ("float16", "bfloat16", "float32"),
        ("bfloat16", "float32", "float32"),
        ("float16", "float64", "float64"),
        ("bool", "float32", "float32"),
        ("bool", "int8", "int8"),
        ("int64", "complex64", "complex64"),
        ("bfloat16", "complex64", "complex64"),
        ("float64", "complex64", "complex128"),
    ],
)
def test_promotes_where_the_standard_leaves_it_open(first: str, second: str, expected: str) -> None:
    if "bool" not in (first, second):
        assert xp.add(one(first), one(second)).dtype.name == expected
    assert xp.result_type(one(first), getattr(xp, second)).name == expected
    assert xp.result_type(getattr(xp, second), one(first)).name == expected


def test_integers_without_a_common_dtype_raise() -> None:
    with pytest.raises(TypeError, match="int64 and uint64 have no common dtype"):
        xp.add(one("int64"), one("uint64"))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("scalar", [2, 2.5, True, np.float64(2.5), np.float32(2.5), np.int64(2)])
def test_scalars_never_promote_floats(dtype: str, scalar: Any) -> None:
    for result in (xp.multiply(one(dtype), scalar), xp.multiply(scalar, one(dtype))):
        assert result.dtype.name == dtype
        assert numbers(result).tolist() == [1.0 * scalar, 2.0 * scalar]


@pytest.mark.parametrize(
    ("dtype", "scalar", "expected"),
    [
        ("int8", 3, "int8"),
        ("uint64", 3, "uint64"),
        ("int64", 2.5, "float32"),
        ("int8", 2.5, "float32"),
        ("bool", 2, "int64"),
        ("bool", 2.5, "float32"),
        ("bool", True, "bool"),
        ("int32", 1j, "complex64"),
        ("float32", 1j, "complex64"),
        ("float64", 1j, "complex128"),
    ],
)
def test_scalars_raise_only_the_kind(dtype: str, scalar: Any, expected: str) -> None:
    assert xp.result_type(one(dtype), scalar).name == expected
    assert xp.where(tf.constant([True, False]), one(dtype), scalar).dtype.name == expected


@pytest.mark.parametrize(("dtype", "scalar"), [("int32", 2**40), ("uint8", 300), ("uint8", -2), ("int64", 2**63)])
def test_integers_that_do_not_fit_raise(dtype: str, scalar: int) -> None:
    with pytest.raises(OverflowError, match=f"{scalar} does not fit in {dtype}"):
        xp.add(one(dtype), scalar)
    with pytest.raises(OverflowError, match=dtype):
        xp.asarray(scalar, dtype=getattr(xp, dtype))
    with pytest.raises(OverflowError, match=dtype):
        xp.asarray([0, scalar], dtype=getattr(xp, dtype))


@pytest.mark.parametrize("value", [[1.0], (1.0,), np.ones(2, np.float32), "1", None])
def test_only_tensors_are_arrays(value: Any) -> None:
    with pytest.raises(TypeError, match=r"Expected a tf\.Tensor or tf\.Variable"):
        xp.exp(value)
    with pytest.raises(TypeError):
        xp.add(one("float32"), value)


def test_functions_refuse_dtypes_that_they_are_not_for() -> None:
    with pytest.raises(TypeError, match="exp does not take int64; it takes float16, bfloat16, float32"):
        xp.exp(one("int64"))
    with pytest.raises(TypeError, match="add does not take bool"):
        xp.add(tf.constant([True]), tf.constant([True]))
    with pytest.raises(TypeError, match="where does not take float32"):
        xp.where(one("float32"), 1.0, 0.0)
    with pytest.raises(TypeError, match="mean does not take int64"):
        xp.mean(one("int64"))
    with pytest.raises(TypeError, match="clip: max"):
        xp.clip(one("int64"), max=1.5)


@pytest.mark.parametrize("dtype", FLOATS)
def test_halves_are_real_floating(dtype: str) -> None:
    found = getattr(xp, dtype)
    kinds = ("bool", "signed integer", "unsigned integer", "integral", "real floating", "complex floating", "numeric")
    assert [kind for kind in kinds if xp.isdtype(found, kind)] == ["real floating", "numeric"]
    assert xp.isdtype(found, ("integral", found))
    assert not xp.isdtype(found, (xp.int8, "bool"))


def test_isdtype_refuses_unknown_kinds() -> None:
    with pytest.raises(ValueError, match="kind must be one of bool, signed integer"):
        xp.isdtype(xp.float32, "floating")


@pytest.mark.parametrize("dtype", FLOATS)
def test_finfo(dtype: str) -> None:
    info = xp.finfo(getattr(xp, dtype))
    tensor = tf.constant([info.eps, info.max, info.min, info.smallest_normal], dtype)
    assert numbers(tensor).tolist() == [info.eps, info.max, info.min, info.smallest_normal]
    if dtype == "bfloat16":
        expected = tf.bfloat16.as_numpy_dtype
        assert (info.bits, info.eps, info.max) == (16, 2.0**-7, float(tf.bfloat16.max))
        assert expected(info.max * (1 + info.eps)) == expected(np.inf)
    else:
        reference = np.finfo(dtype)
        for field in ("bits", "eps", "max", "min", "smallest_normal"):
            assert getattr(info, field) == getattr(reference, field)
    assert info.dtype == getattr(xp, dtype)
    assert xp.finfo(tf.zeros([], dtype)) == info


def test_finfo_and_iinfo_of_the_rest() -> None:
    assert xp.finfo(xp.complex128) == xp.finfo(xp.float64)
    for dtype in INTEGERS:
        info, reference = xp.iinfo(getattr(xp, dtype)), np.iinfo(dtype)
        assert (info.bits, info.min, info.max) == (reference.bits, reference.min, reference.max)
    with pytest.raises(ValueError, match="iinfo takes an integer dtype; got float32"):
        xp.iinfo(xp.float32)
    with pytest.raises(ValueError, match="finfo takes a floating dtype; got int8"):
        xp.finfo(xp.int8)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [("int8", "int16", True), ("int16", "int8", False), ("float64", "float32", False), ("uint64", "int64", False)],
)
def test_can_cast(first: str, second: str, expected: bool) -> None:
    assert xp.can_cast(getattr(xp, first), getattr(xp, second)) is expected
    assert xp.can_cast(one(first), getattr(xp, second)) is expected


def test_astype() -> None:
    x = tf.constant([0.0, -0.5, 2.7, np.nan])
    assert numbers(xp.astype(x, xp.bool)).tolist() == [False, True, True, True]
    assert numbers(xp.astype(x[:3], xp.int64)).tolist() == [0, 0, 2]
    assert xp.astype(x, xp.float32) is x
    assert xp.astype(x, xp.complex128).dtype == xp.complex128
    with pytest.raises(TypeError, match="complex array has no cast to a real dtype"):
        xp.astype(tf.constant([1j]), xp.float32)
    assert xp.astype(x, xp.float64, device="/CPU:0").device.endswith("CPU:0")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_halves_are_added_up_in_float32(dtype: str, mode: str) -> None:
    ones, large = tf.ones([4096], dtype), tf.fill([1000], tf.cast(60000.0, dtype))
    f = MODES[mode](lambda a, b: (xp.cumulative_sum(a), xp.sum(a), xp.mean(b), xp.vecdot(a, a), xp.std(b)))
    running, total, mean, dot, deviation = f(ones, large)
    assert {y.dtype.name for y in (running, total, mean, dot, deviation)} == {dtype}
    assert numbers(running)[-1] == numbers(total) == numbers(dot) == 4096.0
    assert numbers(mean) == numbers(large[0])
    assert numbers(deviation) <= 60000.0 * 2.0**-23


@pytest.mark.parametrize("dtype", STANDARD_DTYPES)
def test_sums_widen_small_integers(dtype: str) -> None:
    expected = {"b": "int64", "i": "int64", "u": "uint64"}.get(np.dtype(dtype).kind, dtype)
    assert xp.sum(one(dtype)).dtype.name == expected
    assert xp.prod(one(dtype)).dtype.name == expected
    assert xp.cumulative_sum(one(dtype)).dtype.name == expected
    assert xp.sum(one(dtype), dtype=xp.complex128).dtype == xp.complex128


def test_inspection() -> None:
    info = xp.__array_namespace_info__()
    assert xp.__array_api_version__ == "2025.12"
    assert info.default_dtypes()["real floating"] == xp.asarray(1.0).dtype == xp.zeros(1).dtype == xp.float32
    assert info.default_dtypes()["integral"] == xp.asarray(1).dtype == xp.arange(3).dtype == xp.int64
    assert info.default_dtypes()["indexing"] == xp.argmax(one("float32")).dtype
    assert info.default_dtypes()["complex floating"] == xp.asarray(1j).dtype
    assert set(info.dtypes()) == set(STANDARD_DTYPES)
    assert set(info.dtypes(kind="real floating")) == {"float32", "float64"}
    assert set(info.dtypes(kind=("bool", "signed integer"))) == {"bool", "int8", "int16", "int32", "int64"}
    assert "/device:CPU:0" in info.devices()
    assert info.default_device() is None
    assert set(info.capabilities()) == {"boolean indexing", "data-dependent shapes", "max dimensions"}


def test_constants() -> None:
    assert (xp.e, xp.pi, xp.inf, xp.newaxis) == (np.e, np.pi, np.inf, None)
    assert np.isnan(xp.nan)
