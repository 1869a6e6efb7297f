"""What is kept of what organisers announced: for how long, whose it is, and what of it goes with who is erased."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from civic.schema import Agenda, Announcement, Meeting

KEPT_PROPOSED: Final = timedelta(days=2)
KEPT_SETTLED: Final = timedelta(days=30)


def let_go(session: Session, *, now: datetime) -> None:
    """Delete what was never confirmed after two days, and what is settled after thirty. Retention's tick."""
    old = or_(
        (Announcement.state == "proposed") & (Announcement.made_at < now - KEPT_PROPOSED),
        Announcement.settled_at < now - KEPT_SETTLED,
    )
    ids = session.scalars(select(Announcement.id).where(old)).all()
    _delete(session, ids)


def of_person(session: Session, person_id: int) -> list[dict[str, Any]]:
    """Give what somebody announced, or is about to, as JSON: her own data."""
    rows = session.execute(
        select(Announcement, Meeting.code)
        .join(Meeting, Meeting.id == Announcement.meeting_id)
        .where(Announcement.author_id == person_id)
        .order_by(Announcement.id)
    )
    return [
        {
            "meeting": code,
            "to": row.audience,
            "text": row.text,
            "state": row.state,
            "made_at": row.made_at.isoformat(),
        }
        for row, code in rows
    ]


def forget(session: Session, person_id: int) -> None:
    """Let go what somebody was about to announce: she is erased. What went out stays said, by nobody's name."""
    unsent = Announcement.author_id == person_id, Announcement.state.not_in(("sending", "sent"))
    _delete(session, session.scalars(select(Announcement.id).where(*unsent)).all())


def _delete(session: Session, ids: Collection[int]) -> None:
    session.execute(delete(Agenda).where(Agenda.subject.in_([f"n{each}" for each in ids])))
    session.execute(delete(Announcement).where(Announcement.id.in_(ids)))
    session.flush()
