"""One chat's updates at two replicas of the chat at once: Telegram keeps words and taps in queues of their own."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from itertools import cycle

import pytest
import pytest_asyncio
from aiogram.types import Update
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.intake import Intake, read
from civic.schema import Audit, HandledUpdate, Person, Registration
from civic.store import Store
from handlers.chat import Services
from handlers.routers import dispatcher
from handlers.speaking import Speaking
from tests import factories
from tests.proofs.conftest import Found
from tests.proofs.scale import Scale
from tests.proofs.street import LINKS, Json, Street

TRIES = 3


@pytest_asyncio.fixture
async def street(store: Store) -> AsyncIterator[Street]:
    """Lend a street with a meeting that has places for everybody."""
    store.write(lambda session: factories.meeting(session, capacity=300).id)
    street = Street(store)
    await street.open()
    try:
        yield street
    finally:
        await street.close()


@pytest.mark.parametrize("database_kind", ["postgresql"])
async def test_no_answer_is_taken_for_another_question(
    street: Street, store: Store, database_url: str, scale: Scale, found: Found
) -> None:
    others = Store(database_url)
    replicas = street.intake, _replica(street, others)
    try:
        people = {street.person(f"Persona {number}"): number for number in range(scale.people // 2)}
        for chat in people:
            await _sign_up(street, chat)
        again = 0
        for chat, number in people.items():
            _press(street, chat, "Así está bien")
            street.write(chat, text=f"Nombre {_letters(number)}")
        again += await _at_once(replicas, _twice(street.waiting()))
        named = {chat: name for chat, (name, _) in store.read(_stored).items()}
        for chat, number in people.items():
            street.write(chat, text="Ahora no")
            street.write(chat, text=_phone(number))
        again += await _at_once(replicas, _twice(street.waiting()))
        stored = store.read(_stored)
        before = store.read(_rows)
        again += await _at_once(replicas, _twice(street.raw))
        after = store.read(_rows)
    finally:
        await replicas[1].drain()
        others.close()
    assert before[0] == len([raw for raw in street.raw if "pinned_message" not in raw.get("message", {})])
    for chat, number in people.items():
        assert named[chat] in {f"Persona {number}", f"Nombre {_letters(number)}"}
        assert stored[chat] in {(named[chat], None), (named[chat], _phone(number))}
    assert after == before
    found(
        "One chat's updates at two replicas at once",
        people=len(people),
        updates=len(street.raw),
        answers_in_another_field=0,
        side_effects_of_the_same_update_at_both=0,
        came_again_for_a_conflict=again,
    )


async def _sign_up(street: Street, chat: int) -> None:
    """Come as far as the question for a name."""
    street.write(chat, start="m_agua")
    for label in ("Quiero ir", "Soy mayor de edad y acepto", "Voy solo(a)"):
        for raw in street.waiting():
            await street.feed(raw)
        _press(street, chat, label)
    for raw in street.waiting():
        await street.feed(raw)


def _press(street: Street, chat: int, label: str) -> None:
    message, _, data = next(button for button in street.buttons(chat) if button[1] == label)
    street.tap(chat, message, data)


def _replica(street: Street, store: Store) -> Intake:
    services = Services(store, street.clock, LINKS, Speaking(store, street.clock))
    return Intake(street.bot, dispatcher(services), store, street.clock, street.intake.apologise)


async def _at_once(replicas: Sequence[Intake], raws: Sequence[Json]) -> int:
    """Hand updates to the replicas in turn, all at once; again, as Telegram does, what one refuses. Counts those."""

    async def bring(intake: Intake, raw: Json) -> int:
        for refused in range(TRIES):
            update = read(intake.bot, raw)
            assert isinstance(update, Update)
            try:
                await intake.handle(update)
            except IntegrityError:  # the other replica was first
                if refused == TRIES - 1:
                    raise
            else:
                return refused
        raise AssertionError

    return sum(await asyncio.gather(*map(bring, cycle(replicas), raws)))


def _twice(raws: Sequence[Json]) -> list[Json]:
    """Repeat each update: it comes to both replicas."""
    return [each for raw in raws for each in (raw, raw)]


def _stored(session: Session) -> dict[int, tuple[str | None, str | None]]:
    """Give each chat's name and phone."""
    rows = select(Person.chat_id, Registration.name, Person.phone).join(
        Registration, Registration.person_id == Person.id
    )
    return {chat: (name, phone) for chat, name, phone in session.execute(rows) if chat is not None}


def _rows(session: Session) -> list[int]:
    """Count what side effects would add to."""
    return [
        session.scalar(select(func.count()).select_from(table)) or 0 for table in (HandledUpdate, Audit, Registration)
    ]


def _letters(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in str(number)).capitalize()


def _phone(number: int) -> str:
    return f"310555{number:04}"
