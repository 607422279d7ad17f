"""Proper scoring rules of probabilistic forecasts: least, on average, for the true distribution.

Likelihoods are proper scores too, and have families of their own; so have quantiles and intervals.
"""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.backends import shape
from agnostic_losses.ops import exclude, prepare, prepare_labels, prepare_pair, reduce
from agnostic_losses.ops.checks import check_axis, check_shape


@loss(family="scores")
def crps_gaussian(
    mean: Array,
    std: ArrayLike,
    targets: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Continuous ranked probability score of a Gaussian forecast.

    .. math:: l = \sigma \left( z \, (2 \Phi(z) - 1) + 2 \varphi(z) - \frac{1}{\sqrt\pi} \right),
              \qquad z = \frac{y - \mu}{\sigma}

    with the density :math:`\varphi` and the distribution function :math:`\Phi` of the standard normal distribution.

    Parameters
    ----------
    mean : array
        Predicted means :math:`\mu`, of any shape.
    std : array or number
        Predicted standard deviations :math:`\sigma > 0`, in the shape of `mean`, in units of the targets.
    targets : array
        True numbers :math:`y`, in the shape of `mean`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `mean` for ``reduction="none"``. In units of the targets, positive.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    ``scoringrules.crps_normal`` and ``properscoring.crps_gaussian``, which take the targets first: one standard
    deviation off they return 0.602441, too. It is the integral
    :math:`\int (\Phi(\frac{t - \mu}{\sigma}) - [y \le t])^2 dt`, and goes to the absolute error for small standard
    deviations: it grows with the error like that, not like the square in `gaussian_nll`.

    References
    ----------
    T. Gneiting, A. E. Raftery, A. H. Westveld and T. Goldman, "Calibrated Probabilistic Forecasting Using Ensemble
    Model Output Statistics and Minimum CRPS Estimation", Monthly Weather Review 133, 2005.
    """
    xp, mean, std, targets = prepare_pair(mean=mean, std=std, targets=targets, where=where, fill=1.0)
    values = ops.normal_distance(targets - mean, std, xp=xp) - std * (1.0 / math.sqrt(math.pi))
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="scores")
def brier_score(
    probs: Array,
    labels: ArrayLike,
    *,
    axis: int = -1,
    ignore_index: int | None = None,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Brier score: squared differences of the probabilities of all classes and what came.

    .. math:: l = \sum_k (p_k - [y = k])^2

    Parameters
    ----------
    probs : array
        Probabilities :math:`p` of the classes along `axis`.
    labels : integer array
        Class ids :math:`y` of any integer dtype, in the shape of `probs` without `axis`.
    axis : int
        The axis of the classes.
    ignore_index : int, optional
        A label that excludes its place, like `where`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `labels` for ``reduction="none"``. Between 0 and 2 for probabilities that sum to 1.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a label is out of range and its value can be read at no cost; on accelerators and
        under jit such an element is NaN.
    TypeError
        If the labels are not integers.

    Notes
    -----
    Brier's own definition. scikit-learn's ``brier_score_loss`` has half of it for two classes, which is
    `squared_error` of the probability of the second, and all of it for more, unless ``scale_by_half`` says otherwise.
    For targets that are probabilities themselves, `squared_error` summed over the classes is the same.

    References
    ----------
    G. W. Brier, "Verification of Forecasts Expressed in Terms of Probability", Monthly Weather Review 78, 1950.
    """
    xp, probs, labels, where = prepare_labels(
        probs=probs, labels=labels, axis=axis, where=where, ignore_index=ignore_index
    )
    happened = xp.astype(ops.one_hot(labels, probs, axis, xp=xp), probs.dtype)
    values = ops.invalidate(xp.sum(xp.square(probs - happened), axis=axis), labels, xp=xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="scores")
def crps_ensemble(
    ensemble: Array,
    targets: ArrayLike,
    *,
    fair: bool = False,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Continuous ranked probability score of an ensemble of forecasts.

    .. math:: l = \frac1m \sum_i |x_i - y| - \frac{1}{2 m^2} \sum_{i, j} |x_i - x_j|

    Parameters
    ----------
    ensemble : array
        Forecasts :math:`x`, any real numbers, m of them along `axis`, in any order.
    targets : array
        True numbers :math:`y`, in the shape of `ensemble` without `axis`.
    fair : bool
        Whether :math:`m (m - 1)` stands for :math:`m^2`: the score of the distribution that the members are drawn from,
        without bias. It takes two members.
    axis : int
        The axis of the members.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `targets` for ``reduction="none"``. In units of the targets, not negative.

    Raises
    ------
    ValueError
        If the shapes do not fit, or `fair` comes with less than two members.

    Notes
    -----
    The same as ``scoringrules.crps_ensemble``, which takes the targets first, with its default estimator and "fair";
    torchmetrics has the former. Members 1, 2 and 4 have the score 1/3 at a target of 2, and 0 if fair. The value is
    the integral of a function of counts that is nowhere negative, :math:`\int (F(t) - [y \le t])^2 dt`, since
    the two means cancel. At ties the gradient is the one of least norm. Memory grows with :math:`m^2`.

    References
    ----------
    T. Gneiting and A. E. Raftery, "Strictly Proper Scoring Rules, Prediction, and Estimation", Journal of the American
    Statistical Association 102, 2007. C. A. T. Ferro, "Fair Scores for Ensemble Forecasts", Quarterly Journal of the
    Royal Meteorological Society 140, 2014.
    """
    xp, ensemble, targets = _prepare_ensemble(ensemble, targets, axis, where, at_least=2 if fair else 1)
    members, target = xp.moveaxis(ensemble, axis, -1), xp.expand_dims(targets, axis=-1)
    steps = xp.ones_like(members)
    size = xp.sum(steps, axis=-1, keepdims=True)
    steps, points = xp.concat((steps, -size), axis=-1), xp.concat((members, target), axis=-1)
    pairs = size * (size - 1.0) if fair else xp.square(size)
    values = ops.integrate_steps(points, steps, _fair_cost if fair else _square, xp=xp)
    return reduce(values / xp.squeeze(pairs, axis=-1), weights=weights, where=where, reduction=reduction)


def _square(count: Any) -> Any:
    return count * count


def _fair_cost(count: Any) -> Any:
    """Return ``|n| (|n| - 1)`` of a signed count of members, whose square it has without bias."""
    return count * count - abs(count)


@loss(family="scores")
def energy_score(
    ensemble: Array,
    targets: ArrayLike,
    *,
    axis: int = -2,
    vector_axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Energy score of an ensemble of forecasts of vectors.

    .. math:: l = \frac1m \sum_i \lVert x_i - y \rVert - \frac{1}{2 m^2} \sum_{i, j} \lVert x_i - x_j \rVert

    Parameters
    ----------
    ensemble : array
        Forecasts :math:`x`: m vectors along `axis`, with their components along `vector_axis`.
    targets : array
        True vectors :math:`y`, in the shape of `ensemble` without `axis`.
    axis : int
        The axis of the members in `ensemble`.
    vector_axis : int
        The axis of the components in `ensemble`.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over whole vectors.

    Returns
    -------
    array
        A scalar; the shape of `ensemble` without both axes for ``reduction="none"``. In units of the targets, not
        negative.

    Raises
    ------
    ValueError
        If the shapes do not fit, or both axes are the same.

    Notes
    -----
    The same as ``scoringrules.es_ensemble`` with its default estimator, which takes the targets first. For vectors of
    one component it is `crps_ensemble`. A member that meets the target, or another one, has gradient 0 by that
    distance. Memory grows with :math:`m^2`.

    References
    ----------
    T. Gneiting and A. E. Raftery, "Strictly Proper Scoring Rules, Prediction, and Estimation", Journal of the American
    Statistical Association 102, 2007.
    """
    xp, ensemble, targets = _prepare_ensemble(ensemble, targets, axis, where, vector_axis=vector_axis)
    members = xp.moveaxis(ensemble, (axis, vector_axis), (0, -1))
    target = xp.moveaxis(targets, _without(axis, vector_axis, ensemble.ndim), -1)
    errors = ops.norm(members - target, -1, xp=xp)
    first, second = xp.expand_dims(members, axis=0), xp.expand_dims(members, axis=1)
    spread = ops.norm(first - second, -1, xp=xp)
    values = xp.mean(errors, axis=0) - 0.5 * xp.mean(spread, axis=(0, 1))
    return reduce(values, weights=weights, where=where, reduction=reduction)


def _prepare_ensemble(
    ensemble: Any, targets: Any, axis: int, where: Any, *, vector_axis: int | None = None, at_least: int = 1
) -> tuple[Namespace, Any, Any]:
    """Prepare forecasts and targets, which lack the axis of the members; `where` lacks that of components too."""
    xp, ensemble, targets = prepare(ensemble=ensemble, targets=targets)
    members = check_axis(axis, ensemble.ndim, "ensemble")
    rest = tuple(a for a in range(ensemble.ndim) if a != members)
    check_shape(targets, ensemble, rest, "targets", f"the shape of ensemble without axis {members}")
    number = shape(ensemble)[members]
    if number is not None and number < at_least:
        raise ValueError(f"ensemble must have at least {at_least} members along axis {members}, got {number}")
    if vector_axis is None:
        return xp, exclude(ensemble, where, members, xp=xp), exclude(targets, where, (), xp=xp)
    consumed = ops.check_axes((axis, vector_axis), ensemble.ndim, "ensemble")
    components = _without(axis, vector_axis, ensemble.ndim)
    return xp, exclude(ensemble, where, consumed, xp=xp), exclude(targets, where, components, xp=xp)


def _without(axis: int, vector_axis: int, ndim: int) -> int:
    """Return the axis of the components in an array that lacks the axis of the members."""
    return vector_axis % ndim - (axis % ndim < vector_axis % ndim)
