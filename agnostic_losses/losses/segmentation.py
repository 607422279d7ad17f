"""Overlap of predicted and true regions.

They count true positives, false positives and false negatives, each in a ratio of its own. What sorts the pixels is in
`lovasz`.
"""

from __future__ import annotations

from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.ops import check_at_least, check_axes, check_positive, prepare_pair, reduce


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
        The axes of the pixels: for (batch, height, width, class), ``(1, 2)`` gives one loss a sample and class,
        ``(0, 1, 2)`` one a class, ``(1, 2, 3)`` one a sample, and all four one region over everything.
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
    size = xp.sum(probs, axis=axis) + xp.sum(targets, axis=axis) + smooth
    empty = size == 0
    values = xp.where(empty, 0.0, 1.0 - overlap / xp.where(empty, 1.0, size))
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="segmentation")
def tversky(
    probs: Array,
    targets: ArrayLike,
    *,
    alpha: float = 0.5,
    beta: float = 0.5,
    axis: int | tuple[int, ...] = -1,
    smooth: float = 1.0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Tversky loss: overlap with a price for false positives and another one for false negatives.

    .. math:: l = 1 - \frac{TP + s}{TP + \alpha FP + \beta FN + s}, \qquad TP = \sum_i p_i t_i, \quad
              FP = \sum_i p_i (1 - t_i), \quad FN = \sum_i (1 - p_i) t_i

    Parameters
    ----------
    probs : array
        Probabilities :math:`p \in [0, 1]` that a pixel belongs to the region.
    targets : array
        True region :math:`t \in [0, 1]`, in the shape of `probs`.
    alpha, beta : float
        What false positives and false negatives weigh, :math:`\alpha, \beta \ge 0`. The paper recommends 0.3 and 0.7.
    axis : int or tuple of int
        The axes of the pixels, as in `dice`.
    smooth : float
        The constant :math:`s \ge 0` in numerator and denominator; half of that of `dice`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over regions.

    Returns
    -------
    array
        A scalar; the shape of `probs` without `axis` for ``reduction="none"``. Between 0 and 1.

    Raises
    ------
    ValueError
        If the shapes differ, or an option is negative.

    Notes
    -----
    As in the paper, optax's ``dice_loss``, MONAI and segmentation_models_pytorch. Keras documents the same and swaps
    the two in its code: with one false negative and two false positives beside one true positive, alpha 0.3 and
    beta 0.7 give 0.565 here and 0.630 there. An empty region predicted empty has the loss 0, in Keras 1.

    References
    ----------
    S. S. M. Salehi, D. Erdogmus and A. Gholipour, "Tversky Loss Function for Image Segmentation Using 3D Fully
    Convolutional Deep Networks", MLMI 2017.
    """
    alpha, beta = check_at_least(0.0, alpha=alpha), check_at_least(0.0, beta=beta)
    smooth = check_at_least(0.0, smooth=smooth)
    _, values = _share_of_errors(probs, targets, alpha, beta, smooth, axis, where)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="segmentation")
def focal_tversky(
    probs: Array,
    targets: ArrayLike,
    *,
    alpha: float = 0.3,
    beta: float = 0.7,
    gamma: float = 4.0 / 3.0,
    axis: int | tuple[int, ...] = -1,
    smooth: float = 1.0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Focal Tversky loss: a root of the Tversky loss, which takes well found regions as serious as badly found ones.

    .. math:: l = \left( 1 - \frac{TP + s}{TP + \alpha FP + \beta FN + s} \right)^{1 / \gamma}

    Parameters
    ----------
    probs : array
        Probabilities :math:`p \in [0, 1]` that a pixel belongs to the region.
    targets : array
        True region :math:`t \in [0, 1]`, in the shape of `probs`.
    alpha, beta : float
        What false positives and false negatives weigh, :math:`\alpha, \beta \ge 0`.
    gamma : float
        The root :math:`\gamma > 0`; 1 gives `tversky`.
    axis : int or tuple of int
        The axes of the pixels, as in `dice`.
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
        If the shapes differ, an option is negative, or `gamma` is not positive.

    Notes
    -----
    At a perfect prediction, where the slope of a root is infinite, the gradient is 0. The paper defaults to these
    numbers, but calls what false negatives weigh :math:`\alpha`; here it is `beta`, as in `tversky`. In
    segmentation_models_pytorch ``gamma`` is the exponent, :math:`1 / \gamma`, of the mean over classes.

    References
    ----------
    N. Abraham and N. M. Khan, "A Novel Focal Tversky Loss Function with Improved Attention U-Net for Lesion
    Segmentation", ISBI 2019.
    """
    alpha, beta = check_at_least(0.0, alpha=alpha), check_at_least(0.0, beta=beta)
    smooth, gamma = check_at_least(0.0, smooth=smooth), check_positive(gamma=gamma)
    xp, values = _share_of_errors(probs, targets, alpha, beta, smooth, axis, where)
    if gamma != 1.0:
        imperfect = values > 0
        values = xp.where(imperfect, xp.where(imperfect, values, 1.0) ** (1.0 / gamma), 0.0)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="segmentation")
def jaccard(
    probs: Array,
    targets: ArrayLike,
    *,
    axis: int | tuple[int, ...] = -1,
    smooth: float = 1.0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Soft Jaccard loss: one minus intersection over union of two regions.

    .. math:: l = 1 - \frac{\sum_i p_i t_i + s}{\sum_i p_i + \sum_i t_i - \sum_i p_i t_i + s}

    Parameters
    ----------
    probs : array
        Probabilities :math:`p \in [0, 1]` that a pixel belongs to the region.
    targets : array
        True region :math:`t \in [0, 1]`, in the shape of `probs`.
    axis : int or tuple of int
        The axes of the pixels, as in `dice`.
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
    It is `tversky` with both weights 1. An empty region predicted empty has the loss 0. segmentation_models_pytorch
    leaves out classes without a target; MONAI takes ``DiceLoss(jaccard=True)``, with 1e-5 for `smooth` and twice the
    intersection in the numerator.

    References
    ----------
    M. A. Rahman and Y. Wang, "Optimizing Intersection-Over-Union in Deep Neural Networks for Image Segmentation",
    ISVC 2016.
    """
    smooth = check_at_least(0.0, smooth=smooth)
    _, values = _share_of_errors(probs, targets, 1.0, 1.0, smooth, axis, where)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="segmentation")
def generalized_dice(
    probs: Array,
    targets: ArrayLike,
    *,
    axis: int | tuple[int, ...] = (-2, -1),
    class_axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Generalised Dice loss: the overlap of all classes together, rare ones weighing more.

    .. math:: l = 1 - 2 \frac{\sum_c w_c \sum_i p_{ic} t_{ic}}{\sum_c w_c \sum_i (p_{ic} + t_{ic})},
              \qquad w_c = \Big( \sum_i t_{ic} \Big)^{-2}

    Parameters
    ----------
    probs : array
        Probabilities :math:`p \in [0, 1]` of the classes.
    targets : array
        True regions :math:`t`, 0 or 1, in the shape of `probs`. No gradient flows through them: the weight of a class
        jumps where it loses its last pixel.
    axis : int or tuple of int
        The axes of the pixels and of the classes: ``(1, 2, 3)`` for (batch, height, width, class) gives one loss a
        sample.
    class_axis : int
        Which of them is that of the classes.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over samples.

    Returns
    -------
    array
        A scalar; the shape of `probs` without `axis` for ``reduction="none"``. Between 0 and 1.

    Raises
    ------
    ValueError
        If the shapes differ, or `class_axis` is not among `axis`.

    Notes
    -----
    A class without a target, whose weight would be infinite, has that of the rarest one, as in the authors' code and
    in MONAI. Without any class at all the loss is 1, and 0 if nothing is predicted either. What optax calls
    ``multiclass_generalized_dice_loss`` is another one: the mean of each class's Dice loss with these weights.

    References
    ----------
    C. H. Sudre et al., "Generalised Dice Overlap as a Deep Learning Loss Function for Highly Unbalanced
    Segmentations", DLMIA 2017.
    """
    axes = axis if isinstance(axis, tuple) else (axis,)
    xp, probs, targets = prepare_pair(probs=probs, targets=targets, axes=axes, where=where)
    axes, targets = check_axes(axes, probs.ndim, "probs"), ops.stop_gradient(targets)
    pixels = tuple(a for a in axes if a != _check_class_axis(class_axis, axes, probs.ndim))
    found, excess, missed = (_total(part, pixels, xp) for part in _outcomes(probs, targets))
    weight = _rarity(_total(targets, pixels, xp), axes, xp)
    errors = xp.sum(weight * (excess + missed), axis=axes)
    values = _share(errors, 2.0 * xp.sum(weight * found, axis=axes), xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


def _share_of_errors(
    probs: Any, targets: Any, alpha: float, beta: float, smooth: float, axis: Any, where: Any
) -> tuple[Namespace, Any]:
    """Return the namespace, and the weighted errors divided by themselves, the overlap and the smooth."""
    axes = axis if isinstance(axis, tuple) else (axis,)
    xp, probs, targets = prepare_pair(probs=probs, targets=targets, axes=axes, where=where)
    axes = check_axes(axes, probs.ndim, "probs")
    found, excess, missed = (xp.sum(part, axis=axes) for part in _outcomes(probs, targets))
    return xp, _share(alpha * excess + beta * missed, found + smooth, xp)


def _outcomes(probs: Any, targets: Any) -> tuple[Any, Any, Any]:
    """Return true positives, false positives and false negatives."""
    return probs * targets, probs * (1.0 - targets), (1.0 - probs) * targets


def _total(x: Any, axes: tuple[int, ...], xp: Namespace) -> Any:
    return xp.sum(x, axis=axes, keepdims=True) if axes else x


def _share(errors: Any, overlap: Any, xp: Namespace) -> Any:
    """Return what part of errors and overlap are errors, 0 of nothing."""
    total = errors + overlap
    nothing = total == 0
    total = xp.where(nothing, 1.0, total)
    # The share of the smaller part: near 1 the gradient of the other would cancel.
    values = xp.where(errors <= overlap, errors / total, 1.0 - overlap / total)
    return xp.where(nothing, 0.0, values)


def _rarity(sizes: Any, axes: tuple[int, ...], xp: Namespace) -> Any:
    """Return the inverse squares of the sizes; those of nothing get the largest one. A common factor is left out."""
    present = sizes > 0
    sizes = xp.where(present, sizes, xp.min(xp.where(present, sizes, xp.inf), axis=axes, keepdims=True))
    sizes = xp.where(sizes < xp.inf, sizes, 1.0)
    # By the smallest first, so that no square under- or overflows.
    sizes = sizes / xp.min(sizes, axis=axes, keepdims=True)
    return 1.0 / (sizes * sizes)


def _check_class_axis(class_axis: int, axes: tuple[int, ...], ndim: int) -> int:
    (found,) = check_axes(class_axis, ndim, "probs")
    if found not in axes:
        raise ValueError(f"class_axis must be one of axis, {axes}, got {class_axis}")
    return found
