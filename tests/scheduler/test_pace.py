"""The pace: within Telegram's limits, smooth, replies first; a pause holds all of it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramRetryAfter
from aiogram.methods import Response, SendMessage, TelegramMethod

import scheduler.pace
from bot.clock import true_now
from civic import leases
from civic.store import Store
from scheduler.pace import LANE, Lane, Pace
from tests.simulator_process import Telegram

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "9001:a-token-of-the-tests"


@pytest_asyncio.fixture(scope="module")
async def strict(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Telegram]:
    """Lend a local Telegram with the limits that Telegram has."""
    folder: Path = tmp_path_factory.mktemp("telegram")
    async with Telegram(folder) as started:
        yield started


@pytest_asyncio.fixture
async def bot(strict: Telegram) -> AsyncIterator[Bot]:
    """Lend a bot without a pace yet."""
    made = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(strict.url)))
    await made.get_me()
    try:
        yield made
    finally:
        await made.session.close()


async def people(telegram: Telegram, number: int) -> list[int]:
    found = [await telegram.user(first_name="María") for _ in range(number)]
    for each in found:
        await telegram.send(each, "hola")
    return found


def paced(bot: Bot, store: Store, per_second: float = 25) -> Pace:
    pace = Pace(store, true_now, per_second=per_second)
    bot.session.middleware(pace)
    return pace


async def deliver(bot: Bot, chat: int) -> None:
    LANE.set(Lane.DELIVERY)
    await bot.send_message(chat, "Recordatorio")


async def test_many_at_once_stay_within_every_limit_of_telegram(strict: Telegram, bot: Bot, store: Store) -> None:
    chats = await people(strict, 70)
    since = len(await strict.requests())
    paced(bot, store)
    loop = asyncio.get_running_loop()
    started = loop.time()
    async with asyncio.TaskGroup() as group:
        for chat in chats:
            group.create_task(deliver(bot, chat))
    took = loop.time() - started
    sent = [r for r in await strict.requests(since) if r["method"] == "sendMessage"]
    assert {request["status"] for request in sent} == {200}
    assert len(sent) == 70
    assert took >= 69 / 25 * 0.95


async def test_one_chat_gets_a_burst_of_three_and_then_one_a_second(strict: Telegram, bot: Bot, store: Store) -> None:
    (chat,) = await people(strict, 1)
    since = len(await strict.requests())
    paced(bot, store)
    loop = asyncio.get_running_loop()
    started = loop.time()
    times = []
    for _ in range(5):
        await bot.send_message(chat, "hola")
        times.append(loop.time() - started)
    assert times[2] < 1
    assert times[4] >= 2
    assert {r["status"] for r in await strict.requests(since) if r["method"] == "sendMessage"} == {200}


async def test_a_reply_goes_before_the_deliveries_that_wait(strict: Telegram, bot: Bot, store: Store) -> None:
    chats = await people(strict, 21)
    paced(bot, store, per_second=10)
    said: list[int] = []
    under_way = asyncio.Event()

    async def tell(chat: int) -> None:
        await deliver(bot, chat)
        said.append(chat)
        if len(said) == 3:
            under_way.set()

    async with asyncio.TaskGroup() as group:
        for chat in chats[1:]:
            group.create_task(tell(chat))
        await under_way.wait()
        await bot.send_message(chats[0], "Su puesto")
        assert len(said) <= 6
    assert len(said) == 20


async def test_a_reply_goes_before_the_deliveries_of_its_own_chat_which_are_looked_at_anew(
    strict: Telegram, bot: Bot, store: Store
) -> None:
    (chat,) = await people(strict, 1)
    paced(bot, store)
    refused: list[TelegramRetryAfter] = []

    async def tell() -> None:
        for _ in range(8):
            try:
                await deliver(bot, chat)
            except TelegramRetryAfter as error:
                refused.append(error)
                return

    async with asyncio.TaskGroup() as group:
        telling = group.create_task(tell())
        await asyncio.sleep(0.5)  # three are said, the fourth waits
        await bot.send_message(chat, "Listo")
        assert not telling.done()
    assert [each["text"] for each in await strict.messages(chat)][-1] == "Listo"
    assert [each.retry_after for each in refused] == [1]


async def test_a_delivery_waits_for_its_turn_for_so_long_only(
    strict: Telegram, bot: Bot, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler.pace, "TURN_PATIENCE", 0.3)
    one, other = await people(strict, 2)
    paced(bot, store, per_second=0.5)
    await deliver(bot, one)
    with pytest.raises(TelegramRetryAfter):
        await deliver(bot, other)
    assert await strict.messages(other) == []


async def test_what_makes_no_message_does_not_wait(strict: Telegram, bot: Bot, store: Store) -> None:
    (chat,) = await people(strict, 1)
    pace = paced(bot, store)
    await pace.pause(bot.id, 600)
    await bot.send_chat_action(chat, "typing")
    await bot.get_me()
    with pytest.raises(TelegramRetryAfter) as refused:
        await bot.send_message(chat, "hola")
    assert 590 < refused.value.retry_after <= 600


async def test_a_429_pauses_what_other_processes_send_too(strict: Telegram, bot: Bot, store: Store) -> None:
    (chat,) = await people(strict, 1)
    paced(bot, store)
    await strict.fault(
        "sendMessage", times=1, status=429, description="Too Many Requests", parameters={"retry_after": 50}
    )
    with pytest.raises(TelegramRetryAfter):
        await bot.send_message(chat, "hola")
    other = Pace(store, true_now)
    assert 45 < await other.pause_left(bot.id) <= 50


async def test_a_short_pause_is_waited_out(strict: Telegram, bot: Bot, store: Store) -> None:
    (chat,) = await people(strict, 1)
    pace = paced(bot, store)
    loop = asyncio.get_running_loop()
    started = loop.time()
    await pace.pause(bot.id, 0.5)
    await bot.send_message(chat, "hola")
    assert loop.time() - started >= 0.5


async def test_a_pause_of_another_process_is_heard_within_a_second(strict: Telegram, bot: Bot, store: Store) -> None:
    del strict
    pace = paced(bot, store)
    assert await pace.pause_left(bot.id) == 0
    await store.transaction(leases.pause, bot.id, true_now() + timedelta(seconds=60))
    loop = asyncio.get_running_loop()
    deadline = loop.time() + 3
    while await pace.pause_left(bot.id) == 0:
        assert loop.time() < deadline
        await asyncio.sleep(0.05)
    assert await pace.pause_left(bot.id) > 50


async def test_a_slow_database_lets_no_burst_go(bot: Bot, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    pace, loop = Pace(store, true_now), asyncio.get_running_loop()
    hear = pace._hear
    gone: list[float] = []

    async def hear_slowly(bot_id: int, told: int, *, ended: int) -> leases.Allowance:
        await asyncio.sleep(0.6)
        return await hear(bot_id, told, ended=ended)

    async def go(bot: Bot, method: TelegramMethod[Any]) -> Response[Any]:
        assert (bot.id, method.__api_method__) == (9001, "sendMessage")
        gone.append(loop.time())
        return Response(ok=True)

    monkeypatch.setattr(pace, "_hear", hear_slowly)
    async with asyncio.TaskGroup() as group:
        for chat in range(1, 61):
            group.create_task(pace(go, bot, SendMessage(chat_id=chat, text="hola")))
    gone.sort()
    assert min(later - sooner for sooner, later in zip(gone, gone[10:], strict=False)) > 0.2


async def test_a_call_that_is_slow_on_its_way_gives_the_next_no_leave(strict: Telegram, bot: Bot, store: Store) -> None:
    (chat,) = await people(strict, 1)
    since = len(await strict.requests())
    paced(bot, store)
    await strict.fault("sendMessage", delay=0.5)
    for _ in range(4):
        await bot.send_message(chat, "hola")
    assert [r["status"] for r in await strict.requests(since) if r["method"] == "sendMessage"] == [200] * 4


async def test_who_waited_for_a_pause_to_end_does_not_go_all_at_once(bot: Bot, store: Store) -> None:
    pace, loop = Pace(store, true_now), asyncio.get_running_loop()
    gone: list[float] = []

    async def go(bot: Bot, method: TelegramMethod[Any]) -> Response[Any]:
        assert (bot.id, method.__api_method__) == (9001, "sendMessage")
        gone.append(loop.time())
        if len(gone) == 5:
            await pace.pause(bot.id, 0.8)
        return Response(ok=True)

    async with asyncio.TaskGroup() as group:
        for chat in range(1, 41):
            group.create_task(pace(go, bot, SendMessage(chat_id=chat, text="hola")))
    assert len(gone) == 40
    after = sorted(gone)[6:]
    assert min(later - sooner for sooner, later in zip(after, after[10:], strict=False)) > 0.2


async def test_over_the_free_limit_all_is_sent_as_a_paid_broadcast(strict: Telegram, bot: Bot, store: Store) -> None:
    chats = await people(strict, 60)
    since = len(await strict.requests())
    bot.session.middleware(Pace(store, true_now, per_second=300, paid=True))
    loop = asyncio.get_running_loop()
    started = loop.time()
    async with asyncio.TaskGroup() as group:
        for chat in chats:
            group.create_task(deliver(bot, chat))
    assert loop.time() - started < 60 / 30  # more than is free
    sent = [r for r in await strict.requests(since) if r["method"] == "sendMessage"]
    assert {request["status"] for request in sent} == {200}


@pytest.mark.parametrize("database_kind", ["postgresql"])
async def test_replies_of_several_processes_share_the_pace(bot: Bot, store: Store) -> None:
    loop = asyncio.get_running_loop()
    gone: list[float] = []

    async def go(bot: Bot, method: TelegramMethod[Any]) -> Response[Any]:
        assert (bot.id, method.__api_method__) == (9001, "sendMessage")
        gone.append(loop.time())
        return Response(ok=True)

    async with asyncio.TaskGroup() as group:
        for start in (0, 1_000):
            pace = Pace(store, true_now)
            for chat in range(start + 1, start + 111):
                group.create_task(pace(go, bot, SendMessage(chat_id=chat, text="hola")))
    later = [moment for moment in sorted(gone) if moment > gone[0] + 2.8]
    assert len(later) > 40
    assert max(sum(since <= moment < since + 1 for moment in later) for since in later) <= 30


@pytest.mark.parametrize("database_kind", ["postgresql"])
async def test_after_a_pause_several_processes_begin_gently(bot: Bot, store: Store) -> None:
    loop = asyncio.get_running_loop()
    gone: list[float] = []

    async def go(bot: Bot, method: TelegramMethod[Any]) -> Response[Any]:
        assert (bot.id, method.__api_method__) == (9001, "sendMessage")
        gone.append(loop.time())
        return Response(ok=True)

    async def mass(pace: Pace, chat: int) -> None:
        LANE.set(Lane.DELIVERY)
        await pace(go, bot, SendMessage(chat_id=chat, text="hola"))

    replica, other, deliverer = (Pace(store, true_now) for _ in range(3))
    await replica.pause(bot.id, 0.6)
    async with asyncio.TaskGroup() as group:
        for chat in range(1, 21):
            group.create_task(replica(go, bot, SendMessage(chat_id=chat, text="hola")))
            group.create_task(other(go, bot, SendMessage(chat_id=100 + chat, text="hola")))
            group.create_task(mass(deliverer, 200 + chat))
    assert len(gone) == 60
    assert max(sum(since <= moment < since + 1 for moment in gone) for since in gone) <= 30
