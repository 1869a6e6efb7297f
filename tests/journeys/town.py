"""A town for a journey: a local Telegram, a database, and `convoca run` as a process that can be killed."""

import asyncio
import os
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from tests import processes
from tests.simulator_process import Telegram, until

TOKEN = "4242:a-token-of-the-tests"
PUBLIC = "https://public.example"
"""What the local Telegram plays the reverse proxy for."""
START_SECONDS = 90
"""Generous: on a busy machine the imports alone take long."""


def free_port() -> int:
    """Find a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Town:
    """One installation under test, and the people's side of it."""

    telegram: Telegram
    database_url: str
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: processes.Process | None = None
    afresh: bool = False
    """Whether processes start as an operator starts them, loading all they need."""

    @property
    def pages(self) -> str:
        """The public page's address."""
        return f"http://127.0.0.1:{self.port}"

    def settings(self) -> dict[str, str]:
        """Give the environment that the bot and commands run in."""
        return {
            **os.environ,
            "CONVOCA_BOT_TOKEN": TOKEN,
            "CONVOCA_TELEGRAM_API": self.telegram.url,
            "CONVOCA_CLOCK": self.telegram.url,
            "CONVOCA_DATABASE_URL": self.database_url,
            "CONVOCA_LISTEN": f"127.0.0.1:{self.port}",
            "CONVOCA_PUBLIC_URL": self.pages,
            "CONVOCA_LINK": self.telegram.url,
            **self.environment,
        }

    async def start(self, *arguments: str) -> None:
        """Start `convoca run` and wait until it is healthy."""
        with (self.folder / "convoca.log").open("ab") as log:
            self.process = await processes.start(
                *("bot", "run", *arguments),
                folder=self.folder,
                environment=self.settings(),
                stdout=log,
                stderr=log,
                afresh=self.afresh,
            )
        async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession() as http:
            while True:
                if self.process.returncode is not None:
                    raise AssertionError(f"convoca run ended: {self.log()}")
                with suppress(aiohttp.ClientError):
                    async with http.get(f"{self.pages}/health") as answer:
                        if answer.status == 200:
                            break
                await asyncio.sleep(0.05)
        await self.follows()

    async def follows(self, processes: int = 1) -> None:
        """Wait until the bot, or so many processes of it, follow Telegram's clock: its moves pass nothing by."""

        async def seen() -> bool:
            return int((await self.telegram.control("GET", "clock"))["followers"]) >= processes

        await until(seen)

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End the process with a signal, and give its exit code."""
        assert self.process
        with suppress(ProcessLookupError):
            self.process.send_signal(how)
        async with asyncio.timeout(20):
            code = await self.process.wait()
        self.process = None
        return code

    async def command(self, *words: str) -> tuple[int, str, str]:
        """Run a `convoca` command beside the bot; give its exit code, what it printed and its errors."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = await processes.start(
                *("bot", *words),
                folder=self.folder,
                environment=self.settings(),
                stdout=out,
                stderr=err,
                afresh=self.afresh,
            )
            code = await process.wait()
            for each in (out, err):
                each.seek(0)
            return code, out.read().decode(), err.read().decode()

    async def must(self, *words: str) -> str:
        """Run a command that has to work."""
        code, out, err = await self.command(*words)
        assert code == 0, f"convoca {' '.join(words)}: {err}"
        return out

    def log(self) -> str:
        """Give what the bot's process printed."""
        path = self.folder / "convoca.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


@asynccontextmanager
async def behind_a_proxy(
    database_url: str, folder: Path, public_url: str = PUBLIC, *, afresh: bool = False
) -> AsyncIterator[Town]:
    """Lend a town whose local Telegram reaches the bot by webhook, and tries again without long waits."""
    port = free_port()
    async with Telegram(folder, "--via", f"{PUBLIC}=http://127.0.0.1:{port}") as telegram:
        await telegram.limits(per_second=None, per_chat=None, wait_scale=0.01)
        town = Town(telegram, database_url, folder, {"CONVOCA_PUBLIC_URL": public_url}, port, afresh=afresh)
        await town.start()
        try:
            yield town
        finally:
            if town.process:
                await town.stop()
