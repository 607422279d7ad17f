"""TensorFlow: its tapes, its graphs with unknown lengths of batches, and XLA."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from agnostic_losses.testing.frameworks import Framework
from agnostic_losses.testing.modes import Function, Mode, Results, Subject, compiled, diagonal_of, everything

ZERO = tf.UnconnectedGradients.ZERO


def _graph(**options: Any) -> Callable[[Function, Sequence[Any]], Function]:
    def form(f: Function, args: Sequence[Any]) -> Function:
        signature = [tf.TensorSpec([None, *x.shape[1:]] if x.shape.rank else [], x.dtype) for x in args]
        # Traced at once: the first calls of many functions made here look like retracing, which TensorFlow reports.
        return tf.function(f, input_signature=signature, **options).get_concrete_function()  # type: ignore

    return form


FORMS = {"function": _graph(), "xla": _graph(jit_compile=True)}


def _nested(subject: Subject, arrays: Sequence[Any]) -> Function:
    """Differentiate with one GradientTape inside another, which takes the Jacobian of the gradient."""

    def evaluate(*arrays: Any) -> Results:
        sources = [arrays[n] for n in subject.argnums]
        with tf.GradientTape(persistent=True) as outer:
            outer.watch(sources)
            with tf.GradientTape() as inner:
                inner.watch(sources)
                total = subject.total(*arrays)
            gradient = inner.gradient(total, sources, unconnected_gradients=ZERO)
        hessian = []
        for n in subject.curved:
            slope = gradient[subject.argnums.index(n)]
            full = outer.jacobian(slope, arrays[n], unconnected_gradients=ZERO, experimental_use_pfor=False)
            hessian.append(diagonal_of(full, arrays[n]))
        return {"sum": total, "gradient": [tf.convert_to_tensor(part) for part in gradient], "hessian": hessian}

    return evaluate


def _forward(subject: Subject, arrays: Sequence[Any]) -> Function:
    """Differentiate in forward mode, one element after the other."""

    def slope(arrays: Sequence[Any], n: int, k: int) -> Any:
        x = arrays[n]
        direction = tf.reshape(tf.one_hot(k, tf.size(x), dtype=x.dtype), tf.shape(x))
        with tf.autodiff.ForwardAccumulator(x, direction) as accumulator:
            total = subject.total(*arrays)
        return accumulator.jvp(total, unconnected_gradients=ZERO)

    def evaluate(*arrays: Any) -> Results:
        gradient = []
        for n in subject.argnums:
            x = arrays[n]
            slopes = [slope(arrays, n, k) for k in range(x.shape.num_elements())]
            gradient.append(tf.reshape(tf.stack(slopes), x.shape) if slopes else tf.zeros_like(x))
        return {"gradient": gradient}

    return evaluate


def on(device: str) -> Framework:
    """Return TensorFlow."""
    return Framework(
        "tensorflow",
        array=tf.convert_to_tensor,
        numpy=lambda x: (tf.cast(x, tf.float32) if x.dtype == tf.bfloat16 else x).numpy(),
        array_type=tf.Tensor,
        cast=tf.cast,
        modes={
            "eager": Mode(everything, "nested GradientTape through agnostic_losses.value_and_grad"),
            "nested": Mode(_nested, "the Jacobian of a gradient, one tape inside the other"),
            "forward": Mode(_forward, "tf.autodiff.ForwardAccumulator"),
            "function": Mode(
                compiled(FORMS["function"]), "tf.function with an unknown length of the batch", compiles=True
            ),
            "xla": Mode(compiled(FORMS["xla"]), "tf.function(jit_compile=True)", compiles=True),
        },
        halves=("float16", "bfloat16"),
        forms=FORMS,
    )
