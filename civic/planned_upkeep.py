"""What is kept of what organisers planned: for how long, whose it is, and that it goes with who is erased."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from civic import planned_acts
from civic.schema import Meeting, PlannedAct

KEPT_PROPOSED: Final = timedelta(days=2)
KEPT_SETTLED: Final = timedelta(days=30)


def let_go(session: Session, *, now: datetime) -> None:
    """Delete what was never confirmed after two days, and what is settled after thirty. Retention's tick."""
    old = or_(
        (PlannedAct.state == "proposed") & (PlannedAct.made_at < now - KEPT_PROPOSED),
        PlannedAct.settled_at < now - KEPT_SETTLED,
    )
    for row in session.scalars(select(PlannedAct).where(old)).all():
        planned_acts.delete_row(session, row)


def of_person(session: Session, person_id: int) -> list[dict[str, Any]]:
    """Give what somebody planned, with what they wrote for it, as JSON: her own data."""
    rows = session.execute(
        select(PlannedAct, Meeting.code)
        .outerjoin(Meeting, Meeting.id == PlannedAct.meeting_id)
        .where(PlannedAct.author_id == person_id)
        .order_by(PlannedAct.id)
    )
    return [
        {
            "act": row.act,
            "meeting": code,
            "state": row.state,
            "says": row.params,
            "file": row.source,
            "made_at": row.made_at.isoformat(),
        }
        for row, code in rows
    ]


def forget(session: Session, person_id: int) -> None:
    """Let go all that somebody planned, with its files: she is erased, and nothing of it is done."""
    for row in session.scalars(select(PlannedAct).where(PlannedAct.author_id == person_id)).all():
        planned_acts.delete_row(session, row)
