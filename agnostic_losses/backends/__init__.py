"""From arrays to the namespace that computes with them: the only room that knows the frameworks' names.

A backend is an array API namespace plus a handful of native functions, held by an adapter module beside this one
(`numpy.py`, `torch.py`, `jax.py`, `tensorflow_native.py`). An array is recognised by its type, and a framework is
looked up in `sys.modules`, so that nothing is imported that the caller has not imported. Anything with
`__array_namespace__` works unregistered.

The look-up is a plain dictionary, not `functools.lru_cache`: torch.compile traces through it without a warning.
"""

from __future__ import annotations

from agnostic_losses.backends.conversion import as_number, convert, is_scalar, is_weak
from agnostic_losses.backends.native import (
    bounds,
    concrete,
    device,
    dim,
    fused,
    index_dtype,
    native_function,
    shape,
    stop_gradient,
)
from agnostic_losses.backends.resolver import (
    array_namespace,
    backend_name,
    is_array,
    leading_array,
    namespace_of,
    register_backend,
)

__all__ = [
    "array_namespace",
    "as_number",
    "backend_name",
    "bounds",
    "concrete",
    "convert",
    "device",
    "dim",
    "fused",
    "index_dtype",
    "is_array",
    "is_scalar",
    "is_weak",
    "leading_array",
    "namespace_of",
    "native_function",
    "register_backend",
    "shape",
    "stop_gradient",
]
