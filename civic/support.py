"""What somebody says of the support that she needs and of her phone, for herself and for those she brings.

A need is health data: it is kept only with a consent of its own, and goes when there is none left. What was left out is
asked once more, a while before everybody is seated.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civic import meetings, needs, outbox, parties, people, places, questions
from civic.audit import Actor
from civic.errors import AnswerUnclear, ConsentMissing, NothingOpen, RegistrationUnknown
from civic.outbox import Priority
from civic.places import AHEAD, ON_THE_LIST
from civic.questions import SKIPPED, is_settled, settle
from civic.schema import Meeting, Need, Person, Registration, Workshop

_AT_ONCE: Final = 500


@dataclass(frozen=True)
class Whose:
    """Of whom something is asked."""

    registration_id: int
    own: bool
    """It is who reads this; else a companion of hers."""
    name: str | None
    number: int
    """Which companion without a name she is, from 1, as everywhere in the party; 0 for herself."""


@dataclass(frozen=True)
class Asked:
    """A need that a meeting asks for, or that somebody declared before, and how it stands for her."""

    need: str
    key: str
    declared: bool
    truth: str
    """offered, met, not_yet, unmet (`civic.needs`)"""


@dataclass(frozen=True)
class Support:
    """The support that somebody needs, as who answers for her sees it."""

    whose: Whose
    card: meetings.Card
    accepted: bool
    """We may keep it."""
    place: bool
    """She has a place; else she waits for one."""
    needs: tuple[Asked, ...]
    answer_on: date
    """When everybody is told, either way; a day of the meeting's zone."""
    workshop: int | None
    rest: int
    """Other companions of whom it was not said yet."""


@dataclass(frozen=True)
class PhoneAsked:
    """The question for a phone number; the number itself is not shown."""

    registration_id: int
    known: bool


@dataclass(frozen=True)
class LeftOut:
    """What somebody has not answered of a meeting."""

    card: meetings.Card
    questions: tuple[tuple[Whose, str], ...]
    """Of whom, and `needs`, `topics` or `attr:NAME`."""


def accept(session: Session, registration_id: int, *, person_id: int, now: datetime) -> Registration:
    """Record that we may keep which support somebody needs: her consent, or that of who brings her."""
    _, found = _answering(session, registration_id, person_id, now)
    entities = _convening(session, found.meeting_id)
    person = session.get_one(Person, person_id)
    people.agree(session, person, entities, "health", companion=_companion(found), now=now)
    return found


def answer(
    session: Session, registration_id: int, chosen: list[str], *, person_id: int, actor: Actor, now: datetime
) -> Registration:
    """Keep which support somebody needs, the whole list anew; none is an answer, and takes the consent back.

    Raises AnswerUnclear for what the meeting does not ask for, ConsentMissing where we may not keep it.
    """
    meeting, found = _answering(session, registration_id, person_id, now)
    before = set(session.scalars(select(Need.need).where(Need.registration_id == found.id)))
    if not set(chosen) <= before | set(meeting.needs):
        raise AnswerUnclear
    if chosen and not is_accepted(session, found):
        raise ConsentMissing(meeting.id)
    needs.declare(session, meeting, found, chosen, now=now)
    settle(session, found, "needs", actor, now)
    if not chosen:
        _forget_consent(session, found, person_id, actor, now)
    return found


def none_of_the_rest(
    session: Session, registration_id: int, *, person_id: int, actor: Actor, now: datetime
) -> Registration:
    """Note that a companion needs no support, nor any other of whom it was not said yet."""
    _, found = _answering(session, registration_id, person_id, now)
    for each in (found, *_rest(session, found, person_id)):
        answer(session, each.id, [], person_id=person_id, actor=actor, now=now)
    return found


def tick(
    session: Session, registration_id: int, key: str, *, on: bool, person_id: int, actor: Actor, now: datetime
) -> Registration:
    """Keep one need, or that it is none, named by its key; twice is once. Raises as `answer`, and keeps the consent."""
    meeting, found = _answering(session, registration_id, person_id, now)
    before = list(session.scalars(select(Need.need).where(Need.registration_id == found.id)))
    need = next((each for each in [*meeting.needs, *before] if needs.key(each) == key), None)
    if need is None:
        raise NothingOpen
    if on and not is_accepted(session, found):
        raise ConsentMissing(meeting.id)
    needs.declare(session, meeting, found, {*before, need} if on else set(before) - {need}, now=now)
    settle(session, found, "needs", actor, now)
    return found


def skip(
    session: Session, registration_id: int, question: str, *, person_id: int, actor: Actor, now: datetime
) -> Registration:
    """Leave `needs` or `phone` out for now: what was answered before stays."""
    _, found = _answering(session, registration_id, person_id, now)
    if question not in found.answered:
        settle(session, found, question, actor, now, skipped=True)
    return found


def leave_phone(
    session: Session, registration_id: int, phone: str, *, person_id: int, actor: Actor, now: datetime
) -> Registration:
    """Keep somebody's own phone for who convenes this meeting; raises AnswerUnclear for what is no number."""
    _, found = _answering(session, registration_id, person_id, now)
    if found.person_id != person_id:
        raise RegistrationUnknown
    person = session.get_one(Person, person_id)
    people.leave_phone(session, person, phone, _convening(session, found.meeting_id), now=now)
    settle(session, found, "phone", actor, now)
    return found


def remove_phone(
    session: Session, registration_id: int, *, person_id: int, actor: Actor, now: datetime
) -> Registration:
    """Forget somebody's phone, everywhere."""
    _, found = _answering(session, registration_id, person_id, now)
    people.take_phone_back(session, session.get_one(Person, person_id), actor=actor, now=now)
    settle(session, found, "phone", actor, now)
    return found


def is_accepted(session: Session, found: Registration) -> bool:
    """Tell whether we may keep which support somebody needs."""
    entities = _convening(session, found.meeting_id)
    return people.has_consented(session, found.person_id, entities, "health", companion=_companion(found))


def support(session: Session, registration_id: int, person_id: int | None, now: datetime) -> Support | None:
    """Look at the support that somebody needs; None for who does not answer for her, and once she does not come."""
    try:
        found = needs.answered_by(session, registration_id, person_id)
    except RegistrationUnknown:
        return None
    meeting = session.get_one(Meeting, found.meeting_id)
    if found.state not in AHEAD or not places.is_open(meeting, now):
        return None
    declared = set(session.scalars(select(Need.need).where(Need.registration_id == found.id)))
    here = needs.offering(session, meeting, now)
    listed = [*meeting.needs, *sorted(declared.difference(meeting.needs))]
    return Support(
        whose=_whose(session, found, person_id),
        card=meetings.card_of(session, meeting, person_id, now),
        accepted=is_accepted(session, found),
        place=found.state not in ON_THE_LIST,
        needs=tuple(
            Asked(need, needs.key(need), need in declared, here.truth(need, found.workshop_id)) for need in listed
        ),
        answer_on=needs.answer_on(meeting),
        workshop=session.get_one(Workshop, found.workshop_id).number if found.workshop_id is not None else None,
        rest=len(_rest(session, found, person_id)),
    )


def phone_asked(session: Session, registration_id: int, person_id: int | None, now: datetime) -> PhoneAsked | None:
    """Look at whether somebody left a phone; None for a registration that is not hers, and once she does not come."""
    found = session.get(Registration, registration_id)
    if found is None or person_id is None or found.person_id != person_id or found.state not in AHEAD:
        return None
    if not places.is_open(session.get_one(Meeting, found.meeting_id), now):
        return None
    return PhoneAsked(registration_id, known=bool(session.get_one(Person, person_id).phone))


def everyone(session: Session, own: Registration) -> list[Whose]:
    """List of whom a person is asked for support: herself, then those she brought."""
    return [_whose(session, each, own.person_id) for each in needs.answered_for(session, own)]


def beside(session: Session, registration_id: int, person_id: int | None) -> Registration | None:
    """Find the place of whoever answers for a registration, in the same meeting; None when she gave hers up."""
    return _own(session, needs.answered_by(session, registration_id, person_id).meeting_id, person_id)


def left_out(session: Session, meeting_id: int, person_id: int | None, now: datetime) -> LeftOut | None:
    """Say what somebody left out or never answered of a meeting; None when that is nothing, or it is too late."""
    meeting = session.get_one(Meeting, meeting_id)
    own = _own(session, meeting_id, person_id)
    if own is None or not places.is_open(meeting, now):
        return None
    left = _left(meeting, needs.answered_for(session, own), ranked=bool(questions.topics(session, meeting_id)))
    found = tuple((_whose(session, each, person_id), what) for each, what in left)
    return LeftOut(meetings.card_of(session, meeting, person_id, now), found) if found else None


def ask_again(session: Session, meeting: Meeting, *, due_at: datetime | None = None, now: datetime) -> int:
    """Owe everyone still to come who left something out one more question, once; say to how many it was new.

    It goes at `due_at` (now), and makes sense until everybody is seated.
    """
    until = needs.answer_at(meeting)
    if meeting.state != "convened" or until <= now:
        return 0
    coming = session.scalars(
        select(Registration).where(Registration.meeting_id == meeting.id, Registration.state.in_(AHEAD))
    ).all()
    brought: dict[tuple[int, int | None], list[Registration]] = {}
    for each in coming:
        if each.person_id is None and each.registered_by is not None:
            brought.setdefault((each.party_id, each.registered_by), []).append(each)
    ranked = bool(questions.topics(session, meeting.id))
    people_ids = sorted(
        own.person_id
        for own in coming
        if own.person_id is not None
        and next(_left(meeting, [own, *brought.get((own.party_id, own.person_id), ())], ranked=ranked), None)
    )
    return sum(
        outbox.enqueue_all(
            session,
            select(Person.id).where(Person.id.in_(people_ids[start : start + _AT_ONCE])).order_by(Person.id),
            kind="ask_again",
            cause=f"m{meeting.id}/ask_again",
            due_at=due_at or now,
            params={"meeting": meeting.id},
            priority=Priority.MASS,
            until=until,
        )
        for start in range(0, len(people_ids), _AT_ONCE)
    )


def reopen(session: Session, meeting_id: int, *, person_id: int, actor: Actor, now: datetime) -> Registration:
    """Open what somebody left out again, and just that; raises RegistrationUnknown for who does not come."""
    own = _own(session, meeting_id, person_id)
    if own is None:
        raise RegistrationUnknown
    meeting, own = _answering(session, own.id, person_id, now)
    ranked = bool(questions.topics(session, meeting_id))
    for each, what in list(_left(meeting, needs.answered_for(session, own), ranked=ranked)):
        each.answered = [word for word in each.answered if word != what + SKIPPED]
    for what in ("companions", "name", "phone"):
        if not questions.is_settled(own, what):
            settle(session, own, what, actor, now, skipped=True)
    session.flush()
    return own


def _left(meeting: Meeting, company: Sequence[Registration], *, ranked: bool) -> Iterator[tuple[Registration, str]]:
    """Go through what has no answer, whether it was left out or never came to be asked.

    The first of the company answers for all of them; `ranked`: the meeting has topics.
    """
    own = company[0]
    for each in company if meeting.needs else ():
        if "needs" not in each.answered:
            yield each, "needs"
    if ranked and own.workshop_id is None and "topics" not in own.answered:
        yield own, "topics"
    for question in (f"attr:{name}" for name in meeting.attributes):
        if question not in own.answered:
            yield own, question


def _answering(session: Session, registration_id: int, person_id: int, now: datetime) -> tuple[Meeting, Registration]:
    """Lock the meeting of a registration that a person answers for, and read it anew."""
    found = needs.answered_by(session, registration_id, person_id)
    meeting = meetings.lock(session, found.meeting_id)
    session.refresh(found)
    needs.answered_by(session, registration_id, person_id)  # taken over by another meanwhile
    places.check_open(meeting, now)
    if found.state not in AHEAD:
        raise RegistrationUnknown
    return meeting, found


def _forget_consent(session: Session, found: Registration, person_id: int, actor: Actor, now: datetime) -> None:
    """Take the consent back once nothing is kept under it: a person's counts for all of her meetings."""
    people.withdraw(session, person_id, "health", companion=found.id, actor=actor, now=now)
    kept = (
        select(func.count())
        .select_from(Need)
        .join(Registration, Registration.id == Need.registration_id)
        .where(Registration.person_id == person_id)
    )
    if found.person_id == person_id and not session.scalar(kept):
        people.withdraw(session, person_id, "health", actor=actor, now=now)


def _whose(session: Session, found: Registration, person_id: int | None) -> Whose:
    if found.person_id is not None:
        return Whose(found.id, found.person_id == person_id, found.name, 0)
    number = parties.number_in(parties.of_party(session, found.party_id), found, person_id)
    return Whose(found.id, own=False, name=found.name, number=number)


def _own(session: Session, meeting_id: int, person_id: int | None) -> Registration | None:
    return session.scalar(
        select(Registration).where(
            Registration.meeting_id == meeting_id,
            Registration.person_id.is_not(None),
            Registration.person_id == person_id,
            Registration.state.in_(AHEAD),
        )
    )


def _rest(session: Session, found: Registration, person_id: int | None) -> list[Registration]:
    """List the other companions of whom somebody was not asked yet, or did not answer; none beside herself."""
    own = _own(session, found.meeting_id, person_id) if found.person_id is None else None
    if own is None:
        return []
    brought = needs.answered_for(session, own)
    return [each for each in brought if each.id not in {own.id, found.id} and not is_settled(each, "needs")]


def _companion(found: Registration) -> int | None:
    """Give the id under which the consent of somebody without a chat is kept; None for a person of ours."""
    return found.id if found.person_id is None else None


def _convening(session: Session, meeting_id: int) -> list[int]:
    return [entity.id for entity in meetings.entities(session, meeting_id)]
