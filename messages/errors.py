"""What we say when something cannot be done: a text for every class of the tree in `civic.errors`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from civic.errors import (
    ActWaiting,
    AnswerUnclear,
    CommitmentUnknown,
    CompanionTaken,
    ConsentMissing,
    DraftChanged,
    EntityUnknown,
    Faults,
    FeedbackClosed,
    LastOrganiser,
    LinkUnknown,
    MeetingCancelled,
    MeetingStarted,
    MeetingUnknown,
    NotAnOrganiser,
    NothingOpen,
    NotTaken,
    OfferGone,
    PartyFull,
    PhoneFull,
    PlaceGone,
    Problem,
    RegistrationUnknown,
    SchemaTooNew,
    SentAlready,
    TooLate,
    TooManyCodes,
)
from civic.meetings import Card
from civic.wards import MOST
from messages import places
from messages.kind import Kind, Who, nothing_to_look_up
from messages.meetings import way_in
from messages.message import Button, Message, column
from messages.places import Seen
from messages.signup import card_by_id
from messages.voice import Voice

SAYING: Final[dict[type[Problem], Callable[[Voice], str]]] = {
    SchemaTooNew: lambda v: v.t.gettext("I am being updated. Please try again in a few minutes."),
    MeetingUnknown: lambda v: v.t.gettext("I do not know that meeting. It may have another address now."),
    MeetingCancelled: lambda v: v.t.gettext("That meeting was cancelled, so nobody can sign up for it."),
    MeetingStarted: lambda v: v.t.gettext("That meeting has already started, so its places no longer change."),
    RegistrationUnknown: lambda v: v.t.gettext("I cannot find a place of yours there. Please look at «My meetings»."),
    ConsentMissing: lambda v: v.t.gettext("I need your permission first to keep your data for that."),
    OfferGone: lambda v: v.t.gettext("That offer is no longer open: its time passed, or it was answered already."),
    PlaceGone: lambda v: v.t.gettext(
        "That place is no longer held: it is for the next people on the list. You can sign up again."
    ),
    PartyFull: lambda v: v.t.gettext("Your group has as many people as it may have: 10."),
    PhoneFull: lambda v: v.t.gettext(
        "From one phone up to {number} people can be signed up. For more, please call, or let them use another phone."
    ).format(number=v.number(MOST)),
    TooManyCodes: lambda v: v.t.gettext(
        "That is enough codes for today. Please check the code with who signed you up, and try again tomorrow."
    ),
    LinkUnknown: lambda v: v.t.gettext("That link leads nowhere any more. Please ask for a new one, or sign up here."),
    CompanionTaken: lambda v: v.t.gettext("That place is no longer kept: somebody took it over, or it was given up."),
    FeedbackClosed: lambda v: v.t.gettext("The questions about that meeting are closed. Thank you all the same."),
    AnswerUnclear: lambda v: v.t.gettext("I did not understand that answer. Please tap one of the buttons."),
    CommitmentUnknown: lambda v: v.t.gettext("I do not know that commitment, or it has not been published yet."),
    EntityUnknown: lambda v: v.t.gettext("I do not know that public entity. Its link may have changed."),
    NotAnOrganiser: lambda v: v.t.gettext(
        "That is for the people who organise, and I do not know you as one. Whoever organises can invite you by a link."
    ),
    LastOrganiser: lambda v: v.t.gettext(
        "That is the last person who organises everything: somebody has to stay. Please invite another one first."
    ),
    NotTaken: lambda v: v.t.gettext("I cannot take that there. Please try it another way."),
    DraftChanged: lambda v: v.t.gettext("The draft has changed since you saw it, so nothing went out."),
    ActWaiting: lambda v: v.t.gettext("Something else about that meeting is waiting to go out: one at a time."),
    SentAlready: lambda v: v.t.gettext("That went out already, once. Nothing was sent again."),
    NothingOpen: lambda v: v.t.gettext("That question is no longer open."),
    TooLate: lambda v: v.t.gettext("It is too late to convene without giving a reason."),
    Faults: lambda v: v.t.gettext("The file has faults, so nothing was changed."),
}


@dataclass(frozen=True)
class Unable:
    """What cannot be done, and how the place that it was about stands, where it was about one of hers."""

    problem: str
    seen: Seen | None
    card: Card | None
    """Of a meeting where she has no place."""


def unable(problem: Problem) -> dict[str, Any]:
    """Name a problem in a reply's parameters."""
    return {"problem": type(problem).__name__}


def _load_unable(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Unable:
    seen = places.own(session, who, params, now) if "registration" in params else None
    card = card_by_id(session, who, params, now) if "meeting" in params else None
    return Unable(params["problem"], seen, card)


def _unable(voice: Voice, unable: Unable) -> list[Message]:
    by_name = {problem.__name__: saying for problem, saying in SAYING.items()}
    text = by_name[unable.problem](voice)
    if unable.seen is None and unable.card:
        card = unable.card
        about = Button(voice.t.gettext("About this meeting"), choice=f"m:{card.code}")
        when = voice.when(card.starts_at, card.timezone)
        return [Message(f"{text}\n\n<b>{voice.say(card.title)}</b>\n{when}", column(about) + _ways_on(voice))]
    if unable.seen is None:
        return [Message(text, _ways_on(voice))]
    place = unable.seen.place
    card = place.card
    ends = card.over or card.state == "cancelled" or (card.started and place.state == "cancelled")
    way = Button(voice.t.gettext("About this meeting"), choice=f"m:{card.code}") if ends else way_in(voice, card)
    back = places.back_button(voice, place)
    rows = column(back, way, Button(voice.t.gettext("My meetings"), choice="mine"))
    return [Message(f"{text}\n\n{places.in_brief(voice, place)}", rows)]


def _sorry(voice: Voice, params: Mapping[str, Any]) -> list[Message]:
    text = voice.t.gettext(
        "I am sorry, something went wrong on my side. Nothing you sent before is lost."
        " Please try again; if it happens again, say this code: {code}"
    )
    return [Message(text.format(code=params["code"]), _ways_on(voice))]


def _later(voice: Voice, _params: Mapping[str, Any]) -> list[Message]:
    text = voice.t.gettext(
        "I cannot get to my notes right now. What you sent has not been lost: I will answer as soon as I can."
        " If I do not, please try again later."
    )
    return [Message(text)]


def _ways_on(voice: Voice) -> tuple[tuple[Button, ...], ...]:
    return column(
        Button(voice.t.gettext("My meetings"), choice="mine"),
        Button(voice.t.gettext("Open meetings"), choice="open"),
        Button(voice.t.gettext("Help"), choice="help"),
    )


KINDS: Final[dict[str, Kind]] = {
    "unable": Kind(_load_unable, _unable),
    "sorry": Kind(nothing_to_look_up, _sorry),
    "later": Kind(nothing_to_look_up, _later),
}
