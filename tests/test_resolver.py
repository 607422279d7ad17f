"""From arrays to a namespace: by type, without imports; foreign array types; what must not be mixed."""

from __future__ import annotations

import math
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import array_api_compat.numpy
import array_api_strict
import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses import backends
from agnostic_losses.backends import resolver


class Wrapped:
    """An array of a library that nobody has heard of: NumPy inside, and no `__array_namespace__`."""

    def __init__(self, data: Any) -> None:
        self.data = np.asarray(data)

    shape = property(lambda self: self.data.shape)
    ndim = property(lambda self: self.data.ndim)
    dtype = property(lambda self: self.data.dtype)
    device = property(lambda self: "cpu")

    def __neg__(self) -> Wrapped:
        return Wrapped(-self.data)


def unwrap(x: Any) -> Any:
    return x.data if isinstance(x, Wrapped) else x


def operator(name: str) -> Any:
    return lambda self, other: Wrapped(getattr(self.data, name)(unwrap(other)))


for _name in [
    "add",
    "radd",
    "sub",
    "rsub",
    "mul",
    "rmul",
    "truediv",
    "rtruediv",
    "pow",
    "lt",
    "le",
    "gt",
    "ge",
    "eq",
    "ne",
]:
    setattr(Wrapped, f"__{_name}__", operator(f"__{_name}__"))


class WrappedNamespace:
    """The functions of NumPy for wrapped arrays."""

    def __getattr__(self, name: str) -> Any:
        function = getattr(array_api_compat.numpy, name)
        if not callable(function) or isinstance(function, type):
            return function

        def call(*args: Any, **options: Any) -> Any:
            result = function(*map(unwrap, args), **options)
            return Wrapped(result) if isinstance(result, (np.ndarray, np.generic)) else result

        return call


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The made-up library, imported; registrations are undone afterwards."""
    module = ModuleType("made_up")
    module.Wrapped = Wrapped
    monkeypatch.setitem(sys.modules, "made_up", module)
    monkeypatch.setattr(resolver, "_BACKENDS", list(resolver._BACKENDS))
    monkeypatch.setattr(resolver, "_ADAPTERS", {})
    return module


def register(**options: Any) -> None:
    al.register_backend("made-up", package="made_up", array_types=("Wrapped",), namespace=WrappedNamespace, **options)


def test_numpy_and_the_standard_itself() -> None:
    assert al.array_namespace(np.zeros(2)) is array_api_compat.numpy
    assert al.array_namespace(np.float32(1)) is array_api_compat.numpy
    assert al.array_namespace(array_api_strict.zeros(2)) is array_api_strict


def test_numbers_lists_and_none_are_numpy() -> None:
    for arguments in ((), (None,), (1.0, [1, 2]), ([[1.0]], None)):
        assert al.array_namespace(*arguments) is array_api_compat.numpy


def test_the_first_array_leads_and_numpy_follows() -> None:
    strict = array_api_strict.zeros(2)
    assert al.array_namespace(None, 1.0, [1.0], strict, np.zeros(2)) is array_api_strict


def test_an_unknown_array_type_runs_once_it_is_registered(library: ModuleType) -> None:
    x = Wrapped([1.0, 2.0, math.inf])
    assert not backends.is_array(x)
    with pytest.raises(TypeError, match=r"predictions must be an array, a number or a nested list .*, got Wrapped"):
        al.huber(x, [1.0, 4.0, 0.0])

    register()
    assert backends.is_array(x)
    assert backends.backend_name(x) == "made-up"
    found = al.huber(x, np.asarray([1.0, 4.0, 0.0]), where=[True, True, False])
    assert isinstance(found, Wrapped)
    assert float(found.data) == 0.75
    found = al.cross_entropy(Wrapped([[0.0, 0.0]]), [1], reduction="none")
    assert isinstance(found, Wrapped)
    assert float(found.data[0]) == pytest.approx(math.log(2))


def test_native_functions_are_used(library: ModuleType) -> None:
    seen = []

    def absolute(x: Any) -> Any:
        seen.append(x)
        return Wrapped(np.abs(x.data))

    register(native={"abs": absolute, "from_numpy": lambda x, like: Wrapped(x)})
    assert float(al.absolute_error(Wrapped([1.0]), [3.0]).data) == 2.0
    assert len(seen) == 1


def test_a_backend_is_loaded_when_its_first_array_comes(library: ModuleType) -> None:
    calls = []

    def namespace() -> Any:
        calls.append(1)
        return WrappedNamespace()

    al.register_backend("made-up", package="made_up", array_types=("Wrapped",), namespace=namespace)
    al.array_namespace(np.zeros(2))
    assert calls == []
    first, second = al.array_namespace(Wrapped([1.0])), al.array_namespace(Wrapped([2.0]))
    assert first is second
    assert calls == [1]


def test_a_library_that_is_not_imported_is_not_looked_for(library: ModuleType, monkeypatch: Any) -> None:
    monkeypatch.delitem(sys.modules, "made_up")
    register()
    assert not backends.is_array(Wrapped([1.0]))
    assert "made_up" not in sys.modules


def test_a_library_can_announce_itself(library: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    announced = SimpleNamespace(load=lambda: register)
    groups = {"agnostic_losses.backends": [announced]}
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: groups.get(group, []))
    monkeypatch.setattr(resolver, "_ENTRY_POINTS_LOADED", [])
    assert backends.is_array(Wrapped([1.0]))


@pytest.mark.parametrize(
    "call",
    [
        lambda x, y: al.squared_error(x, y),
        lambda x, y: al.squared_error(x, x, weights=y),
        lambda x, y: al.squared_error(x, x, where=y > 0),
        lambda x, y: al.array_namespace(x, y),
    ],
)
def test_two_frameworks_in_one_call_are_an_error_that_names_both(call: Any, library: ModuleType) -> None:
    register()
    with pytest.raises(TypeError, match=r"of array_api_strict, .*\(Array\), got one of made-up \(Wrapped\)"):
        call(array_api_strict.ones(2), Wrapped([1.0, 1.0]))


def test_the_error_of_mixed_input_names_the_argument(library: ModuleType) -> None:
    strict = array_api_strict.ones(2)
    register()
    for name, call in {
        "targets": lambda y: al.squared_error(strict, y),
        "weights": lambda y: al.squared_error(strict, strict, weights=y),
        "array 2": lambda y: al.array_namespace(strict, y),
    }.items():
        with pytest.raises(TypeError, match=f"^{name} must be an array of .*, got one of made-up"):
            call(Wrapped([1.0, 1.0]))


def test_another_frameworks_array_does_not_follow_numpy() -> None:
    with pytest.raises(TypeError, match=r"targets must be an array of numpy, .* got one of array_api_strict"):
        al.squared_error(np.ones(2), array_api_strict.ones(2))


@pytest.mark.parametrize("value", ["text", {1.0}, {"a": 1.0}, object(), iter([1.0]), b"1", 1j, np.ndarray])
def test_what_is_no_array_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="predictions must"):
        al.squared_error(value, [1.0])
    with pytest.raises(TypeError, match="targets must"):
        al.squared_error([1.0], value)


def test_a_list_of_arrays_is_refused_with_the_way_out() -> None:
    with pytest.raises(TypeError, match=r"predictions must hold numbers only, got a list with ndarray: stack it first"):
        al.squared_error([np.ones(2)], [[1.0, 1.0]])


def test_ragged_and_masked_arrays_are_refused() -> None:
    with pytest.raises(TypeError, match="predictions must be rectangular, got a ragged nested list"):
        al.squared_error([[1.0], [1.0, 2.0]], [1.0])
    with pytest.raises(TypeError, match="must be a dense array, got MaskedArray"):
        al.array_namespace(np.ma.masked_array([1.0], mask=[True]))


def test_a_subclass_of_an_array_type_is_that_kind_of_array() -> None:
    class Signal(np.ndarray):
        pass

    assert al.array_namespace(np.zeros(2).view(Signal)) is array_api_compat.numpy


def test_numpy_scalars_are_data() -> None:
    assert float(al.squared_error(np.float64(3.0), np.float64(1.0))) == 4.0
    assert backends.is_scalar(1.0)
    assert not backends.is_scalar(np.float64(1.0))
