"""Errors of value functions that learn from rewards."""

from __future__ import annotations

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Reduction
from agnostic_losses.ops import check_between, exclude, prepare_pair, reduce


@loss(family="reinforcement")
def temporal_difference(
    values: Array,
    rewards: ArrayLike,
    next_values: ArrayLike,
    *,
    discount: float = 0.99,
    terminal: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Squared one-step temporal-difference error.

    .. math:: l = \left( V(s) - \operatorname{sg}[r + \gamma V(s')] \right)^2

    Parameters
    ----------
    values : array
        Values :math:`V(s)` of the states, of any shape.
    rewards : array
        Rewards :math:`r`, in the shape of `values`.
    next_values : array
        Values :math:`V(s')` of the next states, in the same shape.
    discount : float
        :math:`\gamma \in [0, 1]`.
    terminal : boolean array, optional
        Where the episode ended: the next value is not used there, whatever it is. Broadcasts to `values`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `values` for ``reduction="none"``. In squared units of the reward.

    Raises
    ------
    ValueError
        If the shapes differ, or the discount lies outside of [0, 1].
    TypeError
        If `terminal` is not boolean.

    Notes
    -----
    No gradient flows through the target: this is a semi-gradient. ``rlax.td_learning`` returns the error itself
    (target minus value), and takes a discount of 0 for a terminal state.

    References
    ----------
    R. S. Sutton, "Learning to Predict by the Methods of Temporal Differences", Machine Learning 3, 1988.
    """
    discount = check_between(0.0, 1.0, discount=discount)
    xp, values, rewards, next_values = prepare_pair(
        values=values, rewards=rewards, next_values=next_values, where=where
    )
    if terminal is not None:
        running = xp.logical_not(ops.as_mask(terminal, values, xp, name="terminal"))
        next_values = exclude(next_values, running, (), xp=xp)
    errors = values - ops.stop_gradient(rewards + discount * next_values)
    return reduce(xp.square(errors), weights=weights, where=where, reduction=reduction)
