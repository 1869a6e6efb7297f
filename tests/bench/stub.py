"""The Bot API server of the benchmark: answers everything as fast as it can, and times what people wait for.

A process of its own (`python -m tests.bench.stub`) that knows no limit and keeps nothing. Bots are told apart by
their tokens; they poll, or set a webhook (an https address is reached by http, as through a proxy), as many as they
have processes. Whoever measures posts to

- `/backlogs/TOKEN` a list of updates, and gets, when every chat in it was answered, the seconds between the first
  moment when a bot could see them and the last chat's first answer, and the calls in between;
- `/crowds/TOKEN` how many people sign up and how fast they come, and gets the seconds of every answer.
"""

import asyncio
import itertools
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
import uvloop
from aiohttp import web

from tests.bench.crowd import Crowd
from tests.bench.queues import CONNECTIONS, MOST_UPDATES, Hook, Queue

PATIENCE: Final = 120.0
"""Seconds until a backlog that is not answered is given up."""


class Stub:
    """The server."""

    def __init__(self, posting: asyncio.TaskGroup, http: aiohttp.ClientSession) -> None:
        """Take where tasks that post to webhooks live."""
        self._posting = posting
        self._http = http
        self._queues: defaultdict[str, Queue] = defaultdict(Queue)
        self._crowds: dict[str, Crowd] = {}
        self._posters: dict[str, list[asyncio.Task[None]]] = {}
        self._message_ids = itertools.count(100)

    def application(self) -> web.Application:
        """Make what serves the Bot API and takes backlogs and crowds."""
        application = web.Application(client_max_size=64 * 1024 * 1024)
        application.router.add_route("*", "/bot{token}/{method}", self.call)
        application.router.add_post("/backlogs/{token}", self.measure)
        application.router.add_post("/crowds/{token}", self.play)
        application.router.add_get("/hooks/{token}", self.hooks)
        application.router.add_delete("/bots/{token}", self.forget)
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

    async def play(self, request: web.Request) -> web.Response:
        """Let people sign up with a bot; answer when all are done, or stuck."""
        token = request.match_info["token"]
        said = await request.json()
        queue = self._queues[token]
        crowd = Crowd(queue.put, said["people"], said["first_chat"], said["first_update"])
        self._crowds[token] = crowd
        seen = await crowd.play(said["payload"], said["seconds"])
        del self._crowds[token]
        return web.json_response(seen | {"refused": queue.refused})

    async def hooks(self, request: web.Request) -> web.Response:
        """Say how many webhooks a bot has."""
        return web.json_response(len(self._queues[request.match_info["token"]].hooks))

    async def forget(self, request: web.Request) -> web.Response:
        """Forget a bot: its processes have ended."""
        token = request.match_info["token"]
        self._queues.pop(token, None)
        for task in self._posters.pop(token, ()):
            task.cancel()
        return web.Response()

    async def call(self, request: web.Request) -> web.Response:
        """Answer a call of the Bot API."""
        token, method = request.match_info["token"], request.match_info["method"]
        said = await (request.json() if request.content_type == "application/json" else request.post())
        queue = self._queues[token]
        chat_id = _number(said.get("chat_id"), 0)
        makes_message = method.startswith(("send", "edit")) and method != "sendChatAction"
        queue.backlog.note(method, chat_id if makes_message else None)
        if makes_message:
            if crowd := self._crowds.get(token):
                crowd.hears(chat_id, said)
            return _ok(self._message(chat_id))
        match method:
            case "getUpdates":
                offset, limit = _number(said.get("offset"), 0), _number(said.get("limit"), MOST_UPDATES)
                updates = await queue.take(offset, limit, _number(said.get("timeout"), 0))
                return _ok(b"[" + b",".join(updates) + b"]")
            case "setWebhook":
                self._listen(token, said)
                return _ok(b"true")
            case "getMe":
                number = int(token.partition(":")[0])
                return _ok({"id": number, "is_bot": True, "first_name": "Convoca", "username": f"bench{number}_bot"})
            case "getMyName" | "getMyDescription" | "getMyShortDescription":
                return _ok({_shown(method): "…"})
            case _:
                return _ok(b"true")

    def _listen(self, token: str, said: Mapping[str, Any]) -> None:
        queue = self._queues[token]
        address = str(said["url"]).replace("https://", "http://", 1)
        queue.hooks.append(Hook(address, str(said.get("secret_token", ""))))
        if token not in self._posters:
            self._posters[token] = [self._posting.create_task(queue.post(self._http)) for _ in range(CONNECTIONS)]

    def _message(self, chat_id: int) -> dict[str, Any]:
        chat = {"id": chat_id, "type": "private", "first_name": "Ana"}
        return {"message_id": next(self._message_ids), "date": 1, "chat": chat, "text": "…"}


def _ok(result: object) -> web.Response:
    body = result if isinstance(result, bytes) else json.dumps(result).encode()
    return web.Response(body=b'{"ok":true,"result":' + body + b"}", content_type="application/json")


def _shown(method: str) -> str:
    """Name the field of what a bot shows of itself: `getMyShortDescription` gives `short_description`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", method.removeprefix("getMy")).lower()


def _number(value: object, default: int) -> int:
    return int(value) if isinstance(value, str) else default


async def serve() -> None:
    """Serve on a free port, which is the first line printed, until the process is ended."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http, asyncio.TaskGroup() as posting:
        runner = web.AppRunner(Stub(posting, http).application(), access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        print(runner.addresses[0][1], flush=True)  # noqa: T201 - how the parent learns the port
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve())
