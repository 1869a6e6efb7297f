"""Reminders: a meeting's ladder, each step once, only to who has a place and only while it still makes sense."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, and_, func, select, update
from sqlalchemy.orm import Session

from civic import agenda, outbox
from civic.daytime import Offset, local_date, next_decent
from civic.outbox import Priority
from civic.schema import Agenda, Meeting, Outbox, Person, Registration

CHUNK: Final = 10_000
"""People told in one transaction: more would hold the writer for seconds."""
AFTER_SEATING: Final = timedelta(minutes=1)
"""How long a reminder that was written down waits for the seating of the same hour, which it then tells of."""


def ladder(meeting: Meeting) -> list[str]:
    """List a meeting's reminders in the order in which they go (`15d` first)."""
    steps = agenda.plan(meeting)
    nearness = {what: Offset.parse(what).before(meeting.starts_at, meeting.timezone) for what in meeting.reminders}
    return sorted(set(meeting.reminders), key=lambda what: (steps[what], nearness[what]))


def is_reminded(session: Session, meeting_id: int, person_id: int | None) -> bool:
    """Tell whether somebody has got a reminder of a meeting: the first one that arrives brings the report (M8).

    It is not always the ladder's first: who waited for her place, was silent for a while, or whom a bot that was down
    told nothing, gets the report with the one that reaches her.
    """
    got = select(Outbox.id).where(
        Outbox.person_id == person_id,
        Outbox.kind == "reminder",
        Outbox.cause.like(f"m{meeting_id}/%"),
        Outbox.state == "sent",
    )
    return session.scalar(got.limit(1)) is not None


def send_due(session: Session, meeting: Meeting, *, now: datetime) -> int:
    """Owe the latest reminder that is due, and be done with those before it; say to how many people it was new.

    The meeting is locked. None goes once it has started, or to who signed up after the step's time; nor one that comes
    a day late and would arrive on the day of the next, which says all of it. Over 10,000 people the step stays open
    with a cursor, and the next call goes on from there.
    """
    steps = {row.what: row for row in agenda.open_steps(session, agenda.subject_of(meeting))}
    due = [steps[what] for what in ladder(meeting) if what in steps and steps[what].due_at <= now]
    if not due:
        return 0
    for stale in due[:-1]:
        stale.done_at = now
    if meeting.state != "convened" or meeting.starts_at <= now or _is_overtaken(meeting, due[-1], now):
        due[-1].done_at = now
        return 0
    return _owe(session, meeting, due[-1], due[-1].what, due_at=now, now=now)


def _is_overtaken(meeting: Meeting, step: Agenda, now: datetime) -> bool:
    """Tell whether a step that is late would arrive on the same day as the next one."""
    zone = meeting.timezone
    steps = agenda.plan(meeting)
    arrives = local_date(next_decent(now, zone), zone)
    upcoming = (steps[what] for what in meeting.reminders if steps[what] > now)
    return local_date(step.due_at, zone) < arrives and any(local_date(each, zone) == arrives for each in upcoming)


def write_down(session: Session, meeting: Meeting, step: Agenda, row: Agenda, *, now: datetime) -> None:
    """Owe a step's reminder before its hour to who has a place by now; `row` is the agenda's for that.

    The meeting is locked. At the hour `send_due` owes it to who came since; nobody is owed it twice.
    """
    steps = {each.what: each for each in agenda.open_steps(session, row.subject)}
    seating = steps.get(agenda.ASSIGN)
    waits = seating is not None and seating.due_at == step.due_at
    _owe(session, meeting, row, step.what, due_at=step.due_at + AFTER_SEATING * waits, now=now)


def _owe(session: Session, meeting: Meeting, row: Agenda, step: str, *, due_at: datetime, now: datetime) -> int:
    """Owe a step's reminder to the next 10,000 people; the agenda's row is done when nobody is left."""
    people = (
        select(Person.id)
        .join(Registration, Registration.person_id == Person.id)
        .where(
            Registration.meeting_id == meeting.id,
            Registration.state == "registered",
            Registration.registered_at <= row.due_at,
            Person.id > (row.cursor or 0),
        )
        .order_by(Person.id)
        .limit(CHUNK)
    )
    count, last = session.execute(select(func.count(), func.max(people.subquery().c.id))).one()
    what = Offset.parse(step)
    day = local_date(meeting.starts_at, meeting.timezone).isoformat()
    # A move within the day repeats nothing.
    cause = f"{row.subject}/{day}/{step}"
    told = outbox.enqueue_all(
        session,
        people,
        kind="reminder",
        cause=cause,
        due_at=due_at,
        params={"meeting": meeting.id, "what": step, "day": day},
        priority=Priority.URGENT if what.unit == "h" else Priority.MASS,
        until=_useful_until(meeting, max(due_at, now)),
    )
    if due_at <= now:
        told += _bring_forward(session, cause, select(people.subquery().c.id), now)
    if count < CHUNK:
        row.done_at = now
    else:
        row.cursor = last
    return told


def _bring_forward(session: Session, cause: str, people: Select[int], now: datetime) -> int:
    """Let what was written down for a later hour go now, and what there was nothing to say of be looked at again.

    Says for how many people the latter is: they gave their places up, or their meeting, and have them back.
    """
    theirs = and_(Outbox.cause == cause, Outbox.kind == "reminder", Outbox.person_id.in_(people))
    waiting = update(Outbox).where(theirs, Outbox.state == "pending", Outbox.due_at > now).values(due_at=now)
    session.execute(waiting.execution_options(synchronize_session=False))
    again = update(Outbox).where(theirs, Outbox.state == "dropped").returning(Outbox.id)
    dropped = again.values(state="pending", reason=None, settled_at=None, due_at=now)
    return len(session.scalars(dropped.execution_options(synchronize_session=False)).all())


def _useful_until(meeting: Meeting, now: datetime) -> datetime:
    """Say until when a reminder makes sense: the next one, or the start."""
    steps = agenda.plan(meeting)
    return min([steps[what] for what in meeting.reminders if steps[what] > now] + [meeting.starts_at])
