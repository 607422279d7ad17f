"""Two modalities, as images and their texts: each shall find the one that it belongs to among all of a batch.

Losses of one kind of embeddings are in `contrastive`. Nothing here communicates: on several devices take local queries,
all keys, and the offset of what belongs together.
"""

from __future__ import annotations

from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.ops import as_scale, check_matrices, prepare_pair, reduce
from agnostic_losses.ops.against_all import against_all, cross_entropy_of_own, included, prepare_queries
from agnostic_losses.ops.chunks import check_chunk_size


@loss(family="multimodal", additive=False)
def clip(
    view_a: Array,
    view_b: ArrayLike,
    *,
    temperature: float | ArrayLike = 0.07,
    normalize: bool = True,
    chunk_size: int | None = None,
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
    The default temperature is the initial one of the paper, which learns the logarithm of its inverse. OpenCLIP's
    ``ClipLoss`` takes normalised embeddings and that inverse. With queries and keys of several devices take the mean of
    two `info_nce`.

    With a `chunk_size` no array has an entry for each pair, in the gradient neither. Then similarities are computed for
    each of the views instead of once for both, and again in the gradient; see `agnostic_losses.ops.map_chunks`, which
    also says where all of them are kept.

    References
    ----------
    A. Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", ICML 2021.
    """
    chunk_size = check_chunk_size(chunk_size)
    xp, view_a, view_b = prepare_pair(view_a=view_a, view_b=view_b, axis=-1, where=where)
    check_matrices(view_a=view_a, view_b=view_b)
    own, present = ops.positions(view_a, 0, xp=xp), included(view_a, where, xp=xp)
    temperature = as_scale(temperature, view_a, "temperature")
    view_a, view_b = (ops.unit(x, -1, xp=xp) if normalize else x for x in (view_a, view_b))
    values = _both_ways(view_a, view_b, own, present, temperature, chunk_size, xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="multimodal", additive=False)
def siglip(
    queries: Array,
    keys: ArrayLike,
    *,
    scale: float | ArrayLike = 10.0,
    bias: float | ArrayLike = -10.0,
    normalize: bool = True,
    offset: int = 0,
    chunk_size: int | None = None,
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
        If the arrays are not matrices with equal d, the scale is not positive, or a key is missing.

    Notes
    -----
    The mean is that of the paper, a sum over keys and a mean over queries; scale and bias begin there with 10 and -10.
    OpenCLIP's ``SigLipLoss`` takes normalised embeddings.

    With a `chunk_size` no array has an entry for each pair, in the gradient neither, which computes the similarities
    again; see `agnostic_losses.ops.map_chunks`, which also says where all of them are kept.

    References
    ----------
    X. Zhai et al., "Sigmoid Loss for Language Image Pre-Training", ICCV 2023.
    """
    chunk_size = check_chunk_size(chunk_size)
    xp, queries, keys, own, where = prepare_queries(queries, keys, offset=offset, where=where)
    shared = {"scale": as_scale(scale, queries, "scale"), "bias": ops.as_option(bias, queries, "bias", scalar=True)}
    queries, keys = (ops.unit(x, -1, xp=xp) if normalize else x for x in (queries, keys))
    values = against_all(_each_pair, queries, keys, {"own": own}, shared, chunk_size=chunk_size, xp=xp)
    return reduce(ops.invalidate(values, own, xp=xp), weights=weights, where=where, reduction=reduction)


def _both_ways(
    view_a: Any, view_b: Any, own: Any, present: Any, temperature: Any, chunk_size: int | None, xp: Namespace
) -> Any:
    """Return the mean of the cross entropies of each row among those of the other view, and the other way round."""
    rows, shared = {"own": own}, {"present": present}
    if chunk_size is None:  # one matrix serves both
        logits = xp.matmul(view_a, xp.matrix_transpose(view_b)) / temperature
        one, other = (cross_entropy_of_own(x, **rows, **shared, xp=xp) for x in (logits, xp.matrix_transpose(logits)))
    else:
        one, other = (
            against_all(cross_entropy_of_own, *x, rows, shared, temperature=temperature, chunk_size=chunk_size, xp=xp)
            for x in ((view_a, view_b), (view_b, view_a))
        )
    return 0.5 * (one + other)


def _each_pair(similarities: Any, *, own: Any, scale: Any, bias: Any, xp: Namespace) -> Any:
    """Return the sum of the cross entropies of a row's pairs, each classified by itself."""
    logits = similarities * scale + bias
    signed = xp.where(ops.one_hot(own, logits, -1, xp=xp), -logits, logits)
    return xp.sum(ops.softplus(signed, xp=xp), axis=-1)
