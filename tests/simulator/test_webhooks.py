"""Webhooks: with the secret, in order by chat, again until they are taken."""

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.simulator.conftest import Nearby
from tests.simulator_process import Telegram, until

TOKEN = "123:abc"
HOOK = "https://bot.example/hook"


class Bot:
    """A bot's own web server; `reply` decides what it answers."""

    def __init__(self, reply: Callable[[dict[str, Any]], web.Response]) -> None:
        self.reply = reply
        self.came: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.at_once = 0
        self.most_at_once = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def handle(self, request: web.Request) -> web.Response:
        """Take a delivery, once the gate is open."""
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            update = await request.json()
            self.came.append(update)
            self.headers.append(dict(request.headers))
            await self.gate.wait()
            return self.reply(update)
        finally:
            self.at_once -= 1

    async def until(self, count: int) -> None:
        """Wait until so many deliveries have come."""
        await until(lambda: len(self.came) >= count)


@asynccontextmanager
async def hooked(
    folder: Path,
    reply: Callable[[dict[str, Any]], web.Response] = lambda _update: web.Response(),
    *,
    starting: Callable[[Path, str], Telegram] = lambda folder, local: Nearby(folder, {"https://bot.example": local}),
    **hook: Any,
) -> AsyncIterator[tuple[Telegram, Bot]]:
    """A Telegram that brings updates for a public address to a bot on this machine."""
    bot = Bot(reply)
    app = web.Application()
    app.router.add_post("/hook", bot.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        async with starting(folder, f"http://127.0.0.1:{port}") as telegram:
            await telegram.limits(wait_scale=0.01)
            status, answer = await telegram.call(TOKEN, "setWebhook", url=HOOK, **hook)
            assert (status, answer["description"]) == (200, "Webhook was set")
            yield telegram, bot
    finally:
        bot.gate.set()
        await runner.cleanup()


async def test_an_update_comes_with_the_secret_and_the_public_host(tmp_path: Path) -> None:
    async with hooked(tmp_path, secret_token="un-secreto_1") as (telegram, bot):
        maria = await telegram.user()
        await telegram.send(maria, "hola")
        await bot.until(1)

        assert bot.came[0]["message"]["text"] == "hola"
        assert bot.headers[0]["X-Telegram-Bot-Api-Secret-Token"] == "un-secreto_1"
        assert (bot.headers[0]["Host"], bot.headers[0]["X-Forwarded-Proto"]) == ("bot.example", "https")


async def test_a_refused_update_comes_again_and_holds_up_only_its_own_chat(tmp_path: Path) -> None:
    answers = iter([500, 502, 403])

    def reply(update: dict[str, Any]) -> web.Response:
        return web.Response(status=next(answers, 200) if update["message"]["text"] == "uno" else 200)

    async with hooked(tmp_path, reply) as (telegram, bot):
        maria, jorge = await telegram.user(), await telegram.user(first_name="Jorge")
        for text in ("uno", "dos"):
            await telegram.send(maria, text)
        await telegram.send(jorge, "otra cosa")
        await bot.until(6)

        told = [(update["message"]["chat"]["id"], update["message"]["text"]) for update in bot.came]
        assert [text for chat, text in told if chat == maria] == ["uno", "uno", "uno", "uno", "dos"]
        assert [text for chat, text in told if chat == jorge] == ["otra cosa"]
        assert len({update["update_id"] for update in bot.came}) == 3
        info = (await telegram.call(TOKEN, "getWebhookInfo"))[1]["result"]
        assert info["last_error_message"] == "Wrong response from the webhook: 403 Forbidden"


async def test_a_wait_the_bot_asks_for_is_kept(tmp_path: Path) -> None:
    answers = iter([429])
    at: list[float] = []

    def reply(_update: dict[str, Any]) -> web.Response:
        at.append(asyncio.get_running_loop().time())
        return web.Response(status=next(answers, 200), headers={"Retry-After": "50"})

    async with hooked(tmp_path, reply) as (telegram, bot):
        await telegram.send(await telegram.user(), "hola")
        await bot.until(2)

    assert at[1] - at[0] >= 0.5  # 50 seconds, a hundred times shorter


async def test_no_more_at_once_than_the_bot_allows(tmp_path: Path) -> None:
    async with hooked(tmp_path, max_connections=2) as (telegram, bot):
        bot.gate.clear()
        for number in range(6):
            await telegram.send(await telegram.user(first_name=f"P{number}"), "hola")
        await bot.until(2)
        bot.gate.set()
        await bot.until(6)

        assert bot.most_at_once == 2


async def test_an_answer_may_hold_a_method(tmp_path: Path) -> None:
    def reply(update: dict[str, Any]) -> web.Response:
        answer = {"method": "sendMessage", "chat_id": update["message"]["chat"]["id"], "text": "De una vez"}
        return web.json_response(answer)

    async with hooked(tmp_path, reply) as (telegram, _bot):
        maria = await telegram.user()
        await telegram.send(maria, "hola")

        await telegram.wait_for(maria, "De una vez")


async def test_410_for_23_hours_closes_the_webhook(tmp_path: Path) -> None:
    async with hooked(tmp_path, lambda _update: web.Response(status=410)) as (telegram, bot):
        await telegram.limits(wait_scale=0.000_005)  # 23 hours in less than half a second
        await telegram.send(await telegram.user(), "hola")

        async def closed() -> bool:
            return not (await telegram.call(TOKEN, "getWebhookInfo"))[1]["result"]["url"]

        await until(closed)

        assert len(bot.came) > 1
        left = (await telegram.call(TOKEN, "getUpdates"))[1]["result"]
        assert [update["message"]["text"] for update in left] == ["hola"]


async def test_what_waited_is_delivered_when_a_webhook_is_set_and_after_a_kill(tmp_path: Path) -> None:
    def process(folder: Path, local: str) -> Telegram:
        return Telegram(folder, "--via", f"https://bot.example={local}")

    async with hooked(tmp_path, starting=process) as (telegram, bot):
        maria = await telegram.user()
        await telegram.call(TOKEN, "deleteWebhook")
        await telegram.send(maria, "antes")
        await telegram.call(TOKEN, "setWebhook", url=HOOK)
        await bot.until(1)
        bot.gate.clear()
        await telegram.send(maria, "durante")
        await bot.until(2)
        await telegram.kill()
        bot.gate.set()
        await telegram.start()
        await bot.until(3)

        assert [update["message"]["text"] for update in bot.came] == ["antes", "durante", "durante"]


async def test_setting_the_same_webhook_again_disturbs_nothing(tmp_path: Path) -> None:
    async with hooked(tmp_path) as (telegram, bot):
        maria = await telegram.user()
        bot.gate.clear()
        await telegram.send(maria, "uno")
        await bot.until(1)
        _, answer = await telegram.call(TOKEN, "setWebhook", url=HOOK)
        await telegram.send(maria, "dos")
        bot.gate.set()
        await bot.until(2)

    assert answer["description"] == "Webhook is already set"
    assert [update["message"]["text"] for update in bot.came] == ["uno", "dos"]


async def test_pending_updates_can_be_dropped(tmp_path: Path) -> None:
    async with hooked(tmp_path) as (telegram, bot):
        maria = await telegram.user()
        await telegram.call(TOKEN, "deleteWebhook")
        await telegram.send(maria, "viejo")
        answer = await telegram.call(TOKEN, "setWebhook", url=HOOK, drop_pending_updates=True, max_connections=7)
        await telegram.send(maria, "nuevo")
        await bot.until(1)
        info = (await telegram.call(TOKEN, "getWebhookInfo"))[1]["result"]

    assert answer[1] == {"ok": True, "result": True, "description": "Webhook was set"}
    assert [update["message"]["text"] for update in bot.came] == ["nuevo"]
    assert (info["url"], info["max_connections"]) == (HOOK, 7)


def test_a_wrong_route_stops_the_start_with_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "simulator", "--via", "bot.example", "--database", str(tmp_path / "x.db")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)

    assert ended.returncode == 2
    assert re.search(r"--via: not https://PUBLIC=http://LOCAL: bot.example", ended.stderr)
    assert "Traceback" not in ended.stderr
