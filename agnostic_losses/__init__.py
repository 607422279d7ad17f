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
from agnostic_losses.losses.generative import (
    gan_discriminator,
    gan_generator,
    gradient_penalty,
    perceptual,
    wasserstein_critic,
    wasserstein_generator,
)
from agnostic_losses.losses.likelihood import gaussian_nll, laplace_nll, student_t_nll
from agnostic_losses.losses.metric import cosine_distance, triplet_margin
from agnostic_losses.losses.multiclass import (
    categorical_cross_entropy,
    cross_entropy,
    nll,
    soft_cross_entropy,
    softmax_focal,
)
from agnostic_losses.losses.penalties import elastic_net_penalty, l1_penalty, l2_penalty
from agnostic_losses.losses.regression import absolute_error, squared_error
from agnostic_losses.losses.reinforcement import temporal_difference
from agnostic_losses.losses.robust import huber, log_cosh
from agnostic_losses.losses.segmentation import dice

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
    "elastic_net_penalty",
    "entropy",
    "gamma_deviance",
    "gamma_nll",
    "gan_discriminator",
    "gan_generator",
    "gaussian_kl",
    "gaussian_nll",
    "grad",
    "gradient_penalty",
    "hessian_diagonal",
    "hinge",
    "huber",
    "info_nce",
    "jensen_shannon",
    "kl_divergence",
    "kl_divergence_with_log_targets",
    "l1_penalty",
    "l2_penalty",
    "laplace_nll",
    "log_cosh",
    "nll",
    "nt_xent",
    "ops",
    "perceptual",
    "poisson_deviance",
    "poisson_nll",
    "poisson_nll_with_log_rates",
    "register_backend",
    "sigmoid_focal",
    "soft_cross_entropy",
    "softmax_focal",
    "squared_error",
    "squared_hinge",
    "student_t_nll",
    "temporal_difference",
    "triplet_margin",
    "tweedie_deviance",
    "value_and_grad",
    "wasserstein_critic",
    "wasserstein_generator",
]
