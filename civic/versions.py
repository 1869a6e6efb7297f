"""What people were told of a meeting's date, hours and place, version by version, and who is told anew when it moves.

A person is told of a version once, and only if it differs from what she knows: `Registration.known_version`, which
sending sets (`heard`). What was undone before anybody was told of it was never there.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from civic import outbox
from civic.columns import LANGUAGES, in_language
from civic.outbox import Priority
from civic.places import AHEAD
from civic.schema import Meeting, MeetingVersion, Outbox, Person, Registration

MOVED: Final = "moved"
CANCELLED: Final = "cancelled"
STANDING: Final = (*AHEAD, "attended")
WHERE: Final = ("name", "address", "landmark")
"""What of a venue people go by; its point on the map is no news."""


def told(meeting: Meeting) -> dict[str, Any]:
    """Say what people are told of a meeting and would have to be told anew: date, hours, place, whether it is on."""
    return {
        "timezone": meeting.timezone,
        "starts_at": meeting.starts_at.isoformat(),
        "ends_at": meeting.ends_at.isoformat(),
        "venue": {
            part: {language: in_language(meeting.venue[part], language) for language in LANGUAGES}
            for part in WHERE
            if meeting.venue.get(part)
        },
        "cancelled": meeting.state == "cancelled",
    }


def told_of(session: Session, meeting_id: int) -> dict[int, dict[str, Any]]:
    """Give what was told with each version of a meeting, oldest first."""
    rows = session.execute(
        select(MeetingVersion.version, MeetingVersion.told, Meeting.timezone)
        .join(Meeting, Meeting.id == MeetingVersion.meeting_id)
        .where(MeetingVersion.meeting_id == meeting_id)
        .order_by(MeetingVersion.version)
    )
    return {version: {"timezone": zone, **said} for version, said, zone in rows}  # the first ones named no zone


def reads(said: Mapping[str, Any], languages: Sequence[str] = LANGUAGES) -> tuple[Any, ...]:
    """Give what was told as people read it in some languages: the day and hours of its zone's clocks, the place.

    What reads the same is no news: the place's name in another language, or a zone put right.
    """
    zone = ZoneInfo(said["timezone"])
    return (
        *(datetime.fromisoformat(said[end]).astimezone(zone).replace(tzinfo=None) for end in ("starts_at", "ends_at")),
        *(said["venue"].get(part, {}).get(language) for part in WHERE for language in languages),
        said["cancelled"],
    )


def add(session: Session, meeting: Meeting, *, because: str | None = None, now: datetime) -> None:
    """Give a meeting its next version, as it is now; no number is used twice."""
    of_meeting = MeetingVersion.meeting_id == meeting.id
    meeting.version = (session.scalar(select(func.max(MeetingVersion.version)).where(of_meeting)) or 0) + 1
    session.add(
        MeetingVersion(meeting_id=meeting.id, version=meeting.version, told=told(meeting), because=because, at=now)
    )
    session.flush()


def is_known(session: Session, meeting: Meeting) -> bool:
    """Tell whether a meeting as it is now is what everyone concerned knows: a change undone before it was told."""
    return bool(_alike(session, meeting)) and not _others(session, meeting)


def move(session: Session, meeting: Meeting, *, now: datetime) -> int:
    """Give a meeting that moved its version, and owe the news to whom it is news; says how many people it reaches.

    That is everyone with a place, an offer or a position, and who signed up companions without a chat of their own.
    What was owed of versions between falls silent. A confirmation counts for what it was given to. The meeting is
    locked.
    """
    alike = _alike(session, meeting)
    if alike and not _others(session, meeting):
        meeting.version = max(alike)
    else:
        add(session, meeting, now=now)
    for language in LANGUAGES:  # who knows it as it is now, whatever its number was then
        alike = _alike(session, meeting, language)
        them = Registration.person_id.in_(select(Person.id).where(Person.language == language))
        known = and_(Registration.meeting_id == meeting.id, them, Registration.known_version.in_(alike))
        _set(session, known, Registration.confirmed_version.in_(alike), confirmed_version=meeting.version)
        _set(session, known, known_version=meeting.version)
    _forget(session, meeting, now)
    return _owe(session, meeting, now=now)


def heard(session: Session, meeting_id: int, people: Mapping[int, int], *, now: datetime) -> dict[int, int]:
    """Keep which version each person was told of just now; gives the version that each knew before.

    Whom a later move overtook meanwhile is owed that. The meeting is locked.
    """
    meeting = session.get_one(Meeting, meeting_id)
    said = told_of(session, meeting_id)
    theirs = Registration.meeting_id == meeting_id
    rows = session.execute(
        select(Registration.person_id, Registration.known_version).where(
            theirs, Registration.person_id.in_(list(people))
        )
    )
    before = {person_id: version for person_id, version in rows if person_id is not None}
    for version in sorted(set(people.values())):
        them = [person_id for person_id, which in people.items() if which == version]
        alike = version == meeting.version or (version in said and reads(said[version]) == reads(told(meeting)))
        known = meeting.version if alike else version
        _set(session, theirs, Registration.person_id.in_(them), known_version=known)
        if meeting.state == "convened" and not alike:
            session.execute(
                update(Outbox)
                .where(
                    Outbox.cause == _cause(meeting),
                    Outbox.kind == MOVED,
                    Outbox.person_id.in_(them),
                    Outbox.state == "dropped",
                )
                .values(state="pending", reason=None, settled_at=None, due_at=now)
                .execution_options(synchronize_session=False)
            )
            _owe(session, meeting, now=now)
    return before


def answers_for(session: Session, meeting_id: int, person_id: int | None) -> int:
    """Count the companions whom somebody signed up for a meeting, who have no chat of their own."""
    theirs = select(func.count()).where(
        Registration.meeting_id == meeting_id,
        Registration.state.in_(STANDING),
        Registration.person_id.is_(None),
        Registration.registered_by == person_id,
        Registration.registered_by.is_not(None),
    )
    return session.scalar(theirs) or 0


def is_as_told(session: Session, meeting: Meeting, version: int, language: str) -> bool:
    """Tell whether a meeting is still what a version of it told in a language."""
    return version == meeting.version or version in _alike(session, meeting, language)


def missed(session: Session, person_id: int, *, now: datetime) -> list[tuple[Registration, Meeting]]:
    """List her registrations that stand whose meeting is not as she knows it, in the order in which it is locked."""
    rows = session.execute(
        select(Registration, Meeting)
        .join(Meeting, Meeting.id == Registration.meeting_id)
        .where(
            Registration.person_id == person_id,
            Registration.state.in_(AHEAD),
            Registration.known_version != Meeting.version,
            Meeting.ends_at > now,
        )
        .order_by(Meeting.id)
    )
    return [(registration, meeting) for registration, meeting in rows]


def overtaken(session: Session, rows: Iterable[Any]) -> set[int]:
    """Name the owed rows (`id`, `kind`, `person_id`, `params`) of a move that is news no more.

    It was overtaken by another, or is what she knows by now.
    """
    moves = [row for row in rows if row.kind == MOVED and row.params]
    if not moves:
        return set()
    news = {
        (person_id, meeting_id): version
        for person_id, meeting_id, version in session.execute(
            select(Registration.person_id, Registration.meeting_id, Meeting.version)
            .join(Meeting, Meeting.id == Registration.meeting_id)
            .where(
                Registration.person_id.in_({row.person_id for row in moves}),
                Registration.meeting_id.in_({row.params["meeting"] for row in moves}),
                Registration.known_version != Meeting.version,
            )
        )
    }
    return {row.id for row in moves if news.get((row.person_id, row.params["meeting"])) != row.params["version"]}


def _cause(meeting: Meeting) -> str:
    return f"m{meeting.id}v{meeting.version}"


def _alike(session: Session, meeting: Meeting, *languages: str) -> list[int]:
    """List the versions that told what is true now, in some languages or in all."""
    now = reads(told(meeting), languages or LANGUAGES)
    said = told_of(session, meeting.id)
    return [version for version, then in said.items() if reads(then, languages or LANGUAGES) == now]


def _others(session: Session, meeting: Meeting) -> bool:
    """Tell whether anybody concerned knows something else."""
    unaware = select(Registration.id).where(
        Registration.meeting_id == meeting.id,
        Registration.person_id.in_(concerned(meeting)),
        Registration.known_version.not_in(_alike(session, meeting)),
    )
    return session.scalar(unaware.limit(1)) is not None


def concerned(meeting: Meeting) -> Select[int]:
    """Select, by id, who is to come (or came), and who answers for companions that have no chat of their own."""
    own = aliased(Registration)
    companion = aliased(Registration)
    return select(Person.id).where(
        or_(
            Person.id.in_(select(own.person_id).where(own.meeting_id == meeting.id, own.state.in_(STANDING))),
            Person.id.in_(
                select(companion.registered_by).where(
                    companion.meeting_id == meeting.id, companion.state.in_(STANDING), companion.person_id.is_(None)
                )
            ),
        )
    )


def _owe(session: Session, meeting: Meeting, *, now: datetime) -> int:
    """Owe the move to everyone concerned who does not know it; say how many of them a message reaches."""
    unaware = (
        select(Registration.person_id)
        .where(
            Registration.meeting_id == meeting.id,
            Registration.person_id.in_(concerned(meeting)),
            Registration.known_version != meeting.version,
        )
        .distinct()
    )
    outbox.enqueue_all(
        session,
        unaware,  # type: ignore[arg-type]  # nobody among them is null
        kind=MOVED,
        cause=_cause(meeting),
        due_at=now,
        params={"meeting": meeting.id, "version": meeting.version, "soonest": soonest(session, meeting)},
        priority=Priority.URGENT,
        until=meeting.starts_at,
    )
    return reached(session, unaware)


def reached(session: Session, people: Select[Any]) -> int:
    """Count whom of some people, selected by id, a message about a move or cancellation reaches."""
    reached = select(func.count()).where(
        Person.id.in_(people),
        Person.tell != "nothing",
        Person.unreachable_since.is_(None),
        Person.chat_id.is_not(None),
    )
    return session.scalar(reached) or 0


def owe_again(session: Session, person_id: int, *, now: datetime) -> None:
    """Owe somebody who can be reached again the changes that were given up; what is late by then is dropped."""
    session.execute(
        update(Outbox)
        .where(Outbox.person_id == person_id, Outbox.kind.in_((MOVED, CANCELLED)), Outbox.state == "dead")
        .values(state="pending", attempts=0, reason=None, settled_at=None, leased_until=None, due_at=now)
        .execution_options(synchronize_session=False)
    )


def soonest(session: Session, meeting: Meeting) -> str:
    """Say the earliest start that anybody counts on (ISO): who knows an old one must hear in time for that."""
    known = session.scalars(
        select(Registration.known_version).where(Registration.meeting_id == meeting.id).distinct()
    ).all()
    said = told_of(session, meeting.id)
    starts = (datetime.fromisoformat(said[version]["starts_at"]) for version in known if version in said)
    return min([*starts, meeting.starts_at]).isoformat()


def _forget(session: Session, meeting: Meeting, now: datetime) -> None:
    """Drop what is owed of other versions."""
    session.execute(
        update(Outbox)
        .where(
            Outbox.state == "pending",
            Outbox.kind == MOVED,
            Outbox.cause.like(f"m{meeting.id}v%"),
            Outbox.cause != _cause(meeting),
        )
        .values(state="dropped", reason="overtaken", settled_at=now)
        .execution_options(synchronize_session=False)
    )


def _set(session: Session, *where: ColumnElement[bool], **values: Any) -> None:
    session.execute(update(Registration).where(*where).values(values).execution_options(synchronize_session="fetch"))
