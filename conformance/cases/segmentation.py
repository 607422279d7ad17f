"""Cases of the family segmentation."""

from __future__ import annotations

from mpmath import mpf

from conformance.case import Case, Exact
from conformance.domains import Probability
from conformance.formulas import Nested, rows

SHAPE = (3, 4)


def dice(probs: Nested, targets: Nested, axis: int = -1, smooth: Nested = 1) -> Nested:
    def row(p: Nested, t: Nested) -> Nested:
        overlap = sum(x * y for x, y in zip(p, t, strict=True))
        size = sum(p) + sum(t) + smooth
        return 1 - (2 * overlap + smooth) / size if size else mpf(0)

    return rows(row, axis, probs, targets)


CASES = [
    Case(
        "dice",
        dice,
        {"probs": Probability(SHAPE), "targets": Probability(SHAPE)},
        options=({}, {"smooth": 0.0}, {"smooth": 0.25}),
        rounding="algebraic",
        coupled=-1,
        exact=(
            Exact(
                "an empty region, predicted empty",
                {"probs": [[0.0, 0.0]], "targets": [[0.0, 0.0]]},
                [0.0],
                {"probs": [[0.0, 0.0]], "targets": [[0.0, 0.0]]},
                options={"smooth": 0.0},
            ),
            Exact(
                "a perfect prediction",
                {"probs": [[1.0, 0.0, 1.0]], "targets": [[1.0, 0.0, 1.0]]},
                [0.0],
            ),
        ),
    ),
    Case(
        "dice",
        dice,
        {"probs": Probability((4, 3)), "targets": Probability((4, 3))},
        ({"axis": 0},),
        "first",
        rounding="algebraic",
        coupled=0,
    ),
]
