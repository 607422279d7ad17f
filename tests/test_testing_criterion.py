"""The criterion of checks: units in the last place, bounds, and what is not a number."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

from agnostic_losses.testing.criterion import NOTHING, Numbers, limits, ulp, worst

EPS = 2.0**-23


def numbers(*true: float | None, condition: float = 0.0, terms: int = 1) -> Numbers:
    """Return true numbers of one condition."""
    count = len(true)
    return Numbers([None if x is None else mpmath.mpf(x) for x in true], [condition] * count, [terms] * count)


@pytest.mark.parametrize(
    ("true", "dtype", "unit"),
    [
        (1.0, "float32", EPS),
        (-1.5, "float32", EPS),
        (2.0, "float32", 2 * EPS),
        (1.0, "float64", 2.0**-52),
        (0.0, "float32", 2.0**-126),
        (1e-45, "float32", 2.0**-126),
        (1.0, "float16", 2.0**-10),
        (3.0, "float16", 2.0**-9),
        (1.0, "bfloat16", 2.0**-7),
        (0.0, "float16", 2.0**-14),
        (0.0, "bfloat16", 2.0**-126),
    ],
)
def test_ulp(true: float, dtype: str, unit: float) -> None:
    assert ulp(true, dtype) == unit


@pytest.mark.parametrize("true", [math.inf, math.nan, 1e39])
def test_there_is_no_ulp_beyond_the_dtype(true: float) -> None:
    assert math.isnan(ulp(true, "float32"))


def test_the_bound_is_in_ulps_of_the_truth() -> None:
    inside, outside = np.float32([2.0 + 8 * EPS]), np.float32([2.0 + 10 * EPS])
    assert worst(inside, numbers(2.0), "float32", 4.0).excess == 1.0
    found = worst(outside, numbers(2.0), "float32", 4.0)
    assert (found.ulps, found.bound, found.excess) == (5.0, 4.0, 1.25)
    assert str(found) == "element 0: got 2.0000011920928955, truth 2.0, error 5 ulp, bound 4 ulp"


def test_sums_and_conditions_widen_the_bound() -> None:
    assert worst([1.0], numbers(1.0, terms=8), "float32", 4.0).bound == 16.0
    assert worst([1.0], numbers(1.0, condition=100.0), "float32", 4.0).bound == 404.0
    assert worst([1.0], numbers(1.0), "float32", 4.0, factor=3.0, extra=2.0).bound == 14.0


def test_the_worst_is_the_farthest_beyond_its_own_bound() -> None:
    got = np.float32([1.0, 2.0 + 4 * EPS, 1024.0 + 512 * EPS])
    assert worst(got, numbers(1.0, 2.0, 1024.0), "float32", 4.0).index == 1
    assert worst([], numbers(), "float32", 4.0) is NOTHING


@pytest.mark.parametrize("got", [math.nan, math.inf, -math.inf])
def test_a_finite_truth_needs_a_finite_result(got: float) -> None:
    assert worst([got], numbers(1.0, condition=1e300), "float32", 4.0).excess == math.inf


def test_where_nothing_is_known_a_result_is_finite() -> None:
    assert worst([17.0], numbers(None), "float32", 4.0).excess == 0.0
    found = worst([math.nan], numbers(None), "float32", 4.0)
    assert (found.excess, found.ulps) == (math.inf, math.inf)
    assert "must be finite" in str(found)


@pytest.mark.parametrize(
    ("got", "right"), [(math.inf, True), (-math.inf, False), (3.4e38, False), (math.nan, False), (1.0, False)]
)
def test_a_truth_beyond_the_dtype_is_infinity_of_its_sign(got: float, right: bool) -> None:
    assert (worst([got], numbers(1e39), "float32", 4.0).excess <= 1.0) is right
    assert (worst([-got], numbers(-1e39), "float32", 4.0).excess <= 1.0) is right


def test_what_is_stored_in_half_precision_may_be_rounded_once_more() -> None:
    rounded = np.float16(1.0 / 3.0)
    assert worst([rounded], numbers(1.0 / 3.0), "float32", 4.0).excess > 1.0
    assert worst([rounded], numbers(1.0 / 3.0), "float32", 4.0, stored="float16").excess <= 1.0
    two_off = float(rounded) + 2 * ulp(1.0 / 3.0, "float16")
    assert worst([two_off], numbers(1.0 / 3.0), "float32", 4.0, stored="float16").excess > 1.0
    assert worst([math.inf], numbers(1e5), "float32", 4.0, stored="float16").excess == 0.0
    assert limits("bfloat16")[0] == 2.0**-7


def test_a_result_of_another_length_is_refused() -> None:
    with pytest.raises(AssertionError, match="the result has 1 elements, the truth 2"):
        worst([1.0], numbers(1.0, 2.0), "float32", 4.0)
