"""What weights, mask, reduction, batch and dtype mean is the same in every loss.

Exemptions come from the registry (`additive`) and from the signature, not from names of losses.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from conformance import compare
from conformance.calls import Call, replaced
from conformance.case import Point, Tree, leaves, map_leaves
from conformance.cases import CASES
from conformance.domains import Flag
from conformance.frameworks import FRAMEWORKS, NUMPY, Framework
from conformance.oracle import truth

DTYPE = "float64"
ALL_CASES = [case for cases in CASES.values() for case in cases]


def chosen(points: list[Point]) -> Any:
    """Parametrise over all points on NumPy, and the first of each case on the other backends."""
    pairs = [(point, fw) for point in points for fw in FRAMEWORKS if fw is NUMPY or point.number == 0]
    return pytest.mark.parametrize(("point", "framework"), pairs, ids=[f"{point.name}-{fw}" for point, fw in pairs])


def flagged(point: Point) -> bool:
    """Whether an option has a value for each row, so that rows can't be moved without it."""
    return any(isinstance(value, Flag) for value in point.case.options[point.number].values())


REDUCING = [point for case in ALL_CASES if case.reduces for point in case.points]
ROWS = [point for point in REDUCING if point.case.by_rows and not flagged(point)]
LEADING = [point for point in ROWS if not point.case.samples_first]
SMALL = [case.points[0] for case in ALL_CASES]

every_reducing_point = chosen(REDUCING)
every_point_of_rows = chosen(ROWS)


def at_rows(inputs: dict[str, Tree], rows: Any) -> dict[str, Tree]:
    """Return the inputs at some rows, in that order."""
    return {name: map_leaves(lambda array: array[rows], tree) for name, tree in inputs.items()}


def n_rows(inputs: dict[str, Tree]) -> int:
    return len(next(leaves(next(iter(inputs.values())))))


def call(point: Point, framework: Framework, inputs: Any = None, **extra: Any) -> Call:
    """Return the call at a point, with other inputs if given."""
    inputs = point.inputs(DTYPE) if inputs is None else inputs
    return Call(point.case, framework, inputs, point.options(DTYPE), **extra)


def value_and_grad(made: Call, reduction: str) -> tuple[Any, dict[str, Any]]:
    """Evaluate a reduced loss and its gradients, joined by argument."""
    value, gradients = made.value_and_grad(reduction)
    return value, {name: np.concatenate([part.ravel() for part in parts]) for name, parts in gradients.items()}


def same(got: Any, wanted: Any, point: Point, framework: Framework, what: str, ulps: float = 64.0) -> None:
    compare.check_close(got, wanted, DTYPE, f"{point.name}, {framework}, eager, {what}", ulps)


def row_mask(point: Point, excluded: Any) -> np.ndarray[Any, Any]:
    """Return the mask in the shape of the unreduced loss that leaves rows out."""
    where = np.ones(call(point, NUMPY).value("none").shape, dtype=bool)
    where[excluded] = False
    return where


@every_reducing_point
def test_nothing_under_the_mask_is_read(point: Point, framework: Framework) -> None:
    inputs, where = point.inputs(DTYPE), row_mask(point, 1)
    excluded = point.case.masked or tuple(inputs)

    def bad(poison: float) -> Call:
        poisoned = {name: replaced(inputs[name], poison, rows_one(inputs[name], point, where)) for name in excluded}
        return call(point, framework, {**inputs, **poisoned}, where=where)

    clean = call(point, framework, where=where)
    unreduced, averaged = clean.function("none"), al.value_and_grad(clean.function("mean"), clean.argnums)
    both = framework.brisk(lambda *arrays: (unreduced(*arrays), *averaged(*arrays)))
    none, mean, gradients = both(*clean.arrays)
    wanted = clean.by_argument(gradients)
    for poison in (np.nan, np.inf):
        bad_none, bad_mean, bad_gradients = both(*bad(poison).arrays)
        np.testing.assert_array_equal(framework.numpy(bad_none), framework.numpy(none))
        np.testing.assert_array_equal(framework.numpy(bad_mean), framework.numpy(mean))
        for name, parts in clean.by_argument(bad_gradients).items():
            for part, wanted_part in zip(parts, wanted[name], strict=True):
                np.testing.assert_array_equal(part, wanted_part, err_msg=f"{point.name}, {framework}, by {name}")
                assert name not in excluded or not part[rows_one(part, point, where)].any()
    assert np.isfinite(framework.numpy(mean))
    assert np.isfinite(framework.numpy(none)).all()


def rows_one(tree: Tree, point: Point, where: Any) -> Any:
    """Return the index of the places that belong to row 1 of the unreduced loss."""
    return (slice(None), 1) if point.case.turned and has_classes(tree, where) else 1


def has_classes(tree: Tree, where: Any) -> bool:
    """Whether an argument has the axis that the loss consumes, as labels have not."""
    return bool(next(leaves(tree)).ndim > where.ndim)


@every_point_of_rows
def test_masking_is_dropping(point: Point, framework: Framework) -> None:
    inputs = point.inputs(DTYPE)
    kept = [row for row in range(n_rows(inputs)) if row != 1]
    dropped = at_rows(inputs, kept)
    masked = call(point, framework, where=row_mask(point, 1))
    for reduction in ("mean", "sum"):
        value, gradients = masked.value_and_grad(reduction)
        wanted, wanted_gradients = call(point, framework, dropped).value_and_grad(reduction)
        same(value, wanted, point, framework, f"masked and dropped, {reduction}")
        for name, gradient in gradients.items():
            for part, wanted_part in zip(gradient, wanted_gradients[name], strict=True):
                same(part[kept], wanted_part, point, framework, f"gradient by {name}, {reduction}")


@every_point_of_rows
def test_appended_rows_under_the_mask_change_nothing(point: Point, framework: Framework) -> None:
    inputs = point.inputs(DTYPE)
    n = n_rows(inputs)
    longer = at_rows(inputs, [*range(n), 0, 0, 0])
    longer = {name: replaced(tree, np.nan, slice(n, None)) for name, tree in longer.items()}
    where = np.concatenate([row_mask(point, []), np.zeros_like(row_mask(point, [0]))[:1].repeat(3, axis=0)])
    for reduction in ("mean", "sum"):
        value = call(point, framework, longer, where=where).value(reduction)
        same(value, call(point, framework).value(reduction), point, framework, f"appended rows, {reduction}")
    none = call(point, framework, longer, where=where).value("none")
    # Vectorised functions may round another way at another place.
    same(none[:n], call(point, framework).value("none"), point, framework, "appended rows, none", ulps=2.0)
    assert not none[n:].any()


@every_point_of_rows
def test_integer_weights_are_repetition(point: Point, framework: Framework) -> None:
    inputs = point.inputs(DTYPE)
    times = np.asarray([2, 1, 3, 1])[: n_rows(inputs)]
    none = call(point, NUMPY).value("none")
    weights = np.broadcast_to(times.reshape(-1, *[1] * (none.ndim - 1)), none.shape).astype(DTYPE)
    repeated = at_rows(inputs, np.repeat(np.arange(n_rows(inputs)), times))
    for reduction in ("mean", "sum"):
        weighted = call(point, framework, weights=weights).value(reduction)
        same(weighted, call(point, framework, repeated).value(reduction), point, framework, f"weights, {reduction}")


@every_reducing_point
def test_weights(point: Point, framework: Framework) -> None:
    plain = call(point, framework)
    none = plain.value("none")
    for weights in (0.375, np.full(none.shape, 3.0), np.full((1,) * none.ndim, 3.0)):
        mean = call(point, framework, weights=weights).value("mean")
        same(mean, plain.value("mean"), point, framework, "constant weights, mean")
    uneven = np.linspace(0.5, 2.0, none.size).reshape(none.shape)
    weighted = call(point, framework, weights=uneven)
    same(weighted.value("none"), none * uneven, point, framework, "weights, none")
    same(weighted.value("sum"), np.sum(none * uneven), point, framework, "weights, sum")
    zero = call(point, framework, weights=0.0)
    assert zero.value("mean") == 0.0


@every_reducing_point
def test_reductions_agree(point: Point, framework: Framework) -> None:
    plain, count = call(point, framework), float(truth(point, DTYPE).count)
    none = plain.value("none")
    same(np.sum(none), plain.value("sum"), point, framework, "sum of none")
    same(np.sum(none) / count, plain.value("mean"), point, framework, "mean of none")
    same(plain.value(), plain.value("mean"), point, framework, "the default", ulps=0.0)


@every_point_of_rows
def test_parts_add_up(point: Point, framework: Framework) -> None:
    inputs = point.inputs(DTYPE)
    total = call(point, framework).value("sum")
    for split in range(1, n_rows(inputs)):
        first, second = at_rows(inputs, slice(None, split)), at_rows(inputs, slice(split, None))
        added = sum(call(point, framework, part).value("sum") for part in (first, second))
        same(added, total, point, framework, f"split at {split}")


@every_reducing_point
def test_everything_masked_is_zero(point: Point, framework: Framework) -> None:
    where = np.zeros(call(point, NUMPY).value("none").shape, dtype=bool)
    for reduction in ("mean", "sum"):
        value, gradients = value_and_grad(call(point, framework, where=where), reduction)
        assert value == 0.0
        for name, gradient in gradients.items():
            np.testing.assert_array_equal(gradient, 0.0, err_msg=f"{point.name}, {framework}, gradient by {name}")
    assert not call(point, framework, where=where).value("none").any()


@every_point_of_rows
def test_empty_batch_is_zero(point: Point, framework: Framework) -> None:
    empty = call(point, framework, at_rows(point.inputs(DTYPE), slice(0, 0)))
    for reduction in ("mean", "sum"):
        value, gradients = value_and_grad(empty, reduction)
        assert value == 0.0, f"{point.name}, {framework}: {reduction} of nothing is {value}"
        assert all(gradient.size == 0 for gradient in gradients.values())
    assert empty.value("none").shape[0] == 0


@every_point_of_rows
def test_order_of_rows(point: Point, framework: Framework) -> None:
    inputs = point.inputs(DTYPE)
    order = np.random.default_rng(3).permutation(n_rows(inputs))
    permuted = call(point, framework, at_rows(inputs, order)).value("none")
    same(permuted, call(point, framework).value("none")[order], point, framework, "permuted rows", ulps=2.0)


@chosen(LEADING)
def test_batch_dimensions(point: Point, framework: Framework) -> None:
    inputs = point.inputs(DTYPE)
    order = list(range(n_rows(inputs)))[::-1]
    both = {name: map_leaves(lambda array: np.stack([array, array[order]]), tree) for name, tree in inputs.items()}
    stacked, none = call(point, framework, both).value("none"), call(point, framework).value("none")
    same(stacked, np.stack([none, none[order]]), point, framework, "leading axis", ulps=2.0)


@pytest.mark.parametrize("point", SMALL, ids=lambda point: point.name)
def test_half_precision_is_computed_in_float32(point: Point, framework: Framework) -> None:
    made = Call.at(point, framework, "float32")
    loss = framework.brisk(made.function("mean"))
    for half in framework.halves:
        low = [framework.cast(x, half) if k in made.argnums else x for k, x in enumerate(made.arrays)]
        high = [framework.cast(x, "float32") if k in made.argnums else x for k, x in enumerate(low)]
        result, wanted = loss(*low), loss(*high)
        assert framework.dtype_name(result) == "float32", f"{point.name}, {framework}, {half}"
        np.testing.assert_array_equal(framework.numpy(result), framework.numpy(wanted))


@pytest.mark.parametrize("point", SMALL, ids=lambda point: point.name)
def test_type_dtype_and_device_are_kept(point: Point, framework: Framework, dtype: str) -> None:
    made = Call.at(point, framework, dtype)
    for reduction in ("mean", "none"):
        result = made.function(reduction)(*made.arrays)
        scalar = framework is NUMPY and isinstance(result, np.generic)
        assert isinstance(result, framework.array_type) or scalar, f"{point.name}: {type(result)}"
        assert framework.dtype_name(result) == dtype, f"{point.name}, {framework}"
        assert framework.device(result) == framework.device(made.arrays[0])


@pytest.mark.parametrize("point", SMALL, ids=lambda point: point.name)
def test_numpy_data_beside_predictions(point: Point, framework: Framework) -> None:
    made = Call.at(point, framework, DTYPE)
    first = made.owners[0]
    pairs = zip(made.owners, made.arrays, made.originals, strict=True)
    mixed = [array if owner == first else original for owner, array, original in pairs]
    result = made.function("sum")(*mixed)
    np.testing.assert_array_equal(framework.numpy(result), made.value("sum"))


def test_exemptions_are_few() -> None:
    exempt: set[str] = {case.loss for case in ALL_CASES if case.reduces} - {point.case.loss for point in ROWS}
    assert len(exempt) <= 2, f"only losses of a whole batch are exempt: {exempt}"
    assert all(not case.info.additive for case in ALL_CASES if case.loss in exempt)
