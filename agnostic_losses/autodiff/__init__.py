"""Gradients with one call on every framework.

Arrays of torch, JAX and TensorFlow are differentiated by their own framework; all others (NumPy, CuPy,
array-api-strict, mparray) by the reverse-mode tape of `agnostic_losses.autodiff.tape`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agnostic_losses.backends import array_namespace, device, dim, native_function
from agnostic_losses.ops.fold import fold

__all__ = ["grad", "hessian_diagonal", "value_and_grad"]


def value_and_grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., tuple[Any, Any]]:
    """Return a function that evaluates `f` and its gradient.

    Parameters
    ----------
    f : callable
        Returns a real scalar array.
    argnums : int or tuple of int
        The positional arguments to differentiate with respect to: real floating arrays.

    Returns
    -------
    callable
        Takes the arguments of `f`; returns its value, and one gradient or a tuple of them, in the dtype and shape of
        the arguments. It can be differentiated again.
    """

    def evaluate(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        first = args[argnums if isinstance(argnums, int) else argnums[0]]
        transform = native_function(first, "value_and_grad") or _tape_value_and_grad
        result: tuple[Any, Any] = transform(f, argnums)(*args, **kwargs)
        return result

    return evaluate


def _tape_value_and_grad(f: Callable[..., Any], argnums: int | tuple[int, ...]) -> Callable[..., Any]:
    # Imported when first needed: users of torch, JAX and TensorFlow never pay for it.
    from agnostic_losses.autodiff import tape

    return tape.value_and_grad(f, argnums)


def grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """Return a function that evaluates the gradient of `f`; the parameters are those of `value_and_grad`."""

    def evaluate(*args: Any, **kwargs: Any) -> Any:
        return value_and_grad(f, argnums)(*args, **kwargs)[1]

    return evaluate


def hessian_diagonal(
    f: Callable[..., Any], argnums: int = 0, *, coupled: str | int | tuple[int, ...] | None = "all"
) -> Callable[..., Any]:
    """Return a function that evaluates the second derivatives of `f` by each element of one argument.

    Parameters
    ----------
    f : callable
        Returns a real scalar array.
    argnums : int
        The positional argument.
    coupled : {"all"}, int, tuple of int or None
        Which elements of the argument interact in `f`. The cost is one product with the Hessian for each element of
        the coupled part: "all" is right for every `f`; an axis, when only the elements along it interact (-1 for
        softmax losses of a batch), or several; None, when `f` is a sum over elements (most regression and binary
        losses). Axes or None on a function that couples more give row sums of Hessian blocks instead.

    Returns
    -------
    callable
        Takes the arguments of `f`; returns an array in the dtype and shape of the argument.
    """

    def evaluate(*args: Any, **kwargs: Any) -> Any:
        x = args[argnums]
        xp = array_namespace(x)
        group, count = _groups(x, coupled, xp)
        here, elsewhere = xp.ones_like(x), xp.zeros_like(x)

        def add(carry: tuple[Any, ...], entry: tuple[Any, ...]) -> tuple[Any, ...]:
            direction = xp.where(group == entry[0], here, elsewhere)
            return (carry[0] + direction * _hessian_times(f, argnums, direction, args, kwargs, xp),)

        # Compilers get one product with the Hessian and a loop around it, not a copy of it for each element.
        return fold(add, (elsewhere,), (xp.arange(count, device=device(x)),))[0]

    return evaluate


def _hessian_times(
    f: Callable[..., Any],
    argnums: int,
    direction: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    xp: Any,
) -> Any:
    def slope(*inner: Any) -> Any:
        space = array_namespace(inner[argnums])
        return space.sum(grad(f, argnums)(*inner, **kwargs) * space.asarray(direction))

    return grad(slope, argnums)(*args)


def _groups(x: Any, coupled: str | int | tuple[int, ...] | None, xp: Any) -> tuple[Any, Any]:
    """Number the elements so that those of one number do not interact; return the numbers, and how many there are."""
    axes = tuple(range(x.ndim)) if coupled == "all" else () if coupled is None else coupled
    axes = (axes,) if isinstance(axes, int) else axes
    if not isinstance(axes, tuple) or not all(isinstance(axis, int) and -x.ndim <= axis < x.ndim for axis in axes):
        raise ValueError(f"coupled must be 'all', None or an axis of the argument, got {coupled!r}")
    group, count = xp.reshape(xp.arange(1, device=device(x)), (1,) * x.ndim), 1
    for axis in axes:
        length, trailing = dim(x, axis), (1,) * (x.ndim - 1 - axis % x.ndim)
        group = group * length + xp.reshape(xp.arange(length, device=device(x)), (-1, *trailing))
        count = count * length
    return group, count
