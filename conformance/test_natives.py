"""The losses of the frameworks themselves at the extremes, for the report; ours at the same points are all finite."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agnostic_losses._peers import Peer
from conformance.natives import NativeRow, row, rows


@pytest.mark.parametrize("peer", rows(), ids=lambda peer: peer.theirs)
def test_extremes(peer: Peer, request: Any) -> None:
    theirs, own = row(peer), row(peer, own=True)
    request.node.user_properties.append(("native", json.dumps(theirs.facts())))
    assert theirs.values, "nothing has been compared"
    assert (own.raised, own.bad_values, own.bad_gradients) == (0, 0, 0)


def test_what_is_not_finite_is_counted() -> None:
    """Known to be NaN: a divergence where both probabilities are 0."""
    (peer,) = [peer for peer in rows() if peer.theirs.startswith("optax.losses.kl_divergence(")]
    found: NativeRow = row(peer)
    assert found.bad_values
