"""The clock that can be moved, and the one place of this program that reads the true time.

The clock is the true time plus an offset, and runs. A move passes through every moment that a follower
says is due: the clock stands at each until every follower present has done what was due there.
Flood control, long polls and retries follow true time, never this clock.
"""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from simulator.checks import Unfit
from simulator.pulse import Pulse

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.store import Store

FOLLOW_SECONDS = 25.0
PRESENT_SECONDS = 3.0
MOVE_SECONDS = 60.0
LOOK_SECONDS = 0.5

_DURATION = re.compile(
    r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)


def true_now() -> datetime:
    """Return the true time, in UTC."""
    return datetime.now(UTC)


def true_timestamp() -> float:
    """Return the true time in seconds since 1970."""
    return time.time()


def moment(text: object) -> datetime:
    """Read an ISO moment with its zone; raises Unfit on anything else."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        raise Unfit(f"not an ISO moment: {text}") from None
    if found.tzinfo is None:
        raise Unfit(f"a moment needs its zone: {text}")
    return found.astimezone(UTC)


def duration(text: object) -> timedelta:
    """Read an ISO duration of weeks, days, hours, minutes, seconds (`P1D`, `PT30M`)."""
    match = _DURATION.fullmatch(str(text))
    parts = {k: int(v) for k, v in match.groupdict().items() if v} if match else {}
    if not parts:
        raise Unfit(f"not an ISO duration like P1D or PT1H: {text}")
    return timedelta(**parts)


@dataclass
class Follower:
    """A program that does what falls due by this clock."""

    done: datetime | None = None
    next: datetime | None = None
    told: int | None = None  # the change it last heard of
    last_seen: float = float("-inf")
    alive: Callable[[], bool] = field(default=lambda: False)

    def present(self) -> bool:
        """Whether it is to be waited for.

        Its connection says that it lives, also while it works on a stop with no poll open.
        """
        return self.alive() or time.monotonic() - self.last_seen <= PRESENT_SECONDS


class Clock:
    """True time plus an offset that survives a restart; stands still at each stop of a move."""

    def __init__(self, store: Store, on_change: Callable[[], None] = lambda: None) -> None:
        self._store = store
        self._offset = timedelta(microseconds=store.setting("clock_offset") or 0)
        self._stop: datetime | None = None
        self._followers: dict[str, Follower] = {}
        self._moves = asyncio.Lock()
        self._pulse = Pulse()
        self._change = 0
        self._on_change = on_change

    def now(self) -> datetime:
        """Return the simulated time, in UTC."""
        return self._stop if self._stop is not None else true_now() + self._offset

    def seconds(self) -> int:
        """Return the simulated time as Telegram writes dates."""
        return int(self.now().timestamp())

    def state(self) -> dict[str, Any]:
        """Return what the page and the tests see of the clock."""
        present = sum(follower.present() for follower in self._followers.values())
        return {
            "now": self.now().isoformat(),
            "moving": self._stop is not None,
            "followers": present,
        }

    async def move(self, *, advance: timedelta | None = None, to: datetime | None = None) -> dict[str, Any]:
        """Move the clock forward, through every due moment on the way.

        Answers when all that was due up to the goal is done, or after 60 true seconds
        (`reached` is false; the clock stands at the goal all the same). Raises Unfit for a move backwards.
        """
        async with self._moves:
            start = self.now()
            goal = start + advance if advance is not None else to
            if goal is None or goal < start:
                raise Unfit(f"the clock never goes backwards: it is {start.isoformat()}")
            try:
                async with asyncio.timeout(MOVE_SECONDS):
                    await self._pass_through(start, goal)
                reached = True
            except TimeoutError:
                reached = False
            finally:
                self._set(goal, stand=False)
            return {"now": self.now().isoformat(), "reached": reached}

    async def _pass_through(self, start: datetime, goal: datetime) -> None:
        # The first stop is where the clock stands: what a follower said was next may be long out of date.
        stop = start
        while True:
            self._set(stop, stand=True)
            await self._all_done(stop)
            if stop == goal:
                return
            due = [f.next for f in self._present() if f.next is not None and f.next > stop]
            stop = min([*due, goal])

    async def _all_done(self, stop: datetime) -> None:
        while any(f.done is None or f.done < stop for f in self._present()):
            await self._pulse.wait(LOOK_SECONDS)

    def _present(self) -> list[Follower]:
        return [f for f in self._followers.values() if f.present()]

    def _set(self, at: datetime, *, stand: bool) -> None:
        self._offset = at - true_now()
        self._store.keep("clock_offset", self._offset // timedelta(microseconds=1))
        self._stop = at if stand else None
        self._change += 1
        self._pulse.beat()
        self._on_change()

    async def follow(
        self,
        name: str,
        *,
        done: datetime | None,
        due_next: datetime | None,
        alive: Callable[[], bool],
    ) -> dict[str, Any]:
        """Hear a follower out, and answer when the clock has moved past what it has done.

        A long poll of 25 true seconds. It answers at once when the clock stands past `done`, or
        changed since this follower was last answered. `alive` says whether its connection is open.
        """
        follower = self._followers.setdefault(name, Follower())
        if not follower.present():
            follower.told = None
        follower.done, follower.next, follower.alive = done, due_next, alive
        self._pulse.beat()
        until = time.monotonic() + FOLLOW_SECONDS
        while not self._has_news_for(follower, done) and alive():
            left = until - time.monotonic()
            if left <= 0:
                break
            # A follower that died is noticed without a word from it.
            await self._pulse.wait(min(left, LOOK_SECONDS))
        follower.told = self._change
        follower.last_seen = time.monotonic()
        standing = self._stop is not None
        return {"now": self.now().isoformat(), "moving": standing, "frozen": standing}

    def _has_news_for(self, follower: Follower, done: datetime | None) -> bool:
        behind = self._stop is not None and (done is None or self._stop > done)
        return behind or follower.told != self._change
