"""Reverse-mode differentiation over any array API namespace: the trace, the backward pass, the gradients.

A traced array wraps an array, or the traced array of an outer differentiation: derivatives of any order come from
nesting, because rules are written in functions of the namespace. Nothing is global but a counter, so threads cannot
disturb each other. What a function's derivative is stands in `rules.py`, here is only the machinery.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from agnostic_losses._typing import Namespace
from agnostic_losses.autodiff._box import Box, Node, count_up, plain, stop_gradient
from agnostic_losses.autodiff._namespace import TapeNamespace, tape_namespace
from agnostic_losses.autodiff._rule import Rule
from agnostic_losses.autodiff.fused import fused
from agnostic_losses.autodiff.rules_chunks import map_chunks
from agnostic_losses.backends import (
    array_namespace,
    concrete,
    device,
    is_array,
    native_function,
    register_backend,
)
from agnostic_losses.backends import shape as lengths_of

__all__ = ["Box", "TapeNamespace", "stop_gradient", "tape_namespace", "value_and_grad"]


def value_and_grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., tuple[Any, Any]]:
    """Make the function that returns f's value and its gradient.

    Parameters
    ----------
    f : callable
        Returns a 0-d real array.
    argnums : int or tuple of int
        The positions of the arguments to differentiate.

    Returns
    -------
    callable
        With the arguments of `f`; returns the value and the gradient, or a tuple of gradients for a tuple. A
        gradient has the type, shape and dtype of its argument, and is zero where `f` doesn't depend on it.

    Raises
    ------
    TypeError
        If an argument is no real floating array, or `f` returns none.
    ValueError
        If `f` returns an array that isn't 0-d.
    """
    positions = (argnums,) if isinstance(argnums, int) else tuple(argnums)

    def differentiated(*args: Any, **options: Any) -> tuple[Any, Any]:
        result, gradients = pull_back(f, positions, args, options)
        return result, gradients[0] if isinstance(argnums, int) else gradients

    return differentiated


def pull_back(
    f: Callable[..., Any],
    positions: tuple[int, ...],
    args: tuple[Any, ...],
    options: Mapping[str, Any] = MappingProxyType({}),
    upstream: Any = None,
) -> tuple[Any, tuple[Any, ...]]:
    """Return the value of `f`, and what its gradient `upstream` becomes at some arguments; for a scalar it is 1."""
    level = next(count_up)
    namespace, primals = _primals(args, positions)
    nested = any(type(args[position]) is Box for position in positions)
    leaves = [Node(None, (), (), x.shape) for x in primals]
    array_types = tuple({type(plain(x)) for x in primals})
    traced = [Box(x, namespace) if isinstance(x, array_types) else x for x in args]
    named = {k: Box(x, namespace) if isinstance(x, array_types) else x for k, x in options.items()}
    for position, primal, leaf in zip(positions, primals, leaves, strict=True):
        traced[position] = Box(primal, namespace, leaf, level)
    result = f(*traced, **named)
    _check_result(result, namespace, level, () if upstream is None else upstream.shape)
    if type(result) is Box and result._level == level:
        _run_backward(result, namespace, upstream)
        result = result._value
    gradients = _finish(leaves, primals, namespace)
    if nested:  # an outer differentiation goes on with what comes back
        result, gradients = namespace.boxed(result), tuple(map(namespace.boxed, gradients))
    elif type(result) is Box and not result._level:
        result = result._value
    return result, gradients


def _primals(args: tuple[Any, ...], positions: tuple[int, ...]) -> tuple[TapeNamespace, list[Any]]:
    named = {p % len(args) for p in positions if -len(args) <= p < len(args)}
    if not positions or len(named) < len(positions):
        raise ValueError(f"argnums {positions} must name distinct arguments of the {len(args)} positional ones")
    chosen = [args[p] for p in positions]
    for position, x in zip(positions, chosen, strict=True):
        if not is_array(x):
            raise TypeError(f"argument {position} must be a real floating array, got {type(x).__name__}")
    bases = [getattr(xp, "__wraps__", xp) for xp in map(array_namespace, chosen)]
    if any(base is not bases[0] for base in bases):
        raise TypeError(f"arguments {positions} must be arrays of one namespace")
    namespace = tape_namespace(bases[0])
    for position, x in zip(positions, chosen, strict=True):
        if not namespace.is_real(x.dtype):
            raise TypeError(f"argument {position} must be a real floating array, got dtype {x.dtype}")
    return namespace, [x if type(x) is Box and x._level else namespace._operand(plain(x)) for x in chosen]


def _check_result(result: Any, namespace: TapeNamespace, level: int, shape: tuple[int, ...]) -> None:
    if not hasattr(result, "shape") or not hasattr(result, "dtype"):
        raise TypeError(f"the function must return a 0-d real floating array, got {type(result).__name__}")
    if result.shape != shape:
        raise ValueError(f"the function must return a 0-d array, got shape {result.shape}; reduce it first")
    if not namespace.is_real(result.dtype):
        raise TypeError(f"the function must return a real floating array, got dtype {result.dtype}")
    if type(result) is Box and result._level > level:
        raise TypeError("the function used a traced array of an inner differentiation after its end")


def _finish(leaves: list[Node], primals: list[Any], namespace: TapeNamespace) -> tuple[Any, ...]:
    """Return gradients that the caller owns: no read-only view, no array that occurs twice."""
    base, gradients, seen = namespace.__wraps__, [], set()
    for leaf, primal in zip(leaves, primals, strict=True):
        gradient = leaf.gradient
        if gradient is None:
            gradient = base.zeros_like(plain(primal))
        elif gradient.shape != leaf.shape:
            gradient = (namespace if type(gradient) is Box else base).broadcast_to(gradient, leaf.shape)
        if type(gradient) is not Box:
            flags = getattr(gradient, "flags", None)
            owned = flags is not None and flags.owndata and flags.writeable and id(gradient) not in seen
            gradient = base.asarray(gradient, copy=None if owned else True)
            seen.add(id(gradient))
        gradients.append(gradient)
    return tuple(gradients)


def _run_backward(result: Box, namespace: TapeNamespace, upstream: Any) -> None:
    """Carry gradients from the result to the leaves, latest operation first, and free each one when done."""
    assert result._node is not None
    result._node.gradient = namespace.__wraps__.ones_like(plain(result)) if upstream is None else upstream
    for node in sorted(_ancestors(result._node), key=operator.attrgetter("number"), reverse=True):
        if node.rule is not None:
            _pull_back(node, node.rule)
            node.saved, node.parents, node.gradient = (), (), None


def _ancestors(node: Node) -> list[Node]:
    seen, stack = {id(node): node}, [node]
    while stack:
        for _, parent in stack.pop().parents:
            if id(parent) not in seen:
                seen[id(parent)] = parent
                stack.append(parent)
    return list(seen.values())


def _pull_back(node: Node, rule: Rule) -> None:
    namespace, out, arrays, extras, options = node.saved
    gradient, xp = node.gradient, namespace._plain
    if type(gradient) is Box or type(out) is Box or any(type(x) is Box for x in arrays):
        # An outer differentiation is watching: plain operands join it as constants.
        xp, lift = namespace, namespace.boxed
        gradient, out, arrays = lift(gradient), out if out is None else lift(out), [lift(x) for x in arrays]
    small = gradient.shape != node.shape
    if small and not (rule.elementwise and all(arrays[position].shape == node.shape for position, _ in node.parents)):
        gradient, small = xp.broadcast_to(gradient, node.shape), False
    parts = _parts(node, rule, (xp, gradient, out, *arrays, *extras), options)
    for (position, parent), part in zip(node.parents, parts, strict=True):
        part = fit(xp, part, arrays[position], broadcast=not (small or rule.spread))
        if parent.gradient is None:
            parent.gradient = part
        elif type(part) is Box or type(parent.gradient) is Box:
            parent.gradient = namespace.add(parent.gradient, part)
        else:
            parent.gradient = parent.gradient + part


def _parts(node: Node, rule: Rule, operands: tuple[Any, ...], options: dict[str, Any]) -> Sequence[Any]:
    """Return the gradients of a node's parents."""
    if rule.joint:
        joint: Any = rule.vjps[0]
        return joint(*operands, positions=tuple(position for position, _ in node.parents), **options)  # type: ignore[no-any-return]
    return [rule.vjp(position)(*operands, **options) for position, _ in node.parents]  # type: ignore[misc]


def fit(xp: Namespace, gradient: Any, like: Any, *, broadcast: bool = True) -> Any:
    """Sum a gradient over what broadcasting repeated, and cast it to the operand's dtype."""
    shape = like.shape
    if broadcast and gradient.shape != shape:
        extra = gradient.ndim - len(shape)
        kept = [axis for axis in range(len(shape)) if shape[axis] == 1 != gradient.shape[axis + extra]]
        gradient = xp.sum(gradient, axis=(*range(extra), *(axis + extra for axis in kept)))
        gradient = xp.reshape(gradient, shape)
    if gradient.dtype != like.dtype:
        if not xp.isdtype(gradient.dtype, "real floating"):
            raise TypeError(f"gradients through {gradient.dtype} arrays are not supported")
        gradient = xp.astype(gradient, like.dtype)
    return gradient


def _readable(x: Box) -> Any:
    """Return the values of a constant, as labels and masks are; those of traced arrays stay hidden."""
    return None if x._level else concrete(x._value)


def _dense(x: Box, name: str) -> Box:
    check = native_function(x._value, "as_dense")
    if check is not None:
        check(x._value, name)
    return x


NATIVE: dict[str, Callable[..., Any]] = {
    "stop_gradient": stop_gradient,
    "concrete": _readable,
    "as_dense": _dense,
    "device": lambda x: device(x._value),
    "shape": lambda x: lengths_of(plain(x)),
    "abs": lambda x: x.__array_namespace__().abs(x),
    "map_chunks": map_chunks,
    **{name: functools.partial(fused, name) for name in ("softplus", "binary_cross_entropy", "log_odds_against")},
}

register_backend("tape", package="agnostic_losses.autodiff.tape", array_types=("Box",), native=NATIVE)
