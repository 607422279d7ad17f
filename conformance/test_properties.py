"""What holds for gradients, dtypes and arguments of every loss on drawn batches, and the guards of all properties.

What weights, masks and batches mean is in `test_invariants.py`. Gradients are compared with differences of the case's
formula: wrong formulas and lost precision show here, the last digits are the matter of `test_values.py`.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import mpmath
import numpy as np
import pytest

import agnostic_losses as al
from conformance import compare
from conformance import test_invariants as invariants
from conformance.calls import Call
from conformance.case import Case, leaves
from conformance.cases import ALL_CASES, CASES
from conformance.differences import exact_inputs, flat
from conformance.domains import Array
from conformance.frameworks import NUMPY, TORCH, Framework
from conformance.strategies import Batch, Drawn, holds_for, put_everywhere, special_values
from conformance.test_guards import plant
from conformance.test_invariants import joined, told

DIGITS = 80
STEP = mpmath.mpf(10) ** -15
ULPS = 4096.0
"""Of the largest element of a gradient: 1e-12 in float64, where a detour through float32 costs 6e-8."""


def true_gradients(batch: Batch, step: Any = STEP) -> list[tuple[str, Array]]:
    """Return central differences of the formula, by argument; rows that are independent are shifted together."""
    together = batch.case.by_rows or (batch.case.reduces and batch.case.info.additive)
    found = []
    with mpmath.workdps(DIGITS - 3 * int(mpmath.log10(step / STEP))):
        exact = functools.partial(_exact_loss, batch, together, step)
        for name, tree in batch.inputs.items():
            for number, array in enumerate(leaves(tree)):
                if array.dtype.kind == "f":
                    changes = _changes(exact, batch, name, number, array, together)
                    found.append((name, np.asarray(changes / (2 * step), dtype=np.float64)))
    return found


def _changes(exact: Callable[..., Array], batch: Batch, name: str, number: int, array: Array, together: bool) -> Array:
    """Return the differences of the true loss between two steps of each element of an array, up and down."""
    axis, changes = batch.axis_of(array), np.zeros(array.shape, dtype=object)
    lengths = [1 if together and place == axis else length for place, length in enumerate(array.shape)]
    for index in np.ndindex(*lengths):
        place = tuple(slice(None) if together and k == axis else step for k, step in enumerate(index))
        shift = np.zeros(array.shape, dtype=int)
        shift[place] = 1
        change = exact(name, number, shift) - exact(name, number, -shift)
        changes[place] = change if together else change.sum()
    return changes


def _exact_loss(batch: Batch, together: bool, step: Any, name: str, number: int, shift: Array) -> Array:
    """Return the true loss of each row, or of the batch, with some elements of one array shifted by steps."""
    moved = [
        exact_inputs(leaf) if key != name or k != number else _shifted(leaf, shift, step)
        for key, tree in batch.inputs.items()
        for k, leaf in enumerate(leaves(tree))
    ]
    numbers = iter(moved)
    inputs = {key: _refilled(tree, numbers) for key, tree in batch.inputs.items()}
    held = {parameter: exact_inputs(batch.inputs[argument]) for parameter, argument in batch.case.held.items()}
    loss = np.asarray(flat(batch.case.formula(**inputs, **held, **exact_inputs(batch.options))), dtype=object)
    return loss.reshape(batch.rows, -1).sum(axis=1) if together else loss


def _shifted(array: Array, shift: Array, step: Any) -> Any:
    exact = np.empty(array.shape, dtype=object)
    for index in np.ndindex(*array.shape):
        exact[index] = mpmath.mpf(float(array[index])) + int(shift[index]) * step
    return exact.tolist()


def _refilled(tree: Any, numbers: Iterator[Any]) -> Any:
    if isinstance(tree, dict):
        return {key: _refilled(part, numbers) for key, part in tree.items()}
    return [_refilled(part, numbers) for part in tree] if isinstance(tree, list) else next(numbers)


@functools.cache
def known_gradients(drawn: Drawn) -> list[tuple[str, Array]]:
    return true_gradients(drawn.batch())


@holds_for(ALL_CASES, least=1)
def test_gradient_is_the_difference(drawn: Drawn, framework: Framework) -> None:
    rows = drawn.rows if drawn.case.info.additive else min(drawn.rows, 4)  # each element by itself: that takes long
    drawn = dataclasses.replace(drawn, rows=rows, special=(), order=())  # special points lie on kinks
    batch = drawn.batch()
    gradients = joined(batch.call(framework).value_and_grad("sum")[1])
    for (name, got), (_, wanted) in zip(gradients, known_gradients(drawn), strict=True):
        wanted = np.zeros_like(wanted) if name in batch.case.constant else wanted
        compare.check_close(got, wanted, batch.dtype, told(batch, framework, f"gradient by {name}"), ULPS)


def sweep(case: Case, option: int, dtype: str) -> list[Batch]:
    """Return batches in which arguments are full of special values: all pairs of two arguments, and all alike."""
    domains = {name: list(leaves(tree)) for name, tree in case.inputs.items()}
    counts = {name: len(special_values(parts[0], dtype)) for name, parts in domains.items()}
    names = [name for name, count in counts.items() if count]
    choices: list[dict[str, int]] = [{name: k % counts[name] for name in names} for k in range(max(counts.values()))]
    for pair in itertools.combinations(names, 2):
        choices += [
            dict(zip(pair, ks, strict=True)) for ks in itertools.product(*(range(counts[name]) for name in pair))
        ]
    if case.reduces and case.info.additive:
        return [put_everywhere(Drawn(case, option, rows=len(choices), seed=11), choices, dtype)]
    return [put_everywhere(Drawn(case, option, rows=3, seed=11), [choice] * 3, dtype) for choice in choices]


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.name)
def test_finite_at_every_special_point(case: Case, framework: Framework, dtype: str) -> None:
    for option in range(len(case.options) if framework in (NUMPY, TORCH) else 1):
        prepared: Any = None
        for batch in sweep(case, option, dtype):
            made = batch.call(framework)
            if prepared is None:
                none, summed = made.function("none"), al.value_and_grad(made.function("sum"), made.argnums)
                prepared = framework.brisk(lambda *a, none=none, summed=summed: (none(*a), summed(*a)[1]))
            with np.errstate(over="ignore", invalid="ignore"):  # only where the truth is beyond the dtype, see below
                value, gradients = prepared(*made.arrays)
            parts = [("none", framework.numpy(value)), *joined(made.by_argument(gradients))]
            for what, part in parts:
                check_finite(
                    batch,
                    part,
                    told(batch, framework, f"gradient by {what}, {dtype}" if what != "none" else f"none, {dtype}"),
                    what == "none",
                )


def check_finite(batch: Batch, part: Array, what: str, is_value: bool) -> None:
    """Raise at the first number that is not finite, unless the truth of its row is beyond the dtype."""
    if np.isfinite(part).all():
        return
    axis = 0 if is_value else batch.axis_of(part)
    independent = batch.case.reduces and batch.case.info.additive
    part = np.atleast_1d(part)
    for index in zip(*np.nonzero(~np.isfinite(part)), strict=True):
        row = batch.at([index[axis]]) if independent else batch
        right = overflows(row) and not (is_value and np.isnan(part[index]))
        assert right, f"{what}: element {tuple(map(int, index))} is {part[index]}; inputs {row.inputs}"


def overflows(batch: Batch) -> bool:
    """Whether the true loss or one of its slopes is beyond the dtype; where it is undefined, ours has to be finite."""
    most = float(np.finfo(batch.dtype).max)
    sizes = [abs(float(x)) for array in leaves(list(batch.inputs.values())) for x in np.ravel(array) if x]
    with mpmath.workdps(DIGITS):
        try:
            loss = flat(batch.case.formula(**exact_inputs(batch.inputs), **exact_inputs(batch.options)))
            slopes = [np.max(np.abs(part), initial=0.0) for _, part in true_gradients(batch, STEP * min([1.0, *sizes]))]
        except (ZeroDivisionError, ValueError):
            return False
    return any(abs(number) > most for number in [*loss, *slopes])


@holds_for(ALL_CASES)
def test_half_precision_is_computed_in_float32(drawn: Drawn, framework: Framework) -> None:
    made = drawn.ordinary().batch("float32").call(framework)
    loss = framework.brisk(made.function("mean"))
    for half in framework.halves:
        low = [framework.cast(x, half) if k in made.argnums else x for k, x in enumerate(made.arrays)]
        high = [framework.cast(x, "float32") if k in made.argnums else x for k, x in enumerate(low)]
        result, wanted = loss(*low), loss(*high)
        assert framework.dtype_name(result) == "float32", f"{drawn}, {framework}, {half}"
        np.testing.assert_array_equal(framework.numpy(result), framework.numpy(wanted), f"{drawn}, {framework}, {half}")


@holds_for(ALL_CASES)
def test_type_dtype_and_device_are_kept(drawn: Drawn, framework: Framework) -> None:
    for dtype in ("float64", "float32"):
        made = drawn.ordinary().batch(dtype).call(framework)
        unreduced, averaged = made.function("none"), al.value_and_grad(made.function("mean"), made.argnums)
        both = framework.brisk(lambda *arrays, none=unreduced, mean=averaged: (none(*arrays), *mean(*arrays)))
        none, mean, gradients = both(*made.arrays)
        check_kind([none, mean, *gradients], made, f"{drawn}, {framework}", dtype)


def check_kind(results: list[Any], made: Call, what: str, dtype: str) -> None:
    """Raise unless all results are arrays of the framework of a call, in its dtype and on its device."""
    framework = made.framework
    for result in results:
        scalar = framework is NUMPY and isinstance(result, np.generic)
        assert isinstance(result, framework.array_type) or scalar, f"{what}: {type(result)}"
        assert framework.dtype_name(result) == dtype, f"{what}: {dtype} became {result.dtype}"
        assert framework.device(result) == framework.device(made.arrays[0])


@holds_for(ALL_CASES)
def test_arguments_are_left_alone(drawn: Drawn, framework: Framework) -> None:
    """Nothing is written into an argument, and NumPy data beside a framework's arrays give the same number."""
    batch = drawn.batch()
    extra = {"where": drawn.where(), "weights": drawn.weighted()} if batch.case.reduces else {}
    made = batch.call(framework, **extra)
    mixed = [
        x if owner == made.owners[0] else data
        for owner, x, data in zip(made.owners, made.arrays, made.originals, strict=True)
    ]
    result = made.function("sum")(*mixed)
    np.testing.assert_array_equal(framework.numpy(result), made.value("sum"), told(batch, framework, "NumPy data"))
    made.value_and_grad("sum")
    given = {**batch.options, **extra}
    pairs = list(zip(made.arrays, made.originals, strict=True))
    pairs += [(made.options[key], value) for key, value in given.items() if isinstance(value, np.ndarray)]
    before = [leaf for tree in batch.inputs.values() for leaf in leaves(tree)]
    fresh = [leaf for tree in drawn.batch().inputs.values() for leaf in leaves(tree)]
    for after, wanted in [*pairs, *((NUMPY.array(a), b) for a, b in zip(before, fresh, strict=True))]:
        after = after if isinstance(after, np.ndarray) else framework.numpy(after)
        np.testing.assert_array_equal(after, wanted, err_msg=told(batch, framework, "an argument was changed"))


SQUARED = CASES["squared_error"][0]


def error(xp: Any, predictions: Any, targets: Any) -> Any:
    return xp.square(predictions - targets)


def multiplies_with_the_mask(xp: Any, p: Any, t: Any, weights: Any, where: Any, reduction: Any) -> Any:
    where = xp.ones_like(p) if where is None else xp.astype(where, p.dtype)
    return al.ops.reduce(error(xp, p, t) * where, weights=weights, reduction=reduction)


def forgets_the_mask(xp: Any, p: Any, t: Any, weights: Any, where: Any, reduction: Any) -> Any:
    return al.squared_error(p, t, weights=weights, reduction=reduction)


def divides_by_all(xp: Any, p: Any, t: Any, weights: Any, where: Any, reduction: Any) -> Any:
    total = al.squared_error(p, t, weights=weights, where=where, reduction="none" if reduction == "none" else "sum")
    return total / max(1, p.size) if reduction == "mean" else total


def divides_by_the_included(xp: Any, p: Any, t: Any, weights: Any, where: Any, reduction: Any) -> Any:
    total = al.squared_error(p, t, weights=weights, where=where, reduction="none" if reduction == "none" else "sum")
    included = p.size if where is None else xp.sum(xp.astype(where, p.dtype))
    return total / (included + (included == 0)) if reduction == "mean" else total


def weighs_twice(xp: Any, p: Any, t: Any, weights: Any, where: Any, reduction: Any) -> Any:
    values = error(xp, p, t) * (1.0 if weights is None else weights)
    return al.ops.reduce(values, weights=weights, where=where, reduction=reduction)


def centres_the_batch(xp: Any, p: Any, t: Any, weights: Any, where: Any, reduction: Any) -> Any:
    middle = xp.sum(p) / max(1, p.size)
    return al.squared_error(p - middle, t, weights=weights, where=where, reduction=reduction)


def looks_at_the_place(xp: Any, p: Any, t: Any, weights: Any, where: Any, reduction: Any) -> Any:
    places = xp.astype(xp.reshape(xp.arange(p.size), p.shape), p.dtype)
    return al.ops.reduce(error(xp, p, t) * places, weights=weights, where=where, reduction=reduction)


def counts_dimensions(xp: Any, p: Any, t: Any, weights: Any, where: Any, reduction: Any) -> Any:
    return al.squared_error(p, t, weights=weights, where=where, reduction=reduction) / p.ndim


def stops_the_gradient(xp: Any, p: Any, t: Any, weights: Any, where: Any, reduction: Any) -> Any:
    values = (p - t) * al.ops.stop_gradient(p - t)
    return al.ops.reduce(values, weights=weights, where=where, reduction=reduction)


def returns_float32(xp: Any, p: Any, t: Any, weights: Any, where: Any, reduction: Any) -> Any:
    return xp.astype(al.squared_error(p, t, weights=weights, where=where, reduction=reduction), xp.float32)


def passes_through_float32(xp: Any, p: Any, t: Any, weights: Any, where: Any, reduction: Any) -> Any:
    p = xp.astype(xp.astype(p, xp.float32), p.dtype)
    return al.squared_error(p, t, weights=weights, where=where, reduction=reduction)


def computes_in_half(xp: Any, p: Any, t: Any, weights: Any, where: Any, reduction: Any) -> Any:
    return xp.astype(xp.sum(xp.square(p - t)), xp.float32)


def takes_a_root(xp: Any, p: Any, t: Any, weights: Any, where: Any, reduction: Any) -> Any:
    return al.ops.reduce(xp.sqrt(error(xp, p, t)), weights=weights, where=where, reduction=reduction)


def has_no_empty_mean(xp: Any, p: Any, t: Any, weights: Any, where: Any, reduction: Any) -> Any:
    value = al.squared_error(p, t, weights=weights, where=where, reduction=reduction)
    return value + 1.0 if reduction != "none" and where is not None else value


def writes_into_its_argument(xp: Any, p: Any, t: Any, weights: Any, where: Any, reduction: Any) -> Any:
    value = al.squared_error(p, t, weights=weights, where=where, reduction=reduction)
    if isinstance(t, np.ndarray) and t.size:
        t *= 0.5
    return value


FAULTS: list[tuple[Any, Callable[..., Any]]] = [
    (invariants.test_nothing_under_the_mask_is_read, multiplies_with_the_mask),
    (invariants.test_a_mask_selects, forgets_the_mask),
    (invariants.test_reductions_agree, divides_by_all),
    (invariants.test_masking_is_dropping, divides_by_all),
    (invariants.test_appended_rows_under_the_mask_change_nothing, divides_by_all),
    (invariants.test_constant_weights_change_no_mean, divides_by_the_included),
    (invariants.test_integer_weights_are_repetition, divides_by_the_included),
    (invariants.test_weights_multiply, weighs_twice),
    (invariants.test_parts_add_up, centres_the_batch),
    (invariants.test_order_of_rows, looks_at_the_place),
    (invariants.test_batch_dimensions, counts_dimensions),
    (invariants.test_everything_masked_is_zero, has_no_empty_mean),
    (test_gradient_is_the_difference, stops_the_gradient),
    (test_gradient_is_the_difference, passes_through_float32),
    (test_type_dtype_and_device_are_kept, returns_float32),
    (test_half_precision_is_computed_in_float32, computes_in_half),
    (test_arguments_are_left_alone, writes_into_its_argument),
]


@pytest.mark.parametrize(("holds", "fault"), FAULTS, ids=[f"{holds.__name__}-{f.__name__}" for holds, f in FAULTS])
def test_a_fault_is_found(monkeypatch: Any, holds: Any, fault: Callable[..., Any]) -> None:
    plant_fault(monkeypatch, fault)
    with pytest.raises(AssertionError, match="squared_error"):
        holds(SQUARED, NUMPY)


def test_a_slope_that_is_not_finite_is_found(monkeypatch: Any) -> None:
    plant_fault(monkeypatch, takes_a_root)
    with pytest.raises(AssertionError, match=r"gradient by predictions, float64: element .* is nan"):
        test_finite_at_every_special_point(SQUARED, TORCH, "float64")


def plant_fault(monkeypatch: Any, fault: Callable[..., Any]) -> None:
    """Put a wrong function of all arguments in the place of the squared error."""

    def planted(p: Any, t: Any, *, weights: Any = None, where: Any = None, reduction: str = "mean") -> Any:
        return fault(al.array_namespace(p), p, t, weights, where, reduction)

    plant(monkeypatch, "squared_error", planted)
