"""What an organiser sees, in a world of hostile names: kind, person, parameters, moment."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from civic import drafting, update_drafts
from civic.audit import Actor
from civic.commitments import Proof
from civic.schema import Answer, MeetingEntity, Party, Question, Registration, Staff
from tests import factories
from tests.factories import NOW

HOSTILE = 'Ana <b>"O\'Hara" & </i>Cía '
LONG = HOSTILE * 30
Seen = tuple[str, int, dict[str, Any], datetime]


def seen(session: Session) -> list[Seen]:
    """Make the world, and list what an organiser sees of it."""
    who = factories.person(session, HOSTILE)
    session.add(Staff(role="organiser", person_id=who.id))
    session.flush()
    rosa = Actor(who.id, "chat")
    return [(kind, who.id, params, now) for kind, params, now in [*_meetings(session), *_drafts(session, rosa)]]


def _meetings(session: Session) -> list[tuple[str, dict[str, Any], datetime]]:
    after = NOW + timedelta(days=21)
    title = f"organizar {HOSTILE * 4}"
    bare: dict[str, Any] = {"title": title, "needs": ["<Lupa> & luz"], "contact": None, "workshop_minutes": 45}
    small = factories.meeting(session, code="pequeno", capacity=9, state="draft", **bare)
    large = factories.meeting(session, code="grande", capacity=1200, **bare)
    off = factories.meeting(session, code="cancelado", state="cancelled", **bare)
    held = factories.meeting(session, code="hecho", **bare)
    for row in _people(session, large.id, 3):
        row.code = f"ABCD234{row.id % 10}"
    questions = [
        Question(meeting_id=held.id, number=1, slug="heard", kind="scale", text=None, options=[]),
        Question(meeting_id=held.id, number=2, slug="a", kind="choice", text=LONG, options=["<Agua> & luz", LONG]),
        Question(meeting_id=held.id, number=3, slug="in_your_words", kind="text", text=None, options=[]),
    ]
    session.add_all(questions)
    session.flush()
    for row in _people(session, held.id, 11):
        said = (str(1 + row.id % 5), str(row.id % 2), LONG[:900])
        session.add_all(
            Answer(registration_id=row.id, question_id=question.id, value=value)
            for question, value in zip(questions, said, strict=True)
        )
    session.flush()
    return [
        ("org_hello", {}, NOW),
        ("org_meetings", {"page": 0}, NOW),
        ("org_meetings", {"page": 1}, NOW),
        *(("org_meeting", {"meeting": each.id}, NOW) for each in (small, large, off)),
        ("org_meeting", {"meeting": held.id}, after),
        ("org_feedback", {"meeting": held.id}, after),
        ("org_feedback", {"meeting": large.id}, after),
        ("org_comments", {"meeting": held.id}, after),
        ("org_comments", {"meeting": held.id, "page": 1}, after),
    ]


def _people(session: Session, meeting_id: int, number: int) -> list[Registration]:
    """Let so many people have a place who hear nothing from us."""
    rows = []
    for place in range(number):
        party = Party(meeting_id=meeting_id, link=f"o{meeting_id}-{place}", choices=[])
        session.add(party)
        session.flush()
        columns: dict[str, Any] = {"registered_at": NOW, "attributes": {}, "answered": [], "state": "registered"}
        rows.append(Registration(meeting_id=meeting_id, party_id=party.id, name=HOSTILE, **columns))
    session.add_all(rows)
    session.flush()
    return rows


def _drafts(session: Session, rosa: Actor) -> list[tuple[str, dict[str, Any], datetime]]:
    night = NOW + timedelta(hours=11)
    meeting = factories.meeting(session, code="borradores", title=f"borradores {HOSTILE * 4}")
    second = factories.entity(session, "hospital", name=HOSTILE * 4)
    session.add(MeetingEntity(meeting_id=meeting.id, entity_id=second.id, number=2))
    session.flush()
    bare = drafting.begin(session, meeting.id, LONG, actor=rosa, now=NOW)
    whole, out = (drafting.begin(session, meeting.id, LONG[:999], actor=rosa, now=NOW) for _ in range(2))
    said: dict[str, str | date] = {"responsible": LONG, "due": date(2027, 3, 15), "indicator": LONG}
    for row in (whole, out):
        drafting.choose_entity(session, row.id, second.id, actor=rosa, now=NOW)
        for field, value in said.items():
            drafting.write(session, row.id, field, value, actor=rosa, now=NOW)
    own = {"commitment": out.id}
    drafting.publish(session, out.id, drafting.fingerprint_of(session, out), actor=rosa, now=NOW)
    about = {"meeting": meeting.id}
    return [
        ("org_new", about, NOW),
        ("org_commitments", {**about, "page": 0}, NOW),
        *((kind, {"commitment": each.id}, NOW) for kind in ("org_draft", "org_delete") for each in (bare, whole)),
        *(("org_ask", {"commitment": row.id, "field": f}, NOW) for row in (bare, whole) for f in drafting.FIELDS),
        ("org_entity", {"commitment": bare.id}, NOW),
        ("org_preview", {"commitment": whole.id}, NOW),
        ("org_preview", {"commitment": whole.id}, night),
        ("org_deleted", about, NOW),
        ("org_changed", {}, NOW),
        ("org_already", {}, NOW),
        *(("org_again", {"why": why, "most": 1000}, NOW) for why in ("too_long", "too_large", "too_many", "past")),
        *(("org_again", {"why": why}, NOW) for why in ("not_a_date", "not_a_percentage", "not_an_address")),
        ("org_again", {"why": "not_received", "most": 20}, NOW),
        *((kind, {**own, "reach": reach}, NOW) for kind in ("org_published", "org_sent") for reach in (1, 1200)),
        ("org_discarded", own, NOW),
        *_updates(session, rosa, meeting.id, out.id),
    ]


def _updates(session: Session, rosa: Actor, meeting_id: int, number: int) -> list[tuple[str, dict[str, Any], datetime]]:
    """Begin an update of a commitment, of everything; another has none begun."""
    row = drafting.begin(session, meeting_id, "Tarifas", actor=rosa, now=NOW)
    drafting.write(session, row.id, "due", date(2027, 3, 15), actor=rosa, now=NOW)
    for field in ("responsible", "indicator"):
        drafting.write(session, row.id, field, "Tarifas", actor=rosa, now=NOW)
    drafting.publish(session, row.id, drafting.fingerprint_of(session, row), actor=rosa, now=NOW)
    said: dict[str, Any] = {"status": "partly_fulfilled", "progress": 75, "note": LONG[:1900], "because": LONG[:490]}
    update_drafts.write(session, number, actor=rosa, now=NOW, due_on=date(2027, 6, 1), **said)
    for place in range(8):
        proof = Proof(f"acta {place} {LONG[:200]}.pdf", f"acta {place}".encode(), "application/pdf")
        update_drafts.add_evidence(session, number, proof, actor=rosa, now=NOW)
    asked = ("status", "progress", "note", "evidence", "due", "because")
    own: dict[str, Any] = {"commitment": number}
    return [
        ("org_commitment", own, NOW),
        ("org_commitment", {"commitment": row.id}, NOW),
        ("org_update", own, NOW),
        ("org_update", {"commitment": row.id}, NOW),
        *(("org_update_ask", {**own, "field": field}, NOW) for field in asked),
        ("org_update_preview", own, NOW),
        *(("org_commitments", {"meeting": meeting_id, "page": page}, NOW) for page in (0, 1)),
    ]
