"""One loss of the array API on every backend and in every mode, against its own truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from agnostic_losses.testing.criterion import NOTHING, Truth, worst
from agnostic_losses.testing.frameworks import DEVICES, Framework, load, on_device
from agnostic_losses.testing.inputs import (
    Inputs,
    argnums_of,
    arrays_of,
    as_array,
    element_of,
    names,
    numbered,
    options_text,
    total_of,
)
from agnostic_losses.testing.measures import Measure, Report, outcomes, told
from agnostic_losses.testing.modes import Function, Subject
from agnostic_losses.testing.reference import MPARRAY, truth

DTYPES = ("float32", "float64")


def check_loss(
    loss: Function,
    inputs: Inputs | Sequence[Inputs],
    *,
    options: Mapping[str, Any] | None = None,
    wrt: str | Sequence[str] | None = None,
    backends: str | Sequence[str] | None = None,
    modes: str | Sequence[str] | None = None,
    dtypes: str | Sequence[str] = DTYPES,
    coupled: str | int | None = "all",
    by_examples: bool = False,
    ulps: float = 24.0,
    device: str = "cpu",
    raises: bool = True,
) -> Report:
    """Run a loss on backends and in modes, and compare it with its own truth in 400 digits.

    Values, gradients by the floating arguments and second derivatives by the first are compared. The truth comes from
    the same source, run in 400 digits and differentiated by differences of its values: so rounding errors, overflow,
    NaN, wrong gradients and what does not compile are found. A formula that is wrong everywhere is not.

    Parameters
    ----------
    loss : callable
        ``loss(*arrays, **options)``, written against the array API, as with `agnostic_losses.ops`; returns a scalar
        array or an unreduced loss.
    inputs : mapping, or sequence of mappings
        The array arguments by name, in the order of the signature: arrays, numbers or nested lists. Floating ones
        take the dtype; a sequence is checked one after the other. Small ones, of a few dozen elements at most: the
        time that the truth takes grows with the square of their number. Include kinks, zeros, ties and extremes.
    options : mapping, optional
        Keyword arguments; NumPy arrays among them become arrays of the backend.
    wrt : sequence of str, optional
        The arguments to differentiate by, all floating ones if absent. The first has its second derivatives checked.
    backends : sequence of str, optional
        Of "numpy", "torch", "jax", "tensorflow", "array_api_strict", "cupy"; those that are installed if absent.
        JAX is switched to 64 bits, and array-api-strict to its strictest, for the whole process.
    modes : sequence of str, optional
        Such as "eager", "jit" or "compile"; all but "inductor" if absent. A backend runs those of them that it has.
    dtypes : sequence of str
        Of "float32" and "float64".
    coupled : "all", int or None
        Which elements of the first argument interact, see `agnostic_losses.hessian_diagonal`; less is faster.
    by_examples : bool
        Whether the loss is the sum of the losses of the rows of its inputs, as with ``reduction="none"`` or "sum":
        so that it can be mapped over, in the modes "vmap".
    ulps : float
        The bound, in units in the last place of the truth; 1 + log2(n) times that for n elements to differentiate by,
        and 4 eps times the condition more.
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
        If `wrt`, `backends`, `modes` or `dtypes` names something unknown, or the loss is not a number at the inputs.

    Examples
    --------
    >>> import numpy as np
    >>> import agnostic_losses as al
    >>> from agnostic_losses.testing import check_loss
    >>> inputs = {"predictions": [0.5, -2.0, 0.0], "targets": [0.0, 0.0, 0.0]}
    >>> check_loss(al.huber, inputs, backends=["numpy"]).passed
    True
    """
    dtypes = names("dtypes", dtypes, DTYPES)
    places = _places(backends, modes, device, by_examples)
    report = Report(
        tuple(
            measure
            for name, one in numbered(inputs)
            for dtype in dtypes
            for measure in _check_one(_Checked(loss, one, options or {}, wrt, coupled, name, dtype), places, ulps)
        )
    )
    if raises:
        report.raise_for_failures()
    return report


def _places(
    backends: str | Sequence[str] | None, modes: str | Sequence[str] | None, device: str, by_examples: bool
) -> list[tuple[Framework, str]]:
    """Return the frameworks and modes that were asked for; what can't run is an error only where it was."""
    chosen = None if backends is None else names("backends", backends, tuple(DEVICES))
    frameworks = on_device(device) if chosen is None else [load(name, device) for name in chosen]
    known = tuple(dict.fromkeys(mode for framework in frameworks for mode in framework.modes))
    wanted = None if modes is None else names("modes", modes, known)
    places = []
    for framework in frameworks:
        for name, mode in framework.modes.items():
            reason = "it maps over examples, which needs by_examples=True" if mode.by_rows and not by_examples else ""
            reason = reason or mode.missing
            if reason and wanted is not None and name in wanted:
                raise ValueError(f"modes can't have {name!r} of {framework}: {reason}")
            if not reason and (name != "inductor" if wanted is None else name in wanted):
                places.append((framework, name))
    return places


class _Checked:
    """A loss with one of its inputs in one dtype."""

    def __init__(
        self,
        loss: Function,
        inputs: Inputs,
        options: Mapping[str, Any],
        wrt: str | Sequence[str] | None,
        coupled: Any,
        name: str,
        dtype: str,
    ) -> None:
        self.loss, self.coupled, self.name, self.dtype = loss, coupled, name, dtype
        self.options = {
            key: as_array(key, value, dtype) if isinstance(value, np.ndarray) else value
            for key, value in options.items()
        }
        self.owners = list(inputs)
        self.arrays = arrays_of(inputs, dtype)
        self.argnums = argnums_of(self.owners, self.arrays, wrt)
        if not self.argnums:
            raise ValueError("wrt must name an argument to differentiate by, got none")

    def unreduced(self, framework: Framework) -> Function:
        """Return the loss as a function of arrays of a framework."""
        options = {
            name: framework.array(value) if isinstance(value, np.ndarray) else value
            for name, value in self.options.items()
        }

        def loss(*arrays: Any) -> Any:
            return self.loss(*arrays, **options)

        return loss

    def subject(self, framework: Framework) -> Subject:
        """Return the loss as the modes take it."""
        unreduced = self.unreduced(framework)

        def total(*arrays: Any) -> Any:
            return total_of(unreduced(*arrays))

        return Subject(unreduced, total, None, self.argnums, self.argnums[:1], self.coupled)

    def truth(self) -> Truth:
        """Return what its own source gives in high precision."""
        try:
            return truth(self.unreduced(MPARRAY), self.arrays, self.owners, self.argnums)
        except Exception as error:
            inputs = f" with inputs {self.name}" if self.name else ""
            error.add_note(f"raised while the loss ran on mparray{inputs}, whose many digits are the truth of a check")
            raise


def _check_one(checked: _Checked, places: Sequence[tuple[Framework, str]], ulps: float) -> Iterator[Measure]:
    true = checked.truth()
    for framework, mode in places:
        if checked.dtype in framework.modes[mode].dtypes:
            yield from _measure(checked, true, framework, mode, ulps)


def _measure(checked: _Checked, true: Truth, framework: Framework, mode: str, ulps: float) -> Iterator[Measure]:
    chosen = framework.modes[mode]
    framework = framework.made_for(chosen)
    loss = getattr(checked.loss, "__name__", type(checked.loss).__name__)
    place = (loss, options_text(checked.options), checked.name, framework.name, mode, checked.dtype)
    try:
        arrays = [framework.array(x) for x in checked.arrays]
        # What NumPy warns of is seen in the numbers, or was nothing.
        with np.errstate(all="ignore"):
            results = chosen.prepare(checked.subject(framework), arrays)(*arrays)
        found = [
            (what, argument, worst(got, numbers, checked.dtype, ulps))
            for what, argument, got, numbers in outcomes(
                results, true, checked.owners, checked.argnums, framework.numpy
            )
        ]
    except Exception as error:
        yield Measure(*place, "value", "", NOTHING, error=told(error))
        return
    for what, argument, entry in found:
        at = element_of(argument, checked.arrays[checked.owners.index(argument)], entry.index) if argument else ""
        yield Measure(*place, what, argument, entry, at=at)
