"""Everybody's seat in a workshop: all at once before the meeting, one by one after."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import assignment, audit, meetings, outbox
from civic.assignment import Room, Seeker
from civic.audit import BY_THE_CLOCK
from civic.outbox import Priority
from civic.schema import Need, Party, Person, Registration, Workshop

SEED = 0
"""The lottery's; public."""


def seat_everyone(session: Session, meeting_id: int, *, now: datetime) -> int:
    """Seat everybody who has a place, once, and owe each the news; say how many were seated.

    At most 30 in a workshop (M5), by topics where people ranked them, whenever they signed up. Once seated, people stay
    (a second call changes nothing); a cancelled meeting, or one that has started, seats nobody.
    """
    meeting = meetings.lock(session, meeting_id)
    if meeting.state != "convened" or meeting.starts_at <= now or meeting.seating:
        return 0
    rooms = _rooms(session, meeting_id)
    people = session.scalars(
        select(Registration)
        .where(Registration.meeting_id == meeting_id, Registration.state == "registered")
        .order_by(Registration.id)
    ).all()
    seats = assignment.assign(_seekers(session, people), list(map(_room, rooms)), seed=SEED)
    ids = {workshop.number: workshop.id for workshop in rooms}
    badges = dict.fromkeys(ids, 0)
    for person in sorted(people, key=lambda each: (each.name or "", each.id)):
        number = seats[person.id]
        if number is None:
            continue
        badges[number] += 1
        person.workshop_id = ids[number]
        person.badge = badges[number]
    meeting.seating += 1
    session.flush()
    seated = sum(badges.values())
    outbox.enqueue_all(
        session,
        select(Person.id)
        .join(Registration, Registration.person_id == Person.id)
        .where(
            Registration.meeting_id == meeting_id,
            Registration.state == "registered",
            Registration.workshop_id.is_not(None),
        ),
        kind="seated",
        cause=f"m{meeting_id}s{meeting.seating}",
        due_at=now,
        params={"meeting": meeting_id},
        priority=Priority.MASS,
        until=meeting.ends_at,
    )
    audit.record(
        session,
        BY_THE_CLOCK,
        "seat",
        f"m{meeting_id}",
        now=now,
        meeting_id=meeting_id,
        new={"seated": seated, "unseated": len(people) - seated, "seed": SEED},
    )
    return seated


def seat_one(session: Session, registration: Registration, *, now: datetime, rather: int | None = None) -> int | None:
    """Seat one who got a place after everybody was seated; say which workshop's id, None when no seat is left.

    Nobody else moves. `rather` names a workshop that she had before. The caller holds the meeting's lock.
    """
    workshops = _rooms(session, registration.meeting_id)
    seated = session.scalars(
        select(Registration).where(
            Registration.meeting_id == registration.meeting_id, Registration.workshop_id.is_not(None)
        )
    ).all()
    taken: dict[int, list[Registration]] = {workshop.id: [] for workshop in workshops}
    for each in seated:
        taken[each.workshop_id or 0].append(each)
    numbers = {workshop.id: workshop.number for workshop in workshops}
    party = next((each.workshop_id for each in seated if each.party_id == registration.party_id), None)
    seekers = {seeker.id: seeker for seeker in _seekers(session, [registration, *seated])}
    best = assignment.best_open(
        seekers[registration.id],
        [_room(workshop) for workshop in workshops],
        {numbers[key]: [seekers[each.id] for each in rows] for key, rows in taken.items()},
        rather=[numbers[key] for key in (party, rather) if key in numbers],
    )
    if best is None:
        return None
    chosen = next(workshop for workshop in workshops if workshop.number == best)
    badges = {each.badge for each in taken[chosen.id]}
    registration.workshop_id = chosen.id
    registration.badge = next(badge for badge in range(1, chosen.capacity + 1) if badge not in badges)
    registration.seat_version += 1
    audit.record(
        session,
        BY_THE_CLOCK,
        "seat",
        f"r{registration.id}",
        now=now,
        meeting_id=registration.meeting_id,
        new={"workshop": chosen.id},
    )
    session.flush()
    return chosen.id


def _rooms(session: Session, meeting_id: int) -> Sequence[Workshop]:
    return session.scalars(select(Workshop).where(Workshop.meeting_id == meeting_id).order_by(Workshop.number)).all()


def _room(workshop: Workshop) -> Room:
    return Room(workshop.number, workshop.capacity, workshop.minimum, frozenset(workshop.features))


def _seekers(session: Session, people: Sequence[Registration]) -> list[Seeker]:
    """Gather what seating looks at; not when anybody signed up."""
    if not people:
        return []
    (meeting_id,) = {each.meeting_id for each in people}
    here = select(Registration.id).where(Registration.meeting_id == meeting_id)
    needs: dict[int, set[str]] = {}
    for registration_id, need in session.execute(
        select(Need.registration_id, Need.need).where(Need.registration_id.in_(here))
    ):
        needs.setdefault(registration_id, set()).add(need)
    choices = dict(session.execute(select(Party.id, Party.choices).where(Party.meeting_id == meeting_id)).all())
    return [
        Seeker(
            id=each.id,
            party=each.party_id,
            choices=tuple(choices[each.party_id]),
            needs=frozenset(needs.get(each.id, ())),
            attributes=dict(each.attributes),
        )
        for each in people
    ]
