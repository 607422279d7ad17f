"""Building blocks for losses, on any namespace, with gradients that are right at kinks, zeros, ties and extremes.

A loss of one's own reads like the ones in `agnostic_losses.losses`: prepare, compute, reduce. The functions here are
what the array API standard lacks, and what it has with a gradient that differs between frameworks.

>>> from agnostic_losses import ops
>>> def squared_log_ratio(predictions, targets, *, weights=None, where=None, reduction="mean"):
...     xp, predictions, targets = ops.prepare_pair(predictions=predictions, targets=targets, where=where, fill=1.0)
...     return ops.reduce(xp.log(predictions / targets) ** 2, weights=weights, where=where, reduction=reduction)
>>> float(squared_log_ratio([1.0, 2.0], [1.0, 2.0]))
0.0
"""

from __future__ import annotations

from agnostic_losses.backends import array_namespace, is_array, stop_gradient
from agnostic_losses.ops.checks import (
    check_at_least,
    check_axes,
    check_between,
    check_positive,
    check_same_shape,
)
from agnostic_losses.ops.chunks import map_chunks
from agnostic_losses.ops.cumulative import cumulative_sum
from agnostic_losses.ops.distances import (
    common_scale,
    cosine_below,
    cosine_distance,
    distance,
    norm,
    one_minus_cosine,
    unit,
)
from agnostic_losses.ops.divergences import generalized_kl, itakura_saito, log1p_remainder, log_ratio
from agnostic_losses.ops.exponential import expm1
from agnostic_losses.ops.fold import fold
from agnostic_losses.ops.gamma import log_factorial, log_factorial_excess, log_gamma, log_gamma_half_step, polynomial
from agnostic_losses.ops.indexing import along, invalidate, one_hot, pick, positions, take, take_along_axis
from agnostic_losses.ops.labelled import (
    compare_rows,
    count_below,
    hard_pairs,
    largest_chosen,
    logsumexp_chosen,
    prepare_embeddings,
    row_distances,
    rows_of_classes,
    smoothly_hardest,
    with_both,
)
from agnostic_losses.ops.labels import class_balanced_weights, smooth_labels
from agnostic_losses.ops.lists import prepare_lists
from agnostic_losses.ops.logspace import logaddexp
from agnostic_losses.ops.normal import normal_distance
from agnostic_losses.ops.pairs import (
    comes_before,
    first_of_each,
    ndcg_discount,
    ndcg_gain,
    ndcg_weights,
    pair_differences,
    pair_mask,
    pair_sides,
    pairs_in_order,
    ranks,
    sum_over_pairs,
    sums_of_own,
)
from agnostic_losses.ops.prepare import (
    as_mask,
    as_option,
    exclude,
    prepare,
    prepare_class_weights,
    prepare_labels,
    prepare_pair,
)
from agnostic_losses.ops.reduce import reduce
from agnostic_losses.ops.rising import log_rising_excess
from agnostic_losses.ops.similarities import as_scale, check_matrices, similarities
from agnostic_losses.ops.softmax import log_odds_against, log_softmax, logsumexp, spread_over_classes
from agnostic_losses.ops.special import (
    LOG_FLOOR,
    abs,
    exp_remainder,
    log_complement,
    log_cosh,
    log_cosh_conjugate,
    log_probability,
    log_sigmoid,
    logistic_cross_entropy,
    minus_abs,
    relu,
    relu_with_margin,
    softplus,
    squared_difference,
    sum_of_squares,
    tanh,
    times_log,
)
from agnostic_losses.ops.steps import integrate_steps
from agnostic_losses.ops.tempered import LARGEST_TEMPERATURE, log_tempered_softmax

__all__ = [
    "LARGEST_TEMPERATURE",
    "LOG_FLOOR",
    "abs",
    "along",
    "array_namespace",
    "as_mask",
    "as_option",
    "as_scale",
    "check_at_least",
    "check_axes",
    "check_between",
    "check_matrices",
    "check_positive",
    "check_same_shape",
    "class_balanced_weights",
    "comes_before",
    "common_scale",
    "compare_rows",
    "cosine_below",
    "cosine_distance",
    "count_below",
    "cumulative_sum",
    "distance",
    "exclude",
    "exp_remainder",
    "expm1",
    "first_of_each",
    "fold",
    "generalized_kl",
    "hard_pairs",
    "integrate_steps",
    "invalidate",
    "is_array",
    "itakura_saito",
    "largest_chosen",
    "log1p_remainder",
    "log_complement",
    "log_cosh",
    "log_cosh_conjugate",
    "log_factorial",
    "log_factorial_excess",
    "log_gamma",
    "log_gamma_half_step",
    "log_odds_against",
    "log_probability",
    "log_ratio",
    "log_rising_excess",
    "log_sigmoid",
    "log_softmax",
    "log_tempered_softmax",
    "logaddexp",
    "logistic_cross_entropy",
    "logsumexp",
    "logsumexp_chosen",
    "map_chunks",
    "minus_abs",
    "ndcg_discount",
    "ndcg_gain",
    "ndcg_weights",
    "norm",
    "normal_distance",
    "one_hot",
    "one_minus_cosine",
    "pair_differences",
    "pair_mask",
    "pair_sides",
    "pairs_in_order",
    "pick",
    "polynomial",
    "positions",
    "prepare",
    "prepare_class_weights",
    "prepare_embeddings",
    "prepare_labels",
    "prepare_lists",
    "prepare_pair",
    "ranks",
    "reduce",
    "relu",
    "relu_with_margin",
    "row_distances",
    "rows_of_classes",
    "similarities",
    "smooth_labels",
    "smoothly_hardest",
    "softplus",
    "spread_over_classes",
    "squared_difference",
    "stop_gradient",
    "sum_of_squares",
    "sum_over_pairs",
    "sums_of_own",
    "take",
    "take_along_axis",
    "tanh",
    "times_log",
    "unit",
    "with_both",
]
