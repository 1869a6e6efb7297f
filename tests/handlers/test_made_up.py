"""Buttons that nobody was given, or that are old: one person's data never shows to another, and nothing breaks."""

import itertools
from datetime import timedelta
from typing import Any

from aiogram.types import Update
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civic.audit import BY_COMMAND
from civic.convening import cancel as call_off
from civic.registration import cancel
from civic.schema import FailedUpdate, Offer, Registration
from tests import factories
from tests.factories import NOW
from tests.handlers.conftest import Talking, only, open_meeting, texts

ACCEPT = "Soy mayor de edad y acepto"
HUGE = "9" * 30
OTHERS = [
    *("place:1", "ticket:1", "ics:1", "leave:1", "back:1", "confirm:1", "change:1", "next:1", "name:1", "topics:1"),
    *("ask:1:0", "keep:1", "rank:1:2.1", "ranked:1", "ranked:1:none", "attr:1:0:0", "attr:1:0:none"),
    *("take:1", "pass:1", "unpass:1", "fb:yes:1", "fb:no:1", "fb:a:1:1:5", "fb:q:1:1", "fb:list:1", "fb:done:1"),
]
NONSENSE = [
    *("go:abc", "go", "go:", "go:-1", "go:1٣", "fb", "fb:", "fb:x:1", "f:x:1", "lang:xx", "", "::::", "x" * 64),
    *("cs:1:-1", "m:", "m:borrador", "go:2", "yes:2", "cs:2", "map:2", "report:2", "pqrsd:2", "f:m:2", "fy:m:2"),
    *(f"{verb}:{HUGE}" for verb in ("go", "place", "take", "c", "cs", "ev", "open", "cm", "pqrsd", "mine", "f:c")),
]
_update_ids = itertools.count(9_000_000)


async def _tap(talking: Talking, chat: int, data: str) -> str:
    """Tap a button that only a made-up client has; give what the bot answers."""
    who = {"id": chat, "is_bot": False, "first_name": "Otra", "language_code": "es"}
    message = {"message_id": 1, "date": 1, "chat": {"id": chat, "type": "private"}, "text": "…"}
    query = {"id": "1", "from": who, "chat_instance": "1", "data": data, "message": message}
    update: dict[str, Any] = {"update_id": next(_update_ids), "callback_query": query}
    await talking.feed(Update.model_validate(update, context={"bot": talking.bot}))
    return "\n".join(texts(await talking.answered(chat)))


async def _stranger(talking: Talking) -> int:
    chat = await talking.person("Nadie")
    await talking.say(chat, "/ayuda")
    return chat


async def _signed_up(talking: Talking, name: str) -> int:
    chat = await talking.person(name)
    await talking.say(chat, "/start m_agua")
    await talking.say(chat, "quiero ir")
    await talking.tap(chat, ACCEPT)
    await talking.tap(chat, "Voy solo(a)")
    return chat


def _rows(session: Session) -> list[tuple[object, ...]]:
    rows = session.scalars(select(Registration).order_by(Registration.id))
    offers = session.scalars(select(Offer.state).order_by(Offer.id))
    return [*((r.state, r.name, r.answered, r.attributes, r.confirmed_version) for r in rows), tuple(offers)]


def _secrets(session: Session) -> list[str]:
    return [row.code or "" for row in session.scalars(select(Registration))] + ["Mariana"]


async def test_another_persons_buttons_show_and_change_nothing(talking: Talking) -> None:
    talking.store.write(open_meeting)
    await _signed_up(talking, "Mariana")
    strangers = [await _stranger(talking), await _signed_up(talking, "Otra")]
    before = talking.store.read(_rows)
    hidden = [*talking.store.read(_secrets)]
    own = talking.store.read(lambda session: session.get_one(Registration, 2).code)
    for stranger in strangers:
        for data in OTHERS:
            said = await _tap(talking, stranger, data)
            assert said, data
            assert [each for each in hidden if each in said and each != own] == [], data
    assert talking.store.read(_rows) == before


async def test_nonsense_is_answered_and_fails_nothing(talking: Talking) -> None:
    talking.store.write(open_meeting)
    talking.store.write(lambda session: factories.meeting(session, code="borrador", state="draft", title="Secreto"))
    for chat in (await _stranger(talking), await _signed_up(talking, "María")):
        for data in NONSENSE:
            said = await _tap(talking, chat, data)
            assert said, data
            assert "Secreto" not in said, data
    assert talking.store.read(lambda session: session.scalar(select(func.count()).select_from(FailedUpdate))) == 0


async def test_questions_of_a_place_given_up_show_how_it_stands(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking, "María")
    talking.store.write(lambda session: cancel(session, 1, person_id=1, actor=BY_COMMAND, now=NOW))
    talking.now += timedelta(hours=1)
    assert "no tiene puesto en «Agua para todas las veredas»" in await _tap(talking, maria, "next:1")


async def test_a_language_asked_for_in_the_middle_of_a_question_keeps_the_question(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking, "María")
    await talking.say(maria, "/idioma")
    await talking.say(maria, "/idioma")
    chosen, asked = texts(await talking.tap(maria, "English"))
    assert "in English" in chosen
    assert "What would you like to be called?" in asked
    await talking.say(maria, "Mary Ann")
    assert talking.store.read(lambda session: session.get_one(Registration, 1).name) == "Mary Ann"


async def test_words_of_the_place_are_no_answer_to_the_question_under_it(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking, "María")
    assert "¿Libero este puesto?" in only(texts(await talking.say(maria, "no puedo ir")))
    await talking.say(maria, "mis encuentros")
    await talking.tap(maria, "1. Agua para todas las veredas")
    assert "quedó libre" in only(texts(await talking.say(maria, "no puedo ir")))
    assert talking.store.read(lambda session: session.get_one(Registration, 1).name) == "María"


async def test_a_complaint_after_the_meeting_still_finds_its_channel(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking, "María")
    await talking.tap(maria, "Así está bien")
    for days in (21, 200):
        talking.now = NOW + timedelta(days=days)
        assert "Alcaldía de Puerto Sereno" in only(texts(await talking.say(maria, "tengo una queja")))


async def test_a_slip_of_the_pen_does_not_take_the_buttons_away(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking, "María")
    await talking.tap(maria, "Así está bien")
    await talking.tap(maria, "No puedo ir")
    assert "No le entendí" in only(texts(await talking.say(maria, "fue por la lluvia")))
    assert "no le estoy entendiendo" in only(texts(await talking.say(maria, "y por el lodo")))
    assert "su puesto está guardado" in only(texts(await talking.say(maria, "fue un herror")))


async def test_nothing_is_asked_for_a_meeting_that_was_cancelled(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking, "María")
    talking.store.write(call_off, "agua", because="Llueve", actor=BY_COMMAND, now=NOW)
    for data in ("next:1", "ticket:1", "ics:1", "go:1", "place:1"):
        assert await _tap(talking, maria, data) == "«Agua para todas las veredas» se canceló: Llueve"
    for data in ("change:1", "name:1", "confirm:1", "leave:1", "keep:1"):
        assert "se canceló" in await _tap(talking, maria, data), data


async def test_who_waits_is_promised_what_waiting_brings(talking: Talking) -> None:
    talking.store.write(lambda session: factories.meeting(session, capacity=1))
    await _signed_up(talking, "María")
    ana = await _signed_up(talking, "Ana")
    await talking.tap(ana, "Así está bien")
    assert "Le escribiré cuando se libere un puesto" in texts(await talking.say(ana, "Ahora no"))[-1]
    hushed = only(texts(await talking.say(ana, "BAJA")))
    assert "Conserva su número en la lista de espera" in hushed
    assert "Su puesto sigue siendo suyo" not in hushed
    await talking.say(ana, "/privacidad")
    assert "Pierde su número en la lista de espera" in only(texts(await talking.tap(ana, "Borrar mis datos")))


async def test_many_meetings_are_shown_by_page(talking: Talking) -> None:
    def eight(session: Session) -> None:
        for number in range(8):
            factories.meeting(session, code=f"agua-{number}", title=f"{'Agua ' * 30}{number}")

    talking.store.write(eight)
    maria = await talking.person()
    for number in range(8):
        await talking.say(maria, f"/start m_agua-{number}")
        await talking.say(maria, "quiero ir")
        if number == 0:
            await talking.tap(maria, ACCEPT)
    first = only(texts(await talking.say(maria, "mis encuentros")))
    assert ("Agua 5" in first, "Agua 6" in first) == (True, False)
    second = only(texts(await talking.tap(maria, "Más encuentros")))
    assert ("Agua 5" in second, "Agua 7" in second) == (False, True)
