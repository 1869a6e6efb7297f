"""What we say before a meeting: each reminder what matters then, the report first (M8), code and place last."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from civic import registration, reminders, wards
from civic.columns import Text
from civic.daytime import local_date
from civic.registration import Place
from civic.schema import Meeting, Person, Registration
from messages import workshops
from messages.forwarding import forward_button
from messages.kind import Kind, Who
from messages.meetings import crowd, map_button, report_button, size
from messages.message import Button, Document, Message, column
from messages.places import company, where_and_when, workshop
from messages.signup import phone
from messages.voice import Voice, escape, shortened
from messages.workshops import Seat

NAME: Final = 20
TITLE: Final = 30
"""Characters of a name and of a title where many are listed."""
DATA: Final = 64
"""Bytes of a button's data."""
CAPTION_ROOM: Final = 950
"""Characters that surely fit under a document; a longer text goes before it."""


@dataclass(frozen=True)
class Reminding:
    """Whom a reminder reminds of what."""

    place: Place
    first: bool
    """The first that she gets: with the report."""
    last: bool
    """The last before the start: with the code."""
    seat: Seat | None
    """When her workshop is news, told in the same message."""


def _load(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Reminding | None:
    """Look again: nothing for who has no place any more, a meeting called off or moved to another day, or begun."""
    meeting = session.get(Meeting, params["meeting"])
    row = session.scalar(
        select(Registration).where(
            Registration.meeting_id == params["meeting"],
            Registration.person_id.is_not(None),
            Registration.person_id == who.person_id,
            Registration.state == "registered",
        )
    )
    if meeting is None or row is None or meeting.state != "convened" or meeting.starts_at <= now:
        return None
    if params.get("day", day := local_date(meeting.starts_at, meeting.timezone).isoformat()) != day:
        return None
    place = registration.place(session, row.id, now)
    if place is None:
        return None
    seat = workshops.of_meeting(session, who, params, now) if params.get("seated") else None
    return Reminding(
        place=place,
        first=not reminders.is_reminded(session, meeting.id, who.person_id),
        last=reminders.ladder(meeting)[-1:] == [params["what"]],
        seat=seat,
    )


def _say(voice: Voice, reminding: Reminding) -> list[Message]:
    t, place, card = voice.t, reminding.place, reminding.place.card
    text = "\n\n".join(part for part in _parts(voice, reminding) if part)
    confirm = Button(
        t.gettext("I confirm"),
        choice=f"confirm:{place.id}",
        words=tuple(t.gettext("yes, I confirm, I will go").split(", ")),
    )
    report = card.report
    attached = reminding.first and report is not None and report.sha256 is not None
    rows = column(
        None if place.confirmed else confirm,
        Button(t.gettext("I cannot go"), choice=f"leave:{place.id}", words=(t.gettext("no"),)),
        Button(t.gettext("Open the report"), url=report.url) if reminding.first and report and report.url else None,
        map_button(voice, card) if reminding.last else None,
        None if reminding.first or reminding.last else report_button(voice, card),
        forward_button(voice, "r", card.id),
    )
    if not attached or report is None or report.sha256 is None:
        return [Message(text, rows)]
    document = Document(report.name, b"", sha256=report.sha256)
    if len(text) <= CAPTION_ROOM:
        return [Message(text, rows, document=document)]
    return [Message("", document=document), Message(text, rows)]


def _parts(voice: Voice, reminding: Reminding) -> list[str]:
    """Say it, a paragraph each."""
    t, place, card = voice.t, reminding.place, reminding.place.card
    head = t.gettext("<b>We expect you</b>")
    if place.name:
        head = t.gettext("<b>{name}, we expect you</b>").format(name=escape(place.name))
    parts = [
        f"{head}\n{voice.say(card.title)}\n{how_soon(voice, reminding)}",
        "\n".join(
            line for line in (where_and_when(voice, card), "" if reminding.seat else workshop(voice, place)) if line
        ),
    ]
    if reminding.seat:
        ready = t.gettext("The workshops are ready.")
        parts.append(f"{ready}\n{workshops.lines(voice, reminding.seat)}")
    if reminding.first and card.report:
        said = size(voice, card.report)
        parts.append(
            t.gettext("Please read the report ({size}) before you come: it is what we will talk about.").format(
                size=said
            )
            if said
            else t.gettext("Please read the report before you come: it is what we will talk about.")
        )
    if reminding.last:
        code = t.gettext("Your code: <b>{code}</b> (your name is enough)").format(code=place.code)
        parts.append("\n".join(line for line in (code, phone(voice, card.contact)) if line))
    parts += [*crowd(voice, card), *company(voice, place)]
    parts.append(
        t.gettext("You have confirmed that you come. If that changes, tell me here.")
        if place.confirmed
        else t.gettext("Will you come? If you do not answer, your place is kept all the same.")
    )
    return parts


def confirm_all(voice: Voice, places: Mapping[int, int], *, bare: bool) -> Button | None:
    """Offer to confirm several places at once, by what each is numbered; nothing for one, or more than a button names.

    `bare`: a mere yes means it, too, as there is nobody else of whom, and nothing else that it could mean.
    """
    t = voice.t
    choice = f"ca:{'.'.join(map(str, places.values()))}"
    if len(places) <= 1 or len(choice) > DATA:
        return None
    *first, last = map(str, places)
    # Translators: what people type instead of tapping «I confirm all», with commas between.
    words = [t.gettext("all, I confirm all of them, yes to all, we all go, we all come"), " ".join((*first, last))]
    if len(places) == 2:  # noqa: PLR2004 - both
        words.append(t.gettext("both, I confirm both, yes to both, I will go to both"))
    if bare:
        words.append(t.gettext("yes, I confirm, I will go"))
    in_words = t.gettext("{first} and {last}").format(first=" ".join(first), last=last)
    return Button(t.gettext("I confirm all"), choice=choice, words=(*", ".join(words).split(", "), in_words))


def how_soon(voice: Voice, reminding: Reminding) -> str:
    """Say in how many days it is, by the calendar of the meeting's zone; the last call is told from what came before.

    Of a meeting in the morning it may go on the evening of the same day as the reminder of a day before.
    """
    t, card = voice.t, reminding.place.card
    days = (local_date(card.starts_at, card.timezone) - local_date(voice.now, card.timezone)).days
    if days > 1:
        return t.gettext("{number} days to go.").format(number=voice.number(days))
    if not reminding.last:
        return t.gettext("It is tomorrow.") if days == 1 else t.gettext("It is today.")
    if days == 1:
        text = t.gettext("<b>It is tomorrow, {hour}</b>: this is the last reminder.")
    else:
        text = t.gettext("<b>It is today, {hour}</b>: this is the last reminder.")
    return text.format(hour=voice.clock(card.starts_at, card.timezone))


@dataclass(frozen=True)
class Confirmed:
    """Which place was confirmed, for when."""

    registration_id: int
    starts_at: datetime
    timezone: str


_CONFIRMED: Final = (
    select(Registration.id, Meeting.starts_at, Meeting.timezone)
    .join(Meeting, Meeting.id == Registration.meeting_id)
    .where(Registration.id == bindparam("which"), Registration.person_id == bindparam("person"))
)


def _load_confirmed(session: Session, who: Who, params: Mapping[str, Any], _now: datetime) -> Confirmed | None:
    own = {"which": params["registration"], "person": who.person_id}
    found = session.connection().execute(_CONFIRMED, own).first()
    return Confirmed(*found) if found else None


def _confirmed(voice: Voice, found: Confirmed) -> list[Message]:
    t = voice.t
    text = t.gettext("Thank you: we count on you on {day}.").format(day=voice.day(found.starts_at, found.timezone))
    rows = column(
        Button(t.gettext("My place"), choice=f"place:{found.registration_id}"),
        Button(t.gettext("I cannot go"), choice=f"leave:{found.registration_id}"),
    )
    return [Message(text, rows)]


def _load_all_confirmed(
    session: Session, who: Who, params: Mapping[str, Any], _now: datetime
) -> list[tuple[str, Text, datetime, str]] | None:
    """Look again at the places of her and of those on her phone: name, title, start and zone of each that stands."""
    phone = [who.person_id, *(each.id for each in wards.of(session, who.person_id))]
    rows = session.execute(
        select(Registration.name, Person.name, Meeting.title, Meeting.starts_at, Meeting.timezone)
        .join(Meeting, Meeting.id == Registration.meeting_id)
        .join(Person, Person.id == Registration.person_id)
        .where(
            Registration.id.in_(params["registrations"]),
            Registration.person_id.in_(phone),
            Registration.state == "registered",
            Registration.confirmed_version == Meeting.version,
        )
        .order_by(Meeting.starts_at, Registration.id)
    )
    return [(own or name or "", title, starts_at, zone) for own, name, title, starts_at, zone in rows] or None


def _all_confirmed(voice: Voice, found: list[tuple[str, Text, datetime, str]]) -> list[Message]:
    t = voice.t
    lines = [t.gettext("Thank you, all of these are confirmed:")]
    for name, title, starts_at, zone in found:
        said = (shortened(name, NAME), shortened(voice.plain(title), TITLE), voice.day(starts_at, zone))
        lines.append(f"• {escape(', '.join(filter(None, said)))}")
    return [Message("\n".join(lines), column(Button(t.gettext("My meetings"), choice="mine")))]


KINDS: Final[dict[str, Kind]] = {
    "reminder": Kind(_load, _say),
    "confirmed": Kind(_load_confirmed, _confirmed),
    "confirmed_all": Kind(_load_all_confirmed, _all_confirmed),
}
