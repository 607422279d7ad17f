"""TensorFlow: a map over chunks of rows that keeps nothing of a chunk; its gradient computes each of them again.

``tf.recompute_grad`` can't be differentiated twice, and a ``tf.while_loop``'s gradient keeps what every step needs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from agnostic_losses.backends.tensorflow._recording import has_tangents

Step = Callable[[Any, Sequence[Any]], tuple[Any, list[Any]]]
"""From a carry and the rows of one chunk to the next carry and the results for these rows."""


def map_chunks(f: Callable[..., Any], rows: Any, shared: Any, size: int) -> Any:
    """Return ``f(*rows, *shared)``, evaluated for `size` rows at a time."""
    arrays = (*rows, *shared)
    if has_tangents(arrays):  # to them, the tape in a custom gradient would be a constant
        return f(*arrays)
    places = [n for n, x in enumerate(arrays) if x.dtype.is_floating]
    own = sum(n < len(rows) for n in places)

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def mapped(*floating: Any) -> Any:
        whole = list(arrays)
        for place, x in zip(places, floating, strict=True):
            whole[place] = x
        current, common = whole[: len(rows)], whole[len(rows) :]

        def evaluate(carry: Any, chunk: Any) -> Any:
            return carry, [f(*chunk, *common)]

        def pull_back(carry: Any, chunk: Any) -> Any:
            *chunk, upstream = chunk
            sources = [[*chunk, *common][place] for place in places]
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(sources)
                result = f(*chunk, *common)
            found = tape.gradient(result, sources, upstream, unconnected_gradients=tf.UnconnectedGradients.ZERO)
            found = [tf.convert_to_tensor(part) for part in found]
            return [total + part for total, part in zip(carry, found[own:], strict=True)], found[:own]

        def gradient(upstream: Any) -> Any:
            zeros = [tf.zeros_like(x) for x in floating[own:]]
            totals, parts = _in_chunks(pull_back, zeros, [*current, upstream], size)
            return [*parts, *totals]

        # Eagerly, tapes around would keep all that is computed; of a graph nothing is kept that no gradient asks for.
        if not tf.executing_eagerly():
            return _in_chunks(evaluate, [], current, size)[1][0], gradient
        with tf.init_scope():
            return _in_chunks(evaluate, [], current, size)[1][0], gradient

    return mapped(*[arrays[place] for place in places])


def _in_chunks(step: Step, carry: list[Any], rows: list[Any], size: int) -> tuple[list[Any], list[Any]]:
    """Take a step for the last chunk, which may be shorter, then for all others in a loop."""
    length = tf.shape(rows[0])[0] if rows[0].shape[0] is None else rows[0].shape[0]
    looped = tf.maximum((length - 1) // size, 0) if tf.is_tensor(length) else max((length - 1) // size, 0)
    carry, last = step(carry, [x[looped * size :] for x in rows])
    chunks = [tf.reshape(x[: looped * size], [looped, size, *_lengths(x)[1:]]) for x in rows]
    loop = _loop_eagerly if tf.executing_eagerly() else _loop_in_graph
    carry, results = loop(step, carry, chunks, looped, last)
    joined = [tf.reshape(x, [looped * size, *_lengths(part)[1:]]) for x, part in zip(results, last, strict=True)]
    return carry, [tf.concat(parts, 0) for parts in zip(joined, last, strict=True)]


def _loop_eagerly(step: Step, carry: Any, chunks: Any, looped: int, like: Any) -> Any:
    results = []
    for place in range(looped):
        carry, found = step(carry, [x[place] for x in chunks])
        results.append(found)
    return carry, [tf.stack(parts) for parts in zip(*results, strict=True)] if results else [x[:0] for x in like]


def _loop_in_graph(step: Step, carry: Any, chunks: Any, looped: Any, like: Any) -> Any:
    # A slice in the loop would have a gradient as large as all rows, in every step.
    lists = [tf.TensorArray(x.dtype, looped, element_shape=x.shape[1:]).unstack(x) for x in chunks]
    size = chunks[0].shape[1]
    results = [tf.TensorArray(x.dtype, looped, element_shape=[size, *x.shape[1:]]) for x in like]

    def body(place: Any, carry: Any, results: Any) -> Any:
        carry, found = step(carry, [x.read(place) for x in lists])
        return place + 1, carry, [x.write(place, part) for x, part in zip(results, found, strict=True)]

    # XLA stores what a second derivative needs, in lists whose size it asks for.
    _, carry, results = tf.while_loop(
        lambda place, *_: place < looped, body, (0, carry, results), maximum_iterations=looped
    )
    return carry, [x.stack() for x in results]


def _lengths(x: Any) -> list[Any]:
    return [tf.shape(x)[axis] if length is None else length for axis, length in enumerate(x.shape.as_list())]
