"""PyTorch: array-api-compat's namespace, and what torch does outside the standard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import array_api_compat.torch as namespace
import numpy as np
import torch

from agnostic_losses.backends import (
    torch_fused,
    torch_probabilities,
    torch_softmax,
    torch_vectors,
    torch_vocabulary,
)
from agnostic_losses.backends.adapter import Adapter
from agnostic_losses.backends.torch_chunks import map_chunks


def concrete(x: Any) -> Any:
    """Return the values of a CPU tensor outside of tracing."""
    if torch.compiler.is_compiling() or x.device.type != "cpu":
        return None
    try:
        return (x.detach() if x.requires_grad else x).numpy()
    except (RuntimeError, TypeError):  # tensors of torch.func transforms and fake tensors have no values
        return None


def bounds(x: Any) -> Any:
    """Return the smallest and the largest value of a CPU tensor outside of tracing: one kernel, where NumPy has two."""
    if torch.compiler.is_compiling() or not x.is_cpu:
        return None
    try:
        low, high = x.aminmax()
        return low.item(), high.item()
    except (RuntimeError, TypeError):  # as above; or there are no values, or their dtype has no such kernel
        return None


def as_dense(x: Any, name: str) -> Any:
    """Return the tensor; raise for the layouts that share torch.Tensor's type but not its operations."""
    if x.layout != torch.strided or x.is_nested:
        raise TypeError(f"{name} must be a dense tensor, got one that is {'nested' if x.is_nested else 'sparse'}")
    return x


def from_numpy(x: Any, like: Any) -> Any:
    """Convert NumPy data, without torch's warning for memory that can't be written and its refusal of flips."""
    plain = torch.compiler.is_compiling() or (x.flags.writeable and x.flags.c_contiguous and x.dtype.isnative)
    if not plain:
        x = np.array(x, dtype=x.dtype.newbyteorder("="), order="C")
    return torch.asarray(x, device=like.device)


def mean(x: Any) -> Any:
    """Return the mean of all entries."""
    # The gradient of a mean is an array of equal numbers, where that of a sum is one number; on a CPU both are alike.
    return x.mean() if x.is_cpu and not x.requires_grad else x.sum() / x.numel()


def value_and_grad(f: Callable[..., Any], argnums: int | tuple[int, ...]) -> Callable[..., Any]:
    """Differentiate with torch.func, which nests."""
    grad_and_value = torch.func.grad_and_value(f, argnums=argnums)

    def evaluate(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        gradient, value = grad_and_value(*args, **kwargs)
        return value, gradient

    return evaluate


FORMS = {
    name: form
    for part in (torch_fused, torch_probabilities, torch_softmax, torch_vectors, torch_vocabulary)
    for name, form in part.FORMS.items()
}
"""The fused forms by name."""

ADAPTER = Adapter(
    "torch",
    namespace,
    {
        "stop_gradient": torch.Tensor.detach,
        "shape": lambda x: tuple(x.shape),
        "concrete": concrete,
        "bounds": bounds,
        "as_dense": as_dense,
        "from_numpy": from_numpy,
        "index_dtype": lambda: torch.int64,
        "value_and_grad": value_and_grad,
        "map_chunks": map_chunks,
        # take_along_dim specialises a compiled graph to the length of the batch.
        "take_along_axis": torch.gather,
        "pick": lambda x, labels, axis: x.gather(axis, labels.clamp_min(0).unsqueeze(axis)).squeeze(axis),
        # The namespace's looks its array's class up in a way that a compiled graph warns of.
        "cumulative_sum": torch.cumsum,
        # One fused kernel each, with derivative 0 at 0.
        "abs": torch.abs,
        "relu": torch.relu,
        "mean": mean,
        "squared_difference": lambda x, y: torch.nn.functional.mse_loss(x, y, reduction="none"),
        **FORMS,
    },
)
