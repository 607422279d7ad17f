"""Train two small Keras models with losses of this package, compiled, on the backend that KERAS_BACKEND names.

`KERAS_BACKEND=jax python examples/keras_fit.py` prints what Keras reports beside what the losses give when they are
called on its predictions, as JSON; with `tensorflow` and `torch` the numbers are the same.
"""

from __future__ import annotations

import json
from typing import Any

import keras
import numpy as np

import agnostic_losses as al

STEPS = 12


# Keras hands over the targets first, and reduces by itself: it needs one number a sample to apply its sample weights.


def huber(y_true: Any, y_pred: Any) -> Any:
    """Return the Huber loss of each element."""
    return al.huber(y_pred, y_true, delta=0.5, reduction="none")


def cross_entropy(y_true: Any, y_pred: Any) -> Any:
    """Return the cross entropy of each sample; Keras makes floats of labels."""
    return al.cross_entropy(y_pred, keras.ops.cast(y_true, "int32"), reduction="none")


class WeightedHuber(keras.losses.Loss):
    """The Huber loss with the package's weighted mean, which divides by the sum of the weights."""

    def __init__(self) -> None:
        super().__init__(reduction="mean_with_sample_weight")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the Huber loss of each element."""
        return huber(y_true, y_pred)


def make_model(outputs: int) -> Any:
    """Return a network that starts from the same weights on every backend."""
    rng = np.random.default_rng(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(5, activation="tanh"), keras.layers.Dense(outputs)])
    model.set_weights([rng.normal(0.0, 0.5, weight.shape) for weight in model.get_weights()])
    return model


def train(loss: Any, known: np.ndarray, outputs: int, weights: np.ndarray | None = None) -> dict[str, Any]:
    """Fit a model in whole batches; return the losses that Keras tells, and predictions before and after."""
    inputs = np.random.default_rng(1).normal(size=(len(known), 3)).astype(np.float32)
    model = make_model(outputs)
    model.compile(loss=loss, optimizer=keras.optimizers.SGD(0.1), jit_compile=True)
    options = {"batch_size": len(known), "sample_weight": weights, "shuffle": False, "verbose": 0}
    before = keras.ops.convert_to_numpy(model(inputs))
    first = model.fit(inputs, known, epochs=STEPS, **options).history["loss"]
    after = keras.ops.convert_to_numpy(model(inputs))
    last = model.fit(inputs, known, **options).history["loss"]  # the loss before its one step
    return {"compiled": bool(model.jit_compile), "fit": [*first, *last], "before": before, "after": after}


def main() -> None:
    """Train with each loss; print what Keras told, and what the losses are of the predictions before and after."""
    rng = np.random.default_rng(2)
    targets, labels = rng.normal(size=(16, 1)).astype(np.float32), rng.integers(0, 4, 16)
    weights = rng.uniform(0.5, 2.0, 16).astype(np.float32)
    runs = {
        "huber": train(huber, targets, 1),
        "cross_entropy": train(cross_entropy, labels, 4),
        "weighted": train(WeightedHuber(), targets, 1, weights),
    }
    losses = {
        "huber": lambda x: al.huber(x, targets, delta=0.5),
        "cross_entropy": lambda x: al.cross_entropy(x, labels),
        "weighted": lambda x: al.huber(x, targets, delta=0.5, weights=weights[:, None]),
    }
    for name, run in runs.items():
        run |= {when: float(losses[name](run[when])) for when in ("before", "after")}
    print(json.dumps({"backend": keras.backend.backend(), **runs}))


if __name__ == "__main__":
    main()
