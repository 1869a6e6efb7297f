"""Updates that fail: counted in the database, so that one which kills the process is let go too."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from civic.schema import FailedUpdate, HandledUpdate

TRIES = 3
KEPT = timedelta(days=7)


def count(session: Session, bot_id: int, update_ids: Collection[int], *, now: datetime) -> dict[int, int]:
    """Count a try of each update before it is handled; give the tries before this one: after TRIES there is none."""
    known = {
        row.update_id: row
        for row in session.scalars(
            select(FailedUpdate).where(FailedUpdate.bot_id == bot_id, FailedUpdate.update_id.in_(update_ids))
        )
    }
    before = {update_id: known[update_id].tries if update_id in known else 0 for update_id in update_ids}
    for update_id in update_ids:
        if update_id in known:
            known[update_id].tries = min(known[update_id].tries + 1, TRIES)
        else:
            session.add(FailedUpdate(bot_id=bot_id, update_id=update_id, at=now, tries=1, trace=None, let_go_at=None))
    return before


def count_unanswered(session: Session, bot_id: int, update_id: int, *, now: datetime) -> int | None:
    """Count a try of an update, and give the tries before; None for one that was answered before."""
    if answered_among(session, bot_id, [update_id]):
        return None
    return count(session, bot_id, [update_id], now=now)[update_id]


def tried(session: Session, bot_id: int, update_ids: Collection[int]) -> dict[int, int]:
    """Say which of these updates were tried before and not finished, and how often."""
    rows = session.execute(
        select(FailedUpdate.update_id, FailedUpdate.tries).where(
            FailedUpdate.bot_id == bot_id, FailedUpdate.update_id.in_(update_ids)
        )
    )
    return dict(rows.all())


def answered(session: Session, bot_id: int, update_ids: Collection[int]) -> None:
    """Keep that the answers to these updates went out, or are owed."""
    these = HandledUpdate.bot_id == bot_id, HandledUpdate.update_id.in_(update_ids)
    session.execute(update(HandledUpdate).where(*these).values(answered=True))


def answered_among(session: Session, bot_id: int, update_ids: Collection[int]) -> set[int]:
    """Say which of these updates were handled and answered: after a kill Telegram brings what it was not told of."""
    rows = session.scalars(
        select(HandledUpdate.update_id).where(
            HandledUpdate.bot_id == bot_id, HandledUpdate.update_id.in_(update_ids), HandledUpdate.answered
        )
    )
    return set(rows)


def settled(session: Session, bot_id: int, update_id: int) -> None:
    """Forget the tries of an update that was handled after all."""
    session.execute(
        delete(FailedUpdate).where(
            FailedUpdate.bot_id == bot_id, FailedUpdate.update_id == update_id, FailedUpdate.let_go_at.is_(None)
        )
    )


def failed(session: Session, bot_id: int, update_id: int, trace: str, *, counted: bool, now: datetime) -> bool:
    """Record that an update failed (`counted`: this try was counted before); True when it is to be let go.

    The trace has no text or names of people in it.
    """
    row = session.get(FailedUpdate, (bot_id, update_id))
    if row is None:
        row = FailedUpdate(bot_id=bot_id, update_id=update_id, at=now, tries=0, trace=None, let_go_at=None)
        session.add(row)
        counted = False
    row.tries += not counted
    row.trace = trace
    row.at = now
    if row.tries >= TRIES:
        row.let_go_at = now
    return row.let_go_at is not None


def unreadable(session: Session, bot_id: int, update_id: int, trace: str, *, now: datetime) -> None:
    """Record an update that cannot be read, and is let go at once."""
    if session.get(FailedUpdate, (bot_id, update_id)) is None:
        session.add(FailedUpdate(bot_id=bot_id, update_id=update_id, at=now, tries=1, trace=trace, let_go_at=now))


def let_go(session: Session, bot_id: int, update_id: int, *, now: datetime) -> None:
    """Let go an update that killed the process as often as may be."""
    row = session.get_one(FailedUpdate, (bot_id, update_id))
    row.trace = row.trace or "the process ended while it was handled"
    row.let_go_at = now


def listing(session: Session) -> list[FailedUpdate]:
    """Give the updates that failed, newest first, for the operator; one that was only counted did not fail."""
    failed_ones = select(FailedUpdate).where(FailedUpdate.trace.is_not(None))
    return list(session.scalars(failed_ones.order_by(FailedUpdate.at.desc())))


def forget(session: Session, *, now: datetime) -> None:
    """Forget failed updates after 7 days."""
    session.execute(delete(FailedUpdate).where(FailedUpdate.at < now - KEPT))
