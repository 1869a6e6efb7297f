"""What was done on a meeting, newest first, as its organiser reads it: who organises is named, people are not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from civic.columns import Text
from civic.schema import Announcement, Audit, Commitment, Entity, Meeting, Person, Staff, Workshop

OF_THE_MEETING: Final = ("m", "c", "e", "s", "n")
"""What organisers act on: the meeting, its commitments, entities, roles, announcements. The rest are people's acts."""


@dataclass(frozen=True)
class Act:
    """An act in the trail. `at` is UTC."""

    at: datetime
    who: str | None
    """The name of who organises or did; None of anybody else."""
    someone: bool
    """It was a person."""
    through: str
    act: str
    subject: str
    """m, c, e, s, n, r (somebody's place), o (an offer): what kind of thing it was done to"""
    about: Text | None
    """The commitment, entity, organiser or announcement (while its words are kept) that it was done to."""
    old: dict[str, Any]
    new: dict[str, Any]
    because: str | None


@dataclass(frozen=True)
class Page:
    """A part of the trail, from 0."""

    acts: tuple[Act, ...]
    page: int
    more: bool


def page(session: Session, meeting: Meeting, number: int, size: int, *, everybody: bool) -> Page:
    """Give a page of what was done on a meeting, newest first; with what people did themselves only if `everybody`."""
    found = select(Audit).where(Audit.meeting_id == meeting.id)
    if not everybody:
        found = found.where(or_(*(Audit.subject.startswith(kind) for kind in OF_THE_MEETING)))
    rows = session.scalars(found.order_by(Audit.id.desc()).offset(number * size).limit(size + 1)).all()
    names = organisers(session, {row.actor_id for row in rows if row.actor_id is not None})
    numbers = _numbers(session, rows)
    acts = tuple(
        Act(
            at=row.at,
            who=names.get(row.actor_id) if row.actor_id is not None else None,
            someone=row.actor_id is not None or row.through == "chat",
            through=row.through,
            act=row.act,
            subject=row.subject[:1],
            about=_about(session, row.subject),
            old=_numbered(row.old, numbers),
            new=_numbered(row.new, numbers),
            because=row.because,
        )
        for row in rows[:size]
    )
    return Page(acts, number, len(rows) > size)


def organisers(session: Session, people: set[int]) -> dict[int, str]:
    """Name those of some people who organise something, or did; of everybody else no name is given."""
    rows = session.execute(
        select(Person.id, Person.name, Staff.name)
        .join(Staff, Staff.person_id == Person.id)
        .where(Person.id.in_(people), Staff.role == "organiser")
    )
    return {person_id: name or said or "" for person_id, name, said in rows if name or said}


def _numbers(session: Session, rows: Sequence[Audit]) -> dict[int, int]:
    """Find the number of each workshop that acts name by its id."""
    ids = {side.get("workshop") for row in rows for side in (row.old, row.new) if side} - {None}
    found = select(Workshop.id, Workshop.number).where(Workshop.id.in_(ids))
    return {row.id: row.number for row in session.execute(found)} if ids else {}


def _numbered(said: dict[str, Any] | None, numbers: dict[int, int]) -> dict[str, Any]:
    """Say a workshop by its number; one that is no more is left out."""
    said = said or {}
    return {**said, "workshop": numbers.get(said["workshop"])} if "workshop" in said else said


def _about(session: Session, subject: str) -> Text | None:
    """Name what an act was done to, as it is called now."""
    kind, number = subject[:1], subject[1:]
    if not number.isdigit():
        return None
    if kind == "c":
        return session.scalar(select(Commitment.text).where(Commitment.id == int(number)))
    if kind == "e":
        return session.scalar(select(Entity.name).where(Entity.id == int(number)))
    if kind == "n":
        return session.scalar(select(Announcement.text).where(Announcement.id == int(number)))
    if kind == "s":
        return session.scalar(
            select(Person.name).join(Staff, Staff.person_id == Person.id).where(Staff.id == int(number))
        )
    return None
