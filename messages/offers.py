"""What we say about a place that came free and is offered to who waits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import leaving, meetings, offers, overlaps, places
from civic.meetings import Card
from civic.overlaps import Overlap
from civic.places import AHEAD, ON_THE_LIST
from civic.schema import Meeting, Offer
from messages.forwarding import forward_button
from messages.kind import Kind, Who
from messages.message import Button, Message, column
from messages.overlaps import warnings
from messages.places import where_and_when
from messages.voice import Voice


@dataclass(frozen=True)
class Offering:
    """Places that a party may take: how many, until when, and for whom as one person sees it."""

    id: int | None
    places: int
    expires_at: datetime | None
    card: Card
    hers: bool = True
    """One of them is for the person herself; else all are for her companions."""
    again: bool = False
    """An earlier offer to the same people lapsed."""
    at_once: tuple[Overlap, ...] = ()
    """Other meetings of hers that are at the same time."""


@dataclass(frozen=True)
class Offered:
    """An offer and how it stands for one person of the party."""

    offering: Offering
    state: str
    """open, accepted, declined, lapsed, excused, withdrawn"""
    on_the_list: frozenset[str]
    """The states, waiting or offered, of whom she answers for."""
    position: int | None
    """On the waiting list, of the first of them."""
    held: bool
    """What she turned down is kept for two minutes still."""
    undo: bool
    """She may take back that she turned it down."""


def _load(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Offered | None:
    offer = session.get(Offer, params["offer"])
    if offer is None or who.person_id is None:
        return None
    mine = offers.spoken_for(session, offer.party_id, who.person_id, (*AHEAD, "cancelled"))
    if not mine:
        return None
    listed = [each for each in mine if each.state in ON_THE_LIST]
    gone = leaving.turned_down(offer, [each for each in mine if each.state == "cancelled"])
    latest = max(gone, key=lambda each: each.cancelled_at or now, default=None)
    before = select(Offer.id).where(Offer.party_id == offer.party_id, Offer.id < offer.id, Offer.state == "lapsed")
    meeting = session.get_one(Meeting, offer.meeting_id)
    return Offered(
        offering=Offering(
            id=offer.id,
            places=offer.places,
            expires_at=offer.expires_at,
            card=meetings.card_of(session, meeting, who.person_id, now),
            hers=any(each.person_id == who.person_id for each in listed),
            again=session.scalar(before.limit(1)) is not None,
            at_once=tuple(overlaps.at_once(session, meeting.id, who.person_id)),
        ),
        state=offer.state,
        on_the_list=frozenset(each.state for each in listed),
        position=min((places.position(session, each) or 1 for each in listed), default=None),
        held=latest is not None and latest.cancelled_from == "offered" and leaving.is_held(latest, now),
        undo=latest is not None and leaving.may_come_back(session, latest, now),
    )


def _load_open(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Offered | None:
    """Load an offer that may still be taken; one that lapsed or was answered meanwhile is not told any more."""
    found = _load(session, who, params, now)
    if found is None or found.state != "open" or "offered" not in found.on_the_list:
        return None
    return found if found.offering.expires_at and found.offering.expires_at > now else None


def _load_lapsed(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Offered | None:
    found = _load(session, who, params, now)
    return found if found and found.state == "lapsed" and found.on_the_list == {"waiting"} else None


def offered(voice: Voice, offering: Offering) -> Message:
    """Offer places: what, until when, yes or no."""
    t, card = voice.t, offering.card
    until = voice.when(offering.expires_at, card.timezone) if offering.expires_at else ""
    parts = [
        f"{_headline(voice, offering)}\n{voice.say(card.title)}",
        where_and_when(voice, card),
        t.gettext(
            "You can take it until <b>{until}</b>\nIf you do not answer, it is offered to the next, and you keep your"
            " number on the list."
        ).format(until=until),
        *warnings(voice, offering.at_once),
    ]
    rows = column(
        Button(
            t.gettext("I take it") if offering.places <= 1 else t.gettext("I take them"),
            choice=f"take:{offering.id}",
            words=tuple(t.gettext("yes, take it, I want it").split(", ")),
        ),
        Button(
            t.gettext("No, thank you"),
            choice=f"pass:{offering.id}",
            words=tuple(t.gettext("no, no thanks").split(", ")),
        ),
        forward_button(voice, "o", card.id),
    )
    return Message("\n\n".join(parts), rows)


def _headline(voice: Voice, offering: Offering) -> str:
    """Say how many places came free, for whom; or that they are still free, to who let an earlier offer pass."""
    t, number = voice.t, voice.number(offering.places)
    if offering.again and offering.places <= 1:
        return t.gettext("<b>The time passed, but you kept your number and the place is still free</b>")
    if offering.again:
        return t.gettext("<b>The time passed, but you kept your number and {number} places are still free</b>").format(
            number=number
        )
    if not offering.hers:
        return t.ngettext(
            "<b>{number} place came free for the one of your group who waits</b>",
            "<b>{number} places came free for those who wait of your group</b>",
            offering.places,
        ).format(number=number)
    if offering.places <= 1:
        return t.gettext("<b>A place came free for you</b>")
    return t.gettext("<b>{number} places came free for your group</b>").format(number=number)


def _offer(voice: Voice, found: Offered) -> list[Message]:
    return [offered(voice, found.offering)]


def _lapsed(voice: Voice, found: Offered) -> list[Message]:
    t, offering = voice.t, found.offering
    text = t.gettext(
        "The time to take the place in «{title}» has passed, so it goes to the next. You keep your position: number"
        " {position} on the list. Are you still interested?"
    ).format(title=voice.say(offering.card.title), position=voice.number(found.position or 1))
    rows = column(
        Button(t.gettext("Yes, I still want a place"), choice=f"take:{offering.id}", words=(t.gettext("yes"),)),
        Button(t.gettext("No, leave the list"), choice=f"pass:{offering.id}", words=(t.gettext("no"),)),
    )
    return [Message(text, rows)]


def _passed(voice: Voice, found: Offered) -> list[Message]:
    t, offering = voice.t, found.offering
    text = t.gettext(
        "Thank you for answering: the place goes to the next, and you are off the list of «{title}»."
    ).format(title=voice.say(offering.card.title))
    if offering.card.registration_state == "registered":
        text += " " + t.gettext("Your own place stays yours.")
    if found.held and found.undo:
        text += " " + t.gettext("I hold it for 2 minutes, in case it was a mistake.")
    rows = column(
        Button(t.gettext("It was a mistake"), choice=f"unpass:{offering.id}", words=(t.gettext("mistake"),))
        if found.undo
        else None,
        Button(t.gettext("My meetings"), choice="mine"),
    )
    return [Message(text, rows)]


KINDS: Final[dict[str, Kind]] = {
    "offer": Kind(_load_open, _offer),
    "lapsed": Kind(_load_lapsed, _lapsed),
    "passed": Kind(_load, _passed),
}
