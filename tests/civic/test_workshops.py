"""Everybody's seat: once for all, then one by one."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from civic import agenda, due, offers, parties, questions, registration, workshops
from civic.audit import Actor
from civic.places import HOLD
from civic.schema import Agenda, Audit, Meeting, Need, Offer, Outbox, Party, Registration, Workshop
from civic.store import Store
from tests import factories
from tests.factories import NOW

TOPICS = [{"capacity": 4, "topic": "Tarifas", "room": "Aula 1"}, {"capacity": 4, "topic": "Calidad", "room": "Aula 2"}]


def convened(store: Store, **columns: Any) -> Meeting:
    return store.write(lambda session: factories.meeting(session, **columns))


def sign_up(store: Store, meeting_id: int, number: int = 1, *, now: datetime = NOW) -> list[Registration]:
    def everybody(session: Session) -> list[Registration]:
        made = [factories.person(session) for _ in range(number)]
        return [
            registration.register(
                session, meeting_id, who.id, name=who.name or "", actor=Actor(who.id, "chat"), now=now
            )
            for who in made
        ]

    return store.write(everybody)


def rank(store: Store, one: Registration, *numbers: int) -> None:
    assert one.person_id
    actor = Actor(one.person_id, "chat")
    store.write(questions.answer_topics, one.id, list(numbers), person_id=one.person_id, actor=actor, now=NOW)


def act(store: Store, what: Any, subject: int, one: Registration, now: datetime = NOW) -> None:
    store.write(what, subject, person_id=one.person_id, actor=Actor(one.person_id, "chat"), now=now)


def seats(store: Store, meeting_id: int) -> dict[int, tuple[int | None, int | None]]:
    """Say each registration's workshop (by number) and badge."""

    def look(session: Session) -> dict[int, tuple[int | None, int | None]]:
        rows = session.execute(
            select(Registration.id, Workshop.number, Registration.badge)
            .outerjoin(Workshop, Workshop.id == Registration.workshop_id)
            .where(Registration.meeting_id == meeting_id)
        )
        return {key: (number, badge) for key, number, badge in rows}

    return store.read(look)


def told(store: Store, kind: str = "seated") -> list[int | None]:
    return store.read(
        lambda session: list(session.scalars(select(Outbox.person_id).where(Outbox.kind == kind).order_by(Outbox.id)))
    )


def test_everybody_with_a_place_gets_a_seat_and_the_news_once(store: Store) -> None:
    meeting = convened(store, capacity=70)
    people = sign_up(store, meeting.id, 72)
    assert store.write(workshops.seat_everyone, meeting.id, now=NOW) == 70
    found = seats(store, meeting.id)
    load = Counter(number for number, _ in found.values() if number)
    assert sorted(load.values()) == [10, 30, 30]
    assert len({seat for seat in found.values() if seat != (None, None)}) == 70
    assert told(store) == [one.person_id for one in people[:70]]
    assert store.write(workshops.seat_everyone, meeting.id, now=NOW + timedelta(minutes=1)) == 0
    assert seats(store, meeting.id) == found
    assert len(told(store)) == 70


def test_rooms_are_filled_alike(store: Store) -> None:
    meeting = convened(store, capacity=90)
    sign_up(store, meeting.id, 20)
    store.write(workshops.seat_everyone, meeting.id, now=NOW)
    assert sorted(Counter(number for number, _ in seats(store, meeting.id).values()).values()) == [6, 7, 7]


def test_people_sit_where_their_topics_are(store: Store) -> None:
    meeting = convened(store, capacity=8, workshops=TOPICS)
    people = sign_up(store, meeting.id, 6)
    for one in people[:3]:
        rank(store, one, 2)
    for one in people[3:]:
        rank(store, one, 1, 2)
    store.write(workshops.seat_everyone, meeting.id, now=NOW)
    found = seats(store, meeting.id)
    assert [found[one.id][0] for one in people] == [2, 2, 2, 1, 1, 1]


def test_a_need_is_met_where_a_workshop_offers_it(store: Store) -> None:
    meeting = convened(
        store,
        capacity=20,
        workshops=[{"capacity": 10}, {"capacity": 10, "features": ["wheelchair"]}],
        needs=["wheelchair"],
    )
    people = sign_up(store, meeting.id, 8)
    store.write(lambda session: session.add_all(Need(registration_id=one.id, need="wheelchair") for one in people[:3]))
    store.write(workshops.seat_everyone, meeting.id, now=NOW)
    found = seats(store, meeting.id)
    assert {found[one.id][0] for one in people[:3]} == {2}


@pytest.mark.parametrize(("state", "starts_in"), [("cancelled", timedelta(days=1)), ("convened", timedelta(0))])
def test_nobody_is_seated_in_a_meeting_that_is_off(store: Store, state: str, starts_in: timedelta) -> None:
    meeting = convened(store)
    sign_up(store, meeting.id, 2)

    def turn(session: Session) -> None:
        row = session.get_one(Meeting, meeting.id)
        row.state = state
        row.starts_at = NOW + starts_in

    store.write(turn)
    assert store.write(workshops.seat_everyone, meeting.id, now=NOW) == 0
    assert told(store) == []


def test_who_signs_up_after_is_seated_at_once_and_moves_nobody(store: Store) -> None:
    meeting = convened(store, capacity=8, workshops=TOPICS)
    sign_up(store, meeting.id, 5)
    store.write(workshops.seat_everyone, meeting.id, now=NOW)
    before = seats(store, meeting.id)
    late = sign_up(store, meeting.id, 3)
    after = seats(store, meeting.id)
    assert {key: after[key] for key in before} == before
    assert Counter(number for number, _ in after.values()) == {1: 4, 2: 4}
    place = store.read(registration.place, late[0].id, NOW)
    assert place
    assert (place.workshop_number, place.workshop_topic, place.workshop_room) in {
        (1, "Tarifas", "Aula 1"),
        (2, "Calidad", "Aula 2"),
    }


def test_a_seat_given_up_comes_back_with_the_place(store: Store) -> None:
    meeting = convened(store, capacity=8, workshops=TOPICS)
    people = sign_up(store, meeting.id, 3)
    for one in people:
        rank(store, one, 2)
    store.write(workshops.seat_everyone, meeting.id, now=NOW)
    before = seats(store, meeting.id)
    act(store, registration.cancel, people[1].id, people[1])
    assert seats(store, meeting.id)[people[1].id] == (None, None)
    act(store, registration.undo, people[1].id, people[1])
    assert seats(store, meeting.id) == before


def test_an_offer_taken_after_seating_gives_the_seat(store: Store) -> None:
    meeting = convened(store, capacity=8, workshops=TOPICS)
    people = sign_up(store, meeting.id, 9)
    store.write(workshops.seat_everyone, meeting.id, now=NOW)
    freed = seats(store, meeting.id)[people[0].id]
    act(store, registration.cancel, people[0].id, people[0])
    store.write(offers.lapse_due, meeting.id, NOW + HOLD)
    place = store.read(registration.place, people[8].id, NOW + HOLD)
    assert place
    assert place.offer_id
    act(store, offers.accept, place.offer_id, people[8], NOW + HOLD)
    assert seats(store, meeting.id)[people[8].id] == freed


def test_companions_who_come_late_sit_with_their_party(store: Store) -> None:
    meeting = convened(store, capacity=60)
    first, *_ = sign_up(store, meeting.id, 11)
    store.write(workshops.seat_everyone, meeting.id, now=NOW)

    def bring(session: Session) -> int:
        companion = Registration(
            meeting_id=meeting.id,
            party_id=first.party_id,
            state="registered",
            registered_at=NOW,
            attributes={},
            answered=[],
            registered_by=first.person_id,
        )
        session.add(companion)
        session.flush()
        workshops.seat_one(session, companion, now=NOW)
        return companion.id

    companion = store.write(bring)
    found = seats(store, meeting.id)
    assert found[companion][0] == found[first.id][0]


def three_couples(store: Store) -> tuple[Meeting, list[Registration]]:
    """Seat three couples in two rooms for three: one of the couples fits nowhere."""
    meeting = convened(store, capacity=6, workshops=[{"capacity": 3}, {"capacity": 3}])
    people = []
    for _ in range(3):
        people += sign_up(store, meeting.id)
        own = people[-1]
        assert own.person_id
        actor = Actor(own.person_id, "chat")
        store.write(parties.bring, own.id, 1, person_id=own.person_id, actor=actor, now=NOW)
    store.write(workshops.seat_everyone, meeting.id, now=NOW)
    return meeting, people


def test_a_couple_without_seats_has_those_that_come_free_before_a_newcomer(store: Store) -> None:
    meeting, people = three_couples(store)
    newcomer = sign_up(store, meeting.id)[0]
    left = next(one for one in people if seats(store, meeting.id)[one.id][0])
    act(store, registration.cancel, left.id, left)
    later = NOW + 2 * HOLD
    store.write(offers.lapse_due, meeting.id, later)
    offer_id = store.read(lambda session: session.scalars(select(Offer.id)).one())
    act(store, offers.accept, offer_id, newcomer, later)
    assert [one.id for one in [*people, newcomer] if seats(store, meeting.id)[one.id][0] is None] == [left.id]


def test_a_reminder_seats_a_couple_that_fits_by_now(store: Store) -> None:
    meeting, people = three_couples(store)
    left = next(one for one in people if seats(store, meeting.id)[one.id][0])
    act(store, registration.cancel, left.id, left)

    def remind(session: Session) -> None:
        agenda.schedule(session, session.get_one(Meeting, meeting.id), now=NOW)
        step = session.scalars(select(Agenda).where(Agenda.what == "3d")).one()
        due.run(session, step.id, now=step.due_at)

    store.write(remind)
    assert [one.id for one in people if seats(store, meeting.id)[one.id][0] is None] == [left.id]


def test_a_31st_seat_is_impossible_by_the_tables_too(store: Store) -> None:
    meeting = convened(store, capacity=30)
    one, other = sign_up(store, meeting.id, 2)
    store.write(workshops.seat_everyone, meeting.id, now=NOW)

    def force(session: Session, badge: int | None) -> None:
        session.get_one(Registration, other.id).badge = badge

    taken = seats(store, meeting.id)[one.id][1]
    for badge in (31, taken):
        with pytest.raises(IntegrityError):
            store.write(force, badge)


def test_where_no_seat_is_left_the_place_stands_and_says_so(store: Store) -> None:
    meeting = convened(store, capacity=4, workshops=[{"capacity": 2}])
    people = sign_up(store, meeting.id, 3)
    assert store.write(workshops.seat_everyone, meeting.id, now=NOW) == 2
    (unseated,) = (one for one in people if seats(store, meeting.id)[one.id] == (None, None))
    place = store.read(registration.place, unseated.id, NOW)
    assert place
    assert (place.state, place.workshop_number, place.late) == ("registered", None, True)
    assert unseated.person_id not in told(store)


def test_the_act_names_the_seed(store: Store) -> None:
    meeting = convened(store)
    sign_up(store, meeting.id, 2)
    store.write(workshops.seat_everyone, meeting.id, now=NOW)
    act_of = store.read(lambda session: session.scalars(select(Audit).where(Audit.act == "seat")).one())
    assert act_of.new == {"seated": 2, "unseated": 0, "seed": 0}
    assert store.read(lambda session: session.scalars(select(Party.choices)).all()) == [[], []]
