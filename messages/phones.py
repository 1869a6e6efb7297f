"""What we say about a person's own phone: what it is for, and that it was kept, left out or forgotten."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from civic import support
from civic.schema import Person
from civic.support import PhoneAsked
from messages.kind import Kind, Who, nothing_to_look_up
from messages.message import Button, Message, column
from messages.voice import Voice


def _ask(voice: Voice, asked: PhoneAsked) -> list[Message]:
    t = voice.t
    lines = [
        t.gettext("<b>Would you leave a phone number?</b>"),
        t.gettext(
            "In case a message does not reach you, or to talk about your support. It is optional, kept for that alone,"
            " and only the organisers see it. Tap the key below, or write the number."
        ),
    ]
    if asked.known:
        lines.append(t.gettext("I have a number of yours; another takes its place."))
    rows = column(
        Button(t.gettext("Remove my number"), choice=f"rmphone:{asked.registration_id}") if asked.known else None,
        Button(
            t.gettext("Not now"),
            choice=f"nophone:{asked.registration_id}",
            words=tuple(t.gettext("no, skip, none").split(", ")),
        ),
    )
    return [Message("\n".join(lines), rows, contact=t.gettext("Share my number"))]


@dataclass(frozen=True)
class Noted:
    """What became of somebody's number."""

    what: str
    """kept, skipped, removed"""
    ends_in: str
    """Its last digits: enough to see that it is right, and little for who looks on; none where none is kept."""


ENDING: Final = 4
"""Digits of a number that are said back."""


def _load_noted(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Noted | None:
    number = params.get("registration")
    asked = support.phone_asked(session, number, who.person_id, now) if number is not None else None
    person = session.get(Person, who.person_id) if asked and asked.known else None
    digits = re.sub(r"\D", "", person.phone or "") if person else ""
    if params["what"] == "kept" and not digits:
        return None  # it was removed since
    return Noted(params["what"], digits[-ENDING:])


def _noted(voice: Voice, noted: Noted) -> list[Message]:
    """Say it, a number that is kept by its end; where it may be changed stands under what comes next."""
    t = voice.t
    said = {
        "kept": t.gettext(
            "Thank you. I noted the number that ends in {digits}. I keep it only for when a message does not reach you,"
            " or for your support; you can change or remove it at any time."
        ).format(digits=noted.ends_in),
        "skipped": t.gettext("That is all right."),
        "removed": t.gettext("I have removed your number."),
    }
    return [Message(said[noted.what], ends_keyboard=True)]


def _unclear(voice: Voice, _params: Mapping[str, Any]) -> list[Message]:
    return [Message(voice.t.gettext("That does not look like a phone number: it has from 7 to 15 digits."))]


def _of_another(voice: Voice, _params: Mapping[str, Any]) -> list[Message]:
    text = voice.t.gettext("Thank you, but I keep only your own number, nobody else's. I did not keep that one.")
    return [Message(text)]


def _load(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> PhoneAsked | None:
    return support.phone_asked(session, params["registration"], who.person_id, now)


KINDS: Final[dict[str, Kind]] = {
    "phone": Kind(_load, _ask),
    "phone_noted": Kind(_load_noted, _noted),
    "phone_unclear": Kind(nothing_to_look_up, _unclear),
    "phone_of_another": Kind(nothing_to_look_up, _of_another),
}
