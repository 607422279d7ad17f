"""`python -m benchmarks`: run the workers, one framework a process, and write a table, a JSON file and a picture."""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import itertools
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

import agnostic_losses as al
from benchmarks import engines, imports, report
from benchmarks.rows import SIZES

PACKAGES = (
    "numpy",
    "array-api-compat",
    "torch",
    "jax",
    "optax",
    "tensorflow",
    "tensorflow-cpu",
    "keras",
    "scikit-learn",
    "pytorch-metric-learning",
    "monai",
    "rax",
)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    result = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    result.add_argument("--framework", action="append", choices=list(engines.DEVICES), help="default: all")
    result.add_argument("--loss", action="append", choices=sorted(al.LOSSES), metavar="LOSS", help="default: all")
    result.add_argument("--size", action="append", choices=list(SIZES), help="default: all")
    result.add_argument("--form", action="append", choices=report.FORMS, help="default: both, of JAX compiled alone")
    result.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="cuda: torch and JAX alone")
    result.add_argument("--threads", type=int, default=1, help="threads of each framework (default: 1)")
    result.add_argument("--jobs", type=int, default=1, help="processes that measure at once (default: 1)")
    result.add_argument("--seconds", type=float, default=0.2, help="time for each figure (default: 0.2)")
    result.add_argument("--output", type=Path, default=Path("benchmark-report"), help="a folder")
    result.add_argument("--no-imports", action="store_true", help="leave out how long imports take")
    return result


def main(arguments: list[str] | None = None) -> None:
    """Measure what the command line asks for, and write the report."""
    written = sys.argv[1:] if arguments is None else arguments
    options, console = parser().parse_args(written), Console()
    environment = os.environ | engines.environment(options.device, options.threads)
    frameworks = [
        name for name, devices in engines.DEVICES.items()
        if options.device in devices and name in (options.framework or engines.DEVICES)
    ]  # fmt: skip
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    start = time.perf_counter()
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:

        def followed(framework: str, part: int) -> list[dict[str, Any]]:
            task, found = progress.add_task(framework, total=None), []
            for figure in worker(framework, part, options, environment):
                found.append(figure)
                progress.update(task, description=f"{framework} {figure.get('loss', '')} {figure.get('size', '')}")
            progress.remove_task(task)
            return found

        with ThreadPoolExecutor(options.jobs) as pool:  # each thread waits for a process
            parts = zip(*itertools.product(frameworks, range(options.jobs)), strict=True)
            found = [figure for figures in pool.map(followed, *parts) for figure in figures]
        figures = [figure for figure in found if "broken" not in figure]
        broken = [figure["broken"] for figure in found if "broken" in figure]
        imported = [] if options.no_imports else list(imports.measured(environment, frameworks))
    command = " ".join(["python -m benchmarks", *without_output(written)])
    options.output.mkdir(parents=True, exist_ok=True)
    about = {"command": command, "minutes": round((time.perf_counter() - start) / 60, 1), "machine": machine(options)}
    save(options.output / "figures.json", {**about, "imports": imported, "figures": figures})
    if any("ratio" in figure for figure in figures):
        report.picture(figures, options.output / "ratios.png")
    for framework in frameworks:
        console.print(report.table(x for x in figures if x["framework"] == framework))
    console.print(f"{options.output}: figures.json, ratios.png")
    if broken:
        raise SystemExit("\n".join(broken))


def worker(
    framework: str, part: int, options: argparse.Namespace, environment: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """Run a part of one framework's comparisons in a process of its own, and yield its figures as they come.

    A figure that ends the process, such as by lack of memory, says so; another process goes on after it.
    """
    command, begun = worker_command(framework, part, options), 0
    while True:
        keys = None
        with subprocess.Popen(
            [*command, "--after", str(begun)], env=dict(environment), stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                found = json.loads(line)
                keys = found.get("begins")
                begun += keys is not None
                if keys is None:
                    yield found
        if not process.returncode:
            return
        if keys is None:
            yield {"broken": f"the process of {framework} ended with status {process.returncode}"}
            return
        yield {**keys, "failed": f"a side: the process ended with status {process.returncode}"}


def worker_command(framework: str, part: int, options: argparse.Namespace) -> list[str]:
    """Return the command that measures a part of a framework's comparisons."""
    command = [sys.executable, "-m", "benchmarks.worker", "--framework", framework, "--device", options.device]
    command += ["--seconds", str(options.seconds), "--part", str(part), str(options.jobs)]
    for name in ("loss", "size", "form"):
        command += [part for value in getattr(options, name) or () for part in (f"--{name}", value)]
    return command


def without_output(written: Sequence[str]) -> list[str]:
    """Return a command line without the folder, which is nobody else's."""
    return [x for n, x in enumerate(written) if not (x.startswith("--output") or written[max(n - 1, 0)] == "--output")]


def machine(options: argparse.Namespace) -> dict[str, Any]:
    """Return what the figures depend on: processor, threads, load and versions."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "processor": processor(options.device),
        "cores": os.cpu_count(),
        "threads": options.threads,
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "versions": versions,
    }


def processor(device: str) -> str:
    """Name the processor that runs the losses."""
    if device == "cuda":
        command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def save(path: Path, found: Mapping[str, Any]) -> None:
    """Write the figures, one a line."""
    rounded = [{k: float(f"{v:.4g}") if isinstance(v, float) else v for k, v in x.items()} for x in found["figures"]]
    lines = ",\n".join(json.dumps(figure) for figure in rounded)
    rest = json.dumps({name: value for name, value in found.items() if name != "figures"}, indent=1)
    path.write_text(f'{rest[:-2]},\n "figures": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
