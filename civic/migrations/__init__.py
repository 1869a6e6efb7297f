"""The schema's history: Alembic, up and down, on both databases."""

import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from civic.errors import SchemaTooNew

if TYPE_CHECKING:
    from alembic.config import Config

ONE_AT_A_TIME = zlib.crc32(b"convoca.schema")
"""The advisory lock's number."""


def configuration(connection: Connection | None = None) -> "Config":
    """Make Alembic's configuration for the scripts beside this module, on an open connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def bring_up_to_date(engine: Engine) -> None:
    """Upgrade to the newest schema in one transaction, one process at a time; raise SchemaTooNew at a newer one.

    Alembic takes its time to load, and is only where there is something to do.
    """
    if _is_newest(engine):
        return
    from alembic import command
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(configuration())
    newest = scripts.get_current_head()
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": ONE_AT_A_TIME})
        current = MigrationContext.configure(connection).get_current_revision()
        if current == newest:
            return
        if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
            raise SchemaTooNew(current)
        command.upgrade(configuration(connection), "head")


def newest_revision() -> str:
    """Name the newest revision, as the scripts' files are numbered."""
    return max(script.name[:4] for script in (Path(__file__).parent / "versions").glob("[0-9]*.py"))


def _is_newest(engine: Engine) -> bool:
    """Tell whether a database is at the newest revision; a new one has none."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        current: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return current == newest_revision()
