"""Measures one framework in this process: a line of JSON for each figure. `python -m benchmarks` starts it."""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

from benchmarks import bandwidth, engines, fitting, rows, tape, timing
from benchmarks.engines import Engine
from benchmarks.rows import SIZES, Row


def main(arguments: list[str] | None = None) -> None:
    """Measure, and print."""
    options = parser().parse_args(arguments)
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    for figure in measured(options):
        print(json.dumps(figure), flush=True)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line, which `python -m benchmarks` writes."""
    result = argparse.ArgumentParser(description=__doc__)
    result.add_argument("--framework", choices=list(engines.DEVICES), required=True)
    result.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    result.add_argument("--loss", action="append", default=[])
    result.add_argument("--size", action="append", choices=list(SIZES), default=[])
    result.add_argument("--form", action="append", choices=("eager", "compiled"), default=[])
    result.add_argument("--seconds", type=float, default=0.2)
    result.add_argument("--after", type=int, default=0, help="how many figures to leave out at the start")
    result.add_argument("--part", type=int, nargs=2, default=(0, 1), help="which of how many parts of all comparisons")
    return result


def measured(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield figures, as dictionaries that name what they are of; before each of a comparison, what begins."""
    engine = engines.load(options.framework, options.device)
    gc.freeze()  # what frameworks made while they were imported stays; collecting it takes longer than a small call
    copied = bandwidth.of_copy(engine) if options.device == "cuda" else None
    share = fitting.share_of(engine)
    forms = [form for form in options.form or engine.measured if form in engine.forms]
    numbers = itertools.count()
    first, step = options.part
    peers = rows.peers(options.framework, tuple(options.loss))[first::step]
    for peer, size in itertools.product(peers, options.size or SIZES):
        row: Row | None = None
        for form, what in itertools.product(forms, engine.whats):
            if next(numbers) < options.after:
                continue
            row = row or fitting.fitting(peer, SIZES[size], share)
            keys = described(row, peer.name, size, form, what)
            yield {"begins": keys}
            found = figure(engine, row, form, what, options.seconds, size == "large")
            if copied and "ratio" in found:
                found |= bandwidth.fractions(row, what, found["ours_us"], found["theirs_us"], copied)
            yield keys | found
    if options.framework == "numpy" and not first:
        yield from tape.measured(options.seconds, tuple(options.loss))


def described(row: Row, name: str, size: str, form: str, what: str) -> dict[str, Any]:
    """Return what a figure is of."""
    keys = {"framework": row.framework, "loss": row.loss, "name": name, "theirs": row.theirs, "ours": row.ours}
    return {**keys, "size": size, "shape": row.shape, "halvings": row.halvings, "form": form, "what": what}


def figure(engine: Engine, row: Row, form: str, what: str, seconds: float, with_memory: bool) -> dict[str, Any]:
    """Return the ratio of times, and the peaks of memory; where a side can't run, what it says."""
    arrays = [engine.array(x) for x in row.arrays]
    sides = {}
    for side, expression in (("ours", row.ours), ("theirs", row.theirs)):
        try:
            sides[side] = engine.prepared(row.function(expression), what, form, arrays, row.sources)
            sides[side]()
        except Exception as error:
            return {"failed": f"{side}: {type(error).__name__}: {str(error).strip().partition(chr(10))[0][:200]}"}
    found = timing.compare(sides["ours"], sides["theirs"], seconds, engine.clock).as_dict()
    if engine.peak is not None and with_memory and what == engine.whats[-1]:
        found |= {f"{side}_memory": round(engine.peak(f), 1) for side, f in sides.items()}
    return found | {"bytes": int(sum(x.nbytes for x in row.arrays))}


if __name__ == "__main__":
    main()
