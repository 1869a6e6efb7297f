"""People: what they agreed to, how they are spoken to, what is stored of them, and how it goes away."""

import re
from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from civic import audit, versions, wards
from civic.audit import Actor
from civic.conversation import Incoming
from civic.errors import AnswerUnclear
from civic.schema import Audit, Consent, Conversation, MeetingEntity, Person

ATTEND_VERSION: Final = "1"
"""The text by which people agree to take part, be reminded and follow the commitments; another text, another number."""
FOLLOW_VERSION: Final = "1"
"""The text by which people agree to be told of commitments without taking part."""

HEALTH_VERSION: Final = "1"
"""The text by which people agree that we keep which support they need: health data."""
PHONE_VERSION: Final = "1"
"""The text by which people leave their phone number, to be called where no message reaches them or about support."""

_CURRENT: Final = {
    "attend": ATTEND_VERSION,
    "follow": FOLLOW_VERSION,
    "health": HEALTH_VERSION,
    "phone": PHONE_VERSION,
}
_COVERED_BY: Final = {
    "attend": ("attend",),
    "follow": ("follow", "attend"),
    "health": ("health",),
    "phone": ("phone",),
}
"""Who agrees to take part agrees to follow the commitments too: the text says so."""


_PHONE: Final = re.compile(r"\+?[0-9]{7,15}")
_JOINERS: Final = "\u200c\u200d"
"""Signs that no reader sees and that hold letters or emoji together."""


def readable(name: str) -> str:
    """Give a name on one line, without signs that no reader sees: some turn around all that follows them."""
    seen = (sign if sign.isprintable() or sign in _JOINERS else " " if sign.isspace() else "" for sign in name)
    return " ".join("".join(seen).split())


def first_name(name: str | None) -> str | None:
    """Give the first word of a name: all that others than who answers for somebody are shown of it."""
    return name.split()[0] if name and name.split() else None


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
    person = meet(session, incoming, name, now=now)
    agree(session, person, entity_ids, purpose, now=now)
    return person


def agree(
    session: Session,
    person: Person,
    entity_ids: Collection[int],
    purpose: str,
    *,
    companion: int | None = None,
    now: datetime,
) -> None:
    """Record a consent of somebody we know, or by her of a `companion`, who is no person of ours: a registration's id.

    Agreeing again changes nothing, but for what was withdrawn: that holds anew.
    """
    version = _CURRENT[purpose]
    of = Consent.registration_id == companion if companion is not None else Consent.person_id == person.id
    given = session.scalars(select(Consent).where(of, Consent.purpose == purpose, Consent.version == version))
    known = {row.entity_id: row for row in given}
    for entity_id in entity_ids:
        row = known.get(entity_id)
        if row is not None and row.withdrawn_at is None:
            continue
        if row is None:
            row = Consent(entity_id=entity_id, purpose=purpose, version=version, registration_id=companion)
            row.person_id = person.id if companion is None else None
            row.recorded_by = person.id if companion is not None else _reader(session, person)
            session.add(row)
        row.language = person.language
        row.given_at = now
        row.withdrawn_at = None
        subject = f"p{person.id}" if companion is None else f"r{companion}"
        new = {"entity": entity_id, "purpose": purpose, "version": version}
        audit.record(session, Actor(person.id, "chat"), "consent", subject, now=now, new=new)
    session.flush()


def withdraw(
    session: Session, person_id: int, purpose: str, *, companion: int | None = None, actor: Actor, now: datetime
) -> None:
    """Take back what somebody agreed to for a purpose, with every entity; or what she agreed to for a companion."""
    of = Consent.registration_id == companion if companion is not None else Consent.person_id == person_id
    held = session.scalars(select(Consent).where(of, Consent.purpose == purpose, Consent.withdrawn_at.is_(None))).all()
    for row in held:
        row.withdrawn_at = now
    if held:
        subject = f"p{person_id}" if companion is None else f"r{companion}"
        audit.record(session, actor, "withdraw", subject, now=now, old={"purpose": purpose})
    session.flush()


def leave_phone(session: Session, person: Person, phone: str, entity_ids: Collection[int], *, now: datetime) -> None:
    """Keep somebody's phone number, to be called where no message reaches her; AnswerUnclear if it is none.

    It has 7 to 15 digits, maybe with `+`, spaces, dashes, dots or brackets.
    """
    digits = re.sub(r"[\s().-]", "", phone)
    if not _PHONE.fullmatch(digits):
        raise AnswerUnclear
    person.phone = digits
    agree(session, person, entity_ids, "phone", now=now)


def take_phone_back(session: Session, person: Person, *, actor: Actor, now: datetime) -> None:
    """Forget somebody's phone number, and that she agreed to it."""
    person.phone = None
    withdraw(session, person.id, "phone", actor=actor, now=now)


def has_consented(
    session: Session,
    person_id: int | None,
    entity_ids: Collection[int],
    purpose: str,
    *,
    companion: int | None = None,
) -> bool:
    """Tell whether somebody (or a `companion`, by a registration's id) agreed to a purpose's text of today with all."""
    if person_id is None and companion is None:
        return False
    of = Consent.registration_id == companion if companion is not None else Consent.person_id == person_id
    given = session.execute(
        select(Consent.entity_id, Consent.purpose, Consent.version).where(
            of,
            Consent.purpose.in_(_COVERED_BY[purpose]),
            Consent.withdrawn_at.is_(None),
        )
    )
    held = {entity for entity, of, version in given if version == _CURRENT[of]}
    return set(entity_ids) <= held


def agreeing(session: Session, entity_ids: Collection[int], purpose: str) -> set[int]:
    """Name those, by id, who agreed to a purpose's text of today with all of these entities."""
    given = (
        select(Consent.person_id)
        .where(
            Consent.person_id.is_not(None),
            Consent.entity_id.in_(entity_ids),
            Consent.purpose == purpose,
            Consent.version == _CURRENT[purpose],
            Consent.withdrawn_at.is_(None),
        )
        .group_by(Consent.person_id)
        .having(func.count(Consent.entity_id.distinct()) == len(set(entity_ids)))
    )
    return {person_id for person_id in session.scalars(given) if person_id is not None}


def hush(session: Session, person_id: int | None, *, actor: Actor, now: datetime) -> None:
    """Tell somebody nothing unprompted any more (BAJA), nor who is told on her phone; their places stay theirs."""
    _tell(session, person_id, "nothing", actor, now)


def tell_changes(session: Session, person_id: int | None, *, actor: Actor, now: datetime) -> None:
    """Tell somebody unprompted only that a meeting moved or was cancelled; her places stay hers."""
    _tell(session, person_id, "changes", actor, now)


def unhush(session: Session, person_id: int | None, *, actor: Actor, now: datetime) -> None:
    """Tell somebody everything again (ALTA)."""
    _tell(session, person_id, "all", actor, now)


def left(session: Session, telegram_id: int, *, now: datetime) -> None:
    """Note that somebody blocked the bot: nothing reaches her until she comes back, nor who is told on her phone."""
    person = by_telegram(session, telegram_id)
    for each in [person, *wards.of(session, person.id)] if person else ():
        if each.unreachable_since is None:
            each.unreachable_since = now


def came_back(session: Session, telegram_id: int, *, now: datetime) -> None:
    """Note that somebody let the bot write again; what moved or was cancelled meanwhile is owed to her anew."""
    person = by_telegram(session, telegram_id)
    for each in [person, *wards.of(session, person.id)] if person else ():
        each.unreachable_since = None
        versions.owe_again(session, each.id, now=now)


def name_of(session: Session, person_id: int) -> str:
    """Say how somebody likes to be called; nothing is ''."""
    person = session.get(Person, person_id)
    return (person.name if person else None) or ""


def meet(session: Session, incoming: Incoming, name: str, *, now: datetime) -> Person:
    """Know who writes by her account, chat and name from now on, for something else than an encuentro."""
    person = by_telegram(session, incoming.telegram_id) or _meet(session, incoming, name, now)
    person.name = person.name or readable(name)
    return person


def introduce(session: Session, person_id: int | None, name: str) -> None:
    """Know by her account's name who organises and has none with us yet: what she does is noted under it."""
    person = session.get(Person, person_id) if person_id is not None else None
    if person is not None and person.name is None:
        person.name = readable(name)


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


def _reader(session: Session, person: Person) -> int | None:
    """Say who read a consent's text to who gave it: from whose phone she was signed up; None for who has her own."""
    owner = wards.owner_of(session, person)
    return owner.id if owner else None


def hushed_at(session: Session, person_id: int | None) -> datetime | None:
    """Say when somebody who hears little asked for that; None for who hears everything."""
    person = session.get(Person, person_id) if person_id is not None else None
    if person is None or person.tell == "all":
        return None
    said = select(func.max(Audit.at)).where(Audit.subject == f"p{person.id}", Audit.act == "tell")
    return session.scalar(said)


def _tell(session: Session, person_id: int | None, what: str, actor: Actor, now: datetime) -> None:
    person = session.get(Person, person_id) if person_id is not None else None
    for each in [person, *wards.of(session, person.id)] if person else ():
        if each.tell != what:
            old = {"tell": each.tell}
            audit.record(session, actor, "tell", f"p{each.id}", now=now, old=old, new={"tell": what})
            each.tell = what
