"""How the whole is doing, for `/health` and `/metrics`: the database answers, messages go out. Counts only."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, literal_column, select, union_all
from sqlalchemy.orm import Session

from civic.outbox import Priority
from civic.schema import Agenda, Commitment, Meeting, Outbox, Registration

OWED = ("pending", "dead")


@dataclass(frozen=True)
class Pulse:
    """Figures of one moment."""

    lag: timedelta
    """How long the message that waits longest has been due; quiet hours put a message off, so it is not due in them."""
    agenda_lag: timedelta
    """How long the step that waits longest has been due."""
    outbox: dict[tuple[str, str], int]
    """Rows by state (pending, dead) and priority (reply, urgent, usual, mass)."""
    registrations: dict[str, int]
    """By state."""
    meetings: dict[str, int]
    """By state."""
    commitments: int
    """Published."""


def lag(session: Session, now: datetime) -> timedelta:
    """Say how late delivery is: nothing when nothing is due. The index answers, however much is owed."""
    oldest = union_all(
        *(
            select(func.min(Outbox.due_at).label("due_at")).where(
                Outbox.state == "pending", Outbox.priority == int(priority), Outbox.due_at < now
            )
            for priority in Priority
        )
    ).subquery()
    return _since(session.scalar(select(func.min(oldest.c.due_at))), now)


def take(session: Session, now: datetime) -> Pulse:
    """Count."""
    counted: dict[tuple[str, Priority], int] = {}
    for state in OWED:  # each has an index of its own
        owed = select(Outbox.priority, func.count()).where(Outbox.state == literal_column(f"'{state}'"))
        for number, count in session.execute(owed.group_by(Outbox.priority)):
            counted[state, Priority(number)] = count
    step = session.scalar(select(func.min(Agenda.due_at)).where(Agenda.done_at.is_(None), Agenda.due_at < now))
    registrations = select(Registration.state, func.count()).group_by(Registration.state)
    meetings = select(Meeting.state, func.count()).group_by(Meeting.state)
    return Pulse(
        lag=lag(session, now),
        agenda_lag=_since(step, now),
        outbox={
            (state, priority.name.lower()): counted.get((state, priority), 0) for state in OWED for priority in Priority
        },
        registrations=_counts(session, registrations),
        meetings=_counts(session, meetings),
        commitments=session.scalar(select(func.count()).where(Commitment.published_at.is_not(None))) or 0,
    )


def _since(oldest: datetime | None, now: datetime) -> timedelta:
    return now - oldest if oldest else timedelta()


def _counts(session: Session, by_state: Select[str, int]) -> dict[str, int]:
    return {state: count for state, count in session.execute(by_state)}  # noqa: C416 - rows are no pairs to dict()
