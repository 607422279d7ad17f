"""Fused forms on the tape: one recorded operation, whose first derivative the backend of the plain arrays has itself.

A form computes with plain arrays. Where an outer differentiation watches, the generic body stands for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agnostic_losses._typing import Namespace
from agnostic_losses.autodiff._box import Box, Node
from agnostic_losses.autodiff._rule import Rule
from agnostic_losses.backends import native_function


def fused(name: str, generic: Callable[..., Any], *arrays: Any, **options: Any) -> Any:
    """Evaluate a block by the form that its backend has under this name, else by its generic body."""
    namespace, level = arrays[0]._namespace, max(x._level for x in arrays if type(x) is Box)
    values = [x._value if type(x) is Box and x._level in (0, level) else x for x in arrays]
    form: Any = None if any(type(x) is Box for x in values) else native_function(values[0], name)
    if form is None or not hasattr(form, "serves") or not form.serves(*values):
        return generic(*arrays)
    value, saved = form.value(*values, **options)
    if not level:
        return Box(value, namespace)
    parents = tuple((n, x._node) for n, x in enumerate(arrays) if type(x) is Box and x._node and x._level == level)
    state = {"form": form, "generic": generic, "kept": saved, "given": options}
    return Box(value, namespace, Node(RULE, parents, (namespace, None, values, (), state), value.shape), level)


def _pull_back(
    xp: Namespace,
    g: Any,
    y: Any,
    *arrays: Any,
    positions: tuple[int, ...],
    form: Any,
    generic: Callable[..., Any],
    kept: tuple[Any, ...],
    given: dict[str, Any],
) -> tuple[Any, ...]:
    if type(g) is Box:
        from agnostic_losses.autodiff.tape import pull_back

        return pull_back(generic, positions, arrays, upstream=g)[1]
    found = form.gradient(g, tuple(n in positions for n in range(len(arrays))), kept, *arrays, **given)
    return tuple(found[position] for position in positions)


RULE = Rule("fused", (_pull_back,), variadic=True, joint=True)
