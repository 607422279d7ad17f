"""Machine-learning losses, written once, for NumPy, PyTorch, JAX and TensorFlow arrays."""

from agnostic_losses import autodiff, backends, ops
from agnostic_losses._registry import LOSSES
from agnostic_losses._registry import explain_missing_name as __getattr__  # noqa: F401
from agnostic_losses.autodiff import grad, hessian_diagonal, value_and_grad
from agnostic_losses.backends import array_namespace, register_backend
from agnostic_losses.losses.adaptive import general_robust
from agnostic_losses.losses.alignment import ctc
from agnostic_losses.losses.alpha_divergence import alpha_divergence, renyi
from agnostic_losses.losses.binary import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    hinge,
    sigmoid_focal,
    squared_hinge,
)
from agnostic_losses.losses.contrastive import info_nce, nt_xent, supervised_contrastive
from agnostic_losses.losses.counts import (
    gamma_deviance,
    gamma_nll,
    poisson_deviance,
    poisson_nll,
    poisson_nll_with_log_rates,
    tweedie_deviance,
)
from agnostic_losses.losses.divergence import (
    entropy,
    gaussian_kl,
    jensen_shannon,
    kl_divergence,
    kl_divergence_with_log_targets,
)
from agnostic_losses.losses.f_divergence import (
    chi_square,
    generalized_kl,
    jeffreys,
    reverse_kl,
    squared_hellinger,
    total_variation_distance,
)
from agnostic_losses.losses.fenchel_young import binary_sparsemax, entmax15, fenchel_young, sparsemax
from agnostic_losses.losses.generative import (
    gan_discriminator,
    gan_generator,
    gradient_penalty,
    perceptual,
    wasserstein_critic,
    wasserstein_generator,
)
from agnostic_losses.losses.label_noise import (
    bi_tempered,
    generalized_cross_entropy,
    logit_adjusted_cross_entropy,
    poly_cross_entropy,
    symmetric_cross_entropy,
)
from agnostic_losses.losses.labelled_pairs import (
    circle,
    generalized_lifted_structure,
    lifted_structure,
    multi_similarity,
    n_pairs,
)
from agnostic_losses.losses.labelled_triplets import triplet_batch_all, triplet_batch_hard, triplet_semi_hard
from agnostic_losses.losses.likelihood import beta_nll, gaussian_nll, laplace_nll, student_t_nll
from agnostic_losses.losses.lovasz import lovasz_hinge, lovasz_softmax
from agnostic_losses.losses.margins import exponential, logistic, modified_huber, perceptron
from agnostic_losses.losses.metric import (
    contrastive_pair,
    cosine_distance,
    cosine_embedding,
    hinge_embedding,
    margin_ranking,
    triplet_margin,
)
from agnostic_losses.losses.mixtures import gaussian_mixture_nll, multivariate_gaussian_nll, negative_binomial_nll
from agnostic_losses.losses.multiclass import (
    categorical_cross_entropy,
    cross_entropy,
    nll,
    soft_cross_entropy,
    softmax_focal,
)
from agnostic_losses.losses.multiclass_margins import multi_margin, multiclass_hinge, multiclass_perceptron
from agnostic_losses.losses.multilabel import asymmetric, multilabel_margin, multilabel_soft_margin, zlpr
from agnostic_losses.losses.multimodal import clip, siglip
from agnostic_losses.losses.ordinal import coral, corn, cumulative_link, squared_emd
from agnostic_losses.losses.pairwise_ranking import pairwise_hinge, pairwise_logistic, pairwise_squared_error
from agnostic_losses.losses.penalties import (
    elastic_net_penalty,
    group_lasso,
    l1_penalty,
    l2_penalty,
    orthogonality,
    total_variation,
    uncertainty_weighting,
)
from agnostic_losses.losses.proxies import arcface, cosface, proxy_anchor, proxy_nca
from agnostic_losses.losses.quantile import (
    epsilon_insensitive,
    expectile,
    interval_score,
    pinball,
    squared_epsilon_insensitive,
)
from agnostic_losses.losses.ranking import approx_ndcg, list_mle, ranking_softmax
from agnostic_losses.losses.redescending import cauchy, fair, geman_mcclure, tukey_biweight, welsch
from agnostic_losses.losses.regression import (
    absolute_error,
    concordance,
    minkowski,
    root_mean_squared_error,
    squared_error,
)
from agnostic_losses.losses.reinforcement import temporal_difference
from agnostic_losses.losses.relative import (
    absolute_percentage_error,
    squared_log_error,
    symmetric_absolute_percentage_error,
)
from agnostic_losses.losses.robust import charbonnier, huber, log_cosh, pseudo_huber, smooth_l1, wing
from agnostic_losses.losses.samples import energy_distance, mmd, wasserstein_1d
from agnostic_losses.losses.scores import brier_score, crps_ensemble, crps_gaussian, energy_score
from agnostic_losses.losses.segmentation import dice, focal_tversky, generalized_dice, jaccard, tversky
from agnostic_losses.losses.self_supervised import barlow_twins, byol, vicreg
from agnostic_losses.losses.sequence import distillation, perplexity, squared_log_partition
from agnostic_losses.losses.vocabulary import linear_cross_entropy

__version__ = "0.1.0"

__all__ = [
    "LOSSES",
    "absolute_error",
    "absolute_percentage_error",
    "alpha_divergence",
    "approx_ndcg",
    "arcface",
    "array_namespace",
    "asymmetric",
    "autodiff",
    "backends",
    "barlow_twins",
    "beta_nll",
    "bi_tempered",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "binary_sparsemax",
    "brier_score",
    "byol",
    "categorical_cross_entropy",
    "cauchy",
    "charbonnier",
    "chi_square",
    "circle",
    "clip",
    "concordance",
    "contrastive_pair",
    "coral",
    "corn",
    "cosface",
    "cosine_distance",
    "cosine_embedding",
    "cross_entropy",
    "crps_ensemble",
    "crps_gaussian",
    "ctc",
    "cumulative_link",
    "dice",
    "distillation",
    "elastic_net_penalty",
    "energy_distance",
    "energy_score",
    "entmax15",
    "entropy",
    "epsilon_insensitive",
    "expectile",
    "exponential",
    "fair",
    "fenchel_young",
    "focal_tversky",
    "gamma_deviance",
    "gamma_nll",
    "gan_discriminator",
    "gan_generator",
    "gaussian_kl",
    "gaussian_mixture_nll",
    "gaussian_nll",
    "geman_mcclure",
    "general_robust",
    "generalized_cross_entropy",
    "generalized_dice",
    "generalized_kl",
    "generalized_lifted_structure",
    "grad",
    "gradient_penalty",
    "group_lasso",
    "hessian_diagonal",
    "hinge",
    "hinge_embedding",
    "huber",
    "info_nce",
    "interval_score",
    "jaccard",
    "jeffreys",
    "jensen_shannon",
    "kl_divergence",
    "kl_divergence_with_log_targets",
    "l1_penalty",
    "l2_penalty",
    "laplace_nll",
    "lifted_structure",
    "linear_cross_entropy",
    "list_mle",
    "log_cosh",
    "logistic",
    "logit_adjusted_cross_entropy",
    "lovasz_hinge",
    "lovasz_softmax",
    "margin_ranking",
    "minkowski",
    "mmd",
    "modified_huber",
    "multi_margin",
    "multi_similarity",
    "multiclass_hinge",
    "multiclass_perceptron",
    "multilabel_margin",
    "multilabel_soft_margin",
    "multivariate_gaussian_nll",
    "n_pairs",
    "negative_binomial_nll",
    "nll",
    "nt_xent",
    "ops",
    "orthogonality",
    "pairwise_hinge",
    "pairwise_logistic",
    "pairwise_squared_error",
    "perceptron",
    "perceptual",
    "perplexity",
    "pinball",
    "poisson_deviance",
    "poisson_nll",
    "poisson_nll_with_log_rates",
    "poly_cross_entropy",
    "proxy_anchor",
    "proxy_nca",
    "pseudo_huber",
    "ranking_softmax",
    "register_backend",
    "renyi",
    "reverse_kl",
    "root_mean_squared_error",
    "siglip",
    "sigmoid_focal",
    "smooth_l1",
    "soft_cross_entropy",
    "softmax_focal",
    "sparsemax",
    "squared_emd",
    "squared_epsilon_insensitive",
    "squared_error",
    "squared_hellinger",
    "squared_hinge",
    "squared_log_error",
    "squared_log_partition",
    "student_t_nll",
    "supervised_contrastive",
    "symmetric_absolute_percentage_error",
    "symmetric_cross_entropy",
    "temporal_difference",
    "total_variation",
    "total_variation_distance",
    "triplet_batch_all",
    "triplet_batch_hard",
    "triplet_margin",
    "triplet_semi_hard",
    "tukey_biweight",
    "tversky",
    "tweedie_deviance",
    "uncertainty_weighting",
    "value_and_grad",
    "vicreg",
    "wasserstein_1d",
    "wasserstein_critic",
    "wasserstein_generator",
    "welsch",
    "wing",
    "zlpr",
]
