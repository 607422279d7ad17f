"""Cases of the family ordinal."""

from __future__ import annotations

import itertools
import math

from mpmath import log, mpf

from conformance.case import Case, Exact, Looser
from conformance.domains import Labels, Logits, Positive, Simplex
from conformance.formulas import Nested, rows, sigmoid
from conformance.particular_domains import Ascending

N_THRESHOLDS = 3
LABELS = Labels((3,), n_classes=N_THRESHOLDS + 1)
LABELS_FIRST = Labels((2, 2), n_classes=N_THRESHOLDS + 1)
THRESHOLDS = {"logits": Logits((3, N_THRESHOLDS)), "labels": LABELS}
# Thresholds along the first axis, places along two more.
THRESHOLDS_FIRST = {"logits": Logits((N_THRESHOLDS, 2, 2), axis=0), "labels": LABELS_FIRST}
EXCLUDED = "no threshold is excluded: a logit of -inf is the probability 0 of being above it"


def cost(z: Nested, above: bool) -> Nested:
    return -log(sigmoid(z) if above else sigmoid(-z))


def coral(
    logits: Nested, labels: Nested, level_weights: Nested = 1, axis: int = -1, ignore_index: int | None = None
) -> Nested:
    def row(z: Nested, label: int) -> Nested:
        if label == ignore_index:
            return mpf(0)
        factors = level_weights if isinstance(level_weights, list) else [level_weights] * len(z)
        return sum(f * cost(x, label > k) for k, (x, f) in enumerate(zip(z, factors, strict=True)))

    return rows(row, axis, logits, labels)


def corn(logits: Nested, labels: Nested, axis: int = -1, ignore_index: int | None = None) -> Nested:
    def row(z: Nested, label: int) -> Nested:
        if label == ignore_index:
            return mpf(0)
        return sum(cost(x, label > k) for k, x in enumerate(z[: label + 1]))

    return rows(row, axis, logits, labels)


def count_reached(logits: Nested, labels: Nested, axis: int = -1, ignore_index: int | None = None) -> Nested:
    def row(z: Nested, label: int) -> Nested:
        return mpf(0) if label == ignore_index else mpf(min(label + 1, len(z)))

    return rows(row, axis, logits, labels)


def count(labels: Nested, ignore_index: int | None = None) -> Nested:
    return [count(part, ignore_index) if isinstance(part, list) else mpf(part != ignore_index) for part in labels]


def cumulative_link(logits: Nested, labels: Nested, axis: int = -1, ignore_index: int | None = None) -> Nested:
    def row(z: Nested, label: int) -> Nested:
        if label == ignore_index:
            return mpf(0)
        if label == len(z):
            return -log(sigmoid(-z[-1]))
        return -log(sigmoid(z[label]) - (sigmoid(z[label - 1]) if label else 0))

    return rows(row, axis, logits, labels)


def squared_emd(probs: Nested, target_probs: Nested, axis: int = -1) -> Nested:
    def row(p: Nested, t: Nested) -> Nested:
        return sum((x - y) ** 2 for x, y in zip(itertools.accumulate(p), itertools.accumulate(t), strict=True))

    return rows(row, axis, probs, target_probs)


CASES = [
    Case(
        "coral",
        coral,
        THRESHOLDS,
        options=({}, {"level_weights": Positive((N_THRESHOLDS,)), "ignore_index": 2}, {"level_weights": 0.5}),
        coupled=-1,
        count=count,
        without={"excluded": EXCLUDED},
        exact=(
            Exact(
                "logits of 0, and saturated ones",
                {"logits": [[0.0, 0.0], [0.0, 0.0], [1000.0, 1000.0]], "labels": [0, 2, 1]},
                [2.0 * math.log(2.0), 2.0 * math.log(2.0), 1000.0],
                {"logits": [[0.5, 0.5], [-0.5, -0.5], [0.0, 1.0]]},
                hessian=[[0.25, 0.25], [0.25, 0.25], [0.0, 0.0]],
            ),
        ),
    ),
    Case("coral", coral, THRESHOLDS_FIRST, ({"axis": 0},), "first", coupled=0, count=count),
    Case(
        "corn",
        corn,
        THRESHOLDS,
        options=({}, {"ignore_index": 1}),
        coupled=-1,
        count=count_reached,
        without={"excluded": EXCLUDED},
        exact=(
            Exact(
                "thresholds above the label have no part",
                {"logits": [[0.0, 5.0], [0.0, 0.0], [1000.0, 1000.0]], "labels": [0, 2, 1]},
                [math.log(2.0), 2.0 * math.log(2.0), 1000.0],
                {"logits": [[0.5, 0.0], [-0.5, -0.5], [0.0, 1.0]]},
                hessian=[[0.25, 0.0], [0.25, 0.25], [0.0, 0.0]],
            ),
        ),
    ),
    Case("corn", corn, THRESHOLDS_FIRST, ({"axis": 0},), "first", coupled=0, count=count_reached),
    Case(
        "cumulative_link",
        cumulative_link,
        {"logits": Ascending((3, N_THRESHOLDS)), "labels": LABELS},
        options=({}, {"ignore_index": 3}),
        rounding="composite",
        coupled=-1,
        count=count,
        exact=(
            Exact(
                "the first class, one between, the last",
                {"logits": [[0.0, math.log(4.0)]] * 3, "labels": [0, 1, 2]},
                [math.log(2.0), -math.log(0.3), math.log(5.0)],
                {"logits": [[-0.5, 0.0], [0.25 / 0.3, -0.16 / 0.3], [0.0, 0.8]]},
            ),
            Exact(
                "an interval far from the score",
                {"logits": [[1000.0, 1001.0], [-1001.0, -1000.0]], "labels": [1, 1]},
                [1000.4586751453871, 1000.4586751453871],
                {"logits": [[1.5819767068693265, -0.5819767068693265], [0.5819767068693265, -1.5819767068693265]]},
            ),
        ),
    ),
    Case(
        "cumulative_link",
        cumulative_link,
        {"logits": Ascending((N_THRESHOLDS, 2, 2), axis=0), "labels": LABELS_FIRST},
        ({"axis": 0},),
        "first",
        rounding="composite",
        coupled=0,
        count=count,
        without={"extreme": "the other case has it: here are more places than distinct numbers"},
    ),
    Case(
        "squared_emd",
        squared_emd,
        {"probs": Simplex((3, 4)), "target_probs": Simplex((3, 4))},
        rounding="algebraic",
        coupled=-1,
        looser=(Looser("gradient", "10,000 differences are added one by one", factor=4.0, kinds=("10000 classes",)),),
        exact=(
            Exact(
                "equal, neighbouring and distant classes",
                {
                    "probs": [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]],
                    "target_probs": [[0.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
                },
                [0.0, 1.0, 2.0],
                {"probs": [[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [4.0, 2.0, 0.0]]},
                hessian=[[6.0, 4.0, 2.0]] * 3,
            ),
        ),
    ),
    Case(
        "squared_emd",
        squared_emd,
        {"probs": Simplex((4, 2, 2), axis=0), "target_probs": Simplex((4, 2, 2), axis=0)},
        ({"axis": 0},),
        "first",
        rounding="algebraic",
        coupled=0,
    ),
]
