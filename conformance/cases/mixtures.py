"""Cases of the family mixtures."""

from __future__ import annotations

import math

from mpmath import det, exp, log, loggamma, lu_solve, matrix, mpf, pi, sqrt

from conformance.case import Case, Exact, Looser
from conformance.domains import Logits, Positive, Real
from conformance.formulas import Nested, elementwise, rows, softmax
from conformance.particular_domains import Among, Grades, Triangular

SHAPE = (4, 3)
SERIES = (12, "series with coefficients in double precision, of no more terms than that needs")
CONSTANT = (13, "the constant is a number of double precision")
FLUSHED = "two frameworks flush such numbers to 0, where another loss is"
PARTS_FLUSHED = "parts of the gradient are below the smallest normal number, which two frameworks flush to 0"
OTHER_SHAPES = "means and variances have no classes, and would keep their number"
APART = "amounts 1e48 apart, which is infinite in float32, also where a tiny shape multiplies it"
DIGAMMAS = Looser("gradient", "digammas of both signs cancel in it, up to a small rest", eps=4.0, argument="shape")
CURVATURES = Looser("hessian", "the curvature by a logit is the difference of those before and after", eps=1.0)
HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)


def log_gamma(x: Nested) -> Nested:
    """Return the logarithm of the gamma function; 0 outside of the domain, where large steps lead."""
    return loggamma(x) if x > 0 else mpf(0)


def negative_binomial(mean: Nested, shape: Nested, targets: Nested) -> Nested:
    def one(m: Nested, k: Nested, y: Nested) -> Nested:
        coefficient = log_gamma(y + k) - log_gamma(y + 1) - log_gamma(k)
        return -coefficient - k * log(k / (k + m)) - y * log(m / (k + m))

    return elementwise(one, mean, shape, targets)


def gaussian_mixture(logits: Nested, mean: Nested, var: Nested, targets: Nested, axis: int = -1) -> Nested:
    def row(z: Nested, means: Nested, variances: Nested, y: Nested) -> Nested:
        densities = (exp(-((y - m) ** 2) / (2 * v)) / sqrt(2 * pi * v) for m, v in zip(means, variances, strict=True))
        return -log(sum(p * density for p, density in zip(softmax(z), densities, strict=True)))

    return rows(row, axis, logits, mean, var, targets)


def multivariate_gaussian(mean: Nested, cholesky: Nested, targets: Nested, full: bool = True) -> Nested:
    """The density itself, of the covariance that the factors make."""

    def vector(m: Nested, factor: Nested, y: Nested) -> Nested:
        root = matrix([[x if k <= i else 0 for k, x in enumerate(row)] for i, row in enumerate(factor)])
        covariance, error = root * root.T, matrix([a - b for a, b in zip(y, m, strict=True)])
        square = (error.T * lu_solve(covariance, error))[0]
        return (log(det(covariance)) + square + (len(m) * log(2 * pi) if full else 0)) / 2

    return [vector(*parts) for parts in zip(mean, cholesky, targets, strict=True)]


LOOPS = {"xla": "TensorFlow's XLA does not differentiate twice a loop that adds up: its shapes are no constants there"}

CASES = [
    Case(
        "negative_binomial_nll",
        negative_binomial,
        {"mean": Positive(SHAPE), "shape": Positive(SHAPE), "targets": Positive(SHAPE)},
        coarse={0: SERIES},
        rounding="composite",
        without={
            "subnormal": FLUSHED,
            "smallest normal": PARTS_FLUSHED,
            "wide": APART,
        },
        looser=(DIGAMMAS,),
        exact=(
            Exact(
                "a geometric distribution, of nothing and at its mean",
                {"mean": [1.0, 1.0], "shape": [1.0, 1.0], "targets": [0.0, 1.0]},
                [math.log(2.0), 2.0 * math.log(2.0)],
                {"mean": [0.5, 0.0], "targets": [math.log(2.0), math.log(2.0)]},
                hessian=[-0.25, 0.5],
            ),
            Exact(
                "a shape so large that it is a Poisson distribution",
                {"mean": [2.0, 1.0], "shape": [2.0**100, 2.0**100], "targets": [0.0, 1.0]},
                [2.0, 1.0],
                {"mean": [1.0, 0.0]},
                hessian=[-(2.0**-100), 1.0],
            ),
        ),
    ),
    Case(
        "negative_binomial_nll",
        negative_binomial,
        {
            "mean": Positive(SHAPE),
            "shape": Among(SHAPE, numbers=(0.001, 0.0625, 2.1, 3.3, 100.0, 4096.0, 32768.0)),
            "targets": Grades(SHAPE),
        },
        label="counts",
        coarse={0: SERIES},
        rounding="composite",
        without={"subnormal": FLUSHED, "smallest normal": PARTS_FLUSHED, "wide": APART},
    ),
    Case(
        "gaussian_mixture_nll",
        gaussian_mixture,
        {"logits": Logits(SHAPE), "mean": Real(SHAPE), "var": Positive(SHAPE), "targets": Real(SHAPE[:1])},
        coarse={0: CONSTANT},
        rounding="composite",
        coupled=-1,
        looser=(CURVATURES,),
        without={
            "subnormal": FLUSHED,
            "one class": OTHER_SHAPES,
            "10000 classes": OTHER_SHAPES,
            "wide": "variances 1e48 apart, which is infinite in float32",
            "overflow": "the logarithms of all densities are beyond the dtype",
        },
        exact=(
            Exact(
                "one component, and one that is excluded",
                {
                    "logits": [[3.0, -math.inf], [0.0, 0.0]],
                    "mean": [[2.0, 0.0], [2.0, 2.0]],
                    "var": [[1.0, 1.0], [1.0, 1.0]],
                    "targets": [1.0, 1.0],
                },
                [HALF_LOG_TWO_PI + 0.5, HALF_LOG_TWO_PI + 0.5],
                {
                    "logits": [[0.0, 0.0], [0.0, 0.0]],
                    "mean": [[1.0, 0.0], [0.5, 0.5]],
                    "var": [[0.0, 0.0], [0.0, 0.0]],
                    "targets": [-1.0, -1.0],
                },
            ),
        ),
    ),
    Case(
        "gaussian_mixture_nll",
        gaussian_mixture,
        {
            "logits": Logits((3, 2, 2), axis=0),
            "mean": Real((3, 2, 2)),
            "var": Positive((3, 2, 2)),
            "targets": Real((2, 2)),
        },
        ({"axis": 0},),
        "first",
        coarse={0: CONSTANT},
        rounding="composite",
        coupled=0,
    ),
    Case(
        "multivariate_gaussian_nll",
        multivariate_gaussian,
        {"mean": Real((2, 3)), "cholesky": Triangular((2, 3, 3)), "targets": Real((2, 3))},
        options=({}, {"full": False}),
        coarse={0: CONSTANT},
        uncurved=LOOPS,
        rounding="composite",
        coupled=-1,
        exact=(
            Exact(
                "one component is a Gaussian, and its factor the standard deviation",
                {"mean": [[0.0], [1.0]], "cholesky": [[[2.0]], [[1.0]]], "targets": [[4.0], [1.0]]},
                [math.log(2.0) + 2.0, 0.0],
                {"mean": [[-1.0], [0.0]], "cholesky": [[[-1.5]], [[1.0]]], "targets": [[1.0], [0.0]]},
                hessian=[[0.25], [1.0]],
                options={"full": False},
            ),
            Exact(
                "what is above the diagonal is not read, and an error that the other one explains is none",
                {
                    "mean": [[0.0, 0.0], [0.0, 0.0]],
                    "cholesky": [[[1.0, math.nan], [3.0, 1.0]], [[1.0, math.inf], [0.0, 0.5]]],
                    "targets": [[2.0, 6.0], [1.0, 0.0]],
                },
                [2.0, 0.5 - math.log(2.0)],
                {
                    "mean": [[-2.0, 0.0], [-1.0, 0.0]],
                    "cholesky": [[[-3.0, 0.0], [0.0, 1.0]], [[0.0, 0.0], [0.0, 2.0]]],
                    "targets": [[2.0, 0.0], [1.0, 0.0]],
                },
                hessian=[[10.0, 1.0], [1.0, 4.0]],
                options={"full": False},
            ),
        ),
    ),
    Case(
        "multivariate_gaussian_nll",
        multivariate_gaussian,
        {"mean": Real((2, 2)), "cholesky": Triangular((2, 2, 2), spread=2.5), "targets": Real((2, 2))},
        label="scales",
        coarse={0: CONSTANT},
        uncurved=LOOPS,
        rounding="composite",
        coupled=-1,
    ),
]
