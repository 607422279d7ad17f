"""The names that the package offers, and the hints for names of other libraries; the registry is the only list."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from inspect import Parameter
from types import ModuleType
from typing import Any

import pytest

import agnostic_losses as al
from agnostic_losses import LOSSES, _registry, losses
from agnostic_losses.backends import register_backend

FAMILIES = [module.name for module in pkgutil.iter_modules(losses.__path__)]
ALIASES = [(alias, info.name) for info in LOSSES.values() for alias in info.aliases]
SUBMODULES = {module.name for module in pkgutil.iter_modules(al.__path__)}


def public_functions(module: ModuleType) -> dict[str, Callable[..., Any]]:
    """Return the functions that a module defines for others."""
    return {
        name: value
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    }


@pytest.mark.parametrize("module", [al, al.ops, al.backends, al.autodiff], ids=lambda module: module.__name__)
def test_all_is_sorted_and_true(module: ModuleType) -> None:
    assert sorted(set(module.__all__)) == list(module.__all__)
    for name in module.__all__:
        assert hasattr(module, name)
        assert not name.startswith("_")


@pytest.mark.parametrize("module", [al, al.ops, al.backends], ids=lambda module: module.__name__)
def test_all_is_complete(module: ModuleType) -> None:
    offered = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", "").startswith("agnostic_losses")
    }
    assert offered <= set(module.__all__)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_function_of_a_family_is_a_registered_loss(family: str) -> None:
    module = importlib.import_module(f"agnostic_losses.losses.{family}")
    functions = public_functions(module)
    assert functions
    for name, function in functions.items():
        assert LOSSES[name].function is function
        assert LOSSES[name].family == family


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_every_loss_is_exported(name: str) -> None:
    assert name in al.__all__
    assert getattr(al, name) is LOSSES[name].function


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_every_loss_has_the_same_options(name: str) -> None:
    parameters = list(inspect.signature(LOSSES[name].function).parameters.values())
    by_name = {parameter.name: parameter for parameter in parameters}
    assert {parameter.kind for parameter in parameters} <= {Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY}
    options = [parameter for parameter in parameters if parameter.kind is Parameter.KEYWORD_ONLY]
    assert Parameter.empty not in {option.default for option in options}
    assert not {"from_logits", "dim", "size_average", "reduce", "y_true", "y_pred"} & set(by_name)
    if LOSSES[name].family != "penalties":  # sums over parameters: nothing to mask or to average
        assert [option.name for option in options[-3:]] == ["weights", "where", "reduction"]
        assert [option.default for option in options[-3:]] == [None, None, "mean"]


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_a_name_is_a_noun_without_suffix(name: str) -> None:
    assert name.islower()
    assert not name.endswith("_loss")


@pytest.mark.parametrize("alias", sorted({alias for alias, _ in ALIASES}))
def test_a_foreign_name_is_answered_with_ours(alias: str) -> None:
    foreign = alias.rpartition(".")[2]
    owners = {owner for other, owner in ALIASES if other.rpartition(".")[2] == foreign}
    if foreign in al.__all__:
        assert foreign in owners, "a name of ours must not be another loss elsewhere only"
        return
    assert foreign not in SUBMODULES, "importing it would import a module"
    assert not hasattr(al, foreign)
    with pytest.raises(AttributeError, match=f"no attribute '{foreign}'") as raised:
        getattr(al, foreign)
    assert all(f"al.{owner}(" in str(raised.value) for owner in owners)


def test_well_known_names_have_an_answer() -> None:
    known = {"mse_loss": "squared_error", "MSELoss": "squared_error", "MeanSquaredError": "squared_error"}
    for foreign, name in known.items():
        with pytest.raises(AttributeError, match=rf" is al\.{name}\(predictions, targets\)"):
            getattr(al, foreign)


def test_an_answer_names_the_calls_of_every_library_and_what_differs() -> None:
    with pytest.raises(AttributeError) as raised:
        _ = al.huber_loss
    first, *lines = str(raised.value).splitlines()
    assert first == "module 'agnostic_losses' has no attribute 'huber_loss'. With `import agnostic_losses as al`:"
    assert [line.strip().partition(".")[0] for line in lines] == ["torch", "optax", "tf"]
    assert lines[0] == (
        "  torch.nn.functional.huber_loss(predictions, targets, delta=0.25) is "
        "al.huber(predictions, targets, delta=0.25)"
    )
    assert ". They differ: optax " in lines[1]
    with pytest.raises(AttributeError, match=r"torch\.nn\.MSELoss, as torch\.nn\.functional\.mse_loss\("):
        _ = al.MSELoss


def test_importing_a_foreign_name_is_answered_too() -> None:
    with pytest.raises(ImportError, match=r"mse_loss\(predictions, targets\) is al\.squared_error\("):
        exec("from agnostic_losses import mse_loss")


def test_an_unknown_name_is_an_ordinary_error() -> None:
    with pytest.raises(AttributeError, match=r"module 'agnostic_losses' has no attribute 'no_such_loss'$"):
        _ = al.no_such_loss
    assert not hasattr(al, "no_such_loss")
    with pytest.raises(ImportError, match="cannot import name 'no_such_loss'"):
        exec("from agnostic_losses import no_such_loss")


def test_the_decorator_records_and_returns_the_same_function(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_registry, "LOSSES", {})

    def made_up(predictions: Any) -> Any:
        return predictions

    assert _registry.loss(family="robust", additive=False)(made_up) is made_up
    info = _registry.LOSSES["made_up"]
    assert (info.name, info.family, info.additive) == ("made_up", "robust", False)
    assert info.aliases == ()


def test_a_function_of_the_namespace_is_the_documented_one() -> None:
    assert al.register_backend is register_backend
    assert al.__version__.count(".") == 2
