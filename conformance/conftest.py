"""What pytest asks for: the options of the command line, fixtures, and a log of warnings as an error."""

from __future__ import annotations

import logging
import resource
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agnostic_losses.testing.measures import Measure, Report
from conformance import selection

DTYPES = ("float64", "float32")


def pytest_addoption(parser: Any) -> None:
    selection.add_options(parser)


def pytest_configure(config: Any) -> None:
    config.addinivalue_line("markers", "slow: left out of a quick run")
    config.addinivalue_line("markers", "exhaustive: left out of an ordinary run, part of one with --exhaustive")


def pytest_ignore_collect(collection_path: Path, config: Any) -> bool | None:
    """Leave out what the run has nothing of: all others take longer to collect than some to run."""
    return selection.is_ignored(collection_path, config) or None


def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    kept, dropped = selection.split(items, config)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


def pytest_generate_tests(metafunc: Any) -> None:
    """Run a test that asks for `framework` on every backend, `four` on those that the package is for, or by `dtype`."""
    from conformance.frameworks import FOUR, FRAMEWORKS

    values = {"framework": FRAMEWORKS, "four": FOUR, "dtype": DTYPES}
    own = {name for mark in metafunc.definition.iter_markers("parametrize") for name in _names(mark.args[0])}
    asked = [name for name in values if name in metafunc.fixturenames and name not in own]
    if asked == ["framework", "dtype"]:
        metafunc.parametrize("framework, dtype", [_pair(one, dtype) for one in FRAMEWORKS for dtype in DTYPES])
        return
    for name in asked:
        metafunc.parametrize(name, values[name], ids=str)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: Any) -> Iterator[None]:
    """Tell the line that repeats a failed test."""
    report = yield
    if report.failed:
        exhaustive = " --exhaustive" if item.get_closest_marker("exhaustive") else ""
        report.sections.append(("reproduce", f'python -m pytest "{item.nodeid}"{exhaustive}'))
    return report


def _pair(framework: Any, dtype: str) -> Any:
    """Return a framework with a dtype; a slow one is ordinarily run in float32."""
    slow = selection.is_slow(framework) and dtype == "float64"
    return pytest.param(framework, dtype, id=f"{framework}-{dtype}", marks=pytest.mark.exhaustive if slow else ())


def _names(argnames: Any) -> list[str]:
    return [name.strip() for name in argnames.split(",")] if isinstance(argnames, str) else list(argnames)


class Memory:
    """What this process holds, where the system tells; frameworks are asked to give back when it has grown."""

    STEP = 400 * 2**20

    def __init__(self) -> None:
        self.pages, self.limit = Path("/proc/self/statm"), 0
        self.limit = self.held() + self.STEP

    def held(self) -> int:
        """Return the resident bytes; 0 where they are unknown."""
        return int(self.pages.read_text().split()[1]) * resource.getpagesize() if self.pages.exists() else 0

    def release(self) -> None:
        """Empty the caches of compilers if much has been taken since the last time."""
        if self.held() > self.limit:
            from conformance.frameworks import empty_caches

            empty_caches()
            self.limit = self.held() + self.STEP


class Collector(logging.Handler):
    """Keeps what a framework says through its logger instead of a warning."""

    def __init__(self) -> None:
        super().__init__(level=logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(f"{record.name}: {record.getMessage()}")


@pytest.fixture(autouse=True)
def framework_log() -> Iterator[Collector]:
    """Fail a test in which a framework logged a warning: TensorFlow and torch's compiler do not use `warnings`."""
    from conformance.frameworks import LOGGERS

    collector = Collector()
    for logger in LOGGERS:
        logger.addHandler(collector)
    yield collector
    for logger in LOGGERS:
        logger.removeHandler(collector)
    assert not collector.messages, "a framework logged a warning:\n" + "\n".join(collector.messages)


@pytest.fixture(autouse=True, scope="session")
def memory() -> Memory:
    """Follow what this process holds."""
    return Memory()


@pytest.fixture(autouse=True)
def released(memory: Memory) -> Iterator[None]:
    """Give back what compilers keep of earlier tests, when it has become much."""
    yield
    memory.release()


@pytest.fixture
def record(request: Any) -> Callable[[Iterable[Measure]], None]:
    """Keep the measures of a test for the report; they travel as text from the process that made them."""

    def keep(measures: Iterable[Measure]) -> None:
        request.node.user_properties.append(("measures", Report(tuple(measures)).to_json()))

    return keep
