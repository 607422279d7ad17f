"""What the tests share: the two namespaces that need no framework, and the source of the package."""

from __future__ import annotations

from pathlib import Path
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
