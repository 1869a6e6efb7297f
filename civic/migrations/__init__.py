"""The schema's history: Alembic, up and down, on both databases."""

import zlib
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from civic.errors import SchemaTooNew

ONE_AT_A_TIME = zlib.crc32(b"convoca.schema")
"""The advisory lock's number."""


def configuration(connection: Connection | None = None) -> Config:
    """Make Alembic's configuration for the scripts beside this module, on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def bring_up_to_date(engine: Engine) -> None:
    """Upgrade to the newest schema in one transaction, one process at a time; raise SchemaTooNew at a newer one."""
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
