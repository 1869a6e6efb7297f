"""The fullest meeting and commitments that files may hold are still said within Telegram's limits."""

from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import pytest
import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import commitments, convening, imports, meeting_file, offers, questions, registration, workshops
from civic.audit import BY_COMMAND
from civic.commitment_file import LONGEST, CommitmentDraft, CommitmentFile
from civic.commitments import Change, Proof
from civic.meeting_fields import Attachment
from civic.meeting_file import MeetingFile
from civic.schema import Commitment, CommitmentUpdate, Meeting, Offer, Question, Registration
from civic.store import Store
from messages.catalogue import render
from messages.kind import Who
from messages.message import Message
from messages.voice import Links
from simulator.entities import parse_html, units
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.xdist_group("limits")  # one worker reads the fullest file

LINKS = Links("https://t.me/convoca_bot", "https://convoca.example.org")
MOST_BUTTONS = 100
REPORT = Attachment(f"{'informe' * 30}.pdf", "application/pdf", b"%PDF-1.7")
THEN = NOW + timedelta(days=1)
AFTER = NOW + timedelta(days=21)


Saying = tuple[str, int | None, dict[str, Any], datetime]
"""What kind, to whom, about what, when."""


def _text(length: int) -> str:
    """Make a text of a length, of what needs care: markup, an emoji of two halves, words without a space."""
    return ("<b>Agua & río 🌊" * length)[:length].strip().ljust(length, "x")


@cache
def _fullest() -> MeetingFile:
    """Give a meeting file in which everything is as long as it may be, as it is read."""
    short, long = _text(160), _text(800)
    venue = {"name": short, "address": short, "landmark": short, "latitude": "4.6", "longitude": "-74.1"}
    entity = {"name": short, "pqrsd": f"https://example.org/{'p' * 400}", "privacy": f"https://example.org/{'d' * 400}"}
    data: dict[str, Any] = {
        "entities": [{"code": f"entidad-{number}-{'x' * 28}", **entity} for number in range(20)],
        "meeting": {
            "code": "x" * 40,
            **dict.fromkeys(("title", "policy"), short),
            **dict.fromkeys(("objective", "method"), long),
            "central_points": [short] * 30,
            "guide_questions": [long] * 30,
            "venue": venue,
            "contact": {"phone": "5" * 40, "hours": short},
            "starts_at": "in 20 days at 09:00",
            "ends_at": "in 20 days at 13:00",
            "capacity": "200",
            "needs": [f"{number} {'n' * 50}" for number in range(30)],
            "attributes": {
                f"{number} {_text(57)}": [f"{option} {_text(57)}" for option in range(30)] for number in range(10)
            },
        },
        "workshops": [
            {"number": str(number), "topic": short, "room": short, "capacity": "2", "facilitator": "f" * 120}
            for number in range(1, 101)
        ],
        "feedback": [
            {"id": f"q{number}", "kind": "choice", "text": long, "options": [f"{n} {_text(157)}" for n in range(20)]}
            for number in range(20)
        ],
    }
    parsed, _ = meeting_file.parse(yaml.safe_dump(data, allow_unicode=True), None, now=NOW)
    return parsed


def _meeting(session: Session) -> Meeting:
    made = imports.import_meeting(session, _fullest(), REPORT, actor=BY_COMMAND, now=NOW).meeting
    convening.convene(session, made.code, actor=BY_COMMAND, now=NOW)
    made.late_because = _text(500)
    return made


def _signed_up(session: Session, meeting: Meeting) -> Registration:
    who = factories.person(session, _text(129))
    row = registration.register(session, meeting.id, who.id, name=_text(129), actor=BY_COMMAND, now=NOW)
    questions.answer_topics(session, row.id, [100, 99, 98, 97, 96], person_id=who.id, actor=BY_COMMAND, now=NOW)
    for attribute, options in meeting.attributes.items():
        questions.answer_attribute(session, row.id, attribute, options[0], person_id=who.id, actor=BY_COMMAND, now=NOW)
    return row


def _of_a_meeting(session: Session) -> list[Saying]:
    """List what is said around a meeting."""
    meeting = _meeting(session)
    one, other = _signed_up(session, meeting), _signed_up(session, meeting)
    own = {"registration": one.id}
    about = {"meeting": meeting.id}
    asked = ["name", *(f"attr:{name}" for name in list(meeting.attributes)[:2])]
    said: list[Saying] = [
        ("card", None, {"code": meeting.code}, NOW),
        ("card", one.person_id, {"code": meeting.code}, NOW),
        ("open_meetings", None, {}, NOW),
        *((kind, None, about, NOW) for kind in ("consent", "minor", "refused", "map", "report", "pqrsd", "neighbour")),
        *(("question", one.person_id, {**own, "what": what}, NOW) for what in asked),
        ("follow_consent", None, {"subject": "m", "id": meeting.id}, NOW),
        *((kind, one.person_id, own, NOW) for kind in ("answered", "changing", "place", "ticket", "calendar", "left")),
        *((kind, one.person_id, {}, NOW) for kind in ("mine", "pqrsd", "privacy", "hushed", "erase", "my_data")),
        ("reminder", one.person_id, {**about, "what": "15d"}, NOW),
        ("reminder", one.person_id, {**about, "what": "2h"}, NOW),
    ]
    workshops.seat_everyone(session, meeting.id, now=THEN)
    said += [
        *((kind, one.person_id, {**about, "what": "2h", "seated": True}, THEN) for kind in ("seated", "reminder")),
        *((kind, one.person_id, own, THEN) for kind in ("place", "reseated", "confirmed")),
        ("feedback", other.person_id, about, AFTER),
        ("fb_list", other.person_id, {"registration": other.id}, AFTER),
    ]
    questions = session.scalars(select(Question.id)).all()
    return [
        *said,
        *(("fb_question", other.person_id, {"registration": other.id, "question": each}, AFTER) for each in questions),
        ("place", other.person_id, {"registration": other.id}, AFTER),
    ]


def _cancelled(session: Session) -> list[Saying]:
    meeting = _meeting(session)
    row = _signed_up(session, meeting)
    convening.cancel(session, meeting.code, because=_text(500), actor=BY_COMMAND, now=NOW)
    return [
        ("cancelled", row.person_id, {"meeting": meeting.id}, NOW),
        ("card", row.person_id, {"code": meeting.code}, NOW),
        ("place", row.person_id, {"registration": row.id}, NOW),
    ]


def _waiting(session: Session) -> list[Saying]:
    meeting = _meeting(session)
    meeting.capacity = 1
    first, second, _ = _signed_up(session, meeting), _signed_up(session, meeting), _signed_up(session, meeting)
    own = {"registration": second.id}
    said: list[Saying] = [
        ("place", second.person_id, own, NOW),
        ("answered", second.person_id, own, NOW),
        ("question", second.person_id, {**own, "what": "topics"}, NOW),
        ("ranking", second.person_id, {**own, "what": "topics"}, NOW),
    ]
    registration.cancel(session, first.id, person_id=first.person_id or 0, actor=BY_COMMAND, now=NOW)
    (offer,) = offers.serve(session, meeting, THEN)
    offers.lapse_due(session, meeting.id, offer.expires_at)
    assert session.scalars(select(Offer.state).order_by(Offer.id)).first() == "lapsed"
    return [
        *said,
        ("lapsed", second.person_id, {"offer": offer.id}, offer.expires_at),
        ("mine", second.person_id, {}, THEN),
        ("passed", second.person_id, {"offer": offer.id}, THEN),
    ]


def _of_commitments(session: Session) -> list[Saying]:
    meeting = _meeting(session)
    person = _signed_up(session, meeting).person_id
    text = _text(LONGEST)
    entity = f"entidad-0-{'x' * 28}"
    drafts = [
        CommitmentDraft(f"{number}{'s' * 38}", text, entity, text, date(2027, 3, 31), text, ()) for number in range(12)
    ]
    commitments.import_commitments(session, CommitmentFile(meeting.code, tuple(drafts)), actor=BY_COMMAND, now=NOW)
    commitments.publish(session, meeting.code, None, actor=BY_COMMAND, now=NOW)
    for step in range(1, 31):
        proofs = (
            *(Proof(f"{number}{'acta' * 50}.pdf", f"{step} {number}".encode()) for number in range(10)),
            *(Proof(address, address=address) for address in [f"https://example.org/{'f' * 900}"] * 5),
        )
        change = Change("in_progress", step, text, proofs, date(2027, 4, 1) + timedelta(days=step), because=_text(500))
        commitments.update(session, meeting.code, drafts[0].slug, change, actor=BY_COMMAND, now=NOW)
    first = session.scalars(select(Commitment.id).order_by(Commitment.id)).first()
    updates = session.scalars(select(CommitmentUpdate.id).where(CommitmentUpdate.commitment_id == first)).all()
    every = list(session.scalars(select(CommitmentUpdate.id).where(CommitmentUpdate.number == 1)))
    gathered = (every, updates, every[:3], [*every[:3], updates[1]])
    return [
        ("published", person, {"update": updates[0]}, NOW),
        ("updated", person, {"update": updates[-1]}, NOW),
        *(("news", person, {"updates": list(each)}, NOW) for each in gathered),
        *(("commitments", person, {"meeting": meeting.id, "page": page}, NOW) for page in range(4)),
        ("commitment_meetings", person, {"page": 0}, NOW),
        *(("commitment", person, {"commitment": first, "page": page}, NOW) for page in range(40)),
        ("following", person, {"subject": "c", "id": first}, NOW),
    ]


def _faults(kind: str, said: list[Message]) -> list[str]:
    found = [] if said else [f"{kind}: says nothing"]
    if len(said) > 3:
        found.append(f"{kind}: {len(said)} messages at once, more than a chat takes without a pause")
    for message in said:
        length = units(parse_html(message.text).text)
        if length > (1024 if message.document else 4096):
            found.append(f"{kind}: {length} characters")
        buttons = [button for row in message.rows for button in row]
        if len(buttons) > MOST_BUTTONS:
            found.append(f"{kind}: {len(buttons)} buttons")
        found += [f"{kind}: {each.choice!r} is too long" for each in buttons if len((each.choice or "").encode()) > 64]
        found += [f"{kind}: the label {each.label!r} is too long" for each in buttons if len(each.label) > 64]
    return found


@pytest.mark.parametrize("scenes", [_of_a_meeting, _cancelled, _waiting, _of_commitments])
def test_the_fullest_is_said_within_the_limits(store: Store, scenes: Any) -> None:
    found = []
    for kind, person_id, params, now in store.write(scenes):
        who = Who(person_id, "es")
        found += _faults(kind, list(store.read(render, who, kind, params, now=now, links=LINKS)))
    assert found == []
