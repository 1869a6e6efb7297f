"""Parties stay together: where they fit nowhere, organisers learn which room more would do, and nobody is split."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import agenda, due, meetings, offers, organising, overview, parties, registration, workshops
from civic.audit import Actor
from civic.schema import Agenda, Meeting, Outbox, Registration, Staff, Workshop
from civic.store import Store
from civic.workshops import Lack
from tests import factories
from tests.factories import NOW

DAY = timedelta(days=1)
ASSIGN_AT = NOW + timedelta(days=13)


def prepared(store: Store, sizes: Sequence[int], rooms: Sequence[int], **columns: Any) -> Meeting:
    """Convene a meeting with workshops of these capacities, and sign up parties of these sizes."""

    def prepare(session: Session) -> Meeting:
        organiser = factories.person(session, "Organizadora")
        session.add(Staff(role="organiser", person_id=organiser.id))
        made = factories.meeting(
            session, capacity=sum(rooms), workshops=[{"capacity": capacity} for capacity in rooms], **columns
        )
        for size in sizes:
            sign_up(session, made.id, size)
        return made

    return store.write(prepare)


def sign_up(session: Session, meeting_id: int, size: int, now: datetime = NOW) -> Registration:
    """Sign a party up; give whoever did it."""
    who = factories.person(session)
    actor = Actor(who.id, "chat")
    own = registration.register(session, meeting_id, who.id, name="Ana", actor=actor, now=now)
    if size > 1:
        parties.bring(session, own.id, size - 1, takes=None, person_id=who.id, actor=actor, now=now)
    return own


def run(store: Store, now: datetime) -> None:
    """Do what the agenda has for a moment."""
    for step in store.read(agenda.due, now):
        store.write(due.run, step, now=now)


def groups(store: Store) -> list[tuple[int | None, ...]]:
    """Say in which workshops the people of each party sit."""

    def look(session: Session) -> list[tuple[int | None, ...]]:
        rows = session.execute(
            select(Registration.party_id, Workshop.number)
            .outerjoin(Workshop, Workshop.id == Registration.workshop_id)
            .where(Registration.state == "registered")
            .order_by(Registration.id)
        ).all()
        return [
            tuple(number for party, number in rows if party == each) for each in dict.fromkeys(row[0] for row in rows)
        ]

    return store.read(look)


def alerts(store: Store) -> list[dict[str, Any]]:
    def look(session: Session) -> list[dict[str, Any]]:
        rows = session.scalars(select(Outbox).where(Outbox.kind == "alert").order_by(Outbox.id))
        return [{name: row.params[name] for name in ("people", "parties")} for row in rows if row.params]

    return store.read(look)


def told(store: Store) -> list[str]:
    kinds = select(Outbox.kind).where(Outbox.kind.in_(("seated", "reseated"))).order_by(Outbox.id)
    return store.read(lambda s: list(s.scalars(kinds)))


def assign_at(store: Store) -> datetime | None:
    return store.read(
        lambda s: s.scalar(select(Agenda.due_at).where(Agenda.what == "assign", Agenda.done_at.is_(None)))
    )


def add_room(session: Session, meeting_id: int, capacity: int) -> None:
    meeting = meetings.lock(session, meeting_id)
    session.add(Workshop(meeting_id=meeting_id, number=9, capacity=capacity, features=[]))
    session.flush()
    workshops.seat_missing(session, meeting, now=ASSIGN_AT + DAY)


@pytest.mark.parametrize(
    ("sizes", "rooms", "lack"),
    [
        ([3, 3, 2], [4, 4], Lack(1, 2, 1)),
        ([3, 3, 1], [4, 4], None),
        ([2, 2, 2], [3, 3], Lack(1, 2, 1)),
        ([5, 5, 5, 5, 5, 5, 5], [9] * 4, Lack(3, 15, 1)),
    ],
)
def test_the_smallest_room_that_would_do_is_found(
    store: Store, sizes: list[int], rooms: list[int], lack: Lack | None
) -> None:
    meeting = prepared(store, sizes, rooms)
    found = store.read(workshops.lacking, meeting)
    assert found == lack


def at_the_desk(store: Store, now: datetime) -> dict[str, Any] | None:
    """Say which room the organiser reads to lack."""
    desk = store.read(lambda s: organising.desk(s, meetings.by_code(s, "agua"), now))
    return next((each.params for each in desk.lacks if each.what == "rooms"), None)


def test_seating_waits_a_day_for_a_room_and_nobody_is_told_before(store: Store) -> None:
    meeting = prepared(store, [3, 3, 2], [4, 4])
    run(store, ASSIGN_AT)
    assert alerts(store) == [{"people": 2, "parties": 1}]
    assert told(store) == []
    assert assign_at(store) == ASSIGN_AT + DAY
    missing = store.read(overview.show, "agua", now=ASSIGN_AT).missing
    assert [line for line in missing if line.startswith("groups")] == [
        "groups that fit in no workshop: 1; one more for 2 people would do; seated on 2026-11-15 10:00"
    ]
    assert at_the_desk(store, ASSIGN_AT) == {"parties": 1, "people": 2, "rooms": 1}
    store.write(add_room, meeting.id, 2)
    run(store, ASSIGN_AT + DAY)
    assert all(len(set(group)) == 1 for group in groups(store))
    assert None not in {group[0] for group in groups(store)}
    assert told(store) == ["seated"] * 3
    assert len(alerts(store)) == 1


def test_without_the_room_whoever_fits_is_seated_and_the_others_when_it_comes(store: Store) -> None:
    meeting = prepared(store, [3, 3, 2], [4, 4])
    run(store, ASSIGN_AT)
    run(store, ASSIGN_AT + DAY)
    assert [set(group) for group in groups(store)][2] == {None}
    assert told(store) == ["seated"] * 2
    shown = store.read(overview.show, "agua", now=ASSIGN_AT + DAY)
    assert "people whose group fits in no workshop: 2; one more for 2 would do" in shown.missing
    assert at_the_desk(store, ASSIGN_AT + DAY) == {"people": 2}
    store.write(add_room, meeting.id, 3)
    assert groups(store)[2] == (9, 9)
    assert told(store) == ["seated"] * 2 + ["reseated"]


def test_the_day_before_nothing_is_put_off_any_more(store: Store) -> None:
    prepared(store, [3, 3, 2], [4, 4], assignment_before="1d")
    run(store, NOW + timedelta(days=19))
    assert alerts(store) == [{"people": 2, "parties": 1}]
    assert told(store) == ["seated"] * 2


def test_an_import_that_moves_nothing_leaves_the_day_that_organisers_have(store: Store) -> None:
    meeting = prepared(store, [3, 3, 2], [4, 4])
    run(store, ASSIGN_AT)
    store.write(lambda s: agenda.schedule(s, s.get_one(Meeting, meeting.id), now=ASSIGN_AT))
    assert assign_at(store) == ASSIGN_AT + DAY


def test_late_ones_are_seated_together_though_who_signed_them_up_moves(store: Store) -> None:
    meeting = prepared(store, [3, 3], [4, 4, 2])
    run(store, ASSIGN_AT)
    before = groups(store)
    store.write(sign_up, meeting.id, 2, ASSIGN_AT)  # seated alone beside others at first, then brings somebody
    assert groups(store) == [*before, (3, 3)]
    assert told(store) == ["seated"] * 2 + ["reseated"]
    store.write(sign_up, meeting.id, 1, ASSIGN_AT)
    assert groups(store)[:3] == [*before, (3, 3)]


def test_a_companion_whose_party_sits_in_a_full_room_is_not_sent_elsewhere(store: Store) -> None:
    meeting = prepared(store, [2, 2], [2, 4])

    def seat(session: Session) -> None:
        workshops.seat_everyone(session, meeting.id, now=NOW)

    store.write(seat)
    own = store.read(
        lambda s: s.scalars(
            select(Registration).join(Workshop).where(Workshop.number == 1, Registration.person_id.is_not(None))
        ).first()
    )
    assert own
    assert own.person_id
    store.write(
        parties.bring, own.id, 2, takes=None, person_id=own.person_id, actor=Actor(own.person_id, "chat"), now=NOW
    )
    theirs = next(group for group in groups(store) if len(group) == 3)
    assert sorted(theirs, key=str) == [1, 1, None]
    assert alerts(store) == [{"people": 1, "parties": 1}]


def test_an_accepted_offer_for_two_is_two_seats_together(store: Store) -> None:
    meeting = prepared(store, [1] * 4, [2, 2])
    run(store, ASSIGN_AT)
    couple = store.write(sign_up, meeting.id, 2, ASSIGN_AT)
    there = store.read(lambda s: s.scalars(select(Registration).join(Workshop).where(Workshop.number == 2)).all())
    for each in there:
        assert each.person_id
        store.write(
            registration.cancel, each.id, person_id=each.person_id, actor=Actor(each.person_id, "chat"), now=ASSIGN_AT
        )
    then = ASSIGN_AT + timedelta(minutes=3)
    store.write(offers.lapse_due, meeting.id, then)
    assert couple.person_id
    offer = store.read(offers.open_of, couple.party_id)
    assert offer
    store.write(offers.accept, offer.id, person_id=couple.person_id, actor=Actor(couple.person_id, "chat"), now=then)
    assert groups(store)[-1] == (2, 2)
