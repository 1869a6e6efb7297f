"""What the tests of the chat page share: a bot driven call by call, and the page opened as a visitor."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from tests.simulator_process import Telegram

WIDE = {"width": 1280, "height": 800}
MARIA = 501
TOKEN = "123:abc"


class Bot:
    """The other side of the chat: sends what it is told, and waits for updates."""

    def __init__(self, telegram: Telegram) -> None:
        self._telegram = telegram
        self._offset = 0

    async def call(self, method: str, **parameters: Any) -> Any:
        """Ask one method of the Bot API and return its result."""
        _, answer = await self._telegram.call(TOKEN, method, **parameters)
        assert answer["ok"], answer
        return answer["result"]

    async def send_file(self, method: str, field: str, name: str, content: bytes) -> None:
        """Upload a file as a message to María, its name as the caption."""
        form = aiohttp.FormData({"chat_id": str(MARIA), "caption": name})
        form.add_field(field, content, filename=name)
        async with self._telegram.session.post(f"{self._telegram.url}/bot{TOKEN}/{method}", data=form) as response:
            assert response.status == 200, await response.text()

    async def download(self, file_id: str) -> bytes:
        """Fetch a file that a person sent."""
        file = await self.call("getFile", file_id=file_id)
        async with self._telegram.session.get(f"{self._telegram.url}/file/bot{TOKEN}/{file['file_path']}") as response:
            return await response.read()

    async def update(self) -> Any:
        """Wait for the next update, and confirm those before it."""
        (update,) = await self.call("getUpdates", offset=self._offset, limit=1, timeout=20)
        self._offset = update["update_id"] + 1
        return update

    async def message(self) -> Any:
        """Wait for the next message of a person."""
        return (await self.update())["message"]


@pytest_asyncio.fixture
async def bot(telegram: Telegram) -> Bot:
    await telegram.limits(per_second=None, per_chat=None)
    driven = Bot(telegram)
    await driven.call("getMe")
    return driven


@asynccontextmanager
async def visit(browser: Browser, address: str, *, expected: str = "net::ERR_", **context: Any) -> AsyncIterator[Page]:
    """Open the page as a new visitor; whatever it complains about, but for what is expected, fails the test."""
    visitor: BrowserContext = await browser.new_context(**{"viewport": WIDE, "locale": "es-CO", **context})
    page = await visitor.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    await page.goto(address)
    yield page
    await visitor.close()
    assert [line for line in complaints if expected not in line] == []


@asynccontextmanager
async def conversation(browser: Browser, telegram: Telegram, bot: Bot, **context: Any) -> AsyncIterator[Page]:
    """Open María's chat, already started; the bot has read her /start."""
    await telegram.user(MARIA, "María", "es")
    await telegram.send(MARIA, "/start")
    await bot.message()
    async with visit(browser, f"{telegram.url}/#chat={MARIA}", **context) as page:
        await expect(said(page, "/start")).to_be_visible()
        yield page


def said(page: Page, text: str) -> Locator:
    return page.get_by_role("log").get_by_role("article").filter(has_text=text)
