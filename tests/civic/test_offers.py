"""Offers: to whom, for how long; taken, declined, let lapse; against newcomers and each other."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import leaving, offers, places, registration
from civic.audit import Actor
from civic.daytime import daytime_between
from civic.errors import MeetingStarted, OfferGone, PlaceGone, Problem, RegistrationUnknown
from civic.offers import Waiting, choose_offers, lasts_until
from civic.places import HOLD
from civic.schema import Meeting, Offer, Outbox, Person, Registration
from civic.store import Store
from tests import factories
from tests.factories import NOW

SOON = timedelta(seconds=1)
FREED = NOW + HOLD
BOGOTA = "America/Bogota"


def people(store: Store, number: int) -> list[int]:
    return store.write(lambda session: [factories.person(session).id for _ in range(number)])


def sign_up(store: Store, meeting_id: int, person_id: int, now: datetime = NOW) -> Registration:
    return store.write(
        registration.register, meeting_id, person_id, name="María", actor=Actor(person_id, "chat"), now=now
    )


def full(store: Store, waiting: int = 2, *, capacity: int = 2, **columns: Any) -> tuple[Meeting, list[Registration]]:
    """Fill a meeting, with some more waiting."""
    meeting = store.write(lambda session: factories.meeting(session, capacity=capacity, **columns))
    return meeting, [sign_up(store, meeting.id, person) for person in people(store, capacity + waiting)]


def cancel(store: Store, one: Registration, now: datetime = NOW) -> None:
    assert one.person_id
    actor = Actor(one.person_id, "chat")
    store.write(registration.cancel, one.id, person_id=one.person_id, actor=actor, now=now)


def answer(store: Store, what: Any, offer_id: int, one: Registration, now: datetime) -> Registration:
    actor = Actor(one.person_id, "chat")
    done: Registration = store.write(what, offer_id, person_id=one.person_id, actor=actor, now=now)
    return done


def tick(store: Store, now: datetime) -> None:
    """Do what the clock does."""
    for meeting_id in store.read(offers.meetings_to_serve, now):
        store.write(offers.lapse_due, meeting_id, now)
    assert store.read(offers.meetings_to_serve, now) == []


def look(store: Store, one: Registration, now: datetime = NOW) -> registration.Place:
    place = store.read(registration.place, one.id, now)
    assert place is not None
    return place


def all_offers(store: Store) -> list[Offer]:
    return store.read(lambda session: list(session.scalars(select(Offer).order_by(Offer.id))))


def owed(store: Store, kind: str) -> list[tuple[int | None, Any]]:
    def rows(session: Session) -> list[tuple[int | None, Any]]:
        found = session.scalars(select(Outbox).where(Outbox.kind == kind).order_by(Outbox.id))
        return [(row.person_id, row.params) for row in found]

    return store.read(rows)


def change(store: Store, person_id: int | None, **columns: Any) -> None:
    def turn(session: Session) -> None:
        for name, value in columns.items():
            setattr(session.get_one(Person, person_id), name, value)

    store.write(turn)


def offered(store: Store, waiting: int = 2, **columns: Any) -> tuple[Meeting, list[Registration], Offer]:
    """Fill a meeting, let the first leave, and offer the place to the first who waits."""
    meeting, everybody = full(store, waiting, **columns)
    cancel(store, everybody[0])
    tick(store, FREED)
    (offer,) = all_offers(store)
    return meeting, everybody, offer


@pytest.mark.parametrize("columns", [{}, {"reserved": 1}, {"reserved": 1, "reserved_until": NOW + HOLD}])
@pytest.mark.parametrize("left", [0, 1])
def test_what_is_free_where_people_wait_is_what_a_tally_says(store: Store, columns: Any, left: int) -> None:
    meeting, everybody = full(store, capacity=3, **columns)
    full(store, 0, code="sin-lista")
    for one in everybody[:left]:
        cancel(store, one)
    for now in (NOW, FREED - SOON, FREED, meeting.starts_at):
        free = store.read(places.free, meeting, now)
        said = store.read(places.free_where_awaited, now)
        assert said == ({meeting.id: free} if free and now < meeting.starts_at else {})


def test_a_freed_place_goes_to_the_first_who_waits_when_its_hold_ends(store: Store) -> None:
    meeting, (first, _, third, fourth) = full(store)
    cancel(store, first)
    assert store.read(offers.next_due, NOW) == FREED
    tick(store, FREED - SOON)
    assert all_offers(store) == []
    tick(store, FREED)
    (offer,) = all_offers(store)
    assert owed(store, "offer") == [(third.person_id, {"offer": offer.id})]
    place = look(store, third)
    assert (place.state, place.offer_id, place.offer_expires_at) == ("offered", offer.id, offer.expires_at)
    assert look(store, fourth).state == "waiting"
    assert look(store, fourth).card.places_left == 0
    assert store.read(offers.next_due, FREED) == offer.expires_at < meeting.starts_at


def test_a_newcomer_never_overtakes_who_waits(store: Store) -> None:
    meeting, (first, _, third, _) = full(store)
    cancel(store, first)
    newcomer = sign_up(store, meeting.id, people(store, 1)[0], FREED)
    assert [look(store, one).state for one in (third, newcomer)] == ["offered", "waiting"]


def test_taking_an_offer_gives_the_place_once(store: Store) -> None:
    _, (_, _, third, fourth), offer = offered(store)
    for _ in range(2):
        assert answer(store, offers.accept, offer.id, third, FREED).state == "registered"
    assert look(store, fourth).position == 1
    with pytest.raises(OfferGone):
        answer(store, leaving.decline, offer.id, third, FREED)


def test_declining_leaves_the_list_and_the_place_goes_on_after_its_hold(store: Store) -> None:
    _, (_, _, third, fourth), offer = offered(store)
    for _ in range(2):
        assert answer(store, leaving.decline, offer.id, third, FREED).state == "cancelled"
    assert look(store, third, FREED).undo_until == FREED + HOLD
    assert look(store, third, FREED).offer_id == offer.id
    tick(store, FREED + HOLD - SOON)
    assert look(store, fourth).state == "waiting"
    tick(store, FREED + HOLD)
    assert look(store, fourth).state == "offered"
    with pytest.raises(OfferGone):
        answer(store, offers.accept, offer.id, third, FREED + HOLD)


@pytest.mark.parametrize("way", ["unpass", "back", "sign up again"])
def test_declining_can_be_undone(store: Store, way: str) -> None:
    meeting, (_, _, third, _), offer = offered(store)
    answer(store, leaving.decline, offer.id, third, FREED)
    now = FREED + HOLD - SOON
    if way == "unpass":
        answer(store, leaving.undo_decline, offer.id, third, now)
    elif way == "back":
        answer(store, lambda session, _, **named: registration.undo(session, third.id, **named), offer.id, third, now)
    else:
        assert third.person_id
        sign_up(store, meeting.id, third.person_id, now)
    place = look(store, third)
    assert (place.state, place.offer_id, place.position) == ("offered", offer.id, 1)
    assert answer(store, offers.accept, offer.id, third, now).state == "registered"


def test_cancelling_while_an_offer_is_open_is_declining_it(store: Store) -> None:
    _, (_, _, third, _), offer = offered(store)
    cancel(store, third, FREED)
    assert [each.state for each in all_offers(store)] == ["declined"]
    assert answer(store, leaving.undo_decline, offer.id, third, FREED + SOON).state == "offered"


def test_a_decline_cannot_be_undone_once_the_next_is_asked(store: Store) -> None:
    _, (_, _, third, _), offer = offered(store)
    answer(store, leaving.decline, offer.id, third, FREED)
    tick(store, FREED + HOLD)
    with pytest.raises(PlaceGone):
        answer(store, leaving.undo_decline, offer.id, third, FREED + HOLD)


def test_an_undo_that_waited_its_turn_past_the_hold_overbooks_nothing(store: Store) -> None:
    _, (first, _, third, fourth), offer = offered(store)
    with pytest.raises(PlaceGone):
        answer(store, lambda session, _, **named: registration.undo(session, first.id, **named), 0, first, FREED - SOON)
    answer(store, leaving.decline, offer.id, third, FREED)
    tick(store, FREED + HOLD)
    with pytest.raises(PlaceGone):
        answer(store, leaving.undo_decline, offer.id, third, FREED + HOLD - SOON)
    assert look(store, fourth).state == "offered"
    _check_capacity(store)


def test_leaving_the_list_after_an_offer_lapsed(store: Store) -> None:
    _, (_, _, third, fourth), offer = offered(store)
    tick(store, offer.expires_at)
    for _ in range(2):
        assert answer(store, leaving.decline, offer.id, third, offer.expires_at).state == "cancelled"
    assert look(store, fourth).position == 1


def test_old_buttons_change_nothing(store: Store) -> None:
    meeting, (_, _, third, _), offer = offered(store)
    answer(store, leaving.decline, offer.id, third, FREED)
    later = FREED + timedelta(hours=1)
    assert third.person_id
    assert sign_up(store, meeting.id, third.person_id, later).state == "waiting"
    for what in (offers.accept, leaving.decline):
        with pytest.raises(OfferGone):
            answer(store, what, offer.id, third, later)
    assert look(store, third).state == "waiting"


def test_a_decline_can_be_undone_later_while_nobody_else_waits(store: Store) -> None:
    _, (_, _, third), offer = offered(store, waiting=1)
    answer(store, leaving.decline, offer.id, third, FREED)
    tick(store, FREED + HOLD)
    assert answer(store, leaving.undo_decline, offer.id, third, FREED + timedelta(hours=1)).state == "offered"


def test_an_offer_that_lapses_keeps_the_position_and_says_so(store: Store) -> None:
    _, (_, _, third, fourth), offer = offered(store)
    tick(store, offer.expires_at - SOON)
    assert look(store, third).state == "offered"
    tick(store, offer.expires_at)
    assert owed(store, "lapsed") == [(third.person_id, {"offer": offer.id})]
    assert [look(store, one).position for one in (third, fourth)] == [1, 2]
    assert [look(store, one).state for one in (third, fourth)] == ["waiting", "offered"]


def test_a_silent_person_stops_nobody_and_is_asked_again_after_everybody(store: Store) -> None:
    _, (_, _, third, fourth), first_offer = offered(store)
    tick(store, first_offer.expires_at)
    second_offer = all_offers(store)[-1]
    tick(store, second_offer.expires_at)
    assert look(store, third).state == "offered"
    assert look(store, fourth).state == "waiting"


def test_an_answer_that_comes_too_late_is_no_silence(store: Store) -> None:
    _, (_, _, third, fourth), offer = offered(store)
    tick(store, offer.expires_at)
    late = answer(store, offers.accept, offer.id, third, offer.expires_at + SOON)
    assert (late.state, look(store, third).position) == ("waiting", 1)
    assert all_offers(store)[0].state == "excused"
    answer(store, leaving.decline, all_offers(store)[-1].id, fourth, offer.expires_at + SOON)
    tick(store, offer.expires_at + SOON + HOLD)
    assert look(store, third).state == "offered"


def test_who_answers_late_gets_what_is_still_free(store: Store) -> None:
    _, (_, _, third), offer = offered(store, waiting=1)
    assert answer(store, offers.accept, offer.id, third, offer.expires_at).state == "registered"
    assert [each.state for each in all_offers(store)] == ["excused", "accepted"]


@pytest.mark.parametrize(
    "columns",
    [{"tell": "nothing"}, {"tell": "changes"}, {"unreachable_since": NOW}, {"chat_id": None}],
)
def test_who_cannot_be_told_is_passed_over_and_keeps_the_position(store: Store, columns: dict[str, Any]) -> None:
    _, (first, _, third, fourth) = full(store)
    change(store, third.person_id, **columns)
    cancel(store, first)
    tick(store, FREED)
    assert [look(store, one).state for one in (third, fourth)] == ["waiting", "offered"]
    assert look(store, third).position == 1


def test_a_place_that_nobody_can_be_told_of_is_a_newcomers(store: Store) -> None:
    meeting, (first, _, third) = full(store, waiting=1)
    change(store, third.person_id, tell="nothing")
    cancel(store, first)
    tick(store, FREED)
    assert sign_up(store, meeting.id, people(store, 1)[0], FREED).state == "registered"


def test_who_is_told_again_is_offered_what_is_free(store: Store) -> None:
    _, (first, _, third) = full(store, waiting=1)
    change(store, third.person_id, tell="nothing")
    cancel(store, first)
    tick(store, FREED)
    change(store, third.person_id, tell="all")
    assert store.read(offers.next_due, FREED + SOON) == FREED + SOON
    tick(store, FREED + SOON)
    assert look(store, third).state == "offered"


def test_no_offer_outlives_the_start(store: Store) -> None:
    meeting, (_, _, third, _), offer = offered(store, starts_in=timedelta(hours=1))
    assert offer.expires_at == meeting.starts_at
    with pytest.raises(MeetingStarted):
        answer(store, offers.accept, offer.id, third, meeting.starts_at)
    tick(store, meeting.starts_at)
    assert [each.state for each in all_offers(store)] == ["lapsed"]
    assert owed(store, "lapsed") == []
    assert store.read(offers.next_due, meeting.starts_at) is None


def test_nobody_answers_another_persons_offer(store: Store) -> None:
    _, (_, _, _, fourth), offer = offered(store)
    with pytest.raises(RegistrationUnknown):
        answer(store, offers.accept, offer.id, fourth, FREED)


def test_a_reservation_that_ends_serves_the_list(store: Store) -> None:
    until = NOW + timedelta(days=3)
    meeting = store.write(lambda session: factories.meeting(session, capacity=1, reserved=1, reserved_until=until))
    one = sign_up(store, meeting.id, people(store, 1)[0])
    assert store.read(offers.next_due, NOW) == until
    tick(store, until)
    assert look(store, one).state == "offered"


def test_accepting_and_lapsing_at_once_one_wins(store: Store) -> None:
    _, everybody = full(store, waiting=8, capacity=8)
    for one in everybody[:8]:
        cancel(store, one)
    tick(store, FREED)
    made = all_offers(store)
    assert len(made) == 8
    end = made[0].expires_at
    acts: list[Callable[[], object]] = []
    for offer, one in zip(made, everybody[8:], strict=True):
        acts.append(partial(answer, store, offers.accept, offer.id, one, end - SOON))
        acts.append(partial(store.write, offers.lapse_due, offer.meeting_id, end))
    _race(acts)
    for offer, one in zip(made, everybody[8:], strict=True):
        (state,) = (each.state for each in all_offers(store) if each.id == offer.id)
        assert (state, look(store, one).state) in {
            ("accepted", "registered"),
            ("excused", "registered"),  # it lapsed first; what was free was offered and taken again
            ("excused", "waiting"),
            ("lapsed", "offered"),
        }
    _check_capacity(store)


def test_cancels_newcomers_offers_and_answers_at_once_never_overbook(store: Store) -> None:
    meeting, everybody = full(store, waiting=20, capacity=10)
    for one in everybody[:5]:
        cancel(store, one)
    tick(store, FREED)
    by_party = {one.party_id: one for one in everybody}
    acts: list[Callable[[], object]] = []
    for number, offer in enumerate(all_offers(store)):
        what = offers.accept if number % 2 else leaving.decline
        one = by_party[offer.party_id]
        acts += [partial(answer, store, what, offer.id, one, FREED)] * 2
    acts += [partial(cancel, store, one, FREED) for one in everybody[5:8]]
    acts += [partial(sign_up, store, meeting.id, person, FREED) for person in people(store, 10)]
    acts += [partial(store.write, offers.lapse_due, meeting.id, FREED)] * 3
    _race(acts)
    _check_capacity(store)
    tick(store, FREED + HOLD)
    _check_capacity(store)
    held = store.read(lambda session: [one.state for one in session.scalars(select(Registration))])
    assert sum(state in {"registered", "offered"} for state in held) == 10


def _race(acts: list[Callable[[], object]]) -> None:
    def attempt(doing: Callable[[], object]) -> None:
        try:
            doing()
        except Problem:
            return

    with ThreadPoolExecutor(8) as at_once:
        list(at_once.map(attempt, acts))


def _check_capacity(store: Store) -> None:
    def rows(session: Session) -> tuple[int, list[Registration]]:
        return session.scalars(select(Meeting.capacity)).one(), list(session.scalars(select(Registration)))

    capacity, registrations = store.read(rows)
    assert sum(one.state in {"registered", "offered"} for one in registrations) <= capacity
    parties = {one.party_id for one in registrations if one.state == "offered"}
    assert parties == {offer.party_id for offer in all_offers(store) if offer.state == "open"}


@pytest.mark.parametrize(
    ("made", "starts", "zone", "expected"),
    [
        # 20 days of 12 daytime hours are left: a quarter is over 24 h of them, so two whole days of daytime
        ("2026-11-01T15:00", "2026-11-21T14:00", BOGOTA, "2026-11-03T15:00"),
        # 4 daytime days: 12 daytime hours
        ("2026-11-01T15:00", "2026-11-05T15:00", BOGOTA, "2026-11-02T15:00"),
        # at 22:00, the start at 14:00: 6 daytime hours are left, a quarter is under 2, which begin at 8:00
        ("2026-11-02T03:00", "2026-11-02T19:00", BOGOTA, "2026-11-02T15:00"),
        # at 19:00: an hour that evening, the second in the morning
        ("2026-11-02T00:00", "2026-11-02T15:00", BOGOTA, "2026-11-02T14:00"),
        # an hour before the start
        ("2026-11-02T14:00", "2026-11-02T15:00", BOGOTA, "2026-11-02T15:00"),
        # Madrid sets its clocks back that night: 20:00 is an hour later in UTC, the daytime as long
        ("2026-10-24T16:00", "2026-11-20T09:00", "Europe/Madrid", "2026-10-26T17:00"),
    ],
)
def test_how_long_an_offer_holds(made: str, starts: str, zone: str, expected: str) -> None:
    at, start, until = (datetime.fromisoformat(moment).replace(tzinfo=UTC) for moment in (made, starts, expected))
    assert lasts_until(at, start, zone) == until


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds it
    st.timedeltas(timedelta(minutes=1), timedelta(days=60)),
    st.sampled_from([BOGOTA, "Europe/Madrid", "America/New_York", "Australia/Lord_Howe"]),
)
def test_an_offer_holds_2_to_24_daytime_hours_or_until_the_start(made: datetime, ahead: timedelta, zone: str) -> None:
    until = lasts_until(made, made + ahead, zone)
    daytime = daytime_between(made, until, zone)
    assert made <= until <= made + ahead
    assert daytime <= timedelta(hours=24)
    assert until == made + ahead or daytime >= timedelta(hours=2)


@given(st.integers(0, 20), st.lists(st.builds(Waiting, st.integers(), st.integers(1, 6), st.booleans()), max_size=20))
def test_choosing_offers_takes_the_first_that_fit(free: int, line: list[Waiting]) -> None:
    chosen = choose_offers(free, line)
    assert sum(size for _, size in chosen) <= free
    left = free
    expected = []
    for party in line:
        fits = party.size <= left or (party.takes_any and left > 0)
        if fits:
            expected.append((party.party_id, min(party.size, left)))
            left -= min(party.size, left)
    assert chosen == expected
