"""Signing up by chat: two taps to a place, questions after; in words, twice, stale, and in English."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic.audit import BY_COMMAND
from civic.registration import register
from civic.schema import Consent, Conversation, Meeting, MeetingEntity, Person, Registration
from tests import factories
from tests.factories import NOW
from tests.handlers.conftest import Talking, buttons, only, open_meeting, texts

ACCEPT = "Soy mayor de edad y acepto"


def _fill(session: Session, meeting: Meeting, people: int) -> None:
    """Give so many places to others."""
    for number in range(people):
        other = factories.person(session, f"Vecina {number}", telegram_id=900_000 + number)
        register(session, meeting.id, other.id, name=other.name or "", actor=BY_COMMAND, now=NOW)


async def _alone(talking: Talking, chat: int) -> None:
    await _accepted(talking, chat)
    await talking.tap(chat, "Voy solo(a)")


async def _accepted(talking: Talking, chat: int) -> list[str]:
    await talking.say(chat, "/start m_agua")
    await talking.tap(chat, "Quiero ir")
    return texts(await talking.tap(chat, ACCEPT))


async def test_two_taps_give_a_place(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await talking.person("María")
    card = await talking.say(maria, "/start m_agua")
    assert "Agua para todas las veredas" in card[-1]["text"]
    consent = await talking.tap(maria, "Quiero ir")
    assert buttons(consent) == [ACCEPT, "Tengo menos de 18", "No acepto"]
    place, question = await talking.tap(maria, ACCEPT)
    own = talking.store.read(lambda session: only(list(session.scalars(select(Registration)))))
    assert place["text"].startswith("María, su puesto está guardado")
    for needed in (
        own.code,
        "sábado 21 de noviembre",
        "Casa de la Cultura",
        "frente al parque",
        "+57 601 555 0100",
        "10:00",
    ):
        assert needed in place["text"]
    assert place["pinned"]
    assert "¿Quién más viene?" in question["text"]
    assert "¿Cómo le gusta que le digan?" in only(texts(await talking.tap(maria, "Voy solo(a)")))
    assert own.state == "registered"


async def test_before_consent_nothing_is_kept_but_the_chat(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await talking.person("María")
    await talking.say(maria, "/start")
    await talking.tap(maria, "Quiero ir")
    kept = talking.store.read(lambda session: (list(session.scalars(select(Person))), _talk(session, maria)))
    assert kept[0] == []
    assert "María" not in str(kept[1])


def _talk(session: Session, chat: int) -> dict[str, object]:
    row = session.scalars(select(Conversation).where(Conversation.chat_id == chat)).one()
    return {"state": row.state, "data": row.data}


async def test_consent_says_text_language_entity_and_purpose(talking: Talking) -> None:
    talking.store.write(open_meeting)
    ana = await talking.person("Ann", language="en")
    await talking.say(ana, "/start m_agua")
    await talking.tap(ana, "I want to go")
    await talking.tap(ana, "I am of age and I accept")
    given = talking.store.read(lambda session: session.scalars(select(Consent)).one())
    assert (given.purpose, given.version, given.language, given.given_at) == ("attend", "1", "en", NOW)


async def test_another_entity_asks_for_its_own_permission(talking: Talking) -> None:
    def prepare(session: Session) -> None:
        factories.meeting(session)
        other = factories.meeting(session, code="salud", title="Salud rural")
        acueducto = factories.entity(session, "acueducto", name="Acueducto")
        session.add(MeetingEntity(meeting_id=other.id, entity_id=acueducto.id, number=2))

    talking.store.write(prepare)
    maria = await talking.person()
    await _accepted(talking, maria)
    await talking.say(maria, "/start m_salud")
    asked = await talking.tap(maria, "Quiero ir")
    assert "Un permiso antes de darle su puesto" in asked[-1]["text"]
    assert "su puesto está guardado" in (await talking.tap(maria, ACCEPT))[0]["text"]


async def test_the_same_entity_does_not_ask_again(talking: Talking) -> None:
    def prepare(session: Session) -> None:
        factories.meeting(session)
        factories.meeting(session, code="salud", title="Salud rural")

    talking.store.write(prepare)
    maria = await talking.person()
    await _accepted(talking, maria)
    await talking.say(maria, "/start m_salud")
    said = await talking.tap(maria, "Quiero ir")
    assert "su puesto está guardado" in said[0]["text"]


@pytest.mark.parametrize(
    ("label", "said"), [("Tengo menos de 18", "Puede venir con su mamá"), ("No acepto", "Está bien")]
)
async def test_who_may_not_or_will_not_leaves_nothing(talking: Talking, label: str, said: str) -> None:
    talking.store.write(open_meeting)
    maria = await talking.person()
    await talking.say(maria, "/start m_agua")
    await talking.tap(maria, "Quiero ir")
    answer = await talking.tap(maria, label)
    assert said in answer[-1]["text"]
    assert "+57 601 555 0100" in answer[-1]["text"]
    assert "La página del encuentro" in buttons(answer)
    assert talking.store.read(lambda session: list(session.scalars(select(Person)))) == []


async def test_everything_can_be_typed(talking: Talking) -> None:
    talking.store.write(
        lambda session: factories.meeting(
            session,
            workshops=[{"capacity": 30, "topic": topic} for topic in ("Cobertura", "Calidad", "Tarifas")],
            attributes={"zone": ["urbana", "rural"]},
        )
    )
    maria = await talking.person("María")
    await talking.say(maria, "hola")
    await talking.say(maria, "quiero ir")
    said = await talking.say(maria, "1")
    assert "su puesto está guardado" in said[0]["text"]
    said = await talking.say(maria, "nadie más")
    assert "¿Cómo le gusta que le digan?" in only(texts(said))
    said = await talking.say(maria, "María del Carmen")
    assert "¿Qué temas le interesan más?" in only(texts(said))
    said = await talking.say(maria, "3, 1")
    assert "¿Dónde vive?" in only(texts(said))
    said = await talking.say(maria, "2")
    assert "¿Nos deja un teléfono?" in only(texts(said))
    said = (await talking.say(maria, "no"))[1:]
    assert "Sus temas: Tarifas, Cobertura\n¿Dónde vive? Zona rural" in only(texts(said))
    own = talking.store.read(lambda session: only(list(session.scalars(select(Registration)))))
    assert (own.name, own.attributes) == ("María del Carmen", {"zone": "rural"})


async def test_taps_in_order_make_a_ranking_and_a_second_tap_on_the_old_button_changes_nothing(
    talking: Talking,
) -> None:
    talking.store.write(
        lambda session: factories.meeting(
            session, workshops=[{"capacity": 30, "topic": topic} for topic in ("Cobertura", "Calidad")]
        )
    )
    maria = await talking.person("María")
    await _alone(talking, maria)
    question = await talking.tap(maria, "Así está bien")
    assert buttons(question) == ["1. Cobertura", "2. Calidad", "Ninguno en especial"]
    await talking.tap(maria, "2. Calidad")
    ranked = (await talking.telegram.transcript(maria))["messages"][-1]
    assert [button["label"] for row in ranked["buttons"] for button in row] == [
        "1. Cobertura",
        "2. Calidad: opción 1",
        "Listo",
        "Ninguno en especial",
    ]
    await talking.feed(talking.updates[-1])
    stale = talking.updates[-1].model_copy(update={"update_id": talking.updates[-1].update_id + 5000})
    await talking.feed(stale)
    await talking.tap(maria, "1. Cobertura")
    await talking.tap(maria, "Listo")
    assert "Sus temas: Calidad, Cobertura" in texts(await talking.say(maria, "Ahora no"))[-1]


async def test_questions_wait_for_days_and_are_skippable(talking: Talking) -> None:
    talking.store.write(lambda session: factories.meeting(session, attributes={"age_band": ["18-28", "60+"]}))
    maria = await talking.person("María")
    await _alone(talking, maria)
    talking.now = NOW + timedelta(days=5)
    said = await talking.say(maria, "Doña Mari")
    assert "¿Qué edad tiene?" in only(texts(said))
    await talking.say(maria, "prefiero no decir")
    assert "Gracias, eso es todo" in texts(await talking.say(maria, "ahora no"))[-1]
    own = talking.store.read(lambda session: only(list(session.scalars(select(Registration)))))
    assert (own.name, own.attributes) == ("Doña Mari", {})


async def test_an_update_that_comes_twice_says_the_same_and_does_nothing(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await talking.person("María")
    first = await _accepted(talking, maria)
    await talking.feed(talking.updates[-1])
    again = texts(await talking.answered(maria))
    assert again == first
    assert len(talking.store.read(lambda session: list(session.scalars(select(Registration))))) == 1


async def test_a_name_repeated_is_not_the_answer_to_the_next_question(talking: Talking) -> None:
    talking.store.write(
        lambda session: factories.meeting(
            session, workshops=[{"capacity": 30, "topic": topic} for topic in ("Cobertura", "Calidad")]
        )
    )
    maria = await talking.person("María")
    await _alone(talking, maria)
    await talking.say(maria, "Mari")
    await talking.feed(talking.updates[-1])
    assert "¿Qué temas" in only(texts(await talking.answered(maria)))
    talk = talking.store.read(_talk, maria)
    assert str(talk["state"]).startswith("topics:")


async def test_when_full_she_learns_her_position_and_what_happens_next(talking: Talking) -> None:
    def prepare(session: Session) -> None:
        _fill(session, factories.meeting(session, capacity=3), 4)

    talking.store.write(prepare)
    maria = await talking.person("María")
    await talking.say(maria, "/start m_agua")
    await talking.tap(maria, "Entrar a la lista de espera")
    waiting = (await talking.tap(maria, ACCEPT))[0]
    assert "usted es el número 2 en la lista de espera" in waiting["text"]
    assert "Cuando se libere un puesto" in waiting["text"]


async def test_stale_buttons_are_answered_kindly(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await talking.person("María")
    await talking.say(maria, "/start m_agua")
    await talking.tap(maria, "Quiero ir")
    talking.now = NOW + timedelta(days=21)
    assert "ya empezó" in only(texts(await talking.tap(maria, ACCEPT)))
    assert talking.store.read(lambda session: list(session.scalars(select(Person)))) == []


async def test_an_unclear_ranking_keeps_the_question_open(talking: Talking) -> None:
    talking.store.write(
        lambda session: factories.meeting(
            session, workshops=[{"capacity": 30, "topic": topic} for topic in ("Cobertura", "Calidad")]
        )
    )
    maria = await talking.person("María")
    await _alone(talking, maria)
    await talking.tap(maria, "Así está bien")
    unclear, question = texts(await talking.say(maria, "9"))
    assert "No le entendí" in unclear
    assert "¿Qué temas" in question
    await talking.say(maria, "2")
    assert "Sus temas: Calidad" in texts(await talking.say(maria, "Ahora no"))[-1]
