"""Delivery, as the database sees it: who may be told, which rows are claimed, and how each ended."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from civic.schema import Person


def unreachable(session: Session, chat_id: int, *, now: datetime) -> None:
    """Keep that whoever is told in a chat cannot be reached: blocked, deactivated, never started.

    Who writes again is reachable again (`civic.conversation`).
    """
    session.execute(
        update(Person)
        .where(Person.chat_id == chat_id, Person.unreachable_since.is_(None))
        .values(unreachable_since=now)
        .execution_options(synchronize_session=False)
    )


def moved(session: Session, chat_id: int, to: int) -> None:
    """Follow a chat to its new id."""
    session.execute(
        update(Person).where(Person.chat_id == chat_id).values(chat_id=to).execution_options(synchronize_session=False)
    )
