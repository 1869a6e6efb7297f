"""Roles: who organises what. `CONVOCA_ORGANISERS` only seeds them; from then on they are rows."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from civic import audit
from civic.audit import BY_COMMAND
from civic.schema import Bot, Meeting, MeetingEntity, Person, Staff


def seed_organisers(session: Session, telegram_ids: Iterable[int], *, now: datetime) -> None:
    """Make organisers of everything out of Telegram accounts, once each; one whose role was revoked stays revoked."""
    for telegram_id in sorted(set(telegram_ids)):
        person = session.scalar(select(Person).where(Person.telegram_id == telegram_id))
        if person is None:
            person = Person(telegram_id=telegram_id, language="es", tell="all", seen_at=now)
            session.add(person)
            session.flush()
        known = session.scalar(select(Staff.id).where(Staff.person_id == person.id, Staff.role == "organiser").limit(1))
        if known is None:
            session.add(Staff(role="organiser", person_id=person.id))
            audit.record(session, BY_COMMAND, "organiser", f"p{person.id}", now=now)


def organisers_of(meeting_id: int) -> Select[int]:
    """Select who organises a meeting: by a role in it, in an entity that convenes it, or in everything."""
    convening = select(MeetingEntity.entity_id).where(MeetingEntity.meeting_id == meeting_id)
    everything = and_(Staff.meeting_id.is_(None), Staff.entity_id.is_(None))
    here = or_(everything, Staff.meeting_id == meeting_id, Staff.entity_id.in_(convening))
    holds = exists().where(Staff.person_id == Person.id, Staff.role == "organiser", Staff.revoked_at.is_(None), here)
    return select(Person.id).where(holds).order_by(Person.id)


def organises(session: Session, person_id: int | None, meeting_id: int) -> bool:
    """Tell whether somebody organises a meeting."""
    if person_id is None:
        return False
    return session.scalar(organisers_of(meeting_id).where(Person.id == person_id)) is not None


def is_organiser(session: Session, person_id: int | None) -> bool:
    """Tell whether somebody organises anything."""
    holds = select(Staff.id).where(
        Staff.person_id.is_not(None),
        Staff.person_id == person_id,
        Staff.role == "organiser",
        Staff.revoked_at.is_(None),
    )
    return session.scalar(holds.limit(1)) is not None


def entities_of(session: Session, person_id: int | None) -> set[int] | None:
    """Give the entities that somebody organises for, by id; None who organises everything."""
    roles = session.execute(
        select(Staff.entity_id, Staff.meeting_id).where(
            Staff.person_id.is_not(None),
            Staff.person_id == person_id,
            Staff.role == "organiser",
            Staff.revoked_at.is_(None),
        )
    ).all()
    if any(entity_id is None and meeting_id is None for entity_id, meeting_id in roles):
        return None
    return {entity_id for entity_id, _ in roles if entity_id is not None}


def meetings_of(session: Session, person_id: int | None) -> list[Meeting]:
    """List the meetings that somebody organises, the newest start first."""
    role = and_(
        Staff.person_id.is_not(None),
        Staff.person_id == person_id,
        Staff.role == "organiser",
        Staff.revoked_at.is_(None),
    )
    of_entities = select(MeetingEntity.meeting_id).join(Staff, Staff.entity_id == MeetingEntity.entity_id).where(role)
    everything = select(Staff.id).where(role, Staff.meeting_id.is_(None), Staff.entity_id.is_(None)).exists()
    theirs = or_(everything, Meeting.id.in_(select(Staff.meeting_id).where(role)), Meeting.id.in_(of_entities))
    return list(session.scalars(select(Meeting).where(theirs).order_by(Meeting.starts_at.desc(), Meeting.id.desc())))


def introduce_bot(session: Session, bot_id: int, username: str) -> None:
    """Keep the row of a bot account, which holds the pause of all its processes."""
    bot = session.get(Bot, bot_id)
    if bot is None:
        session.add(Bot(id=bot_id, username=username, paused_until=None))
    else:
        bot.username = username
