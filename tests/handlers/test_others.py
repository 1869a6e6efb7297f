"""Signing somebody else up from one's own phone: her consent, her place, her notices, and nobody else's doing."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from bot.clock import true_now
from civic import convening, moving
from civic.audit import BY_COMMAND
from civic.conversation import OPEN_FOR
from civic.errors import AnswerUnclear
from civic.moving import Aim
from civic.outbox import enqueue
from civic.schema import Consent, Follow, Meeting, Person, Registration
from handlers.others import name_in
from messages import catalogue
from messages.kind import Who
from messages.voice import Links
from scheduler.delivery import Delivery
from scheduler.pace import Pace
from tests import factories
from tests.civic import test_commitments as commitments
from tests.factories import NOW
from tests.handlers.conftest import Talking, buttons, open_meeting, texts
from tests.simulator_process import labels

ANOTHER = "Inscribir a otra persona"
ACCEPTS = "Es mayor de edad y acepta"


async def signed_up(talking: Talking, name: str = "María") -> int:
    """Let somebody sign up for the one meeting, alone."""
    chat = await talking.person(name)
    await talking.say(chat, "/start m_agua")
    await talking.tap(chat, "Quiero ir")
    await talking.tap(chat, "Soy mayor de edad y acepto")
    await talking.tap(chat, "Voy solo(a)")
    await talking.tap(chat, "Así está bien")
    return chat


async def rosa_signed_up(talking: Talking, owner: int, how: str = "Por su cuenta") -> list[Any]:
    """Let somebody sign Rosa up from her phone; give what is said then."""
    await talking.say(owner, "/mis")
    await talking.tap(owner, ANOTHER)
    await talking.tap(owner, ACCEPTS)
    await talking.tap(owner, how)
    return await talking.say(owner, "Rosa Gómez")


async def delivered(talking: Talking) -> None:
    """Send what is owed now."""
    pace = Pace(talking.store, true_now, per_second=500)
    delivery = Delivery(
        talking.store,
        talking.bot,
        pace,
        clock=talking.clock,
        true_clock=true_now,
        links=Links("https://t.me/convoca_bot", None),
        zone="America/Bogota",
        holder="tests",
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(delivery.run())
        await delivery.drain()
        delivery.stop()


def _rosa(session: Session) -> dict[str, Any]:
    own = session.scalars(select(Registration).where(Registration.name == "Rosa Gómez")).one()
    person = session.get_one(Person, own.person_id)
    given = session.scalars(select(Consent).where(Consent.person_id == person.id).order_by(Consent.id)).all()
    party = session.scalars(select(Registration).where(Registration.party_id == own.party_id)).all()
    return {
        "state": own.state,
        "telegram": person.telegram_id,
        "chat": person.chat_id,
        "consents": [each.purpose for each in given],
        "read_by": {session.get_one(Person, each.recorded_by).name for each in given if each.recorded_by},
        "party": len(party),
        "code": own.code,
    }


async def test_another_person_has_a_place_of_her_own_that_says_for_whom(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await signed_up(talking)
    said = await rosa_signed_up(talking, maria)
    assert texts(said)[0].startswith("Para Rosa Gómez:\nRosa Gómez, su puesto está guardado")
    rosa = talking.store.read(_rosa)
    assert (rosa["state"], rosa["telegram"], rosa["chat"]) == ("registered", None, maria)
    assert (rosa["consents"], rosa["read_by"], rosa["party"]) == (["attend"], {"María"}, 1)


async def test_who_does_not_come_herself_signs_somebody_up(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await talking.person()
    await talking.say(maria, "/start m_agua")
    asked = await talking.say(maria, "inscribir a otra persona")
    assert texts(asked)[0].startswith("Primero, un permiso suyo, para poder escribirle a este teléfono")
    assert "¿Acepta?" in texts(await talking.tap(maria, "Soy mayor de edad y acepto"))[0]
    await talking.tap(maria, ACCEPTS)
    said = await talking.say(maria, "Rosa Gómez")
    assert texts(said)[0].startswith("Para Rosa Gómez:\nRosa Gómez, su puesto está guardado")
    assert talking.store.read(_states) == {"Rosa Gómez": "registered"}
    assert talking.store.read(_rosa)["read_by"] == {"María"}
    assert "«Ahora no»" in texts(await talking.say(maria, "no tiene"))[0]
    assert buttons(await talking.say(maria, "BAJA"))[:2] == ["Avisarme solo si cambia", "Dejar mi puesto"]


async def test_nothing_is_kept_before_her_name(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await signed_up(talking)
    await talking.say(maria, "/mis")
    await talking.say(maria, "quiero inscribir a mi vecina q no tiene telefono")
    await talking.say(maria, "si ella acepto")
    await talking.say(maria, "no, sola")
    said = await talking.tap(maria, "Dejarlo así")
    assert "no guardé nada de esa persona" in texts(said)[0]
    assert talking.store.read(lambda session: len(session.scalars(select(Person)).all())) == 1


async def test_together_she_is_of_the_same_party(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await signed_up(talking)
    await rosa_signed_up(talking, maria, "Conmigo, en el mismo taller")
    assert talking.store.read(_rosa)["party"] == 2
    party = await talking.say(maria, "/mis")
    assert "Para Rosa Gómez:" in texts(party)[0]


async def test_her_place_is_seen_given_up_and_taken_back_from_the_same_phone(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await signed_up(talking)
    await rosa_signed_up(talking, maria)
    mine = await talking.say(maria, "/mis")
    assert labels(mine[0])[:2] == ["1. Agua para todas las veredas", "2. Rosa Gómez: Agua para todas las veredas"]
    place = await talking.tap(maria, "2. Rosa Gómez: Agua para todas las veredas")
    assert texts(place)[0].startswith("Para Rosa Gómez:")
    left = await talking.tap(maria, "No puedo ir", place[0]["message_id"])
    assert texts(left)[0].startswith("Para Rosa Gómez:")
    assert talking.store.read(_states) == {"María": "registered", "Rosa Gómez": "cancelled"}
    back = await talking.say(maria, "qué pena, me equivoqué con Rosa")
    assert "Rosa Gómez, su puesto está guardado" in texts(back)[0]
    assert talking.store.read(_states) == {"María": "registered", "Rosa Gómez": "registered"}


def _states(session: Session) -> dict[str | None, str]:
    return {row.name: row.state for row in session.scalars(select(Registration))}


async def test_words_answer_the_question_about_her(talking: Talking) -> None:
    talking.store.write(lambda session: factories.meeting(session, needs=["wheelchair"]).id)
    maria = await signed_up(talking)
    await talking.tap(maria, "Ninguna")
    said = await rosa_signed_up(talking, maria)
    assert texts(said)[-1].startswith("Para Rosa Gómez:\n¿Tiene alguna necesidad de apoyo")
    await talking.tap(maria, "Sí, y acepto que se guarde")
    said = await talking.say(maria, "silla de ruedas")
    assert all(each.startswith("Para Rosa Gómez:") for each in texts(said) if "Silla" in each)
    rosa = talking.store.read(_rosa)
    assert (rosa["consents"], rosa["read_by"]) == (["attend", "health"], {"María"})


async def test_baja_silences_all_that_is_told_on_this_phone(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await signed_up(talking)
    await rosa_signed_up(talking, maria)
    said = await talking.say(maria, "BAJA")
    assert "Rosa Gómez" in texts(said)[0]
    assert talking.store.read(lambda session: set(session.scalars(select(Person.tell)))) == {"nothing"}
    await talking.tap(maria, "Volver a recibir avisos")
    assert talking.store.read(lambda session: set(session.scalars(select(Person.tell)))) == {"all"}


async def test_she_can_be_erased_from_the_same_phone(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await signed_up(talking)
    await rosa_signed_up(talking, maria)
    await talking.say(maria, "/privacidad")
    kept = await talking.tap(maria, "Lo que guardo de Rosa Gómez")
    assert texts(kept)[0].startswith("Para Rosa Gómez:")
    await talking.tap(maria, "Borrar mis datos", kept[0]["message_id"])
    said = await talking.tap(maria, "Sí, borrar mis datos")
    assert texts(said) == ["Listo: ya no guardo nada de esa persona."]
    assert talking.store.read(lambda session: list(session.scalars(select(Person.name)))) == ["María"]
    assert talking.store.read(_states) == {"María": "registered", None: "cancelled"}


@pytest.mark.parametrize(("label", "left"), [("Sí, borrar mis datos", ["Rosa Gómez"]), ("Sí, borrar lo de todos", [])])
async def test_erasing_oneself_says_what_becomes_of_her(talking: Talking, label: str, left: list[str]) -> None:
    talking.store.write(open_meeting)
    maria = await signed_up(talking)
    await rosa_signed_up(talking, maria)
    await talking.say(maria, "/privacidad")
    asked = await talking.tap(maria, "Borrar mis datos")
    assert "Inscribió desde este teléfono a: Rosa Gómez" in texts(asked)[0]
    await talking.tap(maria, label)
    assert talking.store.read(lambda session: list(session.scalars(select(Person.name)))) == left
    assert talking.store.read(lambda session: list(session.scalars(select(Person.chat_id)))) == [None] * len(left)


async def test_a_block_of_the_phone_and_its_return_count_for_her_too(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await signed_up(talking)
    await rosa_signed_up(talking, maria)
    await talking.telegram.block(maria, blocked=True)
    await talking.answered(maria)

    def away(session: Session) -> set[bool]:
        return {each is not None for each in session.scalars(select(Person.unreachable_since))}

    assert talking.store.read(away) == {True}
    await talking.telegram.block(maria, blocked=False)
    await talking.say(maria, "hola")
    assert talking.store.read(away) == {False}


async def test_somebody_signed_up_before_is_chosen_by_name_for_the_next_meeting(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await signed_up(talking)
    await rosa_signed_up(talking, maria)
    talking.store.write(lambda session: factories.meeting(session, code="parques", title="Parques").id)
    await talking.say(maria, "/mis")
    where = await talking.tap(maria, ANOTHER)
    assert "¿Para cuál encuentro" in texts(where)[0]
    who = await talking.tap(maria, next(each for each in buttons(where) if "Parques" in each))
    assert buttons(who)[0] == "1. Rosa Gómez"
    said = await talking.tap(maria, "1. Rosa Gómez")
    assert texts(said)[0].startswith("Para Rosa Gómez:\nRosa Gómez, su puesto está guardado\nParques")
    people = talking.store.read(lambda session: list(session.scalars(select(Person.name).order_by(Person.id))))
    assert people == ["María", "Rosa Gómez"]


async def test_a_full_meeting_puts_her_on_the_list(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await signed_up(talking)
    talking.store.write(lambda session: session.execute(update(Meeting).values(capacity=1)))
    said = await rosa_signed_up(talking, maria)
    assert "Para Rosa Gómez:" in texts(said)[0]
    assert talking.store.read(_rosa)["state"] == "waiting"


async def test_a_notice_says_for_whom_and_its_buttons_act_for_her(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await signed_up(talking)
    await rosa_signed_up(talking, maria)
    talking.store.write(_owed_to_rosa, "reminder")
    await delivered(talking)
    told = await talking.answered(maria)
    assert texts(told)[0].startswith("Para Rosa Gómez:\nRosa Gómez, ")
    said = await talking.say(maria, "confirmo")
    assert texts(said)[0].startswith("Para Rosa Gómez:\n")
    assert talking.store.read(_confirmed) == {"Rosa Gómez"}


async def test_reminders_of_one_phone_come_in_one_message_with_buttons_for_each(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await signed_up(talking)
    await rosa_signed_up(talking, maria)
    talking.store.write(_owed_to_all, "reminder")
    await delivered(talking)
    (told,) = await talking.answered(maria)
    assert "María" in told["text"]
    assert "Para Rosa Gómez:" in told["text"]
    assert texts(await talking.say(maria, "confirmo"))[0].startswith("Eso puede ser")  # for both of them: who is asked
    assert talking.store.read(_confirmed) == set()
    await talking.say(maria, "confirmo por María")
    assert talking.store.read(_confirmed) == {"María"}
    await talking.tap(maria, next(each for each in labels(told) if "Confirmo" in each and "Rosa" in each))
    assert talking.store.read(_confirmed) == {"María", "Rosa Gómez"}


async def test_a_phone_hears_once_that_a_meeting_moved_and_answers_for_each_and_once_that_it_is_off(
    talking: Talking,
) -> None:
    talking.store.write(open_meeting)
    maria = await signed_up(talking)
    await rosa_signed_up(talking, maria)
    talking.now += 2 * OPEN_FOR  # what was asked then waits for no answer any more

    def move(session: Session) -> None:
        found = session.scalars(select(Meeting)).one()
        a_day = timedelta(days=1)
        aim = Aim(found.starts_at + a_day, found.ends_at + a_day, found.venue)
        moving.move(session, "agua", aim, late_because=None, actor=BY_COMMAND, now=talking.now)

    talking.store.write(move)
    await delivered(talking)
    (told,) = await talking.answered(maria)
    assert "¿Quiénes todavía pueden ir?" in told["text"]
    assert told["text"].endswith("\n\n1. María\n2. Rosa Gómez")
    people = ("1: María", "2: Rosa Gómez")
    answers = [f"{said} {each}" for said in ("Sí puedo ir", "No puedo ir") for each in people]
    assert labels(told)[:5] == [*answers[:2], "Confirmo todo", *answers[2:]]
    assert talking.store.read(_known) == {True}
    assert texts(await talking.say(maria, "¿dónde queda?"))[-1] == told["text"]  # asked again after an answer
    said = await talking.tap(maria, answers[1])
    assert texts(said)[0].startswith("Para Rosa Gómez:\nGracias")
    assert talking.store.read(_confirmed) == {"Rosa Gómez"}
    await talking.tap(maria, "Confirmo todo")
    assert talking.store.read(_confirmed) == {"María", "Rosa Gómez"}
    talking.store.write(convening.cancel, "agua", because="Llueve", actor=BY_COMMAND, now=talking.now)
    await delivered(talking)
    (off,) = await talking.answered(maria)
    assert off["text"].startswith("El encuentro fue cancelado: por favor, no vaya.")
    assert off["text"].endswith("\n\nPor favor avise también a: Rosa Gómez.")
    assert talking.store.read(_known) == {True}


def _known(session: Session) -> set[bool]:
    """Tell of all whether they know their meeting as it is."""
    rows = session.execute(select(Registration.known_version, Meeting.version).join(Meeting)).all()
    return {version == current for version, current in rows}


async def test_nudges_of_one_phone_say_whose_they_are(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await signed_up(talking)
    await rosa_signed_up(talking, maria)
    people = talking.store.read(lambda session: list(session.scalars(select(Person.id).order_by(Person.id))))
    meeting = talking.store.read(lambda session: session.scalars(select(Meeting.id)).one())
    about = [{"meeting": meeting} | ({"for": each} if each == people[1] else {}) for each in people]
    parts = [{"person": each, "kind": "nudge", "params": what} for each, what in zip(people, about, strict=True)]
    said = talking.store.read(
        catalogue.render,
        Who(people[0], "es"),
        "day",
        {"parts": parts},
        now=NOW + timedelta(days=23),
        links=Links("https://t.me/convoca_bot", None),
    )
    shown = [button.label for message in said for row in message.rows for button in row]
    assert [label for label in shown if "Rosa" in label] == [
        "Sí fui 2: Rosa Gómez, Agua para todas las veredas",
        "No pude ir 2: Rosa Gómez, Agua para todas las veredas",
    ]


def _owed_to_rosa(session: Session, kind: str) -> None:
    _owe(session, kind, Person.telegram_id.is_(None))


def _owed_to_all(session: Session, kind: str) -> None:
    _owe(session, kind, Person.id.is_not(None))


def _owe(session: Session, kind: str, to: ColumnElement[bool]) -> None:
    meeting = session.scalars(select(Meeting)).one()
    for person_id in session.scalars(select(Person.id).where(to)).all():
        params = {"meeting": meeting.id, "what": "3d"}
        enqueue(session, person_id, cause=f"m{meeting.id}/3d", kind=kind, due_at=NOW, params=params)


def _confirmed(session: Session) -> set[str | None]:
    return set(session.scalars(select(Registration.name).where(Registration.confirmed_version.is_not(None))))


async def test_codes_and_workshops_are_told_of_all_on_the_phone_by_name(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await signed_up(talking)
    await rosa_signed_up(talking, maria)
    for nothing in ("xx", "yy"):  # amid her questions, and not understood
        await talking.say(maria, nothing)
    await talking.say(maria, "300 123 4567")
    assert talking.store.read(_phones) == {"Rosa Gómez": "3001234567"}
    said = await talking.say(maria, "¿cuál es el código de Rosa?")
    code = talking.store.read(_rosa)["code"]
    assert texts(said)[0].splitlines()[2] == f"• Rosa Gómez: tiene puesto, código {code}"
    assert "Código QR: Rosa Gómez" in buttons(said)
    await talking.tap(maria, "Código QR: Rosa Gómez")
    assert "• Rosa Gómez: todavía sin asignar" in texts(await talking.say(maria, "¿cuál es mi taller?"))[0]
    await talking.say(maria, "No puedo ir")
    await talking.tap(maria, "1. Agua para todas las veredas")
    assert "María" not in texts(await talking.say(maria, "mi código"))[0]


def _phones(session: Session) -> dict[str | None, str]:
    return {each.name: each.phone for each in session.scalars(select(Person)) if each.phone}


async def test_who_cannot_go_is_asked_for_whom(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await signed_up(talking)
    await rosa_signed_up(talking, maria)
    await talking.say(maria, "No puedo ir")
    await talking.say(maria, "rosa gomez")
    assert talking.store.read(_states) == {"María": "registered", "Rosa Gómez": "cancelled"}


async def test_her_name_written_twice_at_once_signs_up_one(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await signed_up(talking)
    for label in (ANOTHER, ACCEPTS, "Por su cuenta"):
        await talking.tap(maria, label)
    for name in ("Rosa Gómez", "Rosa Gómez"):  # a second phone of her account, served by another process
        await talking.telegram.send(maria, name)
    at_once = await talking.bot.get_updates(offset=talking.updates[-1].update_id + 1, timeout=0)
    await asyncio.gather(*map(talking.feed, at_once))
    assert talking.store.read(_states) == {"María": "registered", "Rosa Gómez": "registered"}
    assert talking.store.read(lambda session: len(session.scalars(select(Person)).all())) == 2


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Rosa Gómez", "Rosa Gómez"),
        ("se llama Rosa", "Rosa"),
        ("Es doña Rosa María de la Cruz", "doña Rosa María de la Cruz"),
        ("su nombre es José-Luis O'Higgins.", "José-Luis O'Higgins"),
        ("Zoë", "Zoë"),
        ("se llama Rosa, tiene 60 años", "Rosa"),
    ],
)
async def test_a_name_is_taken_out_of_its_words(text: str, name: str) -> None:
    assert name_in(text) == name


@pytest.mark.parametrize(
    "text", ["no sé", "ya no", "¿y eso con qué se come?", "baja el volumen", "33", "🙃", "", "Rosa 2", "mujer", "sola"]
)
async def test_what_says_something_else_is_no_name(text: str) -> None:
    with pytest.raises(AnswerUnclear):
        name_in(text)


async def test_news_of_commitments_is_told_once_on_the_phone_or_for_her_alone(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await signed_up(talking)
    await rosa_signed_up(talking, maria)
    talking.store.write(_published)
    talking.now = NOW + timedelta(minutes=2)
    await delivered(talking)
    (told,) = await talking.answered(maria)
    assert "Para Rosa Gómez:" not in told["text"]
    muted = await talking.tap(maria, next(each for each in labels(told) if "seguir" in each))
    assert "Para Rosa Gómez:" not in texts(muted)[0]
    talking.store.write(_updated)
    talking.now = NOW + timedelta(days=1, minutes=2)
    await delivered(talking)
    (told,) = await talking.answered(maria)
    assert told["text"].startswith("Para Rosa Gómez:")
    muted = await talking.tap(maria, next(each for each in labels(told) if "seguir" in each))
    assert texts(muted)[0].startswith("Para Rosa Gómez:")
    assert talking.store.read(lambda session: set(session.scalars(select(Follow.wants)))) == {False}
    assert talking.store.read(lambda session: len(session.scalars(select(Follow)).all())) == 2


def _published(session: Session) -> None:
    commitments.take_in(session)
    commitments.publish(session)


def _updated(session: Session) -> None:
    commitments.update(session, status="in_progress", progress=50)
