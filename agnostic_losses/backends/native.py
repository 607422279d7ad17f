"""What frameworks do outside the array API standard, one name for all of them.

An adapter's `native` table may hold

- ``stop_gradient(x)``: the same values, a constant for differentiation;
- ``concrete(x)``: the values as a NumPy array where they can be read at no cost, else None;
- ``bounds(x)``: the smallest and the largest of them as Python numbers, sooner than NumPy has them, else None;
- ``as_dense(x, name)``: the array itself, where a type can hold variables, sparse or ragged arrays too;
- ``from_numpy(x, like)``: a NumPy array as an array of this framework on the device of `like`;
- ``shape(x)``: the shape as a tuple with None for an unknown length;
- ``dim(x, axis)``: a length as an integer, or as a scalar array where it is unknown before the run;
- ``device(x)``: the device for new arrays beside `x`, None where the framework places them itself;
- ``require_lengths(x, lengths, message, broadcast)``: checks lengths that are known only at run time;
- ``index_dtype()``: the dtype of indices;
- ``value_and_grad(f, argnums)``: the framework's own differentiation; absent, the tape does it;
- ``take_along_axis(x, axis, indices)``, ``cumulative_sum(x, axis)``: where the standard's function is slower, or
  compiles worse;
- ``pick(x, labels, axis)``: what `agnostic_losses.ops.pick` is, in few calls;
- ``put(g, indices, shape, axis)``, ``put_along_axis(g, indices, shape, axis)``: zeros of a shape with entries added at
  indices, the transposes of ``take`` and ``take_along_axis``, for the tape where arrays can't be written to by index;
- ``fold(step, carry, entries)``: a loop that is compiled once for all steps, see `agnostic_losses.ops.fold`;
- ``map_chunks(f, rows, shared, size)``: the same for `agnostic_losses.ops.map_chunks`, which computes again in the
  gradient what it needs of a chunk;
- ``abs``, ``relu``: where the framework's own has the subgradient of least norm and costs less than the generic
  form in `agnostic_losses.ops`;
- ``squared_difference(x, y)``, ``sum_of_squares(x)``: in one kernel;
- ``mean(x)``: of all entries, of which there is one at least, in fewer kernels than a sum and a quotient;
- the name of a block that `fused` is called with, such as ``softplus`` or ``huber``: its value and first derivative in
  few kernels, called as ``form(generic, *arrays, **options)``.

A function that is absent has the generic behaviour below.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agnostic_losses._typing import Array, Namespace
from agnostic_losses.backends.resolver import adapter_of, backend_name


def native_function(array: Any, name: str) -> Callable[..., Any] | None:
    """Return the native function of an array's backend, None where the generic form serves."""
    adapter = adapter_of(array)
    return None if adapter is None else adapter.native.get(name)


@dataclass(frozen=True, eq=False)
class FusedForm:
    """A block as kernels, in which a backend says when they serve, and how they stand in its graph.

    Attributes
    ----------
    value : callable
        ``value(*arrays, **options)`` returns the value, and a tuple of arrays that the gradient needs besides; where
        it `looks`, None for numbers that the kernels are not right for.
    gradient : callable
        ``gradient(g, needed, saved, *arrays, **options)`` returns the gradients by the arrays, None for one that is
        not needed.
    looks : bool
        Whether the value depends on a look at the numbers. An accelerator would have to be waited for: there, and for
        other numbers, the generic body computes.
    """

    value: Callable[..., Any]
    gradient: Callable[..., Any]
    looks: bool = False


def fused(name: str, generic: Callable[..., Any], *arrays: Any, xp: Namespace, **options: Any) -> Any:
    """Evaluate a block natively where the backend has it under this name, else by its generic body.

    The native form gets the body, too, without the options: it may fall back on it, and has its derivatives.
    """
    form = fused_form(arrays[0], name)
    body = functools.partial(generic, xp=xp, **options)
    return body(*arrays) if form is None else form(body, *arrays, **options)


def fused_form(array: Any, name: str) -> Callable[..., Any] | None:
    """Return the native form of a block, None where an array's backend has none."""
    return native_function(array, name)


def stop_gradient(array: Array) -> Array:
    """Return the same values as a constant for differentiation."""
    native = native_function(array, "stop_gradient")
    return array if native is None else native(array)


def concrete(array: Any) -> Any:
    """Return the values as a NumPy array where reading costs nothing and nothing is traced, else None."""
    native = native_function(array, "concrete")
    return None if native is None else native(array)


def bounds(array: Any) -> tuple[int, int] | None:
    """Return the smallest and the largest of integers where `concrete` can read them; None elsewhere, or of nothing."""
    native = native_function(array, "bounds")
    found = None if native is None else native(array)
    if found is not None:
        return found  # type: ignore[no-any-return]
    values = concrete(array)
    return None if values is None or values.size == 0 else (values.min(), values.max())


def shape(array: Any) -> tuple[int | None, ...]:
    """Return the shape as a tuple, None for a length that is unknown before the run."""
    native = native_function(array, "shape")
    if native is not None:
        return native(array)  # type: ignore[no-any-return]
    # An unknown length is NaN in Dask and None in the standard; equality finds both.
    return tuple(length if length == length else None for length in array.shape)


def dim(array: Any, axis: int) -> Any:
    """Return a length as an integer, or as a scalar array where it is unknown before the run."""
    native = native_function(array, "dim")
    if native is not None:
        return native(array, axis)
    length = array.shape[axis]
    if length is None:
        raise ValueError(
            f"axis {axis} of an array of {backend_name(array)} must have a known length, got the shape {array.shape}"
        )
    return length


def device(array: Any) -> Any:
    """Return the device for new arrays beside this one."""
    native = native_function(array, "device")
    return array.device if native is None else native(array)


def index_dtype(array: Any, xp: Namespace) -> Any:
    """Return the dtype of indices beside this array."""
    native = native_function(array, "index_dtype")
    if native is not None:
        return native()
    return xp.__array_namespace_info__().default_dtypes()["indexing"]
