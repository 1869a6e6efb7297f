"""What an organiser tells people goes out after its minute, by any process, once; alerts of a night are one message."""

import asyncio
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from civic import alerts, announcements
from civic.audit import Actor
from civic.schema import Announcement, Meeting, Person, Staff
from scheduler.ticks import TROUBLE_EVERY, Ticks
from tests.factories import NOW, meeting
from tests.scheduler.conftest import Office
from tests.scheduler.test_ticks import join, texts
from tests.simulator_process import labels

MINUTE = announcements.UNDONE_FOR


async def _organised(office: Office) -> tuple[int, int, int]:
    """Let there be a meeting with somebody, and its organiser; give the meeting and both chats."""
    meeting_id = office.store.write(lambda session: meeting(session).id)
    maria, rosa = await office.person(), await office.person()
    join(office, meeting_id, maria)
    office.store.write(lambda s: s.add(Staff(role="organiser", person_id=_of(s, rosa))))
    return meeting_id, maria, rosa


def _of(session: Session, chat: int) -> int:
    return session.scalars(select(Person.id).where(Person.telegram_id == chat)).one()


def _announced(session: Session, office: Office, meeting_id: int, rosa: int) -> int:
    who = Actor(_of(session, rosa), "chat")
    row = announcements.begin(session, meeting_id, "all", actor=who, now=office.now)
    announcements.write(session, row.id, "Lleven agua", actor=who)
    sign = announcements.sign_of(session, row)
    return announcements.confirm(session, row.id, sign, actor=who, now=office.now).id


async def test_two_clocks_after_a_restart_send_it_once_and_report(office: Office) -> None:
    meeting_id, maria, rosa = await _organised(office)
    office.store.write(_announced, office, meeting_id, rosa)
    assert await office.ticks.next_due(office.now) == NOW + MINUTE
    office.now = NOW + MINUTE
    others = [Ticks(office.store, office.clock) for _ in range(2)]  # the process began anew, and another beside it
    async with office.open():
        await asyncio.gather(*(each.run_due() for each in others))
        await office.delivery.drain()
        (told,) = await texts(office, maria)
        assert told.startswith("Mensaje de Alcaldía de Puerto Sereno\n")
        assert told.endswith("\n\nLleven agua")
        assert await texts(office, rosa) == []
        office.now += announcements.REPORTED_AFTER
        await office.ticks.run_due()
        await office.delivery.drain()
    (report,) = await texts(office, rosa)
    assert "Le llegó a 1 persona." in report


async def test_undone_at_its_second_it_is_told_or_it_is_not(office: Office) -> None:
    meeting_id, maria, rosa = await _organised(office)
    number = office.store.write(_announced, office, meeting_id, rosa)
    office.now = NOW + MINUTE

    def undo(session: Session) -> str:
        who = Actor(_of(session, rosa), "chat")
        return announcements.undo(session, number, actor=who, now=office.now).state

    async with office.open():
        state, _done = await asyncio.gather(office.store.transaction(undo), office.ticks.run_due())
        await office.delivery.drain()
    assert state == office.store.read(lambda s: s.get_one(Announcement, number).state)
    assert (state, len(await texts(office, maria))) in {("undone", 0), ("sent", 1)}


async def test_alerts_of_a_night_are_one_message_in_the_morning(office: Office) -> None:
    meeting_id, _maria, rosa = await _organised(office)

    def some(session: Session) -> None:
        one, two = session.get_one(Meeting, meeting_id), meeting(session, code="vias", title="Vías")
        for each in (one, two):
            alerts.alert(session, each, "few", now=office.now, people=3, capacity=60)

    office.now = NOW + timedelta(hours=12)  # 22:00
    office.store.write(some)
    async with office.open():
        await office.delivery.drain()
        assert await texts(office, rosa) == []
        office.now = NOW + timedelta(hours=22)
        await office.delivery.drain()
    (message,) = await office.heard(rosa)
    assert message["text"].startswith("Sus encuentros necesitan algo de usted")
    assert message["text"].count("se han inscrito 3 personas para 60 puestos") == 2
    assert "No más avisos de estos encuentros" in labels(message)


async def test_the_clock_looks_for_people_who_are_cut_off(office: Office) -> None:
    meeting_id, maria, rosa = await _organised(office)
    for _ in range(5):
        join(office, meeting_id, await office.person())
    await office.ticks.run_due()
    blocked = update(Person).where(Person.telegram_id.not_in((maria, rosa))).values(unreachable_since=NOW)
    office.store.write(lambda s: s.execute(blocked))
    async with office.open():
        await office.ticks.run_due()
        await office.delivery.drain()
        assert await texts(office, rosa) == []  # it looked just now
        office.now += TROUBLE_EVERY
        await office.ticks.run_due()
        await office.delivery.drain()
    (said,) = await texts(office, rosa)
    assert "Mis mensajes no les llegan a 5 personas de las 6 inscritas" in said
