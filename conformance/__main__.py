"""The command ``python -m conformance``: run the suite, show progress and the matrix, write the report."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tomllib
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


ROOT = Path(__file__).resolve().parent.parent


def pytest_command(options: argparse.Namespace, rest: list[str]) -> list[str]:
    """Return the command that runs the suite with the project's settings, wherever the report goes."""
    settings = ROOT / "pyproject.toml"
    addopts = tomllib.loads(settings.read_text())["tool"]["pytest"]["ini_options"]["addopts"].split()
    addopts.remove("-ra")  # an option of the terminal's plugin, which our progress stands in for
    return [
        *(sys.executable, "-m", "pytest", str(ROOT / "conformance"), "--rootdir", str(ROOT)),
        *("-c", str(settings), "-o", f"addopts={' '.join(addopts)}"),
        *("-p", "no:terminal", "-p", "conformance.progress", "-n", str(options.processes)),
        *(f"--report={options.output.resolve()}", *rest),
    ]


def main(arguments: list[str] | None = None) -> int:
    """Run the suite in a process of its own, whose environment tells the device before a framework is imported."""
    options, rest = parse(arguments)
    options.output.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "CONFORMANCE_DEVICE": options.device}
    return subprocess.run(pytest_command(options, rest), env=environment, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
