"""The flow: turns at an even distance whatever the timers do, and the most urgent first."""

import asyncio
from bisect import bisect_left
from time import monotonic

import pytest

from scheduler.flow import Flow

pytestmark = pytest.mark.asyncio


async def crowd(flow: Flow, number: int, urgency: int = 2) -> list[float]:
    """Let so many wait for a turn at once; give the moments of their turns."""
    times: list[float] = []

    async def go() -> None:
        await flow.turn(urgency)
        times.append(monotonic())

    async with asyncio.TaskGroup() as group:
        for _ in range(number):
            group.create_task(go())
    return sorted(times)


def peak(times: list[float], window: float) -> int:
    """Say how many there were at most within so many seconds."""
    return max(bisect_left(times, each + window) - number for number, each in enumerate(times))


async def test_turns_keep_to_the_pace_and_never_burst() -> None:
    times = await crowd(Flow(200), 200)
    took = times[-1] - times[0]
    assert took >= 199 / 200 - 0.02
    # In a quarter of a second 50 and one more; the machine's own stumbles may bring some after their time.
    assert peak(times, 0.25) <= 51 + 5


async def test_the_idle_earn_no_burst() -> None:
    flow = Flow(50)
    await flow.turn(2)
    await asyncio.sleep(0.1)
    times = await crowd(flow, 5)
    assert times[-1] - times[0] >= 4 / 50 - 0.015


async def test_who_is_more_urgent_goes_first_whoever_came_first() -> None:
    flow = Flow(100)
    order: list[int] = []

    async def go(urgency: int) -> None:
        await flow.turn(urgency)
        order.append(urgency)

    async with asyncio.TaskGroup() as group:
        for urgency in (2, 2, 2, 1, 0, 2, 0, 1):
            group.create_task(go(urgency))
    assert order == [2, 0, 0, 1, 1, 2, 2, 2]  # the first had its turn before anybody else came


async def test_who_waits_no_more_takes_no_turn() -> None:
    flow = Flow(50)
    await flow.turn(2)
    async with asyncio.TaskGroup() as group:
        gone = [group.create_task(flow.turn(2)) for _ in range(20)]
        await asyncio.sleep(0)
        for each in gone:
            each.cancel()
        started = monotonic()
        await flow.turn(2)
    assert monotonic() - started < 15 / 50


async def test_what_others_send_is_taken_from_all_but_the_most_urgent() -> None:
    flow = Flow(200)
    flow.space(40)
    started = monotonic()
    await crowd(flow, 10, urgency=0)
    replies = monotonic() - started
    started = monotonic()
    await crowd(flow, 10, urgency=2)
    assert monotonic() - started >= 9 / 40 - 0.03
    assert replies < 9 / 40
