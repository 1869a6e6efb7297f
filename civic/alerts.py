"""What organisers are told on their own account: something that only they can mend."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from civic import outbox, staff
from civic.outbox import Priority
from civic.schema import Meeting


def alert(session: Session, meeting: Meeting, what: str, *, now: datetime, key: str = "", **params: Any) -> int:
    """Owe every organiser of a meeting an alert, once for `what` and `key`; say to how many it was new.

    `what` is a word of `messages.alerts`; `params` hold ids and words of ours, never people's data.
    """
    return outbox.enqueue_all(
        session,
        staff.organisers_of(meeting.id),
        kind="alert",
        cause=f"m{meeting.id}/{what}/{key}" if key else f"m{meeting.id}/{what}",
        due_at=now,
        params={"meeting": meeting.id, "what": what, **params},
        priority=Priority.URGENT,
        until=meeting.ends_at,
    )
