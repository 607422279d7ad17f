"""Faults that are planted in the source of the losses, and which checks of the suite catch them on which framework.

Each is a replacement in the text of one function, of a loss or of `ops`. The checks are the suite's own tests, called
with one option set of one case; what is planted where stands in `MUTATIONS`, and `test_mutations.py` runs it.
"""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses.losses.binary import _of_probs
from agnostic_losses.losses.robust import _huber
from agnostic_losses.ops import exclude
from agnostic_losses.ops.distances import _norm
from agnostic_losses.ops.reduce import _weighted_mean
from agnostic_losses.ops.special import _softplus, relu_with_margin
from agnostic_losses.testing.measures import Measure
from conformance import test_invariants, test_values
from conformance.case import Case, Point
from conformance.cases import CASES
from conformance.frameworks import JAX, Framework, without_fused_forms

DTYPE = "float64"
INVARIANTS: dict[str, tuple[Callable[[Case, Framework], None], Sequence[Case]]] = {
    "mask": (test_invariants.test_nothing_under_the_mask_is_read, test_invariants.REDUCING),
    "dropping": (test_invariants.test_masking_is_dropping, test_invariants.MOVABLE),
    "reductions": (test_invariants.test_reductions_agree, test_invariants.REDUCING),
}
"""The checks that need no truth, each with the cases that it is for."""

CHECKS = ("value", "gradient", "hessian", "constant", "exact", *INVARIANTS)
"""What can catch a fault: three comparisons with the truth, an argument that is none, exact points, invariants."""


@dataclass(frozen=True)
class Mutation:
    """A fault in the source of a function, and what finds it.

    Attributes
    ----------
    loss : str
        The loss that is checked.
    fault : str
        What kind of fault it is; the test id.
    old, new : str
        The replacement; `old` occurs exactly once.
    caught : str
        The names of the checks that must catch it, in the order of `CHECKS`; others may.
    but : mapping of str to str
        The same for the frameworks on which other checks do, since they define derivatives at kinks otherwise.
    within : callable, optional
        The function whose source it is in; the loss when absent.
    number : int
        The option set of the loss's first case.
    """

    loss: str
    fault: str
    old: str
    new: str
    caught: str
    but: Mapping[str, str] = field(default_factory=dict)
    within: Callable[..., Any] | None = None
    number: int = 0

    @property
    def point(self) -> Point:
        """What is evaluated: one option set; the tests themselves add its extremes."""
        return CASES[self.loss][0].points[self.number]

    def catchers(self, framework: Framework) -> list[str]:
        """Return the checks that are to catch it on a framework, in the order of `CHECKS`."""
        return self.but.get(framework.name, self.caught).split()


def mutated(function: Callable[..., Any], old: str = "", new: str = "") -> Callable[..., Any]:
    """Return another function of the same source, or with a part of it replaced; it isn't filed in the registry."""
    source = inspect.getsource(function)
    if old and source.count(old) != 1:
        raise ValueError(
            f"{function.__name__}: its source must have {old!r} once, and has it {source.count(old)} times"
        )
    tree = ast.parse(source.replace(old, new) if old else source)
    (definition,) = tree.body
    assert isinstance(definition, ast.FunctionDef)
    definition.decorator_list.clear()
    made: dict[str, Any] = {}
    # In the namespace of its module, so that it sees what is planted there.
    exec(compile(tree, f"<{function.__name__}>", "exec"), vars(inspect.getmodule(function)), made)
    return made[function.__name__]  # type: ignore[no-any-return]


@contextlib.contextmanager
def planted(mutation: Mutation) -> Iterator[None]:
    """Put the faulty function in the place of the right one, wherever the package refers to it."""
    loss = al.LOSSES[mutation.loss]
    faulty = mutated(mutation.within or loss.function, mutation.old, mutation.new)
    # A loss that calls what is faulty is made anew as well: the suite keeps compiled functions by their identity.
    fresh = faulty if mutation.within is None else mutated(loss.function)
    with pytest.MonkeyPatch.context() as patch:
        for module, name in references(mutation.within or loss.function):
            patch.setattr(module, name, faulty)
        patch.setitem(al.LOSSES, mutation.loss, dataclasses.replace(loss, function=fresh))
        without_fused_forms(patch)  # which stand for the bodies that a fault is planted in
        yield


def references(function: Callable[..., Any]) -> list[tuple[Any, str]]:
    """Return the modules of the package that have a name for a function, with that name."""
    package = [module for path, module in sys.modules.items() if path.partition(".")[0] == al.__name__]
    return [(module, name) for module in package for name, value in vars(module).items() if value is function]


def caught_by(mutation: Mutation, framework: Framework) -> dict[str, str]:
    """Plant a fault, run the suite's checks of its point, and return the messages of those that fail, by name."""
    point = mutation.point
    # Comparisons alone must catch a fault; that the suite makes errors of NumPy's warnings comes on top.
    with planted(mutation), np.errstate(all="ignore"):
        failures = against_truth(point, framework)
        for exact in point.case.exact:
            failures |= failing("exact", test_values.test_exact_points, point.case, exact, DTYPE, framework)
        for name, (check, cases) in INVARIANTS.items():
            # Most of them run operation by operation, each of which JAX compiles: there, those that are to fail.
            if point.case in cases and (framework is not JAX or name in mutation.catchers(framework)):
                failures |= failing(name, check, point.case, framework)
    return failures


def against_truth(point: Point, framework: Framework) -> dict[str, str]:
    """Compare with the truth, in one mode; value, gradient and second derivative fail for themselves."""
    found: list[Measure] = []
    failed = failing("constant", test_values.test_truth, point, framework, framework.main, DTYPE, found.extend)
    return {measure.what: str(measure) for measure in found if not measure.passed} if found else failed


def failing(name: str, check: Callable[..., None], *args: Any) -> dict[str, str]:
    """Return the message of a check under its name; nothing if it passes."""
    try:
        check(*args)
    except AssertionError as error:
        return {name: str(error)}
    return {}


MUTATIONS = (
    Mutation(
        "wasserstein_critic", "wrong sign", "fake_scores - real_scores", "real_scores - fake_scores", "value gradient"
    ),
    Mutation(
        "huber",
        "wrong constant",
        "0.5 * xp.square(",
        "0.51 * xp.square(",
        "value gradient hessian exact",
        within=_huber,
    ),
    Mutation(
        "huber", "wrong constant in the value alone", "size - 0.5 * delta", "size - delta / 3.0", "value", within=_huber
    ),
    Mutation(
        "kl_divergence_with_log_targets",
        "swapped arguments",
        "log_probs=log_probs, target_log_probs=target_log_probs",
        "log_probs=target_log_probs, target_log_probs=log_probs",
        "value gradient hessian exact",
    ),
    Mutation(
        "binary_cross_entropy",
        "logarithm of 0",
        "ops.log_probability(probs, xp=xp)",
        "xp.log(probs)",
        "value gradient hessian exact",
        within=_of_probs,
    ),
    Mutation(
        "gradient_penalty",
        "root of 0",
        "xp.where(zero, 1.0, total) ** (1.0 / p)",
        "total ** (1.0 / p)",
        "gradient exact",
        within=_norm,
    ),
    Mutation(
        "gan_discriminator",
        "two kinks that cancel",
        "relu(x, xp=xp) + xp.log1p(xp.exp(minus_abs(x, xp=xp)))",
        "xp.maximum(x, xp.zeros_like(x)) + xp.log1p(xp.exp(-xp.abs(x)))",
        "hessian exact",
        # Two halves of a slope are right by chance, and the curvature of the kinks is lost. JAX's |x| has slope 1 at 0.
        but={"jax": "gradient exact"},
        within=_softplus,
    ),
    Mutation(
        "squared_error",
        "mask by multiplication",
        "xp.where(mask, array, fill)",
        "array * xp.astype(mask, array.dtype)",
        "mask",
        within=exclude,
    ),
    Mutation(
        "absolute_error",
        "one-sided kink",
        "ops.abs(predictions - targets, xp=xp)",
        "xp.where(predictions >= targets, predictions - targets, targets - predictions)",
        "exact",
    ),
    Mutation(
        "hinge",
        "one-sided kink",
        "ops.relu(1.0 - targets * scores, xp=xp)",
        "xp.where(targets * scores <= 1.0, 1.0 - targets * scores, 0.0)",
        "exact",
    ),
    Mutation(
        "triplet_margin",
        "the framework's own kink",
        "xp.where(x > -margin, x + margin, 0.0)",
        "xp.maximum(x + margin, xp.zeros_like(x))",
        "exact",
        within=relu_with_margin,
    ),
    Mutation(
        "log_cosh",
        "mean over excluded places",
        "xp.astype(where, values.dtype)",
        "xp.ones_like(values)",
        "dropping reductions",
        within=_weighted_mean,
    ),
    Mutation(
        "nll", "mean without class weights", "normalizer=own_weight", "normalizer=None", "value reductions", number=1
    ),
    Mutation(
        "sigmoid_focal",
        "gradient cut",
        "xp.exp(-gamma * minus_log_zero)",
        "xp.exp(-gamma * ops.stop_gradient(minus_log_zero))",
        "gradient hessian",
    ),
    Mutation(
        "temporal_difference",
        "gradient not cut",
        "ops.stop_gradient(rewards + discount * next_values)",
        "(rewards + discount * next_values)",
        "constant exact",
    ),
    Mutation(
        "dice",
        "cast to float32",
        "2.0 * xp.sum(probs * targets, axis=axis)",
        "xp.astype(2.0 * xp.sum(xp.astype(probs * targets, xp.float32), axis=axis), probs.dtype)",
        "value gradient hessian",
    ),
    Mutation(
        "cross_entropy",
        "difference of large numbers",
        "ops.softplus(ops.log_odds_against(logits, labels, axis, xp=xp), xp=xp)",
        "ops.logsumexp(logits, axis, xp=xp) - ops.pick(logits, labels, axis, xp=xp)",
        "value gradient exact",
    ),
)
"""What is planted. `caught` is the table of which check catches which fault."""
