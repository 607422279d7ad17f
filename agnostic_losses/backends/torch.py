"""PyTorch: array-api-compat's namespace, and what torch does outside the standard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import array_api_compat.torch as namespace
import numpy as np
import torch
import torch.utils.checkpoint

from agnostic_losses.backends.adapter import Adapter


def concrete(x: Any) -> Any:
    """Return the values of a CPU tensor outside of tracing."""
    if torch.compiler.is_compiling() or x.device.type != "cpu":
        return None
    try:
        return x.detach().numpy()
    except (RuntimeError, TypeError):  # tensors of torch.func transforms and fake tensors have no values
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


def value_and_grad(f: Callable[..., Any], argnums: int | tuple[int, ...]) -> Callable[..., Any]:
    """Differentiate with torch.func, which nests."""
    grad_and_value = torch.func.grad_and_value(f, argnums=argnums)

    def evaluate(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        gradient, value = grad_and_value(*args, **kwargs)
        return value, gradient

    return evaluate


class _Recomputed(torch.autograd.Function):  # type: ignore[misc]
    """A function of which the arguments alone are kept for the derivatives, in every transform and at every order.

    What torch.utils.checkpoint is, which torch.func refuses: derivatives are taken with torch.func when they are asked
    for, and so can be differentiated in turn.
    """

    @staticmethod
    def forward(f: Callable[..., Any], *arrays: Any) -> Any:
        return f(*arrays)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.f, *arrays = inputs
        ctx.save_for_backward(*arrays)
        ctx.save_for_forward(*arrays)

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        arrays = ctx.saved_tensors
        places = [n for n, needed in enumerate(ctx.needs_input_grad[1:]) if needed]
        chosen = [arrays[n] for n in places]
        _, pull_back = torch.func.vjp(_with_others_fixed(ctx.f, arrays, places), *chosen)
        parts = dict(zip(places, pull_back(gradient), strict=True))
        return None, *[parts.get(n) for n in range(len(arrays))]

    @staticmethod
    def jvp(ctx: Any, _: Any, *tangents: Any) -> Any:
        arrays = ctx.saved_tensors
        places = [n for n, tangent in enumerate(tangents) if tangent is not None]
        f = _with_others_fixed(ctx.f, arrays, places)
        return torch.func.jvp(f, tuple(arrays[n] for n in places), tuple(tangents[n] for n in places))[1]

    @staticmethod
    def vmap(info: Any, in_dims: Any, f: Callable[..., Any], *arrays: Any) -> Any:
        batched = torch.func.vmap(f, in_dims[1:], randomness=info.randomness)
        return _Recomputed.apply(batched, *arrays), 0


def _with_others_fixed(f: Callable[..., Any], arrays: Any, places: list[int]) -> Callable[..., Any]:
    """Return f as a function of the arguments at some places."""

    def of_chosen(*chosen: Any) -> Any:
        whole = list(arrays)
        for place, x in zip(places, chosen, strict=True):
            whole[place] = x
        return f(*whole)

    return of_chosen


def recompute(f: Callable[..., Any], *arrays: Any) -> Any:
    """Evaluate a function whose intermediate results are computed again for its derivatives.

    A compiler knows checkpoints, but no forward mode of a function of our own; within its transforms it has neither.
    """
    if not torch.compiler.is_compiling():
        return _Recomputed.apply(f, *arrays)
    if torch._C._are_functorch_transforms_active():
        return f(*arrays)
    return torch.utils.checkpoint.checkpoint(f, *arrays, use_reentrant=False)


ADAPTER = Adapter(
    "torch",
    namespace,
    {
        "stop_gradient": torch.Tensor.detach,
        "concrete": concrete,
        "as_dense": as_dense,
        "from_numpy": from_numpy,
        "index_dtype": lambda: torch.int64,
        "value_and_grad": value_and_grad,
        "recompute": recompute,
        # take_along_dim specialises a compiled graph to the length of the batch.
        "take_along_axis": torch.gather,
        # The namespace's looks its array's class up in a way that a compiled graph warns of.
        "cumulative_sum": torch.cumsum,
        # One fused kernel each, with derivative 0 at 0.
        "abs": torch.abs,
        "relu": torch.relu,
    },
)
