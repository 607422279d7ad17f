"""Inputs that break other libraries: the cases of `data/adversarial.json`, value and gradient on four frameworks."""

from __future__ import annotations

import functools
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from conformance import compare
from conformance.frameworks import FOUR, NUMPY, TORCH, Framework

RECORDS = {
    record["id"]: record
    for record in json.loads((Path(__file__).parent / "data" / "adversarial.json").read_text(encoding="utf-8"))
}


def numbers(nested: Any) -> Any:
    """Return nested lists with the names of numbers that JSON lacks ("nan", "-inf") as floats."""
    if isinstance(nested, list):
        return [numbers(part) for part in nested]
    return float(nested) if isinstance(nested, str) else nested


class Record:
    """One case on one framework: arrays of its inputs, and comparisons with what it expects."""

    def __init__(self, identity: str, framework: Framework, dtype: str = "float64") -> None:
        record = RECORDS[identity]
        self.identity, self.framework, self.dtype = identity, framework, dtype
        self.inputs, self.expect = record["inputs"], record["expect"]

    def array(self, nested: Any, dtype: str | None = None) -> Any:
        """Return an array; integers stay integers."""
        array = np.asarray(numbers(nested))
        if dtype is None and array.dtype.kind == "f":
            dtype = self.dtype
        return self.framework.array(array if dtype is None else array.astype(dtype))

    def read(self, result: Any) -> Any:
        return self.framework.numpy(result)

    def check(self, got: Any, known: Any, what: str, ulps: float = 8.0) -> None:
        """Raise unless a result is known, integers exactly and others to a few ulp."""
        label = f"case {self.identity}, {self.framework}, {what}"
        compare.check_known(self.read(got), numbers(known), self.dtype, label, ulps)


@pytest.fixture(params=["float64", "float32"])
def record(request: Any, four: Framework) -> Any:
    """Make a case from its number, in both dtypes on the four frameworks."""
    return lambda identity: Record(identity, four, request.param)


def test_every_record_has_a_test() -> None:
    tested = {name.removeprefix("test_case_")[:2] for name in globals() if name.startswith("test_case_")}
    assert tested == set(RECORDS)


def test_case_01_all_labels_ignored(record: Any) -> None:
    case = record("01")
    logits, labels = case.array(case.inputs["logits"]), case.array(case.inputs["target"])
    loss = functools.partial(al.cross_entropy, ignore_index=case.inputs["ignore_index"])
    for reduction in ("none", "sum", "mean"):
        case.check(loss(logits, labels, reduction=reduction), case.expect[reduction], reduction)
    case.check(al.grad(lambda z: loss(z, labels))(logits), case.expect["grad_mean"], "gradient")


def test_case_03_a_class_excluded_by_infinity(record: Any) -> None:
    case = record("03")
    logits = case.array(case.inputs["logits"])
    labels, probs = case.array(case.inputs["target_index"]), case.array(case.inputs["target_probs"])
    for loss, targets in ((al.cross_entropy, labels), (al.soft_cross_entropy, probs)):
        case.check(loss(logits, targets, reduction="none"), case.expect["none"], loss.__name__)
        gradient = al.grad(lambda z, f=loss, t=targets: f(z, t, reduction="sum"))(logits)
        case.check(gradient, case.expect["grad"], f"{loss.__name__}, gradient")


def test_case_05_smoothing_beside_an_ignored_row(record: Any) -> None:
    case = record("05")
    logits, labels = case.array(case.inputs["logits"]), case.array(case.inputs["target"])
    options = {key: case.inputs[key] for key in ("label_smoothing", "ignore_index")}
    for reduction in ("none", "sum", "mean"):
        case.check(al.cross_entropy(logits, labels, reduction=reduction, **options), case.expect[reduction], reduction)
    gradient = al.grad(lambda z: al.cross_entropy(z, labels, **options))(logits)
    case.check(gradient, case.expect["grad_mean"], "gradient")
    dropped = al.cross_entropy(logits[:1, :], labels[:1], label_smoothing=0.1)
    case.check(dropped, case.expect["mean"], "dropped")


def test_case_07_microbatches(record: Any) -> None:
    case = record("07")
    logits, labels = case.array(case.inputs["logits"]), case.array(case.inputs["target"])
    loss = functools.partial(al.cross_entropy, ignore_index=case.inputs["ignore_index"])
    case.check(loss(logits, labels), case.expect["mean_full"], "mean")
    case.check(loss(logits, labels, reduction="sum"), case.expect["sum_full"], "sum")
    total, count, means = 0.0, 0, []
    for number, (start, stop) in enumerate(case.inputs["microbatches"]):
        part, part_labels = logits[start:stop, :], labels[start:stop]
        added = loss(part, part_labels, reduction="sum")
        case.check(added, case.expect["microbatch_sums"][number], f"sum of part {number}", ulps=16.0)
        included = case.read(part_labels) != case.inputs["ignore_index"]
        assert included.sum() == case.expect["microbatch_counts"][number]
        total, count = total + float(case.read(added)), count + int(included.sum())
        means.append(float(case.read(loss(part, part_labels))))
    assert count == case.expect["count"]
    tolerance = 1e-12 if case.dtype == "float64" else 1e-6
    assert abs(total / count - case.expect["mean_full"]) <= tolerance
    assert abs(sum(means) / 2 - case.expect["wrong_mean_of_means"]) <= tolerance


def test_case_09_the_mask_selects(record: Any) -> None:
    case = record("09")
    predictions, targets = case.array(case.inputs["pred"]), case.array(case.inputs["target"])
    where, weights = case.array(case.inputs["mask"]), case.array(case.inputs["weight"])
    for options in ({"where": where}, {"where": where, "weights": weights}):
        loss = functools.partial(al.absolute_error, **options)
        case.check(loss(predictions, targets), case.expect["weighted_mean"], "mean")
        gradient = al.grad(lambda p, f=loss: f(p, targets))(predictions)
        case.check(gradient, case.expect["grad"], "gradient")


@pytest.mark.parametrize("dtype", RECORDS["11"]["inputs"]["dtypes"])
def test_case_11_saturated_logits(four: Framework, dtype: str) -> None:
    if dtype == "bfloat16" and dtype not in four.halves:
        assert four is NUMPY, "only NumPy has no bfloat16"
        return
    half = dtype in four.halves
    case = Record("11", four, "float32" if half else dtype)
    logits, targets = case.array(case.inputs["logits"]), case.array(case.inputs["target"])
    logits = four.cast(logits, dtype) if half else logits

    def loss(z: Any) -> Any:
        return al.binary_cross_entropy_with_logits(z, targets, reduction="sum")

    case.check(al.binary_cross_entropy_with_logits(logits, targets, reduction="none"), case.expect["none"], "none")
    case.check(four.cast(al.grad(loss)(logits), case.dtype), case.expect["grad_sum"], "gradient")
    second = al.hessian_diagonal(loss, coupled=None)(logits)
    case.check(four.cast(second, case.dtype), case.expect["hess_diag"], "second derivative")


@pytest.mark.parametrize("gamma", RECORDS["13"]["inputs"]["gammas"])
def test_case_13_focal_loss_far_out(record: Any, gamma: float) -> None:
    case = record("13")
    expect = case.expect[str(gamma)]
    logits, targets = case.array(case.inputs["logits"]), case.array(case.inputs["target"])

    def loss(z: Any) -> Any:
        return al.sigmoid_focal(z, targets, gamma=gamma, alpha=None, reduction="sum")

    losses = al.sigmoid_focal(logits, targets, gamma=gamma, reduction="none")
    case.check(losses, expect["none"], "none", ulps=128.0)
    case.check(al.grad(loss)(logits), expect["grad_sum"], "gradient", ulps=128.0)
    second = case.read(al.hessian_diagonal(loss, coupled=None)(logits))
    easy, hard = [0, 3, 4], [1, 2]
    rtol, tiny = 1024 * float(np.finfo(case.dtype).eps), float(np.finfo(case.dtype).tiny)
    wanted = np.asarray(expect["hess_diag"])
    np.testing.assert_allclose(second[easy], wanted[easy], rtol=rtol, atol=tiny)
    # The record itself is off by up to 1.2e-43 at the hard points: these are the second derivatives to 12 digits.
    exact = {0.0: 3.72007597602e-44, 0.5: -1.78563646849e-42, 1.0: -3.60847369674e-42, 2.0: -7.25414815324e-42}
    np.testing.assert_allclose(second[hard], exact[gamma], rtol=max(rtol, 1e-11), atol=tiny)
    np.testing.assert_allclose(second[hard], wanted[hard], atol=max(tiny, 1.2e-43))
    if gamma == 0.0:
        plain = functools.partial(al.binary_cross_entropy_with_logits, reduction="sum")
        gradient = al.grad(lambda z: plain(z, targets))(logits)
        case.check(al.grad(loss)(logits), case.read(gradient).tolist(), "gradient of the cross entropy", ulps=16.0)


def test_case_15_divergence_with_zeros(record: Any) -> None:
    case = record("15")
    for part, loss, targets in (
        ("a", al.kl_divergence, "p"),
        ("b", al.kl_divergence, "p"),
        ("c", al.kl_divergence_with_log_targets, "log_p"),
    ):
        log_q = case.array([case.inputs[part]["log_q"]])
        p = case.array([case.inputs[part][targets]])
        summed = functools.partial(loss, reduction="sum")
        value, (by_q, by_p) = al.value_and_grad(summed, argnums=(0, 1))(log_q, p)
        case.check(value, case.expect[part]["sum"], f"{part}, value")
        case.check(by_q, [case.expect[part]["grad_log_q"]], f"{part}, gradient by the prediction")
        if "grad_p" in case.expect[part]:
            case.check(by_p, [case.expect[part]["grad_p"]], f"{part}, gradient by the target")
        assert np.isfinite(case.read(by_p)).all()


@pytest.mark.parametrize("part", ["a", "b"])
def test_case_17_equal_vectors_in_a_triplet(record: Any, part: str) -> None:
    case = record("17")
    arrays = [case.array(case.inputs[part][name]) for name in ("anchor", "positive", "negative")]
    losses = al.triplet_margin(*arrays, margin=1.0, p=2.0, reduction="none")
    case.check(losses, case.expect[part]["none"], part)
    assert case.expect[part]["grads"] == "all zero"
    for gradient in al.grad(al.triplet_margin, argnums=(0, 1, 2))(*arrays):
        case.check(gradient, [[0.0, 0.0]], f"{part}, gradient")


@pytest.mark.parametrize("part", ["a", "b"])
def test_case_19_cosine_of_zero_vectors(record: Any, part: str) -> None:
    case = record("19")
    x, y = case.array(case.inputs[part]["x"]), case.array(case.inputs[part]["y"])
    case.check(al.cosine_distance(x, y), case.expect[part]["distance"], part)
    case.check(al.grad(al.cosine_distance)(x, y), case.expect[part]["grad_x"], f"{part}, gradient")


@pytest.mark.parametrize("part", ["c", "d"])
def test_case_19_cosine_of_very_short_and_long_vectors(four: Framework, part: str) -> None:
    case = Record("19", four, RECORDS["19"]["inputs"][part]["dtype"])
    x, y = case.array(case.inputs[part]["x"]), case.array(case.inputs[part]["y"])
    case.check(al.cosine_distance(x, y), 0.0, f"{part}: similarity 1")
    assert np.isfinite(case.read(al.grad(al.cosine_distance)(x, y))).all()


def test_case_21_softplus_of_large_margins(record: Any) -> None:
    """The loss log(1 + exp(-y z)) is the cross entropy of the logit y z and the label 1."""
    case = record("21")
    logits, signs = case.array(case.inputs["logits"]), case.array(case.inputs["target"])
    ones = np.ones(3)

    def loss(z: Any, reduction: str = "sum") -> Any:
        return al.binary_cross_entropy_with_logits(signs * z, ones, reduction=reduction)

    case.check(loss(logits, "none"), case.expect["none"], "none")
    case.check(al.grad(loss)(logits), case.expect["grad_sum"], "gradient")
    labels = (1.0 + np.asarray(case.inputs["target"])) / 2

    def other(z: Any) -> Any:
        return al.binary_cross_entropy_with_logits(z, labels, reduction="sum")

    case.check(al.grad(other)(logits), case.expect["grad_sum"], "gradient from labels 0 and 1")


@pytest.mark.parametrize("part", ["a", "b"])
def test_case_23_dice_of_an_empty_region(record: Any, part: str) -> None:
    case = record("23")
    probs, targets = case.array(case.inputs[part]["prob"]), case.array(case.inputs[part]["target"])
    value, gradient = al.value_and_grad(functools.partial(al.dice, smooth=1.0))(probs, targets)
    case.check(value, case.expect[part]["loss"], part)
    case.check(gradient, case.expect[part].get("grad", case.read(gradient).tolist()), f"{part}, gradient")
    assert np.isfinite(case.read(gradient)).all()


def test_case_23_dice_of_a_large_image_in_half_precision(four: Framework) -> None:
    expect = RECORDS["23"]["expect"]["c"]
    ones = four.cast(four.array(np.ones(262144, dtype="float32")), "float16")
    value, gradient = al.value_and_grad(al.dice)(ones, ones)
    assert abs(float(four.numpy(value)) - expect["loss"]) <= expect["tol"]
    assert np.isfinite(four.numpy(gradient)).all()


def test_case_25a_a_column_beside_a_vector(four: Framework) -> None:
    shapes = RECORDS["25"]["inputs"]["a"]
    first = four.array(np.ones(shapes["pred_shape"]))
    second = four.array(np.ones(shapes["target_shape"]))
    with pytest.raises(ValueError, match=r"targets must have the shape of predictions, \(3, 1\), got \(3,\)"):
        al.squared_error(first, second)
    for name, form in four.forms.items():
        if name == "inductor":
            continue
        with pytest.raises(Exception, match="targets must have the shape of predictions"):
            form(lambda p, t: al.squared_error(p, t), (first, second))(first, second)


@pytest.mark.parametrize("part", ["b", "c"])
def test_case_25bc_a_label_out_of_range(four: Framework, part: str) -> None:
    case = RECORDS["25"]["inputs"][part]
    logits = four.array(np.zeros(case["logits_shape"], dtype="float32"))
    labels = four.array(np.asarray(case["target"]))
    with pytest.raises(ValueError, match=rf"labels must lie in \[0, 4\), got {case['target'][0]} at index 0"):
        al.cross_entropy(logits, labels)

    def loss(z: Any, y: Any) -> Any:
        return al.value_and_grad(lambda x: al.cross_entropy(x, y, reduction="sum"))(z)

    for name, form in four.forms.items():
        if name == "inductor":
            continue
        value, gradient = form(loss, (logits, labels))(logits, labels)
        assert math.isnan(float(four.numpy(value))), f"{four}, {name}: a finite wrong number"
        assert np.isnan(four.numpy(gradient)).any()


def test_case_25d_labels_of_any_integer_dtype(four: Framework) -> None:
    logits = four.array(np.asarray([[0.0, 1.0, 2.0, 3.0], [1.0, 0.0, 0.0, 0.0]]))
    wanted = al.value_and_grad(al.cross_entropy)(logits, four.array(np.asarray([3, 0])))
    for dtype in RECORDS["25"]["inputs"]["d"]["target_dtypes"]:
        found = al.value_and_grad(al.cross_entropy)(logits, four.array(np.asarray([3, 0], dtype=dtype)))
        for got, expected in zip(found, wanted, strict=True):
            np.testing.assert_array_equal(four.numpy(got), four.numpy(expected))


def test_case_25e_two_frameworks() -> None:
    """NumPy data follow the framework of the predictions; the reverse, and any other pair, names the two libraries."""
    values = np.asarray([1.0, 2.0])
    for predictions in FOUR:
        beside_data = al.squared_error(predictions.array(values), values)
        assert float(predictions.numpy(beside_data)) == 0.0
        for targets in FOUR:
            if targets in (predictions, NUMPY):
                continue
            with pytest.raises(TypeError, match=rf"an array of {predictions.name}, .* got one of {targets.name}"):
                al.squared_error(predictions.array(values), targets.array(values))
    with pytest.raises(TypeError, match=r"of numpy, .* got one of torch"):
        al.squared_error(values, TORCH.array(values))
