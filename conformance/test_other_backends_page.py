"""docs/backends.md, run as it stands: its examples, and the library that it makes up, with every loss on its arrays.

Which array belongs to which library is in `tests/test_resolver.py`; here is CuPy's, which no machine of the suite has.
"""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import array_api_compat
import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses import backends
from agnostic_losses.backends import resolver
from agnostic_losses.testing.frameworks import Framework
from agnostic_losses.testing.modes import Mode, everything
from conformance.case import Point
from conformance.cases import ALL_CASES, REPRESENTATIVE
from conformance.checks import measures

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "backends.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```", re.DOTALL | re.MULTILINE)
BLOCKS: list[tuple[str, str, str]] = BLOCK.findall(PAGE)
"""Language, file or topic, and text."""

USE = "use.py"
GROUP = "agnostic_losses.backends"
POINTS = [
    pytest.param(case.points[0], id=case.name, marks=() if case in REPRESENTATIVE else pytest.mark.exhaustive)
    for case in ALL_CASES
]


def files() -> dict[str, str]:
    """Return the files of the made-up library by their names."""
    return {name: text for language, name, text in BLOCKS if "." in name and language != "text"}


def write(folder: Path, *, announced: bool = True) -> None:
    """Write the library as pip installs it."""
    contents = files()
    metadata = tomllib.loads(contents.pop("pyproject.toml"))["project"]
    installed = f"{metadata['name']}-{metadata['version']}.dist-info"
    contents[f"{installed}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: {metadata['name']}\nVersion: {metadata['version']}\n"
    )
    if announced:
        lines = [f"{name} = {value}\n" for name, value in metadata["entry-points"][GROUP].items()]
        contents[f"{installed}/entry_points.txt"] = "".join([f"[{GROUP}]\n", *lines])
    for name, text in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def use(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the page's use of the library in a process of its own, which has never heard of it."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
    command = [sys.executable, "-W", "error", str(folder / USE)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


def test_the_examples_run(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    shown = 0
    for language, topic, text in BLOCKS:
        if language == "python" and not topic:
            exec(text, names)
        elif language == "text" and not topic:
            assert capsys.readouterr().out == text
            shown += 1
    assert shown == 4


def test_what_keras_needs_is_that_of_the_example() -> None:
    example = (ROOT / "examples" / "keras_fit.py").read_text(encoding="utf-8")
    parts = [text for _, topic, text in BLOCKS if topic == "keras"]
    assert len(parts) == 2
    assert all(part in example for part in parts)


def test_the_library_announces_itself(tmp_path: Path) -> None:
    write(tmp_path)
    finished = use(tmp_path)
    assert not finished.stderr
    assert [finished.stdout] == [text for language, name, text in BLOCKS if (language, name) == ("text", USE)]


def test_a_library_that_is_not_announced_is_unknown(tmp_path: Path) -> None:
    write(tmp_path, announced=False)
    assert "TypeError: argument 0 must be a real floating array, got Array" in use(tmp_path).stderr


@pytest.fixture(scope="module")
def tinyarrays(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Framework]:
    """The library, installed in this process as long as the tests of this file run."""
    folder = tmp_path_factory.mktemp("site")
    write(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.setattr(resolver, "_BACKENDS", list(resolver._BACKENDS))
        patch.setattr(resolver, "_ADAPTERS", {})
        patch.setattr(resolver, "_ENTRY_POINTS_LOADED", [])
        library = importlib.import_module("tinyarrays")
        yield Framework(
            "tinyarrays",
            array=lambda x: library.Array(x.copy()),
            numpy=lambda x: np.asarray(x.data),
            array_type=library.Array,
            cast=lambda x, dtype: library.Array(x.data.astype(dtype)),
            modes={"eager": Mode(everything, "the tape")},
            device=lambda x: "cpu",
        )
    for name in [name for name in sys.modules if name.partition(".")[0] == "tinyarrays"]:
        del sys.modules[name]


@pytest.mark.parametrize("point", POINTS)
def test_losses_on_the_made_up_arrays(point: Point, tinyarrays: Framework) -> None:
    found = measures(point, tinyarrays, "eager", "float64")
    assert found
    failures = [str(measure) for measure in found if not measure.passed]
    assert not failures, "\n".join(failures)


def test_cupy_is_recognised_by_its_type(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in has the names that the look-up needs; its functions are on a GPU."""
    package, namespace = ModuleType("cupy"), ModuleType("array_api_compat.cupy")
    package.ndarray = type("ndarray", (), {"__module__": "cupy"})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "cupy", package)
    monkeypatch.setitem(sys.modules, "array_api_compat.cupy", namespace)
    monkeypatch.setattr(array_api_compat, "cupy", namespace, raising=False)
    monkeypatch.setattr(resolver, "_ADAPTERS", {})
    x = package.ndarray()
    assert backends.is_array(x)
    assert backends.backend_name(x) == "cupy"
    assert al.array_namespace(x) is namespace
    with pytest.raises(TypeError, match=r"array 2 must be an array of cupy, .* got one of array_api_strict"):
        al.array_namespace(x, importlib.import_module("array_api_strict").ones(2))
