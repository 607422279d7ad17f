"""Gradients of NumPy through the package's tape, beside gradients that are written out by hand."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import agnostic_losses as al
from benchmarks import timing

Array = np.ndarray[Any, Any]

ELEMENTS = 100_000
CLASSES = 100


def squared_error(predictions: Array, targets: Array) -> tuple[Any, Array]:
    """Return the mean squared error and its gradient."""
    error = predictions - targets
    return np.mean(error * error), error * (2.0 / error.size)


def binary_cross_entropy_with_logits(logits: Array, targets: Array) -> tuple[Any, Array]:
    """Return the mean cross entropy of two classes and its gradient."""
    decay = np.exp(-np.abs(logits))
    values = np.maximum(logits, 0.0) - logits * targets + np.log1p(decay)
    probs = np.where(logits > 0, 1.0, decay) / (1.0 + decay)
    return np.mean(values), (probs - targets) / logits.size


def cross_entropy(logits: Array, labels: Array) -> tuple[Any, Array]:
    """Return the mean cross entropy of softmax and its gradient."""
    places = (np.arange(len(labels)), labels)
    odds = np.exp(logits - np.max(logits, axis=-1, keepdims=True))
    probs = odds / np.sum(odds, axis=-1, keepdims=True)
    value = -np.mean(np.log(probs[places]))
    probs[places] -= 1.0
    return value, probs / len(labels)


HANDWRITTEN: tuple[Callable[..., tuple[Any, Array]], ...] = (
    squared_error,
    binary_cross_entropy_with_logits,
    cross_entropy,
)
"""Each under the name of the loss of ours that it is."""


def inputs(loss: str, elements: int = ELEMENTS) -> tuple[Array, Array]:
    """Return the arguments of a loss."""
    rng = np.random.default_rng(0)
    first = rng.standard_normal((elements // CLASSES, CLASSES)).astype(np.float32)
    if loss == "cross_entropy":
        return first, rng.integers(0, CLASSES, len(first))
    return first, rng.uniform(size=first.shape).astype(np.float32)


def measured(seconds: float, losses: tuple[str, ...] = ()) -> Iterator[dict[str, Any]]:
    """Yield the figures, as the worker's."""
    for theirs in HANDWRITTEN:
        loss = theirs.__name__
        if losses and loss not in losses:
            continue
        arrays = inputs(loss)
        ours = al.value_and_grad(getattr(al, loss))
        found = timing.compare(lambda: ours(*arrays), lambda: theirs(*arrays), seconds, time.process_time)  # noqa: B023
        yield {
            "framework": "numpy",
            "loss": loss,
            "name": "by hand",
            "theirs": "by hand",
            "ours": f"al.value_and_grad(al.{loss})",
            "size": "tape",
            "shape": arrays[0].shape,
            "form": "eager",
            "what": "gradient",
            **found.as_dict(),
        }
