"""Writes the page "The array API on TensorFlow" from the matrix of the conformance suite: `nox -s docs`.

`python docs/tensorflow.py FOLDER` takes over the figures of a run of `python -m benchmarks.namespace` first; without a
folder it renders those that are kept in tensorflow.json. It fails where a figure is above its limit and
benchmarks/namespace_calls.py does not say why.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.namespace_calls import LIMIT, LIMITS, cause_of, is_above  # noqa: E402
from conformance.standard import matrix  # noqa: E402

PAGE = Path(__file__).with_suffix(".md")
FIGURES = Path(__file__).with_suffix(".json")
UNEXPLAINED = "**unexplained**"

INTRODUCTION = """\
# The array API on TensorFlow

<!-- Written by docs/tensorflow.py from conformance/standard/matrix.py: change that, then run `nox -s docs`. -->

`agnostic_losses.backends.tensorflow` has the functions of the Python array API standard, revision 2025.12, and its
extension for linear algebra, on plain `tf.Tensor` and `tf.Variable`. `agnostic_losses.array_namespace(x)` returns it.

The suite runs each function in each column and compares it with array-api-strict, and gradients with difference
quotients; where the table says "no", it checks that the error comes.

- **eager**: outside `tf.function`.
- **graph**: in `tf.function`, for a matrix of which both sizes are unknown, `tf.TensorSpec([None, None])`.
- **XLA**: the same with `jit_compile=True`.
- **gradient**: by `tf.GradientTape`, in all of the three that the function works in. "0": the function has steps or
  returns integers, and its gradient is 0; ask TensorFlow for `unconnected_gradients="zero"`, for it answers None.
  "known sizes": everywhere but in a graph of unknown sizes. "none": there is no array to differentiate by.

What it can't be: the operators, methods and `.shape` of a `tf.Tensor` are TensorFlow's. They don't promote,
`float * bool` is a logical and, `==` of shapes that don't fit is a single False, and there is no `x[i] = value`. Write
`xp.multiply(x, mask)` and `xp.equal(x, y)` where dtypes or shapes could differ. The number of dimensions must be known.
"""


def _exceptions() -> Iterator[str]:
    for (name, column), missing in matrix.MISSING.items():
        yield f"- `{name}`, {column}: {missing.reason}."
    for name, (error, reason) in matrix.LOOSER.items():
        yield f"- `{name}`, XLA: {reason} in float64 (the suite allows a relative error of {error:g})."


def _table() -> Iterator[str]:
    yield f"| function | {' | '.join(matrix.COLUMNS)} |"
    yield "| --- " * (1 + len(matrix.COLUMNS)) + "|"
    for name in matrix.FUNCTIONS:
        yield f"| `{name}` | {' | '.join(matrix.place(name, column) for column in matrix.COLUMNS)} |"


def _speed(found: Mapping[str, Any]) -> Iterator[str]:
    figures = found["figures"]
    yield "Each function that TensorFlow has one call for, beside that call, eagerly, in turn in one process:"
    yield ""
    yield f"```bash\n{found['command']}\n```"
    yield ""
    for size in dict.fromkeys(figure["size"] for figure in figures):
        ratios = [figure["ratio"] for figure in figures if figure["size"] == size]
        yield f"- {size} arrays: {len(ratios)} calls, the median of their ratios {statistics.median(ratios):.2f};"
    others = " and ".join(f"`{name}`" for name in LIMITS)
    yield f"- the limit is {LIMIT:g} times TensorFlow's time, of {others} {max(LIMITS.values()):g}. Above it are:"
    yield ""
    yield "| call | size | ratio (quartiles) | µs more | why |"
    yield "| --- | --- | --- | --- | --- |"
    for x in filter(is_above, figures):
        ratio = f"{x['ratio']:.2f} ({x['low']:.2f}–{x['high']:.2f})"
        kind = x["size"] if x["what"] == "value" else f"{x['size']}, gradient"
        yield f"| `{x['ours']}` | {kind} | {ratio} | {x['overhead_us']:.1f} | {cause_of(x) or UNEXPLAINED} |"


def unexplained(found: Mapping[str, Any]) -> list[str]:
    """Return the calls above their limit that have no cause."""
    return [x["ours"] for x in found["figures"] if is_above(x) and not cause_of(x)]


def render(found: Mapping[str, Any]) -> str:
    """Return the whole page."""
    matrix_of_functions = ["## Exceptions", "", *_exceptions(), "", "## Functions", "", *_table(), ""]
    return "\n".join([INTRODUCTION, *matrix_of_functions, "## Speed", "", *_speed(found), ""])


def main(arguments: Sequence[str]) -> None:
    """Write the page, and take over a run first."""
    if arguments:
        shutil.copyfile(Path(arguments[0]) / "namespace.json", FIGURES)
    found = json.loads(FIGURES.read_text())
    PAGE.write_text(render(found))
    if unexplained(found):
        raise SystemExit(f"above a limit, without a cause in benchmarks/namespace_calls.py: {unexplained(found)}")


if __name__ == "__main__":
    main(sys.argv[1:])
