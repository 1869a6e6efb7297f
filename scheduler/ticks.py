"""The ticker: every few seconds, what is due is done. The truth is in the tables; it remembers what was late."""

import asyncio
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from civic import agenda, due, offers, retention, trouble
from civic.schema import Offer
from civic.store import Store

log = structlog.get_logger(__name__)

TICK_SECONDS: Final = 2
LONGEST_BACK_OFF: Final = 600.0
BETWEEN_CHUNKS: Final = 0.005
"""Seconds in which others write where only one can, in other processes too."""
RETENTION_EVERY: Final = timedelta(hours=1)
TROUBLE_EVERY: Final = timedelta(minutes=15)


class Ticks:
    """Does what is due at each tick. Two of them at once, or a late one, do nothing twice and skip nothing."""

    def __init__(self, store: Store, clock: Callable[[], datetime], wake: Callable[[], None] = lambda: None) -> None:
        """Take the clock that people live by; `wake` is called when something was done that may be told."""
        self._store, self._clock, self._wake = store, clock, wake
        self._scheduler: Any = AsyncIOScheduler(timezone=UTC)
        self._one_at_a_time = asyncio.Lock()
        self._not_before: dict[str, float] = {}
        self._swept_at: datetime | None = None
        self._looked_at: datetime | None = None
        self._found: list[trouble.Cut] = []
        self._stopping = False

    def start(self) -> None:
        """Tick every few seconds of true time, from now on."""
        self._scheduler.add_job(
            self.tick, "interval", seconds=TICK_SECONDS, coalesce=True, max_instances=1, misfire_grace_time=None
        )
        self._scheduler.start()

    def stop(self) -> None:
        """Tick no more; a transaction at work still ends whole."""
        self._stopping = True
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def tick(self) -> None:
        """Do what is due now; a fault of the database waits for the next tick."""
        try:
            await self.run_due()
        except Exception:
            log.exception("tick.failed")

    async def run_due(self) -> int:
        """Do everything that is due, each thing in its transaction; say how many were done.

        What concerns more people than one transaction should is done in chunks, and what else falls due meanwhile
        between them. What follows from all that may be due at once too: done again, it comes to 0.
        """
        async with self._one_at_a_time:
            done = await self._do_each()
            while not self._stopping and await self._store.reading(agenda.anything_under_way, self._clock()):
                await asyncio.sleep(BETWEEN_CHUNKS if self._store.is_sqlite else 0)
                more = await self._do_each()
                done += more
                if not more:
                    break
        return done

    async def _do_each(self) -> int:
        """Do each thing that is due, of a large one the next chunk; say how many were done."""
        now = self._clock()
        done = 0
        for agenda_id in await self._store.reading(agenda.due, now):
            done += await self._try(f"a{agenda_id}", due.run, agenda_id, now=now, agenda_id=agenda_id)
        for meeting_id in await self._store.reading(offers.meetings_to_serve, now):
            done += await self._try(f"m{meeting_id}", _serve, meeting_id, now=now)
        if self._swept_at is None or not timedelta() <= now - self._swept_at < RETENTION_EVERY:
            self._swept_at = now
            await self._try("retention", _sweep, now=now)
        if self._looked_at is None or not timedelta() <= now - self._looked_at < TROUBLE_EVERY:
            self._looked_at = now
            before, self._found = self._found, await self._store.reading(trouble.look, now)
            if lasting := trouble.lasting(self._found, before):
                done += await self._try("trouble", _alert, lasting, now=now)
        if done:
            self._wake()
        return done

    async def next_due(self, now: datetime) -> datetime | None:
        """Say when anything is due next, after now."""
        return await self._store.reading(due.next_due, now)

    async def _try(
        self, name: str, step: Callable[..., bool], *args: Any, now: datetime, agenda_id: int | None = None
    ) -> bool:
        """Do one thing; one that fails is kept, and not tried again before its back-off (true time) is over."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._not_before.get(name, 0):
            return False
        try:
            done = await self._store.transaction(step, *args, now=now)
        except Exception as error:
            log.exception("step.failed", step=name)
            tries = 1
            if agenda_id is not None:
                trace = "".join([*traceback.format_tb(error.__traceback__), type(error).__name__])  # no people's data
                tries = await self._store.transaction(agenda.failed, agenda_id, trace)
            self._not_before[name] = loop.time() + min(LONGEST_BACK_OFF, 2.0 ** min(tries + 1, 16))
            return False
        self._not_before.pop(name, None)
        return done


def _serve(session: Session, meeting_id: int, *, now: datetime) -> bool:
    """Close what lapsed and offer what came free; tell whether anything changed."""
    newest = session.scalar(select(func.max(Offer.id)))
    lapsed = offers.lapse_due(session, meeting_id, now)
    return bool(lapsed) or session.scalar(select(func.max(Offer.id))) != newest


def _alert(session: Session, found: list[trouble.Cut], *, now: datetime) -> bool:
    """Tell organisers whose people messages do not reach; tell whether any of it was new."""
    return bool(trouble.alert_all(session, found, now=now))


def _sweep(session: Session, *, now: datetime) -> bool:
    """Let go what is kept for a while; nothing follows from it."""
    retention.let_go(session, now=now)
    return False
