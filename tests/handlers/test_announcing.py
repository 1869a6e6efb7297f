"""An organiser writes to a part of the people: chosen, shown as it will be read, counted, undone, told once."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from civic import agenda, alerts, announcements, due, parties
from civic.audit import Actor
from civic.registration import register
from civic.schema import Announcement, Meeting, Outbox, Person, Registration, Staff, Workshop
from messages import catalogue
from messages.kind import Who
from messages.message import Message
from tests import factories
from tests.factories import NOW
from tests.handlers.conftest import Talking, buttons
from tests.handlers.test_organiser import LINKS, news, organiser
from tests.simulator_process import Json, labels

MINUTE = timedelta(minutes=1)
AGUA = "1. Agua para todas las veredas"


def held(talking: Talking, *, people: int = 3, **columns: Any) -> int:
    def make(session: Session) -> int:
        meeting = factories.meeting(session, **columns)
        for _ in range(people):
            who = factories.person(session)
            register(session, meeting.id, who.id, name="María", actor=Actor(who.id, "chat"), now=NOW)
        return meeting.id

    return talking.store.write(make)


def tick(talking: Talking) -> None:
    for agenda_id in talking.store.read(agenda.due, talking.now):
        talking.store.write(due.run, agenda_id, now=talking.now)


async def choosing(talking: Talking, rosa: int) -> list[Json]:
    await talking.say(rosa, "/organizar")
    await talking.tap(rosa, AGUA)
    return await talking.tap(rosa, "Escribirle a la gente")


async def shown(talking: Talking, rosa: int, text: str, to: str = "Todas las personas (3)") -> list[Json]:
    await choosing(talking, rosa)
    await talking.tap(rosa, to)
    return await talking.say(rosa, text)


def state(talking: Talking) -> list[str]:
    return talking.store.read(lambda s: list(s.scalars(select(Announcement.state).order_by(Announcement.id))))


async def test_to_everybody_shown_waited_told_and_reported(talking: Talking) -> None:
    held(talking)
    rosa = await organiser(talking)
    (whom,) = await choosing(talking, rosa)
    assert "¿A quiénes?" in whom["text"]
    assert labels(whom) == ["Todas las personas (3)", "Sin confirmar (3)", "Los números del encuentro"]
    (asked,) = await talking.tap(rosa, "Todas las personas (3)")
    assert "Escriba el mensaje para todas las personas" in asked["text"]
    words = "¿Van a venir en bus?  Sale a las 7 de <la plaza> & vuelve a la 1\n\n\n\nhttps://example.org/ruta"
    as_read, preview = await talking.say(rosa, words)
    assert as_read["text"] == (
        "Mensaje de Alcaldía de Puerto Sereno\nSobre «Agua para todas las veredas», sábado 21 de noviembre.\n\n"
        "¿Van a venir en bus? Sale a las 7 de <la plaza> & vuelve a la 1\n\nhttps://example.org/ruta"
    )
    assert "Va para todas las personas. \nPor" not in preview["text"]
    assert "Por ahora les llega a 3 personas" in preview["text"]
    (waits,) = await talking.tap(rosa, "Sí, enviarlo a 3 personas")
    assert "Sale a las 10:01" in waits["text"]
    assert labels(waits)[0] == "Deshacer"
    tick(talking)
    assert news(talking, "announcement") == []
    talking.now += MINUTE
    tick(talking)
    told = news(talking, "announcement")
    assert len(told) == 3
    assert "vuelve a la 1" in told[0][1]
    assert "&lt;la plaza&gt; &amp;" in told[0][1]
    kept = select(Outbox.params).where(Outbox.kind == "announcement")
    rows = talking.store.read(lambda s: s.scalars(kept).all())
    assert {tuple(sorted(each or ())) for each in rows} == {("announcement", "meeting")}
    talking.store.write(_settle, "sent", 2)
    talking.store.write(_settle, "dead", 1)
    talking.now += announcements.REPORTED_AFTER
    tick(talking)
    ((_author, report),) = news(talking, "org_say")
    assert "Les llegó a 2 personas.\nA 1 persona no le pudo llegar." in report


def _settle(session: Session, to: str, number: int) -> None:
    rows = session.scalars(select(Outbox).where(Outbox.kind == "announcement", Outbox.state == "pending")).all()
    for row in rows[:number]:
        row.state, row.settled_at = to, NOW


@pytest.mark.parametrize(
    ("language", "said", "going", "gone"),
    [
        ("es", ("escribir", "a todos", "sí, envíelo", "fue un error"), "Sale a las 10:01", "nadie recibió nada"),
        (
            "en",
            ("write", "to those who have not confirmed", "yes", "it was a mistake"),
            "It goes out at 10:01",
            "nobody was told anything",
        ),
    ],
)
async def test_all_of_it_in_words(
    talking: Talking, language: str, said: tuple[str, ...], going: str, gone: str
) -> None:
    held(talking)

    def bring(session: Session) -> None:
        own = session.scalars(select(Registration).order_by(Registration.id)).first()
        assert own
        assert own.person_id
        actor = Actor(own.person_id, "chat")
        parties.bring(session, own.id, 2, person_id=own.person_id, actor=actor, now=NOW)

    talking.store.write(bring)
    rosa = await organiser(talking, language=language)
    await talking.say(rosa, "/organizar")
    await talking.say(rosa, "agua")
    write, whom, yes, mistake = said
    for words in (write, whom, "No se puede entrar por la puerta principal: ¡entren por la de atrás!"):
        await talking.say(rosa, words)
    (waits,) = await talking.say(rosa, yes)
    assert going in waits["text"]
    hear = {
        "es": "2 acompañantes se enteran por quien los trae.",
        "en": "2 companions hear it from whoever brings them.",
    }
    assert waits["text"].splitlines()[-1] == hear[language]
    (undone,) = await talking.say(rosa, mistake)
    assert gone in undone["text"]


async def test_undone_nobody_is_told_and_old_buttons_say_how_it_stands(talking: Talking) -> None:
    held(talking)
    rosa = await organiser(talking)
    _read, preview = await shown(talking, rosa, "Lleven agua")
    (waits,) = await talking.say(rosa, "1")
    (again,) = await talking.tap(rosa, "Sí, enviarlo a 3 personas", preview["message_id"])
    assert "Sale a las 10:01" in again["text"]
    (undone,) = await talking.tap(rosa, "Deshacer", waits["message_id"])
    assert "No salió: nadie recibió nada" in undone["text"]
    talking.now += MINUTE
    tick(talking)
    assert news(talking, "announcement") == []
    (late,) = await talking.tap(rosa, "Sí, enviarlo a 3 personas", preview["message_id"])
    assert "No salió" in late["text"]
    assert state(talking) == ["undone"]
    _read, preview = await shown(talking, rosa, "Lleven agua")
    (waits,) = await talking.tap(rosa, "Sí, enviarlo a 3 personas")
    talking.now += MINUTE
    tick(talking)
    (late,) = await talking.tap(rosa, "Deshacer", waits["message_id"])
    assert "Todavía está saliendo" in late["text"]
    assert len(news(talking, "announcement")) == 3


async def test_what_changed_since_it_was_shown_is_shown_anew(talking: Talking) -> None:
    meeting_id = held(talking)
    rosa = await organiser(talking)
    _read, first = await shown(talking, rosa, "Lleven agua")
    await talking.tap(rosa, "Escribirlo de otra manera")
    _read, preview = await talking.say(rosa, "Lleven agua y sombrero")
    stale, as_read, _preview = await talking.tap(rosa, "Sí, enviarlo a 3 personas", first["message_id"])
    assert "Algo cambió desde que lo vio" in stale["text"]
    assert "Lleven agua y sombrero" in as_read["text"]
    talking.store.write(lambda s: s.execute(update(Meeting).values(version=2)))
    assert "Algo cambió" in (await talking.tap(rosa, "Sí, enviarlo a 3 personas", preview["message_id"]))[0]["text"]
    assert state(talking) == ["proposed"]
    await talking.tap(rosa, "A otras personas")
    _read, other = await talking.tap(rosa, "Sin confirmar (3)")
    assert "Va para quienes no han confirmado" in other["text"]
    (gone,) = await talking.tap(rosa, "No enviar nada")
    assert "lo que escribió se borró" in gone["text"]
    assert state(talking) == []
    assert meeting_id


async def test_three_a_day_and_at_night_it_waits_for_the_morning(talking: Talking) -> None:
    held(talking)
    rosa = await organiser(talking)
    talking.now = NOW + timedelta(hours=12)  # 22:00
    _read, preview = await shown(talking, rosa, "Lleven linterna")
    assert "sale el lunes 2 de noviembre, 8:00" in preview["text"]
    assert "ya habrá empezado" not in preview["text"]
    talking.store.write(lambda s: s.execute(update(Meeting).values(starts_at=NOW + timedelta(hours=21.5))))
    _read, preview = await shown(talking, rosa, "Lleven linterna")
    assert "A esa hora el encuentro ya habrá empezado" in preview["text"]
    talking.store.write(lambda s: s.execute(update(Meeting).values(starts_at=NOW + timedelta(days=20))))
    for words in ("Hola a todos", "muchas gracias", "mis encuentros"):  # all of it is what people are told
        await shown(talking, rosa, words)
        await talking.tap(rosa, "Sí, enviarlo a 3 personas")
    (enough,) = await choosing(talking, rosa)
    assert "Ese día ya salen 3 mensajes de este encuentro" in enough["text"]
    assert "Todas las personas (3)" not in labels(enough)
    assert len([each for each in labels(enough) if each.startswith("Deshacer «")]) == 3
    (undone,) = await talking.tap(rosa, "Deshacer «muchas gracias»")
    assert "No salió" in undone["text"]
    assert "Todas las personas (3)" in labels((await choosing(talking, rosa))[0])
    talking.now = NOW + timedelta(hours=22)
    tick(talking)
    assert len(news(talking, "announcement")) == 6


async def test_only_who_organises_at_that_moment_and_only_in_words_that_fit(talking: Talking) -> None:
    held(talking)
    rosa = await organiser(talking)
    too_long, asked = await shown(talking, rosa, "a" * 601)
    assert "600" in too_long["text"]
    assert "Escriba el mensaje" in asked["text"]
    _read, preview = await talking.say(rosa, "a" * 600)
    luis = await organiser(talking)
    await choosing(talking, luis)
    await talking.tap(rosa, "Sí, enviarlo a 3 personas", preview["message_id"])
    (seen,) = await choosing(talking, luis)
    assert any(each.startswith("Deshacer «aaa") for each in labels(seen))
    talking.store.write(
        lambda s: s.execute(
            update(Staff)
            .where(Staff.person_id == s.scalar(select(Person.id).where(Person.telegram_id == rosa)))
            .values(revoked_at=NOW)
        )
    )
    talking.now += MINUTE
    tick(talking)
    assert news(talking, "announcement") == []
    ((_rosa, told),) = news(talking, "org_say")
    assert "usted ya no organiza ese encuentro" in told


async def test_one_workshop_after_the_meeting(talking: Talking) -> None:
    meeting_id = held(talking)

    def seat(session: Session) -> None:
        room = session.scalars(select(Workshop).where(Workshop.meeting_id == meeting_id)).first()
        row = session.scalars(select(Registration)).first()
        assert room
        assert row
        row.workshop_id, row.badge, row.state = room.id, 1, "attended"
        room.topic = "Tarifas"

    talking.store.write(seat)
    rosa = await organiser(talking)
    talking.now = NOW + timedelta(days=22)
    (whom,) = await choosing(talking, rosa)
    assert labels(whom)[:2] == ["Todas las personas (3)", "Taller 1 (1): Tarifas"]
    await talking.tap(rosa, "Taller 1 (1): Tarifas")
    _read, preview = await talking.say(rosa, "Gracias por venir")
    assert "Va para el taller 1" in preview["text"]
    assert buttons([preview])[0] == "Sí, enviarlo a 1 persona"


async def test_alerts_are_muted_with_a_tap_and_heard_again(talking: Talking) -> None:
    meeting_id = held(talking)
    rosa = await organiser(talking)

    def few(session: Session) -> int:
        meeting = session.get_one(Meeting, meeting_id)
        return alerts.alert(session, meeting, "few", now=NOW, key=str(talking.now), people=3, capacity=60)

    def said_of_it(session: Session) -> list[Sequence[Message]]:
        rows = session.scalars(select(Outbox).where(Outbox.kind == "alert")).all()
        look = partial(catalogue.render, session, now=talking.now, links=LINKS)
        return [look(Who(row.person_id, "es"), row.kind, row.params) for row in rows]

    assert talking.store.write(few) == 1
    ((_who, said),) = news(talking, "alert")
    assert "se han inscrito 3 personas para 60 puestos" in said
    await talking.say(rosa, "/organizar")
    (desk,) = await talking.tap(rosa, AGUA)
    assert "Volver a recibir sus avisos" not in labels(desk)
    talking.store.write(lambda s: alerts.mute(s, meeting_id, muted=True, actor=Actor(_id(s, rosa), "chat"), now=NOW))
    assert talking.store.read(said_of_it) == [()]
    await talking.say(rosa, "/organizar")
    (desk,) = await talking.tap(rosa, AGUA)
    assert "Volver a recibir sus avisos" in labels(desk)
    (heard,) = await talking.tap(rosa, "Volver a recibir sus avisos")
    assert "Desde ahora le vuelvo a avisar" in heard["text"]
    (muted,) = await talking.tap(rosa, "No más avisos de este encuentro")
    assert "No más avisos de «Agua para todas las veredas»" in muted["text"]
    talking.now += MINUTE
    assert talking.store.write(few) == 0
    await talking.tap(rosa, "Volver a recibir sus avisos")
    assert talking.store.write(few) == 1

    other = talking.store.write(lambda s: factories.meeting(s, code="vias", title="Vías").id)
    last = talking.updates[-1]
    assert last.callback_query
    both = last.callback_query.model_copy(update={"data": f"oqm:{other}:{meeting_id}"})  # of alerts of several
    await talking.feed(last.model_copy(update={"update_id": last.update_id + 9000, "callback_query": both}))
    (muted,) = await talking.answered(rosa)
    assert "No más avisos de «Agua para todas las veredas», «Vías»." in muted["text"]
    assert labels(muted)[0] == "Volver a recibir esos avisos"
    talking.now += MINUTE
    assert talking.store.write(few) == 0


def _id(session: Session, telegram_id: int) -> int:
    return session.scalars(select(Person.id).where(Person.telegram_id == telegram_id)).one()
