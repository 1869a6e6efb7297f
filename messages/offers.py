"""What we say about a place that came free and is offered to who waits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import registration
from civic.registration import Place
from civic.schema import Offer, Registration
from messages.kind import Kind, Who
from messages.message import Button, Message, column
from messages.places import where_and_when
from messages.voice import Voice


@dataclass(frozen=True)
class Offered:
    """An offer and its person's place as it stands."""

    offer_id: int
    state: str
    """open, accepted, declined, lapsed, excused, withdrawn"""
    place: Place
    again: bool = False
    """An earlier offer to the same people lapsed."""


def _load(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Offered | None:
    offer = session.get(Offer, params["offer"])
    if offer is None or who.person_id is None:
        return None
    own = session.scalar(
        select(Registration.id).where(Registration.party_id == offer.party_id, Registration.person_id == who.person_id)
    )
    place = registration.place(session, own, now) if own is not None else None
    before = select(Offer.id).where(Offer.party_id == offer.party_id, Offer.id < offer.id, Offer.state == "lapsed")
    again = session.scalar(before.limit(1)) is not None
    return Offered(offer.id, offer.state, place, again) if place else None


def _load_open(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Offered | None:
    """Load an offer that may still be taken; one that lapsed or was answered meanwhile is not told any more."""
    found = _load(session, who, params, now)
    if found is None or found.state != "open" or found.place.state != "offered":
        return None
    return found if found.place.offer_expires_at and found.place.offer_expires_at > now else None


def _load_lapsed(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Offered | None:
    found = _load(session, who, params, now)
    return found if found and found.state == "lapsed" and found.place.state == "waiting" else None


def offered(voice: Voice, place: Place, *, again: bool = False) -> Message:
    """Offer a place: what, until when, yes or no; `again` when she let an earlier offer pass."""
    t, card = voice.t, place.card
    until = voice.when(place.offer_expires_at, card.timezone) if place.offer_expires_at else ""
    headline = (
        t.gettext("<b>The time passed, but you kept your number and the place is still free</b>\n{title}")
        if again
        else t.gettext("<b>A place came free for you</b>\n{title}")
    )
    parts = [
        headline.format(title=voice.say(card.title)),
        where_and_when(voice, card),
        t.gettext(
            "You can take it until <b>{until}</b>\nIf you do not answer, it is offered to the next, and you keep your"
            " number on the list."
        ).format(until=until),
    ]
    rows = column(
        Button(
            t.gettext("I take it"),
            choice=f"take:{place.offer_id}",
            words=tuple(t.gettext("yes, take it, I want it").split(", ")),
        ),
        Button(
            t.gettext("No, thank you"),
            choice=f"pass:{place.offer_id}",
            words=tuple(t.gettext("no, no thanks").split(", ")),
        ),
    )
    return Message("\n\n".join(parts), rows)


def _offer(voice: Voice, found: Offered) -> list[Message]:
    return [offered(voice, found.place, again=found.again)]


def _lapsed(voice: Voice, found: Offered) -> list[Message]:
    t, place = voice.t, found.place
    text = t.gettext(
        "The time to take the place in «{title}» has passed, so it goes to the next. You keep your position: number"
        " {position} on the list. Are you still interested?"
    ).format(title=voice.say(place.card.title), position=voice.number(place.position or 1))
    rows = column(
        Button(t.gettext("Yes, I still want a place"), choice=f"take:{found.offer_id}", words=(t.gettext("yes"),)),
        Button(t.gettext("No, leave the list"), choice=f"pass:{found.offer_id}", words=(t.gettext("no"),)),
    )
    return [Message(text, rows)]


def _passed(voice: Voice, found: Offered) -> list[Message]:
    t, place = voice.t, found.place
    text = t.gettext(
        "Thank you for answering: the place goes to the next, and you are off the list of «{title}»."
    ).format(title=voice.say(place.card.title))
    undo = place.undo_until is not None and found.state == "declined"
    if undo:
        text += " " + t.gettext("I hold it for 2 minutes, in case it was a mistake.")
    rows = column(
        Button(t.gettext("It was a mistake"), choice=f"unpass:{found.offer_id}", words=(t.gettext("mistake"),))
        if undo
        else None,
        Button(t.gettext("My meetings"), choice="mine"),
    )
    return [Message(text, rows)]


KINDS: Final[dict[str, Kind]] = {
    "offer": Kind(_load_open, _offer),
    "lapsed": Kind(_load_lapsed, _lapsed),
    "passed": Kind(_load, _passed),
}
