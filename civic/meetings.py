"""Meetings as they are looked at: by code, on a card, those to come; and the lock that their places change under."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from civic.columns import Text
from civic.errors import MeetingUnknown
from civic.places import tally
from civic.schema import Commitment, Entity, File, Meeting, MeetingEntity, Registration

PAGE = 5
"""Meetings on one page of the list."""
_CONVENING = (
    select(Entity)
    .join(MeetingEntity, MeetingEntity.entity_id == Entity.id)
    .where(MeetingEntity.meeting_id == bindparam("meeting"))
    .order_by(MeetingEntity.number)
)
_PUBLISHED = select(func.count()).where(
    Commitment.meeting_id == bindparam("meeting"), Commitment.published_at.is_not(None)
)
_OWN = select(Registration.id, Registration.state).where(
    Registration.meeting_id == bindparam("meeting"),
    Registration.person_id.is_not(None),  # a companion is nobody who looks
    Registration.person_id == bindparam("who"),
)


@dataclass(frozen=True)
class Convener:
    """An entity that convenes, as people meet it."""

    id: int
    code: str
    name: Text
    pqrsd: str | None
    privacy: str | None


@dataclass(frozen=True)
class Report:
    """What citizens read beforehand (M8): a file of ours with its size in bytes, or an address."""

    name: str
    size: int | None
    sha256: str | None
    url: str | None


@dataclass(frozen=True)
class Card:
    """Everything a meeting's card says, and where one person stands in it. Moments are UTC; people see `timezone`."""

    id: int
    code: str
    state: str
    """draft, convened, cancelled"""
    title: Text
    policy: Text
    objective: Text
    central_points: tuple[Text, ...]
    method: Text | None
    starts_at: datetime
    ends_at: datetime
    timezone: str
    venue: dict[str, Any]
    contact: dict[str, Any] | None
    entities: tuple[Convener, ...]
    report: Report | None
    capacity: int
    places_left: int
    waiting: int
    """People on the waiting list, also those with an offer."""
    coming: int
    """People who have a place."""
    late_because: str | None
    """Why it was convened less than 15 days ahead (M4); public."""
    cancelled_because: str | None
    started: bool
    over: bool
    registration_id: int | None
    registration_state: str | None
    """Of the person who looks: registered, waiting, offered, cancelled, attended, no_show; None without one."""
    commitments: int
    """How many are published (M14)."""


def by_code(session: Session, code: str) -> Meeting:
    """Find a meeting in any state; raises MeetingUnknown."""
    meeting = session.scalar(select(Meeting).where(Meeting.code == code))
    if meeting is None:
        raise MeetingUnknown(code)
    return meeting


def public(session: Session, code: str) -> Meeting:
    """Find a meeting that is anybody's business: convened or cancelled; raises MeetingUnknown for a draft."""
    meeting = by_code(session, code)
    if meeting.state == "draft":
        raise MeetingUnknown(code)
    return meeting


def lock(session: Session, meeting_id: int) -> Meeting:
    """Lock a meeting's row and read it anew: whatever changes its places does this first; raises MeetingUnknown.

    PostgreSQL's FOR NO KEY UPDATE, as a plain FOR UPDATE blocks inserts that reference the row; SQLite has one writer.
    """
    meeting = session.scalar(
        select(Meeting)
        .where(Meeting.id == meeting_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if meeting is None:
        raise MeetingUnknown(str(meeting_id))
    return meeting


def entities(session: Session, meeting_id: int) -> list[Entity]:
    """List who convenes a meeting, in its file's order (M15)."""
    return list(session.scalars(_CONVENING, {"meeting": meeting_id}))


def coming(session: Session, now: datetime, page: int = 0) -> tuple[list[Meeting], bool]:
    """List convened meetings that have not started, soonest first, a page of 5 from 0; and whether there are more."""
    found = session.scalars(
        select(Meeting)
        .where(Meeting.state == "convened", Meeting.starts_at > now)
        .order_by(Meeting.starts_at, Meeting.id)
        .offset(page * PAGE)
        .limit(PAGE + 1)
    ).all()
    return list(found[:PAGE]), len(found) > PAGE


def card(session: Session, code: str, who: int | None, now: datetime) -> Card | None:
    """Gather a public meeting's card for a person (None: nobody known); None for a draft or an unknown code."""
    meeting = session.scalar(select(Meeting).where(Meeting.code == code, Meeting.state != "draft"))
    return None if meeting is None else card_of(session, meeting, who, now)


def card_of(session: Session, meeting: Meeting, who: int | None, now: datetime) -> Card:
    """Gather the card of a meeting at hand, in whatever state."""
    places = tally(session, meeting, now)
    own = session.execute(_OWN, {"meeting": meeting.id, "who": who}).first()
    return Card(
        id=meeting.id,
        code=meeting.code,
        state=meeting.state,
        title=meeting.title,
        policy=meeting.policy,
        objective=meeting.objective,
        central_points=tuple(meeting.central_points),
        method=meeting.method,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        timezone=meeting.timezone,
        venue=meeting.venue,
        contact=meeting.contact,
        entities=tuple(
            Convener(each.id, each.code, each.name, each.pqrsd, each.privacy) for each in entities(session, meeting.id)
        ),
        report=report(session, meeting),
        capacity=meeting.capacity,
        places_left=places.free,
        waiting=places.listed,
        coming=places.coming,
        late_because=meeting.late_because,
        cancelled_because=meeting.cancelled_because,
        started=meeting.starts_at <= now,
        over=meeting.ends_at <= now,
        registration_id=own.id if own else None,
        registration_state=own.state if own else None,
        commitments=session.scalar(_PUBLISHED, {"meeting": meeting.id}) or 0,
    )


def report(session: Session, meeting: Meeting) -> Report | None:
    """Say what there is to read before a meeting (M8); None when it has no report."""
    if meeting.report_sha256:
        size = session.scalar(select(File.size).where(File.sha256 == meeting.report_sha256))
        return Report(meeting.report_name or "report", size, meeting.report_sha256, None)
    if meeting.report_url:
        return Report(meeting.report_name or meeting.report_url, None, None, meeting.report_url)
    return None
