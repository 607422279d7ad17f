"""Embeddings of a batch with classes: all pairs of its rows, drawn together or pushed apart, the hardest most.

Losses that compare a positive with a negative by a margin of their distances are in `labelled_triplets`.
"""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.ops import check_at_least, check_positive, prepare_embeddings, reduce


@loss(family="labelled_pairs", additive=False)
def multi_similarity(
    embeddings: Array,
    classes: ArrayLike,
    *,
    alpha: float = 2.0,
    beta: float = 50.0,
    base: float | ArrayLike = 1.0,
    mining_margin: float | None = None,
    normalize: bool = True,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Multi-similarity loss: soft counts of the positives that are too far and of the negatives that are too near.

    .. math:: l_i = \frac1\alpha \log \Bigl(1 + \sum_p e^{-\alpha (s_{ip} - \lambda)}\Bigr)
              + \frac1\beta \log \Bigl(1 + \sum_n e^{\beta (s_{in} - \lambda)}\Bigr)

    over the other rows p of the class of i, and the rows n of other classes.

    Parameters
    ----------
    embeddings : array
        Embeddings in the shape (n, d).
    classes : integer array
        The class of each embedding, any integers, in the shape (n,).
    alpha, beta : float
        The scales :math:`\alpha, \beta > 0` of positives and negatives.
    base : number or scalar array
        The similarity :math:`\lambda` that separates both.
    mining_margin : float, optional
        The paper's :math:`\epsilon \ge 0`: a positive counts if it is less similar than the most similar negative plus
        this, a negative if it is more similar than the least similar positive minus this. Without it all count.
    normalize : bool
        Whether the similarities :math:`s` are cosines; otherwise inner products.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over rows; an excluded row is in no pair. The mean leaves
        out rows without another one of their class, or without one of another class; their loss is 0.

    Returns
    -------
    array
        A scalar; the shape (n,) for ``reduction="none"``.

    Raises
    ------
    ValueError
        If the shapes don't fit, or an option lies outside of its range.
    TypeError
        If the classes are no integers.

    Notes
    -----
    The defaults are the paper's, which mines with 0.1, and whose code leaves out rows that have no pair of either kind.
    pytorch-metric-learning has the base 0.5 and a miner of its own, and gives a row without positives the loss of its
    negatives, in the mean, too. A row that mining leaves no pair has the loss 0 and stays in the mean, as in the paper.

    References
    ----------
    X. Wang et al., "Multi-Similarity Loss with General Pair Weighting for Deep Metric Learning", CVPR 2019.
    """
    alpha, beta = check_positive(alpha=alpha), check_positive(beta=beta)
    xp, embeddings, marks = prepare_embeddings(embeddings=embeddings, classes=classes, where=where)
    alike, apart = ops.rows_of_classes(marks, marks, xp=xp)
    similarities = ops.similarities(embeddings, embeddings, xp=xp, normalize=normalize)
    excess = similarities - ops.as_option(base, similarities, "base", scalar=True)
    counted = _with_both(alike, apart, xp)
    if mining_margin is not None:
        alike, apart = _hard(similarities, alike, apart, check_at_least(0.0, mining_margin=mining_margin), xp)
    near = ops.softplus(_logsumexp(-alpha * excess, alike, xp), xp=xp) / alpha
    far = ops.softplus(_logsumexp(beta * excess, apart, xp), xp=xp) / beta
    values, counts = xp.where(counted, near + far, 0.0), xp.astype(counted, near.dtype)
    return reduce(values, weights=weights, where=where, reduction=reduction, normalizer=counts)


@loss(family="labelled_pairs", additive=False)
def circle(
    embeddings: Array,
    classes: ArrayLike,
    *,
    gamma: float = 80.0,
    margin: float = 0.4,
    normalize: bool = True,
    constant_weights: bool = True,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Circle loss: similarities count the more, the farther they are from their optimum.

    .. math:: l_i = \log \Bigl(1 + \sum_n \exp\bigl(\gamma\, [s_{in} + m]_+ (s_{in} - m)\bigr)
              \sum_p \exp\bigl(-\gamma\, [1 + m - s_{ip}]_+ (s_{ip} - 1 + m)\bigr)\Bigr)

    over the rows n of other classes than that of i, and the other rows p of its class.

    Parameters
    ----------
    embeddings : array
        Embeddings in the shape (n, d).
    classes : integer array
        The class of each embedding, any integers, in the shape (n,).
    gamma : float
        The scale :math:`\gamma > 0`.
    margin : float
        The margin :math:`m \ge 0`.
    normalize : bool
        Whether the similarities :math:`s` are cosines; otherwise inner products.
    constant_weights : bool
        Whether no gradient flows through the weights :math:`[\cdot]_+`, as in the paper.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over rows; an excluded row is in no pair. The mean leaves
        out rows without another one of their class, or without one of another class; their loss is 0.

    Returns
    -------
    array
        A scalar; the shape (n,) for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If the shapes don't fit, or an option lies outside of its range.
    TypeError
        If the classes are no integers.

    Notes
    -----
    Keras lets the gradient flow through the weights (``constant_weights=False``), takes the embeddings as they are
    (``normalize=False``) but similarities above 1 for 1, and has rows without pairs in its mean. With raw embeddings it
    returns 237.77 where it returns 164.34, as pytorch-metric-learning, with normalised ones. That has constant weights,
    and leaves losses of 0 out of its mean. With constant weights the gradient is not the derivative of the value.

    References
    ----------
    Y. Sun et al., "Circle Loss: A Unified Perspective of Pair Similarity Optimization", CVPR 2020.
    """
    gamma, margin = check_positive(gamma=gamma), check_at_least(0.0, margin=margin)
    xp, embeddings, marks = prepare_embeddings(embeddings=embeddings, classes=classes, where=where)
    alike, apart = ops.rows_of_classes(marks, marks, xp=xp)
    similarities = ops.similarities(embeddings, embeddings, xp=xp, normalize=normalize)
    # Not by 1 + m and 1 - m, which are rounded.
    missing = 1.0 - similarities
    shortfall, excess = ops.relu(missing + margin, xp=xp), ops.relu(similarities + margin, xp=xp)
    if constant_weights:
        shortfall, excess = ops.stop_gradient(shortfall), ops.stop_gradient(excess)
    near, far = gamma * shortfall * (missing - margin), gamma * excess * (similarities - margin)
    total, counted = _hardest_together(near, far, alike, apart, xp)
    values, counts = xp.where(counted, ops.softplus(total, xp=xp), 0.0), xp.astype(counted, total.dtype)
    return reduce(values, weights=weights, where=where, reduction=reduction, normalizer=counts)


@loss(family="labelled_pairs", additive=False)
def n_pairs(
    anchors: Array,
    positives: ArrayLike,
    classes: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""N-pair loss: each anchor against the positives of all classes.

    .. math:: l_i = -\frac{1}{|P_i|} \sum_{j \in P_i} \log
              \frac{\exp \langle a_i, b_j \rangle}{\sum_k \exp \langle a_i, b_k \rangle}

    with the rows :math:`P_i` of the class of i, itself among them.

    Parameters
    ----------
    anchors, positives : array
        Embeddings :math:`a` and :math:`b` in the shape (n, d); row i of both is of class i.
    classes : integer array
        The class of each row, any integers, in the shape (n,). In the paper all differ, and this is `info_nce`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over rows; the positive of an excluded row is none for the
        others.

    Returns
    -------
    array
        A scalar; the shape (n,) for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If the shapes don't fit.
    TypeError
        If the classes are no integers.

    Notes
    -----
    The same as ``tfa.losses.npairs_loss`` of the matrix of inner products. The penalty on the lengths of the embeddings
    that the paper adds is `l2_penalty`. pytorch-metric-learning picks one pair a class from a batch of embeddings.

    References
    ----------
    K. Sohn, "Improved Deep Metric Learning with Multi-class N-pair Loss Objective", NIPS 2016.
    """
    xp, anchors, positives = ops.prepare_pair(anchors=anchors, positives=positives, axis=-1, where=where)
    _, anchors, marks = prepare_embeddings(anchors=anchors, classes=classes, where=where)
    alike, apart = ops.rows_of_classes(marks, marks, xp=xp)
    scores, own = xp.matmul(anchors, xp.matrix_transpose(positives)), ops.positions(anchors, 0, xp=xp)
    itself = ops.one_hot(own, scores, -1, xp=xp)
    present = xp.logical_or(itself, xp.logical_or(alike, apart))
    # Against the row's own positive first: alone in its class it has all its digits. The others then differ from it.
    values = ops.softplus(ops.log_odds_against(xp.where(present, scores, -math.inf), own, -1, xp=xp), xp=xp)
    lead = xp.expand_dims(ops.pick(scores, own, -1, xp=xp), axis=-1) - scores
    size = 1.0 + xp.sum(xp.astype(alike, scores.dtype), axis=-1)
    values = values + xp.sum(xp.where(alike, lead, 0.0), axis=-1) / size
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="labelled_pairs", additive=False)
def lifted_structure(
    embeddings: Array,
    classes: ArrayLike,
    *,
    margin: float = 1.0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Lifted structured loss: each positive pair against all negatives of both of its rows.

    .. math:: l_i = \sum_p \tfrac12 \max(0, J_{ip})^2, \qquad
              J_{ip} = d_{ip} + \log \Bigl(\sum_n e^{m - d_{in}} + \sum_n e^{m - d_{pn}}\Bigr)

    over the other rows p of the class of i, with sums over the rows n of other classes.

    Parameters
    ----------
    embeddings : array
        Embeddings in the shape (n, d), with Euclidean distances :math:`d`.
    classes : integer array
        The class of each embedding, any integers, in the shape (n,).
    margin : float
        The margin :math:`m \ge 0`, in units of the distance.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over rows; an excluded row is in no pair. The mean divides
        by the number of positive pairs, each counted from both sides; without a second class there is none.

    Returns
    -------
    array
        A scalar; the shape (n,) for ``reduction="none"``: sums over the positives of a row.

    Raises
    ------
    ValueError
        If the shapes don't fit, or the margin is negative.
    TypeError
        If the classes are no integers.

    Notes
    -----
    The mean is the paper's, and that of TensorFlow Addons' ``lifted_struct_loss``. `generalized_lifted_structure` is
    smooth in the positives, too. Equal rows have distance 0 with gradient 0.

    References
    ----------
    H. O. Song et al., "Deep Metric Learning via Lifted Structured Feature Embedding", CVPR 2016.
    """
    margin = check_at_least(0.0, margin=margin)
    xp, embeddings, marks = prepare_embeddings(embeddings=embeddings, classes=classes, where=where)
    alike, apart = ops.rows_of_classes(marks, marks, xp=xp)
    distances = ops.row_distances(embeddings, embeddings, xp=xp)
    own, other = ops.pair_sides(_logsumexp(margin - distances, apart, xp), xp=xp)
    larger, smaller = xp.where(own > other, own, other), xp.where(own > other, other, own)
    violations = ops.relu(distances + larger + ops.softplus(smaller - larger, xp=xp), xp=xp)
    alike = xp.logical_and(alike, xp.any(apart, axis=-1, keepdims=True))
    values = xp.sum(0.5 * xp.square(xp.where(alike, violations, 0.0)), axis=-1)
    counts = xp.sum(xp.astype(alike, values.dtype), axis=-1)
    return reduce(values, weights=weights, where=where, reduction=reduction, normalizer=counts)


@loss(family="labelled_pairs", additive=False)
def generalized_lifted_structure(
    embeddings: Array,
    classes: ArrayLike,
    *,
    margin: float = 1.0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Generalized lifted structured loss: a smooth farthest positive of each row against a smooth nearest negative.

    .. math:: l_i = \max \Bigl(0, \log \sum_p e^{d_{ip}} + \log \sum_n e^{m - d_{in}} \Bigr)

    over the other rows p of the class of i, and the rows n of other classes.

    Parameters
    ----------
    embeddings : array
        Embeddings in the shape (n, d), with Euclidean distances :math:`d`.
    classes : integer array
        The class of each embedding, any integers, in the shape (n,).
    margin : float
        The margin :math:`m \ge 0`, in units of the distance.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over rows; an excluded row is in no pair. The mean leaves
        out rows without another one of their class, or without one of another class; their loss is 0.

    Returns
    -------
    array
        A scalar; the shape (n,) for ``reduction="none"``.

    Raises
    ------
    ValueError
        If the shapes don't fit, or the margin is negative.
    TypeError
        If the classes are no integers.

    Notes
    -----
    The form of `lifted_structure` in the paper, which sums over rows. pytorch-metric-learning takes normalised
    embeddings and a mean. Equal rows have distance 0 with gradient 0; at the hinge the gradient is 0.

    References
    ----------
    A. Hermans, L. Beyer and B. Leibe, "In Defense of the Triplet Loss for Person Re-Identification", 2017.
    """
    margin = check_at_least(0.0, margin=margin)
    xp, embeddings, marks = prepare_embeddings(embeddings=embeddings, classes=classes, where=where)
    alike, apart = ops.rows_of_classes(marks, marks, xp=xp)
    distances = ops.row_distances(embeddings, embeddings, xp=xp)
    total, counted = _hardest_together(distances, margin - distances, alike, apart, xp)
    values, counts = xp.where(counted, ops.relu(total, xp=xp), 0.0), xp.astype(counted, total.dtype)
    return reduce(values, weights=weights, where=where, reduction=reduction, normalizer=counts)


def _hardest_together(near: Any, far: Any, alike: Any, apart: Any, xp: Namespace) -> tuple[Any, Any]:
    """Return the sum of both smooth maxima, of `near` over positives and `far` over negatives, and where both exist."""
    counted = _with_both(alike, apart, xp)
    maxima = (_logsumexp(near, alike, xp), _logsumexp(far, apart, xp))
    first, second = (xp.where(counted, each, 0.0) for each in maxima)
    return first + second, counted


def _logsumexp(values: Any, chosen: Any, xp: Namespace) -> Any:
    """Return the logarithm of the sum of exponentials of the chosen entries; the lowest number without any."""
    return ops.logsumexp(xp.where(chosen, values, -math.inf), -1, xp=xp)


def _with_both(alike: Any, apart: Any, xp: Namespace) -> Any:
    """Return which rows have positives and negatives."""
    return xp.logical_and(xp.any(alike, axis=-1), xp.any(apart, axis=-1))


def _hard(similarities: Any, alike: Any, apart: Any, margin: float, xp: Namespace) -> tuple[Any, Any]:
    """Return the pairs that are on the wrong side of the hardest of the others, or within a margin of it."""
    values = ops.stop_gradient(similarities)
    nearest = xp.expand_dims(ops.largest_chosen(values, apart, xp=xp), axis=-1)
    farthest = xp.expand_dims(ops.largest_chosen(-values, alike, xp=xp), axis=-1)
    return xp.logical_and(alike, values - nearest < margin), xp.logical_and(apart, values + farthest > -margin)
