"""What the clock does when a step of the agenda is due. One transaction each: a failing one stops no other."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from civic import agenda, delivery, feedback, meetings, offers, reminders, workshops
from civic.daytime import local_date, next_decent
from civic.schema import Agenda, Meeting, Outbox

Step = Callable[[Session, Meeting, Agenda, datetime], None]


def run(session: Session, agenda_id: int, *, now: datetime) -> bool:
    """Do a step that is due, if nobody else did or does; tell whether anything was done.

    The subject is locked before the row. Raises LookupError for a step that nothing here knows.
    """
    subject = session.scalar(select(Agenda.subject).where(Agenda.id == agenda_id))
    if subject is None:
        return False
    if not subject.startswith("m"):
        raise LookupError(subject)
    meeting = meetings.lock(session, int(subject[1:]))
    row = session.scalar(
        select(Agenda)
        .where(Agenda.id == agenda_id, Agenda.done_at.is_(None), Agenda.due_at <= now)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if row is None:
        return False
    STEPS.get(row.what, _remind)(session, meeting, row, now)
    session.flush()
    return True


def next_due(session: Session, now: datetime) -> datetime | None:
    """Say when anything is due next, after now: a step, an offer's end or a hold's, a message that waits."""
    ahead = (agenda.next_due(session, now), offers.next_due(session, now), delivery.next_due(session, now))
    return min((moment for moment in ahead if moment and moment > now), default=None)


def _remind(session: Session, meeting: Meeting, _row: Agenda, now: datetime) -> None:
    reminders.send_due(session, meeting, now=now)


def _assign(session: Session, meeting: Meeting, row: Agenda, now: datetime) -> None:
    """Seat everybody. That day's reminder goes in the same message: written now if it is due, else waited for."""
    workshops.seat_everyone(session, meeting.id, now=now)
    row.done_at = now
    session.flush()
    ladder = set(meeting.reminders)
    told_on = local_date(next_decent(now, meeting.timezone), meeting.timezone)
    later = [
        step.due_at
        for step in agenda.open_steps(session, row.subject)
        if step.what in ladder and step.due_at > now and local_date(step.due_at, meeting.timezone) == told_on
    ]
    reminders.send_due(session, meeting, now=now)
    if later:
        session.execute(
            update(Outbox)
            .where(Outbox.cause.like(f"{row.subject}s%"), Outbox.kind == "seated", Outbox.state == "pending")
            .values(due_at=min(later))
            .execution_options(synchronize_session=False)
        )


def _ask(session: Session, meeting: Meeting, row: Agenda, now: datetime) -> None:
    feedback.ask(session, meeting, now=now)
    row.done_at = now


def _nudge(session: Session, meeting: Meeting, row: Agenda, now: datetime) -> None:
    feedback.nudge(session, meeting, now=now)
    row.done_at = now


def _close(session: Session, meeting: Meeting, row: Agenda, now: datetime) -> None:
    feedback.close(session, meeting.id)
    row.done_at = now


STEPS: Final[dict[str, Step]] = {
    agenda.ASSIGN: _assign,
    agenda.FEEDBACK: _ask,
    agenda.NUDGE: _nudge,
    agenda.FEEDBACK_CLOSE: _close,
}
"""What each step does; a reminder is whatever else (`15d`)."""
