"""Who is measured: processes that poll the stub, each with a token of its own, and the people who tap."""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import aiohttp
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.clock import true_now
from civic import registration
from civic.audit import Actor
from civic.schema import Registration
from civic.store import Store
from tests import factories
from tests.journeys.town import free_port

STOP_SECONDS: Final = 20
FIRST_CHAT: Final = 700_000_001


class BenchFailed(Exception):
    """A contender did not answer; the message holds its log."""


@dataclass(frozen=True)
class Contender:
    """A bot, and how its process is started."""

    name: str
    arguments: tuple[str, ...]
    number: int
    taps: bool = True
    """People tap a button; otherwise they write."""

    @property
    def token(self) -> str:
        """The token that tells it from the others."""
        return f"{self.number}:bench"


CONVOCA: Final = Contender("Convoca, «Confirmo»", ("bot", "run"), 1001)
BARE: Final = Contender("bare aiogram, select + update + commit", ("tests.bench.bare", "database"), 1002)
ECHO: Final = Contender("bare aiogram, echo", ("tests.bench.bare", "echo"), 1003, taps=False)


@dataclass(frozen=True)
class Round:
    """What the stub saw of one backlog."""

    seconds: float
    calls: Mapping[str, int]
    processor_seconds: float | None
    """That the contender's process took; None where the system does not say."""


class Bench:
    """The stub, and a folder for databases and logs."""

    def __init__(self, folder: Path, http: aiohttp.ClientSession, stub: str) -> None:
        self.folder = folder
        self._http = http
        self._stub = stub
        self._next_update = 1
        self._running: dict[Contender, asyncio.subprocess.Process] = {}

    def empty_folder(self) -> Path:
        """Make a folder for a database."""
        return Path(tempfile.mkdtemp(dir=self.folder))

    @asynccontextmanager
    async def running(self, contender: Contender, database_url: str) -> AsyncIterator[None]:
        """Run a contender while inside."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CONVOCA_")}
        environment |= {
            "CONVOCA_BOT_TOKEN": contender.token,
            "CONVOCA_TELEGRAM_API": self._stub,
            "CONVOCA_DATABASE_URL": database_url,
            "CONVOCA_PAID_BROADCAST": "true",
            "CONVOCA_LISTEN": f"127.0.0.1:{free_port()}",
        }
        with self._log(contender).open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", *contender.arguments, cwd=self.folder, env=environment, stdout=log, stderr=log
            )
        self._running[contender] = process
        try:
            yield
        finally:
            await _end(process)

    async def round(self, contender: Contender, taps: Mapping[int, int]) -> Round:
        """Let a person of each chat tap «Confirmo» for her registration (`taps`: chat to registration), or write.

        Raises BenchFailed when not all were answered.
        """
        updates = [
            _update(update_id, chat_id, f"confirm:{registration_id}" if contender.taps else None)
            for update_id, (chat_id, registration_id) in enumerate(taps.items(), self._next_update)
        ]
        return await self._backlog(contender, updates)

    async def first_reply(self, contender: Contender, database_url: str) -> float:
        """Start a contender; give the seconds until it has answered a message."""
        started = time.perf_counter()
        async with self.running(contender, database_url):
            await self._backlog(contender, [_update(self._next_update, FIRST_CHAT, None)])
            return time.perf_counter() - started

    async def _backlog(self, contender: Contender, updates: list[dict[str, Any]]) -> Round:
        self._next_update += len(updates)
        process = self._running[contender]
        before = _processor_seconds(process.pid)
        answering = asyncio.ensure_future(self._post(contender, updates))  # noqa: TID251 - awaited or cancelled here
        ending = asyncio.ensure_future(process.wait())  # noqa: TID251 - as above
        try:
            await asyncio.wait({answering, ending}, return_when=asyncio.FIRST_COMPLETED)
            seen = answering.result() if answering.done() else None
        finally:
            answering.cancel()
            ending.cancel()
        if seen is None:
            log = self._log(contender).read_text(encoding="utf-8", errors="replace")
            raise BenchFailed(f"{contender.name} did not answer:\n{log[-3000:]}")
        after = _processor_seconds(process.pid)
        took = None if before is None or after is None else after - before
        return Round(seen["seconds"], seen["calls"], took)

    async def _post(self, contender: Contender, updates: list[dict[str, Any]]) -> dict[str, Any] | None:
        async with self._http.post(f"{self._stub}/backlogs/{contender.token}", json=updates) as answer:
            return dict(await answer.json()) if answer.status == HTTPStatus.OK else None

    def _log(self, contender: Contender) -> Path:
        return self.folder / f"{contender.number}.log"


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
        await _end(process)


async def command_seconds(*arguments: str) -> float:
    """Say how long this Python takes with these arguments, from start to end."""
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.DEVNULL)
    if await process.wait():
        raise BenchFailed(" ".join(arguments))
    return time.perf_counter() - started


def sign_up(store: Store, people: int) -> dict[int, int]:
    """Sign so many people up, each in a chat of her own; give each chat's registration."""

    def seed(session: Session) -> dict[int, int]:
        now = true_now()
        meeting = factories.meeting(session, capacity=people, now=now)
        taps = {}
        for chat_id in range(FIRST_CHAT, FIRST_CHAT + people):
            who = factories.person(session, "Ana", telegram_id=chat_id, now=now)
            made = registration.register(session, meeting.id, who.id, name="Ana", actor=Actor(who.id, "chat"), now=now)
            taps[chat_id] = made.id
        assert not session.scalars(select(Registration).where(Registration.state != "registered")).first()
        return taps

    return store.write(seed)


def unconfirm(store: Store) -> None:
    """Make every tap a change again."""
    store.write(lambda session: session.execute(update(Registration).values(confirmed_version=None)))


def check_confirmed(store: Store, contender: Contender) -> None:
    """Raise BenchFailed unless every tap did its work: an apology is an answer too, and a quick one."""
    undone = select(func.count()).where(Registration.confirmed_version.is_(None))
    if left := store.read(lambda session: session.scalar(undone)):
        raise BenchFailed(f"{contender.name} answered, but did not confirm {left}")


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()


def _processor_seconds(pid: int) -> float | None:
    """Give the processor time of a process so far, as Linux tells it."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return None
    user, system = stat.rpartition(")")[2].split()[11:13]  # after the name, which may hold anything
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _update(update_id: int, chat_id: int, choice: str | None) -> dict[str, Any]:
    chat = {"id": chat_id, "type": "private", "first_name": "Ana"}
    person = {"id": chat_id, "is_bot": False, "first_name": "Ana", "language_code": "es"}
    message = {"message_id": 1, "date": int(true_now().timestamp()), "chat": chat, "text": "hola"}
    if choice is None:
        return {"update_id": update_id, "message": {**message, "from": person}}
    asked = {**message, "from": {"id": 1001, "is_bot": True, "first_name": "Convoca"}}
    tap = {"id": str(update_id), "from": person, "chat_instance": "1", "data": choice, "message": asked}
    return {"update_id": update_id, "callback_query": tap}
