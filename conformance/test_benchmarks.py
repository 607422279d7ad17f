"""The benchmarks run: a few losses on tiny arrays. No test looks at a time."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agnostic_losses._peers import Peer, table
from benchmarks import __main__ as command
from benchmarks import bandwidth, engines, fitting, limits, namespace, report, rows, tape, timing, worker
from benchmarks.causes import Cause
from conformance.case import leaves
from conformance.peers import framework_of

FEW = ("huber", "cross_entropy")

FIGURE = {"framework": "torch", "loss": "huber", "name": "torch.nn.functional.huber_loss", "theirs": "", "ours": ""}
MULTILABEL = next(peer for peer in table() if peer.name == "torch.nn.functional.multilabel_margin_loss")
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
    return [figure for figure in worker.measured(options) if "begins" not in figure]


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


def test_parts_are_all_of_it() -> None:
    frameworks = ("--framework", "numpy", "--loss", "huber", "--loss", "pinball")
    whole = {(x["name"], x["what"]) for x in quick(*frameworks)}
    parts = [{(x["name"], x["what"]) for x in quick(*frameworks, "--part", part, "2")} for part in "01"]
    assert parts[0] | parts[1] == whole
    assert all(parts)
    assert not parts[0] & parts[1]


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
    figure = worker.figure(engines.load("torch"), row, "eager", "value", 0.0, with_memory=False)
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


def test_what_needs_no_array_is_made_once() -> None:
    row = dataclasses.replace(rows.at_size(MULTILABEL, rows.SIZES["tiny"]), names=("x",))
    made = row.function("functools.partial(next, itertools.count(1))(x)")
    assert [made(0), made(0)] == [1, 2], "the counter is made once"
    again = row.function("functools.partial(max, x)(x)")
    assert [again(1.0), again(2.0)] == [1.0, 2.0], "what needs an array is made with it"


def test_large_arguments_fit() -> None:
    (peer,) = [peer for peer in table() if "MultivariateNormal(" in peer.theirs]
    row = rows.at_size(peer, (512, 512))
    assert max(x.size for tree in row.trees.values() for x in leaves(tree)) <= rows.MOST_ELEMENTS
    assert row.shape == (256, 256)


@pytest.mark.parametrize(("power", "largest", "halvings"), [(1, 2, 0), (2, 2, 0), (2, 0.125, 3), (1, 1e-9, 5)])
def test_a_row_is_measured_where_its_calls_fit(power: int, largest: float, halvings: int) -> None:
    tried: list[float] = []

    def share(row: rows.Row) -> float:
        """Have calls grow with the rows, and with a power of the columns; so many of the size asked for would fit."""
        n, k = row.shape
        tried.append(n / 4096 * (k / 1000) ** power / largest ** (power + 1))
        return tried[-1]

    row = fitting.fitting(MULTILABEL, rows.SIZES["large"], share)
    assert row.halvings == halvings
    assert row.shape == rows.halved(rows.SIZES["large"], halvings)
    assert max(tried[1:], default=0.0) <= 1.0, "nothing that is too large was tried"


def test_what_can_be_held_is_measured() -> None:
    engine = engines.load("torch")
    row = rows.at_size(MULTILABEL, (64, 128))
    share = fitting.share_of(engine)(row)
    if engine.peak is not None:
        assert share >= 64 * 128 * 128 * 4 / 2**20 / fitting.MOST_MEMORY, "a matrix for each row"
    assert fitting.share_of(engine)(dataclasses.replace(row, ours="1 / 0", theirs="1 / 0")) == 0.0


def test_bandwidth_is_that_of_what_must_move() -> None:
    row = rows.at_size(MULTILABEL, (8, 4))
    bytes_ = sum(x.nbytes for x in row.arrays)
    assert bandwidth.moved(row, "value") == bytes_
    assert bandwidth.moved(row, "gradient") == bytes_ + row.arrays[0].nbytes
    assert bandwidth.fractions(row, "value", 1.0, 2.0, bytes_ * 1e6) == {"ours_bandwidth": 1.0, "theirs_bandwidth": 0.5}
    assert bandwidth.of_copy(engines.load("numpy"), elements=2**16) > 1e6


WORKER = """
import json, os, sys
for n in range(int(sys.argv[-1]), 3):
    print(json.dumps({"begins": {"loss": n}}), flush=True)
    if n == 1:
        os._exit(9)
    print(json.dumps({"loss": n, "ratio": 1.0}), flush=True)
"""


@pytest.mark.parametrize("script", [WORKER, "raise SystemExit(7)"])
def test_the_rest_is_measured_when_a_process_ends(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    monkeypatch.setattr(command, "worker_command", lambda framework, part, options: [sys.executable, "-c", script])
    found = list(command.worker("torch", 0, command.parser().parse_args([]), os.environ))
    if script == WORKER:
        assert [(x["loss"], "ratio" in x) for x in found] == [(0, True), (1, False), (2, True)]
        assert found[1]["failed"] == "a side: the process ended with status 9"
    else:
        assert found == [{"broken": "the process of torch ended with status 7"}]


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
