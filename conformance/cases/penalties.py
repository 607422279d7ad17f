"""Cases of the family penalties."""

from __future__ import annotations

from conformance.case import Case, Exact
from conformance.domains import Real
from conformance.formulas import Nested

AWAY = Real((3, 2), extremes=(1e-30, -1e-30, 1e4, -1e4, 1e-8, 50.0))  # from the kink at 0
NEST = {"kernel": Real((3, 2)), "rest": [Real((2,)), Real(())]}


FLUSHED = {"subnormal": "TensorFlow flushes such numbers to 0, where the kink has the derivative 0"}


def numbers(nested: Nested) -> list[Nested]:
    if isinstance(nested, dict):
        return numbers(list(nested.values()))
    return [x for part in nested for x in numbers(part)] if isinstance(nested, list) else [nested]


def l1_penalty(parameters: Nested) -> Nested:
    return sum(abs(x) for x in numbers(parameters))


def l2_penalty(parameters: Nested) -> Nested:
    return sum(x**2 for x in numbers(parameters))


def elastic_net_penalty(parameters: Nested, l1: Nested = 0.01, l2: Nested = 0.01) -> Nested:
    return l1 * l1_penalty(parameters) + l2 * l2_penalty(parameters)


def zero(value: float, gradient: float, second: float, **options: float) -> tuple[Exact, ...]:
    """Return the point at which one parameter is 0 and one is -2."""
    return (
        Exact(
            "a parameter of 0 has gradient 0",
            {"parameters": [0.0, -2.0]},
            value,
            {"parameters": [0.0, gradient]},
            hessian=[second, second],
            options=options,
        ),
    )


CASES = [
    Case(
        "l1_penalty",
        l1_penalty,
        {"parameters": AWAY},
        without=FLUSHED,
        rounding="algebraic",
        exact=zero(2.0, -1.0, 0.0),
    ),
    Case("l1_penalty", l1_penalty, {"parameters": NEST}, label="nest", without=FLUSHED, rounding="algebraic"),
    Case("l2_penalty", l2_penalty, {"parameters": Real((3, 2))}, rounding="algebraic", exact=zero(4.0, -4.0, 2.0)),
    Case("l2_penalty", l2_penalty, {"parameters": NEST}, label="nest", rounding="algebraic"),
    Case(
        "elastic_net_penalty",
        elastic_net_penalty,
        {"parameters": NEST},
        without=FLUSHED,
        options=({"l1": 0.25, "l2": 0.5}, {"l1": 0.0, "l2": 2.0}),
        rounding="algebraic",
    ),
]
