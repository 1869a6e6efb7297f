"""How the whole is doing, for `/health` and `/metrics`: the database answers, messages go out. Counts only."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from civic.schema import Commitment, Meeting, Outbox, Registration


@dataclass(frozen=True)
class Pulse:
    """Figures of one moment."""

    lag: timedelta
    """How long the message that waits longest has been due; quiet hours put a message off, so it is not due in them."""
    outbox: dict[str, int]
    """Rows by state: pending, dead."""
    registrations: dict[str, int]
    """By state."""
    meetings: dict[str, int]
    """By state."""
    commitments: int
    """Published."""


def lag(session: Session, now: datetime) -> timedelta:
    """Say how late delivery is: nothing when nothing is due."""
    oldest = session.scalar(select(func.min(Outbox.due_at)).where(Outbox.state == "pending", Outbox.due_at < now))
    return now - oldest if oldest else timedelta()


def take(session: Session, now: datetime) -> Pulse:
    """Count."""
    outbox = select(Outbox.state, func.count()).where(Outbox.state.in_(["pending", "dead"])).group_by(Outbox.state)
    registrations = select(Registration.state, func.count()).group_by(Registration.state)
    meetings = select(Meeting.state, func.count()).group_by(Meeting.state)
    return Pulse(
        lag=lag(session, now),
        outbox={"pending": 0, "dead": 0, **_counts(session, outbox)},
        registrations=_counts(session, registrations),
        meetings=_counts(session, meetings),
        commitments=session.scalar(select(func.count()).where(Commitment.published_at.is_not(None))) or 0,
    )


def _counts(session: Session, by_state: Select[str, int]) -> dict[str, int]:
    return {state: count for state, count in session.execute(by_state)}  # noqa: C416 - rows are no pairs to dict()
