"""Drafts of commitments and of updates: saved at each word, sent as they were shown, once."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from civic import drafting, evidence_drafts, organising, previews, privacy, public_record, retention, update_drafts
from civic.audit import Actor
from civic.commitments import Proof
from civic.errors import DraftChanged, NotAnOrganiser, NothingOpen, NotTaken, Problem, SentAlready
from civic.schema import (
    Audit,
    Commitment,
    CommitmentUpdate,
    Entity,
    Evidence,
    File,
    MeetingEntity,
    Staff,
    UpdateDraft,
)
from civic.store import Store
from tests import factories
from tests.civic import test_commitments as made
from tests.factories import NOW

LATER = NOW + timedelta(days=1)
DUE = date(2027, 3, 15)


def organiser(session: Session, **where: Any) -> Actor:
    """Make an organiser, of everything or of something."""
    who = factories.person(session, "Rosa")
    session.add(Staff(role="organiser", person_id=who.id, **where))
    session.flush()
    return Actor(who.id, "chat")


def drafted(session: Session, rosa: Actor, text: str = "Limpiar los pozos") -> Commitment:
    """Draft a whole commitment of the one meeting."""
    meeting_id = session.scalars(select(MeetingEntity.meeting_id).limit(1)).one()
    row = drafting.begin(session, meeting_id, text, actor=rosa, now=NOW)
    said: dict[str, str | date] = {"responsible": "Secretaría de Aguas", "due": DUE, "indicator": "Pozos limpios"}
    for field, value in said.items():
        drafting.write(session, row.id, field, value, actor=rosa, now=NOW)
    return row


def refused(store: Store, act: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        store.write(act)
    return caught.value


def world(session: Session) -> tuple[Actor, int]:
    """Make a published commitment and its organiser."""
    return organiser_of(session, made.published(session))


def organiser_of(session: Session, commitment: Commitment) -> tuple[Actor, int]:
    return organiser(session), commitment.id


def test_an_id_is_made_of_the_first_words_and_of_no_other(store: Store) -> None:
    def act(session: Session) -> list[str]:
        factories.meeting(session)
        rosa = organiser(session)
        said = ["Ampliación «Ñandú» №1", "Ampliación, ñandú n.º 1!", "水", "x" * 90, "a-" * 40, "Limpiar los pozos"]
        return [drafted(session, rosa, text).slug for text in (*said, *said)]

    slugs = store.write(act)
    assert len(set(slugs)) == len(slugs)
    assert all(0 < len(slug) <= 40 and slug.strip("-") == slug for slug in slugs)
    assert slugs[0].startswith("ampliacion-nandu")
    assert slugs[-1] == "limpiar-los-pozos-2"


def test_a_draft_is_nobodys_business_until_it_is_published_as_it_was_shown(store: Store) -> None:
    def act(session: Session) -> None:
        meeting = factories.meeting(session)
        made.registered(session, meeting.id)
        rosa = organiser(session)
        row = drafted(session, rosa)
        assert public_record.published(session, NOW) == []
        shown = drafting.fingerprint_of(session, row)
        preview = previews.publication(session, row, NOW)
        reach = previews.reach(session, row)
        done = drafting.publish(session, row.id, shown, actor=rosa, now=NOW)
        told = public_record.news(session, done.update_id, NOW)
        assert preview
        assert told
        assert (preview.standing, preview.before) == (told.standing, told.before)
        assert (done.told, reach) == (1, 1)
        with pytest.raises(SentAlready):
            drafting.publish(session, row.id, shown, actor=rosa, now=NOW)
        with pytest.raises(SentAlready):
            drafting.write(session, row.id, "text", "Otra cosa", actor=rosa, now=NOW)

    store.write(act)


def test_what_changed_since_it_was_shown_does_not_go_out(store: Store) -> None:
    def act(session: Session) -> None:
        factories.meeting(session)
        rosa = organiser(session)
        row = drafted(session, rosa)
        shown = drafting.fingerprint_of(session, row)
        drafting.write(session, row.id, "indicator", "Pozos limpios, de 12", actor=rosa, now=NOW)
        last = session.scalars(select(Audit).order_by(Audit.id.desc())).first()
        assert last
        assert (last.old, last.new) == ({"indicator": "Pozos limpios"}, {"indicator": "Pozos limpios, de 12"})
        for go in (drafting.publish, drafting.discard):
            with pytest.raises(DraftChanged):
                go(session, row.id, shown, actor=rosa, now=NOW)
        assert row.published_at is None

    store.write(act)


@pytest.mark.parametrize("state", ["draft", "cancelled"])
def test_nothing_is_published_of_a_meeting_that_is_not_convened(store: Store, state: str) -> None:
    def act(session: Session) -> None:
        factories.meeting(session, state=state)
        rosa = organiser(session)
        row = drafted(session, rosa)
        drafting.write(session, row.id, "text", "Limpiar", actor=rosa, now=NOW)
        assert drafting.obstacles(session, row) == [{"draft": "not_convened"}.get(state, state)]
        with pytest.raises(DraftChanged):
            drafting.publish(session, row.id, drafting.fingerprint_of(session, row), actor=rosa, now=NOW)

    store.write(act)


def test_what_m13_asks_for_is_named(store: Store) -> None:
    def act(session: Session) -> None:
        meeting = factories.meeting(session)
        row = drafting.begin(session, meeting.id, "Limpiar", actor=organiser(session), now=NOW)
        assert drafting.obstacles(session, row) == ["responsible", "due", "indicator"]
        assert previews.publication(session, row, NOW) is None

    store.write(act)


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [("text", " ", "too_long"), ("text", "x" * 1001, "too_long"), ("due", date(2026, 10, 31), "past")],
)
def test_what_cannot_stand_in_a_draft_is_refused(store: Store, field: str, value: Any, why: str) -> None:
    def begin(session: Session) -> tuple[Actor, int]:
        factories.meeting(session)
        rosa = organiser(session)
        return rosa, drafted(session, rosa).id

    rosa, number = store.write(begin)
    problem = refused(store, lambda s: drafting.write(s, number, field, value, actor=rosa, now=NOW))
    assert isinstance(problem, NotTaken)
    assert problem.why == why


def test_only_an_entity_that_convenes_commits_itself(store: Store) -> None:
    def act(session: Session) -> None:
        meeting = factories.meeting(session)
        second = factories.entity(session, "hospital", name="Hospital")
        session.add(MeetingEntity(meeting_id=meeting.id, entity_id=second.id, number=2))
        other = factories.entity(session, "lejos", name="Otra")
        rosa = organiser(session)
        row = drafted(session, rosa)
        assert session.get_one(Entity, row.entity_id).code == "alcaldia"
        drafting.choose_entity(session, row.id, second.id, actor=rosa, now=NOW)
        assert row.entity_id == second.id
        with pytest.raises(NothingOpen):
            drafting.choose_entity(session, row.id, other.id, actor=rosa, now=NOW)

    store.write(act)


def test_who_organises_another_meeting_or_none_any_more_does_nothing_here(store: Store) -> None:
    def begin(session: Session) -> tuple[list[Actor], int]:
        commitment = made.published(session)
        other = factories.meeting(session, code="otro")
        gone = organiser(session)
        session.execute(update(Staff).where(Staff.person_id == gone.person_id).values(revoked_at=NOW))
        nobody = Actor(factories.person(session).id, "chat")
        return [organiser(session, meeting_id=other.id), gone, nobody, Actor(None, "chat")], commitment.id

    actors, number = store.write(begin)
    acts = (
        lambda s, who: update_drafts.write(s, number, actor=who, now=NOW, progress=10),
        lambda s, who: update_drafts.send(s, number, "", actor=who, now=NOW),
        lambda s, who: update_drafts.add_evidence(s, number, Proof("a", b"a"), actor=who, now=NOW),
        lambda s, who: drafting.own(s, number, who.person_id),
        lambda s, who: organising.check(s, s.get_one(Commitment, number).meeting_id, who.person_id),
    )
    for who in actors:
        for act in acts:
            assert isinstance(refused(store, lambda s, a=act, w=who: a(s, w)), NotAnOrganiser)


def test_an_update_is_sent_as_it_was_shown_with_its_evidence_once(store: Store) -> None:
    rosa, number = store.write(world)

    def write(session: Session) -> str:
        update_drafts.write(session, number, actor=rosa, now=NOW, status="in_progress", progress=40)
        for name, content in (("foto.jpg", b"uno"), ("foto.jpg", b"dos"), ("foto.jpg", b"uno")):
            proof = Proof(name, content, "image/jpeg")
            update_drafts.add_evidence(session, number, proof, note="Van cinco", actor=rosa, now=NOW)
        address = "https://example.org/acta"
        draft = update_drafts.add_evidence(session, number, Proof(address, address=address), actor=rosa, now=NOW)
        assert [each["name"] for each in draft.evidence] == ["foto.jpg", "foto-2.jpg", address]
        assert draft.note == "Van cinco"
        return update_drafts.fingerprint_of(session, draft)

    sign = store.write(write)

    def send(session: Session) -> None:
        draft = update_drafts.of(session, number, rosa.person_id)
        assert draft
        shown = previews.update(session, draft, LATER)
        done = update_drafts.send(session, number, sign, actor=rosa, now=LATER)
        told = public_record.news(session, done.update_id, LATER)
        assert shown
        assert told
        assert shown.standing == told.standing
        assert [(each.name, each.sha256, each.size) for each in shown.step.evidence] == [
            (each.name, each.sha256, each.size) for each in told.step.evidence
        ]
        assert (told.step.status, told.step.progress, told.step.note) == ("in_progress", 40, "Van cinco")

    store.write(send)
    again = refused(store, lambda s: update_drafts.send(s, number, sign, actor=rosa, now=LATER))
    assert isinstance(again, SentAlready)
    author = store.read(lambda s: s.scalars(select(CommitmentUpdate.author_id).order_by(CommitmentUpdate.number)).all())
    assert list(author) == [None, rosa.person_id]
    assert "updated" in store.read(lambda s: s.scalars(select(Audit.act).where(Audit.actor_id == rosa.person_id)).all())


def test_an_update_by_somebody_else_in_between_is_shown_first(store: Store) -> None:
    rosa, number = store.write(world)

    def act(session: Session) -> None:
        draft = update_drafts.write(session, number, actor=rosa, now=NOW, progress=40)
        sign = update_drafts.fingerprint_of(session, draft)
        made.update(session, progress=20)
        with pytest.raises(DraftChanged):
            update_drafts.send(session, number, sign, actor=rosa, now=LATER)

    store.write(act)


def test_a_new_due_date_needs_its_reason_and_the_same_date_none(store: Store) -> None:
    rosa, number = store.write(world)

    def act(session: Session) -> None:
        draft = update_drafts.write(session, number, actor=rosa, now=NOW, due_on=date(2027, 6, 1))
        assert update_drafts.obstacles(session, draft) == ["because"]
        sign = update_drafts.fingerprint_of(session, draft)
        with pytest.raises(DraftChanged):
            update_drafts.send(session, number, sign, actor=rosa, now=NOW)
        update_drafts.write(session, number, actor=rosa, now=NOW, because="Llovió")
        assert update_drafts.obstacles(session, draft) == []
        update_drafts.write(session, number, actor=rosa, now=NOW, due_on=made.DRAFT.due_on)
        assert (draft.due_on, draft.because) == (None, None)
        assert update_drafts.obstacles(session, draft) == ["nothing"]

    store.write(act)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"progress": 101}, "not_a_percentage"),
        ({"note": "x" * 2001}, "too_long"),
        ({"because": " "}, "too_long"),
        ({"due_on": date(2026, 10, 1)}, "past"),
    ],
)
def test_what_cannot_stand_in_an_update_is_refused_and_keeps_nothing(
    store: Store, said: dict[str, Any], why: str
) -> None:
    rosa, number = store.write(world)
    problem = refused(store, lambda s: update_drafts.write(s, number, actor=rosa, now=NOW, **said))
    assert isinstance(problem, NotTaken)
    assert problem.why == why
    assert store.read(lambda s: s.scalar(select(func.count()).select_from(UpdateDraft))) == 0


@pytest.mark.parametrize(
    ("proof", "why"),
    [
        (Proof("a", b""), "too_large"),
        (Proof("a", bytes(20_000_001)), "too_large"),
        (Proof("a", address="javascript:alert(1)"), "not_an_address"),
    ],
)
def test_evidence_that_cannot_be_shown_is_refused(store: Store, proof: Proof, why: str) -> None:
    rosa, number = store.write(world)
    problem = refused(store, lambda s: update_drafts.add_evidence(s, number, proof, actor=rosa, now=NOW))
    assert isinstance(problem, NotTaken)
    assert problem.why == why


def test_a_file_goes_with_the_last_draft_that_has_it_and_stays_where_it_is_shown(store: Store) -> None:
    rosa, number = store.write(world)

    def act(session: Session) -> None:
        made.update(session, proofs=(Proof("acta.pdf", b"acta", "application/pdf"),))
        other = organiser(session)
        for who in (rosa, other):
            for content in (b"acta", b"foto"):
                update_drafts.add_evidence(session, number, Proof("x", content), actor=who, now=NOW)
        update_drafts.discard(session, number, actor=rosa)
        assert session.scalar(select(func.count()).select_from(File)) == 2
        draft = update_drafts.of(session, number, other.person_id)
        assert draft
        for piece in list(draft.evidence):
            update_drafts.remove_evidence(session, number, evidence_drafts.key_of(piece), actor=other, now=NOW)
        assert session.scalars(select(File.size)).all() == [len(b"acta")]
        assert session.scalar(select(func.count()).select_from(Evidence)) == 1

    store.write(act)


def test_a_draft_that_nobody_touches_is_let_go_after_30_days(store: Store) -> None:
    rosa, number = store.write(world)
    store.write(lambda s: update_drafts.add_evidence(s, number, Proof("x", b"foto"), actor=rosa, now=NOW).id)

    def left(after: timedelta) -> tuple[int | None, int | None]:
        store.write(retention.let_go, now=NOW + after)
        drafts, kept = (select(func.count()).select_from(table) for table in (UpdateDraft, File))
        return store.read(lambda s: (s.scalar(drafts), s.scalar(kept)))

    assert left(timedelta(days=30)) == (1, 1)
    assert left(timedelta(days=30, seconds=1)) == (0, 0)


def test_hushed_and_blocked_are_not_counted_among_those_reached(store: Store) -> None:
    def act(session: Session) -> int:
        commitment = made.published(session)
        for person in ({}, {"tell": "nothing"}, {"chat_id": None}, {"unreachable_since": NOW}):
            made.registered(session, commitment.meeting_id, **person)
        return previews.reach(session, commitment)

    assert store.write(act) == 1


def test_what_is_sent_for_a_draft_is_published_with_it_and_goes_with_it(store: Store) -> None:
    def act(session: Session) -> None:
        factories.meeting(session)
        rosa, luis = organiser(session), organiser(session)
        kept, gone = drafted(session, rosa), drafted(session, rosa)
        bare = drafting.fingerprint_of(session, kept)
        for who, content in ((rosa, b"uno"), (luis, b"dos"), (luis, b"uno")):
            update_drafts.add_evidence(session, kept.id, Proof("foto.jpg", content), note="Acta", actor=who, now=NOW)
        update_drafts.add_evidence(session, gone.id, Proof("foto.jpg", b"tres"), actor=rosa, now=NOW)
        drafting.discard(session, gone.id, drafting.fingerprint_of(session, gone), actor=rosa, now=NOW)
        assert session.scalar(select(func.count()).select_from(File)) == 2
        with pytest.raises(DraftChanged):
            drafting.publish(session, kept.id, bare, actor=rosa, now=NOW)
        sign = drafting.fingerprint_of(session, kept)
        shown = previews.publication(session, kept, NOW)
        told = public_record.news(session, drafting.publish(session, kept.id, sign, actor=rosa, now=NOW).update_id, NOW)
        assert shown
        assert told
        assert [each.name for each in told.step.evidence] == ["foto.jpg", "foto-2.jpg"]
        assert [each.sha256 for each in shown.step.evidence] == [each.sha256 for each in told.step.evidence]
        assert session.scalars(select(UpdateDraft)).all() == []

    store.write(act)


def test_what_an_erased_person_was_drafting_goes_with_its_files(store: Store) -> None:
    rosa, number = store.write(world)
    store.write(lambda s: update_drafts.add_evidence(s, number, Proof("x", b"foto"), actor=rosa, now=NOW).id)
    assert rosa.person_id
    store.write(privacy.erase, rosa.person_id, actor=rosa, now=NOW)
    assert store.read(lambda s: s.scalar(select(func.count()).select_from(File))) == 0


async def test_taps_at_once_publish_and_send_once(store: Store) -> None:
    def begin(session: Session) -> tuple[Actor, int, str]:
        factories.meeting(session)
        rosa = organiser(session)
        row = drafted(session, rosa)
        return rosa, row.id, drafting.fingerprint_of(session, row)

    def write(session: Session) -> str:
        draft = update_drafts.write(session, number, actor=rosa, now=NOW, progress=40)
        return update_drafts.fingerprint_of(session, draft)

    async def outcomes(act: Any, sign: str) -> list[str]:
        taps = (store.transaction(act, number, sign, actor=rosa, now=LATER) for _ in range(5))
        return sorted(type(each).__name__ for each in await asyncio.gather(*taps, return_exceptions=True))

    rosa, number, sign = store.write(begin)
    once = ["Published", *["SentAlready"] * 4]
    assert await outcomes(drafting.publish, sign) == once
    assert await outcomes(update_drafts.send, store.write(write)) == once
    assert store.read(lambda s: s.scalar(select(func.count()).select_from(CommitmentUpdate))) == 2


async def test_photos_of_an_album_at_once_are_all_kept(store: Store) -> None:
    rosa, number = store.write(world)
    proofs = [Proof("foto.jpg", f"foto {place}".encode(), "image/jpeg") for place in range(6)]
    await asyncio.gather(
        *(store.transaction(update_drafts.add_evidence, number, each, actor=rosa, now=NOW) for each in proofs)
    )
    kept = store.read(update_drafts.of, number, rosa.person_id)
    assert kept
    assert {each["name"] for each in kept.evidence} == {"foto.jpg", *(f"foto-{place}.jpg" for place in range(2, 7))}
