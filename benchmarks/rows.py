"""What is measured: rows of the table of peers as pairs of functions, and their arguments at a size.

No loss is listed by hand: a row of the table is measured if both sides are the same function of whole arrays.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from agnostic_losses._peers import Peer, table
from conformance.case import leaves, map_leaves, refill
from conformance.domains import Domain, Labels
from conformance.expressions import arguments, compiled, domains, free_names, home, is_executable, ordinary_values

SIZES = {"tiny": (8, 4), "medium": (256, 100), "large": (4096, 1000)}
"""Rows and columns (classes, features) by the name of a size."""

DTYPE = "float32"

MOST_ELEMENTS = 2**24
"""An argument with more, such as a matrix a row, has its rows and columns halved until it fits."""


@dataclass(frozen=True)
class Row:
    """One comparison: a call in another library, ours, and the arrays of both.

    Attributes
    ----------
    framework, loss : str
        Whose arrays it takes, and the name of our loss.
    theirs, ours : str
        The expressions.
    names : tuple of str
        The arrays in them.
    trees : mapping of str to NumPy arrays
        The arguments, or nests of arrays, by name; the first is the one to differentiate by.
    halvings : int
        How often rows and columns were halved until they fitted.
    """

    framework: str
    loss: str
    theirs: str
    ours: str
    names: tuple[str, ...]
    trees: Mapping[str, Any]
    halvings: int = 0

    @property
    def arrays(self) -> list[np.ndarray[Any, Any]]:
        """The arguments, flat."""
        return [leaf for tree in self.trees.values() for leaf in leaves(tree)]

    @property
    def sources(self) -> int:
        """How many of the flat arrays the first argument has."""
        return len(list(leaves(next(iter(self.trees.values())))))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the first array."""
        return tuple(self.arrays[0].shape)

    def function(self, expression: str) -> Callable[..., Any]:
        """Return one of the expressions as a function of the flat arrays; what it makes without them is made here."""
        call = _prepared(expression, self.names)
        if all(isinstance(tree, np.ndarray) for tree in self.trees.values()):
            return call
        forms = [map_leaves(lambda _: None, tree) for tree in self.trees.values()]

        def flat(*arrays: Any) -> Any:
            rest = iter(arrays)
            return call(*[refill(form, rest) for form in forms])

        return flat


class _Made(ast.NodeTransformer):
    """Takes out what is called with arrays but made without them, such as an object of a class of losses."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names, self.made = names, dict[str, Any]()

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        expression = ast.unparse(node.func)
        if isinstance(node.func, ast.Call) and not {*free_names(expression)} & {*self.names, *self.made}:
            name = f"made_{len(self.made)}"
            self.made[name] = compiled(expression, ())()
            node.func = ast.Name(name, ast.Load())
        return node


def _prepared(expression: str, names: tuple[str, ...]) -> Callable[..., Any]:
    parts = _Made(names)
    rest = ast.unparse(parts.visit(ast.parse(expression, mode="eval")))
    if not parts.made:
        return compiled(expression, names)
    call, made = compiled(rest, (*parts.made, *names)), tuple(parts.made.values())
    return lambda *arrays: call(*made, *arrays)


def peers(framework: str, losses: tuple[str, ...] = ()) -> list[Peer]:
    """Return the rows of a framework, of each function of its the first that is compared with a loss of ours."""
    found: dict[tuple[str, str], Peer] = {}
    for peer in table():
        if is_measured(peer) and home(peer) == framework and (not losses or peer.loss in losses):
            found.setdefault((peer.name, peer.loss), peer)
    return list(found.values())


def is_measured(peer: Peer) -> bool:
    """Whether a row can be executed, has the same function on both sides, and is one of whole arrays."""
    return is_executable(peer) and peer.agrees and not any(map(_reads_one_entry, (peer.theirs, peer.ours)))


def _reads_one_entry(expression: str) -> bool:
    """Whether an expression takes an entry or a row out of an array by number."""
    found = [node.slice for node in ast.walk(ast.parse(expression)) if isinstance(node, ast.Subscript)]
    numbers = [part for index in found for part in (index.elts if isinstance(index, ast.Tuple) else [index])]
    first = any(isinstance(part, ast.Constant) and part.value == 0 for part in numbers)
    return first and "sample_weight" not in expression


def at_size(peer: Peer, size: tuple[int, int]) -> Row:
    """Return a row with ordinary arguments of a size, always the same ones."""
    found = domains(peer)
    first: Domain = next(leaves(found[next(iter(found))]))
    classes = _classes_of(found, first)
    halvings, wanted = 0, size
    while _elements(scaled := _at_size(found, first, classes, size)) > MOST_ELEMENTS:
        halvings += 1
        size = halved(wanted, halvings)
    rng = np.random.default_rng(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trees = {name: map_leaves(lambda x: ordinary_values(x, rng, DTYPE), tree) for name, tree in scaled.items()}
    if "where" in trees:
        trees["where"].flat[:2] = (True, False)
    theirs, ours = (_for_classes(x, classes, size[1]) for x in (peer.theirs, peer.ours))
    return Row(home(peer), peer.loss, theirs, ours, arguments(peer), trees, halvings)


def halved(size: tuple[int, int], halvings: int) -> tuple[int, int]:
    """Return a size that is halved some times."""
    rows, columns = (max(length >> halvings, 1) for length in size)
    return rows, columns


def _at_size(found: Mapping[str, Any], first: Domain, classes: int | None, size: tuple[int, int]) -> dict[str, Any]:
    return {name: map_leaves(lambda x: _scaled(x, first, classes, size), tree) for name, tree in found.items()}


def _elements(found: Mapping[str, Any]) -> int:
    """Return how many elements the largest array has."""
    return max(int(np.prod(domain.shape)) for tree in found.values() for domain in leaves(tree))


def _classes_of(found: Mapping[str, Any], first: Domain) -> int | None:
    """Return how many classes the labels of a case are of, None where it has none that the last axis counts."""
    labels = [domain for tree in found.values() for domain in leaves(tree) if isinstance(domain, Labels)]
    return next((x.n_classes for x in labels if first.shape and x.n_classes == first.shape[-1]), None)


def _scaled(domain: Domain, first: Domain, classes: int | None, size: tuple[int, int]) -> Domain:
    """Return a domain with the rows and the columns of the first array at a size; other lengths stay."""
    lengths = list(domain.shape)
    if len(first.shape) == 1:
        lengths = [size[0] * size[1] if length == first.shape[0] else length for length in lengths]
    elif first.shape:
        for axis, length in enumerate(lengths):
            if axis == 0 and length == first.shape[0]:
                lengths[axis] = size[0]
            elif length == first.shape[-1] and not (axis == 0 and len(lengths) == len(first.shape) > 1):
                lengths[axis] = size[1]
    scaled = replace(domain, shape=tuple(lengths))
    if isinstance(scaled, Labels) and scaled.n_classes == classes:
        scaled = replace(scaled, n_classes=size[1])
    return scaled


class _Classes(ast.NodeTransformer):
    """Puts another number of classes into an expression: into calls of one_hot, and lists of all labels."""

    def __init__(self, old: int, new: int) -> None:
        self.old, self.new = old, new

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        if ast.unparse(node.func).endswith("one_hot"):
            node.args = [node.args[0], *(self._number(part) for part in node.args[1:])]
        return node

    def _number(self, node: ast.expr) -> ast.expr:
        same = isinstance(node, ast.Constant) and node.value == self.old
        return ast.Constant(self.new) if same else node

    def visit_List(self, node: ast.List) -> ast.expr:
        numbers = [part.value for part in node.elts if isinstance(part, ast.Constant)]
        same = numbers == list(range(self.old))
        return ast.parse(f"list(range({self.new}))", mode="eval").body if same else node


def _for_classes(expression: str, old: int | None, new: int) -> str:
    if old is None:
        return expression
    return ast.unparse(_Classes(old, new).visit(ast.parse(expression, mode="eval")))
