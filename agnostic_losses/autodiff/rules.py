"""The table of derivative rules: which function of the array API has which, and which has none on purpose.

The rules themselves stand in `rules_elementwise.py`, `rules_structural.py`, `rules_reductions.py` and
`rules_chunks.py`. What is in no table here does not exist for a traced array: nothing is silently constant.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agnostic_losses.autodiff import rules_chunks, rules_elementwise, rules_reductions, rules_structural
from agnostic_losses.autodiff._rule import Rule

__all__ = ["CALLS", "CONSTANT", "CREATION", "OF_DTYPE", "PASSED_THROUGH", "REFUSED", "RULES"]

RULES: dict[str, Rule] = {
    rule.name: rule
    for module in (rules_elementwise, rules_structural, rules_reductions, rules_chunks)
    for rule in module.RULES
}
"""Primitives: a forward function of the base namespace, and its vector-Jacobian products."""

CALLS: dict[str, Callable[..., Any]] = {
    **rules_elementwise.CALLS,
    **rules_structural.CALLS,
    **rules_reductions.CALLS,
}
"""Functions written in other functions of the namespace, from which their derivatives follow."""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


CONSTANT = _names("""
    equal not_equal less less_equal greater greater_equal isnan isinf isfinite signbit isin
    logical_and logical_or logical_xor logical_not
    bitwise_and bitwise_or bitwise_xor bitwise_invert bitwise_left_shift bitwise_right_shift
    sign floor ceil round trunc floor_divide
    any all argmax argmin count_nonzero argsort searchsorted
    zeros_like ones_like empty_like
""")
"""Functions of arrays without derivative: piecewise constant, or of shape and dtype only."""

CREATION = _names("zeros ones empty eye arange linspace")
"""Functions that make constants from numbers."""

PASSED_THROUGH = _names("""
    bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 bfloat16 float32 float64 complex64 complex128
    e pi inf nan newaxis isdtype broadcast_shapes __array_namespace_info__ __array_api_version__
""")
"""Constants, dtypes and functions of neither values nor arrays."""

OF_DTYPE = _names("finfo iinfo result_type can_cast")
"""Functions that answer about dtypes, and take arrays too."""

REFUSED = _names("""
    nonzero unique_all unique_counts unique_inverse unique_values from_dlpack nextafter imag conj
""")
"""Functions of the standard that a differentiated function cannot use: complex, or of data-dependent shape."""
