"""Machine-learning losses, written once, for NumPy, PyTorch, JAX and TensorFlow arrays."""

from agnostic_losses import autodiff, backends, ops
from agnostic_losses._registry import LOSSES
from agnostic_losses._registry import explain_missing_name as __getattr__  # noqa: F401
from agnostic_losses.autodiff import grad, hessian_diagonal, value_and_grad
from agnostic_losses.backends import array_namespace, register_backend
from agnostic_losses.losses.binary import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    hinge,
    sigmoid_focal,
    squared_hinge,
)
from agnostic_losses.losses.contrastive import info_nce, nt_xent
from agnostic_losses.losses.divergence import (
    entropy,
    gaussian_kl,
    jensen_shannon,
    kl_divergence,
    kl_divergence_with_log_targets,
)
from agnostic_losses.losses.generative import (
    gan_discriminator,
    gan_generator,
    gradient_penalty,
    perceptual,
    wasserstein_critic,
    wasserstein_generator,
)
from agnostic_losses.losses.lovasz import lovasz_hinge, lovasz_softmax
from agnostic_losses.losses.metric import cosine_distance, triplet_margin
from agnostic_losses.losses.multiclass import (
    categorical_cross_entropy,
    cross_entropy,
    nll,
    soft_cross_entropy,
    softmax_focal,
)
from agnostic_losses.losses.penalties import (
    elastic_net_penalty,
    group_lasso,
    l1_penalty,
    l2_penalty,
    orthogonality,
    total_variation,
    uncertainty_weighting,
)
from agnostic_losses.losses.regression import absolute_error, squared_error
from agnostic_losses.losses.reinforcement import temporal_difference
from agnostic_losses.losses.robust import huber, log_cosh
from agnostic_losses.losses.segmentation import dice, focal_tversky, generalized_dice, jaccard, tversky
from agnostic_losses.losses.sequence import distillation, squared_log_partition

__version__ = "0.1.0"

__all__ = [
    "LOSSES",
    "absolute_error",
    "array_namespace",
    "autodiff",
    "backends",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "categorical_cross_entropy",
    "cosine_distance",
    "cross_entropy",
    "dice",
    "distillation",
    "elastic_net_penalty",
    "entropy",
    "focal_tversky",
    "gan_discriminator",
    "gan_generator",
    "gaussian_kl",
    "generalized_dice",
    "grad",
    "gradient_penalty",
    "group_lasso",
    "hessian_diagonal",
    "hinge",
    "huber",
    "info_nce",
    "jaccard",
    "jensen_shannon",
    "kl_divergence",
    "kl_divergence_with_log_targets",
    "l1_penalty",
    "l2_penalty",
    "log_cosh",
    "lovasz_hinge",
    "lovasz_softmax",
    "nll",
    "nt_xent",
    "ops",
    "orthogonality",
    "perceptual",
    "register_backend",
    "sigmoid_focal",
    "soft_cross_entropy",
    "softmax_focal",
    "squared_error",
    "squared_hinge",
    "squared_log_partition",
    "temporal_difference",
    "total_variation",
    "triplet_margin",
    "tversky",
    "uncertainty_weighting",
    "value_and_grad",
    "wasserstein_critic",
    "wasserstein_generator",
]
