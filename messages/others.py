"""What we say while somebody signs another person up from her phone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from civic import meetings, on_behalf
from civic.meetings import Card
from civic.schema import Meeting
from messages.for_whom import LABEL, acting
from messages.kind import Kind, Who
from messages.message import Button, Message, column
from messages.signup import card_by_id, conveners, permission, phone
from messages.voice import Voice, shortened

TITLE: Final = 55
"""Characters of a meeting on its button."""


@dataclass(frozen=True)
class Known:
    """Who was signed up from this phone before, for a meeting where they do not come yet."""

    card: Card
    people: tuple[tuple[int, str | None], ...]
    """Ids and names."""


@dataclass(frozen=True)
class Asking:
    """What is asked of somebody: for herself known already, or a newcomer."""

    card: Card
    known: bool


def _own(voice: Voice, card: Card) -> list[Message]:
    """Ask who has the phone for a permission of her own: of who is signed up from it we write to her."""
    head = voice.t.gettext("<b>First a permission of your own</b>, so that I may write to this phone")
    return permission(voice, card, f"wown:{card.id}", head=head)


def _load_where(session: Session, _who: Who, _params: Mapping[str, Any], now: datetime) -> list[Meeting]:
    return meetings.coming(session, now)[0]


def _where(voice: Voice, found: list[Meeting]) -> list[Message]:
    t = voice.t
    if not found:
        text = t.gettext("No meeting is open at the moment, so nobody can be signed up.")
        return [Message(text, column(Button(t.gettext("My meetings"), choice="mine")))]
    buttons = (
        Button(
            shortened(f"{number}. {voice.plain(each.title)}", TITLE),
            choice=f"other:{each.id}",
            words=(voice.plain(each.title),),
        )
        for number, each in enumerate(found, 1)
    )
    text = t.gettext("For which meeting would you like to sign up another person?")
    return [Message(text, column(*buttons, Button(t.gettext("My meetings"), choice="mine")))]


def _load_known(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Known | None:
    card = card_by_id(session, who, params, now)
    if card is None:
        return None
    known = on_behalf.not_yet(session, card.id, who.person_id)
    return Known(card, tuple((each.id, each.name) for each in known))


def _who(voice: Voice, known: Known) -> list[Message]:
    t = voice.t
    unnamed = t.gettext("another person")
    buttons = (
        Button(
            f"{number}. {shortened(name or unnamed, LABEL)}",
            choice=acting(f"wgo:{known.card.id}", ward_id),
            words=(name,) if name else (),
        )
        for number, (ward_id, name) in enumerate(known.people, 1)
    )
    text = t.gettext("Whom would you like to sign up for «{title}»?").format(title=voice.say(known.card.title))
    newcomer = Button(
        t.gettext("Somebody else"),
        choice=f"other:{known.card.id}:new",
        words=tuple(t.gettext("other, none of these, none").split(", ")),
    )
    return [Message(text, column(*buttons, newcomer))]


def _consent(voice: Voice, card: Card) -> list[Message]:
    t = voice.t
    lines = [
        t.gettext("<b>Please read this to the person</b>"),
        "",
        t.gettext("<b>Who keeps their data:</b> {entities}").format(entities=conveners(voice, card)),
        t.gettext("<b>What:</b> their name, that they are told on this phone, and what they choose to answer."),
        t.gettext("<b>What for:</b> their place in «{title}», the reminders and news of the commitments.").format(
            title=voice.say(card.title)
        ),
        t.gettext("<b>Their rights:</b> to see, correct or erase their data, from this phone too: /privacy"),
        "",
        t.gettext("Do they accept?"),
    ]
    rows = column(
        Button(
            t.gettext("They are of age and accept"),
            choice=f"wyes:{card.id}",
            words=tuple(t.gettext("they accept, she accepts, he accepts, accepts, of age").split(", ")),
        ),
        Button(
            t.gettext("They are under 18"),
            choice=f"wminor:{card.id}",
            words=tuple(t.gettext("they are under 18, they are minor, minor, a child").split(", ")),
        ),
        Button(
            t.gettext("They do not accept"),
            choice=f"wno:{card.id}",
            words=tuple(t.gettext("no, not, they don't accept").split(", ")),
        ),
    )
    return [Message("\n".join(lines), rows)]


def _together(voice: Voice, card: Card) -> list[Message]:
    t = voice.t
    text = t.gettext(
        "<b>Do they come with you?</b>\nTogether you are in the same workshop. On their own, each has a place apart."
    )
    rows = column(
        Button(
            t.gettext("With me, in the same workshop"),
            choice=f"wwith:{card.id}:1",
            words=tuple(t.gettext("with me, together, yes").split(", ")),
        ),
        Button(
            t.gettext("On their own"),
            choice=f"wwith:{card.id}:0",
            words=tuple(t.gettext("apart, alone, on their own, no").split(", ")),
        ),
    )
    return [Message(text, rows)]


def _name(voice: Voice, card: Card) -> list[Message]:
    t = voice.t
    text = t.gettext("What is the person's name? Write it as they like to be called.")
    return [Message(text, column(Button(t.gettext("Leave it"), choice=f"wno:{card.id}")))]


def _minor(voice: Voice, card: Card) -> list[Message]:
    t = voice.t
    text = t.gettext(
        "Whoever is under 18 comes with somebody of age, as a companion: I keep a place for them, and nothing about"
        " them."
    )
    return [_ways(voice, card, text)]


def _refused(voice: Voice, card: Card) -> list[Message]:
    t = voice.t
    text = t.gettext(
        "That is all right, and I have kept nothing about that person. They may also come as your companion, without"
        " giving their data."
    )
    return [_ways(voice, card, text)]


def _ways(voice: Voice, card: Card, text: str) -> Message:
    t = voice.t
    comes = card.registration_id is not None and card.registration_state in {"registered", "waiting", "offered"}
    rows = column(
        Button(t.gettext("My companions"), choice=f"party:{card.registration_id}") if comes else None,
        Button(t.gettext("Back to the meeting"), choice=f"m:{card.code}"),
        Button(t.gettext("My meetings"), choice="mine"),
    )
    return Message("\n\n".join(part for part in (text, phone(voice, card.contact)) if part), rows)


KINDS: Final[dict[str, Kind]] = {
    "other_own": Kind(card_by_id, _own),
    "other_where": Kind(_load_where, _where),
    "other_who": Kind(_load_known, _who),
    "other_consent": Kind(card_by_id, _consent),
    "other_together": Kind(card_by_id, _together),
    "other_name": Kind(card_by_id, _name),
    "other_minor": Kind(card_by_id, _minor),
    "other_refused": Kind(card_by_id, _refused),
}
