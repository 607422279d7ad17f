"""Penalties on parameters: one number for an array or any nest of lists, tuples and dicts of arrays.

A penalty is a sum over all parameters; there is nothing to mask or to average.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses.ops import check_at_least, prepare


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
    return sum(xp.sum(xp.square(array)) for array in arrays)


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
