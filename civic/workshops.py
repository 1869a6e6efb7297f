"""Everybody's seat in a workshop: all at once before the meeting, one by one after."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import alerts, assignment, audit, meetings, outbox, rooms
from civic.assignment import Room, Seeker
from civic.audit import BY_THE_CLOCK
from civic.outbox import Priority
from civic.schema import Meeting, Need, Party, Person, Registration, Workshop

SEED = 0
"""The lottery's; public."""
MOST_IN_A_ROOM = 30
"""M5."""


class Lack(NamedTuple):
    """What it takes to seat everybody with the party whole: `rooms` more workshops for `people` each."""

    parties: int
    """How many fit nowhere."""
    people: int
    rooms: int


def seat_everyone(session: Session, meeting_id: int, *, now: datetime) -> int:
    """Seat everybody who has a place, once, and owe each the news; say how many were seated.

    At most 30 in a workshop (M5), by topics where people ranked them, whenever they signed up. Once seated, people stay
    (a second call changes nothing); a cancelled meeting, or one that has started, seats nobody.
    """
    meeting = meetings.lock(session, meeting_id)
    if meeting.state != "convened" or meeting.starts_at <= now or meeting.seating:
        return 0
    choice = _rooms(session, meeting_id)
    people = _with_a_place(session, meeting_id)
    seats = assignment.assign(_seekers(session, people), list(map(_room, choice)), seed=SEED)
    ids = {workshop.number: workshop.id for workshop in choice}
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


def lacking(session: Session, meeting: Meeting) -> Lack | None:
    """Say which rooms more would seat everybody who has a place, no party split; None when nothing lacks.

    Found by trying: one room as small as can be, or as many full ones as it takes.
    """
    choice = list(map(_room, _rooms(session, meeting.id)))
    seekers = _seekers(session, _with_a_place(session, meeting.id))
    left = _unseated(seekers, choice)
    if not left:
        return None
    parties = len({each.party for each in left})
    number = max((room.id for room in choice), default=0)
    fewest = max(1, len(seekers) - sum(room.capacity for room in choice))
    for people in range(fewest, MOST_IN_A_ROOM + 1):
        if people >= len(left) or not _unseated(seekers, [*choice, Room(number + 1, people)]):
            return Lack(parties, people, 1)
    more = 2
    while _unseated(seekers, [*choice, *(Room(number + each, MOST_IN_A_ROOM) for each in range(1, more + 1))]):
        more += 1
        if more > len(left):  # a party larger than any room
            break
    return Lack(parties, MOST_IN_A_ROOM, more)


def seat_missing(session: Session, meeting: Meeting, *, now: datetime) -> int:
    """Seat who has a place and no seat since everybody was seated, where their party fits; tell them; say how many.

    Nobody else moves. The caller holds the meeting's lock.
    """
    if meeting.state != "convened" or not meeting.seating or meeting.starts_at <= now:
        return 0
    seated = 0
    for party_id in dict.fromkeys(each.party_id for each in unseated(session, meeting.id)):
        for registration in seat_party(session, meeting, party_id, now=now):
            rooms.tell_seat(session, meeting, registration, now=now)
            seated += 1
    return seated


def unseated(session: Session, meeting_id: int) -> list[Registration]:
    """List who has a place and no seat."""
    return [each for each in _with_a_place(session, meeting_id) if each.workshop_id is None]


def seat_one(session: Session, registration: Registration, *, now: datetime, rather: int | None = None) -> int | None:
    """Seat one who got a place after everybody was seated; say which workshop's id, None when she has no seat.

    Whoever of her party has a place and no seat is seated with her (`seat_party`). Nobody else moves, and no party is
    split. `rather` names a workshop that she had before. The caller holds the meeting's lock.
    """
    meeting = session.get_one(Meeting, registration.meeting_id)
    seat_party(session, meeting, registration.party_id, now=now, rather=rather)
    return registration.workshop_id


def seat_party(
    session: Session, meeting: Meeting, party_id: int, *, now: datetime, rather: int | None = None
) -> list[Registration]:
    """Seat those of a party who have a place and no seat, all in one workshop, where the others of it sit; say whom.

    Where they do not fit beside them, the whole party moves to a workshop that holds it, and who was seated is told.
    Where there is none nobody is seated, and the organisers are alerted once. The caller holds the meeting's lock.
    """
    theirs = [each for each in unseated(session, meeting.id) if each.party_id == party_id]
    if not theirs:
        return []
    seated = session.scalars(
        select(Registration).where(Registration.meeting_id == meeting.id, Registration.workshop_id.is_not(None))
    ).all()
    beside = [each for each in seated if each.party_id == party_id]
    others = [each for each in seated if each.party_id != party_id]
    moving: list[Registration] = []
    workshop = _best(session, theirs, seated, within={each.workshop_id for each in beside}, rather=rather)
    if workshop is None and beside and all(each.state == "registered" for each in beside):
        workshop = _best(session, [*beside, *theirs], others)
        moving = beside
    if workshop is None:
        alerts.alert(session, meeting, "rooms", key=f"p{party_id}", now=now, people=len(theirs), parties=1)
        return []
    _sit(session, meeting, workshop, [*moving, *theirs], seated, now=now)
    for registration in moving:
        rooms.tell_seat(session, meeting, registration, now=now)
    session.flush()
    return theirs


def meet_needs(session: Session, meeting: Meeting, *, now: datetime, party_id: int | None = None) -> int:
    """Move parties (or one), each whole, to where more of their needs are met than where they sit; say how many.

    Only where a party fits and nothing that is met would be lost; nobody else moves, and who moves is told. The caller
    holds the meeting's lock.
    """
    if meeting.state != "convened" or not meeting.seating or meeting.starts_at <= now:
        return 0
    needed = (
        select(Registration.party_id)
        .join(Need, Need.registration_id == Registration.id)
        .where(Registration.meeting_id == meeting.id, Registration.workshop_id.is_not(None))
        .distinct()
        .order_by(Registration.party_id)
    )
    if party_id is not None:
        needed = needed.where(Registration.party_id == party_id)
    return sum(_meet(session, meeting, each, now) for each in session.scalars(needed).all())


def _meet(session: Session, meeting: Meeting, party_id: int, now: datetime) -> bool:
    seated = session.scalars(
        select(Registration).where(Registration.meeting_id == meeting.id, Registration.workshop_id.is_not(None))
    ).all()
    theirs = [each for each in seated if each.party_id == party_id]
    if any(each.state != "registered" for each in theirs):
        return False
    others = [each for each in seated if each.party_id != party_id]
    features = {each.id: set(each.features) for each in _rooms(session, meeting.id)}
    sits = {each.id: each.workshop_id or 0 for each in theirs}
    needs = session.execute(select(Need.registration_id, Need.need).where(Need.registration_id.in_(sits))).all()
    met = {(who, need) for who, need in needs if need in features[sits[who]]}
    better = [key for key, has in features.items() if met < {(who, need) for who, need in needs if need in has}]
    workshop = _best(session, theirs, others, within=better) if better else None
    if workshop is None:
        return False
    _sit(session, meeting, workshop, theirs, seated, now=now)
    for registration in theirs:
        rooms.tell_seat(session, meeting, registration, now=now)
    session.flush()
    return True


def _sit(
    session: Session,
    meeting: Meeting,
    workshop: Workshop,
    people: Sequence[Registration],
    seated: Sequence[Registration],
    *,
    now: datetime,
) -> None:
    """Seat people in a workshop that has room for them, wherever they sat before."""
    for registration in people:
        registration.workshop_id = registration.badge = None
    session.flush()
    taken = {each.badge for each in seated if each.workshop_id == workshop.id}
    free = (badge for badge in range(1, workshop.capacity + 1) if badge not in taken)
    for registration in people:
        registration.workshop_id = workshop.id
        registration.badge = next(free)
        registration.seat_version += 1
        new = {"workshop": workshop.id}
        subject = f"r{registration.id}"
        audit.record(session, BY_THE_CLOCK, "seat", subject, now=now, meeting_id=meeting.id, new=new)


def _best(
    session: Session,
    theirs: Sequence[Registration],
    seated: Sequence[Registration],
    *,
    within: Collection[int | None] = (),
    rather: int | None = None,
) -> Workshop | None:
    """Choose the workshop that holds some of a party: one of `within`, where the others of it sit, or the best."""
    choice = {each.id: each for each in _rooms(session, theirs[0].meeting_id)}
    taken: dict[int, list[Registration]] = {key: [] for key in choice}
    for each in seated:
        taken[each.workshop_id or 0].append(each)
    fitting = [
        each
        for key, each in choice.items()
        if len(taken[key]) + len(theirs) <= each.capacity and (not within or key in within)
    ]
    seekers = {seeker.id: seeker for seeker in _seekers(session, [*theirs, *seated])}
    best = assignment.best_open(
        [seekers[each.id] for each in theirs],
        list(map(_room, fitting)),
        {each.number: [seekers[one.id] for one in taken[each.id]] for each in fitting},
        rather=[choice[rather].number] if rather in choice else [],
    )
    return next((each for each in fitting if each.number == best), None)


def _unseated(seekers: Sequence[Seeker], choice: Sequence[Room]) -> list[Seeker]:
    seats = assignment.assign(seekers, choice, seed=SEED)
    return [each for each in seekers if seats[each.id] is None]


def _with_a_place(session: Session, meeting_id: int) -> Sequence[Registration]:
    return session.scalars(
        select(Registration)
        .where(Registration.meeting_id == meeting_id, Registration.state == "registered")
        .order_by(Registration.id)
    ).all()


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
