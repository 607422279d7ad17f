"""The catalogue has every loss, with its formula and its names elsewhere: as a page, and on the command line."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from agnostic_losses import LOSSES, _catalogue, _peers
from agnostic_losses.__main__ import main
from agnostic_losses._peers import Peer


@pytest.fixture(scope="module")
def page(script: Callable[[str], ModuleType]) -> ModuleType:
    """The script that writes the page."""
    return script("catalogue")


def test_the_page_is_up_to_date(page: ModuleType, is_up_to_date: Callable[[ModuleType], bool]) -> None:
    assert is_up_to_date(page), "run nox -s docs"


def test_the_guard_can_fail(
    page: ModuleType, is_up_to_date: Callable[[ModuleType], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    new = Peer(theirs="library.new(predictions)", ours="al.huber(predictions, 0.0)")
    known = _peers.table()
    monkeypatch.setattr(_peers, "table", lambda: (*known, new))
    assert not is_up_to_date(page)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_an_entry_is_whole(name: str) -> None:
    text = "\n".join(_catalogue.entry(LOSSES[name]))
    assert f"### {name}\n" in text
    assert "```math\n\n```" not in text, "the docstring has no formula"
    for peer in _peers.table():
        assert (f"`{peer.name}`" in text) == (peer.name in LOSSES[name].aliases)


def test_the_parts_of_an_entry() -> None:
    text = "\n".join(_catalogue.entry(LOSSES["absolute_error"]))
    assert "`absolute_error(predictions, targets, *, weights=None, where=None, reduction='mean')`" in text
    assert "| `torch.nn.functional.l1_loss`, `torch.nn.L1Loss` |" in text
    assert _catalogue.formula("Title.\n\n.. math:: a = b,\n          \\qquad c\n\nText.\n\n.. math:: d") == (
        "a = b, \\qquad c"
    )
    assert _catalogue.formula("Title.") == ""


def test_the_command_prints_what_is_asked_for(capsys: pytest.CaptureFixture[str], page: ModuleType) -> None:
    main(["list"])
    assert capsys.readouterr().out == page.render().removeprefix(page.INTRODUCTION)
    main(["list", "huber", "--family", "reinforcement"])
    titles = [line for line in capsys.readouterr().out.splitlines() if line.startswith("#")]
    assert titles == ["## Reinforcement", "### temporal_difference", "## Robust", "### huber"]


@pytest.mark.parametrize(("arguments", "message"), [(["hubert"], "loss must be one of"), (["--family", "x"], "family")])
def test_the_command_rejects_what_is_not_there(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["list", *arguments])
    assert message in capsys.readouterr().err
