"""Every rule of the tape, first and second order, against high-precision differences of the plain functions."""

from __future__ import annotations

import dataclasses
import functools

import array_api_compat.numpy as numpy_namespace
import array_api_strict
import numpy as np
import pytest

from agnostic_losses.autodiff import _namespace
from agnostic_losses.autodiff.rules import CALLS, RULES
from agnostic_losses.autodiff.tape import value_and_grad
from tests.tape_cases import CASES, IDS, Case

mparray = pytest.importorskip("mparray")
mpmath = pytest.importorskip("mpmath")

DIGITS = 60
STEP = 2.0**-50
"""Differences of second order in it: relative error about 1e-30, far below what is compared."""


@functools.cache
def truth(number: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return gradient and Hessian-vector product of a case from central differences, rounded to float64."""
    case = CASES[number]
    with mpmath.workdps(DIGITS):
        points = case.arrays(mparray.asarray)
        directions = [_direction(mparray, x) for x in points]
        step = mpmath.mpf(STEP)

        def at(which: int, index: tuple[int, ...], along: int, aside: int) -> object:
            moved = [x + aside * step * v for x, v in zip(points, directions, strict=True)]
            unit = mparray.zeros(points[which].shape, dtype=points[which].dtype)
            unit[index] = along * step
            moved[which] = moved[which] + unit
            return case.scalar(mparray, *moved, f=case.truth)._data[()]

        gradients, products = [], []
        for which, x in enumerate(points):
            gradient, product = np.zeros(x.shape), np.zeros(x.shape)
            for index in np.ndindex(x.shape):
                gradient[index] = (at(which, index, 1, 0) - at(which, index, -1, 0)) / (2 * step)
                crossed = at(which, index, 1, 1) - at(which, index, 1, -1)
                crossed = crossed - at(which, index, -1, 1) + at(which, index, -1, -1)
                product[index] = crossed / (4 * step**2)
            gradients.append(gradient)
            products.append(product)
    return gradients, products


def _direction(xp, x):
    n = int(np.prod(x.shape))
    return xp.reshape(xp.asarray([(-1.0) ** i * (1 + i / 4) for i in range(n)], dtype=x.dtype), x.shape)


def derivatives(case: Case, xp, arrays):
    """Return gradient and Hessian-vector product by the tape."""
    argnums = tuple(range(len(arrays)))
    directions = [_direction(xp, x) for x in arrays]

    def f(*x):
        return case.scalar(x[0].__array_namespace__(), *x)

    def slope(*x):
        _, gradients = value_and_grad(f, argnums)(*x)
        ns = gradients[0].__array_namespace__()
        return sum((ns.sum(g * ns.asarray(v)) for g, v in zip(gradients, directions, strict=True)), 0.0)

    value, gradients = value_and_grad(f, argnums)(*arrays)
    _, products = value_and_grad(slope, argnums)(*arrays)
    plain = case.scalar(xp, *arrays)
    assert abs(value - plain) <= 4 * xp.finfo(value.dtype).eps * abs(plain)
    return gradients, products


def assert_matches(case, number, xp, dtype, rtol):
    arrays = case.arrays(lambda x: xp.asarray(x, dtype=dtype))
    for got, expected in zip(derivatives(case, xp, arrays), truth(number), strict=True):
        scale = max(1.0, *(float(np.max(np.abs(x))) for x in expected))
        for g, e, x in zip(got, expected, arrays, strict=True):
            assert type(g) is type(x)
            assert g.dtype == x.dtype
            np.testing.assert_allclose(np.asarray(g, dtype=np.float64), e, rtol=rtol, atol=rtol * scale)


@pytest.mark.parametrize("number", range(len(CASES)), ids=IDS)
def test_numpy_float64(number):
    assert_matches(CASES[number], number, numpy_namespace, np.float64, 1e-13)


@pytest.mark.parametrize("number", range(len(CASES)), ids=IDS)
def test_numpy_float32(number):
    assert_matches(CASES[number], number, numpy_namespace, np.float32, 2e-5)


@pytest.mark.parametrize("number", range(len(CASES)), ids=IDS)
def test_array_api_strict(number):
    assert_matches(CASES[number], number, array_api_strict, array_api_strict.float64, 1e-13)


@pytest.mark.parametrize("number", [n for n, case in enumerate(CASES) if case.truth is None], ids=lambda n: IDS[n])
def test_mparray(number):
    with mpmath.workdps(DIGITS):
        arrays = CASES[number].arrays(mparray.asarray)
        got = derivatives(CASES[number], mparray, arrays)
    for order, expected in zip(got, truth(number), strict=True):
        for g, e in zip(order, expected, strict=True):
            np.testing.assert_allclose(np.asarray(g._data, dtype=np.float64), e, rtol=1e-15, atol=1e-28)


COVERED_BY = {
    "_at_least": "clip", "_at_most": "clip", "_cast": "astype", "_pow": "pow", "_unindex": "_index",
    "_take": "take", "_untake": "take", "_take_along": "take_along_axis", "_untake_along": "take_along_axis",
    "_concat": "concat", "_prod_along": "prod", "_cumulative_sum": "cumulative_sum",
    "_cumulative_prod": "cumulative_prod", "_vecdot": "vecdot", "_tensordot": "tensordot",
    "_converted": "astype", "_repeated": "repeat",
}  # fmt: skip
"""Primitives that the namespace's functions are made of, and the cases that hold them."""


def test_every_rule_has_a_case():
    cases = {case.name for case in CASES}
    assert set(COVERED_BY.values()) <= cases
    assert {*RULES, *CALLS} - set(COVERED_BY) == cases


PARTS = [(rule.name, part) for rule in RULES.values() for part, vjp in enumerate(rule.vjps) if vjp is not None]


@pytest.mark.parametrize(("name", "part"), PARTS, ids=[f"{name}-{part}" for name, part in PARTS])
def test_a_wrong_rule_is_found(monkeypatch, name, part):
    rule = RULES[name]
    vjps = list(rule.vjps)

    def wrong(*args, **options):
        found = rule.vjps[part](*args, **options)
        return [x * 1.001 for x in found] if rule.joint else found * 1.001

    vjps[part] = wrong
    monkeypatch.setitem(RULES, name, dataclasses.replace(rule, vjps=tuple(vjps)))
    monkeypatch.setattr(_namespace, "_NAMESPACES", {})
    numbers = [n for n, case in enumerate(CASES) if case.name == COVERED_BY.get(name, name)]
    assert any(fails(number) for number in numbers)


def fails(number):
    try:
        test_numpy_float64(number)
    except AssertionError:
        return True
    return False
