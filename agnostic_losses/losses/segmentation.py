"""Overlap of predicted and true regions."""

from __future__ import annotations

from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Reduction
from agnostic_losses.ops import check_at_least, check_axes, prepare_pair, reduce


@loss(family="segmentation")
def dice(
    probs: Array,
    targets: ArrayLike,
    *,
    axis: int | tuple[int, ...] = -1,
    smooth: float = 1.0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Soft Dice loss: one minus the overlap of two regions.

    .. math:: l = 1 - \frac{2 \sum_i p_i t_i + s}{\sum_i p_i + \sum_i t_i + s}

    Parameters
    ----------
    probs : array
        Probabilities :math:`p \in [0, 1]` that a pixel belongs to the region.
    targets : array
        True region :math:`t \in [0, 1]`, in the shape of `probs`.
    axis : int or tuple of int
        The axes of the pixels: ``(1, 2)`` for (batch, height, width, class) gives one loss a sample and class.
    smooth : float
        The constant :math:`s \ge 0` in numerator and denominator.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over regions.

    Returns
    -------
    array
        A scalar; the shape of `probs` without `axis` for ``reduction="none"``. Between 0 and 1.

    Raises
    ------
    ValueError
        If the shapes differ, or `smooth` is negative.

    Notes
    -----
    An empty region predicted empty is perfect, 0, also for ``smooth=0``; Keras returns 1 with gradient 0 for it and
    optax rejects it. Keras takes one region over the whole batch unless told the axis. optax's ``smooth=1`` enters the
    Tversky form, and is a smooth of 2 here. Sums are taken in float32 for half precision.

    References
    ----------
    F. Milletari, N. Navab and S.-A. Ahmadi, "V-Net", 3DV 2016 (there with squares in the denominator).
    """
    smooth = check_at_least(0.0, smooth=smooth)
    axes = axis if isinstance(axis, tuple) else (axis,)
    xp, probs, targets = prepare_pair(probs=probs, targets=targets, axes=axes, where=where)
    axis = check_axes(axes, probs.ndim, "probs")
    overlap = 2.0 * xp.sum(probs * targets, axis=axis) + smooth
    size = xp.sum(probs + targets, axis=axis) + smooth
    empty = size == 0
    values = xp.where(empty, 0.0, 1.0 - overlap / xp.where(empty, 1.0, size))
    return reduce(values, weights=weights, where=where, reduction=reduction)
