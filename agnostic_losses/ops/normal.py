"""How far a number lies from a normally distributed one, on average: with its derivatives the normal distribution.

The first derivative by the number is 2 Phi(z) - 1, the second twice the density. Textbook forms of the distance leave
terms in the derivatives that cancel; here every order keeps its digits in the far tails.
"""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses._typing import Array, Namespace
from agnostic_losses.backends import stop_gradient
from agnostic_losses.ops.gamma import polynomial
from agnostic_losses.ops.special import abs

NEAR = 1.5
"""Up to so many standard deviations the power series at 0 is used, whose terms then cancel but little."""

BEYOND = 40.0
"""From so many on the distance is that to the mean: the density is 0 in every dtype."""

SERIES = tuple(math.sqrt(2.0 / math.pi) * (-1) ** (n + 1) / (2**n * math.factorial(n) * (2 * n - 1)) for n in range(20))
"""Powers of z * z for the distance in standard deviations: the first term left out is below 1e-17."""

# Interpolated at 60 Chebyshev nodes with 60 digits; of the Chebyshev series so many terms are kept that second
# derivatives lack less than 3e-16.
REST = (
    2.0844568041224134,
    1.6437337629612205,
    0.7149504101013122,
    0.16078909484284534,
    -0.007051367260286359,
    -0.014682436248723557,
    -0.0015231412830824212,
    0.0013470837779554201,
    0.00024281974562499964,
    -0.00015708001658523105,
    -2.7611664635703936e-05,
    2.2687460343711956e-05,
    1.9851093592574587e-06,
    -3.6052387777533555e-06,
    2.0127661164528032e-07,
    5.496053227622281e-07,
    -1.388025618651814e-07,
    -6.604591479037554e-08,
    4.0482073618602467e-08,
    2.304740921620401e-09,
    -8.37820135297232e-09,
    1.5818156018264227e-09,
    1.2143974860791658e-09,
    -4.725687347689797e-10,
    -1.0026996749868635e-10,
    5.300742266877643e-11,
    1.926435147765947e-12,
)
"""Powers of t = 9 / (z + 3) - 1 for (z + 3)**2 (1 - z (1 - Phi(z)) / phi(z)), where z >= 1.5."""


def normal_distance(error: Array, std: Array, *, xp: Namespace) -> Array:
    r"""Return the mean of :math:`|e - \sigma Z|` over standard normal :math:`Z`.

    .. math:: \sigma \left( z \, (2 \Phi(z) - 1) + 2 \varphi(z) \right), \qquad z = e / \sigma

    Parameters
    ----------
    error : array
        The number :math:`e`.
    std : array
        The standard deviation :math:`\sigma > 0`.
    xp : module
        The namespace of both.

    Returns
    -------
    array
        About :math:`\sqrt{2 / \pi} \, \sigma` for a small error, and its size for a large one.
    """
    size = xp.abs(error)
    near, far = size <= NEAR * std, size > BEYOND * std
    # Both are scaled by a constant: frameworks square the denominator in the derivative of a quotient.
    scale = 1.0 / stop_gradient(std)
    z = xp.where(far, 0.0, error) * scale / (std * scale)
    here = std * polynomial(xp.square(xp.where(near, z, 0.0)), SERIES)
    distance = abs(error, xp=xp)
    beyond = distance + std * _beyond_mean(xp.where(near, NEAR, abs(z, xp=xp)), xp)
    return xp.where(near, here, xp.where(far, distance, beyond))


def _beyond_mean(z: Any, xp: Namespace) -> Any:
    """Return the distance less z, in standard deviations: every derivative is a sum of terms of one sign."""
    inverse = 1.0 / (z + 3.0)
    scaled = polynomial(9.0 * inverse - 1.0, REST)
    return xp.exp(-0.5 * (z * z)) * (inverse * inverse * scaled * math.sqrt(2.0 / math.pi))
