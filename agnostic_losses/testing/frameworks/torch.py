"""PyTorch: its autograd, its function transforms and its compilers."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
import torch._dynamo

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

with warnings.catch_warnings():
    # Forward mode imports it when it is first used, and what it deprecates is none of a loss's business.
    warnings.simplefilter("ignore")
    import torch._decomp.decompositions_for_jvp


def _compiler(backend: str) -> Callable[[Function, Sequence[Any]], Function]:
    def form(f: Function, args: Sequence[Any]) -> Function:
        torch._dynamo.reset()  # the limit of recompilations counts over all losses, which share one wrapper
        return torch.compile(f, fullgraph=True, backend=backend)  # type: ignore[no-any-return]

    return form


FORMS = {"compile": _compiler("aot_eager"), "inductor": _compiler("inductor")}


def _backward(subject: Subject, arrays: Sequence[Any]) -> Function:
    """Differentiate with ``backward()``, and the gradient again: double backward."""

    def evaluate(*arrays: Any) -> Results:
        leaves = [x.clone().requires_grad_(n in subject.argnums) for n, x in enumerate(arrays)]
        sources = [leaves[n] for n in subject.argnums]
        # The gradient by itself, and not the one that double backward differentiates: fused forms have their own.
        gradient = torch.autograd.grad(subject.total(*leaves), sources, materialize_grads=True)
        total = subject.total(*leaves)
        slopes = torch.autograd.grad(total, sources, create_graph=True, materialize_grads=True)
        hessian = []
        for n in subject.curved:
            x, slope = leaves[n], slopes[subject.argnums.index(n)].ravel()
            rows = [_row(slope[k], x) for k in range(slope.numel())]
            hessian.append(diagonal_of(torch.stack(rows), x) if rows else torch.zeros_like(x))
        return {"sum": total, "gradient": list(gradient), "hessian": hessian}

    return evaluate


def _row(slope: Any, x: Any) -> Any:
    """Return the derivatives of one element of the gradient; zeros where it depends on nothing."""
    if not slope.requires_grad:
        return torch.zeros_like(x)
    return torch.autograd.grad(slope, [x], retain_graph=True, materialize_grads=True)[0]


def _functional(subject: Subject, arrays: Sequence[Any]) -> Function:
    """Differentiate with torch.func: `grad`, and `hessian`, which is forward over reverse."""

    def evaluate(*arrays: Any) -> Results:
        gradient = torch.func.grad(subject.total, argnums=subject.argnums)(*arrays)
        hessian = [torch.func.hessian(subject.total, argnums=n)(*arrays) for n in subject.curved]
        diagonals = [diagonal_of(full, arrays[n]) for full, n in zip(hessian, subject.curved, strict=True)]
        return {"gradient": list(gradient), "hessian": diagonals}

    return evaluate


def _forward(subject: Subject, arrays: Sequence[Any]) -> Function:
    """Differentiate in forward mode."""

    def evaluate(*arrays: Any) -> Results:
        gradient = torch.func.jacfwd(subject.total, argnums=subject.argnums)(*arrays)
        return {"gradient": list(gradient)}

    return evaluate


def _from_torch(x: Any) -> np.ndarray[Any, Any]:
    x = x.detach().cpu()
    return (x.to(torch.float32) if x.dtype == torch.bfloat16 else x).numpy()  # type: ignore[no-any-return]


def on(device: str) -> Framework:
    """Return torch on a device."""
    no_compiler = "" if shutil.which("g++") else "torch's inductor needs a C++ compiler, there is no g++"
    return Framework(
        "torch",
        array=lambda x: torch.from_numpy(x.copy()).to(device),
        numpy=_from_torch,
        array_type=torch.Tensor,
        cast=lambda x, dtype: x.to(getattr(torch, dtype)),
        modes={
            "eager": Mode(everything, "torch.func through agnostic_losses.value_and_grad"),
            "backward": Mode(_backward, "backward and double backward"),
            "functional": Mode(_functional, "torch.func.grad and torch.func.hessian"),
            "forward": Mode(_forward, "torch.func.jacfwd"),
            "vmap": Mode(
                by_examples(torch.func.vmap, lambda x: x[:, None]), "torch.func.vmap over examples", by_rows=True
            ),
            "compile": Mode(compiled(FORMS["compile"]), "torch.compile(fullgraph=True)", compiles=True, unrolls=True),
            "inductor": Mode(
                compiled(FORMS["inductor"]),
                "torch.compile with inductor",
                compiles=True,
                unrolls=True,
                missing=no_compiler,
            ),
        },
        halves=("float16", "bfloat16"),
        forms=FORMS,
        vmap=torch.func.vmap,
    )
