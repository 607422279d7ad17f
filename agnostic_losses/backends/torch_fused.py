"""Fused forms for PyTorch: value and first derivative of a block of a loss in few kernels, most of them in place.

Eager PyTorch allocates an array for every operation, and its `where` is slower than an exponential; so a formula of ten
operations takes several times as long as a kernel that was written for it. A fused form computes the same numbers with
few temporaries. It stands for the generic body where that costs: all else (second derivatives, forward mode,
torch.func, compilers) is the generic body itself, which every form gets as its first argument.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from agnostic_losses.backends.native import FusedForm

Function = Callable[..., Any]

aten = torch.ops.aten
"""The kernels by themselves: the functions that Python has of them lack an option, or their derivative."""

NONE = 0
"""The number of the reduction "none"."""


@dataclass(frozen=True, eq=False)
class Form(FusedForm):
    """A block as kernels.

    Attributes
    ----------
    ahead : callable, optional
        ``ahead(needed, *arrays, **options)`` is what `value` is, where the gradient will be asked for.
    otherwise : Form, optional
        What computes in place of the generic body, where the numbers are not right or must not be looked at.
    """

    ahead: Function | None = None
    otherwise: Form | None = None

    def __call__(self, generic: Function, *arrays: Any, **options: Any) -> Any:
        """Return the value, by the generic body wherever more than a first derivative may be asked for."""
        if torch.compiler.is_compiling() or is_transformed():
            return generic(*arrays)
        needed = tuple(x.requires_grad for x in arrays) if torch.is_grad_enabled() else ()
        found = None
        if not self.looks or arrays[0].device.type == "cpu":
            found = self._without_graph(needed, *arrays, **options) if any(needed) else self.value(*arrays, **options)
        if found is None:
            return self.otherwise(generic, *arrays, **options) if self.otherwise else generic(*arrays)
        return _Fused.apply(self, generic, options, found, *arrays) if any(needed) else found[0]

    def _without_graph(self, needed: tuple[bool, ...], *arrays: Any, **options: Any) -> Any:
        with torch.no_grad():
            return self.ahead(needed, *arrays, **options) if self.ahead else self.value(*arrays, **options)


def is_transformed() -> bool:
    """Whether a transform of torch.func or forward mode is at work, which take functions apart."""
    return _transforms_are_active() or torch.autograd.forward_ad._current_level >= 0


# Where torch says no more whether transforms are active, they always may be.
_transforms_are_active: Callable[[], bool] = getattr(torch._C, "_are_functorch_transforms_active", lambda: True)


class _Fused(torch.autograd.Function):  # type: ignore[misc]
    """A form in the graph; its second derivative is that of the generic body."""

    @staticmethod
    def forward(ctx: Any, form: Form, generic: Function, options: dict[str, Any], found: Any, *arrays: Any) -> Any:
        value, saved = found
        ctx.form, ctx.generic, ctx.options, ctx.count = form, generic, options, len(arrays)
        ctx.save_for_backward(*arrays, *saved)
        return value

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        arrays, saved = ctx.saved_tensors[: ctx.count], ctx.saved_tensors[ctx.count :]
        needed = ctx.needs_input_grad[4:]
        if not torch.is_grad_enabled():
            return None, None, None, None, *ctx.form.gradient(g, needed, saved, *arrays, **ctx.options)
        return None, None, None, None, *gradients_in_graph(ctx.generic, arrays, needed, g)


def gradients_in_graph(f: Function, arrays: Any, needed: Any, g: Any) -> list[Any]:
    """Return the gradients of a function by its arguments, None for one that is not needed, as parts of the graph."""
    # By views: of an array that another has been made of, the gradient would have that other's part, too.
    arrays = [x.view_as(x) if wanted else x for x, wanted in zip(arrays, needed, strict=True)]
    return gradients(f(*arrays), arrays, needed, g, create_graph=True)


def gradients(value: Any, arrays: Any, needed: Any, g: Any, create_graph: bool = False) -> list[Any]:
    """Return the gradients of a value by arrays, None for one that is not needed."""
    if not value.requires_grad:
        return [None for _ in needed]
    sources = [x for x, wanted in zip(arrays, needed, strict=True) if wanted]
    found = iter(torch.autograd.grad(value, sources, g, create_graph=create_graph, materialize_grads=True))
    return [next(found) if wanted else None for wanted in needed]


def lies_within(x: Any, low: float, high: float) -> bool:
    """Whether all numbers, of which there are some, lie strictly between two others; NaN does not."""
    if not x.numel():
        return False
    least, largest = torch.aminmax(x)
    return bool(least > low and largest < high)


def lies_last(x: Any, axis: Any) -> bool:
    """Whether an axis of an array that is not empty is its last; along others, places decide how kernels round."""
    return bool(x.numel()) and axis in (-1, x.ndim - 1)


# --- softplus


def softplus_of(x: Any) -> Any:
    """Return log(1 + exp(x))."""
    # Not torch's own, which rounds the last elements of an array in another way: the order of rows would matter.
    return x.abs().neg_().exp_().log1p_().add_(x.clamp_min(0))


def sigmoid_of(x: Any) -> Any:
    """Return its derivative."""
    return x.neg().exp_().add_(1).reciprocal_()


def _softplus(x: Any) -> tuple[Any, tuple[()]]:
    return softplus_of(x), ()


def _softplus_gradient(g: Any, needed: Any, saved: Any, x: Any) -> tuple[Any]:
    return (sigmoid_of(x).mul_(g),)


# --- squares about 0 and lines beyond


def _huber(predictions: Any, targets: Any, delta: float) -> tuple[Any, tuple[()]]:
    return aten.huber_loss.default(predictions, targets, NONE, delta), ()


def _huber_gradient(g: Any, needed: Any, saved: Any, predictions: Any, targets: Any, delta: float) -> tuple[Any, Any]:
    return _of_difference(aten.huber_loss_backward.default(g, predictions, targets, NONE, delta), needed)


def _smooth_l1(predictions: Any, targets: Any, beta: float) -> tuple[Any, tuple[()]]:
    return aten.smooth_l1_loss.default(predictions, targets, NONE, beta), ()


def _smooth_l1_gradient(
    g: Any, needed: Any, saved: Any, predictions: Any, targets: Any, beta: float
) -> tuple[Any, Any]:
    return _of_difference(aten.smooth_l1_loss_backward.default(g, predictions, targets, NONE, beta), needed)


def _of_difference(slope: Any, needed: Any) -> tuple[Any, Any]:
    return slope if needed[0] else None, -slope if needed[1] else None


# --- two classes

LINEAR = 40.0
"""From here on the derivative of softplus is 1, in float64 too; torch's 20 is for float32."""


def _binary_cross_entropy(logits: Any, targets: Any) -> tuple[Any, tuple[()]]:
    # The large numbers first: where the label is right they are gone, and the rest keeps its digits.
    values = logits.clamp_min(0).addcmul_(logits, targets, value=-1)
    # Not torch's softplus, see above.
    return values.add_(logits.abs().neg_().exp_().log1p_()), ()


def _binary_cross_entropy_gradient(g: Any, needed: Any, saved: Any, logits: Any, targets: Any) -> tuple[Any, Any]:
    slope = None
    if needed[0]:
        # Between sigmoid(z) for the label 0 and -sigmoid(-z) for 1: exact at both, without 1 - sigmoid.
        zero, one = (aten.softplus_backward.default(g, logits, sign, LINEAR) for sign in (1, -1))
        slope = zero.lerp_(one.neg_(), targets)
    return slope, -logits * g if needed[1] else None


def _logistic(scores: Any, targets: Any) -> tuple[Any, tuple[()]]:
    margins = scores * targets
    return margins.abs().neg_().exp_().log1p_().sub_(margins.clamp_max_(0)), ()


def _logistic_gradient(g: Any, needed: Any, saved: Any, scores: Any, targets: Any) -> tuple[Any, Any]:
    slope = (scores * targets).exp_().add_(1).reciprocal_().mul_(g).neg_()
    by_targets = slope * scores if needed[1] else None
    return slope.mul_(targets) if needed[0] else None, by_targets


FORMS = {
    "softplus": Form(_softplus, _softplus_gradient),
    "huber": Form(_huber, _huber_gradient),
    "smooth_l1": Form(_smooth_l1, _smooth_l1_gradient),
    "binary_cross_entropy": Form(_binary_cross_entropy, _binary_cross_entropy_gradient),
    "logistic": Form(_logistic, _logistic_gradient),
}
"""The forms that the native table of PyTorch has, by name."""
