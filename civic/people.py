"""People: what they agreed to, how they are spoken to, what is stored of them, and how it goes away."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from civic import audit
from civic.audit import Actor
from civic.conversation import Incoming
from civic.schema import Consent, Conversation, MeetingEntity, Person

ATTEND_VERSION: Final = "1"
"""The text by which people agree to take part, be reminded and follow the commitments; another text, another number."""
FOLLOW_VERSION: Final = "1"
"""The text by which people agree to be told of commitments without taking part."""

_CURRENT: Final = {"attend": ATTEND_VERSION, "follow": FOLLOW_VERSION}
_COVERED_BY: Final = {"attend": ("attend",), "follow": ("follow", "attend")}
"""Who agrees to take part agrees to follow the commitments too: the text says so."""


_JOINERS: Final = "\u200c\u200d"
"""Signs that no reader sees and that hold letters or emoji together."""


def readable(name: str) -> str:
    """Give a name on one line, without signs that no reader sees: some turn around all that follows them."""
    seen = (sign if sign.isprintable() or sign in _JOINERS else " " if sign.isspace() else "" for sign in name)
    return " ".join("".join(seen).split())


def by_telegram(session: Session, telegram_id: int) -> Person | None:
    """Find who has this Telegram account, if she has consented to anything."""
    return session.scalar(select(Person).where(Person.telegram_id == telegram_id))


def consent(session: Session, incoming: Incoming, name: str, meeting_id: int, purpose: str, *, now: datetime) -> Person:
    """Record that who writes agrees to a purpose (`attend`, `follow`) with every entity that convenes a meeting."""
    convening = select(MeetingEntity.entity_id).where(MeetingEntity.meeting_id == meeting_id)
    entities = session.scalars(convening.order_by(MeetingEntity.number)).all()
    return consent_to(session, incoming, name, entities, purpose, now=now)


def consent_to(
    session: Session, incoming: Incoming, name: str, entity_ids: Collection[int], purpose: str, *, now: datetime
) -> Person:
    """Record an agreement: text version, language, time, entity and purpose. From here on she is a person of ours.

    Agreeing again changes nothing, but for what was withdrawn: that holds anew.
    """
    person = by_telegram(session, incoming.telegram_id) or _meet(session, incoming, name, now)
    person.name = person.name or readable(name)  # an organiser is known before she says hello
    version = _CURRENT[purpose]
    known = {
        row.entity_id: row
        for row in session.scalars(
            select(Consent).where(
                Consent.person_id == person.id, Consent.purpose == purpose, Consent.version == version
            )
        )
    }
    for entity_id in entity_ids:
        row = known.get(entity_id)
        if row is not None and row.withdrawn_at is None:
            continue
        if row is None:
            row = Consent(person_id=person.id, entity_id=entity_id, purpose=purpose, version=version)
            session.add(row)
        row.language = person.language
        row.given_at = now
        row.withdrawn_at = None
        new = {"entity": entity_id, "purpose": purpose, "version": version}
        audit.record(session, Actor(person.id, "chat"), "consent", f"p{person.id}", now=now, new=new)
    session.flush()
    return person


def has_consented(session: Session, person_id: int | None, entity_ids: Collection[int], purpose: str) -> bool:
    """Tell whether somebody agreed to the current text of a purpose with every one of these entities."""
    if person_id is None:
        return False
    given = session.execute(
        select(Consent.entity_id, Consent.purpose, Consent.version).where(
            Consent.person_id == person_id,
            Consent.purpose.in_(_COVERED_BY[purpose]),
            Consent.withdrawn_at.is_(None),
        )
    )
    held = {entity for entity, of, version in given if version == _CURRENT[of]}
    return set(entity_ids) <= held


def hush(session: Session, person_id: int | None, *, actor: Actor, now: datetime) -> None:
    """Tell somebody nothing unprompted any more (BAJA); her places stay hers."""
    _tell(session, person_id, "nothing", actor, now)


def unhush(session: Session, person_id: int | None, *, actor: Actor, now: datetime) -> None:
    """Tell somebody everything again (ALTA)."""
    _tell(session, person_id, "all", actor, now)


def left(session: Session, telegram_id: int, *, now: datetime) -> None:
    """Note that somebody blocked the bot: nothing reaches her until she comes back."""
    person = by_telegram(session, telegram_id)
    if person and person.unreachable_since is None:
        person.unreachable_since = now


def came_back(session: Session, telegram_id: int) -> None:
    """Note that somebody let the bot write again."""
    person = by_telegram(session, telegram_id)
    if person:
        person.unreachable_since = None


def name_of(session: Session, person_id: int) -> str:
    """Say how somebody likes to be called; nothing is ''."""
    person = session.get(Person, person_id)
    return (person.name if person else None) or ""


def _meet(session: Session, incoming: Incoming, name: str, now: datetime) -> Person:
    talk = session.get(Conversation, f"{incoming.bot_id}:{incoming.chat_id}")
    language: Any = talk.data.get("language", incoming.language) if talk else incoming.language
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    row = dialect.insert(Person).values(
        telegram_id=incoming.telegram_id,
        chat_id=incoming.chat_id,
        name=readable(name),
        language=language,
        tell="all",
        seen_at=now,
    )
    session.execute(row.on_conflict_do_nothing())  # two taps in two processes meet one person
    return session.scalars(select(Person).where(Person.telegram_id == incoming.telegram_id)).one()


def _tell(session: Session, person_id: int | None, what: str, actor: Actor, now: datetime) -> None:
    person = session.get(Person, person_id) if person_id is not None else None
    if person is None or person.tell == what:
        return
    audit.record(session, actor, "tell", f"p{person.id}", now=now, old={"tell": person.tell}, new={"tell": what})
    person.tell = what
