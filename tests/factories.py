"""Rows that tests start from: a meeting with its workshops, a person who has consented."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import agenda, versions
from civic.people import ATTEND_VERSION, FOLLOW_VERSION, PHONE_VERSION
from civic.schema import Consent, Entity, Meeting, MeetingEntity, MeetingVersion, Person, Workshop

NOW = datetime(2026, 11, 1, 15, tzinfo=UTC)
"""A Sunday, 10 in the morning in Bogotá."""
PER_WORKSHOP = 30
_telegram_ids = itertools.count(1001)


def entity(session: Session, /, code: str = "alcaldia", **columns: Any) -> Entity:
    """Give the entity of a code, made if it is not there."""
    found = session.scalar(select(Entity).where(Entity.code == code))
    if found is None:
        found = Entity(
            **{
                "code": code,
                "name": "Alcaldía de Puerto Sereno",
                "pqrsd": "https://example.org/pqrsd",
                "privacy": "https://example.org/datos",
                **columns,
            }
        )
        session.add(found)
        session.flush()
    return found


def meeting(
    session: Session,
    /,
    *,
    code: str = "agua",
    capacity: int = 60,
    starts_in: timedelta = timedelta(days=20),
    state: str = "convened",
    workshops: list[dict[str, Any]] | None = None,
    now: datetime = NOW,
    **columns: Any,
) -> Meeting:
    """Make a meeting of four hours, convened by the entity «alcaldia», with workshops of at most 30 for everybody.

    `workshops` gives their columns instead (`[{"capacity": 5, "topic": "Tarifas"}]`), numbered from 1.
    """
    convened = state != "draft"
    made = Meeting(
        **{
            "code": code,
            "state": state,
            "title": "Agua para todas las veredas",
            "policy": "Plan Maestro de Acueducto 2024–2027",
            "objective": "Conversar sobre los resultados del plan y cómo mejorarlo",
            "central_points": ["Cobertura por vereda", "Calidad del agua", "Tarifas"],
            "method": "Talleres simultáneos de hasta 30 personas y una plenaria",
            "guide_questions": ["¿Qué ha mejorado?"],
            "faq": [],
            "venue": {
                "name": "Casa de la Cultura",
                "address": "Calle 5 # 4-12",
                "landmark": "frente al parque",
                "latitude": 4.60971,
                "longitude": -74.08175,
            },
            "contact": {"phone": "+57 601 555 0100", "hours": "lunes a viernes de 8 a 17"},
            "starts_at": now + starts_in,
            "ends_at": now + starts_in + timedelta(hours=4),
            "timezone": "America/Bogota",
            "capacity": capacity,
            "workshop_minutes": 90,
            "needs": [],
            "attributes": {},
            "reminders": ["15d", "7d", "3d", "1d", "2h"],
            "assignment_before": "7d",
            "convened_at": now if convened else None,
            "cancelled_at": now if state == "cancelled" else None,
            "cancelled_because": "Llueve mucho" if state == "cancelled" else None,
            **columns,
        }
    )
    session.add(made)
    session.flush()
    session.add(MeetingEntity(meeting_id=made.id, entity_id=entity(session).id, number=1))
    if workshops is None:
        full, rest = divmod(capacity, PER_WORKSHOP)
        workshops = [{"capacity": size} for size in [PER_WORKSHOP] * full + [rest] * bool(rest)]
    session.add_all(
        Workshop(**{"meeting_id": made.id, "number": number, "features": [], **each})
        for number, each in enumerate(workshops, 1)
    )
    if convened:
        session.add(MeetingVersion(meeting_id=made.id, version=made.version, told=versions.told(made), at=now))
    session.flush()
    if state == "convened":
        agenda.schedule(session, made, now=now)
    return made


def person(
    session: Session,
    /,
    name: str = "María",
    *,
    telegram_id: int | None = None,
    consented: bool = True,
    language: str = "es",
    now: datetime = NOW,
    **columns: Any,
) -> Person:
    """Make a person of Telegram in her own chat; consented: to attend, follow and be called, to every entity so far."""
    number = next(_telegram_ids) if telegram_id is None else telegram_id
    made = Person(
        **{
            "name": name,
            "telegram_id": number,
            "chat_id": number,
            "language": language,
            "tell": "all",
            "seen_at": now,
            **columns,
        }
    )
    session.add(made)
    session.flush()
    if consented:
        consent(session, made, now=now)
    return made


def consent(session: Session, /, who: Person, *, now: datetime = NOW) -> None:
    """Let a person consent to attend and follow, and to be called by her phone, to every entity that there is."""
    purposes = {"attend": ATTEND_VERSION, "follow": FOLLOW_VERSION, **({"phone": PHONE_VERSION} if who.phone else {})}
    session.add_all(
        Consent(
            person_id=who.id,
            entity_id=entity_id,
            purpose=purpose,
            version=version,
            language=who.language,
            given_at=now,
        )
        for entity_id in session.scalars(select(Entity.id).order_by(Entity.id))
        for purpose, version in purposes.items()
    )
    session.flush()
