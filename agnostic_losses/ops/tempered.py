"""Softmax with the tail of a power in place of the exponential's; its normaliser has no closed form.

It is found by Newton's method on constants. Two more steps, of which derivatives are taken, make these exact up to the
third order: each step doubles the order to which an approximation agrees with the solution.
"""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses._typing import Array, Namespace
from agnostic_losses.backends import stop_gradient
from agnostic_losses.ops.checks import check_between
from agnostic_losses.ops.exponential import expm1
from agnostic_losses.ops.indexing import one_hot

LARGEST_TEMPERATURE = 10.0
"""The largest temperature of the tempered softmax; nearly nothing is left of the scores there."""

STEPS = 10
"""Steps of the search: a million classes at the largest temperature take nine, others less."""

LONGEST = 60.0
"""A step of the search multiplies the scale by no more than the exponential of this: no overflow."""


def log_tempered_softmax(x: Array, temperature: float, axis: int, *, xp: Namespace) -> Array:
    r"""Return the logarithms of the tempered softmax.

    .. math:: p_i = \exp_t(x_i - \lambda), \qquad \sum_i p_i = 1, \qquad
              \exp_t(u) = \bigl(1 + (1 - t)\, u\bigr)^{1 / (1 - t)}

    Parameters
    ----------
    x : array
        Scores; -inf excludes a class.
    temperature : float
        :math:`t \in [1, 10]`; 1 is the softmax. The larger, the heavier the tail.
    axis : int
        The axis of the classes.
    xp : module
        The namespace of `x`.

    Returns
    -------
    array
        In the shape of `x`, exact for confident rows too.

    References
    ----------
    E. Amid et al., "Robust Bi-Tempered Logistic Loss Based on Bregman Divergences", NeurIPS 2019.
    """
    tail = check_between(1.0, LARGEST_TEMPERATURE, temperature=temperature) - 1.0
    present = x > -math.inf
    leader = one_hot(xp.argmax(stop_gradient(x), axis=axis), x, axis, xp=xp)
    peak = stop_gradient(xp.max(x, axis=axis, keepdims=True))
    # The leader's own gap is 0, with a gradient. All formulas are in the leader's surprise: no power overflows.
    gaps = xp.where(present, xp.where(present, peak, 0.0) - xp.where(present, x, 0.0), 0.0)
    rows = _Rows(gaps, leader, xp.logical_and(present, xp.logical_not(leader)), tail, axis, xp)
    surprises = rows.surprises(rows.solution())
    return xp.where(present, -surprises, -math.inf)


class _Rows:
    """Rows of classes by how far they are behind their leader, and whose surprises ``-log p`` are to be found."""

    def __init__(self, gaps: Any, leader: Any, others: Any, tail: float, axis: int, xp: Namespace) -> None:
        self.gaps, self.leader, self.others = gaps, leader, others
        self.tail, self.axis, self.xp = tail, axis, xp

    def total(self, chosen: Any, values: Any) -> Any:
        """Return the sum over the chosen classes."""
        return self.xp.sum(self.xp.where(chosen, values, 0.0), axis=self.axis, keepdims=True)

    def at(self, least: Any) -> tuple[Any, Any]:
        """Return the surprises where that of a class without gap is `least`, and their derivatives by it."""
        if not self.tail:
            return self.gaps + least, self.xp.ones_like(self.gaps)
        xp, tail = self.xp, self.tail
        behind = tail * self.gaps * xp.exp(-tail * least)
        # That is log(exp(tail * least) + tail * gap) / tail, from the larger of both: no slope is a difference.
        far = behind > 1.0
        scale = xp.log(xp.where(far, tail * self.gaps, 1.0))
        distant = (scale + xp.log1p(xp.exp(xp.where(far, tail * least - scale, 0.0)))) / tail
        return xp.where(far, distant, least + xp.log1p(xp.where(far, 0.0, behind)) / tail), 1.0 / (1.0 + behind)

    def sums(self, least: Any) -> tuple[Any, Any]:
        """Return how much the probabilities lack to 1, and minus their slope, without a difference from 1."""
        surprises, slopes = self.at(least)
        probs = self.xp.exp(-surprises)
        lack = -expm1(-self.total(self.leader, surprises), xp=self.xp) - self.total(self.others, probs)
        kept = self.xp.logical_or(self.leader, self.others)
        return lack, self.total(kept, probs * slopes)

    def searched(self) -> Any:
        """Return the least surprise, as a constant.

        Newton's method on the power of the sum that is concave in the scale, and straight for equal logits: it comes
        from below, and meets the solution of ordinary rows in three or four steps.
        """
        xp = self.xp
        fixed = _Rows(stop_gradient(self.gaps), self.leader, self.others, self.tail, self.axis, xp)
        least = xp.zeros_like(fixed.total(self.leader, fixed.gaps))
        for _ in range(STEPS if self.tail else 1):
            lack, slope = fixed.sums(least)
            size = xp.log1p(-lack)
            ratio = (1.0 - lack) / slope
            if self.tail:
                power = self.tail * size
                power = xp.where(power > LONGEST, LONGEST, power)
                least = least + xp.log1p(xp.expm1(power) * ratio) / self.tail
            else:
                least = least + size * ratio
        return stop_gradient(least)

    def solution(self) -> Any:
        """Return the least surprise with its derivatives."""
        least = self.searched()
        for _ in range(2):
            lack, slope = self.sums(least)
            least = least - lack / slope
        return least

    def surprises(self, least: Any) -> Any:
        """Return all surprises, that of a leader with most of the slope by what the others have."""
        xp = self.xp
        surprises, slopes = self.at(least)
        probs = xp.exp(-surprises)
        rest, own = self.total(self.others, probs), self.total(self.leader, probs)
        certain = own > self.total(self.others, probs * slopes)
        known = stop_gradient(self.total(self.leader, surprises))
        # A logarithm of 1 in value: all derivatives are those of -log(1 - rest), which would lose digits of its own.
        exact = known - xp.log1p((stop_gradient(rest) - rest) * xp.exp(known))
        return xp.where(xp.logical_and(self.leader, certain), exact, surprises)
