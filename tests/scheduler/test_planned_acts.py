"""What an organiser planned from the chat goes out ten minutes later: once, by any process, also after a restart."""

import asyncio
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import planned_acts
from civic.audit import Actor
from civic.schema import Person, PlannedAct, Staff
from scheduler.ticks import Ticks
from tests.factories import NOW, meeting
from tests.scheduler.conftest import Office
from tests.scheduler.test_ticks import join, texts

TEN = timedelta(minutes=10)


async def _cancelling(office: Office) -> tuple[int, int, int]:
    """Let there be a meeting with somebody, whose organiser said yes to cancelling it; give both chats and the act."""
    meeting_id = office.store.write(lambda session: meeting(session).id)
    maria, rosa = await office.person(), await office.person()
    join(office, meeting_id, maria)

    def confirm(session: Session) -> int:
        who = Actor(session.scalars(select(Person.id).where(Person.telegram_id == rosa)).one(), "chat")
        session.add(Staff(role="organiser", person_id=who.person_id))
        session.flush()
        row = planned_acts.begin(session, meeting_id, "cancel", actor=who, now=office.now)
        planned_acts.write(session, row.id, actor=who, now=office.now, because="Llueve mucho")
        sign = planned_acts.show(session, row.id, actor=who, now=office.now).sign or ""
        return planned_acts.confirm(session, row.id, sign, actor=who, now=office.now).id

    return maria, rosa, office.store.write(confirm)


def _state(office: Office, act_id: int) -> str:
    return office.store.read(lambda session: session.get_one(PlannedAct, act_id).state)


async def test_two_clocks_after_a_restart_send_it_once(office: Office) -> None:
    maria, rosa, act = await _cancelling(office)
    assert await office.ticks.next_due(office.now) == NOW + TEN
    office.now = NOW + TEN - timedelta(seconds=1)
    await office.ticks.run_due()
    assert _state(office, act) == "waiting"
    office.now = NOW + TEN
    others = [Ticks(office.store, office.clock) for _ in range(2)]  # the process began anew, and another beside it
    async with office.open():
        await asyncio.gather(*(each.run_due() for each in others))
        await office.delivery.drain()
    (told,) = await texts(office, maria)
    assert "fue cancelado" in told
    assert "Llueve mucho" in told
    (word,) = await texts(office, rosa)
    assert "Ya se hizo.\nA 1 persona" in word


async def test_who_undoes_in_time_is_never_overtaken(office: Office) -> None:
    maria, rosa, act = await _cancelling(office)
    office.now = NOW + TEN

    def undo(session: Session) -> str:
        who = session.get_one(PlannedAct, act).author_id
        return planned_acts.undo(session, act, actor=Actor(who, "chat"), now=office.now).state

    async with office.open():
        state, _done = await asyncio.gather(office.store.transaction(undo), office.ticks.run_due())
        await office.delivery.drain()
    assert state == _state(office, act)
    assert len(await texts(office, maria)) == (1 if state == "done" else 0)
    assert len(await texts(office, rosa)) == (1 if state == "done" else 0)


async def test_at_night_its_author_hears_at_once_and_people_in_the_morning(office: Office) -> None:
    office.now = NOW + timedelta(hours=11)
    maria, rosa, _act = await _cancelling(office)
    office.now += TEN
    async with office.open():
        await office.ticks.run_due()
        await office.delivery.drain()
        assert (len(await texts(office, maria)), len(await texts(office, rosa))) == (0, 1)
        office.now = NOW + timedelta(hours=22)
        await office.delivery.drain()
    assert len(await texts(office, maria)) == 1
