"""«My meetings»: seen again, given up, taken back, offered; the picture and the calendar file."""

import struct
from datetime import timedelta
from typing import Any

from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import meetings, offers
from civic import workshops as seats
from civic.audit import BY_COMMAND
from civic.registration import cancel, register
from civic.schema import Meeting, Offer, Registration
from messages import catalogue
from messages.kind import Who
from messages.telegram import send
from messages.voice import Links
from tests import factories
from tests.factories import NOW
from tests.handlers.conftest import Talking, buttons, only, open_meeting, texts

ACCEPT = "Soy mayor de edad y acepto"


async def _signed_up(talking: Talking, name: str = "María") -> int:
    chat = await talking.person(name)
    await talking.say(chat, "/start m_agua")
    await talking.say(chat, "quiero ir")
    await talking.tap(chat, ACCEPT)
    await talking.tap(chat, "Voy solo(a)")
    return chat


def _state(session: Session) -> list[str]:
    return list(session.scalars(select(Registration.state).order_by(Registration.id)))


def _code(session: Session) -> str:
    return session.scalars(select(Registration.code)).one() or "none"


async def test_my_meetings_shows_the_place_again(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    listed = await talking.say(maria, "/mis")
    assert "Agua para todas las veredas" in only(texts(listed))
    assert "Tiene puesto" in listed[0]["text"]
    place = await talking.say(maria, "1")
    assert "su puesto está guardado" in only(texts(place))


async def test_who_has_none_is_shown_the_way(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await talking.person()
    assert buttons(await talking.say(maria, "mis encuentros")) == ["Encuentros abiertos", "Inscribir a otra persona"]


async def test_a_place_given_up_by_mistake_comes_back(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    await talking.say(maria, "/mine")
    await talking.say(maria, "1")
    left = await talking.say(maria, "no puedo ir")
    assert "Se lo guardo 2 minutos" in only(texts(left))
    assert left[0]["pinned"]  # what is pinned says how it is now
    assert talking.store.read(_state) == ["cancelled"]
    talking.now += timedelta(minutes=1)
    assert "su puesto está guardado" in only(texts(await talking.tap(maria, "Fue un error")))
    assert talking.store.read(_state) == ["registered"]


async def test_leaving_twice_leaves_once(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    first = texts(await talking.tap(maria, "No puedo ir"))
    assert texts(await talking.tap(maria, "No puedo ir")) == first


async def test_somebody_elses_place_is_nobodys_business(talking: Talking) -> None:
    talking.store.write(open_meeting)
    await _signed_up(talking)
    code = talking.store.read(_code)
    other = await talking.person("Eva")
    said = await talking.say(other, f"/start r_{code}")
    assert code not in "".join(texts(said))
    assert "Si es suyo y le inscribieron desde otro teléfono" in "".join(texts(said))  # whoever's it is, or nobody's


async def test_her_own_code_opens_her_place(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    code = talking.store.read(_code)
    assert code in only(texts(await talking.say(maria, f"/start r_{code}")))


async def test_the_picture_says_code_and_place_in_words(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    picture = only(await talking.tap(maria, "Código QR"))
    code = talking.store.read(_code)
    assert code in picture["text"]
    assert "Casa de la Cultura" in picture["text"]
    content = await talking.telegram.file(picture["photo"])
    assert content.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", content[16:24])
    assert (width, height > width) == (900, True)


async def test_the_picture_says_the_workshop_once_there_is_one(talking: Talking) -> None:
    topics = [{"capacity": 30, "topic": "Tarifas", "room": "Salón 2"}]
    talking.store.write(lambda session: factories.meeting(session, workshops=topics))
    maria = await _signed_up(talking)

    def seat(session: Session) -> None:
        seats.seat_everyone(session, session.scalars(select(Meeting.id)).one(), now=NOW)

    without = only(await talking.tap(maria, "Código QR"))
    talking.store.write(seat)
    with_it = only(await talking.tap(maria, "Código QR"))
    assert "Taller 1, Tarifas, Salón 2" in with_it["text"]
    assert "Taller" not in without["text"]
    heights = [
        struct.unpack(">II", (await talking.telegram.file(each["photo"]))[16:24])[1] for each in (without, with_it)
    ]
    assert heights[0] < heights[1]


async def test_the_calendar_file_is_the_same_appointment_each_time(talking: Talking) -> None:
    talking.store.write(open_meeting)
    maria = await _signed_up(talking)
    files = [only(await talking.tap(maria, "A mi calendario"))["document"] for _ in range(2)]
    events = [Calendar.from_ical(await talking.telegram.file(each)).walk("VEVENT")[0] for each in files]
    assert events[0]["UID"] == events[1]["UID"]
    start: Any = events[0]["DTSTART"]
    assert start.params["TZID"] == "America/Bogota"
    assert start.dt == NOW + timedelta(days=20)
    assert files[0]["name"] == "agua.ics"


async def test_answers_can_be_changed_later(talking: Talking) -> None:
    talking.store.write(lambda session: factories.meeting(session, attributes={"zone": ["urbana", "rural"]}))
    maria = await _signed_up(talking)
    await talking.tap(maria, "Así está bien")
    await talking.tap(maria, "Zona rural")
    await talking.say(maria, "Ahora no")
    await talking.say(maria, "/mis")
    await talking.say(maria, "1")
    await talking.tap(maria, "Cambiar mis respuestas")
    asked = await talking.tap(maria, "¿Dónde vive?")
    assert buttons(asked) == ["Zona urbana", "Zona rural: sí", "Prefiero no decir"]
    await talking.say(maria, "urbana")
    kept = talking.store.read(lambda session: session.scalars(select(Registration.attributes)).one())
    assert kept == {"zone": "urbana"}


async def _offered(talking: Talking) -> tuple[int, int]:
    """Let somebody wait, be offered a place and be told; give her chat and the offer."""

    def full(session: Session) -> int:
        meeting = factories.meeting(session, capacity=1)
        first = factories.person(session, "Ana", telegram_id=900_100)
        return register(session, meeting.id, first.id, name="Ana", actor=BY_COMMAND, now=NOW).id

    taken = talking.store.write(full)
    chat = await talking.person("María")
    await talking.say(chat, "/start m_agua")
    await talking.say(chat, "quiero ir")
    await talking.tap(chat, ACCEPT)

    def free(session: Session) -> tuple[int, int]:
        own = session.get_one(Registration, taken)
        assert own.person_id is not None
        cancel(session, taken, person_id=own.person_id, actor=BY_COMMAND, now=NOW)
        meeting = meetings.lock(session, own.meeting_id)
        offer = only(offers.serve(session, meeting, NOW + timedelta(minutes=3)))
        waiting = session.scalars(select(Registration).where(Registration.state == "offered")).one()
        assert waiting.person_id is not None
        return offer.id, waiting.person_id

    offer, person = talking.store.write(free)
    talking.now = NOW + timedelta(minutes=3)
    await _tell(talking, chat, person, "offer", {"offer": offer})
    return chat, offer


async def _tell(talking: Talking, chat: int, person: int, kind: str, params: dict[str, int]) -> None:
    """Send what delivery would send."""

    def render(session: Session) -> list[object]:
        links = Links("https://t.me/convoca_bot", None)
        return list(catalogue.render(session, Who(person, "es"), kind, params, now=talking.now, links=links))

    for message in talking.store.read(render):
        await send(talking.bot, chat, message)  # type: ignore[arg-type]
    await talking.answered(chat)


async def test_an_offer_taken_is_a_place(talking: Talking) -> None:
    chat, _ = await _offered(talking)
    assert "su puesto está guardado" in only(texts(await talking.tap(chat, "Lo tomo")))
    assert talking.store.read(_state) == ["cancelled", "registered"]


async def test_an_offer_says_until_when_in_words(talking: Talking) -> None:
    chat, offer = await _offered(talking)
    told = (await talking.telegram.messages(chat))[-1]["text"]
    until = talking.store.read(lambda session: session.get_one(Offer, offer).expires_at)
    assert "Se liberó un puesto para usted" in told
    assert "conserva su lugar en la lista" in told
    assert until > NOW


async def test_an_offer_declined_leaves_the_list_and_can_be_had_back(talking: Talking) -> None:
    chat, _ = await _offered(talking)
    assert "ya no está en la lista" in only(texts(await talking.tap(chat, "No, gracias")))
    assert talking.store.read(_state) == ["cancelled", "cancelled"]
    assert "Se liberó un puesto para usted" in only(texts(await talking.tap(chat, "Fue un error")))
    assert "su puesto está guardado" in only(texts(await talking.tap(chat, "Lo tomo")))


async def test_an_offer_that_lapsed_keeps_the_position_and_says_so(talking: Talking) -> None:
    chat, offer = await _offered(talking)

    def lapse(session: Session) -> int:
        talking.now = session.get_one(Offer, offer).expires_at
        meeting = session.scalars(select(Meeting)).one()
        newcomer = factories.person(session, "Eva", telegram_id=900_101)
        register(session, meeting.id, newcomer.id, name="Eva", actor=BY_COMMAND, now=talking.now)
        offers.lapse_due(session, meeting.id, talking.now)
        return session.scalars(select(Registration.person_id).where(Registration.name == "María")).one() or 0

    person = talking.store.write(lapse)
    await _tell(talking, chat, person, "lapsed", {"offer": offer})
    told = (await talking.telegram.messages(chat))[-1]
    assert "Usted conserva su lugar: número 1 en la lista" in told["text"]
