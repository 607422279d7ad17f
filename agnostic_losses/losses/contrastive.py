"""Embeddings against all others of a batch: the positive shall win a softmax over the similarities.

Nothing here communicates: on several devices a loss takes local queries, all keys, and the offset of the positives.
"""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.backends import shape
from agnostic_losses.ops import check_positive, exclude, prepare, prepare_labels, prepare_pair, reduce


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
    _check_matrices(queries=queries, keys=keys)
    temperature = _prepare_temperature(temperature, queries)
    logits = xp.matmul(exclude(queries, where, -1, xp=xp), xp.matrix_transpose(keys)) / temperature
    labels = ops.positions(queries, 0, xp=xp) + _check_offset(offset, queries, keys)
    xp, logits, labels, where = prepare_labels(logits=logits, labels=labels, axis=-1, where=where)
    values = ops.softplus(ops.log_odds_against(logits, labels, -1, xp=xp), xp=xp)
    values = ops.invalidate(values, labels, xp=xp)
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
    _check_matrices(view_a=view_a, view_b=view_b)
    temperature = _prepare_temperature(temperature, view_a)
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


def _partners(view: Any, xp: Namespace) -> tuple[Any, Any]:
    """Return the numbers of the stacked rows, and those of the other view of each."""
    first = ops.positions(view, 0, xp=xp)
    second = first + xp.sum(xp.ones_like(first))
    return xp.concat((first, second), axis=0), xp.concat((second, first), axis=0)


def _prepare_temperature(temperature: Any, like: Any) -> Any:
    temperature = ops.as_option(temperature, like, "temperature", scalar=True)
    return temperature if ops.is_array(temperature) else check_positive(temperature=temperature)


def _check_offset(offset: Any, queries: Any, keys: Any) -> Any:
    n, m = shape(queries)[0], shape(keys)[0]
    if ops.is_array(offset):
        return offset  # read on the device: a query without its key becomes NaN
    if isinstance(offset, bool) or not isinstance(offset, int):
        raise TypeError(f"offset must be an integer, got {offset!r}")
    if n is not None and m is not None and not 0 <= offset <= m - n:
        raise ValueError(f"offset must lie in [0, {m - n}] for {n} queries and {m} keys, got {offset}")
    return offset


def _check_matrices(**arrays: Any) -> None:
    (first_name, first), (second_name, second) = arrays.items()
    if first.ndim != 2 or second.ndim != 2:
        raise ValueError(
            f"{first_name} and {second_name} must be matrices of one embedding a row, "
            f"got the shapes {shape(first)} and {shape(second)}"
        )
    if None not in (shape(first)[1], shape(second)[1]) and shape(first)[1] != shape(second)[1]:
        raise ValueError(
            f"{second_name} must have the {shape(first)[1]} features of {first_name}, got {shape(second)[1]}"
        )
