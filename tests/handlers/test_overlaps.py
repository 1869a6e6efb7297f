"""Two meetings at the same hour: each that is taken on warns of the other, and nothing is refused."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import meetings, offers, overlaps, versions
from civic.audit import BY_COMMAND
from civic.places import HOLD
from civic.registration import cancel, register
from civic.schema import Meeting, Registration
from civic.store import Store
from messages import catalogue
from messages.kind import Who
from messages.voice import Links
from tests import factories
from tests.factories import NOW
from tests.handlers.conftest import Talking, only, texts

LINKS = Links("https://t.me/convoca_bot", None)
WARNING = "Ojo: a esa misma hora tiene puesto en «Agua para todas las veredas» (sábado 21 de noviembre, 10:00"


def _two(session: Session, /, **columns: Any) -> None:
    factories.meeting(session)
    factories.meeting(session, **{"code": "vias", "title": "Vías", "starts_in": timedelta(days=20, hours=2), **columns})


async def _goes(talking: Talking, chat: int, code: str) -> list[str]:
    await talking.say(chat, f"/start m_{code}")
    return texts(await talking.say(chat, "quiero ir"))


async def _comes_to_agua(talking: Talking) -> int:
    maria = await talking.person()
    await _goes(talking, maria, "agua")
    await talking.tap(maria, "Soy mayor de edad y acepto")
    return maria


async def test_signing_up_warns_and_gives_the_place(talking: Talking) -> None:
    talking.store.write(_two)
    maria = await _comes_to_agua(talking)
    place = (await _goes(talking, maria, "vias"))[0]
    assert "su puesto está guardado" in place
    assert WARNING in place
    states = talking.store.read(lambda session: session.scalars(select(Registration.state)).all())
    assert states == ["registered", "registered"]


async def test_the_list_warns_too_and_what_was_given_up_does_not(talking: Talking) -> None:
    talking.store.write(_two, capacity=1)

    def fill(session: Session) -> None:
        eva = factories.person(session, "Eva")
        vias = meetings.by_code(session, "vias")
        register(session, vias.id, eva.id, name="Eva", actor=BY_COMMAND, now=NOW)

    talking.store.write(fill)
    maria = await _comes_to_agua(talking)
    assert WARNING in (await _goes(talking, maria, "vias"))[0]
    await talking.say(maria, "/mis")
    await talking.tap(maria, "1. Agua para todas las veredas")
    await talking.tap(maria, "No puedo ir")
    await talking.say(maria, "/mis")
    assert "Ojo" not in only(texts(await talking.tap(maria, "1. Vías")))


async def test_one_that_begins_as_the_other_ends_is_no_overlap(talking: Talking) -> None:
    talking.store.write(_two, starts_in=timedelta(days=20, hours=4))
    maria = await _comes_to_agua(talking)
    assert "Ojo" not in (await _goes(talking, maria, "vias"))[0]


def test_a_meeting_that_moves_onto_another_says_so(store: Store) -> None:
    def world(session: Session) -> tuple[int, int]:
        _two(session, starts_in=timedelta(days=25))
        who = factories.person(session)
        for code in ("agua", "vias"):
            register(session, meetings.by_code(session, code).id, who.id, name="M", actor=BY_COMMAND, now=NOW)
        vias = meetings.by_code(session, "vias")
        vias.starts_at = NOW + timedelta(days=20, hours=1)
        vias.ends_at = NOW + timedelta(days=20, hours=3)
        versions.move(session, vias, now=NOW)
        return who.id, vias.id

    person, meeting = store.write(world)
    said = store.read(catalogue.render, Who(person, "es"), "moved", {"meeting": meeting}, now=NOW, links=LINKS)
    assert "a esa misma hora tiene puesto en «Agua para todas las veredas»" in only(list(said)).text


def test_what_is_at_once_is_of_convened_meetings_and_of_herself(store: Store) -> None:
    def world(session: Session) -> list[int]:
        _two(session)
        agua, vias = session.scalars(select(Meeting).order_by(Meeting.id)).all()
        who = factories.person(session)
        found: list[int] = []
        own = register(session, vias.id, who.id, name="M", actor=BY_COMMAND, now=NOW)
        for state in ("convened", "cancelled", "convened"):
            vias.state = state
            vias.cancelled_at, vias.cancelled_because = (NOW, "Llueve") if state == "cancelled" else (None, None)
            session.flush()
            found.append(len(overlaps.at_once(session, agua.id, who.id)))
        found.append(len(overlaps.at_once(session, agua.id, None)))
        cancel(session, own.id, person_id=who.id, actor=BY_COMMAND, now=NOW)
        return [*found, len(overlaps.at_once(session, agua.id, who.id))]

    assert store.write(world) == [1, 0, 1, 0, 0]


def test_an_offer_and_the_place_that_is_taken_warn_as_well(store: Store) -> None:
    def world(session: Session) -> tuple[int, int, int]:
        _two(session, capacity=1)
        vias = meetings.by_code(session, "vias")
        eva, maria = factories.person(session, "Eva"), factories.person(session)
        first = register(session, vias.id, eva.id, name="Eva", actor=BY_COMMAND, now=NOW)
        agua = meetings.by_code(session, "agua")
        register(session, agua.id, maria.id, name="M", actor=BY_COMMAND, now=NOW)
        own = register(session, vias.id, maria.id, name="M", actor=BY_COMMAND, now=NOW)
        cancel(session, first.id, person_id=eva.id, actor=BY_COMMAND, now=NOW)
        (offer,) = offers.serve(session, vias, NOW + HOLD)
        return maria.id, offer.id, own.id

    person, offer, own = store.write(world)
    now = NOW + HOLD
    told = store.read(catalogue.render, Who(person, "es"), "offer", {"offer": offer}, now=now, links=LINKS)
    store.write(offers.accept, offer, person_id=person, actor=BY_COMMAND, now=now)
    taken = store.read(catalogue.render, Who(person, "es"), "place", {"registration": own}, now=now, links=LINKS)
    for said in (told, taken):
        assert "a esa misma hora tiene puesto en «Agua para todas las veredas»" in only(list(said)).text
