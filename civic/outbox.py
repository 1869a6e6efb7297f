"""What the bot owes people: rows written in the transaction that caused them, each cause once."""

from datetime import datetime
from enum import IntEnum
from typing import Any, cast

from sqlalchemy import JSON, ColumnElement, CursorResult, Select, bindparam, literal, null, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from civic.columns import Moment
from civic.schema import Outbox


class Priority(IntEnum):
    """What goes first."""

    REPLY = 0
    URGENT = 1
    """moved, cancelled, an offer, the hours before, the feedback question"""
    USUAL = 2
    MASS = 3


def enqueue(
    session: Session,
    person_id: int,
    *,
    cause: str,
    kind: str,
    due_at: datetime,
    params: dict[str, Any] | None = None,
    priority: Priority = Priority.USUAL,
    until: datetime | None = None,
) -> bool:
    """Owe one person a message, once for a cause and kind; False when it is owed (or was said) already.

    `due_at` is when it may go; quiet hours hold it besides, at delivery. Past `until` it is dropped. `params` hold ids
    and words of ours, never text or personal data.
    """
    row = {
        "person_id": person_id,
        "cause": cause,
        "kind": kind,
        "params": params,
        "priority": int(priority),
        "due_at": due_at,
        "until": until,
        "state": "pending",
        "attempts": 0,
    }
    return bool(_rows(session, _insert(session).values(row)))


def enqueue_all(
    session: Session,
    people: Select[int],
    *,
    kind: str,
    cause: str | ColumnElement[str],
    due_at: datetime,
    params: dict[str, Any] | None = None,
    priority: Priority = Priority.MASS,
    until: datetime | None = None,
) -> int:
    """Owe a message to everyone whom a select of person ids names, in one statement; say to how many it was new.

    The select gives one column of distinct ids, which become the recipients in their order (two set-based inserts in
    opposite orders would deadlock).
    """
    ids = people.subquery("people")
    (person_id,) = ids.c
    columns: dict[str, Any] = {
        "person_id": person_id,
        "cause": literal(cause) if isinstance(cause, str) else cause,
        "kind": literal(kind),
        "params": bindparam("params", params, JSON(none_as_null=True)),
        "priority": literal(int(priority)),
        "due_at": literal(due_at, Moment()),
        "until": literal(until, Moment()) if until else null(),
        "state": literal("pending"),
        "attempts": literal(0),
    }
    rows = select(*columns.values()).where(person_id.is_not(None)).order_by(person_id)
    return _rows(session, _insert(session).from_select(list(columns), rows))


def _insert(session: Session) -> Any:
    """Make the dialect's own insert, which knows ON CONFLICT."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    return dialect.insert(Outbox)


def _rows(session: Session, insert: Any) -> int:
    """Insert what is not there yet, and count it."""
    done = cast(
        "CursorResult[Any]",
        session.execute(insert.on_conflict_do_nothing(), execution_options={"preserve_rowcount": True}),
    )
    return done.rowcount
