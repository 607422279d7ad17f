"""Chunks of rows in the frameworks and on the tape: the same numbers and derivatives, and nothing kept of a chunk."""

from __future__ import annotations

import functools
import inspect
import tracemalloc
from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses import ops
from agnostic_losses.backends.torch import FORMS
from conformance.case import Case
from conformance.cases import ALL_CASES
from conformance.frameworks import FOUR, TORCH, Framework, largest_saved, torch

RNG = np.random.default_rng(3)
N, FEATURES, CLASSES = 7, 3, 5
HIDDEN, WEIGHT, BIAS = (RNG.standard_normal(shape) for shape in ((N, FEATURES), (CLASSES, FEATURES), (CLASSES,)))
LABELS, FACTORS = np.asarray([0, 4, 9, 1, 3, 3, 2]), RNG.uniform(0.5, 2.0, CLASSES)
SHARED = {"class_weights": FACTORS, "label_smoothing": 0.25, "ignore_index": 9}


def chunked(hidden: Any, weight: Any, bias: Any, chunk_size: int | None) -> Any:
    return al.linear_cross_entropy(hidden, weight, LABELS, bias=bias, soft_cap=2.0, chunk_size=chunk_size, **SHARED)


def materialized(hidden: Any, weight: Any, bias: Any) -> Any:
    space = al.array_namespace(hidden)
    logits = 2.0 * space.tanh((space.matmul(hidden, space.matrix_transpose(weight)) + bias) / 2.0)
    return al.cross_entropy(logits, LABELS, **SHARED)


def slopes(f: Any, hidden: Any, weight: Any, bias: Any) -> Any:
    """Return the sum of the squares of all gradients, whose gradient holds second derivatives of every pair."""
    space = al.array_namespace(hidden)
    return sum(space.sum(space.square(part)) for part in al.grad(f, (0, 1, 2))(hidden, weight, bias))


@pytest.mark.parametrize("chunk_size", [1, 2, 7])
@pytest.mark.parametrize("four", FOUR, ids=str)
def test_all_derivatives_are_those_of_the_materialized_form(four: Framework, chunk_size: int) -> None:
    arrays = [four.array(x) for x in (HIDDEN, WEIGHT, BIAS)]
    mine = functools.partial(chunked, chunk_size=chunk_size)
    for f, g in ((mine, materialized), (functools.partial(slopes, mine), functools.partial(slopes, materialized))):
        value, gradients = four.brisk(al.value_and_grad(f, (0, 1, 2)))(*arrays)
        wanted, wanted_gradients = al.value_and_grad(g, (0, 1, 2))(HIDDEN, WEIGHT, BIAS)
        np.testing.assert_allclose(four.numpy(value), wanted, rtol=1e-13)
        for got, true in zip(gradients, wanted_gradients, strict=True):
            np.testing.assert_allclose(four.numpy(got), true, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize(("chunk_size", "kept"), [(2, N * FEATURES), (None, N * 100)])
def test_nothing_as_wide_as_the_vocabulary_is_kept(chunk_size: int | None, kept: int) -> None:
    """The second row is the guard seen to fail: without chunks the logits are kept."""
    wide = np.ones((100, FEATURES))

    def loss(hidden: Any) -> Any:
        return al.linear_cross_entropy(hidden, wide, LABELS % 5, chunk_size=chunk_size)

    assert largest_saved(loss, TORCH.array(HIDDEN), other_than=wide.size) == kept


CLASSED = [
    case
    for case in ALL_CASES
    if case.info.family.startswith("labelled") and "chunk_size" in inspect.signature(case.info.function).parameters
]
PRESENT = np.asarray([True, True, True, False, True, True, True])


def batch(case: Case) -> list[np.ndarray[Any, Any]]:
    """Return the arguments of a loss of embeddings with classes."""
    rng = np.random.default_rng(5)
    drawn = {name: rng.standard_normal((N, FEATURES)) for name in case.inputs}
    return list({**drawn, "classes": np.asarray([4, 7, 4, 4, -1, 7, 4])}.values())


@pytest.mark.parametrize("case", CLASSED, ids=lambda case: case.name)
def test_rows_against_all_others_have_all_derivatives(four: Framework, case: Case) -> None:
    first, *others = batch(case)

    def loss(x: Any, chunk_size: int | None) -> Any:
        return case.info.function(x, *others, where=PRESENT, chunk_size=chunk_size)

    def steepness(x: Any, chunk_size: int | None) -> Any:
        return al.array_namespace(x).sum(al.grad(functools.partial(loss, chunk_size=chunk_size))(x) ** 2)

    for f in (loss, steepness):
        mine = four.brisk(al.value_and_grad(functools.partial(f, chunk_size=2)))(four.array(first))
        for got, true in zip(mine, al.value_and_grad(functools.partial(f, chunk_size=None))(first), strict=True):
            np.testing.assert_allclose(four.numpy(got), true, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("case", CLASSED, ids=lambda case: case.name)
def test_no_matrix_of_all_pairs_is_kept(case: Case) -> None:
    """The last line is the guard seen to fail: without chunks they are kept."""
    first, *others = batch(case)

    def kept(chunk_size: int | None) -> int:
        loss = functools.partial(case.info.function, chunk_size=chunk_size)
        return largest_saved(lambda x: loss(x, *others), TORCH.array(first), other_than=-1)

    assert kept(2) == N * FEATURES
    assert kept(None) >= N * N


def torch_slopes(loss: Any, twice: bool, upstream: Any = None) -> list[Any]:
    """Return the gradients of PyTorch's own graph, for the second time, or second derivatives of every pair."""
    leaves = [TORCH.array(x).requires_grad_() for x in (HIDDEN, WEIGHT, BIAS)]
    value = loss(*leaves)
    torch.autograd.grad(value, leaves, upstream, retain_graph=True)
    found = torch.autograd.grad(value, leaves, upstream, create_graph=twice)
    return list(torch.autograd.grad(sum(x.square().sum() for x in found), leaves)) if twice else list(found)


@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize(
    "options",
    [{}, {"weights": FACTORS[LABELS % 5]}, {"class_weights": FACTORS}, {"reduction": "sum", "ignore_index": 3}, SHARED],
    ids=str,
)
def test_chunks_are_one_node_of_the_graph_of_torch(options: Any, twice: bool) -> None:
    labels = LABELS if options is SHARED else LABELS % 5

    def loss(hidden: Any, weight: Any, bias: Any, chunk_size: int | None) -> Any:
        return al.linear_cross_entropy(hidden, weight, labels, bias=bias, chunk_size=chunk_size, **options)

    found, wanted = (torch_slopes(functools.partial(loss, chunk_size=size), twice) for size in (2, None))
    for got, true in zip(found, wanted, strict=True):
        torch.testing.assert_close(got, true, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("even", [False, True])
def test_rows_that_count_differently_after_all(even: bool) -> None:
    labels, upstream = torch.as_tensor(LABELS % 5), torch.linspace(-1.0, 2.0, N, dtype=torch.float64)

    def form(hidden: Any, weight: Any, bias: Any) -> Any:
        return FORMS["linear_cross_entropy"](None, hidden, labels, weight, bias, size=2, even=even)

    def plain(hidden: Any, weight: Any, bias: Any) -> Any:
        return al.cross_entropy(hidden @ weight.T + bias, labels, reduction="none")

    for got, true in zip(*(torch_slopes(f, False, upstream) for f in (form, plain)), strict=True):
        torch.testing.assert_close(got, true, rtol=1e-11, atol=1e-14)


def test_arrays_without_a_gradient() -> None:
    rows = TORCH.array(HIDDEN).requires_grad_()
    for f, wanted in ((lambda x: 2.0 * x, 2.0), (lambda x: x.detach(), 0.0)):
        value = ops.map_chunks(f, (rows,), (), chunk_size=2)
        (got,) = torch.autograd.grad(value.sum(), rows, materialize_grads=True)
        assert got.eq(wanted).all()


@pytest.mark.parametrize(("chunk_size", "least", "most"), [(8, 0.0, 0.25), (None, 1.0, 100.0)])
def test_a_gradient_of_numpy_needs_the_memory_of_a_chunk(chunk_size: int | None, least: float, most: float) -> None:
    """In logits of all rows; the second row is the guard seen to fail."""
    hidden, wide = RNG.standard_normal((512, FEATURES)), RNG.standard_normal((1000, FEATURES))
    labels = np.arange(512)
    loss = al.value_and_grad(lambda *x: al.linear_cross_entropy(*x, labels, chunk_size=chunk_size), (0, 1))
    loss(hidden, wide)  # what is imported and made on first use
    tracemalloc.start()
    try:
        loss(hidden, wide)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert least <= peak / (8 * 512 * 1000) <= most
