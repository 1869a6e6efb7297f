"""A day's message: who and what it is about, the nearest first, all that fits, and the reports that come with it."""

import re
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from civic import files, registration, workshops
from civic.audit import BY_COMMAND
from civic.schema import Meeting, Person
from civic.store import Store
from messages import catalogue
from messages.kind import Who
from messages.voice import Links
from tests import factories
from tests.factories import NOW

LINKS = Links("https://t.me/convoca", None)


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


def test_a_report_comes_with_the_first_reminder_of_its_meeting_once_to_a_phone(store: Store) -> None:
    def make(session: Session) -> list[dict[str, Any]]:
        report: dict[str, Any] = {
            "report_name": "informe.pdf",
            "report_sha256": files.keep(session, b"%PDF-1.7", "application/pdf"),
        }
        far = factories.meeting(session, code="vias", title="Vías & más", starts_in=timedelta(days=9), **report)
        near = factories.meeting(session, starts_in=timedelta(days=3), **report)
        ana = factories.person(session, "Ana")
        rosa = factories.person(session, "Rosa", chat_id=ana.chat_id)
        rosa.telegram_id = None
        come = [(far, ana), (near, ana), (near, rosa)]
        for each, who in come:
            registration.register(session, each.id, who.id, name=who.name or "", actor=BY_COMMAND, now=NOW)
        return [_part(who, each, "3d") for each, who in come]

    parts = store.write(make)
    who = Who(parts[0]["person"], "es")
    other, message = store.read(catalogue.render, who, "day", {"parts": parts}, now=NOW, links=LINKS)
    assert [each.document.name for each in (other, message) if each.document] == ["informe.pdf"] * 2
    assert other.text == "El informe para leer antes del encuentro «Vías &amp; más»."
    assert message.text.endswith("Lea antes el informe: de eso vamos a conversar.")
    (family,) = store.read(catalogue.render, who, "day", {"parts": parts[1:]}, now=NOW, links=LINKS)
    assert family.document


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
    store.write(lambda session: setattr(session.get_one(Person, parts[1]["person"]), "telegram_id", 99))
    (message,) = store.read(catalogue.render, who, "day", {"parts": parts}, now=NOW, links=LINKS)
    assert "Rosa" not in message.text  # she has a phone of her own now


def _part(who: Person, meeting: Meeting, what: str) -> dict[str, Any]:
    params: dict[str, Any] = {"meeting": meeting.id, "what": what}
    own = params if who.telegram_id else {**params, "for": who.id}
    return {"person": who.id, "kind": "reminder", "params": own}
