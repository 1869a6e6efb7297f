"""What an organiser sees of people and acts, in a world of hostile names: kind, person, parameters, moment."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import audit, inviting
from civic.audit import BY_COMMAND, BY_THE_CLOCK, Actor
from civic.conversation import Incoming
from civic.schema import Need, Registration, Staff, Workshop
from messages.trail import WORDS
from tests import factories
from tests.factories import NOW
from tests.messages.organiser_scenes import HOSTILE, LONG, _people

Seen = tuple[str, int | None, dict[str, Any], datetime]


def seen(session: Session) -> list[Seen]:
    """Make the world, and list what is seen of it."""
    after = NOW + timedelta(days=8)
    rosa = factories.person(session, HOSTILE)
    session.add(Staff(role="organiser", person_id=rosa.id))
    meeting = factories.meeting(session, code="personas", title=HOSTILE * 6, capacity=9, needs=["wheelchair"])
    bare = factories.meeting(session, code="nadie", title=HOSTILE * 6, state="draft")
    me = Actor(rosa.id, "chat")
    entity = factories.entity(session)
    made = [inviting.invite(session, meeting.id, of, actor=me, now=NOW)[0].id for of in (None, entity.id) * 4]
    for number, role in enumerate(made[:6], 1):
        assert inviting.accept(session, role, Incoming(1, number, 7100 + number, 7100 + number, "es"), LONG, now=NOW)
    nameless = factories.person(session, "")
    session.add(Staff(role="organiser", person_id=nameless.id, meeting_id=meeting.id))
    for row in _people(session, meeting.id, 8):
        row.code, row.registered_at = f"QBCD23{row.id % 100:02}", NOW + timedelta(days=row.id % 4)
        session.add(Need(registration_id=row.id, need="wheelchair"))
        row.workshop_id = session.scalars(select(Workshop.id).where(Workshop.meeting_id == meeting.id)).first()
        row.badge = row.id % 30 + 1
    session.get_one(Registration, row.id).name = None
    session.flush()
    _acts(session, meeting.id, me)
    inviting.revoke(session, made[0], meeting.id, actor=me, now=NOW)
    inviting.revoke(session, made[7], meeting.id, actor=me, now=NOW)
    about: dict[str, Any] = {"meeting": meeting.id}
    holders = [session.get_one(Staff, role).person_id for role in made[:3]]
    return [
        *(("org_people", rosa.id, {**about, "page": page}, NOW) for page in (0, 1, 9)),
        ("org_link", rosa.id, {**about, "role": made[6], "token": "aZ" * 12}, NOW),
        ("org_link", rosa.id, {**about, "role": made[1], "token": "aZ" * 12}, NOW),
        ("org_link", rosa.id, {**about, "role": made[6]}, NOW),
        ("org_link_many", rosa.id, {**about, "most": 10}, NOW),
        *(("org_invited", None, {"role": role}, NOW) for role in (made[0], made[2], made[6], made[7])),
        ("org_invited", None, {"role": made[6]}, after),
        *(("org_invite_gone", None, {"why": why}, NOW) for why in ("used", "expired", "revoked", "unknown")),
        ("org_invite_again", None, {}, NOW),
        ("org_declined", None, {}, NOW),
        *((kind, rosa.id, {"role": role}, NOW) for kind in ("org_joins", "org_holds") for role in made[1:3]),
        *(("org_removed", rosa.id, {**about, "role": role}, NOW) for role in (made[0], made[2], made[6], made[7])),
        ("org_given_up", rosa.id, {**about, "role": made[0]}, NOW),
        ("org_joined", rosa.id, {**about, "role": made[2]}, NOW),
        ("org_lost", holders[0], {**about, "role": made[0]}, NOW),
        *(
            ("org_back", holder, {**about, "role": role}, NOW)
            for role, holder in zip(made[1:3], holders[1:], strict=True)
        ),
        *(("org_calls", rosa.id, {**about, "page": page}, NOW) for page in (0, 1, 9)),
        ("org_calls", rosa.id, {"meeting": bare.id}, NOW),
        *(("org_sheet", rosa.id, {"meeting": each.id}, NOW) for each in (meeting, bare)),
        *(("org_days", rosa.id, {"meeting": each.id}, after) for each in (meeting, bare)),
        *(("org_days", rosa.id, about, NOW + timedelta(days=60)),),
        *(
            ("org_acts", rosa.id, {**about, "page": page, "everybody": everybody}, NOW)
            for page in range(9)
            for everybody in (False, True)
        ),
    ]


def _acts(session: Session, meeting_id: int, me: Actor) -> None:
    """Let everything that we have words for be done, with old and new of every shape, and something that we lack."""
    said: dict[str, Any] = {
        "venue": {"name": {"es": LONG, "en": LONG}},
        "starts_at": {"said": "2026-11-21 10:00", "at": NOW.isoformat()},
        "due": "2027-03-15",
        "progress": 50,
        "status": "fulfilled",
        "changed": ["title", "workshops[3].room", "workshops[4].room"],
        "unheard_of": HOSTILE,
        "told": True,
        "created": [],
    }
    who = (me, BY_COMMAND, BY_THE_CLOCK, Actor(None, "portal"), Actor(None, "chat"))
    for number, (kind, act) in enumerate([*WORDS, ("m", "unheard_of")]):
        keys: dict[str, Any] = {"now": NOW, "meeting_id": meeting_id, "because": LONG if number % 3 == 0 else None}
        audit.record(session, who[number % 5], act, f"{kind}1", old={"progress": 20, "due": None}, new=said, **keys)
