"""Cases of the family likelihood."""

from __future__ import annotations

import math

from mpmath import log, loggamma, mpf, pi

from conformance.case import Case, Exact
from conformance.domains import Positive, Real
from conformance.formulas import Nested, elementwise

SHAPE = (4, 3)
CONSTANT = (13, "the constant is a number of double precision")
FLUSHED = "two frameworks flush such numbers to 0, where another loss is"
NO_TAIL = "with 1e-30 degrees of freedom the gradient by the scale is the difference of 1 and 1"
HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)


def gaussian(mean: Nested, var: Nested, targets: Nested, full: bool = True) -> Nested:
    constant = log(2 * pi) / 2 if full else 0
    return elementwise(lambda m, v, y: log(v) / 2 + (y - m) ** 2 / (2 * v) + constant, mean, var, targets)


def beta_weighted(mean: Nested, var: Nested, targets: Nested, beta: float = 0.5, constant_var: Nested = None) -> Nested:
    return elementwise(
        lambda nll, v: v ** mpf(beta) * nll, gaussian(mean, var, targets, full=False), constant_var or var
    )


def laplace(mean: Nested, scale: Nested, targets: Nested) -> Nested:
    return elementwise(lambda m, b, y: log(2 * b) + abs(y - m) / b, mean, scale, targets)


def student_t(mean: Nested, scale: Nested, df: Nested, targets: Nested) -> Nested:
    def one(m: Nested, s: Nested, n: Nested, y: Nested) -> Nested:
        constant = loggamma(n / 2) - loggamma((n + 1) / 2) + log(pi * n) / 2
        return log(s) + (n + 1) / 2 * log(1 + (y - m) ** 2 / (n * s * s)) + constant

    return elementwise(one, mean, scale, df, targets)


CASES = [
    Case(
        "gaussian_nll",
        gaussian,
        {"mean": Real(SHAPE), "var": Positive(SHAPE), "targets": Real(SHAPE)},
        options=({}, {"full": False}),
        coarse={0: CONSTANT},
        rounding="composite",
        without={"subnormal": FLUSHED},
        uncurved={"wide": "gradients of both signs are beyond float32, and NumPy's tape adds them"},
        exact=(
            Exact(
                "perfect predictions with a small and a large variance",
                {"mean": [2.0, 2.0], "var": [2.0**-60, 1.0], "targets": [2.0, 2.0]},
                [HALF_LOG_TWO_PI - 30.0 * math.log(2.0), HALF_LOG_TWO_PI],
                {"mean": [0.0, 0.0], "var": [2.0**59, 0.5]},
                hessian=[2.0**60, 1.0],
            ),
        ),
    ),
    Case(
        "beta_nll",
        beta_weighted,
        {"mean": Real(SHAPE), "var": Positive(SHAPE), "targets": Real(SHAPE)},
        options=({}, {"beta": 0.0}, {"beta": 1.0}),
        held={"constant_var": "var"},
        rounding="composite",
        without={
            "subnormal": FLUSHED,
            ("smallest normal", 2): "half of such a variance is part of its gradient, and two frameworks flush it to 0",
        },
        uncurved={"wide": "gradients of both signs are beyond float32, and NumPy's tape adds them"},
        exact=(
            Exact(
                "the power of the variance has no gradient",
                {"mean": [0.0, 2.0], "var": [4.0, 4.0], "targets": [4.0, 2.0]},
                [4.0 * math.log(2.0) + 8.0, 4.0 * math.log(2.0)],
                {"mean": [-4.0, 0.0], "var": [-1.5, 0.5], "targets": [4.0, 0.0]},
                hessian=[1.0, 1.0],
                options={"beta": 1.0},
            ),
        ),
    ),
    Case(
        "laplace_nll",
        laplace,
        {"mean": Real(SHAPE), "scale": Positive(SHAPE), "targets": Real(SHAPE)},
        coarse={0: CONSTANT},
        rounding="composite",
        without={
            "subnormal": FLUSHED,
            "smallest normal": "the gradient by the scale is nearly the largest number, and a part of it is beyond",
        },
        exact=(
            Exact(
                "the kink has gradient 0",
                {"mean": [2.0, 3.0], "scale": [0.5, 0.5], "targets": [2.0, 1.0]},
                [0.0, 4.0],
                {"mean": [0.0, 2.0], "scale": [2.0, -6.0], "targets": [0.0, -2.0]},
                hessian=[0.0, 0.0],
            ),
        ),
    ),
    Case(
        "student_t_nll",
        student_t,
        {"mean": Real(SHAPE), "scale": Positive(SHAPE), "df": Positive(SHAPE), "targets": Real(SHAPE)},
        coarse={0: CONSTANT},
        rounding="composite",
        without={
            "subnormal": FLUSHED,
            "smallest normal": NO_TAIL,
            "wide": NO_TAIL,
        },
        exact=(
            Exact(
                "a Cauchy distribution at its centre and its scale",
                {"mean": [0.0, 0.0], "scale": [1.0, 1.0], "df": [1.0, 1.0], "targets": [0.0, 1.0]},
                [math.log(math.pi), math.log(2.0 * math.pi)],
                {"mean": [0.0, -1.0], "scale": [1.0, 0.0]},
                hessian=[2.0, 0.0],
            ),
        ),
    ),
]
