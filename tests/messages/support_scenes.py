"""The scenes of support, of phones and of what was left out: every way in which a need can stand."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import parties, registration, support, workshops
from civic.audit import BY_COMMAND
from civic.schema import Meeting, Registration, Workshop
from tests import factories
from tests.factories import NOW

NAME = 'Ana <b>"O\'Hara" & </i>Cía'
NEEDS = ["sign_language", "wheelchair", "hearing_loop", "childcare", "<Lupa> & luz"]
LATE = NOW + timedelta(days=14)
"""After everybody was seated."""


def seen(session: Session) -> list[tuple[Any, ...]]:
    """Let people need support, for themselves and for a companion: before the seats are given, and after."""
    return [*_before(session), *_after(session), *_without(session)]


def _meeting(session: Session, code: str) -> Meeting:
    return factories.meeting(
        session,
        code=code,
        title=f"{code} {NAME}",
        needs=NEEDS,
        attributes={"oficio <b>": ["<Pesca>", "Otro"]},
        workshops=[{"capacity": 2, "topic": NAME, "features": NEEDS[:2]}, {"capacity": 2, "topic": "Tarifas &"}],
        capacity=4,
    )


def _before(session: Session) -> list[tuple[Any, ...]]:
    meeting = _meeting(session, "apoyos")
    own, brought = _pair(session, meeting)
    _come(session, meeting.id)
    early, waits = _come(session, meeting.id), _come(session, meeting.id)
    for row in (own, brought, waits):
        _needs(session, row, own)
    support.leave_phone(session, own.id, "+57 300 555 0101", **_by(own))
    return [
        *(
            (kind, row.person_id or own.person_id, {"registration": row.id}, NOW)
            for kind in ("needs", "needs_ticked", "needs_noted", "needs_of_whom")
            for row in (own, brought, waits, early)
        ),
        *(("needs_told", own.person_id, {"registration": row.id}, NOW) for row in (own, brought)),
        ("changing", own.person_id, {"registration": own.id}, NOW),
        ("ask_again", early.person_id, {"meeting": meeting.id}, NOW),
        *(("phone", row.person_id, {"registration": row.id}, NOW) for row in (own, early)),
        *(("phone_noted", own.person_id, {"what": what}, NOW) for what in ("skipped", "removed")),
        ("phone_noted", own.person_id, {"what": "kept", "registration": own.id}, NOW),
        ("phone_unclear", own.person_id, {}, NOW),
        ("phone_of_another", own.person_id, {}, NOW),
    ]


def _after(session: Session) -> list[tuple[Any, ...]]:
    meeting = _meeting(session, "talleres")
    own, brought = _pair(session, meeting)
    others = [_come(session, meeting.id) for _ in range(2)]
    for row in (own, brought, *others):
        _needs(session, row, own)
    workshops.seat_everyone(session, meeting.id, now=LATE)
    without = select(Workshop.id).where(Workshop.number == 2, Workshop.meeting_id == meeting.id)
    assert session.scalars(without).one() in {row.workshop_id for row in (own, *others)}
    return [
        (kind, row.person_id or own.person_id, {"registration": row.id}, LATE)
        for kind in ("needs_noted", "needs_told")
        for row in (own, brought, *others)
    ]


def _without(session: Session) -> list[tuple[Any, ...]]:
    """Let somebody be asked about her companions, and say that she needs nothing."""
    meeting = _meeting(session, "sin-apoyos")
    own, brought = _pair(session, meeting)
    parties.bring(session, own.id, 2, **_by(own))
    parties.name(session, brought.id, NAME, **_by(own))
    support.answer(session, own.id, [], **_by(own))
    companions = select(Registration).where(Registration.party_id == own.party_id, Registration.person_id.is_(None))
    return [
        *(("needs", own.person_id, {"registration": row.id}, NOW) for row in session.scalars(companions)),
        ("needs_noted", own.person_id, {"registration": own.id}, NOW),
        ("ask_again", own.person_id, {"meeting": meeting.id}, NOW),
    ]


def _pair(session: Session, meeting: Meeting) -> tuple[Registration, Registration]:
    """Let somebody come with a companion."""
    own = _come(session, meeting.id)
    parties.bring(session, own.id, 1, **_by(own))
    brought = select(Registration).where(Registration.party_id == own.party_id, Registration.id != own.id)
    return own, session.scalars(brought).one()


def _needs(session: Session, row: Registration, own: Registration) -> None:
    """Let somebody need everything; `own` answers for who has no chat."""
    by = _by(own if row.person_id is None else row)
    support.accept(session, row.id, person_id=by["person_id"], now=NOW)
    support.answer(session, row.id, NEEDS, **by)


def _by(row: Registration) -> dict[str, Any]:
    return {"person_id": row.person_id, "actor": BY_COMMAND, "now": NOW}


def _come(session: Session, meeting_id: int) -> Registration:
    who = factories.person(session, NAME)
    return registration.register(session, meeting_id, who.id, name=NAME, actor=BY_COMMAND, now=NOW)
