"""Convening a meeting (M4) and cancelling it: what invites people, and what tells them not to come."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from civic import agenda, audit, meetings, needs, versions
from civic.audit import Actor
from civic.daytime import local_date
from civic.errors import Faults, TooLate
from civic.outbox import Priority, enqueue_all
from civic.schema import Meeting, MeetingVersion, Offer, Registration, Staff, Workshop

DAYS_AHEAD = 15
"""M4: dates, not hours."""
FEWEST, MOST = 40, 1000
"""M3."""
SHORTEST_WORKSHOP = 60
"""Minutes (M9)."""
LONGEST_REASON = 500


def convene(session: Session, code: str, *, late_because: str | None = None, actor: Actor, now: datetime) -> list[str]:
    """Convene a draft: from now on people sign up, and its agenda runs. Gives what an organiser should still mend.

    Less than 15 days ahead, by the dates of the meeting's zone, it takes a reason, which is public (M4): else raises
    TooLate. Raises MeetingUnknown, and Faults for a meeting that was convened or cancelled before, or has started.
    """
    meeting = meetings.lock(session, meetings.by_code(session, code).id)
    if meeting.state != "draft":
        raise Faults((f"{code}: is {meeting.state} already; nothing was changed",))
    if meeting.starts_at <= now:
        raise Faults((f"{code}: starts_at ({meeting.starts_at:%Y-%m-%d %H:%M} UTC) has passed",))
    days = days_ahead(meeting, now)
    reason = why_late(meeting, late_because or meeting.late_because, now=now)
    meeting.state = "convened"
    meeting.convened_at = now
    meeting.late_because = reason
    session.add(MeetingVersion(meeting_id=meeting.id, version=meeting.version, told=versions.told(meeting), at=now))
    agenda.schedule(session, meeting, now=now)
    needs.alert_unoffered(session, meeting, now=now)
    audit.record(
        session, actor, "convene", f"m{meeting.id}", now=now, meeting_id=meeting.id, new={"days": days}, because=reason
    )
    session.flush()
    return warnings(session, meeting)


def cancel(session: Session, code: str, *, because: str, actor: Actor, now: datetime) -> int:
    """Cancel a convened meeting with a public reason; says how many people the news reaches, at once.

    Everyone with a place, an offer or a position is told; open offers are withdrawn, and all that was pending falls
    silent. Raises MeetingUnknown, and Faults for a draft, one cancelled before, one that is over, or no reason.
    """
    meeting = meetings.lock(session, meetings.by_code(session, code).id)
    reason = _reason(because)
    if reason is None:
        raise Faults(("because: people are told the reason; it cannot be empty",))
    if meeting.state != "convened":
        what = "was cancelled already" if meeting.state == "cancelled" else "is a draft, which nobody was told of"
        raise Faults((f"{code}: {what}; nothing was changed",))
    if meeting.ends_at <= now:
        raise Faults((f"{code}: is over",))
    soonest = versions.soonest(session, meeting)
    meeting.state = "cancelled"
    meeting.cancelled_at = now
    meeting.cancelled_because = reason
    versions.add(session, meeting, because=reason, now=now)
    _withdraw_offers(session, meeting, now)
    agenda.silence(session, f"m{meeting.id}", now=now)
    owed = enqueue_all(
        session,
        versions.concerned(meeting),
        kind=versions.CANCELLED,
        cause=f"m{meeting.id}v{meeting.version}",
        due_at=now,
        params={"meeting": meeting.id, "version": meeting.version, "soonest": soonest},
        priority=Priority.URGENT,
        until=meeting.ends_at,
    )
    audit.record(
        session,
        actor,
        "cancel",
        f"m{meeting.id}",
        now=now,
        meeting_id=meeting.id,
        old={"state": "convened"},
        new={"state": "cancelled", "owed": owed},
        because=reason,
    )
    session.flush()
    return versions.reached(session, versions.concerned(meeting))


def days_ahead(meeting: Meeting, now: datetime) -> int:
    """Count the days until a meeting by the dates of its zone (M4)."""
    return (local_date(meeting.starts_at, meeting.timezone) - local_date(now, meeting.timezone)).days


def why_late(meeting: Meeting, reason: str | None, *, now: datetime) -> str | None:
    """Give the public reason for less than 15 days ahead; None where there are more. Raises TooLate without one (M4).

    Raises Faults for a reason over 500 characters.
    """
    given = _reason(reason)
    days = days_ahead(meeting, now)
    if days >= DAYS_AHEAD:
        return None
    if given is None:
        raise TooLate(meeting.starts_at, days)
    return given


def warnings(session: Session, meeting: Meeting) -> list[str]:
    """List what an organiser should still mend, a line each, with the fact behind it; nothing of it stops anybody."""
    found = []
    if meeting.capacity < FEWEST:
        found.append(f"capacity: {meeting.capacity} is under {FEWEST}, too few for this kind of dialogue (M3)")
    if meeting.capacity > MOST:
        found.append(f"capacity: {meeting.capacity} is over {MOST:,}, too many for this kind of dialogue (M3)")
    if meeting.workshop_minutes < SHORTEST_WORKSHOP:
        found.append(f"workshop_minutes: {meeting.workshop_minutes} is under {SHORTEST_WORKSHOP} (M9)")
    if not (meeting.report_sha256 or meeting.report_url):
        found.append("report: there is none, and people should read it before they come (M8)")
    if not meeting.contact:
        found.append("contact: there is none, so nobody answers people whom the bot cannot help")
    workshops = session.scalars(
        select(Workshop).where(Workshop.meeting_id == meeting.id).order_by(Workshop.number)
    ).all()
    staffed = set(
        session.execute(
            select(Staff.workshop_id, Staff.role).where(
                Staff.workshop_id.in_([each.id for each in workshops]), Staff.revoked_at.is_(None)
            )
        )
    )
    for role, fact in (("facilitator", "M6"), ("rapporteur", "M6"), ("public_servant", "M7")):
        without = [str(each.number) for each in workshops if (each.id, role) not in staffed]
        if without:
            word = "workshop" if len(without) == 1 else "workshops"
            found.append(f"{word} {', '.join(without)}: no {role.replace('_', ' ')} ({fact})")
    offered = {feature for each in workshops for feature in each.features}
    found += [
        f"needs: {need} is asked for, and no workshop has it among its features"
        for need in meeting.needs
        if need not in offered
    ]
    return found


def _withdraw_offers(session: Session, meeting: Meeting, now: datetime) -> None:
    """Close the open offers; who had one keeps the position on the list."""
    session.execute(
        update(Offer)
        .where(Offer.meeting_id == meeting.id, Offer.state == "open")
        .values(state="withdrawn", closed_at=now)
    )
    session.execute(
        update(Registration)
        .where(Registration.meeting_id == meeting.id, Registration.state == "offered")
        .values(state="waiting")
    )


def _reason(text: str | None) -> str | None:
    """Take a reason as it will be shown: on one line, not endless; None when there is none. May raise Faults."""
    reason = " ".join((text or "").split())
    if len(reason) > LONGEST_REASON:
        raise Faults((f"the reason has {len(reason)} characters; it may have {LONGEST_REASON}",))
    return reason or None
