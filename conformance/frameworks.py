"""One object a backend: arrays in and out, gradients, compiled forms. The only file here that names a framework.

A compiled form takes a function of arrays and example arguments, and returns the compiled function. Batches have an
unknown length in TensorFlow's forms.
"""

from __future__ import annotations

import logging
import os
import shutil
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

for _name, _value in {"TF_CPP_MIN_LOG_LEVEL": "3", "JAX_ENABLE_X64": "1", "CUDA_VISIBLE_DEVICES": "-1"}.items():
    os.environ.setdefault(_name, _value)

with warnings.catch_warnings():
    # What a framework deprecates inside itself while it is imported is none of our business.
    warnings.simplefilter("ignore")
    import array_api_strict
    import jax
    import jax.numpy as jnp
    import tensorflow as tf
    import torch
    import torch._dynamo
    import torch._inductor.compile_fx

torch.set_num_threads(1)
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)

LOGGERS = (tf.get_logger(), logging.getLogger("torch._dynamo"), logging.getLogger("torch._inductor"))

MISSING_TOOLS = {} if shutil.which("g++") else {"inductor": "torch's inductor needs a C++ compiler, there is no g++"}
"""Compiled forms that this machine can't make, and why: a test of theirs is skipped, in sight."""

Function = Callable[..., Any]


@dataclass(frozen=True, eq=False)
class Framework:
    """What the suite needs of a backend.

    Attributes
    ----------
    name : str
        As test ids show it.
    array : callable
        Makes an array of a NumPy array, in the same dtype.
    numpy : callable
        Makes a NumPy array of an array.
    array_type : type
        The type of concrete arrays.
    cast : callable
        ``cast(array, dtype_name)``, also to half precision.
    halves : tuple of str
        The half precision dtypes that it has.
    forms : mapping of str to callable
        The compiled forms: ``form(f, args)`` returns the compiled function.
    brisk : callable
        Prepares a function that is made for one call only: JAX would compile each of its operations on their own.
    vmap : callable, optional
        Maps a function over axis 0 of all its arguments.
    device : callable
        Names the device of an array.
    """

    name: str
    array: Function
    numpy: Function
    array_type: type
    cast: Function
    halves: tuple[str, ...] = ()
    forms: dict[str, Callable[[Function, Sequence[Any]], Function]] = field(default_factory=dict)
    brisk: Function = lambda f: f
    vmap: Function | None = None
    device: Function = lambda x: str(x.device)

    def dtype_name(self, x: Any) -> str:
        """Return the bare name of an array's dtype, such as float32."""
        return getattr(x.dtype, "name", str(x.dtype)).rpartition(".")[2]

    def __repr__(self) -> str:
        return self.name


def _from_torch(x: Any) -> np.ndarray[Any, Any]:
    x = x.detach()
    return (x.to(torch.float32) if x.dtype == torch.bfloat16 else x).numpy()  # type: ignore[no-any-return]


def _torch_compile(backend: str) -> Callable[[Function, Sequence[Any]], Function]:
    def form(f: Function, args: Sequence[Any]) -> Function:
        torch._dynamo.reset()  # the limit of recompilations counts over all losses, which share one wrapper
        return torch.compile(f, fullgraph=True, backend=backend)  # type: ignore[no-any-return]

    return form


def _tf_function(**options: Any) -> Callable[[Function, Sequence[Any]], Function]:
    def form(f: Function, args: Sequence[Any]) -> Function:
        signature = [tf.TensorSpec([None, *x.shape[1:]] if x.shape.rank else [], x.dtype) for x in args]
        # Traced at once: the first calls of many functions made here look like retracing, which TensorFlow reports.
        return tf.function(f, input_signature=signature, **options).get_concrete_function()  # type: ignore

    return form


def _jit_cheaply(f: Function) -> Function:
    return jax.jit(f, compiler_options={"xla_backend_optimization_level": 0})  # type: ignore[no-any-return]


def _strict_cast(x: Any, dtype: str) -> Any:
    return array_api_strict.astype(x, getattr(array_api_strict, dtype))


NUMPY = Framework(
    "numpy",
    array=lambda x: x.copy(),
    numpy=np.asarray,
    array_type=np.ndarray,
    cast=lambda x, dtype: x.astype(dtype),
    halves=("float16",),
    device=lambda x: "cpu",
)

TORCH = Framework(
    "torch",
    array=lambda x: torch.from_numpy(x.copy()),
    numpy=_from_torch,
    array_type=torch.Tensor,
    cast=lambda x, dtype: x.to(getattr(torch, dtype)),
    halves=("float16", "bfloat16"),
    forms={"compile": _torch_compile("aot_eager"), "inductor": _torch_compile("inductor")},
    vmap=torch.func.vmap,
)

JAX = Framework(
    "jax",
    array=jnp.asarray,
    numpy=np.asarray,
    array_type=jax.Array,
    cast=lambda x, dtype: x.astype(dtype),
    halves=("float16", "bfloat16"),
    forms={"jit": lambda f, args: jax.jit(f)},
    brisk=_jit_cheaply,
    vmap=jax.vmap,
)

TENSORFLOW = Framework(
    "tensorflow",
    array=tf.convert_to_tensor,
    numpy=lambda x: x.numpy(),
    array_type=tf.Tensor,
    cast=tf.cast,
    halves=("float16", "bfloat16"),
    forms={"function": _tf_function(), "xla": _tf_function(jit_compile=True)},
)

STRICT = Framework(
    "array_api_strict",
    array=array_api_strict.asarray,
    numpy=lambda x: np.asarray(x._array),
    array_type=type(array_api_strict.asarray(0.0)),
    cast=_strict_cast,
)

FOUR = (NUMPY, TORCH, JAX, TENSORFLOW)
FRAMEWORKS = (*FOUR, STRICT)
COMPILED = [(framework, form) for framework in FRAMEWORKS for form in framework.forms]


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
