"""PyTorch: the cross entropy of a linear layer with a class a word, in two buffers of a few rows of logits.

Where all rows will count the same, the gradient is made along with the value, of which the logits are at hand: a
product of matrices less. It is kept, and multiplied with what a row counts for once that is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from agnostic_losses.backends.torch_chunks import chunks
from agnostic_losses.backends.torch_fused import Form, sigmoid_of, softplus_of

ROWS = 2
"""Of the arrays hidden, labels, weight and bias these have rows; the last may be absent."""


def _value(*arrays: Any, size: int, even: bool) -> tuple[Any, tuple[()]]:
    return torch.cat([softplus_of(odds) for _, _, odds, _ in _log_odds(arrays, size)]), ()


def _value_ahead(needed: Any, *arrays: Any, size: int, even: bool) -> tuple[Any, tuple[Any, ...]]:
    # Whether they did count the same is compared later, which an accelerator would have to be waited for.
    if not even or arrays[0].device.type != "cpu":
        return _value(*arrays, size=size, even=even)
    values: list[Any] = []
    gradients = _gradients(None, needed, arrays, size, values)
    return torch.cat(values), gradients


def _gradient(g: Any, needed: Any, saved: Any, *arrays: Any, size: int, even: bool) -> tuple[Any, ...]:
    if saved and bool((g == g[0]).all()):
        return tuple(None if x is None else x * g[0] for x in saved)
    return _gradients(g, needed, arrays, size, [])


def _gradients(g: Any, needed: Any, arrays: Any, size: int, values: list[Any]) -> tuple[Any, ...]:
    """Return the gradients, where `g` are those by the values, of 1 when None; append the values."""
    totals: list[Any] = [torch.zeros_like(x) if wanted else None for x, wanted in zip(arrays, needed, strict=True)]
    for place, (hidden, labels, weight, *_), odds, probs in _log_odds(arrays, size):
        values.append(softplus_of(odds))
        slope = sigmoid_of(odds) if g is None else sigmoid_of(odds).mul_(g[place])
        slope = slope.unsqueeze(1)
        by_logits = probs.mul_(slope).scatter_(1, labels.clamp_min(0).unsqueeze(1), -slope)
        if needed[0]:
            torch.mm(by_logits, weight, out=totals[0][place])
        if needed[2]:
            totals[2].addmm_(by_logits.T, hidden)
        if any(needed[3:]):
            totals[3].add_(by_logits.sum(0))
    return tuple(totals)


def _log_odds(arrays: Any, size: int) -> Iterator[tuple[slice, list[Any], Any, Any]]:
    """Yield rows, the arrays of them, the log-odds against their labels and the probabilities among other classes."""
    hidden, weight = arrays[0], arrays[2]
    buffers = [hidden.new_empty(min(size, hidden.shape[0]), weight.shape[0]) for _ in range(2)]
    for place, chunk in chunks(arrays, ROWS, size):
        rows, labels, _, *bias = chunk
        logits, probs = (buffer[: rows.shape[0]] for buffer in buffers)
        torch.mm(rows, weight.T, out=logits)
        for shift in bias:
            logits.add_(shift)
        index = labels.clamp_min(0).unsqueeze(1)
        own = logits.gather(1, index)
        # As in the fused form of log_odds_against: the lowest number counts nothing, unless there is nothing else.
        logits.scatter_(1, index, torch.finfo(logits.dtype).min)
        torch.softmax(logits, 1, out=probs)
        odds = (logits.amax(1, keepdim=True) - own).sub_(probs.amax(1, keepdim=True).log_()).squeeze(1)
        yield place, chunk, odds, probs


FORMS = {"linear_cross_entropy": Form(_value, _gradient, ahead=_value_ahead)}
