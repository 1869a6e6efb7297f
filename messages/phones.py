"""What we say about a person's own phone: what it is for, and that it was kept, left out or forgotten."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from civic import support
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


def _noted(voice: Voice, params: Mapping[str, Any]) -> list[Message]:
    t = voice.t
    said = {
        "kept": t.gettext(
            "Thank you. I keep your number only for when a message does not reach you, or for your support; you can"
            " change or remove it at any time."
        ),
        "skipped": t.gettext("That is all right."),
        "removed": t.gettext("I have removed your number."),
    }
    return [Message(said[params["what"]], ends_keyboard=True)]


def _unclear(voice: Voice, _params: Mapping[str, Any]) -> list[Message]:
    return [Message(voice.t.gettext("That does not look like a phone number: it has from 7 to 15 digits."))]


def _of_another(voice: Voice, _params: Mapping[str, Any]) -> list[Message]:
    text = voice.t.gettext("Thank you, but I keep only your own number, nobody else's. I did not keep that one.")
    return [Message(text)]


def _load(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> PhoneAsked | None:
    return support.phone_asked(session, params["registration"], who.person_id, now)


KINDS: Final[dict[str, Kind]] = {
    "phone": Kind(_load, _ask),
    "phone_noted": Kind(nothing_to_look_up, _noted),
    "phone_unclear": Kind(nothing_to_look_up, _unclear),
    "phone_of_another": Kind(nothing_to_look_up, _of_another),
}
