"""The flow over all chats: turns at an even distance, the most urgent waiter first. All of it is true time."""

import asyncio
import heapq
import itertools
from time import monotonic
from typing import Final

MOST: Final = 980.0
"""Turns a second at most: Telegram's thousand, less what networks and clocks shift from one second into another."""
LATE: Final = 0.02
"""Seconds by which a turn that was waited for may come late and count as of its time."""


class Flow:
    """Gives turns at an even distance, on a grid that a late one does not move: no burst, and no turn lost to rounding.

    Who is less urgent waits behind who is more, whoever came first. So in no second there is more than one turn beyond
    the pace that was set (at high paces, one in a hundred).
    """

    def __init__(self, per_second: float) -> None:
        self._distance = 1 / min(per_second, MOST)
        self._late = LATE
        self._next = 0.0
        self._spaced = 0.0
        self._between = self._distance
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    def share(self, per_second: float) -> None:
        """Give so many turns a second from now on: other processes give the rest."""
        self._distance = 1 / min(per_second, MOST)

    def space(self, per_second: float) -> None:
        """Let those that are not most urgent have so many turns a second only: others use the rest elsewhere."""
        self._between = max(self._distance, 1 / max(1.0, per_second))

    async def turn(self, urgency: int) -> None:
        """Wait for a turn; the least urgency goes first, and up to 0 before whatever is spaced."""
        now = monotonic()
        if not self._waiting and now >= self._due(urgency):
            self._take(urgency, now)
            return
        waiter = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (urgency, next(self._numbers), waiter))
        self._wait(now)
        await waiter

    def _due(self, urgency: int) -> float:
        return self._next if urgency <= 0 else max(self._next, self._spaced)

    def _take(self, urgency: int, since: float) -> None:
        self._next = max(self._next, since) + self._distance
        if urgency > 0:
            self._spaced = max(self._spaced, since) + self._between

    def _wait(self, now: float) -> None:
        """Come back when the first of those who wait is due."""
        if self._timer is not None:
            self._timer.cancel()
        left = self._due(self._waiting[0][0]) - now
        self._timer = asyncio.get_running_loop().call_later(max(0.0, left), self._give)

    def _give(self) -> None:
        """Give their turns to those that are due."""
        self._timer = None
        now = monotonic()
        while self._waiting:
            urgency, _, waiter = self._waiting[0]
            if waiter.done():  # nobody waits for it any more
                heapq.heappop(self._waiting)
                continue
            if now < self._due(urgency):
                self._wait(now)
                return
            heapq.heappop(self._waiting)
            self._take(urgency, now - self._late)
            waiter.set_result(None)
