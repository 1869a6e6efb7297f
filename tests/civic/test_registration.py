"""Signing up: a place or a number, in a race too; giving up and coming back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civic import questions, registration, support
from civic.audit import Actor
from civic.errors import (
    AnswerUnclear,
    ConsentMissing,
    MeetingCancelled,
    MeetingStarted,
    MeetingUnknown,
    NothingOpen,
    PlaceGone,
    RegistrationUnknown,
)
from civic.places import HOLD
from civic.schema import Audit, Meeting, Party, Person, Registration
from civic.store import Store
from tests import factories
from tests.factories import NOW

SOON = timedelta(seconds=1)


def asked(session: Session, registration_id: int) -> str | None:
    row = session.get_one(Registration, registration_id)
    row.answered = [*row.answered, "companions"]  # which has tests of its own
    asked = questions.next_question(session, row, NOW)
    return asked[1] if asked else None


def sign_up(store: Store, meeting_id: int, person_id: int, *, now: Any = NOW, name: str = "María") -> Registration:
    return store.write(registration.register, meeting_id, person_id, name=name, actor=Actor(person_id, "chat"), now=now)


def act(store: Store, what: Any, one: Registration, *args: Any, now: Any = NOW) -> Registration:
    """Do something with a registration as the person whose it is."""
    actor = Actor(one.person_id, "chat")
    done: Registration = store.write(what, one.id, *args, person_id=one.person_id, actor=actor, now=now)
    return done


def look(store: Store, one: Registration, *, now: Any = NOW) -> registration.Place:
    place = store.read(registration.place, one.id, now)
    assert place is not None
    return place


def people(store: Store, number: int) -> list[int]:
    return store.write(lambda session: [factories.person(session).id for _ in range(number)])


def states(store: Store, meeting_id: int) -> dict[str, int]:
    def count(session: Session) -> dict[str, int]:
        rows = session.execute(
            select(Registration.state, func.count())
            .where(Registration.meeting_id == meeting_id)
            .group_by(Registration.state)
        )
        return dict(rows.all())

    return store.read(count)


def convened(store: Store, **columns: Any) -> Meeting:
    return store.write(lambda session: factories.meeting(session, **columns))


def full(store: Store, **columns: Any) -> tuple[Meeting, list[Registration]]:
    """Fill a meeting of two places, with one more waiting."""
    meeting = convened(store, **{"capacity": 2, **columns})
    return meeting, [sign_up(store, meeting.id, person) for person in people(store, 3)]


def test_register_gives_a_place_and_a_code(store: Store) -> None:
    meeting = convened(store)
    (maria,) = people(store, 1)
    one = sign_up(store, meeting.id, maria)
    place = look(store, one)
    assert (place.state, place.name, place.position, place.card.code) == ("registered", "María", None, "agua")
    assert place.code is not None
    assert len(place.code) == 8
    assert not set(place.code) & set("0O1IL2Z5S8BUV")
    assert place.card.places_left == 59


def test_register_when_full_joins_the_waiting_list(store: Store) -> None:
    _, (_, _, third) = full(store)
    place = look(store, third)
    assert (place.state, place.position, place.card.places_left) == ("waiting", 1, 0)


def test_register_twice_is_once(store: Store) -> None:
    meeting, (first, _, third) = full(store)
    for one in (first, third):
        assert one.person_id
        assert sign_up(store, meeting.id, one.person_id).id == one.id
    assert states(store, meeting.id) == {"registered": 2, "waiting": 1}


def test_300_at_once_for_40_places_with_double_taps(store: Store) -> None:
    meeting = convened(store, capacity=40)
    ids = people(store, 300)
    with ThreadPoolExecutor(16) as taps:
        done = list(taps.map(lambda person: sign_up(store, meeting.id, person), [*ids, *ids[::7]]))
    assert len({one.id for one in done}) == 300
    assert states(store, meeting.id) == {"registered": 40, "waiting": 260}

    def line(session: Session) -> list[tuple[int | None, int | None]]:
        waiting = session.scalars(
            select(Registration).where(Registration.state == "waiting").order_by(Registration.queue_number)
        )
        return [(one.queue_number, registration.position(session, one)) for one in waiting]

    assert store.read(line) == [(number, number) for number in range(1, 261)]


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ({"state": "draft"}, MeetingUnknown),
        ({"state": "cancelled"}, MeetingCancelled),
        ({"starts_in": timedelta(0)}, MeetingStarted),
    ],
)
def test_a_meeting_that_is_not_open_takes_nobody(
    store: Store, columns: dict[str, Any], problem: type[Exception]
) -> None:
    meeting = convened(store, **columns)
    (maria,) = people(store, 1)
    with pytest.raises(problem):
        sign_up(store, meeting.id, maria)


def test_register_needs_the_consent_for_every_entity(store: Store) -> None:
    meeting = convened(store)
    maria = store.write(lambda session: factories.person(session, consented=False))
    with pytest.raises(ConsentMissing):
        sign_up(store, meeting.id, maria.id)
    assert states(store, meeting.id) == {}


def test_reserved_places_are_free_from_their_date_on(store: Store) -> None:
    until = NOW + timedelta(days=3)
    meeting = convened(store, capacity=2, reserved=2, reserved_until=until)
    one, other = people(store, 2)
    assert sign_up(store, meeting.id, one, now=until - SOON).state == "waiting"
    store.write(_silence, one)
    assert sign_up(store, meeting.id, other, now=until).state == "registered"


def _silence(session: Session, person_id: int) -> None:
    session.get_one(Person, person_id).tell = "nothing"


def test_a_place_given_up_is_held_for_two_minutes(store: Store) -> None:
    meeting, (first, second, _) = full(store)
    act(store, registration.cancel, first)
    assert look(store, first).undo_until == NOW + HOLD
    (late,) = people(store, 1)
    assert sign_up(store, meeting.id, late, now=NOW + HOLD - SOON).state == "waiting"
    assert act(store, registration.undo, first, now=NOW + HOLD - SOON).state == "registered"
    assert look(store, second).card.places_left == 0


def test_undo_later_brings_back_what_nobody_else_has(store: Store) -> None:
    meeting = convened(store, capacity=2)
    one = sign_up(store, meeting.id, people(store, 1)[0])
    act(store, registration.cancel, one)
    later = NOW + timedelta(days=1)
    assert look(store, one, now=later).undo_until is None
    assert act(store, registration.undo, one, now=later).state == "registered"


def test_undo_later_never_takes_it_from_who_waits_and_may_be_offered_it(store: Store) -> None:
    _, (first, _, third) = full(store)
    act(store, registration.cancel, first)
    with pytest.raises(PlaceGone):
        act(store, registration.undo, first, now=NOW + HOLD)
    assert look(store, first, now=NOW + HOLD).state == "cancelled"
    assert third.person_id
    store.write(_silence, third.person_id)  # whom nothing is offered
    assert act(store, registration.undo, first, now=NOW + HOLD).state == "registered"


def test_undo_restores_a_position_on_the_list(store: Store) -> None:
    meeting, (_, _, third) = full(store)
    fourth = sign_up(store, meeting.id, people(store, 1)[0])
    act(store, registration.cancel, third)
    assert look(store, fourth).position == 1
    assert act(store, registration.undo, third, now=NOW + SOON).state == "waiting"
    assert [look(store, one).position for one in (third, fourth)] == [1, 2]
    act(store, registration.cancel, third)
    with pytest.raises(PlaceGone):
        act(store, registration.undo, third, now=NOW + HOLD)


def test_signing_up_again_within_two_minutes_is_undoing(store: Store) -> None:
    meeting, (first, _, third) = full(store)
    for one, was in ((first, "registered"), (third, "waiting")):
        act(store, registration.cancel, one)
        assert one.person_id
        back = sign_up(store, meeting.id, one.person_id, now=NOW + SOON)
        assert (back.id, back.state, back.code) == (one.id, was, one.code)


def test_coming_back_later_is_coming_anew(store: Store) -> None:
    meeting, (_, _, third) = full(store)
    fourth = sign_up(store, meeting.id, people(store, 1)[0])
    act(store, registration.cancel, third)
    assert third.person_id
    again = sign_up(store, meeting.id, third.person_id, now=NOW + HOLD)
    assert (again.id, again.code) == (third.id, third.code)
    assert [look(store, one).position for one in (fourth, again)] == [1, 2]


def test_cancel_twice_is_once(store: Store) -> None:
    _, (first, *_) = full(store)
    act(store, registration.cancel, first)
    act(store, registration.cancel, first, now=NOW + SOON)
    assert look(store, first).undo_until == NOW + HOLD


def test_nothing_changes_once_the_meeting_has_started(store: Store) -> None:
    meeting, (first, *_) = full(store)
    for what in (registration.cancel, registration.confirm):
        with pytest.raises(MeetingStarted):
            act(store, what, first, now=meeting.starts_at)
    store.write(lambda session: setattr(session.get_one(Registration, first.id), "state", "attended"))
    with pytest.raises(MeetingStarted):
        act(store, registration.cancel, first, now=meeting.ends_at)


def test_nobody_touches_another_persons_registration(store: Store) -> None:
    _, (first, second, _) = full(store)
    assert second.person_id
    with pytest.raises(RegistrationUnknown):
        store.write(
            registration.cancel, first.id, person_id=second.person_id, actor=Actor(second.person_id, "chat"), now=NOW
        )
    assert look(store, first).state == "registered"


def test_confirming_counts_for_the_meeting_as_it_is(store: Store) -> None:
    meeting, (first, _, third) = full(store)
    act(store, registration.confirm, first)
    assert look(store, first).confirmed
    store.write(_next_version, meeting.id)
    assert not look(store, first).confirmed
    with pytest.raises(RegistrationUnknown):
        act(store, registration.confirm, third)


def _next_version(session: Session, meeting_id: int) -> None:
    session.get_one(Meeting, meeting_id).version += 1


def test_questions_are_open_until_answered_or_skipped(store: Store) -> None:
    meeting = convened(
        store,
        workshops=[{"capacity": 30, "topic": "Tarifas"}, {"capacity": 30, "topic": "Calidad"}],
        attributes={"zone": ["urbana", "rural"], "age_band": ["18-28", "60+"]},
    )
    one = sign_up(store, meeting.id, people(store, 1)[0])

    def question() -> str | None:
        return store.read(lambda session: asked(session, one.id))

    assert question() == "name"
    act(store, questions.answer_name, one, "  Mari  \n Luz ")
    assert question() == "topics"
    act(store, questions.answer_topics, one, [2, 1])
    assert question() == "attr:zone"
    act(store, questions.answer_attribute, one, "zone", "rural")
    assert question() == "attr:age_band"
    act(store, questions.answer_attribute, one, "age_band", None)
    assert question() == "phone"
    act(store, support.skip, one, "phone")
    assert question() is None

    def kept(session: Session) -> tuple[Any, ...]:
        row = session.get_one(Registration, one.id)
        return row.name, session.get_one(Party, row.party_id).choices, row.attributes

    assert store.read(kept) == ("Mari Luz", [2, 1], {"zone": "rural"})
    act(store, questions.answer_topics, one, None)
    act(store, questions.answer_attribute, one, "zone", None)
    assert store.read(kept) == ("Mari Luz", [], {})


def test_a_meeting_without_topics_asks_for_none(store: Store) -> None:
    _, (first, *_) = full(store)
    act(store, questions.answer_name, first, None)
    assert store.read(lambda session: asked(session, first.id)) == "phone"
    assert look(store, first).name == "María"


@pytest.mark.parametrize(
    ("what", "args"),
    [
        (questions.answer_name, (" \n ",)),
        (questions.answer_name, ("x" * 81,)),
        (questions.answer_name, ("5",)),
        (questions.answer_topics, ([3],)),
        (questions.answer_topics, ([1, 1],)),
        (questions.answer_attribute, ("zone", "luna")),
        (questions.answer_attribute, ("shoe_size", "40")),
    ],
)
def test_an_answer_that_is_none_of_the_options_changes_nothing(store: Store, what: Any, args: tuple[Any, ...]) -> None:
    meeting = convened(
        store,
        workshops=[{"capacity": 30, "topic": "Tarifas"}, {"capacity": 30, "topic": "Calidad"}],
        attributes={"zone": ["urbana", "rural"]},
    )
    one = sign_up(store, meeting.id, people(store, 1)[0])
    with pytest.raises(AnswerUnclear):
        act(store, what, one, *args)
    assert store.read(lambda session: session.get_one(Registration, one.id).answered) == []


def test_topics_are_ranked_until_one_is_seated(store: Store) -> None:
    meeting = convened(store, workshops=[{"capacity": 30, "topic": "Tarifas"}, {"capacity": 30, "topic": "Calidad"}])
    store.write(_seated_before, meeting.id)
    one = sign_up(store, meeting.id, people(store, 1)[0])
    with pytest.raises(NothingOpen):
        act(store, questions.answer_topics, one, [1])


def _seated_before(session: Session, meeting_id: int) -> None:
    session.get_one(Meeting, meeting_id).seating = 1


def test_acts_are_on_record_without_anybodys_data(store: Store) -> None:
    meeting = convened(store)
    one = sign_up(store, meeting.id, people(store, 1)[0], name="Nombre Secreto")
    act(store, questions.answer_name, one, "Otro Nombre")
    act(store, registration.cancel, one)

    def acts(session: Session) -> list[Audit]:
        return list(session.scalars(select(Audit).where(Audit.subject == f"r{one.id}").order_by(Audit.id)))

    rows = store.read(acts)
    assert [row.act for row in rows] == ["register", "answer", "cancel"]
    assert {row.actor_id for row in rows} == {one.person_id}
    assert "Nombre" not in str([(row.old, row.new) for row in rows])


def test_active_registrations_end_with_their_meeting(store: Store) -> None:
    meeting, (first, _, third) = full(store)
    ends = meeting.ends_at

    def held(who: Registration, now: Any, over_for: timedelta = timedelta()) -> list[int]:
        found = store.read(registration.active_of, who.person_id, now, over_for=over_for)
        return [each.id for each in found]

    assert held(first, NOW) == [first.id]
    assert held(third, NOW) == [third.id]
    assert held(first, ends) == []
    assert held(first, ends, timedelta(days=1)) == [first.id]
    act(store, registration.cancel, first)
    assert held(first, NOW) == []
    assert store.read(registration.active_of, None, NOW) == []
