"""One message a day: a chat's reminders, nudges and digests are gathered, and what comes later waits until morning.

News count for nobody's day: a move, an offer, the hours before, a commitment. Counted by chat, as phones are shared.
What was told today is stored nowhere: the outbox is asked, and only for chats that something of the day is due for.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from civic.daytime import EVENING, MORNING, at_clock, local_date
from civic.outbox import Priority
from civic.schema import Outbox, Person

DAILY: Final = frozenset({"reminder", "nudge", "ask_again", "digest", "results"})
"""Kinds that are one message a day; a reminder of the hours before is urgent, and news."""
ALONG: Final = DAILY | {"seated"}
"""Kinds that the day's message takes along: a seat that waits for its reminder goes with it."""
BUSY: Final = timedelta(seconds=2)
"""True time after which a chat is looked at again whose day is just being decided elsewhere."""
A_DAY: Final = timedelta(hours=26)
"""No day of any zone is longer."""


class Told(NamedTuple):
    """What a chat had of its day's message."""

    at: tuple[datetime, ...]
    under_way: bool
    """One is claimed and not marked yet: it may reach the chat, or not."""

    def today(self, zone: str, now: datetime) -> bool:
        """Tell whether it had one on this day of a zone."""
        day = local_date(now, zone)
        return any(local_date(each, zone) == day for each in self.at)


NOTHING: Final = Told((), under_way=False)


def is_daily(kind: str, priority: int) -> bool:
    """Tell whether a row is gathered by the day."""
    return kind in DAILY and priority > Priority.URGENT


def ours_alone(session: Session, chats: Collection[int]) -> set[int]:
    """Lock whoever is told in some chats; give the chats whose day nobody else decides, or changes, at this moment.

    Two claims that each hold a row of one chat would else both be the day's first. Nobody is waited for.
    """
    here = Person.chat_id.in_(chats)
    them = select(Person.chat_id).where(here).order_by(Person.id).with_for_update(skip_locked=True, key_share=True)
    locked: dict[int | None, int] = defaultdict(int)
    for chat_id in session.scalars(them):
        locked[chat_id] += 1
    everybody = select(Person.chat_id, func.count()).where(here).group_by(Person.chat_id)
    return {chat_id for chat_id, count in session.execute(everybody) if chat_id and locked[chat_id] == count}


def told(session: Session, chats: Collection[int], *, now: datetime, true_now: datetime) -> dict[int, Told]:
    """Say which chats had a message of the day since yesterday, and when; those that had none are left out."""
    sent = and_(Outbox.state == "sent", Outbox.settled_at > now - A_DAY)
    claimed = and_(Outbox.state == "pending", Outbox.leased_by.is_not(None), Outbox.leased_until > true_now)
    rows = (
        select(Person.chat_id, Outbox.settled_at)
        .join(Outbox, Outbox.person_id == Person.id)
        .where(
            Person.chat_id.in_(chats),
            Outbox.kind.in_(DAILY),
            Outbox.priority > int(Priority.URGENT),
            or_(sent, claimed),
        )
    )
    found: dict[int, list[datetime | None]] = defaultdict(list)
    for chat_id, at in session.execute(rows):
        found[chat_id or 0].append(at)
    return {
        chat_id: Told(tuple(at for at in moments if at), under_way=None in moments)
        for chat_id, moments in found.items()
    }


def put_off(until: datetime | None, zone: str, now: datetime) -> datetime | None:
    """Say until when something of the day waits in a chat that was told today: 8:00 next day; None: too late for it."""
    morning = at_clock(local_date(now, zone) + timedelta(days=1), MORNING, zone)
    return morning if until is None or until > morning else None


def ahead(chats: Iterable[int], *, now: datetime, true_now: datetime) -> Select[Outbox]:
    """Select what the day's message of some chats may take along: not due yet, and due within a day."""
    here = Outbox.person_id.in_(select(Person.id).where(Person.chat_id.in_(chats)))
    return (
        select(Outbox)
        .where(
            here,
            Outbox.state == "pending",
            Outbox.kind.in_(ALONG),
            Outbox.priority > int(Priority.URGENT),
            Outbox.due_at > now,
            Outbox.due_at <= now + A_DAY,
            or_(Outbox.leased_until.is_(None), Outbox.leased_until <= true_now),
        )
        .order_by(Outbox.id)
    )


def is_of_today(due_at: datetime, zone: str, now: datetime) -> bool:
    """Tell whether something is due until 20:00 of this day of a zone."""
    return due_at <= at_clock(local_date(now, zone), EVENING, zone)
