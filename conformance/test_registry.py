"""Every loss has a case and the one signature; every case belongs to a loss."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

import agnostic_losses as al
from conformance.case import Case
from conformance.cases import ALL_CASES, CASES

LEADING_NAMES = {
    *("predictions", "logits", "scores", "probs", "log_probs", "mean", "values", "anchors", "queries", "view_a"),
    *("real_logits", "fake_logits", "real_scores", "fake_scores", "gradients", "features", "parameters"),
    "lower",
    *("distances", "embeddings", "hidden"),
    *("rates", "log_rates", "ensemble"),
}
"""The names that a first argument may have: they say its domain."""

COMMON = {"weights": None, "where": None, "reduction": "mean"}

every_loss = pytest.mark.parametrize("name", sorted(al.LOSSES))


def without_case(losses: Any, cases: Any) -> set[str]:
    """Return the losses that have no case."""
    return set(losses) - set(cases)


def test_every_loss_has_a_case() -> None:
    assert not without_case(al.LOSSES, CASES)


def test_every_case_has_a_loss() -> None:
    assert not without_case(CASES, al.LOSSES)


@every_loss
def test_public_function(name: str) -> None:
    info = al.LOSSES[name]
    assert getattr(al, name) is info.function, "the decorator must return the function, the package export it"
    assert name in al.__all__
    assert info.function.__module__ == f"agnostic_losses.losses.{info.family}"
    assert not name.endswith("_loss")


@every_loss
def test_documented(name: str) -> None:
    text = inspect.getdoc(al.LOSSES[name].function) or ""
    for part in (".. math::", "Parameters\n---", "Returns\n---", "Raises\n---"):
        assert part in text, f"{name}: the docstring lacks {part!r}"
    for parameter in inspect.signature(al.LOSSES[name].function).parameters:
        assert parameter in text.partition("Returns\n---")[0], f"{name}: {parameter} is not documented"


@every_loss
def test_uniform_signature(name: str) -> None:
    parameters = inspect.signature(al.LOSSES[name].function).parameters
    kinds = [parameter.kind for parameter in parameters.values()]
    assert next(iter(parameters)) in LEADING_NAMES
    assert set(kinds) <= {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}
    for parameter in parameters.values():
        keyword_only = parameter.kind is inspect.Parameter.KEYWORD_ONLY
        assert keyword_only or parameter.default in (inspect.Parameter.empty, None), f"{parameter} is an option"
        assert not keyword_only or parameter.default is not inspect.Parameter.empty, f"{parameter} has no default"
    if "where" in parameters:
        assert {key: parameters[key].default for key in COMMON if key in parameters} == COMMON
        assert list(parameters)[-3:] == list(COMMON)
    else:
        assert not COMMON.keys() & parameters.keys(), "weights, mask and reduction come together"


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.name)
def test_case_fits_signature(case: Case) -> None:
    parameters = inspect.signature(case.info.function).parameters
    positional = [p.name for p in parameters.values() if p.kind is not inspect.Parameter.KEYWORD_ONLY]
    assert list(case.inputs) == positional[: len(case.inputs)], "inputs are the leading arguments, in order"
    required = [p.name for p in parameters.values() if p.default is inspect.Parameter.empty]
    assert set(required) <= set(case.inputs)
    for options in (*case.options, *(exact.options for exact in case.exact)):
        assert set(options) <= set(parameters) - set(case.inputs)
    assert set(case.constant) <= set(case.inputs)
    for exact in case.exact:
        assert set(exact.inputs) == set(case.inputs)
        assert set(exact.gradient) <= set(case.inputs)
    assert all(looser.reason and (looser.factor > 1.0 or looser.eps > 0.0) for looser in case.looser)


@every_loss
def test_every_option_is_used_by_a_case(name: str) -> None:
    parameters = inspect.signature(al.LOSSES[name].function).parameters
    used = {
        key
        for case in CASES[name]
        for options in (*case.options, *(exact.options for exact in case.exact), case.inputs)
        for key in options
    }
    assert set(parameters) - set(COMMON) <= used
