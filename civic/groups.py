"""Groups: the bot points to the private chat there, at most once a day each. Nothing personal is kept or said."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from civic.schema import Conversation

QUIET_FOR: Final = timedelta(days=1)
"""After a word in a group."""


def may_speak(session: Session, bot_id: int, group_id: int, *, now: datetime) -> bool:
    """Tell whether a bot has said nothing in a group for a day; who asks this speaks, and is refused for the next."""
    row = {"key": _key(bot_id, group_id), "chat_id": group_id, "state": None, "data": {}, "touched_at": now}
    insert = _insert(session).values(row)
    spoken = insert.on_conflict_do_update(
        index_elements=["key"],
        set_={"touched_at": now},
        where=Conversation.touched_at <= now - QUIET_FOR,
    )
    return session.scalar(spoken.returning(Conversation.key)) is not None


def moved(session: Session, bot_id: int, group_id: int, to: int) -> None:
    """Follow a group that became a supergroup, so that it is not spoken to anew for that."""
    spoken_at = session.scalar(
        delete(Conversation).where(Conversation.key == _key(bot_id, group_id)).returning(Conversation.touched_at)
    )
    if spoken_at is not None:
        row = {"key": _key(bot_id, to), "chat_id": to, "state": None, "data": {}, "touched_at": spoken_at}
        session.execute(_insert(session).values(row).on_conflict_do_nothing())


def _key(bot_id: int, group_id: int) -> str:
    return f"{bot_id}:{group_id}"


def _insert(session: Session) -> Any:
    """Make the dialect's own insert, which knows ON CONFLICT."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    return dialect.insert(Conversation)
