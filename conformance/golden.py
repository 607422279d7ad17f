"""The truth as files: one a loss in `golden/`, with the exact inputs that it holds for.

`python -m conformance.golden` derives everything again and fails on any difference; `--write` stores it, `--loss NAME`
takes one loss alone. Numbers of an array stand in one line, "x*3" for three in a row. Inputs are hexadecimal, true
numbers have 30 digits; what no dtype can hold is stored as infinite, what is smaller than any as 0.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import itertools
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
from mpmath import mpf

from agnostic_losses.testing.criterion import DIGITS, HALVES, Numbers, Truth, limits
from conformance import differences, many_classes
from conformance.case import Point, leaves
from conformance.cases import CASES

FOLDER = Path(__file__).parent / "golden"
SIGNIFICANT = 30
BELOW = 1e-12
"""Numbers so much smaller than the smallest normal one of their dtype are stored as 0: differences leave such noise."""
ADVICE = 'run "nox -s golden -- --write", and read what it changes'


def points(loss: str) -> list[Point]:
    """Return all points of a loss."""
    return [point for case in CASES[loss] for point in (*case.points, *case.extreme_points)]


def dtypes(point: Point) -> tuple[str, ...]:
    """Return the dtypes that a point is stored in: half precision with the first options, at ordinary inputs."""
    halves = tuple(HALVES) if point.kind == "ordinary" and not point.number else ()
    return ("float32", "float64", *halves)


def derive(point: Point, dtype: str) -> Truth:
    """Return the truth, without reading any golden value."""
    truth: Truth = (many_classes if point.kind == "10000 classes" else differences).derive(point, dtype)
    return replace(truth, hessian=None) if point.kind in point.case.uncurved else truth


def read(point: Point, dtype: str) -> Truth:
    """Return the stored truth; raise unless it holds for the inputs and options that the point has now."""
    entry = stored(point.case.loss).get(point.name, {}).get(dtype)
    if entry is None:
        raise LookupError(f"there are no golden values of {point.name}, {dtype}: {ADVICE}")
    for part, now in (("inputs", encode_inputs(point, dtype)), ("options", encode_options(point, dtype))):
        if entry[part] != now:
            raise LookupError(f"the {part} of {point.name}, {dtype}, differ from those of its golden values: {ADVICE}")
    return decode(entry)


@functools.cache
def stored(loss: str) -> dict[str, Any]:
    """Return what is stored of a loss."""
    path = FOLDER / f"{loss}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def encode(point: Point, dtype: str) -> dict[str, Any]:
    """Derive the truth at a point and return it as it is stored."""
    truth = derive(point, dtype)
    parts = {"none": truth.none, "sum": truth.sum, "mean": truth.mean}
    return {
        "inputs": encode_inputs(point, dtype),
        "options": encode_options(point, dtype),
        **{name: encode_numbers(numbers, dtype) for name, numbers in parts.items()},
        "count": true_text(truth.count),
        "gradient": {name: encode_numbers(numbers, dtype) for name, numbers in truth.gradient.items()},
        "hessian": None if truth.hessian is None else encode_numbers(truth.hessian, dtype),
    }


def decode(entry: dict[str, Any]) -> Truth:
    """Return the truth from what is stored."""
    with mpmath.workdps(DIGITS):
        return Truth(
            decode_numbers(entry["none"]),
            decode_numbers(entry["sum"]),
            decode_numbers(entry["mean"]),
            mpf(entry["count"]),
            {name: decode_numbers(numbers) for name, numbers in entry["gradient"].items()},
            None if entry["hessian"] is None else decode_numbers(entry["hessian"]),
        )


def encode_inputs(point: Point, dtype: str) -> dict[str, list[str]]:
    return {name: [encode_array(leaf) for leaf in leaves(tree)] for name, tree in point.inputs(dtype).items()}


def encode_options(point: Point, dtype: str) -> dict[str, Any]:
    return {name: _encode_option(value) for name, value in point.options(dtype).items()}


def _encode_option(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return encode_array(value)
    if isinstance(value, (list, tuple)):
        return [_encode_option(part) for part in value]
    return value.hex() if isinstance(value, float) else value


def encode_array(array: np.ndarray[Any, Any]) -> str:
    """Return shape and exact numbers of an array."""
    shape = "x".join(map(str, array.shape)) or "scalar"
    texts = (x.hex() if isinstance(x, float) else str(x) for x in array.ravel().tolist())
    return f"{shape}: {in_runs(texts)}"


def encode_numbers(numbers: Numbers, dtype: str) -> dict[str, str]:
    """Return numbers as texts; a condition that adds nothing to the unit in the last place is 0, and not noise."""
    eps, tiny, _ = limits(dtype)
    sizes = (tiny / eps if true is None else max(float(abs(true)), tiny / eps) for true in numbers.true)
    conditions = (x if x > 1e-6 * size else 0.0 for x, size in zip(numbers.condition, sizes, strict=True))
    return {
        "true": in_runs(true_text(x, tiny * BELOW) for x in numbers.true),
        "condition": in_runs(f"{x:.3g}" for x in conditions),
        "terms": in_runs(map(str, numbers.terms)),
    }


def decode_numbers(texts: dict[str, str]) -> Numbers:
    return Numbers(
        list(from_runs(texts["true"], lambda text: None if text == "none" else mpf(text))),
        list(from_runs(texts["condition"], float)),
        list(from_runs(texts["terms"], int)),
    )


def true_text(x: Any, nothing: float = 0.0) -> str:
    """Return a true number as text; what is smaller than `nothing` is noise."""
    if x is None:
        return "none"
    if mpmath.isfinite(x) and mpmath.mag(x) > 1200:
        x = mpf("inf") * mpmath.sign(x)
    elif abs(x) <= nothing:
        x = mpf(0)
    with mpmath.workdps(SIGNIFICANT + 10):
        return str(mpmath.nstr(x, SIGNIFICANT)).removesuffix(".0")


def in_runs(texts: Iterable[str]) -> str:
    """Join numbers, equal ones in a row as one with their count."""
    runs = ((text, len(list(run))) for text, run in itertools.groupby(texts))
    return " ".join(text if count == 1 else f"{text}*{count}" for text, count in runs)


def from_runs(joined: str, parse: Callable[[str], Any]) -> Iterator[Any]:
    """Yield the numbers of a joined text."""
    for run in joined.split():
        text, _, count = run.partition("*")
        yield from itertools.repeat(parse(text), int(count or 1))


def _encode(loss: str, place: int, dtype: str) -> dict[str, Any] | str:
    try:
        return encode(points(loss)[place], dtype)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def encode_losses(losses: list[str], processes: int) -> dict[str, dict[str, Any]]:
    """Derive all points of some losses; more than one process at a time are processes of their own."""
    jobs = [
        (loss, place, dtype, point.name)
        for loss in losses
        for place, point in enumerate(points(loss))
        for dtype in dtypes(point)
    ]
    columns = [[job[k] for job in jobs] for k in range(3)]
    with ProcessPoolExecutor(processes) if processes > 1 else contextlib.nullcontext() as pool:
        entries = list(pool.map(_encode, *columns) if pool else map(_encode, *columns))
    failures = [
        f"{name}, {dtype}: {entry}"
        for (_, _, dtype, name), entry in zip(jobs, entries, strict=True)
        if isinstance(entry, str)
    ]
    if failures:
        raise SystemExit("no truth is found here:\n" + "\n".join(failures))
    found: dict[str, dict[str, Any]] = {loss: {} for loss in losses}
    for (loss, _, dtype, name), entry in zip(jobs, entries, strict=True):
        found[loss].setdefault(name, {})[dtype] = entry
    return found


def differing(loss: str, derived: dict[str, Any]) -> list[str]:
    """Return what is stored of a loss and is not what was derived, one line each."""
    known = stored(loss)
    lines = [f"{name}: stored, and no point any more" for name in known if name not in derived]
    for name, by_dtype in derived.items():
        for dtype, entry in by_dtype.items():
            old = known.get(name, {}).get(dtype, {})
            lines += [f"{name}, {dtype}: {part} differs" for part in entry if old.get(part, ...) != entry[part]]
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Derive golden values; compare them with the stored ones, or store them."""
    parser = argparse.ArgumentParser(prog="python -m conformance.golden", description=main.__doc__)
    parser.add_argument("--write", action="store_true", help="store what was derived")
    parser.add_argument("--loss", choices=sorted(CASES), action="append", help="this loss alone; may be repeated")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args(arguments)
    losses = options.loss or list(CASES)
    derived = encode_losses(losses, options.processes)
    lines = [line for loss in losses for line in differing(loss, derived[loss])]
    if not options.loss and FOLDER.exists():
        lines += [f"{path.name}: belongs to no loss" for path in FOLDER.iterdir() if path.stem not in CASES]
    print("\n".join(lines) or f"golden values of {len(losses)} losses: no difference")
    if options.write:
        FOLDER.mkdir(exist_ok=True)
        for loss in losses:
            text = json.dumps(derived[loss], indent=1, ensure_ascii=False) + "\n"
            (FOLDER / f"{loss}.json").write_text(text, encoding="utf-8")
        return 0
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
