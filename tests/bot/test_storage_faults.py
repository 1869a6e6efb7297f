"""A database that cannot be used: one clear line for every command, exit 2, and nothing written, not even half."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from bot import sample
from bot.cli import app
from bot.clock import true_now
from civic.schema import Outbox
from civic.store import Store
from tests import factories
from tests.factories import NOW

WRITING = [
    ["run"],
    ["meeting", "import", "meeting.yaml"],
    ["meeting", "cancel", "plaza", "--because", "x"],
    ["outbox", "retry"],
]
READING = [
    ["audit", "plaza"],
    ["meeting", "list"],
    ["meeting", "show", "plaza"],
    ["commitment", "list", "plaza"],
    ["outbox", "list"],
    ["updates", "failed"],
    ["db", "upgrade"],
]


def newer(store: Store) -> str:
    """Let the schema be of a Convoca to come."""
    store.write(lambda session: session.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    return store.url.render_as_string(hide_password=False)


def read_only(store: Store) -> str:
    """Let nobody write."""
    if store.is_sqlite:
        return f"sqlite:///file:{store.url.database}?mode=ro&uri=true"
    address = store.url.render_as_string(hide_password=False)
    return f"{address}{'&' if '?' in address else '?'}options=-c%20default_transaction_read_only%3Don"


def damaged(store: Store) -> str:
    """Overwrite all that follows the first page."""
    assert store.url.database
    store.close()
    with Path(store.url.database).open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (Path(store.url.database).stat().st_size - 4096))
    return store.url.render_as_string(hide_password=False)


FAULTS = [
    pytest.param("sqlite", newer, "the database is of a newer Convoca (schema 9999): update this one", id="newer"),
    pytest.param("postgresql", newer, "the database is of a newer Convoca (schema 9999): update this one", id="newer"),
    pytest.param("sqlite", read_only, "CONVOCA_DATABASE_URL: attempt to write a readonly database", id="read only"),
    pytest.param("postgresql", read_only, "CONVOCA_DATABASE_URL: cannot execute ", id="read only"),
    pytest.param("sqlite", damaged, "CONVOCA_DATABASE_URL: database disk image is malformed", id="damaged"),
]


def something(session: Session) -> None:
    """Let there be a meeting, and a message that was given up."""
    factories.meeting(session, code="plaza", now=true_now())
    session.add(
        Outbox(person_id=1, cause="c1", kind="help", params={}, priority=2, due_at=NOW, state="dead", reason="never")
    )


@pytest.mark.parametrize(("database_kind", "fault", "line"), FAULTS)
def test_commands_say_so_in_a_line_and_write_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Callable[[Store], str], line: str
) -> None:
    store.write(something)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONVOCA_BOT_TOKEN", "4242:a-token-of-the-tests")
    monkeypatch.setenv("CONVOCA_TELEGRAM_API", "http://127.0.0.1:1")
    monkeypatch.setenv("CONVOCA_DATABASE_URL", fault(store))
    Path("meeting.yaml").write_text(sample.MEETING.read_text(encoding="utf-8"), encoding="utf-8")
    Path("informe-agua.pdf").write_bytes(b"%PDF-1.7")
    here = files(tmp_path)
    for command in WRITING if fault is read_only else WRITING + READING:
        result = CliRunner().invoke(app, command)
        assert (result.exit_code, result.stdout) == (2, ""), command
        assert result.stderr.startswith(line), command
        assert len(result.stderr.splitlines()) == 1, command
    for command in READING if fault is read_only else ():
        assert CliRunner().invoke(app, command).exit_code == 0, command
    assert files(tmp_path) == here


def files(folder: Path) -> list[str]:
    """List a folder, without what SQLite keeps beside a database."""
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(("-wal", "-shm")))
