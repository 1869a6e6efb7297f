"""What we say when a meeting moves: before and now, side by side, and whether she can still come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import overlaps, registration, versions
from civic.columns import Text
from civic.daytime import local_date
from civic.meetings import Card
from civic.overlaps import Overlap
from civic.places import ON_THE_LIST
from civic.registration import Place
from civic.schema import Meeting, Person, Registration
from messages.for_whom import acting_button, said_for
from messages.forwarding import forward_button
from messages.kind import Kind, Who
from messages.meetings import map_button
from messages.message import Button, Message, column
from messages.overlaps import warnings
from messages.reminders import confirm_all
from messages.signup import phone
from messages.voice import Voice, escape, shortened

NAME: Final = 40
"""Characters of a name, in a line and on a button."""


@dataclass(frozen=True)
class Told:
    """When and where a meeting is or was said to be. Moments are UTC."""

    starts_at: datetime
    ends_at: datetime
    timezone: str
    """Whose clocks were meant then."""
    where: tuple[Text, ...]
    """Name, address and landmark, as far as there are any."""


@dataclass(frozen=True)
class Moved:
    """A meeting that moved, to somebody who knew it otherwise."""

    place: Place
    version: int
    before: Told
    now: Told
    companions: int
    """People whom she answers for, who have no chat of their own."""
    at_once: tuple[Overlap, ...] = ()
    """Other meetings of hers that are at the same time now."""
    known: int = 0
    """The version that is `before`."""


def told(said: Mapping[str, Any]) -> Told:
    """Take what was told with a version (`versions.told`)."""
    return Told(
        datetime.fromisoformat(said["starts_at"]),
        datetime.fromisoformat(said["ends_at"]),
        said["timezone"],
        tuple(said["venue"][part] for part in versions.WHERE if said["venue"].get(part)),
    )


def _load(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Moved | None:
    """Look again: nothing for who is not concerned any more, or once the meeting has begun or was called off.

    The old side is what she knew (`known`, when she was told by now), else the last that was another.
    """
    meeting = session.get(Meeting, params["meeting"])
    own = session.scalar(
        select(Registration).where(
            Registration.meeting_id == params["meeting"],
            Registration.person_id == who.person_id,
            Registration.person_id.is_not(None),
        )
    )
    if meeting is None or own is None or meeting.state != "convened" or meeting.starts_at <= now:
        return None
    companions = versions.answers_for(session, meeting.id, who.person_id)
    place = registration.place(session, own.id, now)
    if place is None or not (own.state in {"registered", *ON_THE_LIST} or companions):
        return None
    said = versions.told_of(session, meeting.id)
    current = versions.told(meeting)
    reads = versions.reads(current, [who.language])
    others = [version for version, told in said.items() if versions.reads(told, [who.language]) != reads]
    known = params.get("known", own.known_version)
    if known not in others:
        known = max((version for version in others if version < meeting.version), default=None)
    if known is None:
        return None
    at_once = tuple(overlaps.at_once(session, meeting.id, who.person_id)) if own.state != "cancelled" else ()
    return Moved(place, meeting.version, told(said[known]), told(current), companions, at_once, known)


def _moved(voice: Voice, moved: Moved) -> list[Message]:
    state = moved.place.state
    text = news(voice, moved.place.card, moved.before, moved.now, state, moved.companions)
    text = "\n\n".join([text, *warnings(voice, moved.at_once)])
    buttons = [*_buttons(voice, moved), forward_button(voice, "v", moved.place.card.id, moved.known)]
    return [Message(text, column(*buttons), pin=state == "registered")]


def _load_all(
    session: Session, who: Who, params: Mapping[str, Any], now: datetime
) -> list[tuple[Moved, Person | None]] | None:
    """Look again for each who is told on a phone, with who she is who was signed up from it."""
    found: list[tuple[Moved, Person | None]] = []
    first = session.get(Person, who.person_id) if who.person_id is not None else None
    for number in (who.person_id, *params["others"]):
        person = session.get(Person, number) if first and number is not None else None
        if first is None or person is None or person.chat_id != first.chat_id:
            continue
        moved = _load(session, Who(person.id, who.language), params, now)
        if moved:
            found.append((moved, person if person.telegram_id is None else None))
    return found or None


def _all_moved(voice: Voice, found: list[tuple[Moved, Person | None]]) -> list[Message]:
    """Say once to all on a phone that a meeting moved; to each alone where it is not the same to all."""
    first = found[0][0]
    alike = all(_is_plain(each) and each.before == first.before for each, _ in found)
    if len(found) == 1 or not alike:
        each_alone = [
            said_for(voice, ward, _moved(voice, each)) if ward else _moved(voice, each) for each, ward in found
        ]
        return [message for said in each_alone for message in said]
    t = voice.t
    text = news(voice, first.place.card, first.before, first.now, "together")
    firsts, others, names = [], [], []
    for number, (each, ward) in enumerate(found, 1):
        place = each.place
        name = shortened(place.name or (ward.name if ward else "") or t.gettext("another person"), NAME)
        names.append(f"{number}. {escape(name)}")
        can = t.gettext("I can go {number}: {title}").format(number=number, title=name)
        cannot = t.gettext("I cannot go {number}: {title}").format(number=number, title=name)
        both = [Button(can, choice=f"can:{place.id}:{each.version}"), Button(cannot, choice=f"leave:{place.id}")]
        yes, no = (acting_button(button, ward.id) for button in both) if ward else both
        firsts.append(yes)
        others.append(no)
    there = map_button(voice, first.place.card) if first.before.where != first.now.where else None
    everybody = confirm_all(voice, {number: each.place.id for number, (each, _) in enumerate(found, 1)}, bare=False)
    forward = forward_button(voice, "v", first.place.card.id, first.known)
    rows = column(*firsts, everybody, *others, there, forward)
    return [Message("\n\n".join([text, "\n".join(names)]), rows, pin=True)]


def _is_plain(moved: Moved) -> bool:
    """Tell whether there is nothing to say to her but that it moved."""
    return moved.place.state == "registered" and not (moved.companions or moved.at_once)


def news(voice: Voice, card: Card, before: Told, now: Told, state: str = "registered", companions: int = 0) -> str:
    """Say that a meeting moved, to who is in some state there and answers for so many companions; in HTML.

    `state` is a registration's, or `together` for several people of a phone who have a place.
    """
    t = voice.t
    parts = [
        t.gettext("<b>Please note: this meeting has changed</b>") + f"\n{voice.say(card.title)}",
        *sides(voice, before, now),
    ]
    if card.late_because and _is_another_day(before, now):
        parts.append(t.gettext("The reason: {reason}").format(reason=voice.say(card.late_because)))
    parts.append(_question(voice, state, companions))
    if call := phone(voice, card.contact):
        parts.append(call)
    return "\n\n".join(parts)


def sides(voice: Voice, before: Told, now: Told) -> list[str]:
    """Say what is another than before, both ways, a paragraph each."""
    t = voice.t
    found = []
    if _is_another_day(before, now):
        sides = [voice.day(each.starts_at, each.timezone) for each in (before, now)]
        found.append((t.gettext("<b>The day</b>"), sides))
    hours = [
        t.gettext("{start} to {end}").format(
            start=voice.clock(each.starts_at, each.timezone), end=voice.clock(each.ends_at, each.timezone)
        )
        for each in (before, now)
    ]
    if hours[0] != hours[1]:
        found.append((t.gettext("<b>The hours</b>"), hours))
    places = [", ".join(voice.say(part) for part in each.where) for each in (before, now)]
    if places[0] != places[1]:
        found.append((t.gettext("<b>The place</b>"), places))
    said = t.gettext("Before: {before}\n<b>Now: {now}</b>")
    return [f"{head}\n{said.format(before=sides[0], now=sides[1])}" for head, sides in found]


def _is_another_day(before: Told, now: Told) -> bool:
    return local_date(before.starts_at, before.timezone) != local_date(now.starts_at, now.timezone)


def _question(voice: Voice, state: str, companions: int) -> str:
    t = voice.t
    match state:
        case "registered":
            text = t.gettext("Your place is kept. <b>Can you still come?</b>")
        case "together":
            text = t.gettext("Your places are kept. <b>Who can still come?</b>")
        case "waiting":
            text = t.gettext(
                "You keep your number on the waiting list. <b>Can you still come if a place comes free?</b>"
            )
        case "offered":
            text = t.gettext("The place that I offered you is still held for you. <b>Can you come?</b>")
        case _:
            text = t.gettext("The places of those whom you signed up are kept.")
    if not companions:
        return text
    tell = t.ngettext(
        "Please tell the person who comes with you, too.",
        "Please tell the {number} people who come with you, too.",
        companions,
    )
    return f"{text}\n{tell.format(number=voice.number(companions))}"


def _buttons(voice: Voice, moved: Moved) -> list[Button | None]:
    t, place = voice.t, moved.place
    cannot = Button(t.gettext("I cannot go"), choice=f"leave:{place.id}", words=(t.gettext("no"),))
    another_place = moved.before.where != moved.now.where
    there = map_button(voice, place.card) if another_place else None
    words = tuple(t.gettext("yes, I confirm, I will go").split(", "))
    yes = Button(t.gettext("Yes, I can go"), choice=f"can:{place.id}:{moved.version}", words=words)
    match place.state:
        case "registered":
            calendar = Button(t.gettext("To my calendar"), choice=f"ics:{place.id}")
            return [None if place.confirmed else yes, cannot, calendar, there]
        case "waiting":
            leave = Button(t.gettext("Leave the list"), choice=f"leave:{place.id}", words=(t.gettext("no"),))
            return [yes, leave, there]
        case "offered":
            return [Button(t.gettext("I take it"), choice=f"take:{place.offer_id}", words=words), cannot, there]
    return [Button(t.gettext("My meetings"), choice="mine"), there]


KINDS: Final[dict[str, Kind]] = {
    "moved": Kind(_load, _moved),
    "moved_all": Kind(_load_all, _all_moved),
}
