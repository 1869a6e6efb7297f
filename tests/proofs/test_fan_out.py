"""News to a hundred thousand people hold up nobody: replies, owed replies and urgent messages go first."""

import asyncio
import itertools
import os
import statistics
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Final

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.clock import true_now
from civic import commitments, outbox
from civic.audit import BY_COMMAND
from civic.outbox import Priority
from civic.schema import Agenda, Meeting, Outbox, Person
from civic.store import Store
from tests import factories
from tests.bench.delivering import town
from tests.journeys.town import free_port
from tests.proofs.conftest import Found
from tests.proofs.listener import Listener
from tests.proofs.scale import Scale, chosen
from tests.simulator_process import until

CAUSES: Final = itertools.count(1)
START_SECONDS: Final = 60.0
PATIENCE: Final = 120.0
ASK: Final = range(911, 941)
ASKING: Final = itertools.cycle(ASK)
"""So many that no chat's own pace is what is measured."""
OWED: Final = {Priority.REPLY: range(811, 826), Priority.URGENT: range(711, 726)}
"""Chats of people who follow nothing."""
OWING: Final = {priority: itertools.cycle(chats) for priority, chats in OWED.items()}
REST_SECONDS: Final = 0.05
HALF_A_DAY: Final = 12
FREE: Final = 30
"""Messages a second."""


@pytest.mark.parametrize("pace", chosen().paces)
async def test_a_fan_out_holds_up_no_reply(
    database_url: str, database_kind: str, tmp_path: Path, scale: Scale, found: Found, pace: int
) -> None:
    store, listener = Store(database_url), Listener()
    store.write(partial(_people, number=scale.audience))
    settings = {"CONVOCA_MESSAGES_PER_SECOND": str(pace), "CONVOCA_PAID_BROADCAST": "true" if pace > FREE else "false"}
    try:
        async with listener.serving(), _bot(listener, database_url, tmp_path, settings):
            await listener.asks(next(ASKING), "/ayuda", START_SECONDS)
            usual = statistics.median([await _reply(listener) for _ in range(3)])
            # Published a minute ago: it is due as soon as the clock has gathered whom to tell.
            ago = true_now() - timedelta(minutes=2)
            started = monotonic()
            store.write(commitments.publish, "agua", None, actor=BY_COMMAND, now=ago)
            meanwhile = []
            while store.read(_is_gathering):
                meanwhile.append(await _reply(listener))
            gathering = monotonic() - started
            assert store.read(_owed_or_told) == scale.audience
            await until(lambda: listener.messages > len(meanwhile) + 20, timeout=PATIENCE)
            replies, owed = [], {priority: [0.0] for priority in OWED}
            for _ in range(scale.asked):
                replies.append(await _reply(listener))
                for priority in OWED:
                    owed[priority].append(await _owed(store, listener, priority))
            told = listener.messages - len(replies) - len(meanwhile)
            assert told < scale.audience, "the fan-out was over before the last reply"
    finally:
        store.close()
    slowest = max(replies + meanwhile) - usual
    found(
        "Replies during a fan-out",
        database=database_kind,
        subscribers=scale.audience,
        pace=pace,
        seconds_to_enqueue=round(gathering, 1),
        reply_without=round(usual, 3),
        slowest_while_enqueued=round(max(meanwhile, default=0), 3),
        slowest_while_sent=round(max(replies), 3),
        slowest_owed_reply=round(max(owed[Priority.REPLY]), 3),
        slowest_urgent=round(max(owed[Priority.URGENT]), 3),
    )
    assert slowest < scale.delay
    assert max(owed[Priority.REPLY]) < scale.delay
    assert max(owed[Priority.URGENT]) < scale.delay


async def _reply(listener: Listener) -> float:
    """Let the next person ask for help; give the seconds until her answer."""
    await asyncio.sleep(REST_SECONDS)
    return await listener.asks(next(ASKING), "/ayuda", PATIENCE)


async def _owed(store: Store, listener: Listener, priority: Priority) -> float:
    """Owe a message as the clock or a failed reply does; give the seconds until it is sent."""
    chat = next(OWING[priority])

    def owe(session: Session) -> None:
        person_id = session.scalars(select(Person.id).where(Person.chat_id == chat)).one()
        cause = f"t{next(CAUSES)}"
        outbox.enqueue(session, person_id, cause=cause, kind="help", due_at=true_now(), priority=priority)

    since = monotonic()
    store.write(owe)
    return await listener.hears(chat, since, PATIENCE)


def _people(session: Session, /, *, number: int) -> None:
    town(session, people=number)
    for chat in itertools.chain(ASK, *OWED.values()):
        factories.person(session, telegram_id=chat, now=true_now())
    meeting = session.scalars(select(Meeting)).one()
    meeting.starts_at, meeting.ends_at = true_now() + timedelta(days=20), true_now() + timedelta(days=20, hours=4)
    meeting.timezone = _where_it_is_noon()


def _where_it_is_noon() -> str:
    """Name a zone that is far from its quiet hours now."""
    ahead = HALF_A_DAY - true_now().hour
    return f"Etc/GMT{-ahead:+d}"


def _is_gathering(session: Session) -> bool:
    open_ones = select(Agenda.id).where(Agenda.subject.like("u%"), Agenda.done_at.is_(None))
    return session.scalar(open_ones.limit(1)) is not None


def _owed_or_told(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Outbox).where(Outbox.kind == "published")) or 0


@asynccontextmanager
async def _bot(listener: Listener, database_url: str, folder: Path, settings: dict[str, str]) -> AsyncIterator[None]:
    """Run Convoca while inside."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CONVOCA_")} | {
        "CONVOCA_BOT_TOKEN": "1:proof",
        "CONVOCA_TELEGRAM_API": listener.url,
        "CONVOCA_DATABASE_URL": database_url,
        "CONVOCA_LISTEN": f"127.0.0.1:{free_port()}",
        "CONVOCA_TIMEZONE": _where_it_is_noon(),
        **settings,
    }
    with (folder / "bot.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", cwd=folder, env=environment, stdout=log, stderr=log
        )
    try:
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
