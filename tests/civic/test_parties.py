"""Parties: companions held, dropped, named, taken over by the link; against the last places and each other."""

import itertools
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civic import invitations, leaving, offers, parties, places, privacy, registration, workshops
from civic.audit import Actor
from civic.errors import (
    AnswerUnclear,
    CompanionTaken,
    ConsentMissing,
    LinkUnknown,
    MeetingStarted,
    PartyFull,
    PlaceGone,
    Problem,
    RegistrationUnknown,
)
from civic.places import HOLD
from civic.schema import Audit, Meeting, Offer, Outbox, Party, Person, Registration
from civic.store import Store
from tests import factories
from tests.factories import NOW

FREED = NOW + HOLD
SOON = timedelta(seconds=1)
_codes = itertools.count(1)


def convened(store: Store, capacity: int = 10, **columns: Any) -> Meeting:
    return store.write(lambda session: factories.meeting(session, capacity=capacity, **columns))


def people(store: Store, number: int) -> list[int]:
    return store.write(lambda session: [factories.person(session).id for _ in range(number)])


def sign_up(store: Store, meeting: Meeting, person_id: int | None = None, now: datetime = NOW) -> Registration:
    who = people(store, 1)[0] if person_id is None else person_id
    return store.write(registration.register, meeting.id, who, name="María", actor=Actor(who, "chat"), now=now)


def act(store: Store, what: Any, one: Registration, *args: Any, now: datetime = NOW, **named: Any) -> Any:
    """Do something as the person of a registration; what it is done with goes first."""
    actor = Actor(one.person_id, "chat")
    return store.write(what, *args, person_id=one.person_id, actor=actor, now=now, **named)


def bring(store: Store, one: Registration, companions: int, takes: Any = None, now: datetime = NOW) -> str | None:
    asked: str | None = act(store, parties.bring, one, one.id, companions, takes=takes, now=now)
    return asked


def family(store: Store, meeting: Meeting, companions: int, takes: Any = None) -> list[Registration]:
    """Sign somebody up with so many companions; give them all, herself first."""
    one = sign_up(store, meeting)
    assert bring(store, one, companions, takes) is None
    return party(store, one)


def party(store: Store, one: Registration) -> list[Registration]:
    """Give everybody who was ever in a party, in the order in which they came."""
    return store.read(
        lambda session: list(
            session.scalars(select(Registration).where(Registration.party_id == one.party_id).order_by(Registration.id))
        )
    )


def states(store: Store, one: Registration) -> list[str]:
    return [each.state for each in party(store, one)]


def position(store: Store, one: Registration) -> int | None:
    return store.read(lambda session: places.position(session, session.get_one(Registration, one.id)))


def link(store: Store, one: Registration) -> str:
    return store.read(lambda session: session.get_one(Party, one.party_id).link)


def join(store: Store, by_link: str, person_id: int, companion: int | None = None, now: datetime = NOW) -> Registration:
    return store.write(
        invitations.join,
        by_link,
        companion,
        person_id=person_id,
        name="Ana",
        actor=Actor(person_id, "chat"),
        now=now,
    )


def tick(store: Store, now: datetime) -> None:
    for meeting_id in store.read(offers.meetings_to_serve, now):
        store.write(offers.lapse_due, meeting_id, now)


def open_offers(store: Store) -> list[Offer]:
    return store.read(lambda session: list(session.scalars(select(Offer).where(Offer.state == "open"))))


def owed(store: Store, kind: str) -> list[int | None]:
    return store.read(
        lambda session: list(
            session.scalars(select(Outbox.person_id).where(Outbox.kind == kind).order_by(Outbox.person_id))
        )
    )


def test_companions_have_places_and_codes_of_their_own(store: Store) -> None:
    one, *others = family(store, convened(store), 3)
    assert states(store, one) == ["registered"] * 4
    assert len({each.code for each in (one, *others)}) == 4
    assert {(each.person_id, each.name, each.registered_by) for each in others} == {(None, None, one.person_id)}


def test_the_number_is_of_all_so_that_a_second_tap_changes_nothing(store: Store) -> None:
    one, *_ = family(store, convened(store), 2)
    assert bring(store, one, 2) is None
    assert states(store, one) == ["registered"] * 3
    assert bring(store, one, 3) is None
    assert states(store, one) == ["registered"] * 4


def test_fewer_places_than_companions_change_nothing_until_she_chose(store: Store) -> None:
    one = sign_up(store, convened(store, 2))
    assert bring(store, one, 2) == "split"
    assert states(store, one) == ["registered"]


@pytest.mark.parametrize(
    ("takes", "expected"),
    [("together", ["registered", "waiting", "waiting"]), ("any", ["registered", "registered", "waiting"])],
)
def test_the_last_place_meets_a_couple(store: Store, takes: str, expected: list[str]) -> None:
    one, *others = family(store, convened(store, 2), 2, takes)
    assert states(store, one) == expected
    assert [position(store, each) for each in others if each.state == "waiting"] == [1, 2][: expected.count("waiting")]


def test_with_none_left_they_wait_with_one_number_and_she_keeps_her_place(store: Store) -> None:
    one, first, second = family(store, convened(store, 1), 2)
    assert states(store, one) == ["registered", "waiting", "waiting"]
    assert first.queue_number == second.queue_number == 1


def test_who_waits_is_joined_by_her_companions_at_her_number(store: Store) -> None:
    meeting = convened(store, 1)
    sign_up(store, meeting)
    one = sign_up(store, meeting)
    later = sign_up(store, meeting)
    bring(store, one, 2)
    assert {each.queue_number for each in party(store, one)} == {1}
    assert [position(store, each) for each in party(store, one)] == [1, 2, 3]
    assert position(store, later) == 4


def test_newcomers_and_companions_never_pass_the_line(store: Store) -> None:
    meeting = convened(store, 2)
    one, gone = sign_up(store, meeting), sign_up(store, meeting)
    first = sign_up(store, meeting)
    act(store, registration.cancel, gone, gone.id)
    bring(store, one, 1, now=FREED)
    assert states(store, first) == ["offered"]
    assert states(store, one) == ["registered", "waiting"]


def test_an_offer_goes_to_the_first_party_that_it_fits(store: Store) -> None:
    meeting = convened(store, 3)
    gone = [sign_up(store, meeting) for _ in range(3)]
    three = family(store, meeting, 2)[0]
    single = sign_up(store, meeting)
    act(store, registration.cancel, gone[0], gone[0].id)
    tick(store, FREED)
    assert states(store, three) == ["waiting"] * 3
    assert position(store, three) == 1
    assert states(store, single) == ["offered"]


def test_who_takes_what_there_is_is_offered_it_first(store: Store) -> None:
    meeting = convened(store, 3)
    gone = [sign_up(store, meeting) for _ in range(3)]
    three = family(store, meeting, 2)[0]
    single = sign_up(store, meeting)
    act(store, parties.wait_for, three, three.id, "any")
    act(store, registration.cancel, gone[0], gone[0].id)
    tick(store, FREED)
    assert states(store, three) == ["offered", "waiting", "waiting"]
    assert states(store, single) == ["waiting"]


def test_an_offer_for_companions_is_told_to_who_holds_a_place_and_declining_keeps_it(store: Store) -> None:
    meeting = convened(store, 2)
    gone = sign_up(store, meeting)
    one, companion = family(store, meeting, 1)
    act(store, registration.cancel, gone, gone.id)
    tick(store, FREED)
    assert owed(store, "offer") == [one.person_id]
    (offer,) = open_offers(store)
    act(store, leaving.decline, one, offer.id, now=FREED)
    assert states(store, one) == ["registered", "cancelled"]
    act(store, leaving.undo_decline, one, offer.id, now=FREED + SOON)
    assert states(store, one) == ["registered", "offered"]
    act(store, offers.accept, one, offer.id, now=FREED + SOON)
    assert states(store, one) == ["registered", "registered"]
    assert companion.code


def test_accepting_an_offer_seats_the_whole_party(store: Store) -> None:
    meeting = convened(store, 2)
    gone = [sign_up(store, meeting) for _ in range(2)]
    one, _ = family(store, meeting, 1)
    for each in gone:
        act(store, registration.cancel, each, each.id)
    tick(store, FREED)
    (offer,) = open_offers(store)
    assert offer.places == 2
    act(store, offers.accept, one, offer.id, now=FREED)
    assert states(store, one) == ["registered", "registered"]


def test_one_of_an_offered_party_leaves_and_the_offer_is_for_the_others(store: Store) -> None:
    meeting = convened(store, 2)
    gone = [sign_up(store, meeting) for _ in range(2)]
    one, companion = family(store, meeting, 1)
    for each in gone:
        act(store, registration.cancel, each, each.id)
    tick(store, FREED)
    act(store, parties.drop, one, companion.id, now=FREED)
    (offer,) = open_offers(store)
    assert (offer.places, states(store, one)) == (1, ["offered", "cancelled"])
    act(store, offers.accept, one, offer.id, now=FREED)
    act(store, parties.undo_drop, one, companion.id, now=FREED + SOON)
    assert states(store, one) == ["registered", "offered"]


def test_leaving_alone_and_with_all_and_back(store: Store) -> None:
    one, *_ = family(store, convened(store), 2)
    act(store, registration.cancel, one, one.id)
    assert states(store, one) == ["cancelled", "registered", "registered"]
    act(store, registration.undo, one, one.id, now=NOW + SOON)
    act(store, registration.cancel, one, one.id, whole=True, now=NOW + SOON)
    assert states(store, one) == ["cancelled"] * 3
    act(store, registration.undo, one, one.id, now=NOW + 2 * SOON)
    assert states(store, one) == ["registered"] * 3
    for whole in (False, True):  # first herself, and then all of them after all
        act(store, registration.cancel, one, one.id, whole=whole, now=NOW + 3 * SOON)
    assert states(store, one) == ["cancelled"] * 3


def test_all_come_back_or_none(store: Store) -> None:
    meeting = convened(store, 3)
    one, *_ = family(store, meeting, 2)
    act(store, registration.cancel, one, one.id, whole=True)
    sign_up(store, meeting, now=FREED)
    with pytest.raises(PlaceGone):
        act(store, registration.undo, one, one.id, now=FREED)
    assert states(store, one) == ["cancelled"] * 3


def test_who_left_alone_still_answers_for_her_companions(store: Store) -> None:
    meeting = convened(store)
    one, companion, _ = family(store, meeting, 2)
    act(store, registration.cancel, one, one.id)
    assert [each.id for each in store.read(parties.left_behind, one.person_id, NOW)] == [one.id]
    act(store, parties.drop, one, companion.id)
    assert states(store, one) == ["cancelled", "cancelled", "registered"]


def test_dropped_and_brought_again_is_the_same_place(store: Store) -> None:
    meeting = convened(store, 2)
    one, companion = family(store, meeting, 1)
    act(store, parties.drop, one, companion.id)
    sign_up(store, meeting)
    assert bring(store, one, 1, now=NOW + SOON) is None
    assert [(each.id, each.state) for each in party(store, one)] == [
        (one.id, "registered"),
        (companion.id, "registered"),
    ]


def test_fewer_drops_who_waits_first(store: Store) -> None:
    one, *_ = family(store, convened(store, 3), 3, "any")
    assert states(store, one) == ["registered"] * 3 + ["waiting"]
    assert bring(store, one, 2) is None
    assert states(store, one) == ["registered"] * 3 + ["cancelled"]


def test_fewer_asks_where_they_are_named(store: Store) -> None:
    one, *others = family(store, convened(store), 2)
    for each in others:
        act(store, parties.name, one, each.id, "Ana")
    assert bring(store, one, 1) == "drop"
    assert states(store, one) == ["registered"] * 3
    assert bring(store, one, 0) is None
    assert states(store, one) == ["registered", "cancelled", "cancelled"]


@pytest.mark.parametrize("number", [-1, 5])
def test_nobody_brings_more_than_four(store: Store, number: int) -> None:
    one = sign_up(store, convened(store))
    with pytest.raises(AnswerUnclear):
        bring(store, one, number)


def test_nothing_changes_once_the_meeting_has_started(store: Store) -> None:
    meeting = convened(store)
    one, companion = family(store, meeting, 1)
    by_link = link(store, one)
    for doing in (
        partial(bring, store, one, 2, now=meeting.starts_at),
        partial(act, store, parties.drop, one, companion.id, now=meeting.starts_at),
        partial(act, store, parties.name, one, companion.id, "Ana", now=meeting.starts_at),
        partial(join, store, by_link, people(store, 1)[0], now=meeting.starts_at),
    ):
        with pytest.raises(MeetingStarted):
            doing()


def test_nobody_touches_anothers_companions(store: Store) -> None:
    meeting = convened(store)
    _, companion = family(store, meeting, 1)
    other = sign_up(store, meeting)
    for what, args in ((parties.drop, (companion.id,)), (parties.name, (companion.id, "Ana"))):
        with pytest.raises(RegistrationUnknown):
            act(store, what, other, *args)


def test_taking_a_place_over_keeps_place_and_code(store: Store) -> None:
    one, companion = family(store, convened(store), 1)
    (ana,) = people(store, 1)
    taken = join(store, link(store, one), ana)
    assert (taken.id, taken.code, taken.person_id) == (companion.id, companion.code, ana)
    assert owed(store, "joined") == [one.person_id]
    assert join(store, link(store, one), ana).id == companion.id
    with pytest.raises(RegistrationUnknown):
        act(store, parties.drop, one, companion.id)


def test_who_is_named_must_be_chosen_and_once(store: Store) -> None:
    one, luisa = family(store, convened(store), 1)
    act(store, parties.name, one, luisa.id, "Luisa Pérez")
    first, second = people(store, 2)
    seen = store.read(invitations.opened, link(store, one), first, NOW)
    assert [each.first_name for each in seen.held] == ["Luisa"]
    with pytest.raises(CompanionTaken):
        join(store, link(store, one), first)
    assert join(store, link(store, one), first, luisa.id).id == luisa.id
    with pytest.raises(CompanionTaken):
        join(store, link(store, one), second, luisa.id)


def test_a_further_place_is_as_any_newcomers(store: Store) -> None:
    meeting = convened(store, 2)
    one = sign_up(store, meeting)
    first, second, third = people(store, 3)
    assert join(store, link(store, one), first).state == "registered"
    assert join(store, link(store, one), second).state == "waiting"
    waits = join(store, link(store, one), third)
    assert (waits.state, waits.queue_number) == ("waiting", 1)


def test_a_party_has_ten_people_at_most(store: Store) -> None:
    one, *_ = family(store, convened(store, 30), 4)
    for person in people(store, 9):
        join(store, link(store, one), person)
    assert len(party(store, one)) == 10
    with pytest.raises(PartyFull):
        join(store, link(store, one), people(store, 1)[0])


def test_who_has_a_place_of_her_own_keeps_it_as_it_is(store: Store) -> None:
    meeting = convened(store)
    one, companion = family(store, meeting, 1)
    own = sign_up(store, meeting)
    assert own.person_id
    assert join(store, link(store, one), own.person_id).id == own.id
    assert store.read(lambda session: session.get_one(Registration, companion.id).person_id) is None


def test_who_gave_her_own_place_up_may_come_by_the_link(store: Store) -> None:
    meeting = convened(store)
    one, companion = family(store, meeting, 1)
    own = sign_up(store, meeting)
    act(store, registration.cancel, own, own.id)
    assert own.person_id
    assert join(store, link(store, one), own.person_id).id == companion.id
    assert store.read(lambda session: session.get_one(Registration, own.id).person_id) is None


def test_joining_needs_her_own_permission(store: Store) -> None:
    one, _ = family(store, convened(store), 1)
    ana = store.write(lambda session: factories.person(session, consented=False).id)
    with pytest.raises(ConsentMissing):
        join(store, link(store, one), ana)


def test_a_renewed_link_is_another(store: Store) -> None:
    one, _ = family(store, convened(store), 1)
    old = link(store, one)
    new = act(store, invitations.renew, one, one.id)
    assert new == link(store, one) != old
    with pytest.raises(LinkUnknown):
        join(store, old, people(store, 1)[0])


def test_companions_who_come_after_the_seats_sit_with_their_party_or_nowhere(store: Store) -> None:
    meeting = convened(store, 6, workshops=[{"capacity": 3}, {"capacity": 3}])
    one = sign_up(store, meeting)
    store.write(workshops.seat_everyone, meeting.id, now=NOW)
    bring(store, one, 2)
    rooms = [each.workshop_id for each in party(store, one)]
    assert rooms[0] is not None
    assert rooms == [rooms[0]] * 3
    bring(store, one, 3)
    last = party(store, one)[-1]
    assert (last.state, last.workshop_id, last.badge) == ("registered", None, None)


def test_erasing_who_brought_them_frees_the_unclaimed_and_keeps_who_came_herself(store: Store) -> None:
    meeting = convened(store, 3)
    one, first, second = family(store, meeting, 2)
    act(store, parties.name, one, second.id, "Beto")
    (ana,) = people(store, 1)
    assert join(store, link(store, one), ana).id == first.id
    act(store, registration.cancel, one, one.id)
    assert one.person_id
    store.write(privacy.erase, one.person_id, actor=Actor(one.person_id, "chat"), now=NOW + SOON)
    rows = party(store, one)
    assert [(each.person_id, each.state) for each in rows] == [
        (None, "cancelled"),
        (ana, "registered"),
        (None, "cancelled"),
    ]
    assert [each.name for each in rows] == [None, first.name or "María", None]
    assert store.read(lambda session: places.free(session, session.get_one(Meeting, meeting.id), NOW + SOON)) == 2


def test_acts_are_on_record_without_anybodys_name(store: Store) -> None:
    one, companion = family(store, convened(store), 1)
    act(store, parties.name, one, companion.id, "Nombre Secreto")
    act(store, parties.drop, one, companion.id)

    def acts(session: Session) -> list[tuple[str, str]]:
        rows = session.scalars(select(Audit).order_by(Audit.id)).all()
        assert "Secreto" not in str([(row.old, row.new) for row in rows])
        return [(row.act, row.subject) for row in rows]

    named, was = f"r{companion.id}", f"r{one.id}"
    assert store.read(acts) == [
        ("register", was),
        ("bring", was),
        ("consent", named),
        ("name", named),
        ("drop", named),
    ]


def test_who_left_a_party_that_others_filled_since_comes_alone(store: Store) -> None:
    meeting = convened(store, 30)
    one = family(store, meeting, 4)[0]
    by_link = link(store, one)
    guests = [join(store, by_link, guest) for guest in people(store, 9)]
    left = guests[-1]
    act(store, registration.cancel, left, left.id)
    (last,) = people(store, 1)
    join(store, by_link, last)
    with pytest.raises(PartyFull):
        act(store, registration.undo, left, left.id)
    back = sign_up(store, meeting, left.person_id)
    assert (back.id, back.state, back.party_id == one.party_id) == (left.id, "registered", False)
    assert store.read(lambda session: places.in_party(session, one.party_id)) == places.LARGEST_PARTY


# Races ---------------------------------------------------------------------------------------------------------------


def race(acts: list[Callable[[], object]]) -> None:
    """Do everything at once; what cannot be done is answered with a problem."""

    def attempt(doing: Callable[[], object]) -> None:
        try:
            doing()
        except Problem:
            return

    with ThreadPoolExecutor(8) as at_once:
        list(at_once.map(attempt, acts))


def check(session: Session, meeting_id: int, now: datetime = NOW) -> Counter[str]:
    """Say how many there are of each state, after making sure of all that must never break."""
    meeting = session.get_one(Meeting, meeting_id)
    rows = session.scalars(select(Registration).where(Registration.meeting_id == meeting_id)).all()
    count = Counter(row.state for row in rows)
    assert count["registered"] + count["offered"] <= meeting.capacity
    numbers: dict[int, set[int | None]] = {}
    for row in rows:
        if row.state in places.ON_THE_LIST:
            numbers.setdefault(row.party_id, set()).add(row.queue_number)
    assert all(len(each) == 1 for each in numbers.values()), numbers
    assert len({tuple(each) for each in numbers.values()}) == len(numbers)  # no two parties share one
    line = sorted((row for row in rows if row.state in places.ON_THE_LIST), key=lambda row: (row.queue_number, row.id))
    assert [places.position(session, row) for row in line] == list(range(1, len(line) + 1))
    offered = Counter(row.party_id for row in rows if row.state == "offered")
    opened = session.scalars(select(Offer).where(Offer.meeting_id == meeting_id, Offer.state == "open")).all()
    assert {offer.party_id: offer.places for offer in opened} == dict(offered)
    people_in = [row.person_id for row in rows if row.person_id is not None]
    assert len(people_in) == len(set(people_in))
    assert places.tally(session, meeting, now).fits
    return count


def test_parties_of_one_to_four_at_once_for_the_last_places(store: Store) -> None:
    meeting = convened(store, 40)
    ids = people(store, 60)

    def come(number: int) -> None:
        one = sign_up(store, meeting, ids[number])
        takes = "any" if number % 2 else "together"
        bring(store, one, number % 4, takes)
        bring(store, one, number % 4, takes)

    with ThreadPoolExecutor(8) as at_once:
        list(at_once.map(come, range(60)))
    count = store.read(check, meeting.id)
    assert count["registered"] == 40
    assert sum(count.values()) == sum(1 + number % 4 for number in range(60))

    def split(session: Session) -> set[tuple[str, str]]:
        """Say of every party that both has and awaits places, what it chose."""
        found = session.execute(
            select(Party.takes, func.count(Registration.id.distinct()))
            .join(Registration, Registration.party_id == Party.id)
            .where(Registration.person_id.is_(None))
            .group_by(Party.id)
            .having(func.count(Registration.state.distinct()) > 1)
        )
        return {(takes, "split") for takes, _ in found}

    assert store.read(split) <= {("any", "split")}


def test_one_held_place_goes_to_one_of_two_who_join_at_once(store: Store) -> None:
    meeting = convened(store, 4)
    one, *held = family(store, meeting, 3)
    by_link = link(store, one)
    guests = people(store, 6)
    race([partial(join, store, by_link, guest) for guest in guests * 2])
    store.read(check, meeting.id)
    claimed = [each.person_id for each in party(store, one) if each.id in {row.id for row in held}]
    assert None not in claimed
    assert len(set(claimed)) == 3
    assert sorted(each.person_id or 0 for each in party(store, one)) == sorted([one.person_id or 0, *guests])


def test_joins_against_drops(store: Store) -> None:
    meeting = convened(store, 12)
    families = [family(store, meeting, 3) for _ in range(3)]
    acts: list[Callable[[], object]] = []
    for one, *held in families:
        by_link = link(store, one)
        for companion, guest in zip(held, people(store, 3), strict=True):
            acts.append(partial(join, store, by_link, guest))
            acts.append(partial(act, store, parties.drop, one, companion.id))
        acts.append(partial(bring, store, one, 4, "any"))
    race(acts)
    store.read(check, meeting.id)

    def lost(session: Session) -> list[int]:
        gone = select(Registration.id).where(Registration.person_id.is_not(None), Registration.state == "cancelled")
        return list(session.scalars(gone))

    assert store.read(lost) == []  # who took her place over was dropped by nobody


def test_offers_against_cancellations(store: Store) -> None:
    meeting = convened(store, 12)
    inside = [family(store, meeting, 2) for _ in range(4)]
    waiting = [family(store, meeting, number % 4) for number in range(8)]
    for one, *_ in inside[:2]:
        act(store, registration.cancel, one, one.id, whole=True)
    tick(store, FREED)
    by_party = {family_[0].party_id: family_[0] for family_ in waiting}
    acts: list[Callable[[], object]] = []
    for number, offer in enumerate(open_offers(store)):
        answer = offers.accept if number % 2 else leaving.decline
        acts += [partial(act, store, answer, by_party[offer.party_id], offer.id, now=FREED)] * 2
        one = by_party[offer.party_id]
        acts.append(partial(act, store, registration.cancel, one, one.id, now=FREED))
    acts += [partial(act, store, registration.cancel, one, one.id, whole=True, now=FREED) for one, *_ in inside[2:]]
    acts += [partial(act, store, registration.undo, one, one.id, now=FREED) for one, *_ in inside]
    acts += [partial(store.write, offers.lapse_due, meeting.id, FREED)] * 3
    race(acts)
    store.read(check, meeting.id, FREED)
    later = FREED + HOLD
    tick(store, later)
    store.read(check, meeting.id, later)


ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["come", "bring", "bring", "drop", "undrop", "leave", "leave all", "back", "take", "pass", "unpass", "join"]
        ),
        st.integers(0, 5),
        st.integers(0, 4),
        st.sampled_from([SOON, timedelta(seconds=90), HOLD, timedelta(days=2)]),
    ),
    min_size=8,
    max_size=25,
)


@given(acts=ACTS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_people_do_nobody_overbooks_splits_or_passes_the_line(
    store: Store, acts: list[tuple[str, int, int, timedelta]]
) -> None:
    code = f"m{next(_codes)}"
    meeting = convened(store, 5, code=code, starts_in=timedelta(days=90))
    who = people(store, 6)
    now = NOW
    for what, number, amount, passes in acts:
        now += passes
        tick(store, now)
        with suppress(Problem):
            one_act(store, meeting, who[number], what, number, amount, now)
        store.read(check, meeting.id, now)
    tick(store, now)
    store.read(check, meeting.id, now)


def one_act(store: Store, meeting: Meeting, person: int, what: str, number: int, amount: int, now: datetime) -> None:
    """Do one thing as one person, if she is anybody here."""
    own = store.read(
        lambda session: session.scalar(
            select(Registration).where(Registration.meeting_id == meeting.id, Registration.person_id == person)
        )
    )
    if what == "come":
        sign_up(store, meeting, person, now)
        return
    if what == "join":
        links = store.read(
            lambda session: list(
                session.scalars(select(Party.link).where(Party.meeting_id == meeting.id).order_by(Party.id))
            )
        )
        if links:
            join(store, links[amount % len(links)], person, now=now)
        return
    if own is None:
        return
    others = [each for each in party(store, own) if each.id != own.id]
    made = store.read(lambda session: offers.latest_of(session, own.party_id))
    if what == "bring":
        bring(store, own, amount, ("together", "any")[number % 2], now)
    elif what in {"drop", "undrop"} and others:
        way = parties.drop if what == "drop" else parties.undo_drop
        act(store, way, own, others[amount % len(others)].id, now=now)
    elif what in {"leave", "leave all"}:
        act(store, registration.cancel, own, own.id, whole=what == "leave all", now=now)
    elif what == "back":
        act(store, registration.undo, own, own.id, now=now)
    elif what in {"take", "pass", "unpass"} and made:
        answer = {"take": offers.accept, "pass": leaving.decline, "unpass": leaving.undo_decline}[what]
        act(store, answer, own, made.id, now=now)


def test_nobody_is_told_of_anothers_party(store: Store) -> None:
    meeting = convened(store)
    one, _ = family(store, meeting, 1)
    stranger = sign_up(store, meeting)
    assert store.read(parties.group, one.id, stranger.person_id, NOW) is None
    join(store, link(store, one), people(store, 1)[0])
    assert store.read(lambda session: session.scalar(select(func.count(Person.id)))) == 3
    assert owed(store, "joined") == [one.person_id]
