"""Losses of the margins between the scores of many classes and integer labels.

Margins of one score are in `margins`, those between distances in `metric`.
"""

from __future__ import annotations

import math
from typing import Any, Literal

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.ops import check_at_least, check_between, prepare_class_weights, prepare_labels, reduce


@loss(family="multiclass_margins")
def multiclass_hinge(
    scores: Array,
    labels: ArrayLike,
    *,
    margin: float = 1.0,
    axis: int = -1,
    ignore_index: int | None = None,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Hinge loss of many classes: the label shall lead before the best other class, by a margin.

    .. math:: l = \max(0, m + \max_{j \ne y} s_j - s_y)

    Parameters
    ----------
    scores : array
        Any real numbers :math:`s`, with the :math:`K` classes along `axis`; -inf excludes a class.
    labels : integer array
        Class ids :math:`y` of any integer dtype, in the shape of `scores` without `axis`.
    margin : float
        The margin :math:`m \ge 0` by which the label shall lead, in units of the scores.
    axis : int
        The axis of the classes.
    ignore_index : int, optional
        A label that excludes its place, like `where`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `labels` for ``reduction="none"``.

    Raises
    ------
    ValueError
        If the shapes do not fit, an option lies outside of its range, or a label is out of range and its value can
        be read at no cost; on accelerators and under jit such an element is NaN.
    TypeError
        If the labels are not integers.

    Notes
    -----
    The same as in optax and scikit-learn. Keras's ``categorical_hinge`` sets the score of the label to 0 before it
    looks for the best one: where all others are negative it returns another number, for the scores [0.5, -2] and the
    first label 0.5 and not 0. torch's ``multi_margin_loss`` is `multi_margin`. Classes that tie for the best share
    the gradient; at the hinge it is 0.

    References
    ----------
    K. Crammer and Y. Singer, "On the Algorithmic Implementation of Multiclass Kernel-based Vector Machines", Journal of
    Machine Learning Research 2, 2001.
    """
    margin = check_at_least(0.0, margin=margin)
    xp, scores, labels, where = prepare_labels(
        scores=scores, labels=labels, axis=axis, where=where, ignore_index=ignore_index
    )
    values = ops.relu(_lead_of_others(scores, labels, axis, xp) + margin, xp=xp)
    values = ops.invalidate(values, labels, xp=xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="multiclass_margins")
def multi_margin(
    scores: Array,
    labels: ArrayLike,
    *,
    p: Literal[1, 2] = 1,
    margin: float = 1.0,
    class_weights: ArrayLike | None = None,
    axis: int = -1,
    ignore_index: int | None = None,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Hinge loss of many classes: the label shall lead before every other class, by a margin.

    .. math:: l = \frac{c_y}{K} \sum_{j \ne y} \max(0, m + s_j - s_y)^p

    Parameters
    ----------
    scores : array
        Any real numbers :math:`s`, with the :math:`K` classes along `axis`; -inf excludes a class.
    labels : integer array
        Class ids :math:`y` of any integer dtype, in the shape of `scores` without `axis`.
    p : 1 or 2
        The exponent.
    margin : float
        The margin :math:`m \ge 0` by which the label shall lead, in units of the scores.
    class_weights : array, optional
        One factor :math:`c_j` a class. The mean divides by the sum of :math:`c_y`.
    axis : int
        The axis of the classes.
    ignore_index : int, optional
        A label that excludes its place, like `where`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `labels` for ``reduction="none"``.

    Raises
    ------
    ValueError
        If the shapes do not fit, an option lies outside of its range, or a label is out of range and its value can
        be read at no cost; on accelerators and under jit such an element is NaN.
    TypeError
        If the labels are not integers.

    Notes
    -----
    The same as torch's ``multi_margin_loss`` without weights; with `class_weights` torch divides the mean by the number
    of rows, as ``reduction="none"`` and a mean do. The paper sums over the classes and has a margin of 2: that is
    :math:`K` times this. At each hinge the gradient is 0.

    References
    ----------
    J. Weston and C. Watkins, "Support Vector Machines for Multi-Class Pattern Recognition", ESANN 1999.
    """
    margin = check_at_least(0.0, margin=margin)
    if check_between(1.0, 2.0, p=p) not in (1.0, 2.0):
        raise ValueError(f"p must be 1 or 2, got {p!r}")
    xp, scores, labels, where = prepare_labels(
        scores=scores, labels=labels, axis=axis, where=where, ignore_index=ignore_index
    )
    class_weights = prepare_class_weights(class_weights, scores, axis)
    own = xp.expand_dims(ops.pick(scores, labels, axis, xp=xp), axis=axis)
    short = ops.relu(scores - own + margin, xp=xp)
    short = xp.where(ops.one_hot(labels, scores, axis, xp=xp), 0.0, short)
    values = ops.invalidate(xp.mean(short if p == 1 else xp.square(short), axis=axis), labels, xp=xp)
    own_weight = None if class_weights is None else ops.take(class_weights, labels, xp=xp)
    values = values if own_weight is None else own_weight * values
    return reduce(values, weights=weights, where=where, reduction=reduction, normalizer=own_weight)


@loss(family="multiclass_margins")
def multiclass_perceptron(
    scores: Array,
    labels: ArrayLike,
    *,
    axis: int = -1,
    ignore_index: int | None = None,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Perceptron loss of many classes: by how much another class leads before the label.

    .. math:: l = \max_j s_j - s_y

    Parameters
    ----------
    scores : array
        Any real numbers :math:`s`, with the :math:`K` classes along `axis`; -inf excludes a class.
    labels : integer array
        Class ids :math:`y` of any integer dtype, in the shape of `scores` without `axis`.
    axis : int
        The axis of the classes.
    ignore_index : int, optional
        A label that excludes its place, like `where`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `labels` for ``reduction="none"``.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a label is out of range and its value can be read at no cost; on accelerators and
        under jit such an element is NaN.
    TypeError
        If the labels are not integers.

    Notes
    -----
    The same as in optax, and as `multiclass_hinge` with the margin 0. Where the label is among the best the gradient is
    0, the subgradient of least norm; optax shares it among those that tie: for two equal scores [-0.5, 0.5].

    References
    ----------
    M. Collins, "Discriminative Training Methods for Hidden Markov Models: Theory and Experiments with Perceptron
    Algorithms", EMNLP 2002.
    """
    xp, scores, labels, where = prepare_labels(
        scores=scores, labels=labels, axis=axis, where=where, ignore_index=ignore_index
    )
    values = ops.relu(_lead_of_others(scores, labels, axis, xp), xp=xp)
    values = ops.invalidate(values, labels, xp=xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


def _lead_of_others(scores: Any, labels: Any, axis: int, xp: Namespace) -> Any:
    """Return by how much the best other class leads before the label; -inf without any other class."""
    others = xp.where(ops.one_hot(labels, scores, axis, xp=xp), -math.inf, scores)
    return xp.max(others, axis=axis) - ops.pick(scores, labels, axis, xp=xp)
