"""Lovász losses: the Jaccard loss of a set of pixels, extended to errors of any size. The pixels are sorted."""

from __future__ import annotations

from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.backends import index_dtype
from agnostic_losses.ops import prepare_pair, reduce


@loss(family="lovasz")
def lovasz_hinge(
    scores: Array,
    targets: ArrayLike,
    *,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Lovász hinge: the Jaccard loss of a region, convex in the scores of its pixels.

    .. math:: l = \sum_k \max(m_{\pi(k)}, 0)\, \big( J_k - J_{k - 1} \big), \qquad m_i = 1 - y_i z_i

    with the pixels :math:`\pi(1), \pi(2), \dots` in the order of falling :math:`m`, and :math:`J_k` the Jaccard loss,
    one minus intersection over union, when the first k of them are wrong and all others right.

    Parameters
    ----------
    scores : array
        Any real numbers :math:`z`, positive inside of the region.
    targets : array
        :math:`y`, +1 inside and -1 outside, in the shape of `scores`.
    axis : int
        The axis of the pixels; reshape an image to one axis before.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over regions.

    Returns
    -------
    array
        A scalar; the shape of `scores` without `axis` for ``reduction="none"``.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    The gradient by the margins is that of the Lovász extension, the differences of :math:`J`; pixels of equal margins
    take them in the order of their indices, on every framework. The authors' code takes targets of 0 and 1, and forms
    the differences by subtraction, which loses a digit for every tenfold number of pixels.

    References
    ----------
    M. Berman, A. Rannen Triki and M. B. Blaschko, "The Lovász-Softmax Loss", CVPR 2018; J. Yu and M. B. Blaschko,
    "The Lovász Hinge", 2015.
    """
    xp, scores, targets = prepare_pair(scores=scores, targets=targets, axis=axis, where=where)
    margins = ops.relu(1.0 - targets * scores, xp=xp)
    values = _extended_jaccard(margins, 1.0 - targets * scores, targets > 0, axis, xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="lovasz")
def lovasz_softmax(
    probs: Array,
    targets: ArrayLike,
    *,
    axis: int = -1,
    only_present: bool = True,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Lovász-Softmax: the Jaccard loss of a region, extended to probabilities.

    .. math:: l = \sum_k m_{\pi(k)}\, \big( J_k - J_{k - 1} \big), \qquad m_i = |t_i - p_i|

    with the pixels :math:`\pi(1), \pi(2), \dots` in the order of falling :math:`m`, and :math:`J_k` the Jaccard loss,
    one minus intersection over union, when the first k of them are wrong and all others right.

    Parameters
    ----------
    probs : array
        Probabilities :math:`p \in [0, 1]` that a pixel belongs to the region: of several classes, each is a region.
    targets : array
        True region :math:`t`, 0 or 1, in the shape of `probs`.
    axis : int
        The axis of the pixels; reshape an image to one axis before. For (batch, pixels, class) it is 1.
    only_present : bool
        Whether regions without a target are left out, like `where`; otherwise their loss is the largest probability.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over regions.

    Returns
    -------
    array
        A scalar; the shape of `probs` without `axis` for ``reduction="none"``. Between 0 and 1.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    The mean is that over all regions present, as in the authors' code for whole batches; with one loss an image that
    code averages over the classes of each image first. Pixels of equal errors take the differences of :math:`J`, which
    are the gradient, in the order of their indices, on every framework.

    References
    ----------
    M. Berman, A. Rannen Triki and M. B. Blaschko, "The Lovász-Softmax Loss", CVPR 2018.
    """
    xp, probs, targets = prepare_pair(probs=probs, targets=targets, axis=axis, where=where)
    errors = ops.abs(targets - probs, xp=xp)
    values = _extended_jaccard(errors, errors, targets > 0, axis, xp)
    if only_present:
        present = xp.any(targets > 0, axis=axis)
        where = present if where is None else xp.logical_and(ops.as_mask(where, values, xp), present)
    return reduce(values, weights=weights, where=where, reduction=reduction)


def _extended_jaccard(errors: Any, by: Any, inside: Any, axis: int, xp: Namespace) -> Any:
    """Return the sum of the errors times what each pixel adds to the Jaccard loss, in the order of another array."""
    order = xp.argsort(ops.stop_gradient(by), axis=axis, descending=True, stable=True)
    inside = xp.astype(ops.take_along_axis(inside, order, axis, xp=xp), index_dtype(errors, xp))
    size = xp.sum(inside, axis=axis, keepdims=True)
    # Integers, since a sum of floating ones stops growing.
    intersection = xp.astype(size - ops.cumulative_sum(inside, axis, xp=xp), errors.dtype)
    union_before = size + ops.cumulative_sum(1 - inside, axis, xp=xp) - (1 - inside)
    union = xp.astype(union_before + (1 - inside), errors.dtype)
    before = xp.astype(xp.where(union_before == 0, 1, union_before), errors.dtype)
    # The differences of the Jaccard loss without subtraction: a pixel inside leaves the intersection, one outside
    # joins the union, which it founds if there is none.
    founded = xp.where(union_before == 0, 1.0, intersection / (before * union))
    step = xp.where(inside == 1, 1.0 / union, founded)
    return xp.sum(ops.take_along_axis(errors, order, axis, xp=xp) * step, axis=axis)
