"""A tick of the clock while a thousand meetings lie ahead and nothing is due."""

import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import String, case, cast, insert, literal, select, text, true
from sqlalchemy.orm import Session

from bot.clock import true_now
from civic.schema import Meeting, Party, Person, Registration
from civic.store import Store
from scheduler.ticks import Ticks
from tests import factories
from tests.bench.contenders import BenchFailed
from tests.bench.report import Figure, Line
from tests.bench.running import Bench
from tests.databases import Server

MEETINGS: Final = 1000
PEOPLE: Final = 1000
"""Of each meeting."""
FULL: Final = 100
"""Meetings in which some of them wait, as there is no room."""
WAITING: Final = 10
TICKS: Final = 20
REACH: Final = 100.0
"""Milliseconds."""


async def measure(bench: Bench, kind: str, server: Server) -> AsyncIterator[Line]:
    """Tick on one database, with a million registrations in it."""
    with server.migrated(bench.empty_folder()) as url:
        store = Store(url)
        try:
            now = true_now()
            store.write(fill, now=now)
            settle(store)
            ticks = Ticks(store, lambda: now)
            sweep = await _milliseconds(ticks)
            took = Figure(tuple([await _milliseconds(ticks) for _ in range(TICKS)]))
        finally:
            store.close()
    what = f"a clock's tick, {MEETINGS:,} meetings of {PEOPLE:,} people ahead ({FULL} with a waiting list), {kind}"
    yield Line(what, took.said("ms"), reach=f"< {REACH:.0f} ms", is_met=took.middle < REACH)
    yield Line(f"{what}: the one an hour that also sweeps", f"{sweep:,.0f} ms")


def settle(store: Store) -> None:
    """Let PostgreSQL know what it holds, as it does by itself within a minute."""
    if not store.is_sqlite:
        with store._writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


async def _milliseconds(ticks: Ticks) -> float:
    started = time.perf_counter()
    done = await ticks.run_due()
    took = (time.perf_counter() - started) * 1000
    if done:
        raise BenchFailed(f"{done} things were due in a tick with nothing due")
    return took


def fill(session: Session, *, now: datetime) -> None:
    """Convene the meetings with their whole ladder ahead, and fill them, set by set."""
    for number in range(MEETINGS):
        factories.meeting(
            session,
            code=f"m{number}",
            capacity=PEOPLE - WAITING if number < FULL else PEOPLE,
            starts_in=timedelta(days=30, minutes=number),
            now=now,
        )
    for number in range(PEOPLE):
        factories.person(session, telegram_id=number + 1, consented=False, now=now)
    each = cast(Meeting.id, String) + "-" + cast(Person.id, String)
    party = select(Meeting.id, literal("together"), each, literal([], Party.choices.type)).join(Person, true())
    session.execute(insert(Party).from_select(["meeting_id", "takes", "link", "choices"], party))
    waits = Person.telegram_id > Meeting.capacity
    registration = {
        "meeting_id": Meeting.id,
        "party_id": Party.id,
        "person_id": Person.id,
        "code": each,
        "state": case((waits, "waiting"), else_="registered"),
        "queue_number": case((waits, Person.telegram_id)),
        "registered_at": literal(now, Registration.registered_at.type),
        "attributes": literal({}, Registration.attributes.type),
        "answered": literal(["phone"], Registration.answered.type),
    }
    rows = select(*registration.values()).select_from(Meeting).join(Person, true()).join(Party, Party.link == each)
    session.execute(insert(Registration).from_select(list(registration), rows))
