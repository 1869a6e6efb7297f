"""What we say about somebody's workshop: which one, about what, in which room, with whom (M5, M6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import registration
from civic.registration import Place
from civic.schema import Registration, Staff
from messages.forwarding import forward_button
from messages.kind import Kind, Who
from messages.message import Button, Message, column
from messages.voice import Voice, escape


@dataclass(frozen=True)
class Seat:
    """Somebody's place, and who leads her workshop."""

    place: Place
    facilitator: str | None


def of_meeting(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Seat | None:
    """Load the seat of this person in a meeting; None without one."""
    own = session.scalar(
        select(Registration.id).where(
            Registration.meeting_id == params["meeting"],
            Registration.person_id == who.person_id,
            Registration.person_id.is_not(None),
        )
    )
    return _seat(session, own, now)


def _of_registration(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Seat | None:
    own = session.scalar(
        select(Registration.id).where(
            Registration.id == params["registration"],
            Registration.person_id == who.person_id,
            Registration.person_id.is_not(None),
        )
    )
    return _seat(session, own, now)


def _seat(session: Session, registration_id: int | None, now: datetime) -> Seat | None:
    """Look at a seat; None for who has none (any more), and once the meeting is over or cancelled."""
    place = registration.place(session, registration_id, now) if registration_id is not None else None
    if place is None or place.workshop_number is None or place.card.over or place.card.state != "convened":
        return None
    facilitator = session.scalar(
        select(Staff.name)
        .join(Registration, Registration.workshop_id == Staff.workshop_id)
        .where(Registration.id == registration_id, Staff.role == "facilitator")
    )
    return Seat(place, facilitator)


def lines(voice: Voice, seat: Seat) -> str:
    """Say a seat, a line each: number, topic, room, who leads it; in HTML."""
    t, place = voice.t, seat.place
    said = [t.gettext("<b>Your workshop: number {number}</b>").format(number=place.workshop_number)]
    if place.workshop_topic:
        said.append(t.gettext("Topic: {topic}").format(topic=voice.say(place.workshop_topic)))
    if place.workshop_room:
        said.append(t.gettext("Room: {room}").format(room=voice.say(place.workshop_room)))
    if seat.facilitator:
        said.append(t.gettext("Led by: {name}").format(name=escape(seat.facilitator)))
    return "\n".join(said)


def _seated(voice: Voice, seat: Seat) -> list[Message]:
    return [_said(voice, seat, voice.t.gettext("The workshops of «{title}» are ready."))]


def _reseated(voice: Voice, seat: Seat) -> list[Message]:
    return [_said(voice, seat, voice.t.gettext("Your workshop in «{title}» is now this one."))]


def _said(voice: Voice, seat: Seat, head: str) -> Message:
    t, card = voice.t, seat.place.card
    parts = (
        head.format(title=voice.say(card.title)),
        lines(voice, seat),
        f"{voice.when(card.starts_at, card.timezone)}\n{voice.say(card.venue['name'])}",
    )
    rows = column(
        Button(t.gettext("My place"), choice=f"place:{seat.place.id}"),
        Button(t.gettext("I cannot go"), choice=f"leave:{seat.place.id}"),
        forward_button(voice, "s", card.id),
    )
    return Message("\n\n".join(parts), rows)


KINDS: Final[dict[str, Kind]] = {
    "seated": Kind(of_meeting, _seated),
    "reseated": Kind(_of_registration, _reseated),
}
