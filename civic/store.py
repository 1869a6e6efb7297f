"""The one database: use cases are plain functions of a Session, run whole in one thread, one transaction each."""

import asyncio
import functools
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from civic.migrations import bring_up_to_date
from civic.outages import outage

P = ParamSpec("P")
R = TypeVar("R")
Seen = TypeVar("Seen")

WRITERS_ON_POSTGRESQL = 8
WRITERS_ON_SQLITE = 4
"""Threads: one of them writes, while others look at what they wrote."""
READERS = 4
TRIES = 5
REST_SECONDS = 5
"""After which an unused connection is asked whether it is still there, before it is used."""
SERVED = {"connect_timeout": "5", "tcp_user_timeout": "15000", "keepalives_idle": "15"}
"""How soon PostgreSQL is taken to be away (seconds; milliseconds for the second), unless the address says."""


class Store:
    """A database, embedded (SQLite) or served (PostgreSQL): `transaction` to write, `reading` to look.

    Functions given to it take the Session first, never commit, and never await: a network call inside a
    transaction is impossible. They may run again when the database asks for it (a deadlock, a serialisation failure),
    so they have no effect but in the database.
    """

    def __init__(self, url: str) -> None:
        """Open `sqlite:///PATH` or `postgresql://…`; nothing is created or changed yet but the folder of a file."""
        self.url = _with_driver(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.trouble: str | None = None
        """What keeps use cases from being written, as of the last one, for /health."""
        if self.is_sqlite:
            if self.url.database and not self.url.database.startswith("file:"):
                Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
            self._writer = _sqlite(self.url, begin="BEGIN IMMEDIATE", size=1)
            self._reader = _sqlite(self.url, begin="BEGIN", size=READERS, query_only=True)
            self._turn: AbstractContextManager[Any] = Lock()
            writers = WRITERS_ON_SQLITE
        else:
            writers = WRITERS_ON_POSTGRESQL
            self.url = self.url.update_query_dict({**SERVED, **self.url.query})
            self._writer = create_engine(
                self.url, pool_size=writers, isolation_level="READ COMMITTED", hide_parameters=True
            )
            self._reader = create_engine(
                self.url,
                pool_size=READERS,
                max_overflow=0,
                isolation_level="REPEATABLE READ",
                hide_parameters=True,
            )
            self._turn = nullcontext()
            event.listen(self._reader, "connect", _read_only)
            for engine in (self._writer, self._reader):
                _ask_after_a_rest(engine)
        self._writing = ThreadPoolExecutor(writers, thread_name_prefix="writer")
        self._reading = ThreadPoolExecutor(READERS, thread_name_prefix="reader")

    async def transaction(self, use_case: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a use case in a transaction of its own, in a thread; commit, or roll back what it raises."""
        return await asyncio.get_running_loop().run_in_executor(
            self._writing, lambda: self.write(use_case, *args, **kwargs)
        )

    async def answering(self, use_case: Callable[[Session], R], look: Callable[[Session, R], Seen]) -> tuple[R, Seen]:
        """Run a use case in a transaction, and look at what it did: all in one thread. Give what both gave.

        SQLite's one writer lets others write before it looks, and what the look raises undoes nothing. PostgreSQL looks
        within the transaction, which saves two round trips; there it is undone.
        """

        def one_after_the_other() -> tuple[R, Seen]:
            done = self.write(use_case)
            return done, self.read(look, done)

        def both(session: Session) -> tuple[R, Seen]:
            done = use_case(session)
            session.flush()
            session.expunge_all()  # look at what the database has, not at what was loaded before statements changed it
            return done, look(session, done)

        act = one_after_the_other if self.is_sqlite else functools.partial(self.write, both)
        return await asyncio.get_running_loop().run_in_executor(self._writing, act)

    async def reading(self, look: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Look at one consistent state, in a thread; writing is refused."""
        return await asyncio.get_running_loop().run_in_executor(self._reading, lambda: self.read(look, *args, **kwargs))

    def write(self, use_case: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a use case in a transaction, in this thread (the command line's way)."""
        for left in reversed(range(TRIES)):
            try:
                with self._turn, Session(self._writer, expire_on_commit=False) as session, session.begin():
                    done = use_case(session, *args, **kwargs)
            except DBAPIError as error:
                if not (left and _may_try_again(error)):
                    self.trouble = outage(error) or self.trouble
                    raise
            else:
                self.trouble = None
                return done
        raise AssertionError  # pragma: no cover - the last try returns or raises

    def read(self, look: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Look, in this thread."""
        with Session(self._reader, expire_on_commit=False, autoflush=False) as session:
            return look(session, *args, **kwargs)

    def upgrade(self) -> None:
        """Bring an older schema up to date, one process at a time; a newer one raises SchemaTooNew."""
        bring_up_to_date(self._writer)

    def prove_writable(self) -> None:
        """Write what is there already: raises DBAPIError where nothing can be written (a full disk, no permission)."""
        self.write(lambda session: session.execute(text("UPDATE alembic_version SET version_num = version_num")))

    def backup(self, target: Path) -> None:
        """Write a consistent copy of an SQLite database to a new file, beside a running bot."""
        with self._writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (str(target),))

    def close(self) -> None:
        """Let running use cases end, and close every connection."""
        self._writing.shutdown()
        self._reading.shutdown()
        self._writer.dispose()
        self._reader.dispose()


def _with_driver(url: str) -> URL:
    """Name our driver: psycopg 3 for PostgreSQL."""
    parsed = make_url(url)
    return parsed.set(drivername="postgresql+psycopg") if parsed.get_backend_name() == "postgresql" else parsed


def _sqlite(url: URL, *, begin: str, size: int, query_only: bool = False) -> Engine:
    """Make an SQLite engine by MODEL.md's recipe: the driver begins nothing, we do.

    The driver's own levels begin at the first write, and then two transactions that both looked first overbook.
    """
    engine = create_engine(
        url,
        pool_size=size,
        max_overflow=0,
        hide_parameters=True,  # an error's words name no people
        connect_args={"timeout": 30, "check_same_thread": False, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=30000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        if query_only:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql(begin)

    return engine


def _ask_after_a_rest(engine: Engine) -> None:
    """Ask a connection that has rested for some seconds whether it is still there, before it is lent.

    At each lending (`pool_pre_ping`) that is a round trip more for every use case.
    """

    @event.listens_for(engine, "checkin")
    def rest(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["rests_since"] = monotonic()

    @event.listens_for(engine, "checkout")
    def ask(connection: Any, record: ConnectionPoolEntry, _lent: object) -> None:
        if monotonic() - record.info.get("rests_since", math.inf) > REST_SECONDS:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as gone:
                raise InvalidatePoolError from gone  # those that rest beside it are gone as well


def _read_only(connection: Any, _record: object) -> None:
    """Let PostgreSQL refuse what a look would write."""
    connection.read_only = True


def _may_try_again(error: DBAPIError) -> bool:
    """Tell a deadlock, a serialisation failure, or a race lost (for a key, or to an erasure) from a fault of ours."""
    return getattr(error.orig, "sqlstate", None) in {"40001", "40P01", "23503", "23505"}
