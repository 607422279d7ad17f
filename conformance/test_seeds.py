"""Worked examples that are printed in articles on losses, and the identities between losses, on four frameworks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from conformance.frameworks import Framework

LOGITS = [
    [-1.9675, -0.0030, 1.4072, 0.6208],
    [-1.1345, -0.5482, 0.9298, 1.0552],
    [1.1224, 1.8556, 0.0283, 1.6605],
    [0.5614, -0.2457, -0.4221, -1.6666],
    [0.8162, -0.9078, -1.0052, -0.2580],
]
LABELS = [1, 2, 3, 0, 2]
DIGITS = 1e-4
"""The articles print four digits, of inputs that were rounded to four digits too."""


class Arrays:
    """Makes arrays of one framework, and NumPy arrays of results."""

    def __init__(self, framework: Framework) -> None:
        self.framework = framework

    def __call__(self, values: Any, dtype: str = "float64") -> Any:
        return self.framework.array(np.asarray(values, dtype=dtype))

    def read(self, result: Any) -> Any:
        return self.framework.numpy(result)


@pytest.fixture
def a(four: Framework) -> Arrays:
    """The arrays of each framework."""
    return Arrays(four)


def test_binary_cross_entropy(a: Arrays) -> None:
    probs, targets = a([0.1, 0.9, 0.2, 0.8]), a([0.0, 1.0, 0.0, 1.0])
    value, gradient = al.value_and_grad(al.binary_cross_entropy)(probs, targets)
    np.testing.assert_allclose(a.read(value), 0.16425203348601802, rtol=1e-15)
    assert abs(float(a.read(value)) - 0.1642519) < 5e-7
    wanted = np.asarray([1.0 / 0.9, -1.0 / 0.9, 1.0 / 0.8, -1.0 / 0.8]) / 4
    np.testing.assert_allclose(a.read(gradient), wanted, rtol=1e-14)


def test_cross_entropy_of_five_samples(a: Arrays) -> None:
    logits, labels = a(LOGITS), a(LABELS, "int64")
    losses = a.read(al.cross_entropy(logits, labels, reduction="none"))
    np.testing.assert_allclose(losses, [1.9605, 0.9117, 1.0969, 0.6564, 2.3413], atol=DIGITS)
    gradient = a.read(al.grad(lambda z: al.cross_entropy(z, labels, reduction="sum"))(logits))
    powers = np.exp(np.asarray(LOGITS))
    softmax = powers / powers.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(gradient, softmax - np.eye(4)[LABELS], rtol=1e-13, atol=1e-15)


def test_negative_of_the_picked_entry(a: Arrays) -> None:
    logits, labels = a(LOGITS), a(LABELS, "int64")
    losses = a.read(al.nll(logits, labels, reduction="none"))
    np.testing.assert_array_equal(losses, [0.0030, -0.9298, -1.6605, -0.5614, 1.0052])
    gradient = a.read(al.grad(lambda x: al.nll(x, labels, reduction="sum"))(logits))
    np.testing.assert_array_equal(gradient, -np.eye(4)[LABELS])


def test_first_row_of_log_softmax(a: Arrays) -> None:
    logits = a(LOGITS)
    rows = a.read(al.ops.log_softmax(logits, -1, xp=al.array_namespace(logits)))
    np.testing.assert_allclose(rows[0], [-3.9250, -1.9605, -0.5503, -1.3367], atol=DIGITS)


def test_one_neuron(a: Arrays) -> None:
    x, y = a(2.0), a(3.0)

    def loss(w: Any, b: Any) -> Any:
        return 0.5 * al.squared_error(w * x + b, y)

    w, b = a(0.5), a(0.5)
    prediction = w * x + b
    assert a.read(prediction) == 1.5
    assert a.read(al.grad(lambda p: 0.5 * al.squared_error(p, y))(prediction)) == -1.5
    value, (dw, db) = al.value_and_grad(loss, argnums=(0, 1))(w, b)
    assert (a.read(value), a.read(dw), a.read(db)) == (1.125, -3.0, -1.5)
    assert (a.read(w - 0.01 * dw), a.read(b - 0.01 * db)) == (0.53, 0.515)


def test_errors_are_norms_over_the_number_of_elements(a: Arrays) -> None:
    rng = np.random.default_rng(1)
    p, t = rng.standard_normal((4, 3)), rng.standard_normal((4, 3))
    squared, absolute = al.squared_error(a(p), a(t)), al.absolute_error(a(p), a(t))
    np.testing.assert_allclose(a.read(squared), np.linalg.norm((p - t).ravel()) ** 2 / p.size, rtol=1e-14)
    np.testing.assert_allclose(a.read(absolute), np.linalg.norm((p - t).ravel(), 1) / p.size, rtol=1e-14)
    np.testing.assert_allclose(a.read(al.grad(al.squared_error)(a(p), a(t))), 2 * (p - t) / p.size, rtol=1e-14)
    np.testing.assert_array_equal(a.read(al.grad(al.absolute_error)(a(p), a(t))), np.sign(p - t) * (1 / p.size))


def test_cross_entropy_is_nll_of_log_softmax(a: Arrays) -> None:
    logits, labels = a(LOGITS), a(LABELS, "int64")

    def composed(z: Any) -> Any:
        return al.nll(al.ops.log_softmax(z, -1, xp=al.array_namespace(z)), labels)

    value, gradient = al.value_and_grad(composed)(logits)
    wanted, wanted_gradient = al.value_and_grad(al.cross_entropy)(logits, labels)
    np.testing.assert_allclose(a.read(value), a.read(wanted), rtol=1e-14)
    np.testing.assert_allclose(a.read(gradient), a.read(wanted_gradient), rtol=1e-13, atol=1e-16)


def test_cross_entropy_is_entropy_plus_divergence(a: Arrays) -> None:
    rng = np.random.default_rng(2)
    p = rng.dirichlet(np.ones(4), size=3)
    q = rng.dirichlet(np.ones(4), size=3)
    cross = a.read(al.categorical_cross_entropy(a(q), a(p), reduction="none"))
    own = a.read(al.entropy(a(np.log(p)), reduction="none"))
    divergence = a.read(al.kl_divergence(a(np.log(q)), a(p), reduction="none"))
    np.testing.assert_allclose(cross, own + divergence, rtol=1e-14)
    bits = a.read(al.entropy(a(np.log(p)), base=2.0, reduction="none"))
    np.testing.assert_allclose(bits, own / np.log(2.0), rtol=1e-15)


def test_divergence_is_asymmetric_and_zero_only_for_equals(a: Arrays) -> None:
    p, q = np.asarray([[0.2, 0.8]]), np.asarray([[0.5, 0.5]])
    forward = float(a.read(al.kl_divergence(a(np.log(q)), a(p))))
    backward = float(a.read(al.kl_divergence(a(np.log(p)), a(q))))
    assert forward > 0.0
    assert backward > 0.0
    assert abs(forward - backward) > 0.02
    assert abs(float(a.read(al.kl_divergence(a(np.log(p)), a(p))))) < 1e-16
    mean, log_var = a([[0.3, -0.2]]), a([[0.1, -0.4]])
    assert float(a.read(al.gaussian_kl(mean, log_var, mean, log_var))) == 0.0
    one_way = float(a.read(al.gaussian_kl(mean, log_var, a([[0.0, 0.0]]), a([[0.0, 0.0]]))))
    other_way = float(a.read(al.gaussian_kl(a([[0.0, 0.0]]), a([[0.0, 0.0]]), mean, log_var)))
    assert one_way > 0.0
    assert abs(one_way - other_way) > 1e-3


def test_the_game_of_two_networks(a: Arrays) -> None:
    """The discriminator's loss is the cross entropy of both labels; the generator's is one term, either way."""
    real, fake = a([0.7, -1.2, 2.0]), a([-0.3, 0.4, 1.5])
    ones, zeros = np.ones(3), np.zeros(3)
    both = al.binary_cross_entropy_with_logits(real, ones) + al.binary_cross_entropy_with_logits(fake, zeros)
    np.testing.assert_allclose(a.read(al.gan_discriminator(real, fake)), a.read(both), rtol=1e-14)
    helpful = al.binary_cross_entropy_with_logits(fake, ones)
    np.testing.assert_allclose(a.read(al.gan_generator(fake)), a.read(helpful), rtol=1e-14)
    saturating = -al.binary_cross_entropy_with_logits(fake, zeros)
    np.testing.assert_allclose(a.read(al.gan_generator(fake, saturating=True)), a.read(saturating), rtol=1e-14)
    undecided = a([0.0, 0.0])
    np.testing.assert_allclose(a.read(al.gan_discriminator(undecided, undecided)), np.log(4.0), rtol=1e-15)


def test_focal_without_exponent_is_cross_entropy(a: Arrays) -> None:
    logits, labels = a(LOGITS), a(LABELS, "int64")
    for focal, plain, targets in (
        (al.softmax_focal, al.cross_entropy, labels),
        (al.sigmoid_focal, al.binary_cross_entropy_with_logits, a(np.eye(4)[LABELS])),
    ):
        value, gradient = al.value_and_grad(lambda z, f=focal, t=targets: f(z, t, gamma=0.0))(logits)
        wanted, wanted_gradient = al.value_and_grad(plain)(logits, targets)
        np.testing.assert_allclose(a.read(value), a.read(wanted), rtol=1e-14)
        np.testing.assert_allclose(a.read(gradient), a.read(wanted_gradient), rtol=1e-13, atol=1e-16)


def test_losses_and_penalties_add(a: Arrays) -> None:
    w = a([1.5, -2.0, 0.0])

    def total(weights: Any) -> Any:
        return al.squared_error(weights, np.zeros(3)) + 0.5 * al.l1_penalty(weights) + 2.0 * al.l2_penalty([weights])

    value, gradient = al.value_and_grad(total)(w)
    np.testing.assert_allclose(a.read(value), 6.25 / 3 + 0.5 * 3.5 + 2.0 * 6.25, rtol=1e-15)
    wanted = np.asarray([1.0 + 0.5 + 6.0, -4.0 / 3 - 0.5 - 8.0, 0.0])
    np.testing.assert_allclose(a.read(gradient), wanted, rtol=1e-15)
