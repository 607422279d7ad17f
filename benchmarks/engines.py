"""How each framework is timed: its arrays, its gradients, its compiler, and when a result is there.

A framework is imported when its engine is asked for, in a process of its own: thread pools of two would wait for
each other. How many threads it has is decided by the environment that the process is started with.
"""

from __future__ import annotations

import functools
import time
import tracemalloc
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks import memory

Function = Callable[..., Any]

DEVICES = {"numpy": ("cpu",), "torch": ("cpu", "cuda"), "jax": ("cpu", "cuda"), "tensorflow": ("cpu",)}
"""The frameworks, and where they run."""

WHATS = ("value", "gradient")
"""The value alone, and the value with its gradient by the first argument."""


def environment(device: str, threads: int) -> dict[str, str]:
    """Return the variables that decide, before any import, where frameworks run and with how many threads."""
    found = {
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "OMP_NUM_THREADS": f"{threads}",
        "TF_NUM_INTRAOP_THREADS": f"{threads}",
        "TF_NUM_INTEROP_THREADS": f"{threads}",
        "NPROC": f"{threads}",  # XLA's
        "TORCHINDUCTOR_COMPILE_THREADS": "1",  # one kernel at a time: processes for more take longer to start
    }
    if device == "cpu":
        found |= {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}
    return found


@dataclass(frozen=True, eq=False)
class Engine:
    """What timing needs of a framework.

    Attributes
    ----------
    array : callable
        Makes an array of a NumPy array.
    forms : mapping of str to callable
        "eager" and "compiled": what makes a function of that form of a plain one.
    gradient : callable or None
        ``gradient(f, sources)`` is a function with the value and the gradients by the first arguments.
    wait : callable
        Returns when a result is there.
    peak : callable or None
        The MiB that a call takes at its peak.
    clock : callable
        The seconds that pass: of this process on a CPU.
    measured : tuple of str
        The forms that are measured unless others are asked for: JAX is hardly used without its compiler.
    """

    array: Function
    forms: Mapping[str, Function]
    gradient: Function | None
    wait: Function
    peak: Callable[[Callable[[], Any]], float] | None
    clock: Callable[[], float] = time.process_time
    measured: tuple[str, ...] = ("eager", "compiled")

    @property
    def whats(self) -> tuple[str, ...]:
        """What can be evaluated: a library of NumPy functions has no gradients."""
        return WHATS if self.gradient else WHATS[:1]

    def prepared(self, f: Function, what: str, form: str, arrays: list[Any], sources: int) -> Callable[[], Any]:
        """Return a function without arguments that evaluates, and waits."""
        if what == "gradient":
            assert self.gradient is not None
            f = self.gradient(f, sources)
        call = self.forms[form](f)
        return lambda: self.wait(call(*arrays))


def load(name: str, device: str = "cpu") -> Engine:
    """Import a framework, and what its peers are in."""
    with warnings.catch_warnings():
        # What a library deprecates inside itself is none of our business.
        warnings.simplefilter("ignore")
        return {"numpy": _numpy, "torch": _torch, "jax": _jax, "tensorflow": _tensorflow}[name](device)


def _numpy(device: str) -> Engine:
    import sklearn._loss.loss
    import sklearn.linear_model._sgd_fast
    import sklearn.metrics  # noqa: F401

    def peak(f: Callable[[], Any]) -> float:
        tracemalloc.start()
        try:
            f()
            return tracemalloc.get_traced_memory()[1] / 2**20
        finally:
            tracemalloc.stop()

    return Engine(lambda x: x, {"eager": lambda f: f}, None, lambda result: result, peak)


def _torch(device: str) -> Engine:
    import torch

    def gradient(f: Function, sources: int) -> Function:
        def evaluate(*arrays: Any) -> Any:
            leaves = [x.detach().requires_grad_() for x in arrays[:sources]]
            result = f(*leaves, *arrays[sources:])
            return result, torch.autograd.grad(result if result.ndim == 0 else result.sum(), leaves)

        return evaluate

    def compile(f: Function) -> Function:
        torch._dynamo.reset()
        return torch.compile(f, dynamic=False)

    def peak(f: Callable[[], Any]) -> float:
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        f()
        return (torch.cuda.max_memory_allocated() - before) / 2**20

    wait = (lambda result: torch.cuda.synchronize()) if device == "cuda" else (lambda result: result)
    forms = {"eager": lambda f: f, "compiled": compile}
    array = lambda x: torch.from_numpy(x).to(device)  # noqa: E731
    if device == "cuda":
        return Engine(array, forms, gradient, wait, peak, time.perf_counter)
    return Engine(array, forms, gradient, wait, _peak())


def _jax(device: str) -> Engine:
    import jax
    import jax.numpy as jnp

    place = jax.devices("gpu" if device == "cuda" else device)[0]

    def gradient(f: Function, sources: int) -> Function:
        return jax.value_and_grad(lambda *arrays: jnp.sum(f(*arrays)), tuple(range(sources)))

    array = functools.partial(jax.device_put, device=place)
    forms = {"eager": lambda f: f, "compiled": jax.jit}
    if device == "cuda":
        return Engine(array, forms, gradient, jax.block_until_ready, None, time.perf_counter, ("compiled",))
    return Engine(array, forms, gradient, jax.block_until_ready, _peak(), measured=("compiled",))


def _tensorflow(device: str) -> Engine:
    import tensorflow as tf

    def gradient(f: Function, sources: int) -> Function:
        def evaluate(*arrays: Any) -> Any:
            leaves = list(arrays[:sources])
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(leaves)
                result = tf.reduce_sum(f(*arrays))
            return result, tape.gradient(result, leaves)

        return evaluate

    forms = {"eager": lambda f: f, "compiled": tf.function}
    return Engine(tf.convert_to_tensor, forms, gradient, lambda result: result, _peak())


def _peak() -> Callable[[Callable[[], Any]], float] | None:
    return memory.peak if memory.is_measurable() else None
