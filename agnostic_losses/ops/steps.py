"""Areas between distribution functions of samples: integrals of a function of steps, and their least slopes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agnostic_losses._typing import Array, Namespace
from agnostic_losses.backends import stop_gradient
from agnostic_losses.ops.cumulative import cumulative_sum
from agnostic_losses.ops.indexing import take_along_axis


def integrate_steps(points: Array, steps: Array, cost: Callable[[Any], Any], *, xp: Namespace) -> Array:
    r"""Return :math:`\int c(S(t))\,dt` where :math:`S(t)` is the sum of the steps at all points up to t.

    Parameters
    ----------
    points : array
        Where the steps are, along the last axis, in any order.
    steps : array
        How high they are, in the shape of `points`; constants that sum to 0 along the last axis.
    cost : callable
        The function :math:`c`, elementwise, with :math:`c(0) = 0`.
    xp : module
        The namespace of `points`.

    Returns
    -------
    array
        In the shape of `points` without the last axis. It is linear between ties of points; at a tie each point has
        the slope that is nearest to 0 between those on both sides.
    """
    constant = stop_gradient(points)
    slopes = _least_slopes(constant, steps, cost, xp)
    # Linear between ties: the slopes are constants, and times what does not change the value the gradient.
    return _area(constant, steps, cost, xp) + xp.sum(slopes * (points - constant), axis=-1)


def _area(points: Any, steps: Any, cost: Callable[[Any], Any], xp: Namespace) -> Any:
    order = xp.argsort(points, axis=-1)
    ordered, steps = (take_along_axis(array, order, -1, xp=xp) for array in (points, steps))
    sums = cumulative_sum(steps, -1, xp=xp)[..., :-1]
    return xp.sum(cost(sums) * (ordered[..., 1:] - ordered[..., :-1]), axis=-1)


def _least_slopes(points: Any, steps: Any, cost: Callable[[Any], Any], xp: Namespace) -> Any:
    """Return the derivatives of the integral: where points tie, what is nearest to 0 between those of both sides."""
    own, other = xp.expand_dims(points, axis=-1), xp.expand_dims(points, axis=-2)
    others = xp.expand_dims(steps, axis=-2)
    below = xp.sum(xp.where(other < own, others, 0.0), axis=-1)
    up_to = xp.sum(xp.where(other <= own, others, 0.0), axis=-1)
    before, behind = cost(below) - cost(below + steps), cost(up_to - steps) - cost(up_to)
    nearest = xp.where(xp.abs(before) < xp.abs(behind), before, behind)
    return xp.where(before * behind > 0, nearest, 0.0)
