"""The code of the README and of docs/testing.md, run as it stands, against known numbers or the output shown there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from agnostic_losses.testing import ConformanceError
from conformance.frameworks import Framework

ROOT = Path(__file__).parent.parent
OUTPUT = "text"
NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")


def blocks_of(page: str) -> list[tuple[str, str]]:
    """Return the blocks of a page that are code or its output, each with its language."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"^```(python|{OUTPUT})\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


BLOCKS = [block for _, block in blocks_of("README.md")]


def run(block: str, names: dict[str, Any] | None = None) -> dict[str, Any]:
    """Execute a block, after others that defined names, and return all names."""
    names = {} if names is None else names
    exec(block, names)
    return names


def rough(output: str) -> list[str]:
    """Return the words of an output without what depends on the machine: the digits of errors, and rules."""
    return [NUMBER.sub("#", word) for word in output.split() if not set(word) <= set("━┏┳┓┡╇┩└─┴┘")]


def test_the_example_runs() -> None:
    names = run(BLOCKS[0])
    expected = 0.5 * np.log(1.0 + np.exp([-1.5, -2.9]) + np.exp([-3.0, -2.8])).sum()
    assert float(names["al"].cross_entropy(names["logits"], names["labels"])) == pytest.approx(expected, rel=1e-6)


def test_the_loss_of_ones_own(four: Framework) -> None:
    linex = run(BLOCKS[1])["linex"]
    predictions, targets = np.asarray([0.0, 2.0, 1.0, np.nan]), np.asarray([1.0, 1.0, 1.0, 1.0])
    where = np.asarray([True, True, True, False])

    def loss(x: Any, y: Any) -> Any:
        return linex(x, y, slope=2.0, where=where)

    value, gradient = al.value_and_grad(loss)(four.array(predictions), four.array(targets))
    known = (np.exp(-2.0) + np.exp(2.0) - 2.0) / 3.0, 2.0 * np.expm1([-2.0, 2.0, 0.0]) / 3.0
    np.testing.assert_allclose(four.numpy(value), known[0], rtol=1e-14)
    np.testing.assert_allclose(four.numpy(gradient), [*known[1], 0.0], rtol=1e-14, atol=0.0)


def test_a_foreign_name_is_explained() -> None:
    with pytest.raises(AttributeError, match="squared_error"):
        _ = al.mse_loss  # type: ignore[attr-defined]


def test_the_page_on_testing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    names: dict[str, Any] = {}
    shown = 0
    for language, block in blocks_of("docs/testing.md"):
        if language == OUTPUT:
            assert rough(capsys.readouterr().out) == rough(block)
            shown += 1
        else:
            run(block, names)
    assert shown == 2
    for dtype in ("float32", "float64"):
        names["test_my_loss"](dtype)


def test_a_readme_shows_check_loss() -> None:
    linex = run(BLOCKS[1])
    with pytest.raises(ConformanceError, match="nothing was compared"):
        run(BLOCKS[2].replace("inputs, ", "[], "), linex)
    run(BLOCKS[2], linex)


def test_the_comparison_of_outputs_can_fail() -> None:
    assert rough("error 1.5e+06 ulp") == rough("error 2 ulp")
    assert rough("error 1.5 ulp") != rough("errors 1.5 ulp")
    assert rough("│ numpy eager │ 0.34 │") != rough("│ numpy eager │ error │")
