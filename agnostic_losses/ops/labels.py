"""What is done to labels and to numbers of samples before a loss: smoothing, and weights of classes."""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses._typing import Array, Namespace
from agnostic_losses.ops.checks import check_between


def smooth_labels(targets: Array, label_smoothing: float, axis: int | None, *, xp: Namespace) -> Array:
    r"""Return targets mixed with equal probabilities: :math:`(1 - \varepsilon)\, t + \varepsilon / K`.

    Parameters
    ----------
    targets : array
        Probabilities of the K classes along `axis`; those of the second of two classes where `axis` is None.
    label_smoothing : float
        :math:`\varepsilon \in [0, 1]`.
    axis : int or None
        The axis of the classes; None stands for two classes, and gives :math:`(1 - \varepsilon)\, t + \varepsilon / 2`.
    xp : module
        The namespace of `targets`.

    Returns
    -------
    array
        In the shape of `targets`.

    Notes
    -----
    Along an axis the same as ``optax.losses.smooth_labels``, which has no form for two classes; there the same as
    ``label_smoothing`` of Keras's binary cross entropy. Losses with an option of that name smooth by themselves.
    """
    label_smoothing = check_between(0.0, 1.0, label_smoothing=label_smoothing)
    share: Any = 0.5 if axis is None else 1.0 / xp.sum(xp.ones_like(targets), axis=axis, keepdims=True)
    return (1.0 - label_smoothing) * targets + label_smoothing * share


def class_balanced_weights(counts: Array, beta: float, *, xp: Namespace) -> Array:
    r"""Return weights of classes by their effective numbers of samples.

    .. math:: c_j = K \frac{1 / E_j}{\sum_i 1 / E_i}, \qquad E_j = \frac{1 - \beta^{n_j}}{1 - \beta}

    Parameters
    ----------
    counts : floating array
        The numbers of samples :math:`n_j > 0` of the K classes, along its one axis. Where a class has none, all weights
        are NaN: its own is infinite, and all others would be 0.
    beta : float
        :math:`\beta \in [0, 1]`; 0 gives every class the weight 1, and 1, the limit, the inverse of its number.
    xp : module
        The namespace of `counts`.

    Returns
    -------
    array
        The weights, which sum to K, for `class_weights` of a loss.

    References
    ----------
    Y. Cui et al., "Class-Balanced Loss Based on Effective Number of Samples", CVPR 2019.
    """
    beta = check_between(0.0, 1.0, beta=beta)
    counted = counts > 0
    counts = xp.where(counted, counts, 1.0)
    if beta == 0:
        rarity = xp.ones_like(counts)
    elif beta == 1:
        rarity = 1.0 / counts
    else:
        # 1 - beta**n loses its digits for beta near 1; the factor 1 - beta cancels in the end.
        rarity = -1.0 / xp.expm1(counts * math.log(beta))
    rarity = xp.where(counted, rarity, math.nan)
    return rarity / xp.mean(rarity)
