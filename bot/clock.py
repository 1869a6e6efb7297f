"""The one place that reads the time. People's time may follow the demo's clock; true time never moves.

The follower walks with a moving demo clock: it does what is due at each stop, says so, and says what is due next.
"""

import asyncio
import contextlib
import json
import time
import urllib.request
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

import structlog

if TYPE_CHECKING:
    import aiohttp

log = structlog.get_logger(__name__)

A_POLL = 40
"""Seconds that a long poll of the clock may take."""
LOOK_SECONDS = 0.5
NOT_FOLLOWED = frozenset({404, 405, 501})
"""Answers of a clock that can be read and moved, but does not wait for who follows it: it is looked at instead."""


def true_now() -> datetime:
    """Tell true time: for leases, pauses, back-off, pace and time-outs."""
    return datetime.now(UTC)


class Clock(Protocol):
    """Tells what people live by."""

    def __call__(self) -> datetime:
        """Tell the time, in UTC."""
        ...


class FollowedClock:
    """The clock of a simulator: stands still at its stops, runs on between."""

    def __init__(self, address: str, name: str) -> None:
        self._address = address
        self._name = name
        self._shown = asked(address)
        self._read_at = time.monotonic()
        self._frozen = False

    def __call__(self) -> datetime:
        """Tell the simulator's time, as of the last word from it."""
        if self._frozen:
            return self._shown
        return datetime.fromtimestamp(self._shown.timestamp() + time.monotonic() - self._read_at, UTC)

    async def follow(
        self,
        settle: Callable[[datetime], Awaitable[None]],
        next_due: Callable[[datetime], Awaitable[datetime | None]],
    ) -> None:
        """Walk with the clock for ever: settle what is due at each stop, then say so with what is due next."""
        import aiohttp  # commands that look at the clock once need none of it

        done: datetime | None = None
        # While a stop is being settled, the open connection tells the clock that we live.
        kept = aiohttp.TCPConnector(keepalive_timeout=2 * A_POLL)
        async with aiohttp.ClientSession(connector=kept, timeout=aiohttp.ClientTimeout(total=A_POLL)) as http:
            while True:
                try:
                    upcoming = await next_due(self()) if done else None
                    said = await self._ask(http, done, upcoming)
                except Exception as error:  # noqa: BLE001 - the simulator or the database is away: time goes on
                    log.warning("clock.lost", error=type(error).__name__)
                    self._frozen, done = False, None
                    await asyncio.sleep(1)
                    continue
                self._set(said["now"], frozen=said["frozen"])
                moment = self()
                try:
                    await settle(moment)
                except Exception:
                    log.exception("clock.unsettled")
                done = moment

    async def _ask(
        self, http: "aiohttp.ClientSession", done: datetime | None, upcoming: datetime | None
    ) -> dict[str, object]:
        word = {
            "follower": self._name,
            "done": done and done.isoformat(),
            "next": upcoming and upcoming.isoformat(),
        }
        async with http.post(f"{self._address}/simulator/clock/follow", json=word) as answer:
            if answer.status not in NOT_FOLLOWED:
                answer.raise_for_status()
                said: dict[str, object] = await answer.json()
                return said
        await asyncio.sleep(LOOK_SECONDS)
        async with http.get(f"{self._address}/simulator/clock") as answer:
            answer.raise_for_status()
            return {"frozen": False, **await answer.json()}

    def _set(self, now: object, *, frozen: object) -> None:
        self._shown = datetime.fromisoformat(str(now)).astimezone(UTC)
        self._read_at = time.monotonic()
        self._frozen = bool(frozen)


def asked(address: str) -> datetime:
    """Ask a simulator for its time, once; raises OSError when nobody answers there."""
    url = f"{address}/simulator/clock"
    with contextlib.closing(urllib.request.urlopen(url, timeout=5)) as answer:  # noqa: S310 - settings take http(s) only
        return datetime.fromisoformat(json.load(answer)["now"]).astimezone(UTC)
