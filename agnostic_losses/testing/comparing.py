"""The losses of several frameworks side by side, such as a Keras loss and its PyTorch port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from agnostic_losses.autodiff import value_and_grad
from agnostic_losses.testing.criterion import NOTHING, Worst, ulp
from agnostic_losses.testing.frameworks import load
from agnostic_losses.testing.inputs import Inputs, argnums_of, arrays_of, numbered, total_of
from agnostic_losses.testing.measures import Measure, Report
from agnostic_losses.testing.modes import Function


def compare(
    losses: Mapping[str, Function],
    inputs: Inputs | Sequence[Inputs],
    *,
    wrt: Sequence[str] | None = None,
    dtypes: Sequence[str] = ("float32",),
    ulps: float = 64.0,
    device: str = "cpu",
    raises: bool = True,
) -> Report:
    """Feed the same numbers to the losses of several frameworks, and report where value or gradient first differ.

    Parameters
    ----------
    losses : mapping of str to callable
        A function ``f(*arrays)`` of each framework's own arrays, by the framework's name; "torch: old" and
        "torch: new" are two of one framework. The first is what the others are compared with. A Keras loss takes the
        targets first: wrap it in a lambda.
    inputs : mapping, or sequence of mappings
        The arguments by name, in their order: arrays, numbers or nested lists.
    wrt : sequence of str, optional
        The arguments to differentiate by, the first one if absent; an empty sequence compares values alone. A loss
        that is not a scalar is summed up for the gradient.
    dtypes : sequence of str
        Floating dtypes.
    ulps : float
        The bound, in units in the last place of the largest element of the value or gradient.
    device : str
        "cpu" or "cuda".
    raises : bool
        Whether to raise for differences.

    Returns
    -------
    Report
        All comparisons. A failure shows the first element that differs.

    Raises
    ------
    ConformanceError
        If something differs, or could not be computed.
    ValueError
        If fewer than two losses came, or a name is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> from agnostic_losses.testing import compare
    >>> half = lambda p, t: 0.5 * (p - t) ** 2
    >>> full = lambda p, t: (p - t) ** 2
    >>> inputs = {"predictions": np.array([1.0, 3.0]), "targets": np.array([1.0, 2.0])}
    >>> report = compare({"numpy: a": half, "numpy: b": full}, inputs, raises=False)
    >>> print(report.failures[0])
    numpy: b, numpy, eager, float32: value: element 1: got 1.0, numpy: a 0.5, error 8.39e+06 ulp, bound 64 ulp
    """
    if len(losses) < 2:
        raise ValueError(f"losses must hold two or more to compare, got {len(losses)}")
    report = Report(
        tuple(
            measure
            for name, one in numbered(inputs)
            for dtype in dtypes
            for measure in _compare_one(losses, one, name, dtype, wrt, ulps, device)
        )
    )
    if raises:
        report.raise_for_failures()
    return report


def _compare_one(
    losses: Mapping[str, Function],
    inputs: Inputs,
    name: str,
    dtype: str,
    wrt: Sequence[str] | None,
    ulps: float,
    device: str,
) -> Iterator[Measure]:
    owners, arrays = list(inputs), arrays_of(inputs, dtype)
    argnums = argnums_of(owners, arrays, owners[:1] if wrt is None else wrt)
    first, reference = "", {}
    for label, loss in losses.items():
        backend = label.partition(":")[0].strip()
        place = (label, "", name, backend, "eager", dtype)
        try:
            results = _evaluate(loss, backend, arrays, argnums, owners, device)
        except Exception as error:
            yield Measure(*place, "value", "", NOTHING, error=f"{type(error).__name__}: {error}")
            continue
        if not first:
            first, reference = label, results
            continue
        for (what, argument), wanted in reference.items():
            yield Measure(
                *place, what, argument, _first_difference(results[what, argument], wanted, dtype, ulps, first)
            )


def _evaluate(
    loss: Function,
    backend: str,
    arrays: Sequence[Any],
    argnums: tuple[int, ...],
    owners: Sequence[str],
    device: str,
) -> dict[tuple[str, str], np.ndarray[Any, Any]]:
    """Return the value and the gradients of a loss, by what they are and by argument."""
    framework = load(backend, device)
    native = [framework.array(x) for x in arrays]
    found = {("value", ""): framework.numpy(loss(*native))}
    if argnums:
        _, gradients = value_and_grad(lambda *inner: total_of(loss(*inner)), argnums)(*native)
        for n, gradient in zip(argnums, gradients, strict=True):
            found["gradient", owners[n]] = framework.numpy(gradient)
    return found


def _first_difference(got: Any, wanted: Any, dtype: str, ulps: float, first: str) -> Worst:
    """Return the first element beyond the bound, or that with the largest error if there is none."""
    result, expected = np.asarray(got, dtype=np.float64), np.asarray(wanted, dtype=np.float64)
    if result.shape != expected.shape:
        raise ValueError(f"the losses have the shapes {expected.shape} and {result.shape}: reduce them alike")
    if not result.size:
        return NOTHING
    result, expected = result.ravel(), expected.ravel()
    finite = np.abs(expected[np.isfinite(expected)])
    unit = ulp(float(np.max(finite, initial=0.0)), dtype)
    same = (result == expected) | (np.isnan(result) & np.isnan(expected))
    with np.errstate(invalid="ignore"):
        errors = np.where(same, 0.0, np.abs(result - expected) / unit)
    errors = np.where(np.isnan(errors), np.inf, errors)
    beyond = np.flatnonzero(errors > ulps)
    place = int(beyond[0]) if beyond.size else int(np.argmax(errors))
    error = float(errors[place])
    return Worst(place, float(result[place]), float(expected[place]), error, ulps, error / ulps, against=first)
