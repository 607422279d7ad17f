"""One call of each function that `calls` has no line for: of integers, without an array, and of linear algebra.

The tables have the form of those in `calls`: any namespace of the standard can run them, on the same matrix. Where a
decomposition is unique up to signs alone, the call takes them away.
"""

from __future__ import annotations

from typing import Any

from conformance.standard.calls import Call


def _integers(xp: Any, x: Any) -> Any:
    return xp.astype(xp.round(xp.abs(4.0 * x)), xp.int32)


def _complex(xp: Any, x: Any) -> Any:
    return xp.astype(x, xp.complex128) * 1j


def _square(xp: Any, x: Any) -> Any:
    return x[:, :3] + 2.0 * xp.eye(3, dtype=xp.float64)


def _symmetric(xp: Any, x: Any) -> Any:
    """Positive definite too."""
    square = _square(xp, x)
    return xp.matmul(square, xp.matrix_transpose(square)) + xp.eye(3, dtype=xp.float64)


def _unsigned(xp: Any, pair: tuple[Any, Any]) -> tuple[Any, Any]:
    return pair[0], xp.abs(pair[1])


def _of_decomposition(xp: Any, parts: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(xp.abs(part) for part in parts)


INTEGERS: dict[str, Call] = {
    "bitwise_and": lambda xp, x: xp.bitwise_and(_integers(xp, x), 6),
    "bitwise_invert": lambda xp, x: xp.bitwise_invert(_integers(xp, x)),
    "bitwise_left_shift": lambda xp, x: xp.bitwise_left_shift(_integers(xp, x), 2),
    "bitwise_or": lambda xp, x: xp.bitwise_or(_integers(xp, x), 6),
    "bitwise_right_shift": lambda xp, x: xp.bitwise_right_shift(_integers(xp, x), 2),
    "bitwise_xor": lambda xp, x: xp.bitwise_xor(_integers(xp, x), 6),
}
# What depends on x without steps, and so is differentiated.
SMOOTH: dict[str, Call] = {
    "asarray": lambda xp, x: xp.asarray(x, dtype=xp.float32),
    "imag": lambda xp, x: xp.imag(_complex(xp, x)),
    "unstack": lambda xp, x: xp.unstack(x, axis=1),
    "from_dlpack": lambda xp, x: xp.from_dlpack(x),
    "linalg.cholesky": lambda xp, x: xp.linalg.cholesky(_symmetric(xp, x)),
    "linalg.cross": lambda xp, x: xp.linalg.cross(_square(xp, x), xp.flip(_square(xp, x))),
    "linalg.det": lambda xp, x: xp.linalg.det(_square(xp, x)),
    "linalg.diagonal": lambda xp, x: xp.linalg.diagonal(x, offset=1),
    "linalg.eig": lambda xp, x: xp.real(xp.sum(xp.linalg.eig(_symmetric(xp, x)).eigenvalues ** 3)),
    "linalg.eigh": lambda xp, x: _unsigned(xp, xp.linalg.eigh(_symmetric(xp, x))),
    "linalg.eigvals": lambda xp, x: xp.real(xp.sum(xp.linalg.eigvals(_square(xp, x)) ** 3)),
    "linalg.eigvalsh": lambda xp, x: xp.linalg.eigvalsh(_symmetric(xp, x)),
    "linalg.inv": lambda xp, x: xp.linalg.inv(_square(xp, x)),
    "linalg.matmul": lambda xp, x: xp.linalg.matmul(x, xp.matrix_transpose(x)),
    "linalg.matrix_norm": lambda xp, x: xp.linalg.matrix_norm(x),
    "linalg.matrix_power": lambda xp, x: xp.linalg.matrix_power(_square(xp, x), 3),
    "linalg.matrix_transpose": lambda xp, x: xp.linalg.matrix_transpose(x),
    "linalg.outer": lambda xp, x: xp.linalg.outer(x[0, :], x[:, 0]),
    "linalg.pinv": lambda xp, x: xp.linalg.pinv(x),
    "linalg.qr": lambda xp, x: _of_decomposition(xp, xp.linalg.qr(_square(xp, x))),
    "linalg.slogdet": lambda xp, x: tuple(xp.linalg.slogdet(_square(xp, x))),
    "linalg.solve": lambda xp, x: xp.linalg.solve(_square(xp, x), x),
    "linalg.svd": lambda xp, x: _of_decomposition(xp, xp.linalg.svd(x, full_matrices=False)),
    "linalg.svdvals": lambda xp, x: xp.linalg.svdvals(x),
    "linalg.tensordot": lambda xp, x: xp.linalg.tensordot(x, x),
    "linalg.trace": lambda xp, x: xp.linalg.trace(x),
    "linalg.vecdot": lambda xp, x: xp.linalg.vecdot(x, x[1:2, :]),
    "linalg.vector_norm": lambda xp, x: xp.linalg.vector_norm(x, axis=1),
}
FLAT: dict[str, Call] = INTEGERS | {
    "empty_like": lambda xp, x: xp.zeros_like(xp.empty_like(x)),
    "linalg.matrix_rank": lambda xp, x: xp.linalg.matrix_rank(x),
}
# Of no array: there is nothing to differentiate by.
CREATION: dict[str, Call] = {
    "arange": lambda xp, x: xp.arange(1, 12, 3),
    "empty": lambda xp, x: xp.zeros_like(xp.empty((2, 3))),
    "eye": lambda xp, x: xp.eye(3, 4, k=1),
    "full": lambda xp, x: xp.full((2, 3), 2.5),
    "linspace": lambda xp, x: xp.linspace(-1.0, 2.0, 7),
    "ones": lambda xp, x: xp.ones((2, 3)),
    "zeros": lambda xp, x: xp.zeros((2, 3)),
}
# They tell of dtypes and shapes, and return no array.
INSPECTION: dict[str, Call] = {
    "broadcast_shapes": lambda xp, x: xp.broadcast_shapes((3, 1), (4,)),
    "can_cast": lambda xp, x: xp.can_cast(x.dtype, xp.float32),
    "finfo": lambda xp, x: float(xp.finfo(x.dtype).eps),
    "iinfo": lambda xp, x: int(xp.iinfo(xp.int8).max),
    "isdtype": lambda xp, x: xp.isdtype(x.dtype, "real floating"),
    "result_type": lambda xp, x: xp.isdtype(xp.result_type(x, xp.float32), xp.float64),
    "__array_namespace_info__": lambda xp, x: sorted(xp.__array_namespace_info__().dtypes(kind="integral")),
}
