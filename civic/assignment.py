"""Who sits in which workshop: pure, by the rules in their order, whoever signed up first.

In order: as few people without a seat as possible, workshops that open have their minimum, needs met, within a party's
list, high on it, spread evenly over the rooms, and mixed. A party is never split. People are sorted by id and shuffled
by a public seed, so that equals are told apart by lottery: the same content and seed give the same seating, in whatever
order it comes.
"""

import random
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

MOST_CHOICES: Final = 5
_FINE: Final = 1000
"""How finely evenness is measured: whole numbers compare alike on every machine."""
_SWAPS_TRIED: Final = 40
"""Per party, to mix the groups: a bound by count, never by time."""
_MOST_SWAPS: Final = 60_000
_PACKINGS: Final = 300_000
"""Steps in search of a packing that leaves nobody out, where the first one did."""


@dataclass(frozen=True)
class Seeker:
    """A person who needs a seat, in a party that stays together."""

    id: int
    party: int
    choices: tuple[int, ...] = ()
    """The party's list of rooms, best first, at most 5."""
    needs: frozenset[str] = frozenset()
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Room:
    """A workshop: at most `capacity` people, and `minimum` of them if it opens."""

    id: int
    capacity: int
    minimum: int = 0
    features: frozenset[str] = frozenset()


def assign(people: Iterable[Seeker], rooms: Iterable[Room], *, seed: int = 0) -> dict[int, int | None]:
    """Seat people: each one's room by id, None for who has no seat because no room can hold the party.

    No room is over its capacity (M5), and no party is split. With parties of one nobody is without a seat while there
    is one, and rules 2 to 5 of the order are at their optimum; with larger ones they are as good as exchanges of
    parties of one size make them.
    """
    lottery = random.Random(seed)  # noqa: S311 - published, so that anybody can draw it again
    parties = _parties(people, lottery)
    choice = sorted(rooms, key=lambda room: room.id)
    lottery.shuffle(choice)
    seating = _Seating(parties, _opened(parties, choice))
    for party in sorted(range(len(parties)), key=lambda each: (-len(parties[each]), _profile(parties[each]), each)):
        seating.put(party, seating.cheapest(party))
    if seating.load[seating.nowhere]:
        seating.repack(lottery)
    sizes = sorted({len(party) for party in parties}, reverse=True)
    while sum(seating.improve(size) for size in sizes):
        pass
    seating.mix(lottery)
    return {
        person.id: seating.rooms[where].id if where < len(seating.rooms) else None
        for party, where in zip(parties, seating.where, strict=True)
        for person in party
    }


def best_open(
    party: Sequence[Seeker],
    rooms: Iterable[Room],
    seated: Mapping[int, Collection[Seeker]],
    *,
    rather: Sequence[int] = (),
) -> int | None:
    """Choose the room of a party that comes late, in the order of the rules, moving nobody; None when it fits nowhere.

    `rather` names rooms that go before all others (the one that she had). A room that nobody was seated in stays closed
    while there are seats elsewhere.
    """
    wished = {room: place for place, room in enumerate(rather)}
    free = [room for room in rooms if len(seated.get(room.id, ())) + len(party) <= room.capacity]

    def rank(room: Room) -> tuple[float, ...]:
        inside = seated.get(room.id, ())
        alike = sum(
            value == other.attributes.get(name)
            for other in inside
            for person in party
            for name, value in person.attributes.items()
        )
        return (
            wished.get(room.id, len(wished)),
            not inside,
            *_dislike(party, room),
            len(inside) / room.capacity,
            alike,
            room.id,
        )

    return min(free, key=rank).id if free else None


def _parties(people: Iterable[Seeker], lottery: random.Random) -> list[list[Seeker]]:
    """Gather people by party, in an order that only the seed decides."""
    by_party: dict[int, list[Seeker]] = {}
    for person in sorted(people, key=lambda each: each.id):
        by_party.setdefault(person.party, []).append(person)
    parties = list(by_party.values())
    lottery.shuffle(parties)
    return parties


def _profile(party: Sequence[Seeker]) -> list[tuple[str, str]]:
    """Sort alike people together, to deal them out over the rooms."""
    return sorted(pair for person in party for pair in person.attributes.items())


def _opened(parties: Sequence[Sequence[Seeker]], rooms: Sequence[Room]) -> list[Room]:
    """Leave the least wanted rooms closed while the people are too few for every minimum, and fit in the others."""
    people = sum(map(len, parties))
    wanted: Counter[int] = Counter()
    for party in parties:
        for place, number in enumerate(party[0].choices):
            wanted[number] += len(party) * (MOST_CHOICES - place)
    needed = {need for party in parties for person in party for need in person.needs}
    still = list(rooms)
    for room in sorted(rooms, key=lambda each: (wanted[each.id], len(each.features & needed), -each.minimum)):
        if sum(each.minimum for each in still) <= people:
            break
        others = [each for each in still if each is not room]
        if room.minimum and others and sum(each.capacity for each in others) >= people:
            still = others
    return still


def _dislike(party: Sequence[Seeker], room: Room) -> tuple[int, int, int]:
    """Say what a room is to a party: needs unmet, people outside the list, and the convex cost of the rank."""
    choices = party[0].choices
    unmet = sum(len(person.needs - room.features) for person in party)
    if not choices:
        return unmet, 0, 0
    if room.id not in choices:
        return unmet, len(party), 0
    return unmet, 0, len(party) * choices.index(room.id) ** 2


class _Seating:
    """Parties in rooms, at a cost in whole numbers that orders the rules; the last place is «no seat».

    Exchanging parties of one size along a cycle of rooms that costs less, until there is none, is a minimum-cost flow:
    for parties of one the optimum.
    """

    def __init__(self, parties: Sequence[Sequence[Seeker]], rooms: Sequence[Room]) -> None:
        self.parties = parties
        self.rooms = rooms
        self.nowhere = len(rooms)
        people = sum(map(len, parties))
        rank = 2 * _FINE * (people + 1)
        outside = rank * ((MOST_CHOICES - 1) ** 2 * people + 1)
        unmet = outside * (people + 1)
        self.minimum = unmet * (sum(len(each.needs) for party in parties for each in party) + 1)
        self.unseated = self.minimum * 2 * (people + 1)
        weights = (unmet, outside, rank)
        self.costs = [
            [sum(a * b for a, b in zip(weights, _dislike(party, room), strict=True)) for room in rooms]
            + [self.unseated * len(party) + unmet * sum(len(each.needs) for each in party)]  # leaving out meets no need
            for party in parties
        ]
        self.where = [-1] * len(parties)
        self.inside: list[dict[int, None]] = [{} for _ in range(len(rooms) + 1)]
        self.load = [0] * (len(rooms) + 1)

    def put(self, party: int, room: int) -> None:
        """Seat a party, or seat it elsewhere."""
        if self.where[party] >= 0:
            del self.inside[self.where[party]][party]
            self.load[self.where[party]] -= len(self.parties[party])
        self.where[party] = room
        self.inside[room][party] = None
        self.load[room] += len(self.parties[party])

    def cheapest(self, party: int) -> int:
        """Find the room where a party costs least now."""
        size = len(self.parties[party])
        fits = (room for room in range(self.nowhere + 1) if self._fits(room, size))
        return min(fits, key=lambda room: self.costs[party][room] + self._filling(room, size))

    def repack(self, lottery: random.Random) -> None:
        """Look for a seating that leaves fewer people without a seat, by sizes alone, and take it: many quick tries.

        Who likes what is for `improve` to see to.
        """
        sizes = list(map(len, self.parties))
        fewest = self.load[self.nowhere]
        tries = _PACKINGS // (len(sizes) * max(len(self.rooms), 1)) + 1
        for number in range(tries):
            spread = number / tries
            order = sorted(range(len(sizes)), key=lambda each: -sizes[each] * (1 + spread * lottery.random()))
            where, left = self._packed(sizes, order, lottery if number % 2 else None)
            if left < fewest:
                fewest = left
                for party, room in enumerate(where):
                    self.put(party, room)
            if not fewest:
                return

    def _packed(
        self, sizes: Sequence[int], order: Iterable[int], lottery: random.Random | None
    ) -> tuple[list[int], int]:
        """Put parties in this order where each leaves least room, or by lot; say where, and how many have no seat."""
        free = [room.capacity for room in self.rooms]
        where = [self.nowhere] * len(sizes)
        for party in order:
            fits = [room for room, seats in enumerate(free) if seats >= sizes[party]]
            if fits:
                where[party] = lottery.choice(fits) if lottery else min(fits, key=lambda room: (free[room], room))
                free[where[party]] -= sizes[party]
        return where, sum(size for size, room in zip(sizes, where, strict=True) if room == self.nowhere)

    def improve(self, size: int) -> bool:
        """Exchange parties of a size along cycles that cost less, until there are none; tell whether there was one."""
        edges = [self._leaving(room, size) for room in range(self.nowhere + 1)]
        improved = False
        while cycle := self._cycle(edges, size):
            improved = True
            moves = [(edges[a][b][1], b) for a, b in cycle if self.nowhere + 1 not in {a, b}]
            for party, room in moves:
                self.put(party, room)
            for a in {a for a, _ in cycle} | {b for _, b in cycle}:
                if a <= self.nowhere:
                    edges[a] = self._leaving(a, size)
        return improved

    def mix(self, lottery: random.Random) -> None:
        """Exchange parties between rooms where that costs nothing and mixes the groups better."""
        mixing = _Mixing(self.parties, self.where, self.nowhere)
        if not mixing.totals or len(self.parties) < 2:  # noqa: PLR2004 - an exchange takes two
            return
        for _ in range(min(_SWAPS_TRIED * len(self.parties), _MOST_SWAPS)):
            one, other = lottery.randrange(len(self.parties)), lottery.randrange(len(self.parties))
            a, b = self.where[one], self.where[other]
            if a == b or len(self.parties[one]) != len(self.parties[other]):
                continue
            if self.costs[one][b] + self.costs[other][a] > self.costs[one][a] + self.costs[other][b]:
                continue
            if mixing.swap(one, a, other, b):
                self.put(one, b)
                self.put(other, a)

    def _fits(self, room: int, size: int) -> bool:
        return room == self.nowhere or self.load[room] + size <= self.rooms[room].capacity

    def _filling(self, room: int, size: int) -> int:
        """Say what it costs to have so many more in a room (or fewer): convex, so that rooms fill alike."""
        return self._fill(room, self.load[room] + size) - self._fill(room, self.load[room])

    def _fill(self, room: int, load: int) -> int:
        if room == self.nowhere:
            return 0
        return _FINE * load * load // self.rooms[room].capacity - self.minimum * min(load, self.rooms[room].minimum)

    def _leaving(self, room: int, size: int) -> list[tuple[int, int]]:
        """For every other room: what it costs to send it the party (of a size) that goes most cheaply, and which."""
        members = [each for each in self.inside[room] if len(self.parties[each]) == size]
        if not members:
            return []
        return [
            min((self.costs[each][other] - self.costs[each][room], each) for each in members)
            for other in range(self.nowhere + 1)
        ]

    def _cycle(self, edges: Sequence[Sequence[tuple[int, int]]], size: int) -> list[tuple[int, int]]:
        """Find a cycle that costs less than nothing (Bellman and Ford); through the last node, a seat that is free."""
        slack = self.nowhere + 1
        links = [(a, b, cost) for a, row in enumerate(edges) for b, (cost, _) in enumerate(row) if a != b]
        links += [(room, slack, self._filling(room, size)) for room in range(slack) if self._fits(room, size)]
        links += [(slack, room, self._filling(room, -size)) for room in range(slack) if edges[room]]
        distance = [0] * (slack + 1)
        before = [-1] * (slack + 1)
        closer = True
        while closer:
            closer = False
            for a, b, cost in links:
                if distance[a] + cost < distance[b]:
                    distance[b] = distance[a] + cost
                    before[b] = a
                    closer = True
            if closer and (cycle := _circle(before)):
                return cycle
        return []


def _circle(before: Sequence[int]) -> list[tuple[int, int]]:
    """Find a circle among nodes that each know the one before them (-1: none), as links."""
    seen_from = [-1] * len(before)
    for start in range(len(before)):
        node = start
        while node >= 0 and seen_from[node] < 0:
            seen_from[node] = start
            node = before[node]
        if node < 0 or seen_from[node] != start:
            continue
        circle = [(before[node], node)]
        while circle[-1][0] != node:
            circle.append((before[circle[-1][0]], circle[-1][0]))
        return circle
    return []


class _Mixing:
    """How far the groups are from a small image of everybody, attribute by attribute; undeclared counts for nothing."""

    def __init__(self, parties: Sequence[Sequence[Seeker]], where: Sequence[int], rooms: int) -> None:
        self.pairs = [sorted(pair for person in party for pair in person.attributes.items()) for party in parties]
        self.totals: dict[str, dict[str, int]] = {}
        for (name, value), count in sorted(Counter(chain.from_iterable(self.pairs)).items()):
            self.totals.setdefault(name, {})[value] = count
        self.counts = [Counter[tuple[str, str]]() for _ in range(rooms + 1)]
        for party, room in enumerate(where):
            self.counts[room].update(self.pairs[party])

    def swap(self, one: int, a: int, other: int, b: int) -> bool:
        """Exchange two parties if the groups are mixed better after; tell whether they were exchanged."""
        going, coming = self.pairs[one], self.pairs[other]
        if going == coming:
            return False
        names = {name for name, _ in going + coming}
        before = self._distance(a, names) + self._distance(b, names)
        self._move(going, a, b)
        self._move(coming, b, a)
        if self._distance(a, names) + self._distance(b, names) < before - 1e-9:
            return True
        self._move(going, b, a)
        self._move(coming, a, b)
        return False

    def _move(self, pairs: Sequence[tuple[str, str]], source: int, target: int) -> None:
        self.counts[source].subtract(pairs)
        self.counts[target].update(pairs)

    def _distance(self, room: int, names: Collection[str]) -> float:
        counts = self.counts[room]
        total = 0.0
        for name in sorted(names):
            totals = self.totals[name]
            everybody = sum(totals.values())
            here = sum(counts[name, value] for value in totals)
            total += sum(abs(counts[name, value] / everybody - here * n / everybody**2) for value, n in totals.items())
        return total
