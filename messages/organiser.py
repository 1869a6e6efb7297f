"""What we say to organisers about their meetings: the list, one's numbers and what is missing, what people answered.

No names and no phones: those are in `messages.organiser_people`, for who asks for them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from civic import alerts, organising, staff
from civic.columns import Text
from civic.errors import NotAnOrganiser
from civic.feedback import ENOUGH, Summary
from civic.organising import Desk, Line
from civic.schema import Meeting
from messages import desk_acts, desk_people
from messages.feedback import question
from messages.kind import Kind, Who
from messages.lacks import lack_said
from messages.message import Button, Message, column
from messages.voice import Voice, escape, shortened

PAGE: Final = 5
"""Meetings, or comments, in one message."""
LABEL: Final = 44
"""Characters of a meeting on its button."""
COMMENT: Final = 500
"""Characters of a comment."""
QUESTION: Final = 160
OPTION: Final = 60
ROOM: Final = 3400
"""Characters of one message of figures."""


@dataclass(frozen=True)
class Listing:
    """A page of an organiser's meetings, from 0."""

    rows: tuple[Line, ...]
    page: int
    more: bool
    count: int


@dataclass(frozen=True)
class Heard:
    """What people answered about a meeting; a page of their comments, from 0."""

    meeting_id: int
    title: Text
    summaries: tuple[Summary, ...]
    page: int = 0


def meeting_for(session: Session, who: Who, params: Mapping[str, Any]) -> Meeting | None:
    """Give the meeting that a message is about, to who organises it at this moment; None for all others."""
    meeting = session.get(Meeting, params["meeting"])
    return meeting if meeting and staff.organises(session, who.person_id, meeting.id) else None


def back_to_meeting(voice: Voice, meeting_id: int) -> Button:
    """Lead back to a meeting's numbers."""
    return Button(voice.t.gettext("The meeting's numbers"), choice=f"org:{meeting_id}")


# The list --------------------------------------------------------------------------------------------------------


def _load_listing(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Listing | None:
    try:
        found = organising.listing(session, who.person_id, now)
    except NotAnOrganiser:
        return None
    page = min(params.get("page", 0), max(len(found) - 1, 0) // PAGE)
    start = page * PAGE
    return Listing(tuple(found[start : start + PAGE]), page, len(found) > start + PAGE, len(found))


def _hello(voice: Voice, listing: Listing) -> list[Message]:
    t = voice.t
    text = t.ngettext("You organise {number} meeting.", "You organise {number} meetings.", listing.count)
    return [Message(text.format(number=voice.number(listing.count)), column(_organise(voice)))]


def _organise(voice: Voice) -> Button:
    return Button(voice.t.gettext("Organise"), choice="orgl")


def _listing(voice: Voice, listing: Listing) -> list[Message]:
    t = voice.t
    lines = [t.gettext("<b>The meetings that you organise</b>")]
    if not listing.rows:
        lines.append(t.gettext("There is none yet."))
    for number, each in enumerate(listing.rows, 1):
        lines += [
            "",
            f"{number}. {escape(shortened(voice.plain(each.title), QUESTION))}",
            f"<i>{_state(voice, each)}</i>",
        ]
    labels = [f"{number}. {shortened(voice.plain(each.title), LABEL)}" for number, each in enumerate(listing.rows, 1)]
    rows = column(
        *(Button(label, choice=f"org:{each.id}") for label, each in zip(labels, listing.rows, strict=True)),
        Button(t.gettext("More meetings"), choice=f"orgl:{listing.page + 1}") if listing.more else None,
        Button(t.gettext("Back"), choice=f"orgl:{listing.page - 1}") if listing.page else None,
        Button(
            t.gettext("Import a meeting"),
            choice="oim",
            words=tuple(t.gettext("import, new meeting, upload a file, send a file").split(", ")),
        ),
    )
    return [Message("\n".join(lines), rows)]


def _state(voice: Voice, line: Line) -> str:
    """Say in one line where a meeting stands, and when it is."""
    t = voice.t
    if line.state == "draft":
        text = t.gettext("Draft, nobody sees it: {when}")
    elif line.state == "cancelled":
        text = t.gettext("Cancelled: {when}")
    elif line.over:
        text = t.gettext("It was held: {when}")
    else:
        text = t.gettext("Convened: {when}")
    return escape(text.format(when=voice.when(line.starts_at, line.timezone)))


# One meeting -----------------------------------------------------------------------------------------------------


def _load_desk(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Desk | None:
    meeting = meeting_for(session, who, params)
    if meeting is None:
        return None
    return replace(organising.desk(session, meeting, now), muted=alerts.is_muted(session, meeting.id, who.person_id))


def _desk(voice: Voice, desk: Desk) -> list[Message]:
    t = voice.t
    meeting_id = desk.line.id
    lines = [f"<b>{escape(shortened(voice.plain(desk.line.title), QUESTION))}</b>", _state(voice, desk.line)]
    if desk.days_left > 0 and desk.line.state != "cancelled":
        text = t.ngettext("{number} day to go.", "{number} days to go.", desk.days_left)
        lines.append(text.format(number=voice.number(desk.days_left)))
    if desk.cancelled_because:
        because = escape(shortened(desk.cancelled_because, QUESTION))
        lines.append(t.gettext("Why it was cancelled: {reason}").format(reason=because))
    lines += ["", *_numbers(voice, desk)]
    missing = [lack_said(voice, each) for each in desk.lacks]
    if desk.to_call:
        text = t.ngettext(
            "{number} person should be called: I do not reach them, or they need what is missing.",
            "{number} people should be called: I do not reach them, or they need what is missing.",
            desk.to_call,
        )
        missing.append(text.format(number=voice.number(desk.to_call)))
    if missing:
        lines += ["", t.gettext("<b>Still to do</b>"), *(f"• {each}" for each in missing)]
    elif desk.line.state != "cancelled":
        lines += ["", t.gettext("Nothing is missing.")]
    lines += desk_acts.waits(voice, desk)
    heard = t.gettext("What people answered")
    rows = desk_people.rows(voice, desk) + column(
        *desk_acts.buttons(voice, desk),
        Button(
            t.gettext("Commitments ({number})").format(number=desk.published + desk.drafts), choice=f"orgc:{meeting_id}"
        ),
        Button(heard, choice=f"orgfb:{meeting_id}") if desk.line.over and desk.line.state == "convened" else None,
        Button(t.gettext("My other meetings"), choice="orgl"),
    )
    return [Message("\n".join(lines), rows)]


def _numbers(voice: Voice, desk: Desk) -> list[str]:
    """Say the numbers, a line each; those that say nothing yet are left out."""
    t, had = voice.t, desk.numbers

    def line(text: str, name: str) -> str:
        return text.format(number=voice.number(had.get(name, 0)))

    lines = [t.gettext("Places: {number}").format(number=voice.number(desk.capacity))]
    lines.append(line(t.gettext("With a place: {number}"), "registered"))
    later = (
        (t.gettext("Of them confirmed: {number}"), "confirmed"),
        (t.gettext("Companions among all: {number}"), "companions"),
        (t.gettext("Seated in a workshop: {number}"), "seated"),
        (t.gettext("Waiting: {number}"), "waiting"),
        (t.gettext("With an offer: {number}"), "offered"),
        (t.gettext("Gave it up: {number}"), "cancelled"),
        (t.gettext("Came: {number}"), "attended"),
        (t.gettext("Did not come: {number}"), "no_show"),
    )
    lines += [line(text, name) for text, name in later if had.get(name)]
    if not desk.line.over and desk.line.state != "cancelled":
        lines.append(line(t.gettext("Free: {number}"), "free"))
    return lines


# What people answered --------------------------------------------------------------------------------------------


def _load_heard(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Heard | None:
    del now
    meeting = meeting_for(session, who, params)
    if meeting is None:
        return None
    return Heard(meeting.id, meeting.title, tuple(organising.answers(session, meeting)), params.get("page", 0))


def _heard(voice: Voice, heard: Heard) -> list[Message]:
    t = voice.t
    lines = [
        t.gettext("<b>What people answered</b>"),
        escape(shortened(voice.plain(heard.title), QUESTION)),
        t.gettext("A question is counted from {number} answers on, so that nobody is recognised.").format(
            number=ENOUGH
        ),
    ]
    for each in heard.summaries:
        said = _figures(voice, each)
        if len("\n".join([*lines, *said])) > ROOM:
            break
        lines += said
    comments = sum(len(each.comments) for each in heard.summaries)
    read = t.gettext("Read the comments ({number})").format(number=voice.number(comments))
    rows = column(
        Button(read, choice=f"orgcm:{heard.meeting_id}") if comments else None,
        back_to_meeting(voice, heard.meeting_id),
    )
    return [Message("\n".join(lines), rows)]


def _figures(voice: Voice, summary: Summary) -> list[str]:
    """Say the figures of one question, in HTML."""
    t = voice.t
    lines = ["", f"<b>{escape(shortened(question(voice, summary), QUESTION))}</b>"]
    count = t.ngettext("{number} answer", "{number} answers", summary.answers)
    lines.append(count.format(number=voice.number(summary.answers)))
    if summary.answers < ENOUGH:
        few = t.gettext("too few to show")
        lines[-1] += f" · {few}"
    if summary.mean is not None:
        lines.append(t.gettext("On average {mean} of 5").format(mean=voice.number(round(summary.mean, 1))))
    for value, times in (summary.counts or {}).items():
        lines.append(f"{_value(voice, summary, value)}: {voice.number(times)}")
    return lines


def _value(voice: Voice, summary: Summary, value: str) -> str:
    if summary.kind == "yes_no":
        return voice.t.pgettext("answer", "Yes") if value == "yes" else voice.t.pgettext("answer", "No")
    if summary.kind == "choice" and int(value) < len(summary.options):
        return escape(shortened(voice.plain(summary.options[int(value)]), OPTION))
    return value


def _comments(voice: Voice, heard: Heard) -> list[Message]:
    t = voice.t
    comments = [comment for each in heard.summaries for comment in each.comments]
    page = min(heard.page, max(len(comments) - 1, 0) // PAGE)
    shown = comments[page * PAGE : (page + 1) * PAGE]
    lines = [t.gettext("<b>What people wrote</b>")]
    lines += [f"\n«{escape(shortened(each, COMMENT))}»" for each in shown]
    stem = f"orgcm:{heard.meeting_id}"
    rows = column(
        Button(t.gettext("More comments"), choice=f"{stem}:{page + 1}") if len(comments) > (page + 1) * PAGE else None,
        Button(t.gettext("Earlier ones"), choice=f"{stem}:{page - 1}") if page else None,
        Button(t.gettext("What people answered"), choice=f"orgfb:{heard.meeting_id}"),
    )
    return [Message("\n".join(lines), rows)]


KINDS: Final[dict[str, Kind]] = {
    "org_hello": Kind(_load_listing, _hello),
    "org_meetings": Kind(_load_listing, _listing),
    "org_meeting": Kind(_load_desk, _desk),
    "org_feedback": Kind(_load_heard, _heard),
    "org_comments": Kind(_load_heard, _comments),
}
