"""Keras 3: losses inside `compile` and `fit` on Keras's three backends; examples/keras_fit.py trains.

Keras chooses its backend when it is imported, so each has a process of its own. On PyTorch it is eager, as Keras is by
default: to compile the step of its optimizer takes minutes.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

EXAMPLE = Path(__file__).parent.parent / "examples" / "keras_fit.py"
BACKENDS = {"tensorflow": [], "jax": [], "torch": ["--eager"]}
"""The backends, with the options of the example."""

FIRST, *OTHERS = BACKENDS
LOSSES = ("huber", "cross_entropy", "weighted")
ROUNDING = 2e-6
"""Relative, after a dozen steps in float32."""

RUNNER = """
import runpy, sys, warnings
warnings.simplefilter("ignore")  # what frameworks deprecate in each other while they are imported
import keras
warnings.simplefilter("error")
warnings.filterwarnings("ignore", module="keras|torch|tensorflow|jax")  # or at their first use
runpy.run_path(sys.argv[1], run_name="__main__")
"""


@functools.cache
def trained(backend: str) -> dict[str, Any]:
    """Train on a backend of Keras; return what the example prints."""
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0", "CUDA_VISIBLE_DEVICES": "-1"}
    environment = {**os.environ, **quiet, "KERAS_BACKEND": backend, "OMP_NUM_THREADS": "1"}
    environment["PYTHONPATH"] = str(EXAMPLE.parent.parent)
    command = [sys.executable, "-c", RUNNER, str(EXAMPLE), *BACKENDS[backend]]
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1800, check=False)
    assert finished.returncode == 0, finished.stderr
    found: dict[str, Any] = json.loads(finished.stdout.splitlines()[-1])
    assert found["backend"] == backend
    return found


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("backend", BACKENDS)
def test_training_is_compiled_and_the_loss_falls(backend: str, loss: str) -> None:
    run = trained(backend)[loss]
    assert run["compiled"] == (not BACKENDS[backend])
    assert np.isfinite(run["fit"]).all()
    assert np.all(np.diff(run["fit"]) < 0.0)
    assert run["fit"][-1] < 0.95 * run["fit"][0]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("backend", BACKENDS)
def test_keras_tells_the_loss_of_the_predictions(backend: str, loss: str) -> None:
    run = trained(backend)[loss]
    np.testing.assert_allclose([run["fit"][0], run["fit"][-1]], [run["before"], run["after"]], rtol=ROUNDING)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("backend", OTHERS)
def test_training_is_the_same_on_all_backends(backend: str, loss: str) -> None:
    first, other = trained(FIRST)[loss], trained(backend)[loss]
    np.testing.assert_allclose(other["fit"], first["fit"], rtol=ROUNDING)
    np.testing.assert_allclose(other["after"], first["after"], rtol=ROUNDING)


def test_weights_make_a_difference() -> None:
    found = trained(FIRST)
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        np.testing.assert_allclose(found["weighted"]["fit"], found["huber"]["fit"], rtol=ROUNDING)
