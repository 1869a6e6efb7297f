"""What is said to somebody on another's phone: for whom it is, and buttons that act for her and nobody else."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy.orm import Session

from civic import wards
from civic.errors import RegistrationUnknown
from civic.schema import Person
from messages.kind import Kind, Who
from messages.message import Button, Message
from messages.voice import Voice, escape, shortened

FOR: Final = "@"
"""Stands in a button's data before the id of for whom it acts."""
LABEL: Final = 40
"""Characters of a name."""
OF_THE_CHAT: Final = frozenset(
    {
        *("mine", "open", "m", "map", "report", "help", "lang", "pqrsd", "other", "leaving"),
        *("hush", "changes", "alta", "privacy", "cm", "cs", "c", "ev", "fl", "rhythm", "nb", "fwd"),
    }
)
"""Choices that mean the same whoever a message is for."""


def acting(choice: str, ward_id: int) -> str:
    """Make a button's choice act for somebody signed up from this phone."""
    verb = choice.split(":", maxsplit=1)[0]
    return choice if verb in OF_THE_CHAT or FOR in choice else f"{choice}{FOR}{ward_id}"


def person_of(session: Session, who: Who, params: Mapping[str, Any]) -> Person | None:
    """Find for whom a message is, on another's phone; None when that is no longer hers to see."""
    ward = session.get(Person, params["for"])
    if ward is None or ward.telegram_id is not None:
        return None
    if who.person_id == ward.id:  # a row of the outbox is hers, and goes to this phone
        return ward
    try:
        return wards.acted_for(session, who.person_id, ward.id)
    except RegistrationUnknown:
        return None


def is_told_already(session: Session, entry: Kind, ward: Person, params: Mapping[str, Any]) -> bool:
    """Tell whether the phone's owner is told the same, word for word: news of a commitment is said once in a chat."""
    owner = wards.owner_of(session, ward)
    return owner is not None and entry.told is not None and bool(entry.told(session, [owner.id], params))


def to_her_own(voice: Voice) -> str:
    """Say how her place comes to a phone of her own."""
    return voice.t.gettext(
        "If they have Telegram, they can take it to their own phone: they write this code to me there."
    )


def said_for(voice: Voice, ward: Person, messages: Sequence[Message], *, more: str = "") -> list[Message]:
    """Say for whom messages are, in the first that has words, and let their buttons act for her.

    `more` ends the text of one that has a code to copy.
    """
    head = voice.t.gettext("<b>For {name}:</b>").format(name=called(voice, ward))
    said = []
    for message in messages:
        text = message.text
        if head and (text or message is messages[-1]):
            text, head = (f"{head}\n{text}" if text else head), ""
        if more and any(button.copy for row in message.rows for button in row):
            text = f"{text}\n\n{more}"
        rows = tuple(tuple(acting_button(button, ward.id) for button in row) for row in message.rows)
        said.append(replace(message, text=text, rows=rows))
    return said


def called(voice: Voice, ward: Person) -> str:
    """Say somebody's name in HTML, short enough for a line."""
    return escape(shortened(ward.name or voice.t.gettext("another person"), LABEL))


def acting_button(button: Button, ward_id: int) -> Button:
    """Make a button act for somebody signed up from this phone."""
    return replace(button, choice=acting(button.choice, ward_id)) if button.choice else button


def another(voice: Voice, meeting_id: int | None = None) -> Button:
    """Offer to sign somebody else up from the same phone."""
    choice = f"other:{meeting_id}" if meeting_id is not None else "other"
    words = tuple(voice.t.gettext("another person, somebody else, sign up another").split(", "))
    return Button(voice.t.gettext("Sign up another person"), choice=choice, words=words)
