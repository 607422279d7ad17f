"""Fenchel-Young losses: of a regulariser that is chosen, and of two whose predictions are sparse.

There classes far behind get exactly no probability, and no gradient. Softmax's own Fenchel-Young loss, with labels, is
the cross entropy in `multiclass`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.backends import stop_gradient
from agnostic_losses.ops import prepare_labels, prepare_pair, reduce

Known: TypeAlias = Literal["shannon", "tsallis15", "gini"]
Regularizer: TypeAlias = Known | tuple[Callable[[Any], Any], Callable[[Any], Any]]


@loss(family="fenchel_young")
def fenchel_young(
    scores: Array,
    targets: ArrayLike,
    *,
    regularizer: Regularizer = "shannon",
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Fenchel-Young loss of any regulariser: how far the prediction that it makes of the scores is from the targets.

    .. math:: l = \Omega^*(\theta) + \Omega(y) - \langle \theta, y \rangle, \qquad
              \Omega^*(\theta) = \max_p \langle \theta, p \rangle - \Omega(p)

    It is not negative, and 0 for the prediction :math:`p = y` that has the maximum. The gradient is :math:`p - y`.

    Parameters
    ----------
    scores : array
        Any real numbers :math:`\theta`, with the classes along `axis`; -inf excludes a class.
    targets : array
        Probabilities :math:`y` in the shape of `scores`, or whatever a regulariser of one's own is defined for.
    regularizer : {"shannon", "tsallis15", "gini"} or pair of callables
        :math:`\Omega`. Of probabilities: ``"shannon"`` :math:`\sum_j y_j \log y_j`, whose prediction is softmax;
        ``"tsallis15"`` :math:`\tfrac43 (\sum_j y_j^{3/2} - 1)`, that of 1.5-entmax; ``"gini"``
        :math:`\tfrac12 (\sum_j y_j^2 - 1)`, that of sparsemax. Otherwise the functions :math:`\Omega^*` of scores and
        :math:`\Omega` of targets, along the last axis, on arrays of the framework.
    axis : int
        The axis of the classes.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `scores` without `axis` for ``reduction="none"``.

    Raises
    ------
    ValueError
        If the shapes differ, or a regulariser has another name.

    Notes
    -----
    With one-hot targets it is `cross_entropy`, `entmax15` or `sparsemax` of labels. The known regularisers have sums of
    terms that are not negative, which keep their digits near 0, as far as the targets sum to 1; with functions of one's
    own three numbers are added, and the gradient is that of the first minus the targets.
    ``optax.losses.make_fenchel_young_loss`` has the conjugate alone, and leaves out :math:`\Omega(y)`. The slope of
    Shannon's at a target of 0 is infinite: the gradient by it is 0.

    References
    ----------
    M. Blondel, A. F. T. Martins and V. Niculae, "Learning with Fenchel-Young Losses", JMLR 21, 2020.
    """
    xp, scores, targets = prepare_pair(scores=scores, targets=targets, axis=axis, where=where)
    scores, targets = xp.moveaxis(scores, axis, -1), xp.moveaxis(targets, axis, -1)
    if isinstance(regularizer, tuple):
        conjugate, own = regularizer
        values = conjugate(scores) + own(targets) - xp.sum(ops.times_log(targets, scores, xp=xp), axis=-1)
    elif regularizer in _KNOWN:
        values = _from_known(scores, targets, *_KNOWN[regularizer], xp)
    else:
        raise ValueError(f"regularizer must be one of {list(_KNOWN)} or a pair of functions, got {regularizer!r}")
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="fenchel_young")
def sparsemax(
    logits: Array,
    labels: ArrayLike,
    *,
    axis: int = -1,
    ignore_index: int | None = None,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Loss of sparsemax, the projection of the logits onto the probabilities, and integer labels.

    .. math:: l = \langle z, p - e_y \rangle + \tfrac12 - \tfrac12 \lVert p \rVert^2, \qquad
              p_j = \max(z_j - \tau, 0), \qquad \sum_j p_j = 1

    It is 0 once the label leads by 1. The gradient is :math:`p - e_y`.

    Parameters
    ----------
    logits : array
        Any real numbers :math:`z`, with the classes along `axis`; -inf excludes a class.
    labels : integer array
        Class ids :math:`y` of any integer dtype, in the shape of `logits` without `axis`.
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
    ``optax.losses.multiclass_sparsemax_loss`` is the same; optax's ``sparsemax_loss`` is `binary_sparsemax`. The
    value is a sum of squares, without a difference. The gradient has no jump; the second derivative has one where a
    class gets its first probability, and is that of a class without any there.

    References
    ----------
    A. F. T. Martins and R. F. Astudillo, "From Softmax to Sparsemax: A Sparse Model of Attention and Multi-Label
    Classification", ICML 2016.
    """
    xp, logits, labels, where = prepare_labels(
        logits=logits, labels=labels, axis=axis, where=where, ignore_index=ignore_index
    )
    own, others, behind = _leads(logits, labels, axis, _below_mean_of_projection, xp)
    values = 0.5 * (xp.sum(xp.square(others), axis=axis) + xp.square(1.0 - own)) + behind
    return reduce(ops.invalidate(values, labels, xp=xp), weights=weights, where=where, reduction=reduction)


@loss(family="fenchel_young")
def entmax15(
    logits: Array,
    labels: ArrayLike,
    *,
    axis: int = -1,
    ignore_index: int | None = None,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Loss of 1.5-entmax, half way between softmax and sparsemax, and integer labels.

    .. math:: l = \langle z, p - e_y \rangle + \tfrac43 \Bigl(1 - \sum_j p_j^{3/2}\Bigr), \qquad
              p_j = \max(z_j / 2 - \tau, 0)^2, \qquad \sum_j p_j = 1

    It is 0 once the label leads by 2. The gradient is :math:`p - e_y`.

    Parameters
    ----------
    logits : array
        Any real numbers :math:`z`, with the classes along `axis`; -inf excludes a class.
    labels : integer array
        Class ids :math:`y` of any integer dtype, in the shape of `logits` without `axis`.
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
    The same as ``Entmax15Loss`` of the package entmax. Neither the gradient nor the second derivative has a jump.

    References
    ----------
    B. Peters, V. Niculae and A. F. T. Martins, "Sparse Sequence-to-Sequence Models", ACL 2019.
    """
    xp, logits, labels, where = prepare_labels(
        logits=logits, labels=labels, axis=axis, where=where, ignore_index=ignore_index
    )
    own, others, behind = _leads(0.5 * logits, labels, axis, _below_mean_of_squares, xp)
    cubes = xp.sum(others * xp.square(others), axis=axis) + xp.square(1.0 - own) * (2.0 + own)
    values = 2.0 * cubes / 3.0 + 2.0 * behind
    return reduce(ops.invalidate(values, labels, xp=xp), weights=weights, where=where, reduction=reduction)


@loss(family="fenchel_young")
def binary_sparsemax(
    logits: Array,
    targets: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Loss of sparsemax with two classes: of one logit and a target probability.

    .. math:: l = (p - t)^2 + (z - \bar z)(p - t), \qquad
              \bar z = \min(\max(z, -1), 1), \qquad p = \tfrac12 (1 + \bar z)

    It is 0 at the probability :math:`p = t` within, and beyond if the target is 0 or 1. The gradient is :math:`p - t`.

    Parameters
    ----------
    logits : array
        Any real numbers :math:`z`, of any shape.
    targets : array
        Probabilities :math:`t`, in the shape of `logits`; 0 and 1 are labels.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `logits` for ``reduction="none"``.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    For labels it is ``optax.losses.sparsemax_loss``, and `sparsemax` of the logits (0, z); it is the Huber-like
    modified loss that is quadratic within the margin of 1 and linear beyond it.

    References
    ----------
    M. Blondel, A. F. T. Martins and V. Niculae, "Learning with Fenchel-Young Losses", JMLR 21, 2020.
    """
    xp, logits, targets = prepare_pair(logits=logits, targets=targets, where=where)
    inside = xp.logical_and(logits > -1, logits < 1)
    sign = xp.where(logits > 0, xp.ones_like(logits), -1.0)
    gap = 0.5 * (1.0 + xp.where(inside, logits, sign)) - targets
    values = gap * (gap + xp.where(inside, 0.0, logits - sign))
    return reduce(values, weights=weights, where=where, reduction=reduction)


def _leads(scores: Any, labels: Any, axis: int, below_mean: Callable[..., Any], xp: Namespace) -> tuple[Any, Any, Any]:
    """Return how far the label is above the threshold, how far all others are, and how far below it the label is."""
    leads, behind, _ = _around_threshold(scores, axis, below_mean, xp)
    others = xp.where(ops.one_hot(labels, scores, axis, xp=xp), 0.0, leads)
    return ops.pick(leads, labels, axis, xp=xp), others, ops.pick(behind, labels, axis, xp=xp)


def _around_threshold(scores: Any, axis: int, below_mean: Callable[..., Any], xp: Namespace) -> tuple[Any, Any, Any]:
    """Return how far all classes are above the threshold, or 0, how far they are below it, or 0, and the threshold.

    The threshold is a stationary point of the losses in terms of these: its derivative adds nothing to the gradient,
    which has no difference therefore, and is what couples classes in the second derivative.
    """
    peak = stop_gradient(xp.max(scores, axis=axis, keepdims=True))
    peak = xp.where(xp.isfinite(peak), peak, 0.0)
    scores = scores - peak
    support = _support(stop_gradient(scores), axis, below_mean, xp)
    kept = xp.where(support, scores, 0.0)
    size = xp.sum(xp.astype(support, scores.dtype), axis=axis, keepdims=True)
    mean = xp.sum(kept, axis=axis, keepdims=True) / size
    deviation = xp.sum(xp.square(xp.where(support, kept - mean, 0.0)), axis=axis, keepdims=True)
    threshold = mean - below_mean(deviation, size, xp)
    behind = xp.where(support, 0.0, threshold - scores)
    return xp.where(support, kept - threshold, 0.0), behind, xp.squeeze(peak + threshold, axis=axis)


def _support(scores: Any, axis: int, below_mean: Callable[..., Any], xp: Namespace) -> Any:
    """Mark the classes with a probability: the longest run of largest ones that are all above its threshold."""
    # The largest is 0; classes behind by 1 have no probability, and a number in place of -inf has a finite sum.
    scores = xp.where(scores > -2.0, scores, -2.0)
    ordered = xp.sort(scores, axis=axis, descending=True)
    size = ops.along(xp.astype(ops.positions(scores, axis, xp=xp) + 1, scores.dtype), scores, axis, xp=xp)
    mean = ops.cumulative_sum(ordered, axis, xp=xp) / size
    deviation = ops.cumulative_sum(xp.square(ordered), axis, xp=xp) - size * xp.square(mean)
    thresholds = mean - below_mean(deviation, size, xp)
    above = xp.astype(ordered > thresholds, scores.dtype)
    last = size == xp.sum(above, axis=axis, keepdims=True)
    return scores > xp.sum(xp.where(last, thresholds, 0.0), axis=axis, keepdims=True)


def _below_mean_of_projection(deviation: Any, size: Any, xp: Namespace) -> Any:
    """Return how far the threshold is below the mean of the support, where the leads sum to 1."""
    return 1.0 / size


def _below_mean_of_squares(deviation: Any, size: Any, xp: Namespace) -> Any:
    """Return how far the threshold is below the mean of the support, where the squares of the leads sum to 1."""
    rest = 1.0 - deviation
    return xp.sqrt(xp.where(rest > 0, rest, 0.0) / size)


def _from_known(
    scores: Any, targets: Any, distance: Callable[..., Any], terms: Callable[..., Any], xp: Namespace
) -> Any:
    """Return the loss from a sum that keeps its digits near 0, and a difference for the derivatives by the targets.

    That is 0 in value. The sum has the same derivatives, but as differences of large numbers.
    """
    fixed, finite = stop_gradient(targets), xp.where(scores > -math.inf, scores, 0.0)
    rest = xp.sum(terms(finite, targets, xp) - terms(finite, fixed, xp), axis=-1)
    return distance(scores, fixed, xp) + rest


def _shannon_distance(scores: Any, targets: Any, xp: Namespace) -> Any:
    """Return the sum of ``p - y - y log(p / y)``; targets that do not sum to 1 move the normaliser."""
    log_probs, present = ops.log_softmax(scores, -1, xp=xp), targets > 0
    probs = xp.exp(log_probs)
    surprise = xp.where(present, log_probs, 0.0) - xp.log(xp.where(present, targets, 1.0))
    near = xp.logical_and(surprise > -0.5, surprise < 0.5)
    close = targets * ops.exp_remainder(xp.where(near, surprise, 0.0), xp=xp)
    terms = xp.where(near, close, probs - targets * (1.0 + xp.where(near, 0.0, surprise)))
    missing = 1.0 - xp.sum(targets, axis=-1)
    return xp.sum(xp.where(present, terms, probs), axis=-1) + missing * (ops.logsumexp(scores, -1, xp=xp) - 1.0)


def _tsallis15_distance(scores: Any, targets: Any, xp: Namespace) -> Any:
    leads, behind, threshold = _around_threshold(0.5 * scores, -1, _below_mean_of_squares, xp)
    roots = xp.sqrt(targets)
    terms = 4.0 * xp.square(roots - leads) * (roots + 0.5 * leads) / 3.0
    below = ops.times_log(targets, -behind, xp=xp)
    return xp.sum(terms - 2.0 * below, axis=-1) + 2.0 * threshold * (1.0 - xp.sum(targets, axis=-1))


def _gini_distance(scores: Any, targets: Any, xp: Namespace) -> Any:
    leads, behind, threshold = _around_threshold(scores, -1, _below_mean_of_projection, xp)
    below = ops.times_log(targets, -behind, xp=xp)
    return xp.sum(0.5 * xp.square(targets - leads) - below, axis=-1) + threshold * (1.0 - xp.sum(targets, axis=-1))


def _shannon_terms(scores: Any, targets: Any, xp: Namespace) -> Any:
    """Return the terms of the loss that targets are in; without a slope at 0, where it is infinite."""
    present = targets > 0
    return xp.where(present, targets * (xp.log(xp.where(present, targets, 1.0)) - scores), 0.0)


def _tsallis15_terms(scores: Any, targets: Any, xp: Namespace) -> Any:
    present = targets > 0
    # Not times a root, in whose derivative a small target would be halved first, and flushed to 0.
    powers = xp.where(present, xp.where(present, targets, 1.0) ** 1.5, 0.0)
    return 4.0 * powers / 3.0 - scores * targets


def _gini_terms(scores: Any, targets: Any, xp: Namespace) -> Any:
    return targets * (0.5 * targets - scores)


_KNOWN: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "shannon": (_shannon_distance, _shannon_terms),
    "tsallis15": (_tsallis15_distance, _tsallis15_terms),
    "gini": (_gini_distance, _gini_terms),
}
"""Of each regulariser the loss with constant targets, without cancellation, and its terms with targets."""
