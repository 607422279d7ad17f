"""PyTorch's fused forms against the generic bodies that they stand for: the values, and the gradients by themselves."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses.backends.native import native_function
from agnostic_losses.backends.torch import FORMS
from agnostic_losses.backends.torch_fused import Form
from conformance.calls import Call
from conformance.case import Case
from conformance.cases import ALL_CASES
from conformance.frameworks import TORCH, torch, without_fused_forms

ULPS = 64.0
"""Units in the last place of the largest element that two right results may differ by."""


class Spy:
    """Stands in for the forms, and notes which are called."""

    def __init__(self) -> None:
        self.seen: set[Form] = set()

    def __call__(self, form: Form, generic: Any, *arrays: Any, **options: Any) -> Any:
        self.seen.add(form)
        return generic(*arrays)


def forms_of(case: Case) -> set[Form]:
    """Return the forms that a loss uses."""
    spy = Spy()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Form, "__call__", lambda self, *arrays, **options: spy(self, *arrays, **options))
        Call.at(case.points[0], TORCH, "float32").value("none")
    return spy.seen


@functools.cache
def fused_cases() -> tuple[Case, ...]:
    """Return the cases of losses that use a form."""
    return tuple(case for case in ALL_CASES if forms_of(case))


def results(call: Call, *, generic: bool) -> Iterator[np.ndarray[Any, Any]]:
    """Yield the values, and the gradients of their sum, by the forms or by the generic bodies."""
    with pytest.MonkeyPatch.context() as patch:
        if generic:
            without_fused_forms(patch)
        leaves = [x.clone().requires_grad_(n in call.argnums) for n, x in enumerate(call.arrays)]
        values = call.function("none")(*leaves)
        sources = [leaves[n] for n in call.argnums]
        gradients = torch.autograd.grad(values.sum(), sources, materialize_grads=True)
    yield from (TORCH.numpy(x) for x in (values, *gradients))


def largest_difference(case: Case, dtype: str) -> float:
    """Return the largest difference at all points of a case, in units of the largest element."""
    found = [0.0]
    for point in case.points:
        call = Call.at(point, TORCH, dtype)
        for fused, generic in zip(results(call, generic=False), results(call, generic=True), strict=True):
            assert fused.dtype == generic.dtype
            np.testing.assert_array_equal(
                np.isfinite(fused), np.isfinite(generic), err_msg=f"{case.name}, {point.kind}"
            )
            finite = np.isfinite(generic)
            if finite.any():
                unit = np.spacing(max(np.abs(generic[finite]).max(), np.finfo(dtype).tiny))
                found.append(float(np.abs(fused[finite] - generic[finite]).max() / unit))
    return max(found)


def test_every_form_is_used() -> None:
    assert {form for case in fused_cases() for form in forms_of(case)} == set(FORMS.values())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_fused_forms_equal_the_generic_bodies(dtype: str) -> None:
    off = {case.name: found for case in fused_cases() if (found := largest_difference(case, dtype)) > ULPS}
    assert off == {}


@pytest.mark.parametrize("name", [name for name, form in FORMS.items() if form.otherwise])
def test_other_forms_equal_the_generic_bodies(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    used = [case for case in fused_cases() if FORMS[name] in forms_of(case)]
    monkeypatch.setitem(FORMS[name].__dict__, "value", lambda *arrays, **options: None)
    off = {case.name: found for case in used if (found := largest_difference(case, "float32")) > ULPS}
    assert used
    assert off == {}


def test_the_guard_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    huber = next(case for case in ALL_CASES if case.loss == "huber")
    wrong = Form(FORMS["huber"].value, lambda g, needed, saved, x, y, delta: (0.5 * (x - y) * g, None))
    array = torch.zeros(1)
    forms = native_function(array, "huber")
    assert forms is FORMS["huber"]
    for name in ("value", "gradient"):
        monkeypatch.setitem(forms.__dict__, name, getattr(wrong, name))
    assert largest_difference(huber, "float32") > ULPS


def test_a_second_derivative_is_that_of_the_generic_body() -> None:
    x = torch.tensor([0.5, 40.0], dtype=torch.float64, requires_grad=True)

    def body(x: Any) -> Any:
        return 5.0 * x**2

    (slope,) = torch.autograd.grad(FORMS["softplus"](body, x).sum(), x, create_graph=True)
    (curvature,) = torch.autograd.grad(slope.sum(), x)
    assert curvature.tolist() == [10.0, 10.0]


def test_a_second_derivative_by_an_array_that_another_is_made_of() -> None:
    x = torch.tensor([0.5, 40.0], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(al.huber(x, 3.0 * x, delta=2.0, reduction="sum"), x, create_graph=True)
    (curvature,) = torch.autograd.grad(slope.sum(), x)
    assert (slope.tolist(), curvature.tolist()) == ([2.0, 4.0], [4.0, 0.0])
