"""Telegram's limits in force: a fan-out within them hears no 429, and while they are halved nobody calls in a pause."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

import pytest

from civic.store import Store
from tests.journeys.town import Town
from tests.proofs.conftest import Found
from tests.proofs.crowd import TOO_MANY, at, counting, gather, owed, peak, reached, with_news
from tests.proofs.fronts import Front, Passed
from tests.proofs.kills import chances
from tests.proofs.scale import Scale
from tests.simulator_process import Json, Telegram

PER_SECOND = 30
CHATTING = 4
PACE = 25
HALVES = (30, 15, 7.5, 3.75)
ON_ITS_WAY = 0.1
"""Seconds for which a call may be under way when another's answer says that all is paused."""
HEARD = 1.0
"""Seconds after which every process knows of a pause."""


async def test_a_fan_out_at_the_default_pace_hears_no_429(
    telegram: Telegram, store: Store, database_url: str, database_kind: str, scale: Scale, found: Found, tmp_path: Path
) -> None:
    chats = await with_news(telegram, store, scale.flooded, tmp_path)
    talkers = await gather(telegram, CHATTING)
    await telegram.limits(per_second=PER_SECOND, per_chat=1)
    town = Town(telegram, database_url, tmp_path)
    await town.start()
    try:
        waits = await _while_people_talk(telegram, talkers, store, patience=30 + 2 * scale.flooded / PACE)
    finally:
        await town.stop()

    calls = counting(await telegram.requests())
    by_chat = reached(calls)
    sent = sorted(at(each) for each in calls if each["chat_id"] in set(chats))
    refused = [each for each in calls if each["status"] == TOO_MANY]
    fullest = peak([at(each) for each in calls])
    assert [_around(each, calls) for each in refused] == []
    assert fullest <= PER_SECOND
    assert {chat: by_chat[chat] for chat in chats} == dict.fromkeys(chats, 1)
    found(
        "A fan-out within Telegram's limits: 30 a second, 1 a second to a chat",
        database=database_kind,
        people_told=len(chats),
        lost=0,
        told_twice=0,
        answers_of_429=len(refused),
        told_a_second=f"{(len(sent) - 1) / (sent[-1] - sent[0]):.2f}",
        most_calls_in_any_second=fullest,
        replies_meanwhile=len(waits),
        median_wait_for_a_reply=f"{median(waits):.2f} s",
        longest_wait=f"{max(waits):.2f} s",
    )


@pytest.mark.parametrize("database_kind", ["postgresql"])
async def test_nobody_calls_in_a_pause(
    telegram: Telegram, store: Store, database_url: str, scale: Scale, found: Found, tmp_path: Path
) -> None:
    chats = await with_news(telegram, store, scale.flooded // 4, tmp_path)
    talkers = await gather(telegram, CHATTING)
    await telegram.limits(per_second=PER_SECOND, per_chat=1)
    async with AsyncExitStack() as closing:
        fronts = [await closing.enter_async_context(Front([telegram.url])) for _ in range(2)]
        for front, roles in zip(fronts, ("chat", "delivery,clock"), strict=True):
            town = Town(telegram, database_url, tmp_path, {"CONVOCA_TELEGRAM_API": front.url})
            closing.push_async_callback(_stop, town)
            await town.start("--roles", roles)
        halving = asyncio.ensure_future(_halve(telegram, chances()))  # noqa: TID251 - cancelled below
        try:
            waits = await _while_people_talk(telegram, talkers, store, patience=60 + scale.flooded / 2)
        finally:
            halving.cancel()
        calls = [[each for each in front.passed if _counts(each)] for front in fronts]

    refused = sum(each.status == TOO_MANY for each in calls[0] + calls[1])
    inside = [_in_pauses(mine, told) for mine in calls for told in calls]
    late = [each for found_late, _ in inside for each in found_late]
    under_way = sum(number for _, number in inside)
    requests = counting(await telegram.requests())
    by_chat = reached(requests)
    answers = Counter(each["chat_id"] for each in requests if each["status"] == 200)
    assert refused > 0
    assert late == []
    assert {chat: by_chat[chat] for chat in chats} == dict.fromkeys(chats, 1)
    assert sum(answers[chat] for chat in talkers) == len(waits)
    found(
        "The allowance halved at will: two processes that send, on PostgreSQL",
        people_told=len(chats),
        lost=0,
        told_twice=0,
        answers_of_429=refused,
        calls_in_a_pause=len(late),
        under_way_when_it_was_told=under_way,
        replies_meanwhile=len(waits),
        median_wait_for_a_reply=f"{median(waits):.2f} s",
        longest_wait=f"{max(waits):.2f} s",
    )


def _around(refused: Json, calls: Sequence[Json]) -> str:
    """Say of a refused call how many went before it within a second, and in the last four seconds to its chat."""
    before = [each for each in calls if 0 <= at(refused) - at(each) < 1]
    to_chat = [f"{at(each) - at(refused):.2f}" for each in calls if each["chat_id"] == refused["chat_id"]]
    return f"{len(before)} within a second, to this chat {to_chat[-8:]}"


async def _while_people_talk(
    telegram: Telegram, talkers: Sequence[int], store: Store, *, patience: float
) -> list[float]:
    """Let people talk with the bot until nothing is owed any more; give how long each answer took, in seconds."""
    enough = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        talks = [group.create_task(_talk(telegram, chat, enough)) for chat in talkers]
        deadline = time.monotonic() + patience
        while await store.reading(owed):
            assert time.monotonic() < deadline, f"not all was said in {patience} s"
            await asyncio.sleep(0.3)
        enough.set()
    return [each for talk in talks for each in talk.result()]


async def _talk(telegram: Telegram, chat: int, enough: asyncio.Event) -> list[float]:
    waits = []
    while not enough.is_set():
        after = await telegram.last_id(chat)
        began = time.monotonic()
        await telegram.send(chat, "mis encuentros")
        await telegram.wait_for(chat, "", after, timeout=60)
        waits.append(time.monotonic() - began)
    return waits


async def _halve(telegram: Telegram, chance: random.Random) -> None:
    """Change what Telegram allows, down by halves and up again, at moments that nobody knows."""
    while True:
        await telegram.limits(per_second=chance.choice(HALVES))
        await asyncio.sleep(chance.uniform(0.3, 2))


async def _stop(town: Town) -> None:
    if town.process:
        await town.stop()


def _counts(call: Passed) -> bool:
    return bool(counting([{"method": call.path.rpartition("/")[2]}]))


def _in_pauses(calls: Sequence[Passed], told: Sequence[Passed]) -> tuple[list[str], int]:
    """List one process's calls in the pauses that it or another was told of, and count those under way at that time."""
    who, grace = ("itself", ON_ITS_WAY) if calls is told else ("another", HEARD + ON_ITS_WAY)
    late: dict[int, str] = {}
    under_way: set[int] = set()
    for pause in told:
        if pause.status != TOO_MANY or pause.answered is None:
            continue
        for number, call in enumerate(calls):
            since = call.arrived - pause.answered
            if grace < since < pause.retry_after:
                late[number] = f"{since:.2f} s after {who} was told of {pause.retry_after:.0f} s"
            elif 0 < since < min(grace, pause.retry_after):
                under_way.add(number)
    return list(late.values()), len(under_way)
