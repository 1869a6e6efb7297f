"""What every test may ask for: a database, of both kinds in turn, and the store on it.

No test chooses its database: whatever asks for `database_url` (or `store`) runs on SQLite and on
PostgreSQL. `CONVOCA_TEST_DATABASES=sqlite` runs the first alone, for a quick look while working.
"""

import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest
import structlog

from bot.logs import only_where
from civic.store import Store
from tests.databases import TESTED, Servers

hypothesis.settings.register_profile(
    "convoca",
    max_examples=60,
    deadline=None,  # a busy machine is not a fault
    derandomize=True,  # a gate says the same twice; CONVOCA_HYPOTHESIS=explore looks further
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=2000)
hypothesis.settings.load_profile(os.environ.get("CONVOCA_HYPOTHESIS", "convoca"))


def _log_for_pytest() -> None:
    """Send events where pytest shows them, exceptions as in production: without the words and values of people."""
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            only_where,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


_log_for_pytest()


@pytest.fixture(autouse=True)
def _log_of_the_test() -> Iterator[None]:
    """Let a test that starts the program set up its log, and take that back: it writes to a stream that ends."""
    handlers, level = logging.root.handlers[:], logging.root.level
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
    _log_for_pytest()


# What a developer has set for a bot of their own must not reach the tests' bots.
_FOR_TESTS = {"CONVOCA_HYPOTHESIS", "CONVOCA_PROVE", "CONVOCA_REQUIRE_BROWSER", "CONVOCA_TEST_DATABASES"}
for _name in [name for name in os.environ if name.startswith("CONVOCA_")]:
    if _name not in _FOR_TESTS:
        del os.environ[_name]

SIDE_BY_SIDE = 4
"""Workers that play journeys, which wait for Telegram's pace, while others compute."""


_FIRST = ("journeys", "civic", "corpus", "handlers")
"""Rooms of tests in the order in which they begin; the others follow."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the journeys, each of some workers its share, and meanwhile with what computes and hardly waits."""
    journeys = [item for item in items if "journeys" in item.path.parts]
    for number, item in enumerate(journeys):
        item.add_marker(pytest.mark.xdist_group(f"journeys {number % SIDE_BY_SIDE}"))
    items.sort(key=lambda item: next((n for n, room in enumerate(_FIRST) if room in item.path.parts), len(_FIRST)))


@pytest.fixture(scope="session")
def database_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Lend the servers; they stop with the session."""
    with ExitStack() as closing:
        yield Servers(tmp_path_factory.mktemp("databases"), closing)


@pytest.fixture(params=TESTED)
def database_kind(request: pytest.FixtureRequest) -> str:
    """Name the kind of database that this run of the test is on."""
    return str(request.param)


@pytest.fixture
def database_url(database_kind: str, database_servers: Servers, tmp_path: Path) -> Iterator[str]:
    """Lend the address of a database of the test's own, at the newest schema, empty."""
    with database_servers.of(database_kind).migrated(tmp_path) as url:
        yield url


@pytest.fixture
def bare_database_url(database_kind: str, database_servers: Servers, tmp_path: Path) -> Iterator[str]:
    """Lend the address of a database of the test's own that has no table yet."""
    with database_servers.of(database_kind).empty(tmp_path) as url:
        yield url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """Lend the store on the test's database, and close it after."""
    opened = Store(database_url)
    yield opened
    opened.close()
