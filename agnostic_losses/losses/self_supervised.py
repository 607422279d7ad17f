"""Two views of the same examples shall agree without negatives: statistics of the batch, or a target without gradient.

Losses with negatives are in `contrastive`.
"""

from __future__ import annotations

from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.backends import shape
from agnostic_losses.ops import check_at_least, check_matrices, prepare_pair, reduce
from agnostic_losses.ops.checks import check_axis


@loss(family="self_supervised")
def byol(
    predictions: Array,
    targets: ArrayLike,
    *,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""BYOL's loss: the squared distance of the directions of a prediction and of the target network's projection.

    .. math:: l = \left\lVert \frac{q}{\lVert q \rVert} - \frac{z}{\lVert z \rVert} \right\rVert^2
              = 2 - 2 \frac{\langle q, z \rangle}{\lVert q \rVert\, \lVert z \rVert}

    Parameters
    ----------
    predictions : array
        Predictions :math:`q` of the online network, of any length along `axis`.
    targets : array
        Projections :math:`z` of the target network, in the shape of `predictions`. They are constants: no gradient
        flows to them.
    axis : int
        The axis of the features.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `predictions` without `axis` for ``reduction="none"``. Between 0 and 4.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    The paper adds the loss of the exchanged views. SimSiam's loss, and lightly's ``NegativeCosineSimilarity``, is half
    of this minus 1. A zero vector has the cosine 0, so the loss 2, with gradient 0.

    References
    ----------
    J.-B. Grill et al., "Bootstrap Your Own Latent", NeurIPS 2020.
    """
    xp, predictions, targets = prepare_pair(predictions=predictions, targets=targets, axis=axis, where=where)
    values = 2.0 * ops.cosine_distance(predictions, ops.stop_gradient(targets), axis, xp=xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="self_supervised", additive=False)
def barlow_twins(
    view_a: Array,
    view_b: ArrayLike,
    *,
    redundancy: float = 5e-3,
    axis: int = 0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Barlow Twins: a feature shall be equal in both views, and not correlated with any other.

    .. math:: l_i = (1 - C_{ii})^2 + \lambda \sum_{j \ne i} C_{ij}^2

    with the correlation :math:`C_{ij}`, over the samples, of feature i of the one view and j of the other.

    Parameters
    ----------
    view_a, view_b : array
        Embeddings of both views in one shape, (n, d) for n samples along axis 0.
    redundancy : float
        The strength :math:`\lambda \ge 0` of the correlations between features.
    axis : int
        The axis of the samples; the other one is that of the features.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over features: there is one number a feature. An excluded
        feature is correlated with none.

    Returns
    -------
    array
        A scalar; the shape (d,) for ``reduction="none"``.

    Raises
    ------
    ValueError
        If the arrays are not matrices of one shape, or the strength is negative.

    Notes
    -----
    The paper's loss is ``reduction="sum"``, and so is lightly's; solo-learn scales it with 0.1. They add 1e-5 to
    variances. Here a feature without variance has all correlations 0, with gradient 0, and nothing is added: identical
    views have the diagonal 0. MONAI divides by n where its standard deviations have n - 1: identical views of 8 samples
    have 0.0625 there.

    References
    ----------
    J. Zbontar et al., "Barlow Twins: Self-Supervised Learning via Redundancy Reduction", ICML 2021.
    """
    redundancy = check_at_least(0.0, redundancy=redundancy)
    xp, first, second = _prepare_features(view_a, view_b, axis, where)
    first, second = (ops.unit(_centred(view, xp), 0, xp=xp) for view in (first, second))
    others = _off_diagonal(xp.matmul(xp.matrix_transpose(first), second), xp)
    values = xp.square(ops.one_minus_cosine(first, second, 0, xp=xp)) + redundancy * xp.sum(xp.square(others), axis=1)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="self_supervised", additive=False)
def vicreg(
    view_a: Array,
    view_b: ArrayLike,
    *,
    invariance: float = 25.0,
    variance: float = 25.0,
    covariance: float = 1.0,
    target_std: float = 1.0,
    epsilon: float = 1e-4,
    axis: int = 0,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""VICReg: equal views, a standard deviation of at least one, and no covariances, of every feature.

    .. math:: l_i = \frac{\lambda}{n} \sum_k (a_{ki} - b_{ki})^2 + \frac{\mu}{2} (v_i^a + v_i^b)
              + \nu (c_i^a + c_i^b), \qquad
              v_i = \max\left(0, \gamma - \sqrt{S_{ii} + \varepsilon}\right), \qquad c_i = \sum_{j \ne i} S_{ij}^2

    with the covariances :math:`S` of the n samples of each view, divided by n - 1.

    Parameters
    ----------
    view_a, view_b : array
        Embeddings :math:`a` and :math:`b` of both views in one shape, (n, d) for n samples along axis 0, at least two.
    invariance, variance, covariance : float
        The strengths :math:`\lambda, \mu, \nu \ge 0` of the three terms.
    target_std : float
        The standard deviation :math:`\gamma \ge 0` from which on a feature costs nothing.
    epsilon : float
        :math:`\varepsilon \ge 0`, added to the variance.
    axis : int
        The axis of the samples; the other one is that of the features.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over features: there is one number a feature. An excluded
        feature has no covariances.

    Returns
    -------
    array
        A scalar; the shape (d,) for ``reduction="none"``.

    Raises
    ------
    ValueError
        If the arrays are not matrices of one shape with two samples, or an option is negative.

    Notes
    -----
    The mean over features is what the authors' code, lightly and pytorch-metric-learning have. The paper's formula has
    no 1/2 at the variances, and a sum over features in the first term: that is ``invariance`` times d and ``variance``
    times 2. A feature without variance has no gradient from its standard deviation, also for ``epsilon=0``.

    References
    ----------
    A. Bardes, J. Ponce and Y. LeCun, "VICReg: Variance-Invariance-Covariance Regularization for Self-Supervised
    Learning", ICLR 2022.
    """
    invariance, variance = check_at_least(0.0, invariance=invariance), check_at_least(0.0, variance=variance)
    covariance, epsilon = check_at_least(0.0, covariance=covariance), check_at_least(0.0, epsilon=epsilon)
    target_std = check_at_least(0.0, target_std=target_std)
    xp, *views = _prepare_features(view_a, view_b, axis, where, at_least=2)
    values = invariance * xp.mean(xp.square(views[0] - views[1]), axis=0)
    for view in views:
        centred = _centred(view, xp)
        freedom = xp.sum(xp.ones_like(centred), axis=0, keepdims=True) - 1.0
        # As the length of a vector that has the epsilon for one more component: it neither overflows nor breaks at 0.
        stretched = xp.concat((centred, xp.sqrt(epsilon * freedom)), axis=0)
        deviation = ops.norm(stretched, 0, xp=xp) / xp.sqrt(freedom[0, :])
        products = _off_diagonal(xp.matmul(xp.matrix_transpose(centred), centred / freedom), xp)
        missing = ops.relu(target_std - deviation, xp=xp)
        values = values + 0.5 * variance * missing + covariance * xp.sum(xp.square(products), axis=1)
    return reduce(values, weights=weights, where=where, reduction=reduction)


def _prepare_features(view_a: Any, view_b: Any, axis: int, where: Any, at_least: int = 1) -> tuple[Any, ...]:
    """Return both views with the samples along axis 0; excluded features are constant."""
    xp, view_a, view_b = prepare_pair(view_a=view_a, view_b=view_b, axis=axis, where=where)
    check_matrices(view_a=view_a, view_b=view_b)
    if check_axis(axis, view_a.ndim, "view_a") == 1:
        view_a, view_b = xp.matrix_transpose(view_a), xp.matrix_transpose(view_b)
    samples = shape(view_a)[0]
    if samples is not None and samples < at_least:
        raise ValueError(f"view_a must have at least {at_least} samples along axis {axis}, got {samples}")
    return xp, view_a, view_b


def _centred(x: Any, xp: Namespace) -> Any:
    # First a sample is subtracted: what is constant is exactly 0 then, and the mean has no more digits than needed.
    shifted = x - ops.stop_gradient(x[:1, :])
    return shifted - xp.mean(shifted, axis=0, keepdims=True)


def _off_diagonal(square: Any, xp: Namespace) -> Any:
    return xp.where(ops.one_hot(ops.positions(square, 0, xp=xp), square, -1, xp=xp), 0.0, square)
