"""Dask: values and gradients of chunked arrays, and proof that nothing is computed before it is asked for."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import dask
import dask.array as da
import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses.testing.frameworks import Framework
from agnostic_losses.testing.modes import Function, Mode, Results, Subject, everything
from conformance import compare
from conformance.case import Point
from conformance.cases import ALL_CASES, REPRESENTATIVE
from conformance.checks import measures

DTYPE = "float64"
POINTS = [
    pytest.param(
        point,
        id=point.name,
        marks=() if case in REPRESENTATIVE and not point.number else pytest.mark.exhaustive,
    )
    for case in ALL_CASES
    for point in case.points
]


class ComputedEarlyError(Exception):
    """Values were computed before somebody asked for them."""


@contextlib.contextmanager
def lazy() -> Iterator[None]:
    """Let every computation fail."""

    def refuse(*args: Any, **options: Any) -> Any:
        raise ComputedEarlyError("values of a Dask array were computed before anybody asked for them")

    with dask.config.set(scheduler=refuse):
        yield


def chunked(x: np.ndarray[Any, Any]) -> Any:
    """Return an array in two chunks along each axis, where it has two elements."""
    return da.from_array(x.copy(), chunks=tuple(max(1, (n + 1) // 2) for n in x.shape))


def lazily(subject: Subject, arrays: Sequence[Any]) -> Function:
    """Build values and gradients without computing, and compute them at the end."""
    build = everything(replace(subject, curved=()))

    def evaluate(*arrays: Any) -> Results:
        with lazy():
            results = build(*arrays)
        parts = [results["value"], results["sum"], *results["gradient"]]
        assert all(isinstance(part, da.Array) for part in parts), f"no arrays of Dask: {[*map(type, parts)]}"
        return dask.compute(results, scheduler="sync")[0]  # type: ignore[no-any-return]

    return evaluate


DASK = Framework(
    "dask",
    array=chunked,
    numpy=np.asarray,
    array_type=da.Array,
    cast=lambda x, dtype: x.astype(dtype),
    modes={"eager": Mode(lazily, "the tape, on chunks")},
    device=lambda x: "cpu",
)


@pytest.mark.parametrize("point", POINTS)
def test_value_and_gradient_are_lazy_and_true(point: Point) -> None:
    failures = [str(measure) for measure in measures(point, DASK, "eager", DTYPE) if not measure.passed]
    assert not failures, "\n".join(failures)


def test_computing_early_is_noticed() -> None:
    x = chunked(np.ones(4))
    with lazy(), pytest.raises(ComputedEarlyError):
        float(al.squared_error(x, x))


def test_chunks_and_dtype_are_kept() -> None:
    x = da.from_array(np.linspace(-2.0, 2.0, 12, dtype=np.float32).reshape(4, 3), chunks=(1, 3))
    with lazy():
        values = al.huber(x, da.zeros_like(x), reduction="none")
        gradient = al.grad(al.huber)(x, da.zeros_like(x))
    assert values.chunks == gradient.chunks == x.chunks
    assert values.dtype == gradient.dtype == values.compute().dtype == np.float32
    np.testing.assert_array_equal(gradient.compute(), np.clip(x.compute(), -1.0, 1.0) / np.float32(12.0))


def test_mask_weights_and_numpy_data_beside_chunks() -> None:
    rng = np.random.default_rng(3)
    logits, labels = rng.normal(size=(6, 4)), np.asarray([0, 3, 1, -100, 2, 2])
    where, weights = np.asarray([True, True, False, True, True, True]), rng.uniform(size=6)
    logits[2] = np.nan

    def loss(logits: Any, array: Any) -> Any:
        options = {"weights": array(weights), "where": array(where), "ignore_index": -100}
        return al.cross_entropy(logits, array(labels), **options)

    value, gradient = al.value_and_grad(loss)(logits, np.asarray)
    for array in (np.asarray, chunked):
        with lazy():
            found = al.value_and_grad(loss)(chunked(logits), array)
        compare.check_close(found[0].compute(), value, DTYPE, "value")
        compare.check_close(found[1].compute(), gradient, DTYPE, "gradient")


def test_a_label_out_of_range_is_nan_where_reading_it_would_compute() -> None:
    logits, labels = np.zeros((2, 3)), np.asarray([1, 3])
    with lazy():
        values = al.cross_entropy(chunked(logits), chunked(labels), reduction="none")
        with pytest.raises(ValueError, match=r"labels must lie in \[0, 3\), got 3 at index 1"):
            al.cross_entropy(chunked(logits), labels)
    np.testing.assert_allclose(values.compute(), [np.log(3.0), np.nan])


def test_second_derivatives() -> None:
    x, y = np.asarray([0.25, 2.0, -0.5, 0.0]), np.zeros(4)
    with lazy():
        curvature = al.hessian_diagonal(al.huber, coupled=None)(chunked(x), chunked(y))
    np.testing.assert_array_equal(curvature.compute(), [0.25, 0.0, 0.25, 0.25])


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("chunks", [(1, 1), (2, 3), (5, 6)], ids=str)
def test_entries_along_an_axis(axis: int, chunks: tuple[int, int]) -> None:
    rng = np.random.default_rng(7)
    x, shape = rng.normal(size=(5, 6)), [5, 6]
    shape[axis] = 4
    indices = rng.integers(0, x.shape[axis], shape)  # some twice

    def entries(x: Any, indices: Any) -> Any:
        xp = al.array_namespace(x)
        return xp.sum(xp.take_along_axis(x, indices, axis=axis) ** 3)

    expected = al.value_and_grad(entries)(x, indices)
    with lazy():
        found = al.value_and_grad(entries)(*(da.from_array(part, chunks=chunks) for part in (x, indices)))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.compute(), other, rtol=1e-14)


@pytest.mark.parametrize("axis", [0, 1])
def test_slices_at_indices(axis: int) -> None:
    x, indices = np.random.default_rng(8).normal(size=(5, 6)), np.asarray([4, 0, 4, 2])

    def slices(x: Any, indices: Any) -> Any:
        xp = al.array_namespace(x)
        return xp.sum(xp.take(x, indices, axis=axis) ** 3)

    expected = al.value_and_grad(slices)(x, indices)
    with lazy():
        found = al.value_and_grad(slices)(chunked(x), chunked(indices))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.compute(), other, rtol=1e-14)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_chunks_of_unknown_size_are_refused(reduction: str) -> None:
    x = chunked(np.linspace(-1.0, 2.0, 7))
    some = x[x > 0]
    loss = functools.partial(al.huber, reduction=reduction)
    for evaluate in (loss, al.grad(loss)):
        with lazy(), pytest.raises(ValueError, match=r"predictions must have chunks of known sizes, .*\(nan,\)"):
            evaluate(some, some)
    assert float(al.huber(some.compute_chunk_sizes(), some * 0.5)) == 0.234375
