"""A meeting moves: before and now side by side, whether she can still come, and what BAJA leaves to hear."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import convening, delivery, meetings, people, versions
from civic.audit import BY_COMMAND
from civic.delivery import Asked, News, Outcome
from civic.schema import Meeting, Person, Registration
from messages import catalogue
from messages.kind import Who
from messages.telegram import pin, send
from messages.voice import Links
from tests import factories
from tests.factories import NOW
from tests.handlers.conftest import Talking, buttons, only, open_meeting, texts
from tests.simulator_process import Json

ACCEPT = "Soy mayor de edad y acepto"
LINKS = Links("https://t.me/convoca_bot", "https://convoca.example.org")


async def _signed_up(talking: Talking, name: str = "María") -> int:
    chat = await talking.person(name)
    await talking.say(chat, "/start m_agua")
    await talking.say(chat, "quiero ir")
    await talking.tap(chat, ACCEPT)
    return chat


def _move(session: Session, *, now: datetime = NOW, **columns: Any) -> None:
    meeting = meetings.lock(session, meetings.by_code(session, "agua").id)
    for column, value in columns.items():
        setattr(meeting, column, value)
    versions.move(session, meeting, now=now)


async def _delivered(talking: Talking, chat: int) -> list[Json]:
    """Say what the outbox holds, as delivery does."""
    parcels = talking.store.write(
        delivery.claim, holder="one", now=talking.now, true_now=talking.now, zone="America/Bogota"
    )
    for parcel in parcels:
        for row in parcel.rows:
            outcome = Outcome((row.id,), "dropped")
            if talking.store.read(delivery.still, [row.id], holder="one", now=talking.now):
                who = Who(row.person_id, row.language)
                for message in talking.store.read(
                    catalogue.render, who, row.kind, row.params, now=talking.now, links=LINKS
                ):
                    sent = await send(talking.bot, parcel.chat_id, message)
                    if message.pin and sent:
                        await pin(talking.bot, parcel.chat_id, sent)
                asked = Asked(parcel.chat_id, row.kind, row.params)
                outcome = Outcome((row.id,), "sent", asked=asked, news=News.of(row))
            talking.store.write(
                delivery.settle,
                [outcome],
                holder="one",
                bot_id=talking.bot.id,
                now=talking.now,
                true_now=talking.now,
            )
    return await talking.answered(chat)


def _later(session: Session) -> None:
    meeting = meetings.by_code(session, "agua")
    _move(
        session,
        starts_at=meeting.starts_at + timedelta(days=2),
        ends_at=meeting.ends_at + timedelta(days=2),
        venue={"name": "Coliseo", "address": "Carrera 7 # 1-20"},
    )


def _own(session: Session) -> Registration:
    return session.scalars(select(Registration).order_by(Registration.id)).first() or Registration()


def _tell(session: Session) -> str:
    return session.scalars(select(Person.tell)).one()


async def test_what_changed_stands_side_by_side_and_she_says_that_she_can_come(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    talking.store.write(_later)
    told = await _delivered(talking, maria)
    text = only(texts(told))
    assert "Antes: sábado 21 de noviembre\nAhora: lunes 23 de noviembre" in text
    assert "Antes: Casa de la Cultura, Calle 5 # 4-12, frente al parque\nAhora: Coliseo, Carrera 7 # 1-20" in text
    assert "La hora" not in text
    assert "¿Todavía puede ir?" in text
    assert buttons(told)[:3] == ["Sí puedo ir", "No puedo ir", "A mi calendario"]
    assert told[0]["pinned"]
    assert "lunes 23 de noviembre" in only(texts(await talking.say(maria, "sí puedo ir")))
    assert talking.store.read(_own).confirmed_version == 2
    assert await _delivered(talking, maria) == []


async def test_who_cannot_come_leaves_from_the_same_message(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    talking.store.write(_later)
    await _delivered(talking, maria)
    await talking.tap(maria, "No puedo ir")
    assert talking.store.read(_own).state == "cancelled"


async def test_words_in_between_do_not_take_the_question_away(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    talking.store.write(_later)
    await _delivered(talking, maria)
    await talking.say(maria, "y eso por qué")
    await talking.say(maria, "sí puedo ir")
    assert talking.store.read(_own).confirmed_version == 2


async def test_yes_to_a_date_that_has_moved_on_is_asked_again(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    talking.store.write(_later)
    (first,) = await _delivered(talking, maria)
    talking.store.write(lambda s: _move(s, venue={"name": "Escuela", "address": "Calle 1"}))
    said = await talking.tap(maria, "Sí puedo ir", first["message_id"])
    assert "Antes: Coliseo, Carrera 7 # 1-20\nAhora: Escuela, Calle 1" in only(texts(said))
    assert talking.store.read(_own).confirmed_version is None
    assert await _delivered(talking, maria) == []  # she knows it by now
    await talking.tap(maria, "Sí puedo ir", said[0]["message_id"])
    assert talking.store.read(_own).confirmed_version == 3


async def test_who_waits_is_asked_too_and_keeps_her_number(talking: Talking) -> None:
    talking.store.write(lambda session: factories.meeting(session, capacity=1))
    await _signed_up(talking)
    beto = await _signed_up(talking, "Beto")
    talking.store.write(_later)
    told = await _delivered(talking, beto)
    assert "Conserva su número en la lista de espera. ¿Todavía puede ir si se libera un puesto?" in only(texts(told))
    assert buttons(told)[:2] == ["Sí puedo ir", "Salir de la lista"]
    assert "usted es el número 1 en la lista de espera" in only(texts(await talking.tap(beto, "Sí puedo ir")))


async def test_baja_offers_changes_alone_and_says_what_she_hears(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    hushed = await talking.say(maria, "BAJA")
    assert "tampoco si un encuentro cambia o se cancela" in only(texts(hushed))
    assert buttons(hushed) == [
        "Avisarme solo si cambia",
        "Dejar mi puesto",
        "Volver a recibir avisos",
        "Mis encuentros",
    ]
    changes = await talking.say(maria, "avisarme solo si cambia")
    assert "solo si un encuentro suyo cambia o se cancela" in only(texts(changes))
    assert talking.store.read(_tell) == "changes"
    talking.store.write(_later)
    assert "Atención: este encuentro cambió" in only(texts(await _delivered(talking, maria)))


async def test_other_words_change_nothing_and_a_tap_or_alta_brings_all_back(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    for back in ("ALTA", "Volver a recibir avisos"):
        await talking.say(maria, "BAJA")
        for words in ("hola", "gracias", "¿a qué hora es?"):
            assert await talking.say(maria, words)
        assert talking.store.read(_tell) == "nothing"
        help_ = await talking.say(maria, "/ayuda")
        assert "Ahora no le envío nada por mi cuenta" in only(texts(help_))
        assert buttons(help_)[0] == "Volver a recibir avisos"
        await talking.say(maria, back)
        assert talking.store.read(_tell) == "all"
    assert "Volver a recibir avisos" not in buttons(await talking.say(maria, "/ayuda"))


async def test_who_comes_back_hears_what_moved_meanwhile(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    await talking.say(maria, "BAJA")
    talking.store.write(_later)
    assert await _delivered(talking, maria) == []
    said = texts(await talking.say(maria, "ALTA"))
    assert len(said) == 2
    assert "Ahora: lunes 23 de noviembre" in said[1]
    assert len(await talking.say(maria, "ALTA")) == 1


async def test_who_comes_back_hears_what_was_cancelled_meanwhile(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    await talking.say(maria, "BAJA")
    talking.store.write(convening.cancel, "agua", because="Llueve", actor=BY_COMMAND, now=NOW)
    said = texts(await talking.tap(maria, "Avisarme solo si cambia"))
    assert ["Llueve" in text for text in said] == [False, True]
    assert ["Llueve" in text for text in texts(await talking.say(maria, "ALTA"))] == [False]


async def test_leaving_after_baja_asks_which_place(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    await talking.say(maria, "BAJA")
    asked = await talking.tap(maria, "Dejar mi puesto")
    assert "¿Libero este puesto?" in only(texts(asked))
    assert buttons(asked) == ["Sí, dejarlo", "No, lo conservo"]
    await talking.say(maria, "no")
    assert talking.store.read(_own).state == "registered"
    await talking.tap(maria, "Dejar mi puesto")
    await talking.say(maria, "sí")
    assert talking.store.read(_own).state == "cancelled"


async def test_of_several_places_the_one_that_is_tapped_is_left(talking: Talking) -> None:
    def two(session: Session) -> None:
        factories.meeting(session)
        factories.meeting(session, code="aire", title="Aire limpio", starts_in=timedelta(days=30))

    talking.store.write(two)
    maria = await _signed_up(talking)
    await talking.say(maria, "/start m_aire")
    await talking.say(maria, "quiero ir")
    await talking.say(maria, "BAJA")
    asked = await talking.tap(maria, "Dejar mi puesto")
    assert buttons(asked) == ["1. Agua para todas las veredas", "2. Aire limpio", "Ninguno, los conservo"]
    await talking.tap(maria, "2. Aire limpio")
    states = talking.store.read(
        lambda s: dict(
            s.execute(
                select(Meeting.code, Registration.state).join(Meeting, Meeting.id == Registration.meeting_id)
            ).all()
        )
    )
    assert states == {"agua": "registered", "aire": "cancelled"}


async def test_a_stranger_has_nothing_to_leave(talking: Talking) -> None:
    talking.store.write(open_meeting)
    stranger = await talking.person("Eva")
    assert "Avisarme solo si cambia" not in buttons(await talking.say(stranger, "BAJA"))
    assert talking.store.read(lambda s: people.by_telegram(s, stranger)) is None
