"""Train one digit classifier in NumPy, PyTorch, JAX and TensorFlow, and see that it makes no difference.

Model, loss and optimiser stand here once. Each framework brings its arrays and its own gradients, and starts
from the same weights on the same handwritten digits. `python examples/digits.py` prints the losses side by side,
writes the curves to digits.png, and fails if they differ by more than 1e-5 or accuracy is below 95%.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

# Before the imports that read it: arrays this small gain nothing from threads, which a busy machine makes wait.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# TensorFlow announces its CPU kernels on stderr; this is what keeps it quiet.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import jax
import jax.numpy as jnp
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import agnostic_losses as al

STEPS = 500
RATE, MOMENTUM = 0.1, 0.9
HIDDEN = 32
LARGEST_DIFFERENCE = 1e-5
LOWEST_ACCURACY = 0.95


# What is the same everywhere


def classify(weights: Any, images: Any) -> Any:
    """Return the logits of a network with one hidden layer."""
    into_hidden, hidden_bias, into_logits, logits_bias = weights
    xp = al.array_namespace(images)
    return xp.tanh(images @ into_hidden + hidden_bias) @ into_logits + logits_bias


def objective(w1: Any, b1: Any, w2: Any, b2: Any, images: Any, labels: Any) -> Any:
    """Return the loss that is minimised."""
    return al.cross_entropy(classify((w1, b1, w2, b2), images), labels)


def initial_weights(pixels: int, classes: int) -> list[np.ndarray]:
    """Draw small random weights, and biases of zero."""
    rng = np.random.default_rng(0)
    w1 = rng.normal(size=(pixels, HIDDEN)) / np.sqrt(pixels)
    w2 = rng.normal(size=(HIDDEN, classes)) / np.sqrt(HIDDEN)
    return [w.astype(np.float32) for w in (w1, np.zeros(HIDDEN), w2, np.zeros(classes))]


# What each framework does itself: make an array, differentiate

Differentiate = Callable[..., tuple[Any, Any]]


def with_numpy() -> tuple[Callable[..., Any], Differentiate]:
    """NumPy has no gradients of its own: the package brings them."""
    return np.asarray, al.value_and_grad(objective, argnums=(0, 1, 2, 3))


def with_torch() -> tuple[Callable[..., Any], Differentiate]:
    """PyTorch records while it computes."""

    def differentiate(*arguments: Any) -> tuple[Any, Any]:
        weights = [w.detach().requires_grad_() for w in arguments[:4]]
        loss = objective(*weights, *arguments[4:])
        return loss.detach(), torch.autograd.grad(loss, weights)

    return torch.asarray, differentiate


def with_jax() -> tuple[Callable[..., Any], Differentiate]:
    """JAX transforms the function and compiles it."""
    return jnp.asarray, jax.jit(jax.value_and_grad(objective, argnums=(0, 1, 2, 3)))


def with_tensorflow() -> tuple[Callable[..., Any], Differentiate]:
    """TensorFlow records on a tape, inside a graph."""

    @tf.function
    def differentiate(*arguments: Any) -> tuple[Any, Any]:
        weights = arguments[:4]
        with tf.GradientTape() as tape:
            tape.watch(weights)
            loss = objective(*arguments)
        return loss, tape.gradient(loss, weights)

    return tf.convert_to_tensor, differentiate


FRAMEWORKS = {"NumPy": with_numpy, "PyTorch": with_torch, "JAX": with_jax, "TensorFlow": with_tensorflow}


# The experiment


def train(framework: str, data: list[np.ndarray], progress: Progress) -> tuple[np.ndarray, float]:
    """Descend with momentum; return the loss before each step, and the accuracy on held-out digits."""
    array, differentiate = FRAMEWORKS[framework]()
    images, held_out_images, labels, held_out_labels = (array(part) for part in data)
    weights = [array(w) for w in initial_weights(images.shape[1], classes=10)]
    velocities = [0.0 * w for w in weights]
    losses = []
    for _ in progress.track(range(STEPS), description=framework):
        loss, gradients = differentiate(*weights, images, labels)
        velocities = [MOMENTUM * v - RATE * g for v, g in zip(velocities, gradients, strict=True)]
        weights = [w + v for w, v in zip(weights, velocities, strict=True)]
        losses.append(float(loss))
    answers = np.asarray(classify(weights, held_out_images)).argmax(axis=-1)
    return np.asarray(losses), float(np.mean(answers == np.asarray(held_out_labels)))


def spread(curves: dict[str, np.ndarray]) -> np.ndarray:
    """Return the relative difference between the largest and the smallest loss at each step."""
    losses = np.stack(list(curves.values()))
    return (losses.max(axis=0) - losses.min(axis=0)) / losses.min(axis=0)


def report(curves: dict[str, np.ndarray], accuracies: dict[str, float]) -> Table:
    """Make the table of losses side by side."""
    table = Table("step", *curves, "relative difference", title="Cross entropy on the training digits")
    difference = spread(curves)
    worst = int(difference.argmax())
    for step in sorted({*range(0, STEPS, STEPS // 10), worst, STEPS - 1}):
        row = [f"{losses[step]:.8f}" for losses in curves.values()]
        style = "bold" if step == worst else ""
        table.add_row(str(step), *row, f"{difference[step]:.1e}", style=style)
    table.add_section()
    table.add_row("held-out accuracy", *(f"{accuracy:.2%}" for accuracy in accuracies.values()))
    return table


def draw(curves: dict[str, np.ndarray], path: str) -> None:
    """Draw the curves on top of each other, wide ones below, and how far each is from NumPy's."""
    matplotlib.use("agg")
    figure, (above, below) = plt.subplots(2, sharex=True, figsize=(8, 7), layout="constrained")
    for (name, losses), width in zip(curves.items(), (11, 7.5, 4.5, 1.5), strict=True):
        (line,) = above.plot(losses, linewidth=width, solid_capstyle="butt", label=name)
        if name != "NumPy":
            difference = np.abs(losses / curves["NumPy"] - 1)
            steps = np.flatnonzero(difference)  # equal losses have no place on a logarithmic axis
            below.plot(steps, difference[steps], ".", markersize=3, color=line.get_color())
    above.set(ylabel="cross entropy", yscale="log", title="One classifier on four frameworks, in float32")
    above.legend()
    below.axhline(LARGEST_DIFFERENCE, color="black", linestyle="--", linewidth=1, label="largest allowed")
    below.axhline(np.finfo(np.float32).eps, color="gray", linestyle=":", linewidth=1, label="one rounding")
    below.set(xlabel="step", ylabel="relative difference to NumPy", yscale="log", ylim=(1e-8, None))
    below.legend()
    figure.savefig(path, dpi=150)


def main() -> int:
    """Train on each framework; report, draw and judge."""
    digits = load_digits()
    images, labels = (digits.data / 16).astype(np.float32), digits.target
    data = train_test_split(images, labels, test_size=0.25, random_state=0, stratify=labels)
    curves, accuracies = {}, {}
    console = Console()
    columns = TextColumn("{task.description:10}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console) as progress:
        for framework in FRAMEWORKS:
            curves[framework], accuracies[framework] = train(framework, data, progress)
    console.print(report(curves, accuracies))
    draw(curves, "digits.png")
    difference, accuracy = spread(curves).max(), min(accuracies.values())
    console.print(f"Largest relative difference over {STEPS} steps: {difference:.1e}. Curves: digits.png.")
    passed = difference <= LARGEST_DIFFERENCE and accuracy >= LOWEST_ACCURACY
    if not passed:
        console.print(f"Failed: the limits are {LARGEST_DIFFERENCE} and {LOWEST_ACCURACY:.0%} accuracy.")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
