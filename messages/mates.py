"""What is said of all who are told on one phone: the codes of their places, and their workshops, by name."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import registration, wards
from civic.places import AHEAD
from civic.registration import Place
from civic.schema import Registration
from messages.for_whom import LABEL, acting
from messages.message import Button
from messages.places import workshop
from messages.voice import Voice, escape, shortened

WORKSHOP: Final = 120
"""Characters of a workshop's topic and room."""


class Mate(NamedTuple):
    """Somebody of a phone, and her place in a meeting or on its list."""

    ward: int | None
    """Who was signed up from it; None: who has the phone."""
    place: Place


def of_phone(session: Session, person_id: int | None, meeting_id: int, now: datetime) -> list[Mate]:
    """List who was signed up from a person's phone and comes to a meeting, or waits for a place there."""
    theirs = [each.id for each in wards.of(session, person_id)]
    rows = session.execute(
        select(Registration.person_id, Registration.id)
        .where(
            Registration.meeting_id == meeting_id,
            Registration.person_id.in_(theirs),
            Registration.state.in_(AHEAD),
        )
        .order_by(Registration.id)
    )
    found = ((ward, registration.place(session, number, now)) for ward, number in rows)
    return [Mate(ward, place) for ward, place in found if place is not None]


def codes(voice: Voice, all_of_them: Sequence[Mate]) -> str:
    """Say each one's code, or how she waits for one, a line each, in HTML."""
    return "\n".join(_code(voice, escape(_name(voice, each)), each.place) for each in all_of_them)


def workshops(voice: Voice, all_of_them: Sequence[Mate]) -> str:
    """Say each one's workshop, a line each, in HTML."""
    t = voice.t
    return "\n".join(
        t.gettext("• {name}: {workshop}").format(
            name=escape(_name(voice, each)),
            workshop=workshop(voice, each.place, WORKSHOP) or t.gettext("not decided yet; I write as soon as it is"),
        )
        for each in all_of_them
    )


def qr_codes(voice: Voice, all_of_them: Sequence[Mate]) -> list[Button]:
    """Offer the picture of each place."""
    t = voice.t
    return [
        Button(
            t.gettext("QR code: {name}").format(name=_name(voice, each)),
            choice=f"ticket:{each.place.id}" if each.ward is None else acting(f"ticket:{each.place.id}", each.ward),
        )
        for each in all_of_them
        if each.place.state == "registered"
    ]


def _code(voice: Voice, name: str, place: Place) -> str:
    t = voice.t
    if place.state == "registered":
        return t.gettext("• {name}: has a place, code {code}").format(name=name, code=place.code)
    if place.state == "offered":
        return t.gettext("• {name}: a place is offered").format(name=name)
    return t.gettext("• {name}: waits, number {position} on the list").format(
        name=name, position=voice.number(place.position or 1)
    )


def _name(voice: Voice, mate: Mate) -> str:
    nobody = voice.t.gettext("You") if mate.ward is None else voice.t.gettext("another person")
    return shortened(mate.place.name or nobody, LABEL)
