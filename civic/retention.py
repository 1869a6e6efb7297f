"""Retention: what is kept only for a while is let go, found by the clock."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from civic import conversation, update_drafts
from civic.schema import FailedUpdate, Outbox

KEPT_FAILED: Final = timedelta(days=7)
KEPT_SAID: Final = timedelta(days=90)
"""Rows of the outbox that ended: long enough to answer «was I told?», and to say nothing twice."""
KEPT_REPLIES: Final = timedelta(days=7)
"""Replies that were owed, also those given up: whoever they answered has gone on, and may never have consented."""


def let_go(session: Session, *, now: datetime) -> None:
    """Delete what was kept long enough: unconsented chats, handled and failed updates, drafts, ended messages."""
    conversation.forget(session, now=now)
    update_drafts.let_go(session, now=now)
    session.execute(delete(FailedUpdate).where(FailedUpdate.at < now - KEPT_FAILED))
    ended = Outbox.state.in_(("sent", "dropped"))
    session.execute(delete(Outbox).where(ended, Outbox.settled_at < now - KEPT_SAID))
    session.execute(
        delete(Outbox).where(Outbox.state != "pending", Outbox.priority == 0, Outbox.settled_at < now - KEPT_REPLIES)
    )
