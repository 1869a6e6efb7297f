"""People: consent by text, entity and purpose; silence; blocks."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import people
from civic.audit import Actor
from civic.conversation import Incoming, choose_language
from civic.schema import Audit, Consent, MeetingEntity, Person
from civic.staff import seed_organisers
from civic.store import Store
from tests import factories
from tests.factories import NOW

INCOMING = Incoming(bot_id=1, update_id=1, chat_id=77, telegram_id=77, language="es")


def _meeting(session: Session) -> int:
    made = factories.meeting(session)
    second = factories.entity(session, "acueducto", name="Acueducto")
    session.add(MeetingEntity(meeting_id=made.id, entity_id=second.id, number=2))
    return made.id


def _entities(session: Session, meeting_id: int) -> list[int]:
    return list(session.scalars(select(MeetingEntity.entity_id).where(MeetingEntity.meeting_id == meeting_id)))


def test_consent_makes_the_person_and_a_row_for_each_entity(store: Store) -> None:
    meeting = store.write(_meeting)
    person = store.write(people.consent, INCOMING, "María", meeting, "attend", now=NOW)
    rows = store.read(lambda session: list(session.scalars(select(Consent))))
    assert (person.telegram_id, person.chat_id, person.name, person.language) == (77, 77, "María", "es")
    assert {row.entity_id for row in rows} == set(store.read(_entities, meeting))
    assert {(row.purpose, row.version, row.language, row.given_at) for row in rows} == {
        ("attend", people.ATTEND_VERSION, "es", NOW)
    }


def test_agreeing_twice_is_agreeing_once(store: Store) -> None:
    meeting = store.write(_meeting)
    for later in (NOW, NOW + timedelta(days=1)):
        store.write(people.consent, INCOMING, "Otro nombre", meeting, "attend", now=later)
    rows = store.read(lambda session: [row.given_at for row in session.scalars(select(Consent))])
    assert rows == [NOW, NOW]
    assert store.read(lambda session: len(session.scalars(select(Person)).all())) == 1


def test_the_language_chosen_before_consent_is_the_persons(store: Store) -> None:
    meeting = store.write(_meeting)

    def act(session: Session) -> str:
        choose_language(session, INCOMING, "en", now=NOW)
        return people.consent(session, INCOMING, "Mary", meeting, "attend", now=NOW).language

    assert store.write(act) == "en"


def test_consent_holds_for_its_entities_and_its_version_only(store: Store) -> None:
    meeting = store.write(_meeting)
    person = store.write(people.consent, INCOMING, "María", meeting, "attend", now=NOW)
    entities = store.read(_entities, meeting)
    other = store.write(lambda session: factories.entity(session, "hospital").id)

    def holds(ids: list[int], purpose: str = "attend", who: int | None = person.id) -> bool:
        return store.read(people.has_consented, who, ids, purpose)

    assert holds(entities)
    assert holds(entities, "follow")
    assert not holds([*entities, other])
    assert not holds(entities, who=None)
    store.write(_age_consents)
    assert not holds(entities)
    assert not holds(entities, "follow")


def _age_consents(session: Session) -> None:
    for row in session.scalars(select(Consent)):
        row.version = "0"


def test_following_alone_is_no_permission_to_take_part(store: Store) -> None:
    meeting = store.write(_meeting)
    person = store.write(people.consent, INCOMING, "María", meeting, "follow", now=NOW)
    entities = store.read(_entities, meeting)
    assert store.read(people.has_consented, person.id, entities, "follow")
    assert not store.read(people.has_consented, person.id, entities, "attend")


def test_what_was_withdrawn_holds_again_when_given_anew(store: Store) -> None:
    meeting = store.write(_meeting)
    person = store.write(people.consent, INCOMING, "María", meeting, "attend", now=NOW)

    def withdraw(session: Session) -> None:
        for row in session.scalars(select(Consent)):
            row.withdrawn_at = NOW

    store.write(withdraw)
    entities = store.read(_entities, meeting)
    assert not store.read(people.has_consented, person.id, entities, "attend")
    store.write(people.consent, INCOMING, "María", meeting, "attend", now=NOW + timedelta(days=2))
    assert store.read(people.has_consented, person.id, entities, "attend")


def test_silence_and_its_end_are_acts_without_personal_data(store: Store) -> None:
    person = store.write(lambda session: factories.person(session, "María").id)
    actor = Actor(person, "chat")
    for _ in range(2):
        store.write(people.hush, person, actor=actor, now=NOW)
    store.write(people.unhush, person, actor=actor, now=NOW)
    acts = store.read(lambda session: [(row.old, row.new) for row in session.scalars(select(Audit).order_by(Audit.id))])
    assert acts == [({"tell": "all"}, {"tell": "nothing"}), ({"tell": "nothing"}, {"tell": "all"})]


def test_a_block_is_dated_from_the_first_and_ends_with_the_return(store: Store) -> None:
    store.write(lambda session: factories.person(session, telegram_id=77).id)
    store.write(people.left, 77, now=NOW)
    store.write(people.left, 77, now=NOW + timedelta(days=3))
    since = store.read(lambda session: session.scalars(select(Person.unreachable_since)).one())
    assert since == NOW
    store.write(people.came_back, 77, now=NOW)
    assert store.read(lambda session: session.scalars(select(Person.unreachable_since)).one()) is None


async def test_two_taps_at_once_meet_one_person(store: Store) -> None:
    meeting = store.write(_meeting)
    met = await asyncio.gather(
        *(store.transaction(people.consent, INCOMING, "María", meeting, "attend", now=NOW) for _ in range(8))
    )
    assert len({person.id for person in met}) == 1
    assert store.read(lambda session: len(session.scalars(select(Consent)).all())) == 2


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  María \n José ", "María José"),
        ("Ana\u202emoc.liam", "Anamoc.liam"),
        ("\u2066Noé\u2069\x00\x07", "Noé"),
        ("مريم 👩‍👧", "مريم 👩‍👧"),
        ("\u200b\u2060", ""),
    ],
)
def test_a_name_is_kept_without_what_no_reader_sees(store: Store, given: str, kept: str) -> None:
    meeting = store.write(_meeting)
    assert store.write(people.consent, INCOMING, given, meeting, "attend", now=NOW).name == kept


def test_an_organiser_who_says_hello_gets_her_name(store: Store) -> None:
    meeting = store.write(_meeting)
    store.write(seed_organisers, [77], now=NOW)
    person = store.write(people.consent, INCOMING, "María", meeting, "attend", now=NOW)
    assert (person.telegram_id, person.name) == (77, "María")
