"""The delivery of the outbox: claims what is due, looks at the world again, says it, and marks it.

One deliverer per bot is active, by a lease; others stand by. Nothing that happens to one message stops another.
"""

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from weakref import WeakValueDictionary

import structlog
from aiogram import Bot
from sqlalchemy.exc import DBAPIError

from civic import delivery, leases
from civic.delivery import Asked, News, Outcome, Parcel
from civic.outages import outage
from civic.outbox import Priority
from civic.store import Store
from messages.message import Message
from messages.telegram import Cure, Fault, Files, classify, pin, send
from messages.voice import Links
from scheduler.pace import FREE_PER_SECOND, LANE, Lane, Pace
from scheduler.ready import Ready, again, make_ready

log = structlog.get_logger(__name__)

POLL_SECONDS: Final = 1.0
AT_ONCE: Final = 30
"""Chats that are written to, or wait for it, at once."""
MANY_AT_ONCE: Final = 120
"""At more than the free pace: a little more than may be unmarked, and no queue in which an urgent one would wait."""
UNMARKED: Final = 100
"""Sends begun and not marked yet, at most: what may be said twice when the process is killed."""
FRESH_SECONDS: Final = 1.0
"""After which what else is to be said in a chat is given back, to be looked at again."""
CLAIM_AHEAD_SECONDS: Final = 0.3
CLAIM_EVERY_SECONDS: Final = 0.05
"""Of the pace: how much is claimed beyond what is being sent, and how little is worth a claim."""
READY_SECONDS: Final = 0.05
"""Of the pace: how much is looked at and put into words at once."""
MARK_SECONDS: Final = 0.05
FAST_MARK_SECONDS: Final = 0.02
MARKS_AT_ONCE: Final = 50
SEND_SECONDS: Final = 40.0
HOLD: Final = timedelta(seconds=15)
HOLD_AGAIN_SECONDS: Final = 5.0
MOST_ATTEMPTS: Final = 40
"""About nine hours of a Telegram that does not answer."""
MOST_BUGS: Final = 8
WRONG_TOKEN_SECONDS: Final = 60.0
STOP_SECONDS: Final = 6.0


_LANES: Final = {Priority.REPLY: Lane.REPLY, Priority.URGENT: Lane.URGENT}


class Delivery:
    """Delivers the outbox of one bot until it is stopped."""

    def __init__(
        self,
        store: Store,
        bot: Bot,
        pace: Pace,
        *,
        clock: Callable[[], datetime],
        true_clock: Callable[[], datetime],
        links: Links,
        zone: str,
        holder: str,
        count: Callable[[str, str], None] = lambda _kind, _how: None,
    ) -> None:
        """Take both clocks, what links to say, the zone of what has no meeting, and a name of this process's own.

        `count` hears of every message's kind and how it ended.
        """
        self._store, self._bot, self._pace = store, bot, pace
        self._clock, self._true_clock, self._links, self._zone = clock, true_clock, links, zone
        self._holder, self._count = holder, count
        self._files = Files(store)
        self._lease = f"deliverer:{bot.id}"
        fast = pace.per_second > FREE_PER_SECOND
        slow = math.ceil(pace.per_second)  # nobody waits for very long, as what is said must be true then
        self._at_once = MANY_AT_ONCE if fast else min(AT_ONCE, 5 + 2 * slow)
        self._claimed_most = self._at_once + max(min(30, 8 + slow), int(pace.per_second * CLAIM_AHEAD_SECONDS))
        self._ready_at_once = max(4, int(pace.per_second * READY_SECONDS))
        self._claim_least = max(8, int(pace.per_second * CLAIM_EVERY_SECONDS))
        self._mark_seconds = FAST_MARK_SECONDS if fast else MARK_SECONDS
        self._queue: asyncio.PriorityQueue[tuple[int, int, Parcel]] = asyncio.PriorityQueue()
        self._room = asyncio.Semaphore(self._at_once)
        self._unmarked = asyncio.Semaphore(UNMARKED)
        self._marks: list[tuple[Outcome, bool]] = []
        self._marking = asyncio.Event()
        self._marked = asyncio.Event()
        self._awake = asyncio.Event()
        self._in_flight: set[int] = set()
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._said: Counter[int] = Counter()
        self._passes = 0
        self._quiet = 0
        self._quieter = asyncio.Condition()
        self._active = False
        self._stopping = False
        self._over = False
        self.trouble: str | None = None
        """Why nothing can be sent at all (a wrong token), in Telegram's words; for health."""

    @property
    def active(self) -> bool:
        """Whether this process is the one that delivers."""
        return self._active

    @property
    def in_flight(self) -> int:
        """How many rows are claimed and not yet marked."""
        return len(self._in_flight)

    def wake(self) -> None:
        """Look for what is due now rather than at the next poll."""
        self._awake.set()

    def stop(self) -> None:
        """Stop claiming; `run` ends when what is in flight has ended and is marked."""
        self._stopping = True
        self._awake.set()

    async def drain(self) -> None:
        """Wait until what is due now has been delivered or tried once."""
        since = self._passes
        self.wake()
        async with self._quieter:
            await self._quieter.wait_for(lambda: self._quiet > since or self._over)

    async def run(self) -> None:
        """Deliver until stopped; faults of the database are waited out."""
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(work()) for work in (self._dispatch, self._keep_hold, self._mark)]
                await self._claim_until_stopped()
                with suppress(TimeoutError):
                    async with asyncio.timeout(STOP_SECONDS):
                        await self._queue.join()
                for task in tasks:
                    task.cancel()
            while not self._queue.empty():
                self._give_back([self._queue.get_nowait()[2]])
            with _unless_away("delivery.unmarked"):
                await self._write_marks()
        finally:
            self._over = True
            async with self._quieter:
                self._quieter.notify_all()
        if self._active:
            with _unless_away("delivery.unreleased"):
                await self._store.transaction(leases.release, self._lease, self._holder)

    # Claiming -----------------------------------------------------------------------------------------------------

    async def _claim_until_stopped(self) -> None:
        while not self._stopping:
            self._awake.clear()
            self._passes += 1
            try:
                found = await self._claim(self._passes)
            except Exception:  # the database is away, or a fault of ours: neither may end delivery
                log.exception("delivery.claim_failed")
                found = False
            if not found and not self._stopping:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._awake.wait(), POLL_SECONDS)

    async def _claim(self, this_pass: int) -> bool:
        """Claim once; tell whether to look again at once."""
        now, true_now = self._clock(), self._true_clock()
        due = await self._store.reading(delivery.anything_due, now=now, true_now=true_now)
        if not due or self.trouble:
            look = delivery.anything_in_flight
            if self._active or not await self._store.reading(look, now=now, true_now=true_now):
                await self._be_quiet(this_pass)
            return False
        if not self._active:
            return False
        if await self._pace.pause_left(self._bot.id) > 0:
            return False
        if self._claimed_most - len(self._in_flight) < self._claim_least:
            self._marked.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._marked.wait(), POLL_SECONDS)
            return True
        parcels = await self._store.transaction(
            delivery.claim,
            holder=self._holder,
            now=now,
            true_now=true_now,
            zone=self._zone,
            limit=self._claimed_most - len(self._in_flight),
        )
        for number, parcel in enumerate(map(self._not_in_flight, parcels)):
            if parcel.rows:
                self._in_flight.update(row.id for row in parcel.rows)
                self._queue.put_nowait((parcel.priority, this_pass * 1_000_000 + number, parcel))
        return True

    def _not_in_flight(self, parcel: Parcel) -> Parcel:
        """Leave out what is being said already: it has waited for longer than its lease, which is renewed so."""
        return replace(parcel, rows=tuple(row for row in parcel.rows if row.id not in self._in_flight))

    async def _be_quiet(self, this_pass: int) -> None:
        if not self._in_flight:
            async with self._quieter:
                self._quiet = this_pass
                self._quieter.notify_all()

    async def _keep_hold(self) -> None:
        """Hold the lease, or wait for it."""
        while True:
            try:
                held = await self._store.transaction(
                    leases.hold, self._lease, self._holder, true_now=self._true_clock(), lasting=HOLD
                )
            except Exception:  # unsure: stand by until the database says more
                log.exception("delivery.lease_failed")
                held = False
            if held != self._active:
                log.info("delivery.active" if held else "delivery.stands_by")
                self._active = held
                self._awake.set()
            await asyncio.sleep(HOLD_AGAIN_SECONDS)

    # Sending ------------------------------------------------------------------------------------------------------

    async def _dispatch(self) -> None:
        """Make what is claimed ready, most urgent first and some chats at once, and send it as there is room."""
        async with asyncio.TaskGroup() as group:
            while True:
                parcels = [(await self._queue.get())[2]]
                while not self._queue.empty() and len(parcels) < self._ready_at_once:
                    parcels.append(self._queue.get_nowait()[2])
                begun, since = 0, asyncio.get_running_loop().time()
                try:
                    for parcel, ready in zip(parcels, await self._make_ready(parcels), strict=True):
                        if parcel.priority > Priority.URGENT:  # the urgent wait behind nobody else
                            await self._room.acquire()
                        group.create_task(self._send_parcel(parcel, ready, since))
                        begun += 1
                finally:
                    self._give_back(parcels[begun:])

    def _give_back(self, parcels: Iterable[Parcel]) -> None:
        for parcel in parcels:
            self._end(Outcome(tuple(row.id for row in parcel.rows), "pending"))

    async def _make_ready(self, parcels: list[Parcel]) -> list[list[Ready] | Exception]:
        """Look at the world again, and put into words what there still is to say; or say what prevented it."""
        look = partial(make_ready, holder=self._holder, now=self._clock(), links=self._links)
        try:
            return [*await self._store.reading(look, parcels)]
        except Exception as error:  # noqa: BLE001 - logged by who sends
            if len(parcels) == 1 or outage(error):
                return [error] * len(parcels)
        return [(await self._make_ready([parcel]))[0] for parcel in parcels]

    async def _send_parcel(self, parcel: Parcel, ready: list[Ready] | Exception, since: float) -> None:
        LANE.set(_LANES.get(Priority(parcel.priority), Lane.DELIVERY))
        left = {row.id for row in parcel.rows}
        try:
            async with self._turn(parcel.chat_id):
                await self._deliver(parcel.chat_id, ready, left, since)
        except Exception as error:  # a fault of ours with one chat's rows stops no other
            log.exception("delivery.failed")
            if not outage(error):  # else what is left is given back: no try of it
                for row in parcel.rows:
                    if row.id in left:
                        self._end(again(Ready(row, (row.id,), ()), "fault", most=MOST_BUGS))
                left.clear()
        finally:
            if left:
                self._end(Outcome(tuple(left), "pending"))
            if parcel.priority > Priority.URGENT:
                self._room.release()
            self._queue.task_done()

    async def _deliver(self, chat_id: int, ready: list[Ready] | Exception, left: set[int], since: float) -> None:
        """Say a chat's rows in order; what is left when it cannot be reached, or all is paused, is given back.

        So is what would be said long `since` it was looked at: she may want no more of it, or it is no longer true.
        """
        if isinstance(ready, Exception):
            raise ready
        for number, each in enumerate(ready):
            is_old = number and asyncio.get_running_loop().time() - since > FRESH_SECONDS
            if self._stopping or self.trouble or is_old:
                return
            await self._unmarked.acquire()
            outcome = None
            try:
                outcome = await self._say(chat_id, each)
            finally:
                if outcome is None:
                    self._unmarked.release()
            left.difference_update(outcome.ids)
            self._end(outcome, counted=True)
            self._count(each.row.kind, outcome.state)
            if outcome.gone is not None or (outcome.state == "pending" and not outcome.counted):
                return

    async def _say(self, chat_id: int, ready: Ready) -> Outcome:
        row = ready.row
        if ready.bug:
            return again(ready, ready.bug, most=MOST_BUGS)
        if not ready.messages:
            return Outcome(ready.ids, "dropped", reason="nothing to say")
        message_id = None
        for number, message in enumerate(ready.messages):
            if number < self._said[row.id]:
                continue  # said before the attempt that failed
            message_id, fault = await self._send(chat_id, message)
            if fault and fault.cure is Cure.MOVED and fault.chat_id is not None:
                self._end(Outcome((), "pending", moved=(chat_id, fault.chat_id)))
                chat_id = fault.chat_id
                message_id, fault = await self._send(chat_id, message)
            if fault and fault.cure is not Cure.DONE:
                return self._failed(ready, chat_id, fault)
            self._said[row.id] = number + 1
            if message.pin and message_id is not None:
                await pin(self._bot, chat_id, message_id)
        del self._said[row.id]
        buttons = any(button.choice for message in ready.messages for line in message.rows for button in line)
        asked = Asked(chat_id, row.kind, row.params) if buttons else None
        return Outcome(ready.ids, "sent", message_id=message_id, asked=asked, news=News.of(row), also=ready.also)

    async def _send(self, chat_id: int, message: Message) -> tuple[int | None, Fault | None]:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                return await send(self._bot, chat_id, message, kept=self._files), None
        except Exception as error:  # noqa: BLE001 - classify raises what is not Telegram's
            return None, classify(error)

    def _failed(self, ready: Ready, chat_id: int, fault: Fault) -> Outcome:
        """Say how rows end whose sending failed (TELEGRAM.md's table)."""
        log.warning("delivery.fault", kind=ready.row.kind, cure=fault.cure.name, reason=fault.reason)
        match fault.cure:
            case Cure.GONE:
                return Outcome(ready.ids, "dead", reason=fault.reason, gone=chat_id)
            case Cure.REFUSED | Cure.PLAIN | Cure.CUT | Cure.MOVED:
                return Outcome(ready.ids, "dead", reason=fault.reason)
            case Cure.WAIT:
                return Outcome(ready.ids, "pending", reason=fault.reason, wait=fault.after)
            case Cure.TOKEN:
                self._out_of_order(fault.reason)
                return Outcome(ready.ids, "pending", reason=fault.reason, wait=WRONG_TOKEN_SECONDS)
            case _:
                return again(ready, fault.reason, most=MOST_ATTEMPTS)

    def _out_of_order(self, reason: str) -> None:
        """Stop sending and say so; look again after a minute, as a token may be put right."""
        if self.trouble is None:
            log.error("delivery.wrong_token", reason=reason, keeps="every row")
            self.trouble = reason
            asyncio.get_running_loop().call_later(WRONG_TOKEN_SECONDS, self._back_in_order)

    def _back_in_order(self) -> None:
        self.trouble = None
        self.wake()

    def _turn(self, chat_id: int) -> asyncio.Lock:
        lock = self._turns.get(chat_id)
        if lock is None:
            lock = self._turns[chat_id] = asyncio.Lock()
        return lock

    # Marking ------------------------------------------------------------------------------------------------------

    def _end(self, outcome: Outcome, *, counted: bool = False) -> None:
        """Have an outcome marked; `counted` when it was a send, of which only so many may be unmarked."""
        self._marks.append((outcome, counted))
        self._marking.set()

    async def _mark(self) -> None:
        """Write marks together: every few milliseconds, or 50 at once."""
        while True:
            await self._marking.wait()
            if len(self._marks) < MARKS_AT_ONCE:
                await asyncio.sleep(self._mark_seconds)
            try:
                await self._write_marks()
            except Exception:  # what was sent was sent: the marks are kept and tried again
                log.exception("delivery.marks_failed")
                await asyncio.sleep(POLL_SECONDS)

    async def _write_marks(self) -> None:
        self._marking.clear()
        marks, self._marks = self._marks, []
        if not marks:
            return
        try:
            await self._store.transaction(
                delivery.settle,
                [outcome for outcome, _ in marks],
                holder=self._holder,
                bot_id=self._bot.id,
                now=self._clock(),
                true_now=self._true_clock(),
            )
        except BaseException:
            self._marks = marks + self._marks
            self._marking.set()
            raise
        for outcome, counted in marks:
            self._in_flight.difference_update(outcome.ids)
            if counted:
                self._unmarked.release()
        self._marked.set()
        if not self._in_flight or any(outcome.state == "pending" and not outcome.wait for outcome, _ in marks):
            self._awake.set()


@contextmanager
def _unless_away(event: str) -> Iterator[None]:
    """End in order without the database: what could not be written now is found out after its lease."""
    try:
        yield
    except DBAPIError as error:
        trouble = outage(error)
        if trouble is None:
            raise
        log.warning(event, trouble=trouble)
