"""The tempered softmax against exact numbers: probabilities and gradients, of confident rows, ties and long rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses import ops
from tests.exact import assert_exact, mp, numbers

ROWS = {
    "plain": [0.3, -1.2, 2.0, 0.7],
    "tie": [1.5, 1.5, 1.5, 1.5],
    "tie at the top": [3.0, -1.0, 3.0, -1.0],
    "confident": [40.0, 0.0, -3.0, 1.0],
    "very confident": [1e4, -1e4, 0.0, 9.9e3],
    "orders apart": [0.0, -1.0, -1e8, -1e30],
    "excluded class": [0.3, -math.inf, 2.0, 0.7],
    "one class left": [-math.inf, 1.0, -math.inf, -math.inf],
    "one class": [0.7],
}
TEMPERATURES = (1.0, 1.0 + 2.0**-20, 1.25, 2.0, 4.0, 10.0)


@pytest.fixture(params=sorted(ROWS))
def row(request: pytest.FixtureRequest) -> list[float]:
    return ROWS[request.param]


def probabilities(row: list[Any], temperature: float) -> list[Any]:
    """Return the probabilities, whose normaliser bisection finds."""
    tail, largest = mp.mpf(temperature) - 1, max(row)
    gaps = [largest - number for number in row if number > -mp.inf]

    def power(gap: Any, beyond: Any) -> Any:
        return (1 + tail * (gap + beyond)) ** (-1 / tail) if tail else mp.exp(-gap - beyond)

    low, high = mp.mpf(0), (len(gaps) ** tail - 1) / tail if tail else mp.log(len(gaps))
    for _ in range(340):
        middle = (low + high) / 2
        low, high = (middle, high) if mp.fsum(power(gap, middle) for gap in gaps) > 1 else (low, middle)
    return [power(largest - number, low) if number > -mp.inf else mp.mpf(0) for number in row]


@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_probabilities_and_their_gradients(row: list[float], temperature: float, xp: Any, dtype: Any) -> None:
    x = xp.asarray([row], dtype=dtype)
    exact = numbers(x)
    p = probabilities(exact, temperature)
    found = ops.log_tempered_softmax(x, temperature, -1, xp=xp)
    logarithms = [mp.log(number) if number else -mp.inf for number in p]
    # What is small is the exponential of a large number, and has its rounding.
    slack = 16.0 + max(abs(float(number)) for number in logarithms if number > -mp.inf)
    assert_exact(found, logarithms, ulps=slack)
    shares = [number ** mp.mpf(temperature) for number in p]
    for label in (n for n, number in enumerate(row) if number > -math.inf):

        def logarithm(x: Any, label: int = label) -> Any:
            return ops.log_tempered_softmax(x, temperature, -1, xp=al.array_namespace(x))[0, label]

        slopes = al.grad(logarithm)(x)
        tail = mp.mpf(temperature) - 1
        rest = mp.fsum(share for n, share in enumerate(shares) if n != label)
        wanted = [
            p[label] ** tail * (rest if n == label else -share) / mp.fsum(shares) for n, share in enumerate(shares)
        ]
        if all(share == 0 or share > 1e-30 for share in shares):
            assert_exact(slopes, wanted, ulps=16.0 * slack)


@pytest.mark.parametrize("temperature", TEMPERATURES)
@pytest.mark.parametrize("ahead", [0.0, 1.0, 1e5, 1e18])
def test_many_classes(temperature: float, ahead: float) -> None:
    x = np.zeros((1, 20_000))
    x[0, 7] = ahead
    probs = np.exp(ops.log_tempered_softmax(x, temperature, -1, xp=al.array_namespace(x)))
    assert math.fsum(probs[0]) == pytest.approx(1.0, abs=1e-13)


def test_a_row_without_any_class(xp: Any) -> None:
    x = xp.asarray([[-math.inf, -math.inf], [0.0, 0.0]])
    found = np.asarray(ops.log_tempered_softmax(x, 2.0, -1, xp=xp))
    assert found[0].tolist() == [-math.inf, -math.inf]
    np.testing.assert_allclose(found[1], math.log(0.5), rtol=1e-15)


@pytest.mark.parametrize("temperature", [0.99, 10.5, math.nan])
def test_temperatures_out_of_range(temperature: float, xp: Any) -> None:
    with pytest.raises(ValueError, match=r"temperature must lie between 1\.0 and 10\.0"):
        ops.log_tempered_softmax(xp.zeros((1, 2)), temperature, -1, xp=xp)


@pytest.mark.parametrize(("options", "name"), [({"t1": 1.5}, "t1"), ({"t1": -0.5}, "t1"), ({"t2": 0.5}, "t2")])
def test_temperatures_of_the_loss(options: dict[str, float], name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must lie between"):
        al.bi_tempered([[0.0, 1.0]], [0], **options)
