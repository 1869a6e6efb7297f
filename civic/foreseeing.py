"""What an organiser's planned act does to its meeting: carried out, or only foreseen and undone at once.

What is shown before anything is sent is found by doing it for a moment: nothing can then go out otherwise.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from civic import convening, drafting, files, imports, meeting_file, meetings, moving, recipients, staff, versions
from civic.audit import Actor
from civic.columns import Text
from civic.daytime import at_clock
from civic.errors import Faults, TooLate
from civic.meeting_fields import Attachment
from civic.meeting_file import EntityPart, MeetingFile
from civic.moving import Aim
from civic.schema import Entity, Meeting, Outbox, Person, PlannedAct, Question, Staff, Workshop

AT_ONCE: Final = timedelta(hours=24)
"""So long before a meeting, or less, what concerns it goes out without a wait, night or day."""
_BY_THE_CLOCK: Final = frozenset({"seating", "reserved", "reserved_until"})
"""Of a meeting what no organiser changes."""
_MOST_BESIDE: Final = 3
"""Other meetings that are named."""
_SHOWN: Final = ("title", "capacity", "workshop_minutes", "contact", "report_name")
"""Columns whose old and new value are shown."""


@dataclass(frozen=True)
class Outcome:
    """What an act did."""

    meeting_id: int
    changed: tuple[str, ...]
    """Fields of its file, as `imports.Imported` has them."""
    told: Mapping[str, set[int | None]]
    """To whom which kind of message goes, by id."""

    @property
    def sent(self) -> dict[str, int]:
        """Count to how many people which kind of message goes."""
        return {kind: len(them) for kind, them in self.told.items()}

    @property
    def reach(self) -> int:
        """Count the people to whom any message goes; what is missing is told to organisers, and does not count."""
        return len({each for kind, them in self.told.items() if kind != "alert" for each in them})


def carry_out(session: Session, row: PlannedAct, *, actor: Actor, now: datetime) -> Outcome:
    """Do a planned act; its meeting is locked. Raises what its use case does: Faults, TooLate."""
    last = session.scalar(select(func.max(Outbox.id))) or 0
    changed: tuple[str, ...] = ()
    if row.act == "import":
        done = _import(session, row, actor, now)
        meeting_id, changed = done.meeting.id, done.changed
    else:
        meeting = session.get_one(Meeting, row.meeting_id)
        meeting_id, late = meeting.id, row.params.get("late_because")
        if row.act == "convene":
            convening.convene(session, meeting.code, late_because=late, actor=actor, now=now)
        elif row.act == "move":
            aim = aim_of(meeting, row.params)
            moving.move(session, meeting.code, aim, late_because=late, actor=actor, now=now)
        else:
            convening.cancel(session, meeting.code, because=row.params["because"], actor=actor, now=now)
    session.flush()
    return Outcome(meeting_id, changed, _told(session, meeting_id, last))


def foresee(session: Session, row: PlannedAct, *, actor: Actor, now: datetime) -> dict[str, Any]:
    """Say what a planned act would do now, and let nothing of it stand; as JSON, for the act's row.

    `obstacles`: what keeps a move from being done (`moving.OBSTACLES`), or a convocation (past). `faults`: what keeps
    a file from being imported, a line each. `late`: days ahead, for which M4 asks a reason. Else `sent` (people by kind
    of message), `reach` (all of them), `changed`, `waits` (whether it will, when confirmed), `soonest` (the first start
    that anybody counts on), `before` and `after` (`versions.told`; before is null where there is no meeting yet),
    `values` (old and new of short fields), `late_because`, and `beside` (title of each other meeting at that time, and
    whether it is in the same place).
    """
    meeting = session.get(Meeting, row.meeting_id) if row.meeting_id else None
    if meeting and (found := _obstacles(meeting, row, now)):
        return {"obstacles": found}
    before = versions.told(meeting) if meeting else None
    old = {column: getattr(meeting, column) for column in _SHOWN} if meeting else {}
    soonest = versions.soonest(session, meeting) if meeting and meeting.state == "convened" else None
    told_at_all = row.act == "convene" or soonest is not None
    foreseen: dict[str, Any]
    trial = session.begin_nested()
    try:
        done = carry_out(session, row, actor=actor, now=now)
        then = session.get_one(Meeting, done.meeting_id)
        after = versions.told(then)
        starts = min(filter(None, (soonest, after["starts_at"])), key=datetime.fromisoformat)
        foreseen = {
            "sent": done.sent,
            "reach": done.reach,
            "changed": list(done.changed),
            "before": before,
            "after": after,
            "soonest": starts,
            "waits": told_at_all and datetime.fromisoformat(starts) - now > AT_ONCE,
            "values": {column: [value, getattr(then, column)] for column, value in old.items()},
            "late_because": then.late_because,
            "beside": _beside(session, then) if row.act == "convene" or before != after else [],
        }
    except TooLate as late:
        foreseen = {"late": late.days}
    except Faults as fault:
        foreseen = {"faults": list(fault.faults)}
    finally:
        trial.rollback()
        session.expire_all()
    return foreseen


def sign_of(session: Session, row: PlannedAct) -> str:
    """Give a short sign of an act and of its meeting as it is: once either is another, so is the sign."""
    meeting = session.get(Meeting, row.meeting_id) if row.meeting_id else None
    said: list[Any] = [row.id, row.act, row.params, row.source, row.report_sha256]
    if meeting:
        columns = [column.key for column in inspect(Meeting).columns if column.key not in _BY_THE_CLOCK]
        said += [getattr(meeting, column) for column in columns]
        said += [[each.code, each.name, each.pqrsd, each.privacy] for each in meetings.entities(session, meeting.id)]
        for table, parts in _PARTS.items():
            of_meeting = select(*parts).where(table.meeting_id == meeting.id).order_by(table.number)
            said += [list(each) for each in session.execute(of_meeting)]
        roles = select(Workshop.number, Staff.role, Staff.name, Staff.revoked_at).join(
            Workshop, Workshop.id == Staff.workshop_id
        )
        of_meeting = roles.where(Workshop.meeting_id == meeting.id).order_by(Workshop.number, Staff.role)
        said += [list(each) for each in session.execute(of_meeting)]
    return drafting.sign([json.dumps(each, default=str, sort_keys=True) for each in said])


def aim_of(meeting: Meeting, params: Mapping[str, Any]) -> Aim:
    """Say when and where a move leads: a `day`, hours (`start`, `end`) of the meeting's clocks, a `venue`.

    What is not named stays (under a start alone, how long it lasts); an end that is not after its start is on the next
    day.
    """
    zone = ZoneInfo(meeting.timezone)
    starts, ends = meeting.starts_at.astimezone(zone), meeting.ends_at.astimezone(zone)
    day = date.fromisoformat(params["day"]) if params.get("day") else starts.date()
    start, end, nights = starts.time(), ends.time(), ends.date() - starts.date()
    venue = params.get("venue") or meeting.venue
    if params.get("start"):
        start = time.fromisoformat(params["start"])
        if not params.get("end"):
            begins = at_clock(day, start, meeting.timezone)
            return Aim(begins, begins + (meeting.ends_at - meeting.starts_at), venue)
        end = time.fromisoformat(params["end"])
        nights = timedelta(days=int(end <= start))
    return Aim(at_clock(day, start, meeting.timezone), at_clock(day + nights, end, meeting.timezone), venue)


def refuse_foreign(session: Session, parsed: MeetingFile, person_id: int | None) -> None:
    """Raise Faults for a meeting or an entity that somebody does not organise.

    Of a meeting that one organises, entities of others stay as they are. Only who organises everything brings a new
    entity.
    """
    meeting = session.scalar(select(Meeting).where(Meeting.code == parsed.meeting.code))
    if meeting and not staff.organises(session, person_id, meeting.id):
        raise Faults((f"meeting.code: {parsed.meeting.code} is taken by a meeting that you do not organise",))
    mine = staff.entities_of(session, person_id)
    if mine is None:
        return
    here = {each.id for each in meetings.entities(session, meeting.id)} if meeting else set()
    found = []
    for place, part in enumerate(parsed.entities, 1):
        entity = session.scalar(select(Entity).where(Entity.code == part.code))
        if entity is None or not (entity.id in mine or (entity.id in here and _is_as_it_was(entity, part))):
            found.append(f"entities[{place}].code: you do not organise for {part.code}")
    if found:
        raise Faults(tuple(found))


def _obstacles(meeting: Meeting, row: PlannedAct, now: datetime) -> list[str]:
    """Name what keeps an act on a meeting from being done at all, in words of ours."""
    if row.act == "move":
        return moving.obstacles(meeting, aim_of(meeting, row.params), now)
    return ["past"] if row.act == "convene" and meeting.starts_at <= now else []


def _beside(session: Session, meeting: Meeting) -> list[tuple[Text, bool]]:
    """List the other convened meetings that are at the time of one, and whether they are where it is, too."""
    others = session.scalars(
        select(Meeting)
        .where(
            Meeting.id != meeting.id,
            Meeting.state == "convened",
            Meeting.starts_at < meeting.ends_at,
            Meeting.ends_at > meeting.starts_at,
        )
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(_MOST_BESIDE)
    )
    return [(each.title, each.venue["name"] == meeting.venue["name"]) for each in others]


def _is_as_it_was(entity: Entity, part: EntityPart) -> bool:
    return all(getattr(part, field) in (None, getattr(entity, field)) for field in ("name", "pqrsd", "privacy"))


def _import(session: Session, row: PlannedAct, actor: Actor, now: datetime) -> imports.Imported:
    parsed, named = meeting_file.parse_alone(row.source or "", now=now, default_zone=row.params["zone"])
    refuse_foreign(session, parsed, actor.person_id)
    kept = files.fetch(session, row.report_sha256) if row.report_sha256 else None
    report = Attachment(named, kept.media_type, kept.content) if kept and named else None
    late = row.params.get("late_because")
    return imports.import_meeting(session, parsed, report, late_because=late, actor=actor, now=now)


def _told(session: Session, meeting_id: int, last: int) -> dict[str, set[int | None]]:
    """Name whom what was owed since a row of the outbox reaches, by kind; of this meeting, as others go on beside."""
    news = (Person.tell == "changes") & Outbox.kind.in_((versions.MOVED, versions.CANCELLED))
    rows = session.scalars(
        select(Outbox)
        .join(Person, Person.id == Outbox.person_id)
        .where(
            Outbox.id > last,
            Outbox.state == "pending",
            Person.chat_id.is_not(None),
            Person.unreachable_since.is_(None),
            (Person.tell == "all") | news,
        )
        .order_by(Outbox.kind)
    ).all()
    about = recipients.meetings(session, rows)
    reached: dict[str, set[int | None]] = {}
    for row in rows:
        if row.id in about and about[row.id].id == meeting_id:
            reached.setdefault(row.kind, set()).add(row.person_id)
    return reached


_PARTS: Final[dict[Any, tuple[Any, ...]]] = {
    Workshop: (
        *(Workshop.number, Workshop.topic, Workshop.room),
        *(Workshop.capacity, Workshop.minimum, Workshop.features),
    ),
    Question: (Question.number, Question.slug, Question.kind, Question.text, Question.options),
}
"""What a meeting's parts are made of."""
