"""Lists of items with scores and targets: the first line of a loss of rankings."""

from __future__ import annotations

from typing import Any

from agnostic_losses._typing import Array, ArrayLike
from agnostic_losses.backends import convert, namespace_of
from agnostic_losses.ops.checks import check_axis, check_same_shape
from agnostic_losses.ops.prepare import as_mask, prepare_pair


def prepare_lists(
    scores: Array,
    targets: ArrayLike,
    *,
    mask: ArrayLike | None = None,
    segments: ArrayLike | None = None,
    axis: int = -1,
    where: ArrayLike | None = None,
) -> Any:
    """Prepare the items of lists, with their axis last; a list can lack some of the items.

    Parameters
    ----------
    scores, targets : array
        One number an item, in one shape.
    mask : boolean array, optional
        True = the item is there; in the shape of `scores`.
    segments : integer array, optional
        To which of several lists in one an item belongs, such as the id of its query; in the shape of `scores`.
    axis : int
        The axis of the items.
    where : boolean array, optional
        True = the list is included; broadcasts to the shape of `scores` without `axis`.

    Returns
    -------
    tuple
        The namespace, scores and targets in one floating dtype with 0 in every place that is not read, the mask, and
        the segments or None. These may be NumPy's still: of large ids a conversion could make others.
    """
    xp, scores, targets = prepare_pair(scores=scores, targets=targets, axis=axis, where=where)
    axis = check_axis(axis, scores.ndim, "scores")
    if mask is None:
        present = xp.ones_like(scores, dtype=xp.bool)
    else:
        present = as_mask(mask, scores, xp, name="mask")
        check_same_shape(scores=scores, mask=present)
        scores, targets = xp.where(present, scores, 0.0), xp.where(present, targets, 0.0)
    ids = None if segments is None else _item_ids(segments, scores, axis)
    return xp, *(xp.moveaxis(array, axis, -1) for array in (scores, targets, present)), ids


def _item_ids(segments: ArrayLike, scores: Any, axis: int) -> Any:
    ids = convert(segments, None, "segments")
    xp = namespace_of(ids)
    if not xp.isdtype(ids.dtype, "integral"):
        raise TypeError(f"segments must be integer ids of lists, got dtype {ids.dtype}")
    check_same_shape(scores=scores, segments=ids)
    return xp.moveaxis(ids, axis, -1)
