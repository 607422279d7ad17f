"""The losses of several frameworks side by side, such as a Keras loss and its PyTorch port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from agnostic_losses.autodiff import value_and_grad
from agnostic_losses.testing.criterion import NOTHING, Worst, ulp
from agnostic_losses.testing.frameworks import DEVICES, load
from agnostic_losses.testing.inputs import Inputs, argnums_of, arrays_of, element_of, names, numbered, total_of
from agnostic_losses.testing.measures import Measure, Report, told
from agnostic_losses.testing.modes import Function

DTYPES = ("float16", "float32", "float64")


def compare(
    losses: Mapping[str, Function],
    inputs: Inputs | Sequence[Inputs],
    *,
    wrt: str | Sequence[str] | None = None,
    dtypes: str | Sequence[str] = ("float32",),
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
        targets first: wrap it in a lambda. NumPy has no gradients of its own: a function of NumPy arrays is
        differentiated by the tape, for which it must be written against the array API, or `wrt` be empty.
    inputs : mapping, or sequence of mappings
        The arguments by name, in their order: arrays, numbers or nested lists.
    wrt : sequence of str, optional
        The arguments to differentiate by, the first one if absent; an empty sequence compares values alone. A loss
        that is not a scalar is summed up for the gradient.
    dtypes : sequence of str
        Of "float16", "float32" and "float64".
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
        If fewer than two losses came, or one of `losses`, `wrt` or `dtypes` names something unknown.

    Examples
    --------
    >>> import numpy as np
    >>> from agnostic_losses.testing import compare
    >>> half = lambda p, t: 0.5 * (p - t) ** 2
    >>> full = lambda p, t: (p - t) ** 2
    >>> inputs = {"predictions": np.array([1.0, 3.0]), "targets": np.array([1.0, 2.0])}
    >>> report = compare({"numpy: a": half, "numpy: b": full}, inputs, raises=False)
    >>> print(report.failures[0])
    <lambda>, numpy: b, eager, float32: value: element 1: got 1.0, numpy: a 0.5, error 8.39e+06 ulp, bound 64 ulp
    """
    if len(losses) < 2:
        raise ValueError(f"losses must hold two or more to compare, got {len(losses)}")
    for label in losses:
        load(names("losses", _backend(label), tuple(DEVICES))[0], device)
    dtypes = names("dtypes", dtypes, DTYPES)
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
    wrt: str | Sequence[str] | None,
    ulps: float,
    device: str,
) -> Iterator[Measure]:
    owners, arrays = list(inputs), arrays_of(inputs, dtype)
    argnums = argnums_of(owners, arrays, owners[:1] if wrt is None else wrt)
    first = ""
    reference: Mapping[tuple[str, str], np.ndarray[Any, Any] | Exception] = {}
    for label, loss in losses.items():
        place = (getattr(loss, "__name__", type(loss).__name__), "", name, label, "eager", dtype)
        results = _evaluate(loss, _backend(label), arrays, argnums, owners, device)
        for (what, argument), result in results.items():
            wanted = reference.get((what, argument))
            try:
                if isinstance(result, Exception):
                    raise result
                if wanted is None or isinstance(wanted, Exception):
                    continue
                entry = _first_difference(result, wanted, dtype, ulps, first)
            except Exception as error:
                yield Measure(*place, what, argument, NOTHING, error=told(error))
                continue
            at = element_of(argument, arrays[owners.index(argument)], entry.index) if argument else ""
            yield Measure(*place, what, argument, entry, at=at)
        if not first and not isinstance(results["value", ""], Exception):
            first, reference = label, results


def _backend(label: str) -> str:
    """Return the framework that a label names before a colon."""
    return label.partition(":")[0].strip()


def _evaluate(
    loss: Function,
    backend: str,
    arrays: Sequence[Any],
    argnums: tuple[int, ...],
    owners: Sequence[str],
    device: str,
) -> dict[tuple[str, str], np.ndarray[Any, Any] | Exception]:
    """Return the value and the gradients of a loss, or what they raised, by what they are and by argument."""
    framework = load(backend, device)
    native = [framework.array(x) for x in arrays]
    found: dict[tuple[str, str], np.ndarray[Any, Any] | Exception] = {}
    with np.errstate(all="ignore"):  # what NumPy warns of is seen in the numbers
        try:
            found["value", ""] = framework.numpy(loss(*native))
        except Exception as error:
            return {("value", ""): error}
        if not argnums:
            return found
        try:
            gradients = value_and_grad(lambda *inner: total_of(loss(*inner)), argnums)(*native)[1]
            found |= {("gradient", owners[n]): framework.numpy(g) for n, g in zip(argnums, gradients, strict=True)}
        except Exception as error:
            found |= {("gradient", owners[n]): error for n in argnums}
    return found


def _first_difference(got: Any, wanted: Any, dtype: str, ulps: float, first: str) -> Worst:
    """Return the first element beyond the bound, or that with the largest error if there is none."""
    result, expected = np.asarray(got, dtype=np.float64), np.asarray(wanted, dtype=np.float64)
    if result.shape != expected.shape:
        raise ValueError(f"got shape {result.shape}, {first} {expected.shape}: the losses must be reduced alike")
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
