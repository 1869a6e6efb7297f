"""How the bot introduces itself at its start: in each language, only what differs, whatever Telegram refuses."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from bot.running import introduce
from locales import translator
from messages.introduction import introduction
from tests.simulator_process import Telegram

TOKEN = "9001:a-token-of-the-tests"


@pytest_asyncio.fixture
async def telegram(tmp_path: Path) -> AsyncIterator[Telegram]:
    """Lend a local Telegram."""
    async with Telegram(tmp_path) as started:
        yield started


@pytest_asyncio.fixture
async def bot(telegram: Telegram) -> AsyncIterator[Bot]:
    """Lend a bot that nobody knows yet."""
    made = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(telegram.url)))
    yield made
    await made.session.close()


async def shown(telegram: Telegram, method: str, **language: str) -> Any:
    """Give what Telegram shows of the bot."""
    _, answer = await telegram.call(TOKEN, method, **language)
    return answer["result"]


async def test_each_language_has_its_own_introduction(telegram: Telegram, bot: Bot) -> None:
    await introduce(bot)
    for language, asked in (("es", {}), ("en", {"language_code": "en"})):
        said = introduction(translator(language))
        assert await shown(telegram, "getMyName", **asked) == {"name": said.name}
        assert await shown(telegram, "getMyDescription", **asked) == {"description": said.description}
        short = await shown(telegram, "getMyShortDescription", **asked)
        assert short == {"short_description": said.short_description}
        commands = await shown(telegram, "getMyCommands", **asked)
        assert [(each["command"], each["description"]) for each in commands] == list(said.commands)
    assert await shown(telegram, "getChatMenuButton") == {"type": "commands"}


async def test_a_second_start_sets_no_name_or_description_again(telegram: Telegram, bot: Bot) -> None:
    await introduce(bot)
    before = await telegram.requests()
    await introduce(bot)
    asked = [each["method"].lower() for each in (await telegram.requests())[len(before) :]]
    assert "getmyname" in asked
    assert [each for each in asked if each.startswith("setmy") and each != "setmycommands"] == []


async def test_what_telegram_refuses_keeps_nothing_else_from_being_said(telegram: Telegram, bot: Bot) -> None:
    body = {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 86400}}
    await telegram.fault("setMyName", status=429, body=body, times=5)
    await telegram.fault("getMyDescription", status=502, body="<html>Bad Gateway</html>", times=1)
    await introduce(bot)
    said = introduction(translator("en"))
    assert await shown(telegram, "getMyDescription", language_code="en") == {"description": said.description}
    assert len(await shown(telegram, "getMyCommands", language_code="en")) == len(said.commands)
    assert await shown(telegram, "getChatMenuButton") == {"type": "commands"}
