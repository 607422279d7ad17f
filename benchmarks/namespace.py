"""`python -m benchmarks.namespace`: functions of the TensorFlow namespace beside TensorFlow's own calls, eagerly.

Each pair in turn in this process, by the clock and the medians of `benchmarks.timing`; a table and namespace.json.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import engines, timing
from benchmarks.__main__ import machine, save, without_output
from benchmarks.engines import Engine
from benchmarks.namespace_calls import PAIRS, Pair
from benchmarks.report import cell
from conformance.expressions import free_names

SIZES = {"tiny": (8, 4), "medium": (1000, 100)}
"""Rows and columns by the name of a size."""


def main(arguments: list[str] | None = None) -> None:
    """Measure what the command line asks for, and write the report."""
    written = sys.argv[1:] if arguments is None else arguments
    options, console = parser().parse_args(written), Console()
    os.environ.update(engines.environment("cpu", options.threads))  # before the framework is imported
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    engine, sizes = engines.load("tensorflow"), options.size or list(SIZES)
    pairs = [pair for pair in PAIRS if not options.function or pair.function in options.function]
    steps = track(pairs, console=console, disable=not console.is_terminal, description="tensorflow")
    whats, seconds = tuple(options.what or engines.WHATS), options.seconds
    figures = [figure for pair in steps for size in sizes for figure in measured(engine, pair, size, whats, seconds)]
    options.output.mkdir(parents=True, exist_ok=True)
    command = " ".join(["python -m benchmarks.namespace", *without_output(written)])
    save(options.output / "namespace.json", {"command": command, "machine": machine(options), "figures": figures})
    console.print(table(figures))
    console.print(f"{options.output}: namespace.json")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    result = argparse.ArgumentParser(prog="python -m benchmarks.namespace", description=__doc__)
    result.set_defaults(device="cpu")
    names = sorted({pair.function for pair in PAIRS})
    result.add_argument("--function", action="append", choices=names, metavar="FUNCTION", help="default: all")
    result.add_argument("--size", action="append", choices=list(SIZES), help="default: all")
    result.add_argument("--what", action="append", choices=engines.WHATS, help="default: both")
    result.add_argument("--threads", type=int, default=1, help="threads of the framework (default: 1)")
    result.add_argument("--seconds", type=float, default=0.2, help="time for each figure (default: 0.2)")
    result.add_argument("--output", type=Path, default=Path("benchmark-report"), help="a folder")
    return result


def measured(engine: Engine, pair: Pair, size: str, whats: tuple[str, ...], seconds: float) -> Iterator[dict[str, Any]]:
    """Yield the figures of a pair: the value, and the value with its gradient where there is one."""
    made = arrays(*SIZES[size])
    names = [name for name in free_names(f"{pair.ours}, {pair.theirs}") if name in made]
    values = [engine.array(made[name]) for name in names]
    for what in whats:
        if what == "gradient" and not is_differentiable(pair, names, values):
            continue
        sides = [engine.prepared(f, what, "eager", values, 1) for f in functions(pair, names)]
        found = timing.compare(*sides, seconds, engine.clock)
        keys = {"function": pair.function, "ours": pair.ours, "theirs": pair.theirs}
        yield {**keys, "size": size, "form": "eager", "what": what, **found.as_dict()}


def arrays(rows: int, columns: int) -> dict[str, Any]:
    """Return the arrays that the expressions name."""
    rng = np.random.default_rng(0)
    shape = rows, columns
    x, y = rng.standard_normal((2, *shape)).astype(np.float32)
    p = rng.uniform(0.1, 0.9, shape).astype(np.float32)
    a = (x.T @ x / rows + np.eye(columns)).astype(np.float32)
    i, j = rng.integers(1, 9, (2, *shape))
    b, d = rng.integers(0, 2, (2, *shape)).astype(bool)
    t, u = rng.standard_normal((2, rows, 3)).astype(np.float32)
    floats = {"x": x, "y": y, "z": x.T.copy(), "p": p, "q": p + 1, "a": a, "t": t, "u": u}
    vectors = {"r": np.sort(x[0]), "s": y[0], "n": rng.integers(0, rows, rows)}
    rest = {"i": i, "j": j, "b": b, "d": d, "c": (x + 1j * y).astype(np.complex64)}
    return floats | vectors | rest | {"k": rng.integers(0, columns, shape)}


def functions(pair: Pair, names: list[str]) -> list[Any]:
    """Return both expressions as functions of the arrays."""
    import tensorflow as tf

    from agnostic_losses.backends import tensorflow as xp

    return [eval(f"lambda {', '.join(names)}: {side}", {"xp": xp, "tf": tf}) for side in (pair.ours, pair.theirs)]


def is_differentiable(pair: Pair, names: list[str], values: list[Any]) -> bool:
    """Whether both sides have a gradient by the first array."""
    import tensorflow as tf

    if not names or values[0].dtype != tf.float32:
        return False
    for f in functions(pair, names):
        with tf.GradientTape() as tape:
            tape.watch(values[0])
            result = f(*values)
        if not tf.is_tensor(result) or result.dtype != tf.float32 or tape.gradient(result, values[0]) is None:
            return False
    return True


def table(figures: list[dict[str, Any]]) -> Table:
    """Return the table of all ratios, a row for each pair."""
    kinds = [(size, what) for size in SIZES for what in engines.WHATS]
    result = Table(title="Time beside TensorFlow's own: median of ratios (quartiles)")
    result.add_column("ours")
    result.add_column("theirs")
    for kind in kinds:
        result.add_column(" ".join(kind), justify="right")
    found = {(x["ours"], x["theirs"], x["size"], x["what"]): x for x in figures}
    for ours, theirs in dict.fromkeys((x["ours"], x["theirs"]) for x in figures):
        result.add_row(ours, theirs, *(cell(found.get((ours, theirs, *kind))) for kind in kinds))
    return result


if __name__ == "__main__":
    main()
