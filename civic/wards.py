"""For whom a chat may act, besides the one who writes in it: people who were signed up from her phone.

Such a person (a ward) has no Telegram account that we know, and is told in the chat of who signed her up, who answers
for her there (her owner). This is the one place that says who acts for whom; whoever takes her place over to her own
phone (`civic.handovers`) is nobody's ward any more.
"""

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from civic.errors import RegistrationUnknown
from civic.schema import Person

MOST: Final = 10
"""People signed up from one phone."""
_Owner = aliased(Person)


def of(session: Session, person_id: int | None) -> list[Person]:
    """List who was signed up from a person's phone, in that order."""
    if person_id is None:
        return []
    theirs = Person.telegram_id.is_(None) & Person.chat_id.is_not(None)
    return list(
        session.scalars(
            select(Person)
            .join(_Owner, _Owner.chat_id == Person.chat_id)
            .where(theirs, _Owner.id == person_id, _Owner.telegram_id.is_not(None))
            .order_by(Person.id)
        )
    )


def acted_for(session: Session, person_id: int | None, ward_id: int) -> Person:
    """Find for whom a person acts; RegistrationUnknown for anybody who was not signed up from her phone, or no more."""
    found = next((each for each in of(session, person_id) if each.id == ward_id), None)
    if found is None:
        raise RegistrationUnknown
    return found


def owner_of(session: Session, ward: Person) -> Person | None:
    """Find from whose phone somebody was signed up; None for who has her own, none, or whose owner was erased."""
    if ward.telegram_id is not None or ward.chat_id is None:
        return None
    return session.scalar(
        select(Person).where(Person.chat_id == ward.chat_id, Person.telegram_id.is_not(None)).order_by(Person.id)
    )
