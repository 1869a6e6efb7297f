"""What organisers tell a part of a meeting's people: written, shown, confirmed; undone for a minute; then sent once.

A confirmed announcement waits as a row of the agenda (`n5`), so that neither a restart nor another process loses it or
sends it twice. It is undone or sent under the meeting's lock: everybody is told of it, or nobody. To whom it goes is
looked up when it is sent; rows of the outbox name it, and never hold its words.
"""

import hashlib
import re
import unicodedata
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from civic import audience, audit, meetings, outbox, staff
from civic.audience import Part
from civic.audit import Actor
from civic.daytime import at_clock, local_date, next_decent
from civic.errors import DraftChanged, NotAnOrganiser, NothingOpen, NotTaken
from civic.outbox import Priority
from civic.schema import Agenda, Announcement, Meeting, Outbox

UNDONE_FOR: Final = timedelta(minutes=1)
"""How long a confirmed announcement waits, at least: at night until morning, and so long it can be undone."""
LONGEST: Final = 600
"""Characters: with what stands above them they fit a small screen."""
A_DAY: Final = 3
"""Announcements of one meeting that go out on one day of its zone."""
STALE: Final = timedelta(days=3)
"""Whoever was not reached by then is told no more."""
CHUNK: Final = 5_000
"""People who are owed it in one transaction."""
KIND: Final = "announcement"
SEND: Final = "send"
REPORT: Final = "report"
REPORTED_AFTER: Final = timedelta(minutes=2)
"""When it is looked how many were reached; while more is to go out, twice as long each time."""
LAST_REPORT: Final = timedelta(hours=12)
GOING: Final = ("waiting", "sending", "sent")
"""States of what goes out, or did."""


# Written ---------------------------------------------------------------------------------------------------------


def begin(
    session: Session,
    meeting_id: int,
    part: str,
    *,
    actor: Actor,
    now: datetime,
    workshop_id: int | None = None,
    instead_of: int | None = None,
) -> Announcement:
    """Begin an announcement to a part of a meeting's people, or give one that was begun (`instead_of`) another part.

    Raises MeetingUnknown, NotAnOrganiser, and NothingOpen for a part that there is not, or not any more.
    """
    meeting = _organised(session, meeting_id, actor)
    if Part(part, workshop_id) not in audience.parts(session, meeting, now):
        raise NothingOpen
    if instead_of is not None:
        row = own(session, instead_of, actor)
        if row.state != "proposed" or row.meeting_id != meeting.id:
            raise NothingOpen
        row.audience, row.workshop_id = part, workshop_id
    else:
        forgotten = (
            Announcement.meeting_id == meeting.id,
            Announcement.author_id == actor.person_id,
            Announcement.state == "proposed",
        )
        session.execute(delete(Announcement).where(*forgotten))
        row = Announcement(
            meeting_id=meeting.id,
            author_id=actor.person_id,
            audience=part,
            workshop_id=workshop_id,
            state="proposed",
            made_at=now,
        )
        session.add(row)
    session.flush()
    return row


def write(session: Session, announcement_id: int, text: str, *, actor: Actor) -> Announcement:
    """Take the words of an announcement as they were written, lines and all.

    Raises NotTaken for words of which nothing is seen, or more than 600 characters; NothingOpen for what was confirmed.
    """
    row = own(session, announcement_id, actor)
    if row.state != "proposed":
        raise NothingOpen
    said = _tidy(text)
    if len(said) > LONGEST or all(unicodedata.category(each)[0] in "CMZ" for each in said):
        raise NotTaken("too_long", LONGEST)
    row.text = said
    session.flush()
    return row


def discard(session: Session, announcement_id: int, *, actor: Actor) -> int:
    """Let go what was not confirmed; give its meeting's id."""
    row = own(session, announcement_id, actor)
    if row.state != "proposed":
        raise NothingOpen
    session.delete(row)
    session.flush()
    return row.meeting_id


# Shown, confirmed, undone ----------------------------------------------------------------------------------------


def sign_of(session: Session, row: Announcement) -> str:
    """Sign what an announcement says, to whom, of which meeting: another than was shown is not what was meant."""
    meeting = session.get_one(Meeting, row.meeting_id)
    said = (row.text, row.audience, row.workshop_id, meeting.version, meeting.state, meeting.title)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:10]


def goes_at(meeting: Meeting, now: datetime) -> datetime:
    """Say when what is confirmed now goes out: after a minute, in decent hours of the meeting's zone."""
    return next_decent(now + UNDONE_FOR, meeting.timezone)


def left(session: Session, meeting: Meeting, now: datetime) -> int:
    """Say how many more announcements of a meeting may go out on the day on which one confirmed now would."""
    day = local_date(goes_at(meeting, now), meeting.timezone)
    starts, ends = (at_clock(each, datetime.min.time(), meeting.timezone) for each in (day, day + timedelta(days=1)))
    that_day = select(func.count()).where(
        Announcement.meeting_id == meeting.id,
        Announcement.state.in_(GOING),
        Announcement.sends_at >= starts,
        Announcement.sends_at < ends,
    )
    return max(A_DAY - (session.scalar(that_day) or 0), 0)


def obstacle(session: Session, row: Announcement, now: datetime) -> str | None:
    """Say what keeps an announcement from being sent: text, enough (of one day), over, nobody; None when nothing."""
    meeting = session.get_one(Meeting, row.meeting_id)
    part = Part(row.audience, row.workshop_id)
    if not row.text:
        return "text"
    if not audience.is_open(part, meeting, goes_at(meeting, now)):
        return "over"
    if not left(session, meeting, now):
        return "enough"
    return None if audience.reach(session, meeting, part, now).reached else "nobody"


def confirm(session: Session, announcement_id: int, sign: str, *, actor: Actor, now: datetime) -> Announcement:
    """Let what was shown under a sign go out, after its minute. A second time changes nothing.

    Raises DraftChanged when it is not what was shown, or cannot go out any more.
    """
    row = own(session, announcement_id, actor)
    if row.state != "proposed":
        return row
    if sign != sign_of(session, row) or obstacle(session, row, now):
        raise DraftChanged
    meeting = session.get_one(Meeting, row.meeting_id)
    row.state, row.sends_at = "waiting", goes_at(meeting, now)
    session.add(Agenda(subject=f"n{row.id}", what=SEND, due_at=row.sends_at))
    people = audience.reach(session, meeting, Part(row.audience, row.workshop_id), now).reached
    _record(session, row, "announce", actor, now, due_at=row.sends_at.isoformat(), people=people)
    session.flush()
    return row


def undo(session: Session, announcement_id: int, *, actor: Actor, now: datetime) -> Announcement:
    """Take back what waits, by anyone who organises its meeting, and tell its author; what goes out stays as it is."""
    row = _locked(session, announcement_id, actor)
    if row.state == "waiting":
        session.execute(delete(Agenda).where(Agenda.subject == f"n{row.id}"))
        row.state, row.settled_at = "undone", now
        _record(session, row, "unannounce", actor, now)
        if actor.person_id != row.author_id:
            _tell_author(session, row, now)
        session.flush()
    return row


def waiting(session: Session, meeting_id: int) -> list[Announcement]:
    """List what waits to go out to a meeting's people."""
    rows = select(Announcement).where(Announcement.meeting_id == meeting_id, Announcement.state == "waiting")
    return list(session.scalars(rows.order_by(Announcement.sends_at, Announcement.id)))


def own(session: Session, announcement_id: int, actor: Actor) -> Announcement:
    """Find an announcement for its author, who organises at this moment; the meeting is locked.

    Raises NothingOpen for none, NotAnOrganiser for anybody else.
    """
    row = _locked(session, announcement_id, actor)
    if row.author_id != actor.person_id:
        raise NotAnOrganiser
    return row


# Sent ------------------------------------------------------------------------------------------------------------


def meeting_of(session: Session, announcement_id: int) -> int | None:
    """Say whose meeting's announcement that is, if it is there."""
    return session.scalar(select(Announcement.meeting_id).where(Announcement.id == announcement_id))


def go_on(session: Session, announcement_id: int, step: Agenda, now: datetime) -> None:
    """Do a step of an announcement that is due: send it to the next of its people, or report; the meeting is locked."""
    row = session.get(Announcement, announcement_id, populate_existing=True)
    if row is None:
        step.done_at = now
    elif step.what == REPORT:
        _report(session, row, step, now)
    else:
        _send(session, row, step, now)


def numbers(session: Session, row: Announcement) -> dict[str, int]:
    """Say how many people an announcement reached, how many it still goes to, and how many it did not reach."""
    on_that_phone = and_(Outbox.state == "dropped", Outbox.reason == audience.SAID_ALREADY)
    held = session.get_one(Meeting, row.meeting_id).state == "convened"
    told = or_(Outbox.state == "sent", on_that_phone) if held else Outbox.state == "sent"
    pending = Outbox.state == "pending"
    counts = select(
        func.count().filter(told), func.count().filter(pending), func.count().filter(~told, ~pending)
    ).where(Outbox.cause == f"n{row.id}", Outbox.kind == KIND)
    reached, to_go, missed = session.execute(counts).one()
    return {"reached": reached, "to_go": to_go, "missed": missed}


def still_told(session: Session, people: Collection[int], announcement_id: int) -> set[int]:
    """Look again at who of some people is told of an announcement: owed it, and in its meeting to this moment."""
    meeting_id = meeting_of(session, announcement_id)
    if meeting_id is None:
        return set()
    owed = select(Outbox.person_id).where(
        Outbox.cause == f"n{announcement_id}", Outbox.kind == KIND, Outbox.person_id.in_(people)
    )
    return audience.still(session, people, meeting_id) & {each for each in session.scalars(owed) if each is not None}


def _send(session: Session, row: Announcement, step: Agenda, now: datetime) -> None:
    meeting = session.get_one(Meeting, row.meeting_id)
    part = Part(row.audience, row.workshop_id)
    if row.state == "waiting":
        if not staff.organises(session, row.author_id, meeting.id):
            return _fail(session, row, step, "not_an_organiser", now)
        if not audience.is_open(part, meeting, now):
            return _fail(session, row, step, "over", now)
        row.state = "sending"
    if row.state != "sending" or meeting.state != "convened":
        step.done_at = now
        return None
    ahead = audience.recipients(meeting, part, now, after=step.cursor or 0).limit(CHUNK).subquery()
    found, last = session.execute(select(func.count(), func.max(ahead.c.id))).one()
    _owe(session, row, select(ahead.c.id), meeting, now)
    if found < CHUNK:
        row.state, row.settled_at, step.done_at = "sent", now, now
        session.add(Agenda(subject=f"n{row.id}", what=REPORT, due_at=now + REPORTED_AFTER))
    else:
        step.cursor = last
    return None


def _owe(session: Session, row: Announcement, people: Select[int], meeting: Meeting, now: datetime) -> None:
    until = now + STALE
    outbox.enqueue_all(
        session,
        people,
        kind=KIND,
        cause=f"n{row.id}",
        due_at=now,
        params={"meeting": meeting.id, "announcement": row.id},
        priority=Priority.USUAL,
        until=min(until, meeting.ends_at) if now < meeting.starts_at else until,
    )


def _fail(session: Session, row: Announcement, step: Agenda, trouble: str, now: datetime) -> None:
    """Send it to nobody, and tell its author why."""
    row.state, row.trouble, row.settled_at, step.done_at = "failed", trouble, now, now
    _record(session, row, "not_announced", Actor(row.author_id, "chat"), now)
    _tell_author(session, row, now)


def _report(session: Session, row: Announcement, step: Agenda, now: datetime) -> None:
    """Tell its author how many were reached, once it went out to everybody, or after half a day."""
    since = row.settled_at or now
    if numbers(session, row)["to_go"] and now - since < LAST_REPORT:
        step.due_at = now + max(REPORTED_AFTER, now - since)
        return
    step.done_at = now
    _tell_author(session, row, now)


def _tell_author(session: Session, row: Announcement, now: datetime) -> None:
    if row.author_id is not None:
        outbox.enqueue(
            session,
            row.author_id,
            cause=f"n{row.id}",
            kind="org_say",
            due_at=now,
            params={"announcement": row.id},
            priority=Priority.REPLY,
        )


# Behind them -----------------------------------------------------------------------------------------------------


def _organised(session: Session, meeting_id: int, actor: Actor) -> Meeting:
    meeting = meetings.lock(session, meeting_id)
    if not staff.organises(session, actor.person_id, meeting.id):
        raise NotAnOrganiser
    return meeting


def _locked(session: Session, announcement_id: int, actor: Actor) -> Announcement:
    meeting_id = meeting_of(session, announcement_id)
    if meeting_id is None:
        raise NothingOpen
    _organised(session, meeting_id, actor)
    row = session.get(Announcement, announcement_id, populate_existing=True)
    if row is None:
        raise NothingOpen
    return row


def _tidy(text: str) -> str:
    """Take space around lines away, blank lines beyond one, and letters that show nothing or turn text around."""
    shown = "".join(each for each in text.replace("\r\n", "\n") if each == "\n" or _is_shown(each))
    lines = "\n".join(" ".join(line.split()) for line in shown.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def _is_shown(letter: str) -> bool:
    return unicodedata.category(letter) not in {"Cc", "Cs", "Co", "Cn"} and letter not in _TURNING


_TURNING: Final = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
"""Letters that turn the direction of what follows them."""


def _record(session: Session, row: Announcement, act: str, actor: Actor, now: datetime, **more: Any) -> None:
    """Leave a row of what was announced, to which part of the people and how many; its words are kept apart."""
    new: dict[str, Any] = {"audience": row.audience, **more}
    if row.workshop_id is not None:
        new["workshop"] = row.workshop_id
    if row.trouble:
        new["trouble"] = row.trouble
    audit.record(session, actor, act, f"n{row.id}", now=now, meeting_id=row.meeting_id, new=new)
