"""Options that lie outside of their rule are refused, in whatever form the number comes."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import agnostic_losses as al

X = np.asarray([0.5, -1.0, 2.0], dtype=np.float32)
ROWS = np.asarray([[0.5, -1.0, 2.0], [1.0, 0.0, -0.5]], dtype=np.float32)
LABELS = np.asarray([0, 2])

CALLS = {
    "delta": lambda v: al.huber(X, 0.0, delta=v),
    "gamma": lambda v: al.sigmoid_focal(X, 1.0, gamma=v),
    "alpha": lambda v: al.sigmoid_focal(X, 1.0, alpha=v),
    "label_smoothing": lambda v: al.cross_entropy(ROWS, LABELS, label_smoothing=v),
    "margin": lambda v: al.triplet_margin(ROWS, ROWS, ROWS, margin=v),
    "gamma_positive": lambda v: al.asymmetric(X, 1.0, gamma_positive=v),
    "gamma_negative": lambda v: al.asymmetric(X, 1.0, gamma_negative=v),
    "clip": lambda v: al.asymmetric(X, 1.0, clip=v),
    "p": lambda v: al.multi_margin(ROWS, LABELS, p=v),
    "smooth": lambda v: al.dice(ROWS, ROWS, smooth=v),
    "discount": lambda v: al.temporal_difference(X, X, X, discount=v),
    "temperature": lambda v: al.info_nce(ROWS, ROWS, temperature=v),
    "base": lambda v: al.entropy(ROWS, base=v),
    "l1": lambda v: al.elastic_net_penalty(X, l1=v),
    "bandwidth": lambda v: al.mmd(X, X, bandwidth=(1.0, v)),
}

CHUNKED = [name for name, info in al.LOSSES.items() if "chunk_size" in inspect.signature(info.function).parameters]


@pytest.mark.parametrize("value", [-1.0, np.float32(-1.0), np.asarray(-1.0), float("nan"), float("inf")], ids=repr)
@pytest.mark.parametrize("name", CALLS)
def test_a_number_outside_of_its_range(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"^{name} must"):
        CALLS[name](value)


@pytest.mark.parametrize("value", ["1", True, 1j, np.ones((2, 1))], ids=repr)
@pytest.mark.parametrize("name", sorted(CALLS.keys() - {"temperature"}))
def test_what_is_no_number(name: str, value: Any) -> None:
    with pytest.raises(TypeError, match=f"^{name} must be a number"):
        CALLS[name](value)


def test_an_exponent_between_two_that_are_there() -> None:
    with pytest.raises(ValueError, match=r"^p must be 1 or 2, got 1.5"):
        al.multi_margin(ROWS, LABELS, p=1.5)  # type: ignore[arg-type]


def test_a_numpy_number_does_not_promote() -> None:
    assert al.huber(X, 0.0, delta=np.float64(1.0)).dtype == np.float32


@pytest.mark.parametrize("temperature", [np.ones(3), np.ones((2, 1))])
def test_a_temperature_is_a_scalar(temperature: Any) -> None:
    with pytest.raises(ValueError, match=r"^temperature must"):
        al.info_nce(ROWS, ROWS, temperature=temperature)


@pytest.mark.parametrize("axis", [None, (), 1.0, True, (1,)])
@pytest.mark.parametrize("name", ["kl_divergence", "cosine_distance", "soft_cross_entropy", "jensen_shannon"])
def test_an_axis_is_one_integer(name: str, axis: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"^axis must"):
        getattr(al, name)(ROWS, ROWS, axis=axis)


@pytest.mark.parametrize("offset", [1, -1, 0.5, True])
def test_an_offset_leaves_a_key_to_every_query(offset: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"^offset must"):
        al.info_nce(ROWS, ROWS, offset=offset)


@pytest.mark.parametrize("ignored", [1.5, "1", True])
def test_an_ignored_index_is_an_integer(ignored: Any) -> None:
    with pytest.raises(TypeError, match=r"^ignore_index must"):
        al.cross_entropy(ROWS, LABELS, ignore_index=ignored)


def test_layers_are_a_sequence_of_equal_batches() -> None:
    with pytest.raises(TypeError, match="sequences of arrays"):
        al.perceptual(ROWS, ROWS)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"features\[1\]"):
        al.perceptual([ROWS, ROWS[:1]], [ROWS, ROWS[:1]])


@pytest.mark.parametrize("loss", [al.info_nce, al.nt_xent])
def test_an_empty_batch_costs_nothing(loss: Any) -> None:
    assert float(loss(ROWS[:0], ROWS[:0])) == 0.0


def test_a_kernel_has_a_bandwidth() -> None:
    with pytest.raises(ValueError, match="bandwidth must be a positive number or several"):
        al.mmd(X, X, bandwidth=())


def test_one_number_has_no_unbiased_discrepancy() -> None:
    assert np.isnan(al.mmd([1.0], [1.0], unbiased=True))
    assert al.mmd([1.0], [1.0]) == 0.0


@pytest.mark.parametrize("chunk_size", [0, -1, 2.0, True, "2"])
@pytest.mark.parametrize("name", CHUNKED)
def test_a_chunk_size_is_looked_at_before_anything_else(name: str, chunk_size: Any) -> None:
    function = al.LOSSES[name].function
    data = [p for p in inspect.signature(function).parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    with pytest.raises(ValueError, match=r"^chunk_size must be a positive integer or None, got"):
        function(*[None for _ in data], chunk_size=chunk_size)
