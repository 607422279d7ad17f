"""The expressions of the table of peers: what they name, and functions of it. No framework is imported here.

What executing a row takes of a framework is in `peers.py`, and for timing in `benchmarks`.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import importlib.util
import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

import agnostic_losses as al
from agnostic_losses._peers import Peer
from conformance.case import leaves
from conformance.cases import CASES
from conformance.domains import Binary, Domain, Flag, LogSimplex, Positive, Probability, Real, Simplex

HOMES = {
    "torch": "torch",
    "keras": "tensorflow",
    "tf": "tensorflow",
    "optax": "jax",
    "sklearn": "numpy",
    "scipy": "numpy",
    "pytorch_metric_learning": "torch",
    "monai": "torch",
    "rax": "jax",
}
"""The framework of each library's arrays, by the first part of its dotted names."""

SHORT_NAMES = {"np": "numpy", "jnp": "jax.numpy", "tf": "tensorflow", "al": "agnostic_losses"}

SUBMODULES = {"pytorch_metric_learning": ("distances", "losses", "miners", "reducers")}

RESTRICTED: dict[str, Callable[[Domain], Domain]] = {
    "0 or 1": lambda domain: Binary(domain.shape),
    "probabilities": lambda domain: Probability(domain.shape),
    "sum to 1": lambda domain: Simplex(domain.shape),
    "one array": lambda domain: Real((3, 2)),
    "one a query": lambda domain: replace(domain, shape=(3, *domain.shape[1:])),
    "one a row": lambda domain: Positive((*domain.shape[:-1], 1)),
}
"""What a restriction in `Peer.only` makes of an argument's domain."""


def is_executable(peer: Peer) -> bool:
    """Whether a row can be executed here: its library is one that the suite installs, or is there nevertheless."""
    installed = peer.is_optional and importlib.util.find_spec(peer.name.partition(".")[0]) is not None
    return installed or not peer.unexecuted


def home(peer: Peer) -> str:
    """Name the framework whose arrays a peer takes."""
    return HOMES[peer.name.partition(".")[0]]


def module(root: str) -> Any:
    """Import what the first part of a dotted name stands for, with the modules that it does not import itself."""
    for name in SUBMODULES.get(root, ()):
        importlib.import_module(f"{root}.{name}")
    return importlib.import_module(SHORT_NAMES.get(root, root))


def free_names(expression: str) -> tuple[str, ...]:
    """Return the names in an expression that are no builtins, in order."""
    found = [node.id for node in ast.walk(ast.parse(expression, mode="eval")) if isinstance(node, ast.Name)]
    return tuple(dict.fromkeys(name for name in found if not hasattr(builtins, name)))


def arguments(peer: Peer) -> tuple[str, ...]:
    """Return the arrays of a row: arguments of our loss that either expression names, in the order of its signature."""
    named = {*free_names(peer.theirs), *free_names(peer.ours)}
    return tuple(name for name in inspect.signature(al.LOSSES[peer.loss].function).parameters if name in named)


def compiled(expression: str, names: tuple[str, ...]) -> Callable[..., Any]:
    """Return an expression as a function of what it names."""
    roots = {name: module(name) for name in free_names(expression) if name not in names}
    return eval(f"lambda {', '.join(names)}: {expression}", roots)  # type: ignore[no-any-return]


def domains(peer: Peer) -> dict[str, Any]:
    """Return the domain of each array: the case's, options of ours besides, narrowed as the row says."""
    inputs = CASES[peer.loss][0].inputs
    first = next(leaves(next(iter(inputs.values()))))
    labelled = {"labels", "target_probs"} & inputs.keys()
    rows = first.shape[:-1] if labelled else first.shape
    extra = {
        "weights": Positive(rows),
        "where": Flag(rows),
        "mask": Flag(rows),
        "class_weights": Positive(first.shape[-1:]),
        "pos_weight": Positive(first.shape[-1:]),
    }
    found = {name: inputs[name] if name in inputs else extra[name] for name in arguments(peer)}
    return {name: RESTRICTED[peer.only[name]](found[name]) if name in peer.only else found[name] for name in found}


def ordinary_values(domain: Domain, rng: np.random.Generator, dtype: str) -> np.ndarray[Any, Any]:
    """Return ordinary values; log-probabilities that sum to 1 to the last digit, since some libraries see to that."""
    values = np.asarray(domain.draw(rng, dtype))
    if isinstance(domain, LogSimplex):
        values = values - np.logaddexp.reduce(values, axis=domain.axis, keepdims=True)
    return values
