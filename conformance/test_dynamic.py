"""What is known only when a compiled function runs: lengths, labels made inside, and how often that recompiles."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from conformance.frameworks import FOUR, JAX, TENSORFLOW, TORCH, Framework, count_graphs, graph_of, variable

ROWS = np.asarray([[0.5, -1.0, 2.0], [1.0, 0.0, -0.5]])


def pair(x: Any, y: Any) -> Any:
    return al.squared_error(x, y)


def labelled(x: Any, y: Any) -> Any:
    return al.cross_entropy(x, y)


def weighted(x: Any, y: Any) -> Any:
    return al.squared_error(x, 0.0, weights=y)


@pytest.mark.parametrize(
    ("f", "first", "second", "name"),
    [
        (pair, np.ones((4, 1)), np.ones((4, 3)), "targets"),
        (pair, np.ones((1, 3)), np.ones((4, 3)), "targets"),
        (labelled, np.ones((4, 3)), np.zeros(1, dtype=np.int64), "labels"),
        (weighted, np.ones(1), np.ones(5), "weights"),
    ],
)
def test_lengths_that_do_not_fit_at_run_time(f: Callable[..., Any], first: Any, second: Any, name: str) -> None:
    compiled = graph_of(f, first.ndim, second.ndim, second.dtype.name)
    with pytest.raises(Exception, match=f"{name} must"):
        compiled(TENSORFLOW.array(first), TENSORFLOW.array(second))


def test_lengths_that_fit_at_run_time() -> None:
    compiled = graph_of(weighted, 1, 1, "float64")
    assert float(TENSORFLOW.numpy(compiled(TENSORFLOW.array(np.ones(5)), TENSORFLOW.array(np.ones(1))))) == 1.0


@pytest.mark.parametrize("name", ["cross_entropy", "nll", "softmax_focal"])
def test_a_bad_label_made_inside_a_compiled_function(name: str) -> None:
    """XLA folds such labels to constants, and its exponential of a constant NaN is any number."""

    def loss(x: Any) -> Any:
        labels = al.array_namespace(x).arange(2) + 5
        return getattr(al, name)(x, labels)

    compiled = JAX.forms["jit"](al.value_and_grad(loss), [])
    value, gradient = compiled(JAX.array(ROWS))
    assert np.isnan(JAX.numpy(value))
    assert np.isnan(JAX.numpy(gradient)).any(axis=-1).all()


@pytest.mark.parametrize("four", FOUR, ids=str)
def test_large_labels_do_not_wrap(four: Framework) -> None:
    with pytest.raises(ValueError, match="labels must lie"):
        al.cross_entropy(four.array(ROWS), np.asarray([2**32, 1]))


@pytest.mark.parametrize("name", ["cross_entropy", "nll", "squared_error", "info_nce"])
def test_one_graph_serves_every_batch_size(name: str) -> None:
    def batch(n: int) -> list[Any]:
        second = np.zeros(n, dtype=np.int64) if name in ("cross_entropy", "nll") else np.ones((n, 3))
        return [TORCH.array(np.ones((n, 3))), TORCH.array(second)]

    assert count_graphs(getattr(al, name), [batch(n) for n in range(5, 15)]) == 1


@pytest.mark.parametrize("name", ["cross_entropy", "dice", "kl_divergence", "squared_error"])
def test_a_variable_is_an_array(name: str) -> None:
    second = np.asarray([0, 2]) if name == "cross_entropy" else np.abs(ROWS)
    f = getattr(al, name)
    got = TENSORFLOW.numpy(f(variable(np.abs(ROWS)), second))
    np.testing.assert_array_equal(got, TENSORFLOW.numpy(f(TENSORFLOW.array(np.abs(ROWS)), second)))


def test_numpy_data_in_the_first_compiled_call_of_a_process() -> None:
    code = (
        "import torch, numpy as np, agnostic_losses as al\n"
        "f = torch.compile(lambda z, l: al.cross_entropy(z, l, class_weights=np.ones(4)), "
        "fullgraph=True, backend='aot_eager')\n"
        "print(float(f(torch.zeros(5, 4), torch.zeros(5, dtype=torch.int64))))\n"
    )
    root = Path(__file__).parent.parent
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=False)
    assert result.returncode == 0, result.stderr
    assert float(result.stdout) == pytest.approx(np.log(4.0))
