"""What a differentiated function cannot do, and what the tape says then."""

from __future__ import annotations

import operator

import array_api_strict
import numpy as np
import pytest

from tests.tape_helpers import grad, namespace, total, values


@pytest.mark.parametrize(
    "look",
    [bool, float, int, complex, len, iter, list, np.asarray, np.exp, np.sum, operator.index, hash, lambda x: 1.0 in x],
)
def test_values_cannot_be_read(look):
    with pytest.raises(TypeError):
        grad(lambda x: (look(x), total(x))[1])(np.ones(1))


def test_no_change_in_place(xp):
    for change in (operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.ipow, operator.imatmul):
        with pytest.raises(TypeError, match="in place"):
            grad(lambda x, change=change: total(change(x, 2.0)))(xp.ones(2))
    with pytest.raises(TypeError, match="in place"):
        grad(lambda x: x.__setitem__(0, 1.0))(xp.ones(2))


def test_index_is_basic(xp):
    for key in ([0, 1], xp.asarray([0, 1]), xp.asarray([True, False]), 0.5, "a", True):
        with pytest.raises(TypeError, match="index"):
            grad(lambda x, key=key: total(x[key]))(xp.ones(2))
    with pytest.raises(TypeError, match="index"):
        grad(lambda x: total(x[x > 0]))(xp.ones(2))


def test_functions_without_rule_are_refused(xp):
    for name in ("nonzero", "unique_values", "imag", "nextafter"):
        with pytest.raises(NotImplementedError, match=name):
            grad(lambda x, name=name: getattr(namespace(x), name)(x))(xp.ones(2))

    def f(x):
        assert not hasattr(namespace(x), "linalg")
        return namespace(x).softplus(x)

    with pytest.raises(AttributeError, match="softplus"):
        grad(f)(xp.ones(2))


def test_every_function_of_the_standard_is_decided(xp):
    names = {name for name in dir(array_api_strict) if not name.startswith("_") and "flags" not in name.lower()}
    undecided = []

    def f(x):
        undecided.extend(name for name in names - {"Device", "ModuleType"} if not hasattr(namespace(x), name))
        return total(x)

    grad(f)(xp.ones(1))
    assert undecided == []


def test_result_must_be_a_real_scalar(xp):
    x = xp.ones(2)
    with pytest.raises(ValueError, match=r"0-d array, got shape \(2,\)"):
        grad(lambda x: x)(x)
    with pytest.raises(TypeError, match="got float"):
        grad(lambda x: 1.0)(x)
    with pytest.raises(TypeError, match="bool"):
        grad(lambda x: namespace(x).any(x > 0))(x)


def test_arguments_must_be_real_floating(xp):
    for wrong in (xp.asarray([1, 2]), xp.asarray([1j]), xp.asarray([True])):
        with pytest.raises(TypeError, match="real floating"):
            grad(total)(wrong)
    for wrong in (1.0, [1.0], None):
        with pytest.raises(TypeError, match="real floating array, got"):
            grad(total)(wrong)


def test_complex_is_refused():
    x = np.ones(2)
    with pytest.raises(TypeError, match="complex"):
        grad(lambda x: total(x * 1j))(x)
    with pytest.raises(TypeError, match="complex"):
        grad(lambda x: total(abs(x * np.asarray([1j, 2j]))))(x)
    with pytest.raises(NotImplementedError, match="complex"):
        grad(lambda x: total(abs(namespace(x).astype(x, np.complex128))))(x)


def test_foreign_arrays_are_refused():
    x = np.ones(2)
    with pytest.raises(TypeError, match="array_api_strict"):
        grad(lambda x: total(x * array_api_strict.ones(2)))(x)
    with pytest.raises(TypeError, match="one namespace"):
        grad(lambda a, b: total(a), (0, 1))(x, array_api_strict.ones(2))
    for create in (lambda ns, n: ns.arange(n, 3.0), lambda ns, n: ns.linspace(n, 1.0, 3), lambda ns, n: ns.eye(n)):
        with pytest.raises(TypeError, match="traced array"):
            grad(lambda x, create=create: total(create(namespace(x), x[0])))(x)
    with pytest.raises(TypeError):
        grad(lambda x: total(namespace(x).asarray([x[0], x[1]])))(x)


def test_an_arbitrary_precision_constant_does_not_swallow_a_traced_array():
    mparray = pytest.importorskip("mparray")
    w = mparray.asarray([1.0, 2.0])
    with pytest.raises(TypeError):
        grad(lambda x: total(w * x))(w)  # not NaN
    assert values(grad(lambda x: total(x * w))(w)._data) == [1.0, 2.0]
    # A constant of the outer function, differentiated in the inner one, comes back fit for the outer one.
    mixed = grad(lambda x, v: total(grad(lambda y: total(y * y))(v) * x))
    assert values(mixed(w, w)._data) == [2.0, 4.0]
