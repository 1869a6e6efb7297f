"""What a newcomer does: starts the demo, opens the chat page, and plays every person in it by hand."""

import asyncio
import os
import re
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path

import aiohttp
from playwright.async_api import Locator, Page, expect

from tests.journeys.scenes import BOGOTA
from tests.journeys.town import free_port

START_SECONDS = 60
MOVE = 60_000
"""Milliseconds for a week of the clock, with all that is due in it."""
WAIT = 20_000
"""Milliseconds for the bot to answer: Telegram lets it say one thing a second in a chat."""


@dataclass
class Demo:
    """`convoca demo` as a process in an empty folder, without a token."""

    folder: Path
    port: int = field(default_factory=free_port)
    chat_port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None

    @property
    def chat(self) -> str:
        """The chat page's address."""
        return f"http://127.0.0.1:{self.chat_port}"

    @property
    def pages(self) -> str:
        """The public page's address."""
        return f"http://127.0.0.1:{self.port}"

    def settings(self) -> dict[str, str]:
        """Give the environment: the machine's own without what belongs to Convoca, and two free ports."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CONVOCA_")}
        return {
            **kept,
            "CONVOCA_LISTEN": f"127.0.0.1:{self.port}",
            "CONVOCA_SIMULATOR_LISTEN": f"127.0.0.1:{self.chat_port}",
        }

    async def start(self) -> None:
        """Start it and wait until it is healthy."""
        with (self.folder / "demo.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "demo"),
                cwd=self.folder,
                env=self.settings(),
                stdout=log,
                stderr=log,
            )
        async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession() as http:
            while True:
                assert self.process.returncode is None, f"the demo ended: {self.log()}"
                with suppress(aiohttp.ClientError):
                    async with http.get(f"{self.pages}/health") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.05)

    async def stop(self) -> int:
        """End it as an operator does (SIGTERM), and give its exit code."""
        assert self.process
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            code = await self.process.wait()
        self.process = None
        return code

    async def command(self, *words: str) -> str:
        """Type a `convoca` command beside the demo; it has to work. Give what it printed."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *words),
            cwd=self.folder,
            env=self.settings(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode == 0, f"convoca {' '.join(words)}: {err.decode()}"
        return out.decode()

    async def next_morning(self) -> None:
        """Move the clock to 10:00 of the next day in Bogotá, whatever time it is where the tests run."""
        clock = f"{self.chat}/simulator/clock"
        async with aiohttp.ClientSession() as http:
            async with http.get(clock) as answer:
                now = datetime.fromisoformat((await answer.json())["now"])
            day = now.astimezone(BOGOTA).date() + timedelta(days=1)
            async with http.post(clock, json={"now": datetime.combine(day, time(10), BOGOTA).isoformat()}) as answer:
                assert (await answer.json())["reached"]

    def log(self) -> str:
        """Give what the demo printed."""
        return (self.folder / "demo.log").read_text(encoding="utf-8", errors="replace")


@dataclass
class Chats:
    """The chat page in somebody's hands: one person's chat is open at a time."""

    page: Page

    async def add(self, name: str, language: str = "es") -> None:
        """Add a person by the form; her chat opens."""
        await self.page.locator("#add-person").click()
        await self.page.locator("#person-name").fill(name)
        await self.page.locator("#person-language").select_option(language)
        await self.page.locator("#person-save").click()
        await expect(self.page.locator("#chat-status")).to_contain_text(name)

    async def open(self, name: str) -> None:
        """Open a person's chat from the list, and wait until everything said in it is shown."""
        await self.page.locator(".person", has_text=name).click()
        await expect(self.page.locator("#chat-status")).to_contain_text(name)
        await expect(self.page.locator("#log")).not_to_have_attribute("aria-busy", "true")

    async def begin(self) -> None:
        """Press the button that starts a chat."""
        await self.page.locator("#big-button").click()

    async def write(self, text: str) -> None:
        """Write a message and send it with Enter; wait until it stands in the chat."""
        await self.page.locator("#words").fill(text)
        before = await self.mine.count()
        await self.page.locator("#words").press("Enter")
        await expect(self.mine).to_have_count(before + 1)

    async def tap(self, label: str) -> None:
        """Press the newest button with this label."""
        button = self.page.locator("#log .inline").filter(has_text=re.compile(f"^{re.escape(label)}")).last
        await button.click()

    async def move(self, how: str) -> None:
        """Move the clock with its button (PT1H, P1D, P7D), and wait until everything due is done."""
        button = self.page.locator(f"[data-advance={how}]")
        state = self.page.locator("#clock-state")
        await state.evaluate("(node) => { node.textContent = ''; }")
        await button.click()
        await expect(state).to_have_text(re.compile(r"^(Listo|Done)"), timeout=MOVE)
        await expect(button).not_to_have_attribute("aria-disabled", "true")

    @property
    def mine(self) -> Locator:
        """What the person wrote."""
        return self.page.locator("#log .message.mine")

    @property
    def said(self) -> Locator:
        """What the bot said."""
        return self.page.locator("#log .message:not(.mine)")

    def heard(self, text: str) -> Locator:
        """Find what the bot said with these words in it."""
        return self.said.filter(has_text=text)

    async def hears(self, *parts: str) -> None:
        """Wait until the bot's last message holds all of this."""
        for part in parts:
            await expect(self.said.last).to_contain_text(part, timeout=WAIT)

    async def has_heard(self, text: str, *others: str, times: int = 1) -> None:
        """Wait until the bot has said something with all of these words, so many times and no more."""
        found = self.heard(text)
        for other in others:
            found = found.filter(has_text=other)
        await expect(found).to_have_count(times, timeout=WAIT)
