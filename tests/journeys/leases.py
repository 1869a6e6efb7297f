"""True time in a journey: what a killed process held of it comes to its end at once, instead of being waited for."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from civic.schema import Lease, Outbox
from civic.store import Store

PAST: Final = datetime(2020, 1, 1, tzinfo=UTC)


def two_minutes_pass(database_url: str) -> None:
    """Let the true time pass for which a killed process held what it was sending."""
    store = Store(database_url)
    try:
        store.write(_end_leases)
    finally:
        store.close()


def _end_leases(session: Session) -> None:
    session.execute(update(Lease).values(until=PAST))
    session.execute(update(Outbox).where(Outbox.leased_until.is_not(None)).values(leased_until=PAST))
