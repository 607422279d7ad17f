"""The benchmarks run: a few losses on tiny arrays. No test looks at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agnostic_losses._peers import Peer, table
from benchmarks import __main__ as command
from benchmarks import engines, limits, namespace, report, rows, tape, timing, worker
from benchmarks.causes import Cause
from conformance.case import leaves
from conformance.peers import framework_of

FEW = ("huber", "cross_entropy")

FIGURE = {"framework": "torch", "loss": "huber", "name": "torch.nn.functional.huber_loss", "theirs": "", "ours": ""}
LARGE = {**FIGURE, "size": "large", "form": "eager", "what": "gradient", "low": 1.0, "high": 3.0}


def ticking(step: float) -> Iterator[float]:
    """Yield the readings of a clock."""
    now = 0.0
    while True:
        yield now
        now += step


def quick(*arguments: str) -> list[dict[str, Any]]:
    """Return the figures of a worker, in this process."""
    options = worker.parser().parse_args([*arguments, "--size", "tiny", "--form", "eager", "--seconds", "0"])
    return list(worker.measured(options))


@pytest.mark.parametrize("framework", ["numpy", "torch", "tensorflow"])
def test_a_worker_measures(framework: str) -> None:
    figures = quick("--framework", framework, *(part for loss in FEW for part in ("--loss", loss)))
    assert {figure["loss"] for figure in figures} == set(FEW)
    assert all(figure["ratio"] > 0 for figure in figures), figures
    whats = {figure["what"] for figure in figures if figure["size"] == "tiny"}
    assert whats == ({"value"} if framework == "numpy" else {"value", "gradient"})


def test_a_function_of_the_namespace_is_measured() -> None:
    engine, found = engines.load("tensorflow"), []
    for pair in namespace.PAIRS:
        if pair.function in ("add", "greater"):
            found += namespace.measured(engine, pair, "tiny", engines.WHATS, 0.0)
    assert {(x["function"], x["what"]) for x in found} == {("add", "value"), ("add", "gradient"), ("greater", "value")}
    assert all(x["ratio"] > 0 for x in found)
    assert len(namespace.table(found).rows) == 4


def test_the_command_writes_a_report(tmp_path: Path) -> None:
    chosen = ["--framework", "numpy", "--loss", "huber", "--size", "tiny", "--seconds", "0"]
    command.main([*chosen, "--no-imports", "--output", f"{tmp_path}"])
    found = json.loads((tmp_path / "figures.json").read_text())
    assert found["command"].startswith("python -m benchmarks --framework numpy")
    assert {figure["loss"] for figure in found["figures"]} == {"huber"}
    assert (tmp_path / "ratios.png").read_bytes()[1:4] == b"PNG"


def test_a_call_that_cannot_run_says_why() -> None:
    peer = Peer(
        theirs="torch.nn.functional.l1_loss(predictions, 1 / 0)", ours="al.absolute_error(predictions, targets)"
    )
    row = rows.at_size(peer, rows.SIZES["tiny"])
    figure = worker.figure(engines.load("torch"), row, "eager", "value", 0.0)
    assert figure == {"failed": "theirs: ZeroDivisionError: division by zero"}
    assert report.cell({**LARGE, **figure}) == "theirs fails"


@pytest.mark.parametrize("peer", [peer for peer in table() if rows.is_measured(peer)], ids=lambda peer: peer.theirs)
def test_arguments_have_their_size(peer: Peer) -> None:
    row = rows.at_size(peer, rows.SIZES["tiny"])
    assert row.framework == framework_of(peer).name
    lengths = {length for x in row.arrays for length in x.shape}
    assert 8 in lengths, "the rows"
    assert 4 in lengths or row.arrays[0].ndim == 1, "the columns"
    assert {x.dtype.name for x in row.arrays} <= {"float32", "int64", "bool"}


def test_classes_in_an_expression_follow_the_size() -> None:
    (peer,) = [peer for peer in table() if peer.theirs.startswith("keras.losses.categorical_hinge(")]
    row = rows.at_size(peer, (16, 10))
    assert "one_hot(labels, 10)" in row.theirs
    assert row.trees["labels"].max() < 10
    assert row.shape == (16, 10)


def test_large_arguments_fit() -> None:
    (peer,) = [peer for peer in table() if "MultivariateNormal(" in peer.theirs]
    row = rows.at_size(peer, (512, 512))
    assert max(x.size for tree in row.trees.values() for x in leaves(tree)) <= rows.MOST_ELEMENTS
    assert row.shape == (256, 256)


def test_ratios_are_those_of_neighbours() -> None:
    pairs = [(2.0, 1.0), (20.0, 10.0), (3.0, 1.0)]
    found = timing.summary(pairs)
    assert (found.ratio, found.low, found.high, found.overhead_us) == (2.0, 2.0, 2.5, 2e6)
    calls: list[str] = []
    clock = ticking(1.0)
    timing.compare(lambda: calls.append("ours"), lambda: calls.append("theirs"), 0.0, lambda: next(clock))
    assert calls.count("ours") == calls.count("theirs") == 2 + timing.FEWEST
    assert calls[4:] == ["ours", "theirs", "theirs", "ours"] * 2 + ["ours", "theirs"], "who is first changes"


@pytest.mark.parametrize("function", tape.HANDWRITTEN, ids=lambda f: f.__name__)
def test_gradients_by_hand_are_right(function: Any) -> None:
    arrays = tape.inputs(function.__name__, elements=1000)
    value, gradient = function(*arrays)
    ours = tape.al.value_and_grad(getattr(tape.al, function.__name__))(*arrays)
    np.testing.assert_allclose(value, ours[0], rtol=1e-6)
    np.testing.assert_allclose(gradient, ours[1], rtol=1e-5, atol=1e-9)


def test_a_limit_tells_what_is_above(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = [{**LARGE, "ratio": ratio} for ratio in (1.0, 1.05, 2.0)] + [{**LARGE, "failed": "ours: no"}]
    limit = limits.LIMITS[0]
    assert [figure["ratio"] for figure in limit.above(figures)] == [2.0]
    assert limit.median_of(figures) == 1.05
    monkeypatch.setattr(limits, "CAUSES", (Cause("for a reason", losses=("huber",), framework="torch"),))
    assert limits.cause_of(figures[0]) == "for a reason"
    assert limits.cause_of({**figures[0], "loss": "hinge"}) == ""
