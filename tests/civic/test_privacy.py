"""Her own data: whole to take away; gone when she asks, with counts that stay and places that go on."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import invitations, parties, privacy, questions, registration, support, update_drafts
from civic.audit import BY_COMMAND, Actor
from civic.conversation import Incoming, Reply, owe
from civic.errors import ConsentMissing
from civic.outbox import enqueue
from civic.schema import (
    Base,
    Commitment,
    Consent,
    Meeting,
    Need,
    Offer,
    Outbox,
    Party,
    Person,
    Registration,
    Staff,
    UpdateDraft,
)
from civic.store import Store
from tests import factories
from tests.civic import test_commitments as made
from tests.factories import NOW

SECRETS = ("Secreta", "+57 300 555 0101", "990077")


def _person(session: Session) -> int:
    """Make somebody with something of hers in every corner."""
    return factories.person(session, "Secreta Pérez", telegram_id=990077, phone="+57 300 555 0101").id


def _sign_up(session: Session, meeting: Meeting, person: int, now: datetime = NOW) -> Registration:
    return registration.register(session, meeting.id, person, name="Secreta", actor=Actor(person, "chat"), now=now)


def _world(session: Session) -> int:
    topics = [{"capacity": 1, "topic": topic} for topic in ("Agua", "Luz")]
    ahead = factories.meeting(session, capacity=1, workshops=topics, attributes={"zone": ["urbana", "rural"]})
    past = factories.meeting(session, code="pasado", starts_in=timedelta(hours=1))
    person = _person(session)
    own = _sign_up(session, ahead, person)
    _sign_up(session, past, person).state = "attended"
    actor = Actor(person, "chat")
    questions.answer_topics(session, own.id, [2], person_id=person, actor=actor, now=NOW)
    questions.answer_attribute(session, own.id, "zone", "rural", person_id=person, actor=actor, now=NOW)
    questions.answer_name(session, own.id, "Secreta del Río", person_id=person, actor=actor, now=NOW)
    session.add(Need(registration_id=own.id, need="wheelchair"))
    enqueue(session, person, cause="m1", kind="reminder", due_at=NOW, params={"meeting": ahead.id})
    return person


def _everything(session: Session) -> str:
    """Read every row of every table but the acts' own subject."""
    session.flush()
    rows = [tuple(row) for table in Base.metadata.sorted_tables for row in session.execute(select(table))]
    return str(rows)


def test_my_data_holds_all_of_it_and_is_json(store: Store) -> None:
    person = store.write(_world)
    data = json.loads(json.dumps(store.read(privacy.my_data, person, NOW)))
    assert data["person"]["name"] == "Secreta del Río"
    assert data["person"]["phone"] == "+57 300 555 0101"
    ahead = data["registrations"][0]
    assert (ahead["topics"], ahead["attributes"], ahead["needs"]) == ([2], {"zone": "rural"}, ["wheelchair"])
    assert [each["state"] for each in data["registrations"]] == ["registered", "attended"]
    assert {each["purpose"] for each in data["consents"]} == {"attend", "follow", "phone"}
    assert [each["kind"] for each in data["messages"]] == ["reminder"]


def test_my_data_is_nobody_elses(store: Store) -> None:
    store.write(_world)
    other = store.write(lambda session: factories.person(session, "Otra").id)
    assert "Secreta" not in str(store.read(privacy.my_data, other, NOW))


def test_erased_nothing_of_her_is_in_any_table(store: Store) -> None:
    person = store.write(_world)
    assert all(secret in store.read(_everything) for secret in SECRETS)
    store.write(privacy.erase, person, actor=Actor(person, "chat"), now=NOW)
    left = store.read(_everything)
    assert [
        secret for secret in (*SECRETS, "rural'", "wheelchair") if secret in left.replace("['urbana', 'rural']", "")
    ] == []


def test_erased_the_counts_stay(store: Store) -> None:
    person = store.write(_world)
    store.write(privacy.erase, person, actor=Actor(person, "chat"), now=NOW + timedelta(hours=6))
    rows = store.read(lambda session: list(session.scalars(select(Registration).order_by(Registration.id))))
    assert [(row.state, row.person_id, row.code) for row in rows] == [
        ("cancelled", None, None),
        ("attended", None, None),
    ]
    midnight = NOW.replace(hour=0)
    assert [row.registered_at for row in rows] == [midnight, midnight]
    assert store.read(lambda session: [party.choices for party in session.scalars(select(Party))]) == [[], []]


def test_an_erased_place_is_offered_at_once_without_a_hold(store: Store) -> None:
    person = store.write(_world)

    def wait(session: Session) -> None:
        meeting = session.scalars(select(Meeting).where(Meeting.code == "agua")).one()
        other = factories.person(session, "Ana")
        registration.register(session, meeting.id, other.id, name="Ana", actor=BY_COMMAND, now=NOW)

    store.write(wait)
    store.write(privacy.erase, person, actor=Actor(person, "chat"), now=NOW)
    states = store.read(lambda session: session.scalars(select(Registration.state).order_by(Registration.id)).all())
    assert states == ["cancelled", "attended", "offered"]
    assert store.read(lambda session: session.scalars(select(Offer.state)).all()) == ["open"]
    told = store.read(lambda session: [row.kind for row in session.scalars(select(Outbox))])
    assert told == ["offer"]


def test_who_is_erased_with_an_offer_in_hand_withdraws_it_for_the_next(store: Store) -> None:
    def prepare(session: Session) -> int:
        meeting = factories.meeting(session, capacity=1)
        first, second, third = (factories.person(session, name) for name in ("Ana", "Eva", "Luz"))
        own = _sign_up(session, meeting, first.id)
        for each in (second, third):
            _sign_up(session, meeting, each.id)
        registration.cancel(session, own.id, person_id=first.id, actor=BY_COMMAND, now=NOW)
        fourth = factories.person(session, "Sol")
        _sign_up(session, meeting, fourth.id, NOW + timedelta(minutes=3))
        return second.id

    person = store.write(prepare)
    store.write(privacy.erase, person, actor=Actor(person, "chat"), now=NOW + timedelta(minutes=4))
    offers = store.read(lambda session: session.scalars(select(Offer.state).order_by(Offer.id)).all())
    states = store.read(lambda session: session.scalars(select(Registration.state).order_by(Registration.id)).all())
    assert offers == ["withdrawn", "open"]
    assert states == ["cancelled", "cancelled", "offered", "waiting"]


def test_erasing_twice_is_erasing_once(store: Store) -> None:
    person = store.write(_world)
    for _ in range(2):
        store.write(privacy.erase, person, actor=Actor(person, "chat"), now=NOW)
    assert store.read(lambda session: session.scalars(select(Person)).all()) == []


# Who came with her, and what she drafts -------------------------------------------------------------------------------


def _family(session: Session) -> tuple[int, int]:
    """Let her organise, draft, and come with two: one named, who needs support, and one who took her place over."""
    published = made.published(session)
    meeting = session.get_one(Meeting, published.meeting_id)
    meeting.needs = ["sign_language"]
    person = _person(session)
    who: dict[str, Any] = {"person_id": person, "actor": Actor(person, "chat"), "now": NOW}
    own = _sign_up(session, meeting, person)
    parties.bring(session, own.id, 2, **who)
    named, taken = parties.of_party(session, own.party_id)[1:]
    parties.name(session, named.id, "Secreta Hija", **who)
    support.accept(session, named.id, person_id=person, now=NOW)
    support.answer(session, named.id, ["sign_language"], **who)
    support.leave_phone(session, own.id, "+57 300 555 0101", **who)
    ajena = factories.person(session, "Ajena")
    link = session.get_one(Party, own.party_id).link
    joining: dict[str, Any] = {"person_id": ajena.id, "actor": Actor(ajena.id, "chat"), "now": NOW}
    assert invitations.join(session, link, None, name="Ajena", **joining).id == taken.id
    session.add(Staff(role="organiser", person_id=person))
    session.flush()
    update_drafts.write(session, published.id, actor=who["actor"], now=NOW, note="Secreta nota")
    late = Incoming(bot_id=1, update_id=5, chat_id=990077, telegram_id=990078, language="es")
    owe(session, late, [Reply("help")], now=NOW)  # to her chat, before anything of hers was known
    return person, ajena.id


def test_my_data_holds_whom_she_brought_her_roles_and_drafts(store: Store) -> None:
    person, ajena = store.write(_family)
    data = json.loads(json.dumps(store.read(privacy.my_data, person, NOW)))
    (companion,) = data["companions"]
    assert (companion["name"], companion["needs"]) == ("Secreta Hija", ["sign_language"])
    assert [each["purpose"] for each in companion["consents"]] == ["attend", "health"]
    assert [each["role"] for each in data["roles"]] == ["organiser"]
    assert [each["note"] for each in data["drafts"]] == ["Secreta nota"]
    assert "Ajena" not in str(data)
    assert "Secreta" not in str(store.read(privacy.my_data, ajena, NOW))


def test_erased_nothing_of_whom_she_brought_is_in_any_table(store: Store) -> None:
    person, ajena = store.write(_family)
    store.write(privacy.erase, person, actor=Actor(person, "chat"), now=NOW)
    left = store.read(_everything).replace("Secretaría", "")
    assert [secret for secret in (*SECRETS, "3005550101") if secret in left] == []

    def rows(session: Session) -> list[tuple[int | None, str]]:
        assert session.scalars(select(UpdateDraft)).all() == []
        assert session.scalars(select(Need)).all() == []
        assert session.scalars(select(Consent).where(Consent.person_id.is_distinct_from(ajena))).all() == []
        assert session.scalars(select(Commitment.published_at)).one() is not None
        found = session.scalars(select(Registration).order_by(Registration.id))
        return [(row.person_id, row.state) for row in found]

    assert store.read(rows) == [(None, "cancelled"), (None, "cancelled"), (ajena, "registered")]


def test_who_erases_herself_while_she_signs_up_leaves_no_place_without_anybody(store: Store) -> None:
    meeting = store.write(factories.meeting)
    ids = store.write(lambda session: [factories.person(session, "Secreta").id for _ in range(30)])

    def come(person: int) -> None:
        with suppress(ConsentMissing):
            store.write(_sign_up, meeting, person)

    with ThreadPoolExecutor(8) as at_once:
        doing = []
        for person in ids:
            doing.append(at_once.submit(come, person))
            doing.append(at_once.submit(store.write, privacy.erase, person, actor=Actor(person, "chat"), now=NOW))
        for each in doing:
            each.result()
    left = store.read(_everything)
    assert "Secreta" not in left
    assert store.read(lambda session: session.scalars(select(Registration.state).distinct()).all()) in (
        [],
        ["cancelled"],
    )
