"""The clock that can be moved: through every due moment, and on from the goal."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulator import clock as simulated
from tests.simulator_process import Telegram, until


class Follower:
    """A program that does what is due, and notes at which time it did it."""

    def __init__(self, telegram: Telegram, name: str, due: list[datetime]) -> None:
        self._telegram = telegram
        self._name = name
        self.due = sorted(due)
        self.did: list[tuple[datetime, datetime]] = []  # what was due, and when it was done
        self.heard: list[dict[str, Any]] = []
        self.done: datetime | None = None
        self.working = asyncio.Event()
        self.working.set()

    async def follow(self) -> None:
        """Follow the clock until cancelled."""
        while True:
            upcoming = self.due[0] if self.due else None
            answer = await self._telegram.control(
                "POST",
                "clock/follow",
                {
                    "follower": self._name,
                    "done": self.done and self.done.isoformat(),
                    "next": upcoming and upcoming.isoformat(),
                },
            )
            self.heard.append(answer)
            now = datetime.fromisoformat(answer["now"])
            await self.working.wait()
            while self.due and self.due[0] <= now:
                self.did.append((self.due.pop(0), now))
            self.done = now


@asynccontextmanager
async def following(telegram: Telegram, due: list[datetime], name: str = "bot") -> AsyncIterator[Follower]:
    """Let a follower follow for a while."""
    follower = Follower(telegram, name, due)
    loop = asyncio.get_running_loop()
    task = loop.create_task(follower.follow())
    try:
        await until(lambda: follower.done is not None)
        yield follower
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_without_a_follower_it_moves_at_once_and_runs_on(telegram: Telegram) -> None:
    before = await telegram.now()

    reached = await telegram.advance("P7D")
    after = await telegram.now()

    assert reached - before >= timedelta(days=7)
    assert timedelta(0) < after - reached < timedelta(seconds=10)
    assert abs(before - datetime.fromisoformat(str(simulated.true_now()))) < timedelta(seconds=10)


async def test_it_stops_at_every_due_moment_and_each_is_done_at_its_time(telegram: Telegram) -> None:
    now = await telegram.now()
    due = [now + timedelta(days=1), now + timedelta(days=3), now + timedelta(days=3, hours=1), now + timedelta(days=9)]
    async with following(telegram, due) as follower:
        goal = await telegram.advance_to(now + timedelta(days=7))

        assert follower.did == [(moment, moment) for moment in due[:3]]
        assert follower.due == due[3:]
        assert goal >= now + timedelta(days=7)
        stops = [answer for answer in follower.heard if answer["frozen"]]
        assert datetime.fromisoformat(stops[-1]["now"]) == now + timedelta(days=7)
        await until(lambda: not follower.heard[-1]["moving"])


async def test_what_becomes_due_on_the_way_is_done_on_the_way(telegram: Telegram) -> None:
    now = await telegram.now()
    async with following(telegram, []) as follower:
        follower.due = [now + timedelta(hours=5)]  # came up after it had said that nothing was due
        await telegram.advance("P1D")

        assert follower.did == [(now + timedelta(hours=5), now + timedelta(hours=5))]


async def test_it_waits_for_every_follower_that_lives(telegram: Telegram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulated, "PRESENT_SECONDS", -1)  # only its open connection speaks for the slow one
    now = await telegram.now()
    tomorrow = now + timedelta(days=1)
    async with (
        following(telegram, [tomorrow], "clock") as quick,
        following(telegram, [tomorrow], "delivery") as slow,
        asyncio.TaskGroup() as tasks,
    ):
        slow.working.clear()
        move = tasks.create_task(telegram.advance("P2D"))
        await until(lambda: bool(slow.heard) and slow.heard[-1]["frozen"])
        state = await telegram.control("GET", "clock")
        assert (state["moving"], state["followers"], move.done()) == (True, 2, False)
        slow.working.set()
        await move

        assert quick.did == slow.did == [(tomorrow, tomorrow)]


async def test_moves_take_turns(telegram: Telegram) -> None:
    before = await telegram.now()
    async with following(telegram, []):
        moves = await asyncio.gather(*(telegram.advance("P1D") for _ in range(3)))

    assert sorted(moves) == list(moves)
    assert await telegram.now() - before >= timedelta(days=3)


async def test_a_follower_that_died_is_not_waited_for_long(telegram: Telegram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulated, "PRESENT_SECONDS", 0.1)
    async with following(telegram, []):
        pass
    # Its connection goes back to the test's pool, which closes it as the death of its process would.
    await telegram.session.close()
    telegram._session = type(telegram.session)()

    async with asyncio.timeout(10):
        await telegram.advance("P1D")


async def test_after_a_minute_it_goes_on_without_what_is_not_done(
    telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulated, "MOVE_SECONDS", 0.2)
    now = await telegram.now()
    async with following(telegram, [now + timedelta(hours=1)]) as stuck:
        stuck.working.clear()
        answer = await telegram.control("POST", "clock", {"advance": "P1D"})
        stuck.working.set()

    assert answer["reached"] is False
    assert await telegram.now() >= now + timedelta(days=1)


async def test_an_idle_poll_ends_by_itself(telegram: Telegram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulated, "FOLLOW_SECONDS", 0.1)
    words = {"follower": "bot", "done": (await telegram.now()).isoformat(), "next": None}
    await telegram.control("POST", "clock/follow", words)

    answer = await telegram.control("POST", "clock/follow", words)

    assert (answer["moving"], answer["frozen"]) == (False, False)


@pytest.mark.parametrize(
    "wanted",
    [
        {"now": "2020-01-01T00:00:00+00:00"},
        {"now": "2050-01-01T00:00:00"},
        {"now": "soon"},
        {"advance": "1 day"},
        {"advance": "P"},
        {"advance": "-P1D"},
        {},
        {"advance": "P1D", "now": "2050-01-01T00:00:00+00:00"},
    ],
)
async def test_it_never_goes_backwards_nor_guesses(telegram: Telegram, wanted: dict[str, str]) -> None:
    before = await telegram.now()
    async with telegram.session.post(f"{telegram.url}/simulator/clock", json=wanted) as response:
        answer = await response.json()

    assert response.status == 400
    assert list(answer) == ["error"]
    assert await telegram.now() - before < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P1D", timedelta(days=1)),
        ("PT1H", timedelta(hours=1)),
        ("P1W", timedelta(weeks=1)),
        ("P1DT2H30M5S", timedelta(days=1, hours=2, minutes=30, seconds=5)),
    ],
)
def test_durations_are_read(text: str, expected: timedelta) -> None:
    assert simulated.duration(text) == expected


async def test_messages_bear_the_simulated_date(telegram: Telegram) -> None:
    maria = await telegram.user()
    await telegram.advance("P30D")
    now = await telegram.now()

    message = await telegram.send(maria, "hola")

    assert abs(datetime.fromtimestamp(message["date"], UTC) - now) < timedelta(seconds=10)
