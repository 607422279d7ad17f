"""The command ``python -m conformance``: run the suite, show progress and the matrix, write the report."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path


def parse(arguments: list[str] | None) -> tuple[argparse.Namespace, list[str]]:
    """Return our own options, and those that go on to pytest."""
    parser = argparse.ArgumentParser(
        prog="python -m conformance",
        description=__doc__.partition(":")[2].strip().capitalize(),
        epilog="--backend, --family, --loss, --mode, --dtype (each may be repeated) and --quick choose what is run; "
        "these and all other options go to pytest. The exit status is 0 when all that ran agrees with the truth.",
    )
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="where the frameworks compute")
    parser.add_argument("--output", type=Path, default=Path(), help="the folder for report.html and report.json")
    parser.add_argument("--processes", type=int, default=2, help="how many processes run tests at a time")
    return parser.parse_known_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run the suite in a process of its own, whose environment tells the device before a framework is imported."""
    options, rest = parse(arguments)
    options.output.mkdir(parents=True, exist_ok=True)
    root = Path(__file__).resolve().parent.parent
    command = [
        *(sys.executable, "-m", "pytest", str(root / "conformance"), "--rootdir", str(root)),
        # The project's settings wherever the report goes, but for -r, which is an option of the terminal's plugin.
        *("-c", str(root / "pyproject.toml"), "-o", "addopts=--strict-markers --import-mode=importlib"),
        *("-p", "no:terminal", "-p", "conformance.progress", "-n", str(options.processes)),
        *(f"--report={options.output.resolve()}", *rest),
    ]
    environment = {**os.environ, "CONFORMANCE_DEVICE": options.device}
    return subprocess.run(command, env=environment, cwd=root, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
