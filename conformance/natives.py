"""How the losses of the frameworks themselves fare at the extremes: what is not finite, and how far off the rest is.

Truth is our expression of the same loss in hundreds of digits, which `test_oracle.py` holds against the textbook.
"""

from __future__ import annotations

import ast
import functools
from typing import Any

import mpmath
import numpy as np

import agnostic_losses as al
from agnostic_losses._peers import Peer, table
from agnostic_losses.testing.criterion import ulp
from agnostic_losses.testing.inputs import total_of
from agnostic_losses.testing.reference import MPARRAY, numbers
from conformance.case import Point, Tree, leaves, refill
from conformance.cases import CASES
from conformance.expressions import arguments, compiled, free_names
from conformance.frameworks import NUMPY
from conformance.peers import Side, framework_of, native, ours
from conformance.report import NativeRow

DTYPE = "float32"
PRECISION = 400
"""Digits of the truth."""

WIDE = ("10000 classes",)
"""The kinds of points that are too large for many digits."""


def rows() -> list[Peer]:
    """Return the rows of the table whose two sides are one function, of the arguments of our case alone."""
    found = [peer for peer in table() if not peer.unexecuted and peer.agrees and not peer.only and _is_plain(peer)]
    # A call in several forms counts once.
    return list({(peer.name, peer.ours): peer for peer in found}.values())


def _is_plain(peer: Peer) -> bool:
    """Whether a row has the arguments of our case, no option that is an array, and one call of ours, maybe scaled."""
    expression = ast.parse(peer.ours, mode="eval").body
    while isinstance(expression, ast.BinOp) and isinstance(expression.op, (ast.Mult, ast.Div)):
        expression = expression.left
    return (
        isinstance(expression, ast.Call)
        and ast.unparse(expression.func) == f"al.{peer.loss}"
        and set(free_names(peer.ours)) <= {"al", *arguments(peer)}
        and set(arguments(peer)) == set(CASES[peer.loss][0].inputs)
        and not any({*free_names(ast.unparse(each.value))} & {*arguments(peer)} for each in expression.keywords)
    )


def extremes(peer: Peer) -> list[Point]:
    """Return the points at which a native loss is compared with ours."""
    points = CASES[peer.loss][0].extreme_points
    return [point for point in points if point.kind not in WIDE and not point.number]


def row(peer: Peer, *, own: bool = False) -> NativeRow:
    """Evaluate a native loss, or our own on the same framework, at all extremes."""
    found: dict[str, Any] = dict.fromkeys(("raised", "values", "gradients", "bad_values", "bad_gradients"), 0)
    errors = {"value_error": 0.0, "gradient_error": 0.0}
    points, side = extremes(peer), Side(peer, ours if own else native)
    for point in points:
        trees = {name: point.inputs(DTYPE)[name] for name in arguments(peer)}
        differentiated = framework_of(peer) is not NUMPY
        true_value, true_gradient = truth(peer.ours, arguments(peer), point, differentiated=differentiated)
        try:
            with np.errstate(over="ignore"):  # where squares overflow, NumPy says so
                value = side.value(trees)
            gradient = np.concatenate([x.ravel() for x in side.gradient(trees)]) if differentiated else None
        except Exception:
            found["raised"] += 1
            continue
        for what, got, true in (("value", value, true_value), ("gradient", gradient, true_gradient)):
            if got is None:
                continue
            finite, bad, error = _compared(got, true)
            found[f"{what}s"] += finite
            found[f"bad_{what}s"] += bad
            errors[f"{what}_error"] = max(errors[f"{what}_error"], error)
    name = peer.ours if own else peer.theirs
    return NativeRow(name, peer.loss, len(points), **found, **errors)


@functools.lru_cache(maxsize=64)
def truth(
    expression: str, names: tuple[str, ...], point: Point, *, differentiated: bool
) -> tuple[list[Any], list[Any]]:
    """Return the value and the gradient by the first argument of our expression, in high precision."""
    trees = {name: point.inputs(DTYPE)[name] for name in names}
    first = len(list(leaves(next(iter(trees.values())))))
    with mpmath.workdps(PRECISION):
        arrays = [MPARRAY.array(leaf) for tree in trees.values() for leaf in leaves(tree)]
        function = functools.partial(_call, compiled(expression, names), trees)
        value = numbers(function(*arrays))
        if not differentiated:
            return value, []
        gradients = al.grad(lambda *inner: total_of(function(*inner)), tuple(range(first)))(*arrays)
        return value, [number for part in gradients for number in numbers(part)]


def _call(function: Any, trees: dict[str, Tree], *arrays: Any) -> Any:
    rest = iter(arrays)
    return function(*[refill(tree, rest) for tree in trees.values()])


def _compared(got: Any, true: list[Any]) -> tuple[int, int, float]:
    """Return how many true numbers are finite, how many results there are not, and the largest error of the others."""
    results = np.asarray(got, dtype=np.float64).ravel().tolist()
    largest = float(np.finfo(DTYPE).max)
    pairs = [(mpmath.mpf(result), x) for result, x in zip(results, true, strict=True) if abs(x) <= largest]
    finite = [(result, x) for result, x in pairs if mpmath.isfinite(result)]
    unit = ulp(float(max((abs(x) for _, x in pairs), default=0)), DTYPE)
    with mpmath.workdps(PRECISION):
        error = max((float(abs(result - x) / unit) for result, x in finite), default=0.0)
    return len(pairs), len(pairs) - len(finite), error
