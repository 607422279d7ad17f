"""The README's code, run as it stands: its example on every framework, and its loss of one's own against numbers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import agnostic_losses as al
from conformance.frameworks import Framework

README = Path(__file__).parent.parent / "README.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE)


def run(block: str) -> dict[str, Any]:
    """Execute a block and return its names."""
    names: dict[str, Any] = {}
    exec(block, names)
    return names


def test_the_example_runs() -> None:
    names = run(BLOCKS[0])
    expected = 0.5 * np.log(1.0 + np.exp([-1.5, -2.9]) + np.exp([-3.0, -2.8])).sum()
    assert float(names["al"].cross_entropy(names["logits"], names["labels"])) == pytest.approx(expected, rel=1e-6)


def test_the_loss_of_ones_own(four: Framework) -> None:
    pinball = run(BLOCKS[1])["pinball"]
    predictions, targets = np.asarray([0.0, 2.0, 1.0, np.nan]), np.asarray([1.0, 1.0, 1.0, 1.0])
    where = np.asarray([True, True, True, False])

    def loss(x: Any, y: Any) -> Any:
        return pinball(x, y, quantile=0.9, where=where)

    value, gradient = al.value_and_grad(loss)(four.array(predictions), four.array(targets))
    np.testing.assert_allclose(four.numpy(value), 1.0 / 3.0, rtol=1e-15)
    np.testing.assert_allclose(four.numpy(gradient), [-0.3, 0.1 / 3.0, 0.0, 0.0], rtol=1e-14, atol=0.0)


def test_a_foreign_name_is_explained() -> None:
    with pytest.raises(AttributeError, match="squared_error"):
        _ = al.mse_loss  # type: ignore[attr-defined]
