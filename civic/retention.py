"""Retention: what is kept only for a while is let go, found by the clock."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from civic import announcement_upkeep, conversation, handovers, planned_upkeep, update_drafts
from civic.schema import FailedUpdate, Meeting, Need, Outbox, Registration

KEPT_FAILED: Final = timedelta(days=7)
KEPT_SAID: Final = timedelta(days=90)
"""Rows of the outbox that ended: long enough to answer «was I told?», and to say nothing twice."""
KEPT_REPLIES: Final = timedelta(days=7)
"""Replies that were owed, also those given up: whoever they answered has gone on, and may never have consented."""

KEPT_GIVEN_UP: Final = timedelta(days=2)
"""Needs, and a companion's name, after the place was given up: long enough for a change of mind."""
KEPT_NEEDS: Final = timedelta(days=30)
"""Needs, after the meeting's end."""


def let_go(session: Session, *, now: datetime) -> None:
    """Delete what was kept long enough: chats without consent, updates, drafts, needs, messages that ended."""
    conversation.forget(session, now=now)
    _forget_needs(session, now)
    update_drafts.let_go(session, now=now)
    planned_upkeep.let_go(session, now=now)
    announcement_upkeep.let_go(session, now=now)
    handovers.let_go(session, now=now)
    session.execute(delete(FailedUpdate).where(FailedUpdate.at < now - KEPT_FAILED))
    ended = Outbox.state.in_(("sent", "dropped"))
    session.execute(delete(Outbox).where(ended, Outbox.settled_at < now - KEPT_SAID))
    session.execute(
        delete(Outbox).where(Outbox.state != "pending", Outbox.priority == 0, Outbox.settled_at < now - KEPT_REPLIES)
    )


def _forget_needs(session: Session, now: datetime) -> None:
    """Delete health data that serves nobody any more, and the names of companions who do not come.

    Who comes back later is asked anew.
    """
    given_up = and_(Registration.state == "cancelled", Registration.cancelled_at < now - KEPT_GIVEN_UP)
    over = Registration.meeting_id.in_(select(Meeting.id).where(Meeting.ends_at < now - KEPT_NEEDS))
    needing = Registration.id.in_(select(Need.registration_id))
    for registration in session.scalars(select(Registration).where(needing, or_(given_up, over))).all():
        registration.answered = [question for question in registration.answered if question != "needs"]
        session.execute(delete(Need).where(Need.registration_id == registration.id))
    session.execute(
        update(Registration)
        .where(given_up, Registration.person_id.is_(None), Registration.name.is_not(None))
        .values(name=None)
        .execution_options(synchronize_session=False)
    )
