"""Cases of the family counts."""

from __future__ import annotations

import math

from mpmath import exp, log, loggamma, mpf

from conformance.case import Case, Exact
from conformance.domains import Exponent, Positive
from conformance.formulas import Nested, elementwise

SHAPE = (4, 3)
PAIR = {"predictions": Positive(SHAPE), "targets": Positive(SHAPE)}
SERIES = (12, "series with coefficients in double precision, of no more terms than that needs")
FLUSHED = "two frameworks flush such numbers to 0, where another loss is"
PARTS_FLUSHED = "parts of the gradient are below the smallest normal number, which two frameworks flush to 0"
NEARLY_BEYOND = "the curvature is nearly the largest number, and JAX squares the small one in the derivative of its log"
SQUARED = "two frameworks square a rate of 1e-30 in the second derivative of its logarithm, which float32 has not"
BEYOND = "the curvature is beyond the dtype, and parts of it, which have both signs, too"


def poisson(rates: Nested, targets: Nested, full: bool = True) -> Nested:
    return elementwise(lambda r, y: r - y * log(r) + (loggamma(1 + y) if full else 0), rates, targets)


def poisson_with_log_rates(log_rates: Nested, targets: Nested, full: bool = True) -> Nested:
    return elementwise(lambda z, y: exp(z) - y * z + (loggamma(1 + y) if full else 0), log_rates, targets)


def gamma_likelihood(mean: Nested, shape: Nested, targets: Nested) -> Nested:
    return elementwise(
        lambda m, k, y: loggamma(k) - (k - 1) * log(y) - k * log(k / m) + k * y / m, mean, shape, targets
    )


def tweedie(predictions: Nested, targets: Nested, power: float = 1.5) -> Nested:
    p = mpf(power)

    def unit(m: Nested, y: Nested) -> Nested:
        if p == 1:
            return 2 * (y * log(y / m) - y + m)
        if p == 2:
            return 2 * (log(m / y) + y / m - 1)
        return 2 * (y ** (2 - p) / ((1 - p) * (2 - p)) - y * m ** (1 - p) / (1 - p) + m ** (2 - p) / (2 - p))

    return elementwise(unit, predictions, targets)


CASES = [
    Case(
        "poisson_nll",
        poisson,
        {"rates": Positive(SHAPE), "targets": Positive(SHAPE)},
        options=({}, {"full": False}),
        coarse={0: SERIES},
        rounding="composite",
        without={"subnormal": FLUSHED},
        uncurved={"smallest normal": NEARLY_BEYOND, "wide": SQUARED},
        exact=(
            Exact(
                "no rate and no count",
                {"rates": [0.0, 2.0], "targets": [0.0, 0.0]},
                [0.0, 2.0],
                {"rates": [1.0, 1.0]},
                hessian=[0.0, 0.0],
            ),
            Exact(
                "no rate and no count, without the constant",
                {"rates": [0.0, 2.0], "targets": [0.0, 0.0]},
                [0.0, 2.0],
                {"rates": [1.0, 1.0]},
                hessian=[0.0, 0.0],
                options={"full": False},
            ),
            Exact(
                "large counts at their rates",
                {"rates": [2.0**60, 1.0], "targets": [2.0**60, 1.0]},
                [0.5 * math.log(2.0 * math.pi * 2.0**60), 1.0],
                {"rates": [0.0, 0.0]},
                hessian=[2.0**-60, 1.0],
            ),
        ),
    ),
    Case(
        "poisson_nll_with_log_rates",
        poisson_with_log_rates,
        {"log_rates": Exponent(SHAPE), "targets": Positive(SHAPE)},
        options=({}, {"full": False}),
        coarse={0: SERIES},
        rounding="composite",
        exact=(
            Exact(
                "no rate and no count",
                {"log_rates": [-math.inf, 0.0], "targets": [0.0, 0.0]},
                [0.0, 1.0],
                {"log_rates": [0.0, 1.0]},
                hessian=[0.0, 1.0],
            ),
            Exact(
                "no rate and no count, without the constant",
                {"log_rates": [-math.inf, 0.0], "targets": [0.0, 0.0]},
                [0.0, 1.0],
                {"log_rates": [0.0, 1.0]},
                hessian=[0.0, 1.0],
                options={"full": False},
            ),
        ),
    ),
    Case(
        "poisson_deviance",
        lambda predictions, targets: tweedie(predictions, targets, 1.0),
        PAIR,
        coarse={0: SERIES},
        rounding="composite",
        without={"subnormal": FLUSHED, "smallest normal": PARTS_FLUSHED},
        exact=(
            Exact(
                "equal numbers, nearly equal ones, and no count",
                {"predictions": [3.0, 1.0, 2.0, 0.0], "targets": [3.0, 1.0 + 2.0**-20, 0.0, 0.0]},
                [0.0, 2.0**-40 - 2.0**-60 / 3 + 2.0**-80 / 6, 4.0, 0.0],
                {"predictions": [0.0, -(2.0**-19), 2.0, 2.0]},
                hessian=[2.0 / 3.0, 2.0 + 2.0**-19, 0.0, 0.0],
            ),
        ),
    ),
    Case(
        "gamma_deviance",
        lambda predictions, targets: tweedie(predictions, targets, 2.0),
        PAIR,
        coarse={0: SERIES},
        rounding="composite",
        without={"subnormal": FLUSHED},
        uncurved={"smallest normal": BEYOND},
        exact=(
            Exact(
                "equal numbers, and nearly equal ones",
                {"predictions": [4.0, 1.0], "targets": [4.0, 1.0 + 2.0**-20]},
                [0.0, 2.0**-40 - 2.0**-59 / 3 + 2.0**-81],
                {"predictions": [0.0, -(2.0**-19)]},
                hessian=[0.125, 2.0 + 2.0**-18],
            ),
        ),
    ),
    Case(
        "tweedie_deviance",
        tweedie,
        PAIR,
        options=({}, {"power": 1.0}, {"power": 2.0}, {"power": 1.125}, {"power": 1.875}),
        coarse=dict.fromkeys(range(5), SERIES),
        rounding="composite",
        without={
            "subnormal": FLUSHED,
            ("smallest normal", 1): PARTS_FLUSHED,
            "wide": "amounts 1e48 apart: parts of the gradient are below the smallest number of float32",
        },
        uncurved={"smallest normal": BEYOND},
        exact=(
            Exact(
                "equal numbers, nearly equal ones, and nothing",
                {"predictions": [4.0, 1.0, 4.0], "targets": [4.0, 1.0 + 2.0**-20, 0.0]},
                [0.0, 2.0**-40 - 2.0**-61 + 0.3125 * 2.0**-80, 8.0],
                {"predictions": [0.0, -(2.0**-19), 1.0]},
                hessian=[0.25, 2.0 + 3.0 * 2.0**-20, -0.125],
            ),
        ),
    ),
    Case(
        "gamma_nll",
        gamma_likelihood,
        {"mean": Positive(SHAPE), "shape": Positive(SHAPE), "targets": Positive(SHAPE)},
        coarse={0: SERIES},
        rounding="composite",
        without={
            "subnormal": FLUSHED,
            "smallest normal": PARTS_FLUSHED,
            "wide": "amounts 1e48 apart, which is infinite in float32, also where a tiny shape multiplies it",
        },
        exact=(
            Exact(
                "an exponential distribution at its mean",
                {"mean": [1.0, 2.0], "shape": [1.0, 1.0], "targets": [1.0, 2.0]},
                [1.0, 1.0 + math.log(2.0)],
                {"mean": [0.0, 0.0]},
                hessian=[1.0, 0.25],
            ),
        ),
    ),
]
