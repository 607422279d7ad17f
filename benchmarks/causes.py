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
        "Each log-probability keeps its digits in confident rows, and a target of 0 beside a logit of -inf counts "
        "nothing: passes over memory that eager PyTorch allocates an array for, each; native has one fused kernel.",
        losses=("soft_cross_entropy",),
        framework="torch",
    ),
    Cause(
        "Both logarithms go on as tangents where a probability is 0 or 1: several times `where`, slow in eager "
        "PyTorch, as is its derivative.",
        losses=("binary_cross_entropy",),
        framework="torch",
    ),
    Cause(
        "A target of 0 beside a log-probability of -inf counts nothing, in value and gradient: a `where` that native, "
        "which returns NaN there, has not.",
        losses=("kl_divergence",),
        framework="torch",
    ),
    Cause(
        "One entry a row is read, so that what counts is the checks of labels, in value, and calls (presumed, not "
        "profiled).",
        losses=("nll",),
        framework="torch",
    ),
    Cause(
        "The label is taken out of the sum of exponentials, so that confident rows keep their digits: a copy of the "
        "logits more.",
        losses=("cross_entropy",),
        framework="torch",
        form="eager",
    ),
    Cause(
        "The gradient is exact for confident logits, where native rounds `sigmoid(z) - y` to 0: two sigmoids for one.",
        losses=("binary_cross_entropy_with_logits",),
        framework="torch",
    ),
    Cause(
        "The same kernels in both directions; what is more is that unreduced values are an array of the graph, and the "
        "spread of the figures (presumed, not profiled).",
        losses=("huber", "absolute_error"),
        framework="torch",
    ),
    Cause(
        "Confident rows keep their digits: the label, or the largest class, is taken out of the sum of exponentials;"
        " optax has no such pass, and returns 0 there.",
        losses=("cross_entropy", "soft_cross_entropy"),
        framework="jax",
    ),
    Cause(
        "Optax takes `logaddexp(x, -x) - log(2)`, which loses all digits of small errors; ours has a branch for these, "
        "with an exponential and a logarithm more.",
        losses=("log_cosh",),
        framework="jax",
    ),
    Cause(
        "The value keeps its digits near equality, where scikit-learn subtracts two equal numbers: logarithms in two "
        "branches.",
        losses=("poisson_deviance", "gamma_deviance", "tweedie_deviance"),
        framework="numpy",
    ),
    Cause(
        "Two branches of a `where`, with an array for each (presumed, not profiled).",
        losses=("pinball",),
        framework="numpy",
    ),
    Cause(
        "The tape computes the derivative of each operation by itself, in arrays of its own; a formula by hand shares "
        "them.",
        framework="numpy",
        size="tape",
    ),
)
