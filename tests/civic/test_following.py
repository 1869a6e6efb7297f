"""Following: the nearest word wins, and being told needs a consent."""

import itertools
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import following, people
from civic.audit import BY_COMMAND, Actor
from civic.errors import CommitmentUnknown, ConsentMissing, EntityUnknown, MeetingUnknown, Problem
from civic.following import Subject
from civic.schema import Audit, Commitment, Follow
from civic.store import Store
from tests import factories
from tests.civic import test_commitments as made
from tests.factories import NOW


def follow(session: Session, person_id: int, subject: Subject, subject_id: int, *, wants: bool = True) -> None:
    following.follow(session, person_id, subject, subject_id, wants=wants, actor=Actor(person_id, "chat"), now=NOW)


WORDS = list(itertools.product([None, True, False], repeat=3))


@pytest.mark.parametrize("place", [True, False])
def test_the_nearest_word_wins(store: Store, *, place: bool) -> None:
    def act(session: Session) -> None:
        commitment = made.published(session)
        about: list[tuple[Subject, int]] = [
            ("c", commitment.id),
            ("m", commitment.meeting_id),
            ("e", commitment.entity_id),
        ]
        for words in WORDS:
            who = made.registered(session, commitment.meeting_id) if place else factories.person(session).id
            for (subject, number), word in zip(about, words, strict=True):
                if word is not None:
                    follow(session, who, subject, number, wants=word)
            expected = next((word for word in words if word is not None), place)
            assert following.follows(session, who, commitment) is expected, words
            assert following.is_told(session, who, commitment) is expected, words

    store.write(act)


def test_saying_it_again_changes_one_row_and_is_recorded_once(store: Store) -> None:
    def act(session: Session) -> int:
        commitment = made.published(session)
        who = factories.person(session).id
        for wants in (True, True, False, False, True):
            follow(session, who, "c", commitment.id, wants=wants)
        assert following.said_yes(session, who, "c", commitment.id)
        return who

    who = store.write(act)
    rows = store.read(lambda s: s.execute(select(Follow.person_id, Follow.wants)).all())
    assert [tuple(row) for row in rows] == [(who, True)]
    acts = store.read(lambda s: s.scalars(select(Audit.act).where(Audit.actor_id == who).order_by(Audit.id)).all())
    assert acts == ["follow", "unfollow", "follow"]


def test_following_needs_a_consent_and_not_following_none(store: Store) -> None:
    def act(session: Session) -> tuple[int, Commitment]:
        commitment = made.published(session)
        return factories.person(session, consented=False).id, commitment

    who, commitment = store.write(act)
    about: list[tuple[Subject, int]] = [
        ("c", commitment.id),
        ("m", commitment.meeting_id),
        ("e", commitment.entity_id),
    ]
    for subject, number in about:
        with pytest.raises(ConsentMissing):
            store.write(follow, who, subject, number)
    store.write(lambda s: follow(s, who, "c", commitment.id, wants=False))
    assert not store.read(following.follows, who, commitment)


def test_a_meeting_of_two_entities_needs_the_consent_for_both(store: Store) -> None:
    def act(session: Session) -> tuple[int, int]:
        from civic.schema import MeetingEntity

        meeting = factories.meeting(session)
        who = factories.person(session)
        hospital = factories.entity(session, "hospital", name="Hospital")
        session.add(MeetingEntity(meeting_id=meeting.id, entity_id=hospital.id, number=2))
        session.flush()
        assert not people.has_consented(session, who.id, [hospital.id], "follow")
        return who.id, meeting.id

    who, meeting_id = store.write(act)
    with pytest.raises(ConsentMissing):
        store.write(lambda s: follow(s, who, "m", meeting_id))


@pytest.mark.parametrize(
    ("kind", "name", "problem"),
    [
        ("fc", "99", CommitmentUnknown),
        ("fc", "x", CommitmentUnknown),
        ("fc", "9" * 30, CommitmentUnknown),
        ("fm", "nada", MeetingUnknown),
        ("fm", "borrador", MeetingUnknown),
        ("fe", "nadie", EntityUnknown),
        ("fe", "hospital", EntityUnknown),
        ("fx", "1", CommitmentUnknown),
    ],
)
def test_what_is_not_public_is_unknown(store: Store, kind: str, name: str, problem: type[Problem]) -> None:
    def act(session: Session) -> int:
        made.published(session)
        factories.entity(session, "hospital", name="Hospital")
        factories.meeting(session, code="borrador", state="draft")
        return factories.person(session).id

    who = store.write(act)

    def look(session: Session) -> None:
        subject, number = following.subject_named(session, kind, name)
        follow(session, who, subject, number)

    with pytest.raises(problem):
        store.write(look)


def test_links_name_what_they_follow(store: Store) -> None:
    commitment = store.write(made.published)
    assert store.read(following.subject_named, "fc", str(commitment.id)) == ("c", commitment.id)
    assert store.read(following.subject_named, "fm", "agua") == ("m", commitment.meeting_id)
    assert store.read(following.subject_named, "fe", "alcaldia") == ("e", commitment.entity_id)


def test_hushed_follows_but_is_not_told(store: Store) -> None:
    def act(session: Session) -> None:
        commitment = made.published(session)
        who = made.registered(session, commitment.meeting_id)
        people.hush(session, who, actor=BY_COMMAND, now=NOW + timedelta(hours=1))
        session.flush()
        assert following.follows(session, who, commitment)
        assert not following.is_told(session, who, commitment)
        assert not following.is_told(session, None, commitment)

    store.write(act)
