"""Everybody of a meeting as a list for its organiser, without phones; and how many signed up on each day."""

import unicodedata
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic.daytime import local_date
from civic.places import AHEAD, ON_THE_LIST
from civic.schema import Meeting, Need, Person, Registration, Workshop

COMING = (*AHEAD, "attended", "no_show")
"""States of who has, had or waits for a place."""


@dataclass(frozen=True)
class Listed:
    """Somebody in the list. Moments are UTC."""

    name: str | None
    code: str | None
    state: str
    position: int | None
    """In the waiting list, from 1."""
    workshop: int | None
    badge: int | None
    party: int
    """Whoever comes together has the same number, from 1."""
    needs: tuple[str, ...]
    confirmed: bool
    """She confirmed the date and place as they are now."""
    on_telegram: bool
    registered_at: datetime


@dataclass(frozen=True)
class Roll:
    """The list of a meeting's people, by name, and its workshops' numbers."""

    meeting: Meeting
    people: tuple[Listed, ...]
    workshops: tuple[int, ...]


@dataclass(frozen=True)
class SignUps:
    """How many of those who have a place or wait for one signed up on each day, of the meeting's zone."""

    meeting: Meeting
    days: tuple[tuple[date, int], ...]
    """Every day from the convening to the meeting, today or the last sign-up, oldest first."""

    @property
    def total(self) -> int:
        """Count all of them."""
        return sum(number for _, number in self.days)


def everybody(session: Session, meeting: Meeting) -> Roll:
    """List everybody of a meeting by name; who was erased is not in it."""
    rows = session.execute(
        select(Registration, Person.name, Person.telegram_id, Workshop.number)
        .outerjoin(Person, Person.id == Registration.person_id)
        .outerjoin(Workshop, Workshop.id == Registration.workshop_id)
        .where(Registration.meeting_id == meeting.id)
        .order_by(Registration.id)
    ).all()
    rows = [row for row in rows if row[0].code or row[0].name]
    needs: dict[int, list[str]] = {}
    for registration_id, need in session.execute(
        select(Need.registration_id, Need.need)
        .join(Registration, Registration.id == Need.registration_id)
        .where(Registration.meeting_id == meeting.id)
        .order_by(Need.need)
    ):
        needs.setdefault(registration_id, []).append(need)
    waiting = sorted((row.queue_number or 0, row.id) for row, *_ in rows if row.state in ON_THE_LIST)
    positions = {registration_id: position for position, (_, registration_id) in enumerate(waiting, 1)}
    parties: dict[int, int] = {}
    people = [
        Listed(
            name=row.name or name,
            code=row.code,
            state=row.state,
            position=positions.get(row.id),
            workshop=workshop,
            badge=row.badge,
            party=parties.setdefault(row.party_id, len(parties) + 1),
            needs=tuple(needs.get(row.id, ())),
            confirmed=row.confirmed_version == meeting.version,
            on_telegram=telegram_id is not None,
            registered_at=row.registered_at,
        )
        for row, name, telegram_id, workshop in rows
    ]
    numbers = session.scalars(
        select(Workshop.number).where(Workshop.meeting_id == meeting.id).order_by(Workshop.number)
    ).all()
    people.sort(key=lambda each: (each.name is None, _sorts(each.name or ""), each.party, each.code or ""))
    return Roll(meeting, tuple(people), tuple(numbers))


def _sorts(name: str) -> str:
    """Give a name as it sorts: Álvaro among the As."""
    spelt = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in spelt if not unicodedata.combining(letter))


def sign_ups(session: Session, meeting: Meeting, now: datetime) -> SignUps:
    """Count by day who signed up and still has a place or waits for one; nothing before anybody could sign up."""
    moments = session.scalars(
        select(Registration.registered_at).where(Registration.meeting_id == meeting.id, Registration.state.in_(COMING))
    )
    counts = Counter(local_date(moment, meeting.timezone) for moment in moments)
    begun = [local_date(meeting.convened_at, meeting.timezone)] if meeting.convened_at else []
    if not (begun or counts):
        return SignUps(meeting, ())
    first = min([*begun, *counts])
    last = max(min(local_date(now, meeting.timezone), local_date(meeting.starts_at, meeting.timezone)), *counts, first)
    days = [date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1)]
    return SignUps(meeting, tuple((day, counts[day]) for day in days))
