"""Function by eager, graph, XLA and gradient, of the TensorFlow namespace: each exception, and its reason.

Data alone: `test_matrix` checks every place, and `docs/tensorflow.py` writes it down. No framework is imported.
"""

from __future__ import annotations

from dataclasses import dataclass

from conformance.standard import calls, calls_rest
from conformance.standard.calls import Call

COLUMNS = ("eager", "graph", "XLA", "gradient")


@dataclass(frozen=True)
class Missing:
    """A place where a function raises: the pattern of its error, and why."""

    error: str
    reason: str


NO_KERNEL = "XLA has no kernel for it"
SIZE_IS_DATA = "how many elements are distinct is data, and XLA needs sizes"
UNKNOWN_MATRIX = "unknown inner matrix shape"
NEEDS_SIZES = "TensorFlow's gradient of the decomposition needs the sizes of the matrix; eagerly they are known"
MISSING: dict[tuple[str, str], Missing] = {
    ("unstack", "graph"): Missing(
        "unstack needs a known size along axis",
        "how many arrays it returns is known only where the size of the axis is; give that one in the signature",
    ),
    ("unstack", "XLA"): Missing("unstack needs a known size along axis", "as in a graph"),
    **{
        (name, "XLA"): Missing("UniqueWithCounts", SIZE_IS_DATA)
        for name in ("unique_all", "unique_counts", "unique_inverse", "unique_values")
    },
    ("linalg.det", "XLA"): Missing("MatrixDeterminant", NO_KERNEL),
    ("linalg.slogdet", "XLA"): Missing("LogMatrixDeterminant", NO_KERNEL),
    ("linalg.eig", "XLA"): Missing("Eig", f"{NO_KERNEL}; of symmetric matrices use eigh"),
    ("linalg.eigvals", "XLA"): Missing("Eig", f"{NO_KERNEL}; of symmetric matrices use eigvalsh"),
    ("linalg.svd", "gradient"): Missing(UNKNOWN_MATRIX, NEEDS_SIZES),
    ("linalg.pinv", "gradient"): Missing(UNKNOWN_MATRIX, f"{NEEDS_SIZES}; pinv is made of it"),
}

# Where XLA's numbers, all of float64, have fewer digits: the relative error, and why.
LOOSER: dict[str, tuple[float, str]] = {
    "linalg.eigh": (1e-8, "XLA ends its iteration early: eigenvectors have 9 digits"),
    "linalg.svd": (1e-5, "XLA ends its iteration early: singular vectors have 6 digits"),
    "linalg.pinv": (1e-5, "made of singular vectors, which have 6 digits under XLA"),
}
# float32 is what asarray is asked for, and difference quotients of it are rough.
ROUGH = {"asarray": 0.3}

# What stands in the column of the gradient.
YES, KNOWN_SIZES, FLAT, NONE = "yes", "known sizes", "0", "none"


def function_of(key: str) -> str:
    """The function of a call: a comma or a space in its key tells calls of one function apart."""
    return key.split(",")[0].split(" ")[0]


def _first(tables: dict[str, Call]) -> dict[str, Call]:
    """The first call of each function."""
    found: dict[str, Call] = {}
    for key, call in tables.items():
        found.setdefault(function_of(key), call)
    return found


DIFFERENTIABLE = _first(calls.SMOOTH | calls_rest.SMOOTH)
CONSTANT = _first(calls.FLAT | calls_rest.FLAT)
ARRAYLESS = _first(calls_rest.CREATION | calls_rest.INSPECTION)
FUNCTIONS: dict[str, Call] = dict(sorted((ARRAYLESS | CONSTANT | DIFFERENTIABLE).items()))


def gradient(name: str) -> str:
    """What stands in the column of the gradient. A gradient that raises does so in a graph of unknown sizes alone."""
    if (name, "gradient") in MISSING:
        return KNOWN_SIZES
    if name in DIFFERENTIABLE:
        return YES
    return FLAT if name in CONSTANT else NONE


def place(name: str, column: str) -> str:
    """What stands in a place of the table."""
    if column == "gradient":
        return gradient(name)
    return "no" if (name, column) in MISSING else YES
