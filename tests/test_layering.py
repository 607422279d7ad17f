"""Imports go one way, and only `backends` knows a framework; the sources tell."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = "agnostic_losses"
BASE = {"_typing", "_registry"}
ALLOWED = {
    "_typing": set(),
    "_peers": {"_peers"},
    "_registry": {"_peers"},  # only when somebody asks, see test_import
    "_catalogue": {"_peers", "_registry"},
    "__main__": {"_catalogue"},
    "backends": {"_typing", "backends"},
    "ops": {"_typing", "backends", "ops"},
    "losses": {*BASE, "backends", "ops"},
    "autodiff": {"_typing", "backends", "ops", "autodiff"},
}
"""What each part may import; `testing` and the top module may import all."""

FRAMEWORKS = {"numpy", "torch", "jax", "tensorflow", "keras", "cupy", "dask"}
ADAPTERS = {"array_api_compat", "array_api_strict"}
MAY_IMPORT_FRAMEWORKS = {"backends", "testing"}
MAY_NAME_FRAMEWORKS = MAY_IMPORT_FRAMEWORKS | {"_peers"}


def violations(module: str, source: str, modules: set[str]) -> list[str]:
    """Return what a module does against the rules.

    Parameters
    ----------
    module : str
        Its dotted name, without the package's for a module of the package itself; "" is the top module.
    source : str
        Its text.
    modules : set of str
        The dotted names of all modules of the package.
    """
    part = module.partition(".")[0]
    found = []
    tree = ast.parse(source)
    for target in imports(tree, package_of(module, modules)):
        package, _, rest = target.partition(".")
        if package == ROOT:
            found += illegal_target(module, part, closest_module(rest, modules))
        elif package in FRAMEWORKS | ADAPTERS and part not in MAY_IMPORT_FRAMEWORKS:
            found.append(f"{module} imports {package}")
    if part not in MAY_NAME_FRAMEWORKS:
        found += [f"{module} names {name}" for name in names(tree) if name in FRAMEWORKS]
    return found


def imports(tree: ast.Module, package: list[str]) -> Iterator[str]:
    """Yield the absolute dotted name of everything that a module of `package` imports, at any depth."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            prefix = package[: len(package) + 1 - node.level] if node.level else []
            yield from (".".join([*prefix, *filter(None, [node.module]), alias.name]) for alias in node.names)


def package_of(module: str, modules: set[str]) -> list[str]:
    """Return the dotted name, in parts, of the package that relative imports in a module start from."""
    parts = [ROOT, *module.split(".")] if module else [ROOT]
    is_package = not module or any(name.startswith(f"{module}.") for name in modules)
    return parts if is_package else parts[:-1]


def names(tree: ast.Module) -> Iterator[str]:
    """Yield identifiers, attributes, and strings that consist of one name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def closest_module(name: str, modules: set[str]) -> str:
    """Return the module that `name`, a module or something in one, belongs to."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name


def illegal_target(module: str, part: str, target: str) -> list[str]:
    target_part = target.partition(".")[0]
    if part not in ALLOWED:  # the top module and `testing`
        return []
    family_to_family = part == "losses" and target_part == "losses" and target != module
    if family_to_family or not target_part or target_part not in ALLOWED[part]:
        return [f"{module} imports {target or 'the top module'}"]
    return []


def package_sources(package: Path) -> dict[str, str]:
    """Return the source of every module by its dotted name in the package."""
    sources = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        sources[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_text()
    return sources


def test_the_package_keeps_to_its_layers(package: Path) -> None:
    sources = package_sources(package)
    known = {*ALLOWED, "", "testing"}
    assert {name.partition(".")[0] for name in sources} <= known, "a new part needs its rule in ALLOWED"
    found = [line for name, source in sources.items() for line in violations(name, source, set(sources))]
    assert found == []


@pytest.mark.parametrize(
    ("module", "source", "found"),
    [
        ("_typing", "from agnostic_losses import ops", "_typing imports ops"),
        ("backends.torch", "from agnostic_losses.ops import reduce", "backends.torch imports ops.reduce"),
        ("ops.special", "import agnostic_losses.losses.robust", "ops.special imports losses.robust"),
        ("ops.special", "def f():\n    import numpy as np", "ops.special imports numpy"),
        ("ops.special", "import jax.numpy", "ops.special imports jax"),
        ("ops.special", "if xp.__name__ == 'torch': pass", "ops.special names torch"),
        ("losses.robust", "from agnostic_losses import huber", "losses.robust imports the top module"),
        ("losses.robust", "from agnostic_losses.losses import metric", "losses.robust imports losses.metric"),
        ("losses.robust", "from agnostic_losses.autodiff import grad", "losses.robust imports autodiff"),
        ("losses.robust", "from .regression import squared_error", "losses.robust imports losses.regression"),
        ("autodiff.tape", "from agnostic_losses import losses", "autodiff.tape imports losses"),
        ("autodiff", "from .. import losses", "autodiff imports losses"),
        ("_peers.torch", "import torch", "_peers.torch imports torch"),
        ("_peers.torch", "from agnostic_losses import losses", "_peers.torch imports losses"),
    ],
)
def test_the_guard_can_fail(package: Path, module: str, source: str, found: str) -> None:
    assert found in violations(module, source, set(package_sources(package)))


def test_what_is_allowed_passes(package: Path) -> None:
    modules = set(package_sources(package))
    assert violations("losses.robust", "from agnostic_losses import ops", modules) == []
    assert violations("losses.robust", "from agnostic_losses.ops import abs, reduce", modules) == []
    assert violations("backends.torch", "import torch", modules) == []
    assert violations("_peers", "LIBRARIES = ('torch', 'keras')", modules) == []
    assert violations("losses.robust", "aliases = ('torch.nn.HuberLoss',)", modules) == []
