"""The tape on NumPy against torch's own differentiation: gradient and Hessian-vector product of every rule, float64.

Both run the same expression. Where a function has no derivative, the table at the end states what each gives.
"""

from __future__ import annotations

import math
from typing import Any

import array_api_compat.torch as torch_namespace
import numpy as np
import pytest
import torch

from agnostic_losses.autodiff.tape import value_and_grad
from tests.tape_cases import CASES, IDS, Case

TOLERANCE = 1e-12


COMMON = [(case, name) for case, name in zip(CASES, IDS, strict=True) if not case.torch_lacks]


def by_torch(case: Case) -> tuple[list[Any], list[Any]]:
    arrays = [torch.tensor(x, requires_grad=True) for x in case.arrays(np.asarray)]
    value = case.scalar(torch_namespace, *arrays)
    gradients = torch.autograd.grad(value, arrays, create_graph=True)
    slope = sum((g * direction(torch_namespace, g)).sum() for g in gradients) + sum(0 * x.sum() for x in arrays)
    products = torch.autograd.grad(slope, arrays)
    return [g.detach().numpy() for g in gradients], [h.numpy() for h in products]


def by_tape(case: Case) -> tuple[list[Any], list[Any]]:
    arrays = case.arrays(np.asarray)
    argnums = tuple(range(len(arrays)))

    def f(*x: Any) -> Any:
        return case.scalar(x[0].__array_namespace__(), *x)

    def slope(*x: Any) -> Any:
        _, gradients = value_and_grad(f, argnums)(*x)
        xp = x[0].__array_namespace__()
        return sum(xp.sum(g * direction(xp, g)) for g in gradients)

    return value_and_grad(f, argnums)(*arrays)[1], value_and_grad(slope, argnums)(*arrays)[1]


def direction(xp: Any, like: Any) -> Any:
    size = math.prod(like.shape)
    return xp.reshape(xp.cos(xp.arange(1, size + 1, dtype=like.dtype)), tuple(like.shape))


@pytest.mark.parametrize("case", [case for case, _ in COMMON], ids=[name for _, name in COMMON])
def test_gradient_and_double_backward(case: Case) -> None:
    for got, expected in zip(by_tape(case), by_torch(case), strict=True):
        for g, e in zip(got, expected, strict=True):
            np.testing.assert_allclose(g, e, rtol=TOLERANCE, atol=TOLERANCE * max(1.0, np.max(np.abs(e))))


def test_torch_runs_nearly_all_cases() -> None:
    assert len(COMMON) >= len(CASES) - 3


NAN = math.nan
KINKS = {
    "abs": (lambda xp, x: xp.abs(x), [0.0], [0.0], [0.0]),
    "sqrt": (lambda xp, x: xp.sqrt(x), [0.0], [math.inf], [math.inf]),
    "maximum": (lambda xp, x: xp.maximum(x, 2 * x), [0.0], [1.5], [1.5]),
    "minimum": (lambda xp, x: xp.minimum(x, 2 * x), [0.0], [1.5], [1.5]),
    "clip": (lambda xp, x: xp.clip(x, 0.0, 1.0), [0.0, 1.0, 2.0], [1.0, 1.0, 0.0], [1.0, 1.0, 0.0]),
    "max": (lambda xp, x: xp.max(x), [1.0, 1.0, 0.0, 1.0], [1 / 3, 1 / 3, 0.0, 1 / 3], [1 / 3, 1 / 3, 0.0, 1 / 3]),
    "min": (lambda xp, x: xp.min(x), [1.0, 1.0, 2.0], [0.5, 0.5, 0.0], [0.5, 0.5, 0.0]),
    "pow": (lambda xp, x: xp.pow(x, x), [0.0], [0.0], [0.0]),
    "copysign": (lambda xp, x: xp.copysign(x, xp.asarray([-1.0])), [0.0], [0.0], [0.0]),
    "prod": (lambda xp, x: xp.prod(x), [0.0, 2.0, 3.0], [6.0, 0.0, 0.0], [6.0, 0.0, 0.0]),
    "atan2": (lambda xp, x: xp.atan2(x, x), [0.0], [0.0], [0.0]),
    # The subgradient of least norm, as for every norm in this library.
    "hypot": (lambda xp, x: xp.hypot(x, 2 * x), [0.0], [0.0], [NAN]),
    # Two equal infinities share the gradient, so that padding with -inf stays harmless.
    "logaddexp": (lambda xp, x: xp.logaddexp(x, x + 0), [-math.inf], [1.0], [NAN]),
}
"""Function, point, gradient by the tape, gradient by torch."""


@pytest.mark.parametrize("name", KINKS)
def test_kinks(name: str) -> None:
    f, point, of_tape, of_torch = KINKS[name]

    def scalar(x: Any) -> Any:
        xp = x.__array_namespace__()
        return xp.sum(f(xp, x))

    x = torch.tensor(point, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(torch.sum(f(torch_namespace, x)), x)
    np.testing.assert_array_equal(gradient.numpy(), of_torch)
    with np.errstate(divide="ignore"):
        np.testing.assert_array_equal(value_and_grad(scalar)(np.asarray(point))[1], of_tape)
