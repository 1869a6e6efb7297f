"""The weekly digest: once a week, all of its news, nothing twice and nothing lost, whatever people choose when."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import agenda, commitments, digests, due, following, on_behalf
from civic.audit import BY_COMMAND, Actor
from civic.commitment_file import CommitmentDraft, CommitmentFile
from civic.commitments import Change
from civic.schema import Agenda, Commitment, CommitmentUpdate, Meeting, Outbox, Person
from civic.store import Store
from tests.factories import NOW, entity, meeting, person

MONDAY = datetime(2026, 11, 2, 5, tzinfo=UTC)
"""Its beginning in Bogotá, the day after NOW."""
TUESDAY = MONDAY + timedelta(days=1, hours=9)
NEXT = MONDAY + timedelta(days=7)
TOLD = NEXT + timedelta(hours=9)
WEEK = timedelta(days=7)


class Town:
    """A meeting with commitments, and people who follow whoever convened it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.drafts = 0
        store.write(meeting)
        self.rosa = self.follower("weekly", NOW)
        self.pedro = self.follower("at_once", NOW)

    def follower(self, rhythm: str, now: datetime) -> int:
        """Let somebody follow; give her id."""

        def follow(session: Session) -> int:
            convener = entity(session)
            who = person(session).id
            actor = Actor(who, "chat")
            following.follow(session, who, "e", convener.id, wants=True, actor=actor, now=now)
            digests.prefer(session, who, rhythm, actor=actor, now=now)
            return who

        return self.store.write(follow)

    def publish(self, now: datetime) -> int:
        """Publish a commitment; give its first update."""
        self.drafts += 1
        slug = f"pozo-{self.drafts}"

        def act(session: Session) -> int:
            draft = CommitmentDraft(
                slug=slug,
                text="Limpiar un pozo",
                entity="alcaldia",
                responsible="Secretaría de Aguas",
                due_on=(NOW + timedelta(days=150)).date(),
                indicator="Un pozo limpio",
                answers=(),
            )
            file = CommitmentFile("agua", (draft,))
            commitments.import_commitments(session, file, actor=BY_COMMAND, now=now)
            (published,) = commitments.publish(session, "agua", [slug], actor=BY_COMMAND, now=now)
            return published.update_id

        return self.store.write(act)

    def update(self, slug: str, now: datetime, progress: int) -> int:
        """Report progress; give the update."""
        change = Change(status="in_progress", progress=progress)
        done = self.store.write(commitments.update, "agua", slug, change, actor=BY_COMMAND, now=now)
        return done.update_id

    def prefer(self, who: int, rhythm: str, now: datetime) -> None:
        """Choose."""
        self.store.write(digests.prefer, who, rhythm, actor=Actor(who, "chat"), now=now)

    def tick(self, now: datetime) -> None:
        """Do what is due, as the ticker does."""
        while ids := self.store.read(agenda.due, now):
            for agenda_id in ids:
                self.store.write(due.run, agenda_id, now=now)

    def owed(self, who: int) -> list[tuple[str, datetime]]:
        """List what somebody is owed: its kind and when it goes."""
        rows = select(Outbox.kind, Outbox.due_at).where(Outbox.person_id == who).order_by(Outbox.id)
        return self.store.read(lambda session: [(kind, due_at) for kind, due_at in session.execute(rows)])

    def told(self, who: int) -> list[list[int]]:
        """List what each digest owed to somebody tells."""

        def look(session: Session) -> list[list[int]]:
            rows = select(Outbox.params).where(Outbox.person_id == who, Outbox.kind == "digest").order_by(Outbox.id)
            return [_tells(session, who, params or {}) for params in session.scalars(rows)]

        return self.store.read(look)

    def send_all(self) -> None:
        """Say that all that is owed was sent."""

        def change(session: Session) -> None:
            for row in session.scalars(select(Outbox).where(Outbox.state == "pending")):
                row.state, row.settled_at = "sent", row.due_at

        self.store.write(change)


def _tells(session: Session, who: int, params: dict[str, Any]) -> list[int]:
    since, until = (datetime.fromisoformat(params[word]) for word in ("since", "until"))
    return digests.of_week(session, who, since, until)


@pytest.fixture
def town(store: Store) -> Town:
    return Town(store)


def test_a_week_is_one_digest_on_monday_at_9_and_the_others_are_told_at_once(town: Town) -> None:
    first = town.publish(TUESDAY)
    second = town.update("pozo-1", TUESDAY + timedelta(days=2), 40)
    assert town.owed(town.rosa) == []
    assert [kind for kind, _ in town.owed(town.pedro)] == ["published", "updated"]
    town.tick(NEXT - timedelta(minutes=1))
    assert town.owed(town.rosa) == []
    for _ in range(2):
        town.tick(NEXT + timedelta(minutes=5))
    assert town.owed(town.rosa) == [("digest", TOLD)]
    assert town.told(town.rosa) == [[first, second]]
    assert [kind for kind, _ in town.owed(town.pedro)] == ["published", "updated"]


def test_the_next_week_has_its_own_and_one_without_news_has_none(town: Town) -> None:
    first = town.publish(TUESDAY)
    town.tick(NEXT + timedelta(minutes=5))
    town.tick(NEXT + WEEK + timedelta(minutes=5))
    third = town.publish(TUESDAY + 2 * WEEK)
    town.tick(NEXT + 2 * WEEK + timedelta(minutes=5))
    assert town.owed(town.rosa) == [("digest", TOLD), ("digest", TOLD + 2 * WEEK)]
    assert town.told(town.rosa) == [[first], [third]]


def test_a_clock_that_comes_late_tells_of_all_weeks_in_one(town: Town) -> None:
    news = [town.publish(TUESDAY), town.publish(TUESDAY + WEEK)]
    town.tick(NEXT + WEEK + timedelta(days=1))
    assert town.owed(town.rosa) == [("digest", TOLD + WEEK)]
    assert town.told(town.rosa) == [news]


def test_what_she_was_told_at_once_is_in_no_digest(town: Town) -> None:
    town.publish(TUESDAY)
    town.send_all()
    town.prefer(town.pedro, "weekly", TUESDAY + timedelta(hours=1))
    after = town.publish(TUESDAY + timedelta(hours=2))
    town.tick(NEXT + timedelta(minutes=5))
    assert town.told(town.pedro) == [[after]]


def test_back_to_at_once_brings_what_she_has_not_heard_and_each_thing_once(town: Town) -> None:
    news = [town.publish(TUESDAY), town.update("pozo-1", TUESDAY + timedelta(hours=1), 10)]
    wednesday = TUESDAY + timedelta(days=1)
    for _ in range(2):
        town.prefer(town.rosa, "at_once", wednesday)
    assert town.owed(town.rosa) == [("published", wednesday), ("updated", wednesday)]
    town.send_all()
    for rhythm in ("weekly", "at_once", "weekly"):
        town.prefer(town.rosa, rhythm, wednesday + timedelta(hours=1))
    assert len(town.owed(town.rosa)) == len(news)
    last = town.publish(wednesday + timedelta(hours=2))
    town.tick(NEXT + timedelta(minutes=5))
    assert town.told(town.rosa) == [[last]]


def test_a_digest_that_waits_is_not_lost_by_choosing(town: Town) -> None:
    first = town.publish(TUESDAY)
    town.tick(NEXT + timedelta(minutes=5))
    town.prefer(town.rosa, "at_once", NEXT + timedelta(hours=8))
    assert (town.told(town.rosa), town.owed(town.rosa)) == ([[first]], [("digest", TOLD)])


@pytest.mark.parametrize("change", ["muted", "withdrawn"])
def test_what_she_follows_no_more_is_not_told(town: Town, change: str) -> None:
    town.publish(TUESDAY)
    left = town.publish(TUESDAY)
    town.tick(NEXT + timedelta(minutes=5))

    def act(session: Session) -> None:
        row = session.scalars(select(Commitment).order_by(Commitment.id).limit(1)).one()
        if change == "withdrawn":
            row.withdrawn_because = "Se unió a otro"
        else:
            actor = Actor(town.rosa, "chat")
            following.follow(session, town.rosa, "c", row.id, wants=False, actor=actor, now=NEXT)

    town.store.write(act)
    assert town.told(town.rosa) == [[left]]


def test_who_has_a_place_follows_and_who_mutes_the_meeting_does_not(town: Town) -> None:
    def look(session: Session) -> list[set[int]]:
        rows = session.scalars(select(Commitment)).all()
        return [following.followed_among(session, who, rows) for who in (town.rosa, stranger)]

    town.publish(TUESDAY)
    stranger = town.store.write(lambda session: person(session).id)
    everything = set(town.store.read(lambda session: session.scalars(select(Commitment.id)).all()))
    assert town.store.read(look) == [everything, set()]


def test_two_clocks_and_several_chunks_owe_each_digest_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digests, "CHUNK", 2)
    people = [town.rosa, *(town.follower("weekly", NOW) for _ in range(6))]
    town.publish(TUESDAY)
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda _: town.tick(NEXT + timedelta(minutes=5)), range(3)))
    town.tick(NEXT + timedelta(minutes=5))
    assert [town.owed(who) for who in people] == [[("digest", TOLD)]] * len(people)


def test_nothing_is_on_the_agenda_while_nobody_wants_digests(store: Store) -> None:
    town = Town(store)
    weeks = select(Agenda.what).where(Agenda.subject == digests.SUBJECT, Agenda.done_at.is_(None))
    assert town.store.read(lambda session: session.scalars(weeks).all()) == ["2026-11-02"]
    town.prefer(town.rosa, "at_once", NOW)
    town.tick(MONDAY + timedelta(minutes=5))
    assert town.store.read(lambda session: session.scalars(weeks).all()) == []


def test_who_is_told_weekly_is_counted_among_who_is_told(town: Town) -> None:
    def published(session: Session) -> int | None:
        row = session.scalars(select(Commitment)).one()
        return following.count_audience(session, row)

    town.publish(TUESDAY)
    change = Change(status="in_progress", progress=10)
    done = town.store.write(commitments.update, "agua", "pozo-1", change, actor=BY_COMMAND, now=TUESDAY)
    assert done.told == town.store.read(published) == 2


def test_a_digest_is_unsaid_for_a_stranger(store: Store) -> None:
    town = Town(store)
    town.publish(TUESDAY)
    week = {"since": MONDAY.isoformat(), "until": NEXT.isoformat()}
    assert store.read(_tells, town.rosa, week) == store.read(
        lambda session: session.scalars(select(CommitmentUpdate.id)).all()
    )
    stranger = store.write(lambda session: person(session).id)
    assert store.read(_tells, stranger, week) == []
    assert store.read(lambda session: session.get_one(Person, stranger).rhythm) == "at_once"


def test_on_a_shared_phone_all_hear_as_often_as_its_owner_and_each_thing_once(town: Town) -> None:
    """Tía and Luz follow by their places; what Rosa mutes is still told to the first of them."""

    def sign_up(session: Session, name: str) -> int:
        actor = Actor(town.rosa, "chat")
        made = session.scalars(select(Meeting.id)).one()
        own = on_behalf.sign_up(session, made, name, owner_id=town.rosa, together=False, actor=actor, now=NOW)
        return own.person_id or 0

    tia, luz = (town.store.write(sign_up, name) for name in ("Tía Rosa", "Luz Dary"))
    first, second = town.publish(TUESDAY), town.publish(TUESDAY)
    town.tick(NEXT + timedelta(minutes=5))
    for who in (tia, luz):
        assert [each for each in town.owed(who) if each[0] != "reminder"] == [("digest", TOLD)]

    def mute(session: Session) -> None:
        muted = session.get_one(CommitmentUpdate, second).commitment_id
        following.follow(session, town.rosa, "c", muted, wants=False, actor=Actor(town.rosa, "chat"), now=TUESDAY)

    told = [town.store.read(digests.of_week_in_chat, who, MONDAY, NEXT) for who in (town.rosa, tia, luz)]
    assert told == [[first, second], [], []]
    town.store.write(mute)
    told = [town.store.read(digests.of_week_in_chat, who, MONDAY, NEXT) for who in (town.rosa, tia, luz)]
    assert told == [[first], [second], []]
