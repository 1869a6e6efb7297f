"""What we say to organisers of the people: whom to call, everybody in a file, sign-ups by day.

Phones stand in the list of whom to call alone, as on the command line.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from civic import overview, roll
from civic.overview import ToCall
from civic.roll import Roll, SignUps
from civic.schema import Meeting
from locales import N_
from messages import people_sheet, signups_picture
from messages.kind import Kind, Who
from messages.message import Button, Document, Message, column
from messages.needs import need
from messages.organiser import QUESTION, back_to_meeting, meeting_for
from messages.voice import Voice, escape, shortened

PAGE: Final = 6
"""People in one message."""
NAME: Final = 40
CAPTION_DAYS: Final = 10
"""Days that a picture's caption says in words."""

REASONS: Final = {
    "no_chat": N_("no Telegram of their own"),
    "unreachable": N_("my messages do not arrive: blocked"),
    "hushed": N_("asked me for silence"),
    "unmet_need": N_("needs what no workshop offers"),
}
STATES: Final = {
    "registered": N_("has a place"),
    "waiting": N_("waits for a place"),
    "offered": N_("has an offer"),
}


@dataclass(frozen=True)
class Calls:
    """Whom to call about a meeting; a page from 0."""

    meeting: Meeting
    people: tuple[ToCall, ...]
    page: int


# Whom to call ----------------------------------------------------------------------------------------------------


def _load_calls(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Calls | None:
    meeting = meeting_for(session, who, params)
    if meeting is None:
        return None
    people = overview.show(session, meeting.code, now=now).calls
    return Calls(meeting, people, min(params.get("page", 0), max(len(people) - 1, 0) // PAGE))


def _calls(voice: Voice, calls: Calls) -> list[Message]:
    t, meeting_id = voice.t, calls.meeting.id
    lines = [t.gettext("<b>Whom to call</b>"), _title(voice, calls.meeting)]
    start = calls.page * PAGE
    shown = calls.people[start : start + PAGE]
    if not shown:
        lines += ["", t.gettext("Nobody now: everybody hears from me, and no need is unmet.")]
    for number, each in enumerate(shown, start + 1):
        lines += ["", *_call(voice, number, each)]
    if shown:
        lines += ["", t.gettext("These phones are shown to you alone, to call about this meeting. It is noted.")]
    more = len(calls.people) > start + PAGE
    rows = column(
        Button(t.gettext("More people"), choice=f"ogc:{meeting_id}:{calls.page + 1}") if more else None,
        Button(t.gettext("Back"), choice=f"ogc:{meeting_id}:{calls.page - 1}") if calls.page else None,
        back_to_meeting(voice, meeting_id),
    )
    return [Message("\n".join(lines), rows)]


def _call(voice: Voice, number: int, each: ToCall) -> list[str]:
    """Say who is to be called, by which phone, and why, in HTML."""
    t = voice.t
    name = escape(shortened(each.name, NAME)) if each.name else t.gettext("somebody without a name")
    phone = escape(each.phone) if each.phone else t.gettext("no phone known")
    why = t.gettext(REASONS[each.why])
    needs = ", ".join(need(voice, one) for one in each.needs)
    if needs and each.why == "unmet_need":
        why += f": {needs}"
    elif needs:
        lacking = t.gettext("and needs what no workshop offers: {needs}").format(needs=needs)
        why += f"; {lacking}"
    if each.told:
        told = t.gettext("{name} is told for them").format(name=escape(shortened(each.told, NAME)))
        why += f"; {told}"
    state = t.gettext(STATES[each.state]) if each.state in STATES else ""
    return [f"{number}. <b>{name}</b> · {phone}", " · ".join(filter(None, (state, why)))]


# Everybody, and the sign-ups -------------------------------------------------------------------------------------


def _load_roll(session: Session, who: Who, params: Mapping[str, Any], _now: datetime) -> Roll | None:
    meeting = meeting_for(session, who, params)
    return roll.everybody(session, meeting) if meeting else None


def _sheet(voice: Voice, seen: Roll) -> list[Message]:
    t = voice.t
    counted = len([each for each in seen.people if each.state in roll.COMING])
    text = t.ngettext("{number} person, {at}", "{number} people, {at}", counted)
    lines = [
        t.gettext("<b>The list of people</b>"),
        _title(voice, seen.meeting),
        text.format(number=voice.number(counted), at=voice.at(voice.now, seen.meeting.timezone)),
        t.gettext("It has no phones. They are people's own data: please keep the file for this meeting alone."),
    ]
    people = t.pgettext("in a file name", "people")
    name = f"{seen.meeting.code}-{people}.xlsx"
    rows = column(back_to_meeting(voice, seen.meeting.id))
    return [Message("\n".join(lines), rows, document=Document(name, people_sheet.book(voice, seen)))]


def _load_days(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> SignUps | None:
    meeting = meeting_for(session, who, params)
    return roll.sign_ups(session, meeting, now) if meeting else None


def _days(voice: Voice, seen: SignUps) -> list[Message]:
    t, meeting = voice.t, seen.meeting
    lines = [t.gettext("<b>Sign-ups per day</b>"), _title(voice, meeting)]
    rows = column(back_to_meeting(voice, meeting.id))
    if not seen.days:
        return [Message("\n".join([*lines, t.gettext("Nobody could sign up yet: it was not convened.")]), rows)]
    lines.append(
        t.gettext("{number} people of {capacity} places; who gave theirs up is not counted.").format(
            number=voice.number(seen.total), capacity=voice.number(meeting.capacity)
        )
    )
    busy = [(day, number) for day, number in seen.days if number]
    lines += [f"{voice.day(day)}: {voice.number(number)}" for day, number in reversed(busy[-CAPTION_DAYS:])]
    if len(busy) > CAPTION_DAYS:
        before = sum(number for _, number in busy[:-CAPTION_DAYS])
        lines.append(t.gettext("Before: {number}").format(number=voice.number(before)))
    picture = Document(f"{meeting.code}.png", signups_picture.drawn(voice, seen), picture=True)
    return [Message("\n".join(lines), rows, document=picture)]


def _title(voice: Voice, meeting: Meeting) -> str:
    return escape(shortened(voice.plain(meeting.title), QUESTION))


KINDS: Final[dict[str, Kind]] = {
    "org_calls": Kind(_load_calls, _calls),
    "org_sheet": Kind(_load_roll, _sheet),
    "org_days": Kind(_load_days, _days),
}
