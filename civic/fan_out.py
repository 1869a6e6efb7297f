"""News of a commitment to all who follow it: some thousands at once, more in chunks by the clock (M14).

A million rows in one transaction would hold SQLite's writer for seconds, and every reply with it.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civic import following
from civic.outbox import Priority, enqueue_all
from civic.schema import Agenda, Commitment, CommitmentUpdate, Person

AT_ONCE: Final = 5_000
"""Followers who are owed the news in the transaction that makes them."""
CHUNK: Final = 5_000
"""People looked at in one transaction of the clock: a reply waits for as much on SQLite, and for each of its own."""


def tell(
    session: Session, commitment: Commitment, update_id: int, kind: str, *, due_at: datetime, now: datetime
) -> int | None:
    """Owe news of a commitment to who follows it, once each; say to how many it was new.

    Who prefers a weekly digest is counted, and told there (`civic.digests`).
    Where that may be more than some thousands a step of the agenda is left, due now, and None is said: the clock goes
    through all people in the order of their ids (`go_on`), whoever follows when it comes to them.
    """
    if following.may_be_over(session, commitment, AT_ONCE):
        params = {"due_at": due_at.isoformat()}
        session.add(Agenda(subject=f"u{update_id}", what=kind, due_at=now, params=params))
        session.flush()
        return None
    told = _owe(session, following.told_at_once(commitment), update_id, kind, due_at)
    return told + following.count_weekly(session, commitment)


def go_on(session: Session, step: Agenda, now: datetime) -> None:
    """Owe the news of a step to those who follow among the next 5,000 people; the step is done after the last.

    Cursor and rows are one transaction, so that being killed between chunks repeats and skips nothing. What was
    withdrawn meanwhile is told to nobody else. The step's row is locked.
    """
    commitment = session.scalar(
        select(Commitment)
        .join(CommitmentUpdate, CommitmentUpdate.commitment_id == Commitment.id)
        .where(CommitmentUpdate.id == _update_id(step), Commitment.withdrawn_because.is_(None))
    )
    after = step.cursor or 0
    ahead = select(Person.id).where(Person.id > after).order_by(Person.id).limit(CHUNK).subquery()
    last = session.scalar(select(func.max(ahead.c.id)))
    if commitment is None or last is None:
        step.done_at = now
        return
    due_at = datetime.fromisoformat((step.params or {})["due_at"])
    people = following.told_at_once(commitment, among=following.After(after, last))
    _owe(session, people, _update_id(step), step.what, due_at)
    step.cursor = last


def _update_id(step: Agenda) -> int:
    return int(step.subject.removeprefix("u"))


def _owe(session: Session, people: Any, update_id: int, kind: str, due_at: datetime) -> int:
    return enqueue_all(
        session,
        people,
        kind=kind,
        cause=f"u{update_id}",
        due_at=due_at,
        params={"update": update_id},
        priority=Priority.MASS,
    )
