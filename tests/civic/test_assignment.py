"""Seating: its hard rules as properties, and what it should do in plain cases."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from civic.assignment import Room, Seeker, assign, best_open

FEATURES = ("sign_language", "wheelchair")
heavy = settings(max_examples=max(1, settings.default.max_examples // 3))  # type: ignore[union-attr]
"""For properties that seat many people over and over."""


def rooms_of(*capacities: int, minimum: int = 0) -> list[Room]:
    return [Room(number, capacity, min(minimum, capacity)) for number, capacity in enumerate(capacities, 1)]


def people_of(number: int, **fields: object) -> list[Seeker]:
    return [replace(Seeker(each, each), **fields) for each in range(1, number + 1)]  # type: ignore[arg-type]


@st.composite
def rooms(draw: st.DrawFn) -> list[Room]:
    capacities = draw(st.lists(st.integers(1, 30), min_size=1, max_size=6))
    return [
        Room(number, capacity, draw(st.integers(0, capacity)), draw(st.frozensets(st.sampled_from(FEATURES))))
        for number, capacity in enumerate(capacities, 1)
    ]


@st.composite
def seekers(draw: st.DrawFn, largest: int = 1) -> list[Seeker]:
    made: list[Seeker] = []
    for party in range(draw(st.integers(0, 30))):
        choices = tuple(draw(st.lists(st.integers(1, 7), max_size=5, unique=True)))
        made += [
            Seeker(
                len(made) + member,
                party,
                choices,
                draw(st.frozensets(st.sampled_from((*FEATURES, "childcare")), max_size=2)),
                draw(st.dictionaries(st.sampled_from(("zone", "age")), st.sampled_from("abc"), max_size=2)),
            )
            for member in range(draw(st.integers(1, largest)))
        ]
    return made


@heavy
@given(seekers(largest=4), rooms())
def test_no_room_is_over_its_capacity_and_no_party_is_split(people: list[Seeker], workshops: list[Room]) -> None:
    seats = assign(people, workshops)
    assert set(seats) == {person.id for person in people}
    load = Counter(seats.values())
    assert all(load[room.id] <= room.capacity <= 30 for room in workshops)
    together: dict[int, set[int | None]] = {}
    for person in people:
        together.setdefault(person.party, set()).add(seats[person.id])
    assert all(len(where) == 1 for where in together.values())


@given(seekers(), rooms())
def test_nobody_is_without_a_seat_while_there_is_one(people: list[Seeker], workshops: list[Room]) -> None:
    seated = sum(seat is not None for seat in assign(people, workshops).values())
    assert seated == min(len(people), sum(room.capacity for room in workshops))


@heavy
@given(seekers(largest=3), rooms(), st.randoms(use_true_random=False), st.integers(0, 5))
def test_the_order_of_the_rows_changes_nothing(
    people: list[Seeker], workshops: list[Room], shuffling: Random, seed: int
) -> None:
    expected = assign(people, workshops, seed=seed)
    shuffling.shuffle(people)
    shuffling.shuffle(workshops)
    assert assign(people, workshops, seed=seed) == expected


@given(seekers(), rooms())
def test_rooms_that_open_have_their_minimum_where_people_suffice(people: list[Seeker], workshops: list[Room]) -> None:
    if len(people) < sum(room.minimum for room in workshops):
        return
    load = Counter(assign(people, workshops).values())
    assert all(load[room.id] >= room.minimum for room in workshops)


def standing(people: list[Seeker], workshops: list[Room], seats: Sequence[int | None]) -> tuple[int, int, int, int]:
    """Judge a seating by rules 2 to 5, anew: unseated, needs unmet, outside the list, rank cost."""
    by_id = {room.id: room for room in workshops}
    unmet = outside = rank = 0
    for person, seat in zip(people, seats, strict=True):
        unmet += len(person.needs - (by_id[seat].features if seat else frozenset()))
        if seat and person.choices:
            outside += seat not in person.choices
            rank += person.choices.index(seat) ** 2 if seat in person.choices else 0
    return seats.count(None), unmet, outside, rank


@heavy
@given(seekers().map(lambda everybody: everybody[:5]), st.lists(st.integers(1, 2), min_size=1, max_size=3), st.data())
def test_people_who_come_alone_are_seated_as_well_as_can_be(
    people: list[Seeker], capacities: list[int], data: st.DataObject
) -> None:
    offers = [data.draw(st.frozensets(st.sampled_from(FEATURES))) for _ in capacities]
    workshops = [Room(number, each, 0, offers[number - 1]) for number, each in enumerate(capacities, 1)]
    seats = assign(people, workshops)
    possible = (
        standing(people, workshops, each)
        for each in product([room.id for room in workshops] + [None], repeat=len(people))
        if all(each.count(room.id) <= room.capacity for room in workshops)
    )
    assert standing(people, workshops, [seats[person.id] for person in people]) == min(possible)


@given(st.integers(0, 60), st.lists(st.integers(12, 30), min_size=2, max_size=5))
def test_equal_rooms_fill_alike(number: int, capacities: list[int]) -> None:
    workshops = rooms_of(*[capacities[0]] * len(capacities))
    load = Counter(assign(people_of(number), workshops).values())
    counts = [load[room.id] for room in workshops]
    assert max(counts) - min(counts) <= 1


def test_everybody_gets_the_first_choice_when_it_fits() -> None:
    people = [Seeker(each, each, (1 + each % 3, 1 + (each + 1) % 3)) for each in range(30)]
    assert all(seat == people[person].choices[0] for person, seat in assign(people, rooms_of(10, 10, 10)).items())


def test_one_fifth_choice_weighs_more_than_four_second_ones() -> None:
    # Taking each other's first choice away costs 1 each; leaving one person to the last room of her list costs 16.
    people = [
        Seeker(1, 1, (1, 2, 3, 4, 5)),
        Seeker(2, 2, (1, 2)),
        Seeker(3, 3, (2, 3)),
        Seeker(4, 4, (3, 4)),
        Seeker(5, 5, (4, 5)),
    ]
    seats = assign(people, rooms_of(1, 1, 1, 1, 1))
    assert sorted(person.choices.index(seats[person.id] or 0) for person in people) == [0, 1, 1, 1, 1]


def test_a_need_goes_before_a_choice_and_never_costs_a_seat() -> None:
    workshops = [Room(1, 2), Room(2, 1, features=frozenset({"wheelchair"}))]
    needy = Seeker(1, 1, (1,), frozenset({"wheelchair"}))
    assert assign([needy, Seeker(2, 2, (2,))], workshops) == {1: 2, 2: 1}
    three = [replace(needy, id=each, party=each) for each in (1, 2, 3)]
    assert sorted(filter(None, assign(three, workshops).values())) == [1, 1, 2]


def test_a_need_that_no_room_offers_binds_nobody() -> None:
    people = people_of(4, needs=frozenset({"childcare"}), choices=(2,))
    assert set(assign(people, rooms_of(4, 4)).values()) == {2}


def test_groups_are_mixed_where_nobody_ranks() -> None:
    people = [Seeker(each, each, attributes={"zone": "rural" if each < 20 else "urbana"}) for each in range(40)]
    seats = assign(people, rooms_of(10, 10, 10, 10))
    rural = Counter(seats[person.id] for person in people if person.attributes["zone"] == "rural")
    assert sorted(rural.values()) == [5, 5, 5, 5]


def test_signing_up_early_is_no_better_than_late() -> None:
    first_choice = Counter[str]()
    for seed in range(40):
        seats = assign(people_of(40, choices=(1, 2)), rooms_of(20, 20), seed=seed)
        first_choice["early"] += sum(seats[each] == 1 for each in range(1, 21))
        first_choice["late"] += sum(seats[each] == 1 for each in range(21, 41))
    assert first_choice.total() == 40 * 20
    assert abs(first_choice["early"] - first_choice["late"]) < 80


def test_rooms_stay_closed_when_people_are_too_few_for_them() -> None:
    seats = assign(people_of(20, choices=(2,)), rooms_of(30, 30, 30, minimum=12))
    assert set(seats.values()) == {2}


def test_a_late_one_gets_the_best_open_seat() -> None:
    workshops = [Room(1, 2), Room(2, 2, features=frozenset({"wheelchair"})), Room(3, 2)]
    seated = {1: people_of(2), 2: people_of(1), 3: []}
    late = Seeker(9, 9, (1, 3, 2))
    assert best_open([late], workshops, seated) == 2  # 1 is full, 3 is closed
    assert best_open([late], workshops, seated, rather=[1, 3]) == 3
    assert best_open([late], workshops, seated | {2: people_of(2)}) == 3
    assert best_open([late], workshops, dict.fromkeys((1, 2, 3), people_of(2))) is None


@pytest.mark.parametrize(
    ("sizes", "capacities"),
    [
        ([2, 4, 5, 3, 4, 3, 1, 3, 5], [9, 10, 11]),
        ([3, 2, 1, 5, 4, 3, 5], [6, 5, 12]),
        ([2, 2, 3, 4, 4, 2, 2, 5], [10, 4, 6, 4]),
        ([5, 5, 2, 2, 2, 3, 2, 2], [10, 3, 4, 6]),
    ],
)
def test_a_packing_that_seats_every_party_is_found_though_rooms_are_full(
    sizes: list[int], capacities: list[int]
) -> None:
    people = [Seeker(100 * party + number, party) for party, size in enumerate(sizes) for number in range(size)]
    seats = assign(people, [Room(number, capacity) for number, capacity in enumerate(capacities, 1)])
    assert None not in seats.values()
    rooms = [{seats[each.id] for each in people if each.party == party} for party in range(len(sizes))]
    assert [len(each) for each in rooms] == [1] * len(sizes)
