"""Links to organise: one use, whatever comes at once; never beyond what who makes them organises."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from civic import inviting, privacy, staff
from civic.audit import Actor
from civic.conversation import Incoming
from civic.errors import LastOrganiser, MeetingUnknown, NotAnOrganiser
from civic.schema import Audit, Meeting, MeetingEntity, Outbox, Person, Staff
from civic.store import Store
from tests import factories
from tests.civic.test_parties import race
from tests.factories import NOW

ROLES = ("everything", "entity", "meeting", "nobody")


def world(session: Session) -> dict[str, Actor]:
    """Let there be two meetings of two entities, and who organises everything, one entity, one meeting, nothing."""
    agua = factories.meeting(session)
    other = factories.meeting(session, code="otro")
    health = factories.entity(session, "health")
    session.add(MeetingEntity(meeting_id=other.id, entity_id=health.id, number=2))
    people = {name: factories.person(session, name.title()) for name in ROLES}
    session.add(Staff(role="organiser", person_id=people["everything"].id))
    session.add(Staff(role="organiser", person_id=people["entity"].id, entity_id=health.id))
    session.add(Staff(role="organiser", person_id=people["meeting"].id, meeting_id=agua.id))
    session.flush()
    return {name: Actor(person.id, "chat") for name, person in people.items()}


def incoming(number: int) -> Incoming:
    return Incoming(1, number, 900 + number, 900 + number, "es")


def link(session: Session, meeting_id: int, actor: Actor, entity_id: int | None = None) -> int:
    return inviting.invite(session, meeting_id, entity_id, actor=actor, now=NOW)[0].id


def test_who_may_invite_for_what(store: Store) -> None:
    actors = store.write(world)
    may: dict[str, set[tuple[int, int | None]]] = {
        "everything": {(1, None), (2, None), (1, 1), (2, 1), (2, 2)},
        "entity": {(2, None), (2, 2)},
        "meeting": {(1, None)},
        "nobody": set(),
    }
    for name, allowed in may.items():
        for aim in ((1, None), (2, None), (1, 1), (1, 2), (2, 1), (2, 2)):
            if aim in allowed:
                assert store.write(link, aim[0], actors[name], aim[1])
            else:
                with pytest.raises(NotAnOrganiser):
                    store.write(link, aim[0], actors[name], aim[1])
    with pytest.raises(MeetingUnknown):
        store.write(link, 9, actors["everything"])


def test_a_link_opened_by_many_at_once_makes_one_organiser(store: Store) -> None:
    actors = store.write(world)
    role = store.write(link, 1, actors["meeting"])
    said: list[str] = []

    def accept(number: int) -> None:
        said.append(store.write(inviting.accept, role, incoming(number), f"Eva {number}", now=NOW))

    race([partial(accept, number) for number in range(8)])
    assert sorted(said) == ["accepted", *["used"] * 7]

    def look(session: Session) -> tuple[int, int, int]:
        strangers = session.scalar(select(func.count()).select_from(Person).where(Person.telegram_id.between(900, 999)))
        joined = session.scalar(select(func.count()).select_from(Audit).where(Audit.act == "join_organisers"))
        told = session.scalar(select(func.count()).select_from(Outbox).where(Outbox.kind == "org_joined"))
        return strangers or 0, joined or 0, told or 0

    assert store.read(look) == (1, 1, 1)


def test_accepting_and_closing_at_once_is_one_or_the_other(store: Store) -> None:
    actors = store.write(world)
    for turn in range(6):
        role = store.write(link, 1, actors["meeting"])
        accept = partial(store.write, inviting.accept, role, incoming(turn), "Eva", now=NOW)
        close = partial(store.write, inviting.revoke, role, 1, actor=actors["meeting"], now=NOW)
        race([accept, close])
        row = store.read(Session.get_one, Staff, role)
        assert row.revoked_at is not None  # either the link, or the role that came of it
        assert store.write(inviting.accept, role, incoming(50 + turn), "Luz", now=NOW) == (
            "revoked" if row.person_id is None else "used"
        )


def test_links_go_with_the_role_of_who_made_them(store: Store) -> None:
    actors = store.write(world)
    hers = store.write(link, 1, actors["meeting"])
    kept = store.write(link, 1, actors["everything"])
    everything = store.write(link, 2, actors["everything"])
    store.write(inviting.revoke, 3, 1, actor=actors["everything"], now=NOW)

    def own(session: Session) -> Incoming:
        person = session.get_one(Person, actors["meeting"].person_id)
        return Incoming(1, 1, person.chat_id or 0, person.telegram_id or 0, "es")

    assert store.write(inviting.accept, hers, store.read(own), "Meeting", now=NOW) == "revoked"
    assert store.write(inviting.accept, kept, incoming(1), "Eva", now=NOW) == "accepted"
    closed = select(Audit.subject, Audit.actor_id, Audit.meeting_id).where(Audit.act == "revoke_link")
    assert store.read(lambda s: s.execute(closed).all()) == [(f"s{hers}", actors["everything"].person_id, 1)]
    erased = actors["everything"].person_id or 0
    store.write(privacy.erase, erased, actor=actors["everything"], now=NOW)
    assert store.write(inviting.accept, everything, incoming(2), "Luz", now=NOW) == "revoked"


def test_who_loses_a_role_is_told_once_and_a_mistake_tells_nobody(store: Store) -> None:
    actors = store.write(world)
    told = select(Outbox.kind, Outbox.person_id, Outbox.due_at).order_by(Outbox.id)
    acts: dict[str, Any] = {"actor": actors["everything"]}
    who, later = actors["meeting"].person_id, NOW + timedelta(hours=1)
    store.write(inviting.revoke, 3, 1, **acts, now=NOW)
    store.write(inviting.restore, 3, 1, **acts, now=NOW)
    assert store.read(lambda s: s.execute(told).all()) == []
    for _ in range(2):
        store.write(inviting.revoke, 3, 1, **acts, now=later)
    assert store.read(lambda s: s.execute(told).all()) == [("org_lost", who, later + timedelta(minutes=1))]
    store.write(lambda s: s.execute(update(Outbox).values(leased_by="delivery")))  # is being told of it right now
    store.write(inviting.restore, 3, 1, **acts, now=later)
    assert [kind for kind, _, _ in store.read(lambda s: s.execute(told).all())] == ["org_lost", "org_back"]
    own = Actor(who, "chat")
    store.write(inviting.revoke, 3, 1, actor=own, now=later + timedelta(hours=1))  # her own doing is no news to her
    assert len(store.read(lambda s: s.execute(told).all())) == 2


def test_an_erased_organisers_link_serves_nobody_again(store: Store) -> None:
    actors = store.write(world)
    role = store.write(link, 1, actors["meeting"])
    assert store.write(inviting.accept, role, incoming(1), "Eva", now=NOW) == "accepted"

    def erase(session: Session) -> None:
        eva = session.scalars(select(Person).where(Person.telegram_id == 901)).one()
        privacy.erase(session, eva.id, actor=Actor(eva.id, "chat"), now=NOW)
        session.flush()
        assert session.get(Person, eva.id) is None

    store.write(erase)
    assert store.write(inviting.accept, role, incoming(2), "Luz", now=NOW) in {
        "used",
        "expired",
    }
    assert not store.read(lambda session: inviting.listing(session, session.get_one(Meeting, 1), 3, NOW)[2:])


def test_the_last_of_everything_stays_also_when_two_take_each_other_away(store: Store) -> None:
    actors = store.write(world)

    def second(session: Session) -> tuple[int, int, Actor]:
        row = Staff(role="organiser", person_id=factories.person(session, "Segunda").id)
        session.add(row)
        session.flush()
        first = session.scalars(select(Staff.id).where(Staff.person_id == actors["everything"].person_id)).one()
        return first, row.id, Actor(row.person_id, "chat")

    first, other, actor = store.write(second)
    each_other = ((other, actors["everything"]), (first, actor))
    race([partial(store.write, inviting.revoke, role, 1, actor=by, now=NOW) for role, by in each_other])
    everything = (Staff.meeting_id.is_(None), Staff.entity_id.is_(None), Staff.revoked_at.is_(None))
    (left,) = store.read(lambda session: session.scalars(select(Staff).where(*everything)).all())
    own = Actor(left.person_id, "chat")
    with pytest.raises(LastOrganiser):
        store.write(inviting.revoke, left.id, 1, actor=own, now=NOW)


@pytest.mark.parametrize("name", ["entity", "meeting", "nobody"])
def test_roles_beyond_ones_own_stay(store: Store, name: str) -> None:
    actors = store.write(world)
    hers = {"entity": {2}, "meeting": {3}, "nobody": set()}[name]
    for role in (1, 2, 3, 99):
        if role in hers:
            continue
        with pytest.raises(NotAnOrganiser):
            store.write(inviting.revoke, role, 1, actor=actors[name], now=NOW)
        with pytest.raises(NotAnOrganiser):
            store.write(inviting.restore, role, 1, actor=actors[name], now=NOW)


def test_facilitators_are_no_organisers_to_take_away(store: Store) -> None:
    actors = store.write(world)

    def staffed(session: Session) -> int:
        row = Staff(role="facilitator", name="Ana", meeting_id=1)
        session.add(row)
        session.flush()
        return row.id

    role = store.write(staffed)
    with pytest.raises(NotAnOrganiser):
        store.write(inviting.revoke, role, 1, actor=actors["everything"], now=NOW)


def test_who_organises_already_leaves_the_link_open(store: Store) -> None:
    actors = store.write(world)

    def known(session: Session) -> Incoming:
        person = session.get_one(Person, actors["everything"].person_id)
        return Incoming(1, 1, person.chat_id or 0, person.telegram_id or 0, "es")

    role = store.write(link, 1, actors["meeting"])
    who = store.read(known)
    assert store.write(inviting.accept, role, who, "Rosa", now=NOW) == "already"
    late = NOW + timedelta(days=6)
    assert store.write(inviting.accept, role, incoming(1), "Eva", now=late) == "accepted"
    assert store.read(lambda session: staff.organises(session, 5, 1))
