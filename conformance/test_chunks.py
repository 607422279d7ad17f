"""Chunks of rows in the frameworks and on the tape: the same numbers and derivatives, and nothing kept of a chunk."""

from __future__ import annotations

import functools
import tracemalloc
from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from conformance.frameworks import FOUR, TORCH, Framework, largest_saved

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
