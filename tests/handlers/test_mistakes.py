"""«Fue un error»: what was given up by mistake comes back while nobody else has it, also later than two minutes."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import offers
from civic.audit import BY_COMMAND
from civic.registration import register
from civic.schema import Meeting, Offer, Person, Registration
from handlers.mistakes import is_mistake
from messages import catalogue
from messages.kind import Who
from messages.telegram import send
from messages.voice import Links
from tests import factories
from tests.factories import NOW
from tests.handlers.conftest import Talking, buttons, only, open_meeting, texts

ACCEPT = "Soy mayor de edad y acepto"
LATER = timedelta(minutes=3)
"""Longer than a place is held."""


async def _signed_up(talking: Talking, name: str = "María") -> int:
    chat = await talking.person(name)
    await talking.say(chat, "/start m_agua")
    await talking.say(chat, "quiero ir")
    await talking.tap(chat, ACCEPT)
    return chat


def _state(session: Session, name: str = "María") -> str:
    return session.scalars(select(Registration.state).where(Registration.name == name)).one()


async def _newcomer(talking: Talking, name: str = "Eva") -> None:
    def come(session: Session) -> None:
        meeting = session.scalars(select(Meeting)).one()
        other = factories.person(session, name)
        register(session, meeting.id, other.id, name=name, actor=BY_COMMAND, now=talking.now)

    talking.store.write(come)


async def test_a_place_comes_back_after_its_hold_while_nobody_has_it(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    await talking.tap(maria, "No puedo ir")
    talking.now += LATER
    assert buttons(await talking.tap(maria, "No puedo ir"))[0] == "Fue un error"
    assert "su puesto está guardado" in only(texts(await talking.tap(maria, "Fue un error")))


async def test_a_place_that_somebody_else_has_is_told_of_and_the_list_is_offered(talking: Talking) -> None:
    talking.store.write(lambda session: factories.meeting(session, capacity=1))
    maria = await _signed_up(talking)
    await talking.tap(maria, "No puedo ir")
    talking.now += LATER
    await _newcomer(talking)
    gone = only(await talking.tap(maria, "Fue un error"))
    assert "ya no está guardado" in gone["text"]
    assert talking.store.read(_state) == "cancelled"


async def test_a_position_on_the_list_comes_back(talking: Talking) -> None:
    talking.store.write(lambda session: factories.meeting(session, capacity=1))
    await _newcomer(talking)
    maria = await _signed_up(talking)
    left = await talking.tap(maria, "Salir de la lista")
    assert buttons(left)[0] == "Fue un error"
    talking.now += LATER
    assert "número 1 en la lista" in only(texts(await talking.tap(maria, "Fue un error")))


async def test_a_dropped_companion_comes_back_after_her_hold(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    await talking.tap(maria, "1 persona más")
    await talking.tap(maria, "Mis acompañantes")
    dropped = await talking.tap(maria, "Acompañante 1 no viene")
    assert buttons(dropped)[0] == "Fue un error"
    talking.now += LATER
    assert "viene a" in only(texts(await talking.tap(maria, "Fue un error")))


async def test_an_offer_turned_down_after_its_time_comes_back_as_the_position_on_the_list(talking: Talking) -> None:
    talking.store.write(lambda session: factories.meeting(session, capacity=1))
    await _newcomer(talking, "Ana")
    maria = await _signed_up(talking)
    offer, person = talking.store.write(_lapsed)
    talking.now = talking.store.read(lambda session: session.get_one(Offer, offer).expires_at)
    await _tell(talking, maria, person, offer)
    passed = await talking.tap(maria, "No, salir de la lista")
    assert (buttons(passed)[0], talking.store.read(_state)) == ("Fue un error", "cancelled")
    assert "lista" in only(texts(await talking.tap(maria, "Fue un error")))
    assert talking.store.read(_state) == "waiting"


def _lapsed(session: Session) -> tuple[int, int]:
    """Let the one place be free for a while, offered to who waits, and be taken again once that time has passed."""
    ana = session.scalars(select(Registration).where(Registration.name == "Ana")).one()
    ana.state, ana.cancelled_at = "cancelled", NOW
    session.flush()
    offer = only(offers.serve(session, session.scalars(select(Meeting)).one(), NOW))
    eva = factories.person(session, "Eva")
    register(session, ana.meeting_id, eva.id, name="Eva", actor=BY_COMMAND, now=NOW)
    ana.state, ana.cancelled_at = "registered", None
    session.flush()
    offers.lapse_due(session, ana.meeting_id, offer.expires_at)
    own = session.scalars(select(Registration).where(Registration.name == "María")).one()
    assert own.person_id is not None
    return offer.id, own.person_id


async def _tell(talking: Talking, chat: int, person: int, offer: int) -> None:
    links = Links("https://t.me/convoca_bot", None)
    for message in talking.store.read(
        catalogue.render, Who(person, "es"), "lapsed", {"offer": offer}, now=talking.now, links=links
    ):
        await send(talking.bot, chat, message)
    await talking.answered(chat)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "me equivoqué",
            "no, me equiboqué",
            "ay perdón, fue un error",
            "lo toqué sin querer",
            "era mentira, sí voy",
            "oops",
        ),
        *("cambié de opinión", "¡deshacer!", "sorry, my mistake", "I tapped the wrong button", "I changed my mind"),
    ],
)
def test_a_mistake_is_understood(text: str) -> None:
    assert is_mistake(text)


@pytest.mark.parametrize(
    "text",
    [
        *("la tarifa del agua fue un error de la alcaldía", "mi hijo se equivocó de puerta", "sí", "", "quiero ir"),
        *("there is a mistake in the report", "por error me llegó el recibo de mi vecina", "no fue un buen encuentro"),
    ],
)
def test_what_tells_of_a_mistake_elsewhere_is_none(text: str) -> None:
    assert not is_mistake(text)


async def test_words_alone_give_back_what_was_given_up_last(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    assert "Mis acompañantes" in buttons(await talking.say(maria, "me equivoqué"))  # amid questions: what to change
    await talking.tap(maria, "1 persona más")
    await talking.tap(maria, "Mis acompañantes")
    await talking.tap(maria, "Acompañante 1 no viene")
    await talking.say(maria, "/mis")
    assert "Acompañante 1: tiene puesto" in only(texts(await talking.say(maria, "uy, me equivoqué")))
    await talking.tap(maria, "No puedo ir")
    await talking.tap(maria, "Ninguno de los 2 va")
    assert "su puesto está guardado" in only(texts(await talking.say(maria, "mentira, sí voy")))
    await talking.say(maria, "BAJA")
    again = only(texts(await talking.say(maria, "me equivoqué")))
    assert ("le vuelvo a escribir" in again, "siguen como estaban" in again) == (True, True)
    await talking.say(maria, "BAJA")
    await talking.say(maria, "/mis")
    assert "le vuelvo a escribir" in only(texts(await talking.say(maria, "fue sin querer")))
    assert "No encuentro nada" in only(texts(await talking.say(maria, "fue sin querer")))


async def test_who_is_told_again_hears_of_an_offer_that_is_still_open(talking: Talking) -> None:
    talking.store.write(lambda session: factories.meeting(session, capacity=1))
    await _newcomer(talking, "Ana")
    maria = await _signed_up(talking)

    def free(session: Session) -> None:
        ana = session.scalars(select(Registration).where(Registration.name == "Ana")).one()
        ana.state, ana.cancelled_at = "cancelled", NOW
        session.flush()
        only(offers.serve(session, session.scalars(select(Meeting)).one(), NOW))

    talking.store.write(free)
    await talking.say(maria, "ya no quiero mas mensajes")
    assert "¿Quién más viene?" in only(texts(await talking.say(maria, "no, me equivoqué")))
    assert talking.store.read(lambda session: set(session.scalars(select(Person.tell)))) == {"all"}
    await talking.say(maria, "BAJA")
    assert "Se liberó un puesto para usted" in texts(await talking.say(maria, "ALTA"))[-1]


async def test_words_take_back_the_later_of_a_place_and_baja_and_neither_of_long_ago(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    await talking.tap(maria, "No puedo ir")
    talking.now += LATER
    await talking.say(maria, "BAJA")
    await talking.say(maria, "/mis")
    assert "le vuelvo a escribir" in texts(await talking.say(maria, "me equivoqué"))[0]
    assert talking.store.read(_state) == "cancelled"
    await talking.say(maria, "BAJA")
    talking.now += timedelta(days=2)
    await talking.say(maria, "/mis")
    assert "No encuentro nada" in only(texts(await talking.say(maria, "me equivoqué")))
    assert talking.store.read(lambda session: set(session.scalars(select(Person.tell)))) == {"nothing"}
