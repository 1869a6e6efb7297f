"""A place signed up from another's phone, taken over to one's own: by its code, and who signed her up says yes.

A code alone opens nothing and says nothing: whose place it is and where is told only after that yes. Who is a person of
ours has it at once then; a companion, of whom nothing was agreed to, is invited and agrees herself
(`civic.invitations`). So many codes may be tried a day, and a question holds for a day.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import delete, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from civic import audit, meetings, outbox, people, privacy, recipients, wards
from civic.audit import Actor
from civic.conversation import Incoming
from civic.errors import RegistrationUnknown, TooManyCodes
from civic.outbox import Priority
from civic.places import AHEAD
from civic.schema import Consent, Follow, Handover, Outbox, Person, Registration

TRIES: Final = 5
"""Codes that one account may say in a day."""
QUESTIONS: Final = 3
"""Times a day that the same place may be asked for."""
HOLDS: Final = timedelta(days=1)
"""How long a question waits for its answer, and over which tries are counted."""
KEPT: Final = timedelta(days=7)
_SAME_ROW: Final = ("cause", "kind")
"""What a row of the outbox is told from another of the same person by."""

Said = Literal["asked", "wrong", "nobody", "already", "here"]
"""asked: who signed her up is asked · wrong: no such place · nobody: who would be asked hears nothing · already: she
has a place there herself · here: it is on this phone."""


def ask(session: Session, code: str, incoming: Incoming, *, now: datetime) -> tuple[Said, Handover | None]:
    """Ask who signed somebody up whether this is her, by the code of her place; say what comes of it.

    Raises TooManyCodes after so many tries in a day, right or wrong.
    """
    since = now - HOLDS
    hers = Handover.telegram_id == incoming.telegram_id
    tried = session.scalar(select(func.count()).where(hers, Handover.asked_at > since)) or 0
    if tried >= TRIES:
        raise TooManyCodes
    found = _place(session, code)
    if found is None:
        return "wrong", _try(session, incoming, None, "wrong", now)
    meetings.lock(session, found.meeting_id)  # who asks twice at once asks once
    owner = _owner(session, found)
    if owner is not None and owner.chat_id == incoming.chat_id:
        return "here", _try(session, incoming, found, "gone", now)
    asker = people.by_telegram(session, incoming.telegram_id)
    if asker is not None and _own(session, found.meeting_id, asker.id) is not None:
        return "already", _try(session, incoming, found, "gone", now)
    of_it = Handover.registration_id == found.id
    waits = session.scalar(select(Handover).where(hers, of_it, Handover.state == "open", Handover.asked_at > since))
    if waits is not None:
        return "asked", waits
    asked = session.scalar(select(func.count()).where(of_it, Handover.owner_id.is_not(None), Handover.asked_at > since))
    silent = owner is None or owner.unreachable_since is not None or owner.tell != "all"
    if owner is None or silent or (asked or 0) >= QUESTIONS:
        return "nobody", _try(session, incoming, found, "gone", now)
    made = _try(session, incoming, found, "open", now)
    made.owner_id = owner.id
    session.flush()
    until = now + HOLDS
    cause, params = _cause(made), {"handover": made.id}
    outbox.enqueue(
        session,
        owner.id,
        cause=cause,
        kind="handover",
        due_at=now,
        params=params,
        priority=Priority.URGENT,
        until=until,
    )
    _tell(session, made, "handover_silent", params, due_at=until, priority=Priority.USUAL)
    actor = Actor(asker.id if asker else None, "chat")
    audit.record(session, actor, "ask_for", f"r{found.id}", now=now, meeting_id=found.meeting_id)
    return "asked", made


def answer(session: Session, handover_id: int, *, yes: bool, owner_id: int, actor: Actor, now: datetime) -> Handover:
    """Say whether somebody who asks for a place is whom one signed up; a yes gives it to her, with all that is hers.

    Who asked is told. The first answer counts, and its state says what came of it: given, refused, or gone where she
    has a place there herself by now, the question is a day old, or the place was given up or is on another phone.
    Raises RegistrationUnknown for whom it was not asked.
    """
    asked = session.get(Handover, handover_id)
    if asked is None or asked.owner_id != owner_id or asked.registration_id is None:
        raise RegistrationUnknown
    found = session.get_one(Registration, asked.registration_id)
    _lock(session, found, asked)
    session.refresh(asked)
    if asked.state != "open":
        return asked
    asked.closed_at = now
    session.refresh(found)
    owner = _owner(session, found)
    asker = people.by_telegram(session, asked.telegram_id)
    taken = asker is not None and _own(session, found.meeting_id, asker.id) is not None
    theirs = owner is not None and owner.id == owner_id and found.state != "cancelled"
    subject: dict[str, Any] = {"now": now, "meeting_id": found.meeting_id}
    if not theirs or taken or now > asked.asked_at + HOLDS:
        asked.state = "gone"
        if not theirs:
            _tell(session, asked, "handover_lost", {"meeting": found.meeting_id}, due_at=now)
        return asked
    if not yes:
        asked.state = "refused"
        audit.record(session, actor, "refuse_handover", f"r{found.id}", **subject)
        _tell(session, asked, "handover_refused", {"meeting": found.meeting_id}, due_at=now)
        return asked
    asked.state = "given"
    if found.person_id is not None:
        _give(session, session.get_one(Person, found.person_id, populate_existing=True), asked)
    audit.record(session, actor, "hand_over", f"r{found.id}", **subject)
    kind = "handover_done" if found.person_id is not None else "handover_invited"
    _tell(session, asked, kind, {"registration": found.id}, due_at=now)
    for other in _others(session, asked):
        other.state, other.closed_at = "gone", now
        if other.telegram_id != asked.telegram_id and now <= other.asked_at + HOLDS:
            about = {"meeting": found.meeting_id}  # by day: she may have asked hours ago
            _tell(session, other, "handover_lost", about, due_at=now, priority=Priority.USUAL)
    session.flush()
    return asked


def let_go(session: Session, *, now: datetime) -> None:
    """Forget who asked for which place, a week later. Retention's tick."""
    session.execute(delete(Handover).where(Handover.asked_at < now - KEPT))


def _place(session: Session, code: str) -> Registration | None:
    """Find the place of this code, not given up, of somebody whom another signed up and who has no account of hers."""
    found = session.scalar(select(Registration).where(Registration.code == code, Registration.state != "cancelled"))
    if found is None or (found.person_id is None and (found.registered_by is None or found.state not in AHEAD)):
        return None
    person = session.get(Person, found.person_id) if found.person_id is not None else None
    return found if person is None or person.telegram_id is None else None


def _owner(session: Session, found: Registration) -> Person | None:
    """Find who signed up whose place this is, and answers for her; None for who answers for herself."""
    if found.person_id is None:
        return session.get(Person, found.registered_by) if found.registered_by is not None else None
    return wards.owner_of(session, session.get_one(Person, found.person_id, populate_existing=True))


def _try(session: Session, incoming: Incoming, found: Registration | None, state: str, now: datetime) -> Handover:
    made = Handover(
        telegram_id=incoming.telegram_id,
        chat_id=incoming.chat_id,
        language=incoming.language,
        registration_id=found.id if found else None,
        state=state,
        asked_at=now,
        closed_at=None if state == "open" else now,
    )
    session.add(made)
    session.flush()
    return made


def _own(session: Session, meeting_id: int, person_id: int) -> Registration | None:
    """Find the place that somebody has in a meeting herself, or waits for."""
    return session.scalar(
        select(Registration)
        .where(
            Registration.meeting_id == meeting_id,
            Registration.person_id == person_id,
            Registration.state != "cancelled",
        )
        .execution_options(populate_existing=True)
    )


def _lock(session: Session, found: Registration, asked: Handover) -> None:
    """Lock the meetings of who gives and who takes in the order of their ids, then who gives."""
    asker = people.by_telegram(session, asked.telegram_id)
    both = [person for person in (found.person_id, asker.id if asker else None) if person is not None]
    hers = or_(Registration.person_id.in_(both), Registration.id == found.id)
    theirs = select(Registration.meeting_id).where(hers).distinct()
    for meeting_id in session.scalars(theirs.order_by(Registration.meeting_id)).all():
        meetings.lock(session, meeting_id)
    session.scalars(select(Person).where(Person.id.in_(both)).order_by(Person.id).with_for_update()).all()


def _give(session: Session, ward: Person, asked: Handover) -> None:
    """Make somebody who was told on another's phone the person of an account, or one with who has it already."""
    asker = people.by_telegram(session, asked.telegram_id)
    if asker is None:
        try:
            with session.begin_nested():
                ward.telegram_id, ward.chat_id = asked.telegram_id, asked.chat_id
                ward.language, ward.tell, ward.unreachable_since = asked.language, "all", None
        except IntegrityError:  # she agreed to something in the meantime
            session.refresh(ward)
            asker = people.by_telegram(session, asked.telegram_id)
    if asker is not None:
        _merge(session, ward, asker)


def _merge(session: Session, ward: Person, into: Person) -> None:
    """Pass on to somebody what is kept of her under another's phone; a place where she has one herself stays there."""
    stays = False
    passed: set[int] = set()
    for each in session.scalars(select(Registration).where(Registration.person_id == ward.id)).all():
        own = session.scalar(
            select(Registration).where(Registration.meeting_id == each.meeting_id, Registration.person_id == into.id)
        )
        given_up = next((row for row in (each, own) if own is not None and row and row.state == "cancelled"), None)
        if own is not None and given_up is None:
            stays = True
            continue
        if given_up is not None:
            privacy.empty(session, given_up)  # she has one registration in a meeting
            session.flush()
        if given_up is not each:
            each.person_id = into.id
            passed.add(each.meeting_id)
    session.flush()
    if stays:  # what she agreed to holds for both
        _copy_consents(session, ward, into)
        owed = session.scalars(select(Outbox).where(Outbox.person_id == ward.id, Outbox.state == "pending")).all()
        about = recipients.meetings(session, owed)
        _pass(session, into, [each for each in owed if each.id in about and about[each.id].id in passed], _SAME_ROW)
        return
    for each in session.scalars(select(Registration).where(Registration.registered_by == ward.id)).all():
        each.registered_by = into.id
    _copy_consents(session, ward, into)
    for table, same in ((Follow, ("commitment_id", "meeting_id", "entity_id")), (Outbox, _SAME_ROW)):
        _pass(session, into, session.scalars(select(table).where(table.person_id == ward.id)).all(), same)
    into.phone = into.phone or ward.phone
    session.flush()
    session.delete(ward)
    session.flush()


def _copy_consents(session: Session, ward: Person, into: Person) -> None:
    """Let what she agreed to hold where it is not said otherwise already."""
    same = ("entity_id", "purpose", "version")
    known = {
        tuple(getattr(each, column) for column in same): each
        for each in session.scalars(select(Consent).where(Consent.person_id == into.id))
    }
    for given in session.scalars(select(Consent).where(Consent.person_id == ward.id)).all():
        hers = known.get(tuple(getattr(given, column) for column in same))
        if hers is None:
            session.add(
                Consent(
                    person_id=into.id,
                    entity_id=given.entity_id,
                    purpose=given.purpose,
                    version=given.version,
                    language=given.language,
                    given_at=given.given_at,
                    withdrawn_at=given.withdrawn_at,
                    recorded_by=given.recorded_by,
                )
            )
        elif given.withdrawn_at is None and hers.withdrawn_at is not None and hers.withdrawn_at < given.given_at:
            hers.given_at, hers.withdrawn_at, hers.recorded_by = given.given_at, None, given.recorded_by
    session.flush()


def _pass(session: Session, into: Person, rows: Sequence[Any], same: tuple[str, ...]) -> None:
    """Give rows of one table to who takes over, but for those that she has herself."""
    for each in rows:
        table = type(each)
        alike = (getattr(table, name).is_not_distinct_from(getattr(each, name)) for name in same)
        if session.scalar(select(table.id).where(table.person_id == into.id, *alike)) is not None:
            session.delete(each)
        else:
            each.person_id = into.id
        session.flush()


def _others(session: Session, asked: Handover) -> list[Handover]:
    """List who else asks for what was given."""
    of_it = Handover.registration_id == asked.registration_id
    return list(
        session.scalars(
            select(Handover)
            .where(of_it, Handover.state == "open", Handover.id != asked.id)
            .order_by(Handover.id)
            .execution_options(populate_existing=True)
        )
    )


def _tell(
    session: Session,
    asked: Handover,
    kind: str,
    params: dict[str, Any],
    *,
    due_at: datetime,
    priority: Priority = Priority.REPLY,
) -> None:
    """Owe who asked a message; she may be nobody of ours, who has a chat."""
    person = people.by_telegram(session, asked.telegram_id)
    if person is not None:
        outbox.enqueue(
            session, person.id, cause=_cause(asked), kind=kind, due_at=due_at, params=params, priority=priority
        )
        return
    session.add(
        Outbox(
            person_id=None,
            chat_id=asked.chat_id,
            cause=_cause(asked),
            kind=kind,
            params=params,
            priority=int(priority),
            due_at=due_at,
            state="pending",
            attempts=0,
        )
    )
    session.flush()


def _cause(asked: Handover) -> str:
    return f"h{asked.id}"


def waiting_for(session: Session, handover_id: int, person_id: int | None) -> Registration | None:
    """Find the place that somebody is asked to hand over; None for anybody else, once it is answered, or it is gone."""
    asked = session.get(Handover, handover_id)
    if asked is None or person_id is None or asked.owner_id != person_id or asked.state != "open":
        return None
    found = session.get(Registration, asked.registration_id) if asked.registration_id is not None else None
    if found is None or found.state == "cancelled":
        return None
    owner = _owner(session, found)
    return found if owner is not None and owner.id == person_id else None
