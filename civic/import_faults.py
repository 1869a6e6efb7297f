"""What an import may not do to a meeting that people were invited to: nobody loses a place or a seat over a file."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from civic import meetings, rooms
from civic.errors import Faults
from civic.meeting_file import MeetingFile, WorkshopPart
from civic.meeting_rules import wrong_end
from civic.places import HOLD, TAKING
from civic.schema import Meeting, Registration


def refuse_past(meeting: Meeting, now: datetime) -> None:
    """Raise Faults for a meeting that was cancelled, or that is over: it is what it was."""
    if meeting.state == "cancelled":
        raise Faults((f"meeting.code: {meeting.code} was cancelled; it cannot be imported again",))
    if meeting.state == "convened" and meeting.ends_at <= now:
        raise Faults((f"meeting.code: {meeting.code} is over; it cannot be imported again",))


def check(
    session: Session,
    meeting: Meeting,
    parsed: MeetingFile,
    parts: Sequence[WorkshopPart],
    *,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
) -> None:
    """Raise Faults with everything that cannot be; the meeting is locked and still as it was.

    `parts` are the workshops as they would be. Each fault says from how many people something would be taken.
    """
    found = list(wrong_end(parsed.meeting.starts_at, parsed.meeting.ends_at, ends_at - starts_at))
    if meeting.state == "convened":
        found += _dates(meeting, parsed, starts_at, ends_at, now)
        found += _entities(session, meeting, parsed)
        found += _places(session, meeting, parsed.meeting.capacity, now)
        found += _seats(session, meeting, parts)
    if found:
        raise Faults(tuple(found))


def _dates(
    meeting: Meeting, parsed: MeetingFile, starts_at: datetime, ends_at: datetime, now: datetime
) -> Iterator[str]:
    before = (meeting.starts_at, meeting.ends_at, meeting.venue)
    if before == (starts_at, ends_at, parsed.meeting.venue.model_dump(exclude_none=True)):
        return
    if meeting.starts_at <= now:
        yield "meeting: it has begun, so that its date, hours and place stay as they are"
    elif starts_at <= now:
        yield f"meeting.starts_at: {parsed.meeting.starts_at.said} has passed"


def _entities(session: Session, meeting: Meeting, parsed: MeetingFile) -> Iterator[str]:
    before = [each.code for each in meetings.entities(session, meeting.id)]
    if {each.code for each in parsed.entities} != set(before):
        yield f"entities: people signed up with a permission for {', '.join(before)}, and for no others"


def _places(session: Session, meeting: Meeting, capacity: int, now: datetime) -> Iterator[str]:
    held = Registration.cancelled_from.in_(("registered", "offered")) & (Registration.cancelled_at > now - HOLD)
    given = session.scalar(
        select(func.count()).where(Registration.meeting_id == meeting.id, or_(Registration.state.in_(TAKING), held))
    )
    reserved = meeting.reserved if meeting.reserved_until is None or now < meeting.reserved_until else 0
    taken = (given or 0) + reserved
    if capacity < taken:
        yield f"meeting.capacity: {capacity} is under the {taken} places given"


def _seats(session: Session, meeting: Meeting, parts: Sequence[WorkshopPart]) -> Iterator[str]:
    seats = rooms.seats(session, meeting.id)
    for place, part in enumerate(parts, 1):
        people = seats.pop(part.number, 0)
        if part.capacity < people:
            yield f"workshops[{place}].capacity: {part.capacity} is under the {_people(people)} who sit there"
    for number, people in sorted(seats.items()):
        if people:
            yield f"workshops: number {number} is gone, and {_people(people)} sit there"


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number} people"
