"""The pytest plugin of the command: a bar while tests run, failures as they come, the report at the end."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from conformance.report import NativeRow, Run, measures_of


class Reporter:
    """Follows the tests, in the process that the others report to."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.console, self.run = folder, Console(), Run()
        self.started = time.monotonic()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self.progress = Progress(*columns, console=self.console, transient=True)
        self.bar = self.progress.add_task("collecting", total=None)
        self.progress.start()

    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:
        self.progress.update(self.bar, total=len(ids), description="conformance")

    def pytest_collection_finish(self, session: Any) -> None:
        if session.items:
            self.progress.update(self.bar, total=len(session.items), description="conformance")

    def pytest_runtest_logreport(self, report: Any) -> None:
        failed_around = report.when != "call" and report.failed
        if report.when == "call" or failed_around or (report.when == "setup" and report.skipped):
            self.run.outcomes[report.outcome] += 1
            self.progress.advance(self.bar)
        if report.failed:
            told = [f"{name}: {text}" for name, text in report.sections if name == "reproduce"]
            self.run.failures.append((report.nodeid, "\n".join([str(report.longrepr), *told])))
            self.console.print("failed", report.nodeid, style="red", highlight=False, markup=False)
        if report.when == "call":
            self.run.measures += measures_of(report.user_properties)
            self.run.natives += [
                NativeRow(**json.loads(str(text))) for name, text in report.user_properties if name == "native"
            ]

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.run.failures.append((report.nodeid, str(report.longrepr)))

    def pytest_sessionfinish(self, session: Any) -> None:
        self.progress.stop()
        self.run.seconds = time.monotonic() - self.started
        self.run.write(self.folder)
        self.console.print(self.run.table())
        for name, message in self.run.failures:
            self.console.print(f"\n{name}", style="bold red", highlight=False, markup=False)
            self.console.print(message, highlight=False, markup=False)
        counts = ", ".join(f"{count} {outcome}" for outcome, count in self.run.outcomes.items()) or "no test ran"
        self.console.print(f"{counts} in {self.run.seconds:.0f} s; {len(self.run.measures)} comparisons with the truth")
        self.console.print(f"{self.folder / 'report.html'}\n{self.folder / 'report.json'}", highlight=False)


def pytest_addoption(parser: Any) -> None:
    parser.addoption("--report", type=Path, help="the folder for report.html and report.json")


def pytest_configure(config: Any) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Reporter(config.getoption("report")), "conformance-reporter")
