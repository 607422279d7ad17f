"""Machine-learning losses, written once, for NumPy, PyTorch, JAX and TensorFlow arrays."""

from agnostic_losses import autodiff, backends, ops
from agnostic_losses._registry import LOSSES
from agnostic_losses._registry import explain_missing_name as __getattr__
from agnostic_losses.autodiff import grad, hessian_diagonal, value_and_grad
from agnostic_losses.backends import array_namespace, register_backend
from agnostic_losses.losses.regression import absolute_error, squared_error
from agnostic_losses.losses.robust import huber, log_cosh

__version__ = "0.1.0"

__all__ = [
    "LOSSES",
    "absolute_error",
    "array_namespace",
    "autodiff",
    "backends",
    "grad",
    "hessian_diagonal",
    "huber",
    "log_cosh",
    "ops",
    "register_backend",
    "squared_error",
    "value_and_grad",
]
