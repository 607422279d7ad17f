"""TensorFlow: what it does outside the standard; the namespace itself is the package `tensorflow` beside this file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from agnostic_losses.backends import tensorflow as namespace
from agnostic_losses.backends import tensorflow_fused, tensorflow_probabilities
from agnostic_losses.backends.adapter import Adapter
from agnostic_losses.backends.tensorflow_chunks import map_chunks


def concrete(x: Any) -> Any:
    """Return the values of an eager CPU tensor."""
    if not tf.executing_eagerly() or "CPU" not in x.device:
        return None
    return x.numpy()


def shape(x: Any) -> tuple[int | None, ...]:
    """Return the static shape."""
    if x.shape.rank is None:
        raise ValueError("a tensor of unknown rank came: losses need the rank, set it with tf.ensure_shape")
    return tuple(x.shape.as_list())


def dim(x: Any, axis: int) -> Any:
    """Return a length, as a scalar tensor where it is unknown until the graph runs."""
    length = x.shape[axis]
    return tf.shape(x, out_type=tf.int64)[axis] if length is None else length


def as_dense(x: Any, name: str) -> Any:
    """Return the tensor that a variable holds; a tensor as it is."""
    return tf.convert_to_tensor(x) if isinstance(x, tf.Variable) else x


def require_lengths(x: Any, lengths: tuple[Any, ...], message: str, *, broadcast: bool = False) -> None:
    """Check lengths that are known only when the graph runs; XLA leaves the check out."""
    own = tf.shape(x, out_type=tf.int64)
    wanted = tf.stack([tf.cast(length, tf.int64) for length in lengths[len(lengths) - x.shape.rank :]])
    if broadcast:
        wanted = tf.where(own == 1, own, wanted)
    if lengths:
        tf.debugging.assert_equal(own, wanted, message)


def value_and_grad(f: Callable[..., Any], argnums: int | tuple[int, ...]) -> Callable[..., Any]:
    """Differentiate with a GradientTape; the gradient is dense, and zeros where there is no dependence."""
    positions = (argnums,) if isinstance(argnums, int) else argnums

    def evaluate(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        arguments = list(args)
        for position in positions:
            arguments[position] = tf.convert_to_tensor(arguments[position])
        sources = [arguments[position] for position in positions]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(sources)
            value = f(*arguments, **kwargs)
        if value.shape.rank != 0:
            raise ValueError(f"the function must return a scalar, got shape {value.shape}: reduce it first")
        gradients = tape.gradient(value, sources, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]
        return value, gradients[0] if isinstance(argnums, int) else tuple(gradients)

    return evaluate


def fold(step: Callable[..., Any], carry: Any, entries: Any) -> Any:
    """Loop with tf.while_loop, also over a length that is known only when the graph runs.

    XLA differentiates it once; a graph without XLA, and eager mode, twice.
    """
    if tf.executing_eagerly():
        for place in range(entries[0].shape[0]):
            carry = step(carry, tuple(x[place] for x in entries))
        return carry
    length = tf.shape(entries[0])[0]
    # A slice in the loop would have a gradient as large as all entries, in every step.
    lists = [tf.TensorArray(x.dtype, length, element_shape=x.shape[1:]).unstack(x) for x in entries]

    def body(place: Any, carry: Any) -> Any:
        return place + 1, step(carry, tuple(entry.read(place) for entry in lists))

    # XLA stores what the gradient needs, in lists whose size it asks for.
    return tf.while_loop(lambda place, _: place < length, body, (0, carry), maximum_iterations=length)[1]


ADAPTER = Adapter(
    "tensorflow",
    namespace,
    {
        "stop_gradient": tf.stop_gradient,
        "concrete": concrete,
        "from_numpy": lambda x, like: tf.convert_to_tensor(x),
        "as_dense": as_dense,
        "require_lengths": require_lengths,
        "shape": shape,
        "dim": dim,
        "device": lambda x: None,
        "index_dtype": lambda: tf.int64,
        "value_and_grad": value_and_grad,
        "fold": fold,
        "map_chunks": map_chunks,
        # One kernel each, with derivative 0 at 0.
        "abs": tf.abs,
        "relu": tf.nn.relu,
        "squared_difference": tf.math.squared_difference,
        "sum_of_squares": lambda x: 2.0 * tf.nn.l2_loss(x),
        **tensorflow_fused.FORMS,
        **tensorflow_probabilities.FORMS,
    },
)
