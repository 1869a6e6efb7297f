"""What we say about people themselves: language, silence, privacy, complaints."""

import html
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import meetings, parties, privacy, registration, wards
from civic.meetings import Convener
from civic.places import AHEAD, ON_THE_LIST, is_open
from civic.registration import Place
from civic.schema import Meeting, Person
from locales import LANGUAGES, names
from messages.for_whom import FOR, acting
from messages.for_whom import LABEL as NAME
from messages.kind import Kind, Who, nothing_to_look_up
from messages.message import Button, Document, Message, Rows, column
from messages.places import PAGE, RECENT
from messages.signup import phone
from messages.voice import Voice, escape, shortened

LABEL: Final = 60
FEW: Final = 3
"""People whose names are said whole; of more each is said shorter, and so is each of many titles."""
SHORT: Final = 16
TITLE: Final = 40
"""Characters of an entity or a meeting on its button."""


@dataclass(frozen=True)
class Own:
    """How somebody stands with us."""

    known: bool
    name: str | None
    tell: str
    """What she is told unprompted: all, changes (moves and cancellations), nothing."""
    places: int
    """Coming meetings in which she has a place."""
    waiting: int = 0
    """Coming meetings in which she waits for one, maybe with an offer."""
    companions: int = 0
    """Who comes, or waits, with nobody but her to answer for them."""
    others: tuple[tuple[int, str | None], ...] = ()
    """Who was signed up from her phone: ids and names."""


@dataclass(frozen=True)
class Channel:
    """Where complaints go (M16): the entities in question, and whom to call."""

    conveners: tuple[Convener, ...]
    contacts: tuple[dict[str, Any], ...]


def _own(session: Session, who: Who, _params: Mapping[str, Any], now: datetime) -> Own:
    person = session.get(Person, who.person_id) if who.person_id is not None else None
    if person is None:
        return Own(known=False, name=None, tell="all", places=0)
    states = Counter(each.state for each in registration.active_of(session, person.id, now))
    return Own(
        known=True,
        name=person.name,
        tell=person.tell,
        places=states["registered"],
        waiting=sum(states[state] for state in ON_THE_LIST),
        companions=parties.brought_by(session, person.id, now),
        others=tuple((each.id, each.name) for each in wards.of(session, person.id)),
    )


def _language(voice: Voice, _data: Any) -> list[Message]:
    t = voice.t
    called = {language: names(language) for language in LANGUAGES}
    row = tuple(Button(own, choice=f"lang:{each}", words=tuple(words)) for each, (own, *words) in called.items())
    return [Message(t.gettext("Which language shall we speak?"), (row,))]


def _language_chosen(voice: Voice, _data: Any) -> list[Message]:
    return [Message(voice.t.gettext("From now on I write to you in English."), _ways_on(voice))]


def _hushed(voice: Voice, own: Own) -> list[Message]:
    t = voice.t
    if not own.known:
        text = t.gettext("I send you nothing on my own: you have not signed up for anything. Write whenever you like.")
        return [Message(text, _ways_on(voice))]
    lines = [
        t.gettext(
            "I will not write to you on my own any more: no reminders, no news, no offers, and not when a meeting moves"
            " or is cancelled."
        ),
        *_keeps(voice, own),
    ]
    concerned = own.places or own.waiting or own.others
    rows = column(
        Button(t.gettext("Tell me only if it changes"), choice="changes") if concerned else None,
        Button(t.gettext("Give up my place"), choice="leaving") if concerned else None,
        Button(t.gettext("Receive messages again"), choice="alta", words=(t.gettext("mistake"),)),
        Button(t.gettext("My meetings"), choice="mine"),
    )
    return [Message("\n\n".join(lines), rows)]


def _only_changes(voice: Voice, own: Own) -> list[Message]:
    t = voice.t
    if not own.known:
        return _hushed(voice, own)
    lines = [
        t.gettext(
            "Good: I write to you on my own only when a meeting of yours moves or is cancelled. No reminders, no news,"
            " no offers."
        ),
        *_keeps(voice, own),
    ]
    rows = column(
        Button(t.gettext("Give up my place"), choice="leaving") if own.places or own.waiting or own.others else None,
        Button(t.gettext("Receive messages again"), choice="alta"),
        Button(t.gettext("My meetings"), choice="mine"),
    )
    return [Message("\n\n".join(lines), rows)]


def _keeps(voice: Voice, own: Own) -> list[str]:
    """Say what stays hers though she is told little, a paragraph each."""
    t = voice.t
    lines = []
    if own.places:
        lines.append(
            t.ngettext(
                "Your place is still yours. If you cannot go, please give it up: somebody else can come.",
                "Your {n} places are still yours. If you cannot go, please give them up: others can come.",
                own.places,
            ).format(n=own.places)
        )
    if own.waiting:
        lines.append(
            t.gettext(
                "You keep your number on the waiting list, but I offer you no place until you receive messages again."
            )
        )
    if own.others:
        lines.append(
            t.gettext("The same goes for what I tell on this phone to: {names}. Their places are theirs.").format(
                names=_names(voice, own)
            )
        )
    lines.append(t.gettext("When you write to me I answer, as always."))
    return lines


def _names(voice: Voice, own: Own) -> str:
    """Name who was signed up from her phone, in HTML."""
    most = NAME if len(own.others) <= FEW else SHORT
    return ", ".join(escape(_called(voice, name, most)) for _, name in own.others)


def _called(voice: Voice, name: str | None, most: int = NAME) -> str:
    return shortened(name or voice.t.gettext("another person"), most)


@dataclass(frozen=True)
class Leaving:
    """A page of the places that somebody may leave, from 0."""

    number: int
    places: tuple[Place, ...]
    more: bool
    theirs: Mapping[int, tuple[int, str | None]]
    """By registration, of places that are not her own: ids and names of who was signed up from her phone."""


def _load_leaving(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Leaving:
    others = {each.id: each.name for each in wards.of(session, who.person_id)}
    rows = [
        each
        for one in (who.person_id, *others)
        for each in registration.active_of(session, one, now)
        if each.state in AHEAD and is_open(session.get_one(Meeting, each.meeting_id), now)
    ]
    number = min(params.get("page", 0), max(len(rows) - 1, 0) // PAGE)
    page = rows[number * PAGE : (number + 1) * PAGE]
    shown = (registration.place(session, each.id, now) for each in page)
    theirs = {
        each.id: (each.person_id, each.name or others[each.person_id])
        for each in page
        if each.person_id is not None and each.person_id in others
    }
    return Leaving(number, tuple(place for place in shown if place), len(rows) > (number + 1) * PAGE, theirs)


def _leaving(voice: Voice, leaving: Leaving) -> list[Message]:
    t = voice.t
    if not leaving.places:
        text = t.gettext("You have no place to give up at the moment.")
        return [Message(text, _ways_on(voice))]
    said = [voice.plain(place.card.title) for place in leaving.places]
    titles = said if len(said) <= FEW else [shortened(title, TITLE) for title in said]
    lines = [
        t.ngettext("<b>Shall I free this place?</b>", "<b>Which place do you give up?</b>", len(leaving.places)),
        *(
            f"{number}. {_whose(voice, leaving, place)}<b>{escape(title)}</b>\n"
            f"{voice.when(place.card.starts_at, place.card.timezone)}"
            for number, (place, title) in enumerate(zip(leaving.places, titles, strict=True), 1)
        ),
    ]
    alone = len(leaving.places) == 1 and not (leaving.more or leaving.number)
    buttons: list[Button | None] = [
        Button(
            t.gettext("Yes, give it up") if alone else shortened(f"{number}. {_title(voice, leaving, place)}", LABEL),
            choice=acting(f"leave:{place.id}", leaving.theirs[place.id][0])
            if place.id in leaving.theirs
            else f"leave:{place.id}",
            words=tuple(t.gettext("yes, give it up, leave").split(", ")) if alone else (_named(voice, leaving, place),),
        )
        for number, place in enumerate(leaving.places, 1)
    ]
    if leaving.more:
        buttons.append(Button(t.gettext("More meetings"), choice=f"leaving:{leaving.number + 1}"))
    if leaving.number:
        buttons.append(Button(t.gettext("The meetings before"), choice=f"leaving:{leaving.number - 1}"))
    # Translators: the answer of who was asked which place she leaves.
    keep = t.gettext("No, I keep it") if alone else t.gettext("None, I keep them")
    buttons.append(Button(keep, choice="mine", words=tuple(t.gettext("no, none, it was a mistake").split(", "))))
    return [Message("\n\n".join(lines), column(*buttons))]


def _whose(voice: Voice, leaving: Leaving, place: Place) -> str:
    """Say for whom a place is that is not her own, in HTML."""
    if place.id not in leaving.theirs:
        return ""
    few = len(leaving.places) <= FEW
    name = escape(_called(voice, leaving.theirs[place.id][1], NAME if few else SHORT))
    return voice.t.gettext("<b>For {name}:</b>").format(name=name) + " "


def _named(voice: Voice, leaving: Leaving, place: Place) -> str:
    """Say what people type to name a place: for whom it is, or her own meeting."""
    theirs = leaving.theirs.get(place.id)
    return _called(voice, theirs[1]) if theirs else voice.plain(place.card.title)


def _title(voice: Voice, leaving: Leaving, place: Place) -> str:
    title = voice.plain(place.card.title)
    return f"{_called(voice, leaving.theirs[place.id][1])}: {title}" if place.id in leaving.theirs else title


def _unhushed(voice: Voice, own: Own) -> list[Message]:
    t = voice.t
    if not own.known:
        return [Message(t.gettext("Nothing was stopped. This is what you can do:"), _ways_on(voice))]
    text = t.gettext("Good: I will write to you again with reminders and news. To stop it, write STOP.")
    if own.places or own.waiting or own.others:
        text += "\n\n" + t.gettext("Your places, and what you follow, are as they were.")
    return [Message(text, _ways_on(voice))]


def _privacy(voice: Voice, own: Own) -> list[Message]:
    t = voice.t
    if not own.known:
        text = t.gettext(
            "<b>What I keep about you</b>\nAlmost nothing: the number of this chat, its language and where we are in"
            " the conversation, for 7 days. I ask your permission before I keep anything else."
        )
        return [Message(text, _ways_on(voice))]
    text = t.gettext(
        "<b>What I keep about you</b>\n"
        "• Your name, the number of this chat and your language.\n"
        "• The permissions you gave, and when.\n"
        "• Your places: state, topics and what you chose to answer.\n"
        "• Who comes with you, the support that is needed and your phone number, if you told me.\n"
        "• What you follow.\n"
        "• Your answers after a meeting, until it closes; then nobody can tell whose they were.\n\n"
        "The entities that convene use it for your place, the reminders and news of the commitments. Nobody else sees"
        " it. You can take it with you, or have it erased."
    )
    rows = column(
        Button(t.gettext("Send me my data"), choice="data"),
        Button(t.gettext("Erase my data"), choice="erase"),
        *(
            Button(
                t.gettext("What I keep about {name}").format(name=_called(voice, name)), choice=f"privacy{FOR}{each}"
            )
            for each, name in own.others
        ),
        Button(t.gettext("Receive messages again"), choice="alta")
        if own.tell == "nothing"
        else Button(t.gettext("Write me nothing on your own"), choice="hush"),
    )
    return [Message(text, rows)]


def _load_data(session: Session, who: Who, _params: Mapping[str, Any], now: datetime) -> dict[str, Any] | None:
    return privacy.my_data(session, who.person_id, now) if who.person_id is not None else None


def _my_data(voice: Voice, data: dict[str, Any]) -> list[Message]:
    t = voice.t
    content = json.dumps(data, ensure_ascii=False, indent=2).encode()
    document = Document(t.gettext("my-data.json"), content)
    text = t.gettext("Everything that I keep about you is in this file. Any text editor opens it.")
    return [Message(text, column(Button(t.gettext("Erase my data"), choice="erase")), document)]


def _erase(voice: Voice, own: Own) -> list[Message]:
    t = voice.t
    if not own.known:
        return _erased(voice, own)
    lines = [t.gettext("<b>Shall I erase your data?</b>")]
    if own.places:
        lines.append(
            t.ngettext(
                "Your place is freed at once for somebody else.",
                "Your {n} places are freed at once for others.",
                own.places,
            ).format(n=own.places)
        )
    if own.waiting:
        lines.append(t.gettext("You lose your number on the waiting list."))
    if own.companions:
        lines.append(
            t.ngettext(
                "What I keep for the person who comes with you is freed, too, unless they take it over by your link"
                " first.",
                "What I keep for the {n} people who come with you is freed, too, unless they take it over by your link"
                " first.",
                own.companions,
            ).format(n=voice.number(own.companions))
        )
    lines.append(
        t.gettext(
            "Your name, your answers and all that I keep about you are deleted. Only numbers stay, without you in them."
            " It cannot be undone."
        )
    )
    if own.others:
        lines.append(
            t.gettext(
                "Signed up from this phone: {names}. If I erase only your data, they keep their places, and I can tell"
                " them nothing any more: the organisers call them."
            ).format(names=_names(voice, own))
        )
    rows = column(
        Button(t.gettext("Yes, erase my data"), choice="eraseyes"),
        Button(t.gettext("Yes, erase all of us"), choice="eraseyes:all") if own.others else None,
        Button(t.gettext("No, keep my data"), choice="privacy", words=tuple(t.gettext("no, none").split(", "))),
    )
    return [Message("\n".join(lines), rows)]


def _erased(voice: Voice, _data: Any) -> list[Message]:
    text = voice.t.gettext("It is done: I keep nothing about you any more. You are welcome again whenever you like.")
    return [Message(text, column(Button(voice.t.gettext("Open meetings"), choice="open")))]


def _other_erased(voice: Voice, _data: Any) -> list[Message]:
    text = voice.t.gettext("It is done: I keep nothing about that person any more.")
    return [Message(text, _ways_on(voice))]


def _load_channel(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Channel:
    """Find the entities in question: a meeting's, else those of her meetings, of the open ones, of the latest."""
    chosen: list[Meeting] = []
    if params.get("meeting"):
        meeting = session.get(Meeting, params["meeting"])
        chosen = [meeting] if meeting and meeting.state != "draft" else []
    if not chosen and who.person_id is not None:
        hers = registration.active_of(session, who.person_id, now, over_for=RECENT)
        ids = [each.meeting_id for each in hers]
        chosen = list(session.scalars(select(Meeting).where(Meeting.id.in_(ids)).order_by(Meeting.starts_at)))
    if not chosen:
        chosen, _ = meetings.coming(session, now)
    if not chosen:
        latest = select(Meeting).where(Meeting.state != "draft").order_by(Meeting.starts_at.desc(), Meeting.id)
        chosen = list(session.scalars(latest.limit(meetings.PAGE)))
    found = {
        each.id: Convener(each.id, each.code, each.name, each.pqrsd, each.privacy)
        for meeting in chosen
        for each in meetings.entities(session, meeting.id)
    }
    contacts = {str(meeting.contact): meeting.contact for meeting in chosen if meeting.contact}
    return Channel(tuple(found.values()), tuple(contacts.values()))


def _pqrsd(voice: Voice, channel: Channel) -> list[Message]:
    t = voice.t
    lines = [
        t.gettext(
            "I am sorry that something went wrong. Complaints and reports have a channel of their own, where somebody"
            " must answer you within the law's time; they are not received here or in the meeting."
        )
    ]
    lines += [_channel(voice, each) for each in channel.conveners]
    lines += [line for contact in channel.contacts if (line := phone(voice, contact))]
    buttons = [
        Button(
            shortened(t.gettext("Complain to {entity}").format(entity=voice.plain(each.name)), LABEL), url=each.pqrsd
        )
        for each in channel.conveners
        if each.pqrsd
    ]
    return [Message("\n".join(lines), column(*buttons))]


def _channel(voice: Voice, entity: Convener) -> str:
    name = voice.say(entity.name)
    if entity.pqrsd:
        return f'• <a href="{html.escape(entity.pqrsd)}">{name}</a>'
    return voice.t.gettext("• {entity}: at its office, or by phone").format(entity=name)


def _ways_on(voice: Voice) -> Rows:
    return column(
        Button(voice.t.gettext("My meetings"), choice="mine"),
        Button(voice.t.gettext("Open meetings"), choice="open"),
    )


KINDS: Final[dict[str, Kind]] = {
    "language": Kind(nothing_to_look_up, _language),
    "language_chosen": Kind(nothing_to_look_up, _language_chosen),
    "hushed": Kind(_own, _hushed),
    "only_changes": Kind(_own, _only_changes),
    "leaving": Kind(_load_leaving, _leaving),
    "unhushed": Kind(_own, _unhushed),
    "privacy": Kind(_own, _privacy),
    "my_data": Kind(_load_data, _my_data),
    "erase": Kind(_own, _erase),
    "erased": Kind(nothing_to_look_up, _erased),
    "other_erased": Kind(nothing_to_look_up, _other_erased),
    "pqrsd": Kind(_load_channel, _pqrsd),
}
