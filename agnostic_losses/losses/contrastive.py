"""Embeddings against all others of a batch: what belongs together shall be more similar than all else.

Nothing here communicates: on several devices a loss takes local queries, all keys, and the offset of the positives.
"""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.backends import convert, index_dtype, shape
from agnostic_losses.ops import as_scale, check_matrices, exclude, prepare, prepare_labels, prepare_pair, reduce
from agnostic_losses.ops.checks import check_integer, check_shape


@loss(family="contrastive", additive=False)
def info_nce(
    queries: Array,
    keys: ArrayLike,
    *,
    temperature: float | ArrayLike = 1.0,
    offset: int = 0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""InfoNCE: each query shall find its key among all keys.

    .. math:: l_i = -\log \frac{\exp(s_{i, i + o})}{\sum_j \exp(s_{ij})},
              \qquad s_{ij} = \langle q_i, k_j \rangle / \tau

    Parameters
    ----------
    queries : array
        Embeddings :math:`q` in the shape (n, d); normalise them before for cosine similarities.
    keys : array
        Embeddings :math:`k` in the shape (m, d); the key of query i is number i + `offset`, all others are negatives.
    temperature : number or scalar array
        :math:`\tau > 0`; an array can be learned.
    offset : int
        Number of the first query's key :math:`o`. With local queries and the keys of all devices it is the device's
        first row.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`. Excluded queries leave the keys as they are.

    Returns
    -------
    array
        A scalar; the shape (n,) for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If the arrays are not matrices with equal d, the temperature is not positive, or a key is missing.

    Notes
    -----
    The mean over concatenated local queries is the mean over all, in value and gradient; the keys are not shared out.

    References
    ----------
    A. van den Oord, Y. Li and O. Vinyals, "Representation Learning with Contrastive Predictive Coding", 2018.
    """
    xp, queries, keys = prepare(queries=queries, keys=keys)
    check_matrices(queries=queries, keys=keys)
    temperature = as_scale(temperature, queries, "temperature")
    logits = xp.matmul(exclude(queries, where, -1, xp=xp), xp.matrix_transpose(keys)) / temperature
    logits, own, where = _prepare_own(logits, queries, keys, offset, where, xp)
    values = ops.softplus(ops.log_odds_against(logits, own, -1, xp=xp), xp=xp)
    values = ops.invalidate(values, own, xp=xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="contrastive", additive=False)
def nt_xent(
    view_a: Array,
    view_b: ArrayLike,
    *,
    temperature: float | ArrayLike = 0.5,
    normalize: bool = True,
    exclude_self: bool = True,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Normalised temperature-scaled cross entropy of SimCLR: two views of an example shall find each other.

    .. math:: l_i = \tfrac12 (\ell_{i, i + n} + \ell_{i + n, i}), \qquad
              \ell_{i, j} = -\log \frac{\exp(s_{ij} / \tau)}{\sum_{k \ne i} \exp(s_{ik} / \tau)}

    with the similarities :math:`s` of all 2n rows of both views stacked.

    Parameters
    ----------
    view_a, view_b : array
        Embeddings in the shape (n, d); row i of both belongs to one example.
    temperature : number or scalar array
        :math:`\tau > 0`; an array can be learned.
    normalize : bool
        Whether similarities are cosines; otherwise inner products.
    exclude_self : bool
        Whether a row is left out of its own denominator, as in the paper.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over pairs. An excluded pair is no negative of others.

    Returns
    -------
    array
        A scalar; the shape (n,), one number a pair, for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If the arrays are not matrices of one shape, or the temperature is not positive.

    Notes
    -----
    The mean is that of lightly, of pytorch-metric-learning and of optax's ``ntxent`` with two rows a label; the
    default temperature is 0.5 as in lightly, 0.07 in the other two.

    References
    ----------
    T. Chen et al., "A Simple Framework for Contrastive Learning of Visual Representations", ICML 2020.
    """
    xp, view_a, view_b = prepare_pair(view_a=view_a, view_b=view_b, axis=-1, where=where)
    check_matrices(view_a=view_a, view_b=view_b)
    temperature = as_scale(temperature, view_a, "temperature")
    rows = xp.concat((view_a, view_b), axis=0)
    rows = ops.unit(rows, -1, xp=xp) if normalize else rows
    own, partner = _partners(view_a, xp)
    logits = xp.matmul(rows, xp.matrix_transpose(rows)) / temperature
    logits = xp.where(ops.one_hot(own, logits, -1, xp=xp), -math.inf, logits) if exclude_self else logits
    if where is not None:
        present = exclude(xp.ones_like(view_a[:, 0]), where, (), xp=xp) != 0
        logits = xp.where(xp.concat((present, present), axis=0), logits, -math.inf)
    values = ops.softplus(ops.log_odds_against(logits, partner, -1, xp=xp), xp=xp)
    pairs = xp.mean(xp.reshape(values, (2, -1)), axis=0)
    return reduce(pairs, weights=weights, where=where, reduction=reduction)


@loss(family="contrastive", additive=False)
def clip(
    view_a: Array,
    view_b: ArrayLike,
    *,
    temperature: float | ArrayLike = 0.07,
    normalize: bool = True,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""CLIP's loss: an image shall find its text among all texts, and the text its image among all images.

    .. math:: l_i = -\tfrac12 \left( \log \frac{\exp(s_{ii})}{\sum_j \exp(s_{ij})}
              + \log \frac{\exp(s_{ii})}{\sum_j \exp(s_{ji})} \right), \qquad s_{ij} = \cos(a_i, b_j) / \tau

    Parameters
    ----------
    view_a, view_b : array
        Embeddings :math:`a` and :math:`b` in the shape (n, d); row i of both belongs together.
    temperature : number or scalar array
        :math:`\tau > 0`, one over the scale of the logits; an array can be learned.
    normalize : bool
        Whether similarities are cosines; otherwise inner products.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over pairs. An excluded pair is no negative of others.

    Returns
    -------
    array
        A scalar; the shape (n,), one number a pair, for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If the arrays are not matrices of one shape, or the temperature is not positive.

    Notes
    -----
    The default temperature is the initial one of the paper, which learns the logarithm of its inverse. OpenCLIP's
    ``ClipLoss`` takes normalised embeddings and that inverse. With queries and keys of several devices take the mean of
    two `info_nce`.

    References
    ----------
    A. Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", ICML 2021.
    """
    xp, view_a, view_b = prepare_pair(view_a=view_a, view_b=view_b, axis=-1, where=where)
    check_matrices(view_a=view_a, view_b=view_b)
    logits = ops.similarities(view_a, view_b, xp=xp, normalize=normalize) / as_scale(temperature, view_a, "temperature")
    own = ops.positions(view_a, 0, xp=xp)
    present = None if where is None else exclude(xp.ones_like(view_a[:, 0]), where, (), xp=xp) != 0
    found = [
        ops.softplus(ops.log_odds_against(_among(present, own, scores, xp), own, -1, xp=xp), xp=xp)
        for scores in (logits, xp.matrix_transpose(logits))
    ]
    return reduce(0.5 * (found[0] + found[1]), weights=weights, where=where, reduction=reduction)


@loss(family="contrastive", additive=False)
def siglip(
    queries: Array,
    keys: ArrayLike,
    *,
    scale: float | ArrayLike = 10.0,
    bias: float | ArrayLike = -10.0,
    normalize: bool = True,
    offset: int = 0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""SigLIP's loss: each pair of a query and a key is classified by itself, as belonging together or not.

    .. math:: l_i = \sum_j \log \left( 1 + \exp(-z_{ij} (t \cos(q_i, k_j) + b)) \right), \qquad
              z_{ij} = \begin{cases} 1 & j = i + o \\ -1 & \text{otherwise} \end{cases}

    Parameters
    ----------
    queries : array
        Embeddings :math:`q` in the shape (n, d).
    keys : array
        Embeddings :math:`k` in the shape (m, d); the key of query i is number i + `offset`.
    scale : number or scalar array
        :math:`t > 0`; an array can be learned.
    bias : number or scalar array
        :math:`b`; an array can be learned.
    normalize : bool
        Whether similarities are cosines; otherwise inner products.
    offset : int
        Number of the first query's key :math:`o`. With local queries and the keys of all devices it is the device's
        first row.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`. Excluded queries leave the keys as they are.

    Returns
    -------
    array
        A scalar; the shape (n,) for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If the arrays are not matrices with equal d, the scale is not positive, or a key is missing.

    Notes
    -----
    The mean is that of the paper, a sum over keys and a mean over queries; scale and bias begin there with 10 and -10.
    OpenCLIP's ``SigLipLoss`` takes normalised embeddings.

    References
    ----------
    X. Zhai et al., "Sigmoid Loss for Language Image Pre-Training", ICCV 2023.
    """
    xp, queries, keys = prepare(queries=queries, keys=keys)
    check_matrices(queries=queries, keys=keys)
    scale, bias = as_scale(scale, queries, "scale"), ops.as_option(bias, queries, "bias", scalar=True)
    logits = ops.similarities(exclude(queries, where, -1, xp=xp), keys, xp=xp, normalize=normalize) * scale + bias
    logits, own, where = _prepare_own(logits, queries, keys, offset, where, xp)
    values = ops.softplus(xp.where(ops.one_hot(own, logits, -1, xp=xp), -logits, logits), xp=xp)
    values = ops.invalidate(xp.sum(values, axis=-1), own, xp=xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="contrastive", additive=False)
def supervised_contrastive(
    queries: Array,
    keys: ArrayLike,
    query_classes: ArrayLike,
    key_classes: ArrayLike,
    *,
    temperature: float | ArrayLike = 0.1,
    normalize: bool = True,
    offset: int = 0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Supervised contrastive loss: each embedding shall find all others of its class.

    .. math:: l_i = -\frac{1}{|P_i|} \sum_{p \in P_i} \log \frac{\exp(s_{ip})}{\sum_{j \ne i + o} \exp(s_{ij})},
              \qquad s_{ij} = \cos(q_i, k_j) / \tau

    with the keys :math:`P_i` of the class of query i, without the query itself.

    Parameters
    ----------
    queries : array
        Embeddings :math:`q` in the shape (n, d).
    keys : array
        Embeddings :math:`k` in the shape (m, d), the queries among them: on one device the same array.
    query_classes, key_classes : integer array
        The class of each query and key, any integers, in the shapes (n,) and (m,).
    temperature : number or scalar array
        :math:`\tau > 0`; an array can be learned.
    normalize : bool
        Whether similarities are cosines; otherwise inner products.
    offset : int
        Number of the key that is the first query itself, :math:`o`. With local queries and the keys of all devices it
        is the device's first row.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`. Excluded queries leave the keys as they are. The mean is
        that over queries with another key of their class; the others have the loss 0.

    Returns
    -------
    array
        A scalar; the shape (n,) for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If embeddings or classes don't fit in shape, the temperature is not positive, or a key is missing.
    TypeError
        If the classes are no integers.

    Notes
    -----
    The form "out" of the paper, with the sum outside of the logarithm, as in pytorch-metric-learning's ``SupConLoss``;
    its mean leaves out every loss of 0, also that of a perfect query. The authors' code multiplies with the
    temperature over 0.07. With one other key a class this is `nt_xent`.

    References
    ----------
    P. Khosla et al., "Supervised Contrastive Learning", NeurIPS 2020.
    """
    xp, queries, keys = prepare(queries=queries, keys=keys)
    check_matrices(queries=queries, keys=keys)
    logits = ops.similarities(exclude(queries, where, -1, xp=xp), keys, xp=xp, normalize=normalize)
    logits = logits / as_scale(temperature, queries, "temperature")
    logits, own, where = _prepare_own(logits, queries, keys, offset, where, xp)
    itself = ops.one_hot(own, logits, -1, xp=xp)
    positive = xp.logical_and(_same_class(query_classes, key_classes, queries, keys, xp), xp.logical_not(itself))
    total = xp.sum(xp.where(positive, _log_probs_without(itself, logits, xp), 0.0), axis=-1)
    count = xp.sum(xp.astype(positive, logits.dtype), axis=-1)
    some = count > 0
    values = ops.invalidate(-total / xp.where(some, count, 1.0), own, xp=xp)
    counted = xp.astype(some, logits.dtype)
    return reduce(values, weights=weights, where=where, reduction=reduction, normalizer=counted)


def _among(present: Any, own: Any, logits: Any, xp: Namespace) -> Any:
    """Return the logits without the keys that are not present, but each row's own."""
    if present is None:
        return logits
    kept = xp.logical_or(ops.one_hot(own, logits, -1, xp=xp), xp.expand_dims(present, axis=0))
    return xp.where(kept, logits, -math.inf)


def _log_probs_without(excluded: Any, logits: Any, xp: Namespace) -> Any:
    """Return the log-softmax of each row without its excluded entry, which becomes 0.

    All is relative to the largest logit by its place, not as a constant: the gradient there is minus the sum of the
    others, without cancellation.
    """
    kept = xp.where(excluded, -math.inf, logits)
    best = xp.argmax(ops.stop_gradient(kept), axis=-1)
    gap = kept - xp.expand_dims(ops.pick(logits, best, -1, xp=xp), axis=-1)
    largest = ops.one_hot(best, logits, -1, xp=xp)
    rest = xp.sum(xp.exp(xp.where(largest, -math.inf, gap)), axis=-1, keepdims=True)
    return xp.where(xp.logical_or(excluded, largest), 0.0, gap) - xp.log1p(rest)


def _same_class(query_classes: Any, key_classes: Any, queries: Any, keys: Any, xp: Namespace) -> Any:
    classes = []
    for name, values, like in (("query_classes", query_classes, queries), ("key_classes", key_classes, keys)):
        values = convert(values, like, name)
        check_integer(values, name, xp)
        check_shape(values, like, (0,), name, "one class a row")
        classes.append(xp.astype(values, index_dtype(like, xp)))
    return xp.expand_dims(classes[0], axis=1) == xp.expand_dims(classes[1], axis=0)


def _prepare_own(logits: Any, queries: Any, keys: Any, offset: Any, where: Any, xp: Namespace) -> tuple[Any, ...]:
    """Return the logits, safe where excluded, the number of each query's own key, and the mask."""
    own = ops.positions(queries, 0, xp=xp) + _check_offset(offset, queries, keys)
    _, logits, own, where = prepare_labels(logits=logits, labels=own, axis=-1, where=where)
    return logits, own, where


def _partners(view: Any, xp: Namespace) -> tuple[Any, Any]:
    """Return the numbers of the stacked rows, and those of the other view of each."""
    first = ops.positions(view, 0, xp=xp)
    second = first + xp.sum(xp.ones_like(first))
    return xp.concat((first, second), axis=0), xp.concat((second, first), axis=0)


def _check_offset(offset: Any, queries: Any, keys: Any) -> Any:
    n, m = shape(queries)[0], shape(keys)[0]
    if ops.is_array(offset):
        return offset  # read on the device: a query without its key becomes NaN
    if isinstance(offset, bool) or not isinstance(offset, int):
        raise TypeError(f"offset must be an integer, got {offset!r}")
    if n is not None and m is not None and not 0 <= offset <= m - n:
        raise ValueError(f"offset must lie in [0, {m - n}] for {n} queries and {m} keys, got {offset}")
    return offset
