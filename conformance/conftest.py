"""What pytest asks for: the options of the command line, fixtures, and a log of warnings as an error."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from agnostic_losses.testing.measures import Measure, Report
from conformance import frameworks, selection


def pytest_addoption(parser: Any) -> None:
    selection.add_options(parser)


def pytest_configure(config: Any) -> None:
    config.addinivalue_line("markers", "slow: left out of a quick run")


def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    kept, dropped = selection.split(items, config)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


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
    collector = Collector()
    for logger in frameworks.LOGGERS:
        logger.addHandler(collector)
    yield collector
    for logger in frameworks.LOGGERS:
        logger.removeHandler(collector)
    assert not collector.messages, "a framework logged a warning:\n" + "\n".join(collector.messages)


@pytest.fixture
def record(request: Any) -> Callable[[Iterable[Measure]], None]:
    """Keep the measures of a test for the report; they travel as text from the process that made them."""

    def keep(measures: Iterable[Measure]) -> None:
        request.node.user_properties.append(("measures", Report(tuple(measures)).to_json()))

    return keep


@pytest.fixture(params=frameworks.FRAMEWORKS, ids=lambda framework: framework.name)
def framework(request: Any) -> frameworks.Framework:
    """Every backend: all four frameworks and the strict reference."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(params=frameworks.FOUR, ids=lambda framework: framework.name)
def four(request: Any) -> frameworks.Framework:
    """The four frameworks that the package is for."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(params=["float64", "float32"])
def dtype(request: Any) -> str:
    """The floating dtypes with their own arithmetic."""
    return request.param  # type: ignore[no-any-return]
