"""Numbers out of tensors, compiled forms, and gradients, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

Function = Callable[..., Any]


def numbers(x: Any) -> Any:
    """A NumPy array of a tensor, a variable, or an array of the reference; half precision as float32."""
    if isinstance(x, (tf.Tensor, tf.Variable)):
        x = tf.convert_to_tensor(x)
        return (tf.cast(x, tf.float32) if x.dtype in (tf.float16, tf.bfloat16) else x).numpy()
    return np.asarray(x)


def outputs(result: Any) -> list[Any]:
    """What a call returns, as a list."""
    return list(result) if isinstance(result, (tuple, list)) else [result]


def _compiled(f: Function, specs: tuple[Any, ...], **options: Any) -> Function:
    def call(*args: Any) -> Any:
        # Traced once, on purpose: a tf.function called for the first time in many tests warns of retracing.
        return tf.function(f, **options).get_concrete_function(*(specs or args))(*args)

    return call


def graph(f: Function, *specs: Any) -> Function:
    """`f` traced, for the given sizes or for those of the arguments."""
    return _compiled(f, specs)


def xla(f: Function, *specs: Any) -> Function:
    """`f` compiled by XLA, for the given sizes or for those of the arguments."""
    return _compiled(f, specs, jit_compile=True)


MODES: dict[str, Callable[..., Function]] = {"eager": lambda f, *specs: f, "graph": graph, "xla": xla}


def gradient(f: Function, *xs: Any) -> list[Any]:
    """The gradients of the sum of `f` as dense tensors; 0 where `f` does not depend on an argument."""
    with tf.GradientTape() as tape:
        tape.watch(xs)
        y = f(*xs)
    found = tape.gradient(y, xs, unconnected_gradients="zero")
    return [tf.convert_to_tensor(one) for one in found]


def gradient_numbers(f: Function, *values: Any, dtype: Any = tf.float32) -> list[Any]:
    """`gradient` of numbers, as nested lists."""
    return [numbers(one).tolist() for one in gradient(f, *(tf.constant(value, dtype) for value in values))]


def weighted_total(result: Any) -> Any:
    """A scalar that depends on every floating element of a result, on each differently."""
    total = tf.constant(0.0, tf.float64)
    for y in outputs(result):
        if y.dtype.is_floating:
            flat = tf.cast(tf.reshape(y, [-1]), tf.float64)
            weights = 1.0 + tf.cos(tf.cast(tf.range(tf.size(flat)), tf.float64))
            total += tf.reduce_sum(weights * flat)
    return total


def finite_differences(f: Function, x: Any, step: float = 1e-6) -> Any:
    """The gradient of a scalar function of a float64 array, by central differences."""
    result = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        values = []
        for sign in (1.0, -1.0):
            moved = x.copy()
            moved[place] += sign * step
            values.append(float(f(tf.constant(moved))))
        result[place] = (values[0] - values[1]) / (2.0 * step)
    return result
