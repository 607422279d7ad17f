"""Every guard of this suite is seen to fail: a comparison that can't fail proves nothing.

Faults in the formulas of losses are planted in `test_mutations.py`.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
import warnings
from typing import Any

import mpmath
import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses.testing.criterion import Numbers
from conformance import compare, differences, frameworks, test_registry, test_values
from conformance.case import Looser
from conformance.cases import CASES
from conformance.conftest import Collector

POINT = CASES["huber"][0].points[0]
LOG_COSH = CASES["log_cosh"][0]


def plant(monkeypatch: Any, name: str, function: Any) -> None:
    """Put another function in the place of a loss."""
    monkeypatch.setitem(al.LOSSES, name, dataclasses.replace(al.LOSSES[name], function=function))


def test_a_loss_that_costs_a_few_ulp_too_many_is_found(monkeypatch: Any) -> None:
    right = al.LOSSES["squared_error"].function
    point = CASES["squared_error"][0].points[0]

    def inexact(predictions: Any, targets: Any, *, where: Any = None, **options: Any) -> Any:
        return right(predictions, targets, where=where, **options) * (1.0 + 64.0 * 2.0**-23)

    plant(monkeypatch, "squared_error", inexact)
    with pytest.raises(AssertionError, match="ulp"):
        test_values.test_truth(point, frameworks.NUMPY, "eager", "float32", record=list)


def test_a_loss_that_looks_at_values_is_found(monkeypatch: Any) -> None:
    right = al.LOSSES["huber"].function

    def branching(predictions: Any, targets: Any, *, where: Any = None, **options: Any) -> Any:
        if predictions[0, 0] > 0:
            return right(predictions, targets, where=where, **options)
        return right(targets, predictions, where=where, **options)

    plant(monkeypatch, "huber", branching)
    with pytest.raises(Exception, match=r"[Bb]ool|traced|[Dd]ata-dependent"):
        test_values.test_truth(POINT, frameworks.JAX, "jit", "float32", record=list)


def test_nan_is_not_within_a_bound() -> None:
    numbers = Numbers([mpmath.mpf(1)], [math.inf], [1])
    with pytest.raises(AssertionError, match="nan"):
        compare.check(np.asarray([math.nan]), numbers, "float64", 4.0, "planted")
    with pytest.raises(AssertionError):
        compare.check_close(np.asarray([math.nan]), np.asarray([math.nan]), "float64", "planted")
    with pytest.raises(AssertionError):
        compare.check_known([math.nan], [0.0], "float64", "planted")


@pytest.mark.parametrize("wrong", [math.inf, -1e300, 1.0 + 1e-14])
def test_a_finite_truth_needs_a_near_result(wrong: float) -> None:
    with pytest.raises(AssertionError, match="planted"):
        compare.check(np.asarray([wrong]), Numbers([mpmath.mpf(1)], [0.0], [1]), "float64", 4.0, "planted")


def test_a_result_with_other_elements_is_found() -> None:
    with pytest.raises(AssertionError, match="2 elements"):
        compare.check(np.zeros(2), Numbers([mpmath.mpf(0)], [0.0], [1]), "float64", 4.0, "planted")


def test_overflow_is_right_only_where_the_truth_overflows() -> None:
    numbers = Numbers([mpmath.mpf(10) ** 40], [0.0], [1])
    compare.check(np.asarray([math.inf]), numbers, "float32", 4.0, "right")
    with pytest.raises(AssertionError):
        compare.check(np.asarray([-math.inf]), numbers, "float32", 4.0, "planted")


def test_known_integers_are_exact() -> None:
    with pytest.raises(AssertionError, match="known exactly"):
        compare.check_known([1.0 + 2.0**-52], [1.0], "float64", "planted")


def test_a_loss_without_a_case_is_found() -> None:
    assert test_registry.without_case({**al.LOSSES, "planted": None}, CASES) == {"planted"}


def test_a_signature_of_its_own_is_found(monkeypatch: Any) -> None:
    def planted(predictions: Any, targets: Any, delta: float = 1.0, *, weights: Any = None) -> Any:
        return predictions

    plant(monkeypatch, "huber", planted)
    with pytest.raises(AssertionError):
        test_registry.test_uniform_signature("huber")
    with pytest.raises(AssertionError):
        test_registry.test_public_function("huber")


def test_a_wider_bound_that_nothing_needs_is_found() -> None:
    looser = Looser("value", "planted", factor=2.0)
    with pytest.raises(AssertionError, match="not needed any more"):
        test_values.test_wider_bounds_are_needed(CASES["squared_error"][0], looser)


def test_framework_log_is_collected(framework_log: Collector) -> None:
    frameworks.LOGGERS[0].warning("planted", stacklevel=1)
    found = [framework_log.messages.pop() for _ in framework_log.messages[:]]
    assert len(found) == 1
    assert "planted" in found[0]


def test_warnings_are_errors() -> None:
    with pytest.raises(UserWarning, match="planted"):
        warnings.warn("planted", stacklevel=1)


def test_truth_is_independent_of_its_step() -> None:
    """The derivative of log cosh is tanh, its second derivative 1 - tanh^2: to 60 digits at least."""
    point = LOG_COSH.points[0]
    found = differences.derive(point, "float64")
    inputs = point.inputs("float64")
    with mpmath.workdps(90):
        for place, (p, t) in enumerate(zip(inputs["predictions"].flat, inputs["targets"].flat, strict=True)):
            slope = mpmath.tanh(mpmath.mpf(float(p)) - mpmath.mpf(float(t)))
            assert abs(found.gradient["predictions"].true[place] - slope) < mpmath.mpf(10) ** -60
            assert abs(found.hessian.true[place] - (1 - slope**2)) < mpmath.mpf(10) ** -60


def test_formulas_share_no_code_with_the_package() -> None:
    for cases in CASES.values():
        for case in cases:
            source = inspect.getsource(inspect.getmodule(case.formula))  # type: ignore[arg-type]
            assert "agnostic_losses" not in source
