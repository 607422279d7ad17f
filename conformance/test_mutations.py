"""Faults planted in the source of the losses are caught, on every framework, by the checks that `mutations` names.

The id of a test ends in those checks; the same source without a fault is caught by none.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from typing import Any

import pytest

import agnostic_losses as al
from conformance.frameworks import FOUR, Framework
from conformance.mutations import CHECKS, DTYPE, MUTATIONS, Mutation, caught_by, mutated, planted

PLANTED = [
    pytest.param(
        mutation,
        framework,
        id=f"{mutation.loss}-{mutation.fault}-{framework}-{'+'.join(mutation.catchers(framework))}",
    )
    for mutation in MUTATIONS
    for framework in FOUR
]
SOUND = list({mutation.point: dataclasses.replace(mutation, new=mutation.old) for mutation in MUTATIONS}.values())
"""Mutations of nothing, one for each point."""


@pytest.mark.parametrize(("mutation", "framework"), PLANTED)
def test_fault_is_caught(mutation: Mutation, framework: Framework) -> None:
    failures, wanted = caught_by(mutation, framework), mutation.catchers(framework)
    missing = [check for check in wanted if check not in failures]
    assert not missing, f"{mutation.loss}, {mutation.fault}: caught by {list(failures)}, not by {missing}"
    for check, message in ((check, failures[check]) for check in wanted):
        assert re.search(told(check, mutation, framework), message, re.DOTALL), f"{check} says only:\n{message}"


def told(check: str, mutation: Mutation, framework: Framework) -> str:
    """Return the pattern of a message: the loss with its options, where and how it ran, and both numbers."""
    loss, mode = mutation.loss, framework.main
    options = re.escape(mutation.point.options_text)
    if check in ("value", "gradient", "hessian"):
        line = f"--loss {loss} --backend {framework} --mode {mode} --dtype {DTYPE}"
        called = rf"{loss}\({options}\)" if options else loss
        number = r"element \d+: got \S+, truth \S+, error \S+ ulp, bound \S+ ulp"
        return rf"{called}, .*{framework}, {mode}, {DTYPE}: {check}.*: {number}\n    reproduce: .* {line}$"
    if check == "exact":
        where = rf"{framework} {mode}, (value|gradient|second).*, {DTYPE}: element \(.*\)"
        return rf"{loss}, .*\{{.*\}}, {where}: got \S+, known"
    if check == "constant":
        return rf"{loss}.*{options}, {framework}, {mode}: \w+ is a constant and has the gradient"
    return rf"{mutation.point.case.name}.*{framework}.*(got \S+, wanted|ACTUAL.*DESIRED|not finite)"


@pytest.mark.parametrize("mutation", SOUND, ids=lambda mutation: mutation.point.name)
def test_same_source_is_caught_by_nothing(mutation: Mutation, four: Framework) -> None:
    assert caught_by(mutation, four) == {}


def test_every_check_catches_a_fault() -> None:
    caught = {check for mutation in MUTATIONS for framework in FOUR for check in mutation.catchers(framework)}
    assert caught == set(CHECKS)


def test_faults_are_of_many_kinds_in_many_losses() -> None:
    assert len({mutation.fault for mutation in MUTATIONS}) >= 10
    assert len({mutation.loss for mutation in MUTATIONS}) >= 10


@pytest.mark.parametrize(("old", "times"), [("no such text", 0), ("predictions", "[1-9]")])
def test_a_stale_mutation_is_found(old: str, times: Any) -> None:
    with pytest.raises(ValueError, match=f"huber: .* {times}"):
        mutated(al.huber, old, "anything")


def test_nothing_stays_planted() -> None:
    mutation = next(mutation for mutation in MUTATIONS if mutation.within is None)
    loss, info = mutation.loss, al.LOSSES[mutation.loss]
    with planted(mutation):
        assert getattr(al, loss) is al.LOSSES[loss].function is not info.function
        assert inspect.signature(getattr(al, loss)) == inspect.signature(info.function)
    assert getattr(al, loss) is info.function
    assert al.LOSSES[loss] is info
