"""A meeting as its organiser sees it in the chat: counts and what is missing, as data; no names, no phones."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civic import convening, feedback, needs, overview, planned_acts, public_record, staff, trouble
from civic.agenda import ALERT_BEFORE
from civic.columns import Text
from civic.daytime import local_date, planned
from civic.errors import MeetingUnknown, NotAnOrganiser
from civic.feedback import Summary
from civic.places import AHEAD
from civic.schema import Meeting, PlannedAct, Registration, Staff, Workshop

ROLES: Final = ("facilitator", "rapporteur", "public_servant")


@dataclass(frozen=True)
class Line:
    """A meeting in an organiser's list. Moments are UTC; people see `timezone`."""

    id: int
    title: Text
    state: str
    starts_at: datetime
    timezone: str
    over: bool


@dataclass(frozen=True)
class Lack:
    """Something that an organiser should still mend: a word of ours, and what it takes to say it."""

    what: str
    """few, many, short, report, contact, staff, need, unmet, signed_up, rooms, failed, late, unpublished, drafts,
    convene"""
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Desk:
    """What an organiser looks at."""

    line: Line
    code: str
    capacity: int
    numbers: dict[str, int]
    """As in `overview`, and companions: those of a party beyond its first."""
    days_left: int
    """Calendar days to the meeting in its zone; negative afterwards."""
    lacks: tuple[Lack, ...]
    to_call: int
    feedback: int
    """The most answers that a question has."""
    published: int
    drafts: int
    late_because: str | None
    cancelled_because: str | None
    waiting: PlannedAct | None
    """What waits to be done to it."""
    muted: bool = False
    """Whether who looks hears no alerts of it."""


def listing(session: Session, person_id: int | None, now: datetime) -> list[Line]:
    """List the meetings that somebody organises, the newest start first; raises NotAnOrganiser for who organises none.

    An organiser of everything before any meeting is there has an empty list.
    """
    if not staff.is_organiser(session, person_id):
        raise NotAnOrganiser
    return [_line(meeting, now) for meeting in staff.meetings_of(session, person_id)]


def check(session: Session, meeting_id: int, person_id: int | None) -> Meeting:
    """Find a meeting for who organises it at this moment; raises MeetingUnknown or NotAnOrganiser."""
    meeting = session.get(Meeting, meeting_id)
    if meeting is None:
        raise MeetingUnknown(str(meeting_id))
    if not staff.organises(session, person_id, meeting.id):
        raise NotAnOrganiser
    return meeting


def desk(session: Session, meeting: Meeting, now: datetime) -> Desk:
    """Gather what an organiser needs to know of a meeting now."""
    shown = overview.show(session, meeting.code, now=now)
    listed = public_record.listing(session, meeting.code)
    published = sum(each.state == "published" for each in listed)
    drafts = sum(each.state == "draft" for each in listed)
    here = local_date(meeting.starts_at, meeting.timezone)
    return Desk(
        line=_line(meeting, now),
        code=meeting.code,
        capacity=meeting.capacity,
        numbers={**shown.numbers, "companions": _companions(session, meeting.id)},
        days_left=(here - local_date(now, meeting.timezone)).days,
        lacks=tuple(_lacks(session, meeting, now, published, drafts)),
        to_call=len(shown.calls),
        feedback=max((each.answers for each in shown.feedback), default=0),
        published=published,
        drafts=drafts,
        late_because=meeting.late_because,
        cancelled_because=meeting.cancelled_because,
        waiting=planned_acts.waiting(session, meeting.id),
    )


def answers(session: Session, meeting: Meeting) -> list[Summary]:
    """Say what people answered, nothing of a question under 5 answers; comments in an order that says nothing.

    It is the same at each look (by their words), so that pages of them fit together.
    """
    return [
        Summary(
            each.slug,
            each.kind,
            each.text,
            each.options,
            each.answers,
            each.mean,
            each.counts,
            tuple(sorted(each.comments)),
        )
        for each in feedback.summary(session, meeting.id)
    ]


def _line(meeting: Meeting, now: datetime) -> Line:
    over = meeting.ends_at <= now
    return Line(meeting.id, meeting.title, meeting.state, meeting.starts_at, meeting.timezone, over)


def _companions(session: Session, meeting_id: int) -> int:
    """Count people beyond the first of each party, of those who have a place or wait for one."""
    people, parties = session.execute(
        select(func.count(), func.count(Registration.party_id.distinct())).where(
            Registration.meeting_id == meeting_id, Registration.state.in_((*AHEAD, "attended", "no_show"))
        )
    ).one()
    return int(people - parties)


def _lacks(session: Session, meeting: Meeting, now: datetime, published: int, drafts: int) -> list[Lack]:
    """List what is still to be done, by where the meeting stands (M3, M4, M6 to M9, M14)."""
    if meeting.state == "cancelled":
        return []
    if meeting.ends_at <= now:
        found = [] if published else [Lack("unpublished")]
        return found + ([Lack("drafts", {"number": drafts})] if drafts else [])
    found = [Lack("convene", {"days": convening.DAYS_AHEAD})] if meeting.state == "draft" else []
    if meeting.capacity < convening.FEWEST:
        found.append(Lack("few", {"number": meeting.capacity, "least": convening.FEWEST}))
    if meeting.capacity > convening.MOST:
        found.append(Lack("many", {"number": meeting.capacity, "most": convening.MOST}))
    if meeting.workshop_minutes < convening.SHORTEST_WORKSHOP:
        found.append(Lack("short", {"number": meeting.workshop_minutes, "least": convening.SHORTEST_WORKSHOP}))
    if not (meeting.report_sha256 or meeting.report_url):
        found.append(Lack("report"))
    if not meeting.contact:
        found.append(Lack("contact"))
    return found + _unstaffed(session, meeting) + _needs(session, meeting, now) + _alerted(session, meeting, now)


def _alerted(session: Session, meeting: Meeting, now: datetime) -> list[Lack]:
    """Name what organisers are alerted of, also those who muted the meeting; who is cut off is among those to call."""
    if meeting.state != "convened":
        return []
    found = []
    alerted = planned(ALERT_BEFORE, meeting.starts_at, meeting.timezone) <= now
    people = trouble.few(session, meeting, now) if alerted else None
    if people is not None:
        found.append(Lack("signed_up", {"number": people, "places": meeting.capacity}))
    if rooms := overview.lacking_rooms(session, meeting):
        found.append(Lack("rooms", dict(rooms)))
    return found + [
        Lack(each.what, {"number": each.number})
        for each in trouble.look(session, now)
        if each.meeting_id == meeting.id and each.what != "cut_off"
    ]


def _unstaffed(session: Session, meeting: Meeting) -> list[Lack]:
    """Name the workshops without a facilitator, a rapporteur (M6) or a public servant (M7)."""
    rows = session.execute(
        select(Workshop.number, Staff.role)
        .outerjoin(Staff, (Staff.workshop_id == Workshop.id) & Staff.revoked_at.is_(None))
        .where(Workshop.meeting_id == meeting.id)
        .order_by(Workshop.number)
    ).all()
    numbers = dict.fromkeys(number for number, _ in rows)
    staffed = {(number, role) for number, role in rows}
    lacking = {role: [number for number in numbers if (number, role) not in staffed] for role in ROLES}
    return [Lack("staff", {"role": role, "workshops": without}) for role, without in lacking.items() if without]


def _needs(session: Session, meeting: Meeting, now: datetime) -> list[Lack]:
    """Name needs of people with a place that nobody meets, then those that are asked for and no workshop offers."""
    unmet = needs.counts(needs.unmet(session, meeting, now))
    offering = needs.offering(session, meeting, now)
    found = [Lack("unmet", {"need": need, "number": number}) for need, number in unmet.items()]
    asked = [need for need in meeting.needs if need not in unmet and not offering.anywhere(need)]
    return found + [Lack("need", {"need": need}) for need in asked]
