"""«Para reenviar»: each notice in plain text that stands alone, short, and with nothing of who forwards it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import announcements, versions, workshops
from civic.audit import BY_COMMAND
from civic.outbox import enqueue
from civic.registration import register
from civic.schema import Announcement, Commitment, CommitmentUpdate, Meeting, Offer, Registration
from messages import catalogue
from messages.kind import Who
from messages.telegram import send
from messages.voice import Links
from tests import factories
from tests.civic import test_commitments as made
from tests.factories import NOW
from tests.handlers.conftest import Talking, buttons, texts
from tests.simulator_process import Json

LINKS = Links("https://t.me/convoca_bot", "https://convoca.example.org")
SHORT = 600


async def _signed_up(talking: Talking) -> tuple[int, int]:
    """Sign Marialuz up; give her chat and the meeting."""
    chat = await talking.person("Marialuz")
    await talking.say(chat, "/start m_agua")
    await talking.tap(chat, "Quiero ir")
    await talking.tap(chat, "Soy mayor de edad y acepto")
    return chat, talking.store.read(lambda session: session.scalars(select(Meeting.id)).one())


async def _told(talking: Talking, chat: int, kind: str, params: dict[str, Any]) -> None:
    """Tell her something, as delivery does."""
    person = talking.store.read(lambda session: session.scalars(select(Registration.person_id)).one())
    said = talking.store.read(catalogue.render, Who(person, "es"), kind, params, now=talking.now, links=LINKS)
    assert said
    for message in said:
        await send(talking.bot, chat, message)
    await talking.answered(chat)


async def _forwarded(talking: Talking, chat: int) -> tuple[str, Json]:
    """Tap «Para reenviar»; give the text, which is plain and nobody's, and what says how."""
    text, how = await talking.tap(chat, "Para reenviar")
    code = talking.store.read(lambda session: session.scalars(select(Registration.code)).one()) or "none"
    assert text["buttons"] == []
    assert text.get("entities", []) == [] or {each["type"] for each in text["entities"]} <= {"url", "phone_number"}
    assert len(text["text"]) <= SHORT
    assert [word for word in ("Marialuz", code, "<b>", "&amp;") if word in text["text"]] == []
    assert "601 555 0100 (lunes a viernes de 8 a 17)" in text["text"]
    assert "https://convoca.example.org/" in text["text"]
    return text["text"].replace("\u202f", " "), how


async def test_a_reminder_says_what_when_where_and_the_ways(talking: Talking) -> None:
    talking.store.write(lambda session: factories.meeting(session, title="Agua & luz <para> todos"))
    chat, meeting = await _signed_up(talking)
    await _told(talking, chat, "reminder", {"meeting": meeting, "what": "3d"})
    text, how = await _forwarded(talking, chat)
    assert text.splitlines()[:3] == [
        "Para recordar: Agua & luz <para> todos",
        "sábado 21 de noviembre de 2026, de 10:00 a. m. a 2:00 p. m.",
        "Casa de la Cultura, Calle 5 # 4-12, frente al parque",
    ]
    assert "https://t.me/convoca_bot?start=m_agua" in text
    assert buttons([how]) == ["Enviar por WhatsApp", "Elegir a quién enviarlo", "Volver al encuentro"]
    address = urlsplit(how["buttons"][0][0]["url"])
    (sent,) = parse_qs(address.query)["text"]
    assert (address.hostname, sent.replace("\u202f", " ")) == ("wa.me", text)


async def test_a_move_says_before_and_now_and_once_it_is_off_says_that(talking: Talking) -> None:
    talking.store.write(factories.meeting)
    chat, meeting = await _signed_up(talking)

    def move(session: Session) -> None:
        row = session.get_one(Meeting, meeting)
        row.starts_at += timedelta(days=2)
        row.ends_at += timedelta(days=2)
        versions.move(session, row, now=NOW)

    talking.store.write(move)
    await _told(talking, chat, "moved", {"meeting": meeting})
    text, _ = await _forwarded(talking, chat)
    assert text.splitlines()[:4] == [
        "Atención, cambió: Agua para todas las veredas",
        "Antes: sábado 21 de noviembre de 2026, de 10:00 a. m. a 2:00 p. m.",
        "Ahora: lunes 23 de noviembre de 2026, de 10:00 a. m. a 2:00 p. m.",
        "Casa de la Cultura, Calle 5 # 4-12, frente al parque",
    ]

    def off(session: Session) -> None:
        row = session.get_one(Meeting, meeting)
        row.state, row.cancelled_at, row.cancelled_because = "cancelled", NOW, "Llueve mucho"

    talking.store.write(off)
    old, _ = await _forwarded(talking, chat)  # the button of the move, tapped late
    await _told(talking, chat, "cancelled", {"meeting": meeting})
    text, _ = await _forwarded(talking, chat)
    assert text == old
    assert text.startswith("Se canceló: Agua para todas las veredas\n")
    assert "Llueve mucho" in text
    assert "start=m_agua" not in text  # nobody is invited to it any more


async def test_the_workshops_are_told_to_everybody_and_hers_to_nobody(talking: Talking) -> None:
    rooms = [{"capacity": 30, "topic": "Tarifas", "room": "Salón 1"}, {"capacity": 30, "topic": "Redes"}]
    talking.store.write(lambda session: factories.meeting(session, workshops=rooms))
    chat, meeting = await _signed_up(talking)
    talking.store.write(lambda session: workshops.seat_everyone(session, meeting, now=NOW))
    await _told(talking, chat, "seated", {"meeting": meeting})
    text, _ = await _forwarded(talking, chat)
    assert "Taller 1, Tarifas, Salón 1\nTaller 2, Redes\nPara apartar" in text
    assert "Cada persona sabe su taller" in text


async def test_a_commitment_is_forwarded_with_its_page(talking: Talking) -> None:
    talking.store.write(factories.meeting)
    chat, _ = await _signed_up(talking)
    talking.store.write(made.take_in)
    talking.store.write(made.publish)
    update = talking.store.read(lambda session: session.scalars(select(CommitmentUpdate.id)).one())
    slug = talking.store.read(lambda session: session.scalars(select(Commitment.slug)).one())
    await _told(talking, chat, "published", {"update": update})
    text, how = await _forwarded(talking, chat)
    assert text.startswith("Un compromiso: ")
    assert f"https://convoca.example.org/commitments/agua/{slug}" in text
    assert "?start=fc_" in text
    assert buttons([how])[-1] == "Verlo completo"
    await talking.tap(chat, "Verlo completo")
    assert (await _forwarded(talking, chat))[0] == text


async def test_a_long_one_is_still_short(talking: Talking) -> None:
    rooms = [{"capacity": 5, "topic": "Redes " * 30, "room": f"Salón {number}"} for number in range(12)]
    talking.store.write(lambda session: factories.meeting(session, title="Agua " * 9, workshops=rooms))
    chat, meeting = await _signed_up(talking)
    await _told(talking, chat, "reminder", {"meeting": meeting, "what": "3d"})
    await _forwarded(talking, chat)
    talking.store.write(lambda session: workshops.seat_everyone(session, meeting, now=NOW))
    await _told(talking, chat, "seated", {"meeting": meeting})
    text, _ = await _forwarded(talking, chat)
    assert "Taller 1, " in text
    assert "Taller 9, " not in text


async def test_the_reminders_of_a_day_are_forwarded_a_text_each(talking: Talking) -> None:
    talking.store.write(factories.meeting)
    chat, agua = await _signed_up(talking)

    def another(session: Session) -> int:
        vias = factories.meeting(session, code="vias", title="Vías", starts_in=timedelta(days=21))
        own = session.scalars(select(Registration)).one()
        assert own.person_id is not None
        register(session, vias.id, own.person_id, name="Marialuz", actor=BY_COMMAND, now=NOW)
        return vias.id

    meetings = [agua, talking.store.write(another)]
    person = talking.store.read(lambda session: session.scalars(select(Registration.person_id)).first())
    reminders = [{"meeting": each, "what": "3d"} for each in meetings]
    parts = [{"person": person, "kind": "reminder", "params": each} for each in reminders]
    for message in talking.store.read(
        catalogue.render, Who(person, "es"), "day", {"parts": parts}, now=talking.now, links=LINKS
    ):
        await send(talking.bot, chat, message)
    await talking.answered(chat)
    first, second, how = await talking.tap(chat, "Para reenviar")
    assert first["text"].startswith("Para recordar: Agua para todas las veredas")
    assert second["text"].startswith("Para recordar: Vías")
    assert (buttons([how]), first["buttons"]) == (["Enviar por WhatsApp", "Mis encuentros"], [])


async def test_what_else_everybody_hears_is_forwarded_too(talking: Talking) -> None:
    talking.store.write(factories.meeting)
    chat, meeting = await _signed_up(talking)

    def offered(session: Session) -> int:
        own = session.scalars(select(Registration)).one()
        own.state, own.queue_number = "offered", 1
        ends = NOW + timedelta(hours=5)
        offer = Offer(meeting_id=meeting, party_id=own.party_id, places=1, made_at=NOW, expires_at=ends, state="open")
        session.add(offer)
        session.flush()
        return offer.id

    await _told(talking, chat, "offer", {"offer": talking.store.write(offered)})
    text, _ = await _forwarded(talking, chat)
    assert text.startswith("Agua para todas las veredas\nsábado 21")  # nothing of her offer
    assert "se liberó" not in text
    await talking.tap(chat, "Lo tomo")
    await _told(talking, chat, "results", {"meeting": meeting, "came": 80, "counted": True, "answered": 55})
    text, _ = await _forwarded(talking, chat)
    assert "Fuimos 80 personas. 55 respondieron" in text

    def announce(session: Session) -> int:
        row = Announcement(
            meeting_id=meeting, audience="all", text="Lleven <b>agua</b> & pan", state="sent", made_at=NOW, sends_at=NOW
        )
        session.add(row)
        session.flush()
        own = session.scalars(select(Registration)).one()
        assert own.person_id is not None
        enqueue(
            session,
            own.person_id,
            cause=f"n{row.id}",
            kind=announcements.KIND,
            due_at=NOW,
            params={"announcement": row.id},
        )
        return row.id

    await _told(talking, chat, announcements.KIND, {"announcement": talking.store.write(announce)})
    await talking.telegram.tap(chat, "Para reenviar")
    text, _ = texts(await talking.answered(chat))
    assert "Lleven <b>agua</b> & pan" in text
    assert "601 555 0100" in text

    def two(session: Session) -> list[int]:
        made.take_in(session, made.DRAFT, replace(made.DRAFT, slug="tanque", text="Pintar el tanque"))
        made.publish(session)
        return list(session.scalars(select(CommitmentUpdate.id)))

    await _told(talking, chat, "news", {"updates": talking.store.write(two)})
    first, second, how = await talking.tap(chat, "Para reenviar")
    assert [each["text"].splitlines()[0] for each in (first, second)] == [
        "Un compromiso: Limpiar los pozos",
        "Un compromiso: Pintar el tanque",
    ]
    assert buttons([how])[-1] == "Todos los compromisos"
