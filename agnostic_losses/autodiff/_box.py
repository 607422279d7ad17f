"""The traced array: attributes and operators of an array, and the record of the operation that made it.

What the operators do is in `_namespace.py`; what cannot be done to a traced array is refused here.
"""

from __future__ import annotations

import itertools
import operator
from typing import TYPE_CHECKING, Any

from agnostic_losses._typing import Array, Namespace
from agnostic_losses.autodiff._rule import Rule

if TYPE_CHECKING:
    from agnostic_losses.autodiff._namespace import TapeNamespace

count_up = itertools.count(1)
"""Numbers differentiations and their operations. An inner differentiation starts later than the one around it, so
the larger number is the inner one: no stack is kept."""


class Node:
    """One recorded operation: what the backward pass needs, and nothing more.

    Along axes where the gradient of the result is constant, that of its sum, it may have the length 1.
    """

    __slots__ = ("gradient", "number", "parents", "rule", "saved", "shape")

    def __init__(
        self,
        rule: Rule | None,
        parents: tuple[tuple[int, Node], ...],
        saved: tuple[Any, ...],
        shape: tuple[int, ...],
    ) -> None:
        self.rule = rule
        self.parents = parents
        self.saved = saved
        self.shape = shape
        self.number = next(count_up)
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
            plain(self).__array_namespace__(api_version=api_version)
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
    def T(self) -> Box:  # noqa: N802
        if self.ndim != 2:
            raise ValueError(f"T needs a matrix, got an array of shape {self.shape}; use mT or permute_dims")
        return self._namespace.matrix_transpose(self)  # type: ignore[no-any-return]

    @property
    def mT(self) -> Box:  # noqa: N802
        return self._namespace.matrix_transpose(self)  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        return f"<traced array, shape {self.shape}, {self.dtype}>"

    def __mul__(self, other: Any) -> Any:
        # The usual square, d * d: half the work of a product of two.
        return self._namespace.square(self) if other is self else self._namespace.multiply(self, other)

    def __rmul__(self, other: Any) -> Box:
        return self._namespace.multiply(other, self)  # type: ignore[no-any-return]

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
    "add": "add", "sub": "subtract", "truediv": "divide", "floordiv": "floor_divide",
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


def plain(x: Any) -> Any:
    """Strip every Box."""
    while type(x) is Box:
        x = x._value
    return x


def stop_gradient(x: Array) -> Array:
    """Return `x` as a constant, at every order of differentiation; plain arrays come back as they are."""
    return Box(plain(x), x._namespace) if isinstance(x, Box) else x  # type: ignore[return-value]
