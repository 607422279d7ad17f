"""Embeddings against all others of a batch: what belongs together shall be more similar than all else.

Losses of two modalities are in `multimodal`. Nothing here communicates: on several devices a loss takes local queries,
all keys, and the offset of the positives.
"""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.backends import convert, index_dtype
from agnostic_losses.ops import as_scale, check_matrices, prepare_pair, reduce
from agnostic_losses.ops.against_all import against_all, cross_entropy_of_own, included, prepare_queries
from agnostic_losses.ops.checks import check_integer, check_shape
from agnostic_losses.ops.chunks import check_chunk_size


@loss(family="contrastive", additive=False)
def info_nce(
    queries: Array,
    keys: ArrayLike,
    *,
    temperature: float | ArrayLike = 1.0,
    offset: int = 0,
    chunk_size: int | None = None,
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
    chunk_size : int, optional
        The number of queries whose similarities exist at a time; None stands for all.
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

    With a `chunk_size` no array has an entry for each pair, in the gradient neither, which computes the similarities
    again; see `agnostic_losses.ops.map_chunks`, which also says where all of them are kept.

    References
    ----------
    A. van den Oord, Y. Li and O. Vinyals, "Representation Learning with Contrastive Predictive Coding", 2018.
    """
    chunk_size = check_chunk_size(chunk_size)
    xp, queries, keys, own, where = prepare_queries(queries, keys, offset=offset, where=where)
    temperature = as_scale(temperature, queries, "temperature")
    values = against_all(
        cross_entropy_of_own, queries, keys, {"own": own}, temperature=temperature, chunk_size=chunk_size, xp=xp
    )
    return reduce(ops.invalidate(values, own, xp=xp), weights=weights, where=where, reduction=reduction)


@loss(family="contrastive", additive=False)
def nt_xent(
    view_a: Array,
    view_b: ArrayLike,
    *,
    temperature: float | ArrayLike = 0.5,
    normalize: bool = True,
    exclude_self: bool = True,
    chunk_size: int | None = None,
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
    chunk_size : int, optional
        The number of rows whose similarities exist at a time; None stands for all.
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

    With a `chunk_size` no array has an entry for each pair, in the gradient neither, which computes the similarities
    again; see `agnostic_losses.ops.map_chunks`, which also says where all of them are kept.

    References
    ----------
    T. Chen et al., "A Simple Framework for Contrastive Learning of Visual Representations", ICML 2020.
    """
    chunk_size = check_chunk_size(chunk_size)
    xp, view_a, view_b = prepare_pair(view_a=view_a, view_b=view_b, axis=-1, where=where)
    check_matrices(view_a=view_a, view_b=view_b)
    temperature = as_scale(temperature, view_a, "temperature")
    stacked, (itself, partner) = xp.concat((view_a, view_b), axis=0), _partners(view_a, xp)
    stacked = ops.unit(stacked, -1, xp=xp) if normalize else stacked
    rows = {"own": partner, "itself": itself if exclude_self else None}
    shared = {"present": None if where is None else xp.concat([included(view_a, where, xp=xp)] * 2, axis=0)}
    values = against_all(
        cross_entropy_of_own, stacked, stacked, rows, shared, temperature=temperature, chunk_size=chunk_size, xp=xp
    )
    pairs = xp.mean(xp.reshape(values, (2, -1)), axis=0)
    return reduce(pairs, weights=weights, where=where, reduction=reduction)


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
    chunk_size: int | None = None,
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
    chunk_size : int, optional
        The number of queries whose similarities exist at a time; None stands for all.
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

    With a `chunk_size` no array has an entry for each pair, in the gradient neither, which computes the similarities
    again; see `agnostic_losses.ops.map_chunks`, which also says where all of them are kept.

    References
    ----------
    P. Khosla et al., "Supervised Contrastive Learning", NeurIPS 2020.
    """
    chunk_size = check_chunk_size(chunk_size)
    xp, queries, keys, own, where = prepare_queries(queries, keys, offset=offset, where=where)
    classes, key_classes = _prepare_classes(query_classes, key_classes, queries, keys, xp)
    temperature = as_scale(temperature, queries, "temperature")
    queries, keys = (ops.unit(x, -1, xp=xp) if normalize else x for x in (queries, keys))
    rows, shared = {"own": own, "classes": classes}, {"key_classes": key_classes}
    found = against_all(
        _cross_entropy_of_class, queries, keys, rows, shared, temperature=temperature, chunk_size=chunk_size, xp=xp
    )
    values, counted = ops.invalidate(found[:, 0], own, xp=xp), found[:, 1]
    return reduce(values, weights=weights, where=where, reduction=reduction, normalizer=counted)


def _cross_entropy_of_class(logits: Any, *, own: Any, classes: Any, key_classes: Any, xp: Namespace) -> Any:
    """Return the mean over the other keys of a row's class, and whether there are any, as two columns."""
    itself = ops.one_hot(own, logits, -1, xp=xp)
    alike = xp.expand_dims(classes, axis=1) == xp.expand_dims(key_classes, axis=0)
    positive = xp.logical_and(alike, xp.logical_not(itself))
    total = xp.sum(xp.where(positive, _log_probs_without(itself, logits, xp), 0.0), axis=-1)
    count = xp.sum(xp.astype(positive, logits.dtype), axis=-1)
    some = count > 0
    return xp.stack((-total / xp.where(some, count, 1.0), xp.astype(some, logits.dtype)), axis=-1)


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


def _prepare_classes(query_classes: Any, key_classes: Any, queries: Any, keys: Any, xp: Namespace) -> list[Any]:
    classes = []
    for name, values, like in (("query_classes", query_classes, queries), ("key_classes", key_classes, keys)):
        values = convert(values, like, name)
        check_integer(values, name, xp)
        check_shape(values, like, (0,), name, "one class a row")
        classes.append(xp.astype(values, index_dtype(like, xp)))
    return classes


def _partners(view: Any, xp: Namespace) -> tuple[Any, Any]:
    """Return the numbers of the stacked rows, and those of the other view of each."""
    first = ops.positions(view, 0, xp=xp)
    second = first + xp.sum(xp.ones_like(first))
    return xp.concat((first, second), axis=0), xp.concat((second, first), axis=0)
