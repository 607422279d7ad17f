"""The cases of all losses, one module a family, named as the family; found by walking this package."""

from __future__ import annotations

import importlib
import pkgutil

from conformance.case import Case


def _collect() -> dict[str, tuple[Case, ...]]:
    found: dict[str, tuple[Case, ...]] = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(__path__)):
        for case in importlib.import_module(f"{__name__}.{module}").CASES:
            found[case.loss] = (*found.get(case.loss, ()), case)
    return found


CASES = _collect()
"""The cases of every loss, by its name."""
