"""JAX: its transforms and its compiler, with 64 bits and without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from agnostic_losses.testing.frameworks import Framework
from agnostic_losses.testing.modes import (
    Function,
    Mode,
    Results,
    Subject,
    by_examples,
    compiled,
    diagonal_of,
    everything,
)


def _functional(subject: Subject, arrays: Sequence[Any]) -> Function:
    """Differentiate with `jax.grad`, and `jax.hessian`, which is forward over reverse."""

    def evaluate(*arrays: Any) -> Results:
        gradient = jax.grad(subject.total, argnums=subject.argnums)(*arrays)
        hessian = [jax.hessian(subject.total, argnums=n)(*arrays) for n in subject.curved]
        diagonals = [diagonal_of(full, arrays[n]) for full, n in zip(hessian, subject.curved, strict=True)]
        return {"gradient": list(gradient), "hessian": diagonals}

    return jit_cheaply(evaluate)


def _forward(subject: Subject, arrays: Sequence[Any]) -> Function:
    """Differentiate in forward mode."""

    def evaluate(*arrays: Any) -> Results:
        return {"gradient": list(jax.jacfwd(subject.total, argnums=subject.argnums)(*arrays))}

    return jit_cheaply(evaluate)


def _operation_by_operation(subject: Subject, arrays: Sequence[Any]) -> Function:
    """Evaluate eagerly, without the second derivatives: JAX compiles each operation, and they have as many again."""
    return everything(replace(subject, curved=()))


def _by_examples(subject: Subject, arrays: Sequence[Any]) -> Function:
    return jit_cheaply(by_examples(jax.vmap, lambda x: x[:, None])(subject, arrays))


def _in_32_bits(subject: Subject, arrays: Sequence[Any]) -> Function:
    """Evaluate as JAX does by default: without float64 and int64."""
    compute = jax.jit(everything(subject))

    def evaluate(*arrays: Any) -> Results:
        with jax.enable_x64(False):
            return compute(*[jnp.asarray(np.asarray(x)) for x in arrays])  # type: ignore[no-any-return]

    return evaluate


def _narrow(x: np.ndarray[Any, Any]) -> Any:
    with jax.enable_x64(False):
        return jnp.asarray(x)


def jit_cheaply(f: Function) -> Function:
    """Compile a function for few calls: the compiler's own optimisations take longer than they save."""
    return jax.jit(f, compiler_options={"xla_backend_optimization_level": 0})  # type: ignore[no-any-return]


def _jit(f: Function, args: Sequence[Any]) -> Function:
    return jax.jit(f)  # type: ignore[no-any-return]


def on(device: str) -> Framework:
    """Return JAX on a device, with 64 bits."""
    jax.config.update("jax_enable_x64", True)
    place = jax.devices(device)[0]
    return Framework(
        "jax",
        array=lambda x: jax.device_put(jnp.asarray(x), place),
        numpy=lambda x: np.asarray(x, dtype=np.float32) if x.dtype == jnp.bfloat16 else np.asarray(x),
        array_type=jax.Array,
        cast=lambda x, dtype: x.astype(dtype),
        modes={
            "eager": Mode(_operation_by_operation, "operation by operation, each compiled by itself", compiles=True),
            "jit": Mode(compiled(_jit), "jax.jit", compiles=True),
            "functional": Mode(_functional, "jax.grad and jax.hessian", compiles=True),
            "forward": Mode(_forward, "jax.jacfwd", compiles=True),
            "vmap": Mode(_by_examples, "jax.vmap over examples", by_rows=True, compiles=True),
            "x32": Mode(_in_32_bits, "jax.jit without 64 bits", array=_narrow, dtypes=("float32",), compiles=True),
        },
        main="jit",
        halves=("float16", "bfloat16"),
        forms={"jit": _jit},
        brisk=jit_cheaply,
        vmap=jax.vmap,
    )
