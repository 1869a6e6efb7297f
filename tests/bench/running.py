"""The stub and the processes that are measured at it."""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import aiohttp

from bot.webhook import YOUNG_SECONDS
from tests.bench.contenders import BenchFailed, Contender
from tests.bench.updates import tap, write
from tests.journeys.town import free_port

START_SECONDS: Final = 60
STOP_SECONDS: Final = 20
STARTS_WITHIN: Final = 10
LOOK_SECONDS: Final = 0.05
FIRST_CHAT: Final = 700_000_001


@dataclass(frozen=True)
class Round:
    """What the stub saw of one backlog."""

    seconds: float
    calls: Mapping[str, int]
    processor_seconds: float | None
    """That the contender's processes took; None where the system does not say."""


@dataclass(frozen=True)
class Crowded:
    """What people who signed up saw."""

    seconds: float
    replies: list[float]
    """Seconds of every answer."""
    updates: int
    stuck: list[list[str]]
    """The buttons before each person who did not come to the end."""
    refused: int
    """Updates that a webhook did not take at once."""
    processor_seconds: float | None
    """That the contender's processes took; None where the system does not say."""


class Bench:
    """The stub, and a folder for databases and logs."""

    def __init__(self, folder: Path, http: aiohttp.ClientSession, stub: str) -> None:
        self.folder = folder
        self.stub = stub
        """The stub's address."""
        self._http = http
        self._next_update = 1
        self._running: dict[Contender, list[asyncio.subprocess.Process]] = {}
        self._started: dict[Contender, float] = {}

    def empty_folder(self) -> Path:
        """Make a folder for a database."""
        return Path(tempfile.mkdtemp(dir=self.folder))

    @asynccontextmanager
    async def running(self, contender: Contender, database_url: str) -> AsyncIterator[None]:
        """Run a contender's processes while inside; one by webhook listens when this begins."""
        async with AsyncExitStack() as ending:
            self._started[contender] = time.perf_counter()
            self._running[contender] = [
                await ending.enter_async_context(self._process(contender, number, database_url))
                for number in range(contender.replicas)
            ]
            if contender.webhook:
                await self._listening(contender)
            yield
        await self._http.delete(f"{self.stub}/bots/{contender.token}")

    @asynccontextmanager
    async def _process(
        self, contender: Contender, number: int, database_url: str
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        port = free_port()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CONVOCA_")}
        environment |= {
            "CONVOCA_BOT_TOKEN": contender.token,
            "CONVOCA_TELEGRAM_API": self.stub,
            "CONVOCA_DATABASE_URL": database_url,
            "CONVOCA_PAID_BROADCAST": "true",
            "CONVOCA_LISTEN": f"127.0.0.1:{port}",
            "CONVOCA_PUBLIC_URL": f"https://127.0.0.1:{port}" if contender.webhook else "",
        }
        with self._log(contender, number).open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", *contender.arguments, cwd=self.folder, env=environment, stdout=log, stderr=log
            )
        try:
            yield process
        finally:
            await end(process)

    async def _listening(self, contender: Contender) -> None:
        for _ in range(int(START_SECONDS / LOOK_SECONDS)):
            async with self._http.get(f"{self.stub}/hooks/{contender.token}") as answer:
                if await answer.json() == contender.replicas:
                    return
            if any(process.returncode is not None for process in self._running[contender]):
                break
            await asyncio.sleep(LOOK_SECONDS)
        raise self._failed(contender)

    async def grown_up(self, contender: Contender) -> None:
        """Wait until a process is no more so young that it counts every try before it."""
        await asyncio.sleep(max(0, self._started[contender] + YOUNG_SECONDS + STARTS_WITHIN - time.perf_counter()))

    async def round(self, contender: Contender, taps: Mapping[int, int]) -> Round:
        """Let a person of each chat tap «Confirmo» for her registration (`taps`: chat to registration), or write.

        Raises BenchFailed when not all were answered.
        """
        updates = [
            tap(update_id, chat_id, f"confirm:{registration_id}")
            if contender.taps
            else write(update_id, chat_id, "hola")
            for update_id, (chat_id, registration_id) in enumerate(taps.items(), self._next_update)
        ]
        return await self._backlog(contender, updates)

    async def first_reply(self, contender: Contender, database_url: str) -> float:
        """Start a contender; give the seconds until it has answered a message."""
        started = time.perf_counter()
        async with self.running(contender, database_url):
            await self._backlog(contender, [write(self._next_update, FIRST_CHAT, "hola")])
            return time.perf_counter() - started

    async def crowd(self, contender: Contender, payload: str, people: int, seconds: float) -> Crowded:
        """Let people sign up: each follows the link with this payload, and answers what she is asked."""
        asked = {
            "payload": payload,
            "people": people,
            "seconds": seconds,
            "first_chat": FIRST_CHAT,
            "first_update": self._next_update,
        }
        self._next_update += 100 * people
        before = self._processor_seconds(contender)
        seen = await self._post(contender, "crowds", asked)
        if seen is None:
            raise self._failed(contender)
        return Crowded(**seen, processor_seconds=_since(before, self._processor_seconds(contender)))

    def pids(self, contender: Contender) -> list[int]:
        """Give the processes of a contender that runs."""
        return [process.pid for process in self._running[contender]]

    async def _backlog(self, contender: Contender, updates: list[dict[str, Any]]) -> Round:
        self._next_update += len(updates)
        before = self._processor_seconds(contender)
        seen = await self._post(contender, "backlogs", updates)
        if seen is None:
            raise self._failed(contender)
        return Round(seen["seconds"], seen["calls"], _since(before, self._processor_seconds(contender)))

    async def _post(self, contender: Contender, where: str, what: object) -> dict[str, Any] | None:
        """Ask the stub for something; None when it fails, or when a process of the contender ends meanwhile."""

        async def ask() -> dict[str, Any] | None:
            async with self._http.post(f"{self.stub}/{where}/{contender.token}", json=what) as answer:
                return dict(await answer.json()) if answer.status == HTTPStatus.OK else None

        answering = asyncio.ensure_future(ask())  # noqa: TID251 - awaited or cancelled here
        endings = [asyncio.ensure_future(each.wait()) for each in self._running[contender]]  # noqa: TID251 - as above
        try:
            await asyncio.wait({answering, *endings}, return_when=asyncio.FIRST_COMPLETED)
            return answering.result() if answering.done() else None
        finally:
            for each in (answering, *endings):
                each.cancel()

    def _failed(self, contender: Contender) -> BenchFailed:
        logs = (
            self._log(contender, number).read_text(encoding="utf-8", errors="replace")[-3000:]
            for number in range(contender.replicas)
        )
        return BenchFailed("\n".join([f"{contender.name} did not answer:", *logs]))

    def _processor_seconds(self, contender: Contender) -> float | None:
        """Give the processor time of a contender's processes so far, as Linux tells it."""
        took = 0.0
        for pid in self.pids(contender):
            try:
                stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
            except OSError:
                return None
            user, system = stat.rpartition(")")[2].split()[11:13]  # after the name, which may hold anything
            took += (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
        return took

    def _log(self, contender: Contender, number: int) -> Path:
        return self.folder / f"{contender.number}-{number}.log"


def _since(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before


@asynccontextmanager
async def bench(folder: Path) -> AsyncIterator[Bench]:
    """Run the stub while inside."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.stub", cwd=folder, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout
        port = int(await process.stdout.readline())
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as http:
            yield Bench(folder, http, f"http://127.0.0.1:{port}")
    finally:
        await end(process)


async def end(process: asyncio.subprocess.Process) -> None:
    """End a process, in order if it listens."""
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
