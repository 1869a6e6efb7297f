"""A Bot API that takes everything at once, and notes when each chat was written to."""

import asyncio
import itertools
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any, Final

from aiohttp import web

POLL_SECONDS: Final = 20.0


class Listener:
    """The server: what people write goes to the bot's `getUpdates`, what the bot sends is noted by chat."""

    def __init__(self) -> None:
        self.heard: defaultdict[int, list[float]] = defaultdict(list)
        """The moments (monotonic) at which each chat was written to."""
        self.url = ""
        self._updates: dict[int, dict[str, Any]] = {}
        self._said = asyncio.Event()
        self._heard = asyncio.Condition()
        self._numbers = itertools.count(1)

    @property
    def messages(self) -> int:
        """How many messages were sent, to all chats."""
        return sum(map(len, self.heard.values()))

    async def asks(self, chat: int, text: str, within: float) -> float:
        """Let a person write; give the seconds until she is answered."""
        since = monotonic()
        number = next(self._numbers)
        who = {"id": chat, "is_bot": False, "first_name": "Ana", "language_code": "es"}
        talk = {"id": chat, "type": "private", "first_name": "Ana"}
        entities = [{"type": "bot_command", "offset": 0, "length": len(text)}]
        message = {"message_id": number, "date": 1, "chat": talk, "from": who, "text": text, "entities": entities}
        self._updates[number] = {"update_id": number, "message": message}
        self._said.set()
        return await self.hears(chat, since, within)

    async def hears(self, chat: int, since: float, within: float) -> float:
        """Give the seconds from a moment until a chat is written to."""
        async with asyncio.timeout(within), self._heard:
            await self._heard.wait_for(lambda: bool(self.heard[chat]) and self.heard[chat][-1] >= since)
        return next(moment for moment in self.heard[chat] if moment >= since) - since

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Serve while inside, at `url`."""
        application = web.Application()
        application.router.add_route("*", "/bot{token}/{method}", self._call)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield
        finally:
            await runner.cleanup()

    async def _call(self, request: web.Request) -> web.Response:
        said = await (request.json() if request.content_type == "application/json" else request.post())
        method = request.match_info["method"]
        if method == "getUpdates":
            return _ok(await self._take(int(str(said.get("offset") or 0))))
        if method == "getMe":
            return _ok({"id": 1, "is_bot": True, "first_name": "Convoca", "username": "convoca_bot"})
        if not method.startswith(("send", "edit")) or method == "sendChatAction":
            return _ok(result=True)
        chat = int(str(said["chat_id"]))
        async with self._heard:
            self.heard[chat].append(monotonic())
            self._heard.notify_all()
        talk = {"id": chat, "type": "private", "first_name": "Ana"}
        return _ok({"message_id": next(self._numbers), "date": 1, "chat": talk, "text": "…"})

    async def _take(self, offset: int) -> list[dict[str, Any]]:
        self._updates = {number: update for number, update in self._updates.items() if number >= offset}
        if not self._updates:
            self._said.clear()
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._said.wait()
            except TimeoutError:
                return []
        return list(self._updates.values())


def _ok(result: object) -> web.Response:
    return web.Response(text=json.dumps({"ok": True, "result": result}), content_type="application/json")
