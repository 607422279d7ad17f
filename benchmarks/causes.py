"""Why figures are above their limits, in one table. A figure above its limit without a cause fails the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Cause:
    """Why some figures are above their limit.

    Attributes
    ----------
    text : str
        The cause, as the page says it.
    losses : tuple of str
        Our losses that it is about; empty for all.
    framework, form, size, library : str
        What else the figures have in common; empty for all. The library is the start of the dotted name.
    """

    text: str
    losses: tuple[str, ...] = ()
    framework: str = ""
    form: str = ""
    size: str = ""
    library: str = ""

    def explains(self, figure: Mapping[str, Any]) -> bool:
        """Whether it is the cause of a figure."""
        return (
            (not self.losses or figure["loss"] in self.losses)
            and self.framework in ("", figure["framework"])
            and self.form in ("", figure["form"])
            and self.size in ("", figure["size"])
            and figure["name"].startswith(self.library)
        )


CAUSES: tuple[Cause, ...] = (
    Cause(
        "A call checks shapes, dtypes, options and labels in Python, and looks up namespaces there; native does in C++ "
        "what it checks.",
        framework="torch",
        form="eager",
        size="tiny",
    ),
    Cause(
        "Confident rows keep their digits: a pass over memory looks for classes that stand nearly alone, which native "
        "has not.",
        losses=("soft_cross_entropy",),
        framework="torch",
    ),
    Cause(
        "Close to the teacher every term keeps its digits, by `expm1` of the difference, where native subtracts nearly "
        "equal numbers: a second exponential in the value.",
        losses=("distillation",),
        framework="torch",
    ),
    Cause(
        "Nearly all of both times is the array of zeros that the gradient is written to; the rest of ours is the check "
        "of the labels.",
        losses=("nll",),
        framework="torch",
    ),
    Cause(
        "The gradient is exact for confident logits, where native rounds `sigmoid(z) - y` to 0: two sigmoids for one.",
        losses=("binary_cross_entropy_with_logits",),
        framework="torch",
    ),
    Cause(
        "Confident rows keep their digits: the label is taken out of the sum of exponentials, and of the gradient, by "
        "a comparison that XLA's kernel for a softmax has not; optax has no such pass, and returns 0 there.",
        losses=("cross_entropy",),
        framework="jax",
    ),
    Cause(
        "Confident rows keep their digits: the sum of exponentials is looked at before it is used, so that the sum and "
        "its use are two kernels for one, and a third where a row is confident.",
        losses=("soft_cross_entropy", "ranking_softmax"),
        framework="jax",
    ),
    Cause(
        "Terms are exact near equality, where optax subtracts two equal numbers: a series beside the exponential.",
        losses=("generalized_kl", "distillation"),
        framework="jax",
    ),
    Cause(
        "Vectors are divided by their largest entry before they are squared, so that no length over- or underflows: a "
        "pass for the maximum, and arrays that XLA stores.",
        losses=("cosine_distance", "triplet_margin"),
        framework="jax",
    ),
    Cause(
        "TensorFlow has one kernel that squares and adds up; ours keeps the squares in an array between.",
        losses=("l2_penalty", "squared_error"),
        library="tf.nn.l2_loss",
    ),
    Cause(
        "Small errors keep their digits, where Keras subtracts log(2) from a number near it: two branches.",
        losses=("log_cosh",),
        framework="tensorflow",
    ),
    Cause(
        "Nearly equal numbers keep their digits, where Keras subtracts two logarithms, and below -1 comes NaN: "
        "selections, each a pass over memory.",
        losses=("squared_log_error",),
        framework="tensorflow",
    ),
    Cause(
        "Exact near the target and far away, also in the derivative by it: two selections, each a pass over memory.",
        losses=("absolute_percentage_error",),
        framework="tensorflow",
    ),
    Cause(
        "The logarithm of a probability goes on as a tangent where that is 0 or 1; Keras clips at 1e-7, and has no "
        "gradient there: selections, each a pass over memory.",
        losses=("binary_cross_entropy", "categorical_cross_entropy"),
        framework="tensorflow",
    ),
    Cause(
        "Confident rows keep their digits: the largest class is taken out of the sum of exponentials; native has one "
        "kernel, for the value and the gradient.",
        losses=("soft_cross_entropy", "cross_entropy"),
        framework="tensorflow",
    ),
    Cause(
        "A target of 0 beside a rate of 0 counts nothing, in value and gradient: selections that the others lack "
        "(presumed, not profiled).",
        losses=("poisson_nll", "poisson_nll_with_log_rates", "kl_divergence"),
        framework="tensorflow",
    ),
    Cause(
        "Vectors are scaled before their norms are taken, which would overflow, and nearly parallel ones are told "
        "apart by their difference: passes that the others lack (presumed, not profiled).",
        losses=("cosine_distance",),
        framework="tensorflow",
    ),
    Cause(
        "Both logarithms by `softplus`, exact for confident logits (presumed, not profiled).",
        losses=("sigmoid_focal",),
        framework="tensorflow",
    ),
    Cause(
        "As many passes over memory as native; the figures spread (not profiled).",
        losses=("huber",),
        framework="torch",
    ),
    Cause(
        "The value is faster than Keras's, so that it is the gradient of the form (not profiled).",
        losses=("huber",),
        framework="tensorflow",
    ),
    Cause(
        "The slope is right at 0 and exact for confident logits, by selections where the others take `relu` and `abs` "
        "(presumed, not profiled).",
        losses=("binary_cross_entropy_with_logits",),
        framework="tensorflow",
    ),
    Cause("Not profiled yet.", losses=("generalized_cross_entropy", "dice"), framework="tensorflow"),
    Cause(
        "A loop over the frames, whose derivatives of every order are exact; the others call one kernel, which has the "
        "first (presumed, not profiled).",
        losses=("ctc",),
        framework="tensorflow",
    ),
    Cause(
        "Powers are taken in float64, which arrays of float32 are cast to and from.",
        losses=("tweedie_deviance",),
        framework="numpy",
    ),
    Cause(
        "The tape computes the derivative of each operation by itself, in arrays of its own; a formula by hand shares "
        "them.",
        framework="numpy",
        size="tape",
    ),
)
