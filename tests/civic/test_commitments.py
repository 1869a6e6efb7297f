"""Commitments: drafts, publishing (M13), updates that stay, and who is told once (M14)."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import commitments, public_record
from civic.audit import BY_COMMAND
from civic.commitment_file import CommitmentDraft, CommitmentFile
from civic.commitments import Change, Proof
from civic.errors import Faults, MeetingUnknown
from civic.schema import Audit, Commitment, CommitmentUpdate, Follow, Outbox, Party, Registration
from civic.store import Store
from tests import factories
from tests.factories import NOW

DRAFT = CommitmentDraft(
    slug="pozos",
    text="Limpiar los pozos",
    entity="alcaldia",
    responsible="Secretaría de Aguas",
    due_on=date(2027, 3, 31),
    indicator="Pozos limpios, de 12",
    answers=(),
)


def take_in(session: Session, *drafts: CommitmentDraft, code: str = "agua") -> commitments.Imported:
    return commitments.import_commitments(session, CommitmentFile(code, drafts or (DRAFT,)), actor=BY_COMMAND, now=NOW)


def publish(session: Session, *slugs: str, code: str = "agua") -> list[commitments.Published]:
    return commitments.publish(session, code, slugs or None, actor=BY_COMMAND, now=NOW)


def update(session: Session, /, **change: Any) -> commitments.Published:
    later = NOW + timedelta(days=1)
    return commitments.update(session, "agua", "pozos", Change(**change), actor=BY_COMMAND, now=later)


def published(session: Session) -> Commitment:
    """Make a meeting with one published commitment."""
    factories.meeting(session)
    take_in(session)
    publish(session)
    return session.scalars(select(Commitment)).one()


def faults(store: Store, act: Any) -> tuple[str, ...]:
    with pytest.raises(Faults) as caught:
        store.write(act)
    return caught.value.faults


def registered(session: Session, meeting_id: int, state: str = "registered", **person: Any) -> int:
    who = factories.person(session, **person)
    party = Party(meeting_id=meeting_id, link=f"l{who.id}", choices=[])
    session.add(party)
    session.flush()
    session.add(
        Registration(
            meeting_id=meeting_id,
            party_id=party.id,
            person_id=who.id,
            state=state,
            queue_number=who.id if state in {"waiting", "offered"} else None,
            registered_at=NOW,
            cancelled_at=NOW if state == "cancelled" else None,
            attributes={},
            answered=[],
        )
    )
    session.flush()
    return who.id


def told(session: Session, kind: str) -> set[int | None]:
    return set(session.scalars(select(Outbox.person_id).where(Outbox.kind == kind)))


# Drafts


def test_importing_again_changes_drafts_and_keeps_those_left_out(store: Store) -> None:
    def act(session: Session) -> None:
        factories.meeting(session)
        other = replace(DRAFT, slug="tarifas", text="Publicar las tarifas")
        assert take_in(session, DRAFT, other).created == ("pozos", "tarifas")
        done = take_in(session, replace(DRAFT, indicator="12 pozos"))
        assert (done.created, done.changed, done.unchanged) == ((), ("pozos",), ())
        assert take_in(session, other).unchanged == ("tarifas",)

    store.write(act)
    lines = store.read(public_record.listing, "agua")
    assert [(line.slug, line.state) for line in lines] == [("pozos", "draft"), ("tarifas", "draft")]
    assert store.read(lambda s: s.scalar(select(Commitment.indicator).where(Commitment.slug == "pozos"))) == "12 pozos"


def test_an_entity_is_known_by_code_or_by_name_and_must_convene(store: Store) -> None:
    def act(session: Session) -> None:
        factories.meeting(session)
        factories.entity(session, "hospital", name="Hospital")
        take_in(session, replace(DRAFT, entity="alcaldía de puerto sereno"))

    store.write(act)
    found = faults(store, lambda s: take_in(s, DRAFT, replace(DRAFT, slug="b", entity="hospital")))
    assert found == ("commitments[2].entity: hospital does not convene agua (alcaldia do)",)


def test_an_unknown_meeting_is_a_fault(store: Store) -> None:
    assert faults(store, take_in) == ("meeting: agua is unknown",)
    with pytest.raises(MeetingUnknown):
        store.read(public_record.listing, "agua")


def test_a_published_one_that_differs_is_a_fault_and_nothing_changes(store: Store) -> None:
    store.write(published)
    changed = replace(DRAFT, text="Otra cosa", due_on=date(2028, 1, 1))
    found = faults(store, lambda s: take_in(s, replace(DRAFT, slug="nuevo"), changed))
    assert [fault.split(":")[0] for fault in found] == ["commitments[2].text", "commitments[2].due"]
    assert store.read(lambda s: s.scalars(select(Commitment.text)).all()) == ["Limpiar los pozos"]
    assert store.write(take_in).unchanged == ("pozos",)


# Publishing


def test_publishing_names_every_lack_at_once(store: Store) -> None:
    def act(session: Session) -> None:
        factories.meeting(session)
        take_in(session, replace(DRAFT, responsible=None, due_on=None), replace(DRAFT, slug="b", indicator=None))

    store.write(act)
    assert faults(store, publish) == (
        "pozos.responsible: is missing (M13)",
        "pozos.due: is missing (M13)",
        "b.indicator: is missing (M13)",
    )
    assert store.read(lambda s: s.scalars(select(CommitmentUpdate)).all()) == []


@pytest.mark.parametrize(("state", "why"), [("draft", "is a draft"), ("cancelled", "was cancelled")])
def test_publishing_needs_a_convened_meeting(store: Store, state: str, why: str) -> None:
    def act(session: Session) -> None:
        factories.meeting(session, state=state)
        take_in(session)

    store.write(act)
    (fault,) = faults(store, publish)
    assert why in fault


def test_publishing_some_then_the_rest_and_then_nothing(store: Store) -> None:
    def act(session: Session) -> None:
        factories.meeting(session)
        take_in(session, DRAFT, replace(DRAFT, slug="b"), replace(DRAFT, slug="c"))
        assert [each.slug for each in publish(session, "b")] == ["b"]
        assert [each.slug for each in publish(session)] == ["pozos", "c"]

    store.write(act)
    assert faults(store, publish) == ("agua has no draft to publish",)
    assert faults(store, lambda s: publish(s, "b", "x")) == ("x: agua has no such commitment",)
    history = store.read(public_record.history_of, "agua", "pozos", NOW)
    assert history is not None
    (step,) = history.steps
    assert (step.number, step.status, step.progress, step.due_on) == (1, "not_started", 0, date(2027, 3, 31))


# Updates


def test_what_an_update_leaves_out_stays_and_everything_stays_in_the_history(store: Store) -> None:
    store.write(published)
    store.write(update, status="in_progress", progress=30, note="Empezamos")
    store.write(update, due_on=date(2027, 6, 30), because="Llovió")
    history = store.read(public_record.history_of, "agua", "pozos", NOW)
    assert history is not None
    assert [(s.number, s.status, s.progress, s.due_on, s.note, s.because) for s in history.steps] == [
        (3, "in_progress", 30, date(2027, 6, 30), None, "Llovió"),
        (2, "in_progress", 30, date(2027, 3, 31), "Empezamos", None),
        (1, "not_started", 0, date(2027, 3, 31), None, None),
    ]
    assert (history.standing.due_on, history.standing.first_due_on) == (date(2027, 6, 30), date(2027, 3, 31))


def test_evidence_is_kept_with_its_hash_and_shown_only_under_its_name(store: Store) -> None:
    store.write(published)
    proofs = (Proof("acta.pdf", b"%PDF-", "application/pdf"), Proof("página", address="https://example.org/a"))
    store.write(update, proofs=proofs)
    history = store.read(public_record.history_of, "agua", "pozos", NOW)
    assert history is not None
    file, address = history.steps[0].evidence
    assert (file.name, file.size, address.address) == ("acta.pdf", 5, "https://example.org/a")
    assert file.sha256 is not None
    shown = store.read(public_record.shown_file, file.sha256, "acta.pdf")
    assert shown is not None
    assert shown.content == b"%PDF-"
    assert store.read(public_record.shown_file, file.sha256, "otra.pdf") is None
    assert store.read(public_record.evidence, file.id) == ("acta.pdf", shown)
    assert store.read(public_record.evidence, address.id) is None


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"status": "done"}, "status: done is none of"),
        ({"progress": 101}, "progress: 101 is not between 0 and 100"),
        ({"progress": -1}, "progress: -1 is not"),
        ({"note": "  "}, "note: 1 to 2000 characters"),
        ({"note": ""}, "note: 1 to 2000 characters"),
        ({"note": "x" * 2001}, "note: 1 to 2000 characters"),
        ({"due_on": date(2027, 6, 30)}, "due: a new due date needs its reason"),
        ({"status": "fulfilled", "because": "sí"}, "because: is the reason of a new due date"),
        ({"due_on": date(2027, 6, 30), "because": "x" * 501}, "because: has 501 characters; it may have 500"),
        ({"proofs": (Proof("x", address="https:// x"),)}, "evidence: x is neither"),
        ({"proofs": (Proof("a.pdf", b""),)}, "evidence: a.pdf is empty or over 20 MB"),
        ({"proofs": (Proof("a.pdf", b"x" * 20_000_001),)}, "evidence: a.pdf is empty or over 20 MB"),
        ({"proofs": (Proof("ftp://a", address="ftp://a"),)}, "evidence: ftp://a is neither"),
        ({}, "pozos stands so already"),
        ({"progress": 0, "status": "not_started"}, "pozos stands so already"),
    ],
)
def test_a_wrong_update_is_refused_and_leaves_nothing(store: Store, change: dict[str, Any], fault: str) -> None:
    store.write(published)
    (found,) = faults(store, lambda s: update(s, **change))
    assert found.startswith(fault)
    assert store.read(lambda s: s.scalars(select(CommitmentUpdate.number)).all()) == [1]


def test_the_same_update_typed_twice_is_one(store: Store) -> None:
    store.write(published)
    change = {"progress": 10, "note": "Vamos", "proofs": (Proof("a.txt", b"a", "text/plain"),)}
    store.write(update, **change)
    assert faults(store, lambda s: update(s, **change)) == (
        "pozos stands so already: this update would change nothing",
    )


def test_a_draft_and_an_unknown_one_are_not_updated(store: Store) -> None:
    def act(session: Session) -> None:
        factories.meeting(session)
        take_in(session)

    store.write(act)
    assert faults(store, lambda s: update(s, progress=10)) == ("pozos is a draft: publish it first",)
    assert store.read(public_record.history_of, "agua", "pozos", NOW) is None
    change = Change(progress=1)
    assert faults(store, lambda s: commitments.update(s, "agua", "x", change, actor=BY_COMMAND, now=NOW)) == (
        "x: agua has no such commitment",
    )


def test_overdue_follows_from_the_day_in_the_meetings_zone(store: Store) -> None:
    store.write(published)

    def overdue(day: int, hour: int) -> bool:
        now = NOW.replace(year=2027, month=4, day=day, hour=hour)
        (standing,) = store.read(public_record.published, now)
        return standing.overdue

    assert not overdue(1, 4)  # still 31 March in Bogotá
    assert overdue(1, 6)
    store.write(update, status="fulfilled", progress=100)
    assert not overdue(1, 6)


def test_acts_are_recorded(store: Store) -> None:
    store.write(published)
    store.write(update, progress=50)
    acts = store.read(lambda s: s.execute(select(Audit.act, Audit.old, Audit.new).order_by(Audit.id)).all())
    assert [act for act, _, _ in acts] == ["commitments_imported", "published", "updated"]
    assert (acts[2].old["progress"], acts[2].new["progress"]) == (0, 50)


# Who is told


def test_news_goes_once_to_places_kept_and_to_who_follows(store: Store) -> None:
    def act(session: Session) -> dict[str, int]:
        made = factories.meeting(session)
        other = factories.meeting(session, code="otro")
        people = {state: registered(session, made.id, state) for state in ("registered", "attended", "no_show")}
        people |= {state: registered(session, made.id, state) for state in ("waiting", "cancelled")}
        people["elsewhere"] = registered(session, other.id)
        people["hushed"] = registered(session, made.id, tell="nothing")
        people["changes"] = registered(session, made.id, tell="changes")
        people["muted"] = registered(session, made.id)
        people["follower"] = factories.person(session).id
        people["waiting follower"] = registered(session, made.id, "waiting")
        for who, wants in (("muted", False), ("follower", True), ("waiting follower", True)):
            session.add(Follow(person_id=people[who], meeting_id=made.id, wants=wants, since=NOW))
        take_in(session)
        publish(session)
        update(session, progress=10)
        return people

    people = store.write(act)
    expected = {people[who] for who in ("registered", "attended", "no_show", "follower", "waiting follower")}
    assert store.read(told, "published") == expected
    assert store.read(told, "updated") == expected
    rows = store.read(lambda s: s.execute(select(Outbox.cause, Outbox.params)).all())
    assert all(row.cause == f"u{row.params['update']}" for row in rows)


def test_news_waits_for_decent_hours(store: Store) -> None:
    def act(session: Session) -> None:
        made = factories.meeting(session)
        registered(session, made.id)
        take_in(session)
        night = NOW.replace(day=2, hour=3)  # ten in the evening in Bogotá
        commitments.publish(session, "agua", None, actor=BY_COMMAND, now=night)

    store.write(act)
    assert store.read(lambda s: s.scalar(select(Outbox.due_at))) == NOW.replace(day=2, hour=13)


@pytest.mark.parametrize(
    ("moment", "due"),
    [
        (NOW.replace(hour=15, minute=0, second=0), NOW.replace(hour=15, minute=1, second=0)),
        (NOW.replace(hour=15, minute=0, second=59), NOW.replace(hour=15, minute=1, second=0)),
        (NOW.replace(day=2, hour=0, minute=59, second=30), NOW.replace(day=2, hour=13, minute=0, second=0)),
        (NOW.replace(day=2, hour=12, minute=59, second=30), NOW.replace(day=2, hour=13, minute=0, second=0)),
    ],
)
def test_news_is_due_at_the_end_of_its_minute(store: Store, moment: datetime, due: datetime) -> None:
    def act(session: Session) -> commitments.Published:
        factories.meeting(session)
        take_in(session)
        (done,) = commitments.publish(session, "agua", None, actor=BY_COMMAND, now=moment)
        return done

    assert store.write(act).due_at == due
