"""What the tests share: the two namespaces that need no framework, and the source of the package."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import array_api_compat.numpy
import array_api_strict
import pytest

import agnostic_losses

NAMESPACES = {"numpy": array_api_compat.numpy, "strict": array_api_strict}


@pytest.fixture(params=sorted(NAMESPACES))
def xp(request: pytest.FixtureRequest) -> Any:
    """NumPy, and the namespace that has nothing outside the standard."""
    return NAMESPACES[request.param]


@pytest.fixture(params=["float32", "float64"])
def dtype(request: pytest.FixtureRequest, xp: Any) -> Any:
    """The dtypes that arithmetic runs in."""
    return getattr(xp, request.param)


@pytest.fixture(scope="session")
def package() -> Path:
    """The folder of the package."""
    return Path(agnostic_losses.__file__).parent


@pytest.fixture(scope="session")
def script(package: Path) -> Callable[[str], ModuleType]:
    """Load a script that writes a page of the documentation, by its name."""

    def load(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(name, package.parent / "docs" / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture(scope="session")
def is_up_to_date() -> Callable[[ModuleType], bool]:
    """Tell whether the page in the repository is the one that its script renders now."""
    return lambda page: bool(page.PAGE.read_text() == page.render())
