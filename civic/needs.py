"""Access needs against what the workshops offer: what is true of each, who is told of it, and what organisers hear.

A need never costs a place. Before everybody is seated a need is met if any workshop offers it; afterwards, if the
person's own does. What people were told is kept beside the need, so that only what differs from it is told.
"""

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from civic import agenda, alerts, outbox, workshops
from civic.daytime import local_date
from civic.errors import RegistrationUnknown
from civic.schema import Meeting, Need, Outbox, Registration, Workshop

OFFERED: Final = "offered"
"""Some workshop offers it, and her seat is not given yet."""
MET: Final = "met"
"""The workshop of her seat offers it."""
NOT_YET: Final = "not_yet"
"""No workshop offers it, and the day on which people are told has not come."""
UNMET: Final = "unmet"
"""Her workshop does not offer it; or the day has come and none does."""
BAD: Final = frozenset({NOT_YET, UNMET})


@dataclass(frozen=True)
class Offering:
    """What a meeting's workshops offer, and whether the day on which people are told has come."""

    features: Mapping[int, frozenset[str]]
    """By workshop's id."""
    decided: bool

    def anywhere(self, need: str) -> bool:
        """Tell whether any workshop offers a need."""
        return any(need in each for each in self.features.values())

    def truth(self, need: str, workshop_id: int | None) -> str:
        """Say how it stands with a need of who has this seat, or none yet."""
        if workshop_id is not None:
            return MET if need in self.features.get(workshop_id, ()) else UNMET
        if self.anywhere(need):
            return OFFERED
        return UNMET if self.decided else NOT_YET


@dataclass(frozen=True)
class Unmet:
    """A need of somebody with a place that nobody meets as things stand."""

    registration_id: int
    need: str


def offering(session: Session, meeting: Meeting, now: datetime) -> Offering:
    """Look at what a meeting's workshops offer."""
    rows = session.execute(select(Workshop.id, Workshop.features).where(Workshop.meeting_id == meeting.id))
    features = {workshop_id: frozenset(each) for workshop_id, each in rows}
    return Offering(features, decided=meeting.seating > 0 or answer_at(meeting) <= now)


def answer_at(meeting: Meeting) -> datetime:
    """Say when everybody is told of her needs, either way: when people are seated."""
    return agenda.plan(meeting)[agenda.ASSIGN]


def answer_on(meeting: Meeting) -> date:
    """Say on which day of the meeting's zone that is."""
    return local_date(answer_at(meeting), meeting.timezone)


def key(need: str) -> str:
    """Name a need in a button: eight characters that stay when the meeting's list of needs changes."""
    return f"{zlib.crc32(need.encode()):08x}"


def answered_by(session: Session, registration_id: int, person_id: int | None) -> Registration:
    """Find a registration that a person answers for: her own, or a companion's whom she brought and who has no chat.

    Anybody else's raises RegistrationUnknown.
    """
    found = session.get(Registration, registration_id)
    if found is None or person_id is None:
        raise RegistrationUnknown
    hers = found.person_id == person_id or (found.person_id is None and found.registered_by == person_id)
    if not hers:
        raise RegistrationUnknown
    return found


def answered_for(session: Session, own: Registration) -> Sequence[Registration]:
    """List who is still to come and whom a registration's person answers for: herself, then those she brought."""
    brought = session.scalars(
        select(Registration)
        .where(
            Registration.party_id == own.party_id,
            Registration.person_id.is_(None),
            Registration.registered_by.is_not(None),
            Registration.registered_by == own.person_id,
            Registration.state.in_(("registered", "waiting", "offered")),
        )
        .order_by(Registration.id)
    )
    return [own, *brought]


def unmet(session: Session, meeting: Meeting, now: datetime) -> list[Unmet]:
    """List the needs of people with a place that no workshop offers, or, once they sit, that theirs does not."""
    here = offering(session, meeting, now)
    return [
        Unmet(row.id, need.need)
        for need, row in session.execute(_with_a_place(meeting.id))
        if here.truth(need.need, row.workshop_id) in BAD
    ]


def counts(unmet_needs: Iterable[Unmet]) -> dict[str, int]:
    """Count people by need."""
    return dict(sorted(Counter(each.need for each in unmet_needs).items()))


def changed(session: Session, meeting: Meeting, *, now: datetime, promised: date | None = None) -> int:
    """Tell everybody with a place for whom a need stands otherwise than she was told; say how many messages that is.

    To be called under the meeting's lock after its workshops or seats changed, and on the day of the seats: then who
    was told «not yet» is told either way. What was said before is said no more, however often it is called. `promised`
    is the day that was said with «not yet» before the meeting changed: where it is another now, that is told too.
    """
    if meeting.state != "convened" or meeting.starts_at <= now:
        return 0
    session.flush()
    here = offering(session, meeting, now)
    another_day = promised is not None and promised != answer_on(meeting)
    news: dict[int, Registration] = {}
    for need, row in session.execute(_with_a_place(meeting.id)):
        truth = here.truth(need.need, row.workshop_id)
        if _is_news(need.told, truth) or (another_day and truth == NOT_YET):
            news[row.id] = row
        need.told = truth
    session.flush()
    return sum(_owe(session, meeting, row, now) for row in news.values())


def tell_all(session: Session, meeting: Meeting, *, now: datetime) -> int:
    """Keep what was promised for the day of the seats: who waits to hear of a need is told either way."""
    return changed(session, meeting, now=now)


def declare(
    session: Session, meeting: Meeting, registration: Registration, needs: Iterable[str], now: datetime
) -> None:
    """Keep what somebody needs, the whole list anew, as told of as it stands; organisers hear at once what is missing.

    Once people are seated her party moves where a workshop meets more of its needs. Whoever only waits for a place was
    told of no day: she hears of it once she has one. Under the meeting's lock.
    """
    wanted = set(needs)
    known = {row.need: row for row in session.scalars(select(Need).where(Need.registration_id == registration.id))}
    for need, row in known.items():
        if need not in wanted:
            session.delete(row)
    added = [Need(registration_id=registration.id, need=need) for need in sorted(wanted - known.keys())]
    session.add_all(added)
    session.flush()
    moved = workshops.meet_needs(session, meeting, now=now, party_id=registration.party_id)
    here = offering(session, meeting, now)
    for row in added:
        truth = here.truth(row.need, registration.workshop_id)
        row.told = truth if registration.state == "registered" else None
        if truth in BAD:
            alerts.alert(session, meeting, "need", now=now, key=row.need, need=row.need)
    session.flush()
    if moved:
        changed(session, meeting, now=now)


def alert_unoffered(session: Session, meeting: Meeting, *, now: datetime, when: str = "convened") -> int:
    """Tell organisers which needs a meeting asks for that no workshop offers; say how many alerts that is."""
    here = offering(session, meeting, now)
    return sum(
        alerts.alert(session, meeting, "need", now=now, key=f"{need}/{when}", need=need, when=when)
        for need in meeting.needs
        if not here.anywhere(need)
    )


def alert_unmet(session: Session, meeting: Meeting, *, now: datetime) -> int:
    """Tell organisers a week before which needs are unmet, with of how many people; say how many alerts that is."""
    day = local_date(meeting.starts_at, meeting.timezone)
    return sum(
        alerts.alert(session, meeting, "need", now=now, key=f"{need}/{day}", need=need, when="week", people=people)
        for need, people in counts(unmet(session, meeting, now)).items()
    )


def _with_a_place(meeting_id: int) -> Select[Need, Registration]:
    return (
        select(Need, Registration)
        .join(Registration, Registration.id == Need.registration_id)
        .where(Registration.meeting_id == meeting_id, Registration.state == "registered")
        .order_by(Registration.id, Need.need)
    )


def _is_news(told: str | None, truth: str) -> bool:
    """Tell whether somebody is to be told how a need stands, after what she was told last."""
    if truth in BAD:
        return told not in BAD or (told, truth) == (NOT_YET, UNMET)
    return told in BAD


def _owe(session: Session, meeting: Meeting, registration: Registration, now: datetime) -> int:
    """Owe who answers for a registration how its needs stand, once; each message has its own number."""
    person_id = registration.person_id or registration.registered_by
    if person_id is None:
        return 0
    prefix = f"r{registration.id}/needs/"
    of_these = Outbox.kind == "needs_told", Outbox.cause.startswith(prefix), Outbox.person_id == person_id
    unsaid = select(Outbox.id).where(*of_these, Outbox.state == "pending", Outbox.leased_until.is_(None))
    if session.scalar(unsaid.limit(1)) is not None:
        return 0  # it looks again when it goes out, and says how it stands then
    said = session.scalars(select(Outbox.cause).where(*of_these))
    number = max((int(cause.removeprefix(prefix)) for cause in said), default=0) + 1
    return outbox.enqueue(
        session,
        person_id,
        cause=f"{prefix}{number}",
        kind="needs_told",
        due_at=now,
        params={"registration": registration.id},
        until=meeting.starts_at,
    )
