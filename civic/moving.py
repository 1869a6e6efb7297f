"""A convened meeting on another day, at other hours or elsewhere: whom that concerns is told, and what follows.

Importing its file again does the same through `tell` and `follow_up`.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from civic import agenda, audit, convening, import_faults, meetings, needs, offers, versions, workshops
from civic.audit import Actor
from civic.daytime import local_date
from civic.errors import Faults
from civic.meeting_rules import LONGEST
from civic.schema import Meeting, Offer, Outbox

OBSTACLES: Final = {
    "same": "meeting: that is when and where it is already",
    "hours": "meeting.ends_at: has to be after the start, and at most a day after it",
    "begun": "meeting: it has begun, so that its date, hours and place stay as they are",
    "past": "meeting.starts_at: has passed",
}
"""What keeps a meeting from being moved, as a file's fault says it."""


@dataclass(frozen=True)
class Aim:
    """When and where a meeting is to be. Moments are UTC; `venue` as in its row."""

    starts_at: datetime
    ends_at: datetime
    venue: dict[str, Any]


def move(session: Session, code: str, aim: Aim, *, late_because: str | None = None, actor: Actor, now: datetime) -> int:
    """Give a meeting another date, other hours or another place; says how many people the news reaches.

    Of a draft nobody is told. Raises MeetingUnknown; Faults for what is over, was cancelled or has begun, for a start
    that has passed, and for an aim that is as things are; TooLate for a new date less than 15 days ahead without
    `late_because` (M4).
    """
    meeting = meetings.lock(session, meetings.by_code(session, code).id)
    import_faults.refuse_past(meeting, now)
    if found := obstacles(meeting, aim, now):
        raise Faults(tuple(OBSTACLES[each] for each in found))
    said, reason = versions.told(meeting), meeting.late_because
    day, promised = local_date(meeting.starts_at, meeting.timezone), needs.answer_on(meeting)
    meeting.starts_at, meeting.ends_at, meeting.venue = aim.starts_at, aim.ends_at, aim.venue
    session.flush()
    told = 0
    if meeting.state == "convened":
        if reads_otherwise(said, meeting):
            told = tell(session, meeting, day=day, late_because=late_because, now=now)
        follow_up(session, meeting, promised=promised, now=now)
    audit.record(
        session,
        actor,
        "move",
        f"m{meeting.id}",
        now=now,
        meeting_id=meeting.id,
        old=said,
        new={**versions.told(meeting), "version": meeting.version},
        because=meeting.late_because if meeting.late_because != reason else None,
    )
    session.flush()
    return told


def obstacles(meeting: Meeting, aim: Aim, now: datetime) -> list[str]:
    """Name what keeps a meeting from being moved so: keys of `OBSTACLES`."""
    found = ["same"] if aim == Aim(meeting.starts_at, meeting.ends_at, meeting.venue) else []
    if not timedelta() < aim.ends_at - aim.starts_at <= LONGEST:
        found.append("hours")
    if meeting.state == "convened" and meeting.starts_at <= now:
        found.append("begun")
    elif aim.starts_at <= now:
        found.append("past")
    return found


def reads_otherwise(said: dict[str, Any], meeting: Meeting) -> bool:
    """Tell whether date, hours or place read otherwise than they were told."""
    return versions.reads(said) != versions.reads(versions.told(meeting))


def tell(session: Session, meeting: Meeting, *, day: date | None, late_because: str | None, now: datetime) -> int:
    """Owe everyone concerned the move of a meeting that is changed already; says how many it reaches.

    `day` is its date before. Raises TooLate as `move` does.
    """
    if day != local_date(meeting.starts_at, meeting.timezone) and not versions.is_known(session, meeting):
        meeting.late_because = convening.why_late(meeting, late_because, now=now)
    _end_offers(session, meeting)
    return versions.move(session, meeting, now=now)


def follow_up(session: Session, meeting: Meeting, *, promised: date | None, now: datetime) -> None:
    """Let a convened meeting's agenda, seats, offers and needs follow from how it is now.

    `promised` is when an answer about needs was promised before.
    """
    agenda.schedule(session, meeting, now=now)
    workshops.seat_missing(session, meeting, now=now)
    workshops.meet_needs(session, meeting, now=now)
    offers.serve(session, meeting, now)
    needs.changed(session, meeting, now=now, promised=promised)
    needs.alert_unoffered(session, meeting, now=now)


def _end_offers(session: Session, meeting: Meeting) -> None:
    """Let no offer hold past a start that is earlier than before."""
    shorter = select(Offer.id).where(
        Offer.meeting_id == meeting.id, Offer.state == "open", Offer.expires_at > meeting.starts_at
    )
    causes = [f"o{offer_id}" for offer_id in session.scalars(shorter)]
    for change in (
        update(Outbox)
        .where(Outbox.kind == "offer", Outbox.cause.in_(causes), Outbox.state == "pending")
        .values(until=meeting.starts_at),
        update(Offer).where(Offer.id.in_(shorter)).values(expires_at=meeting.starts_at),
    ):
        session.execute(change.execution_options(synchronize_session="fetch"))
