"""What was done, by whom: every use case that changes something takes its actor and leaves a row."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from civic.errors import MeetingUnknown
from civic.schema import Audit, Meeting


@dataclass(frozen=True)
class Actor:
    """Who acts: a person (in the chat), or nobody known (the command line, the clock)."""

    person_id: int | None
    through: str
    """chat, command, clock, portal"""


BY_THE_CLOCK = Actor(None, "clock")
BY_COMMAND = Actor(None, "command")

_RECORD = (
    insert(Audit)
    .values(
        {
            column: bindparam(column)
            for column in ("at", "actor_id", "through", "act", "subject", "meeting_id", "old", "new", "because")
        }
    )
    .inline()
)
"""Beside the unit of work: every use case pays for it, and an id that a row of this names is a row's already."""


def record(
    session: Session,
    actor: Actor,
    act: str,
    subject: str,
    *,
    now: datetime,
    meeting_id: int | None = None,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
    because: str | None = None,
) -> None:
    """Leave a row of an act on a subject (`m7`, `r9`, `c5`, `p3`), old and new.

    Of a person's own data (name, phone, needs, attributes, choices) say only that it changed; of feedback nothing.
    """
    session.connection().execute(
        _RECORD,
        {
            "at": now,
            "actor_id": actor.person_id,
            "through": actor.through,
            "act": act,
            "subject": subject,
            "meeting_id": meeting_id,
            "old": old,
            "new": new,
            "because": because,
        },
    )


def looked(
    session: Session, actor: Actor, act: str, meeting: Meeting, people: int, *, now: datetime, page: int = 0
) -> None:
    """Leave a row of a look at people's own data (`call_list`, `people_list`, `exported`): of how many, which page."""
    new = {"people": people, **({"page": page + 1} if page else {})}
    record(session, actor, act, f"m{meeting.id}", now=now, meeting_id=meeting.id, new=new)


def latest(session: Session) -> datetime | None:
    """Say when the last act was done."""
    return session.scalar(select(Audit.at).order_by(Audit.id.desc()).limit(1))


def of_meeting(session: Session, code: str) -> list[Audit]:
    """Give what was done on a meeting, oldest first; raises MeetingUnknown."""
    meeting_id = session.scalar(select(Meeting.id).where(Meeting.code == code))
    if meeting_id is None:
        raise MeetingUnknown(code)
    return list(session.scalars(select(Audit).where(Audit.meeting_id == meeting_id).order_by(Audit.id)))
