"""A meeting's workshops as its file has them: matched by number, changed in place, with who runs them (M5, M6, M7)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civic import outbox
from civic.meeting_file import WorkshopPart
from civic.outbox import Priority
from civic.schema import Meeting, Party, Registration, Staff, Workshop

ROLES: Final = ("facilitator", "rapporteur", "public_servant")
COLUMNS: Final = ("topic", "room", "capacity", "minimum", "features")


def seats(session: Session, meeting_id: int) -> dict[int, int]:
    """Count who sits in each workshop, by its number."""
    rows = session.execute(
        select(Workshop.number, func.count(Registration.id))
        .outerjoin(Registration, Registration.workshop_id == Workshop.id)
        .where(Workshop.meeting_id == meeting_id)
        .group_by(Workshop.number)
    )
    return dict(rows.all())


def kept(session: Session, meeting: Meeting, parts: list[WorkshopPart]) -> list[WorkshopPart]:
    """Make workshops that no file names as large as who sits in them, and keep each where somebody sits.

    They are ours to make.
    """
    sitting = {number: people for number, people in seats(session, meeting.id).items() if people}
    rest = sitting.keys() - {part.number for part in parts}
    more = [WorkshopPart.model_validate({"number": str(number), "capacity": "1"}) for number in sorted(rest)]
    return [
        part.model_copy(update={"capacity": max(part.capacity, sitting.get(part.number, 0))})
        for part in (*parts, *more)
    ]


def put(session: Session, meeting: Meeting, parts: Sequence[WorkshopPart], *, now: datetime) -> list[str]:
    """Make a meeting's workshops what they should be; says what is another than before (`workshops[2].room`).

    A workshop keeps its row, and who sits in it her seat; in another room she is told. One that is gone was empty.
    """
    known = {each.number: each for each in session.scalars(select(Workshop).where(Workshop.meeting_id == meeting.id))}
    changed: list[str] = []
    for part in sorted(parts, key=lambda each: each.number):
        workshop = known.pop(part.number, None)
        new: dict[str, Any] = {column: getattr(part, column) for column in COLUMNS}
        if workshop is None:
            workshop = Workshop(meeting_id=meeting.id, number=part.number, **new)
            session.add(workshop)
            session.flush()
            changed.append(f"workshops[{part.number}]")
            _staff(session, workshop, part)
            continue
        others = [column for column in COLUMNS if getattr(workshop, column) != new[column]]
        for column in others:
            setattr(workshop, column, new[column])
        others += _staff(session, workshop, part)
        changed += [f"workshops[{part.number}].{column}" for column in others]
        if "room" in others:
            _tell(session, meeting, workshop, now)
    for gone in known.values():
        changed.append(f"workshops[{gone.number}]")
        session.delete(gone)
    session.flush()
    if known:
        _unrank(session, meeting.id, set(known))
    return changed


def _staff(session: Session, workshop: Workshop, part: WorkshopPart) -> list[str]:
    """Put who runs a workshop; another name is another person."""
    known = {each.role: each for each in session.scalars(select(Staff).where(Staff.workshop_id == workshop.id))}
    changed = []
    for role in ROLES:
        name = getattr(part, role)
        before = known.get(role)
        if (before.name if before else None) == name:
            continue
        changed.append(role)
        if before:
            session.delete(before)
            session.flush()
        if name:
            session.add(Staff(role=role, meeting_id=workshop.meeting_id, workshop_id=workshop.id, name=name))
    session.flush()
    return changed


def _tell(session: Session, meeting: Meeting, workshop: Workshop, now: datetime) -> None:
    """Tell who sits in a workshop that its room is another."""
    for registration in session.scalars(
        select(Registration).where(Registration.workshop_id == workshop.id).order_by(Registration.person_id)
    ):
        registration.seat_version += 1
        tell_seat(session, meeting, registration, now=now)


def tell_seat(session: Session, meeting: Meeting, registration: Registration, *, now: datetime) -> None:
    """Owe somebody the news of her seat as it is now, once for this change of it (`seat_version`)."""
    if registration.person_id is None:
        return
    outbox.enqueue(
        session,
        registration.person_id,
        cause=f"r{registration.id}w{registration.seat_version}",
        kind="reseated",
        due_at=now,
        params={"registration": registration.id},
        priority=Priority.URGENT,
        until=meeting.ends_at,
    )


def _unrank(session: Session, meeting_id: int, gone: set[int]) -> None:
    """Take workshops that are gone off the parties' lists."""
    for party in session.scalars(select(Party).where(Party.meeting_id == meeting_id)):
        if gone.intersection(party.choices):
            party.choices = [number for number in party.choices if number not in gone]
