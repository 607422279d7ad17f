"""Bad input is an error on every backend, and under compilation where it is static: argument, rule and what came."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from conformance.calls import Call
from conformance.case import Case, leaves, map_leaves
from conformance.cases import CASES
from conformance.domains import Labels
from conformance.frameworks import COMPILED, FOUR, FRAMEWORKS, NUMPY, TORCH, Framework, unusable_arrays

DTYPE = "float32"
FIRST = [cases[0] for cases in CASES.values()]
REDUCING = [case for case in FIRST if case.reduces]
PAIRED = [
    case
    for case in REDUCING
    if len(case.inputs) > 1 and case.info.additive and not isinstance(list(case.inputs.values())[1], Labels)
]
LABELLED = [case for case in FIRST if "labels" in case.inputs]
OUT_OF_RANGE = (-1, 4, 100)
STATIC = [(framework, form) for framework, form in COMPILED if form != "inductor"]

every_reducing = pytest.mark.parametrize("case", REDUCING, ids=lambda case: case.name)
every_pair = pytest.mark.parametrize("case", PAIRED, ids=lambda case: case.name)
every_labelled = pytest.mark.parametrize("case", LABELLED, ids=lambda case: case.name)


def changed(case: Case, name: str, change: Any) -> dict[str, Any]:
    """Return the inputs of a case with one argument changed."""
    inputs = dict(case.points[0].inputs(DTYPE))
    inputs[name] = map_leaves(change, inputs[name])
    return inputs


def message_of(case: Case, framework: Framework, inputs: dict[str, Any], error: type[Exception], **extra: Any) -> str:
    """Return the message of the error that a call must raise."""
    made = Call(case, framework, inputs, case.points[0].options(DTYPE), **extra)
    with pytest.raises(error) as caught:
        made.function()(*made.arrays)
    return str(caught.value)


@every_pair
def test_shapes_must_be_equal(case: Case, framework: Framework) -> None:
    second = list(case.inputs)[1]
    inputs = changed(case, second, lambda array: array[..., :1])
    message = message_of(case, framework, inputs, ValueError)
    assert second in message
    assert "shape" in message
    assert str(next(leaves(inputs[second])).shape) in message


@every_pair
def test_a_column_is_no_vector(case: Case, framework: Framework) -> None:
    vector = np.linspace(0.25, 0.75, 3, dtype=DTYPE)
    inputs = {name: map_leaves(lambda _: vector, domain) for name, domain in case.inputs.items()}
    second = list(inputs)[1]
    inputs[second] = map_leaves(lambda array: array[:, None], inputs[second])
    message_of(case, framework, inputs, ValueError)


@every_reducing
def test_reduction(case: Case, framework: Framework) -> None:
    for reduction in ("average", "", None, True):
        message = message_of(case, framework, case.points[0].inputs(DTYPE), ValueError, reduction=reduction)
        assert "reduction" in message
        assert repr(reduction) in message
        assert "'mean', 'sum' or 'none'" in message


@every_reducing
def test_mask(case: Case, framework: Framework) -> None:
    inputs = case.points[0].inputs(DTYPE)
    shape = Call.at(case.points[0], NUMPY, DTYPE).value("none").shape
    message = message_of(case, framework, inputs, TypeError, where=np.ones(shape, dtype=DTYPE))
    assert "where" in message
    assert "bool" in message
    assert DTYPE in message
    for wrong in ((*shape, 2), (7, *shape[1:])):
        message = message_of(case, framework, inputs, ValueError, where=np.ones(wrong, dtype=bool))
        assert "where" in message
        assert str(wrong) in message


@every_reducing
def test_weights(case: Case, framework: Framework) -> None:
    inputs = case.points[0].inputs(DTYPE)
    shape = Call.at(case.points[0], NUMPY, DTYPE).value("none").shape
    for wrong in ((*shape, 2), (7, *shape[1:])):
        message = message_of(case, framework, inputs, ValueError, weights=np.ones(wrong, dtype=DTYPE))
        assert "weights" in message
        assert str(wrong) in message


@every_labelled
def test_labels_are_integers(case: Case, framework: Framework) -> None:
    message = message_of(case, framework, changed(case, "labels", lambda array: array.astype(DTYPE)), TypeError)
    assert "labels must be integer" in message
    assert DTYPE in message


def with_bad_label(case: Case, label: int) -> tuple[dict[str, Any], tuple[int, ...]]:
    """Return inputs with one label out of range, and its index."""
    labels = case.points[0].inputs(DTYPE)["labels"]
    index = tuple(int(i) for i in np.unravel_index(1, labels.shape))
    inputs = changed(
        case, "labels", lambda array: np.where(np.arange(array.size).reshape(array.shape) == 1, label, array)
    )
    return inputs, index


@every_labelled
def test_labels_out_of_range(case: Case, four: Framework) -> None:
    for label in OUT_OF_RANGE:
        inputs, index = with_bad_label(case, label)
        message = message_of(case, four, inputs, ValueError)
        assert f"labels must lie in [0, {case.inputs['labels'].n_classes})" in message
        assert f"got {label} at index {index if len(index) > 1 else index[0]}" in message


@every_labelled
@pytest.mark.parametrize(("framework", "form"), STATIC, ids=[f"{fw}-{form}" for fw, form in STATIC])
def test_labels_out_of_range_are_nan_when_traced(case: Case, framework: Framework, form: str) -> None:
    made = Call.at(case.points[0], framework, DTYPE)
    compiled = framework.forms[form](made.function("none"), made.arrays)
    of_samples = "labels" in (case.masked or case.inputs)  # or of classes, where a label concerns all of them
    for label in OUT_OF_RANGE:
        inputs, (row, *_) = with_bad_label(case, label)
        result = framework.numpy(compiled(*Call(case, framework, inputs).arrays))
        wrong = np.arange(len(result)) == row if of_samples else np.ones(len(result), dtype=bool)
        assert np.isnan(result[wrong]).all(), f"{case.name}, {framework}, {form}: label {label} gives {result}"
        assert np.isfinite(result[~wrong]).all()


@every_labelled
@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint8"])
def test_labels_of_any_integer_dtype(case: Case, framework: Framework, dtype: str) -> None:
    inputs = changed(case, "labels", lambda array: array.astype(dtype))
    wanted = Call.at(case.points[0], framework, DTYPE).value("none")
    np.testing.assert_array_equal(Call(case, framework, inputs).value("none"), wanted)


def test_labels_of_a_dtype_without_kernels_are_checked() -> None:
    """PyTorch has no kernel for the bounds of unsigned integers of more than a byte."""
    case = CASES["cross_entropy"][0]
    inputs, _ = with_bad_label(case, 4)
    inputs["labels"] = inputs["labels"].astype("uint16")
    assert "got 4 at index" in message_of(case, TORCH, inputs, ValueError)


@pytest.mark.parametrize(("framework", "form"), STATIC, ids=[f"{fw}-{form}" for fw, form in STATIC])
def test_static_errors_are_raised_under_compilation(framework: Framework, form: str) -> None:
    x = framework.array(np.ones((3, 2), dtype=DTYPE))
    column = framework.array(np.ones((3, 1), dtype=DTYPE))
    vector = framework.array(np.ones((3,), dtype=DTYPE))

    def run(f: Any, *args: Any) -> str:
        with pytest.raises(Exception) as caught:  # noqa: PT011  torch's compiler wraps it in an error of its own
            framework.forms[form](f, args)(*args)
        return str(caught.value)

    assert "targets must have the shape of predictions" in run(lambda p, t: al.squared_error(p, t), x, column)
    assert "targets must have the shape of predictions" in run(lambda p, t: al.squared_error(p, t), column, vector)
    assert "reduction must be" in run(lambda p, t: al.squared_error(p, t, reduction="all"), x, x)
    assert "labels must be integer" in run(lambda p, t: al.cross_entropy(p, t), x, vector)


@every_pair
def test_two_frameworks(case: Case) -> None:
    point = case.points[0]
    for one in FOUR:
        for other in FRAMEWORKS:
            if other in (one, NUMPY):
                continue
            ours, theirs = Call.at(point, one, DTYPE), Call.at(point, other, DTYPE)
            pairs = zip(ours.owners, ours.arrays, theirs.arrays, strict=True)
            mixed = [a if owner == ours.owners[0] else b for owner, a, b in pairs]
            with pytest.raises(TypeError) as caught:
                ours.function()(*mixed)
            message = str(caught.value)
            assert one.name in message, message
            assert other.name in message, message


@pytest.mark.parametrize("kind", list(unusable_arrays(np.ones((2, 2)))))
@pytest.mark.parametrize("place", [0, 1])
def test_ragged_sparse_and_masked_arrays(kind: str, place: int) -> None:
    dense = np.ones((2, 2))
    bad = unusable_arrays(dense)[kind]
    beside = TORCH.array(dense) if kind.startswith("torch") else dense
    arguments = [beside, beside]
    arguments[place] = bad
    with pytest.raises(TypeError, match=r"must be"):
        al.squared_error(*arguments)


@pytest.mark.parametrize("name", ["mse_loss", "MeanSquaredError", "HuberLoss"])
def test_names_of_other_libraries(name: str) -> None:
    with pytest.raises(AttributeError, match=r"\n  (torch|keras|optax|sklearn).* is al\.\w+\(.*"):
        getattr(al, name)


@pytest.mark.parametrize("name", sorted(al.LOSSES))
def test_complex_numbers_and_text(name: str) -> None:
    function = al.LOSSES[name].function
    n_required = sum(p.default is inspect.Parameter.empty for p in inspect.signature(function).parameters.values())
    for bad in (np.ones((2, 2), dtype=complex), "text", object()):
        with pytest.raises((TypeError, ValueError)):
            function(*[bad] * n_required)
