"""Losses of language models beside the cross entropy: of a teacher's logits, and of the logits' scale."""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.ops import check_positive, prepare, prepare_pair, reduce


@loss(family="sequence")
def distillation(
    logits: Array,
    target_logits: ArrayLike,
    *,
    temperature: float = 1.0,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Knowledge distillation: the divergence of a student's distribution from the softened one of a teacher.

    .. math:: l = T^2\, KL(t \Vert p), \qquad p = \operatorname{softmax}(z / T), \quad
              t = \operatorname{softmax}(z' / T)

    Parameters
    ----------
    logits : array
        The student's scores :math:`z`, with the classes along `axis`; -inf excludes a class.
    target_logits : array
        The teacher's scores :math:`z'`, in the shape of `logits`.
    temperature : float
        :math:`T > 0`, which both are softened by. The factor keeps the gradients' size.
    axis : int
        The axis of the classes.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `logits` without `axis` for ``reduction="none"``. In nats times :math:`T^2`.

    Raises
    ------
    ValueError
        If the shapes differ, or `temperature` is not positive.

    Notes
    -----
    Computed as :math:`\sum_j t_j (e^{d_j} - 1 - d_j)` with :math:`d = \log p - \log t`, a sum of positive terms: close
    to the teacher the usual form cancels. The gradient goes to the teacher, too, unless its logits are a constant. The
    paper has the cross entropy, which differs by the teacher's entropy, and adds one with the true labels: a call of
    `cross_entropy`.

    References
    ----------
    G. Hinton, O. Vinyals and J. Dean, "Distilling the Knowledge in a Neural Network", 2015.
    """
    temperature = check_positive(temperature=temperature)
    xp, logits, target_logits = prepare_pair(logits=logits, target_logits=target_logits, axis=axis, where=where)
    log_probs, target_log_probs = (ops.log_softmax(z / temperature, axis, xp=xp) for z in (logits, target_logits))
    values = temperature**2 * xp.sum(_excess(log_probs, target_log_probs, xp), axis=axis)
    return reduce(values, weights=weights, where=where, reduction=reduction)


@loss(family="sequence")
def squared_log_partition(
    logits: Array,
    *,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""The z-loss: the square of the logarithm of the softmax's normaliser, which keeps logits small.

    .. math:: l = \Big( \log \sum_{j=1}^K e^{z_j} \Big)^2

    Parameters
    ----------
    logits : array
        Any real numbers :math:`z`, with the :math:`K` classes along `axis`; -inf excludes a class.
    axis : int
        The axis of the classes.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `logits` without `axis` for ``reduction="none"``. In squared nats.

    Raises
    ------
    ValueError
        If `logits` have no such axis.

    Notes
    -----
    It is added to a cross entropy with a factor of 1e-4 (PaLM) to 1e-3 (routers of experts).

    References
    ----------
    B. Zoph et al., "ST-MoE: Designing Stable and Transferable Sparse Expert Models", 2022; A. Chowdhery et al., "PaLM",
    JMLR 24, 2023.
    """
    xp, logits = prepare(logits=logits, axis=axis, where=where)
    values = xp.square(ops.logsumexp(logits, axis, xp=xp))
    return reduce(values, weights=weights, where=where, reduction=reduction)


def _excess(log_probs: Any, target_log_probs: Any, xp: Namespace) -> Any:
    """Return ``p - t - t * (log p - log t)``, exact where both are close; p where t is 0."""
    nothing = target_log_probs == -math.inf
    target = xp.where(nothing, 0.0, target_log_probs)
    difference = xp.where(nothing, 0.0, log_probs) - target
    near = xp.logical_and(difference > -0.5, difference < 0.5)
    target_probs = xp.exp(target)
    close = target_probs * ops.exp_remainder(xp.where(near, difference, 0.0), xp=xp)
    apart = xp.exp(log_probs) - target_probs * (1.0 + difference)
    return xp.where(nothing, xp.exp(log_probs), xp.where(near, close, apart))
