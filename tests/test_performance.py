"""The page of figures is what its renderer makes of them, and no figure is above its limit without a cause."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture(scope="module")
def page(script: Callable[[str], ModuleType]) -> ModuleType:
    """The script that writes the page."""
    return script("performance")


@pytest.fixture(scope="module")
def found(page: ModuleType) -> Any:
    """The figures that are kept."""
    return json.loads(page.FIGURES.read_text())


def test_the_page_is_up_to_date(page: ModuleType, found: Any) -> None:
    assert page.PAGE.read_text() == page.render(found).rstrip() + "\n", "run python docs/performance.py"


def test_what_is_above_its_limit_has_a_cause(page: ModuleType, found: Any) -> None:
    assert page.unexplained(found["figures"]) == []
    assert page.UNEXPLAINED not in page.PAGE.read_text()


def test_the_guard_can_fail(page: ModuleType, found: Any) -> None:
    slow = {"framework": "torch", "loss": "new", "name": "torch.nn.functional.new", "size": "large", "form": "eager"}
    slow |= {"what": "gradient", "ratio": 9.0, "low": 9.0, "high": 9.0}
    (line,) = page.unexplained([slow])
    assert page.UNEXPLAINED in line
    assert line in page.render({**found, "figures": [slow]})


def test_figures_of_one_cause_stand_on_one_line(page: ModuleType, found: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    figure = {"framework": "torch", "size": "large", "form": "eager", "what": "gradient", "low": 1.0, "high": 9.0}
    slow = [
        {**figure, "loss": loss, "name": f"torch.nn.functional.{loss}", "ratio": ratio}
        for loss, ratio in (("first", 2.0), ("second", 3.0))
    ]
    monkeypatch.setattr(page, "cause_of", lambda figure: "For a reason.")
    (line,) = [line for line in page.render({**found, "figures": slow}).splitlines() if "For a reason." in line]
    assert line.endswith(
        "For a reason. `second` beside `torch.nn.functional.second` 3.00 (gradient); "
        "`first` beside `torch.nn.functional.first` 2.00 (gradient)."
    )


def test_smaller_arrays_and_bandwidth_are_named(page: ModuleType, found: Any) -> None:
    figure = {
        "framework": "torch",
        "loss": "new",
        "name": "torch.new",
        "size": "large",
        "form": "eager",
        "what": "value",
    }
    figure |= {"ratio": 1.0, "low": 1.0, "high": 1.0, "shape": [64, 15], "halvings": 6}
    figure |= {"ours_bandwidth": 0.25, "theirs_bandwidth": 0.5}
    text = page.render({**found, "figures": [figure]})
    assert "- torch `new` / `torch.new`: large: 64 × 15" in text
    assert "| torch | `new` | `torch.new` | eager | value | 0.25 | 0.50 |" in text
    assert "Smaller arrays" not in page.render({**found, "figures": [{**figure, "halvings": 0}]})


def test_every_figure_is_on_the_page(page: ModuleType, found: Any) -> None:
    text = page.PAGE.read_text()
    for figure in found["figures"]:
        assert f"| `{figure['loss']}` | `{figure['name']}` | " in text
        assert page.cell(figure) in text or "failed" in figure
