"""What processes of one installation tell each other: who delivers, a pause that Telegram asked for, replies sent.

All of it is true time, and none of it is a matter of people.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from civic.schema import Bot, Lease, SentSecond


@dataclass(frozen=True)
class Allowance:
    """What is left to send: paused until when (true time), and the replies of a second by all processes."""

    paused_until: datetime | None
    replies: int


def hold(session: Session, name: str, holder: str, *, true_now: datetime, lasting: timedelta) -> bool:
    """Take or renew a lease; False when another holds it."""
    until = true_now + lasting
    insert = _insert(session, Lease).values(name=name, holder=holder, until=until)
    session.execute(insert.on_conflict_do_nothing())
    mine = or_(Lease.holder == holder, Lease.until <= true_now)
    renewed = session.execute(update(Lease).where(Lease.name == name, mine).values(holder=holder, until=until))
    return cast("CursorResult[Any]", renewed).rowcount == 1


def release(session: Session, name: str, holder: str) -> None:
    """Give a lease back, so that another need not wait for its end."""
    session.execute(delete(Lease).where(Lease.name == name, Lease.holder == holder))


def pause(session: Session, bot_id: int, until: datetime) -> None:
    """Ask every process of a bot to send nothing before a moment; a longer pause stays."""
    session.execute(_insert(session, Bot).values(id=bot_id, username="").on_conflict_do_nothing())
    longer = or_(Bot.paused_until.is_(None), Bot.paused_until < until)
    session.execute(update(Bot).where(Bot.id == bot_id, longer).values(paused_until=until))


def allowance(session: Session, bot_id: int, second: int) -> Allowance:
    """Look at a bot's pause, and at the replies of a second (seconds of true time since 1970)."""
    replies = session.scalar(select(SentSecond.replies).where(SentSecond.bot_id == bot_id, SentSecond.second == second))
    return Allowance(session.scalar(select(Bot.paused_until).where(Bot.id == bot_id)), replies or 0)


def note_replies(session: Session, bot_id: int, replies: Mapping[int, int]) -> None:
    """Add this process's replies to those of each second."""
    for second, number in sorted(replies.items()):
        insert = _insert(session, SentSecond).values(bot_id=bot_id, second=second, replies=number)
        session.execute(
            insert.on_conflict_do_update(
                index_elements=["bot_id", "second"], set_={"replies": SentSecond.replies + number}
            )
        )


def forget_seconds(session: Session, before: int) -> None:
    """Let go the seconds before one."""
    session.execute(delete(SentSecond).where(SentSecond.second < before))


def _insert(session: Session, table: type[Any]) -> Any:
    """Make the dialect's own insert, which knows ON CONFLICT."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    return dialect.insert(table)
