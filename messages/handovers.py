"""What we say when somebody takes a place over to her own phone: to her, and to who signed her up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from civic import handovers, meetings, overlaps, registration
from civic.columns import Text
from civic.errors import RegistrationUnknown
from civic.meetings import Card
from civic.overlaps import Overlap
from civic.schema import Handover, Meeting, Party, Registration
from messages.invitations import KINDS as OF_A_LINK
from messages.kind import Kind, Who, nothing_to_look_up
from messages.message import Button, Message, Rows, column
from messages.overlaps import warnings
from messages.signup import card_by_id, phone
from messages.voice import Voice, escape, shortened

NAME: Final = 40
"""Characters of a name."""


@dataclass(frozen=True)
class Wish:
    """Whose place somebody asks for, and where, as who signed her up sees it."""

    id: int
    name: str | None
    code: str | None
    title: Text
    invited: bool
    """She is a companion, and agrees herself before the place is hers."""


@dataclass(frozen=True)
class Taken:
    """A place that is on her own phone now."""

    registration_id: int
    title: Text
    name: str | None
    at_once: Sequence[Overlap]
    """Other meetings of hers that are at the same time."""


def _seen(voice: Voice, params: Mapping[str, Any]) -> list[Message]:
    t = voice.t
    text = t.gettext(
        "That looks like the code of a place. If it is yours and somebody signed you up from another phone, I can ask"
        " them to pass it to this one."
    )
    rows = column(
        Button(
            t.gettext("It is mine, ask them"),
            choice=f"mycode:{params['code']}",
            words=tuple(t.gettext("yes, it is mine, yes it is mine, ask").split(", ")),
        ),
        Button(t.gettext("Open meetings"), choice="open"),
    )
    return [Message(text, rows)]


def _asked(voice: Voice, _params: Mapping[str, Any]) -> list[Message]:
    text = voice.t.gettext(
        "I have asked who signed you up whether it is you. As soon as they say yes, your place comes to this phone with"
        " all that is yours. I write to you here, within a day at most."
    )
    return [Message(text, _ways_on(voice))]


def _wrong(voice: Voice, _params: Mapping[str, Any]) -> list[Message]:
    text = voice.t.gettext(
        "With that code there is no place that could come to this phone. Please look at it again: it has 8 letters and"
        " numbers. Whoever signed you up sees it in «My meetings»."
    )
    return [Message(text, _ways_on(voice))]


def _nobody(voice: Voice, params: Mapping[str, Any]) -> list[Message]:
    text = voice.t.gettext(
        "I cannot ask who signed you up: I reach nobody there at the moment. Nothing is lost, and your place stays as"
        " it is. Please talk to them, or call."
    )
    return [Message(_with_phone(voice, text, params["contact"]), _ways_on(voice))]


def _already(voice: Voice, _params: Mapping[str, Any]) -> list[Message]:
    text = voice.t.gettext(
        "You have a place of your own in that meeting already, and it stays yours. The other one stays where it is: if"
        " it is not needed, whoever signed you up can free it for somebody else."
    )
    return [Message(text, _ways_on(voice))]


def _load_contact(session: Session, _who: Who, params: Mapping[str, Any], _now: datetime) -> Mapping[str, Any]:
    """Find whom to call about the meeting in question."""
    asked = session.get(Handover, params.get("handover", 0))
    found = session.get(Registration, asked.registration_id) if asked and asked.registration_id else None
    meeting = session.get(Meeting, found.meeting_id) if found else None
    return {"contact": meeting.contact if meeting else None}


def _load_wish(session: Session, who: Who, params: Mapping[str, Any], _now: datetime) -> Wish | None:
    found = handovers.waiting_for(session, params["handover"], who.person_id)
    if found is None:
        return None
    return _of(session, params["handover"], found)


def _of(session: Session, handover_id: int, found: Registration) -> Wish:
    title = session.get_one(Meeting, found.meeting_id).title
    return Wish(handover_id, found.name, found.code, title, invited=found.person_id is None)


def _wish(voice: Voice, wish: Wish) -> list[Message]:
    t = voice.t
    name = _called(voice, wish)
    text = t.gettext(
        "<b>{name} wants to take their place to their own phone. Is it them?</b>\nSomebody wrote the code of their"
        " place in «{title}» to me. If it is them, their place and their messages go to their phone. If you do not"
        " know, say no: nothing changes."
    ).format(name=name, title=voice.say(wish.title))
    rows = column(
        Button(
            t.gettext("Yes, it is them"),
            choice=f"hyes:{wish.id}",
            words=tuple(t.gettext("yes, yes it is").split(", ")),
        ),
        Button(t.gettext("No"), choice=f"hno:{wish.id}"),
    )
    return [Message(text, rows)]


def _called(voice: Voice, wish: Wish) -> str:
    """Say who it is about, in HTML: a companion without a name by her code."""
    t = voice.t
    if wish.invited and not wish.name:
        return t.gettext("Your companion with the code {code}").format(code=wish.code)
    return escape(shortened(wish.name or t.gettext("The person whom you signed up"), NAME))


def _load_answered(session: Session, who: Who, params: Mapping[str, Any], _now: datetime) -> Wish | None:
    asked = session.get(Handover, params["handover"])
    if asked is None or who.person_id is None or asked.owner_id != who.person_id or asked.registration_id is None:
        return None
    return _of(session, asked.id, session.get_one(Registration, asked.registration_id))


def _given(voice: Voice, wish: Wish) -> list[Message]:
    t = voice.t
    name = _called(voice, wish)
    said = (
        t.gettext(
            "Done: I have invited {name} to take the place in «{title}» on their own phone. Until they accept, it stays"
            " here."
        )
        if wish.invited
        else t.gettext("Done: from now on {name} has the place in «{title}» on their own phone, and I write there.")
    )
    return [Message(said.format(name=name, title=voice.say(wish.title)), _ways_on(voice))]


def _kept(voice: Voice, wish: Wish) -> list[Message]:
    t = voice.t
    text = t.gettext("All right, nothing changes: the place in «{title}» stays on this phone.").format(
        title=voice.say(wish.title)
    )
    return [Message(text, _ways_on(voice))]


def _gone(voice: Voice, wish: Wish) -> list[Message]:
    t = voice.t
    text = t.gettext(
        "That is not to be answered any more: the place in «{title}» was passed on already, or they have one of their"
        " own now, or too much time went by. They can ask again."
    ).format(title=voice.say(wish.title))
    return [Message(text, _ways_on(voice))]


def _load_taken(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Taken | None:
    try:
        own = registration.mine(session, params["registration"], who.person_id)
    except RegistrationUnknown:
        return None
    card = meetings.card_of(session, session.get_one(Meeting, own.meeting_id), who.person_id, now)
    return Taken(own.id, card.title, own.name, overlaps.at_once(session, own.meeting_id, who.person_id))


def _done(voice: Voice, taken: Taken) -> list[Message]:
    t = voice.t
    head = (
        t.gettext("<b>{name}, your place is on this phone now</b>").format(name=escape(shortened(taken.name, NAME)))
        if taken.name
        else t.gettext("<b>Your place is on this phone now</b>")
    )
    text = t.gettext(
        "{title}\nFrom now on I write to you here. What you had said is kept: permissions, answers, support."
    )
    rows = column(
        Button(t.gettext("My place"), choice=f"place:{taken.registration_id}"),
        Button(t.gettext("My meetings"), choice="mine"),
    )
    said = [f"{head}\n{text.format(title=voice.say(taken.title))}", *warnings(voice, taken.at_once)]
    return [Message("\n\n".join(said), rows)]


def _refused(voice: Voice, card: Card) -> list[Message]:
    text = voice.t.gettext(
        "Who signed you up did not say that it is you, so nothing changed: the place stays on their phone. Please talk"
        " to them, or call."
    )
    return [Message(_with_phone(voice, text, card.contact), _ways_on(voice))]


def _lost(voice: Voice, card: Card) -> list[Message]:
    text = voice.t.gettext(
        "The place with that code did not come to this phone: it was given up, or is on another phone already. Please"
        " talk to who signed you up, or call."
    )
    return [Message(_with_phone(voice, text, card.contact), _ways_on(voice))]


def _load_invited(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Any:
    """Look at the invitation of a companion's party, for just that place."""
    found = session.get(Registration, params["registration"])
    party = session.get(Party, found.party_id) if found is not None and found.person_id is None else None
    of_link = {"link": party.link, "companion": params["registration"]} if party is not None else None
    return OF_A_LINK["invitation"].load(session, who, of_link, now) if of_link else None


def _load_silent(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Mapping[str, Any] | None:
    asked = session.get(Handover, params["handover"])
    return _load_contact(session, who, params, now) if asked is not None and asked.state == "open" else None


def _silent(voice: Voice, params: Mapping[str, Any]) -> list[Message]:
    text = voice.t.gettext(
        "Who signed you up has not answered, so nothing changed: the place stays on their phone. Please talk to them,"
        " then write me the code again; or call."
    )
    return [Message(_with_phone(voice, text, params["contact"]), _ways_on(voice))]


def _with_phone(voice: Voice, text: str, contact: Mapping[str, Any] | None) -> str:
    return "\n\n".join(part for part in (text, phone(voice, contact)) if part)


def _ways_on(voice: Voice) -> Rows:
    return column(
        Button(voice.t.gettext("My meetings"), choice="mine"),
        Button(voice.t.gettext("Open meetings"), choice="open"),
    )


KINDS: Final[dict[str, Kind]] = {
    "code_seen": Kind(nothing_to_look_up, _seen),
    "handover_asked": Kind(nothing_to_look_up, _asked),
    "handover_wrong": Kind(nothing_to_look_up, _wrong),
    "handover_nobody": Kind(_load_contact, _nobody),
    "handover_already": Kind(nothing_to_look_up, _already),
    "handover": Kind(_load_wish, _wish),
    "handover_given": Kind(_load_answered, _given),
    "handover_kept": Kind(_load_answered, _kept),
    "handover_gone": Kind(_load_answered, _gone),
    "handover_done": Kind(_load_taken, _done),
    "handover_refused": Kind(card_by_id, _refused),
    "handover_lost": Kind(card_by_id, _lost),
    "handover_invited": Kind(_load_invited, OF_A_LINK["invitation"].say),
    "handover_silent": Kind(_load_silent, _silent),
}
