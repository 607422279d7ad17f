"""One class of many: cross entropies and focal loss from logits, log-probabilities and probabilities."""

from __future__ import annotations

from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.backends import fused
from agnostic_losses.ops import (
    check_at_least,
    check_between,
    prepare_class_weights,
    prepare_labels,
    prepare_pair,
    reduce,
)


@loss(family="multiclass")
def cross_entropy(
    logits: Array,
    labels: ArrayLike,
    *,
    axis: int = -1,
    class_weights: ArrayLike | None = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Softmax cross entropy of logits and integer labels.

    .. math:: l = (1 - \varepsilon)\, c_y (-\log p_y) + \frac{\varepsilon}{K} \sum_{j=1}^K c_j (-\log p_j),
              \qquad p = \operatorname{softmax}(z)

    Parameters
    ----------
    logits : array
        Any real numbers :math:`z`, with the :math:`K` classes along `axis`; -inf excludes a class.
    labels : integer array
        Class ids :math:`y \in \{0, \dots, K - 1\}` of any integer dtype, in the shape of `logits` without `axis`.
    axis : int
        The axis of the classes.
    class_weights : array, optional
        One factor :math:`c_j` a class. The mean divides by the sum of :math:`c_y`.
    label_smoothing : float
        :math:`\varepsilon \in [0, 1]`.
    ignore_index : int, optional
        A label that excludes its place, like `where`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `labels` for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If the shapes do not fit, an option lies outside of its range, or a label is out of range and its value can
        be read at no cost; on accelerators and under jit such an element is NaN.
    TypeError
        If the labels are not integers.

    Notes
    -----
    The same as in torch (there the classes lie along axis 1, ``ignore_index`` is -100 and a mean over nothing is NaN,
    here 0), and as in Keras with ``from_logits=True``, optax and ``tf.nn`` without the options. A confident row keeps
    its digits: with a lead of 40 the loss is 4.2e-18 and so is the gradient at the label, where torch, Keras, optax
    and TensorFlow return 0.
    """
    label_smoothing = check_between(0.0, 1.0, label_smoothing=label_smoothing)
    xp, logits, labels, where = prepare_labels(
        logits=logits, labels=labels, axis=axis, where=where, ignore_index=ignore_index
    )
    class_weights = prepare_class_weights(class_weights, logits, axis)
    values = ops.softplus(ops.log_odds_against(logits, labels, axis, xp=xp), xp=xp)
    values, own_weight = _weighted_by_class(values, labels, class_weights, xp)
    if label_smoothing:
        spread: Any = ops.spread_over_classes(ops.log_softmax(logits, axis, xp=xp), class_weights, axis, xp=xp)
        values = (1.0 - label_smoothing) * values + label_smoothing * spread
    return reduce(values, weights=weights, where=where, reduction=reduction, normalizer=own_weight)


@loss(family="multiclass")
def soft_cross_entropy(
    logits: Array,
    target_probs: ArrayLike,
    *,
    axis: int = -1,
    class_weights: ArrayLike | None = None,
    label_smoothing: float = 0.0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Softmax cross entropy of logits and target probabilities.

    .. math:: l = -\sum_{j=1}^K c_j q_j \log p_j, \qquad p = \operatorname{softmax}(z), \quad
              q = (1 - \varepsilon)\, t + \varepsilon / K

    Parameters
    ----------
    logits : array
        Any real numbers :math:`z`, with the :math:`K` classes along `axis`; -inf excludes a class.
    target_probs : array
        Probabilities :math:`t` of the classes, in the shape of `logits`.
    axis : int
        The axis of the classes.
    class_weights : array, optional
        One factor :math:`c_j` a class. The mean divides by the sum of :math:`\sum_j c_j t_j`.
    label_smoothing : float
        :math:`\varepsilon \in [0, 1]`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `logits` without `axis` for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If the shapes do not fit, or an option lies outside of its range.

    Notes
    -----
    With one-hot targets it equals `cross_entropy`, class weights, smoothing and -inf logits included. torch takes both
    kinds of target in one function, but divides by the number of rows for probabilities, so that its class weights
    change the scale; torch, ``optax.losses.softmax_cross_entropy`` and ``tf.nn`` return NaN for a logit of -inf
    at a target of 0.
    """
    label_smoothing = check_between(0.0, 1.0, label_smoothing=label_smoothing)
    xp, logits, target_probs = prepare_pair(logits=logits, target_probs=target_probs, axis=axis, where=where)
    class_weights = prepare_class_weights(class_weights, logits, axis)
    if class_weights is None and not label_smoothing:
        values = fused("soft_cross_entropy", _soft_cross_entropy, logits, target_probs, xp=xp, axis=axis)
        normalizer = None
    else:
        log_probs = ops.log_softmax(logits, axis, xp=xp)
        values, normalizer = _expected(log_probs, target_probs, class_weights, label_smoothing, axis, xp)
    return reduce(values, weights=weights, where=where, reduction=reduction, normalizer=normalizer)


@loss(family="multiclass")
def categorical_cross_entropy(
    probs: Array,
    target_probs: ArrayLike,
    *,
    axis: int = -1,
    class_weights: ArrayLike | None = None,
    label_smoothing: float = 0.0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Cross entropy of probabilities and target probabilities.

    .. math:: l = -\sum_{j=1}^K c_j q_j \log p_j, \qquad q = (1 - \varepsilon)\, t + \varepsilon / K

    Parameters
    ----------
    probs : array
        Probabilities :math:`p` of the :math:`K` classes along `axis`.
    target_probs : array
        Probabilities :math:`t` of the classes, in the shape of `probs`.
    axis : int
        The axis of the classes.
    class_weights : array, optional
        One factor :math:`c_j` a class. The mean divides by the sum of :math:`\sum_j c_j t_j`.
    label_smoothing : float
        :math:`\varepsilon \in [0, 1]`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `probs` without `axis` for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If the shapes do not fit, or an option lies outside of its range.

    Notes
    -----
    `probs` are taken as they are: Keras divides them by their sum first, then clips to [1e-7, 1 - 1e-7]. Below
    `agnostic_losses.ops.LOG_FLOOR` the logarithm continues as its tangent, as in `binary_cross_entropy`.
    """
    label_smoothing = check_between(0.0, 1.0, label_smoothing=label_smoothing)
    xp, probs, target_probs = prepare_pair(probs=probs, target_probs=target_probs, axis=axis, where=where)
    class_weights = prepare_class_weights(class_weights, probs, axis)
    log_probs = ops.log_probability(probs, xp=xp)
    values, normalizer = _expected(log_probs, target_probs, class_weights, label_smoothing, axis, xp)
    return reduce(values, weights=weights, where=where, reduction=reduction, normalizer=normalizer)


@loss(family="multiclass")
def nll(
    log_probs: Array,
    labels: ArrayLike,
    *,
    axis: int = -1,
    class_weights: ArrayLike | None = None,
    ignore_index: int | None = None,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Negative log-likelihood: minus the log-probability at the label.

    .. math:: l = -c_y \log p_y

    Parameters
    ----------
    log_probs : array
        Log-probabilities in nats, with the :math:`K` classes along `axis`; any numbers are taken as they are.
    labels : integer array
        Class ids :math:`y` of any integer dtype, in the shape of `log_probs` without `axis`.
    axis : int
        The axis of the classes.
    class_weights : array, optional
        One factor :math:`c_j` a class. The mean divides by the sum of :math:`c_y`.
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
    The same as in torch, where the classes lie along axis 1. ``nll(log_softmax(z), y)`` is ``cross_entropy(z, y)``,
    which keeps more digits for confident rows.
    """
    xp, log_probs, labels, where = prepare_labels(
        log_probs=log_probs, labels=labels, axis=axis, where=where, ignore_index=ignore_index
    )
    class_weights = prepare_class_weights(class_weights, log_probs, axis)
    values = -ops.pick(log_probs, labels, axis, xp=xp)
    values, own_weight = _weighted_by_class(values, labels, class_weights, xp)
    return reduce(values, weights=weights, where=where, reduction=reduction, normalizer=own_weight)


@loss(family="multiclass")
def softmax_focal(
    logits: Array,
    labels: ArrayLike,
    *,
    gamma: float = 2.0,
    axis: int = -1,
    class_weights: ArrayLike | None = None,
    ignore_index: int | None = None,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Focal loss of logits and integer labels: well classified examples count less.

    .. math:: l = -c_y (1 - p_y)^\gamma \log p_y, \qquad p = \operatorname{softmax}(z)

    Parameters
    ----------
    logits : array
        Any real numbers :math:`z`, with the :math:`K` classes along `axis`; -inf excludes a class.
    labels : integer array
        Class ids :math:`y` of any integer dtype, in the shape of `logits` without `axis`.
    gamma : float
        The exponent :math:`\gamma \ge 0`; 0 gives the cross entropy.
    axis : int
        The axis of the classes.
    class_weights : array, optional
        One factor :math:`c_j` a class, the paper's :math:`\alpha`. The mean divides by the sum of :math:`c_y`.
    ignore_index : int, optional
        A label that excludes its place, like `where`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `labels` for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If the shapes do not fit, an option lies outside of its range, or a label is out of range and its value can
        be read at no cost; on accelerators and under jit such an element is NaN.
    TypeError
        If the labels are not integers.

    Notes
    -----
    Keras takes probabilities and one-hot labels, and multiplies every class by its alpha of 0.25. With two classes
    this is `sigmoid_focal` of the difference of the logits.

    References
    ----------
    T.-Y. Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017.
    """
    gamma = check_at_least(0.0, gamma=gamma)
    xp, logits, labels, where = prepare_labels(
        logits=logits, labels=labels, axis=axis, where=where, ignore_index=ignore_index
    )
    class_weights = prepare_class_weights(class_weights, logits, axis)
    log_odds = ops.log_odds_against(logits, labels, axis, xp=xp)
    lead = ops.softplus(-log_odds, xp=xp)
    # Without any other class it is the largest number, which gamma must not take beyond.
    values = xp.exp(-gamma * xp.where(lead < 2.0**100, lead, 2.0**100)) * ops.softplus(log_odds, xp=xp)
    values, own_weight = _weighted_by_class(values, labels, class_weights, xp)
    return reduce(values, weights=weights, where=where, reduction=reduction, normalizer=own_weight)


def _weighted_by_class(values: Any, labels: Any, class_weights: Any, xp: Namespace) -> tuple[Any, Any]:
    """Return the values times the weight of their labels, NaN for a label out of range, and these weights."""
    values = ops.invalidate(values, labels, xp=xp)
    if class_weights is None:
        return values, None
    own_weight = ops.take(class_weights, labels, xp=xp)
    return own_weight * values, own_weight


def _soft_cross_entropy(logits: Any, target_probs: Any, *, xp: Namespace, axis: int) -> Any:
    return _expected(ops.log_softmax(logits, axis, xp=xp), target_probs, None, 0.0, axis, xp)[0]


def _expected(
    log_probs: Any, target_probs: Any, class_weights: Any, label_smoothing: float, axis: int, xp: Namespace
) -> tuple[Any, Any]:
    """Return the cross entropy under target probabilities, and what a row counts for in the mean."""
    normalizer = None
    if class_weights is not None:
        target_probs = target_probs * ops.along(class_weights, log_probs, axis, xp=xp)
        normalizer = xp.sum(target_probs, axis=axis)
    values = -xp.sum(ops.times_log(target_probs, log_probs, xp=xp), axis=axis)
    if label_smoothing:
        spread = ops.spread_over_classes(log_probs, class_weights, axis, xp=xp)
        values = (1.0 - label_smoothing) * values + label_smoothing * spread
    return values, normalizer
