"""One loss of the array API on every backend and in every mode, against its own truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from agnostic_losses.testing.criterion import NOTHING, Truth, worst
from agnostic_losses.testing.frameworks import Framework, load, on_device
from agnostic_losses.testing.inputs import Inputs, argnums_of, arrays_of, as_array, numbered, options_text, total_of
from agnostic_losses.testing.measures import Measure, Report, outcomes
from agnostic_losses.testing.modes import Function, Subject
from agnostic_losses.testing.reference import MPARRAY, truth


def check_loss(
    loss: Function,
    inputs: Inputs | Sequence[Inputs],
    *,
    options: Mapping[str, Any] | None = None,
    wrt: Sequence[str] | None = None,
    backends: Sequence[str] | None = None,
    modes: Sequence[str] | None = None,
    dtypes: Sequence[str] = ("float32", "float64"),
    coupled: str | int | None = "all",
    by_examples: bool = False,
    ulps: float = 24.0,
    device: str = "cpu",
    raises: bool = True,
) -> Report:
    """Run a loss on backends and in modes, and compare it with its own truth in 400 digits.

    Values, gradients by the floating arguments and second derivatives by the first are compared, each with what the
    same source gives in arithmetic of 400 digits, differentiated by the tape: so it finds rounding errors, overflow,
    NaN, gradients that a framework takes otherwise, and what does not compile. It can't find a formula that is wrong
    everywhere.

    Parameters
    ----------
    loss : callable
        ``loss(*arrays, **options)``, written against the array API; returns a scalar or an unreduced loss.
    inputs : mapping, or sequence of mappings
        The array arguments by name, in the order of the signature: arrays, numbers or nested lists. Floating ones
        take the dtype; a sequence is checked one after the other.
    options : mapping, optional
        Keyword arguments; NumPy arrays among them become arrays of the backend.
    wrt : sequence of str, optional
        The arguments to differentiate by, all floating ones if absent. The first has its second derivatives checked.
    backends : sequence of str, optional
        Of "numpy", "torch", "jax", "tensorflow", "array_api_strict", "cupy"; those that are installed if absent.
    modes : sequence of str, optional
        Such as "eager", "jit" or "compile"; all but "inductor" if absent.
    dtypes : sequence of str
        Floating dtypes.
    coupled : "all", int or None
        Which elements of the first argument interact, see `agnostic_losses.hessian_diagonal`.
    by_examples : bool
        Whether each row of all inputs is an example by itself, so that it can be mapped over.
    ulps : float
        The bound: this many units in the last place of the truth (more for sums, by their logarithm), and 4 eps of
        the condition.
    device : str
        "cpu" or "cuda".
    raises : bool
        Whether to raise for failures.

    Returns
    -------
    Report
        All comparisons; printed, the matrix of the largest errors.

    Raises
    ------
    ConformanceError
        If a result is beyond its bound, or could not be computed. Each failure names input, backend, mode, dtype, the
        worst element and both values.
    ValueError
        If `wrt`, `backends` or `modes` names something unknown.

    Examples
    --------
    >>> import numpy as np
    >>> import agnostic_losses as al
    >>> from agnostic_losses.testing import check_loss
    >>> inputs = {"predictions": [0.5, -2.0, 0.0], "targets": [0.0, 0.0, 0.0]}
    >>> check_loss(al.huber, inputs, backends=["numpy"]).passed
    True
    """
    report = Report(
        tuple(
            measure
            for name, one in numbered(inputs)
            for dtype in dtypes
            for measure in _check_one(
                _Checked(loss, one, options or {}, wrt, coupled, by_examples, name, dtype),
                backends,
                modes,
                ulps,
                device,
            )
        )
    )
    if raises:
        report.raise_for_failures()
    return report


class _Checked:
    """A loss with one of its inputs in one dtype."""

    def __init__(
        self,
        loss: Function,
        inputs: Inputs,
        options: Mapping[str, Any],
        wrt: Sequence[str] | None,
        coupled: Any,
        by_examples: bool,
        name: str,
        dtype: str,
    ) -> None:
        self.loss, self.options, self.coupled, self.name, self.dtype = loss, options, coupled, name, dtype
        self.by_examples = by_examples
        self.owners = list(inputs)
        self.arrays = arrays_of(inputs, dtype)
        self.argnums = argnums_of(self.owners, self.arrays, wrt)

    def subject(self, framework: Framework) -> Subject:
        """Return the loss as the modes take it."""
        options = {
            name: framework.in_dtype(as_array(name, value, self.dtype), self.dtype)
            if isinstance(value, np.ndarray)
            else value
            for name, value in self.options.items()
        }

        def unreduced(*arrays: Any) -> Any:
            return self.loss(*arrays, **options)

        def total(*arrays: Any) -> Any:
            return total_of(unreduced(*arrays))

        return Subject(unreduced, total, None, self.argnums, self.argnums[:1], self.coupled)

    def truth(self) -> Truth:
        """Return what its own source gives in high precision."""
        try:
            return truth(self.subject(MPARRAY), [MPARRAY.array(x) for x in self.arrays], self.owners)
        except Exception as error:
            error.add_note("raised while the loss ran on mparray, whose arrays of many digits are the truth here")
            raise


def _check_one(
    checked: _Checked, backends: Sequence[str] | None, modes: Sequence[str] | None, ulps: float, device: str
) -> Iterator[Measure]:
    true = checked.truth()
    frameworks = on_device(device) if backends is None else [load(name, device) for name in backends]
    for framework in frameworks:
        for mode in _modes(framework, modes, checked):
            yield from _measure(checked, true, framework, mode, ulps)


def _measure(checked: _Checked, true: Truth, framework: Framework, mode: str, ulps: float) -> Iterator[Measure]:
    chosen = framework.modes[mode]
    framework = framework.made_for(chosen)
    loss = getattr(checked.loss, "__name__", type(checked.loss).__name__)
    place = (loss, options_text(checked.options), checked.name, framework.name, mode, checked.dtype)
    try:
        arrays = [framework.array(x) for x in checked.arrays]
        results = chosen.prepare(checked.subject(framework), arrays)(*arrays)
        found = list(outcomes(results, true, checked.owners, checked.argnums, framework.numpy))
    except Exception as error:
        yield Measure(*place, "value", "", NOTHING, error=f"{type(error).__name__}: {error}")
        return
    for what, argument, got, numbers in found:
        yield Measure(*place, what, argument, worst(got, numbers, checked.dtype, ulps))


def _modes(framework: Framework, modes: Sequence[str] | None, checked: _Checked) -> list[str]:
    """Return the modes of a framework that were asked for, and that the loss and dtype allow."""
    wanted = [mode for mode in framework.modes if mode != "inductor"] if modes is None else modes
    return [
        mode
        for mode in wanted
        if mode in framework.modes
        and checked.dtype in framework.modes[mode].dtypes
        and (checked.by_examples or not framework.modes[mode].by_rows)
    ]
