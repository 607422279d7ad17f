"""Every name of the standard is there and takes the standard's arguments."""

from __future__ import annotations

import inspect
import types
from typing import Any

import array_api_strict
import pytest

import agnostic_losses.backends.tensorflow as xp

NOT_IN_THE_STANDARD = {"ArrayAPIStrictFlags", "Device", "__version__", "set_array_api_strict_flags"} | {
    "get_array_api_strict_flags",
    "reset_array_api_strict_flags",
}
STANDARD = sorted(set(array_api_strict.__all__) - NOT_IN_THE_STANDARD - {"fft", "linalg"})
FUNCTIONS = [name for name in STANDARD if isinstance(getattr(array_api_strict, name), types.FunctionType)]
LINALG = sorted(array_api_strict.linalg.__all__)
FUNCTIONS.remove("expand_dims")  # its axis was keyword-only with a default, and is positional without: both work here


def parameters(function: Any) -> list[tuple[str, Any, Any]]:
    """Name, kind and default, as far as calls can tell."""
    return [(p.name, p.kind, p.default) for p in inspect.signature(function).parameters.values()]


def comparable(function: Any, *, positional_only_names: bool) -> list[Any]:
    """Positional-only parameters may have any name; a device's default is the reference's own object."""
    rows = []
    for name, kind, default in parameters(function):
        anonymous = kind is inspect.Parameter.POSITIONAL_ONLY and not positional_only_names
        unset = type(default).__name__ in ("Undef", "Device")
        rows.append(("" if anonymous else name, kind, None if unset else default))
    return rows


@pytest.mark.parametrize("name", STANDARD)
def test_has_name(name: str) -> None:
    assert hasattr(xp, name)
    assert name in xp.__all__ or name.startswith("__")


@pytest.mark.parametrize("name", LINALG)
def test_linalg_has_name(name: str) -> None:
    assert name in xp.linalg.__all__


@pytest.mark.parametrize("name", FUNCTIONS)
def test_signature(name: str) -> None:
    ours, reference = getattr(xp, name), getattr(array_api_strict, name)
    assert comparable(ours, positional_only_names=False) == comparable(reference, positional_only_names=False)


@pytest.mark.parametrize("name", LINALG)
def test_linalg_signature(name: str) -> None:
    ours, reference = getattr(xp.linalg, name), getattr(array_api_strict.linalg, name)
    assert comparable(ours, positional_only_names=False) == comparable(reference, positional_only_names=False)


def test_all_names_exist_and_nothing_else_is_public() -> None:
    public = {n for n, v in vars(xp).items() if not n.startswith("_") and not isinstance(v, types.ModuleType)}
    assert public - {"annotations"} <= set(xp.__all__)
    assert all(hasattr(xp, name) for name in xp.__all__)
    assert sorted(set(xp.__all__)) == sorted(xp.__all__)


def test_every_function_is_documented() -> None:
    functions = [getattr(xp, name) for name in xp.__all__ if callable(getattr(xp, name))]
    assert [f.__name__ for f in functions if not inspect.getdoc(f)] == []


def test_functions_know_their_names() -> None:
    wrong = [n for n in FUNCTIONS if getattr(xp, n).__name__ != n and n != "__array_namespace_info__"]
    assert wrong == []
