"""The Bot API server of the benchmark: answers everything as fast as it can, and times how long a backlog takes.

A process of its own (`python -m tests.bench.stub`) that knows no limit and keeps nothing. Bots are told apart by
their tokens. Whoever measures posts a backlog to `/backlogs/TOKEN` and gets, when every chat in it was answered, the
seconds between the first `getUpdates` that saw it and the last chat's first answer, and the calls in between.
"""

import asyncio
import itertools
import json
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

import uvloop
from aiohttp import web

MOST_UPDATES: Final = 100
"""In one answer to `getUpdates`, as Telegram has it."""
LONGEST_POLL: Final = 50.0
PATIENCE: Final = 120.0
"""Seconds until a backlog that is not answered is given up."""


@dataclass
class Backlog:
    """Updates that a bot has to answer, and how far it is."""

    unanswered: set[int]
    """Chats without an answer so far."""
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    calls: Counter[str] = field(default_factory=Counter)
    started: float | None = None
    ended: float = 0

    def note(self, method: str, chat_id: int | None) -> None:
        """Count a call, and an answer if it is one."""
        self.calls[method] += 1
        if chat_id in self.unanswered:
            self.unanswered.remove(chat_id)
            if not self.unanswered:
                self.ended = time.perf_counter()
                self.answered.set()


@dataclass
class Queue:
    """What one bot has not confirmed yet."""

    updates: dict[int, bytes] = field(default_factory=dict)
    backlog: Backlog = field(default_factory=lambda: Backlog(set()))
    filled: asyncio.Event = field(default_factory=asyncio.Event)

    def fill(self, updates: list[dict[str, Any]]) -> Backlog:
        """Take a backlog in, in place of the one before."""
        self.updates = {each["update_id"]: json.dumps(each).encode() for each in updates}
        self.backlog = Backlog({_chat_of(each) for each in updates})
        self.filled.set()
        return self.backlog

    async def take(self, offset: int, limit: int, seconds: float) -> list[bytes]:
        """Confirm what is below the offset; give what is left, or wait until there is something."""
        for confirmed in [each for each in self.updates if each < offset]:
            del self.updates[confirmed]
        if not self.updates and seconds:
            self.filled.clear()
            try:
                async with asyncio.timeout(min(seconds, LONGEST_POLL)):
                    await self.filled.wait()
            except TimeoutError:
                return []
        if self.updates and self.backlog.started is None:
            self.backlog.started = time.perf_counter()
        return list(itertools.islice(self.updates.values(), min(limit, MOST_UPDATES)))


class Stub:
    """The server."""

    def __init__(self) -> None:
        self._queues: defaultdict[str, Queue] = defaultdict(Queue)
        self._message_ids = itertools.count(100)

    def application(self) -> web.Application:
        """Make what serves the Bot API and takes backlogs."""
        application = web.Application(client_max_size=64 * 1024 * 1024)
        application.router.add_route("*", "/bot{token}/{method}", self.call)
        application.router.add_post("/backlogs/{token}", self.measure)
        return application

    async def measure(self, request: web.Request) -> web.Response:
        """Give a bot a backlog; answer when it has answered every chat in it."""
        backlog = self._queues[request.match_info["token"]].fill(await request.json())
        try:
            async with asyncio.timeout(PATIENCE):
                await backlog.answered.wait()
        except TimeoutError:
            return web.json_response({"unanswered": len(backlog.unanswered), "calls": backlog.calls}, status=504)
        return web.json_response({"seconds": backlog.ended - (backlog.started or 0), "calls": backlog.calls})

    async def call(self, request: web.Request) -> web.Response:
        """Answer a call of the Bot API."""
        token, method = request.match_info["token"], request.match_info["method"]
        said = await request.post()
        queue = self._queues[token]
        chat_id = _number(said.get("chat_id"), 0)
        makes_message = method.startswith(("send", "edit")) and method != "sendChatAction"
        queue.backlog.note(method, chat_id if makes_message else None)
        if makes_message:
            return _ok(self._message(chat_id))
        match method:
            case "getUpdates":
                offset, limit = _number(said.get("offset"), 0), _number(said.get("limit"), MOST_UPDATES)
                updates = await queue.take(offset, limit, _number(said.get("timeout"), 0))
                return _ok(b"[" + b",".join(updates) + b"]")
            case "getMe":
                number = int(token.partition(":")[0])
                return _ok({"id": number, "is_bot": True, "first_name": "Convoca", "username": f"bench{number}_bot"})
            case _:
                return _ok(b"true")

    def _message(self, chat_id: int) -> dict[str, Any]:
        chat = {"id": chat_id, "type": "private", "first_name": "Ana"}
        return {"message_id": next(self._message_ids), "date": 1, "chat": chat, "text": "…"}


def _ok(result: object) -> web.Response:
    body = result if isinstance(result, bytes) else json.dumps(result).encode()
    return web.Response(body=b'{"ok":true,"result":' + body + b"}", content_type="application/json")


def _number(value: object, default: int) -> int:
    return int(value) if isinstance(value, str) else default


def _chat_of(update: dict[str, Any]) -> int:
    message = update["callback_query"]["message"] if "callback_query" in update else update["message"]
    return int(message["chat"]["id"])


async def serve() -> None:
    """Serve on a free port, which is the first line printed, until the process is ended."""
    runner = web.AppRunner(Stub().application(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)  # noqa: T201 - how the parent learns the port
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve())
