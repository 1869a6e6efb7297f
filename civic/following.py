"""Who is told of commitments: whoever holds a place follows by default, and anyone may say so, or not (M14, M15).

The nearest word wins: on the commitment, then its meeting, then its entity; without any, a place kept to the end.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import Select, Subquery, bindparam, func, or_, select, union
from sqlalchemy.orm import QueryableAttribute, Session, aliased

from civic import audit, people
from civic.audit import Actor
from civic.columns import Text
from civic.errors import CommitmentUnknown, ConsentMissing, EntityUnknown, MeetingUnknown
from civic.schema import Commitment, Entity, Follow, Meeting, MeetingEntity, Person, Registration

Subject = Literal["c", "m", "e"]
"""What is followed: a commitment, a meeting's commitments, or an entity's."""

KEPT: Final = ("registered", "attended", "no_show")
"""Held a place to the end; who cancelled or waits follows only by saying so."""
_DIGITS: Final = 19
"""Fewer fit a 64-bit id."""
_COLUMNS: Final = {"c": Follow.commitment_id, "m": Follow.meeting_id, "e": Follow.entity_id}

_PUBLIC: Final[dict[Subject, Select[int]]] = {
    "c": select(Commitment.entity_id).where(Commitment.id == bindparam("id"), Commitment.published_at.is_not(None)),
    "m": (
        select(MeetingEntity.entity_id)
        .join(Meeting, Meeting.id == MeetingEntity.meeting_id)
        .where(Meeting.id == bindparam("id"), Meeting.state != "draft")
        .order_by(MeetingEntity.number)
    ),
    "e": (
        select(MeetingEntity.entity_id)
        .join(Meeting, Meeting.id == MeetingEntity.meeting_id)
        .where(MeetingEntity.entity_id == bindparam("id"), Meeting.state != "draft")
        .distinct()
    ),
}
"""The entities of a subject that is anybody's business."""


class After(NamedTuple):
    """People whose ids come after one, up to a last one."""

    id: int
    last: int


Among = After | Collection[int]
"""Some people: a stretch of ids, or ids (a few)."""


@dataclass(frozen=True)
class Followed:
    """Something that a person follows."""

    subject: Subject
    id: int
    title: Text
    by_place: bool
    """Whether it is for a place that she had, not by a word of hers."""


def follow(
    session: Session,
    person_id: int,
    subject: Subject,
    subject_id: int,
    *,
    wants: bool,
    actor: Actor,
    now: datetime,
) -> None:
    """Take a person's word on a subject: tell her, or (wants false) do not.

    Raises CommitmentUnknown, MeetingUnknown or EntityUnknown for what is not public, and ConsentMissing without a
    consent to following (or attending) for every entity concerned; not to be told needs no consent.
    """
    concerned = entities_of(session, subject, subject_id)
    if wants and not people.has_consented(session, person_id, concerned, "follow"):
        raise ConsentMissing(None)
    column = _COLUMNS[subject]
    said = session.scalar(select(Follow).where(Follow.person_id == person_id, column == subject_id))
    if said is None:
        session.add(Follow(person_id=person_id, **{column.key: subject_id}, wants=wants, since=now))
    elif said.wants == wants:
        return
    else:
        said.wants, said.since = wants, now
    session.flush()
    act = "follow" if wants else "unfollow"
    audit.record(session, actor, act, f"{subject}{subject_id}", now=now)


def entities_of(session: Session, subject: Subject, subject_id: int) -> list[int]:
    """Say which entities' news a subject brings; raises what `follow` raises for a subject that is not public."""
    found = session.scalars(_PUBLIC[subject], {"id": subject_id}).all()
    if not found:
        raise {"c": CommitmentUnknown(), "m": MeetingUnknown(str(subject_id)), "e": EntityUnknown(str(subject_id))}[
            subject
        ]
    return list(found)


def subject_named(session: Session, kind: str, name: str) -> tuple[Subject, int]:
    """Find what a deep link names: `fc_NUMBER`, `fm_CODE`, `fe_CODE`; raises what `follow` raises."""
    match kind:
        case "fc" if name.isascii() and name.isdigit() and len(name) < _DIGITS:
            return "c", int(name)
        case "fm":
            meeting_id = session.scalar(select(Meeting.id).where(Meeting.code == name))
            if meeting_id is None:
                raise MeetingUnknown(name)
            return "m", meeting_id
        case "fe":
            entity_id = session.scalar(select(Entity.id).where(Entity.code == name))
            if entity_id is None:
                raise EntityUnknown(name)
            return "e", entity_id
    raise CommitmentUnknown


def followers(commitment: Commitment, *, among: Among | None = None) -> Select[int]:
    """Select the ids of everyone who follows a commitment, by the nearest word or a place kept to the end.

    `among` looks at some people only, whatever others there are.
    """
    about = {"c": commitment.id, "m": commitment.meeting_id, "e": commitment.entity_id}
    words: Any = {kind: aliased(Follow) for kind in about}
    kept = aliased(Registration)
    chosen = select(Person.id)
    if among is None:
        concerned = _concerned(commitment, about)
        chosen = chosen.join(concerned, concerned.c.person_id == Person.id)
    else:
        chosen = chosen.where(_within(Person.id, among))
    for kind, number in about.items():
        said = words[kind]
        hers = (said.person_id == Person.id) & (getattr(said, _COLUMNS[kind].key) == number)
        chosen = chosen.outerjoin(said, hers if among is None else hers & _within(said.person_id, among))
    place = (kept.person_id == Person.id) & (kept.meeting_id == commitment.meeting_id) & kept.state.in_(KEPT)
    chosen = chosen.outerjoin(kept, place if among is None else place & _within(kept.person_id, among))
    return chosen.where(
        func.coalesce(words["c"].wants, words["m"].wants, words["e"].wants, kept.id.is_not(None)).is_(True)
    )


def _concerned(commitment: Commitment, about: dict[str, int]) -> Subquery:
    """Select who has a place or a word that a commitment may concern."""
    place = select(Registration.person_id).where(
        Registration.meeting_id == commitment.meeting_id,
        Registration.state.in_(KEPT),
        Registration.person_id.is_not(None),
    )
    spoke = select(Follow.person_id).where(or_(*(_COLUMNS[kind] == number for kind, number in about.items())))
    return union(place, spoke).subquery("concerned")


def _within(column: QueryableAttribute[int] | QueryableAttribute[int | None], among: Among) -> Any:
    if isinstance(among, After):
        return (column > among.id) & (column <= among.last)
    return column.in_(among)


def audience(commitment: Commitment, *, among: Among | None = None) -> Select[int]:
    """Select who is told of a commitment's news now: followers who are told things at all, and can be."""
    return followers(commitment, among=among).where(Person.tell == "all", Person.chat_id.is_not(None))


def told_at_once(commitment: Commitment, *, among: Among | None = None) -> Select[int]:
    """Select who of an audience is told at once: the others prefer a weekly digest (`civic.digests`)."""
    return audience(commitment, among=among).where(Person.rhythm == "at_once")


def count_audience(session: Session, commitment: Commitment) -> int:
    """Count who is told of a commitment's news now; seconds for a million, so not in a transaction."""
    return session.scalar(select(func.count()).select_from(audience(commitment).subquery())) or 0


def count_weekly(session: Session, commitment: Commitment) -> int:
    """Count who is told of a commitment's news in a weekly digest."""
    weekly = audience(commitment).where(Person.rhythm == "weekly")
    return session.scalar(select(func.count()).select_from(weekly.subquery())) or 0


def may_be_over(session: Session, commitment: Commitment, most: int) -> bool:
    """Tell, without counting them all, whether a commitment may have more followers than so many."""
    words = {"c": commitment.id, "m": commitment.meeting_id, "e": commitment.entity_id}
    looks = [select(Follow.id).where(_COLUMNS[kind] == number, Follow.wants) for kind, number in words.items()]
    looks.append(
        select(Registration.id).where(Registration.meeting_id == commitment.meeting_id, Registration.state.in_(KEPT))
    )
    found = (session.scalar(select(func.count()).select_from(look.limit(most + 1).subquery())) for look in looks)
    return sum(each or 0 for each in found) > most


def follows(session: Session, person_id: int | None, commitment: Commitment) -> bool:
    """Tell whether a person follows a commitment."""
    if person_id is None:
        return False
    return session.scalar(followers(commitment, among=[person_id])) is not None


def is_told(session: Session, person_id: int | None, commitment: Commitment) -> bool:
    """Look again at delivery: muted or hushed meanwhile is not told."""
    return person_id is not None and bool(told_among(session, commitment, [person_id]))


def told_among(session: Session, commitment: Commitment, people: Collection[int]) -> set[int]:
    """Say who of some people are told of a commitment's news now; what was owed at once is told at once."""
    return set(session.scalars(audience(commitment, among=people)))


def followed_among(session: Session, person_id: int, commitments: Iterable[Commitment]) -> set[int]:
    """Say which of some commitments a person follows, by the nearest word or a place kept to the end."""
    words = {
        (kind, number): row.wants
        for row in session.scalars(select(Follow).where(Follow.person_id == person_id))
        for kind, number in (("c", row.commitment_id), ("m", row.meeting_id), ("e", row.entity_id))
        if number is not None
    }
    kept = set(
        session.scalars(
            select(Registration.meeting_id).where(Registration.person_id == person_id, Registration.state.in_(KEPT))
        )
    )
    found = set()
    for each in commitments:
        about = (("c", each.id), ("m", each.meeting_id), ("e", each.entity_id))
        said = next((words[subject] for subject in about if subject in words), each.meeting_id in kept)
        if said:
            found.add(each.id)
    return found


def followed(session: Session, person_id: int | None) -> list[Followed]:
    """List what a person follows: meetings, by her word or a place kept; then entities; then commitments by her word.

    What was withdrawn, or is not public any more, is left out.
    """
    if person_id is None:
        return []
    said = {
        kind: dict(
            session.execute(
                select(column, Follow.wants).where(Follow.person_id == person_id, column.is_not(None))
            ).all()
        )
        for kind, column in _COLUMNS.items()
    }
    kept = select(Registration.meeting_id).where(Registration.person_id == person_id, Registration.state.in_(KEPT))
    by_place = {meeting_id for meeting_id in session.scalars(kept) if meeting_id not in said["m"]}
    chosen = {kind: {number for number, wants in words.items() if wants} for kind, words in said.items()}
    looks: list[tuple[Subject, Select[int, Text]]] = [
        (
            "m",
            select(Meeting.id, Meeting.title)
            .where(Meeting.id.in_(chosen["m"] | by_place), Meeting.state != "draft")
            .order_by(Meeting.starts_at.desc(), Meeting.id),
        ),
        ("e", select(Entity.id, Entity.name).where(Entity.id.in_(chosen["e"])).order_by(Entity.id)),
        (
            "c",
            select(Commitment.id, Commitment.text)
            .where(Commitment.id.in_(chosen["c"]), Commitment.withdrawn_because.is_(None))
            .order_by(Commitment.id.desc()),
        ),
    ]
    return [
        Followed(kind, number, title, by_place=kind == "m" and number in by_place)
        for kind, rows in looks
        for number, title in session.execute(rows)
    ]


def said_yes(session: Session, person_id: int | None, subject: Subject, subject_id: int) -> bool:
    """Tell whether a person said herself that she follows this very subject."""
    if person_id is None:
        return False
    return bool(
        session.scalar(select(Follow.wants).where(Follow.person_id == person_id, _COLUMNS[subject] == subject_id))
    )
