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
from agnostic_losses.losses.contrastive import clip, info_nce, nt_xent, siglip, supervised_contrastive
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
from agnostic_losses.losses.metric import (
    contrastive_pair,
    cosine_distance,
    cosine_embedding,
    hinge_embedding,
    margin_ranking,
    triplet_margin,
)
from agnostic_losses.losses.multiclass import (
    categorical_cross_entropy,
    cross_entropy,
    nll,
    soft_cross_entropy,
    softmax_focal,
)
from agnostic_losses.losses.penalties import elastic_net_penalty, l1_penalty, l2_penalty
from agnostic_losses.losses.proxies import arcface, cosface, proxy_nca
from agnostic_losses.losses.regression import absolute_error, squared_error
from agnostic_losses.losses.reinforcement import temporal_difference
from agnostic_losses.losses.robust import huber, log_cosh
from agnostic_losses.losses.segmentation import dice
from agnostic_losses.losses.self_supervised import barlow_twins, byol, vicreg

__version__ = "0.1.0"

__all__ = [
    "LOSSES",
    "absolute_error",
    "arcface",
    "array_namespace",
    "autodiff",
    "backends",
    "barlow_twins",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "byol",
    "categorical_cross_entropy",
    "clip",
    "contrastive_pair",
    "cosface",
    "cosine_distance",
    "cosine_embedding",
    "cross_entropy",
    "dice",
    "elastic_net_penalty",
    "entropy",
    "gan_discriminator",
    "gan_generator",
    "gaussian_kl",
    "grad",
    "gradient_penalty",
    "hessian_diagonal",
    "hinge",
    "hinge_embedding",
    "huber",
    "info_nce",
    "jensen_shannon",
    "kl_divergence",
    "kl_divergence_with_log_targets",
    "l1_penalty",
    "l2_penalty",
    "log_cosh",
    "margin_ranking",
    "nll",
    "nt_xent",
    "ops",
    "perceptual",
    "proxy_nca",
    "register_backend",
    "siglip",
    "sigmoid_focal",
    "soft_cross_entropy",
    "softmax_focal",
    "squared_error",
    "squared_hinge",
    "supervised_contrastive",
    "temporal_difference",
    "triplet_margin",
    "value_and_grad",
    "vicreg",
    "wasserstein_critic",
    "wasserstein_generator",
]
