"""The frameworks that the suite runs on, and what else its tests need of them. The only file here that names one.

What a framework is to a checker (arrays, gradients, modes) is public, in `agnostic_losses.testing`.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import math
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from conformance.selection import DEVICE

_ENVIRONMENT = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "JAX_ENABLE_X64": "1",
    "OMP_NUM_THREADS": "1",
}
_ON_CPU = {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}
_ENVIRONMENT |= _ON_CPU if DEVICE == "cpu" else {"XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
for _name, _value in _ENVIRONMENT.items():
    os.environ.setdefault(_name, _value)

with warnings.catch_warnings():
    # What a framework deprecates inside itself while it is imported is none of our business.
    warnings.simplefilter("ignore")
    import jax
    import torch
    import torch._dynamo
    import torch._inductor.compile_fx

    from agnostic_losses.backends import native
    from agnostic_losses.testing.frameworks import Framework as Framework
    from agnostic_losses.testing.frameworks import load, on_device

    NUMPY, TORCH, JAX = load("numpy"), load("torch", DEVICE), load("jax", DEVICE)
    if DEVICE == "cpu":  # the other frameworks have no other device here, and need not be installed there
        import tensorflow as tf

        TENSORFLOW, STRICT = load("tensorflow"), load("array_api_strict")
        FOUR: tuple[Framework, ...] = (NUMPY, TORCH, JAX, TENSORFLOW)
        FRAMEWORKS = (*FOUR, STRICT)
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    else:
        FOUR = FRAMEWORKS = tuple(on_device(DEVICE))

torch.set_num_threads(1)

LOGGERS = (logging.getLogger("tensorflow"), logging.getLogger("torch._dynamo"), logging.getLogger("torch._inductor"))

Function = Callable[..., Any]

COMPILED = [(framework, form) for framework in FRAMEWORKS for form in framework.forms]


def empty_caches() -> None:
    """Drop what JAX and torch have compiled, and give the memory back to the system where it can be."""
    jax.clear_caches()
    torch._dynamo.reset()
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def without_fused_forms(patch: Any) -> None:
    """Have all frameworks compute by the generic bodies alone."""
    patch.setattr(native, "fused_form", lambda array, name: None)


def graph_of(f: Function, first_rank: int, second_rank: int, second_dtype: str) -> Function:
    """Return a function of two tensors as a TensorFlow graph that knows their ranks alone; float64 first."""
    signature = [tf.TensorSpec([None] * first_rank, tf.float64), tf.TensorSpec([None] * second_rank, second_dtype)]
    return tf.function(f, input_signature=signature)  # type: ignore[no-any-return]


def variable(x: np.ndarray[Any, Any]) -> Any:
    """Return a TensorFlow variable."""
    return tf.Variable(x)


def count_graphs(f: Function, batches: Sequence[Sequence[Any]]) -> int:
    """Return how many graphs torch compiles for calls of different lengths."""
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    compiled = torch.compile(lambda *args: f(*args), fullgraph=True, dynamic=True, backend="aot_eager")
    for batch in batches:
        compiled(*batch)
    return int(torch._dynamo.utils.counters["stats"]["unique_graphs"])


def largest_saved(f: Function, x: Any, other_than: int) -> int:
    """Return the size of the largest tensor that torch keeps for the gradient, but tensors of one size."""
    sizes = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: sizes.append(t.numel()) or t, lambda t: t):
        f(x.clone().requires_grad_())
    return max(size for size in sizes if size != other_than)


def largest_in_graph(framework: Framework, f: Function, *arrays: Any) -> int:
    """Return the size of the largest array that JAX's or TensorFlow's graph of a function makes, loops included."""
    if framework is JAX:
        return max(_sizes_in(jax.make_jaxpr(f)(*arrays).jaxpr))
    graph = tf.function(f).get_concrete_function(*arrays).graph.as_graph_def(add_shapes=True)
    nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
    shapes = [shape for node in nodes for shape in node.attr["_output_shapes"].list.shape]
    return max(math.prod(length.size for length in shape.dim) for shape in shapes)


def _sizes_in(jaxpr: Any) -> Iterator[int]:
    for equation in jaxpr.eqns:
        yield from (math.prod(made.aval.shape) for made in equation.outvars)
        for inner in jax.tree.leaves(list(equation.params.values())):
            if hasattr(inner, "eqns"):
                yield from _sizes_in(getattr(inner, "jaxpr", inner))


def unusable_arrays(x: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Return what looks like an array and is none that a loss can compute with, by a name for the test id."""
    return {
        "numpy masked": np.ma.masked_array(x, mask=False),
        "torch sparse": torch.from_numpy(x.copy()).to_sparse(),
        "torch nested": torch.nested.nested_tensor(list(torch.from_numpy(x.copy())), layout=torch.jagged),
        "tensorflow ragged": tf.RaggedTensor.from_tensor(x),
        "tensorflow sparse": tf.sparse.from_dense(x),
        "ragged list": [[1.0, 2.0], [3.0]],
    }
