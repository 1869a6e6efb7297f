"""Time passes: what is due is done and told, step by step, and a step that fails stops no other."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import agenda, files, offers, registration
from civic.audit import Actor
from civic.schema import Agenda, Meeting, Outbox, Person, Question, Registration
from tests.factories import NOW, meeting
from tests.scheduler.conftest import Office
from tests.simulator_process import labels


async def pass_to(office: Office, moment: timedelta) -> None:
    """Move people's clock to a moment, stopping wherever something is due, as the demo's does."""
    goal = NOW + moment
    while True:
        ahead = await office.ticks.next_due(office.now)
        office.now = min(ahead, goal) if ahead else goal
        while await office.ticks.run_due():
            pass
        await office.delivery.drain()
        if office.now >= goal:
            return


def convene(session: Session, /, **columns: object) -> int:
    made = meeting(session, **columns)  # type: ignore[arg-type]
    session.add(Question(meeting_id=made.id, number=1, slug="heard", kind="scale", text=None, options=[]))
    agenda.schedule(session, made, now=NOW)
    return made.id


def join(office: Office, meeting_id: int, chat: int) -> int:
    def sign_up(session: Session) -> int:
        person_id = session.scalars(select(Person.id).where(Person.telegram_id == chat)).one()
        actor = Actor(person_id, "chat")
        return registration.register(session, meeting_id, person_id, name="María", actor=actor, now=office.now).id

    return office.store.write(sign_up)


async def texts(office: Office, chat: int) -> list[str]:
    return [message["text"] for message in await office.heard(chat)]


async def test_a_whole_meeting_is_told_in_order_and_once(office: Office) -> None:
    meeting_id = office.store.write(convene)
    maria = await office.person()
    join(office, meeting_id, maria)
    async with office.open():
        await pass_to(office, timedelta(days=4, hours=23))
        assert await texts(office, maria) == []
        await pass_to(office, timedelta(days=22))
    said = await texts(office, maria)
    assert len(said) == 6
    assert all("Agua para todas las veredas" in text for text in said)
    assert ["taller" in text.lower() for text in said] == [False, True, True, True, True, False]
    code = office.store.read(lambda session: session.scalars(select(Registration.code)).one())
    assert [str(code) in text for text in said] == [False, False, False, False, True, False]
    assert "¿Pudo ir?" in said[5]
    seated = office.store.read(lambda s: s.scalars(select(Outbox).where(Outbox.kind == "seated")).one())
    reminded = office.store.read(lambda s: list(s.scalars(select(Outbox).where(Outbox.kind == "reminder"))))
    assert seated.message_id in {row.message_id for row in reminded}


async def test_the_first_reminder_brings_the_report_and_each_asks_until_confirmed(office: Office) -> None:
    def with_report(session: Session) -> int:
        sha256 = files.keep(session, b"%PDF-1.4 informe", "application/pdf")
        return convene(session, report_name="informe.pdf", report_sha256=sha256)

    meeting_id = office.store.write(with_report)
    people = [await office.person() for _ in range(2)]
    own = [join(office, meeting_id, each) for each in people]
    async with office.open():
        await pass_to(office, timedelta(days=5))
        (first,) = await office.heard(people[0])
        assert first["document"]["name"] == "informe.pdf"
        assert {"Confirmo", "No puedo ir"} <= set(labels(first))

        def confirm(session: Session) -> None:
            person_id = session.get_one(Registration, own[0]).person_id
            assert person_id
            registration.confirm(session, own[0], person_id=person_id, actor=Actor(person_id, "chat"), now=office.now)

        office.store.write(confirm)
        await pass_to(office, timedelta(days=13))
    confirmed, silent = [(await office.heard(each))[-1] for each in people]
    assert "document" not in confirmed
    assert "Confirmo" not in labels(confirmed)
    assert "No puedo ir" in labels(confirmed)
    assert "Confirmo" in labels(silent)
    assert "su puesto sigue guardado" in silent["text"]
    uploads = [r for r in await office.telegram.requests(method="sendDocument") if r["chat_id"] in people]
    assert sum(isinstance(request["params"]["document"], dict) for request in uploads) <= 2


async def test_who_gave_up_the_place_after_it_was_written_gets_no_reminder(office: Office) -> None:
    meeting_id = office.store.write(convene)
    maria = await office.person()
    own = join(office, meeting_id, maria)
    office.now = NOW + timedelta(days=5)
    await office.ticks.run_due()

    def give_up(session: Session) -> None:
        person_id = session.get_one(Registration, own).person_id
        assert person_id
        registration.cancel(session, own, person_id=person_id, actor=Actor(person_id, "chat"), now=office.now)

    office.store.write(give_up)
    async with office.open():
        await office.delivery.drain()
    assert await texts(office, maria) == []


async def test_a_place_given_up_is_offered_when_its_hold_ends(office: Office) -> None:
    meeting_id = office.store.write(lambda session: convene(session, capacity=1))
    maria, juan = await office.person(), await office.person()
    own = join(office, meeting_id, maria)
    join(office, meeting_id, juan)

    def give_up(session: Session) -> None:
        person_id = session.get_one(Registration, own).person_id
        assert person_id
        registration.cancel(session, own, person_id=person_id, actor=Actor(person_id, "chat"), now=office.now)

    office.store.write(give_up)
    assert await office.ticks.next_due(NOW) == NOW + timedelta(minutes=2)
    async with office.open():
        await pass_to(office, timedelta(minutes=3))
    (offer,) = await texts(office, juan)
    assert "Se liberó un puesto" in offer


async def test_a_step_that_fails_stops_no_other_and_is_kept(office: Office) -> None:
    broken, sound = office.store.write(lambda s: (convene(s, code="rota"), convene(s, code="sana")))
    office.store.write(lambda session: setattr(session.get_one(Meeting, broken), "reminders", ["mañana"]))
    maria = await office.person()
    join(office, sound, maria)
    async with office.open():
        office.now = NOW + timedelta(days=5)
        await office.ticks.run_due()
        await office.delivery.drain()
    assert len(await texts(office, maria)) == 1
    found = select(Agenda).where(Agenda.subject == f"m{broken}", Agenda.what == "15d")
    row = office.store.read(lambda session: session.scalars(found).one())
    assert (row.done_at, row.tries) == (None, 1)
    assert "ValueError" in (row.trouble or "")
    assert await office.ticks.run_due() == 0  # it waits out its back-off


async def test_a_fault_of_the_lists_stops_no_reminder(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise RuntimeError

    meeting_id = office.store.write(lambda session: convene(session, capacity=1))
    maria, juan = await office.person(), await office.person()
    own = join(office, meeting_id, maria)
    join(office, meeting_id, juan)

    def give_up(session: Session) -> None:
        session.get_one(Registration, own).cancelled_at = NOW
        session.get_one(Registration, own).state = "cancelled"

    office.store.write(give_up)
    monkeypatch.setattr(offers, "lapse_due", fail)
    office.now = NOW + timedelta(days=5)
    assert await office.ticks.run_due() == 2  # the step of 15 days, and its day, which has begun
