"""The namespace of traced arrays: it computes with the base namespace and records what was done.

Which function has which derivative is in `rules.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from agnostic_losses._typing import Namespace
from agnostic_losses.autodiff._box import Box, Node, plain
from agnostic_losses.autodiff._rule import Like, Rule
from agnostic_losses.autodiff.rules import CALLS, CONSTANT, CREATION, OF_DTYPE, PASSED_THROUGH, REFUSED, RULES


class PlainNamespace:
    """The base namespace and the primitives that it lacks: what rules compute with where nothing is traced."""

    def __init__(self, base: Namespace) -> None:
        self._base = base

    def __getattr__(self, name: str) -> Any:
        rule = RULES.get(name)
        own = rule is not None and rule.forward is not None
        function = rule.forward(self._base) if own else getattr(self._base, name)  # type: ignore[union-attr,misc]
        self.__dict__[name] = function
        return function


class TapeNamespace:
    """The array API functions of a namespace, for traced arrays.

    Attributes
    ----------
    __wraps__ : module
        The namespace of the plain arrays inside, which may stand beside traced ones as constants.
    """

    def __init__(self, base: Namespace) -> None:
        self.__wraps__ = base
        self._plain = PlainNamespace(base)
        self._array = type(base.asarray(0.0))
        self._scalars = frozenset((bool, int, float, type(base.pi)))
        self._native = self._scalars | {self._array}
        self._real: dict[Any, bool] = {}

    def __repr__(self) -> str:
        return f"<differentiating namespace over {getattr(self.__wraps__, '__name__', self.__wraps__)}>"

    def __getattr__(self, name: str) -> Any:
        """Make the function of this name on first use and keep it."""
        function: Any
        if name in RULES:
            function = _record(self, RULES[name])
        elif name in CALLS:
            function = _call(self, CALLS[name])
        elif name in CONSTANT:
            function = _constant(self, getattr(self.__wraps__, name))
        elif name in CREATION:
            function = _create(self, getattr(self.__wraps__, name))
        elif name == "isdtype":
            function = functools.cache(self.__wraps__.isdtype)
        elif name in PASSED_THROUGH:
            function = getattr(self.__wraps__, name)
        elif name in OF_DTYPE:
            function = _of_dtype(getattr(self.__wraps__, name))
        elif name in REFUSED:
            function = _refuse(name)
        else:
            raise AttributeError(f"{name!r} is not a function of the array API standard that {self!r} provides")
        self.__dict__[name] = function
        return function

    def _operand(self, x: Any) -> Any:
        """Return a constant as the base namespace computes with it, or reject what it doesn't know."""
        if type(x) in self._native:
            return x
        if hasattr(x, "__array_interface__"):  # NumPy's arrays and scalars: data beside any array
            return self.__wraps__.asarray(x)
        raise TypeError(
            f"{self!r} takes traced arrays, arrays of its base namespace, NumPy arrays and real numbers; "
            f"got {type(x).__module__}.{type(x).__name__}"
        )

    def is_real(self, dtype: Any) -> bool:
        """Whether a dtype is real floating, remembered."""
        if dtype not in self._real:
            self._real[dtype] = self.__wraps__.isdtype(dtype, "real floating")
        return self._real[dtype]

    def boxed(self, x: Any) -> Any:
        """Box an array as a constant; leave traced arrays, numbers and all that is no array as they are."""
        if type(x) is self._array or (hasattr(x, "__array_interface__") and not isinstance(x, type)):
            return Box(self._operand(x), self)
        return x


_NAMESPACES: dict[int, TapeNamespace] = {}


def tape_namespace(base: Namespace) -> TapeNamespace:
    """Return the one differentiating namespace over `base`."""
    found = _NAMESPACES.get(id(base))
    return found if found is not None else _NAMESPACES.setdefault(id(base), TapeNamespace(base))


def _record(namespace: TapeNamespace, rule: Rule) -> Callable[..., Any]:
    """Make the function that computes with the base namespace and notes the operation in the innermost trace."""
    forward = getattr(namespace._plain, rule.name)
    count, operand = rule.arrays, namespace._operand
    constant = frozenset(i for i, vjp in enumerate(rule.vjps) if vjp is None)
    native, scalars = namespace._native, namespace._scalars

    def function(*args: Any, **options: Any) -> Any:
        level = 0
        for x in args[:count]:
            if type(x) is Box and x._level > level:
                level = x._level
        values: list[Any] = []
        parents: list[tuple[int, Node]] = []
        nested = False
        for position, x in enumerate(args[:count]):
            if type(x) is Box:
                if x._node is not None and x._level == level:
                    if position not in constant:
                        parents.append((position, x._node))
                    x = x._value
                elif not x._level:
                    x = x._value
                nested = nested or type(x) is Box
            if type(x) not in native and type(x) is not Box:
                x = operand(x)
            values.append(x)
        extras = args[count:]
        out = function(*values, *extras, **options) if nested else forward(*values, *extras, **options)
        if not parents:
            return out if type(out) is Box else Box(out, namespace)
        saved = values if rule.inputs else [x if type(x) in scalars else Like(x.shape, x.dtype) for x in values]
        state = (namespace, out if rule.output else None, saved, extras, options)
        node = Node(rule, tuple(parents), state, out.shape)
        return Box(out, namespace, node, level)

    function.__name__ = rule.name
    return function


def _call(namespace: TapeNamespace, definition: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function that is written in others; it sees every array as a Box."""

    def function(*args: Any, **options: Any) -> Any:
        return definition(namespace, *map(namespace.boxed, args), **options)

    function.__name__ = definition.__name__
    return function


def _constant(namespace: TapeNamespace, forward: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function without derivative: it sees plain arrays and gives constants."""
    native, operand = namespace._native, namespace._operand

    def function(*args: Any, **options: Any) -> Any:
        values = [x if type(x) in native else operand(x) for x in map(plain, args)]
        return namespace.boxed(forward(*values, **{k: plain(v) for k, v in options.items()}))

    return function


def _create(namespace: TapeNamespace, forward: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function that makes a constant from numbers; a traced array cannot become one, and says so."""

    def function(*args: Any, **options: Any) -> Any:
        return Box(forward(*args, **options), namespace)

    return function


def _of_dtype(forward: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function that answers about dtypes and takes arrays too."""

    def function(*args: Any, **options: Any) -> Any:
        return forward(*map(plain, args), **options)

    return function


def _refuse(name: str) -> Callable[..., Any]:
    def function(*args: Any, **options: Any) -> Any:
        raise NotImplementedError(f"{name} has no derivative rule")

    return function
