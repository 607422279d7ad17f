"""The table of peers as callables: the calls of other libraries and ours, on the arrays of their framework.

What a row says is in `agnostic_losses._peers`, and what its expressions name in `expressions.py`; here is what
executing it takes. Nothing is compared here.
"""

from __future__ import annotations

import importlib
import os
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import agnostic_losses as al
from agnostic_losses._peers import Peer, table
from conformance.case import Tree, leaves, map_leaves, refill
from conformance.expressions import arguments, compiled, domains, home, ordinary_values
from conformance.frameworks import JAX, NUMPY, TENSORFLOW, TORCH, Framework

os.environ["KERAS_BACKEND"] = "tensorflow"

with warnings.catch_warnings():
    # What a library deprecates inside itself while it is imported is none of our business.
    warnings.simplefilter("ignore")
    for _name in ("keras", "optax.losses", "sklearn.metrics", "sklearn._loss.loss", "scipy.special", "scipy.stats"):
        importlib.import_module(_name)

FRAMEWORKS = {framework.name: framework for framework in (NUMPY, TORCH, JAX, TENSORFLOW)}

READS_VALUES = ("optax.losses.dice_loss(probs, targets, apply_softmax=False, axis=0)",)
"""Calls that look at numbers, and can't be compiled."""


def framework_of(peer: Peer) -> Framework:
    """Return the framework whose arrays a peer takes."""
    return FRAMEWORKS[home(peer)]


def native(peer: Peer) -> Callable[..., Any]:
    """Return the peer's call as a function of arrays of its framework, in the order of `arguments`."""
    call = compiled(peer.theirs, arguments(peer))

    def quietly(*arrays: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's mean of a divergence, SciPy's 0 / 0: theirs, not ours
            return call(*arrays)

    return quietly


def ours(peer: Peer) -> Callable[..., Any]:
    """Return our expression as a function of the same arrays."""
    return compiled(peer.ours, arguments(peer))


def inputs(peer: Peer, dtype: str) -> dict[str, Tree]:
    """Return ordinary arguments as NumPy arrays, always the same ones; a mask has both values."""
    rng = np.random.default_rng(len(peer.theirs))
    drawn = {
        name: map_leaves(lambda domain: ordinary_values(domain, rng, dtype), tree)
        for name, tree in domains(peer).items()
    }
    if "where" in drawn:
        drawn["where"].flat[:2] = (True, False)
    return drawn


def example_inputs(peer: Peer) -> dict[str, Tree]:
    """Return the arguments of a row's example as NumPy arrays."""
    assert peer.example is not None
    arrays = {name: np.asarray(peer.example.inputs[name]) for name in arguments(peer)}
    dtype = peer.example.dtype
    return {name: array.astype(dtype) if array.dtype.kind == "f" else array for name, array in arrays.items()}


class Side:
    """Either side of a row, with its gradient, at NumPy trees of any values; prepared once, for all of them."""

    def __init__(self, peer: Peer, side: Callable[[Peer], Callable[..., Any]]) -> None:
        self.function, self.framework = side(peer), framework_of(peer)
        self._brisk: Callable[..., Any] = (lambda f: f) if peer.theirs in READS_VALUES else self.framework.brisk
        self._form: Mapping[str, Tree] = {}
        self._value = self._brisk(self._call)
        self._gradient: dict[int, Callable[..., Any]] = {}

    def _call(self, *arrays: Any) -> Any:
        rest = iter(arrays)
        return self.function(*[refill(tree, rest) for tree in self._form.values()])

    def _total(self, *arrays: Any) -> Any:
        result = self._call(*arrays)
        return al.array_namespace(result).sum(result)

    def _arrays(self, trees: Mapping[str, Tree]) -> list[Any]:
        self._form = trees
        return [self.framework.array(leaf) for tree in trees.values() for leaf in leaves(tree)]

    def value(self, trees: Mapping[str, Tree]) -> np.ndarray[Any, Any]:
        """Return the value."""
        result = self._value(*self._arrays(trees))
        return self.framework.numpy(result) if isinstance(result, self.framework.array_type) else np.asarray(result)

    def gradient(self, trees: Mapping[str, Tree]) -> list[np.ndarray[Any, Any]]:
        """Return the gradient of the sum by the first argument, by the framework's own differentiation."""
        count = len(list(leaves(next(iter(trees.values())))))
        if count not in self._gradient:
            self._gradient[count] = self._brisk(al.grad(self._total, tuple(range(count))))
        return [self.framework.numpy(part) for part in self._gradient[count](*self._arrays(trees))]


def exports(library: str) -> set[str]:
    """Return the dotted names of the losses that a library has: what its modules of losses export."""
    modules = {
        "torch": ("torch.nn.functional", "torch.nn"),
        "keras": ("keras.losses",),
        "optax": ("optax.losses",),
        "sklearn": ("sklearn.metrics",),
        "tensorflow": ("tensorflow.nn",),
    }
    marks = ("loss", "Loss", "entropy", "error", "deviance", "kl_div", "imilarity", "tf.nn")
    found = set()
    for name in modules[library]:
        for attribute, value in vars(importlib.import_module(name)).items():
            whole = name in ("keras.losses", "optax.losses")
            if callable(value) and not attribute.startswith("_") and (whole or any(m in attribute for m in marks)):
                found.add(f"{name.replace('tensorflow', 'tf')}.{attribute}")
    return found


UNMAPPED = {
    **dict.fromkeys(("keras.losses.Loss", "keras.losses.get"), "no loss, but what makes or finds one"),
    **dict.fromkeys(("keras.losses.serialize", "keras.losses.deserialize"), "no loss, but what stores and loads one"),
    **dict.fromkeys(
        ("tf.nn.compute_average_loss", "tf.nn.scale_regularization_loss"), "a reduction on several devices"
    ),
    **dict.fromkeys(("sklearn.metrics.hamming_loss", "sklearn.metrics.zero_one_loss"), "has no gradient"),
    **dict.fromkeys(("sklearn.metrics.coverage_error", "sklearn.metrics.label_ranking_loss"), "has no gradient"),
    **dict.fromkeys(("sklearn.metrics.max_error", "sklearn.metrics.median_absolute_error"), "depends on one sample"),
    **dict.fromkeys(("sklearn.metrics.d2_absolute_error_score", "sklearn.metrics.d2_log_loss_score"), "a score"),
    "torch.nn.AdaptiveLogSoftmaxWithLoss": "a layer, with parameters of its own",
    **dict.fromkeys(
        ("tf.nn.nce_loss", "tf.nn.sampled_softmax_loss"), "draws classes at random, with weights of a layer"
    ),
    "optax.losses.smooth_labels": "no loss: `ops.smooth_labels`",
    "optax.losses.make_fenchel_young_loss": "makes a loss of a function, as `fenchel_young` does",
}
"""What other libraries export beside their losses, or has no counterpart, and why."""


def without_row(library: str) -> set[str]:
    """Return the losses of a library that no row names."""
    return exports(library) - {name for peer in table() for name in peer.names}
