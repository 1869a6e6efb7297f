"""A person's own data: all of it to take away, and all of it gone."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from civic import announcement_upkeep, audit, inviting, leaving, meetings, offers, planned_upkeep, update_drafts, wards
from civic.audit import Actor
from civic.places import AHEAD
from civic.schema import (
    Answer,
    Commitment,
    Consent,
    Conversation,
    Entity,
    Follow,
    Handover,
    Meeting,
    Need,
    Outbox,
    Party,
    Person,
    Question,
    Registration,
    Staff,
    UpdateDraft,
    Workshop,
)


def my_data(session: Session, person_id: int, now: datetime) -> dict[str, Any]:
    """Gather everything stored of a person, by readable keys, ready for JSON; nothing of anybody else.

    What she said of companions who did not come themselves is hers to see; of who took her place over it is not.
    """
    person = session.get_one(Person, person_id)
    return {
        "made_at": now.isoformat(),
        "person": {
            "telegram_id": person.telegram_id,
            "chat_id": person.chat_id,
            "name": person.name,
            "phone": person.phone,
            "language": person.language,
            "told_unprompted": person.tell,
            "told_of_commitments": person.rhythm,
            "unreachable_since": _iso(person.unreachable_since),
            "last_seen_at": _iso(person.seen_at),
        },
        "consents": _consents(session, Consent.person_id == person_id),
        "registrations": [_registration(session, each) for each in _registrations(session, person_id)],
        "companions": [
            {**_registration(session, each), "consents": _consents(session, Consent.registration_id == each.id)}
            for each in _companions(session, person_id)
        ],
        "roles": _roles(session, person_id),
        "drafts": _drafts(session, person_id),
        "planned": planned_upkeep.of_person(session, person_id),
        "announcements": announcement_upkeep.of_person(session, person_id),
        "following": _following(session, person_id),
        "messages": [
            {
                "kind": row.kind,
                "about": row.params,
                "due_at": _iso(row.due_at),
                "state": row.state,
                "settled_at": _iso(row.settled_at),
            }
            for row in session.scalars(select(Outbox).where(Outbox.person_id == person_id).order_by(Outbox.id))
        ],
        "conversation": [
            {"step": talk.state, "kept": talk.data, "last_at": _iso(talk.touched_at)}
            for talk in session.scalars(select(Conversation).where(Conversation.chat_id == person.chat_id))
            if person.telegram_id is not None  # else it is another's
        ],
        "places_asked_for": [
            {"asked_at": _iso(each.asked_at), "state": each.state}
            for each in session.scalars(
                select(Handover)
                .where(Handover.telegram_id.is_not(None), Handover.telegram_id == person.telegram_id)
                .order_by(Handover.id)
            )
        ],
    }


def erase(session: Session, person_id: int, *, others: bool = False, actor: Actor, now: datetime) -> None:
    """Erase a person: coming places are freed without the two minutes' hold, and the list is served; counts stay.

    What is left of a registration is its meeting, party, state and day. Who was signed up from her phone keeps her
    place, is told nowhere any more and may be called; or, with `others`, is erased too. Meetings are locked in the
    order of their ids, then she is: what she does elsewhere at this moment is erased too, or finds her gone.
    """
    signed_up = wards.of(session, person_id)
    erased = [*(each.id for each in signed_up if others), person_id]
    where = select(Registration.meeting_id).where(or_(*map(_hers, erased))).distinct()
    for meeting_id in session.scalars(where.order_by(Registration.meeting_id)).all():
        meetings.lock(session, meeting_id)
    for each in signed_up:
        if not others:
            each.chat_id = None
    for each_id in erased:
        _erase(session, each_id, actor=actor, now=now)


def _erase(session: Session, person_id: int, *, actor: Actor, now: datetime) -> None:
    hers = _hers(person_id)
    where = select(Registration.meeting_id).where(hers).distinct().order_by(Registration.meeting_id)
    person = session.get(Person, person_id, with_for_update=True)
    if person is None:
        return
    for meeting_id in session.scalars(where).all():
        meeting = meetings.lock(session, meeting_id)
        rows = session.scalars(
            select(Registration)
            .where(hers, Registration.meeting_id == meeting_id)
            .order_by(Registration.id)
            .execution_options(populate_existing=True)
        ).all()
        freed = meeting.starts_at > now and any(each.state in AHEAD for each in rows)
        for each in rows:
            if freed:
                _leave(each, now)
            empty(session, each)
        session.flush()
        for party_id in sorted({each.party_id for each in rows}):
            _close_party(session, party_id)
            if freed:
                leaving.shrink_offer(session, party_id, "withdrawn", now)
        if freed and meeting.state == "convened":
            offers.serve(session, meeting, now)
    audit.record(session, Actor(None, actor.through), "erase", f"p{person_id}", now=now)
    session.execute(delete(Outbox).where(Outbox.person_id == person_id))
    if person.telegram_id is not None:  # else it is another's chat
        session.execute(delete(Outbox).where(Outbox.chat_id == person.chat_id))
        session.execute(delete(Handover).where(Handover.telegram_id == person.telegram_id))
        for talk in session.scalars(select(Conversation).where(Conversation.chat_id == person.chat_id)):
            talk.state = None
            talk.data = {"language": person.language}
    update_drafts.forget(session, person_id)
    planned_upkeep.forget(session, person_id)
    announcement_upkeep.forget(session, person_id)
    inviting.close_links(session, person_id, actor=Actor(None, actor.through), now=now, erased=True)
    session.delete(person)
    session.flush()


def _registrations(session: Session, person_id: int) -> Sequence[Registration]:
    return session.scalars(
        select(Registration).where(Registration.person_id == person_id).order_by(Registration.meeting_id)
    ).all()


def _companions(session: Session, person_id: int) -> Sequence[Registration]:
    """List whom she signed up who has not come herself."""
    return session.scalars(
        select(Registration)
        .where(Registration.person_id.is_(None), Registration.registered_by == person_id)
        .order_by(Registration.meeting_id, Registration.id)
    ).all()


def _hers(person_id: int) -> ColumnElement[bool]:
    """Match a person's registrations, and companions of hers who were never taken over by a person of ours."""
    return func.coalesce(Registration.person_id, Registration.registered_by) == person_id


def _leave(registration: Registration, now: datetime) -> None:
    """Free a place at once: without the state that it was cancelled from, nothing holds it."""
    if registration.state not in AHEAD:
        return
    registration.state = "cancelled"
    registration.cancelled_at = now
    registration.cancelled_from = None
    registration.workshop_id = None
    registration.badge = None


def empty(session: Session, registration: Registration) -> None:
    """Take everything of a person out of a registration; its times are cut to the day."""
    registration.person_id = None
    registration.registered_by = None
    registration.name = None
    registration.code = None
    registration.attributes = {}
    registration.answered = []
    registration.registered_at = _day(registration.registered_at)
    registration.cancelled_at = _day(registration.cancelled_at) if registration.cancelled_at else None
    registration.arrived_at = _day(registration.arrived_at) if registration.arrived_at else None
    session.execute(delete(Need).where(Need.registration_id == registration.id))
    session.execute(delete(Consent).where(Consent.registration_id == registration.id))


def _close_party(session: Session, party_id: int) -> None:
    """Forget what a party ranked, when nobody of it is left."""
    others = session.scalar(
        select(Registration.id).where(Registration.party_id == party_id, Registration.person_id.is_not(None))
    )
    if others is None:
        session.execute(update(Party).where(Party.id == party_id).values(choices=[]))


def _registration(session: Session, registration: Registration) -> dict[str, Any]:
    meeting = session.get_one(Meeting, registration.meeting_id)
    workshop = session.get(Workshop, registration.workshop_id) if registration.workshop_id else None
    party = session.get_one(Party, registration.party_id)
    needs = session.scalars(select(Need.need).where(Need.registration_id == registration.id).order_by(Need.need))
    answers = session.execute(
        select(Question.slug, Answer.value)
        .join(Answer, Answer.question_id == Question.id)
        .where(Answer.registration_id == registration.id)
        .order_by(Question.number)
    )
    return {
        "meeting": {"code": meeting.code, "title": meeting.title, "starts_at": _iso(meeting.starts_at)},
        "name": registration.name,
        "code": registration.code,
        "state": registration.state,
        "registered_at": _iso(registration.registered_at),
        "cancelled_at": _iso(registration.cancelled_at),
        "arrived_at": _iso(registration.arrived_at),
        "workshop": workshop.number if workshop else None,
        "topics": party.choices,
        "attributes": registration.attributes,
        "needs": list(needs),
        "questions_answered": registration.answered,
        "feedback": dict(answers.all()),
    }


def _consents(session: Session, given_by: ColumnElement[bool]) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Consent, Entity.code).join(Entity, Entity.id == Consent.entity_id).where(given_by).order_by(Consent.id)
    )
    return [
        {
            "entity": code,
            "purpose": given.purpose,
            "text_version": given.version,
            "language": given.language,
            "given_at": _iso(given.given_at),
            "withdrawn_at": _iso(given.withdrawn_at),
        }
        for given, code in rows
    ]


def _roles(session: Session, person_id: int) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Staff, Meeting.code, Entity.code)
        .outerjoin(Meeting, Meeting.id == Staff.meeting_id)
        .outerjoin(Entity, Entity.id == Staff.entity_id)
        .where(Staff.person_id == person_id)
        .order_by(Staff.id)
    )
    return [
        {"role": role.role, "meeting": meeting, "entity": entity, "revoked_at": _iso(role.revoked_at)}
        for role, meeting, entity in rows
    ]


def _drafts(session: Session, person_id: int) -> list[dict[str, Any]]:
    rows = session.execute(
        select(UpdateDraft, Commitment.slug)
        .join(Commitment, Commitment.id == UpdateDraft.commitment_id)
        .where(UpdateDraft.person_id == person_id)
        .order_by(UpdateDraft.id)
    )
    return [
        {
            "commitment": slug,
            "status": draft.status,
            "progress": draft.progress,
            "note": draft.note,
            "due_on": draft.due_on.isoformat() if draft.due_on else None,
            "because": draft.because,
            "evidence": draft.evidence,
            "last_at": _iso(draft.touched_at),
        }
        for draft, slug in rows
    ]


def _following(session: Session, person_id: int) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Follow, Commitment.slug, Meeting.code, Entity.code)
        .outerjoin(Commitment, Commitment.id == Follow.commitment_id)
        .outerjoin(Meeting, Meeting.id == Follow.meeting_id)
        .outerjoin(Entity, Entity.id == Follow.entity_id)
        .where(Follow.person_id == person_id)
        .order_by(Follow.id)
    )
    return [
        {"commitment": slug, "meeting": meeting, "entity": entity, "wants": row.wants, "since": _iso(row.since)}
        for row, slug, meeting, entity in rows
    ]


def _day(moment: datetime) -> datetime:
    return datetime.combine(moment.astimezone(UTC).date(), time(), UTC)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
