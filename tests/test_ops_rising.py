"""What is left of a ratio of gamma functions, in value and derivatives, for steps and numbers of all sizes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses import ops
from tests.exact import assert_exact, mp, numbers

AT = (1e-8, 0.3, 1.0, 2.4, 2.5, 7.0, 1e3, 1e6)


def excess(x: Any, y: Any) -> Any:
    return mp.loggamma(x + y) - mp.loggamma(x) - (x + y) * mp.log(x + y) + x * mp.log(x) + y


@pytest.mark.parametrize("step", [0.5, 1.0, 4.0, 1e3])
def test_rising_excess(xp: Any, dtype: Any, step: float) -> None:
    x = xp.asarray(AT, dtype=dtype)

    def total(x: Any) -> Any:
        namespace = al.array_namespace(x)
        return namespace.sum(ops.log_rising_excess(x, step + namespace.zeros_like(x), xp=namespace))

    y = mp.mpf(step)
    value = ops.log_rising_excess(x, step + xp.zeros_like(x), xp=xp)
    assert_exact(value, [excess(n, y) for n in numbers(x)], ulps=16.0)
    slopes = [mp.psi(0, n + y) - mp.psi(0, n) - mp.log(n + y) + mp.log(n) for n in numbers(x)]
    assert_exact(al.grad(total)(x), slopes, ulps=64.0)


def test_no_step_is_nothing(xp: Any, dtype: Any) -> None:
    x = xp.asarray(AT, dtype=dtype)
    assert not np.asarray(ops.log_rising_excess(x, xp.zeros_like(x), xp=xp)).any()
