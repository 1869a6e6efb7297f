"""Two meetings at the same hour: which others of a person's one would keep her from. It warns, and refuses nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, aliased

from civic.columns import Text
from civic.places import AHEAD
from civic.schema import Meeting, Registration

MOST: Final = 3
"""Others that are named."""
_THIS = aliased(Meeting)
_AT_ONCE: Final = (
    select(Meeting.id, Meeting.title, Meeting.starts_at, Meeting.timezone, Registration.state)
    .join(Registration, Registration.meeting_id == Meeting.id)
    .join(_THIS, _THIS.id == bindparam("meeting"))
    .where(
        Registration.person_id.is_not(None),
        Registration.person_id == bindparam("person"),
        Registration.state.in_(AHEAD),
        Meeting.state == "convened",
        Meeting.id != _THIS.id,
        Meeting.starts_at < _THIS.ends_at,
        Meeting.ends_at > _THIS.starts_at,
    )
    .order_by(Meeting.starts_at, Meeting.id)
    .limit(MOST)
)


@dataclass(frozen=True)
class Overlap:
    """Another meeting of hers that is at the same time. The moment is UTC; people see `timezone`."""

    meeting_id: int
    title: Text
    starts_at: datetime
    timezone: str
    has_place: bool
    """She has a place there; else she waits for one."""


def at_once(session: Session, meeting_id: int, person_id: int | None) -> Sequence[Overlap]:
    """List a person's other meetings, soonest first, that are while a meeting is; one that ends as it begins is not."""
    found = session.execute(_AT_ONCE, {"meeting": meeting_id, "person": person_id})
    return tuple(
        Overlap(row.id, row.title, row.starts_at, row.timezone, has_place=row.state == "registered") for row in found
    )
