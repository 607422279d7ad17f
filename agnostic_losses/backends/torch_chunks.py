"""PyTorch: a map over chunks of rows that keeps nothing of a chunk; its gradient computes each of them again.

What every row needs has one gradient, to which each chunk adds its part: in a graph of all chunks there would be one a
chunk at a time, each as large as the array.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.utils.checkpoint

from agnostic_losses.backends.torch_fused import gradients, gradients_in_graph, is_transformed

Function = Callable[..., Any]
Arrays = tuple[Any, ...]


def map_chunks(f: Function, rows: Arrays, shared: Arrays, size: int) -> Any:
    """Return ``f(*rows, *shared)``, evaluated for `size` rows at a time."""
    if torch.compiler.is_compiling() or is_transformed():
        return _one_by_one(f, (*rows, *shared), len(rows), size)
    return _Mapped.apply(f, len(rows), size, *rows, *shared)


def chunks(arrays: Arrays, count: int, size: int) -> Iterator[tuple[slice, list[Any]]]:
    """Yield the arrays with some rows of the first few at a time, and which rows these are."""
    length = arrays[0].shape[0]
    for start in range(0, length, size):
        place = slice(start, min(start + size, length))
        yield place, [x[place] if n < count else x for n, x in enumerate(arrays)]


def _one_by_one(f: Function, arrays: Arrays, count: int, size: int) -> Any:
    """Evaluate all chunks, for every kind and order of derivative."""
    return torch.cat([_recompute(f, *chunk) for _, chunk in chunks(arrays, count, size)])


class _Mapped(torch.autograd.Function):  # type: ignore[misc]
    """All chunks as one node of the graph."""

    @staticmethod
    def forward(ctx: Any, f: Function, count: int, size: int, *arrays: Any) -> Any:
        ctx.f, ctx.count, ctx.size = f, count, size
        ctx.save_for_backward(*arrays)
        return torch.cat([f(*chunk) for _, chunk in chunks(arrays, count, size)])

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        arrays, needed = ctx.saved_tensors, ctx.needs_input_grad[3:]
        if torch.is_grad_enabled():  # for a second derivative

            def whole(*arrays: Any) -> Any:
                return _one_by_one(ctx.f, arrays, ctx.count, ctx.size)

            return None, None, None, *gradients_in_graph(whole, arrays, needed, gradient)
        # Parts are added to what is shared, in place, and written to their rows.
        totals: list[Any] = [torch.zeros_like(x) if wanted else None for x, wanted in zip(arrays, needed, strict=True)]
        for place, chunk in chunks(arrays, ctx.count, ctx.size):
            leaves = [x.detach().requires_grad_(wanted) for x, wanted in zip(chunk, needed, strict=True)]
            with torch.enable_grad():
                value = ctx.f(*leaves)
            for n, part in enumerate(gradients(value, leaves, needed, gradient[place])):
                if part is not None:
                    (totals[n][place] if n < ctx.count else totals[n]).add_(part)
        return None, None, None, *totals


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


def _recompute(f: Callable[..., Any], *arrays: Any) -> Any:
    """Evaluate a function whose intermediate results are computed again for its derivatives.

    A compiler knows checkpoints, but no forward mode of a function of our own; within its transforms it has neither.
    """
    if not torch.compiler.is_compiling():
        return _Recomputed.apply(f, *arrays)
    if torch._C._are_functorch_transforms_active():
        return f(*arrays)
    return torch.utils.checkpoint.checkpoint(f, *arrays, use_reentrant=False)
