"""Losses of language models beside the cross entropy: of a teacher's logits, of the logits' scale, of sequences."""

from __future__ import annotations

import math
from typing import Any

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.backends import fused
from agnostic_losses.ops import as_mask, check_positive, exclude, prepare, prepare_labels, prepare_pair, reduce
from agnostic_losses.ops.checks import check_axis, check_shape


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
    values = temperature**2 * xp.sum(fused("excess", _excess, log_probs, target_log_probs, xp=xp), axis=axis)
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


@loss(family="sequence")
def perplexity(
    logits: Array,
    labels: ArrayLike,
    *,
    mask: ArrayLike | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Perplexity of sequences: the exponential of the mean cross entropy of the tokens of each.

    .. math:: l = \exp \Big( \frac1T \sum_{t=1}^T -\log p_{t, y_t} \Big), \qquad p_t = \operatorname{softmax}(z_t)

    Parameters
    ----------
    logits : array
        Scores :math:`z`, of shape (..., T, K) for the default `axis`: the K classes for each of T tokens. -inf excludes
        a class.
    labels : integer array
        Class ids :math:`y` of any integer dtype, in the shape of `logits` without `axis`; tokens lie along the last
        axis.
    mask : boolean array, optional
        True = the token is there; in the shape of `labels`.
    ignore_index : int, optional
        A label that says that a token is not there, like `mask`.
    axis : int
        The axis of the classes.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`, over sequences. One without a token has the loss 0 and does
        not enter the mean.

    Returns
    -------
    array
        A scalar; the shape of `labels` without the last axis for ``reduction="none"``. A number of equally probable
        classes, at least 1.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a label is out of range and its value can be read at no cost; on accelerators and
        under jit such a sequence is NaN.
    TypeError
        If the labels are not integers.

    Notes
    -----
    torchmetrics and torcheval have one perplexity of all tokens, and so has KerasHub of a batch: the exponential of
    `cross_entropy`. For three tokens of probability 1/2 in one sequence and one token of 1/8 in another that is 2.8284;
    here the sequences have 2 and 8, and the mean is 5. It is infinite where the exponential is beyond the dtype, in
    float32 from a mean of 88.7 nats.

    References
    ----------
    F. Jelinek, R. L. Mercer, L. R. Bahl and J. K. Baker, "Perplexity - A Measure of the Difficulty of Speech
    Recognition Tasks", Journal of the Acoustical Society of America 62, 1977.
    """
    xp, logits, labels, tokens = _prepare_tokens(logits, labels, mask, ignore_index, axis, where)
    losses = ops.softplus(ops.log_odds_against(logits, labels, axis, xp=xp), xp=xp)
    there = xp.ones_like(losses)
    there = there if tokens is None else xp.where(tokens, there, 0.0)
    number = xp.sum(there, axis=-1)
    nothing = number == 0
    mean = xp.sum(losses * there, axis=-1) / xp.where(nothing, 1.0, number)
    values = xp.where(nothing, 0.0, xp.exp(mean))
    values = ops.invalidate(values, -xp.astype(xp.any(labels < 0, axis=-1), labels.dtype), xp=xp)
    counted = None if tokens is None else xp.astype(number != 0, values.dtype)
    return reduce(values, weights=weights, where=where, reduction=reduction, normalizer=counted)


def _prepare_tokens(
    logits: Array, labels: ArrayLike, mask: ArrayLike | None, ignore_index: int | None, axis: int, where: Any
) -> Any:
    """Return the namespace, the logits, the labels as indices, and which tokens are there, None for all."""
    xp, logits = prepare(logits=logits)
    classes = check_axis(axis, logits.ndim, "logits")
    rest = tuple(a for a in range(logits.ndim) if a != classes)
    if not rest:
        raise ValueError(f"logits must have an axis of tokens beside that of classes, got {logits.ndim} dimension")
    tokens = None
    if mask is not None:
        tokens = as_mask(mask, logits, xp, name="mask")
        check_shape(tokens, logits, rest, "mask", f"the shape of logits without axis {classes}")
    if where is not None:
        included = as_mask(where, logits, xp)
        logits = exclude(logits, included, (classes, rest[-1]), xp=xp, name="logits")
        included = xp.expand_dims(included, axis=-1)
        tokens = included if tokens is None else xp.logical_and(tokens, included)
    return prepare_labels(logits=logits, labels=labels, axis=axis, where=tokens, ignore_index=ignore_index)


def _excess(log_probs: Any, target_log_probs: Any, *, xp: Namespace) -> Any:
    """Return ``p - t - t * (log p - log t)``, exact where both are close; p where t is 0."""
    nothing = target_log_probs == -math.inf
    target = xp.where(nothing, 0.0, target_log_probs)
    difference = xp.where(nothing, 0.0, log_probs) - target
    near = xp.logical_and(difference > -0.5, difference < 0.5)
    target_probs = xp.exp(target)
    close = target_probs * ops.exp_remainder(xp.where(near, difference, 0.0), xp=xp)
    apart = xp.exp(log_probs) - target_probs * (1.0 + difference)
    return xp.where(nothing, xp.exp(log_probs), xp.where(near, close, apart))
