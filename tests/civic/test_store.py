"""One transaction a use case, whole or not at all; a look changes nothing."""

import asyncio

import pytest
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from civic.schema import Bot
from civic.store import Store


def _add(session: Session, number: int) -> None:
    session.add(Bot(id=number, username=f"bot{number}", paused_until=None))


def _ids(session: Session) -> list[int]:
    return list(session.scalars(select(Bot.id).order_by(Bot.id)))


def test_what_a_use_case_raises_undoes_it(store: Store) -> None:
    def half(session: Session) -> None:
        _add(session, 1)
        session.flush()
        raise LookupError

    with pytest.raises(LookupError):
        store.write(half)
    assert store.read(_ids) == []


def test_a_look_cannot_write(store: Store) -> None:
    store.write(_add, 1)
    with pytest.raises(DBAPIError):
        store.read(lambda session: session.execute(delete(Bot)))
    assert store.read(_ids) == [1]


@pytest.mark.asyncio
async def test_a_look_sees_one_state_throughout(store: Store) -> None:
    store.write(_add, 1)

    def twice(session: Session) -> tuple[list[int], list[int]]:
        first = _ids(session)
        store.write(_add, 2)
        session.expire_all()
        return first, _ids(session)

    assert await store.reading(twice) == ([1], [1])
    assert store.read(_ids) == [1, 2]


@pytest.mark.asyncio
async def test_use_cases_at_once_each_do_all_they_do(store: Store) -> None:
    await asyncio.gather(*(store.transaction(_add, number) for number in range(40)))
    assert await store.reading(_ids) == list(range(40))


def test_a_use_case_that_lost_a_race_for_a_unique_key_looks_again(store: Store) -> None:
    looks = 0

    def known_or_new(session: Session) -> str:
        nonlocal looks
        looks += 1
        known = session.scalar(select(Bot).where(Bot.username == "bot1"))
        if known is not None:
            return "known"
        if looks == 1 and session.get_bind().dialect.name == "postgresql":
            store.write(_add, 1)  # another process, between the look and the insert; SQLite has one writer
        _add(session, 1)
        session.flush()
        return "new"

    assert store.write(known_or_new) == ("new" if store.is_sqlite else "known")
    assert store.read(_ids) == [1]


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_connection_is_asked_whether_it_is_there_after_a_rest_alone(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def ping(_dialect: object, connection: object) -> bool:
        asked.append(connection)
        return True

    monkeypatch.setattr(PGDialect_psycopg, "do_ping", ping)
    for number in range(3):
        store.write(_add, number)
        store.read(_ids)
    assert not asked
    monkeypatch.setattr("civic.store.REST_SECONDS", -1)
    store.write(_add, 3)
    assert len(asked) == 1
