"""Losses with other weights above than below, of quantiles and intervals; and errors that a tube forgives."""

from __future__ import annotations

from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.ops import as_option, check_at_least, check_between, check_positive, prepare_pair, reduce


@loss(family="quantile")
def pinball(
    predictions: Array,
    targets: ArrayLike,
    *,
    quantile: float | ArrayLike = 0.5,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Pinball loss, the mean of which is least at a quantile of the targets.

    .. math:: l = \max(\tau e, (\tau - 1) e), \qquad e = y - \hat y

    Parameters
    ----------
    predictions : array
        Any real numbers :math:`\hat y`, of any shape.
    targets : array
        True numbers :math:`y`, in the shape of `predictions`.
    quantile : number or array
        The share :math:`\tau \in [0, 1]` of targets that shall lie below the prediction. An array, such as one quantile
        for each of the last axis, broadcasts to `predictions`; its numbers are not checked.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `predictions` for ``reduction="none"``. In units of the targets.

    Raises
    ------
    ValueError
        If the shapes differ, `quantile` would enlarge them, or is a number outside of [0, 1].

    Notes
    -----
    The same in scikit-learn, where it is called `alpha`, and in TensorFlow Addons (`tau`); at ``quantile=0.5`` it is
    half of the absolute error. For several quantiles of one target, repeat the target along an axis: scikit-learn
    takes one quantile a call, and forecasting libraries differ in whether they add the quantiles or average them. At a
    perfect prediction the gradient is 0.

    References
    ----------
    R. Koenker and G. Bassett, "Regression Quantiles", Econometrica 46, 1978.
    """
    xp, predictions, targets = prepare_pair(predictions=predictions, targets=targets, where=where)
    quantile = _share(quantile, predictions, "quantile")
    error = targets - predictions
    values = quantile * ops.relu(error, xp=xp) + (1.0 - quantile) * ops.relu(-error, xp=xp)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="quantile")
def expectile(
    predictions: Array,
    targets: ArrayLike,
    *,
    expectile: float | ArrayLike = 0.5,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Squared error with other weights above than below, the mean of which is least at an expectile of the targets.

    .. math:: l = |\tau - [e < 0]|\, e^2, \qquad e = y - \hat y

    Parameters
    ----------
    predictions : array
        Any real numbers :math:`\hat y`, of any shape.
    targets : array
        True numbers :math:`y`, in the shape of `predictions`.
    expectile : number or array
        The weight :math:`\tau \in [0, 1]` of targets above the prediction; those below have the rest. An array
        broadcasts to `predictions`; its numbers are not checked.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `predictions` for ``reduction="none"``. In squared units of the targets.

    Raises
    ------
    ValueError
        If the shapes differ, `expectile` would enlarge them, or is a number outside of [0, 1].

    Notes
    -----
    Without a factor 1/2, as in implicit Q-learning; at ``expectile=0.5`` it is half of the squared error.

    References
    ----------
    W. K. Newey and J. L. Powell, "Asymmetric Least Squares Estimation and Testing", Econometrica 55, 1987.
    """
    xp, predictions, targets = prepare_pair(predictions=predictions, targets=targets, where=where)
    share = _share(expectile, predictions, "expectile")
    error = targets - predictions
    slopes = xp.where(error > 0, share + xp.zeros_like(error), 1.0 - share + xp.zeros_like(error))
    return reduce(slopes * xp.square(error), weights=weights, where=where, reduction=reduction)


@loss(family="quantile")
def interval_score(
    lower: Array,
    upper: ArrayLike,
    targets: ArrayLike,
    *,
    alpha: float | ArrayLike = 0.1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Interval score of Winkler: the width of a central interval, and a penalty for what lies outside.

    .. math:: l = (u - b) + \frac{2}{\alpha} \max(b - y, 0) + \frac{2}{\alpha} \max(y - u, 0)

    Parameters
    ----------
    lower : array
        Lower ends :math:`b` of the intervals, of any shape.
    upper : array
        Upper ends :math:`u`, in the shape of `lower`.
    targets : array
        True numbers :math:`y`, in the same shape.
    alpha : number or array
        The share :math:`\alpha \in (0, 1]` of targets that may lie outside. An array broadcasts to `lower`; its
        numbers are not checked.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `lower` for ``reduction="none"``. In units of the targets.

    Raises
    ------
    ValueError
        If the shapes differ, `alpha` would enlarge them, or is a number outside of (0, 1].

    Notes
    -----
    It is least at the quantiles :math:`\alpha / 2` and :math:`1 - \alpha / 2`, and is :math:`2 / \alpha` times the
    sum of their pinball losses. Ends that cross have a negative width; the penalties make up for it. A target on an
    end is not outside; it and that end have gradient 0. The same as ``scoringrules.interval_score``, which takes the
    targets first.

    References
    ----------
    R. L. Winkler, "A Decision-Theoretic Approach to Interval Estimation", Journal of the American Statistical
    Association 67, 1972. T. Gneiting and A. E. Raftery, "Strictly Proper Scoring Rules, Prediction, and Estimation",
    Journal of the American Statistical Association 102, 2007.
    """
    xp, lower, upper, targets = prepare_pair(lower=lower, upper=upper, targets=targets, where=where)
    alpha = _share(alpha, lower, "alpha")
    steepness = 2.0 / (alpha if ops.is_array(alpha) else check_positive(alpha=alpha))
    # The subgradient of least norm is 0 for an end that the target is on, and for that target.
    on_lower, on_upper = lower == targets, upper == targets
    width = _steady(upper, on_upper, xp) - _steady(lower, on_lower, xp)
    targets = _steady(targets, xp.logical_or(on_lower, on_upper), xp)
    outside = ops.relu(lower - targets, xp=xp) + ops.relu(targets - upper, xp=xp)
    return reduce(width + steepness * outside, weights=weights, where=where, reduction=reduction)


@loss(family="quantile")
def epsilon_insensitive(
    predictions: Array,
    targets: ArrayLike,
    *,
    epsilon: float = 0.1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Absolute error beyond a tube: the loss of support vector regression.

    .. math:: l = \max(0, |\hat y - y| - \varepsilon)

    Parameters
    ----------
    predictions : array
        Any real numbers :math:`\hat y`, of any shape.
    targets : array
        True numbers :math:`y`, in the shape of `predictions`.
    epsilon : float
        The error :math:`\varepsilon \ge 0` that costs nothing, in units of the targets.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `predictions` for ``reduction="none"``. In units of the targets.

    Raises
    ------
    ValueError
        If the shapes differ, or `epsilon` is negative.

    Notes
    -----
    The same as in scikit-learn's ``SGDRegressor`` and ``LinearSVR``; the default is that of the former, the latter has
    0, where it is the absolute error. On the edge of the tube the gradient is 0.

    References
    ----------
    V. Vapnik, "The Nature of Statistical Learning Theory", Springer, 1995.
    """
    xp, beyond = _beyond_tube(predictions, targets, epsilon, where)
    return reduce(ops.abs(beyond, xp=xp), weights=weights, where=where, reduction=reduction)


@loss(family="quantile")
def squared_epsilon_insensitive(
    predictions: Array,
    targets: ArrayLike,
    *,
    epsilon: float = 0.1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Squared error beyond a tube.

    .. math:: l = \max(0, |\hat y - y| - \varepsilon)^2

    Parameters
    ----------
    predictions : array
        Any real numbers :math:`\hat y`, of any shape.
    targets : array
        True numbers :math:`y`, in the shape of `predictions`.
    epsilon : float
        The error :math:`\varepsilon \ge 0` that costs nothing, in units of the targets.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `predictions` for ``reduction="none"``. In squared units of the targets.

    Raises
    ------
    ValueError
        If the shapes differ, or `epsilon` is negative.

    Notes
    -----
    Without a factor 1/2, as in scikit-learn's ``SGDRegressor``.

    References
    ----------
    V. Vapnik, "The Nature of Statistical Learning Theory", Springer, 1995.
    """
    xp, beyond = _beyond_tube(predictions, targets, epsilon, where)
    return reduce(xp.square(beyond), weights=weights, where=where, reduction=reduction)


def _beyond_tube(predictions: Any, targets: Any, epsilon: float, where: Any) -> tuple[Namespace, Any]:
    """Return the error without the part within the tube, with its sign: a tube of width 0 leaves all of it."""
    epsilon = check_at_least(0.0, epsilon=epsilon)
    xp, predictions, targets = prepare_pair(predictions=predictions, targets=targets, where=where)
    error = predictions - targets
    inside = xp.abs(error) < epsilon
    return xp, xp.where(inside, 0.0, xp.where(error > 0, error - epsilon, error + epsilon))


def _steady(x: Any, at: Any, xp: Namespace) -> Any:
    return xp.where(at, ops.stop_gradient(x), x)


def _share(value: Any, like: Any, name: str) -> Any:
    value = as_option(value, like, name)
    return value if ops.is_array(value) else check_between(0.0, 1.0, **{name: value})
