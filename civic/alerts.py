"""What organisers are told on their own account: something that only they can mend; each may mute a meeting."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from civic import audit, meetings, outbox, staff
from civic.audit import Actor
from civic.errors import NotAnOrganiser
from civic.outbox import Priority
from civic.schema import AlertMute, Meeting, Person


def alert(session: Session, meeting: Meeting, what: str, *, now: datetime, key: str = "", **params: Any) -> int:
    """Owe every organiser of a meeting who has not muted it an alert, once for `what` and `key`; say to how many.

    `what` is a word of `messages.alerts`; `params` hold ids and words of ours, never people's data. The quiet hours
    hold it; what is due at once for one organiser goes as one message (`scheduler.ready`).
    """
    muted = select(AlertMute.person_id).where(AlertMute.meeting_id == meeting.id)
    return outbox.enqueue_all(
        session,
        staff.organisers_of(meeting.id).where(Person.id.not_in(muted)),
        kind="alert",
        cause=f"m{meeting.id}/{what}/{key}" if key else f"m{meeting.id}/{what}",
        due_at=now,
        params={"meeting": meeting.id, "what": what, **params},
        priority=Priority.URGENT,
        until=meeting.ends_at,
    )


def is_muted(session: Session, meeting_id: int, person_id: int | None) -> bool:
    """Tell whether somebody hears no alerts of a meeting."""
    muted = AlertMute.meeting_id == meeting_id, AlertMute.person_id == person_id
    return person_id is not None and session.scalar(select(AlertMute.person_id).where(*muted)) is not None


def mute(session: Session, meeting_id: int, *, muted: bool, actor: Actor, now: datetime) -> Meeting:
    """Let an organiser hear no alerts of a meeting, those that wait either; or all of them again.

    Raises MeetingUnknown and NotAnOrganiser. Nothing is lost: what is missing stands in the meeting's numbers.
    """
    meeting, person_id = meetings.lock(session, meeting_id), actor.person_id
    if person_id is None or not staff.organises(session, person_id, meeting.id):
        raise NotAnOrganiser
    if muted == is_muted(session, meeting.id, person_id):
        return meeting
    if muted:
        session.add(AlertMute(meeting_id=meeting.id, person_id=person_id, since=now))
    else:
        session.execute(delete(AlertMute).where(AlertMute.meeting_id == meeting.id, AlertMute.person_id == person_id))
    session.flush()
    act = "mute_alerts" if muted else "hear_alerts"
    audit.record(session, actor, act, f"m{meeting.id}", now=now, meeting_id=meeting.id)
    return meeting
