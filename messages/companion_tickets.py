"""The places of who comes with somebody, as pictures that she sends on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from civic import registration
from civic.registration import Place
from messages import tickets
from messages.companions import load, to_party
from messages.kind import Kind, Who
from messages.message import Message, column
from messages.voice import Voice


@dataclass(frozen=True)
class Tickets:
    """The places of somebody's companions, to be drawn."""

    registration_id: int
    places: tuple[Place, ...]


def _load_tickets(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Tickets | None:
    group = load(session, who, params, now)
    if group is None:
        return None
    theirs = [each.id for each in group.members if each.hers and each.state == "registered"]
    found = (registration.place(session, each, now) for each in theirs) if group.card.state == "convened" else ()
    return Tickets(group.registration_id, tuple(place for place in found if place))


def _tickets(voice: Voice, found: Tickets) -> list[Message]:
    t = voice.t
    text = (
        t.gettext("Send each picture on to who comes with you: it is shown at the door.")
        if found.places
        else t.gettext("No companion of yours has a place at the moment.")
    )
    pictures = [tickets.ticket(voice, place) for place in found.places]
    return [*pictures, Message(text, column(to_party(voice, found.registration_id)))]


KINDS: Final[dict[str, Kind]] = {"tickets": Kind(_load_tickets, _tickets)}
