"""Writes the page "The array API on TensorFlow" from the matrix of the conformance suite: `nox -s docs`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from conformance.standard import matrix

PAGE = Path(__file__).with_suffix(".md")
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


def render() -> str:
    """Return the whole page."""
    return "\n".join([INTRODUCTION, "## Exceptions", "", *_exceptions(), "", "## Functions", "", *_table(), ""])


if __name__ == "__main__":
    PAGE.write_text(render())
