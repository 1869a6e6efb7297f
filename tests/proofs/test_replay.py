"""A whole journey's updates once more: doubled, in bursts, shuffled, and after we forgot that they came.

Handled once, an update says the same and does nothing however often it comes; and even where its mark is gone (marks
are kept for two days, Telegram's updates for one), nobody gets a second place, permission, commitment or answer.
"""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bot.polling import Polling
from civic.schema import (
    Answer,
    Base,
    Commitment,
    CommitmentUpdate,
    Consent,
    Evidence,
    FailedUpdate,
    HandledUpdate,
    Meeting,
    Outbox,
    Party,
    Registration,
)
from civic.store import Store
from simulator.journal import Request
from tests.proofs.anything import private_chat
from tests.proofs.conftest import Found
from tests.proofs.journey import Journey
from tests.proofs.street import SPEAKING, Json, Street, empty
from tests.simulator_process import until

LEFT_OUT: Final = frozenset({"lease", "sent_second", "bot", "handled_update"})
"""Tables of true time, which no update writes; and the marks: Telegram numbers its own notes of our pins too."""
NOT_COMPARED: Final = {"outbox": {"message_id", "leased_until", "leased_by"}, "file_id": {"telegram_id"}}
"""What Telegram named: it counts every message, the repeated ones too."""
TAKEN: Final = ("registered", "offered", "attended", "no_show")
SEED: Final = 4


async def test_every_update_twice_is_as_once(store: Store, database_kind: str, found: Found) -> None:
    async def once(street: Street, raw: Json) -> None:
        await street.feed(raw)

    async def twice(street: Street, raw: Json) -> None:
        first = await street.feed(raw)
        second = await street.feed(raw)
        assert _words(second) == _words(first), raw

    as_once, updates = await _played(store, once)
    store.write(empty)
    as_twice, doubled = await _played(store, twice)
    assert doubled == updates
    assert as_twice == as_once
    found(
        "A whole journey, every update twice",
        database=database_kind,
        updates=updates,
        answers_the_same_twice=updates,
        rows_compared=as_once.count("\n"),
        differences=0,
    )


async def test_a_journey_again_in_bursts_does_nothing(store: Store, database_kind: str, found: Found) -> None:
    street, updates = Street(store), 0
    await street.open()
    try:
        journey = Journey(street, street.feed)
        for part in (journey.play_until_the_day, journey.play_to_the_end):
            await part()
            before, again = store.read(_everything), _marked(street)
            assert len(again) > 15
            await _polled(street, again)
            assert store.read(_everything) == before
            shuffled = again * 2
            random.Random(SEED).shuffle(shuffled)  # noqa: S311 - no secret
            repeated = await street.feed_together(shuffled)
            assert store.read(_everything) == before
            assert {chat for _method, chat, *_said in _words(repeated)} == {*filter(None, map(private_chat, again))}
            updates += len(again)
    finally:
        await street.close()
    found("A whole journey again in bursts", database=database_kind, updates=updates, times=4, rows_changed=0)


async def test_a_journey_again_when_its_marks_are_gone_gives_nothing_twice(
    store: Store, database_kind: str, found: Found
) -> None:
    street = Street(store)
    await street.open()
    try:
        journey = Journey(street, street.feed)
        await journey.play_until_the_day()
        for _moment in ("before the meeting", "after it"):
            before = store.read(_given)
            again = list(street.raw)
            store.write(lambda session: session.execute(delete(HandledUpdate)))
            for raw in again:
                await street.feed(raw)
            street.waiting()  # Telegram's notes of the pins
            assert store.read(_given) == before
            assert store.read(_over) == []
            if _moment == "before the meeting":
                await journey.go_and_say()
    finally:
        await street.close()
    found("A whole journey again, its marks gone", database=database_kind, updates=len(street.raw), given_twice=0)


async def _played(store: Store, feed: Callable[[Street, Json], Awaitable[None]]) -> tuple[str, int]:
    """Play the journey to its end; give all that is stored then, and how many updates came in."""
    street = Street(store)
    await street.open()
    try:
        journey = Journey(street, lambda raw: feed(street, raw))
        await journey.play_until_the_day()
        await journey.play_to_the_end()
        return store.read(_everything), sum(private_chat(raw) is not None for raw in street.raw)
    finally:
        await street.close()


def _marked(street: Street) -> list[Json]:
    """Give the updates that came within two days, as Telegram keeps them for one."""
    marked = set(street.store.read(lambda session: session.scalars(select(HandledUpdate.update_id)).all()))
    return [raw for raw in street.raw if raw["update_id"] in marked]


async def _polled(street: Street, again: Sequence[Json]) -> None:
    """Let the bot poll for updates that are there twice: for a Telegram that has not heard that they were handled."""
    street.world.store.run("DELETE FROM updates")
    for raw in (*again, *again):
        street.world.queue(street.bot.id, None, raw, raw=True)
    polling = Polling(street.intake)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(polling.run())
        await until(lambda: street.world.store.one("SELECT 1 FROM updates") is None, timeout=60)
        polling.stop()
        await running


def _everything(session: Session) -> str:
    """Write down every row but its random words; a line each."""
    codes = session.scalars(select(Registration.code).where(Registration.code.is_not(None)).order_by(Registration.id))
    links = session.scalars(select(Party.link).order_by(Party.id))
    lines = []
    for table in Base.metadata.sorted_tables:
        if table.name in LEFT_OUT:
            continue
        kept = [column for column in table.columns if column.name not in NOT_COMPARED.get(table.name, ())]
        rows = session.execute(select(*kept).order_by(*table.primary_key.columns))
        lines += [f"{table.name} {json.dumps(list(row), default=str, ensure_ascii=False)}" for row in rows]
    text = "\n".join(lines)
    for number, word in enumerate((*codes, *links)):
        text = text.replace(str(word), f"word {number}")
    return text


def _given(session: Session) -> dict[str, object]:
    """Say what people have been given and have given, which no repetition may add to."""
    return {
        "places": session.execute(
            select(Registration.person_id, Registration.meeting_id, func.count())
            .where(Registration.person_id.is_not(None))
            .group_by(Registration.person_id, Registration.meeting_id)
            .order_by(Registration.person_id)
        ).all(),
        "permissions": session.scalars(select(Consent.id).order_by(Consent.id)).all(),
        "commitments": session.scalars(
            select(Commitment.slug).where(Commitment.published_at.is_not(None)).order_by(Commitment.id)
        ).all(),
        "their updates": session.scalars(select(CommitmentUpdate.id).order_by(CommitmentUpdate.id)).all(),
        "evidence": session.scalars(select(Evidence.id).order_by(Evidence.id)).all(),
        "answers": session.scalar(select(func.count(Answer.id))),
        "news": session.scalar(select(func.count(Outbox.id)).where(Outbox.kind.in_(["published", "progress"]))),
    }


def _over(session: Session) -> list[object]:
    """Give the meetings with more people than places, and the updates that failed."""
    taken = Counter(session.scalars(select(Registration.meeting_id).where(Registration.state.in_(TAKEN))))
    over = [each.code for each in session.scalars(select(Meeting)) if taken[each.id] > each.capacity]
    return [*over, *session.scalars(select(FailedUpdate.update_id))]


def _words(calls: list[Request]) -> list[tuple[object, ...]]:
    """Give what was said, in which chat, with which buttons."""
    return [
        (
            each.method,
            each.chat_id,
            each.params.get("text", each.params.get("caption")),
            each.params.get("reply_markup"),
        )
        for each in calls
        if each.method in SPEAKING
    ]
