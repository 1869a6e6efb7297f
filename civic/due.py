"""What the clock does when a step of the agenda is due. One transaction each: a failing one stops no other."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from civic import (
    agenda,
    alerts,
    announcements,
    delivery,
    digests,
    fan_out,
    feedback,
    meetings,
    needs,
    offers,
    planned_acts,
    reminders,
    support,
    thanks,
    trouble,
    workshops,
)
from civic.daytime import local_date, next_decent
from civic.schema import Agenda, Meeting, Outbox

PUT_OFF: Final = timedelta(days=1)
"""How long organisers have for a room that lacks, and how long before a meeting people know their workshop."""

Step = Callable[[Session, Meeting, Agenda, datetime], None]


def run(session: Session, agenda_id: int, *, now: datetime) -> bool:
    """Do a step that is due, if nobody else did or does; tell whether anything was done.

    A meeting is locked before the row; news of commitments, which go out in chunks, need no lock but the row's.
    Raises LookupError for a step that nothing here knows.
    """
    subject = session.scalar(select(Agenda.subject).where(Agenda.id == agenda_id))
    if subject is None:
        return False
    if subject.startswith("u"):
        row = _open(session, agenda_id, now)
        if row is not None:
            fan_out.go_on(session, row, now)
    elif subject == digests.SUBJECT:
        row = _open(session, agenda_id, now)
        if row is not None:
            digests.go_on(session, row, now)
    elif subject.startswith("m"):
        meeting = meetings.lock(session, int(subject[1:]))
        row = _open(session, agenda_id, now)
        if row is not None:
            _step(row.what)(session, meeting, row, now)
    elif subject.startswith("p"):
        row = _planned(session, int(subject[1:]), agenda_id, now)
    elif subject.startswith("n"):
        row = _announced(session, int(subject[1:]), agenda_id, now)
    else:
        raise LookupError(subject)
    session.flush()
    return row is not None


def _planned(session: Session, act_id: int, agenda_id: int, now: datetime) -> Agenda | None:
    """Do what an organiser planned; the meeting is locked before the row."""
    meeting_id = planned_acts.meeting_of(session, act_id)
    if meeting_id is not None:
        meetings.lock(session, meeting_id)
    row = _open(session, agenda_id, now)
    if row is not None:
        planned_acts.run(session, act_id, now=now)
        row.done_at = now
    return row


def _announced(session: Session, announcement_id: int, agenda_id: int, now: datetime) -> Agenda | None:
    """Do a step of what an organiser tells people; the meeting is locked before the row."""
    meeting_id = announcements.meeting_of(session, announcement_id)
    if meeting_id is not None:
        meetings.lock(session, meeting_id)
    row = _open(session, agenda_id, now)
    if row is not None:
        announcements.go_on(session, announcement_id, row, now)
    return row


def _open(session: Session, agenda_id: int, now: datetime) -> Agenda | None:
    """Lock a step that is still due and that nobody else does."""
    return session.scalar(
        select(Agenda)
        .where(Agenda.id == agenda_id, Agenda.done_at.is_(None), Agenda.due_at <= now)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )


def next_due(session: Session, now: datetime) -> datetime | None:
    """Say when anything is due next, after now: a step, an offer's end or a hold's, a message that waits."""
    ahead = (agenda.next_due(session, now), offers.next_due(session, now), delivery.next_due(session, now))
    return min((moment for moment in ahead if moment and moment > now), default=None)


def _remind(session: Session, meeting: Meeting, _row: Agenda, now: datetime) -> None:
    """Remind everybody; before that, seat whose party fitted nowhere and fits now."""
    if workshops.seat_missing(session, meeting, now=now):
        needs.changed(session, meeting, now=now)
    reminders.send_due(session, meeting, now=now)


def _assign(session: Session, meeting: Meeting, row: Agenda, now: datetime) -> None:
    """Seat everybody. That day's reminder goes in the same message: written now if it is due, else waited for.

    Where parties fit nowhere, organisers learn which room more would do before anyone is told, and have a day.
    """
    if _put_off(session, meeting, row, now):
        needs.tell_all(session, meeting, now=now)  # promised for today, seats or not
        return
    workshops.seat_everyone(session, meeting.id, now=now)
    needs.tell_all(session, meeting, now=now)
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


def _put_off(session: Session, meeting: Meeting, row: Agenda, now: datetime) -> bool:
    """Put the seating off by a day, once, if a room more would seat who has no seat; tell whether it was.

    Not when people would be told less than a day before the meeting. A row that was put off knows since when
    (`instead_of`) and what lacks.
    """
    ahead = meeting.state == "convened" and not meeting.seating and meeting.starts_at > now
    lack = workshops.lacking(session, meeting) if ahead else None
    if lack is None:
        return False
    again = bool(row.params and row.params.get("instead_of"))
    alerts.alert(
        session,
        meeting,
        "rooms",
        key=f"{row.due_at.date()}",
        now=now,
        **lack._asdict(),
    )
    later = max(row.due_at, now) + PUT_OFF
    if again or later > meeting.starts_at - PUT_OFF:
        return False
    row.params = {"instead_of": row.due_at.isoformat(), **lack._asdict()}
    row.due_at = later
    return True


def _ask(session: Session, meeting: Meeting, row: Agenda, now: datetime) -> None:
    feedback.ask(session, meeting, now=now)
    row.done_at = now


def _nudge(session: Session, meeting: Meeting, row: Agenda, now: datetime) -> None:
    feedback.nudge(session, meeting, now=now)
    row.done_at = now


def _ask_again(session: Session, meeting: Meeting, row: Agenda, now: datetime) -> None:
    support.ask_again(session, meeting, now=now)
    row.done_at = now


def _alert_needs(session: Session, meeting: Meeting, row: Agenda, now: datetime) -> None:
    needs.alert_unmet(session, meeting, now=now)
    row.done_at = now


def _alert_few(session: Session, meeting: Meeting, row: Agenda, now: datetime) -> None:
    trouble.alert_few(session, meeting, now=now)
    row.done_at = now


def _close(session: Session, meeting: Meeting, row: Agenda, now: datetime) -> None:
    thanks.give(session, meeting, now=now)
    feedback.close(session, meeting.id)
    row.done_at = now


def _ahead(session: Session, meeting: Meeting, row: Agenda, now: datetime) -> None:
    """Write down as its day begins what a step will owe at its hour: a chat's first message of the day takes it along.

    Who signs up until then is told at the hour.
    """
    what = row.what.removesuffix(agenda.AHEAD)
    step = next((each for each in agenda.open_steps(session, row.subject) if each.what == what), None)
    if step is None or step.due_at <= now or meeting.state != "convened":
        row.done_at = now
    elif what == agenda.NUDGE:
        feedback.nudge(session, meeting, due_at=step.due_at, now=now)
        row.done_at = now
    elif what == agenda.ASK_AGAIN:
        support.ask_again(session, meeting, due_at=step.due_at, now=now)
        row.done_at = now
    else:
        reminders.write_down(session, meeting, step, row, now=now)


def _step(what: str) -> Step:
    return _ahead if what.endswith(agenda.AHEAD) else STEPS.get(what, _remind)


STEPS: Final[dict[str, Step]] = {
    agenda.ASSIGN: _assign,
    agenda.ASK_AGAIN: _ask_again,
    agenda.NEEDS_ALERT: _alert_needs,
    agenda.FEW_ALERT: _alert_few,
    agenda.FEEDBACK: _ask,
    agenda.NUDGE: _nudge,
    agenda.FEEDBACK_CLOSE: _close,
}
"""What each step does; a reminder is whatever else (`15d`)."""
