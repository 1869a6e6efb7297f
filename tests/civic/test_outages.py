"""A database that is full, read-only, damaged or gone is told from a fault of ours; nothing is half-written."""

from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from civic.outages import DAMAGED, FULL, READ_ONLY, SILENT, comes_by_itself, outage
from civic.schema import Bot
from civic.store import Store


def _add(session: Session, first: int, number: int = 1) -> None:
    session.add_all(Bot(id=first + i, username=f"bot{first + i}" * 20, paused_until=None) for i in range(number))
    session.flush()


def _ids(session: Session) -> list[int]:
    return list(session.scalars(select(Bot.id).order_by(Bot.id)))


def filled(store: Store) -> None:
    """Let an SQLite database not grow, as on a full disk; `emptied` lets it again."""
    store.write(lambda session: session.execute(text("PRAGMA max_page_count = 1")))


def emptied(store: Store) -> None:
    store.write(lambda session: session.execute(text("PRAGMA max_page_count = 1000000")))


@pytest.mark.parametrize("database_kind", ["sqlite"])  # PostgreSQL cannot be filled without filling the disk
def test_a_full_disk_writes_nothing_half_and_passes(store: Store) -> None:
    filled(store)
    store.write(_add, 1)  # there is room in the last page
    with pytest.raises(DBAPIError) as full:
        store.write(_add, 2, 1000)
    assert outage(full.value) == store.trouble == FULL
    assert store.read(_ids) == [1]
    emptied(store)
    store.write(_add, 2, 1000)
    assert store.trouble is None


def test_a_database_that_can_be_read_alone(store: Store, tmp_path: Path) -> None:
    store.write(_add, 1)
    if store.is_sqlite:
        read_only = Store(f"sqlite:///file:{tmp_path / 'convoca.db'}?mode=ro&uri=true")
    else:
        options = "options=-c%20default_transaction_read_only%3Don"
        address = store.url.render_as_string(hide_password=False)
        read_only = Store(f"{address}{'&' if '?' in address else '?'}{options}")
    try:
        assert read_only.read(_ids) == [1]
        with pytest.raises(DBAPIError) as refused:
            read_only.write(_add, 2)
        assert outage(refused.value) == read_only.trouble == READ_ONLY
        assert not comes_by_itself(refused.value)
    finally:
        read_only.close()


def test_a_damaged_database(tmp_path: Path) -> None:
    (tmp_path / "letter.db").write_bytes(b"Dear Sir or Madam, this is no database. " * 100)
    store = Store(f"sqlite:///{tmp_path / 'letter.db'}")
    try:
        with pytest.raises(DBAPIError) as refused:
            store.upgrade()
        assert outage(refused.value) == DAMAGED
    finally:
        store.close()


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_server_that_goes_away_is_found_again(store: Store) -> None:
    def interrupted(session: Session) -> None:
        _add(session, 1)
        with psycopg.connect(store.url.set(drivername="postgresql").render_as_string(), autocommit=True) as other:
            ours = session.scalar(text("SELECT pg_backend_pid()"))
            other.execute("SELECT pg_terminate_backend(%s)", (ours,))
        _add(session, 2)

    with pytest.raises(DBAPIError) as lost:
        store.write(interrupted)
    assert outage(lost.value) == store.trouble == SILENT
    assert store.read(_ids) == []
    store.write(_add, 1)
    assert store.read(_ids) == [1]
    assert not store.trouble


@pytest.mark.parametrize(
    ("address", "waits"),
    [("postgresql://nobody@127.0.0.1:1/x", True), ("postgresql://nobody@127.0.0.1:1/x?sslmode=wrong", False)],
)
def test_a_server_that_is_not_up_yet_is_told_from_a_wrong_address(address: str, waits: bool) -> None:  # noqa: FBT001
    store = Store(address)
    try:
        with pytest.raises(DBAPIError) as refused:
            store.upgrade()
        assert comes_by_itself(refused.value) is waits
    finally:
        store.close()


def test_a_fault_in_what_we_say_is_no_outage(store: Store) -> None:
    with pytest.raises(DBAPIError) as ours:
        store.read(lambda session: session.execute(text("SELECT nothing FROM nowhere")))
    assert outage(ours.value) is None
    store.write(_add, 1)
    with pytest.raises(DBAPIError) as twice:
        store.write(_add, 1)
    assert outage(twice.value) is None
    assert store.trouble is None
