"""Delivery, as the database sees it: who may be told, which rows are claimed by whom, and how each ended.

Leases and back-off follow true time; what people live by (due times, quiet hours, `until`) follows `now`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Row as RowOf
from sqlalchemy import Select, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from civic import conversation, gathering, meetings, recipients, versions
from civic.audit import BY_COMMAND, Actor, record
from civic.conversation import Reply
from civic.daytime import is_quiet, next_decent
from civic.outbox import Priority
from civic.schema import Meeting, Outbox, Person

LEASE: Final = timedelta(seconds=120)
"""True time that a claimed row is ours."""
NEWS_OF_CHANGE: Final = frozenset({"moved", "cancelled"})
"""What who wants only changes is told; in the quiet hours too, less than a day before the start."""
NO_QUIET: Final = timedelta(hours=24)


class Row(NamedTuple):
    """A claimed row of the outbox."""

    id: int
    person_id: int | None
    language: str
    kind: str
    params: dict[str, Any]
    priority: int
    attempts: int


@dataclass(frozen=True)
class Parcel:
    """All that is due for one chat, in the order in which it is said."""

    chat_id: int
    rows: tuple[Row, ...]

    @property
    def priority(self) -> int:
        """Its most urgent row's."""
        return min(row.priority for row in self.rows)


@dataclass(frozen=True)
class Asked:
    """What a delivered message asked: words typed next are matched with its buttons."""

    chat_id: int
    kind: str
    params: dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """How rows ended; `pending` gives them back, to be tried again after `wait` seconds of true time."""

    ids: tuple[int, ...]
    state: str
    reason: str | None = None
    message_id: int | None = None
    wait: float = 0
    counted: bool = False
    """Whether it was an attempt of theirs that failed."""
    gone: int | None = None
    """The chat that cannot be reached any more."""
    moved: tuple[int, int] | None = None
    """A chat's old and new id."""
    asked: Asked | None = None
    news: "News | None" = None
    also: tuple["News", ...] = ()
    """What was told in the same message, to whoever is told on this phone."""


class News(NamedTuple):
    """What somebody was told of a meeting's date, hours and place."""

    person_id: int
    meeting_id: int
    version: int

    @classmethod
    def of(cls, row: Row) -> "News | None":
        """Say what of a meeting a row told, if it is news of a change."""
        if row.kind not in NEWS_OF_CHANGE or row.person_id is None or "version" not in row.params:
            return None
        return cls(row.person_id, row.params["meeting"], row.params["version"])


@dataclass
class _Fates:
    """What a claim found out about rows that are not sent now."""

    ended: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    held: dict[datetime, list[int]] = field(default_factory=lambda: defaultdict(list))
    busy: list[int] = field(default_factory=list)
    """Of chats whose day is being decided elsewhere."""


class _Sayable(NamedTuple):
    """A claimed row that may be said now, with whom it reaches and the zone of its day."""

    row: Outbox
    chat_id: int
    language: str
    zone: str
    ward: int | None
    """For whom it is who is told on another's phone (`civic.wards`)."""

    @property
    def params(self) -> dict[str, Any]:
        """What is said, and for whom on that phone."""
        return {**(self.row.params or {}), **({"for": self.ward} if self.ward is not None else {})}


def anything_due(session: Session, *, now: datetime, true_now: datetime) -> bool:
    """Tell whether a claim would find something."""
    return any(
        session.scalar(_due(priority, now, true_now).with_only_columns(Outbox.id).limit(1)) is not None
        for priority in Priority
    )


def anything_in_flight(session: Session, *, now: datetime, true_now: datetime) -> bool:
    """Tell whether somebody is sending something that is due."""
    leased = select(Outbox.id).where(
        Outbox.state == "pending", Outbox.due_at <= now, Outbox.leased_by.is_not(None), Outbox.leased_until > true_now
    )
    return session.scalar(leased.limit(1)) is not None


def claim(
    session: Session, *, holder: str, now: datetime, true_now: datetime, zone: str, limit: int = 50
) -> list[Parcel]:
    """Take what is due, most urgent first, each chat's rows together; nobody else has them until the lease ends.

    Rows that may not be said end here: dropped («hushed» by BAJA, «late» past their `until`), or dead («unreachable»).
    What the quiet hours of its meeting's zone hold is put off until morning; `zone` is for what has no meeting. Of what
    is gathered by the day a chat gets one message (`civic.gathering`).
    """
    rows: list[Outbox] = []
    for priority in Priority:
        if len(rows) < limit:
            rows += session.scalars(_locked(_due(priority, now, true_now).limit(limit - len(rows))))
    if not rows:
        return []
    chats = {row.chat_id for row in rows if row.chat_id} | set(
        session.scalars(select(Person.chat_id).where(Person.id.in_({row.person_id for row in rows if row.person_id})))
    )
    here = or_(
        Outbox.chat_id.in_(chats),
        Outbox.person_id.in_(select(Person.id).where(Person.chat_id.in_(chats))),
    )
    taken = {row.id for row in rows}
    along = _due(None, now, true_now).where(here, Outbox.id.not_in(taken)).order_by(None).order_by(Outbox.id)
    rows += session.scalars(_locked(along))
    return _sorted_out(session, rows, holder=holder, now=now, true_now=true_now, zone=zone)


def still(session: Session, ids: Sequence[int], *, holder: str, now: datetime) -> set[int]:
    """Look again, right before sending: which claimed rows may still be said (not silenced, hushed, late, known)."""
    rows = session.connection().execute(_STILL, {"ids": list(ids), "holder": holder}).all()
    known = versions.overtaken(session, rows)
    return {row.id for row in rows if row.id not in known and _end(row, row if row.known else None, now) is None}


def settle(
    session: Session, outcomes: Iterable[Outcome], *, holder: str, bot_id: int, now: datetime, true_now: datetime
) -> None:
    """Mark how rows ended, many at once; only those that are still the holder's."""
    ended = list(outcomes)
    said = [each for outcome in ended if outcome.state == "sent" for each in (outcome.news, *outcome.also) if each]
    before = _heard(session, said, now)
    for outcome in ended:
        if outcome.gone is not None:
            unreachable(session, outcome.gone, now=now)
        if outcome.moved:
            moved(session, *outcome.moved)
    marks = [mark for outcome in ended for mark in _marks(outcome, holder, now, true_now)]
    if marks:
        session.connection().execute(_MARK, marks)
    asked = []
    for outcome in ended:
        if outcome.asked:
            known = {"known": before[outcome.news]} if outcome.news in before else {}
            asked.append((outcome.asked.chat_id, Reply(outcome.asked.kind, {**outcome.asked.params, **known})))
    if asked:
        conversation.told(session, bot_id, asked, now=now)


def _marks(outcome: Outcome, holder: str, now: datetime, true_now: datetime) -> list[dict[str, Any]]:
    again = outcome.state == "pending"
    return [
        {
            "row": row_id,
            "holder": holder,
            "to_state": outcome.state,
            "to_reason": outcome.reason,
            "to_message": outcome.message_id,
            "to_settled": None if again else now,
            "to_leased": true_now + timedelta(seconds=outcome.wait) if again and outcome.wait else None,
            "failed": int(outcome.counted),
        }
        for row_id in outcome.ids
    ]


def _heard(session: Session, told: Iterable[News], now: datetime) -> dict[News | None, int]:
    """Keep what people know of their meetings by now; gives the version that each knew before."""
    by_meeting: dict[int, list[News]] = defaultdict(list)
    for news in told:
        by_meeting[news.meeting_id].append(news)
    before: dict[News | None, int] = {}
    for meeting_id in sorted(by_meeting):
        meetings.lock(session, meeting_id)
        these = by_meeting[meeting_id]
        known = versions.heard(session, meeting_id, {news.person_id: news.version for news in these}, now=now)
        before |= {news: known[news.person_id] for news in these if news.person_id in known}
    return before


def unreachable(session: Session, chat_id: int, *, now: datetime) -> None:
    """Keep that whoever is told in a chat cannot be reached: blocked, deactivated, never started.

    Who writes again is reachable again (`civic.conversation`).
    """
    session.execute(
        update(Person)
        .where(Person.chat_id == chat_id, Person.unreachable_since.is_(None))
        .values(unreachable_since=now)
        .execution_options(synchronize_session=False)
    )


def moved(session: Session, chat_id: int, to: int) -> None:
    """Follow a chat to its new id."""
    session.execute(
        update(Person).where(Person.chat_id == chat_id).values(chat_id=to).execution_options(synchronize_session=False)
    )


def dead(session: Session) -> list[Outbox]:
    """List what was given up, oldest first, each with its reason."""
    return list(session.scalars(select(Outbox).where(Outbox.state == "dead").order_by(Outbox.id)))


def retry(session: Session, ids: Sequence[int] | None, *, now: datetime, actor: Actor = BY_COMMAND) -> int:
    """Owe what was given up anew, oldest first (None: all of it); say how many. What is late by then is dropped."""
    given_up = select(Outbox.id).where(Outbox.state == "dead").order_by(Outbox.id)
    again = list(session.scalars(given_up if ids is None else given_up.where(Outbox.id.in_(ids))))
    _set(session, again, state="pending", attempts=0, reason=None, settled_at=None, leased_until=None, due_at=now)
    for row_id in again:
        record(session, actor, "retry", f"x{row_id}", now=now)
    return len(again)


def next_due(session: Session, now: datetime) -> datetime | None:
    """Say when the next row after now is due; rows held until morning are due then."""
    return session.scalar(select(func.min(Outbox.due_at)).where(Outbox.state == "pending", Outbox.due_at > now))


_STILL = (
    select(
        Outbox.id,
        Outbox.kind,
        Outbox.person_id,
        Outbox.params,
        Outbox.priority,
        Outbox.until,
        Person.id.label("known"),
        Person.chat_id,
        Person.tell,
        Person.unreachable_since,
    )
    .outerjoin(Person, Person.id == Outbox.person_id)
    .where(
        Outbox.id.in_(bindparam("ids", expanding=True)),
        Outbox.state == "pending",
        Outbox.leased_by == bindparam("holder"),
    )
)
_MARK = (
    update(Outbox)
    .where(
        Outbox.id == bindparam("row"),
        Outbox.state == "pending",
        Outbox.leased_by == bindparam("holder"),
    )
    .values(
        state=bindparam("to_state"),
        reason=bindparam("to_reason"),
        message_id=bindparam("to_message"),
        settled_at=bindparam("to_settled"),
        leased_until=bindparam("to_leased"),
        leased_by=None,
        attempts=Outbox.attempts + bindparam("failed"),
    )
)


def _due(priority: Priority | None, now: datetime, true_now: datetime) -> Select[Outbox]:
    """Select what may be claimed, of one priority (the index answers) or of all."""
    rows = select(Outbox).where(
        Outbox.state == "pending",
        Outbox.due_at <= now,
        or_(Outbox.leased_until.is_(None), Outbox.leased_until <= true_now),
    )
    if priority is not None:
        rows = rows.where(Outbox.priority == int(priority))
    return rows.order_by(Outbox.due_at, Outbox.id)


def _locked(rows: Select[Outbox]) -> Select[Outbox]:
    return rows.with_for_update(skip_locked=True)


def _sorted_out(
    session: Session, rows: list[Outbox], *, holder: str, now: datetime, true_now: datetime, zone: str
) -> list[Parcel]:
    """End, hold or lease each row, in a few statements, and gather what is to be sent by chat."""
    fates = _Fates()
    said: list[_Sayable] = []
    daily: list[_Sayable] = []
    for each in _sift(session, rows, fates, zone, now):
        (daily if gathering.is_daily(each.row.kind, each.row.priority) else said).append(each)
    if daily:
        said += _of_the_day(session, daily, fates, zone=zone, now=now, true_now=true_now)
    for (state, reason), ids in fates.ended.items():
        _set(session, ids, state=state, reason=reason, settled_at=now, leased_until=None, leased_by=None)
    for morning, ids in fates.held.items():
        _set(session, ids, due_at=morning, leased_until=None, leased_by=None)
    _set(session, fates.busy, leased_until=true_now + gathering.BUSY, leased_by=None)
    parcels: dict[int, list[Row]] = defaultdict(list)
    for each in sorted(said, key=lambda each: (each.row.priority, each.row.due_at, each.row.id)):
        row = each.row
        parcels[each.chat_id].append(
            Row(row.id, row.person_id, each.language, row.kind, each.params, row.priority, row.attempts)
        )
    _set(session, [each.row.id for each in said], leased_by=holder, leased_until=true_now + LEASE)
    return [Parcel(chat_id, tuple(parcel)) for chat_id, parcel in parcels.items()]


def _sift(session: Session, rows: list[Outbox], fates: _Fates, zone: str, now: datetime) -> Iterator[_Sayable]:
    """Go through the rows that may be said now; the others have their fates."""
    people = recipients.people(session, rows)
    talks = recipients.languages(session, {row.chat_id for row in rows if row.chat_id})
    about = recipients.meetings(session, rows)
    known = versions.overtaken(session, rows)
    for row in rows:
        person, meeting = people.get(row.person_id or 0), about.get(row.id)
        if end := ("dropped", "overtaken") if row.id in known else _end(row, person, now):
            fates.ended[end].append(row.id)
        elif morning := _held_until(row, meeting, zone, now):
            fates.held[morning].append(row.id)
        else:
            chat_id = person.chat_id if person else row.chat_id
            language = person.language if person else talks.get(row.chat_id or 0, "es")
            ward = person.id if person and person.telegram_id is None else None
            yield _Sayable(row, chat_id or 0, language, meeting.timezone if meeting else zone, ward)


def _of_the_day(
    session: Session, daily: list[_Sayable], fates: _Fates, *, zone: str, now: datetime, true_now: datetime
) -> list[_Sayable]:
    """Give what goes now of what is gathered by the day, and what a chat's first message of its day takes along.

    What comes later than that waits for next morning, unless that is too late for it.
    """
    chats = {each.chat_id for each in daily}
    ours = gathering.ours_alone(session, chats)
    told = gathering.told(session, chats, now=now, true_now=true_now)
    said: list[_Sayable] = []
    first: set[int] = set()
    for each in daily:
        before = told.get(each.chat_id, gathering.NOTHING)
        if each.chat_id not in ours or before.under_way:
            fates.busy.append(each.row.id)
        elif not before.today(each.zone, now):
            first.add(each.chat_id)
            said.append(each)
        elif morning := gathering.put_off(each.row.until, each.zone, now):
            fates.held[morning].append(each.row.id)
        else:
            said.append(each)
    if first:
        along = list(session.scalars(_locked(gathering.ahead(first, now=now, true_now=true_now))))
        said += [
            each
            for each in _sift(session, along, _Fates(), zone, now)  # what may not be said yet is left as it is
            if gathering.is_of_today(each.row.due_at, each.zone, now)
        ]
    return said


def _end(row: Outbox | RowOf[Any], person: Person | RowOf[Any] | None, now: datetime) -> tuple[str, str] | None:
    """Say how a row ends that may not be said: its state and reason; None when it may."""
    if row.until is not None and row.until <= now:
        return "dropped", "late"
    if row.person_id is None:
        return None
    if person is None or person.chat_id is None:
        return "dropped", "no chat" if person else "nobody"
    if person.unreachable_since is not None:
        return "dead", "unreachable"
    if row.priority == Priority.REPLY or person.tell == "all":
        return None
    return None if person.tell == "changes" and row.kind in NEWS_OF_CHANGE else ("dropped", "hushed")


def _held_until(row: Outbox, meeting: Meeting | None, zone: str, now: datetime) -> datetime | None:
    """Say until when the quiet hours hold a row; None when they do not."""
    zone = meeting.timezone if meeting else zone
    if row.priority == Priority.REPLY or not is_quiet(now, zone):
        return None
    if meeting and row.kind in NEWS_OF_CHANGE and _soonest(row, meeting) - now < NO_QUIET:
        return None
    return next_decent(now, zone)


def _soonest(row: Outbox, meeting: Meeting) -> datetime:
    """Say the first start that whoever is told of a change may count on: the one that she knows, or the new one."""
    known = (row.params or {}).get("soonest")
    return min(meeting.starts_at, datetime.fromisoformat(known)) if known else meeting.starts_at


def _set(session: Session, ids: Sequence[int], **values: Any) -> None:
    if ids:
        session.execute(
            update(Outbox).where(Outbox.id.in_(ids)).values(values).execution_options(synchronize_session=False)
        )
