"""How long imports take: ours, when NumPy is there already, and the frameworks' and libraries' own."""

from __future__ import annotations

import importlib.util
import statistics
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

MODULES = {
    "numpy": ("sklearn.metrics",),
    "torch": ("torch",),
    "jax": ("jax", "optax"),
    "tensorflow": ("tensorflow", "keras"),
}
"""What is imported beside ours, by framework."""

REPEATS = 3

SCRIPT = "import time, numpy; start = time.process_time(); import {}; print(time.process_time() - start)"


def measured(environment: Mapping[str, str], frameworks: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the milliseconds that importing each module takes in a fresh process, a median."""
    for module in ("agnostic_losses", *(module for framework in frameworks for module in MODULES[framework])):
        if importlib.util.find_spec(module.partition(".")[0]) is not None:
            times = [_once(module, environment) for _ in range(REPEATS)]
            yield {"import": module, "ms": round(statistics.median(times) * 1e3, 1)}


def _once(module: str, environment: Mapping[str, str]) -> float:
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT.format(module)]
    done = subprocess.run(command, env=dict(environment), capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])
