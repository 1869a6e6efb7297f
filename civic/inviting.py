"""Who organises, and the one-time links by which organisers invite others: never beyond what they organise themselves.

Of a link its hash alone is kept; whoever opens it first, and agrees, organises what it is for.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from civic import audit, organising, outbox, people, staff
from civic.audit import Actor
from civic.columns import Text
from civic.conversation import Incoming
from civic.errors import LastOrganiser, NotAnOrganiser, NotTaken
from civic.schema import Audit, Entity, Meeting, MeetingEntity, Outbox, Person, Staff

VALID_FOR: Final = timedelta(days=7)
MOST_OPEN: Final = 10
"""Links that are open at once for one meeting or entity."""
TOKEN_BYTES: Final = 18
TOLD_AFTER: Final = timedelta(minutes=1)
"""Who lost a role is told of it then: a mistake that is put right before tells nobody."""
INVITE: Final = "invite"
REVOKE: Final = "revoke_role"
"""Acts in the trail, by which it is known who invited, and who took a role away."""
REVOKE_LINK: Final = "revoke_link"
LOST: Final = "org_lost"
BACK: Final = "org_back"
_LIVE: Final = (Staff.role == "organiser", Staff.revoked_at.is_(None))


@dataclass(frozen=True)
class Role:
    """Who organises a meeting, or a link by which somebody may, as an organiser of the meeting sees it."""

    id: int
    scope: str
    """all, entity, meeting"""
    entity: Text | None
    name: str | None
    """Of who holds it; None of a link that is open, and of who never said one."""
    held: bool
    until: datetime | None
    """Until when a link is open."""
    own: bool
    """It is that of who looks."""
    revocable: bool
    """Who looks may take it away."""


@dataclass(frozen=True)
class Invited:
    """What a link is for, and how it stands."""

    state: str
    """open, used, expired, revoked"""
    scope: str
    meeting: Meeting | None
    entity: Text | None
    until: datetime | None
    held_by: int | None
    """Who used it, and has the role."""


def invite(
    session: Session, meeting_id: int, entity_id: int | None, *, actor: Actor, now: datetime
) -> tuple[Staff, str]:
    """Make a link for a meeting, or for all of an entity that convenes it; gives its row and the token, kept nowhere.

    Raises MeetingUnknown, NotAnOrganiser for what the actor does not organise, NotTaken with too many links open.
    """
    meeting = organising.check(session, meeting_id, actor.person_id)
    if entity_id is not None and not organises_entity(session, actor.person_id, meeting.id, entity_id):
        raise NotAnOrganiser
    of = Staff.meeting_id == meeting.id if entity_id is None else Staff.entity_id == entity_id
    links = session.scalar(select(func.count()).select_from(Staff).where(of, _open(now))) or 0
    if links >= MOST_OPEN:
        raise NotTaken("too_many", MOST_OPEN)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = Staff(role="organiser", invitation=_hash(token), expires_at=now + VALID_FOR)
    row.meeting_id, row.entity_id = (meeting.id, None) if entity_id is None else (None, entity_id)
    session.add(row)
    session.flush()
    new = {"scope": _scope(row), "until": (now + VALID_FOR).isoformat()}
    _record(session, row, INVITE, actor, now, meeting_id=meeting.id, new=new)
    return row, token


def opened(session: Session, token: str) -> int | None:
    """Find a link by its token: its id; None for one that was never made."""
    return session.scalar(select(Staff.id).where(Staff.invitation == _hash(token)))


def look(session: Session, staff_id: int, now: datetime) -> Invited | None:
    """Say what a link is for and how it stands; None for what is no link."""
    row = session.get(Staff, staff_id, populate_existing=True)
    if row is None or row.invitation is None:
        return None
    meeting = session.get(Meeting, row.meeting_id) if row.meeting_id else None
    entity = session.get(Entity, row.entity_id) if row.entity_id else None
    held = row.person_id if row.revoked_at is None else None
    return Invited(_state(row, now), _scope(row), meeting, entity.name if entity else None, row.expires_at, held)


def accept(session: Session, staff_id: int, incoming: Incoming, name: str, *, now: datetime) -> str:
    """Let who opened a link organise what it is for, once: accepted, already (it stays open), or how it stands.

    She becomes a person of ours by that: her name and her chat are kept.
    """
    row = session.scalar(
        select(Staff)
        .where(Staff.id == staff_id, Staff.invitation.is_not(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        return "unknown"
    state = _state(row, now)
    known = people.by_telegram(session, incoming.telegram_id)
    if state == "used" and known is not None and row.person_id == known.id and row.revoked_at is None:
        return "already"
    if state != "open":
        return state
    if known is not None and _may(session, known.id, row):
        return "already"
    person = people.meet(session, incoming, name, now=now)
    row.person_id, row.expires_at = person.id, now  # it is used, whatever becomes of her
    session.flush()
    made = _invited_by(session, row)
    _record(
        session, row, "join_organisers", Actor(person.id, "chat"), now, meeting_id=made.meeting_id if made else None
    )
    if made and made.actor_id is not None:
        outbox.enqueue(
            session,
            made.actor_id,
            kind="org_joined",
            cause=f"s{row.id}/joined",
            due_at=now,
            params={"role": row.id, "meeting": made.meeting_id},
            priority=outbox.Priority.USUAL,
        )
    return "accepted"


def listing(session: Session, meeting: Meeting, person_id: int | None, now: datetime) -> list[Role]:
    """List who organises a meeting, and the links that are open for it, as an organiser of it sees them."""
    convening = select(MeetingEntity.entity_id).where(MeetingEntity.meeting_id == meeting.id)
    here = or_(_of_everything(), Staff.meeting_id == meeting.id, Staff.entity_id.in_(convening))
    rows = session.execute(
        select(Staff, Person.name, Entity.name)
        .outerjoin(Person, Person.id == Staff.person_id)
        .outerjoin(Entity, Entity.id == Staff.entity_id)
        .where(*_LIVE, here, or_(Staff.person_id.is_not(None), _open(now)))
        .order_by(Staff.person_id.is_(None), Staff.id)
    )
    return [
        Role(
            id=row.id,
            scope=_scope(row),
            entity=entity,
            name=name or row.name,
            held=row.person_id is not None,
            until=row.expires_at if row.person_id is None else None,
            own=row.person_id is not None and row.person_id == person_id,
            revocable=_may(session, person_id, row),
        )
        for row, name, entity in rows
    ]


def inviting_for(session: Session, meeting: Meeting, person_id: int | None) -> list[Entity]:
    """List the entities convening a meeting for all of which somebody may invite."""
    mine = staff.entities_of(session, person_id)
    rows = session.scalars(
        select(Entity)
        .join(MeetingEntity, MeetingEntity.entity_id == Entity.id)
        .where(MeetingEntity.meeting_id == meeting.id)
        .order_by(MeetingEntity.number)
    )
    return [each for each in rows if mine is None or each.id in mine]


def organises_entity(session: Session, person_id: int | None, meeting_id: int, entity_id: int) -> bool:
    """Tell whether somebody organises all of an entity that convenes a meeting."""
    meeting = session.get_one(Meeting, meeting_id)
    return entity_id in {each.id for each in inviting_for(session, meeting, person_id)}


def revoke(session: Session, staff_id: int, meeting_id: int, *, actor: Actor, now: datetime) -> Staff:
    """Take a role away, or close a link; what is away stays so. Links go with the role of who made them.

    Who loses a role that another takes away is told so, after a minute.

    Raises NotAnOrganiser for one beyond what the actor organises, LastOrganiser for the last of everything.
    """
    row = _locked(session, staff_id, actor)
    if row.revoked_at is not None:
        return row
    if row.person_id is not None and _scope(row) == "all":
        held = (*_LIVE, _of_everything(), Staff.person_id.is_not(None))
        everybody = session.scalars(select(Staff.id).where(*held).order_by(Staff.id).with_for_update()).all()
        if set(everybody) <= {row.id}:
            raise LastOrganiser
    row.revoked_at = now
    session.flush()
    _record(session, row, REVOKE if row.person_id is not None else REVOKE_LINK, actor, now, meeting_id=meeting_id)
    if row.person_id is not None:
        close_links(session, row.person_id, actor=actor, now=now)
        if row.person_id != actor.person_id:
            _tell(session, row, LOST, meeting_id, now=now, due_at=now + TOLD_AFTER)
    return row


def close_links(session: Session, person_id: int, *, actor: Actor, now: datetime, erased: bool = False) -> None:
    """Close the open links that somebody made for what she does not organise (any more, or once she is erased)."""
    made = session.execute(
        select(Audit.subject, Audit.meeting_id).where(Audit.act == INVITE, Audit.actor_id == person_id)
    )
    seen_from = {int(subject[1:]): meeting_id for subject, meeting_id in made}
    links = select(Staff).where(Staff.id.in_(seen_from), _open(now)).order_by(Staff.id)
    for row in session.scalars(links.with_for_update().execution_options(populate_existing=True)).all():
        if erased or not _may(session, person_id, row):
            row.revoked_at = now
            _record(session, row, REVOKE_LINK, actor, now, meeting_id=seen_from[row.id])
    session.flush()


def restore(session: Session, staff_id: int, meeting_id: int, *, actor: Actor, now: datetime) -> Staff:
    """Give a role back, or open a link again, which was a mistake to take away; her own also to who gave it up.

    Raises NotAnOrganiser for one beyond what the actor organises.
    """
    row = _locked(session, staff_id, actor, gave_up=True)
    if row.revoked_at is not None:
        row.revoked_at = None
        session.flush()
        _record(session, row, "restore_role", actor, now, meeting_id=meeting_id)
        if row.person_id is not None and row.person_id != actor.person_id and not _untold(session, row):
            _tell(session, row, BACK, meeting_id, now=now, due_at=now)
    return row


def _tell(session: Session, row: Staff, kind: str, meeting_id: int, *, now: datetime, due_at: datetime) -> None:
    """Owe who holds a role word of what another did with it."""
    if row.person_id is not None:
        about = {"role": row.id, "meeting": meeting_id}
        cause = f"s{row.id}/{now:%Y%m%dT%H%M%S}"
        outbox.enqueue(session, row.person_id, kind=kind, cause=cause, due_at=due_at, params=about)


def _untold(session: Session, row: Staff) -> bool:
    """Let go what its holder was to be told of a role's loss; tell whether there was such, and none is on its way."""
    owed = (Outbox.person_id == row.person_id, Outbox.kind == LOST, Outbox.state == "pending")
    still_here = Outbox.leased_by.is_(None), Outbox.cause.startswith(f"s{row.id}/")
    gone = delete(Outbox).where(*owed, *still_here).returning(Outbox.id)
    return bool(session.scalars(gone).all())


def holder(session: Session, row: Staff) -> str | None:
    """Name who holds a role."""
    person = session.get(Person, row.person_id) if row.person_id is not None else None
    return (person.name if person else None) or row.name


def _locked(session: Session, staff_id: int, actor: Actor, *, gave_up: bool = False) -> Staff:
    """Find a role for who may take it away; locks all of everything, where it is one of them, in one order."""
    row = session.get(Staff, staff_id)
    if row is not None and _scope(row) == "all":
        session.scalars(select(Staff.id).where(_of_everything()).order_by(Staff.id).with_for_update()).all()
    row = session.scalar(
        select(Staff)
        .where(Staff.id == staff_id, Staff.role == "organiser")
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None or not (_may(session, actor.person_id, row) or (gave_up and _gave_up(session, actor, row))):
        raise NotAnOrganiser
    return row


def _gave_up(session: Session, actor: Actor, row: Staff) -> bool:
    """Tell whether somebody gave her own role up herself, and nobody took it away."""
    last = session.scalar(
        select(Audit).where(Audit.subject == f"s{row.id}", Audit.act == REVOKE).order_by(Audit.id.desc()).limit(1)
    )
    return row.person_id is not None and last is not None and last.actor_id == row.person_id == actor.person_id


def _may(session: Session, person_id: int | None, row: Staff) -> bool:
    """Tell whether somebody organises all that a role is for."""
    if row.meeting_id is not None:
        return staff.organises(session, person_id, row.meeting_id)
    if not staff.is_organiser(session, person_id):
        return False
    mine = staff.entities_of(session, person_id)
    return mine is None or row.entity_id in mine


def _state(row: Staff, now: datetime) -> str:
    if row.person_id is not None:
        return "used"
    if row.revoked_at is not None:
        return "revoked"
    return "open" if row.expires_at and row.expires_at > now else "expired"


def _scope(row: Staff) -> str:
    return "meeting" if row.meeting_id else "entity" if row.entity_id else "all"


def _open(now: datetime) -> ColumnElement[bool]:
    return and_(*_LIVE, Staff.person_id.is_(None), Staff.invitation.is_not(None), Staff.expires_at > now)


def _of_everything() -> ColumnElement[bool]:
    return and_(Staff.role == "organiser", Staff.meeting_id.is_(None), Staff.entity_id.is_(None))


def _invited_by(session: Session, row: Staff) -> Audit | None:
    return session.scalar(select(Audit).where(Audit.subject == f"s{row.id}", Audit.act == INVITE).limit(1))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _record(
    session: Session,
    row: Staff,
    act: str,
    actor: Actor,
    now: datetime,
    *,
    meeting_id: int | None,
    new: dict[str, Any] | None = None,
) -> None:
    audit.record(session, actor, act, f"s{row.id}", now=now, meeting_id=row.meeting_id or meeting_id, new=new)
