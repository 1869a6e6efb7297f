"""The schema's history: up, down, up on both databases, and equal to the tables in the code."""

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, make_url, text

from civic.errors import SchemaTooNew
from civic.migrations import bring_up_to_date, configuration, newest_revision
from civic.schema import Base
from civic.store import Store


def _tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


def _with_driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def test_schema_goes_up_down_and_up_and_equals_the_code(bare_database_url: str) -> None:
    engine = create_engine(_with_driver(bare_database_url))
    try:
        with engine.begin() as connection:
            command.upgrade(configuration(connection), "head")
            assert _tables(connection) == set(Base.metadata.tables)
        with engine.begin() as connection:
            command.downgrade(configuration(connection), "base")
            assert _tables(connection) == set()
        with engine.begin() as connection:
            command.upgrade(configuration(connection), "head")
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, Base.metadata) == []
    finally:
        engine.dispose()


def test_the_newest_revision_is_known_by_its_file() -> None:
    assert ScriptDirectory.from_config(configuration()).get_current_head() == newest_revision()


def test_upgrade_twice_changes_nothing_and_a_newer_schema_stops_it(database_url: str) -> None:
    engine = create_engine(_with_driver(database_url))
    try:
        bring_up_to_date(engine)
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = 'from_tomorrow'"))
        with pytest.raises(SchemaTooNew):
            bring_up_to_date(engine)
    finally:
        engine.dispose()


def test_every_test_runs_on_the_database_it_says(store: Store, database_kind: str, database_url: str) -> None:
    assert make_url(database_url).get_backend_name() == database_kind
    assert store.read(lambda session: session.get_bind().dialect.name) == database_kind
    assert store.read(lambda session: session.execute(text("SELECT count(*) FROM person")).scalar_one()) == 0
