"""Embeddings of a batch with classes: all pairs of its rows, drawn together or pushed apart, the hardest most.

Losses that compare a positive with a negative by a margin of their distances are in `labelled_triplets`.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Reduction
from agnostic_losses.ops import check_at_least, check_positive, prepare_embeddings, reduce
from agnostic_losses.ops.chunks import check_chunk_size


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
    chunk_size: int | None = None,
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
    chunk_size : int, optional
        The number of rows whose similarities to all others exist at a time; None stands for all. A gradient computes
        them again, see `agnostic_losses.ops.map_chunks`, which also says where they are kept.
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
    chunk_size, alpha, beta = check_chunk_size(chunk_size), check_positive(alpha=alpha), check_positive(beta=beta)
    mining_margin = None if mining_margin is None else check_at_least(0.0, mining_margin=mining_margin)
    xp, embeddings, marks = prepare_embeddings(embeddings=embeddings, classes=classes, where=where)
    bases = ops.as_option(base, embeddings, "base", scalar=True) + xp.zeros_like(embeddings[:, 0])
    rows = ops.unit(embeddings, -1, xp=xp) if normalize else embeddings
    losses = partial(_multi_similarities, alpha=alpha, beta=beta, margin=mining_margin)
    values, counts = ops.compare_rows(losses, (rows, bases), (rows,), marks, xp=xp, chunk_size=chunk_size)
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
    chunk_size: int | None = None,
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
    chunk_size : int, optional
        The number of rows whose similarities to all others exist at a time; None stands for all. A gradient computes
        them again, see `agnostic_losses.ops.map_chunks`, which also says where they are kept.
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
    chunk_size, gamma = check_chunk_size(chunk_size), check_positive(gamma=gamma)
    margin = check_at_least(0.0, margin=margin)
    xp, embeddings, marks = prepare_embeddings(embeddings=embeddings, classes=classes, where=where)
    rows = ops.unit(embeddings, -1, xp=xp) if normalize else embeddings
    losses = partial(_circles, gamma=gamma, margin=margin, constant_weights=constant_weights)
    values, counts = ops.compare_rows(losses, (rows,), (rows,), marks, xp=xp, chunk_size=chunk_size)
    return reduce(values, weights=weights, where=where, reduction=reduction, normalizer=counts)


@loss(family="labelled_pairs", additive=False)
def n_pairs(
    anchors: Array,
    positives: ArrayLike,
    classes: ArrayLike,
    *,
    chunk_size: int | None = None,
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
    chunk_size : int, optional
        The number of rows whose similarities to all others exist at a time; None stands for all. A gradient computes
        them again, see `agnostic_losses.ops.map_chunks`, which also says where they are kept.
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
        If the shapes don't fit, or the size of chunks is none.
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
    chunk_size = check_chunk_size(chunk_size)
    xp, anchors, positives = ops.prepare_pair(anchors=anchors, positives=positives, axis=-1, where=where)
    _, anchors, marks = prepare_embeddings(anchors=anchors, classes=classes, where=where)
    rows = (anchors, ops.positions(anchors, 0, xp=xp))
    (values,) = ops.compare_rows(_pairs_of_n, rows, (positives,), marks, xp=xp, chunk_size=chunk_size)
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
    own, other = ops.pair_sides(ops.logsumexp_chosen(margin - distances, apart, xp=xp), xp=xp)
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
    chunk_size: int | None = None,
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
    chunk_size : int, optional
        The number of rows whose distances to all others exist at a time; None stands for all. A gradient computes
        them again, see `agnostic_losses.ops.map_chunks`, which also says where they are kept.
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
    The form of `lifted_structure` in the paper, which sums over rows. pytorch-metric-learning takes normalised
    embeddings and a mean. Equal rows have distance 0 with gradient 0; at the hinge the gradient is 0.

    References
    ----------
    A. Hermans, L. Beyer and B. Leibe, "In Defense of the Triplet Loss for Person Re-Identification", 2017.
    """
    chunk_size, margin = check_chunk_size(chunk_size), check_at_least(0.0, margin=margin)
    xp, embeddings, marks = prepare_embeddings(embeddings=embeddings, classes=classes, where=where)
    losses = partial(_generalized_lifted, margin=margin)
    values, counts = ops.compare_rows(losses, (embeddings,), (embeddings,), marks, xp=xp, chunk_size=chunk_size)
    return reduce(values, weights=weights, where=where, reduction=reduction, normalizer=counts)


def _multi_similarities(
    rows: Any, bases: Any, others: Any, alike: Any, apart: Any, *, alpha: float, beta: float, margin: float | None
) -> tuple[Any, Any]:
    """Return the multi-similarity losses of some rows, and which count."""
    xp = ops.array_namespace(rows)
    similarities = xp.matmul(rows, xp.matrix_transpose(others))
    excess, counted = similarities - xp.expand_dims(bases, axis=-1), ops.with_both(alike, apart, xp=xp)
    if margin is not None:
        alike, apart = ops.hard_pairs(similarities, alike, apart, margin, xp=xp)
    near = ops.softplus(ops.logsumexp_chosen(-alpha * excess, alike, xp=xp), xp=xp) / alpha
    far = ops.softplus(ops.logsumexp_chosen(beta * excess, apart, xp=xp), xp=xp) / beta
    return xp.where(counted, near + far, 0.0), xp.astype(counted, near.dtype)


def _circles(
    rows: Any, others: Any, alike: Any, apart: Any, *, gamma: float, margin: float, constant_weights: bool
) -> tuple[Any, Any]:
    """Return the circle losses of some rows, and which count."""
    xp = ops.array_namespace(rows)
    similarities = xp.matmul(rows, xp.matrix_transpose(others))
    # Not by 1 + m and 1 - m, which are rounded.
    missing = 1.0 - similarities
    shortfall, excess = ops.relu(missing + margin, xp=xp), ops.relu(similarities + margin, xp=xp)
    if constant_weights:
        shortfall, excess = ops.stop_gradient(shortfall), ops.stop_gradient(excess)
    near, far = gamma * shortfall * (missing - margin), gamma * excess * (similarities - margin)
    total, counted = ops.smoothly_hardest(near, far, alike, apart, xp=xp)
    return xp.where(counted, ops.softplus(total, xp=xp), 0.0), xp.astype(counted, total.dtype)


def _pairs_of_n(rows: Any, own: Any, others: Any, alike: Any, apart: Any) -> tuple[Any]:
    """Return the N-pair losses of some rows, whose own positives have the numbers `own`."""
    xp = ops.array_namespace(rows)
    scores = xp.matmul(rows, xp.matrix_transpose(others))
    present = xp.logical_or(ops.one_hot(own, scores, -1, xp=xp), xp.logical_or(alike, apart))
    # Against the row's own positive first: alone in its class it has all its digits. The others then differ from it.
    values = ops.softplus(ops.log_odds_against(xp.where(present, scores, -math.inf), own, -1, xp=xp), xp=xp)
    lead = xp.expand_dims(ops.pick(scores, own, -1, xp=xp), axis=-1) - scores
    size = 1.0 + xp.sum(xp.astype(alike, scores.dtype), axis=-1)
    return (values + xp.sum(xp.where(alike, lead, 0.0), axis=-1) / size,)


def _generalized_lifted(rows: Any, others: Any, alike: Any, apart: Any, *, margin: float) -> tuple[Any, Any]:
    """Return the generalized lifted losses of some rows, and which count."""
    xp = ops.array_namespace(rows)
    distances = ops.row_distances(rows, others, xp=xp)
    total, counted = ops.smoothly_hardest(distances, margin - distances, alike, apart, xp=xp)
    return xp.where(counted, ops.relu(total, xp=xp), 0.0), xp.astype(counted, total.dtype)
