"""What each notice says to whom it is forwarded: plain text, short, with the page and whom to call; of nobody's own."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import announcements, meetings, public_record, thanks, versions, wards
from civic.meetings import Card
from civic.public_record import Standing
from civic.schema import Announcement, Meeting, Workshop
from civic.thanks import Results
from messages.announcements import as_read as announced
from messages.changes import Told, told
from messages.commitments import due, status
from messages.forwarding import all_passed_on, passed_on
from messages.kind import Kind, Who
from messages.message import Button, Message
from messages.results import as_read as thanked
from messages.signup import card_by_id, phone
from messages.voice import Voice, shortened

TITLE: Final = 100
"""Characters of a title."""
LONG: Final = 100
"""Characters of a reason, a workshop, or who answers for a commitment."""
TEXT: Final = 200
"""Characters of a commitment."""
WHOLE: Final = 600
"""Characters of a text to forward; what can be read on the page is left out of a longer one."""


@dataclass(frozen=True)
class OfMeeting:
    """A meeting to tell of as it is now, after a notice of some sort."""

    what: str
    card: Card
    before: Told | None
    """How it was, where it moved since."""
    now: Told
    workshops: tuple[Workshop, ...]


@dataclass(frozen=True)
class OfCommitment:
    """A commitment as it is now, and whom to call about its meeting."""

    standing: Standing
    contact: Mapping[str, Any] | None


@dataclass(frozen=True)
class Announced:
    """What organisers wrote to people of a meeting."""

    text: str
    card: Card


@dataclass(frozen=True)
class Thanked:
    """What a meeting came to, in numbers."""

    results: Results
    card: Card


Found = OfMeeting | OfCommitment | Announced | Thanked


def _load(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> list[Found] | None:
    what = params["what"]
    if what == "c":
        numbers = params.get("commitments") or [params["commitment"]]
        found: list[Found | None] = [_of_commitment(session, number, now) for number in numbers]
    elif what == "a":
        found = [_of_announcement(session, who, params["announcement"], now)]
    else:
        numbers = params.get("meetings") or [params["meeting"]]
        look = _of_results if what == "t" else _of_meeting
        found = [look(session, who, {**params, "meeting": number}, now) for number in numbers]
    return [each for each in found if each] or None


def _of_commitment(session: Session, number: int, now: datetime) -> OfCommitment | None:
    whole = public_record.history(session, number, now)
    if whole is None:
        return None
    return OfCommitment(whole.standing, session.get_one(Meeting, whole.standing.meeting_id).contact)


def _of_meeting(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> OfMeeting | None:
    card = card_by_id(session, Who(None, who.language), params, now)
    if card is None:
        return None
    said = versions.told_of(session, card.id)
    current = told(versions.told(session.get_one(Meeting, card.id)))
    known = said.get(params.get("known", 0))
    before = told(known) if known else None
    all_of_it = select(Workshop).where(Workshop.meeting_id == card.id).order_by(Workshop.number)
    workshops = tuple(session.scalars(all_of_it)) if params["what"] == "s" else ()
    return OfMeeting(params["what"], card, before if before != current else None, current, workshops)


def _of_announcement(session: Session, who: Who, number: int, now: datetime) -> Announced | None:
    """Look at an announcement, as whoever was told of it."""
    row = session.get(Announcement, number)
    phone = [each for each in (who.person_id, *(each.id for each in wards.of(session, who.person_id))) if each]
    meeting = session.get_one(Meeting, row.meeting_id) if row else None
    if row is None or row.text is None or meeting is None or meeting.state != "convened":
        return None
    if not announcements.still_told(session, phone, number):
        return None
    return Announced(row.text, meetings.card_of(session, meeting, None, now))


def _of_results(session: Session, who: Who, params: Mapping[str, Any], now: datetime) -> Thanked | None:
    card = card_by_id(session, Who(None, who.language), params, now)
    came, counted, answered = params["numbers"]
    numbers = {"came": came, "counted": bool(counted), "answered": answered}
    found = thanks.results(session, params["meeting"], **numbers, was_there=False)  # whoever reads it
    return Thanked(found, card) if card is not None and found is not None else None


def _forward(voice: Voice, found: list[Found]) -> list[Message]:
    later = replace(voice, years=True)
    texts = [_said(later, each) for each in found]
    if len(found) > 1:
        t = voice.t
        listed = (
            Button(t.gettext("All commitments"), choice="cm")
            if isinstance(found[0], OfCommitment)
            else Button(t.gettext("My meetings"), choice="mine")
        )
        return all_passed_on(voice, texts, listed)
    (one,) = found
    if isinstance(one, OfCommitment):
        back = Button(voice.t.gettext("See it whole"), choice=f"c:{one.standing.id}")
        return passed_on(voice, texts[0], voice.links.start(f"fc_{one.standing.id}"), back)
    back = Button(voice.t.gettext("Back to the meeting"), choice=f"m:{one.card.code}")
    return passed_on(voice, texts[0], voice.links.start(f"m_{one.card.code}"), back)


def _said(voice: Voice, found: Found) -> list[str]:
    """Say a text to forward, a line each."""
    if isinstance(found, OfCommitment):
        return _commitment(voice, found)
    ways = _ways(voice, found.card)
    if isinstance(found, OfMeeting):
        return _fitting(_head(voice, found), _details(voice, found), ways)
    said = announced(voice, found.text, found.card) if isinstance(found, Announced) else thanked(voice, found.results)
    return [*_plain(said).splitlines(), *ways]


def _plain(text: str) -> str:
    """Give a text of ours without its HTML."""
    return html.unescape(re.sub(r"<[^>]*>", "", text))


def _head(voice: Voice, found: OfMeeting) -> list[str]:
    """Say what there is to tell of a meeting, a line each: as it is now, whatever it was."""
    t, card = voice.t, found.card
    title = _short(voice, card.title, TITLE)
    if card.state == "cancelled":
        reason = t.gettext("The reason: {reason}").format(reason=_short(voice, card.cancelled_because, LONG))
        return [t.gettext("Cancelled: {title}").format(title=title), _when(voice, found.now), reason]
    if found.before is not None:
        return [t.gettext("Please note, this has changed: {title}").format(title=title), *_both(voice, found)]
    if found.workshops:
        own = t.gettext("Each person's workshop is told in the chat, or at the door.")
        return [t.gettext("The workshops are ready: {title}").format(title=title), *_facts(voice, found), own]
    if card.over or found.what == "o":  # a place is offered to her alone
        return [title, *_facts(voice, found)]
    return [t.gettext("To remember: {title}").format(title=title), *_facts(voice, found)]


def _details(voice: Voice, found: OfMeeting) -> list[str]:
    """Name the workshops, where they are the news."""
    if found.card.state == "cancelled" or found.before is not None:
        return []
    return [_workshop(voice, each) for each in found.workshops]


def _fitting(head: list[str], details: list[str], ways: list[str]) -> list[str]:
    """Put lines together, with as many of the details as leave a text short."""
    room = WHOLE - sum(len(line) + 1 for line in (*head, *ways))
    kept = []
    for line in details:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return [*head, *kept, *ways]


def _facts(voice: Voice, found: OfMeeting) -> list[str]:
    return [_when(voice, found.now), _where(voice, found.now)]


def _both(voice: Voice, found: OfMeeting) -> list[str]:
    """Say what is another than before, both ways; what is not, once."""
    t, before, now = voice.t, found.before, found.now
    lines = []
    for say in (_when, _where):
        was, is_ = say(voice, before) if before else "", say(voice, now)
        lines += (
            [is_]
            if was == is_
            else [
                t.gettext("Before: {before}").format(before=was),
                t.gettext("Now: {now}").format(now=is_),
            ]
        )
    return lines


def _when(voice: Voice, said: Told) -> str:
    return voice.t.gettext("{day}, from {start} to {end}").format(
        day=voice.day(said.starts_at, said.timezone),
        start=voice.clock(said.starts_at, said.timezone),
        end=voice.clock(said.ends_at, said.timezone),
    )


def _where(voice: Voice, said: Told) -> str:
    return ", ".join(voice.plain(part) for part in said.where)


def _workshop(voice: Voice, one: Workshop) -> str:
    parts = [voice.plain(part) for part in (one.topic, one.room) if part]
    return shortened(", ".join([voice.t.gettext("Workshop {number}").format(number=one.number), *parts]), LONG)


def _ways(voice: Voice, card: Card) -> list[str]:
    """Say how to come along, where to read, and whom to call."""
    t = voice.t
    page = voice.links.page(f"/meetings/{card.code}")
    open_still = card.state == "convened" and not card.started
    join = t.gettext("To keep a place, open this link in Telegram: {link}")
    return [
        join.format(link=voice.links.start(f"m_{card.code}")) if open_still else "",
        t.gettext("To read what it is about: {page}").format(page=page) if page else "",
        html.unescape(phone(voice, card.contact)),
    ]


def _commitment(voice: Voice, found: OfCommitment) -> list[str]:
    t, standing = voice.t, found.standing
    page = voice.links.page(f"/commitments/{standing.meeting_code}/{standing.slug}")
    head = [
        t.gettext("A commitment: {text}").format(text=_short(voice, standing.text, TEXT)),
        t.gettext("From the meeting «{title}»").format(title=_short(voice, standing.meeting_title, TITLE)),
        t.gettext("How it stands: {status}").format(status=status(voice, standing)),
        due(voice, standing),
    ]
    if standing.withdrawn_because:
        head.append(
            t.gettext("It was withdrawn: {reason}").format(reason=_short(voice, standing.withdrawn_because, LONG))
        )
    who = t.gettext("Who answers for it: {who} ({entity})").format(
        who=_short(voice, standing.responsible, LONG), entity=voice.plain(standing.entity)
    )
    ways = [
        t.gettext("To read it whole: {page}").format(page=page) if page else "",
        t.gettext("To be told of its news, open this link in Telegram: {link}").format(
            link=voice.links.start(f"fc_{standing.id}")
        ),
        html.unescape(phone(voice, found.contact)),
    ]
    return _fitting(head, [who], ways)


def _short(voice: Voice, text: Any, most: int) -> str:
    return shortened(voice.plain(text), most)


KINDS: Final[dict[str, Kind]] = {"forward": Kind(_load, _forward)}
