"""ndonnx: losses as ONNX graphs, run by onnxruntime and compared with the truth.

A graph holds values; the gradient belongs to the framework that trains.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what they deprecate in each other is none of a loss's business
    import ndonnx as ndx
    import onnxruntime

import agnostic_losses as al
from agnostic_losses.testing.frameworks import Framework
from agnostic_losses.testing.modes import Function, Mode, Results, Subject
from conformance.case import Case, Point
from conformance.cases import ALL_CASES
from conformance.checks import measures


def exported(subject: Subject, arrays: Sequence[Any]) -> Function:
    """Build one graph of the loss in all reductions; return the function that runs it."""
    arguments = {
        f"input{n}": ndx.argument(shape=x.shape, dtype=ndx.from_numpy_dtype(x.dtype)) for n, x in enumerate(arrays)
    }
    losses = {"value": subject.unreduced, "sum": subject.total, "mean": subject.average}
    results = {name: loss(*arguments.values()) for name, loss in losses.items() if loss is not None}
    session = session_of(arguments, results)

    def evaluate(*arrays: Any) -> Results:
        feeds = dict(zip(arguments, arrays, strict=True))
        return dict(zip(results, session.run(list(results), feeds), strict=True))

    return evaluate


def session_of(arguments: dict[str, Any], results: dict[str, Any]) -> Any:
    """Return onnxruntime's session of a graph, which has forgotten Python."""
    model = ndx.build(arguments, results)
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


NDONNX = Framework(
    "ndonnx",
    array=lambda x: x,
    numpy=np.asarray,
    array_type=ndx.Array,
    cast=lambda x, dtype: x.astype(dtype),
    modes={"eager": Mode(exported, "a graph of ndonnx, run by onnxruntime", compiles=True)},
    device=lambda x: "cpu",
)


def is_small(case: Case) -> bool:
    """Whether the graph of a loss is small, as of most that are elementwise; others take up to ten seconds to build."""
    return case.coupled is None and case.rounding != "composite"


CELLS = [
    pytest.param(
        *(case.points[0], dtype),
        id=f"{case.name}-{dtype}",
        marks=() if is_small(case) and dtype == "float32" else pytest.mark.exhaustive,
    )
    for case in ALL_CASES
    for dtype in ("float32", "float64")
]


def same_shapes(point: Point) -> list[Point]:
    """Return a point and its mixture of extremes, which run in one graph."""
    extremes = [each for each in point.case.extreme_points if each.kind == "extreme" and each.number == point.number]
    return [point, *extremes]


@pytest.mark.parametrize(("point", "dtype"), CELLS)
def test_the_graph_is_true(point: Point, dtype: str) -> None:
    found = [measure for each in same_shapes(point) for measure in measures(each, NDONNX, "eager", dtype)]
    assert found
    failures = [str(measure) for measure in found if not measure.passed]
    assert not failures, "\n".join(failures)


def test_twenty_losses_at_least_are_exported_in_every_run() -> None:
    ordinary = {cell.values[0].case.loss for cell in CELLS if not cell.marks}
    assert len(ordinary) >= 20


def test_a_graph_of_another_loss_is_found() -> None:
    arguments = {name: ndx.argument(shape=(2,), dtype=ndx.float32) for name in ("x", "y")}
    session = session_of(arguments, {"loss": al.huber(*arguments.values(), delta=2.0, reduction="none")})
    (found,) = session.run(["loss"], {"x": np.asarray([3.0, 1.0], "float32"), "y": np.zeros(2, "float32")})
    np.testing.assert_array_equal(found, [4.0, 0.5])  # with delta 1 it would be 2.5


def test_masks_and_weights_are_arguments() -> None:
    arguments = {
        "logits": ndx.argument(shape=(3, 2), dtype=ndx.float32),
        "labels": ndx.argument(shape=(3,), dtype=ndx.int64),
        "where": ndx.argument(shape=(3,), dtype=ndx.bool),
        "weights": ndx.argument(shape=(3,), dtype=ndx.float32),
    }
    session = session_of(arguments, {"loss": al.cross_entropy(**arguments)})
    feeds = {
        "logits": np.asarray([[0.0, 0.0], [np.nan, 0.0], [0.0, 0.0]], "float32"),
        "labels": np.asarray([0, 0, 1]),
        "where": np.asarray([True, False, True]),
        "weights": np.asarray([1.0, 1.0, 3.0], "float32"),
    }
    np.testing.assert_allclose(session.run(["loss"], feeds)[0], np.log(2.0), rtol=1e-6)
    out_of_range = {**feeds, "labels": np.asarray([0, 0, 2])}
    assert np.isnan(session.run(["loss"], out_of_range)[0])


def test_single_elements_take_open_lengths_and_means_refuse_them() -> None:
    arguments = {name: ndx.argument(shape=("N",), dtype=ndx.float32) for name in ("x", "y")}
    session = session_of(arguments, {"loss": al.huber(*arguments.values(), reduction="none")})
    for length in (1, 3):
        feeds = {"x": np.full(length, 3.0, "float32"), "y": np.zeros(length, "float32")}
        np.testing.assert_array_equal(session.run(["loss"], feeds)[0], np.full(length, 2.5))
    with pytest.raises(ValueError, match=r"axis 0 of an array of ndonnx must have a known length, got .*\(None,\)"):
        al.huber(*arguments.values())
