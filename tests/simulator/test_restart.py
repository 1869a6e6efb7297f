"""What was answered outlives the process: a real one, killed for real."""

import asyncio
import contextlib
import signal
import sqlite3
from datetime import timedelta
from typing import Any

import aiohttp

from tests.simulator_process import Telegram

TOKEN = "123:abc"


async def test_everything_is_there_after_a_kill(telegram_process: Telegram) -> None:
    telegram = telegram_process
    maria = await telegram.user(first_name="María")
    await telegram.send(maria, "uno")
    await telegram.send_file(maria, "document", "nota.txt", "atención".encode())
    _, seen = await telegram.call(TOKEN, "getUpdates")
    first = seen["result"][0]["update_id"]
    await telegram.call(TOKEN, "getUpdates", offset=first + 1)
    _, said = await telegram.call(
        TOKEN,
        "sendMessage",
        chat_id=maria,
        text="<b>Bienvenida</b>",
        parse_mode="HTML",
        reply_markup={"keyboard": [["Sí", "No"]]},
    )
    await telegram.call(TOKEN, "pinChatMessage", chat_id=maria, message_id=said["result"]["message_id"])
    await telegram.call(TOKEN, "setMyCommands", commands=[{"command": "ayuda", "description": "Ayuda"}])
    await telegram.block(maria, blocked=True)
    await telegram.advance("P3D")
    before = await _everything(telegram, maria)

    await telegram.kill()
    await telegram.start()
    after = await _everything(telegram, maria)

    passed = after.pop("now") - before.pop("now")
    assert after == before
    assert timedelta(0) <= passed < timedelta(minutes=1)
    fresh = await telegram.send(maria, "dos")
    assert fresh["message_id"] > said["result"]["message_id"]


async def test_nothing_that_was_answered_is_lost_in_a_kill_in_mid_flight(telegram_process: Telegram) -> None:
    telegram = telegram_process
    await telegram.limits(per_second=None, per_chat=None)
    maria = await telegram.user()
    await telegram.send(maria, "hola")
    answered: list[int] = []

    async def talk() -> None:
        try:
            while True:
                _, said = await telegram.call(TOKEN, "sendMessage", chat_id=maria, text="x")
                answered.append(said["result"]["message_id"])
        except aiohttp.ClientError:
            return  # killed

    async with asyncio.TaskGroup() as tasks:
        for _ in range(5):
            tasks.create_task(talk())
        while len(answered) < 50:  # noqa: ASYNC110 - five writers move it on
            await asyncio.sleep(0)
        await telegram.kill()
    await telegram.start()

    kept = {message["message_id"] for message in await telegram.messages(maria)}
    assert set(answered) <= kept
    assert len(kept) - len(answered) <= 5  # carried out, but not answered any more


async def test_a_stop_is_quick_though_a_poll_is_open(telegram_process: Telegram) -> None:
    telegram = telegram_process
    async with asyncio.TaskGroup() as tasks:
        poll = tasks.create_task(telegram.call(TOKEN, "getUpdates", timeout=50))
        async with telegram.session.get(f"{telegram.url}/simulator/events") as events:
            await events.content.readline()
            while not await telegram.requests(method="getUpdates"):  # noqa: ASYNC110 - the poll is on its way
                await asyncio.sleep(0.01)
            async with asyncio.timeout(5):
                await telegram._end(signal.SIGTERM)
        assert (await poll) == (200, {"ok": True, "result": []})


async def test_what_nobody_fetched_for_a_day_is_gone(telegram_process: Telegram) -> None:
    telegram = telegram_process
    maria = await telegram.user()
    await telegram.call(TOKEN, "getMe")
    await telegram.send(maria, "vieja")
    await telegram.send(maria, "nueva")
    await telegram.kill()
    with contextlib.closing(sqlite3.connect(telegram.database)) as database:  # a day of true time goes by
        database.execute("UPDATE updates SET at = at - 86401 WHERE seq = (SELECT min(seq) FROM updates)")
        database.commit()
    await telegram.start()

    _, found = await telegram.call(TOKEN, "getUpdates")

    assert [update["message"]["text"] for update in found["result"]] == ["nueva"]


async def _everything(telegram: Telegram, chat: int) -> dict[str, Any]:
    shown = await telegram.transcript(chat)
    document = next(m["document"] for m in shown["messages"] if "document" in m)
    return {
        "transcript": shown,
        "people": await telegram.control("GET", "users"),
        "bots": await telegram.control("GET", "bots"),
        "file": await telegram.file(document),
        "updates": await telegram.call(TOKEN, "getUpdates"),
        "now": await telegram.now(),
    }
