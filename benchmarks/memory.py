"""How much memory a call takes at its peak, beyond what it finds: that of the process, or of the GPU."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def is_measurable() -> bool:
    """Whether the system tells the peak of a process, and forgets it when asked: Linux alone does."""
    try:
        RESET.write_text("5")
    except OSError:
        return False
    return STATUS.exists()


def peak(f: Callable[[], Any]) -> float:
    """Return the MiB that a call adds to the process at its peak; it has been called before."""
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL("libc.so.6").malloc_trim(0)  # what a framework keeps for later would hide what it needs
    RESET.write_text("5")
    before = _mebibytes("VmRSS")
    f()
    return max(_mebibytes("VmHWM") - before, 0.0)


def _mebibytes(name: str) -> float:
    (line,) = [line for line in STATUS.read_text().splitlines() if line.startswith(f"{name}:")]
    return int(line.split()[1]) / 1024
