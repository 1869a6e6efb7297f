"""Roles: who organises. `CONVOCA_ORGANISERS` only seeds them; from then on they are rows."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from civic import audit
from civic.audit import BY_COMMAND
from civic.schema import Bot, Person, Staff


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


def introduce_bot(session: Session, bot_id: int, username: str) -> None:
    """Keep the row of a bot account, which holds the pause of all its processes."""
    bot = session.get(Bot, bot_id)
    if bot is None:
        session.add(Bot(id=bot_id, username=username, paused_until=None))
    else:
        bot.username = username
