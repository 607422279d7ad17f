"""JAX: its NumPy namespace is an array API namespace; what JAX does outside the standard.

`abs` is not native here: JAX gives |x| the derivative 1 at 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as namespace
import numpy as np

from agnostic_losses.backends import jax_distances, jax_fused
from agnostic_losses.backends.adapter import Adapter


def concrete(x: Any) -> Any:
    """Return the values of an array that lives on this host's CPU, None for a traced one."""
    if isinstance(x, jax.core.Tracer) or any(device.platform != "cpu" for device in x.devices()):
        return None
    return np.asarray(x) if x.is_fully_addressable else None


def value_and_grad(f: Callable[..., Any], argnums: int | tuple[int, ...]) -> Callable[..., Any]:
    """Differentiate with jax.value_and_grad."""
    differentiated: Callable[..., Any] = jax.value_and_grad(f, argnums=argnums)
    return differentiated


def fold(step: Callable[..., Any], carry: Any, entries: Any) -> Any:
    """Loop with jax.lax.scan."""
    return jax.lax.scan(lambda carry, entry: (step(carry, entry), None), carry, entries)[0]


def map_chunks(f: Callable[..., Any], rows: Any, shared: Any, size: int) -> Any:
    """Map over chunks with jax.lax.map, a loop that is compiled once and has one chunk in memory."""
    looped = (rows[0].shape[0] - 1) // size
    # In a loop nothing is merged with the first evaluation; the last chunk stands outside of it.
    within, beside = jax.checkpoint(f, prevent_cse=False), jax.checkpoint(f)
    chunks = tuple(x[: looped * size].reshape(looped, size, *x.shape[1:]) for x in rows)
    mapped = jax.lax.map(lambda chunk: within(*chunk, *shared), chunks)
    last = beside(*(x[looped * size :] for x in rows), *shared)
    return namespace.concatenate([mapped.reshape(looped * size, *last.shape[1:]), last])


ADAPTER = Adapter(
    "jax",
    namespace,
    {
        "stop_gradient": jax.lax.stop_gradient,
        "concrete": concrete,
        # Without a device: an uncommitted array follows the committed ones that it meets.
        "from_numpy": lambda x, like: namespace.asarray(x.astype(x.dtype.newbyteorder("="), copy=False)),
        "device": lambda x: None,
        "index_dtype": lambda: jax.dtypes.canonicalize_dtype(np.int64),
        "value_and_grad": value_and_grad,
        "fold": fold,
        "map_chunks": map_chunks,
        **jax_fused.FORMS,
        **jax_distances.FORMS,
    },
)
