"""What weights, mask, reduction and batch mean is the same in every loss: one property a test, on drawn batches.

Exemptions come from the registry (`additive`), from the signature and from fields of the case, not from names of
losses. Gradients against differences, dtypes and untouched inputs are in `test_properties.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import agnostic_losses as al
from conformance import compare
from conformance.case import Case
from conformance.cases import ALL_CASES
from conformance.domains import Array
from conformance.frameworks import NUMPY, STRICT, TORCH, Framework
from conformance.strategies import Batch, Drawn, holds_for

REDUCING = [case for case in ALL_CASES if case.reduces]
ADDITIVE = [case for case in REDUCING if case.info.additive]
MOVABLE = [case for case in REDUCING if case.info.additive or not case.masked]
"""Those whose rows can be moved and left out: in all arguments at once, though others may be compared with them."""
LEADING = [case for case in ADDITIVE if not case.samples_first]

REDUCTIONS = ("mean", "sum")


def same(got: Any, wanted: Any, what: str, dtype: str = "float64", ulps: float = 64.0, scale: float = 0.0) -> None:
    """Compare to a few ulp of the largest element, or of what was summed up."""
    got, wanted = np.asarray(got, dtype=np.float64), np.asarray(wanted, dtype=np.float64)
    assert got.shape == wanted.shape, f"{what}: shape {got.shape} and {wanted.shape}"
    if scale:
        got, wanted = np.append(got, scale), np.append(wanted, scale)
    compare.check_close(got, wanted, dtype, what, ulps)


def told(batch: Batch, framework: Framework, what: str) -> str:
    return f"{batch.name}, {framework}, eager, {what}"


def elsewhere(case: Case, framework: Framework) -> float:
    """Return by how many ulp the loss of a row may change when the row stands elsewhere, or among others.

    None on NumPy and torch. TensorFlow's vectorised functions round another way at the end of an array: 4 ulp of the
    largest element were measured. A matrix product sums in an order of its own: 1 ulp in `nt_xent`.
    """
    return 0.0 if framework in (NUMPY, STRICT, TORCH) and case.info.additive else 8.0


def joined(gradients: dict[str, list[Array]]) -> list[tuple[str, Array]]:
    """Return the gradients as pairs of the argument and an array."""
    return [(name, part) for name, parts in gradients.items() for part in parts]


def share(total: Any, count: float) -> Any:
    """Return the mean from a sum: 0 when nothing counts."""
    return total / count if count else 0.0 * total


@holds_for(REDUCING)
def test_reductions_agree(drawn: Drawn, framework: Framework) -> None:
    batch, where, weights = drawn.batch(), drawn.where(), drawn.weighted()
    for extra in ({}, {"where": where}, {"weights": weights}, {"where": where, "weights": weights}):
        made = batch.call(framework, **extra)
        none, mean = made.value("none"), made.value("mean")
        count = float(np.sum(batch.counts(extra.get("where")) * extra.get("weights", 1.0) * extra.get("where", True)))
        size, names = float(np.sum(np.abs(none))), sorted(extra)
        same(made.value("sum"), np.sum(none), told(batch, framework, f"sum of none, {names}"), scale=size)
        same(
            mean, share(np.sum(none), count), told(batch, framework, f"mean of none, {names}"), scale=share(size, count)
        )
        np.testing.assert_array_equal(made.value(), mean, err_msg=told(batch, framework, "the default reduction"))


@holds_for(ADDITIVE)
def test_a_mask_selects(drawn: Drawn, framework: Framework) -> None:
    batch, where = drawn.batch(), drawn.where()
    plain, masked = batch.call(framework), batch.call(framework, where=where)
    wanted = np.where(where, plain.value("none"), 0.0)
    same(masked.value("none"), wanted, told(batch, framework, f"kept {where.tolist()}"), ulps=2.0)
    total, gradients = masked.value_and_grad("sum")
    same(total, np.sum(wanted), told(batch, framework, "sum under a mask"), scale=float(np.sum(np.abs(wanted))))
    plain_gradients = joined(plain.value_and_grad("sum")[1])
    for (name, part), (_, full) in zip(joined(gradients), plain_gradients, strict=True):
        kept = np.where(batch.covered(where, full), full, 0.0)
        same(
            part,
            kept,
            told(batch, framework, f"gradient by {name} under a mask"),
            scale=float(np.max(abs(full), initial=0)),
        )


@holds_for(MOVABLE)
def test_masking_is_dropping(drawn: Drawn, framework: Framework) -> None:
    batch, kept = drawn.batch(), drawn.kept()
    where = np.zeros(batch.none().shape, dtype=bool)
    where[kept] = True
    masked, dropped = batch.call(framework, where=where), batch.at(kept)
    same(masked.value("none")[kept], dropped.none(framework), told(dropped, framework, "masked and dropped"))
    size = float(np.sum(np.abs(dropped.none())))
    for reduction in REDUCTIONS:
        value, gradients = masked.value_and_grad(reduction)
        wanted, wanted_gradients = dropped.call(framework).value_and_grad(reduction)
        same(value, wanted, told(dropped, framework, f"masked and dropped, {reduction}"), scale=size)
        for (name, part), (_, fewer) in zip(joined(gradients), joined(wanted_gradients), strict=True):
            rows = np.take(part, kept, axis=batch.axis_of(part))
            same(rows, fewer, told(dropped, framework, f"gradient by {name}, {reduction}"))


@holds_for(REDUCING)
def test_nothing_under_the_mask_is_read(drawn: Drawn, framework: Framework) -> None:
    batch, where = drawn.batch(), drawn.where()
    clean = batch.call(framework, where=where)
    unreduced, averaged = clean.function("none"), al.value_and_grad(clean.function("mean"), clean.argnums)
    both = framework.brisk(lambda *arrays: (unreduced(*arrays), *averaged(*arrays)))
    none, mean, gradients = both(*clean.arrays)
    assert np.isfinite(framework.numpy(none)).all(), told(batch, framework, "none under a mask is not finite")
    excluded = batch.case.masked or tuple(batch.inputs)
    for poison in (np.nan, np.inf):
        bad = batch.poisoned(where, poison)
        bad_none, bad_mean, bad_gradients = both(*bad.call(framework).arrays)
        pairs = [("none", bad_none, none), ("mean", bad_mean, mean)]
        for what, got, wanted in pairs:
            got, wanted = framework.numpy(got), framework.numpy(wanted)
            np.testing.assert_array_equal(got, wanted, err_msg=told(bad, framework, what))
        wanted_parts = joined(clean.by_argument(gradients))
        for (name, part), (_, wanted) in zip(joined(clean.by_argument(bad_gradients)), wanted_parts, strict=True):
            np.testing.assert_array_equal(part, wanted, err_msg=told(bad, framework, f"gradient by {name}"))
            under = part[~batch.covered(where, part)] if name in excluded else part[:0]
            assert not under.any(), told(bad, framework, f"gradient by {name} under the mask")


@holds_for(MOVABLE)
def test_appended_rows_under_the_mask_change_nothing(drawn: Drawn, framework: Framework) -> None:
    batch, n = drawn.batch(), drawn.split
    where = np.zeros(batch.none().shape, dtype=bool)
    where[:n] = True
    shorter = batch.at(slice(None, n))
    plain, size = shorter.call(framework), float(np.sum(np.abs(shorter.none())))
    for poison in (np.nan, np.inf):
        longer = batch.poisoned(where, poison)
        made, what = longer.call(framework, where=where), f"after {n} rows"
        none = made.value("none")
        allowed = elsewhere(batch.case, framework)
        same(none[:n], plain.value("none"), told(longer, framework, f"none, {what}"), ulps=allowed)
        assert not none[n:].any(), told(longer, framework, f"a loss of the rows {what}")
        for reduction in REDUCTIONS:
            value, gradients = made.value_and_grad(reduction)
            wanted, wanted_gradients = plain.value_and_grad(reduction)
            same(value, wanted, told(longer, framework, f"{reduction}, {what}"), scale=size)
            for (name, part), (_, fewer) in zip(joined(gradients), joined(wanted_gradients), strict=True):
                rows = np.take(part, np.arange(n), axis=batch.axis_of(part))
                same(rows, fewer, told(longer, framework, f"gradient by {name}, {reduction}, {what}"), ulps=8.0)


@holds_for(MOVABLE)
def test_order_of_rows(drawn: Drawn, framework: Framework) -> None:
    batch, order = drawn.batch(), list(drawn.order)
    permuted = batch.at(order)
    plain, moved = batch.call(framework), permuted.call(framework)
    wanted = plain.value("none")[order]
    same(moved.value("none"), wanted, told(permuted, framework, "none"), ulps=elsewhere(batch.case, framework))
    pairs = zip(joined(moved.value_and_grad("sum")[1]), joined(plain.value_and_grad("sum")[1]), strict=True)
    for (name, part), (_, full) in pairs:
        ordered = np.take(full, order, axis=batch.axis_of(full))
        same(part, ordered, told(permuted, framework, f"gradient by {name}"), ulps=8.0)


@holds_for(ADDITIVE)
def test_parts_add_up(drawn: Drawn, framework: Framework) -> None:
    batch = drawn.batch()
    parts = [batch.at(slice(None, drawn.split)), batch.at(slice(drawn.split, None))]
    total = sum(part.call(framework).value("sum") for part in parts)
    count, size = sum(float(np.sum(part.counts())) for part in parts), float(np.sum(np.abs(batch.none())))
    whole = batch.call(framework)
    same(total, whole.value("sum"), told(batch, framework, f"sum, split at {drawn.split}"), scale=size)
    same(
        share(total, count),
        whole.value("mean"),
        told(batch, framework, f"mean, split at {drawn.split}"),
        scale=share(size, count),
    )
    found = [joined(part.call(framework).value_and_grad("sum")[1]) for part in parts]
    for number, (name, gradient) in enumerate(joined(whole.value_and_grad("sum")[1])):
        halves = np.concatenate([part[number][1] for part in found], axis=batch.axis_of(gradient))
        same(halves, gradient, told(batch, framework, f"gradient by {name}, split at {drawn.split}"), ulps=8.0)


@holds_for(REDUCING)
def test_constant_weights_change_no_mean(drawn: Drawn, framework: Framework) -> None:
    batch, shape = drawn.batch(), drawn.where().shape
    plain, gradients = batch.call(framework).value_and_grad("mean")
    size = float(np.max(np.abs(batch.none()), initial=0.0))
    for weights in (0.375, np.full(shape, 3.0), np.full((1,) * len(shape), 3.0)):
        value, weighted = batch.call(framework, weights=weights).value_and_grad("mean")
        what = told(batch, framework, f"mean, weights {np.mean(weights) if np.size(weights) else 3.0}")
        same(value, plain, what, scale=size)
        for (name, part), (_, wanted) in zip(joined(weighted), joined(gradients), strict=True):
            same(part, wanted, f"{what}, gradient by {name}")
    value, gradients = batch.call(framework, weights=0.0).value_and_grad("mean")
    assert value == 0.0, told(batch, framework, "mean, no weight at all")
    assert not any(part.any() for _, part in joined(gradients)), told(batch, framework, "gradient, no weight at all")


@holds_for(REDUCING)
def test_weights_multiply(drawn: Drawn, framework: Framework) -> None:
    batch, weights = drawn.batch(), drawn.weighted()
    plain, weighted = batch.call(framework), batch.call(framework, weights=weights)
    wanted = plain.value("none") * weights
    same(weighted.value("none"), wanted, told(batch, framework, f"none, weights {drawn.weights}"), ulps=2.0)
    if not batch.case.info.additive:
        weights = np.full(weights.shape, 3.0)  # the gradient of a row is made of the losses of all
        weighted = batch.call(framework, weights=weights)
    pairs = zip(joined(weighted.value_and_grad("sum")[1]), joined(plain.value_and_grad("sum")[1]), strict=True)
    for (name, part), (_, full) in pairs:
        factors = batch.covered(weights, full) if batch.case.info.additive else 3.0
        same(part, full * factors, told(batch, framework, f"gradient by {name}, weights {drawn.weights}"), ulps=32.0)


@holds_for(ADDITIVE)
def test_integer_weights_are_repetition(drawn: Drawn, framework: Framework) -> None:
    batch = drawn.batch()
    times = np.resize(np.asarray(drawn.weights, dtype=int), drawn.rows)  # none at all for a weight of 0
    rows = np.repeat(np.arange(drawn.rows), times)
    repeated = batch.at(rows)
    shape = batch.none().shape
    weights = np.broadcast_to(times.reshape(-1, *[1] * (len(shape) - 1)), shape).astype(batch.dtype)
    size = float(np.sum(np.abs(repeated.none())))
    for reduction in REDUCTIONS:
        value, gradients = batch.call(framework, weights=weights).value_and_grad(reduction)
        wanted, wanted_gradients = repeated.call(framework).value_and_grad(reduction)
        same(value, wanted, told(repeated, framework, f"weights {times}, {reduction}"), scale=size)
        for (name, part), (_, longer) in zip(joined(gradients), joined(wanted_gradients), strict=True):
            axis = batch.axis_of(part)
            added = np.zeros_like(np.moveaxis(part, axis, 0))
            np.add.at(added, rows, np.moveaxis(longer, axis, 0))
            same(np.moveaxis(part, axis, 0), added, told(repeated, framework, f"gradient by {name}, {reduction}"))


@holds_for(REDUCING)
def test_everything_masked_is_zero(drawn: Drawn, framework: Framework) -> None:
    batch, where = drawn.batch(), np.zeros_like(drawn.where())
    made = batch.call(framework, where=where)
    for reduction in REDUCTIONS:
        value, gradients = made.value_and_grad(reduction)
        assert value == 0.0, told(batch, framework, f"{reduction} of nothing is {value}")
        for name, gradient in joined(gradients):
            np.testing.assert_array_equal(gradient, 0.0, err_msg=told(batch, framework, f"gradient by {name}"))
    assert not made.value("none").any(), told(batch, framework, "none of nothing")


@holds_for(LEADING)
def test_batch_dimensions(drawn: Drawn, framework: Framework) -> None:
    batch, order = drawn.batch(), list(drawn.order)
    other = batch.at(order)
    stacked = batch.beside(other)
    none, made = batch.none(framework), stacked.call(framework)
    unreduced, summed = made.function("none"), al.value_and_grad(made.function("sum"), made.argnums)
    both = framework.brisk(lambda *arrays: (unreduced(*arrays), *summed(*arrays)))
    got, total, gradients = both(*made.arrays)
    wanted = np.stack([none, none[order]])
    same(framework.numpy(got), wanted, told(stacked, framework, "leading axis"), ulps=2.0)
    same(framework.numpy(total), np.sum(wanted), told(stacked, framework, "sum"), scale=float(np.sum(np.abs(wanted))))
    pairs = zip(
        joined(made.by_argument(gradients)), joined(batch.call(framework).value_and_grad("sum")[1]), strict=True
    )
    for (name, part), (_, full) in pairs:
        wanted = np.stack([full, np.take(full, order, axis=batch.axis_of(full))])
        same(part, wanted, told(stacked, framework, f"gradient by {name}"), ulps=8.0)


def test_exemptions_are_few() -> None:
    reducing, covered = {case.loss for case in REDUCING}, {case.loss for case in LEADING}
    assert len(covered) > 0.75 * len(reducing), f"too few losses are covered: {reducing - covered} are not"
    assert all(not case.info.additive or case.samples_first for case in REDUCING if case.loss not in covered)
