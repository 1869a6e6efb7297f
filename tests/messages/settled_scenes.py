"""What was answered before, and what cannot be done any more, in a world of hostile names."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import parties, questions, registration
from civic.audit import BY_COMMAND
from civic.schema import Registration
from tests import factories
from tests.factories import NOW

HOSTILE = 'Ana <b>"O\'Hara" & </i>Cía'
Seen = tuple[str, int, dict[str, Any], datetime]


def seen(session: Session) -> list[Seen]:
    """Make the world, and list what is said in it."""
    workshops: list[dict[str, Any]] = [{"capacity": 30, "topic": f"{HOSTILE} {number}"} for number in (1, 2)]
    meeting = factories.meeting(
        session,
        code="respondido",
        title=HOSTILE,
        needs=["wheelchair"],
        workshops=workshops,
        attributes={"oficio <b>": ["<Pesca> & río", "Otro"]},
    )
    who = factories.person(session, HOSTILE)
    acting: dict[str, Any] = {"person_id": who.id, "actor": BY_COMMAND, "now": NOW}
    own = registration.register(session, meeting.id, who.id, name=HOSTILE, actor=BY_COMMAND, now=NOW)
    parties.bring(session, own.id, 1, **acting)
    questions.answer_topics(session, own.id, [2, 1], **acting)
    questions.answer_attribute(session, own.id, "oficio <b>", "<Pesca> & río", **acting)
    companion = session.scalars(select(Registration.id).where(Registration.registered_by == who.id)).one()
    asked = [(own.id, what) for what in ("companions", "name", "topics", "needs", "phone", "attr:oficio <b>")]
    said: list[Seen] = [
        ("answered_before", who.id, {"registration": number, "what": what, **how}, NOW)
        for number, what in [*asked, (companion, "needs")]
        for how in ({}, {"now": True})
    ]
    said += [(kind, who.id, {"registration": own.id}, NOW) for kind in ("all_answered", "noted_several")]
    said.append(("nothing_back", who.id, {}, NOW))
    problems = ("PlaceGone", "NothingOpen", "MeetingStarted")
    said += [("unable", who.id, {"problem": each, "registration": own.id}, NOW) for each in problems]
    said.append(("unable", who.id, {"problem": "MeetingStarted", "registration": own.id}, meeting.ends_at))
    gone = factories.person(session, HOSTILE)
    left = registration.register(session, meeting.id, gone.id, name=HOSTILE, actor=BY_COMMAND, now=NOW)
    registration.cancel(session, left.id, person_id=gone.id, actor=BY_COMMAND, now=NOW)
    said.append(("unable", gone.id, {"problem": "RegistrationUnknown", "registration": left.id}, NOW))
    said.append(("unable", gone.id, {"problem": "MeetingStarted", "meeting": meeting.id}, meeting.ends_at))
    return said
