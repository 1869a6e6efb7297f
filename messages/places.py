"""What we say about somebody's place: all that she needs without coverage, in one message; and all her places."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from civic import overlaps, parties, questions, registration, wards
from civic.errors import RegistrationUnknown
from civic.meetings import Card
from civic.overlaps import Overlap
from civic.places import AHEAD
from civic.registration import Place
from civic.schema import Meeting
from messages import tickets
from messages.for_whom import LABEL as NAME
from messages.for_whom import acting, another
from messages.kind import Kind, Who
from messages.meetings import crowd, invite_button, map_button, report_button
from messages.message import Button, Message, Rows
from messages.overlaps import warnings
from messages.signup import phone
from messages.voice import Voice, escape, shortened

LABEL: Final = 60
"""Characters of a meeting on its button."""
PAGE: Final = 6
"""Meetings on one page of «My meetings»."""
RECENT: Final = timedelta(days=60)
"""How long a meeting that is over stays among «My meetings»."""


@dataclass(frozen=True)
class Seen:
    """A place as its owner sees it."""

    place: Place
    question: tuple[int, str] | None
    """What she was not asked yet, or did not answer."""
    pin: bool = False
    """It is news: pin it in the chat."""
    at_once: Sequence[Overlap] = ()
    """Other meetings of hers that are at the same time."""


@dataclass(frozen=True)
class Mine:
    """A page of somebody's places, from 0: those ahead first."""

    number: int
    places: tuple[Place, ...]
    more: bool
    theirs: Mapping[int, tuple[int, str | None]]
    """By registration, of places that are not her own: ids and names of who was signed up from her phone."""


def own(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Seen | None:
    """Load a registration of this person's; None for anybody else's, or one that is gone."""
    try:
        row = registration.mine(session, params["registration"], who.person_id)
    except RegistrationUnknown:
        return None
    place = registration.place(session, row.id, now)
    question = questions.next_question(session, row, now)
    if place is None:
        return None
    others = overlaps.at_once(session, row.meeting_id, row.person_id) if row.state in AHEAD else ()
    return Seen(place, question, pin=bool(params.get("pin")), at_once=others)


def where_and_when(voice: Voice, card: Card) -> str:
    """Say day, hours, place and landmark, a line each, in HTML."""
    t = voice.t
    venue = card.venue
    address = voice.say(venue["address"])
    if venue.get("landmark"):
        address += f" ({voice.say(venue['landmark'])})"
    hours = t.gettext("{start} to {end}").format(
        start=voice.clock(card.starts_at, card.timezone), end=voice.clock(card.ends_at, card.timezone)
    )
    return "\n".join(
        (
            t.gettext("<b>Day:</b> {day}").format(day=voice.day(card.starts_at, card.timezone)),
            t.gettext("<b>Hours:</b> {hours}").format(hours=hours),
            t.gettext("<b>Place:</b> {venue}").format(venue=voice.say(venue["name"])),
            address,
        )
    )


def workshop(voice: Voice, place: Place, most: int | None = None) -> str:
    """Say somebody's workshop: number, topic and room, in `most` characters; nothing without one."""
    if place.workshop_number is None:
        return ""
    text = voice.t.gettext("<b>Workshop:</b> {number}").format(number=place.workshop_number)
    said = ", ".join(voice.plain(part) for part in (place.workshop_topic, place.workshop_room) if part)
    return ", ".join(filter(None, [text, escape(shortened(said, most) if most else said)]))


def _place(voice: Voice, seen: Seen) -> list[Message]:
    place = seen.place
    if place.card.state == "cancelled":
        return [_called_off(voice, place)]
    if place.card.over or place.state in {"attended", "no_show"}:
        return [_past(voice, place)]
    say = {"registered": _registered, "waiting": _waiting, "offered": _offered, "cancelled": _given_up}[place.state]
    return [say(voice, seen)]


def _registered(voice: Voice, seen: Seen) -> Message:
    t, place, card = voice.t, seen.place, seen.place.card
    head = (
        t.gettext("<b>{name}, your place is kept</b>").format(name=escape(place.name))
        if place.name
        else t.gettext("<b>Your place is kept</b>")
    )
    parts = [
        f"{head}\n{voice.say(card.title)}",
        "\n".join(
            line for line in (where_and_when(voice, card), phone(voice, card.contact), workshop(voice, place)) if line
        ),
        t.gettext("Your code: <b>{code}</b>\nNo need to memorise it: your name is enough.").format(code=place.code),
    ]
    if place.late:
        parts.append(t.gettext("Your workshop is told to you at the door."))
    if place.confirmed:
        parts.append(t.gettext("You have confirmed that you come."))
    parts += [*crowd(voice, card), *company(voice, place), *(() if card.started else warnings(voice, seen.at_once))]
    copy = Button(t.gettext("Copy the code"), copy=place.code) if place.code else None
    rows = _rows(
        (copy, Button(t.gettext("QR code"), choice=f"ticket:{place.id}")),
        (Button(t.gettext("To my calendar"), choice=f"ics:{place.id}"), map_button(voice, card)),
        (report_button(voice, card),),
        (None if card.started else _questions(voice, seen), _companions(voice, place)),
        (invite_button(voice, card),),
        (None if card.started else another(voice, card.id),),
        (None if card.started else Button(t.gettext("I cannot go"), choice=f"leave:{place.id}"),),
    )
    return Message("\n\n".join(parts), rows, pin=seen.pin)


def _waiting(voice: Voice, seen: Seen) -> Message:
    t, place, card = voice.t, seen.place, seen.place.card
    parts = [
        t.gettext("<b>All places are taken: you are number {position} on the waiting list</b>\n{title}").format(
            position=voice.number(place.position or 1), title=voice.say(card.title)
        ),
        t.gettext(
            "When a place comes free I offer it to the next on the list, and you have some hours to take it. You need"
            " not do anything."
        ),
        "\n".join(line for line in (where_and_when(voice, card), phone(voice, card.contact)) if line),
        *company(voice, place),
        *warnings(voice, seen.at_once),
    ]
    rows = _rows(
        (report_button(voice, card), map_button(voice, card)),
        (_questions(voice, seen), _companions(voice, place)),
        (Button(t.gettext("Leave the list"), choice=f"leave:{place.id}", words=(t.gettext("I cannot go"),)),),
    )
    return Message("\n\n".join(parts), rows)


def _offered(voice: Voice, seen: Seen) -> Message:
    from messages.offers import Offering, offered

    place = seen.place
    offering = Offering(
        place.offer_id, place.offer_places, place.offer_expires_at, place.card, at_once=tuple(seen.at_once)
    )
    return offered(voice, offering)


def _given_up(voice: Voice, seen: Seen) -> Message:
    t, place, card = voice.t, seen.place, seen.place.card
    text = t.gettext("You have no place in «{title}» at the moment.").format(title=voice.say(card.title))
    back = back_button(voice, place) if place.undo_until else None
    again = Button(t.gettext("I want to go"), choice=f"go:{card.id}")
    if place.company.speaks_for:
        text += "\n\n" + t.gettext("Your companions keep what they have.")
    return Message(
        text,
        _rows((back or again,), (_companions(voice, place),), (Button(t.gettext("My meetings"), choice="mine"),)),
    )


def _past(voice: Voice, place: Place) -> Message:
    t, card = voice.t, place.card
    known = {
        "attended": t.gettext("You were there. Thank you for your voice."),
        "no_show": t.gettext("You could not be there."),
    }
    text = f"<b>{voice.say(card.title)}</b>\n{voice.day(card.starts_at, card.timezone)}\n\n" + known.get(
        place.state, t.gettext("This meeting is over.")
    )
    rows = _rows(
        (Button(t.gettext("Its commitments"), choice=f"cs:{card.id}"),),
        (Button(t.gettext("My meetings"), choice="mine"),),
    )
    return Message(text, rows)


def _called_off(voice: Voice, place: Place) -> Message:
    text = voice.t.gettext("«{title}» was cancelled: {reason}").format(
        title=voice.say(place.card.title), reason=escape(place.card.cancelled_because or "")
    )
    return Message(text, _rows((Button(voice.t.gettext("Open meetings"), choice="open"),)))


def _left(voice: Voice, seen: Seen) -> list[Message]:
    """Say that a place was given up, and until when it can be had back."""
    t, place = voice.t, seen.place
    if place.state != "cancelled":
        return _place(voice, seen)
    title = voice.say(place.card.title)
    if place.company.went > 1:
        text = _went(voice, place, title)
    elif place.cancelled_from == "waiting":
        text = t.gettext("You are off the waiting list of «{title}». Thank you for telling me.").format(title=title)
    elif place.undo_until:
        text = t.gettext(
            "Your place in «{title}» is given up. Thank you for telling me: somebody else can come."
            " I hold it for 2 minutes, in case it was a mistake."
        ).format(title=title)
    else:
        text = t.gettext("Your place in «{title}» is given up. Thank you for telling me.").format(title=title)
    if place.company.speaks_for:
        text += " " + t.gettext("Your companions keep what they have.")
    rows = _rows(
        (back_button(voice, place),), (_companions(voice, place),), (Button(t.gettext("My meetings"), choice="mine"),)
    )
    return [Message(text, rows, pin=place.cancelled_from == "registered")]  # above the place that was pinned before


def _went(voice: Voice, place: Place, title: str) -> str:
    """Say that several left in one act."""
    t = voice.t
    text = t.gettext("None of the {number} of you comes to «{title}» any more. Thank you for telling me.").format(
        number=voice.number(place.company.went), title=title
    )
    if place.undo_until:
        text += " " + t.gettext("I hold what you had for 2 minutes, in case it was a mistake.")
    return text


def back_button(voice: Voice, place: Place) -> Button | None:
    """Offer to take a giving-up back, as long as that can be."""
    if not place.may_come_back:
        return None
    words = (voice.t.gettext("mistake"),)
    return Button(voice.t.gettext("It was a mistake"), choice=f"back:{place.id}", words=words)


def _load_mine(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Mine:
    others = {each.id: each.name for each in wards.of(session, who.person_id)}
    everybody = (who.person_id, *others)
    rows = [each for one in everybody for each in registration.active_of(session, one, now, over_for=RECENT)]
    left_behind = parties.left_behind(session, who.person_id, now)
    still = [each for one in everybody for each in registration.active_of(session, one, now)]
    ahead = {each.id for each in (*still, *left_behind)}
    rows = sorted([*rows, *left_behind], key=lambda row: session.get_one(Meeting, row.meeting_id).starts_at)
    rows.sort(key=lambda row: row.id not in ahead)
    last = max(len(rows) - 1, 0) // PAGE
    number = min(params.get("page", 0), last)
    shown = rows[number * PAGE : (number + 1) * PAGE]
    places = (registration.place(session, each.id, now) for each in shown)
    theirs = [(each, each.person_id) for each in shown if each.person_id is not None and each.person_id in others]
    return Mine(
        number,
        tuple(place for place in places if place),
        more=number < last,
        theirs={each.id: (ward_id, each.name or others[ward_id]) for each, ward_id in theirs},
    )


def _mine(voice: Voice, mine: Mine) -> list[Message]:
    t = voice.t
    if not mine.places:
        text = t.gettext("You have no place in any meeting yet.")
        rows = _rows((Button(t.gettext("Open meetings"), choice="open"),), (another(voice),))
        return [Message(text, rows)]
    lines = [t.gettext("<b>My meetings</b>")]
    buttons: list[tuple[Button | None, ...]] = []
    for number, place in enumerate(mine.places, 1):
        title = voice.plain(place.card.title)
        day = voice.day(place.card.starts_at, place.card.timezone)
        choice, whose = f"place:{place.id}", ""
        words: tuple[str, ...] = (title, day)
        if place.id in mine.theirs:
            ward_id, name = mine.theirs[place.id]
            called = shortened(name or t.gettext("another person"), NAME)
            whose = t.gettext("<b>For {name}:</b>").format(name=escape(called)) + "\n"
            title = f"{called}: {title}"
            choice, words = acting(choice, ward_id), (called,)
        lines.append(f"\n{number}. {whose}{in_brief(voice, place)}")
        buttons.append((Button(shortened(f"{number}. {title}", LABEL), choice=choice, words=words),))
    if mine.more:
        buttons.append((Button(t.gettext("More meetings"), choice=f"mine:{mine.number + 1}"),))
    if mine.number:
        buttons.append((Button(t.gettext("The meetings before"), choice=f"mine:{mine.number - 1}"),))
    buttons += [(another(voice),), (Button(t.gettext("Open meetings"), choice="open"),)]
    return [Message("\n".join(lines), _rows(*buttons))]


def in_brief(voice: Voice, place: Place) -> str:
    """Say of which meeting a place is, when, and how it stands, a line each, in HTML."""
    card = place.card
    return f"<b>{voice.say(card.title)}</b>\n{voice.when(card.starts_at, card.timezone)}\n{state(voice, place)}"


def state(voice: Voice, place: Place) -> str:
    """Say in a few words how a place stands."""
    t = voice.t
    if place.card.state == "cancelled" or place.card.over:
        called_off = place.card.state == "cancelled"
        return t.gettext("The meeting was cancelled.") if called_off else t.gettext("It is over: see its commitments.")
    match place.state:
        case "registered":
            code = place.code or ""
            return t.gettext("You have a place. Code {code}").format(code=code)
        case "waiting":
            return t.gettext("You are number {position} on the waiting list.").format(
                position=voice.number(place.position or 1)
            )
        case "offered":
            return t.gettext("A place is offered to you, until {moment}").format(
                moment=voice.when(place.offer_expires_at, place.card.timezone) if place.offer_expires_at else "…"
            )
        case "cancelled":
            return _not_coming(voice, place)
    return t.gettext("You were there.") if place.state == "attended" else t.gettext("You could not be there.")


def _not_coming(voice: Voice, place: Place) -> str:
    """Say that she does not come, and how many come all the same for whom she answers."""
    companions = place.company.speaks_for
    if not companions:
        return voice.t.gettext("You have no place there at the moment.")
    return voice.t.ngettext(
        "You do not come, but {number} companion of yours does.",
        "You do not come, but {number} companions of yours do.",
        companions,
    ).format(number=voice.number(companions))


def _ticket(voice: Voice, seen: Seen) -> list[Message]:
    place = seen.place
    if place.state != "registered" or not place.code or place.card.state == "cancelled":
        return _place(voice, seen)
    return [tickets.ticket(voice, place)]


def _calendar(voice: Voice, seen: Seen) -> list[Message]:
    place = seen.place
    if place.state != "registered" or place.card.state == "cancelled":
        return _place(voice, seen)
    return [tickets.appointment(voice, place.card, place.id, place.code)]


def company(voice: Voice, place: Place) -> list[str]:
    """Say how many come with somebody, and how many of her party wait, where; nothing of who comes alone."""
    t, others = voice.t, place.company
    lines = []
    if others.with_place:
        lines.append(
            t.ngettext("{number} person comes with you.", "{number} people come with you.", others.with_place).format(
                number=voice.number(others.with_place)
            )
        )
    if others.on_the_list:
        lines.append(
            t.ngettext(
                "{number} person of your group waits: number {position} on the list.",
                "{number} people of your group wait: from number {position} on the list.",
                others.on_the_list,
            ).format(number=voice.number(others.on_the_list), position=voice.number(others.position or 1))
        )
    return lines


def _companions(voice: Voice, place: Place) -> Button | None:
    """Offer to look at who else comes; nothing for who comes alone, or once the meeting has begun."""
    others = place.company
    if place.card.started or not (others.with_place or others.on_the_list):
        return None
    return Button(voice.t.gettext("My companions"), choice=f"party:{place.id}")


def _questions(voice: Voice, seen: Seen) -> Button:
    if seen.question:
        return Button(voice.t.gettext("Some short questions"), choice=f"next:{seen.place.id}")
    return Button(voice.t.gettext("Change my answers"), choice=f"change:{seen.place.id}")


def _rows(*rows: tuple[Button | None, ...]) -> Rows:
    """Lay buttons out, leaving out what is not there."""
    full = (tuple(button for button in row if button) for row in rows)
    return tuple(row for row in full if row)


KINDS: Final[dict[str, Kind]] = {
    "place": Kind(own, _place),
    "left": Kind(own, _left),
    "mine": Kind(_load_mine, _mine),
    "ticket": Kind(own, _ticket),
    "calendar": Kind(own, _calendar),
}
