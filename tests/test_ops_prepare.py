"""The first line of every loss: namespace, dtype, shapes, safe places, labels; and what each error says."""

from __future__ import annotations

import math
from typing import Any

import array_api_strict as strict
import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses.ops import exclude, prepare_class_weights, prepare_labels, prepare_pair


@pytest.mark.parametrize(
    ("dtypes", "common"),
    [
        (("float32", "float32"), "float32"),
        (("float64", "float64"), "float64"),
        (("float32", "float64"), "float64"),
        (("float32", "int64"), "float32"),
        (("uint8", "float32"), "float32"),
        (("bool", "float32"), "float32"),
        (("int32", "int8"), "float64"),  # the namespace's default
    ],
)
def test_the_floating_dtypes_promote_and_nothing_else(dtypes: tuple[str, str], common: str, xp: Any) -> None:
    first, second = (xp.asarray([1, 0], dtype=getattr(xp, name)) for name in dtypes)
    _, predictions, targets = prepare_pair(predictions=first, targets=second)
    assert predictions.dtype == targets.dtype == getattr(xp, common)
    np.testing.assert_array_equal(np.asarray(predictions), [1.0, 0.0])


def test_half_precision_is_computed_in_single() -> None:
    half = np.asarray([1.0, 2.0], dtype=np.float16)
    for targets in (half, half.astype(np.float32), 1.0):
        _, *arrays = prepare_pair(predictions=half, targets=targets)
        assert [array.dtype for array in arrays] == [np.float32, np.float32]
    _, *arrays = prepare_pair(predictions=half, targets=half.astype(np.float64))
    assert [array.dtype for array in arrays] == [np.float64, np.float64]


def test_numbers_take_the_dtype_and_fill_the_shape(xp: Any, dtype: Any) -> None:
    x = xp.asarray([[1.0], [2.0]], dtype=dtype)
    for arrays in ({"predictions": x, "targets": 3}, {"predictions": x, "targets": 3.0}):
        _, _, targets = prepare_pair(**arrays)
        assert (targets.dtype, targets.shape) == (dtype, (2, 1))
    _, predictions, _ = prepare_pair(predictions=3.0, targets=x)
    assert (predictions.dtype, predictions.shape) == (dtype, (2, 1))


def test_lists_and_numbers_alone_are_numpy() -> None:
    xp, predictions, targets = prepare_pair(predictions=[[1, 2]], targets=[[1.0, 2.0]])
    assert xp is al.array_namespace(np.zeros(1))
    assert isinstance(predictions, np.ndarray)
    assert predictions.dtype == targets.dtype == np.float64
    assert prepare_pair(predictions=1, targets=2)[1].shape == ()


def test_numpy_data_follows_the_framework_of_the_predictions() -> None:
    predictions = strict.asarray([1.0, 2.0], dtype=strict.float32)
    for data in (np.asarray([1.0, 2.0], dtype=np.float32), [1.0, 2.0], np.asarray([True, False])):
        _, _, targets = prepare_pair(predictions=predictions, targets=data)
        assert type(targets) is type(predictions)
        assert targets.dtype == strict.float32


@pytest.mark.parametrize("fill", [0.0, 0.5])
def test_excluded_places_are_made_safe(fill: float, xp: Any) -> None:
    x, y = xp.asarray([1.0, math.nan, 3.0]), xp.asarray([math.inf, 2.0, 3.0])
    where = xp.asarray([True, False, True])
    _, x, y = prepare_pair(predictions=x, targets=y, where=where, fill=fill)
    np.testing.assert_array_equal(np.asarray(x), [1.0, fill, 3.0])
    np.testing.assert_array_equal(np.asarray(y), [math.inf, fill, 3.0])


@pytest.mark.parametrize("axis", [0, 1, 2, -1, (0, 2), (-1, -2)])
def test_the_mask_lacks_the_axis_that_a_loss_consumes(axis: Any, xp: Any) -> None:
    axes = axis if isinstance(axis, tuple) else (axis,)
    x = np.ones((2, 3, 4))
    mask = np.random.default_rng(0).random(np.max(x, axis=axes).shape) < 0.5
    safe = exclude(xp.asarray(x), xp.asarray(mask), axis, xp=xp, fill=-1.0)
    expected = np.where(np.expand_dims(mask, [a % 3 for a in axes]), x, -1.0)
    np.testing.assert_array_equal(np.asarray(safe), expected)


def test_a_small_mask_is_broadcast(xp: Any) -> None:
    safe = exclude(xp.ones((2, 3, 4)), xp.asarray([True, False, True]), -1, xp=xp)
    np.testing.assert_array_equal(np.asarray(safe)[:, :, 0], [[1.0, 0.0, 1.0]] * 2)


@pytest.mark.parametrize(
    ("predictions", "targets", "error", "message"),
    [
        ([1.0, 2.0], [[1.0], [2.0]], ValueError, r"targets must have the shape of predictions, \(2,\), got \(2, 1\)"),
        ([[1.0, 2.0]], [1.0, 2.0], ValueError, r"targets must have the shape .*\(1, 2\), got \(2,\)"),
        ([1.0, 2.0], [1.0], ValueError, r"targets must have the shape .*\(2,\), got \(1,\)"),
        ([1.0, 2.0], [1j, 2j], TypeError, "targets must hold .*complex"),
        ([1.0, 2.0], [[1.0], [1.0, 2.0]], TypeError, "targets must be rectangular, got a ragged nested list"),
        ([1.0], ["1"], TypeError, "targets must hold numbers only, got a list with str"),
        ([1.0], {"y": 1.0}, TypeError, "targets must be an array, a number or a nested list of numbers, got dict"),
        ([1.0], np.asarray(["a"]), TypeError, "targets must hold real numbers, got dtype <U1"),
    ],
)
def test_what_does_not_fit_is_an_error(predictions: Any, targets: Any, error: type, message: str, xp: Any) -> None:
    with pytest.raises(error, match=message):
        prepare_pair(predictions=np.asarray(predictions), targets=targets)
    if isinstance(targets, list) and error is ValueError:
        with pytest.raises(error, match=message):
            prepare_pair(predictions=xp.asarray(predictions), targets=xp.asarray(targets))


def test_a_masked_array_is_refused_with_the_way_out() -> None:
    masked = np.ma.masked_invalid([1.0, math.nan])
    for arrays in ({"predictions": masked, "targets": [1.0, 2.0]}, {"predictions": [1.0, 2.0], "targets": masked}):
        name = "predictions" if arrays["predictions"] is masked else "targets"
        with pytest.raises(TypeError, match=f"{name} must be a dense array, got MaskedArray: .*`where`"):
            prepare_pair(**arrays)


LOGITS = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


@pytest.mark.parametrize("label_dtype", ["int8", "uint8", "int32", "int64", "uint64"])
def test_labels_of_any_integer_dtype(label_dtype: str, xp: Any) -> None:
    labels = xp.asarray([0, 2], dtype=getattr(xp, label_dtype))
    _, _, found, where = prepare_labels(logits=xp.asarray(LOGITS), labels=labels, axis=-1, ignore_index=-100)
    assert xp.isdtype(found.dtype, "signed integer")
    np.testing.assert_array_equal(np.asarray(found), [0, 2])
    assert np.asarray(where).all()


def test_excluded_labels_are_made_safe_before_they_are_checked(xp: Any) -> None:
    logits, labels = xp.asarray([[math.nan] * 3, *LOGITS]), xp.asarray([7, -100, 1])
    where = xp.asarray([False, True, True])
    _, logits, labels, where = prepare_labels(logits=logits, labels=labels, axis=-1, where=where, ignore_index=-100)
    np.testing.assert_array_equal(np.asarray(labels), [0, 0, 1])
    np.testing.assert_array_equal(np.asarray(where), [False, False, True])
    np.testing.assert_array_equal(np.asarray(logits), [[0.0] * 3, [0.0] * 3, [4.0, 5.0, 6.0]])


def test_without_readable_values_a_bad_label_is_marked(xp: Any) -> None:
    if xp.__name__ == "array_api_compat.numpy":
        return  # its values can be read, the next test has the error
    _, _, labels, _ = prepare_labels(logits=xp.asarray(LOGITS), labels=xp.asarray([3, -2]), axis=-1)
    np.testing.assert_array_equal(np.asarray(labels), [-1, -1])


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"labels": [0, 3]}, ValueError, r"labels must lie in \[0, 3\), got 3 at index 1"),
        ({"labels": [-1, 0]}, ValueError, r"labels must lie in \[0, 3\), got -1 at index 0"),
        ({"labels": [0.0, 1.0]}, TypeError, "labels must be integer class ids, got dtype float64"),
        ({"labels": [True, False]}, TypeError, "labels must be integer class ids, got dtype bool"),
        ({"labels": [[0], [1]]}, ValueError, r"labels must have the shape of logits without .*\(2,\), got \(2, 1\)"),
        ({"labels": [0]}, ValueError, r"labels must have the shape .*\(2,\), got \(1,\)"),
        ({"labels": [0, 1], "axis": 2}, ValueError, "axis must be an axis of logits, which has 2 dimensions, got 2"),
        ({"labels": [0, 1], "axis": 1.0}, TypeError, r"axis must be an integer, got 1\.0"),
        ({"labels": [0, 1], "where": [1, 0]}, TypeError, "where must be boolean"),
        ({"labels": [0, 1], "where": [True]}, None, ""),
        ({"labels": [0, 1], "where": [True, True, True]}, ValueError, r"where must broadcast .*\(2,\), got \(3,\)"),
    ],
)
def test_bad_labels_are_errors(options: dict[str, Any], error: type | None, message: str) -> None:
    arguments = {"logits": np.asarray(LOGITS), "axis": -1, **options}
    if error is None:
        prepare_labels(**arguments)
        return
    with pytest.raises(error, match=message):
        prepare_labels(**arguments)


def test_the_index_of_a_bad_label_has_all_its_axes() -> None:
    logits, labels = np.zeros((2, 3, 4)), np.asarray([[0, 1, 2], [3, 9, 0]])
    with pytest.raises(ValueError, match=r"got 9 at index \(1, 1\)"):
        prepare_labels(logits=logits, labels=labels, axis=-1)
    with pytest.raises(ValueError, match=r"labels must lie in \[0, 3\), got 9$"):
        prepare_labels(logits=np.zeros(3), labels=np.asarray(9), axis=-1)


def test_class_weights_are_a_vector_over_the_classes(xp: Any, dtype: Any) -> None:
    logits = xp.asarray(LOGITS, dtype=dtype)
    assert prepare_class_weights(None, logits, -1) is None
    assert prepare_class_weights([1, 2, 3], logits, -1).dtype == dtype
    with pytest.raises(ValueError, match=r"class_weights must have one entry a class, \(3,\), got \(2,\)"):
        prepare_class_weights([1.0, 2.0], logits, -1)
