"""Cases of the family alignment."""

from __future__ import annotations

import itertools
import math

from mpmath import inf, log, mpf

from conformance.case import Case, Exact, Looser
from conformance.domains import Logits
from conformance.formulas import Nested, softmax
from conformance.particular_domains import Lengths, Marks, NumbersOfMarks

INF = math.inf
SEQUENCES = {
    "logits": Logits((3, 4, 3)),
    "labels": Marks((3, 2), n_classes=3),
    "input_lengths": Lengths((3,), 3, 4),
    "label_lengths": NumbersOfMarks((3,), 0, 2),
}


def ctc(
    logits: Nested,
    labels: Nested,
    input_lengths: Nested,
    label_lengths: Nested,
    blank: int = 0,
    zero_infinity: bool = False,
) -> Nested:
    """The definition itself: the sum over all paths whose labels these are."""

    def sequence(z: Nested, y: Nested, frames: int, count: int) -> Nested:
        probs = [softmax(scores) for scores in z[:frames]]
        total = mpf(0)
        for path in itertools.product(range(len(z[0])), repeat=frames):
            if collapsed(path, blank) == y[:count]:
                total += product(probs, path)
        if not total:
            return mpf(0) if zero_infinity else inf
        return -log(total)

    return [sequence(*parts) for parts in zip(logits, labels, input_lengths, label_lengths, strict=True)]


def collapsed(path: tuple[int, ...], blank: int) -> list[int]:
    """Return the labels of a path: one of each run, without blanks."""
    return [label for label, _ in itertools.groupby(path) if label != blank]


def product(probs: Nested, path: tuple[int, ...]) -> Nested:
    result = mpf(1)
    for frame, label in zip(probs, path, strict=True):
        result *= frame[label]
    return result


EVEN = [[0.0, 0.0]] * 3
NOTHING = [[0.0, 0.0]] * 3
LOG_2 = math.log(2.0)
EQUAL = "a class is as probable by the softmax as on the paths, and the difference is 0 beside them"


def even(why: str, label_lengths: list[int], value: list[float], gradient: Nested, **more: Nested) -> Exact:
    """Return a point with two equally probable classes in three frames, and a label twice."""
    inputs = {"logits": [EVEN], "labels": [[1, 1]], "input_lengths": [3], "label_lengths": label_lengths}
    return Exact(why, inputs, value, {"logits": gradient}, **more)


CASES = [
    Case(
        "ctc",
        ctc,
        SEQUENCES,
        rounding="composite",
        coupled=(1, 2),
        looser=(
            Looser("gradient", EQUAL, eps=1.0, kinds=("subnormal", "smallest normal")),
            Looser("hessian", EQUAL, eps=1.0, kinds=("subnormal", "smallest normal")),
        ),
        exact=(
            even("a label twice has a blank between", [2], [3 * LOG_2], [[[0.5, -0.5], [-0.5, 0.5], [0.5, -0.5]]]),
            even(
                "a label once, in six of eight paths",
                [1],
                [math.log(8.0 / 6.0)],
                [[[0.0, 0.0], [1.0 / 6.0, -1.0 / 6.0], [0.0, 0.0]]],
            ),
            even("no label at all", [0], [3 * LOG_2], [[[-0.5, 0.5], [-0.5, 0.5], [-0.5, 0.5]]]),
            Exact(
                "more labels than paths have",
                {
                    "logits": [EVEN, EVEN],
                    "labels": [[1, 1], [1, 1]],
                    "input_lengths": [2, 0],
                    "label_lengths": [2, 1],
                },
                [INF, INF],
                {"logits": [NOTHING, NOTHING]},
                hessian=[NOTHING, NOTHING],
            ),
            Exact(
                "more labels than paths have, as 0",
                {"logits": [EVEN], "labels": [[1, 1]], "input_lengths": [2], "label_lengths": [2]},
                [0.0],
                {"logits": [NOTHING]},
                hessian=[NOTHING],
                options={"zero_infinity": True},
            ),
            Exact(
                "no frame and no label",
                {"logits": [[[math.nan, math.nan]]], "labels": [[-1]], "input_lengths": [0], "label_lengths": [0]},
                [0.0],
                {"logits": [[[0.0, 0.0]]]},
            ),
            Exact(
                "a blank that is the last class, and padding that is not read",
                {
                    "logits": [[[0.0, 0.0, 0.0], [math.nan, INF, -INF]]],
                    "labels": [[0, 9]],
                    "input_lengths": [1],
                    "label_lengths": [1],
                },
                [math.log(3.0)],
                {"logits": [[[-2.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0], [0.0, 0.0, 0.0]]]},
                options={"blank": 2},
            ),
            Exact(
                "certain of the labels",
                {
                    "logits": [[[0.0, 40.0]]],
                    "labels": [[1]],
                    "input_lengths": [1],
                    "label_lengths": [1],
                },
                [4.248354255291589e-18],
                {"logits": [[[4.248354255291589e-18, -4.248354255291589e-18]]]},
            ),
        ),
    ),
]
