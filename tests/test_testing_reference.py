"""The truth of a loss from its own source: its derivatives, and conditions, against formulas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import mpmath
import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses.testing import reference
from agnostic_losses.testing.criterion import Truth

Function = Callable[..., Any]

LARGEST_FACTOR = 3.0
"""By how much the estimate of a condition may be off."""


@pytest.fixture(autouse=True)
def fifty_digits() -> Iterator[None]:
    """Compute what is expected beyond floats, too."""
    with mpmath.workdps(50):
        yield


def truth_of(loss: Function, *lists: Any, dtype: str = "float64", by: tuple[int, ...] = (0,)) -> Truth:
    """Return the truth of a loss of arguments called a, b, c."""
    return reference.truth(loss, [np.asarray(x, dtype=dtype) for x in lists], list("abc"[: len(lists)]), by)


def logsumexp(x: Any) -> Any:
    """Textbook, and so beyond the range of floats for large arguments."""
    xp = al.array_namespace(x)
    return xp.log(xp.sum(xp.exp(x)))


def largest(x: Any, y: Any) -> Any:
    """Return the larger of each pair."""
    return al.array_namespace(x).maximum(x, y)


def positive(x: Any) -> Any:
    """Return the positive part."""
    return largest(x, 0.0 * x)


def close(got: Any, wanted: Any, digits: int = 25) -> bool:
    """Whether two numbers agree to many digits."""
    return bool(abs(got - wanted) <= mpmath.mpf(10) ** -digits * max(abs(wanted), 1))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("x", [[0.5, -1.0, 2.0], [1000.0, -1000.0, 3.0]])
def test_log_sum_exp(x: list[float], dtype: str) -> None:
    found = truth_of(logsumexp, x, dtype=dtype)
    with mpmath.workdps(3000):
        total = mpmath.fsum(map(mpmath.exp, x))
        shares = [mpmath.exp(each) / total for each in x]
        value = mpmath.log(total)
        assert close(found.none.true[0], value)
        assert close(found.sum.true[0], value)
        assert found.hessian is not None
        for share, slope, second in zip(shares, found.gradient["a"].true, found.hessian.true, strict=True):
            assert close(slope, share)
            assert close(second, share * (1 - share))


def test_conditions() -> None:
    x, y = [3.0, 4.0], [2.0, -1.0]
    found = truth_of(lambda a, b: a**2 * b, x, y, by=(0, 1))
    assert found.hessian is not None
    for n, (a, b) in enumerate(zip(x, y, strict=True)):
        known = {
            "value": (found.none.condition[n], 3 * abs(a**2 * b)),
            "gradient": (found.gradient["a"].condition[n], 4 * abs(a * b)),
            "by the second": (found.gradient["b"].condition[n], 2 * a**2),
            "hessian": (found.hessian.condition[n], 2 * abs(b)),
        }
        for name, (got, wanted) in known.items():
            assert wanted / LARGEST_FACTOR <= got <= wanted * LARGEST_FACTOR, name


def test_cancelling_inputs_have_a_large_condition() -> None:
    found = truth_of(lambda a, b: a - b, [1.0, 1.0], [1.0 + 1e-9, 1.0])
    assert all(1.0 <= condition <= 6.0 for condition in found.none.condition)


def test_terms_that_cancel_widen_their_sum() -> None:
    found = truth_of(lambda a: al.array_namespace(a).log(a), [1e-300, 1e300, 0.3])
    assert found.sum.condition[0] > 1000.0


def test_arguments_that_nobody_differentiates_by_count_in_conditions() -> None:
    alone = truth_of(lambda a, b: a * 0.0 + b, [1.0], [5.0])
    assert alone.none.condition[0] >= 5.0


def test_a_kink_that_cancels_is_smooth() -> None:
    found = truth_of(lambda a: positive(a) - positive(-a), [0.0, 1.0, -2.0])
    assert found.gradient["a"].true == [1, 1, 1]
    assert found.hessian is not None
    assert found.hessian.true == [0, 0, 0]


@pytest.mark.parametrize(
    ("loss", "x", "slope"),
    [
        (positive, 0.0, 0.0),
        (lambda a: 2.0 * a + positive(a), 0.0, 2.0),
        (lambda a: -2.0 * a - positive(a), 0.0, -2.0),
        (lambda a: 1e-20 * positive(a - 0.3), 0.3, 0.0),
        (lambda a: positive(1.0 - a), 1.0, 0.0),
    ],
)
def test_at_a_kink_the_derivative_is_that_of_least_norm(loss: Function, x: float, slope: float) -> None:
    found = truth_of(loss, [x])
    assert close(found.gradient["a"].true[0], slope)
    assert found.gradient["a"].condition == [0.0]
    assert found.hessian is not None
    assert found.hessian.true == [None]


def test_the_condition_does_not_hide_a_kink_between_two_arguments() -> None:
    found = truth_of(lambda a, b: al.array_namespace(a).abs(a - b), [2.0, 3.0], [2.0, 5.0], by=(0, 1))
    assert found.gradient["a"].true == [0, -1]
    assert found.gradient["a"].condition[0] == 0.0


def test_a_jump_of_the_second_derivative_is_not_compared() -> None:
    found = truth_of(lambda a: positive(a) ** 2, [0.0, 1.0, -1.0])
    assert [float(x) for x in found.gradient["a"].true] == [0.0, 2.0, 0.0]
    assert found.hessian is not None
    assert found.hessian.true[0] is None
    assert [float(x) for x in found.hessian.true[1:]] == [2.0, 0.0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_flat_places_are_smooth(dtype: str) -> None:
    found = truth_of(lambda a: a**3, [0.0, 1e-5, 1e5], dtype=dtype)
    assert abs(found.gradient["a"].true[0]) < float(np.finfo(dtype).smallest_normal)
    assert found.hessian is not None
    assert found.hessian.true[0] == 0


def test_steep_places_are_smooth() -> None:
    found = truth_of(lambda a: logsumexp(a / 1e-6), [0.0, 1e-7])
    shares = [1 / (1 + mpmath.exp(mpmath.mpf(1e-7) / 1e-6)), 1 / (1 + mpmath.exp(-mpmath.mpf(1e-7) / 1e-6))]
    assert found.hessian is not None
    for share, second in zip(shares, found.hessian.true, strict=True):
        assert close(second, share * (1 - share) * 1e12, digits=3)


def test_a_vertical_tangent_is_not_compared() -> None:
    found = truth_of(lambda a: al.array_namespace(a).abs(a) ** 0.5, [0.0, 4.0])
    assert found.gradient["a"].true[0] is None
    assert close(found.gradient["a"].true[1], 0.25)


def test_the_end_of_the_domain_is_not_compared() -> None:
    found = truth_of(lambda a: al.array_namespace(a).sqrt(a), [0.0])
    assert found.none.true == [0]
    assert found.gradient["a"].true == [None]


@pytest.mark.parametrize("x", [1e-300, 1e-30, 1e30, 1e300])
def test_very_small_and_very_large_inputs(x: float) -> None:
    found = truth_of(lambda a: al.array_namespace(a).log(a), [x])
    assert found.hessian is not None
    assert close(found.gradient["a"].true[0] * x, 1)
    assert close(found.hessian.true[0] * mpmath.mpf(x) ** 2, -1)


@pytest.mark.parametrize(("x", "wanted"), [(30.0, 700), (1000.0, 2500), (5000.0, 6000)])
def test_as_many_digits_as_a_formula_needs(x: float, wanted: int) -> None:
    def loss(a: Any) -> Any:
        xp = al.array_namespace(a)
        return -xp.log(1.0 - 1.0 / (1.0 + xp.exp(-a)))

    array = np.asarray([x])
    assert wanted <= reference.digits(loss, [array]) < wanted + 10
    found = reference.truth(loss, [array], ["a"], (0,))
    assert close(found.none.true[0], x, digits=10)
    assert close(found.gradient["a"].true[0], 1, digits=10)


def test_a_formula_that_needs_more_digits_than_there_are_is_refused() -> None:
    def loss(a: Any) -> Any:
        xp = al.array_namespace(a)
        return xp.log((1.0 + xp.exp(-a)) - 1.0)

    with pytest.raises(ValueError, match="other values in 12000 digits than in"):
        truth_of(loss, [16000.0])


def test_outside_its_domain_there_is_no_truth() -> None:
    with pytest.raises(ValueError, match="outside its domain"):
        truth_of(lambda a: al.array_namespace(a).log(a), [-1.0])


def test_a_loss_returns_an_array() -> None:
    with pytest.raises(TypeError, match="the loss must return an array, got tuple"):
        truth_of(lambda a: (a, a), [1.0])
