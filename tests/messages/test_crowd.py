"""«Ya somos 87»: a true number, once it is a crowd, wherever somebody thinks of coming; and the door, last of all."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import registration, workshops
from civic.audit import BY_COMMAND
from civic.schema import Meeting, Party, Person, Registration
from civic.store import Store
from messages import catalogue
from messages.kind import Who
from messages.voice import Links
from tests import factories
from tests.factories import NOW

LINKS = Links("https://t.me/convoca", None)


def coming(store: Store, people: int) -> tuple[int, int]:
    """Let so many have a place, and as many have given theirs up; give one's registration and person."""

    def make(session: Session) -> tuple[int, int]:
        made = factories.meeting(session, capacity=90)
        maria = factories.person(session)
        own = registration.register(session, made.id, maria.id, name="María", actor=BY_COMMAND, now=NOW)
        for number in range(1, people):
            party = Party(meeting_id=made.id, link=f"x{number}", choices=[])
            session.add(party)
            session.flush()
            for state in ("registered", "cancelled"):
                gone = NOW - timedelta(days=1) if state == "cancelled" else None
                session.add(
                    Registration(
                        meeting_id=made.id,
                        party_id=party.id,
                        state=state,
                        registered_at=NOW,
                        cancelled_at=gone,
                        attributes={},
                        answered=[],
                    )
                )
        return own.id, maria.id

    return store.write(make)


@pytest.mark.parametrize(("people", "said"), [(40, False), (41, True)])
def test_how_many_come_is_said_once_it_is_a_crowd(store: Store, people: int, said: bool) -> None:  # noqa: FBT001 - a table's column
    own, maria = coming(store, people)
    meeting = store.read(lambda session: session.scalars(select(Meeting.id)).one())
    for kind, params in (
        ("card", {"code": "agua"}),
        ("place", {"registration": own}),
        ("reminder", {"meeting": meeting, "what": "7d"}),
    ):
        (message,) = store.read(catalogue.render, Who(maria, "es"), kind, params, now=NOW, links=LINKS)
        assert (f"Ya somos {people}." in message.text) is said, kind


def test_the_number_is_not_said_of_what_has_begun(store: Store) -> None:
    own, maria = coming(store, 41)
    later = NOW + timedelta(days=20, hours=1)
    (message,) = store.read(catalogue.render, Who(maria, "es"), "place", {"registration": own}, now=later, links=LINKS)
    assert "Ya somos" not in message.text


@pytest.mark.parametrize("what", ["1d", "2h"])
def test_the_last_reminders_say_where_the_door_is(store: Store, what: str) -> None:
    """A day before, and the last call on that evening, which is told from it by its hour."""
    _, maria = coming(store, 1)
    meeting = store.read(lambda session: session.scalars(select(Meeting.id)).one())
    params = {"meeting": meeting, "what": what}
    now = NOW + timedelta(days=19)
    (message,) = store.read(catalogue.render, Who(maria, "es"), "reminder", params, now=now, links=LINKS)
    text = re.sub(r"\s", " ", message.text)
    assert "Calle 5 # 4-12 (frente al parque)" in text
    assert ("Su código:" in text) is (what == "2h")
    assert ("<b>Es mañana, 10:00 a. m.</b>: último recordatorio." in text) is (what == "2h")


def test_last_calls_of_a_shared_phone_are_one_message_the_nearest_meeting_first(store: Store) -> None:
    def make(session: Session) -> list[dict[str, Any]]:
        far = factories.meeting(session, code="vias", title="Vías", starts_in=timedelta(days=3), workshops=[])
        near = factories.meeting(session, starts_in=timedelta(hours=2), workshops=[])
        ana = factories.person(session, "Ana")
        rosa = factories.person(session, "Rosa", chat_id=ana.chat_id)
        rosa.telegram_id = None
        come = [(far, ana, "3d"), (near, ana, "2h"), (near, rosa, "2h")]
        for each, who, _ in come:
            registration.register(session, each.id, who.id, name=who.name or "", actor=BY_COMMAND, now=NOW)
        return [_part(who, each, what) for each, who, what in come]

    parts = store.write(make)
    who = Who(parts[0]["person"], "es")
    (message,) = store.read(catalogue.render, who, "day", {"parts": parts}, now=NOW, links=LINKS)
    text = re.sub(r"[^\S\n]", " ", message.text)
    first, second, third = text.split("\n\n")[1:]
    assert first.startswith("1. <b>Ana</b>\n<b>Agua para todas las veredas</b>\n<b>Es hoy, 12:00 p. m.</b>: último")
    assert "(frente al parque)\nTeléfono: +57 601 555 0100" in first
    assert second.startswith("2. <b>Para Rosa:</b>\nPuesto guardado.\nSu código: ")
    assert third.startswith("3. <b>Ana</b>\n<b>Vías</b>\nFaltan 3 días.")
    labels = [button.label for row in message.rows for button in row][:3]
    near = "Agua para todas las veredas"
    assert labels == [f"Confirmo 1: Ana, {near}", f"Confirmo 2: Rosa, {near}", "Confirmo 3: Ana, Vías"]


def test_a_day_tells_as_many_places_as_fit_and_never_leaves_out_what_stands_nowhere_else(store: Store) -> None:
    """Three people of a phone come to five meetings, and a question is left out: the farthest places are."""

    def make(session: Session) -> list[dict[str, Any]]:
        factories.entity(session)
        ana = factories.person(session, "Ana")
        family = [ana, *(factories.person(session, name, chat_id=ana.chat_id) for name in ("Rosa", "Juan"))]
        parts = []
        for number in (5, 4, 3, 2, 1):
            made = factories.meeting(
                session, code=f"m-{number}", title=f"Encuentro {number}", starts_in=timedelta(days=number), workshops=[]
            )
            for who in family:
                registration.register(session, made.id, who.id, name=who.name or "", actor=BY_COMMAND, now=NOW)
                parts.append(_part(who, made, "3d"))
        went = registration.active_of(session, ana.id, NOW)[0]
        session.get_one(Meeting, went.meeting_id).attributes = {"zona": ["Norte", "Sur"]}
        return [*parts, {"person": ana.id, "kind": "ask_again", "params": {"meeting": went.meeting_id}}]

    parts = store.write(make)
    who = Who(parts[0]["person"], "es")
    (message,) = store.read(catalogue.render, who, "day", {"parts": parts}, now=NOW, links=LINKS)
    assert [each for each in "12345" if f"<b>Encuentro {each}</b>\nFalta" in message.text] == ["2", "3"]
    assert "1. <b>Ana</b>\n<b>Encuentro 1</b>\nEs mañana." in message.text
    assert "hay preguntas sin respuesta" in message.text
    (left,) = re.findall(r"Y (\d+) más, en «Mis encuentros».$", message.text)
    assert message.text.count("\n\n") - 1 + int(left) == len(parts)
    assert len(message.text) < 640


def test_workshops_of_several_people_of_a_phone_are_one_message(store: Store) -> None:
    def make(session: Session) -> list[dict[str, Any]]:
        made = factories.meeting(session, workshops=[{"capacity": 30, "topic": "Tarifas", "room": "Aula 1"}])
        ana = factories.person(session, "Ana")
        rosa = factories.person(session, "Rosa", chat_id=ana.chat_id)
        rosa.telegram_id = None
        for who in (ana, rosa):
            registration.register(session, made.id, who.id, name=who.name or "", actor=BY_COMMAND, now=NOW)
        workshops.seat_everyone(session, made.id, now=NOW)
        return [{**_part(who, made, ""), "kind": "seated"} for who in (ana, rosa)]

    parts = store.write(make)
    who = Who(parts[0]["person"], "es")
    (message,) = store.read(catalogue.render, who, "day", {"parts": parts}, now=NOW, links=LINKS)
    head, first, second = message.text.split("\n\n")
    assert head == "<b>Ya están listos los talleres.</b>"
    assert first.startswith("1. <b>Ana</b>\n<b>Agua para todas las veredas</b>\nsábado 21 de noviembre")
    assert second == "2. <b>Para Rosa:</b>\n<b>Taller:</b> 1, Tarifas, Aula 1"


def _part(who: Person, meeting: Meeting, what: str) -> dict[str, Any]:
    params: dict[str, Any] = {"meeting": meeting.id, "what": what}
    own = params if who.telegram_id else {**params, "for": who.id}
    return {"person": who.id, "kind": "reminder", "params": own}
