"""Which backend an array belongs to: look-up by type, registration, and the errors of mixed input."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agnostic_losses._typing import Namespace
from agnostic_losses.backends.adapter import Adapter, NativeFunctions


@dataclass(frozen=True, eq=False)
class Backend:
    """How arrays of one package are recognised, and how their adapter is loaded when the first one comes."""

    package: str
    array_types: tuple[str, ...]
    load: Callable[[], Adapter]


def _load_numpy() -> Adapter:
    from agnostic_losses.backends import numpy as adapter

    return adapter.ADAPTER


def _load_torch() -> Adapter:
    from agnostic_losses.backends import torch as adapter

    return adapter.ADAPTER


def _load_jax() -> Adapter:
    from agnostic_losses.backends import jax as adapter

    return adapter.ADAPTER


def _load_tensorflow() -> Adapter:
    from agnostic_losses.backends import tensorflow_native as adapter

    return adapter.ADAPTER


def _load_cupy() -> Adapter:
    import array_api_compat.cupy

    return Adapter("cupy", array_api_compat.cupy)


def _load_dask() -> Adapter:
    from agnostic_losses.backends import dask as adapter

    return adapter.ADAPTER


# Loaders hold import statements, not import paths: torch.compile traces the statement, not importlib.
_BACKENDS: list[Backend] = [
    Backend("numpy", ("ndarray", "generic"), _load_numpy),
    Backend("torch", ("Tensor",), _load_torch),
    Backend("jax", ("Array",), _load_jax),
    Backend("tensorflow", ("Tensor", "Variable"), _load_tensorflow),
    Backend("cupy", ("ndarray",), _load_cupy),
    Backend("dask.array", ("Array",), _load_dask),
]

_ADAPTERS: dict[type, Adapter] = {}
"""Types seen so far; the whole cost of a later resolution is this dictionary."""

_REJECTED: dict[tuple[str, str], str] = {
    ("numpy", "matrix"): "its * is a matrix product; pass numpy.asarray of it",
    ("numpy", "MaskedArray"): "pass its data, and the inverted mask as `where`",
    ("tensorflow", "RaggedTensor"): "pass a padded dense tensor, and the valid places as `where`",
    ("tensorflow", "SparseTensor"): "pass a dense tensor",
    ("tensorflow", "IndexedSlices"): "pass a dense tensor",
}
"""Types that would pass for arrays, by package and name, and what to do instead."""


def register_backend(
    name: str,
    *,
    package: str,
    array_types: tuple[str, ...],
    namespace: Callable[[], Namespace] | None = None,
    native: NativeFunctions | None = None,
) -> None:
    """Make the arrays of another library known.

    Needed only for arrays without `__array_namespace__`, or to supply native functions. A library can also
    announce a function that makes this call in the entry point group ``agnostic_losses.backends``.

    Parameters
    ----------
    name : str
        The name that error messages use.
    package : str
        The module that holds the array types. It is looked up in `sys.modules`, never imported.
    array_types : tuple of str
        Names of the array types in that module.
    namespace : callable, optional
        Imports and returns the array API namespace; called once, when the first array comes. When absent, each
        array's own `__array_namespace__` is asked.
    native : mapping of str to callable, optional
        Functions outside the standard; `agnostic_losses.backends.native` says which are used.

    Examples
    --------
    >>> def load():
    ...     import mylib.array_api
    ...     return mylib.array_api
    >>> register_backend("mylib", package="mylib", array_types=("Array",), namespace=load)
    """

    def load() -> Adapter:
        return Adapter(name, None if namespace is None else namespace(), native or {})

    _BACKENDS.append(Backend(package, array_types, load))
    _ADAPTERS.clear()


def adapter_of(array: Any, name: str = "the argument") -> Adapter | None:
    """Return the adapter of an array, None for anything that is not an array; reject what can't be one."""
    adapter = _ADAPTERS.get(type(array))
    return adapter if adapter is not None else _find_adapter(array, name)


def _find_adapter(array: Any, name: str) -> Adapter | None:
    array_type = type(array)
    if array_type.__module__ == "builtins":
        return None
    _reject_unusable(array, name)
    adapter = _registered_adapter(array)
    if adapter is None and hasattr(array, "__array_namespace__") and not isinstance(array, type):
        adapter = Adapter(array_type.__module__.partition(".")[0], None)
    if adapter is None and _load_entry_points():
        adapter = _registered_adapter(array)
    if adapter is not None:
        _ADAPTERS[array_type] = adapter
    return adapter


def _registered_adapter(array: Any) -> Adapter | None:
    for backend in _BACKENDS:
        package = sys.modules.get(backend.package)
        # isinstance, not issubclass: JAX tracers are arrays by instance only.
        if package is not None and any(isinstance(array, getattr(package, name)) for name in backend.array_types):
            return backend.load()
    return None


def _load_entry_points() -> bool:
    """Register what installed packages announce, once, and only when a type is unknown: the scan takes long."""
    if _ENTRY_POINTS_LOADED:
        return False
    from importlib.metadata import entry_points

    _ENTRY_POINTS_LOADED.append(True)
    for entry_point in entry_points(group="agnostic_losses.backends"):
        entry_point.load()()
    return True


_ENTRY_POINTS_LOADED: list[bool] = []


def _reject_unusable(array: Any, name: str) -> None:
    for base in type(array).__mro__:
        remedy = _REJECTED.get((base.__module__.partition(".")[0], base.__name__))
        if remedy is not None:
            raise TypeError(f"{name} must be a dense array, got {base.__name__}: {remedy}")


def is_array(value: Any) -> bool:
    """Whether a value is an array of some backend (a list or a Python number is not)."""
    return adapter_of(value) is not None


def backend_name(array: Any) -> str:
    """Name the backend of an array, for messages."""
    adapter = adapter_of(array)
    return type(array).__name__ if adapter is None else adapter.name


def array_namespace(*arrays: Any) -> Namespace:
    """Return the array API namespace that a call with these arrays computes in.

    Parameters
    ----------
    *arrays : arrays, numbers, lists or None
        The first that is an array decides; NumPy arrays may stand beside another framework's arrays, after it.
        Lists and numbers alone are NumPy.

    Returns
    -------
    module
        The namespace.

    Raises
    ------
    TypeError
        If arrays of two frameworks come together, or something that is no dense array.
    """
    named = {f"array {position}": array for position, array in enumerate(arrays, start=1)}
    leader = leading_array(named)
    for name, array in named.items():
        if adapter_of(array) is not None:
            require_same_backend(array, leader, name)
    return namespace_of(leader)


def leading_array(named: Mapping[str, Any]) -> Any:
    """Return the array that decides framework and device: the first, or a traced one of the same library.

    The names are those that an error uses; None is returned when there are only numbers and lists.
    """
    leader: Any = None
    for name, value in named.items():
        if value is None or type(value) is type(leader) or adapter_of(value, name) is None:
            continue
        if leader is None or getattr(namespace_of(value), "__wraps__", None) is namespace_of(leader):
            leader = value
    return leader


def namespace_of(array: Any) -> Namespace:
    """Return the namespace of one array; NumPy's for None, numbers and lists."""
    adapter = adapter_of(array)
    if adapter is None:
        adapter = _load_numpy()
    return array.__array_namespace__() if adapter.namespace is None else adapter.namespace


def require_same_backend(array: Any, leader: Any, name: str) -> bool:
    """Return whether `array` computes with `leader` as it is; False for data that is to be converted.

    Raises
    ------
    TypeError
        If the two belong to different frameworks.
    """
    if type(array) is type(leader):
        return True
    own, leading = namespace_of(array), namespace_of(leader)
    if own is leading:
        return True
    # Plain arrays are constants beside traced ones, and NumPy arrays are data beside any framework's.
    if own is getattr(leading, "__wraps__", None) or backend_name(array) == "numpy":
        return False
    raise TypeError(
        f"{name} must be an array of {backend_name(leader)}, like the first one ({type(leader).__name__}), "
        f"got one of {backend_name(array)} ({type(array).__name__}): all arrays of a call belong to one framework, "
        f"only NumPy arrays and Python numbers are converted to it"
    )
