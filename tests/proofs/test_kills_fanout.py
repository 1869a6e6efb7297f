"""A fan-out outlives its deliverer, killed again and again: everybody hears, twice only who was being told then."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civic import commitments
from civic.audit import BY_COMMAND
from civic.people import FOLLOW_VERSION
from civic.schema import Commitment, Consent, Follow, Outbox, Person
from civic.store import Store
from tests import factories
from tests.journeys.scenes import next_morning
from tests.proofs.conftest import Found
from tests.proofs.crowd import NEWS, gather
from tests.proofs.kills import Journal, a_town, chances, live_until
from tests.proofs.scale import Scale
from tests.simulator_process import Json, Telegram, until

MOST_IN_FLIGHT = 100
SECONDS = 120.0
"""For one part of a fan-out, on a busy machine."""


async def test_a_fan_out_outlives_kills(
    telegram: Telegram, database_url: str, database_kind: str, tmp_path: Path, scale: Scale, found: Found
) -> None:
    chance = chances()
    await next_morning(telegram)
    people = await gather(telegram, scale.subscribers)
    store = Store(database_url)
    try:
        store.write(_publish, people, now=await telegram.now())
        await telegram.advance("PT1M")
        async with a_town(telegram, database_url, tmp_path, CONVOCA_MESSAGES_PER_SECOND=str(scale.pace)) as town:
            journal = Journal(telegram)
            in_flight = []
            share = scale.subscribers // (scale.kills + 1)
            for number in range(scale.kills):
                before = journal.said[:]
                moment = max(number * share + chance.randint(1, share), len(_told(before)) + 1)
                await live_until(town, partial(_has_told, journal, moment))
                await journal.settle()
                assert len(_told(journal.said)) < len(people), "the fan-out was over before the kill"
                in_flight.append(len(_told(journal.said[len(before) :]) - store.read(_marked)))
            await town.start()
            await until(partial(_has_told, journal, len(people)), timeout=SECONDS)
            await until(lambda: store.read(_owed) == 0, timeout=SECONDS)
    finally:
        store.close()

    heard = await _heard(telegram, people)
    duplicates = sum(times - 1 for times in heard.values() if times)
    found(
        "Kills during a fan-out",
        database=database_kind,
        subscribers=scale.subscribers,
        kills=scale.kills,
        lost=sum(times == 0 for times in heard.values()),
        duplicates=duplicates,
        in_flight_at_all_kills=sum(in_flight),
        most_in_flight_at_one=max(in_flight),
    )
    assert [chat for chat, times in heard.items() if times == 0] == []
    assert duplicates <= sum(in_flight)
    assert max(in_flight) <= MOST_IN_FLIGHT


async def _has_told(journal: Journal, people: int) -> bool:
    await journal.read()
    return len(_told(journal.said)) >= people


def _told(calls: Sequence[Json]) -> set[int]:
    """Gather whom calls told."""
    return {int(call["chat_id"]) for call in calls}


def _publish(session: Session, chats: Sequence[int], *, now: datetime) -> None:
    """Publish a commitment that people of these chats follow."""
    meeting = factories.meeting(session, code="plaza", now=now)
    entity = factories.entity(session)
    people = [
        Person(name="Ana", telegram_id=chat, chat_id=chat, language="es", tell="all", seen_at=now) for chat in chats
    ]
    session.add_all(people)
    session.flush()
    consent = {"entity_id": entity.id, "purpose": "follow", "version": FOLLOW_VERSION, "language": "es"}
    session.add_all(Consent(person_id=each.id, given_at=now, **consent) for each in people)
    session.add_all(Follow(person_id=each.id, meeting_id=meeting.id, wants=True, since=now) for each in people)
    session.add(
        Commitment(
            meeting_id=meeting.id,
            entity_id=entity.id,
            slug="anden",
            text="Arreglar el andén",
            responsible="Secretaría de Obras",
            indicator="Metros arreglados",
            due_on=(now + timedelta(days=300)).date(),
            answers=[],
        )
    )
    session.flush()
    commitments.publish(session, "plaza", None, actor=BY_COMMAND, now=now)


def _marked(session: Session) -> set[int]:
    """Gather the chats whose news is marked as sent."""
    sent = select(Person.chat_id).join(Outbox, Outbox.person_id == Person.id).where(Outbox.state == "sent")
    return {chat for chat in session.scalars(sent) if chat is not None}


def _owed(session: Session) -> int:
    """Count the news that nobody marked as sent."""
    return session.scalar(select(func.count()).select_from(Outbox).where(Outbox.state != "sent")) or 0


async def _heard(telegram: Telegram, people: Sequence[int]) -> dict[int, int]:
    """Count how often each person heard the news."""
    heard = {}
    for chat in people:
        heard[chat] = sum(NEWS in each["text"] for each in await telegram.messages(chat))
    return heard
