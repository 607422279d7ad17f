"""Measures one framework in this process: a line of JSON for each figure. `python -m benchmarks` starts it."""

from __future__ import annotations

import argparse
import itertools
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

from benchmarks import engines, rows, tape, timing
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
    return result


def measured(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield figures, as dictionaries that name what they are of."""
    engine = engines.load(options.framework, options.device)
    for peer in rows.peers(options.framework, tuple(options.loss)):
        for size, form in itertools.product(options.size or SIZES, options.form or engine.measured):
            if form in engine.forms:
                row = rows.at_size(peer, SIZES[size])
                for what in engine.whats:
                    yield described(row, peer.name, size, form, what) | figure(engine, row, form, what, options.seconds)
    if options.framework == "numpy":
        yield from tape.measured(options.seconds, tuple(options.loss))


def described(row: Row, name: str, size: str, form: str, what: str) -> dict[str, Any]:
    """Return what a figure is of."""
    keys = {"framework": row.framework, "loss": row.loss, "name": name, "theirs": row.theirs, "ours": row.ours}
    return {**keys, "size": size, "shape": row.shape, "form": form, "what": what}


def figure(engine: Engine, row: Row, form: str, what: str, seconds: float) -> dict[str, Any]:
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
    if engine.peak is not None and what == engine.whats[-1] and row.arrays[0].nbytes >= 2**20:  # less is noise
        found |= {f"{side}_memory": round(engine.peak(f), 1) for side, f in sides.items()}
    return found | {"bytes": int(sum(x.nbytes for x in row.arrays))}


if __name__ == "__main__":
    main()
