"""Reverse-mode differentiation over any array API namespace: the traced array, the namespace, the backward pass.

What a function's derivative is stands in `rules.py`; here is only the machinery. A `Box` wraps an array, or the
Box of an outer differentiation: derivatives of any order come from nesting, because rules are written in functions
of the namespace. Nothing is global but a counter, so threads cannot disturb each other.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable
from typing import Any

from agnostic_losses._typing import Array, Namespace
from agnostic_losses.autodiff.rules import (
    CALLS,
    CONSTANT,
    CREATION,
    PASSED_THROUGH,
    REFUSED,
    RULES,
    Like,
    Rule,
)
from agnostic_losses.backends import array_namespace, is_array

_count = itertools.count(1)
"""Numbers differentiations and their operations. An inner differentiation starts later than the one around it, so
the larger number is the inner one: no stack is kept."""


class Node:
    """One recorded operation: what the backward pass needs, and nothing more."""

    __slots__ = ("gradient", "number", "parents", "rule", "saved")

    def __init__(self, rule: Rule | None, parents: tuple[tuple[int, Node], ...], saved: tuple[Any, ...]) -> None:
        self.rule = rule
        self.parents = parents
        self.saved = saved
        self.number = next(_count)
        self.gradient: Any = None


class Box:
    """An array inside a differentiated function.

    It has the attributes and operators of an array, and its `__array_namespace__` has the functions. Its values
    cannot be read: a function that looks at values would not run compiled on other frameworks either.
    """

    __slots__ = ("_level", "_namespace", "_node", "_value")
    __array_ufunc__ = None  # NumPy's operators give way to ours
    __array_priority__ = 1000.0

    def __init__(self, value: Any, namespace: TapeNamespace, node: Node | None = None, level: int = 0) -> None:
        self._value = value
        self._namespace = namespace
        self._node = node
        self._level = level  # 0: a constant, whose value is always a plain array

    def __array_namespace__(self, api_version: str | None = None) -> Namespace:
        if api_version is not None:
            _plain(self).__array_namespace__(api_version=api_version)
        return self._namespace

    @property
    def shape(self) -> tuple[int, ...]:
        return self._value.shape  # type: ignore[no-any-return]

    @property
    def ndim(self) -> int:
        return self._value.ndim  # type: ignore[no-any-return]

    @property
    def size(self) -> int:
        return self._value.size  # type: ignore[no-any-return]

    @property
    def dtype(self) -> Any:
        return self._value.dtype

    @property
    def device(self) -> Any:
        return self._value.device

    @property
    def T(self) -> Box:
        if self.ndim != 2:
            raise ValueError(f"T needs a matrix, got an array of shape {self.shape}; use mT or permute_dims")
        return self._namespace.matrix_transpose(self)  # type: ignore[no-any-return]

    @property
    def mT(self) -> Box:
        return self._namespace.matrix_transpose(self)  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        return f"<traced array, shape {self.shape}, {self.dtype}>"

    def __getitem__(self, key: Any) -> Box:
        return self._namespace._index(self, _basic_key(key))  # type: ignore[no-any-return]


def _basic_key(key: Any) -> Any:
    if isinstance(key, tuple):
        return tuple(_basic_key(part) for part in key)
    if key is None or key is Ellipsis or isinstance(key, slice):
        return key
    if hasattr(key, "__index__") and not isinstance(key, (bool, Box)) and getattr(key, "ndim", 0) == 0:
        return operator.index(key)
    raise TypeError(
        f"a traced array takes integers, slices, None and Ellipsis as index, got {type(key).__name__}; "
        "use take, take_along_axis or where"
    )


def _forbid(method: str, message: str) -> None:
    def forbidden(self: Box, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(f"{method} of a traced array: {message}")

    setattr(Box, method, forbidden)


for _method in ("bool", "float", "int", "complex", "index", "len", "iter", "contains", "array", "dlpack"):
    _forbid(f"__{_method}__", "a differentiated function must not look at values; use functions of the namespace")
for _method in ("setitem", "delitem", *(f"i{n}" for n in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"))):
    _forbid(f"__{_method}__", "arrays are not changed in place while they are differentiated")
for _method in ("imatmul", "iand", "ior", "ixor"):
    _forbid(f"__{_method}__", "arrays are not changed in place while they are differentiated")


def _define_operator(method: str, function: str, *, reflected: bool = False) -> None:
    get = operator.attrgetter(function)

    def apply(self: Box, other: Any) -> Any:
        return get(self._namespace)(self, other)

    def apply_reflected(self: Box, other: Any) -> Any:
        return get(self._namespace)(other, self)

    setattr(Box, method, apply_reflected if reflected else apply)


_BINARY = {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "floordiv": "floor_divide",
    "mod": "remainder", "pow": "pow", "matmul": "matmul", "and": "bitwise_and", "or": "bitwise_or",
    "xor": "bitwise_xor",
}  # fmt: skip
for _method, _function in _BINARY.items():
    _define_operator(f"__{_method}__", _function)
    _define_operator(f"__r{_method}__", _function, reflected=True)
for _method, _function in {
    "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal", "eq": "equal", "ne": "not_equal",
}.items():  # fmt: skip
    _define_operator(f"__{_method}__", _function)
for _method, _function in {"neg": "negative", "pos": "positive", "abs": "abs", "invert": "bitwise_invert"}.items():
    setattr(Box, f"__{_method}__", lambda self, name=_function: getattr(self._namespace, name)(self))
Box.__hash__ = None  # type: ignore[assignment]  # as arrays: == is elementwise


def _plain(x: Any) -> Any:
    """Strip every Box."""
    while type(x) is Box:
        x = x._value
    return x


def stop_gradient(x: Array) -> Array:
    """Return `x` as a constant, at every order of differentiation; plain arrays come back as they are."""
    return Box(_plain(x), x._namespace) if type(x) is Box else x  # type: ignore[return-value]


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
            function = _constant(self, getattr(self.__wraps__, CONSTANT[name]))
        elif name in CREATION:
            function = _create(self, getattr(self.__wraps__, name))
        elif name in PASSED_THROUGH:
            function = _pass_through(getattr(self.__wraps__, name))
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

    def _boxed(self, x: Any) -> Any:
        """Box an array as a constant; leave everything else."""
        if type(x) is self._array or (hasattr(x, "__array_interface__") and not isinstance(x, type)):
            return Box(self._operand(x), self)
        return x

    def _constant_box(self, x: Any) -> Any:
        """Box an array (once); leave numbers as they are."""
        return x if type(x) is Box or type(x) in self._scalars or type(x) is Like else Box(x, self)


_NAMESPACES: dict[int, TapeNamespace] = {}


def tape_namespace(base: Namespace) -> TapeNamespace:
    """Return the one differentiating namespace over `base`."""
    found = _NAMESPACES.get(id(base))
    return found if found is not None else _NAMESPACES.setdefault(id(base), TapeNamespace(base))


def _record(namespace: TapeNamespace, rule: Rule) -> Callable[..., Any]:
    """Make the function that computes with the base namespace and notes the operation in the innermost trace."""
    forward = getattr(namespace._plain, rule.name)
    count, operand = rule.arrays, namespace._operand
    native, scalars = namespace._native, namespace._scalars

    def function(*args: Any, **options: Any) -> Any:
        level = 0
        for x in args[:count]:
            if type(x) is Box and x._level > level:
                level = x._level
        values, parents, nested = [], [], False
        for position, x in enumerate(args[:count]):
            if type(x) is Box:
                if x._level == level and level:
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
        if not level:
            return Box(out, namespace)
        saved = values if rule.inputs else [x if type(x) in scalars else Like(x.shape, x.dtype) for x in values]
        node = Node(rule, tuple(parents), (namespace, out if rule.output else None, saved, extras, options))
        return Box(out, namespace, node, level)

    function.__name__ = rule.name
    return function


def _call(namespace: TapeNamespace, definition: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function that is written in others; it sees every array as a Box."""

    def function(*args: Any, **options: Any) -> Any:
        return definition(namespace, *map(namespace._boxed, args), **options)

    function.__name__ = definition.__name__
    return function


def _strip(x: Any) -> Any:
    return type(x)(_plain(part) for part in x) if type(x) in (list, tuple) else _plain(x)


def _constant(namespace: TapeNamespace, forward: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a function without derivative: it sees plain arrays and gives constants."""
    native, operand = namespace._native, namespace._operand

    def function(*args: Any, **options: Any) -> Any:
        plain = [_strip(x) for x in args]
        if plain and hasattr(plain[0], "shape"):
            plain = [x if type(x) in native or not hasattr(x, "shape") else operand(x) for x in plain]
        return namespace._constant_box(forward(*plain, **{k: _strip(v) for k, v in options.items()}))

    return function


def _create(namespace: TapeNamespace, forward: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a creation function: what it makes is constant, so it takes no traced array."""

    def function(*args: Any, **options: Any) -> Any:
        if any(type(x) is Box for x in (*args, *options.values())):
            raise TypeError(f"{forward.__name__} takes numbers, got a traced array")
        return Box(forward(*args, **options), namespace)

    return function


def _pass_through(thing: Any) -> Any:
    """Return a constant, a dtype, or a function that answers about types and sees the plain arrays."""
    if not callable(thing) or isinstance(thing, type):
        return thing

    def function(*args: Any, **options: Any) -> Any:
        return thing(*(_strip(x) for x in args), **options)

    return function


def _refuse(name: str) -> Callable[..., Any]:
    def function(*args: Any, **options: Any) -> Any:
        raise NotImplementedError(f"{name} has no derivative rule")

    return function


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
        level = next(_count)
        namespace, primals = _primals(args, positions)
        leaves = [Node(None, (), ()) for _ in primals]
        array_types = tuple({type(_plain(x)) for x in primals})
        traced = [Box(x, namespace) if isinstance(x, array_types) else x for x in args]
        named = {k: Box(x, namespace) if isinstance(x, array_types) else x for k, x in options.items()}
        for position, primal, leaf in zip(positions, primals, leaves, strict=True):
            traced[position] = Box(primal, namespace, leaf, level)
        result = f(*traced, **named)
        _check_result(result, namespace)
        nested = any(type(x) is Box for x in primals)
        if type(result) is Box and result._level == level:
            _run_backward(result, namespace)
            value = result._value
        else:
            value = result if nested else _plain(result)
        gradients = _finish(leaves, primals, namespace)
        return value, gradients[0] if isinstance(argnums, int) else gradients

    return differentiated


def _primals(args: tuple[Any, ...], positions: tuple[int, ...]) -> tuple[TapeNamespace, list[Any]]:
    if len(set(positions)) != len(positions) or not all(-len(args) <= p < len(args) for p in positions):
        raise ValueError(f"argnums {positions} do not name distinct arguments of the {len(args)} given")
    chosen = [args[p] for p in positions]
    for position, x in zip(positions, chosen, strict=True):
        if not is_array(x):
            raise TypeError(f"argument {position} must be a real floating array, got {type(x).__name__}")
    bases = [getattr(xp, "__wraps__", xp) for xp in map(array_namespace, chosen)]
    if any(base is not bases[0] for base in bases):
        raise TypeError(f"arguments {positions} must be arrays of one namespace")
    for position, x in zip(positions, chosen, strict=True):
        if not bases[0].isdtype(x.dtype, "real floating"):
            raise TypeError(f"argument {position} must be a real floating array, got dtype {x.dtype}")
    namespace = tape_namespace(bases[0])
    return namespace, [x if type(x) is Box and x._level else namespace._operand(_plain(x)) for x in chosen]


def _check_result(result: Any, namespace: TapeNamespace) -> None:
    if not hasattr(result, "shape") or not hasattr(result, "dtype"):
        raise TypeError(f"the function must return a 0-d real floating array, got {type(result).__name__}")
    if result.shape != ():
        raise ValueError(f"the function must return a 0-d array, got shape {result.shape}; reduce it first")
    if not namespace.__wraps__.isdtype(result.dtype, "real floating"):
        raise TypeError(f"the function must return a real floating array, got dtype {result.dtype}")


def _finish(leaves: list[Node], primals: list[Any], namespace: TapeNamespace) -> tuple[Any, ...]:
    """Return gradients that the caller owns: no read-only view, no array that occurs twice."""
    base, gradients, seen = namespace.__wraps__, [], set()
    for leaf, primal in zip(leaves, primals, strict=True):
        gradient = leaf.gradient
        if gradient is None:
            gradient = base.zeros_like(_plain(primal))
        if type(primal) is Box:
            gradient = namespace._constant_box(gradient)
        elif type(gradient) is not Box:
            flags = getattr(gradient, "flags", None)
            owned = flags is not None and flags.owndata and flags.writeable and id(gradient) not in seen
            gradient = base.asarray(gradient, copy=None if owned else True)
            seen.add(id(gradient))
        gradients.append(gradient)
    return tuple(gradients)


def _run_backward(result: Box, namespace: TapeNamespace) -> None:
    """Carry gradients from the result to the leaves, latest operation first, and free each one when done."""
    assert result._node is not None
    result._node.gradient = namespace.__wraps__.ones_like(_plain(result))
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
        xp, lift = namespace, namespace._constant_box
        gradient, out, arrays = lift(gradient), out if out is None else lift(out), [lift(x) for x in arrays]
    for position, parent in node.parents:
        vjp = rule.vjp(position)
        if vjp is None:
            continue
        part = fit(xp, vjp(xp, gradient, out, *arrays, *extras, **options), arrays[position])
        if parent.gradient is None:
            parent.gradient = part
        elif type(part) is Box or type(parent.gradient) is Box:
            parent.gradient = namespace.add(parent.gradient, part)
        else:
            parent.gradient = parent.gradient + part


def fit(xp: Namespace, gradient: Any, like: Any) -> Any:
    """Sum a gradient over what broadcasting repeated, and cast it to the operand's dtype."""
    shape = like.shape
    if gradient.shape != shape:
        extra = gradient.ndim - len(shape)
        kept = [axis for axis in range(len(shape)) if shape[axis] == 1 != gradient.shape[axis + extra]]
        gradient = xp.sum(gradient, axis=(*range(extra), *(axis + extra for axis in kept)))
        gradient = xp.reshape(gradient, shape)
    if gradient.dtype != like.dtype:
        if not xp.isdtype(gradient.dtype, "real floating"):
            raise TypeError(f"gradients through {gradient.dtype} arrays are not supported")
        gradient = xp.astype(gradient, like.dtype)
    return gradient
