"""Every function that takes more than floats, on every dtype, against array-api-strict: kernels have gaps."""

from __future__ import annotations

from typing import Any

import array_api_strict
import numpy as np
import pytest

import agnostic_losses.backends.tensorflow as xp
from conformance.standard.calls import SHAPES, Call
from conformance.standard.test_dtypes import STANDARD_DTYPES
from conformance.standard.tools import numbers, outputs

DATA = np.asarray([[3, 0, 2], [1, 1, 0]])

# Where complex numbers have no kernel; the error names the dtype.
NO_COMPLEX = {"unique_all", "unique_counts", "unique_inverse", "unique_values", "std", "var"}

CALLS: dict[str, Call] = {
    "abs": lambda xp, x: xp.abs(x),
    "add": lambda xp, x: xp.add(x, x),
    "all": lambda xp, x: xp.all(x, axis=0),
    "any": lambda xp, x: xp.any(x, axis=1),
    "argmax": lambda xp, x: xp.argmax(x, axis=1),
    "argmin": lambda xp, x: xp.argmin(x),
    "argsort": lambda xp, x: xp.argsort(x, axis=0, descending=True),
    "astype": lambda xp, x: xp.astype(x, xp.complex128),
    "astype, bool": lambda xp, x: xp.astype(x, xp.bool),
    "bitwise_and": lambda xp, x: xp.bitwise_and(x, x[:1, :]),
    "bitwise_invert": lambda xp, x: xp.bitwise_invert(x),
    "bitwise_left_shift": lambda xp, x: xp.bitwise_left_shift(x, x),
    "bitwise_or": lambda xp, x: xp.bitwise_or(x, x[:1, :]),
    "bitwise_right_shift": lambda xp, x: xp.bitwise_right_shift(x, x),
    "bitwise_xor": lambda xp, x: xp.bitwise_xor(x, x[:1, :]),
    "broadcast_arrays": lambda xp, x: xp.broadcast_arrays(x, x[:1, :]),
    "broadcast_to": lambda xp, x: xp.broadcast_to(x, (2, 2, 3)),
    "ceil": lambda xp, x: xp.ceil(x),
    "clip": lambda xp, x: xp.clip(x, 1, 2),
    "concat": lambda xp, x: xp.concat([x, x], axis=1),
    "concat, axis=None": lambda xp, x: xp.concat([x, x[:1, :]], axis=None),
    "conj": lambda xp, x: xp.conj(x),
    "count_nonzero": lambda xp, x: xp.count_nonzero(x, axis=0),
    "cumulative_prod": lambda xp, x: xp.cumulative_prod(x, axis=1),
    "cumulative_sum": lambda xp, x: xp.cumulative_sum(x, axis=0, include_initial=True),
    "diff": lambda xp, x: xp.diff(x, axis=1),
    "divide": lambda xp, x: xp.divide(x, x + 1),
    "equal": lambda xp, x: xp.equal(x, x[:1, :]),
    "expand_dims": lambda xp, x: xp.expand_dims(x, axis=(0, -1)),
    "flip": lambda xp, x: xp.flip(x),
    "floor": lambda xp, x: xp.floor(x),
    "floor_divide": lambda xp, x: xp.floor_divide(x, x + 1),
    "full_like": lambda xp, x: xp.full_like(x, 1),
    "greater": lambda xp, x: xp.greater(x, x[:1, :]),
    "greater_equal": lambda xp, x: xp.greater_equal(x, x[:1, :]),
    "isfinite": lambda xp, x: xp.isfinite(x),
    "isin": lambda xp, x: xp.isin(x, x[0, :2]),
    "isinf": lambda xp, x: xp.isinf(x),
    "isnan": lambda xp, x: xp.isnan(x),
    "less": lambda xp, x: xp.less(x, x[:1, :]),
    "less_equal": lambda xp, x: xp.less_equal(x, x[:1, :]),
    "linalg.cross": lambda xp, x: xp.linalg.cross(x, xp.flip(x)),
    "linalg.diagonal": lambda xp, x: xp.linalg.diagonal(x),
    "linalg.outer": lambda xp, x: xp.linalg.outer(x[0, :], x[1, :]),
    "linalg.trace": lambda xp, x: xp.linalg.trace(x),
    "matmul": lambda xp, x: xp.matmul(x, xp.matrix_transpose(x)),
    "max": lambda xp, x: xp.max(x, axis=1),
    "maximum": lambda xp, x: xp.maximum(x, x[:1, :]),
    "mean": lambda xp, x: xp.mean(x, axis=1),
    "min": lambda xp, x: xp.min(x),
    "minimum": lambda xp, x: xp.minimum(x, x[:1, :]),
    "multiply": lambda xp, x: xp.multiply(x, x),
    "negative": lambda xp, x: xp.negative(x),
    "nonzero": lambda xp, x: xp.nonzero(x),
    "not_equal": lambda xp, x: xp.not_equal(x, x[:1, :]),
    "ones_like": lambda xp, x: xp.ones_like(x),
    "positive": lambda xp, x: xp.positive(x),
    "pow": lambda xp, x: xp.pow(x, x),
    "prod": lambda xp, x: xp.prod(x + 1, axis=1),
    "real": lambda xp, x: xp.real(x),
    "remainder": lambda xp, x: xp.remainder(x, x + 1),
    "repeat, array": lambda xp, x: xp.repeat(x, xp.asarray([2, 0, 1]), axis=1),
    "round": lambda xp, x: xp.round(x),
    "searchsorted": lambda xp, x: xp.searchsorted(xp.sort(x[0, :]), x[1, :]),
    "sign": lambda xp, x: xp.sign(x),
    "sort": lambda xp, x: xp.sort(x, axis=0),
    "sort, descending": lambda xp, x: xp.sort(x, descending=True),
    "square": lambda xp, x: xp.square(x),
    "stack": lambda xp, x: xp.stack([x, x], axis=-1),
    "std": lambda xp, x: xp.std(x, axis=1),
    "subtract": lambda xp, x: xp.subtract(x, x[:1, :] - x[:1, :]),
    "sum": lambda xp, x: xp.sum(x, axis=0),
    "take": lambda xp, x: xp.take(x, xp.asarray([2, 0]), axis=1),
    "take_along_axis": lambda xp, x: xp.take_along_axis(x, xp.asarray([[2, 0], [1, -1]])),
    "tensordot": lambda xp, x: xp.tensordot(x, x, axes=2),
    "tile, more axes": lambda xp, x: xp.tile(x, (2, 1, 2)),
    "trunc": lambda xp, x: xp.trunc(x),
    "unique_counts": lambda xp, x: xp.unique_counts(x),
    "unique_inverse": lambda xp, x: xp.unique_inverse(x),
    "unique_values": lambda xp, x: xp.unique_values(x),
    "unstack": lambda xp, x: xp.unstack(x, axis=1),
    "var": lambda xp, x: xp.var(x, correction=1),
    "vecdot": lambda xp, x: xp.vecdot(x, x),
    "where": lambda xp, x: xp.where(xp.astype(x, xp.bool), x, x[:1, :]),
    "zeros_like": lambda xp, x: xp.zeros_like(x),
}
for _name in ("squeeze", "permute_dims", "matrix_transpose", "moveaxis", "roll", "repeat", "tile", "tril", "triu"):
    CALLS[_name] = SHAPES[_name]


def reference(call: Call, kind: str) -> list[Any] | None:
    """What the reference answers; None for a dtype that the function does not take."""
    try:
        return outputs(call(array_api_strict, array_api_strict.asarray(DATA.astype(kind))))
    except TypeError:
        return None


@pytest.mark.parametrize("name", CALLS)
def test_function(name: str) -> None:
    seen, wrong = 0, []
    for kind in STANDARD_DTYPES:
        expected = reference(CALLS[name], kind)
        if expected is None or (kind.startswith("complex") and name.split(",")[0] in NO_COMPLEX):
            continue
        seen += 1
        try:
            found = outputs(CALLS[name](xp, xp.asarray(DATA.astype(kind))))
        except Exception as error:  # named with its dtype, beside those of the other dtypes
            wrong.append((kind, repr(error)[:300]))
            continue
        for ours, theirs in zip(found, expected, strict=True):
            wanted = numbers(theirs)
            if numbers(ours).dtype != wanted.dtype or not np.allclose(numbers(ours), wanted, rtol=1e-6):
                wrong.append((kind, f"{numbers(ours)!r}, not {wanted!r}"))
    assert wrong == []
    assert seen, "the reference takes no dtype"


@pytest.mark.parametrize("name", sorted(NO_COMPLEX))
def test_complex_numbers_are_refused(name: str) -> None:
    with pytest.raises(TypeError, match=f"{name} does not take complex128"):
        getattr(xp, name)(xp.asarray(DATA.astype("complex128")))
