"""Cases of the family segmentation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import mpmath
from mpmath import mpf

from conformance.case import Case, Exact
from conformance.domains import Binary, Probability
from conformance.formulas import Nested, elementwise, moved_last, rows

PAIR = {"probs": Probability((3, 4)), "targets": Probability((3, 4))}
FIRST = {"probs": Probability((4, 3)), "targets": Probability((4, 3))}
IMAGE = {"probs": Probability((2, 3, 2)), "targets": Binary((2, 3, 2))}


def dice(probs: Nested, targets: Nested, axis: int = -1, smooth: Nested = 1) -> Nested:
    def row(p: Nested, t: Nested) -> Nested:
        overlap = sum(x * y for x, y in zip(p, t, strict=True))
        size = sum(p) + sum(t) + smooth
        return 1 - (2 * overlap + smooth) / size if size else mpf(0)

    return rows(row, axis, probs, targets)


def tversky(
    probs: Nested,
    targets: Nested,
    alpha: Nested = 0.5,
    beta: Nested = 0.5,
    axis: int = -1,
    smooth: Nested = 1,
) -> Nested:
    def row(p: Nested, t: Nested) -> Nested:
        overlap = sum(x * y for x, y in zip(p, t, strict=True))
        size = overlap + alpha * (sum(p) - overlap) + beta * (sum(t) - overlap) + smooth
        return 1 - (overlap + smooth) / size if size else mpf(0)

    return rows(row, axis, probs, targets)


def focal_tversky(
    probs: Nested,
    targets: Nested,
    alpha: Nested = 0.3,
    beta: Nested = 0.7,
    gamma: Nested = 4.0 / 3.0,
    axis: int = -1,
    smooth: Nested = 1,
) -> Nested:
    exponent = mpf(1.0 / float(gamma))  # an option, formed in double precision

    def power(x: Nested) -> Nested:
        """Go on beyond 0 as a line does, or a cusp where the slope is infinite."""
        return mpmath.sign(x) ** (exponent >= 1) * abs(x) ** exponent

    return elementwise(power, tversky(probs, targets, alpha, beta, axis, smooth))


def jaccard(probs: Nested, targets: Nested, axis: int = -1, smooth: Nested = 1) -> Nested:
    def row(p: Nested, t: Nested) -> Nested:
        overlap = sum(x * y for x, y in zip(p, t, strict=True))
        union = sum(p) + sum(t) - overlap + smooth
        return 1 - (overlap + smooth) / union if union else mpf(0)

    return rows(row, axis, probs, targets)


def generalized_dice(probs: Nested, targets: Nested, axis: tuple[int, int] = (-2, -1), class_axis: int = -1) -> Nested:
    first = 3 + min(axis)

    def sample(p: Nested, t: Nested) -> Nested:
        if class_axis == axis[1]:
            p, t = moved_last(p, 0), moved_last(t, 0)
        sizes = [sum(row) for row in t]
        rarest = min([size for size in sizes if size], default=mpf(1))
        weights = [1 / (size or rarest) ** 2 for size in sizes]
        overlap = sum(w * x * y for w, a, b in zip(weights, p, t, strict=True) for x, y in zip(a, b, strict=True))
        total = sum(w * (sum(a) + sum(b)) for w, a, b in zip(weights, p, t, strict=True))
        return 1 - 2 * overlap / total if total else mpf(0)

    if first == 0:
        probs, targets = moved_last(probs, 0), moved_last(targets, 0)
        probs, targets = moved_last(probs, 0), moved_last(targets, 0)
    return [sample(p, t) for p, t in zip(probs, targets, strict=True)]


def empty(**options: Any) -> Exact:
    """Return the point of an empty region that is predicted empty; without smooth the slope has no limit."""
    return Exact(
        "an empty region, predicted empty",
        {"probs": [[0.0, 0.0]], "targets": [[0.0, 0.0]]},
        [0.0],
        {"probs": [[0.0, 0.0]], "targets": [[0.0, 0.0]]},
        options={"smooth": 0.0, **options},
    )


PERFECT = Exact(
    "a perfect prediction", {"probs": [[1.0, 0.0, 1.0]], "targets": [[1.0, 0.0, 1.0]]}, [0.0], {}
)  # the slopes there are those of the errors


def of_regions(
    name: str,
    formula: Callable[..., Nested],
    *options: dict[str, Any],
    exact: tuple[Exact, ...],
    rounding: Literal["algebraic", "transcendental"] = "algebraic",
) -> list[Case]:
    """Return the cases of a loss of regions, with the pixels along the last axis and along the first."""
    return [
        Case(name, formula, PAIR, options, rounding=rounding, coupled=-1, exact=exact),
        Case(name, formula, FIRST, ({"axis": 0},), "first", rounding=rounding, coupled=0),
    ]


CASES = [
    *of_regions("dice", dice, {}, {"smooth": 0.0}, {"smooth": 0.25}, exact=(empty(), PERFECT)),
    *of_regions(
        "tversky",
        tversky,
        {},
        {"alpha": 0.25, "beta": 0.75, "smooth": 0.0},
        {"alpha": 1.5, "beta": 0.0, "smooth": 0.5},
        exact=(
            empty(),
            PERFECT,
            Exact(
                "one right, one missed and two wrong pixels",
                {"probs": [[1.0, 0.0, 1.0, 1.0]], "targets": [[1.0, 1.0, 0.0, 0.0]]},
                [0.5],
                {"probs": [[-0.4375, -0.4375, 0.03125, 0.03125]]},
                options={"alpha": 0.125, "beta": 0.75, "smooth": 0.0},
            ),
        ),
    ),
    *of_regions(
        "focal_tversky",
        focal_tversky,
        {},
        {"alpha": 0.25, "beta": 0.75, "gamma": 0.5, "smooth": 0.0},
        {"gamma": 1.0, "smooth": 0.25},
        exact=(
            empty(),
            Exact(
                "a perfect prediction, where the slope of the root is infinite",
                {"probs": [[1.0, 0.0, 1.0]], "targets": [[1.0, 0.0, 1.0]]},
                [0.0],
                {"probs": [[0.0, 0.0, 0.0]], "targets": [[0.0, 0.0, 0.0]]},
                hessian=[[0.0, 0.0, 0.0]],
            ),
        ),
        rounding="transcendental",
    ),
    *of_regions("jaccard", jaccard, {}, {"smooth": 0.0}, {"smooth": 0.25}, exact=(empty(), PERFECT)),
    Case(
        "generalized_dice",
        generalized_dice,
        IMAGE,
        ({"axis": (-2, -1)}, {"axis": (-2, -1), "class_axis": -2}),
        constant=("targets",),
        rounding="algebraic",
        coupled="all",
        exact=(
            Exact(
                "a rare class, and one that is absent",
                {
                    "probs": [[[0.5, 0.0, 0.5], [0.0, 0.5, 0.5], [0.0, 1.0, 0.0]]],
                    "targets": [[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]],
                },
                [1.0 - 2.0 * 0.875 / (1.5 + 0.25 * 3.5 + 1.0)],
                options={"axis": (-2, -1)},
            ),
            Exact(
                "no class at all, and none predicted",
                {"probs": [[[0.0, 0.0]]], "targets": [[[0.0, 0.0]]]},
                [0.0],
                {"probs": [[[0.0, 0.0]]]},
                options={"axis": (-2, -1)},
            ),
        ),
    ),
]
