"""The page for people who come from another library is what its renderer makes of the table."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from agnostic_losses import _peers
from agnostic_losses._peers import Peer


@pytest.fixture(scope="module")
def page(script: Callable[[str], ModuleType]) -> ModuleType:
    """The script that writes the page."""
    return script("coming_from")


def test_the_page_is_up_to_date(page: ModuleType, is_up_to_date: Callable[[ModuleType], bool]) -> None:
    assert is_up_to_date(page), "run nox -s docs"


def test_the_guard_can_fail(
    page: ModuleType, is_up_to_date: Callable[[ModuleType], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    new = Peer(theirs="scipy.special.new(predictions)", ours="al.huber(predictions, 0.0)")
    rows = _peers.rows
    monkeypatch.setattr(_peers, "rows", lambda library: (*rows(library), *[new] * (library == "scipy")))
    assert not is_up_to_date(page)


def test_every_row_is_on_the_page(page: ModuleType) -> None:
    lines = page.render().splitlines()
    for peer in _peers.table():
        (line,) = [line for line in lines if f"| `{peer.theirs}` |" in line]
        assert line.count(" | ") == 3, "a call has a bar, which ends a cell"
        assert f"| `{peer.ours}` |" in line
        assert peer.difference in line


def test_a_loss_is_read_from_our_expression() -> None:
    peer = Peer(
        theirs="lib.f(predictions)(targets)", ours="0.5 * al.huber(predictions, targets).mean()", also=("lib.F",)
    )
    assert (peer.name, peer.names, peer.loss) == ("lib.f", ("lib.f", "lib.F"), "huber")
    with pytest.raises(ValueError, match="too many values to unpack"):
        _ = Peer(theirs="lib.f(predictions)", ours="al.huber(predictions, 0) + al.hinge(predictions, 1)").loss
