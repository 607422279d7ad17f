"""Penalties, and how tasks are weighed: what is added to a loss of data.

A penalty on parameters is one number for an array or any nest of lists, tuples and dicts of arrays, a sum over all of
them; there is nothing to mask or to average. One on predictions has a number for each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.backends import shape
from agnostic_losses.ops import check_at_least, check_axes, prepare, prepare_pair, reduce


@loss(family="penalties")
def l1_penalty(parameters: Any) -> Any:
    r"""Sum of the absolute values of all parameters.

    .. math:: l = \sum_i |w_i|

    Parameters
    ----------
    parameters : array, or nest of lists, tuples and dicts of arrays
        The parameters :math:`w`, of one framework.

    Returns
    -------
    array
        A scalar.

    Raises
    ------
    ValueError
        If the nest is empty.
    TypeError
        If a leaf is no array of numbers, or of another framework.

    Notes
    -----
    A parameter of 0 has gradient 0, the subgradient of least norm. Multiply by the strength yourself; Keras's ``L1``
    has it built in.

    References
    ----------
    R. Tibshirani, "Regression Shrinkage and Selection via the Lasso", Journal of the Royal Statistical Society B 58,
    1996.
    """
    xp, arrays = _prepare_nest(parameters)
    return sum(xp.sum(ops.abs(array, xp=xp)) for array in arrays)


@loss(family="penalties")
def l2_penalty(parameters: Any) -> Any:
    r"""Sum of the squares of all parameters.

    .. math:: l = \sum_i w_i^2

    Parameters
    ----------
    parameters : array, or nest of lists, tuples and dicts of arrays
        The parameters :math:`w`, of one framework.

    Returns
    -------
    array
        A scalar.

    Raises
    ------
    ValueError
        If the nest is empty.
    TypeError
        If a leaf is no array of numbers, or of another framework.

    Notes
    -----
    Without the factor 1/2, as in Keras's ``L2``; ``tf.nn.l2_loss`` and most weight decays have it.

    References
    ----------
    A. E. Hoerl and R. W. Kennard, "Ridge Regression", Technometrics 12, 1970.
    """
    xp, arrays = _prepare_nest(parameters)
    return sum(ops.sum_of_squares(array, xp=xp) for array in arrays)


@loss(family="penalties")
def elastic_net_penalty(parameters: Any, *, l1: float = 0.01, l2: float = 0.01) -> Any:
    r"""Weighted sum of the absolute values and the squares of all parameters.

    .. math:: l = \lambda_1 \sum_i |w_i| + \lambda_2 \sum_i w_i^2

    Parameters
    ----------
    parameters : array, or nest of lists, tuples and dicts of arrays
        The parameters :math:`w`, of one framework.
    l1, l2 : float
        The strengths :math:`\lambda_1, \lambda_2 \ge 0`.

    Returns
    -------
    array
        A scalar.

    Raises
    ------
    ValueError
        If the nest is empty, or a strength is negative.
    TypeError
        If a leaf is no array of numbers, or of another framework.

    Notes
    -----
    As in the paper and in Keras's ``L1L2``. scikit-learn's ``ElasticNet(alpha, l1_ratio)`` is
    ``l1=alpha * l1_ratio, l2=0.5 * alpha * (1 - l1_ratio)``.

    References
    ----------
    H. Zou and T. Hastie, "Regularization and Variable Selection via the Elastic Net", Journal of the Royal Statistical
    Society B 67, 2005.
    """
    l1, l2 = check_at_least(0.0, l1=l1), check_at_least(0.0, l2=l2)
    return l1 * l1_penalty(parameters) + l2 * l2_penalty(parameters)


@loss(family="penalties")
def group_lasso(parameters: Any, *, axis: int | tuple[int, ...] = -1) -> Any:
    r"""Sum of the lengths of all groups of parameters, which drives whole groups to 0.

    .. math:: l = \sum_g \sqrt{d_g}\, \lVert w_g \rVert_2

    Parameters
    ----------
    parameters : array, or nest of lists, tuples and dicts of arrays
        The parameters :math:`w`, of one framework.
    axis : int or tuple of int
        The axes within a group, of :math:`d_g` parameters each; there is a group for each index along the others. With
        a kernel of (inputs, outputs), -1 switches off inputs.

    Returns
    -------
    array
        A scalar.

    Raises
    ------
    ValueError
        If the nest is empty, or an array has no such axis.
    TypeError
        If a leaf is no array of numbers, or of another framework.

    Notes
    -----
    A group of zeros has gradient 0, the subgradient of least norm. A bias, one group or one for each entry, goes into
    a call of its own.

    References
    ----------
    M. Yuan and Y. Lin, "Model Selection and Estimation in Regression with Grouped Variables", Journal of the Royal
    Statistical Society B 68, 2006.
    """
    xp, arrays = _prepare_nest(parameters)
    axes = [check_axes(axis, array.ndim, "parameters") for array in arrays]
    sizes = [xp.sum(xp.ones_like(array), axis=own) for array, own in zip(arrays, axes, strict=True)]
    lengths = [ops.norm(array, own, xp=xp) for array, own in zip(arrays, axes, strict=True)]
    return sum(xp.sum(xp.sqrt(size) * length) for size, length in zip(sizes, lengths, strict=True))


@loss(family="penalties")
def orthogonality(parameters: Any, *, axis: int = -1) -> Any:
    r"""Squared distance of the vectors' inner products from those of an orthonormal set.

    .. math:: l = \lVert W W^\top - I \rVert_F^2

    Parameters
    ----------
    parameters : array, or nest of lists, tuples and dicts of arrays
        Matrices :math:`W`, of one framework; leading axes count them.
    axis : int
        -1 if the vectors are the rows, -2 if they are the columns, which gives :math:`W^\top W - I`.

    Returns
    -------
    array
        A scalar.

    Raises
    ------
    ValueError
        If the nest is empty, an array is no matrix, or `axis` is another one.
    TypeError
        If a leaf is no array of numbers, or of another framework.

    Notes
    -----
    There can be no more orthonormal vectors than they have entries: take the shorter side. Keras's
    ``OrthogonalRegularizer`` normalises the vectors first, and takes the mean of the absolute cosines of all pairs.

    References
    ----------
    A. Brock et al., "Neural Photo Editing with Introspective Adversarial Networks", ICLR 2017; N. Bansal, X. Chen and
    Z. Wang, "Can We Gain More from Orthogonality Regularizations in Training Deep Networks?", NeurIPS 2018.
    """
    xp, arrays = _prepare_nest(parameters)
    if axis not in (-1, -2) or any(array.ndim < 2 for array in arrays):
        shapes = [shape(array) for array in arrays]
        raise ValueError(f"axis must be -1 or -2 of matrices, got {axis!r} and the shapes {shapes}")
    return sum(_beside_identity(array if axis == -1 else xp.matrix_transpose(array), xp) for array in arrays)


@loss(family="penalties")
def total_variation(
    predictions: Array,
    *,
    axis: int | tuple[int, ...] = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Total variation: the sum of the absolute differences of neighbours in a signal or an image.

    .. math:: l = \sum_i |x_{i + 1} - x_i|, \qquad \text{summed over the axes}

    Parameters
    ----------
    predictions : array
        Any real numbers :math:`x`.
    axis : int or tuple of int
        The axes along which there are neighbours: -1 for signals, ``(1, 2)`` for images of
        (batch, height, width, channel), with one loss a channel.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over signals or images.

    Returns
    -------
    array
        A scalar; the shape of `predictions` without `axis` for ``reduction="none"``.

    Raises
    ------
    ValueError
        If `predictions` have no such axis.

    Notes
    -----
    The anisotropic form, as in TensorFlow, kornia and torchmetrics, which sum over the channels, too. Equal neighbours
    add nothing to the gradient.

    References
    ----------
    L. I. Rudin, S. Osher and E. Fatemi, "Nonlinear Total Variation Based Noise Removal Algorithms", Physica D 60, 1992
    (there with the length of the gradient).
    """
    axes = axis if isinstance(axis, tuple) else (axis,)
    xp, predictions = prepare(predictions=predictions, axes=axes, where=where)
    axes = check_axes(axes, predictions.ndim, "predictions")
    values = sum(xp.sum(ops.abs(_steps(predictions, own), xp=xp), axis=axes) for own in axes)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="penalties")
def uncertainty_weighting(values: Array, log_var: ArrayLike) -> Array:
    r"""Sum of the losses of several tasks, each with a learned weight.

    .. math:: l = \sum_i e^{-s_i} L_i + s_i

    Parameters
    ----------
    values : array
        The losses :math:`L` of the tasks, one number each, of any shape.
    log_var : array
        The learned logarithms of their variances :math:`s = \log \sigma^2`, in the shape of `values`.

    Returns
    -------
    array
        A scalar.

    Raises
    ------
    ValueError
        If the shapes differ.

    Notes
    -----
    Half of it is the paper's objective for regression with mean squared errors, :math:`L / 2 \sigma^2 + \log \sigma`;
    for classification the paper divides the cross entropy by :math:`\sigma^2`, that is, twice the loss goes in. The
    least value over :math:`s` is :math:`1 + \log L`, at :math:`\sigma^2 = L`: losses must be positive.

    References
    ----------
    A. Kendall, Y. Gal and R. Cipolla, "Multi-Task Learning Using Uncertainty to Weigh Losses for Scene Geometry and
    Semantics", CVPR 2018.
    """
    xp, values, log_var = prepare_pair(values=values, log_var=log_var)
    return xp.sum(xp.exp(-log_var) * values + log_var)


def _beside_identity(rows: Any, xp: Namespace) -> Any:
    products = xp.matmul(rows, xp.matrix_transpose(rows))
    same = ops.one_hot(ops.positions(products, -1, xp=xp), products, -1, xp=xp)
    return xp.sum(xp.square(products - xp.astype(same, products.dtype)))


def _steps(x: Any, axis: int) -> Any:
    """Return what neighbours along an axis differ by."""
    before = (slice(None),) * axis
    return x[(*before, slice(1, None), ...)] - x[(*before, slice(None, -1), ...)]


def _prepare_nest(parameters: Any) -> tuple[Any, list[Any]]:
    leaves = dict(_leaves(parameters, "parameters"))
    if not leaves:
        raise ValueError(f"parameters must hold at least one array, got {parameters!r}")
    xp, *arrays = prepare(**leaves)
    return xp, arrays


def _leaves(nest: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(nest, Mapping):
        for key, value in nest.items():
            yield from _leaves(value, f"{path}[{key!r}]")
    elif isinstance(nest, (list, tuple)):
        for index, value in enumerate(nest):
            yield from _leaves(value, f"{path}[{index}]")
    else:
        yield path, nest
