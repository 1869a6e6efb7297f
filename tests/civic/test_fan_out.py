"""News to many: in chunks by the clock, each person once, whatever happens between two chunks."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from civic import agenda, commitments, due, fan_out, following
from civic.audit import BY_COMMAND
from civic.commitments import Change
from civic.outbox import Priority
from civic.schema import Agenda, Commitment, Entity, Follow, Outbox, Person
from civic.store import Store
from scheduler.ticks import Ticks
from tests import factories
from tests.civic import test_commitments as made
from tests.factories import NOW

pytestmark = pytest.mark.usefixtures("small")


class Killed(BaseException):
    """What ends a process in the middle of a transaction."""


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let four followers be many, and three people a chunk."""
    monkeypatch.setattr(fan_out, "AT_ONCE", 4)
    monkeypatch.setattr(fan_out, "CHUNK", 3)


def town(session: Session, followers: int = 7) -> list[int]:
    """Bring a draft, a stranger, people who follow the entity, one who mutes the meeting, one with a place."""
    meeting_id = factories.meeting(session).id
    made.take_in(session)
    entity_id = session.scalars(select(Entity.id)).one()
    factories.person(session)
    found = [factories.person(session).id for _ in range(followers)]
    session.add_all(Follow(person_id=each, entity_id=entity_id, wants=True, since=NOW) for each in found)
    muted = factories.person(session).id
    session.add(Follow(person_id=muted, entity_id=entity_id, wants=True, since=NOW))
    session.add(Follow(person_id=muted, meeting_id=meeting_id, wants=False, since=NOW))
    hushed = factories.person(session, tell="nothing").id
    session.add(Follow(person_id=hushed, entity_id=entity_id, wants=True, since=NOW))
    return [*found, made.registered(session, meeting_id)]


def told(session: Session) -> Counter[int | None]:
    return Counter(session.scalars(select(Outbox.person_id)))


def steps(store: Store) -> Iterator[None]:
    """Do what is due, a chunk at a time, until there is nothing."""
    while ids := store.read(agenda.due, NOW):
        for each in ids:
            store.write(due.run, each, now=NOW)
        yield


def test_some_are_told_in_the_transaction_itself(store: Store) -> None:
    people = store.write(town, followers=1)
    (done,) = store.write(made.publish)
    assert done.told == len(people) == 2
    assert store.read(told) == Counter(people)
    assert store.read(agenda.due, NOW) == []


def test_many_are_told_by_the_clock_each_once_and_nobody_else(store: Store) -> None:
    people = store.write(town)
    (done,) = store.write(made.publish)
    assert (done.told, store.read(told)) == (None, Counter())
    assert store.read(commitments.people_told, done) == len(people)
    seen = [len(store.read(told)) for _ in steps(store)]
    assert seen == sorted(seen)
    assert all(after - before <= 3 for before, after in zip([0, *seen], seen, strict=False))
    assert store.read(told) == Counter(people)
    (row, *_) = store.read(lambda s: s.scalars(select(Outbox)).all())
    assert (row.kind, row.cause, row.priority, row.due_at) == ("published", "u1", Priority.MASS, done.due_at)
    assert row.params == {"update": done.update_id}


def test_killed_between_and_within_chunks_nobody_is_told_twice_or_left_out(store: Store) -> None:
    people = store.write(town)
    store.write(made.publish)
    (step,) = store.read(agenda.due, NOW)

    def killed(session: Session) -> None:
        due.run(session, step, now=NOW)
        raise Killed

    before: set[int | None] = set()
    while store.read(agenda.due, NOW):
        with pytest.raises(Killed):
            store.write(killed)
        assert set(store.read(told)) == before
        store.write(due.run, step, now=NOW)
        before = set(store.read(told))
    assert store.read(told) == Counter(people)


def test_who_is_passed_again_is_not_told_again(store: Store) -> None:
    people = store.write(town)
    store.write(made.publish)
    for _ in steps(store):
        pass
    anew = update(Agenda).where(Agenda.subject == "u1").values(cursor=None, done_at=None)
    store.write(lambda session: session.execute(anew))
    for _ in steps(store):
        pass
    assert store.read(told) == Counter(people)


def test_who_follows_or_stops_between_chunks_is_told_by_her_word_then(store: Store) -> None:
    people = store.write(town)
    store.write(made.publish)
    chunks = steps(store)
    next(chunks)
    early, late, last = people[0], people[-3], people[-2]
    assert early in store.read(told)
    assert not {late, last} & set(store.read(told))

    def change(session: Session) -> int:
        session.execute(update(Follow).where(Follow.person_id.in_((early, late))).values(wants=False))
        commitment = session.scalars(select(Commitment)).one()
        new = factories.person(session).id
        session.add(Follow(person_id=new, commitment_id=commitment.id, wants=True, since=NOW))
        return new

    new = store.write(change)
    for _ in chunks:
        pass
    heard = store.read(told)
    assert heard == Counter({*people, new} - {late})
    stands = store.read(lambda s: following.is_told(s, early, s.scalars(select(Commitment)).one()))
    assert not stands  # looked at again when it is sent: she is not told


def test_what_is_withdrawn_between_chunks_is_told_to_nobody_else(store: Store) -> None:
    store.write(town)
    store.write(made.publish)
    chunks = steps(store)
    next(chunks)
    so_far = store.read(told)
    store.write(lambda session: session.execute(update(Commitment).values(withdrawn_because="Se repitió")))
    for _ in chunks:
        pass
    assert store.read(told) == so_far
    assert store.read(agenda.due, NOW) == []


def test_who_leaves_between_chunks_stops_nobody(store: Store) -> None:
    people = store.write(town)
    store.write(made.publish)
    chunks = steps(store)
    next(chunks)

    def leave(session: Session) -> None:
        session.delete(session.get_one(Person, people[-2]))

    store.write(leave)
    for _ in chunks:
        pass
    assert store.read(told) == Counter(people[:-2] + people[-1:])


def test_an_update_goes_to_many_too(store: Store) -> None:
    people = store.write(town)
    store.write(made.publish)
    for _ in steps(store):
        pass
    store.write(lambda s: commitments.update(s, "agua", "pozos", Change(progress=5), actor=BY_COMMAND, now=NOW))
    for _ in steps(store):
        pass
    assert store.read(lambda s: made.told(s, "updated")) == set(people)
    assert store.read(told) == Counter(people * 2)


@pytest.mark.asyncio
async def test_one_call_of_the_clock_tells_all_and_does_what_falls_due_between_chunks(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = store.write(town)
    store.write(made.publish)
    go_on = fan_out.go_on
    order: list[str] = []

    def and_something_falls_due(session: Session, step: Agenda, now: datetime) -> None:
        go_on(session, step, now)
        order.append("chunk")
        if len(order) == 1:
            meeting_id = session.scalars(select(Commitment.meeting_id)).one()
            session.add(Agenda(subject=f"m{meeting_id}", what="other", due_at=NOW))

    def close(session: Session, meeting: object, row: Agenda, now: object) -> None:
        del session, meeting, now
        order.append("other")
        row.done_at = NOW

    monkeypatch.setattr(fan_out, "go_on", and_something_falls_due)
    monkeypatch.setitem(due.STEPS, "other", close)
    ticks = Ticks(store, lambda: NOW)
    assert await ticks.run_due() == len(order)
    assert order.count("chunk") > 3
    assert order.index("other") <= 3
    assert store.read(told) == Counter(people)
    assert await ticks.run_due() == 0
