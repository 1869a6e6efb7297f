"""What we say when somebody asks for help, greets us or is not understood."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from civic import staff
from civic.schema import Person
from messages.kind import Kind, Who, nothing_to_look_up
from messages.message import Button, Message, Rows, column
from messages.voice import Voice


def _welcome(voice: Voice, _data: Any) -> list[Message]:
    text = voice.t.gettext(
        "Hello. I am Convoca: I keep your place in meetings where citizens and public servants talk, I remind you, and"
        " I tell you what becomes of the commitments. Tap a button or write in your own words."
    )
    return [Message(text)]


@dataclass(frozen=True)
class Asking:
    """Who asks for help."""

    organises: bool
    tell: str
    """What she is told unprompted: all, changes, nothing."""


def _asking(session: Session, who: Who, _params: Mapping[str, Any], _now: datetime) -> Asking:
    person = session.get(Person, who.person_id) if who.person_id is not None else None
    return Asking(staff.is_organiser(session, who.person_id), person.tell if person else "all")


def _help(voice: Voice, asking: Asking) -> list[Message]:
    t = voice.t
    hears = {
        "nothing": t.gettext("At the moment I send you nothing on my own, as you asked me."),
        "changes": t.gettext("At the moment I only tell you when a meeting of yours changes or is cancelled."),
    }
    now = f"{hears[asking.tell]}\n\n" if asking.tell in hears else ""
    text = now + t.gettext(
        "<b>What I can do</b>\n"
        "• Sign you up for a meeting: /meetings\n"
        "• Show your places, change your answers or give a place up: /mine\n"
        "• Show what was committed and what became of it: /commitments\n"
        "• Speak another language: /language\n"
        "• Say what I keep about you, or erase it: /privacy\n\n"
        "Instead of tapping a button you can write its words or its number. Write STOP and I send you nothing on my"
        " own."
    )
    rows = column(
        Button(t.gettext("Receive messages again"), choice="alta") if now else None,
        *_ways(voice),
        Button(t.gettext("What I follow"), choice="fl"),
        Button(t.gettext("Organise"), choice="orgl") if asking.organises else None,
        Button(t.gettext("I have a complaint"), choice="pqrsd"),
        Button("Español / English", choice="lang"),
    )
    return [Message(text, rows)]


def _thanks(voice: Voice, _params: Mapping[str, Any]) -> list[Message]:
    return [Message(voice.t.gettext("You are welcome. I am here whenever you need me."), _menu(voice))]


def _thanks_here(voice: Voice, _params: Mapping[str, Any]) -> list[Message]:
    return [Message(voice.t.gettext("You are welcome. I was asking:"))]


def _unknown_link(voice: Voice, _params: Mapping[str, Any]) -> list[Message]:
    return [Message(voice.t.gettext("That link leads nowhere any more, but you are in the right place."))]


def _ways(voice: Voice) -> tuple[Button, ...]:
    return (
        Button(voice.t.gettext("My meetings"), choice="mine"),
        Button(voice.t.gettext("Open meetings"), choice="open"),
    )


def _menu(voice: Voice) -> Rows:
    return column(*_ways(voice), Button(voice.t.gettext("Help"), choice="help"))


KINDS: Final[dict[str, Kind]] = {
    "welcome": Kind(nothing_to_look_up, _welcome),
    "help": Kind(_asking, _help),
    "thanks": Kind(nothing_to_look_up, _thanks),
    "thanks_here": Kind(nothing_to_look_up, _thanks_here),
    "unknown_link": Kind(nothing_to_look_up, _unknown_link),
}
