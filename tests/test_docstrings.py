"""Every public docstring is valid numpydoc, every loss is documented in full, and every example runs."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import pytest
from numpydoc.docscrape import FunctionDoc
from numpydoc.validate import validate

import agnostic_losses as al
from agnostic_losses import testing

OPTIONAL = {
    "ES01",  # an extended summary,
    "SA01",  # a See Also section
    "EX01",  # and an example, where there is nothing to add
    "SS05",  # "Mean squared error" is a summary, not a command
    "PR04",  # `weights, where, reduction` are explained in one place
    "PR06",  # "boolean array" says more than "bool"
}
OPTIONAL_OUTSIDE_LOSSES = OPTIONAL | {
    "PR01",  # a short function tells its parameters in its summary
    "RT01",
}
NEEDS_A_FRAMEWORK = tuple(
    f"agnostic_losses.{part}.{name}"
    for part in ("backends", "testing.frameworks")
    for name in ("torch", "jax", "tensorflow", "cupy", "dask")
)


def public_names() -> list[str]:
    """Return the import paths of all that is public besides the losses."""
    modules = (al.ops, al.backends, al.autodiff, testing)
    return [
        f"{module.__name__}.{name}" for module in modules for name in module.__all__ if callable(getattr(module, name))
    ]


def faults(path: str, optional: set[str]) -> list[str]:
    """Return what numpydoc finds wrong with a docstring."""
    return [f"{code} {text}" for code, text in validate(path)["errors"] if code not in optional]


@pytest.mark.parametrize("path", public_names())
def test_public_docstrings_are_valid(path: str) -> None:
    assert faults(path, OPTIONAL_OUTSIDE_LOSSES) == []


@pytest.mark.parametrize("name", sorted(al.LOSSES))
def test_losses_are_documented_in_full(name: str) -> None:
    assert faults(f"agnostic_losses.{name}", OPTIONAL) == []
    function = al.LOSSES[name].function
    docstring = inspect.getdoc(function)
    assert docstring is not None
    assert ".. math::" in docstring, "the formula"
    documentation = FunctionDoc(function)
    assert documentation["Notes"] or documentation["References"]
    if "reduction" in inspect.signature(function).parameters:
        returned = " ".join(line for item in documentation["Returns"] for line in item.desc)
        assert 'reduction="none"' in returned, "the shape of the unreduced loss"


@pytest.mark.parametrize(
    ("docstring", "code"),
    [
        ("", "GL08"),
        ("Title without period\n", "SS03"),
        ("Title.\n\nParameters\n----------\nx : array\n    Any.\ny : array\n    No such.\n", "PR02"),
        ("Title.\n\nReturns\n-------\narray\n", "RT03"),
        ("Title.\n\nParameters\n----------\nx : array\n", "PR07"),
    ],
)
def test_the_validation_can_fail(monkeypatch: pytest.MonkeyPatch, docstring: str, code: str) -> None:
    def relu(x: object) -> object:
        return x

    relu.__doc__ = docstring
    monkeypatch.setattr(al.ops, "relu", relu)
    assert any(fault.startswith(code) for fault in faults("agnostic_losses.ops.relu", OPTIONAL_OUTSIDE_LOSSES))


def modules(package: ModuleType = al) -> Iterator[str]:
    """Yield the modules that can be imported without a framework."""
    yield package.__name__
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if module.name.startswith(NEEDS_A_FRAMEWORK):
            continue
        if module.ispkg:
            yield from modules(importlib.import_module(module.name))
        else:
            yield module.name


def run_examples(name: str) -> doctest.TestResults:
    return doctest.testmod(importlib.import_module(name))


@pytest.mark.parametrize("name", list(modules()))
def test_examples_run(name: str) -> None:
    assert run_examples(name).failed == 0


def test_there_are_examples() -> None:
    assert run_examples("agnostic_losses.ops").attempted >= 3
