"""A local Telegram as a process of its own, and a small hand to do in it what people do.

    async def test_greets(telegram: Telegram) -> None:
        maria = await telegram.user(first_name="María")
        await telegram.send(maria, "hola")
        answer = await telegram.wait_for(maria, "Bienvenida")

Waits have a deadline and no rhythm of their own but a short look at the transcript; time is moved, not slept.
"""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, Self

import aiohttp
import pytest_asyncio

from tests import processes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
    from pathlib import Path

START_SECONDS = 30.0
LOOK_SECONDS = 0.05

Json = dict[str, Any]


class NotAnswered(AssertionError):
    """What a test waited for did not come; the message holds the transcript."""


class Telegram:
    """The simulator as a process, on a free port, with its database in a folder of the test's."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.database = folder / "simulator.db"
        self.url = ""
        self._options = options
        self._listen = "127.0.0.1:0"
        self._process: processes.Process | None = None
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_fault: object) -> None:
        await self.stop()

    # ── The process ─────────────────────────────────────────────────────────────────────────────
    async def start(self) -> None:
        """Start it and wait until it listens; again on the same port after a stop or a kill."""
        with tempfile.TemporaryFile() as said:
            self._process = await processes.start(
                "simulator",
                *("--listen", self._listen, "--database", str(self.database)),
                *self._options,
                folder=processes.CHECKOUT,
                environment=os.environ,
                stdout=said,
            )

            def line_said() -> str:
                return os.pread(said.fileno(), 200, 0).decode().partition("\n")[0]

            def answered() -> bool:
                assert self._process is not None
                return bool(line_said()) or self._process.returncode is not None

            await until(answered, START_SECONDS)
            line = line_said()
        assert line.startswith("simulator: http://"), f"the simulator said: {line!r}"
        self.url = line.removeprefix("simulator: ")
        self._listen = self.url.removeprefix("http://")
        if self._session is None:
            self._session = aiohttp.ClientSession()

    async def stop(self) -> None:
        """Stop it as an operator does (SIGTERM)."""
        await self._end(signal.SIGTERM)
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def kill(self) -> None:
        """Kill it (SIGKILL); `start` brings it back with what it had answered."""
        await self._end(signal.SIGKILL)

    async def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.send_signal(how)
            async with asyncio.timeout(START_SECONDS):
                await process.wait()

    # ── HTTP ────────────────────────────────────────────────────────────────────────────────────
    @property
    def session(self) -> aiohttp.ClientSession:
        """The HTTP session of the test."""
        assert self._session is not None, "not started"
        return self._session

    async def control(self, method: str, path: str, body: object = None) -> Json:
        """Ask the control API; fails with its reason when it refuses."""
        url = f"{self.url}/simulator/{path}"
        async with self.session.request(method, url, json=body) as response:
            answer: Json = await response.json()
            assert response.status == 200, f"{method} {path}: {response.status} {answer}"
            return answer

    async def call(self, token: str, method: str, **params: object) -> tuple[int, Json]:
        """Call a Bot API method raw, as a bot; returns status and answer."""
        url = f"{self.url}/bot{token}/{method}"
        async with self.session.post(url, json=params) as response:
            return response.status, await response.json()

    # ── People ──────────────────────────────────────────────────────────────────────────────────
    async def user(
        self,
        id: int | None = None,  # noqa: A002 - as the API names it
        first_name: str = "María",
        language_code: str = "es",
        **more: object,
    ) -> int:
        """Add or change a person; returns their id, which is also their chat's."""
        person = {"first_name": first_name, "language_code": language_code, **more}
        if id is not None:
            person["id"] = id
        return int((await self.control("POST", "users", person))["id"])

    async def send(self, chat: int, text: str, **more: object) -> Json:
        """Write a text (in a group `from_user` says who)."""
        if "from_user" in more:
            more["from"] = more.pop("from_user")
        return await self.control("POST", f"chats/{chat}/messages", {"text": text, **more})

    async def start_link(self, chat: int, payload: str) -> Json:
        """Open the bot by a link with a payload, as from a poster."""
        return await self.control("POST", f"chats/{chat}/messages", {"start": payload})

    async def send_contact(self, chat: int, phone_number: str, **more: object) -> Json:
        """Share a contact: one's own unless told otherwise."""
        contact = {"phone_number": phone_number, **more}
        return await self.control("POST", f"chats/{chat}/messages", {"contact": contact})

    async def send_location(self, chat: int, latitude: float, longitude: float) -> Json:
        """Send a point on the map."""
        location = {"latitude": latitude, "longitude": longitude}
        return await self.control("POST", f"chats/{chat}/messages", {"location": location})

    async def send_file(self, chat: int, kind: str, name: str, content: bytes, *, caption: str = "") -> Json:
        """Send a document, photo, voice or sticker."""
        form = aiohttp.FormData(quote_fields=False)
        form.add_field(kind, BytesIO(content), filename=name)
        if caption:
            form.add_field("caption", caption)
        url = f"{self.url}/simulator/chats/{chat}/messages"
        async with self.session.post(url, data=form) as response:
            answer: Json = await response.json()
            assert response.status == 200, f"{response.status} {answer}"
            return answer

    async def tap(self, chat: int, label: str, message_id: int | None = None) -> Json:
        """Press a button: of a message, or of the newest that has one of this label."""
        if message_id is None:
            message_id = await self._newest_with(chat, label)
        return await self.control("POST", f"chats/{chat}/taps", {"message_id": message_id, "label": label})

    async def _newest_with(self, chat: int, label: str) -> int:
        transcript = await self.transcript(chat)
        for message in reversed(transcript["messages"]):
            if label in labels(message):
                return int(message["message_id"])
        raise NotAnswered(f"no button «{label}» in:\n{as_text(transcript['messages'])}")

    async def block(self, chat: int, blocked: bool) -> None:  # noqa: FBT001 - block(chat, True) reads well
        """Block or unblock the bot."""
        await self.control("POST", f"chats/{chat}/block", {"blocked": blocked})

    async def group(self, id: int, title: str, **more: object) -> int:  # noqa: A002 - as `user`
        """Add a group; returns its id."""
        await self.control("POST", "groups", {"id": id, "title": title, **more})
        return id

    # ── Looking ─────────────────────────────────────────────────────────────────────────────────
    async def transcript(self, chat: int) -> Json:
        """Return a chat as its person sees it."""
        return await self.control("GET", f"chats/{chat}")

    async def messages(self, chat: int, after: int = 0) -> list[Json]:
        """Return what the bot said after a message id."""
        found = (await self.transcript(chat))["messages"]
        return [m for m in found if m["from"] == "bot" and m["message_id"] > after]

    async def last_id(self, chat: int) -> int:
        """Return the id of the newest message, 0 for none: `after` for the next wait."""
        found = (await self.transcript(chat))["messages"]
        return int(found[-1]["message_id"]) if found else 0

    async def wait_for(
        self,
        chat: int,
        text_part: str,
        after: int = 0,
        timeout: float = 20,  # noqa: ASYNC109
    ) -> Json:
        """Wait until the bot has said something (the newest such message after an id)."""
        until = time.monotonic() + timeout
        while True:
            said = await self.messages(chat, after)
            for message in reversed(said):
                if text_part in message["text"]:
                    return message
            if time.monotonic() > until:
                heard = as_text((await self.transcript(chat))["messages"])
                raise NotAnswered(f"«{text_part}» was not said in {timeout} s:\n{heard}")
            await asyncio.sleep(LOOK_SECONDS)

    async def file(self, shown: Json) -> bytes:
        """Return the content of a file that a transcript shows."""
        async with self.session.get(self.url + shown["url"]) as response:
            assert response.status == 200, shown
            return await response.read()

    # ── Time, limits, faults ────────────────────────────────────────────────────────────────────
    async def now(self) -> datetime:
        """Return the simulated time, in UTC."""
        return datetime.fromisoformat((await self.control("GET", "clock"))["now"])

    async def advance(self, duration: str) -> datetime:
        """Move the clock on (`P1D`, `PT1H`), through all that is due; fails if that is not done."""
        return await self._move({"advance": duration})

    async def advance_to(self, moment: datetime) -> datetime:
        """Move the clock on to an aware moment."""
        return await self._move({"now": moment.isoformat()})

    async def _move(self, how: Json) -> datetime:
        answer = await self.control("POST", "clock", how)
        assert answer["reached"], f"what was due was not done in a minute: {answer}"
        return datetime.fromisoformat(answer["now"])

    async def limits(self, **limits: float | None) -> Json:
        """Change flood limits and waits."""
        return await self.control("POST", "limits", limits)

    async def fault(self, method: str, **fault: object) -> None:
        """Put a fault in the way of the next calls of a method."""
        await self.control("POST", "faults", {"method": method, **fault})

    async def no_faults(self) -> None:
        """Take all faults out of the way."""
        await self.control("DELETE", "faults")

    async def requests(self, since: int = 0, method: str | None = None) -> list[Json]:
        """Return what the bots asked, oldest first."""
        query = f"since={since}" + (f"&method={method}" if method else "")
        found: list[Json] = (await self.control("GET", f"requests?{query}"))["requests"]
        return found


async def until(holds: Callable[[], bool | Awaitable[bool]], timeout: float = 20) -> None:  # noqa: ASYNC109
    """Wait until a condition holds; fails when it does not in time."""
    deadline = time.monotonic() + timeout
    while True:
        found = holds()
        if found if isinstance(found, bool) else await found:
            return
        assert time.monotonic() < deadline, f"not in {timeout} s"
        await asyncio.sleep(LOOK_SECONDS)


def labels(message: Json) -> list[str]:
    """Return the labels of a message's inline buttons."""
    return [button["label"] for row in message["buttons"] for button in row]


def as_text(messages: Iterable[Json]) -> str:
    """Return messages as a person would read them, for a failing test."""
    lines = []
    for message in messages:
        buttons = " ".join(f"[{label}]" for label in labels(message))
        lines.append(f"  {message['message_id']} {message['from']}: {message['text']} {buttons}")
    return "\n".join(lines) or "  (nothing)"


@pytest_asyncio.fixture
async def telegram(tmp_path: Path) -> AsyncIterator[Telegram]:
    """A local Telegram of this test's own."""
    async with Telegram(tmp_path) as started:
        yield started
