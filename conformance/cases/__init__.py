"""The cases of all losses, one module a family, named as the family; found by walking this package."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable

from conformance.case import Case


def _collect() -> dict[str, tuple[Case, ...]]:
    found: dict[str, tuple[Case, ...]] = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(__path__)):
        for case in importlib.import_module(f"{__name__}.{module}").CASES:
            found[case.loss] = (*found.get(case.loss, ()), case)
    return found


def first_of_families(cases: Iterable[Case]) -> frozenset[Case]:
    """Return one case of each family, which stands for the others where a framework compiles slowly."""
    firsts: dict[str, Case] = {}
    for case in cases:
        firsts.setdefault(case.info.family, case)
    return frozenset(firsts.values())


CASES = _collect()
"""The cases of every loss, by its name."""

ALL_CASES = tuple(case for cases in CASES.values() for case in cases)

REPRESENTATIVE = first_of_families(ALL_CASES) | {case for case in ALL_CASES if case.thorough}
"""The cases that an ordinary run compiles in every mode; ``--exhaustive`` compiles all."""
