"""Embeddings against one learned vector a class: the embedding shall point where its class does.

Pairs and triplets of embeddings are in `metric`, embeddings against all others of a batch in `contrastive`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.ops import (
    as_scale,
    check_at_least,
    check_between,
    check_matrices,
    exclude,
    prepare,
    prepare_labels,
    reduce,
)

Target = Callable[[Any, Any, Any, Namespace], Any]
"""From the cosines of the angles to the own classes, and both directions, to the own classes' part of the logits."""


@loss(family="proxies", additive=False)
def arcface(
    embeddings: Array,
    class_vectors: ArrayLike,
    labels: ArrayLike,
    *,
    margin: float = 0.5,
    scale: float | ArrayLike = 64.0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Cross entropy of cosines, with an angle added to that of the own class.

    .. math:: l = -\log \frac{\exp(s \cos(\theta_y + m))}{\exp(s \cos(\theta_y + m)) + \sum_{j \ne y}
              \exp(s \cos \theta_j)}

    with the angles :math:`\theta_j` between the embedding and the vectors of the classes. Beyond
    :math:`\theta_y = \pi - m` stands :math:`\cos \theta_y - m \sin m` for the cosine of the sum.

    Parameters
    ----------
    embeddings : array
        Embeddings in the shape (n, d), of any length.
    class_vectors : array
        One vector a class in the shape (k, d), of any length.
    labels : integer array
        The class :math:`y` of each embedding, in the shape (n,).
    margin : float
        The angle :math:`0 \le m \le \pi`, in radians.
    scale : number or scalar array
        :math:`s > 0`; an array can be learned.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over embeddings.

    Returns
    -------
    array
        A scalar; the shape (n,) for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If shapes don't fit, a label is out of range, or an option lies outside of its range.
    TypeError
        If the labels are no integers.

    Notes
    -----
    The angle itself is not taken: the cosine of a sum needs its cosine and sine, and the sine is a product of two
    chords that is exact for parallel vectors, where the slope of the arc cosine is infinite. Parallel vectors get no
    gradient from the sine. The loss is monotonic by what the authors' code does beyond :math:`\pi - m`, a step down to
    -1.117 from -1 for the default margin; pytorch-metric-learning does the same, with the margin in degrees and classes
    along the second axis. The cosine of a zero vector is 0, with gradient 0.

    References
    ----------
    J. Deng et al., "ArcFace: Additive Angular Margin Loss for Deep Face Recognition", CVPR 2019.
    """
    margin = check_between(0.0, math.pi, margin=margin)

    def target(cosine: Any, direction: Any, own: Any, xp: Namespace) -> Any:
        turned = math.cos(margin) * cosine - math.sin(margin) * _sine(direction, own, xp)
        return xp.where(cosine >= -math.cos(margin), turned, cosine - margin * math.sin(margin))

    values, where = _margin_softmax(embeddings, class_vectors, labels, target, scale, where)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="proxies", additive=False)
def cosface(
    embeddings: Array,
    class_vectors: ArrayLike,
    labels: ArrayLike,
    *,
    margin: float = 0.35,
    scale: float | ArrayLike = 64.0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Cross entropy of cosines, with a margin subtracted from that of the own class.

    .. math:: l = -\log \frac{\exp(s (\cos \theta_y - m))}{\exp(s (\cos \theta_y - m)) + \sum_{j \ne y}
              \exp(s \cos \theta_j)}

    Parameters
    ----------
    embeddings : array
        Embeddings in the shape (n, d), of any length.
    class_vectors : array
        One vector a class in the shape (k, d), of any length.
    labels : integer array
        The class :math:`y` of each embedding, in the shape (n,).
    margin : float
        The margin :math:`m \ge 0` of the cosine; 0 is the softmax of cosines.
    scale : number or scalar array
        :math:`s > 0`; an array can be learned.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over embeddings.

    Returns
    -------
    array
        A scalar; the shape (n,) for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If shapes don't fit, a label is out of range, or an option lies outside of its range.
    TypeError
        If the labels are no integers.

    Notes
    -----
    Also known as AM-softmax. In pytorch-metric-learning classes lie along the second axis. The cosine of a zero vector
    is 0, with gradient 0.

    References
    ----------
    H. Wang et al., "CosFace: Large Margin Cosine Loss for Deep Face Recognition", CVPR 2018.
    """
    margin = check_at_least(0.0, margin=margin)

    def target(cosine: Any, direction: Any, own: Any, xp: Namespace) -> Any:
        return cosine - margin

    values, where = _margin_softmax(embeddings, class_vectors, labels, target, scale, where)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="proxies", additive=False)
def proxy_nca(
    embeddings: Array,
    class_vectors: ArrayLike,
    labels: ArrayLike,
    *,
    scale: float | ArrayLike = 1.0,
    include_own: bool = False,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Proxy-NCA: the embedding shall be nearer to the vector of its class than to those of the others.

    .. math:: l = -\log \frac{\exp(-s\, d_y)}{\sum_{j \ne y} \exp(-s\, d_j)}, \qquad
              d_j = \left\lVert \frac{x}{\lVert x \rVert} - \frac{p_j}{\lVert p_j \rVert} \right\rVert^2

    Parameters
    ----------
    embeddings : array
        Embeddings :math:`x` in the shape (n, d), of any length.
    class_vectors : array
        One vector :math:`p` a class in the shape (k, d), of any length; there are at least two.
    labels : integer array
        The class :math:`y` of each embedding, in the shape (n,).
    scale : number or scalar array
        :math:`s > 0`, one over a temperature; an array can be learned.
    include_own : bool
        Whether the own class is in the denominator too, so that the loss is a cross entropy and not negative.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over embeddings.

    Returns
    -------
    array
        A scalar; the shape (n,) for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If shapes don't fit, a label is out of range, or the scale is not positive.
    TypeError
        If the labels are no integers.

    Notes
    -----
    As in the paper, the loss may be negative. pytorch-metric-learning has ``include_own=True`` and ``softmax_scale``;
    Proxy-NCA++ is that with a scale of 9. A zero vector is as far from all others, with gradient 0.

    References
    ----------
    Y. Movshovitz-Attias et al., "No Fuss Distance Metric Learning Using Proxies", ICCV 2017.
    """
    xp, _, _, cosines, labels, where = _prepare_classes(embeddings, class_vectors, labels, where)
    # The squared distance of unit vectors is 2 - 2 cos, and the first 2 is in all terms.
    rest = ops.log_odds_against(2.0 * as_scale(scale, cosines, "scale") * cosines, labels, -1, xp=xp)
    values = ops.invalidate(ops.softplus(rest, xp=xp) if include_own else rest, labels, xp=xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="proxies", additive=False)
def proxy_anchor(
    embeddings: Array,
    class_vectors: ArrayLike,
    labels: ArrayLike,
    *,
    margin: float = 0.1,
    scale: float | ArrayLike = 32.0,
    mask: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Proxy-Anchor: each class's vector pulls the hardest of its embeddings most, and pushes those of others.

    .. math:: l_j = \frac{k}{k^+} \log \Bigl(1 + \sum_{y_i = j} e^{-s (\cos \theta_{ij} - m)}\Bigr)
              + \log \Bigl(1 + \sum_{y_i \ne j} e^{s (\cos \theta_{ij} + m)}\Bigr)

    with the angles :math:`\theta_{ij}` between embeddings and vectors of the :math:`k` classes, :math:`k^+` of which
    have embeddings in the batch.

    Parameters
    ----------
    embeddings : array
        Embeddings in the shape (n, d), of any length.
    class_vectors : array
        One vector a class in the shape (k, d), of any length.
    labels : integer array
        The class :math:`y` of each embedding, in the shape (n,).
    margin : float
        The margin :math:`m \ge 0` of the cosine.
    scale : number or scalar array
        :math:`s > 0`; an array can be learned.
    mask : boolean array, optional
        True = the embedding is there; in the shape (n,).
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over classes: there is one number a class. An excluded class
        is in neither :math:`k` nor :math:`k^+`; its embeddings are still of another class than all others.

    Returns
    -------
    array
        A scalar; the shape (k,) for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If shapes don't fit, a label is out of range, or an option lies outside of its range.
    TypeError
        If the labels are no integers, or the mask is not boolean.

    Notes
    -----
    The mean is the paper's loss, in which the first terms are averaged over the classes with embeddings and the second
    ones over all. So does pytorch-metric-learning. A label that is out of range and can't be read makes every class's
    number NaN. The cosine of a zero vector is 0, with gradient 0.

    References
    ----------
    S. Kim et al., "Proxy Anchor Loss for Deep Metric Learning", CVPR 2020.
    """
    margin = check_at_least(0.0, margin=margin)
    xp, _, _, cosines, labels, mask = _prepare_classes(embeddings, class_vectors, labels, mask, classes_where=where)
    scale, own = as_scale(scale, cosines, "scale"), ops.one_hot(labels, cosines, -1, xp=xp)
    near = exclude(xp.where(own, scale * (margin - cosines), -math.inf), mask, -1, xp=xp, fill=-math.inf)
    far = exclude(xp.where(own, -math.inf, scale * (margin + cosines)), mask, -1, xp=xp, fill=-math.inf)
    pull, push = (ops.softplus(ops.logsumexp(side, 0, xp=xp), xp=xp) for side in (near, far))
    classes = exclude(xp.ones_like(push), where, (), xp=xp)
    represented = xp.sum(xp.where(xp.any(near > -math.inf, axis=0), classes, 0.0))
    values = push + xp.sum(classes) / xp.where(represented > 0, represented, 1.0) * pull
    unknown = -xp.sum(xp.astype(labels < 0, values.dtype))
    return reduce(ops.invalidate(values, unknown, xp=xp), weights=weights, where=where, reduction=reduction)


def _margin_softmax(
    embeddings: Any, class_vectors: Any, labels: Any, target: Target, scale: Any, where: Any
) -> tuple[Any, Any]:
    """Return the cross entropy of scaled cosines, that of the own class replaced, and the mask."""
    xp, directions, centres, cosines, labels, where = _prepare_classes(embeddings, class_vectors, labels, where)
    own = xp.take(centres, xp.where(labels >= 0, labels, xp.zeros_like(labels)), axis=0)
    harder = target(ops.pick(cosines, labels, -1, xp=xp), directions, own, xp)
    mine = ops.one_hot(labels, cosines, -1, xp=xp)
    logits = as_scale(scale, cosines, "scale") * xp.where(mine, xp.expand_dims(harder, axis=-1), cosines)
    values = ops.softplus(ops.log_odds_against(logits, labels, -1, xp=xp), xp=xp)
    return ops.invalidate(values, labels, xp=xp), where


def _prepare_classes(
    embeddings: Any, class_vectors: Any, labels: Any, where: Any, classes_where: Any = None
) -> tuple[Any, ...]:
    """Return the namespace, the directions of embeddings and classes, their cosines, the labels and the mask."""
    xp, embeddings, class_vectors = prepare(embeddings=embeddings, class_vectors=class_vectors)
    check_matrices(embeddings=embeddings, class_vectors=class_vectors)
    directions = ops.unit(exclude(embeddings, where, -1, xp=xp), -1, xp=xp)
    centres = ops.unit(exclude(class_vectors, classes_where, -1, xp=xp), -1, xp=xp)
    cosines = xp.matmul(directions, xp.matrix_transpose(centres))
    _, cosines, labels, where = prepare_labels(cosines=cosines, labels=labels, axis=-1, where=where)
    return xp, directions, centres, cosines, labels, where


def _sine(first: Any, second: Any, xp: Namespace) -> Any:
    """Return the sine of the angle between unit vectors, half the product of two chords; 1 if one is zero."""
    zero = xp.logical_or(xp.all(first == 0, axis=-1), xp.all(second == 0, axis=-1))
    sine = 0.5 * ops.norm(first - second, -1, xp=xp) * ops.norm(first + second, -1, xp=xp)
    return xp.where(zero, 1.0, sine)
