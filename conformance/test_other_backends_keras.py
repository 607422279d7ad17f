"""Keras 3: losses inside `compile` and `fit` on Keras's three backends; examples/keras_fit.py trains.

Keras chooses its backend when it is imported, so each has a process of its own. On all three the whole step of training
is compiled, on PyTorch too, where Keras by itself is eager.
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
BACKENDS = ("tensorflow", "jax", "torch")
FIRST = BACKENDS[0]
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
    command = [sys.executable, "-c", RUNNER, str(EXAMPLE)]
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1800, check=False)
    assert finished.returncode == 0, finished.stderr
    found: dict[str, Any] = json.loads(finished.stdout.splitlines()[-1])
    assert found["backend"] == backend
    return found


@pytest.mark.parametrize("backend", BACKENDS)
def test_losses_train_compiled_and_the_same_on_all_backends(backend: str) -> None:
    # One test a backend: on PyTorch it compiles for a minute, and each test may have a process of its own.
    assert set(trained(backend)) == {"backend", *LOSSES}
    for loss in LOSSES:
        run, first = trained(backend)[loss], trained(FIRST)[loss]
        assert run["compiled"], loss
        assert np.isfinite(run["fit"]).all(), loss
        assert np.all(np.diff(run["fit"]) < 0.0), loss
        assert run["fit"][-1] < 0.95 * run["fit"][0], loss
        told, computed = [run["fit"][0], run["fit"][-1]], [run["before"], run["after"]]
        np.testing.assert_allclose(told, computed, rtol=ROUNDING, err_msg=f"{loss}: what Keras tells")
        np.testing.assert_allclose(run["fit"], first["fit"], rtol=ROUNDING, err_msg=f"{loss}: beside {FIRST}")


def test_weights_make_a_difference() -> None:
    found = trained(FIRST)
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        np.testing.assert_allclose(found["weighted"]["fit"], found["huber"]["fit"], rtol=ROUNDING)
