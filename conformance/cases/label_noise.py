"""Cases of the family label_noise."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

from mpmath import log, mp, mpf, workdps

from conformance.case import Case, Exact, Looser
from conformance.domains import Labels, Logits, Positive
from conformance.formulas import Nested, log_softmax, rows, softmax

N_CLASSES = 4
LOGITS = {"logits": Logits((3, N_CLASSES)), "labels": Labels((3,), n_classes=N_CLASSES)}
LOGITS_FIRST = {"logits": Logits((N_CLASSES, 2, 2), axis=0), "labels": Labels((2, 2), n_classes=N_CLASSES)}
P_TIMES_REST = Looser("hessian", "p (1 - p) cancels for a confident class; only labels allow another form", eps=2.0)
NEARLY_TIED = Looser(
    "gradient",
    "slopes of classes that nearly tie cancel where the label has no probability",
    eps=2.0,
    kinds=("extreme",),
)
ROUNDED_POWER = Looser(
    "gradient",
    "a power of a huge number is the exponential of its logarithm, and has the rounding of that",
    factor=4.0,
    kinds=("wide", "overflow"),
)
LOG_2 = math.log(2.0)
LONG = "its search takes a minute for so many in high precision; the tests of the tempered softmax have 20,000"
SERIES = (14, "near 0 a series with coefficients in double precision, of no more terms than that needs")


def by_row(kernel: Callable[..., Nested], logits: Nested, labels: Nested, axis: int, ignored: int | None) -> Nested:
    """Apply a kernel of -log p and 1 - p at the label."""

    def row(z: Nested, label: int) -> Nested:
        if label == ignored:
            return mpf(0)
        others = sum((x for column, x in enumerate(softmax(z)) if column != label), mpf(0))
        return kernel(-log_softmax(z)[label], others)

    return rows(row, axis, logits, labels)


def count(labels: Nested, ignore_index: int | None = None) -> Nested:
    if isinstance(labels, list):
        return [count(part, ignore_index) for part in labels]
    return mpf(labels != ignore_index)


def poly_cross_entropy(
    logits: Nested, labels: Nested, epsilon: float = 2, axis: int = -1, ignore_index: int | None = None
) -> Nested:
    return by_row(lambda entropy, others: entropy + epsilon * others, logits, labels, axis, ignore_index)


def generalized_cross_entropy(
    logits: Nested, labels: Nested, q: float = 0.7, axis: int = -1, ignore_index: int | None = None
) -> Nested:
    def kernel(entropy: Nested, others: Nested) -> Nested:
        return (1 - (1 - others) ** mpf(q)) / mpf(q) if q else entropy

    return by_row(kernel, logits, labels, axis, ignore_index)


def symmetric_cross_entropy(
    logits: Nested,
    labels: Nested,
    alpha: float = 0.1,
    beta: float = 1,
    log_zero: float = -4,
    axis: int = -1,
    ignore_index: int | None = None,
) -> Nested:
    def kernel(entropy: Nested, others: Nested) -> Nested:
        return mpf(alpha) * entropy + mpf(beta) * -mpf(log_zero) * others

    return by_row(kernel, logits, labels, axis, ignore_index)


def logit_adjusted_cross_entropy(
    logits: Nested,
    labels: Nested,
    class_priors: Nested = None,
    tau: float = 1,
    axis: int = -1,
    ignore_index: int | None = None,
) -> Nested:
    def row(z: Nested, label: int) -> Nested:
        if label == ignore_index:
            return mpf(0)
        priors = class_priors or [mpf(1)] * len(z)
        return -log_softmax([x + mpf(tau) * log(prior) for x, prior in zip(z, priors, strict=True)])[label]

    return rows(row, axis, logits, labels)


def tempered_softmax(z: Nested, t: float) -> Nested:
    """Return exp_t(z - normaliser), whose sum is 1: by Newton's method, with few digits at first."""
    tail, largest = mpf(t) - 1, max(z)
    if not tail:
        return softmax(z)
    gaps = Counter(largest - x for x in z if x > -math.inf)

    def power(gap: Nested, beyond: Nested) -> Nested:
        return (1 + tail * (gap + beyond)) ** (-1 / tail)

    def improved(beyond: Nested) -> Nested:
        terms = [(n, power(gap, beyond), 1 + tail * (gap + beyond)) for gap, n in gaps.items()]
        return beyond + (sum(n * p for n, p, _ in terms) - 1) / sum(n * p / x for n, p, x in terms)

    beyond, before, digits = mpf(0), mpf(-1), 20
    with workdps(digits):
        while abs(beyond - before) > (1 + beyond) * mpf(10) ** -12:
            before, beyond = beyond, improved(beyond)
    while digits < mp.dps:
        digits = min(2 * digits, mp.dps)
        with workdps(digits):
            beyond = improved(beyond)
    found = {gap: power(gap, beyond) for gap in gaps}
    return [found.get(largest - x, mpf(0)) for x in z]


def bi_tempered(
    logits: Nested,
    labels: Nested,
    t1: float = 0.8,
    t2: float = 1.2,
    axis: int = -1,
    ignore_index: int | None = None,
) -> Nested:
    bend = 1 - mpf(t1)

    def row(z: Nested, label: int) -> Nested:
        if label == ignore_index:
            return mpf(0)
        p = tempered_softmax(z, t2)
        if not bend:
            return -log(p[label])
        return (1 - p[label] ** bend) / bend - (1 - sum(x ** (1 + bend) for x in p)) / (1 + bend)

    return rows(row, axis, logits, labels)


CASES = [
    Case(
        "poly_cross_entropy",
        poly_cross_entropy,
        LOGITS,
        options=({}, {"epsilon": -1.0}, {"epsilon": -0.5, "ignore_index": 1}),
        coarse={2: SERIES},
        rounding="composite",
        coupled=-1,
        count=count,
        looser=(P_TIMES_REST,),
        exact=(
            Exact(
                "a tie of two classes",
                {"logits": [[0.0, 0.0], [7.0, 7.0]], "labels": [0, 1]},
                [LOG_2 + 1.0, LOG_2 + 1.0],
                {"logits": [[-1.0, 1.0], [1.0, -1.0]]},
                hessian=[[0.25, 0.25], [0.25, 0.25]],
            ),
            Exact(
                "a lead of 40, of which the first term is taken away",
                {"logits": [[40.0, 0.0]], "labels": [0]},
                [9.024256939227075e-36],
                {"logits": [[-1.804851387845415e-35, 1.804851387845415e-35]]},
                options={"epsilon": -1.0},
            ),
            Exact(
                "classes excluded by -inf",
                {"logits": [[-math.inf, 0.0, 0.0], [-math.inf, 3.0, -math.inf]], "labels": [1, 1]},
                [LOG_2 + 1.0, 0.0],
                {"logits": [[0.0, -1.0, 1.0], [0.0, 0.0, 0.0]]},
            ),
        ),
    ),
    Case(
        "generalized_cross_entropy",
        generalized_cross_entropy,
        LOGITS,
        options=({}, {"q": 0.5}, {"q": 1.0, "ignore_index": 1}, {"q": 0.0}),
        rounding="composite",
        coupled=-1,
        count=count,
        looser=(P_TIMES_REST,),
        exact=(
            Exact(
                "a tie of two classes",
                {"logits": [[0.0, 0.0]], "labels": [0]},
                [0.5],
                {"logits": [[-0.25, 0.25]]},
                hessian=[[0.0, 0.0]],
                options={"q": 1.0},
            ),
            Exact(
                "an impossible label has a finite loss",
                {"logits": [[-math.inf, 0.0], [-1e4, 1e4]], "labels": [0, 0]},
                [2.0, 2.0],
                {"logits": [[0.0, 0.0], [0.0, 0.0]]},
                options={"q": 0.5},
            ),
            Exact(
                "no exponent is the cross entropy",
                {"logits": [[0.0, 0.0]], "labels": [0]},
                [LOG_2],
                {"logits": [[-0.5, 0.5]]},
                hessian=[[0.25, 0.25]],
                options={"q": 0.0},
            ),
        ),
    ),
    Case(
        "symmetric_cross_entropy",
        symmetric_cross_entropy,
        LOGITS,
        options=({}, {"alpha": 0.0, "log_zero": -2.0}, {"alpha": 0.5, "beta": 0.25, "ignore_index": 1}),
        rounding="composite",
        coupled=-1,
        count=count,
        looser=(P_TIMES_REST,),
        exact=(
            Exact(
                "a tie of two classes",
                {"logits": [[0.0, 0.0]], "labels": [1]},
                [LOG_2 + 2.0],
                {"logits": [[1.5, -1.5]]},
                options={"alpha": 1.0},
            ),
        ),
    ),
    Case(
        "logit_adjusted_cross_entropy",
        logit_adjusted_cross_entropy,
        LOGITS,
        options=(
            {},
            {"class_priors": Positive((N_CLASSES,))},
            {"class_priors": Positive((N_CLASSES,)), "tau": 0.5, "ignore_index": 1},
        ),
        rounding="composite",
        coupled=-1,
        count=count,
        looser=(P_TIMES_REST,),
        exact=(
            Exact(
                "a class four times as frequent",
                {"logits": [[0.0, 0.0]], "labels": [1]},
                [math.log(5.0)],
                {"logits": [[0.8, -0.8]]},
                options={"class_priors": [4.0, 1.0]},
            ),
            Exact(
                "equal classes",
                {"logits": [[0.0, 0.0]], "labels": [1]},
                [LOG_2],
                {"logits": [[0.5, -0.5]]},
            ),
        ),
    ),
    Case(
        "bi_tempered",
        bi_tempered,
        LOGITS,
        options=(
            {},
            {"t1": 0.0, "t2": 2.0},
            {"t1": 1.0, "t2": 4.0, "ignore_index": 1},
            {"t1": 0.5, "t2": 1.0},
        ),
        rounding="composite",
        coupled=-1,
        count=count,
        without={"10000 classes": LONG},
        looser=(P_TIMES_REST, NEARLY_TIED, ROUNDED_POWER),
        exact=(
            Exact(
                "both temperatures 1 are the cross entropy",
                {"logits": [[0.0, 0.0], [40.0, 0.0]], "labels": [0, 0]},
                [LOG_2, 4.248354255291589e-18],
                {"logits": [[-0.5, 0.5], [-4.248354255291589e-18, 4.248354255291589e-18]]},
                hessian=[[0.25, 0.25], [4.248354255291589e-18, 4.248354255291589e-18]],
                options={"t1": 1.0, "t2": 1.0},
            ),
            Exact(
                "a tie of two classes",
                {"logits": [[3.0, 3.0]], "labels": [1]},
                [0.25],
                {"logits": [[0.125, -0.125]]},
                options={"t1": 0.0, "t2": 2.0},
            ),
            Exact(
                "a wrong label costs no more than the bound",
                {"logits": [[-math.inf, 0.0], [-math.inf, 5.0]], "labels": [0, 1]},
                [1.0, 0.0],
                {"logits": [[0.0, 0.0], [0.0, 0.0]]},
                options={"t1": 0.0, "t2": 2.0},
            ),
        ),
    ),
    *(
        Case(
            loss,
            formula,
            LOGITS_FIRST,
            ({"axis": 0},),
            "first",
            rounding="composite",
            coupled=0,
            count=count,
            coarse=coarse,
            looser=looser,
        )
        for loss, formula, coarse, looser in (
            ("poly_cross_entropy", poly_cross_entropy, {0: SERIES}, (P_TIMES_REST,)),
            ("generalized_cross_entropy", generalized_cross_entropy, {}, ()),
            ("symmetric_cross_entropy", symmetric_cross_entropy, {}, (P_TIMES_REST,)),
            ("bi_tempered", bi_tempered, {}, (P_TIMES_REST,)),
            ("logit_adjusted_cross_entropy", logit_adjusted_cross_entropy, {}, ()),
        )
    ),
]
