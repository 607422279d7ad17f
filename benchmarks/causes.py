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
        "Labels are read twice, for the error and for NaN: 8 to 12 µs. Shapes, dtypes and options are checked in "
        "Python: 10 to 17 µs. The rest is 5 to 35 kernels of 1 to 3 µs each, where native has one.",
        losses=("cross_entropy", "linear_cross_entropy", "multi_margin", "nll"),
        framework="torch",
        form="eager",
        size="tiny",
    ),
    Cause(
        "10 to 110 kernels of 1 to 3 µs each, some of them for a look at the numbers, where native has few. Shapes, "
        "dtypes and options are checked in Python: 10 to 12 µs.",
        losses=(
            "binary_cross_entropy",
            "cosine_distance",
            "cosine_embedding",
            "distillation",
            "kl_divergence",
            "kl_divergence_with_log_targets",
            "minkowski",
            "multilabel_margin",
            "soft_cross_entropy",
            "triplet_margin",
        ),
        framework="torch",
        form="eager",
        size="tiny",
    ),
    Cause(
        "A loop over the frames, more than a hundred kernels of 1 to 3 µs a frame, where native has one for all.",
        losses=("ctc",),
        framework="torch",
        form="eager",
    ),
    Cause(
        "Shapes, dtypes and options are checked in Python, and forms looked up: 10 to 12 µs. The rest is 5 to 9 "
        "kernels of 1 to 3 µs each, where native has fewer.",
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
        "Squared lengths and the cosine are looked at before they serve, so that no length over- or underflows and "
        "small angles keep their digits: three kernels for one.",
        losses=("cosine_distance",),
        framework="jax",
    ),
    Cause(
        "True positives, false positives and false negatives are added up each by themselves, so that nothing cancels: "
        "three sums of products, where optax subtracts sums.",
        losses=("tversky",),
        framework="jax",
    ),
    Cause(
        "XLA stores where the logits are inside of the margin, the distance from the target, and a sum of both on the "
        "way to the gradient.",
        losses=("binary_sparsemax",),
        framework="jax",
    ),
    Cause(
        "Not profiled: a scan over the frames on both sides, of which the gradient takes 0.85 of optax's time.",
        losses=("ctc",),
        framework="jax",
    ),
    Cause(
        "Both differences are kept for the gradient, where optax keeps one, 31 MiB for 16: memory that is new to "
        "the process costs time. In another process ours took 0.6 of optax's time.",
        losses=("triplet_margin",),
        framework="jax",
    ),
    Cause(
        "The spread of the figures: in another process ours took 0.75 of optax's time.",
        losses=("log_cosh",),
        framework="jax",
    ),
    Cause(
        "As many passes over memory as native; the figures spread, between 1.0 and 1.2 from run to run.",
        losses=("hinge_embedding", "huber", "squared_error"),
        framework="torch",
    ),
    Cause(
        "The spread of the figures: measured for longer, value and gradient take between 0.9 and 1.15 of the time.",
        losses=("squared_log_error", "poisson_nll_with_log_rates"),
        framework="tensorflow",
        form="eager",
    ),
    Cause(
        "The spread of the figures: measured for longer, the value takes 0.97 of the time and the gradient 1.12.",
        losses=("multiclass_hinge",),
        framework="tensorflow",
        form="compiled",
    ),
    Cause(
        "TensorFlow has one kernel that squares and adds up, and a gradient of it that is one product; ours keeps the "
        "squares, and what they are multiplied with, in arrays.",
        losses=("squared_error",),
        library="tf.nn.l2_loss",
    ),
    Cause(
        "The same kernel; what is left is what checks take in Python, beside a third of a millisecond.",
        losses=("l2_penalty",),
        library="tf.nn.l2_loss",
    ),
    Cause(
        "Small errors keep their digits, where Keras subtracts log(2) from a number near it: two selections, each of "
        "which takes longer than an exponential.",
        losses=("log_cosh",),
        framework="tensorflow",
        form="eager",
    ),
    Cause(
        "The slope is right at 0: two selections for two of `relu`.",
        losses=("binary_cross_entropy_with_logits",),
        framework="tensorflow",
        form="eager",
        library="tf.nn.weighted_cross_entropy_with_logits",
    ),
    Cause(
        "The generic bodies, whose exact branches are passes over memory that the others lack: tapes outside of a "
        "tf.function can't differentiate a gradient of our own twice, so that the fused forms are eager mode's.",
        losses=(
            "absolute_percentage_error",
            "squared_log_error",
            "log_cosh",
            "cosine_distance",
            "binary_cross_entropy",
            "binary_cross_entropy_with_logits",
            "sigmoid_focal",
            "categorical_cross_entropy",
            "cross_entropy",
            "soft_cross_entropy",
            "generalized_cross_entropy",
            "kl_divergence",
            "poisson_nll",
            "poisson_nll_with_log_rates",
        ),
        framework="tensorflow",
        form="compiled",
    ),
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
    Cause(
        "The items behind each are compared with it in a matrix a list, so that one far behind keeps its digits; rax "
        "sorts, and adds up from the end.",
        losses=("list_mle",),
        library="rax.",
    ),
    Cause(
        "Each pair counts once, by a comparison of all pairs; rax takes each twice, and each item with itself.",
        losses=("pairwise_squared_error",),
        library="rax.",
    ),
    Cause(
        "All pairs of classes of a row are compared in arrays; native has one kernel that loops over them.",
        losses=("multilabel_margin",),
        framework="torch",
        size="large",
    ),
)
