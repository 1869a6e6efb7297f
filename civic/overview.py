"""A meeting as its organiser needs it: numbers and whom to call (`show`), everything as data (`export`), the list."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from civic import convening, feedback, meetings, needs, people, places, public_record, workshops
from civic.agenda import ASSIGN, open_steps
from civic.columns import in_language
from civic.feedback import Summary
from civic.schema import Meeting, Need, Person, Registration, Staff, Workshop


@dataclass(frozen=True)
class Line:
    """A meeting in the organiser's list, with its start in its own zone."""

    code: str
    state: str
    title: str
    starts_at: datetime
    registered: int
    capacity: int
    waiting: int


@dataclass(frozen=True)
class ToCall:
    """Somebody whom no message reaches, and why; the phone is shown here and nowhere else."""

    name: str | None
    code: str | None
    state: str
    phone: str | None
    """Of who agreed to be called by every entity that convenes this meeting; else none is known here."""
    why: str
    """no_chat, unreachable (a block), hushed (BAJA; only of a move or cancellation that she missed), unmet_need"""
    needs: tuple[str, ...] = ()
    """Those of hers that nobody meets as things stand, whatever else she is called for."""
    told: str | None = None
    """Who is told for her all the same: the name of who brings her, and hears us."""


@dataclass(frozen=True)
class Overview:
    """What an organiser needs now."""

    line: Line
    timezone: str
    ends_at: datetime
    conveners: tuple[str, ...]
    numbers: dict[str, int]
    workshops: tuple[tuple[int, str, int, int], ...]
    """number, topic or room, people seated, capacity"""
    warnings: tuple[str, ...]
    missing: tuple[str, ...]
    to_call: tuple[ToCall, ...]
    late_because: str | None
    cancelled_because: str | None
    feedback: tuple[Summary, ...]
    """Once somebody has answered."""

    @property
    def calls(self) -> tuple[ToCall, ...]:
        """Those whom nobody tells, or whose need is unmet; who brings a companion and hears us tells her."""
        return tuple(each for each in self.to_call if each.told is None or each.needs)


def listing(session: Session) -> list[Line]:
    """List every meeting, soonest first."""
    counts = _counts(session)
    return [
        _line(meeting, counts.get(meeting.id, Counter()))
        for meeting in session.scalars(select(Meeting).order_by(Meeting.starts_at, Meeting.id))
    ]


def show(session: Session, code: str, *, now: datetime) -> Overview:
    """Say what an organiser needs to know and do about a meeting now; raises MeetingUnknown."""
    meeting = meetings.by_code(session, code)
    counts = _counts(session, meeting.id).get(meeting.id, Counter())
    confirmed, seated = session.execute(
        select(
            func.count().filter(Registration.confirmed_version == meeting.version),
            func.count(Registration.workshop_id),
        ).where(Registration.meeting_id == meeting.id, Registration.state == "registered")
    ).one()
    numbers = {
        "capacity": meeting.capacity,
        "registered": counts["registered"],
        "confirmed": confirmed,
        "free": places.free(session, meeting, now),
        "waiting": counts["waiting"],
        "offered": counts["offered"],
        "cancelled": counts["cancelled"],
        "seated": seated,
        "attended": counts["attended"],
        "no_show": counts["no_show"],
    }
    return Overview(
        line=_line(meeting, counts),
        timezone=meeting.timezone,
        ends_at=_local(meeting.ends_at, meeting),
        conveners=tuple(in_language(each.name, "es") for each in meetings.entities(session, meeting.id)),
        numbers=numbers,
        workshops=tuple(_workshops(session, meeting)),
        warnings=() if meeting.state == "cancelled" else tuple(convening.warnings(session, meeting)),
        missing=tuple(_missing(session, meeting, now)),
        to_call=tuple(_to_call(session, meeting, now)) if meeting.ends_at > now else (),
        late_because=meeting.late_because,
        cancelled_because=meeting.cancelled_because,
        feedback=tuple(each for each in feedback.summary(session, meeting.id) if each.answers),
    )


def export(session: Session, code: str) -> dict[str, Any]:
    """Give a whole meeting as data for JSON, people's phones left out; raises MeetingUnknown."""
    meeting = meetings.by_code(session, code)
    workshops = session.scalars(
        select(Workshop).where(Workshop.meeting_id == meeting.id).order_by(Workshop.number)
    ).all()
    return {
        "meeting": _meeting(session, meeting),
        "workshops": [_workshop(session, each) for each in workshops],
        "registrations": _registrations(session, meeting, {each.id: each.number for each in workshops}),
        "commitments": _commitments(session, meeting),
    }


def _counts(session: Session, meeting_id: int | None = None) -> dict[int, Counter[str]]:
    found = select(Registration.meeting_id, Registration.state, func.count()).group_by(
        Registration.meeting_id, Registration.state
    )
    if meeting_id is not None:
        found = found.where(Registration.meeting_id == meeting_id)
    counts: dict[int, Counter[str]] = {}
    for meeting, state, count in session.execute(found):
        counts.setdefault(meeting, Counter())[state] = count
    return counts


def _line(meeting: Meeting, counts: Counter[str]) -> Line:
    return Line(
        meeting.code,
        meeting.state,
        in_language(meeting.title, "es"),
        _local(meeting.starts_at, meeting),
        sum(counts[state] for state in ("registered", "attended", "no_show")),
        meeting.capacity,
        counts["waiting"],
    )


def _local(moment: datetime, meeting: Meeting) -> datetime:
    return moment.astimezone(ZoneInfo(meeting.timezone))


def _workshops(session: Session, meeting: Meeting) -> Sequence[tuple[int, str, int, int]]:
    rows = session.execute(
        select(Workshop, func.count(Registration.id))
        .outerjoin(Registration, Registration.workshop_id == Workshop.id)
        .where(Workshop.meeting_id == meeting.id)
        .group_by(Workshop.id)
        .order_by(Workshop.number)
    )
    return [
        (
            each.number,
            " · ".join(filter(None, (in_language(each.topic, "es"), in_language(each.room, "es")))),
            seated,
            each.capacity,
        )
        for each, seated in rows
    ]


def _missing(session: Session, meeting: Meeting, now: datetime) -> list[str]:
    """List what is still to be done, by where the meeting stands."""
    if meeting.state == "cancelled":
        return []
    found = []
    if meeting.state == "draft":
        last = _local(meeting.starts_at, meeting).date() - timedelta(days=convening.DAYS_AHEAD)
        found.append(f"it is a draft: convene it by {last} (M4)")
    elif meeting.ends_at <= now:
        listed = public_record.listing(session, meeting.code)
        if not any(each.state == "published" for each in listed):
            found.append("no commitment is published yet (M14)")
        drafts = [each.slug for each in listed if each.state == "draft"]
        if drafts:
            found.append(f"commitments that are still drafts: {', '.join(drafts)}")
    if meeting.state == "convened" and meeting.ends_at > now:
        unmet = needs.counts(needs.unmet(session, meeting, now))
        found += [f"needs: {need} is not met for {people}" for need, people in unmet.items()]
        found += _without_a_room(session, meeting)
    found += [
        f"{step.what}: failed {step.tries} times and is tried again"
        for step in open_steps(session, f"m{meeting.id}")
        if step.tries
    ]
    return found


def lacking_rooms(session: Session, meeting: Meeting) -> dict[str, int] | None:
    """Say which room lacks: `rooms` more for `people` each, as so many `parties` fit nowhere; None where none does.

    That is before they are seated, which was put off for it; afterwards people alone are named, who have no seat.
    """
    for step in open_steps(session, f"m{meeting.id}"):
        lack = step.params or {}
        if step.what == ASSIGN and "instead_of" in lack:
            return {name: lack[name] for name in ("parties", "people", "rooms")}
    left = len(workshops.unseated(session, meeting.id)) if meeting.seating else 0
    return {"people": left} if left else None


def _without_a_room(session: Session, meeting: Meeting) -> list[str]:
    """Say which room lacks, in a line."""
    lack = lacking_rooms(session, meeting)
    if lack is None:
        return []
    people = lack["people"]
    if "rooms" not in lack:
        return [f"people whose group fits in no workshop: {people}; one more for {people} would do"]
    more = f"{'one' if lack['rooms'] == 1 else lack['rooms']} more for {people} people would do"
    (seated,) = (step.due_at for step in open_steps(session, f"m{meeting.id}") if step.what == ASSIGN)
    when = _local(seated, meeting)
    return [f"groups that fit in no workshop: {lack['parties']}; {more}; seated on {when:%Y-%m-%d %H:%M}"]


def unheard(session: Session, meeting: Meeting, *, now: datetime) -> int:
    """Count who has a place or waits for one and would not hear of a change of the meeting, were it now."""
    return sum(each.told is None and each.why != "unmet_need" for each in _to_call(session, meeting, now, changes=True))


def _to_call(session: Session, meeting: Meeting, now: datetime, *, changes: bool = False) -> list[ToCall]:
    """List who has a place or waits for one and hears nothing from us, or has a need that nobody meets.

    Who said BAJA is listed only when it moved or was cancelled since she was told; `changes`: as if it did now.
    """
    everybody = _people(session, meeting)
    rows = [(row, person) for row, person in everybody if row.state in places.AHEAD and row.code]
    bringing = _bringing(session, everybody)
    phones = _phones(session, meeting, [*(person for _, person in everybody), *bringing.values()])
    of_party = {row.party_id: phones[person.id] for row, person in everybody if person and person.id in phones}
    unmet: dict[int, list[str]] = {}
    for each in needs.unmet(session, meeting, now) if meeting.state == "convened" else ():
        unmet.setdefault(each.registration_id, []).append(each.need)
    found = []
    for row, person in rows:
        lacking = tuple(unmet.get(row.id, ()))
        changed = changes or row.known_version != meeting.version
        why = _why(person, changed=changed) or ("unmet_need" if lacking else None)
        if why:
            name = row.name or (person.name if person else None)
            by = bringing.get(row.id)
            own = phones.get(person.id) if person else None
            phone = own or of_party.get(row.party_id) or (phones.get(by.id) if by else None)
            hears = by is not None and person is None and by.tell != "nothing" and _why(by, changed=False) is None
            found.append(ToCall(name, row.code, row.state, phone, why, lacking, by.name if by and hears else None))
    return found


def _phones(session: Session, meeting: Meeting, them: Sequence[Person | None]) -> dict[int, str]:
    """Give the phones, by person, of who agreed to be called by all who convene a meeting."""
    known = {person.id: person.phone for person in them if person and person.phone}
    convening = [each.id for each in meetings.entities(session, meeting.id)]
    agreed = people.agreeing(session, convening, "phone") if known else set()
    return {person_id: phone for person_id, phone in known.items() if person_id in agreed}


def _bringing(session: Session, rows: Sequence[tuple[Registration, Person | None]]) -> dict[int, Person]:
    """Say who brings companions, and who signed others up from her phone, by registration."""
    brought = {row.id: row.registered_by for row, person in rows if person is None and row.registered_by}
    wards = [(row.id, person) for row, person in rows if person and person.telegram_id is None]
    shared = {row_id: ward.chat_id for row_id, ward in wards if ward.chat_id is not None}
    owners = session.scalars(
        select(Person).where(
            Person.telegram_id.is_not(None),
            or_(Person.id.in_(set(brought.values())), Person.chat_id.in_(set(shared.values()))),
        )
    ).all()
    by_id, by_chat = {each.id: each for each in owners}, {each.chat_id: each for each in owners}
    found = {row_id: by_id.get(person_id) for row_id, person_id in brought.items()}
    found |= {row_id: by_chat.get(chat_id) for row_id, chat_id in shared.items()}
    return {row_id: owner for row_id, owner in found.items() if owner is not None}


def _people(session: Session, meeting: Meeting) -> list[tuple[Registration, Person | None]]:
    """Give every registration of a meeting with its person, who may be a companion nobody knows, or erased."""
    found = session.execute(
        select(Registration, Person)
        .outerjoin(Person, Person.id == Registration.person_id)
        .where(Registration.meeting_id == meeting.id)
        .order_by(Registration.id)
    )
    return [(row, person) for row, person in found]


def _why(person: Person | None, *, changed: bool) -> str | None:
    """Say why no message reaches somebody; None when one does."""
    if person is None or person.chat_id is None:
        return "no_chat"
    if person.unreachable_since is not None:
        return "unreachable"
    return "hushed" if changed and person.tell == "nothing" else None


def _meeting(session: Session, meeting: Meeting) -> dict[str, Any]:
    same = ("code", "state", "version", "title", "policy", "objective", "central_points", "method", "guide_questions")
    more = ("venue", "contact", "timezone", "capacity", "workshop_minutes", "needs", "attributes", "reminders")
    report = meetings.report(session, meeting)
    return {
        **{column: getattr(meeting, column) for column in (*same, *more)},
        "entities": [
            {"code": each.code, "name": each.name, "pqrsd": each.pqrsd, "privacy": each.privacy}
            for each in meetings.entities(session, meeting.id)
        ],
        "starts_at": _local(meeting.starts_at, meeting).isoformat(),
        "ends_at": _local(meeting.ends_at, meeting).isoformat(),
        "report": {"name": report.name, "sha256": report.sha256, "address": report.url} if report else None,
        "assignment_before": meeting.assignment_before,
        "faq": meeting.faq,
        "convened_at": meeting.convened_at.isoformat() if meeting.convened_at else None,
        "late_because": meeting.late_because,
        "cancelled_because": meeting.cancelled_because,
    }


def _workshop(session: Session, workshop: Workshop) -> dict[str, Any]:
    rows = session.execute(
        select(Staff.role, Staff.name).where(Staff.workshop_id == workshop.id, Staff.revoked_at.is_(None))
    )
    staff: dict[str, str | None] = {role: name for role, name in rows}  # noqa: C416 - rows are no tuples to mypy
    same = ("number", "topic", "room", "capacity", "minimum", "features")
    return {
        **{column: getattr(workshop, column) for column in same},
        **{role: staff.get(role) for role in ("facilitator", "rapporteur", "public_servant")},
    }


def _registrations(session: Session, meeting: Meeting, numbers: dict[int, int]) -> list[dict[str, Any]]:
    rows = _people(session, meeting)
    needs: dict[int, list[str]] = {}
    for registration_id, need in session.execute(
        select(Need.registration_id, Need.need)
        .join(Registration, Registration.id == Need.registration_id)
        .where(Registration.meeting_id == meeting.id)
        .order_by(Need.need)
    ):
        needs.setdefault(registration_id, []).append(need)
    line = sorted((row.queue_number or 0, row.id) for row, _ in rows if row.state in places.ON_THE_LIST)
    positions = {registration_id: position for position, (_, registration_id) in enumerate(line, 1)}
    return [
        {
            "code": row.code,
            "name": row.name or (person.name if person else None),
            "state": row.state,
            "position": positions.get(row.id),
            "workshop": numbers.get(row.workshop_id or 0),
            "party": row.party_id,
            "needs": needs.get(row.id, []),
            "on_telegram": person is not None and person.telegram_id is not None,
            "reachable": person is not None and person.tell != "nothing" and _why(person, changed=False) is None,
        }
        for row, person in rows
    ]


def _commitments(session: Session, meeting: Meeting) -> list[dict[str, Any]]:
    entities = {each.id: each.code for each in meetings.entities(session, meeting.id)}
    return [
        {
            "id": each.slug,
            "text": each.text,
            "state": each.state,
            "entity": entities.get(each.row.entity_id),
            "responsible": each.row.responsible,
            "indicator": each.row.indicator,
            "due": each.due_on.isoformat() if each.due_on else None,
            "status": each.status,
            "progress": each.progress,
            "answers": each.row.answers,
        }
        for each in public_record.listing(session, meeting.code)
    ]
