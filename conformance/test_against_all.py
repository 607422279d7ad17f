"""Losses of every row against all others, a chunk at a time: all derivatives, and no array of all pairs anywhere."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from conformance.frameworks import FOUR, JAX, TENSORFLOW, TORCH, Framework, largest_in_graph, largest_saved

N, FEATURES, CHUNK = 12, 3, 5
RNG = np.random.default_rng(11)
FIRST, SECOND = (RNG.standard_normal((N, FEATURES)) for _ in range(2))
CLASSES = np.asarray([4, 7, 4, 4, -1, 7, 4, 0, 0, 7, 4, 4])
PRESENT = np.arange(N) % 5 != 3
LEARNED = {"temperature": 0.75, "scale": 2.0, "bias": -0.5}
"""Parameters that can be learned, and where."""

LOSSES = [
    name
    for name, info in al.LOSSES.items()
    if info.family in ("contrastive", "multimodal") and "chunk_size" in inspect.signature(info.function).parameters
]
each = pytest.mark.parametrize("name", LOSSES)


def each_on(frameworks: Sequence[Framework], ordinary: Mapping[Framework, Collection[str]]) -> Any:
    """Make a test of each loss on each framework; those that take seconds have a few losses in an ordinary run."""
    pairs = [
        pytest.param(
            *(name, framework),
            id=f"{name}-{framework}",
            marks=() if name in ordinary.get(framework, LOSSES) else pytest.mark.exhaustive,
        )
        for name in LOSSES
        for framework in frameworks
    ]
    return pytest.mark.parametrize(("name", "framework"), pairs)


def learned(name: str) -> list[str]:
    """Return the names of the parameters of a loss that can be learned."""
    return [option for option in LEARNED if option in inspect.signature(al.LOSSES[name].function).parameters]


def loss(name: str, first: Any, second: Any, *parameters: Any, chunk_size: int | None) -> Any:
    """Return the masked mean of a loss; parameters that are not given are as by default."""
    classes = [CLASSES, CLASSES] if name == "supervised_contrastive" else []
    options = dict(zip(learned(name), parameters, strict=False))
    return al.LOSSES[name].function(first, second, *classes, **options, where=PRESENT, chunk_size=chunk_size)


def slopes(f: Any, *arrays: Any) -> Any:
    """Return the sum of the squares of all gradients, whose gradient holds second derivatives of every pair."""
    space = al.array_namespace(*arrays)
    return sum(space.sum(space.square(part)) for part in al.grad(f, tuple(range(len(arrays))))(*arrays))


@each_on(FOUR, ordinary={JAX: (), TENSORFLOW: ("siglip",)})
def test_all_derivatives_are_those_of_the_full_form(name: str, framework: Framework) -> None:
    data = [FIRST, SECOND, *(np.asarray(LEARNED[option]) for option in learned(name))]
    argnums = tuple(range(len(data)))
    mine, full = (functools.partial(loss, name, chunk_size=size) for size in (CHUNK, None))
    for f, g in ((mine, full), (functools.partial(slopes, mine), functools.partial(slopes, full))):
        value, gradients = framework.brisk(al.value_and_grad(f, argnums))(*map(framework.array, data))
        wanted, wanted_gradients = al.value_and_grad(g, argnums)(*data)
        np.testing.assert_allclose(framework.numpy(value), wanted, rtol=1e-12)
        for got, true in zip(gradients, wanted_gradients, strict=True):
            np.testing.assert_allclose(framework.numpy(got), true, rtol=1e-10, atol=1e-12 * np.max(np.abs(true)))


@each
def test_no_array_of_all_pairs_is_kept(name: str) -> None:
    """The last line is the guard seen to fail, here and below: without chunks they are kept."""

    def kept(chunk_size: int | None) -> int:
        chosen = functools.partial(loss, name, second=TORCH.array(SECOND), chunk_size=chunk_size)
        return largest_saved(chosen, TORCH.array(FIRST), other_than=-1)

    assert kept(CHUNK) <= 2 * N * FEATURES
    assert kept(None) >= N * N


@each_on((JAX, TENSORFLOW), ordinary={TENSORFLOW: ("siglip",)})
def test_no_array_of_all_pairs_is_in_the_graph(name: str, framework: Framework) -> None:
    def largest(chunk_size: int | None) -> int:
        f = al.value_and_grad(functools.partial(loss, name, chunk_size=chunk_size), (0, 1))
        return largest_in_graph(framework, f, framework.array(FIRST), framework.array(SECOND))

    assert largest(CHUNK) <= CHUNK * 2 * N
    assert largest(None) >= N * N
