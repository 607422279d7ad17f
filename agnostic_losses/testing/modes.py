"""What is evaluated of a loss, and the ways of evaluating it that every framework shares.

A mode takes a subject and example arrays, and returns a function of arrays that evaluates some or all of the results.
The modes that a framework has of its own are in `frameworks/`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from agnostic_losses.autodiff import hessian_diagonal, value_and_grad
from agnostic_losses.backends import array_namespace

Function = Callable[..., Any]

Results = dict[str, Any]
"""By name: "value" (unreduced), "sum", "mean", "gradient" and "hessian", the last two being lists of arrays.

They are those of the sum; the second derivatives are the diagonal. A mode leaves out what it does not evaluate.
"""


@dataclass(frozen=True, eq=False)
class Subject:
    """A loss as a function of arrays alone: its options are bound.

    Attributes
    ----------
    unreduced, total : callable
        The loss without reduction, and its sum.
    average : callable, optional
        Its mean, when that is something to compare.
    argnums : tuple of int
        The arguments that it is differentiated by.
    curved : tuple of int
        Those of them whose second derivatives are evaluated.
    coupled : None, int, tuple of int or "all"
        Which elements of these interact, as in `agnostic_losses.hessian_diagonal`.
    """

    unreduced: Function
    total: Function
    average: Function | None
    argnums: tuple[int, ...]
    curved: tuple[int, ...]
    coupled: int | tuple[int, ...] | Literal["all"] | None = "all"


@dataclass(frozen=True, eq=False)
class Mode:
    """One way of evaluating a loss on a framework.

    Attributes
    ----------
    prepare : callable
        ``prepare(subject, arrays)`` returns a function of such arrays with the results.
    what : str
        What a person would call it.
    array : callable, optional
        Makes its arrays, when they are not the framework's ordinary ones.
    dtypes : tuple of str
        Those that it exists for.
    by_rows : bool
        Whether it maps over examples, and so is for losses in which each example stands by itself.
    compiles : bool
        Whether preparing takes far longer than evaluating.
    unrolls : bool
        Whether it compiles a loop as a copy for each step: a product with the Hessian for each element that interacts.
    missing : str
        Why this machine can't run it; empty if it can.
    """

    prepare: Callable[[Subject, Sequence[Any]], Function]
    what: str
    array: Function | None = None
    dtypes: tuple[str, ...] = ("float32", "float64")
    by_rows: bool = False
    compiles: bool = False
    unrolls: bool = False
    missing: str = ""


def everything(subject: Subject, arrays: Sequence[Any] = ()) -> Function:
    """Evaluate all results through the transforms of this package."""

    def evaluate(*arrays: Any) -> Results:
        total, gradient = value_and_grad(subject.total, subject.argnums)(*arrays)
        results = {
            "value": subject.unreduced(*arrays),
            "sum": total,
            "gradient": list(gradient),
            "hessian": [hessian_diagonal(subject.total, n, coupled=subject.coupled)(*arrays) for n in subject.curved],
        }
        if subject.average is not None:
            results["mean"] = subject.average(*arrays)
        return results

    return evaluate


def compiled(form: Callable[[Function, Sequence[Any]], Function]) -> Callable[[Subject, Sequence[Any]], Function]:
    """Return the mode that compiles one function of all results with a compiler: ``form(f, arrays)``."""

    def prepare(subject: Subject, arrays: Sequence[Any]) -> Function:
        return form(everything(subject), arrays)

    return prepare


def by_examples(vmap: Function, stack: Function) -> Callable[[Subject, Sequence[Any]], Function]:
    """Return the mode that maps a loss and its gradient over examples: ``vmap(f)`` maps over axis 0."""

    def prepare(subject: Subject, arrays: Sequence[Any]) -> Function:
        one = vmap(value_and_grad(subject.total, subject.argnums))

        def evaluate(*arrays: Any) -> Results:
            # Each example is a batch of one, since some losses need the axis of the samples.
            values, gradients = one(*[stack(x) for x in arrays])
            total = array_namespace(values).sum(values)
            return {"sum": total, "gradient": [gradient[:, 0, ...] for gradient in gradients]}

        return evaluate

    return prepare


def diagonal_of(hessian: Any, x: Any) -> Any:
    """Return the diagonal of a Hessian of the shape ``x.shape + x.shape``, in the shape of `x`."""
    xp = array_namespace(hessian)
    size = 1
    for length in x.shape:
        size *= length
    square = xp.reshape(hessian, (size, size))
    return xp.reshape(xp.sum(square * xp.eye(size, dtype=square.dtype), axis=1), tuple(x.shape))
