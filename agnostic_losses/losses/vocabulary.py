"""Classes by the thousand, as the tokens of a vocabulary: losses of a last layer that never hold all of its logits."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from agnostic_losses import ops
from agnostic_losses._registry import loss
from agnostic_losses._typing import Array, ArrayLike, Namespace, Reduction
from agnostic_losses.backends import dim, fused, shape
from agnostic_losses.ops import (
    check_at_least,
    check_between,
    check_positive,
    prepare,
    prepare_class_weights,
    prepare_labels,
    reduce,
)
from agnostic_losses.ops.checks import check_shape
from agnostic_losses.ops.chunks import check_chunk_size


@loss(family="vocabulary", additive=False)
def linear_cross_entropy(
    hidden: Array,
    weight: ArrayLike,
    labels: ArrayLike,
    *,
    bias: ArrayLike | None = None,
    soft_cap: float | None = None,
    z_loss: float = 0.0,
    class_weights: ArrayLike | None = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    chunk_size: int | Literal["auto"] | None = "auto",
    weights: ArrayLike | None = None,
    where: ArrayLike | None = None,
    reduction: Reduction = "mean",
) -> Array:
    r"""Softmax cross entropy of a linear layer, whose logits exist for a few rows at a time.

    .. math:: l = (1 - \varepsilon)\, c_y (-\log p_y) + \frac{\varepsilon}{V} \sum_{j=1}^V c_j (-\log p_j)
              + \zeta\, c_y \Big( \log \sum_{j=1}^V e^{z_j} \Big)^2, \qquad
              p = \operatorname{softmax}(z), \quad z = s \tanh \frac{W h + b}{s}

    Parameters
    ----------
    hidden : array
        States :math:`h` in the shape (..., d).
    weight : array
        The layer's matrix :math:`W` in the shape (V, d), one row a class.
    labels : integer array
        Class ids :math:`y \in \{0, \dots, V - 1\}` of any integer dtype, in the shape of `hidden` without its last
        axis.
    bias : array, optional
        The layer's vector :math:`b` in the shape (V,).
    soft_cap : float, optional
        :math:`s > 0`, which no logit exceeds. Without it :math:`z = W h + b`, where a bias of -inf excludes a class.
    z_loss : float
        :math:`\zeta \ge 0`, the factor of the square that keeps logits small, see `squared_log_partition`.
    class_weights : array, optional
        One factor :math:`c_j` a class. The mean divides by the sum of :math:`c_y`.
    label_smoothing : float
        :math:`\varepsilon \in [0, 1]`.
    ignore_index : int, optional
        A label that excludes its place, like `where`.
    chunk_size : int or "auto", optional
        The number of rows whose logits exist at a time; None stands for all, and "auto" for so many that their logits
        are as many numbers as `hidden`, 32 or more.
    weights, where, reduction
        As in every loss, see `agnostic_losses.ops.reduce`.

    Returns
    -------
    array
        A scalar; the shape of `labels` for ``reduction="none"``. In nats.

    Raises
    ------
    ValueError
        If the shapes do not fit, an option lies outside of its range, or a label is out of range and its value can
        be read at no cost; on accelerators and under jit such an element is NaN.
    TypeError
        If the labels are not integers.

    Notes
    -----
    The same as `cross_entropy` of the logits. A gradient computes them again, see `agnostic_losses.ops.map_chunks`,
    which also says where they are kept. torch's function of this name has all logits unless it is given ``options``;
    with these it has neither label smoothing nor torch.func, second derivatives or ``torch.compile``, which work here.
    Its ``ignore_index`` is -100 unless told.

    References
    ----------
    E. Wijmans et al., "Cut Your Losses in Large-Vocabulary Language Models", ICLR 2025.
    """
    check_chunk_size(None if chunk_size == "auto" else chunk_size)
    terms = _checked_terms(soft_cap, z_loss, label_smoothing)
    hidden, weight, bias = _prepare_layer(hidden, weight, bias)
    xp, hidden, labels, where = prepare_labels(
        hidden=hidden, labels=labels, axis=-1, where=where, ignore_index=ignore_index, classes=weight
    )
    class_weights = prepare_class_weights(class_weights, weight, 0)
    own_weight = None if class_weights is None else ops.take(class_weights, labels, xp=xp)
    even = reduction != "none" and all(x is None for x in (class_weights, weights, where))
    values = _row_by_row(terms, chunk_size, even, hidden, labels, own_weight, weight, bias, class_weights, xp)
    return reduce(
        ops.invalidate(values, labels, xp=xp), weights=weights, where=where, reduction=reduction, normalizer=own_weight
    )


def _checked_terms(soft_cap: Any, z_loss: Any, label_smoothing: Any) -> partial[Any]:
    """Return `_terms` with the options, which are looked at before any data."""
    label_smoothing = check_between(0.0, 1.0, label_smoothing=label_smoothing)
    z_loss = check_at_least(0.0, z_loss=z_loss)
    soft_cap = None if soft_cap is None else check_positive(soft_cap=soft_cap)
    return partial(_terms, soft_cap=soft_cap, z_loss=z_loss, label_smoothing=label_smoothing)


def _prepare_layer(hidden: Any, weight: Any, bias: Any) -> tuple[Any, Any, Any]:
    """Return the states, and the layer's matrix and vector, in one dtype; their shapes fit."""
    arrays = {"hidden": hidden, "weight": weight, **({} if bias is None else {"bias": bias})}
    _, hidden, weight, *rest = prepare(**arrays)
    features, fits = shape(hidden)[-1:], weight.ndim == 2
    if not (features and fits and (None in (*features, shape(weight)[1]) or features[0] == shape(weight)[1])):
        raise ValueError(
            "weight must be a matrix with one row a class, as long as the last axis of hidden, "
            f"got the shapes {shape(weight)} and {shape(hidden)}"
        )
    if rest:
        check_shape(rest[0], weight, (0,), "bias", "one entry a class")
    return hidden, weight, rest[0] if rest else None


def _row_by_row(
    terms: partial[Any],
    chunk_size: Any,
    even: bool,
    hidden: Any,
    labels: Any,
    own_weight: Any,
    weight: Any,
    bias: Any,
    class_weights: Any,
    xp: Namespace,
) -> Any:
    """Return the losses in the shape of the labels; `even` tells that all will count the same."""
    states, places = xp.reshape(hidden, (-1, dim(hidden, -1))), xp.reshape(labels, (-1,))
    factors = None if own_weight is None else xp.reshape(own_weight, (-1,))
    size = _rows_at_a_time(chunk_size, states, weight)
    if size is None or any(terms.keywords.values()):
        values = _in_chunks(terms, size, states, places, factors, weight, bias, class_weights, xp)
    else:
        layer = (weight,) if bias is None else (weight, bias)
        values = fused("linear_cross_entropy", _plain, states, places, *layer, xp=xp, size=size, even=even)
        values = values if factors is None else factors * values
    return xp.reshape(values, tuple(dim(labels, axis) for axis in range(labels.ndim)))


def _rows_at_a_time(chunk_size: Any, states: Any, weight: Any) -> int | None:
    """Return the number of rows in a chunk, None for all, or where there are none."""
    (length, features), classes = shape(states), shape(weight)[0]
    if chunk_size == "auto":
        known = length is not None and features is not None and classes
        chunk_size = max(32, length * features // classes) if known else 256
    return None if length == 0 else chunk_size


def _plain(
    states: Any, places: Any, weight: Any, bias: Any = None, *, xp: Namespace, size: int | None, even: bool
) -> Any:
    """Return the cross entropies of the rows; whether they will count the same is a hint that is of no use here."""
    terms = partial(_terms, soft_cap=None, z_loss=0.0, label_smoothing=0.0)
    return _in_chunks(terms, size, states, places, None, weight, bias, None, xp)


def _in_chunks(
    terms: Callable[..., Any],
    size: int | None,
    states: Any,
    places: Any,
    factors: Any,
    weight: Any,
    bias: Any,
    class_weights: Any,
    xp: Namespace,
) -> Any:
    """Return the losses of the rows; `terms` has those of some, of arrays by name."""
    # The logits of the labels are made beside the others: no gradient as wide as the vocabulary is needed for a few.
    own = xp.sum(states * xp.take(weight, xp.where(places >= 0, places, 0), axis=0), axis=-1)
    own = own if bias is None else own + ops.take(bias, places, xp=xp)
    rows = {"hidden": states, "labels": places, "own": own, "factors": factors}
    layer = {"columns": xp.matrix_transpose(weight), "bias": bias, "class_weights": class_weights}
    given = {name: array for name, array in {**rows, **layer}.items() if array is not None}
    count = sum(name in rows for name in given)

    def of_rows(*arrays: Any) -> Any:
        return terms(**dict(zip(given, arrays, strict=True)))

    return ops.map_chunks(of_rows, (*given.values(),)[:count], (*given.values(),)[count:], chunk_size=size)


def _terms(
    hidden: Any,
    labels: Any,
    own: Any,
    columns: Any,
    *,
    factors: Any = 1.0,
    bias: Any = None,
    class_weights: Any = None,
    soft_cap: float | None,
    z_loss: float,
    label_smoothing: float,
) -> Any:
    """Return the loss of some rows; all that is as wide as the vocabulary is made here."""
    xp = ops.array_namespace(hidden)
    logits = xp.matmul(hidden, columns)
    logits = logits if bias is None else logits + bias
    if soft_cap is not None:
        logits, own = (soft_cap * ops.tanh(x / soft_cap, xp=xp) for x in (logits, own))
    values = factors * ops.softplus(ops.log_odds_against(logits, labels, -1, xp=xp, own=own), xp=xp)
    if label_smoothing:
        spread = ops.spread_over_classes(ops.log_softmax(logits, -1, xp=xp), class_weights, -1, xp=xp)
        values = (1.0 - label_smoothing) * values + label_smoothing * spread
    if z_loss:
        values = values + z_loss * factors * xp.square(ops.logsumexp(logits, -1, xp=xp))
    return values
