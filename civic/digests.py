"""The weekly digest: who prefers it hears of commitments on Mondays, a week's news in one message (M14).

A week is Monday to Sunday, told on Monday at 9:00: offices that answer are open, and all of the week is ahead. Its zone
is that of the meeting convened last, as people live by their meetings' clocks. What she was told at once, before she
chose, is not told again; and a week without news has no digest.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import Select, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from civic import audit, following
from civic.audit import Actor
from civic.daytime import at_clock, local_date
from civic.following import After
from civic.outbox import Priority, enqueue, enqueue_all
from civic.schema import Agenda, Commitment, CommitmentUpdate, Meeting, Outbox, Person

SUBJECT: Final = "week"
"""Of the agenda's rows: one a week, named by the Monday on which it is told; none while nobody wants digests."""
WEEKLY: Final = "weekly"
AT_ONCE: Final = "at_once"
KIND: Final = "digest"
HOUR: Final = time(9)
WEEK: Final = timedelta(days=7)
USEFUL: Final = timedelta(days=7)
"""How long after its Monday a digest is still told: then the next one comes."""
BEGUN: Final = time(0, 5)
"""When a week is told of at the earliest: what was done right before midnight is there by then."""
CHUNK: Final = 5_000
"""People looked at in one transaction of the clock."""
NEWS: Final = ("published", "updated")


def prefer(session: Session, person_id: int, rhythm: str, *, actor: Actor, now: datetime) -> None:
    """Tell somebody of commitments weekly, or at once again: then what she has not heard of this week comes at once."""
    person = session.get_one(Person, person_id, with_for_update={"key_share": True})
    if person.rhythm == rhythm:
        return
    audit.record(
        session, actor, "rhythm", f"p{person_id}", now=now, old={"rhythm": person.rhythm}, new={"rhythm": rhythm}
    )
    person.rhythm = rhythm
    session.flush()
    zone = _zone(session)
    this = _monday(now, zone)
    if rhythm == WEEKLY:
        _plan(session, zone, this + WEEK, since=at_clock(this, time.min, zone), now=now)
        return
    open_ones = select(Agenda.params).where(Agenda.subject == SUBJECT, Agenda.done_at.is_(None))
    since = [datetime.fromisoformat(params["since"]) for params in session.scalars(open_ones) if params]
    unheard = of_week(session, person_id, min(since, default=at_clock(this, time.min, zone)), now)
    _owe_at_once(session, person_id, unheard, now)


def of_week(session: Session, person_id: int | None, since: datetime, until: datetime) -> list[int]:
    """List the updates between two moments, oldest first, of what somebody follows, that she was not told at once."""
    found = session.execute(
        select(CommitmentUpdate.id, Commitment)
        .join(Commitment, Commitment.id == CommitmentUpdate.commitment_id)
        .where(*_within(since, until))
        .order_by(CommitmentUpdate.id)
    ).all()
    if person_id is None or not found:
        return []
    hers = following.followed_among(session, person_id, {row.id: row for _, row in found}.values())
    told = set(
        session.scalars(
            select(Outbox.cause).where(
                Outbox.person_id == person_id,
                Outbox.kind.in_(NEWS),
                Outbox.state == "sent",
                Outbox.cause.in_([f"u{update_id}" for update_id, _ in found]),
            )
        )
    )
    return [update_id for update_id, row in found if row.id in hers and f"u{update_id}" not in told]


def of_week_in_chat(session: Session, person_id: int | None, since: datetime, until: datetime) -> list[int]:
    """List as `of_week`, for somebody told on another's phone without what is told there to others before her."""
    mine = of_week(session, person_id, since, until)
    person = session.get(Person, person_id) if mine and person_id is not None else None
    if person is None or person.telegram_id is not None or person.chat_id is None:
        return mine
    before = select(Person.id).where(
        Person.chat_id == person.chat_id,
        Person.rhythm == WEEKLY,
        or_(Person.telegram_id.is_not(None), Person.id < person.id),
    )
    told = {each for other in session.scalars(before) for each in of_week(session, other, since, until)}
    return [each for each in mine if each not in told]


def go_on(session: Session, row: Agenda, now: datetime) -> None:
    """Owe the digest of a week to who follows what has news, 5,000 people at a time; then plan the next week's.

    A clock that comes late tells of all weeks since in one digest. Cursor and rows are one transaction. The agenda's
    row is locked.
    """
    params = dict(row.params or {})
    zone = params["zone"]
    told_on = date.fromisoformat(params.setdefault("told_on", _monday(now, zone).isoformat()))
    row.params = params
    since, until = datetime.fromisoformat(params["since"]), at_clock(told_on, time.min, zone)
    after = row.cursor or 0
    weekly = Person.rhythm == WEEKLY
    ahead = select(Person.id).where(weekly, Person.id > after).order_by(Person.id).limit(CHUNK).subquery()
    last = session.scalar(select(func.max(ahead.c.id)))
    if last is None:
        row.done_at = now
        if session.scalar(select(Person.id).where(weekly).limit(1)) is not None:
            _plan(session, _zone(session), told_on + WEEK, since=until, now=now)
        return
    due_at = at_clock(told_on, HOUR, zone)
    for commitment in session.scalars(_with_news(since, until)).all():
        people = following.audience(commitment, among=After(after, last)).where(weekly)
        enqueue_all(
            session,
            people,
            kind=KIND,
            cause=f"{SUBJECT}/{told_on.isoformat()}",
            due_at=due_at,
            params={"since": since.isoformat(), "until": until.isoformat()},
            priority=Priority.MASS,
            until=due_at + USEFUL,
        )
    row.cursor = last


def _within(since: datetime, until: datetime) -> tuple[Any, ...]:
    """Say as SQL that an update is public, and of a time."""
    return (
        CommitmentUpdate.at > since,
        CommitmentUpdate.at <= until,
        Commitment.published_at.is_not(None),
        Commitment.withdrawn_because.is_(None),
    )


def _with_news(since: datetime, until: datetime) -> Select[Commitment]:
    has_news = (
        select(CommitmentUpdate.commitment_id)
        .join(Commitment, Commitment.id == CommitmentUpdate.commitment_id)
        .where(*_within(since, until))
    )
    return select(Commitment).where(Commitment.id.in_(has_news)).order_by(Commitment.id)


def _owe_at_once(session: Session, person_id: int, updates: Iterable[int], now: datetime) -> None:
    """Owe somebody news one by one; they reach her as one message, being due at once."""
    numbers: Mapping[int, int] = dict(
        session.execute(
            select(CommitmentUpdate.id, CommitmentUpdate.number).where(CommitmentUpdate.id.in_(list(updates)))
        ).all()
    )
    for update_id, number in sorted(numbers.items()):
        enqueue(
            session,
            person_id,
            cause=f"u{update_id}",
            kind=NEWS[number > 1],
            due_at=now,
            params={"update": update_id},
            priority=Priority.MASS,
        )


def _plan(session: Session, zone: str, monday: date, *, since: datetime, now: datetime) -> None:
    """Put a week's digest on the agenda, once: due as its Monday begins, so that it can be gathered."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    row = {
        "subject": SUBJECT,
        "what": monday.isoformat(),
        "due_at": max(at_clock(monday, BEGUN, zone), now),
        "params": {"zone": zone, "since": since.isoformat()},
        "tries": 0,
    }
    insert: Any = dialect.insert(Agenda).values(row)
    session.execute(insert.on_conflict_do_nothing())


def _zone(session: Session) -> str:
    """Give the zone of the meeting convened last."""
    last = select(Meeting.timezone).where(Meeting.convened_at.is_not(None)).order_by(Meeting.convened_at.desc())
    return session.scalar(last.limit(1)) or "UTC"


def _monday(now: datetime, zone: str) -> date:
    """Give the Monday of the week of a moment."""
    day = local_date(now, zone)
    return day - timedelta(days=day.weekday())
