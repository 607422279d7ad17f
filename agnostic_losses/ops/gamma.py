"""The logarithm of the gamma function and of factorials, exact near their zeros and for the largest numbers.

Frameworks have it too, but lose digits near the zeros at 1 and 2, or in the derivatives. Here it is one formula with
plain derivatives of every order. What grows together with another term of a loss is kept out of it:
`log_factorial_excess` and `log_gamma_half_step` stay small where log-gammas are huge and would cancel.
"""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses._typing import Array, Namespace
from agnostic_losses.ops.divergences import log1p_remainder

FAR = 2.5
"""From here on Stirling's series is used."""

LOG_ROOT_TWO_PI = 0.5 * math.log(2.0 * math.pi)

# Both polynomials interpolate at 40 Chebyshev nodes with 80 digits; of the Chebyshev series so many terms are kept
# that second derivatives lack less than 1e-17. As powers of the argument the coefficients lose nothing in double
# precision: they are small where they are many.

NEAR_TWO = (
    0.42278433509846713,
    0.3224670334241132,
    -0.06735230105319809,
    0.020580808427784546,
    -0.0073855510286741696,
    0.002890510330741767,
    -0.0011927539116922538,
    0.0005096695247318503,
    -0.00022315475879035372,
    9.945751306710598e-05,
    -4.49262307363872e-05,
    2.050720833965402e-05,
    -9.439554803609618e-06,
    4.3749109814473056e-06,
    -2.0387438475233977e-06,
    9.54853711868221e-07,
    -4.5138393896622817e-07,
    2.132835110043123e-07,
    -9.449683814753458e-08,
    4.4532605136437866e-08,
    -3.1741069064185336e-08,
    1.54019653846279e-08,
)
"""Powers of u for log(gamma(2 + u)) / u, where |u| <= 1/2."""

STIRLING = (
    0.08333333333333333,
    -3.4602771162062537e-18,
    -0.0027777777777766694,
    -1.4028556075289381e-13,
    0.000793650802990106,
    -3.7693848673546733e-10,
    -0.000595228081374543,
    -1.8404210727361149e-07,
    0.0008441558912797094,
    -2.2482800245875437e-05,
    -0.001771210455879209,
    -0.0005860615384480596,
    0.006898860823566245,
    0.011176647634129051,
    -0.11577752618152767,
    0.343416880253045,
    -0.6066017907338624,
    0.7073622746964062,
    -0.5405772010238694,
    0.2477812336869391,
    -0.05196908567813575,
)
"""Powers of t = 1 / x for x times what Stirling's formula leaves of log(gamma(x)), where x >= 2.3."""


def log_gamma(x: Array, *, xp: Namespace) -> Array:
    r"""Return :math:`\log \Gamma(x)` for positive numbers."""
    small = x < 1
    factorial = log_factorial(xp.where(small, x, x - 1.0), xp=xp)
    return xp.where(small, factorial - xp.log(xp.where(small, x, 1.0)), factorial)


def log_factorial(x: Array, *, xp: Namespace) -> Array:
    r"""Return :math:`\log \Gamma(1 + x)`, the logarithm of :math:`x!`, for numbers that are not negative."""
    near, small, large = _parts(x, xp)
    return xp.where(near, _near(small, xp), large * (xp.log(large) - 1.0) + _excess_far(large, xp))


def log_factorial_excess(x: Array, *, xp: Namespace) -> Array:
    r"""Return :math:`\log \Gamma(1 + x) - x \log x + x`: about :math:`\tfrac12 \log 2 \pi x`, and 0 at 0.

    It is never negative, and has gradient 0 at 0, where the limit is infinite.
    """
    near, small, large = _parts(x, xp)
    nothing = small == 0
    safe = xp.where(nothing, 1.0, small)
    here = xp.where(nothing, 0.0, _near(safe, xp) + safe * (1.0 - xp.log(safe)))
    return xp.where(near, here, _excess_far(large, xp))


def log_gamma_half_step(x: Array, *, xp: Namespace) -> Array:
    r"""Return :math:`\log \Gamma(x + \tfrac12) - \log \Gamma(x) - \tfrac12 \log x` for positive numbers.

    It is negative, and goes to 0 like :math:`-1 / 8x`.
    """
    near = x < FAR
    first = _step_beyond_half(xp.where(near, x, 1.0), xp)
    second, third = (0.5 * xp.log1p(0.25 / (y * (y + 1.0))) for y in (xp.where(near, x, 1.0) + k for k in (1.0, 2.0)))
    large = xp.where(near, x + 3.0, x)
    beyond = large * log1p_remainder(0.5 / large, xp=xp) + (_stirling(large) - _stirling(large + 0.5))
    return -xp.where(near, beyond + third + second + first, beyond)


def _step_beyond_half(x: Any, xp: Namespace) -> Any:
    r"""Return :math:`\log (x + \tfrac12) - \tfrac12 \log x (x + 1)`: the half step at x is so much below the next."""
    tiny = x < 0.25  # the reciprocal of a product of such numbers may overflow
    parts = xp.where(tiny, x, 1.0)
    apart = xp.log(parts + 0.5) - 0.5 * (xp.log(parts) + xp.log1p(parts))
    whole = xp.where(tiny, 1.0, x)
    return xp.where(tiny, apart, 0.5 * xp.log1p(0.25 / (whole * (whole + 1.0))))


def _parts(x: Any, xp: Namespace) -> tuple[Any, Any, Any]:
    """Return where a number is near 0, and the numbers for either formula, safe where it is the other's."""
    near = x < FAR
    return near, xp.where(near, x, 0.0), xp.where(near, FAR, x)


def _near(x: Any, xp: Namespace) -> Any:
    """Return the logarithm of x! for 0 <= x < 2.5 from the one near 1!."""
    below, above = x < 0.5, x >= 1.5
    u = x - xp.where(below, 0.0, xp.where(above, 2.0, xp.ones_like(x)))  # exact, so that the zeros keep their digits
    steps = xp.log(xp.where(above, x, 1.0)) - xp.log1p(xp.where(below, x, 0.0))
    return u * polynomial(u, NEAR_TWO) + steps


def _excess_far(x: Any, xp: Namespace) -> Any:
    return 0.5 * xp.log(x) + LOG_ROOT_TWO_PI + _stirling(x)


def _stirling(x: Any) -> Any:
    inverse = 1.0 / x
    return inverse * polynomial(inverse, STIRLING)


def polynomial(x: Array, coefficients: tuple[float, ...]) -> Array:
    """Return a polynomial of a number by Horner's rule, the constant coefficient first."""
    *rest, last = coefficients
    total: Any = last
    for coefficient in reversed(rest):
        total = total * x + coefficient
    return total
